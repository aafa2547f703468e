/* test_both_legs_first.c
 * Of what ended on both sides of what is between: which side began it, where TLS, HTTP/2 or a way of
 * some length tell that later or sooner than TCP does; and what has a reason of its own on each side.
 * DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_legs.h"

#define IDLE_NS AT_S(2)

enum {
    H2_SEGMENT = 200 /* of h2_answer() */
};

/* A client's timeout, which a relay follows: that client has to change it. */
static void a_relay_follows_its_clients_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        trace_connection *front = NULL;
        trace_connection *back = NULL;
        const int64_t at = legs_call(t, &front, &back, round) + IDLE_NS;
        trace_close(front, CLIENT, at);
        trace_close(back, CLIENT, at + AT_US(300));
    }
    const hr_fix *fix = trace_fix(t, "lengthen_client_idle");

    g_assert_cmpuint(fix->avoidable->len, ==, UINT64_C(2) * (LEGS_ROUNDS - 1));
    g_assert_cmpstr(fix->origin->client_address, ==, "10.0.0.1");
    g_assert_cmpuint(fix->closed_with, ==, 0); /* what is between ended neither of itself */
}

/* What is between closes both sides at once, and the end of one is seen so much later: the other end
 * of that is as far away. */
static uint32_t told_of_both(int64_t front_way_ns, int64_t back_way_ns, int64_t apart_ns)
{
    g_autoptr(trace) t = trace_new();
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        int64_t at = AT_S(1) + round * LEGS_PERIOD_NS;
        trace_connection *front = trace_connect_between(t, "10.0.0.1", 0, LEGS_BETWEEN, 80);
        trace_connection *back = trace_connect_between(t, LEGS_BETWEEN, 0, LEGS_BACKEND, 80);
        trace_syn(front, at);
        trace_syn_ack(front, at + AT_US(10));
        trace_ack(front, CLIENT, at + AT_US(10) + front_way_ns);
        at += AT_MS(100);
        trace_syn(back, at);
        trace_syn_ack(back, at + AT_US(10) + back_way_ns);
        trace_ack(back, CLIENT, at + AT_US(20) + back_way_ns);
        for (int i = 0; i < LEGS_CALLS; i++) {
            at += AT_MS(100);
            legs_pass_on(front, back, at);
        }
        trace_close(front, SERVER, at + IDLE_NS);
        trace_close(back, CLIENT, at + IDLE_NS + apart_ns);
    }
    return trace_cost(t, "lengthen_client_idle");
}

static void an_end_is_as_late_as_its_other_end_is_far(void)
{
    g_assert_cmpuint(told_of_both(0, 0, AT_MS(40)), ==, LEGS_ROUNDS - 1);
    g_assert_cmpuint(told_of_both(AT_MS(30), 0, AT_MS(40)), ==, UINT64_C(2) * (LEGS_ROUNDS - 1));
    g_assert_cmpuint(told_of_both(0, AT_MS(30), AT_MS(40)), ==, UINT64_C(2) * (LEGS_ROUNDS - 1));
}

/* ---- TLS and HTTP/2 ---- */

static const tls_kind front_kind = {
    .address = LEGS_BETWEEN, .offers = "h2", .agrees = "h2", .has_keys = true};
static const tls_kind back_kind = {.client = LEGS_BETWEEN,
                                   .address = LEGS_BACKEND,
                                   .offers = "h2",
                                   .agrees = "h2",
                                   .has_keys = true};

/* One run of a program after the other, through a relay that knows nothing of TLS. Their server takes
 * leave by a close_notify, which goes to nobody any more. */
static void a_farewell_to_who_has_left(void)
{
    g_autoptr(trace) t = trace_new();
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        const int64_t at = AT_S(1) + round * LEGS_PERIOD_NS;
        trace_connection *front =
            tls_open(t, at, .address = LEGS_BETWEEN, .has_keys = true, .agrees = "http/1.1");
        trace_connection *back =
            tls_open(t, at + AT_MS(10), .client = LEGS_BETWEEN, .address = LEGS_BACKEND,
                     .has_keys = true, .agrees = "http/1.1");
        legs_pass_on(front, back, at + AT_MS(100));
        trace_fin(front, CLIENT, at + AT_MS(102));
        trace_fin(back, CLIENT, at + AT_MS(102) + AT_US(300));
        trace_fin(front, SERVER, at + AT_MS(102) + AT_US(400));
        tls_close_notify(back, SERVER, at + AT_MS(302));
        trace_fin(back, SERVER, at + AT_MS(302));
    }

    g_assert_cmpuint(trace_cost(t, "keep_client"), ==, UINT64_C(2) * (LEGS_ROUNDS - 1));
}

typedef struct {
    bool is_said; /* the server says GOAWAY when its timeout is over, which its client heeds */
    bool
        is_heeded; /* its server closes when its timeout is over, and the client takes leave then */
    bool adds_bytes; /* what is between adds something to what it passes on */
} h2_ends;

static trace *call_h2(h2_ends it)
{
    trace *t = trace_new();
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        int64_t at = AT_S(1) + round * LEGS_PERIOD_NS;
        trace_connection *front = h2_open_with(t, at, 0, &front_kind);
        trace_connection *back = h2_open_with(t, at + AT_MS(10), 0, &back_kind);
        if (it.adds_bytes) {
            h2_other_frame(front, SERVER, at + AT_MS(20));
        }
        at += AT_MS(100);
        h2_ask(front, 1, at, .user_agent = LEGS_REQUESTS);
        h2_ask(back, 1, at + AT_US(100), .user_agent = LEGS_REQUESTS);
        h2_answer(back, 1, at + AT_US(200));
        h2_answer(front, 1, at + AT_US(300));
        at += it.is_said || it.is_heeded ? IDLE_NS : AT_MS(1);
        if (it.is_heeded) {
            trace_fin(back, SERVER, at);
            trace_fin(front, SERVER, at + AT_US(100));
            h2_goaway(front, CLIENT, 0, H2_NO_ERROR, at + AT_US(200));
            trace_fin(front, CLIENT, at + AT_US(210));
            h2_goaway(back, CLIENT, 0, H2_NO_ERROR, at + AT_US(300));
            trace_fin(back, CLIENT, at + AT_US(310));
            continue;
        }
        if (it.is_said) {
            h2_goaway(back, SERVER, 1, H2_NO_ERROR, at);
            h2_goaway(front, SERVER, 1, H2_NO_ERROR, at + AT_US(300));
        }
        trace_close(front, CLIENT, at + AT_US(600));
        trace_close(back, CLIENT, at + AT_US(900));
    }
    return t;
}

/* Its word went from the server to the client, and the FINs came the other way. */
static void a_goaway_is_passed_on(void)
{
    g_autoptr(trace) t = call_h2((h2_ends){.is_said = true});

    g_assert_cmpuint(trace_cost(t, "lengthen_server_idle"), ==, UINT64_C(2) * (LEGS_ROUNDS - 1));
}

/* The end came from the server, whatever the client said to it. */
static void a_goaway_answers_the_end(void)
{
    g_autoptr(trace) t = call_h2((h2_ends){.is_heeded = true});

    g_assert_cmpuint(trace_cost(t, "lengthen_server_idle"), ==, UINT64_C(2) * (LEGS_ROUNDS - 1));
}

/* A proxy that speaks HTTP/2 on both sides has more to say than its server. */
static void a_proxy_of_h2_that_ends_with_its_client(void)
{
    g_autoptr(trace) relay = call_h2((h2_ends){0});
    g_autoptr(trace) proxy = call_h2((h2_ends){.adds_bytes = true});

    g_assert_cmpuint(trace_cost(relay, "keep_client"), ==, UINT64_C(2) * (LEGS_ROUNDS - 1));
    g_assert_cmpuint(trace_cost(proxy, "keep_client"), ==, LEGS_ROUNDS - 1);
}

/* One that speaks HTTP/2 in front and HTTP/1 behind, and has by chance as many bytes on both sides. */
static void a_proxy_of_two_protocols(void)
{
    g_autoptr(trace) t = trace_new();
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        const int64_t at = AT_S(1) + round * LEGS_PERIOD_NS;
        trace_connection *front = h2_open_with(t, at, 0, &front_kind);
        trace_connection *back =
            tls_open(t, at + AT_MS(10), .client = LEGS_BETWEEN, .address = LEGS_BACKEND,
                     .has_keys = true, .agrees = "http/1.1");
        h2_ask(front, 1, at + AT_MS(100), .user_agent = LEGS_REQUESTS);
        trace_request(back, at + AT_MS(101), .user_agent = LEGS_REQUESTS);
        const uint32_t in_front = front->next[SERVER] + H2_SEGMENT, behind = back->next[SERVER];
        trace_answer(back, at + AT_MS(102), .is_chunked = true,
                     .body = in_front - behind - TRACE_ANSWER_HEADER);
        h2_answer(front, 1, at + AT_MS(103));
        trace_close(front, CLIENT, at + AT_MS(104));
        trace_close(back, CLIENT, at + AT_MS(104) + AT_US(300));
    }

    g_assert_cmpuint(trace_cost(t, "keep_client"), ==, LEGS_ROUNDS - 1);
}

/* ---- a reason on each side ---- */

typedef enum {
    ENDS_WITH_ITS_CLIENT,
    ENDS_BEFORE_ITS_CLIENT,
    SAYS_SO_BEFORE_ITS_CLIENT_LEAVES,
    ENDS_BOTH
} limit_kind;

/* A proxy on both of whose sides each connection carries two requests. */
static const char *cause_behind_of_two(limit_kind kind)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *back = NULL;
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        int64_t at = AT_S(1) + round * LEGS_PERIOD_NS;
        trace_connection *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, at);
        back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_US(100));
        for (int i = 0; i < LEGS_CALLS; i++) {
            const bool says_so = kind == SAYS_SO_BEFORE_ITS_CLIENT_LEAVES && i == LEGS_CALLS - 1;
            at += AT_MS(100 + round);
            trace_request(front, at, .user_agent = LEGS_REQUESTS);
            trace_request(back, at + AT_US(100), .user_agent = LEGS_REQUESTS,
                          .connection = says_so ? "close" : NULL);
            trace_answer(back, at + AT_US(200));
            trace_answer(front, at + AT_US(300));
        }
        if (kind == ENDS_BEFORE_ITS_CLIENT) {
            trace_close(back, CLIENT, at + AT_MS(1));
        }
        trace_close(front, kind == ENDS_BOTH ? SERVER : CLIENT, at + AT_MS(1) + AT_US(300));
        if (kind != ENDS_BEFORE_ITS_CLIENT) {
            trace_close(back, kind == SAYS_SO_BEFORE_ITS_CLIENT_LEAVES ? SERVER : CLIENT,
                        at + AT_MS(1) + AT_US(600));
        }
    }
    return hr_close_cause_token(trace_ending(back)->cause);
}

/* Its client's end is no limit of its own; else it has one (nginx: keepalive_requests). */
static void a_limit_of_its_own(void)
{
    g_assert_cmpstr(cause_behind_of_two(ENDS_WITH_ITS_CLIENT), ==, "client-close");
    g_assert_cmpstr(cause_behind_of_two(ENDS_BEFORE_ITS_CLIENT), ==, "request-limit");
    g_assert_cmpstr(cause_behind_of_two(SAYS_SO_BEFORE_ITS_CLIENT_LEAVES), ==, "request-limit");
    g_assert_cmpstr(cause_behind_of_two(ENDS_BOTH), ==, "request-limit");
}

/* Runs of a program through a relay that last as long each, whatever they ask. */
static void an_age_of_its_clients(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *back = NULL;
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        const int64_t at = AT_S(1) + round * LEGS_PERIOD_NS;
        trace_connection *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, at);
        back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_US(100));
        for (int k = 0; k < 4 + round; k++) {
            legs_pass_on(front, back, at + AT_MS(10 + 400 * k));
        }
        trace_close(front, CLIENT, at + AT_MS(2510 + 10 * round));
        trace_close(back, CLIENT, at + AT_MS(2510 + 10 * round) + AT_US(300));
    }

    trace_analysis(t);
    g_assert_true(back->model->products.is_leg);
    g_assert_cmpint(trace_ending(back)->cause, !=, HR_CLOSE_MAX_AGE);
}

/* HAProxy, http-reuse never: what it has behind goes with its client's connection, out of rest, and its
 * program does not end. Where its client's stays open it may have; and behind a CONNECT it is its client's
 * that goes on. */
static void what_goes_with_its_client_is_no_exit(void)
{
    static const struct {
        bool is_left, is_tunnel;
        const char *cause;
    } kinds[] = {
        {false, false, "client-exit"}, {true, false, "client-close"}, {true, true, "client-exit"}};

    for (size_t kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
        g_autoptr(trace) t = trace_new();
        const int64_t at = AT_S(1);
        trace_connection *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, at);
        if (kinds[kind].is_tunnel) {
            trace_request(front, at + AT_US(300), .method = "CONNECT", .target = "a.example:80");
            trace_answer(front, at + AT_US(400), .is_header_only = true);
        }
        trace_connection *back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_MS(1));
        for (int i = 1; i <= LEGS_CALLS; i++) {
            legs_pass_on(front, back, at + i * AT_MS(100 + i));
        }
        if (kinds[kind].is_left) {
            trace_close(front, CLIENT, at + AT_S(1));
        }
        trace_close(back, CLIENT, at + AT_S(1) + AT_MS(1));
        trace_exchange(trace_open_from(t, "10.0.0.9", AT_S(9)), AT_S(10), AT_S(11));

        assert_cause(back, kinds[kind].cause);
    }
}

/* An app says close in the moment in which the proxy before it is reloaded: that is the app's. */
static void an_app_that_closes_as_its_proxy_is_reloaded(void)
{
    g_autoptr(trace) t = trace_new();
    for (int round = 0; round < 2; round++) {
        trace_connection *front[2], *back[2];
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_S(1 + round) + AT_MS(20 * i);
            front[i] = legs_open(t, i == 0 ? "10.0.0.1" : "10.0.0.2", LEGS_BETWEEN, at);
            back[i] = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_US(100));
            for (int k = 0; k <= i; k++) {
                legs_pass_on(front[i], back[i], at + AT_MS(1 + k));
            }
        }
        for (int i = 0; i < 2 && round == 0; i++) {
            const int64_t at = AT_S(1) + AT_MS(640 + 20 * i);
            trace_request(front[i], at, .user_agent = LEGS_REQUESTS);
            trace_request(back[i], at + AT_US(100), .user_agent = LEGS_REQUESTS);
            trace_answer(back[i], at + AT_US(200), .connection = "close");
            trace_answer(front[i], at + AT_US(300));
            trace_close(back[i], SERVER, at + AT_US(400));
        }
        for (int i = 0; i < 2 && round == 0; i++) {
            trace_close(front[i], SERVER, AT_S(1) + AT_MS(720 + i));
        }
    }

    /* the second of these was opened while the first was idle, for another reason */
    g_assert_cmpuint(trace_cost(t, "no_server_close"), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/both_legs/clients-timeout", a_relay_follows_its_clients_timeout);
    g_test_add_func("/both_legs/far", an_end_is_as_late_as_its_other_end_is_far);
    g_test_add_func("/both_legs/farewell", a_farewell_to_who_has_left);
    g_test_add_func("/both_legs/goaway", a_goaway_is_passed_on);
    g_test_add_func("/both_legs/goaway-heeded", a_goaway_answers_the_end);
    g_test_add_func("/both_legs/h2", a_proxy_of_h2_that_ends_with_its_client);
    g_test_add_func("/both_legs/h2-to-http1", a_proxy_of_two_protocols);
    g_test_add_func("/both_legs/limit", a_limit_of_its_own);
    g_test_add_func("/both_legs/age", an_age_of_its_clients);
    g_test_add_func("/both_legs/reload/app", an_app_that_closes_as_its_proxy_is_reloaded);
    g_test_add_func("/both_legs/no-exit", what_goes_with_its_client_is_no_exit);
    return g_test_run();
}

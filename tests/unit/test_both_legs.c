/* test_both_legs.c
 * What ended on both sides of what is between is told once: idle connections that a TCP relay
 * closed (HAProxy in TCP mode, nginx stream, socat -T) or was closed on (what ends TLS before a
 * server), and those of a proxy that was reloaded. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "trace_fixes.h"
#include "trace_tls.h"

#define REQUESTS "python-requests/2.28.1"
#define BETWEEN "10.0.0.50"
#define BACKEND "10.0.0.80"

enum {
    ROUNDS = 3,
    CALLS = 2
};

#define PERIOD_NS AT_S(10)
#define IDLE_NS AT_S(2)

static trace_connection *open_at(trace *t, const char *client, const char *server, uint16_t port,
                                 int64_t at)
{
    trace_connection *c = trace_connect_between(t, client, 0, server, port);

    trace_syn(c, at);
    trace_syn_ack(c, at + AT_US(10));
    trace_ack(c, CLIENT, at + AT_US(20));
    return c;
}

static trace_connection *open_between(trace *t, const char *client, const char *server, int64_t at)
{
    return open_at(t, client, server, 80, at);
}

static void pass_on(trace_connection *front, trace_connection *back, int64_t at)
{
    trace_request(front, at, .user_agent = REQUESTS);
    trace_request(back, at + AT_US(100), .user_agent = REQUESTS);
    trace_answer(back, at + AT_US(200));
    trace_answer(front, at + AT_US(300));
}

/* Each round calls on a pair of connections of its own, which are left idle; the last answer of the
 * round. */
static int64_t call(trace *t, trace_connection **front, trace_connection **back, int round)
{
    int64_t at = AT_S(1) + round * PERIOD_NS;

    *front = open_between(t, "10.0.0.1", BETWEEN, at);
    *back = open_between(t, BETWEEN, BACKEND, at + AT_US(100));
    for (int i = 0; i < CALLS; i++) {
        at += AT_MS(100);
        pass_on(*front, *back, at);
    }
    return at;
}

static uint32_t cost_of(trace *t, const char *change)
{
    const hr_fix *fix = trace_fix(t, change);

    return fix != NULL ? fix->avoidable->len : 0;
}

/* It closes both, @apart_ns from each other. */
static void relay_closes(trace *t, int64_t apart_ns)
{
    for (int round = 0; round < ROUNDS; round++) {
        trace_connection *front = NULL;
        trace_connection *back = NULL;
        const int64_t at = call(t, &front, &back, round) + IDLE_NS;
        trace_close(front, SERVER, at);
        trace_close(back, CLIENT, at + AT_US(300) + apart_ns);
    }
}

static void a_relay_closes_both_sides_at_once(void)
{
    g_autoptr(trace) t = trace_new();
    relay_closes(t, 0);

    g_assert_cmpuint(cost_of(t, "lengthen_client_idle"), ==, ROUNDS - 1 + ROUNDS - 1);
    g_assert_cmpuint(cost_of(t, "lengthen_server_idle"), ==, 0);
    g_assert_true(trace_advises(t, "lengthen_client_idle", "closed both of its sides"));
    g_assert_true(trace_happened(t, "lengthen_client_idle", ", and 2 in front of it"));
}

/* A proxy of HTTP with a timeout for each side. */
static void a_proxy_closes_its_sides_apart(void)
{
    g_autoptr(trace) t = trace_new();
    relay_closes(t, AT_S(1));

    g_assert_cmpuint(cost_of(t, "lengthen_client_idle"), ==, ROUNDS - 1);
    g_assert_cmpuint(cost_of(t, "lengthen_server_idle"), ==, ROUNDS - 1);
    g_assert_false(trace_advises(t, "lengthen_client_idle", "closed both of its sides"));
}

/* What a proxy of HTTP carries on the two is not the same. */
static void a_proxy_carries_more_on_one_side(void)
{
    g_autoptr(trace) t = trace_new();
    for (int round = 0; round < ROUNDS; round++) {
        trace_connection *front = NULL;
        trace_connection *back = NULL;
        trace_connection *other =
            open_between(t, "10.0.0.2", BETWEEN, AT_MS(500) + round * PERIOD_NS);
        int64_t at = call(t, &front, &back, round);
        pass_on(other, back, at + AT_MS(10));
        pass_on(front, back, at + AT_MS(20));
        at += AT_MS(20) + IDLE_NS;
        trace_close(other, CLIENT, at - AT_S(1));
        trace_close(front, SERVER, at);
        trace_close(back, CLIENT, at + AT_US(300));
    }

    g_assert_cmpuint(cost_of(t, "lengthen_client_idle"), ==, ROUNDS - 1);
    g_assert_cmpuint(cost_of(t, "lengthen_server_idle"), ==, ROUNDS - 1);
}

/* The server's timeout, which what ends TLS before it passes on; or, before that, its own. */
static void a_relay_passes_the_end_on(void)
{
    for (int is_first = 0; is_first < 2; is_first++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *last = NULL;
        for (int round = 0; round < ROUNDS; round++) {
            trace_connection *front = NULL;
            trace_connection *back = NULL;
            const int64_t at = call(t, &front, &back, round) + IDLE_NS;
            if (is_first) {
                trace_close(back, SERVER, at);
            }
            trace_close(front, SERVER, at + AT_US(300));
            if (!is_first) {
                trace_close(back, SERVER, at + AT_US(600));
            }
            last = back;
        }
        const hr_fix *fix = trace_fix(t, "lengthen_server_idle");

        assert_cause(last, "server-idle-timeout");
        g_assert_cmpuint(fix->avoidable->len, ==, is_first ? 2 * (ROUNDS - 1) : ROUNDS - 1);
    }
}

/* The same through a CONNECT: the proxy is asked at its own address, whatever the target. */
static void a_tunnel_passes_the_end_on(void)
{
    for (int is_address = 0; is_address < 2; is_address++) {
        const char *target = is_address ? BACKEND ":80" : "app.example:80";
        g_autoptr(trace) t = trace_new();
        for (int round = 0; round < ROUNDS; round++) {
            const int64_t at = AT_S(1) + round * PERIOD_NS;
            trace_connection *front = open_between(t, "10.0.0.1", BETWEEN, at);
            trace_request(front, at + AT_MS(1), .method = "CONNECT", .target = target,
                          .host = target);
            trace_connection *back = open_between(t, BETWEEN, BACKEND, at + AT_MS(2));
            trace_answer(front, at + AT_MS(3), .is_header_only = true);
            for (int i = 1; i <= CALLS; i++) {
                pass_on(front, back, at + AT_MS(100 * i));
            }
            trace_close(back, SERVER, at + AT_MS(100 * CALLS) + IDLE_NS);
            trace_close(front, SERVER, at + AT_MS(100 * CALLS) + IDLE_NS + AT_US(300));
        }

        g_assert_cmpuint(cost_of(t, "lengthen_server_idle"), ==, ROUNDS - 1 + ROUNDS - 1);
    }
}

/* Each round on a pair of its own, which ends with the last answer of @first, the other one
 * @apart_ns later. A proxy of HTTP adds @added bytes to each answer, or takes some away. */
static trace_connection *end_pairs(trace *t, trace_side first, int added, int64_t apart_ns)
{
    trace_connection *back = NULL;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t at = AT_S(1) + round * PERIOD_NS;
        trace_connection *front = open_between(t, "10.0.0.1", BETWEEN, at);
        back = open_between(t, BETWEEN, BACKEND, at + AT_US(100));
        for (int i = 0; i < CALLS; i++) {
            at += AT_MS(100 + round);
            trace_request(front, at, .user_agent = REQUESTS);
            trace_request(back, at + AT_US(100), .user_agent = REQUESTS);
            trace_answer(back, at + AT_US(200), .is_chunked = true);
            trace_answer(front, at + AT_US(300), .is_chunked = true,
                         .body = (uint32_t)(TRACE_ANSWER_BODY + added));
        }
        trace_close(first == CLIENT ? front : back, first, at + AT_MS(1));
        trace_close(first == CLIENT ? back : front, first, at + AT_MS(1) + apart_ns);
    }
    return back;
}

/* One run of a program after the other through a relay: it has no limit, nor a pool. */
static void a_relay_ends_with_its_client(void)
{
    for (int added = -1; added <= 1; added++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *back = end_pairs(t, CLIENT, added, AT_US(300));
        const hr_fix *fix = trace_fix(t, "keep_client");

        assert_cause(back, "client-close");
        g_assert_cmpuint(cost_of(t, "raise_request_limit"), ==, 0);
        g_assert_cmpuint(fix->avoidable->len, ==,
                         added != 0 ? ROUNDS - 1 : ROUNDS - 1 + ROUNDS - 1);
    }
}

/* A proxy that changes nothing of the answers, and keeps what is behind it for a while. */
static void a_proxy_ends_later_than_its_client(void)
{
    g_autoptr(trace) t = trace_new();
    (void)end_pairs(t, CLIENT, 0, AT_MS(200));

    g_assert_cmpuint(cost_of(t, "keep_client"), ==, ROUNDS - 1);
}

/* It sends its client, in TLS, as many bytes as it got for it. */
static void a_proxy_that_ends_tls_and_compresses(void)
{
    g_autoptr(trace) t = trace_new();
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t at = AT_S(1) + round * PERIOD_NS;
        trace_connection *front =
            tls_open(t, at, .address = BETWEEN, .has_keys = true, .agrees = "http/1.1");
        trace_connection *back = open_between(t, BETWEEN, BACKEND, at + AT_MS(20));
        trace_request(front, at + AT_MS(30), .user_agent = REQUESTS);
        trace_request(back, at + AT_MS(31), .user_agent = REQUESTS);
        const uint32_t sent = front->next[SERVER] - (TRACE_SERVER_ISN + 1);
        trace_answer(back, at + AT_MS(32), .body = sent + 200, .is_chunked = true);
        trace_answer(front, at + AT_MS(33), .body = 200, .is_chunked = true);
        trace_close(front, CLIENT, at + AT_MS(34));
        trace_close(back, CLIENT, at + AT_MS(34) + AT_US(300));
    }

    g_assert_cmpuint(cost_of(t, "keep_client"), ==, ROUNDS - 1);
}

/* A balancer: what the clients ask in turn goes crosswise to two connections, and the answers are as
 * long. Each client ends, and one of the two with it. */
static void a_balancer_ends_with_a_client(void)
{
    for (int is_crossed = 0; is_crossed < 2; is_crossed++) {
        g_autoptr(trace) t = trace_new();
        for (int round = 0; round < ROUNDS; round++) {
            int64_t at = AT_S(1) + round * PERIOD_NS;
            trace_connection *front[2], *back[2];
            for (int i = 0; i < 2; i++) {
                front[i] =
                    open_between(t, i == 0 ? "10.0.0.1" : "10.0.0.2", BETWEEN, at + AT_MS(i));
                back[i] = open_between(t, BETWEEN, BACKEND, at + AT_MS(i) + AT_US(100));
            }
            for (int i = 0; i < 2 * CALLS; i++) {
                at += AT_MS(100);
                pass_on(front[i % 2], back[(i + (i < 2 && is_crossed ? 1 : 0)) % 2], at);
            }
            for (int i = 0; i < 2; i++) {
                trace_close(front[i], CLIENT, at + AT_MS(1 + 500 * i));
                trace_close(back[i], CLIENT, at + AT_MS(1 + 500 * i) + AT_US(300));
            }
        }
        const hr_fix *fix = trace_fix(t, "keep_client");

        const hr_connection *ended = fix->connections->pdata[0];

        g_assert_cmpuint(fix->avoidable->len, ==, UINT64_C(2) * (ROUNDS - 1));
        g_assert_cmpstr(hr_connection_client(ended)->endpoint.address, ==,
                        is_crossed ? BETWEEN : "10.0.0.1");
    }
}

/* The server's limit, which a relay passes on. */
static void a_relay_ends_with_its_server(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *back = end_pairs(t, SERVER, 0, AT_US(300));

    assert_cause(back, "request-limit");
    g_assert_cmpuint(cost_of(t, "raise_request_limit"), ==, ROUNDS - 1 + ROUNDS - 1);
}

/* How each side of a proxy closes: what its requests say behind it, and its answers in front. */
typedef struct {
    const char *asks, *says;
    int64_t apart_ns;     /* it closes in front so much later than behind */
    bool is_kept_once;    /* one in front serves a second call */
    bool is_said_earlier; /* behind: by a call before the last, of two */
    bool is_used_before;  /* behind: for another client, once more each round */
} hr_both_closes;

static void call_and_close(trace *t, hr_both_closes it, int64_t at, int calls, int before)
{
    trace_connection *front = open_between(t, "10.0.0.1", BETWEEN, at);
    trace_connection *back = NULL;

    for (int i = 1; i <= calls; i++) {
        const bool is_last = i == calls;
        at += AT_MS(100);
        back = back == NULL || !it.is_said_earlier ? open_between(t, BETWEEN, BACKEND, at) : back;
        for (int k = 0; it.is_used_before && k < before; k++) {
            trace_connection *other = open_between(t, "10.0.0.2", BETWEEN, at + AT_MS(k + 1));
            pass_on(other, back, at + AT_MS(k + 1) + AT_US(100));
        }
        at += AT_MS(10);
        trace_request(front, at + AT_MS(1), .user_agent = REQUESTS);
        trace_request(back, at + AT_MS(2), .user_agent = REQUESTS,
                      .connection = is_last != it.is_said_earlier ? it.asks : NULL);
        trace_answer(back, at + AT_MS(3));
        trace_answer(front, at + AT_MS(4), .connection = is_last ? it.says : NULL);
        if (is_last || !it.is_said_earlier) {
            trace_close(back, SERVER, at + AT_MS(5));
        }
    }
    trace_close(front, SERVER, at + AT_MS(6) + it.apart_ns);
}

static void close_each_round(trace *t, hr_both_closes it)
{
    for (int round = 0; round < ROUNDS; round++) {
        const bool is_again = (it.is_kept_once && round == 0) || it.is_said_earlier;
        call_and_close(t, it, AT_S(1) + round * PERIOD_NS, is_again ? 2 : 1, round);
    }
}

/* How many that end in front are told behind the proxy. */
static uint32_t told_behind(hr_both_closes it)
{
    g_autoptr(trace) t = trace_new();
    close_each_round(t, it);
    const hr_fix *fix = trace_fix(t, "no_client_close");

    return fix != NULL ? fix->closed_with : 0;
}

/* It passes on what it is answered, or keeps nothing on either side (tinyproxy, which does not say
 * so to its clients). Else its sides have reasons of their own. */
static void a_proxy_that_keeps_nothing(void)
{
    const hr_both_closes said = {.asks = "close", .says = "close"};
    const hr_both_closes unsaid = {.asks = "close"};
    hr_both_closes it = said;

    g_assert_cmpuint(told_behind(said), ==, ROUNDS - 1);
    g_assert_cmpuint(told_behind(unsaid), ==, ROUNDS - 1);
    it.is_kept_once = true;
    g_assert_cmpuint(told_behind(it), ==, 0);
    it = said;
    it.is_said_earlier = true;
    g_assert_cmpuint(told_behind(it), ==, 0);
    it = said;
    it.is_used_before = true; /* but in the first round */
    g_assert_cmpuint(told_behind(it), ==, 1);
    it = unsaid;
    it.is_used_before = true;
    g_assert_cmpuint(told_behind(it), ==, 1);
    it = unsaid;
    it.apart_ns = AT_MS(200);
    g_assert_cmpuint(told_behind(it), ==, 0);
}

/* Behind it nobody said so: that its server closes there is another story. */
static void a_proxy_that_says_so_in_front(void)
{
    g_autoptr(trace) t = trace_new();
    close_each_round(t, (hr_both_closes){.says = "close"});

    g_assert_cmpuint(cost_of(t, "no_server_close"), ==, ROUNDS - 1);
    g_assert_cmpuint(cost_of(t, "keep_open"), ==, ROUNDS - 1);
}

static void begin_answer(trace_connection *c, int64_t at)
{
    trace_answer(c, at, .body = 90000, .rest = 80000);
}

/* A client that leaves in the middle of an answer, and what is between, which then leaves, too; or
 * which had left before. */
static void who_leaves_in_an_answer_is_told_once(void)
{
    for (int is_after = 0; is_after < 2; is_after++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *front = NULL;
        trace_connection *back = NULL;
        trace_connection *next[2] = {NULL};
        const int64_t at = call(t, &front, &back, 0) + AT_MS(100);
        trace_request(front, at, .user_agent = REQUESTS);
        trace_request(back, at + AT_MS(1), .user_agent = REQUESTS);
        begin_answer(back, at + AT_MS(2));
        begin_answer(front, at + AT_MS(3));
        if (!is_after) {
            trace_rst(back, CLIENT, at + AT_MS(500));
        }
        trace_rst(front, CLIENT, at + AT_MS(501));
        if (is_after) {
            trace_rst(back, CLIENT, at + AT_MS(502));
        }
        (void)call(t, &next[0], &next[1], 1);

        assert_cause(front, "body-undrained");
        assert_cause(back, is_after ? "client-close" : "body-undrained");
        g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, is_after ? 1 : 2);
    }
}

/* Two clients and a connection for each of them behind the proxy, which it closes @before_ns before
 * it stops; then again, at that @port of the proxy. Another one than before is another program's: the
 * first is there no longer. */
static void reload(trace *t, int64_t before_ns, uint16_t port)
{
    for (int round = 0; round < 2; round++) {
        trace_connection *front[2] = {NULL};
        trace_connection *back[2] = {NULL};
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_S(1 + round) + AT_MS(20 * i);
            front[i] =
                open_at(t, i == 0 ? "10.0.0.1" : "10.0.0.2", BETWEEN, round == 0 ? 80 : port, at);
            back[i] = open_between(t, BETWEEN, BACKEND, at + AT_US(100));
        }
        for (int i = 0; i < 2; i++) {
            pass_on(front[i], back[i], AT_S(1 + round) + AT_MS(100 + 200 * i));
            pass_on(front[i], back[i], AT_S(1 + round) + AT_MS(110 + 200 * i));
        }
        for (int i = 0; i < 2 && round == 0; i++) {
            trace_close(back[i], CLIENT, AT_S(1) + AT_MS(700 + i) - before_ns);
        }
        for (int i = 0; i < 2 && round == 0; i++) {
            trace_close(front[i], SERVER, AT_S(1) + AT_MS(702 + i));
        }
        if (round == 0 && port != 80) {
            trace_connection *refused = trace_connect_between(t, "10.0.0.1", 0, BETWEEN, 80);
            trace_syn(refused, AT_S(1) + AT_MS(800));
            trace_rst(refused, SERVER, AT_S(1) + AT_MS(800) + AT_US(100));
        }
    }
}

/* nginx on SIGHUP: the old worker closes what is idle, to its clients and to its upstream. */
static void a_proxy_that_is_reloaded_closes_both_sides(void)
{
    g_autoptr(trace) at_once = trace_new();
    g_autoptr(trace) before = trace_new();
    reload(at_once, 0, 80);
    reload(before, AT_MS(200), 80);

    g_assert_null(trace_fix(at_once, "keep_client"));
    g_assert_cmpuint(cost_of(at_once, "stay_up"), >=, 2);
    g_assert_cmpuint(cost_of(before, "stay_up"), <, cost_of(at_once, "stay_up"));
}

/* The one of two programs at a proxy's address stops, and the other one goes on: what the first had
 * open behind it ended with it. */
static void a_proxy_that_stops_closes_both_sides(void)
{
    g_autoptr(trace) at_once = trace_new();
    g_autoptr(trace) before = trace_new();
    reload(at_once, 0, 81);
    reload(before, AT_MS(200), 81);

    g_assert_null(trace_fix(at_once, "keep_client"));
    g_assert_cmpuint(cost_of(at_once, "stay_up"), ==, 1); /* for each client */
    g_assert_cmpuint(cost_of(before, "keep_client"), ==, 2);
}

/* ---- one for each ---- */

/* A client object for each of three calls; what is between opens one for each, and adds @more bytes
 * to each answer. */
static trace *follow(uint32_t more)
{
    trace *t = trace_new();

    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(1) * (i + 1);
        trace_connection *front = open_between(t, "10.0.0.1", BETWEEN, at);
        trace_connection *back = open_between(t, BETWEEN, BACKEND, at + AT_US(100));
        trace_request(front, at + AT_MS(1), .user_agent = REQUESTS);
        trace_request(back, at + AT_MS(2), .user_agent = REQUESTS);
        trace_answer(back, at + AT_MS(3), .is_chunked = more > 0, .body = TRACE_ANSWER_BODY);
        trace_answer(front, at + AT_MS(4), .is_chunked = more > 0,
                     .body = TRACE_ANSWER_BODY + more);
    }
    return t;
}

static const hr_fix *item_behind(trace *t)
{
    const hr_analysis *analysis = trace_analysis(t);
    const hr_fix *found = NULL;

    for (size_t i = 0; i < hr_analysis_item_count(analysis) && found == NULL; i++) {
        const hr_fix *fix = hr_analysis_item(analysis, i);
        found = g_str_equal(fix->origin->client_address, BETWEEN) ? fix : NULL;
    }
    g_assert_nonnull(found);
    return found;
}

static bool advises_behind(trace *t, const char *words)
{
    g_autoptr(GString) text = g_string_new(NULL);

    hr_fix_append_advice(&(hr_told){.text = text}, item_behind(t));
    return strstr(text->str, words) != NULL;
}

static void what_relays_has_nothing_to_change(void)
{
    g_autoptr(trace) t = follow(0);
    g_assert_true(advises_behind(t, "it follows its clients"));
}

/* It carries more than what one of its clients' connections did, or on another what that did not. */
static void a_proxy_that_shares_is_no_relay(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *front = NULL;
        trace_connection *back = NULL;
        trace_connection *other = open_between(t, "10.0.0.2", BETWEEN, AT_MS(500) + i * PERIOD_NS);
        const int64_t at = call(t, &front, &back, i);
        pass_on(other, back, at + AT_MS(10));
    }
    g_assert_false(advises_behind(t, "it follows its clients"));

    g_autoptr(trace) crossed = trace_new();
    trace_connection *front[2];
    trace_connection *back[2];
    for (int i = 0; i < 2; i++) {
        front[i] = open_between(crossed, i == 0 ? "10.0.0.1" : "10.0.0.2", BETWEEN, AT_S(1 + i));
        back[i] = open_between(crossed, BETWEEN, BACKEND, AT_S(1 + i) + AT_US(100));
        pass_on(front[i], back[i], AT_S(1 + i) + AT_MS(1));
    }
    pass_on(front[0], back[1], AT_S(3));
    pass_on(front[1], back[0], AT_S(4));
    g_assert_false(advises_behind(crossed, "it follows its clients"));
}

static void a_proxy_that_says_more_is_no_relay(void)
{
    g_autoptr(trace) t = follow(20);
    g_assert_false(advises_behind(t, "it follows its clients"));
    g_assert_true(advises_behind(t, "keepalive in the upstream block"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/both_legs/relay", a_relay_closes_both_sides_at_once);
    g_test_add_func("/both_legs/proxy", a_proxy_closes_its_sides_apart);
    g_test_add_func("/both_legs/proxy-carries-more", a_proxy_carries_more_on_one_side);
    g_test_add_func("/both_legs/passed-on", a_relay_passes_the_end_on);
    g_test_add_func("/both_legs/tunnel", a_tunnel_passes_the_end_on);
    g_test_add_func("/both_legs/relay-of-clients-ends", a_relay_ends_with_its_client);
    g_test_add_func("/both_legs/later-than-client", a_proxy_ends_later_than_its_client);
    g_test_add_func("/both_legs/balancer", a_balancer_ends_with_a_client);
    g_test_add_func("/both_legs/compressed-by-chance", a_proxy_that_ends_tls_and_compresses);
    g_test_add_func("/both_legs/relay-of-servers-ends", a_relay_ends_with_its_server);
    g_test_add_func("/both_legs/left-in-answer", who_leaves_in_an_answer_is_told_once);
    g_test_add_func("/both_legs/keeps-nothing", a_proxy_that_keeps_nothing);
    g_test_add_func("/both_legs/says-so-in-front", a_proxy_that_says_so_in_front);
    g_test_add_func("/both_legs/reload", a_proxy_that_is_reloaded_closes_both_sides);
    g_test_add_func("/both_legs/stop", a_proxy_that_stops_closes_both_sides);
    g_test_add_func("/both_legs/one-for-each/relay", what_relays_has_nothing_to_change);
    g_test_add_func("/both_legs/one-for-each/shares", a_proxy_that_shares_is_no_relay);
    g_test_add_func("/both_legs/one-for-each/proxy", a_proxy_that_says_more_is_no_relay);
    return g_test_run();
}

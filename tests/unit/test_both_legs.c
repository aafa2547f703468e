/* test_both_legs.c
 * What ended on both sides of what is between is told once: idle connections that a TCP relay
 * closed (HAProxy in TCP mode, nginx stream, socat -T) or was closed on (what ends TLS before a
 * server), and those that end with a client or a server. DESIGN section 6. What a proxy of HTTP does
 * on purpose: test_both_legs_proxy.c; one for each: test_one_for_each.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_legs.h"
#include "trace_tls.h"

#define IDLE_NS AT_S(2)

/* It closes both, @apart_ns from each other. */
static void relay_closes(trace *t, int64_t apart_ns)
{
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        trace_connection *front = NULL;
        trace_connection *back = NULL;
        const int64_t at = legs_call(t, &front, &back, round) + IDLE_NS;
        trace_close(front, SERVER, at);
        trace_close(back, CLIENT, at + AT_US(300) + apart_ns);
    }
}

static void a_relay_closes_both_sides_at_once(void)
{
    g_autoptr(trace) t = trace_new();
    relay_closes(t, 0);

    g_assert_cmpuint(trace_cost(t, "lengthen_client_idle"), ==, LEGS_ROUNDS - 1 + LEGS_ROUNDS - 1);
    g_assert_cmpuint(trace_cost(t, "lengthen_server_idle"), ==, 0);
    g_assert_true(trace_advises(t, "lengthen_client_idle", "closed both of its sides"));
    g_assert_true(trace_happened(t, "lengthen_client_idle", ", and 2 in front of it"));
    g_assert_false(trace_advises(t, "lengthen_client_idle", "What the proxy says to its own"));
}

/* curl --socks5, one run after the other: microsocks answers what comes before, and no proxy of HTTP
 * is to keep anything. */
static trace *call_through_socks(uint32_t answer, bool is_greeted)
{
    trace *t = trace_new();
    for (int i = 0; i < LEGS_ROUNDS; i++) {
        const int64_t at = AT_S(1 + i);
        trace_connection *front = legs_open_at(t, "10.0.0.1", LEGS_BETWEEN, 1080, at);
        if (is_greeted) {
            trace_data(front, CLIENT, 3, at + AT_US(30));
        }
        trace_data(front, SERVER, answer, at + AT_US(40));
        trace_connection *back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_US(50));
        legs_pass_on(front, back, at + AT_MS(1));
        trace_close(front, CLIENT, at + AT_MS(2));
        trace_close(back, CLIENT, at + AT_MS(2) + AT_US(300));
    }
    return t;
}

static void a_relay_of_socks_ends_with_its_client(void)
{
    g_autoptr(trace) t = call_through_socks(12, true);
    g_autoptr(trace) more = call_through_socks(400, true);
    g_autoptr(trace) unasked = call_through_socks(12, false);

    g_assert_cmpuint(trace_cost(t, "keep_client"), ==, LEGS_ROUNDS - 1 + LEGS_ROUNDS - 1);
    g_assert_cmpuint(trace_cost(more, "keep_client"), ==, LEGS_ROUNDS - 1);
    g_assert_cmpuint(trace_cost(unasked, "keep_client"), ==, LEGS_ROUNDS - 1);
}

/* A proxy of HTTP with a timeout for each side. */
static void a_proxy_closes_its_sides_apart(void)
{
    g_autoptr(trace) t = trace_new();
    relay_closes(t, AT_S(1));

    g_assert_cmpuint(trace_cost(t, "lengthen_client_idle"), ==, LEGS_ROUNDS - 1);
    g_assert_cmpuint(trace_cost(t, "lengthen_server_idle"), ==, LEGS_ROUNDS - 1);
    g_assert_false(trace_advises(t, "lengthen_client_idle", "closed both of its sides"));
}

/* What a proxy of HTTP carries on the two is not the same. */
static void a_proxy_carries_more_on_one_side(void)
{
    g_autoptr(trace) t = trace_new();
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        trace_connection *front = NULL;
        trace_connection *back = NULL;
        trace_connection *other =
            legs_open(t, "10.0.0.2", LEGS_BETWEEN, AT_MS(500) + round * LEGS_PERIOD_NS);
        int64_t at = legs_call(t, &front, &back, round);
        legs_pass_on(other, back, at + AT_MS(10));
        legs_pass_on(front, back, at + AT_MS(20));
        at += AT_MS(20) + IDLE_NS;
        trace_close(other, CLIENT, at - AT_S(1));
        trace_close(front, SERVER, at);
        trace_close(back, CLIENT, at + AT_US(300));
    }

    g_assert_cmpuint(trace_cost(t, "lengthen_client_idle"), ==, LEGS_ROUNDS - 1);
    g_assert_cmpuint(trace_cost(t, "lengthen_server_idle"), ==, LEGS_ROUNDS - 1);
}

/* The server's timeout, which what ends TLS before it passes on; or, before that, its own. */
static void a_relay_passes_the_end_on(void)
{
    for (int is_first = 0; is_first < 2; is_first++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *last = NULL;
        for (int round = 0; round < LEGS_ROUNDS; round++) {
            trace_connection *front = NULL;
            trace_connection *back = NULL;
            const int64_t at = legs_call(t, &front, &back, round) + IDLE_NS;
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
        g_assert_cmpuint(fix->closed_with, ==, 0); /* its server ended it, or each its own */
        g_assert_cmpuint(fix->avoidable->len, ==,
                         is_first ? 2 * (LEGS_ROUNDS - 1) : LEGS_ROUNDS - 1);
    }
}

/* stunnel says close_notify, which its client heeds half a second later, by a reset. */
static void an_end_of_tls_is_passed_on_at_once(void)
{
    g_autoptr(trace) t = trace_new();
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        int64_t at = AT_S(1) + round * LEGS_PERIOD_NS;
        trace_connection *front =
            tls_open(t, at, .address = LEGS_BETWEEN, .has_keys = true, .agrees = "http/1.1");
        trace_connection *back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_MS(10));
        at += AT_MS(100);
        legs_pass_on(front, back, at);
        trace_close(back, SERVER, at + IDLE_NS);
        tls_close_notify(front, SERVER, at + IDLE_NS + AT_US(300));
        trace_rst(front, CLIENT, at + IDLE_NS + AT_MS(500));
    }

    g_assert_cmpuint(trace_cost(t, "lengthen_server_idle"), ==, LEGS_ROUNDS - 1 + LEGS_ROUNDS - 1);
    g_assert_false(trace_may_be_else(t, "lengthen_server_idle", "and these were reset"));
}

/* The same through a CONNECT: the proxy is asked at its own address, whatever the target. */
static void a_tunnel_passes_the_end_on(void)
{
    for (int is_address = 0; is_address < 2; is_address++) {
        const char *target = is_address ? LEGS_BACKEND ":80" : "app.example:80";
        g_autoptr(trace) t = trace_new();
        for (int round = 0; round < LEGS_ROUNDS; round++) {
            const int64_t at = AT_S(1) + round * LEGS_PERIOD_NS;
            trace_connection *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, at);
            trace_request(front, at + AT_MS(1), .method = "CONNECT", .target = target,
                          .host = target);
            trace_connection *back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_MS(2));
            trace_answer(front, at + AT_MS(3), .is_header_only = true);
            for (int i = 1; i <= LEGS_CALLS; i++) {
                legs_pass_on(front, back, at + AT_MS(100 * i));
            }
            trace_close(back, SERVER, at + AT_MS(100 * LEGS_CALLS) + IDLE_NS);
            trace_close(front, SERVER, at + AT_MS(100 * LEGS_CALLS) + IDLE_NS + AT_US(300));
        }

        g_assert_cmpuint(trace_cost(t, "lengthen_server_idle"), ==,
                         LEGS_ROUNDS - 1 + LEGS_ROUNDS - 1);
    }
}

/* Each round on a pair of its own, which ends with the last answer of @first, the other one
 * @apart_ns later. A proxy of HTTP adds @added bytes to each answer, or takes some away. */
static trace_connection *end_pairs(trace *t, trace_side first, int added, int64_t apart_ns)
{
    trace_connection *back = NULL;
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        int64_t at = AT_S(1) + round * LEGS_PERIOD_NS;
        trace_connection *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, at);
        back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_US(100));
        for (int i = 0; i < LEGS_CALLS; i++) {
            at += AT_MS(100 + round);
            trace_request(front, at, .user_agent = LEGS_REQUESTS);
            trace_request(back, at + AT_US(100), .user_agent = LEGS_REQUESTS);
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
        g_assert_cmpuint(trace_cost(t, "raise_request_limit"), ==, 0);
        g_assert_cmpuint(fix->avoidable->len, ==,
                         added != 0 ? LEGS_ROUNDS - 1 : LEGS_ROUNDS - 1 + LEGS_ROUNDS - 1);
    }
}

/* A proxy that changes nothing of the answers, and keeps what is behind it for a while. */
static void a_proxy_ends_later_than_its_client(void)
{
    g_autoptr(trace) t = trace_new();
    (void)end_pairs(t, CLIENT, 0, AT_MS(200));

    g_assert_cmpuint(trace_cost(t, "keep_client"), ==, LEGS_ROUNDS - 1);
}

/* It sends its client, in TLS, as many bytes as it got for it. */
static void a_proxy_that_ends_tls_and_compresses(void)
{
    g_autoptr(trace) t = trace_new();
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        const int64_t at = AT_S(1) + round * LEGS_PERIOD_NS;
        trace_connection *front =
            tls_open(t, at, .address = LEGS_BETWEEN, .has_keys = true, .agrees = "http/1.1");
        trace_connection *back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_MS(20));
        trace_request(front, at + AT_MS(30), .user_agent = LEGS_REQUESTS);
        trace_request(back, at + AT_MS(31), .user_agent = LEGS_REQUESTS);
        const uint32_t sent = front->next[SERVER] - (TRACE_SERVER_ISN + 1);
        trace_answer(back, at + AT_MS(32), .body = sent + 200, .is_chunked = true);
        trace_answer(front, at + AT_MS(33), .body = 200, .is_chunked = true);
        trace_close(front, CLIENT, at + AT_MS(34));
        trace_close(back, CLIENT, at + AT_MS(34) + AT_US(300));
    }

    g_assert_cmpuint(trace_cost(t, "keep_client"), ==, LEGS_ROUNDS - 1);
}

/* A balancer: what the clients ask in turn goes crosswise to two connections, and the answers are as
 * long. Each client ends, and one of the two with it. */
static void a_balancer_ends_with_a_client(void)
{
    for (int is_crossed = 0; is_crossed < 2; is_crossed++) {
        g_autoptr(trace) t = trace_new();
        for (int round = 0; round < LEGS_ROUNDS; round++) {
            int64_t at = AT_S(1) + round * LEGS_PERIOD_NS;
            trace_connection *front[2], *back[2];
            for (int i = 0; i < 2; i++) {
                front[i] =
                    legs_open(t, i == 0 ? "10.0.0.1" : "10.0.0.2", LEGS_BETWEEN, at + AT_MS(i));
                back[i] = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_MS(i) + AT_US(100));
            }
            for (int i = 0; i < 2 * LEGS_CALLS; i++) {
                at += AT_MS(100);
                legs_pass_on(front[i % 2], back[(i + (i < 2 && is_crossed ? 1 : 0)) % 2], at);
            }
            for (int i = 0; i < 2; i++) {
                trace_close(front[i], CLIENT, at + AT_MS(1 + 500 * i));
                trace_close(back[i], CLIENT, at + AT_MS(1 + 500 * i) + AT_US(300));
            }
        }
        const hr_fix *fix = trace_fix(t, "keep_client");

        const hr_connection *ended = fix->connections->pdata[0];

        g_assert_cmpuint(fix->avoidable->len, ==, UINT64_C(2) * (LEGS_ROUNDS - 1));
        g_assert_cmpstr(hr_connection_client(ended)->endpoint.address, ==,
                        is_crossed ? LEGS_BETWEEN : "10.0.0.1");
    }
}

/* The server's limit, which a relay passes on. */
static void a_relay_ends_with_its_server(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *back = end_pairs(t, SERVER, 0, AT_US(300));

    assert_cause(back, "request-limit");
    g_assert_cmpuint(trace_cost(t, "raise_request_limit"), ==, LEGS_ROUNDS - 1 + LEGS_ROUNDS - 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/both-legs/socks", a_relay_of_socks_ends_with_its_client);
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
    g_test_add_func("/both_legs/tls", an_end_of_tls_is_passed_on_at_once);
    return g_test_run();
}

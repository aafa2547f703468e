/* test_stop_events.c
 * Which ends of a server are one event: what rests ends unannounced, one shortly after the other, of what
 * was open before. What ends beside that, or apart, is no part of it. DESIGN section 5, server-reload.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"

static void go_on(trace *t, int64_t at)
{
    trace_exchange(trace_open(t, at), at + AT_MS(1), at + AT_MS(2));
}

/* Two that were open before the capture. */
static void open_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_connect(t);
        trace_exchange(c[i], AT_MS(100 * i), AT_MS(100 * i + 1));
    }
    for (int i = 0; i < 2; i++) {
        trace_close(c[i], SERVER, AT_MS(700 + i));
    }
    go_on(t, AT_S(2));

    assert_cause(c[0], "server-reload");
}

/* One end, and another seconds later, of one that was used in between. */
static void apart(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(200));
    trace_close(one, SERVER, AT_MS(700));
    trace_exchange(two, AT_S(5), AT_S(5) + AT_MS(1));
    trace_close(two, SERVER, AT_S(5) + AT_MS(600));
    go_on(t, AT_S(8));

    assert_cause(one, "server-close");
    assert_cause(two, "server-close");
}

/* The one had rested for half a second, the other for as long as some timeouts are. */
static void after_different_rests(void)
{
    for (int is_long_first = 0; is_long_first < 2; is_long_first++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *longer = trace_idle_from(t, "10.0.0.1", AT_MS(100));
        trace_connection *shorter = trace_idle_from(t, "10.0.0.2", AT_S(2) - AT_MS(300));
        trace_close(is_long_first ? longer : shorter, SERVER, AT_S(2) + AT_MS(200));
        trace_close(is_long_first ? shorter : longer, SERVER, AT_S(2) + AT_MS(201));
        go_on(t, AT_S(4));

        assert_cause(shorter, "server-reload");
        assert_cause(longer, "server-reload");
    }
}

/* Its client closes one in the middle of that. */
static void left_by_its_client(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *left = trace_idle_from(t, "10.0.0.3", AT_MS(150));
    trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(200));
    trace_close(one, SERVER, AT_MS(700));
    trace_close(left, CLIENT, AT_MS(720));
    trace_close(two, SERVER, AT_MS(740));
    go_on(t, AT_S(2));
    trace_exchange(trace_open_from(t, "10.0.0.3", AT_S(3)), AT_S(4), AT_S(5));

    assert_cause(one, "server-reload");
    assert_cause(two, "server-reload");
    assert_cause(left, "client-close");
}

/* Of one whose SYN/ACK is not in the capture nobody knows that it was accepted before; its end lies
 * behind all others. */
static void of_a_lost_handshake(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_pair ended = trace_end_two(t);
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_S(2));
    trace_ack(c, CLIENT, AT_S(2) + AT_MS(1));
    trace_exchange(c, AT_S(2) + AT_MS(2), AT_S(2) + AT_MS(3));
    trace_close(c, SERVER, AT_S(2) + AT_MS(500));
    go_on(t, AT_S(4));

    assert_cause(ended.one, "server-reload");
    assert_cause(c, "server-close");
}

/* ---- what an origin is told to have at once ---- */

/* Two, and when they are over three more. */
static void most_at_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 2 + round; i++) {
            trace_request(c[i], AT_S(1 + round) + AT_MS(i));
        }
        for (int i = 0; i < 2 + round; i++) {
            trace_answer(c[i], AT_S(1 + round) + AT_MS(10 + i));
        }
    }

    g_assert_cmpuint(hr_analysis_origin(trace_analysis(t), 0)->peak_concurrency, ==, 3);
}

/* ---- idle times that are equal ---- */

/* A client's timeout, beside many requests that it gave up: these are no ends of rests. */
static void among_cancelled_requests(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle[2];
    for (int i = 0; i < 25; i++) {
        const int64_t at = AT_S(100 * i);
        trace_connection *c = trace_open_used(t, at);
        trace_request(c, at + AT_S(1));
        trace_ack(c, SERVER, at + AT_S(1) + AT_MS(1));
        trace_rst(c, CLIENT, at + AT_S(1) + AT_MS(100 + 37 * i));
    }
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_S(5000 + 100 * i);
        idle[i] = trace_open_used(t, at);
        trace_close(idle[i], CLIENT, at + AT_MS(2) + AT_MS(1730));
    }
    go_on(t, AT_S(9000));

    assert_cause(idle[0], "client-idle-timeout");
}

/* Its client had kept one for longer, which its server had just closed: no timeout of the client's. */
static void of_one_that_was_kept_longer(void)
{
    for (int is_kept = 0; is_kept < 2; is_kept++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle[2];
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_S(100 * i);
            idle[i] = trace_open_used(t, at);
            trace_close(idle[i], CLIENT, at + AT_MS(2) + AT_MS(1730));
        }
        trace_connection *c = trace_open_used(t, AT_S(300));
        if (is_kept) {
            trace_fin(c, SERVER, AT_S(303));
            trace_request(c, AT_S(303) + AT_US(10));
            trace_rst(c, SERVER, AT_S(303) + AT_US(100));
        }
        go_on(t, AT_S(9000));

        assert_cause(idle[0], is_kept ? "client-close" : "client-idle-timeout");
    }
}

/* A timeout that a busy server is late by once; but not where one had rested for longer, and served. */
static void of_one_that_is_late(void)
{
    for (int is_survived = 0; is_survived < 2; is_survived++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = NULL;
        for (int i = 0; i < 4; i++) {
            const int64_t at = AT_S(100 * i);
            c = trace_open_used(t, at);
            trace_close(c, SERVER, at + AT_MS(2) + AT_MS(i == 3 ? 1740 : 1702 - i));
        }
        if (is_survived) {
            trace_connection *rested = trace_open_used(t, AT_S(500));
            trace_exchange(rested, AT_S(505), AT_S(505) + AT_MS(1));
        }
        go_on(t, AT_S(9000));

        assert_cause(c, is_survived ? "server-close" : "server-idle-timeout");
    }
}

/* Of those a little sooner none is as another was: they are no timeout. */
static void of_none_that_are_equal(void)
{
    g_autoptr(trace) t = trace_new();
    const int64_t rests_ms[] = {1695, 1720, 1741};
    trace_connection *c = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(rests_ms); i++) {
        const int64_t at = AT_S(100 * (int64_t)i);
        c = trace_open_used(t, at);
        trace_close(c, SERVER, at + AT_MS(2) + AT_MS(rests_ms[i]));
    }
    go_on(t, AT_S(9000));

    assert_cause(c, "server-close");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stops/open-before", open_before);
    g_test_add_func("/stops/apart", apart);
    g_test_add_func("/stops/rests", after_different_rests);
    g_test_add_func("/stops/client", left_by_its_client);
    g_test_add_func("/stops/lost-handshake", of_a_lost_handshake);
    g_test_add_func("/origin/peak", most_at_once);
    g_test_add_func("/origin/equal/cancelled", among_cancelled_requests);
    g_test_add_func("/origin/equal/kept", of_one_that_was_kept_longer);
    g_test_add_func("/origin/equal/late", of_one_that_is_late);
    g_test_add_func("/origin/equal/none", of_none_that_are_equal);
    return g_test_run();
}

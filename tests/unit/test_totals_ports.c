/* test_totals_ports.c
 * Sums of one story, counted by hand: which of a client's ports are taken at a time, how many sockets are
 * in TIME_WAIT, and what is measured of setups of which some are not in the capture. DESIGN sections 5
 * and 9.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_quic.h"

static trace_connection *call(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    return c;
}

/* Two FINs on their way at once. */
static void close_both(trace_connection *c, int64_t at)
{
    const uint32_t client = c->next[CLIENT];
    const uint32_t server = c->next[SERVER];

    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, client, server, 0, at);
    trace_segment(c, SERVER, HR_TCP_FIN | HR_TCP_ACK, server, client, 0, at + AT_US(10));
    trace_segment(c, CLIENT, HR_TCP_ACK, client + 1, server + 1, 0, at + AT_US(100));
    trace_segment(c, SERVER, HR_TCP_ACK, server + 1, client + 1, 0, at + AT_US(110));
}

/*
 *     closed by the server     1 s to  2 s: free again
 *     half closed              3 s: its client's port stays taken
 *     closed by the client     5 s to  6 s, and in TIME_WAIT until 66 s
 *     reset by the client      7 s, and by the server at 90 s: free from 7.1 s on
 *     reset by the server      8 s, and by the client at 90 s: likewise
 *     open before the capture  seen from 9 s on
 *     closed by both          10 s to 11 s, and in TIME_WAIT until 71 s
 *     half closed             12.5 s, by the client: its port stays taken
 *     and then one at 67 s, one at 69 s, one at 69.5 s
 */
static void tell(trace *t)
{
    trace_close(call(t, AT_S(1)), SERVER, AT_S(2));
    trace_fin(call(t, AT_S(3)), SERVER, AT_S(4));
    trace_close(call(t, AT_S(5)), CLIENT, AT_S(6));
    trace_connection *reset[2];
    for (trace_side side = CLIENT; side <= SERVER; side++) {
        reset[side] = call(t, AT_S(7 + (int64_t)side));
        trace_rst(reset[side], side, AT_S(7 + (int64_t)side) + AT_MS(100));
    }
    trace_connection *before = trace_connect(t);
    trace_exchange(before, AT_S(9), AT_S(9) + AT_MS(1));
    trace_connection *both = call(t, AT_S(10));
    close_both(both, AT_S(11));
    trace_fin(call(t, AT_MS(12500)), CLIENT, AT_MS(12600));
    trace_connection *late[3] = {call(t, AT_S(67)), call(t, AT_S(69)), NULL};
    late[2] = call(t, AT_S(69) + AT_MS(500));
    for (trace_side side = CLIENT; side <= SERVER; side++) {
        trace_rst(reset[side], side == CLIENT ? SERVER : CLIENT, AT_S(90) + AT_MS((int64_t)side));
    }
    for (int i = 0; i < 3; i++) {
        trace_close(late[i], SERVER, AT_S(100 + i));
    }
}

/* At 69.5 s: two that are half closed, open before, closed by both, and the three. At one second two were opened, and no
 * more: what was open before the capture was not opened in it. */
static void ports_that_are_taken(void)
{
    g_autoptr(trace) t = trace_new();
    tell(t);
    const hr_totals *totals = trace_totals(t);

    g_assert_cmpuint(totals->ports_peak.count, ==, 7);
    g_assert_cmpint(totals->ports_peak.at_ns, ==, AT_S(69) + AT_MS(500));
    g_assert_cmpuint(totals->openings_peak.count, ==, 2);
    g_assert_cmpint(totals->openings_peak.at_ns, ==, AT_S(69));
}

/* By the client one until 66 s, and both from 11 s to 71 s: two. By the server one until 62 s, both, and
 * three at last: three. */
static void sockets_in_time_wait(void)
{
    g_autoptr(trace) t = trace_new();
    tell(t);
    const hr_totals *totals = trace_totals(t);

    g_assert_cmpuint(totals->time_wait_client, ==, 2);
    g_assert_cmpuint(totals->time_wait_server, ==, 3);
}

/* The most at a time, which is not the last: three in the first second, one after a minute and more. */
static void most_in_time_wait(void)
{
    for (trace_side side = CLIENT; side <= SERVER; side++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            trace_close(call(t, AT_MS(100 * i)), side, AT_MS(100 * i + 10));
        }
        trace_close(call(t, AT_S(100)), side, AT_S(101));
        const hr_totals *totals = trace_totals(t);

        g_assert_cmpuint(totals->time_wait_client, ==, side == CLIENT ? 3 : 0);
        g_assert_cmpuint(totals->time_wait_server, ==, side == SERVER ? 3 : 0);
        g_assert_cmpuint(totals->ports_peak.count, ==, side == CLIENT ? 3 : 1);
    }
}

/* Two that were open before the capture, and three setups, of 200 us each: what is not measured is none
 * of them. UDP has ports of its own. */
static void setups_of_which_some_are_measured(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *before[2] = {trace_connect(t), trace_connect(t)};
    for (int i = 0; i < 2; i++) {
        trace_exchange(before[i], AT_MS(10 * i + 1), AT_MS(10 * i + 2));
    }
    const hr_origin *origin = hr_analysis_origin(trace_analysis(t), 0);
    g_assert_cmpint(origin->sums.setup_total_ns, ==, HR_TIME_NONE);
    g_assert_cmpint(origin->sums.setup_median_ns, ==, HR_TIME_NONE);
    g_assert_cmpint(trace_totals(t)->sums.setup_total_ns, ==, HR_TIME_NONE);

    for (int i = 0; i < 3; i++) {
        call(t, AT_S(1 + i));
    }
    origin = hr_analysis_origin(trace_analysis(t), 0);
    g_assert_cmpint(origin->protocol, ==, HR_PROTOCOL_HTTP11);
    g_assert_cmpint(origin->sums.setup_total_ns, ==, 3 * TRACE_HANDSHAKE_NS);
    g_assert_cmpint(origin->sums.setup_median_ns, ==, TRACE_HANDSHAKE_NS);
    g_assert_cmpint(trace_totals(t)->sums.setup_median_ns, ==, TRACE_HANDSHAKE_NS);
    g_assert_cmpuint(trace_totals(t)->ports_peak.count, ==, 5);

    for (unsigned i = 0; i < 8; i++) {
        quic_open_with_keys(t, i, AT_S(10) + AT_MS(30 * (int64_t)i));
    }
    g_assert_cmpuint(trace_totals(t)->ports_peak.count, ==, 5);
    g_assert_cmpuint(trace_totals(t)->sums.by_transport[HR_TRANSPORT_QUIC], ==, 8);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/totals/ports", ports_that_are_taken);
    g_test_add_func("/totals/time-wait", sockets_in_time_wait);
    g_test_add_func("/totals/time-wait/most", most_in_time_wait);
    g_test_add_func("/totals/setups", setups_of_which_some_are_measured);
    return g_test_run();
}

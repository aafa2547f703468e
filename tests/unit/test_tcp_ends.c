/* test_tcp_ends.c
 * FINs and resets of which not the first look tells: sent again, or of a connection before. RFC 9293,
 * sections 3.6 and 3.10.7.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* A reset whose number lies behind its end's first one is of another connection on these ports. */
static void reset_behind_the_first_number(void)
{
    for (int is_own = 0; is_own < 2; is_own++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_exchange(c, AT_MS(1), AT_MS(2));
        trace_segment(c, SERVER, HR_TCP_RST, is_own ? c->next[SERVER] : TRACE_SERVER_ISN - 4000, 0,
                      0, AT_S(1));
        trace_exchange(trace_open(t, AT_S(2)), AT_S(3), AT_S(4));

        assert_cause(c, is_own ? "server-close" : "open-at-end");
    }
}

/* Both FINs cross, and both sides are left in TIME_WAIT. The client's is sent again later, with what it
 * has heard meanwhile: that changes nothing. */
static void crossing_fin_is_sent_again(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    const uint32_t client = c->next[CLIENT], server = c->next[SERVER];
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, client, server, 0, AT_MS(100));
    trace_segment(c, SERVER, HR_TCP_FIN | HR_TCP_ACK, server, client, 0, AT_MS(100));
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, client, server + 1, 0, AT_MS(400));
    trace_segment(c, SERVER, HR_TCP_ACK, server + 1, client + 1, 0, AT_MS(401));

    assert_time_wait(c, "both");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tcp-ends/reset-behind", reset_behind_the_first_number);
    g_test_add_func("/tcp-ends/crossing-again", crossing_fin_is_sent_again);
    return g_test_run();
}

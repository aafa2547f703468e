/* test_given_up_dial.c
 * A firewall that refuses by ICMP (iptables REJECT): its client knows at once, and dials anew; in the
 * capture a SYN stands alone. It is sent again after a second and after two more where nobody told its
 * client; until then it may be on its way, and what is opened beside it was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* Why another one was opened, @later after a SYN that was sent @times, and after which one was closed. */
static const char *why_after(int times, int64_t later)
{
    g_autoptr(trace) t = trace_new();
    trace_close(trace_open_used(t, AT_MS(0)), SERVER, AT_MS(10));
    trace_connection *dial = trace_connect(t);
    const uint32_t isn = dial->next[CLIENT] - 1;
    for (int i = 0; i < times; i++) {
        trace_segment(dial, CLIENT, HR_TCP_SYN, isn, 0, 0, AT_MS(100) + AT_S((1 << i) - 1));
    }
    const int64_t at = AT_MS(100) + AT_S((1 << (times - 1)) - 1) + later;
    trace_connection *next = trace_open_used(t, at);
    trace_exchange(trace_open_from(t, "10.0.0.9", at + AT_S(20)), at + AT_S(21), at + AT_S(22));

    return hr_why_token(trace_opening(next)->why);
}

static void what_was_given_up_is_not_being_set_up(void)
{
    g_assert_cmpstr(why_after(1, AT_MS(900)), ==, "all-busy");
    g_assert_cmpstr(why_after(1, AT_MS(2500)), ==, "previous-closed");
    g_assert_cmpstr(why_after(2, AT_MS(2500)), ==, "all-busy"); /* the third comes after 2 s */
    g_assert_cmpstr(why_after(2, AT_MS(3500)), ==, "previous-closed");
}

/* It was answered, late: so it was on its way. */
static void what_is_answered_was_on_its_way(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *first = trace_connect(t);
    trace_syn(first, AT_MS(0));
    trace_syn_ack(first, AT_MS(300));
    trace_connection *next = trace_open_used(t, AT_MS(2600));

    assert_opened(next, "all-busy", first);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/given-up-dial/icmp", what_was_given_up_is_not_being_set_up);
    g_test_add_func("/given-up-dial/answered", what_is_answered_was_on_its_way);
    return g_test_run();
}

/* test_left_over.c
 * What is left of a connection whose life was before the capture: a FIN and its ACK. The other
 * side's FIN may have come before, so that nobody knows who closed it, and that it served nobody.
 * Captured: a program that tried the port, whose FIN came just before the capture began.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* The server's FIN, which the client only acknowledges. */
static trace_connection *left_over(trace *t)
{
    trace_connection *c = trace_connect(t);

    trace_fin(c, SERVER, AT_MS(0));
    trace_ack(c, CLIENT, AT_US(20));
    return c;
}

static void calls(trace *t, int count)
{
    for (int i = 1; i <= count; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1), .connection = "close");
        trace_answer(c, AT_S(i) + AT_MS(2), .connection = "close");
        trace_close(c, SERVER, AT_S(i) + AT_MS(3));
    }
}

static void nobody_knows_who_closed(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = left_over(t);
    calls(t, 2);

    assert_cause(c, "unknown");
    g_assert_cmpint(trace_ending(c)->by, ==, HR_SIDE_NONE);
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_NONE);
}

/* Both FINs are there: the first is the first. */
static void the_first_of_both_is_known(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_close(c, SERVER, AT_MS(0));
    calls(t, 2);

    assert_cause(c, "server-close");
}

/* hitch' client acknowledges the server's FIN, with which the capture begins, and resets half a second later. */
static void nobody_knows_why_it_was_reset(void)
{
    for (int is_heard = 0; is_heard < 2; is_heard++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_connect(t);
        trace_ack(c, is_heard ? SERVER : CLIENT, AT_MS(0));
        trace_rst(c, CLIENT, AT_MS(500));
        calls(t, 2);

        assert_cause(c, is_heard ? "client-close" : "unknown");
    }
}

static void it_was_none_that_was_needed(void)
{
    g_autoptr(trace) t = trace_new();
    left_over(t);
    calls(t, 3);

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 2);
    g_assert_cmpuint(hr_analysis_item_count(trace_analysis(t)), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/left-over/unknown", nobody_knows_who_closed);
    g_test_add_func("/left-over/reset", nobody_knows_why_it_was_reset);
    g_test_add_func("/left-over/both", the_first_of_both_is_known);
    g_test_add_func("/left-over/needed", it_was_none_that_was_needed);
    return g_test_run();
}

/* test_ending_habit.c
 * A client that has closed what was idle, and gone on: when it does so once more, its program need not
 * have ended. DESIGN section 5, client-exit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* An exchange that ends at @at, and a close by the client after @idle. */
static trace_connection *close_idle(trace *t, int64_t at, int64_t idle)
{
    trace_connection *c = trace_open(t, at - AT_MS(10));

    trace_exchange(c, at - AT_MS(5), at);
    trace_close(c, CLIENT, at + idle);
    return c;
}

/* As h2o does, which looks once a second for what has been idle for two: no equal times, no timer. */
static void closes_once_more(void)
{
    g_autoptr(trace) t = trace_new();
    close_idle(t, AT_S(1), AT_MS(2900));
    close_idle(t, AT_S(11), AT_MS(2100));
    trace_connection *last = close_idle(t, AT_S(21), AT_MS(2480));

    assert_cause(last, "client-close");
}

/* Only once before: that is no habit. */
static void closed_one_before(void)
{
    g_autoptr(trace) t = trace_new();
    close_idle(t, AT_S(11), AT_MS(2100));
    trace_connection *last = close_idle(t, AT_S(21), AT_MS(2480));

    assert_cause(last, "client-exit");
}

/* Those before were idle for much longer, or much shorter, as after an answer that each call closes. */
static void closed_others_otherwise(void)
{
    static const int64_t idles[] = {AT_US(300), AT_MS(1200), AT_MS(5000)};

    for (size_t i = 0; i < G_N_ELEMENTS(idles); i++) {
        g_autoptr(trace) t = trace_new();
        close_idle(t, AT_S(1), idles[i]);
        close_idle(t, AT_S(11), idles[i] + idles[i] / 50);
        trace_connection *last = close_idle(t, AT_S(21), AT_MS(2480));

        assert_cause(last, "client-exit");
    }
}

/* Two at one moment are one act. */
static void closed_two_at_once(void)
{
    for (int is_at_once = 0; is_at_once < 2; is_at_once++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1))};
        for (int i = 0; i < 2; i++) {
            trace_request(c[i], AT_MS(10 + i));
        }
        for (int i = 0; i < 2; i++) {
            trace_answer(c[i], AT_MS(20 + i));
            trace_ack(c[i], CLIENT, AT_MS(20 + i));
        }
        for (int i = 0; i < 2; i++) {
            trace_close(c[i], CLIENT, AT_MS(2100 + (is_at_once ? 1 : 300) * i));
        }
        trace_connection *last = close_idle(t, AT_S(21), AT_MS(2480));

        assert_cause(last, is_at_once ? "client-exit" : "client-close");
    }
}

/* It does not go on after them: the last of what it has, one after the other. */
static void does_not_go_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int i = 0; i < 3; i++) {
        trace_exchange(c[i], AT_MS(10 + 2 * i), AT_MS(11 + 2 * i));
    }
    for (int i = 0; i < 3; i++) {
        trace_close(c[i], CLIENT, AT_MS(2100 + 250 * i));
    }

    assert_cause(c[2], "client-exit");
}

/* In the end it closes two at once: as long idle as others were, or for different times, as what a
 * program has does when it ends. */
static void closes_two_in_the_end(void)
{
    for (int is_apart = 0; is_apart < 2; is_apart++) {
        g_autoptr(trace) t = trace_new();
        close_idle(t, AT_S(1), AT_MS(2900));
        close_idle(t, AT_S(11), AT_MS(2100));
        trace_connection *one = trace_open(t, AT_S(20));
        trace_connection *two = trace_open(t, AT_S(20) + AT_MS(1));
        trace_exchange(one, AT_S(20) + AT_MS(5), AT_S(20) + AT_MS(6));
        const int64_t later = AT_S(20) + AT_MS(is_apart ? 700 : 10);
        trace_exchange(two, later, later + AT_MS(1));
        trace_close(one, CLIENT, AT_S(20) + AT_MS(2500));
        trace_close(two, CLIENT, AT_S(20) + AT_MS(2501));

        assert_cause(one, is_apart ? "client-exit" : "client-close");
        assert_cause(two, is_apart ? "client-exit" : "client-close");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/habit/once-more", closes_once_more);
    g_test_add_func("/ending/habit/one-before", closed_one_before);
    g_test_add_func("/ending/habit/otherwise", closed_others_otherwise);
    g_test_add_func("/ending/habit/two-at-once", closed_two_at_once);
    g_test_add_func("/ending/habit/not-gone-on", does_not_go_on);
    g_test_add_func("/ending/habit/two-in-the-end", closes_two_in_the_end);
    return g_test_run();
}

/* test_ending_pool_moments.c
 * What a pool does is on the wire a moment after the client did it: an answer is read after it
 * came, a connection is closed after another was taken. Such moments neither hide a limit nor make
 * one. Times are in tenths of a millisecond.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

enum {
    CONNECTIONS = 5,
    KEPT = 2
};

static int64_t at(int tenths)
{
    return AT_US(100) * tenths;
}

/* Five run requests. The pool keeps two, the first two that are answered, from 10 ms on. */
static void open_pool(trace *t, trace_connection *c[CONNECTIONS])
{
    for (int i = 0; i < CONNECTIONS; i++) {
        c[i] = trace_open(t, at(3 * i));
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        trace_request(c[i], at(20 + i));
    }
    trace_answer(c[0], at(100));
    trace_answer(c[1], at(101));
}

/* Those that are open stay so, idle or not. */
static void assert_pool_limit(trace *t, const trace_connection *c)
{
    trace_exchange(trace_open_to(t, "10.0.0.81", 80, AT_S(1)), AT_MS(1001), AT_MS(1002));

    assert_cause(c, "pool-limit");
    g_assert_cmpuint(trace_ending(c)->limit, ==, KEPT);
}

/* One of two was taken just before the third came back: it is not idle any more. */
static void one_was_taken_just_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[CONNECTIONS];
    open_pool(t, c);
    for (int i = 3; i < CONNECTIONS; i++) {
        trace_answer(c[i], at(200 + 10 * i));
        trace_close(c[i], CLIENT, at(201 + 10 * i));
    }
    trace_request(c[0], at(300));
    trace_connection *third = trace_open(t, at(301));
    trace_request(third, at(304));
    trace_answer(c[2], at(305));
    trace_answer(third, at(310));
    trace_close(third, CLIENT, at(311));

    assert_pool_limit(t, third);
}

/* One of two was taken as the third, for which there had been no place, was being closed. */
static void one_was_taken_before_the_close_was_seen(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[CONNECTIONS];
    open_pool(t, c);
    trace_answer(c[2], at(200));
    trace_request(c[0], at(205));
    trace_close(c[2], CLIENT, at(208));

    assert_pool_limit(t, c[2]);
}

/* An answer came while one of two was being taken: the pool never had three. */
static void an_answer_was_not_read_yet(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[CONNECTIONS];
    open_pool(t, c);
    trace_answer(c[2], at(150));
    trace_request(c[0], at(155));
    trace_answer(c[3], at(200));
    trace_close(c[3], CLIENT, at(201));

    assert_pool_limit(t, c[3]);
}

/* One is idle, and was so a moment ago: that is one, and there is a place beside it. */
static void one_was_used_for_a_moment(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[CONNECTIONS];
    open_pool(t, c);
    trace_request(c[1], at(200));
    trace_exchange(c[0], at(290), at(295));
    trace_answer(c[2], at(300));
    trace_close(c[2], CLIENT, at(301));
    trace_exchange(trace_open_to(t, "10.0.0.81", 80, AT_S(1)), AT_MS(1001), AT_MS(1002));

    assert_cause(c[2], "client-close");
}

/* An event loop dials for all of its calls at once, and sends each as its connection is ready: the
 * answer to one comes before the next is sent. */
static void calls_waited_for_their_connections(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[CONNECTIONS];
    for (int i = 0; i < CONNECTIONS; i++) {
        c[i] = trace_open(t, at(3 * i));
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        trace_exchange(c[i], at(30 + 2 * i), at(31 + 2 * i));
    }
    for (int i = KEPT; i < CONNECTIONS; i++) {
        trace_close(c[i], CLIENT, at(50 + 20 * i));
    }

    assert_pool_limit(t, c[CONNECTIONS - 1]);
}

/* Answers that came at once to a loop that is busy with something else; it closes so much later. */
static void busy_for(trace *t, trace_connection *c[CONNECTIONS], int64_t ns)
{
    open_pool(t, c);
    for (int i = KEPT; i < CONNECTIONS; i++) {
        trace_answer(c[i], at(100 + 20 * i));
    }
    for (int i = KEPT; i < CONNECTIONS; i++) {
        trace_close(c[i], CLIENT, at(100 + 20 * i) + ns);
    }
}

static void loop_was_busy(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[CONNECTIONS];
    busy_for(t, c, AT_US(99900));

    assert_pool_limit(t, c[KEPT]);
}

/* What stays was idle for no longer than that: a timeout may have closed the others. */
static void as_long_as_others_have_to_stay(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[CONNECTIONS];
    busy_for(t, c, AT_MS(100));
    trace_exchange(trace_open_to(t, "10.0.0.81", 80, AT_S(1)), AT_MS(1001), AT_MS(1002));

    assert_cause(c[KEPT], "client-close");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool-moments/taken-before", one_was_taken_just_before);
    g_test_add_func("/pool-moments/close-seen-late", one_was_taken_before_the_close_was_seen);
    g_test_add_func("/pool-moments/answer-read-late", an_answer_was_not_read_yet);
    g_test_add_func("/pool-moments/used-for-a-moment", one_was_used_for_a_moment);
    g_test_add_func("/pool-moments/calls-waited", calls_waited_for_their_connections);
    g_test_add_func("/pool-moments/busy", loop_was_busy);
    g_test_add_func("/pool-moments/too-long", as_long_as_others_have_to_stay);
    return g_test_run();
}

/* test_items_monitor.c
 * A program that asks for the same at a steady pace, on a connection each time, may do so on purpose.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

enum {
    CALLS = 5
};

/* Calls at @at, each of which asks for one of @targets in turn. */
static trace *calls(const int64_t at[CALLS], const char *const targets[2], unsigned requests)
{
    trace *t = trace_new();

    for (int i = 0; i < CALLS; i++) {
        trace_connection *c = trace_open(t, at[i]);
        for (unsigned n = 0; n < requests; n++) {
            trace_request(c, at[i] + AT_MS(1 + n), .target = targets[i % 2],
                          .user_agent = "Acme-Monitor/1.0");
            trace_answer(c, at[i] + AT_MS(1 + n) + AT_US(500));
        }
        trace_close(c, CLIENT, at[i] + AT_MS(requests) + AT_US(600));
    }
    return t;
}

static const int64_t steady[CALLS] = {AT_S(0), AT_S(10), AT_MS(20100), AT_MS(30200), AT_S(40)};
static const int64_t uneven[CALLS] = {AT_S(0), AT_S(10), AT_S(22), AT_S(30), AT_S(40)};
static const int64_t quick[CALLS] = {AT_MS(0), AT_MS(400), AT_MS(800), AT_MS(1200), AT_MS(1600)};
static const char *const same[] = {"/healthz", "/healthz"};
static const char *const others[] = {"/healthz", "/orders"};

static bool may_be_monitor(trace *t)
{
    return trace_may_be_else(t, "keep_client", "a monitor");
}

static void steady_calls_for_the_same(void)
{
    g_autoptr(trace) t = calls(steady, same, 1);

    g_assert_true(may_be_monitor(t));
}

static void calls_of_other_kinds(void)
{
    g_autoptr(trace) at_any_time = calls(uneven, same, 1);
    g_autoptr(trace) in_a_loop = calls(quick, same, 1);
    g_autoptr(trace) for_others = calls(steady, others, 1);
    g_autoptr(trace) twice = calls(steady, same, 2);

    g_assert_nonnull(trace_fix(at_any_time, "keep_client"));
    g_assert_false(may_be_monitor(at_any_time));
    g_assert_false(may_be_monitor(in_a_loop));
    g_assert_false(may_be_monitor(for_others));
    g_assert_false(may_be_monitor(twice));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/items/monitor/steady", steady_calls_for_the_same);
    g_test_add_func("/items/monitor/not-others", calls_of_other_kinds);
    return g_test_run();
}

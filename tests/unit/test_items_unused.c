/* test_items_unused.c
 * Connections that their client opened and never used: no pool would be better for them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

#define REQUESTS "python-requests/2.31.0"

/* HAProxy, timeout http-request 1 s: a browser opens ahead what it does not use, beside a program
 * that keeps its connection and is to change nothing. */
static void what_the_server_closed_has_no_pool(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *used = trace_open(t, AT_MS(0));
    trace_request(used, AT_MS(1), .user_agent = REQUESTS);
    trace_answer(used, AT_MS(2));
    trace_connection *ahead[3];
    for (int i = 0; i < 3; i++) {
        ahead[i] = trace_open(t, AT_MS(100 + 100 * i));
    }
    trace_request(used, AT_MS(500), .user_agent = REQUESTS);
    trace_answer(used, AT_MS(501));
    for (int i = 0; i < 3; i++) {
        if (i > 0) {
            trace_answer(ahead[i], AT_MS(1100 + 100 * i), .code = 408, .connection = "close");
        }
        trace_close(ahead[i], SERVER, AT_MS(1101 + 100 * i));
    }
    trace_request(used, AT_S(2), .user_agent = REQUESTS);
    trace_answer(used, AT_MS(2001));

    g_assert_cmpuint(trace_cost(t, "leave_unused"), ==, 3);
    g_assert_null(trace_fix(t, "share_pool"));
}

/* ... and they are what is told, not what had ended before each of them. */
static void what_was_left_unused_is_told(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(10 * i);
        trace_connection *used = trace_open(t, at);
        trace_exchange(used, at + AT_MS(1), at + AT_MS(2));
        trace_close(used, SERVER, at + AT_MS(3));
        trace_close(trace_open(t, at + AT_MS(500)), SERVER, at + AT_S(3));
    }
    const hr_fix *fix = trace_fix(t, "leave_unused");

    g_assert_cmpuint(fix->connections->len, ==, 3);
    for (guint i = 0; i < 3; i++) {
        const hr_connection *told = fix->connections->pdata[i];
        g_assert_cmpuint(told->id, ==, UINT64_C(2) * (i + 1));
    }
}

/* A server that turns away at once, for too many or for want of what is behind it, was not waiting. */
static void what_the_server_turned_away_is_not_left_unused(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *used = trace_open(t, AT_MS(0));
    trace_exchange(used, AT_MS(1), AT_MS(2));
    for (int i = 1; i <= 3; i++) {
        trace_close(trace_open(t, AT_S(10 * i)), SERVER, AT_S(10 * i) + AT_MS(1));
    }
    trace_exchange(used, AT_S(50), AT_S(50) + AT_MS(1));

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 3);
    g_assert_null(trace_fix(t, "leave_unused"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/items/unused/closed", what_the_server_closed_has_no_pool);
    g_test_add_func("/items/unused/told", what_was_left_unused_is_told);
    g_test_add_func("/items/unused/turned-away", what_the_server_turned_away_is_not_left_unused);
    return g_test_run();
}

/* test_evictions_many.c
 * A pool in use for long: its events are looked at a span of frames after the other, and what
 * follows a close may lie in the next span.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

enum {
    DIALS = 403,
    HOSTS = 5,
    KEPT = 4
};

/* requests.Session, pool_connections, as test_evictions.c has it for a few. */
static void each_before_a_dial(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[DIALS];
    char address[16];
    trace_connection *hot =
        trace_ask_host(t, HOSTS, "myservice/2.3", AT_S(9)); /* asked all along */

    for (int i = 0; i < DIALS; i++) {
        const int64_t at = AT_S(10) + AT_MS(50) * i;
        g_snprintf(address, sizeof address, "10.0.0.%d", 80 + i % HOSTS);
        trace_exchange(hot, at - AT_MS(2), at - AT_MS(1));
        if (i >= KEPT) {
            trace_close(c[i - KEPT], CLIENT, at - AT_US(400));
        }
        c[i] = trace_open_to(t, address, 80, at);
        trace_request(c[i], at + AT_US(300), .user_agent = "myservice/2.3");
        trace_answer(c[i], at + AT_US(600));
    }

    for (int i = 0; i < DIALS - KEPT; i++) {
        assert_cause(c[i], "pool-limit");
        g_assert_cmpuint(trace_ending(c[i])->limit, ==, KEPT + 1);
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evictions/many/by-dial", each_before_a_dial);
    return g_test_run();
}

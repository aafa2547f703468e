/* test_ending_from_before.c
 * Ends of connections that were open before the capture began, and on which nothing was asked
 * since: of their pool nobody knows anything, and no rule that looks at a pool may say more than
 * who closed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* One that rests, known by its server's port: 10.0.0.80:80 is asked by others. */
static trace_connection *from_before(trace *t, int64_t at)
{
    trace_connection *c = trace_connect(t);

    trace_ack(c, CLIENT, at);
    return c;
}

/* The client has others open to the same server, which it uses before and after. */
static void closed_beside_one_in_use(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = from_before(t, AT_MS(0));
    trace_connection *used = trace_open(t, AT_MS(10));
    trace_exchange(used, AT_MS(11), AT_MS(12));
    trace_close(c, CLIENT, AT_S(2));
    trace_exchange(used, AT_S(4), AT_S(4) + AT_MS(1));

    assert_cause(c, "client-close");
    assert_closed_by(c, "client");
}

/* Two at one instant look like the end of a program; another one stays open. */
static void closed_beside_one_that_stays(void)
{
    for (int has_other = 0; has_other < 2; has_other++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = from_before(t, AT_MS(0));
        trace_connection *with = from_before(t, AT_MS(1));
        trace_exchange(trace_open_from(t, "10.0.0.2", AT_MS(10)), AT_MS(11), AT_MS(12));
        if (has_other) {
            trace_exchange(trace_open(t, AT_MS(20)), AT_MS(21), AT_MS(22));
        }
        trace_close(c, CLIENT, AT_S(2));
        trace_close(with, CLIENT, AT_S(2) + AT_MS(1));
        trace_exchange(trace_open_from(t, "10.0.0.2", AT_S(3)), AT_S(4), AT_S(5));

        assert_cause(c, has_other ? "client-close" : "client-exit");
    }
}

/* The server closes it: no timer of a pool that nobody saw. */
static void closed_by_the_server(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = from_before(t, AT_MS(0));
    trace_connection *used = trace_open(t, AT_MS(10));
    trace_exchange(used, AT_MS(11), AT_MS(12));
    trace_close(c, SERVER, AT_S(60));
    trace_exchange(trace_open(t, AT_S(61)), AT_S(62), AT_S(63));

    assert_cause(c, "server-close");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/from-before/in-use", closed_beside_one_in_use);
    g_test_add_func("/ending/from-before/stays", closed_beside_one_that_stays);
    g_test_add_func("/ending/from-before/server", closed_by_the_server);
    return g_test_run();
}

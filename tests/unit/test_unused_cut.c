/* test_unused_cut.c
 * HTTP/2 in the clear, captured with a snap length: what was cut off may be a request. The trace is of
 * Node.js' http2 with a session for each call.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "trace.h"
#include "trace_h2.h"

/* Prefaces, and a segment of the client's of which nothing, or not all, was captured. */
static trace_connection *left(trace *t, bool has_segment)
{
    trace_connection *c = h2_open_plain(t, AT_MS(0), 100);

    if (has_segment) {
        trace_cut_data(c, CLIENT, 60, AT_MS(3));
        trace_data(c, SERVER, 40, AT_MS(4));
    }
    trace_close(c, CLIENT, AT_MS(500));
    return c;
}

static void what_was_cut_may_be_a_request(void)
{
    g_autoptr(trace) cut = trace_new();
    g_autoptr(trace) none = trace_new();

    g_assert_cmpint(trace_ending(left(cut, true))->cause, !=, HR_CLOSE_UNUSED);
    g_assert_cmpuint(trace_found(cut, HR_FINDING_UNUSED_CONNECTION), ==, 0);
    assert_cause(left(none, false), "unused");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/unused/cut", what_was_cut_may_be_a_request);
    return g_test_run();
}

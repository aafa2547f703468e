/* test_endless.c
 * Server-sent events have no end: their client can only leave them (WHATWG HTML, Server-sent events),
 * which on HTTP/1 costs the connection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

enum {
    CALLS = 4
};

/* Each answer is left in the middle, some time after its begin; @is_shown: Wireshark shows it. */
static trace *left_streams(bool is_endless, bool is_shown)
{
    trace *t = trace_new();

    for (int i = 0; i < CALLS; i++) {
        const int64_t at = AT_S(5 * i);
        trace_connection *c = trace_open(t, at);
        trace_request(c, at + AT_MS(1));
        if (is_shown) {
            trace_answer(c, at + AT_MS(2), .body = 5000, .rest = 4000, .is_endless = is_endless);
        } else {
            trace_begin_answer(c, at + AT_MS(2), .body = 5000, .rest = 4000,
                               .is_endless = is_endless);
        }
        trace_close(c, CLIENT, at + AT_MS(300 + 170 * i));
    }
    return t;
}

static void left_as_they_can_only_be(void)
{
    for (int is_shown = 0; is_shown < 2; is_shown++) {
        g_autoptr(trace) t = left_streams(true, is_shown);

        g_assert_cmpuint(trace_totals(t)->ended[HR_CLOSE_BODY_UNDRAINED], ==, CALLS);
        g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 0);
        g_assert_true(trace_advises(t, "read_bodies", "streams without an end"));
        g_assert_false(trace_advises(t, "read_bodies", "Read each body to its end"));
        g_assert_false(trace_advises(t, "read_bodies", "raise the client's timeout"));
    }
}

static void others_are_left_unread(void)
{
    for (int is_shown = 0; is_shown < 2; is_shown++) {
        g_autoptr(trace) t = left_streams(false, is_shown);

        g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, CALLS - 1);
        g_assert_false(trace_advises(t, "read_bodies", "streams without an end"));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/endless/left", left_as_they_can_only_be);
    g_test_add_func("/endless/not-others", others_are_left_unread);
    return g_test_run();
}

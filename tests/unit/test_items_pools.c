/* test_items_pools.c
 * Connections that were opened beside idle ones: of several pools, each of which is used on, or of a
 * client object for each call.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

enum {
    POOLS = 3
};

#define REQUESTS "python-requests/2.28.1"

/* @POOLS connections side by side, each asked @times times in turn. */
static void ask_in_turn(trace *t, int times, const char *user_agent)
{
    trace_connection *c[POOLS];

    for (int n = 0; n < times; n++) {
        for (int i = 0; i < POOLS; i++) {
            const int64_t at = AT_S(POOLS * n + i);
            if (n == 0) {
                c[i] = trace_open(t, at);
            }
            trace_request(c[i], at + AT_MS(1), .user_agent = user_agent);
            trace_answer(c[i], at + AT_MS(2));
        }
    }
}

static void workers_have_a_pool_each(void)
{
    g_autoptr(trace) t = trace_new();
    ask_in_turn(t, 4, REQUESTS);

    g_assert_cmpuint(trace_cost(t, "share_pool"), ==, POOLS - 1);
    g_assert_true(trace_advises(t, "share_pool", "pools side by side"));
    g_assert_false(trace_advises(t, "share_pool", "requests.get()"));
}

/* With and without credentials, by itself. */
static void a_browser_has_several(void)
{
    static const char *const browsers[] = {
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/124.0.0.0 Safari/537.36",
        "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"};

    for (size_t i = 0; i < G_N_ELEMENTS(browsers); i++) {
        g_autoptr(trace) t = trace_new();
        ask_in_turn(t, 4, browsers[i]);

        g_assert_false(trace_advises(t, "share_pool", "pools side by side"));
        g_assert_true(trace_advises(t, "share_pool", "credentials"));
    }
}

static void a_client_for_each_call_uses_none_again(void)
{
    g_autoptr(trace) t = trace_new();
    ask_in_turn(t, 1, REQUESTS);

    g_assert_false(trace_advises(t, "share_pool", "pools side by side"));
    g_assert_true(trace_advises(t, "share_pool", "requests.get()"));
}

/* What was idle beside it is not used again: a new client object took the place of the old one. */
static void one_after_the_other_is_not_side_by_side(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < POOLS; i++) {
        trace_connection *c = trace_open(t, AT_S(10 * i));
        for (int n = 0; n < 4; n++) {
            trace_request(c, AT_S(10 * i + n) + AT_MS(1), .user_agent = REQUESTS);
            trace_answer(c, AT_S(10 * i + n) + AT_MS(2));
        }
    }

    g_assert_false(trace_advises(t, "share_pool", "pools side by side"));
    g_assert_true(trace_advises(t, "share_pool", "requests.get()"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/items/pools/workers", workers_have_a_pool_each);
    g_test_add_func("/items/pools/browser", a_browser_has_several);
    g_test_add_func("/items/pools/each-call", a_client_for_each_call_uses_none_again);
    g_test_add_func("/items/pools/in-turn", one_after_the_other_is_not_side_by_side);
    return g_test_run();
}

/* test_item_times.c
 * How long the connections of an item had rested, and lived: what the report, the page and the NDJSON
 * say of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/item_times.h"
#include "trace_fixes.h"
#include "trace_forecast.h"

static hr_fix_times times_of(trace *t, const char *change)
{
    const hr_fix *fix = trace_fix(t, change);

    g_assert_nonnull(fix);
    return hr_fix_times_of(fix);
}

static void assert_span(const hr_span *span, uint32_t count, int64_t least_ns, int64_t most_ns)
{
    g_assert_cmpuint(span->count, ==, count);
    g_assert_cmpint(span->least_ns, ==, least_ns);
    g_assert_cmpint(span->most_ns, ==, most_ns);
}

/* One exchange from @at on, a rest, the server's close; the next call comes 1 s after that. */
static int64_t rest(trace *t, int64_t rest_ns, int64_t at)
{
    trace_connection *c = trace_open(t, at);

    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    trace_close(c, SERVER, at + AT_MS(2) + rest_ns);
    return at + AT_MS(2) + rest_ns + AT_S(1);
}

/* Three close, two had one opened in their place. */
static void a_timeout_says_how_long_it_is(void)
{
    g_autoptr(trace) t = trace_new();
    int64_t at = rest(t, AT_MS(5000), AT_MS(0));
    at = rest(t, AT_MS(5010), at);
    rest(t, AT_MS(5005), at);
    const hr_fix_times times = times_of(t, "lengthen_server_idle");

    assert_span(&times.closed, 3, AT_MS(5000), AT_MS(5010));
    assert_span(&times.opened, 2, AT_MS(6000), AT_MS(6010));
    g_assert_cmpuint(times.asked.count, ==, 0);
    g_assert_cmpuint(times.age.count, ==, 0);
}

/* A request that went out 2 ms behind the close, out of a rest of 5 s. */
static void a_lost_request_says_when_it_was_sent(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_fin(c, SERVER, AT_MS(5002));
    trace_request(c, AT_MS(5004));
    trace_rst(c, SERVER, AT_MS(5005));
    trace_open_used(t, AT_MS(5010));
    const hr_fix_times times = times_of(t, "expire_sooner");

    assert_span(&times.closed, 1, AT_MS(5000), AT_MS(5000));
    assert_span(&times.asked, 1, AT_MS(5002), AT_MS(5002));
    g_assert_cmpuint(times.opened.count, ==, 0);
}

/* Closed as they were asked not to be kept: how long that took says nothing. */
static void what_is_no_timeout_says_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_message closing = {.connection = "close"};
    trace_calls(t, closing, closing);
    const hr_fix_times times = times_of(t, "no_client_close");

    g_assert_cmpuint(times.closed.count, ==, 0);
    g_assert_cmpuint(times.opened.count, ==, 0);

    /* nor does how long what a full pool dropped had been idle */
    g_autoptr(trace) full = trace_new();
    const trace_connection *kept = trace_two_for_one(full);
    g_assert_cmpuint(trace_found(full, HR_FINDING_POOL_LIMIT), ==, 3);
    g_assert_nonnull(kept);
    g_assert_cmpuint(times_of(full, "keep_more_idle").closed.count, ==, 0);
}

static void an_age_is_of_what_ended_by_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_ages(t, AT_S(0), AT_MS(400), AT_MS(5000));
    trace_ages(t, AT_S(10), AT_MS(500), AT_MS(5000));
    trace_ages(t, AT_S(20), AT_MS(700), AT_MS(5010));
    trace_open_used(t, AT_S(30));
    const hr_fix_times times = times_of(t, "raise_max_age");

    g_assert_cmpuint(times.age.count, ==, 3);
    g_assert_cmpint(times.age.least_ns, >=, AT_MS(5000));
    g_assert_cmpint(times.age.most_ns, <, AT_MS(5020));
    g_assert_cmpint(times.age.most_ns, >, times.age.least_ns);
    g_assert_cmpuint(times.closed.count, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/item-times/timeout", a_timeout_says_how_long_it_is);
    g_test_add_func("/item-times/lost", a_lost_request_says_when_it_was_sent);
    g_test_add_func("/item-times/none", what_is_no_timeout_says_nothing);
    g_test_add_func("/item-times/age", an_age_is_of_what_ended_by_it);
    return g_test_run();
}

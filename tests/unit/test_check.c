/* test_check.c
 * The gate of -X http_reuse:check=: what may be said, and what breaks a bound.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/result/check.h"
#include "trace.h"

static void assert_breaches(const char *text, const hr_totals *totals, const char *expected)
{
    char *error = NULL;
    hr_check *check = hr_check_parse(text, &error);

    g_assert_cmpstr(error, ==, NULL);
    GPtrArray *breaches = hr_check_breaches(check, totals);
    g_ptr_array_add(breaches, NULL);
    char *said = g_strjoinv("; ", (char **)breaches->pdata);
    g_assert_cmpstr(said, ==, expected);
    g_free(said);
    g_ptr_array_free(breaches, TRUE);
    hr_check_free(check);
}

static void assert_refused(const char *text, const char *part_of_reason)
{
    char *error = NULL;

    g_assert_null(hr_check_parse(text, &error));
    g_assert_nonnull(strstr(error, part_of_reason));
    g_free(error);
}

/* One new and three reused requests. */
static void bounds_are_kept_or_broken(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    for (int i = 1; i <= 4; i++) {
        trace_exchange(c, AT_MS(10 * i), AT_MS(10 * i + 1));
    }
    const hr_totals *totals = trace_totals(t);

    assert_breaches("reuse_ratio>=0.75,avoidable<=0,missed_reuse=0,requests=4", totals, "");
    assert_breaches("reused>2,reused<4,new<=5,connections>=0", totals, "");
    assert_breaches("reuse_ratio>0.75", totals, "reuse_ratio is 0.75, not >0.75");
    assert_breaches("reused<3,new=1,connections>=2", totals,
                    "reused is 3, not <3; connections is 1, not >=2");
    assert_breaches("new_connection=0", totals, "new_connection is 1, not =0");
}

/* Without requests there is no ratio: a gate does not open for what it cannot see. */
static void what_is_not_known_keeps_no_bound(void)
{
    g_autoptr(trace) t = trace_new();

    assert_breaches("reuse_ratio>=0", trace_totals(t), "reuse_ratio is not known, not >=0");
    assert_breaches("requests>=1", trace_totals(t), "requests is 0, not >=1");
    assert_breaches("reuse_ratio<=0.5", trace_totals(t), "reuse_ratio is not known, not <=0.5");
}

/* Setup that nothing was avoidable of is none; that nobody measured is not known. */
static void setup_that_was_avoidable(void)
{
    g_autoptr(trace) t = trace_new();
    hr_totals totals = *trace_totals(t);
    totals.sums.avoidable_setup_ns = HR_TIME_NONE;
    assert_breaches("avoidable_setup_ms<=0", &totals, "");

    totals.sums.avoidable_connections = 2;
    assert_breaches("avoidable_setup_ms<=0", &totals, "avoidable_setup_ms is not known, not <=0");

    totals.sums.avoidable_setup_ns = AT_US(2500);
    assert_breaches("avoidable_setup_ms<=2.5", &totals, "");
    assert_breaches("avoidable_setup_ms<=2", &totals, "avoidable_setup_ms is 2.5, not <=2");
}

static void what_is_malformed_is_refused(void)
{
    assert_refused("", "missing");
    assert_refused("avoidable", "no bound");
    assert_refused("avoidable<=", "no number");
    assert_refused("avoidable<=2x", "no number");
    assert_refused("avoidable<=nan", "no number");
    assert_refused("reuse<=2", "\"reuse\" is not known");
    assert_refused("summary=0", "not known");
    assert_refused("avoidable<=2,", "\"\" has no bound, for example avoidable<=2");
    assert_refused("requests", "\"requests\" has no bound, for example requests<=2");
    assert_refused("one=0,two=0", "\"one\" is not known; there are reuse_ratio, requests, ");
    hr_check_free(NULL); /* as what could not be parsed */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/bounds", bounds_are_kept_or_broken);
    g_test_add_func("/check/unknown", what_is_not_known_keeps_no_bound);
    g_test_add_func("/check/setup", setup_that_was_avoidable);
    g_test_add_func("/check/malformed", what_is_malformed_is_refused);
    return g_test_run();
}

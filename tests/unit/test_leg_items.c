/* test_leg_items.c
 * What is told to change of a proxy of which both sides were captured: what happened behind it has
 * the cost, and what it asks for itself is no cost of its clients.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_legs.h"

#define CHECKS "may be the proxy's health checks"

/* Beside what its clients ask for the proxy asks the app each 200 ms whether it is well. */
static trace *check_health(trace_message request, bool is_other)
{
    trace *t = trace_new();
    legs_begin(t, LEGS_PROXY);
    for (int i = 0; i < 4; i++) {
        const int64_t at = AT_MS(200 * (i + 1));
        trace_connection *check = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, at);
        request.at = at + AT_MS(1);
        request.method = "HEAD";
        request.target = is_other && i == 3 ? "/orders" : "/health";
        trace_request_with(check, request);
        trace_answer(check, at + AT_MS(2), .is_header_only = true, .connection = "close");
        trace_close(check, SERVER, at + AT_MS(3));
    }
    return t;
}

/* They may be: a program without a name may ask for the same each time, too. */
static void health_checks_of_a_proxy_are_wanted(void)
{
    g_autoptr(trace) t = check_health((trace_message){.is_http10 = true}, false);
    g_assert_true(trace_advises(t, "speak_http11", CHECKS));
    g_assert_true(trace_advises(t, "speak_http11", "Else: A proxy opened these. If it is nginx"));

    g_autoptr(trace) said = check_health((trace_message){.connection = "close"}, false);
    g_assert_true(trace_advises(said, "no_client_close", CHECKS));
    g_assert_false(trace_may_be_else(said, "no_client_close", "a health check"));

    g_autoptr(trace) others = check_health((trace_message){.is_http10 = true}, true);
    g_assert_false(trace_advises(others, "speak_http11", CHECKS));

    /* What is said to be passed on is no check. */
    g_autoptr(trace) relayed =
        check_health((trace_message){.is_http10 = true, .is_relayed = true}, false);
    g_assert_false(trace_advises(relayed, "speak_http11", CHECKS));
}

/* Its clients' requests themselves go so. */
static void what_a_proxy_passes_on_in_http10_is_no_check(const void *user_agent)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = trace_open_between(t, LEGS_BROWSER, LEGS_PROXY, 80, AT_MS(0));
    for (int i = 0; i < 4; i++) {
        const int64_t at = AT_MS(200 * (i + 1));
        trace_request(front, at, .user_agent = user_agent);
        trace_connection *back = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, at + AT_US(100));
        trace_request(back, at + AT_MS(1), .user_agent = user_agent, .is_http10 = true);
        trace_answer(back, at + AT_MS(2), .is_http10 = true);
        trace_close(back, SERVER, at + AT_MS(3));
        trace_answer(front, at + AT_MS(4));
    }
    g_assert_false(trace_advises(t, "speak_http11", CHECKS));
    g_assert_true(trace_advises(t, "speak_http11", "A proxy speaks HTTP/1.0"));
    g_assert_false(trace_may_be_else(t, "speak_http11", "a health check"));
}

/* Lost behind the proxy, which resets in front; for the next request the browser has to dial. */
static void lose_and_open_again(trace *t)
{
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    (void)legs_ask_front(&it, AT_S(6));
    trace_ack(it.front, SERVER, AT_US(6000500));
    (void)legs_lose_behind(&it, AT_MS(6001));
    trace_rst(it.front, SERVER, AT_MS(6002));
    trace_exchange(trace_open_between(t, LEGS_BROWSER, LEGS_PROXY, 80, AT_S(8)), AT_S(9),
                   AT_MS(9001));
}

/* What the failure cost in front of the proxy belongs to the item of what happened behind it. */
static void cost_is_counted_once(void)
{
    g_autoptr(trace) t = trace_new();
    lose_and_open_again(t);

    const hr_analysis *analysis = trace_analysis(t);
    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 1);
    g_assert_cmpuint(hr_analysis_item_count(analysis), ==, 1);
    const hr_fix *fix = hr_analysis_item(analysis, 0);
    g_assert_cmpint(fix->change, ==, HR_CHANGE_EXPIRE_SOONER);
    g_assert_cmpstr(fix->origin->server.address, ==, LEGS_APP);
    g_assert_cmpuint(fix->avoidable->len, ==, 1);
    g_assert_cmpuint(fix->passed_on, ==, 1);
    g_assert_false(fix->is_passed_on_likely);
    g_assert_cmpuint(fix->closed_with, ==, 0); /* it failed, and closed no other with it */
    g_assert_cmpuint(fix->by_proxy, ==, fix->connections->len);
}

/* With one side of the proxy selected, what happened in front of it has the cost. */
static void cost_of_one_side(void)
{
    g_autoptr(trace) t = trace_new();
    lose_and_open_again(t);

    hr_analysis *part = hr_analysis_select(trace_analysis(t), LEGS_BROWSER);
    g_assert_cmpuint(hr_analysis_totals(part)->sums.avoidable_connections, ==, 1);
    g_assert_cmpuint(hr_analysis_item_count(part), ==, 1);
    const hr_fix *fix = hr_analysis_item(part, 0);
    g_assert_cmpint(fix->change, ==, HR_CHANGE_MEND_SERVER);
    g_assert_cmpstr(fix->origin->server.address, ==, LEGS_PROXY);
    g_assert_cmpuint(fix->avoidable->len, ==, 1);
    hr_analysis_free(part);
    part = hr_analysis_select(trace_analysis(t), LEGS_APP);
    g_assert_cmpuint(hr_analysis_totals(part)->sums.avoidable_connections, ==, 0);
    g_assert_cmpuint(hr_analysis_item_count(part), ==, 1); /* a request was lost */
    hr_analysis_free(part);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/legs/cost", cost_is_counted_once);
    g_test_add_func("/legs/cost/one-side", cost_of_one_side);
    g_test_add_func("/legs/health-checks/wanted", health_checks_of_a_proxy_are_wanted);
    g_test_add_data_func("/legs/health-checks/not/browser", "Mozilla/5.0",
                         what_a_proxy_passes_on_in_http10_is_no_check);
    g_test_add_data_func("/legs/health-checks/not/go", "Go-http-client/1.1",
                         what_a_proxy_passes_on_in_http10_is_no_check);
    return g_test_run();
}

/* test_leg_failures.c
 * A proxy of which both sides were captured: a failure that its client sees only passes on what
 * happened behind it, and is told once, where it happened.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/legs.h"
#include "trace_legs.h"

static void assert_passed_on(trace *t, const hr_request *front, const hr_request *back)
{
    trace_analysis(t);
    g_assert_true(hr_legs_failure_behind(front) == back);
    g_assert_true(hr_finding_set_has(front->findings, HR_FINDING_UPSTREAM_FAILURE));
    g_assert_cmpuint(trace_found(t, HR_FINDING_UPSTREAM_FAILURE), ==, 1);
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_ERROR), ==, 1); /* one loss */
}

static void begin_again(trace *t, int64_t at)
{
    trace_connection *front = trace_open_between(t, LEGS_BROWSER, LEGS_PROXY, 80, at);
    trace_connection *back = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, at + AT_MS(1));

    trace_request(front, at + AT_MS(2), .target = "/a");
    trace_request(back, at + AT_MS(3), .target = "/a");
    trace_answer(back, at + AT_MS(4));
    trace_answer(front, at + AT_MS(5));
}

/* Go's ReverseProxy: its client has gone, and what it answers for that (502) nobody hears. */
static void who_gave_up_saw_no_failure(void)
{
    for (int is_left = 0; is_left < 2; is_left++) {
        g_autoptr(trace) t = trace_new();
        const legs_pair it = legs_begin(t, LEGS_PROXY);
        hr_request *front = legs_ask_front(&it, AT_S(6));
        legs_ask_back(&it, it.back, AT_MS(6001));
        if (is_left) {
            trace_fin(it.front, CLIENT, AT_MS(6300));
        }
        trace_fin(it.back, CLIENT, AT_MS(6301));
        trace_answer(it.front, AT_MS(6302), .code = 502);
        if (is_left) {
            trace_rst(it.front, CLIENT, AT_MS(6303));
        }
        begin_again(t, AT_S(8)); /* none of the programs ended */

        trace_analysis(t);
        g_assert_cmpuint(trace_found(t, HR_FINDING_UPSTREAM_FAILURE), ==, is_left ? 0 : 1);
        g_assert_true((hr_legs_failure_behind(front) == NULL) == is_left);
    }
}

/* It heard of one failure, and gave the next request up: that takes nothing from the first. */
static void who_gave_up_later_saw_the_failure(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    hr_request *front = legs_ask_front(&it, AT_S(6));
    legs_lose_behind(&it, AT_MS(6001));
    trace_answer(it.front, AT_MS(6002), .code = 502);
    trace_request(it.front, AT_S(7));
    trace_fin(it.front, CLIENT, AT_S(8));
    trace_rst(it.front, CLIENT, AT_MS(8001));
    begin_again(t, AT_S(9));

    trace_analysis(t);
    assert_cause(it.front, "request-cancelled");
    g_assert_nonnull(hr_legs_failure_behind(front));
    g_assert_cmpuint(trace_found(t, HR_FINDING_UPSTREAM_FAILURE), ==, 1);
}

/* An error of any kind (RFC 9110 §15.6), and nothing else. */
static void bad_gateway(void)
{
    const unsigned codes[] = {499, 500, 502};

    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        g_autoptr(trace) t = trace_new();
        const legs_pair it = legs_begin(t, LEGS_PROXY);
        hr_request *front = legs_ask_front(&it, AT_S(6));
        hr_request *back = legs_lose_behind(&it, AT_MS(6001));
        trace_answer(it.front, AT_MS(6002), .code = codes[i]);

        if (codes[i] >= 500) {
            assert_passed_on(t, front, back);
        }
        trace_analysis(t);
        g_assert_true((hr_legs_failure_behind(front) == NULL) == (codes[i] < 500));
        assert_cause(it.back, "stale-race");
    }
}

/* The proxy's other address, on a machine with several: its own words say that it is a proxy. */
static void bad_gateway_at_another_address(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, "127.0.0.1");
    hr_request *front = legs_ask_front(&it, AT_S(6));
    hr_request *back = legs_lose_behind(&it, AT_MS(6001));
    trace_answer(it.front, AT_MS(6002), .code = 502);

    assert_passed_on(t, front, back);
}

/* Right after the request, and yet not stale: the proxy had taken it. */
static void reset_in_front(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    hr_request *front = legs_ask_front(&it, AT_S(6));
    trace_ack(it.front, SERVER, AT_US(6000500));
    hr_request *back = legs_lose_behind(&it, AT_MS(6001));
    trace_rst(it.front, SERVER, AT_MS(6002));

    assert_passed_on(t, front, back);
    assert_cause(it.front, "request-aborted");
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 0);
    g_assert_true(hr_legs_end_behind(it.front->model) == back);
}

/* 504: the proxy waits no longer. Nothing at all came from behind, or nginx closes by FIN, and it
 * is answered at last: nobody passes that on any more. */
static void gateway_timeout(void)
{
    for (int is_answered = 0; is_answered < 2; is_answered++) {
        g_autoptr(trace) t = trace_new();
        const legs_pair it = legs_begin(t, LEGS_PROXY);
        hr_request *front = legs_ask_front(&it, AT_S(1));
        hr_request *back = legs_ask_back(&it, it.back, AT_MS(1001));
        trace_ack(it.back, SERVER, AT_MS(1002));
        trace_answer(it.front, AT_S(61), .code = 504);
        trace_fin(it.back, CLIENT, AT_MS(61001));
        if (is_answered) {
            trace_answer(it.back, AT_S(63));
            trace_rst(it.back, CLIENT, AT_MS(63001));
        }
        trace_exchange(trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, AT_S(70)), AT_S(71),
                       AT_S(72));

        trace_analysis(t);
        assert_cause(it.back, "request-cancelled");
        g_assert_true(front->ties->passed_on == back);
        g_assert_true(hr_legs_failure_behind(front) == back);
    }
}

/* The proxy sent it again, which went well: the client's failure has another reason. */
static void retried_well(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    hr_request *front = legs_ask_front(&it, AT_S(6));
    (void)legs_lose_behind(&it, AT_MS(6001));
    trace_connection *other = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, AT_MS(6002));
    (void)legs_ask_back(&it, other, AT_MS(6004));
    trace_answer(other, AT_MS(6005));
    trace_answer(it.front, AT_MS(6006), .code = 500);

    trace_analysis(t);
    g_assert_null(hr_legs_failure_behind(front));
    g_assert_cmpuint(trace_found(t, HR_FINDING_UPSTREAM_FAILURE), ==, 0);
}

/* The app itself said 502: nothing was lost behind the proxy. */
static void said_by_the_app(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    hr_request *front = legs_ask_front(&it, AT_S(6));
    (void)legs_ask_back(&it, it.back, AT_MS(6001));
    trace_answer(it.back, AT_MS(6002), .code = 502);
    trace_answer(it.front, AT_MS(6003), .code = 502);
    trace_rst(it.back, SERVER, AT_MS(6004));

    trace_analysis(t);
    g_assert_null(hr_legs_failure_behind(front));
}

/* It said 502 itself, and did not answer the next request, which the proxy gave up: that took
 * nothing from the first. */
static void said_by_the_app_before_it_hung(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    hr_request *front = legs_ask_front(&it, AT_S(6));
    (void)legs_ask_back(&it, it.back, AT_MS(6001));
    trace_answer(it.back, AT_MS(6002), .code = 502);
    trace_answer(it.front, AT_MS(6003), .code = 502);
    const hr_request *next = legs_ask_front(&it, AT_S(7));
    const hr_request *hung = legs_ask_back(&it, it.back, AT_MS(7001));
    trace_ack(it.back, SERVER, AT_MS(7002));
    trace_answer(it.front, AT_S(67), .code = 504);
    trace_fin(it.back, CLIENT, AT_MS(67001));
    begin_again(t, AT_S(70));

    trace_analysis(t);
    assert_cause(it.back, "request-cancelled");
    g_assert_null(hr_legs_failure_behind(front));
    g_assert_true(hr_legs_failure_behind(next) == hung);
}

/* The proxy says 504 after its own timeout, and waits on: that the app is killed later is no reason
 * of that. */
static void lost_after_the_proxy_had_answered(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    hr_request *front = legs_ask_front(&it, AT_S(1));
    hr_request *back = legs_ask_back(&it, it.back, AT_MS(1001));
    trace_ack(it.back, SERVER, AT_MS(1002));
    trace_answer(it.front, AT_S(61), .code = 504);
    trace_rst(it.back, SERVER, AT_S(70));

    trace_analysis(t);
    assert_cause(it.back, "request-aborted");
    g_assert_true(front->ties->passed_on == back);
    g_assert_null(hr_legs_failure_behind(front));
}

/* An answer was cut off behind: in front as well, or the proxy had another one (an old copy of it),
 * and closes then. */
static void cut_on_both_sides(void)
{
    for (int is_whole = 0; is_whole < 2; is_whole++) {
        g_autoptr(trace) t = trace_new();
        const legs_pair it = legs_begin(t, LEGS_PROXY);
        (void)legs_ask_front(&it, AT_S(6));
        hr_request *back = legs_ask_back(&it, it.back, AT_MS(6001));
        trace_answer(it.back, AT_MS(6002), .body = 90000, .rest = 80000);
        trace_ack(it.back, CLIENT, AT_MS(6003));
        trace_fin(it.back, SERVER, AT_MS(6004));
        trace_answer(it.front, AT_MS(6005), .body = 90000, .rest = is_whole ? 0 : 80000);
        trace_ack(it.front, CLIENT, AT_MS(6006));
        trace_close(it.front, SERVER, AT_MS(6007));

        trace_analysis(t);
        assert_cause(it.front, "server-close");
        g_assert_true(hr_legs_end_behind(it.front->model) == (is_whole ? NULL : back));
    }
}

/* nginx' timeout (proxy_read_timeout): it leaves one server, which answers too late, and asks another
 * one, which answers well. The client's later failure has another reason. */
static void asked_again_elsewhere(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    hr_request *front = legs_ask_front(&it, AT_S(1));
    hr_request *late = legs_ask_back(&it, it.back, AT_MS(1001));
    trace_ack(it.back, SERVER, AT_MS(1002));
    trace_fin(it.back, CLIENT, AT_S(61));
    trace_connection *other = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, AT_MS(61001));
    hr_request *again = legs_ask_back(&it, other, AT_MS(61002));
    trace_answer(it.back, AT_MS(61003));
    trace_rst(it.back, CLIENT, AT_MS(61004));
    trace_answer(other, AT_MS(61005));
    trace_answer(it.front, AT_MS(61006), .code = 500);

    trace_analysis(t);
    g_assert_true(late->ties->passes_on == front);
    g_assert_true(again->ties->passes_on == front);
    g_assert_true(front->ties->passed_on == again);
    g_assert_null(hr_legs_failure_behind(front));
}

/* Of two that ask the same at once, the one that failed is told. */
static void two_at_once(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    trace_connection *front = trace_open_between(t, "10.0.0.2", LEGS_PROXY, 80, AT_MS(5000));
    trace_connection *back = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, AT_MS(5001));
    const legs_pair second = {t, front, back, it.user_agent, NULL, it.is_relayed};

    hr_request *lost = legs_ask_front(&it, AT_S(6));
    hr_request *behind = legs_ask_back(&it, it.back, AT_MS(6001));
    hr_request *well = legs_ask_front(&second, AT_MS(6002));
    (void)legs_ask_back(&second, back, AT_MS(6003));
    trace_rst(it.back, SERVER, AT_MS(6004));
    trace_answer(it.front, AT_MS(6005), .code = 502);
    trace_answer(back, AT_MS(6006));
    trace_answer(front, AT_MS(6007));

    trace_analysis(t);
    g_assert_true(hr_legs_failure_behind(lost) == behind);
    g_assert_null(hr_legs_failure_behind(well));
}

/* A program at the proxy's address with a name of its own is not passed on. */
static void another_program(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    const legs_pair other = {t, it.front, it.back, "curl/8.0", NULL, false};
    hr_request *front = legs_ask_front(&it, AT_S(6));
    trace_connection *c = trace_open_between(t, LEGS_PROXY, "10.0.0.10", 8080, AT_MS(6001));
    (void)legs_ask_back(&other, c, AT_MS(6002));
    trace_rst(c, SERVER, AT_MS(6003));
    trace_answer(it.front, AT_MS(6004), .code = 502);

    trace_analysis(t);
    g_assert_null(hr_legs_failure_behind(front));
}

/* It got an answer, which is not in the capture, before it gave up on another request. */
static void what_was_answered_unseen_did_not_fail_later(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    hr_request *front = legs_ask_front(&it, AT_S(6));
    (void)legs_lose_behind(&it, AT_MS(6001));
    trace_lose(it.front, SERVER, TRACE_ANSWER);
    trace_ack(it.front, CLIENT, AT_MS(6003));
    trace_request(it.front, AT_S(7));
    trace_ack(it.front, SERVER, AT_MS(7001));
    trace_rst(it.front, SERVER, AT_MS(7500));

    trace_analysis(t);
    assert_cause(it.front, "request-aborted");
    g_assert_true(front->is_done);
    g_assert_cmpuint(front->answered.frame, ==, 0);
    g_assert_nonnull(front->ties->passed_on);
    g_assert_null(hr_legs_failure_behind(front));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/legs/bad-gateway", bad_gateway);
    g_test_add_func("/legs/another-address", bad_gateway_at_another_address);
    g_test_add_func("/legs/reset-in-front", reset_in_front);
    g_test_add_func("/legs/gateway-timeout", gateway_timeout);
    g_test_add_func("/legs/retried", retried_well);
    g_test_add_func("/legs/said-by-the-app", said_by_the_app);
    g_test_add_func("/legs/said-by-the-app/before", said_by_the_app_before_it_hung);
    g_test_add_func("/legs/lost-later", lost_after_the_proxy_had_answered);
    g_test_add_func("/legs/cut", cut_on_both_sides);
    g_test_add_func("/legs/elsewhere", asked_again_elsewhere);
    g_test_add_func("/legs/two-at-once", two_at_once);
    g_test_add_func("/legs/another-program", another_program);
    g_test_add_func("/legs/given-up", who_gave_up_saw_no_failure);
    g_test_add_func("/legs/given-up-later", who_gave_up_later_saw_the_failure);
    g_test_add_func("/legs/answered-unseen", what_was_answered_unseen_did_not_fail_later);
    return g_test_run();
}

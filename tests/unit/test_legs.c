/* test_legs.c
 * A proxy of which both sides were captured: a failure that its client sees only passes on what
 * happened behind it, and is told once, where it happened.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/legs.h"
#include "core/result/brings.h"
#include "trace.h"
#include "trace_fixes.h"

#define BROWSER "10.0.0.1"
#define PROXY "10.0.0.7"
#define APP "10.0.0.9"

typedef struct {
    trace *owner;
    trace_connection *front, *back;
    const char *user_agent; /* the browser's, which the proxy passes on */
    const char *back_host;  /* that the proxy's side asks for; NULL: the same */
    bool is_relayed;
} proxied;

/* Two requests of a browser pass the proxy and are answered. */
static proxied begin_to(trace *t, const char *proxy_front, const char *back_host)
{
    proxied it = {.owner = t, .user_agent = "Mozilla/5.0", .back_host = back_host};

    it.is_relayed = !g_str_equal(proxy_front, PROXY);
    it.front = trace_open_between(t, BROWSER, proxy_front, 80, AT_MS(0));
    it.back = trace_open_between(t, PROXY, APP, 8080, AT_MS(1));
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_MS(10 * (i + 1));
        trace_request(it.front, at, .target = "/a", .user_agent = it.user_agent);
        trace_request(it.back, at + AT_MS(1), .target = "/a", .user_agent = it.user_agent,
                      .host = back_host, .is_relayed = it.is_relayed);
        trace_answer(it.back, at + AT_MS(2), .server = "uvicorn");
        trace_answer(it.front, at + AT_MS(3), .server = "nginx");
    }
    return it;
}

static proxied begin(trace *t, const char *proxy_front)
{
    return begin_to(t, proxy_front, NULL);
}

static hr_request *ask_front(const proxied *it, int64_t at)
{
    return trace_request(it->front, at, .method = "POST", .target = "/b",
                         .user_agent = it->user_agent);
}

static hr_request *ask_back(const proxied *it, trace_connection *c, int64_t at)
{
    return trace_request(c, at, .method = "POST", .target = "/b", .user_agent = it->user_agent,
                         .host = it->back_host, .is_relayed = it->is_relayed);
}

/* The app's idle timeout races with a request. */
static hr_request *lose_behind(const proxied *it, int64_t at)
{
    hr_request *lost = ask_back(it, it->back, at);
    trace_rst(it->back, SERVER, at + AT_US(100));
    return lost;
}

static void assert_passed_on(trace *t, const hr_request *front, const hr_request *back)
{
    trace_analysis(t);
    g_assert_true(hr_legs_failure_behind(front) == back);
    g_assert_true(hr_finding_set_has(front->findings, HR_FINDING_UPSTREAM_FAILURE));
    g_assert_cmpuint(trace_found(t, HR_FINDING_UPSTREAM_FAILURE), ==, 1);
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_ERROR), ==, 1); /* one loss */
}

#define CHECKS "may be the proxy's health checks"

/* Beside what its clients ask for the proxy asks the app each 200 ms whether it is well. */
static trace *check_health(const char *user_agent, bool is_http10, bool is_other)
{
    trace *t = trace_new();
    begin(t, PROXY);
    for (int i = 0; i < 4; i++) {
        const int64_t at = AT_MS(200 * (i + 1));
        trace_connection *check = trace_open_between(t, PROXY, APP, 8080, at);
        trace_request(check, at + AT_MS(1), .method = "HEAD",
                      .target = is_other && i == 3 ? "/orders" : "/health",
                      .user_agent = user_agent, .is_http10 = is_http10,
                      .connection = is_http10 ? NULL : "close");
        trace_answer(check, at + AT_MS(2), .is_header_only = true, .connection = "close");
        trace_close(check, SERVER, at + AT_MS(3));
    }
    return t;
}

/* They may be: a program without a name may ask for the same each time, too. */
static void health_checks_of_a_proxy_are_wanted(void)
{
    g_autoptr(trace) t = check_health(NULL, true, false);
    g_assert_true(trace_advises(t, "speak_http11", CHECKS));
    g_assert_true(trace_advises(t, "speak_http11", "Else: "));
    g_assert_false(hr_fix_is_to_leave(trace_fix(t, "speak_http11")));

    g_autoptr(trace) said = check_health(NULL, false, false);
    g_assert_true(trace_advises(said, "no_client_close", CHECKS));

    g_autoptr(trace) others = check_health(NULL, true, true);
    g_assert_false(trace_advises(others, "speak_http11", CHECKS));
}

/* Its clients' requests themselves go so. */
static void what_a_proxy_passes_on_in_http10_is_no_check(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = trace_open_between(t, BROWSER, PROXY, 80, AT_MS(0));
    for (int i = 0; i < 4; i++) {
        const int64_t at = AT_MS(200 * (i + 1));
        trace_request(front, at, .user_agent = "Mozilla/5.0");
        trace_connection *back = trace_open_between(t, PROXY, APP, 8080, at + AT_US(100));
        trace_request(back, at + AT_MS(1), .user_agent = "Mozilla/5.0", .is_http10 = true);
        trace_answer(back, at + AT_MS(2), .is_http10 = true);
        trace_close(back, SERVER, at + AT_MS(3));
        trace_answer(front, at + AT_MS(4));
    }
    g_assert_false(trace_advises(t, "speak_http11", CHECKS));
    g_assert_true(trace_advises(t, "speak_http11", "A proxy speaks HTTP/1.0"));
}

static void begin_again(trace *t, int64_t at)
{
    trace_connection *front = trace_open_between(t, BROWSER, PROXY, 80, at);
    trace_connection *back = trace_open_between(t, PROXY, APP, 8080, at + AT_MS(1));

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
        const proxied it = begin(t, PROXY);
        hr_request *front = ask_front(&it, AT_S(6));
        ask_back(&it, it.back, AT_MS(6001));
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
    const proxied it = begin(t, PROXY);
    hr_request *front = ask_front(&it, AT_S(6));
    lose_behind(&it, AT_MS(6001));
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

static void bad_gateway(void)
{
    g_autoptr(trace) t = trace_new();
    const proxied it = begin(t, PROXY);
    hr_request *front = ask_front(&it, AT_S(6));
    hr_request *back = lose_behind(&it, AT_MS(6001));
    trace_answer(it.front, AT_MS(6002), .code = 502);

    assert_passed_on(t, front, back);
    assert_cause(it.back, "stale-race");
}

/* It is asked in absolute form, and asks for the path (RFC 9112 §3.2.2): Privoxy says nothing of
 * itself, and passes User-Agent on. */
static bool is_forward_proxy_that_asks(const char *host)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = trace_open_between(t, BROWSER, PROXY, 8118, AT_MS(0));
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_MS(100 * (i + 1));
        trace_request(front, at, .target = "http://app.example/a?b", .user_agent = "x/1");
        trace_connection *back = trace_open_between(t, PROXY, APP, 80, at + AT_US(100));
        trace_request(back, at + AT_MS(1), .target = "/a?b", .user_agent = "x/1", .host = host);
        trace_answer(back, at + AT_MS(2));
        trace_answer(front, at + AT_MS(3));
        trace_close(back, CLIENT, at + AT_MS(4));
    }

    return trace_advises(t, "keep_client", "A proxy opened these");
}

/* What asks another host for the same path is another program on its machine. */
static void forward_proxy_without_a_line_of_its_own(void)
{
    g_assert_true(is_forward_proxy_that_asks("app.example"));
    g_assert_true(is_forward_proxy_that_asks("App.example:80"));
    g_assert_false(is_forward_proxy_that_asks("app.example.org"));
    g_assert_false(is_forward_proxy_that_asks("b.example"));
}

/* The proxy's other address, on a machine with several: its own words say that it is a proxy. */
static void bad_gateway_at_another_address(void)
{
    g_autoptr(trace) t = trace_new();
    const proxied it = begin(t, "127.0.0.1");
    hr_request *front = ask_front(&it, AT_S(6));
    hr_request *back = lose_behind(&it, AT_MS(6001));
    trace_answer(it.front, AT_MS(6002), .code = 502);

    assert_passed_on(t, front, back);
}

/* Two clients of one name ask two servers for the same at once, one of them through a proxy. */
static void another_host_is_no_front(void)
{
    g_autoptr(trace) t = trace_new();
    const proxied it = begin_to(t, "10.0.5.5", "b.example");
    hr_request *front = ask_front(&it, AT_S(6));
    trace_ack(it.front, SERVER, AT_US(6000500));
    (void)lose_behind(&it, AT_MS(6001));
    trace_rst(it.front, SERVER, AT_S(8));

    trace_analysis(t);
    g_assert_null(front->ties->passed_on);
    g_assert_cmpuint(trace_found(t, HR_FINDING_UPSTREAM_FAILURE), ==, 0);
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 1);
    g_assert_false(it.back->model->products.is_leg);
}

/* What is asked at another address is likely at most: it proves not that the server took it. */
static void another_address_proves_nothing_taken(void)
{
    const char *const fronts[] = {PROXY, "127.0.0.1"};
    const char *const causes[] = {"request-aborted", "stale-race"};

    for (size_t i = 0; i < G_N_ELEMENTS(fronts); i++) {
        g_autoptr(trace) t = trace_new();
        const proxied it = begin(t, fronts[i]);
        hr_request *front = ask_front(&it, AT_S(6));
        trace_ack(it.front, SERVER, AT_US(6000010));
        (void)lose_behind(&it, AT_US(6000020));
        trace_rst(it.front, SERVER, AT_US(6000200));

        trace_analysis(t);
        g_assert_nonnull(front->ties->passed_on);
        g_assert_true(hr_legs_is_taken(front) == (i == 0));
        assert_cause(it.front, causes[i]);
        g_assert_cmpuint(trace_found(t, HR_FINDING_UPSTREAM_FAILURE), ==, i == 0 ? 1 : 0);
    }
}

/* Many others ask for the same path elsewhere while one waits at the proxy; one more Via. */
static void others_push_no_front_out(void)
{
    g_autoptr(trace) t = trace_new();
    const proxied it = begin(t, PROXY);
    trace_connection *relayed = trace_open_between(t, "10.0.7.7", "10.0.7.8", 80, AT_MS(100));
    trace_request(relayed, AT_MS(101), .user_agent = "x/1", .is_relayed = true);
    trace_answer(relayed, AT_MS(102));
    hr_request *front = ask_front(&it, AT_S(6));
    for (int i = 0; i < 20; i++) {
        const int64_t at = AT_S(6) + AT_MS(i);
        trace_connection *c = trace_open_between(t, "10.0.5.5", "10.0.6.6", 80, at);
        trace_request(c, at + AT_US(300), .method = "POST", .target = "/b",
                      .user_agent = it.user_agent);
    }
    hr_request *back = lose_behind(&it, AT_MS(6021));
    trace_answer(it.front, AT_MS(6022), .code = 502);

    trace_analysis(t);
    g_assert_true(hr_legs_failure_behind(front) == back);
    g_assert_true(it.back->model->products.is_leg);
}

/* More wait at the proxy than there are places: which of them is passed on is not known, and that
 * makes no program of its own of what passes them on. */
static void too_many_that_wait_are_unknown(void)
{
    for (int is_own = 0; is_own < 2; is_own++) {
        g_autoptr(trace) t = trace_new();
        const proxied it = begin(t, PROXY);
        const proxied other = {t, it.front, it.back, it.user_agent, NULL, false};
        for (int i = 0; i < 20; i++) {
            const int64_t at = AT_MS(5000 + i);
            trace_connection *c = trace_open_between(t, "10.0.0.2", PROXY, 80, at);
            trace_request(c, at + AT_US(300), .method = i == 0 ? "POST" : "GET", .target = "/b",
                          .user_agent = is_own && i == 0 ? "curl/8.0" : it.user_agent);
            if (is_own) {
                trace_answer(c, at + AT_US(400));
            }
        }
        (void)ask_back(&other, it.back, AT_S(6));

        trace_analysis(t);
        g_assert_true(it.back->model->products.is_leg == !is_own);
    }
}

/* Right after the request, and yet not stale: the proxy had taken it. */
static void reset_in_front(void)
{
    g_autoptr(trace) t = trace_new();
    const proxied it = begin(t, PROXY);
    hr_request *front = ask_front(&it, AT_S(6));
    trace_ack(it.front, SERVER, AT_US(6000500));
    hr_request *back = lose_behind(&it, AT_MS(6001));
    trace_rst(it.front, SERVER, AT_MS(6002));

    assert_passed_on(t, front, back);
    assert_cause(it.front, "request-aborted");
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 0);
}

/* 504: the proxy waits no longer. Nothing at all came from behind, or nginx closes by FIN, and it
 * is answered at last: nobody passes that on any more. */
static void gateway_timeout(void)
{
    for (int is_answered = 0; is_answered < 2; is_answered++) {
        g_autoptr(trace) t = trace_new();
        const proxied it = begin(t, PROXY);
        hr_request *front = ask_front(&it, AT_S(1));
        hr_request *back = ask_back(&it, it.back, AT_MS(1001));
        trace_ack(it.back, SERVER, AT_MS(1002));
        trace_answer(it.front, AT_S(61), .code = 504);
        trace_fin(it.back, CLIENT, AT_MS(61001));
        if (is_answered) {
            trace_answer(it.back, AT_S(63));
            trace_rst(it.back, CLIENT, AT_MS(63001));
        }
        trace_exchange(trace_open_between(t, PROXY, APP, 8080, AT_S(70)), AT_S(71), AT_S(72));

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
    const proxied it = begin(t, PROXY);
    hr_request *front = ask_front(&it, AT_S(6));
    (void)lose_behind(&it, AT_MS(6001));
    trace_connection *other = trace_open_between(t, PROXY, APP, 8080, AT_MS(6002));
    (void)ask_back(&it, other, AT_MS(6004));
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
    const proxied it = begin(t, PROXY);
    hr_request *front = ask_front(&it, AT_S(6));
    (void)ask_back(&it, it.back, AT_MS(6001));
    trace_answer(it.back, AT_MS(6002), .code = 502);
    trace_answer(it.front, AT_MS(6003), .code = 502);
    trace_rst(it.back, SERVER, AT_MS(6004));

    trace_analysis(t);
    g_assert_null(hr_legs_failure_behind(front));
}

/* Of two that ask the same at once, the one that failed is told. */
static void two_at_once(void)
{
    g_autoptr(trace) t = trace_new();
    const proxied it = begin(t, PROXY);
    trace_connection *front = trace_open_between(t, "10.0.0.2", PROXY, 80, AT_MS(5000));
    trace_connection *back = trace_open_between(t, PROXY, APP, 8080, AT_MS(5001));
    const proxied second = {t, front, back, it.user_agent, NULL, it.is_relayed};

    hr_request *lost = ask_front(&it, AT_S(6));
    hr_request *behind = ask_back(&it, it.back, AT_MS(6001));
    hr_request *well = ask_front(&second, AT_MS(6002));
    (void)ask_back(&second, back, AT_MS(6003));
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
    const proxied it = begin(t, PROXY);
    const proxied other = {t, it.front, it.back, "curl/8.0", NULL, false};
    hr_request *front = ask_front(&it, AT_S(6));
    trace_connection *c = trace_open_between(t, PROXY, "10.0.0.10", 8080, AT_MS(6001));
    (void)ask_back(&other, c, AT_MS(6002));
    trace_rst(c, SERVER, AT_MS(6003));
    trace_answer(it.front, AT_MS(6004), .code = 502);

    trace_analysis(t);
    g_assert_null(hr_legs_failure_behind(front));
}

/* Lost behind the proxy, which resets in front; for the next request the browser has to dial. */
static void lose_and_open_again(trace *t)
{
    const proxied it = begin(t, PROXY);
    (void)ask_front(&it, AT_S(6));
    trace_ack(it.front, SERVER, AT_US(6000500));
    (void)lose_behind(&it, AT_MS(6001));
    trace_rst(it.front, SERVER, AT_MS(6002));
    trace_exchange(trace_open_between(t, BROWSER, PROXY, 80, AT_S(8)), AT_S(9), AT_MS(9001));
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
    g_assert_cmpstr(fix->origin->server.address, ==, APP);
    g_assert_cmpuint(fix->avoidable->len, ==, 1);
    g_assert_cmpuint(fix->passed_on, ==, 1);
    g_assert_cmpuint(fix->by_proxy, ==, fix->connections->len);
}

/* With one side of the proxy selected, what happened in front of it has the cost. */
static void cost_of_one_side(void)
{
    g_autoptr(trace) t = trace_new();
    lose_and_open_again(t);

    hr_analysis *part = hr_analysis_select(trace_analysis(t), BROWSER);
    g_assert_cmpuint(hr_analysis_totals(part)->sums.avoidable_connections, ==, 1);
    g_assert_cmpuint(hr_analysis_item_count(part), ==, 1);
    const hr_fix *fix = hr_analysis_item(part, 0);
    g_assert_cmpint(fix->change, ==, HR_CHANGE_MEND_SERVER);
    g_assert_cmpstr(fix->origin->server.address, ==, PROXY);
    g_assert_cmpuint(fix->avoidable->len, ==, 1);
    hr_analysis_free(part);
    part = hr_analysis_select(trace_analysis(t), APP);
    g_assert_cmpuint(hr_analysis_totals(part)->sums.avoidable_connections, ==, 0);
    g_assert_cmpuint(hr_analysis_item_count(part), ==, 1); /* a request was lost */
    hr_analysis_free(part);
}

/* One of the browser's requests is not in the capture, and the proxy passed it on. */
static void front_request_is_lost(void)
{
    g_autoptr(trace) t = trace_new();
    const proxied it = begin(t, PROXY);
    trace_lose(it.front, CLIENT, TRACE_REQUEST_HEADER);
    ask_back(&it, it.back, AT_MS(51));
    trace_answer(it.back, AT_MS(52));
    trace_answer(it.front, AT_MS(53));
    trace_analysis(t);

    g_assert_true(it.back->model->products.is_leg);
}

static void own_request_of_what_is_no_proxy(void)
{
    g_autoptr(trace) t = trace_new();
    const proxied it = begin(t, PROXY);
    ask_back(&it, it.back, AT_MS(51));
    trace_answer(it.back, AT_MS(52));
    trace_analysis(t);

    g_assert_false(it.back->model->products.is_leg);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/legs/bad-gateway", bad_gateway);
    g_test_add_func("/legs/forward", forward_proxy_without_a_line_of_its_own);
    g_test_add_func("/legs/another-address", bad_gateway_at_another_address);
    g_test_add_func("/legs/reset-in-front", reset_in_front);
    g_test_add_func("/legs/gateway-timeout", gateway_timeout);
    g_test_add_func("/legs/retried", retried_well);
    g_test_add_func("/legs/said-by-the-app", said_by_the_app);
    g_test_add_func("/legs/two-at-once", two_at_once);
    g_test_add_func("/legs/another-program", another_program);
    g_test_add_func("/legs/cost", cost_is_counted_once);
    g_test_add_func("/legs/cost/one-side", cost_of_one_side);
    g_test_add_func("/legs/another-host", another_host_is_no_front);
    g_test_add_func("/legs/another-address/stale", another_address_proves_nothing_taken);
    g_test_add_func("/legs/places/others", others_push_no_front_out);
    g_test_add_func("/legs/places/full", too_many_that_wait_are_unknown);
    g_test_add_func("/legs/lost/front", front_request_is_lost);
    g_test_add_func("/legs/lost/none", own_request_of_what_is_no_proxy);
    g_test_add_func("/legs/health-checks/wanted", health_checks_of_a_proxy_are_wanted);
    g_test_add_func("/legs/health-checks/not", what_a_proxy_passes_on_in_http10_is_no_check);
    g_test_add_func("/legs/given-up", who_gave_up_saw_no_failure);
    g_test_add_func("/legs/given-up-later", who_gave_up_later_saw_the_failure);
    return g_test_run();
}

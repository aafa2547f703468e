/* test_legs.c
 * Which request of a proxy passes which one on: its program, addresses, hosts and places.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/legs.h"
#include "trace_legs.h"

/* It is asked in absolute form, and asks for the path (RFC 9112 §3.2.2): Privoxy says nothing of
 * itself, and passes User-Agent on. */
static bool is_forward_proxy_that_asks(const char *host)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = trace_open_between(t, LEGS_BROWSER, LEGS_PROXY, 8118, AT_MS(0));
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_MS(100 * (i + 1));
        trace_request(front, at, .target = "http://app.example/a?b", .user_agent = "x/1");
        trace_connection *back = trace_open_between(t, LEGS_PROXY, LEGS_APP, 80, at + AT_US(100));
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

/* Two clients of one name ask two servers for the same at once, one of them through a proxy. */
static void another_host_is_no_front(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin_to(t, "10.0.5.5", "b.example");
    hr_request *front = legs_ask_front(&it, AT_S(6));
    trace_ack(it.front, SERVER, AT_US(6000500));
    (void)legs_lose_behind(&it, AT_MS(6001));
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
    const char *const fronts[] = {LEGS_PROXY, "127.0.0.1"};
    const char *const causes[] = {"request-aborted", "stale-race"};

    for (size_t i = 0; i < G_N_ELEMENTS(fronts); i++) {
        g_autoptr(trace) t = trace_new();
        const legs_pair it = legs_begin(t, fronts[i]);
        hr_request *front = legs_ask_front(&it, AT_S(6));
        trace_ack(it.front, SERVER, AT_US(6000010));
        (void)legs_lose_behind(&it, AT_US(6000020));
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
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    trace_connection *relayed = trace_open_between(t, "10.0.7.7", "10.0.7.8", 80, AT_MS(100));
    trace_request(relayed, AT_MS(101), .user_agent = "x/1", .is_relayed = true);
    trace_answer(relayed, AT_MS(102));
    hr_request *front = legs_ask_front(&it, AT_S(6));
    for (int i = 0; i < 20; i++) {
        const int64_t at = AT_S(6) + AT_MS(i);
        trace_connection *c = trace_open_between(t, "10.0.5.5", "10.0.6.6", 80, at);
        trace_request(c, at + AT_US(300), .method = "POST", .target = "/b",
                      .user_agent = it.user_agent);
    }
    hr_request *back = legs_lose_behind(&it, AT_MS(6021));
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
        const legs_pair it = legs_begin(t, LEGS_PROXY);
        const legs_pair other = {t, it.front, it.back, it.user_agent, NULL, false};
        for (int i = 0; i < 20; i++) {
            const int64_t at = AT_MS(5000 + i);
            trace_connection *c = trace_open_between(t, "10.0.0.2", LEGS_PROXY, 80, at);
            trace_request(c, at + AT_US(300), .method = i == 0 ? "POST" : "GET", .target = "/b",
                          .user_agent = is_own && i == 0 ? "curl/8.0" : it.user_agent);
            if (is_own) {
                trace_answer(c, at + AT_US(400));
            }
        }
        (void)legs_ask_back(&other, it.back, AT_S(6));

        trace_analysis(t);
        g_assert_true(it.back->model->products.is_leg == !is_own);
    }
}

/* One of the browser's requests is not in the capture, and the proxy passed it on. */
static void front_request_is_lost(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    trace_lose(it.front, CLIENT, TRACE_REQUEST_HEADER);
    legs_ask_back(&it, it.back, AT_MS(51));
    trace_answer(it.back, AT_MS(52));
    trace_answer(it.front, AT_MS(53));
    trace_analysis(t);

    g_assert_true(it.back->model->products.is_leg);
}

static void own_request_of_what_is_no_proxy(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    legs_ask_back(&it, it.back, AT_MS(51));
    trace_answer(it.back, AT_MS(52));
    trace_analysis(t);

    g_assert_false(it.back->model->products.is_leg);
}

/* Its client had the answer, which is not in the capture: what is asked behind it then is another's. */
static void what_was_answered_unseen_is_not_passed_on(void)
{
    for (int is_over = 0; is_over < 2; is_over++) {
        g_autoptr(trace) t = trace_new();
        const legs_pair it = legs_begin(t, LEGS_PROXY);
        hr_request *front = legs_ask_front(&it, AT_S(6));
        if (is_over) {
            trace_lose(it.front, SERVER, TRACE_ANSWER);
            trace_request(it.front, AT_MS(6500), .target = "/c", .user_agent = it.user_agent);
        }
        hr_request *back = legs_ask_back(&it, it.back, AT_S(7));
        trace_analysis(t);

        g_assert_true(front->is_done == is_over);
        g_assert_true((front->ties->passed_on == back) == !is_over);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/legs/forward", forward_proxy_without_a_line_of_its_own);
    g_test_add_func("/legs/another-host", another_host_is_no_front);
    g_test_add_func("/legs/another-address/stale", another_address_proves_nothing_taken);
    g_test_add_func("/legs/places/others", others_push_no_front_out);
    g_test_add_func("/legs/places/full", too_many_that_wait_are_unknown);
    g_test_add_func("/legs/lost/front", front_request_is_lost);
    g_test_add_func("/legs/lost/none", own_request_of_what_is_no_proxy);
    g_test_add_func("/legs/lost/answer", what_was_answered_unseen_is_not_passed_on);
    return g_test_run();
}

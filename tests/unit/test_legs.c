/* test_legs.c
 * Which request of a proxy passes which one on: its program, addresses and hosts. Where many wait:
 * test_legs_many.c.
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
    g_assert_false(is_forward_proxy_that_asks("app"));
    g_assert_true(is_forward_proxy_that_asks("")); /* HTTP/1.0 without Host */
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
        g_assert_cmpint(hr_finding_behind_certainty(front), ==,
                        i == 0 ? HR_CERTAINTY_CERTAIN : HR_CERTAINTY_LIKELY);
        assert_cause(it.front, causes[i]);
        g_assert_cmpuint(trace_found(t, HR_FINDING_UPSTREAM_FAILURE), ==, i == 0 ? 1 : 0);
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

/* A proxy may be asked at several of its addresses: on its own machine, and from elsewhere. */
static void asked_at_two_addresses(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, "127.0.0.1");
    legs_pair other = it;
    other.front = trace_open_between(t, "10.0.0.2", "10.0.5.5", 80, AT_S(5));
    hr_request *front = legs_ask_front(&other, AT_S(6));
    hr_request *back = legs_ask_back(&it, it.back, AT_MS(6001));
    trace_answer(it.back, AT_MS(6002));
    trace_answer(other.front, AT_MS(6003));

    trace_analysis(t);
    g_assert_true(front->ties->passed_on == back);
    g_assert_true(it.back->model->products.is_leg);
}

/* Two programs of one name, at addresses that serve and ask, ask two servers for the same. */
static void another_address_without_a_word_is_no_front(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = trace_open_between(t, LEGS_BROWSER, "10.0.5.5", 80, AT_MS(0));
    trace_connection *back = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, AT_MS(1));
    trace_connection *asks = trace_open_between(t, "10.0.5.5", LEGS_APP, 8080, AT_MS(2));
    trace_connection *serves = trace_open_between(t, LEGS_BROWSER, LEGS_PROXY, 80, AT_MS(3));
    trace_exchange(asks, AT_MS(4), AT_MS(5));
    trace_exchange(serves, AT_MS(6), AT_MS(7));
    for (int i = 0; i < 3; i++) {
        legs_pass_on(front, back, AT_S(1 + i));
    }

    trace_analysis(t);
    g_assert_null(back->model->first_request->ties->passes_on);
    g_assert_false(back->model->products.is_leg);
}

/* Nobody names a host (HTTP/1.0): nothing says that a proxy's other address is meant. */
static void another_address_without_a_host_is_no_front(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = trace_open_between(t, LEGS_BROWSER, "10.0.5.5", 80, AT_MS(0));
    trace_connection *back = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, AT_MS(1));
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(1 + i);
        trace_request(front, at, .target = "/a", .host = "", .user_agent = "x/1");
        trace_request(back, at + AT_MS(1), .target = "/a", .host = "", .user_agent = "x/1",
                      .is_relayed = true);
        trace_answer(back, at + AT_MS(2));
        trace_answer(front, at + AT_MS(3));
    }

    trace_analysis(t);
    g_assert_null(front->model->first_request->ties->passed_on);
}

/* What asks from that address asks for something of its own on the same connection: it may be another
 * program that names the same host, and nothing is passed on. Where the proxy asked again elsewhere that stays. */
static void what_is_no_proxy_passes_nothing_on(void)
{
    for (int is_again = 0; is_again < 2; is_again++) {
        g_autoptr(trace) t = trace_new();
        const legs_pair it = legs_begin(t, "127.0.0.1");
        trace_request(it.back, AT_S(5), .target = "/own", .user_agent = it.user_agent,
                      .is_relayed = true);
        trace_answer(it.back, AT_MS(5001));
        hr_request *front = legs_ask_front(&it, AT_S(6));
        const hr_request *back = legs_lose_behind(&it, AT_MS(6001));
        trace_connection *other = NULL;
        const hr_request *again = NULL;
        if (is_again) {
            other = trace_open_between(t, LEGS_PROXY, "10.0.0.10", 8080, AT_MS(6002));
            again = legs_ask_back(&it, other, AT_MS(6003));
            trace_answer(other, AT_MS(6004));
        }
        trace_answer(it.front, AT_MS(6005));
        if (is_again) {
            legs_ask_front(&it, AT_S(7));
            legs_ask_back(&it, other, AT_MS(7001));
            trace_answer(other, AT_MS(7002));
            trace_answer(it.front, AT_MS(7003));
        }

        trace_analysis(t);
        g_assert_false(it.back->model->products.is_leg);
        g_assert_null(back->ties->passes_on);
        g_assert_true(front->ties->passed_on == again);
    }
}

/* A request that waits is passed on; later frames tell that it was answered before. */
static void what_is_seen_later_counts(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    hr_request *front = legs_ask_front(&it, AT_S(6));
    hr_request *back = legs_ask_back(&it, it.back, AT_MS(6001));
    trace_analysis(t);
    g_assert_true(front->ties->passed_on == back);
    trace_answer(it.front, AT_MS(6002));
    trace_answer(it.back, AT_MS(6003));

    trace_analysis(t);
    g_assert_null(front->ties->passed_on);
    g_assert_null(back->ties->passes_on);
}

/* The capture begins while one waits at the proxy, whose connection it does not show the begin of. */
static void front_request_is_from_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *back = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, AT_MS(0));
    trace_connection *front = trace_connect_between(t, LEGS_BROWSER, 4000, LEGS_PROXY, 80);
    trace_request(back, AT_MS(1), .target = "/b", .user_agent = LEGS_REQUESTS);
    trace_answer(back, AT_MS(2));
    for (int i = 0; i < 2; i++) {
        legs_pass_on(front, back, AT_S(1 + i));
    }

    trace_analysis(t);
    g_assert_true(back->model->products.is_leg);
}

/* One of the browser's requests is lost, and nothing answers it: the gap before the next one tells. */
static void front_request_is_lost_for_good(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    trace_lose(it.front, CLIENT, TRACE_REQUEST_HEADER);
    legs_ask_back(&it, it.back, AT_MS(51));
    trace_answer(it.back, AT_MS(52));
    trace_request(it.front, AT_MS(53), .target = "/c", .user_agent = it.user_agent);
    trace_analysis(t);

    g_assert_true(it.back->model->products.is_leg);
}

/* One alone may have been asked for the same by chance; two that were asked for at once, for one that
 * waited, were not. */
static void one_alone_is_no_habit(void)
{
    for (int count = 1; count <= 2; count++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *front = trace_open_between(t, LEGS_BROWSER, LEGS_PROXY, 80, AT_MS(0));
        trace_connection *back[2] = {NULL};
        trace_request(front, AT_MS(10), .target = "/a", .user_agent = "x/1");
        for (int i = 0; i < count; i++) {
            back[i] = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, AT_MS(11 + i));
        }
        for (int i = 0; i < count; i++) {
            trace_request(back[i], AT_MS(20 + i), .target = "/a", .user_agent = "x/1");
        }

        trace_analysis(t);
        for (int i = 0; i < count; i++) {
            g_assert_true(back[i]->model->products.is_leg == (count == 2));
            g_assert_true(back[i]->model->products.may_be_leg == (count == 2));
        }
    }
}

/* So many of the browser's requests are lost; and so many are asked for behind that nobody was seen to
 * ask for, which may be these, or a program's there. */
static void most_have_to_be_passed_on(void)
{
    for (int lost = 2; lost <= 3; lost++) {
        g_autoptr(trace) t = trace_new();
        const legs_pair it = legs_begin(t, LEGS_PROXY);
        for (int i = 0; i < lost; i++) {
            trace_lose(it.front, CLIENT, TRACE_REQUEST_HEADER);
            legs_ask_back(&it, it.back, AT_MS(100 * (i + 1)));
            trace_answer(it.back, AT_MS(100 * (i + 1) + 1));
            trace_answer(it.front, AT_MS(100 * (i + 1) + 2));
        }

        trace_analysis(t);
        g_assert_true(it.back->model->products.is_leg == (lost == 2));
        g_assert_true(it.back->model->products.may_be_leg == (lost == 2));
    }
}

/* HTTP/1.0 under the name of a program that speaks HTTP/1.1: nginx asks so, from another of its addresses
 * than the one that it is asked at. */
static void below_its_clients_program(void)
{
    for (int is_http10 = 0; is_http10 < 2; is_http10++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *front = trace_open_between(t, LEGS_BROWSER, "10.0.5.5", 80, AT_MS(0));
        hr_request *asked[3];
        for (int i = 0; i < 3; i++) {
            const int64_t at = AT_S(1 + i);
            asked[i] = trace_request(front, at, .user_agent = LEGS_REQUESTS);
            trace_connection *back =
                trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, at + AT_US(100));
            trace_request(back, at + AT_MS(1), .user_agent = LEGS_REQUESTS, .is_http10 = is_http10);
            trace_answer(back, at + AT_MS(2), .is_http10 = is_http10);
            trace_close(back, SERVER, at + AT_MS(3));
            trace_answer(front, at + AT_MS(4));
        }

        trace_analysis(t);
        g_assert_true((asked[0]->ties->passed_on != NULL) == is_http10);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/legs/forward", forward_proxy_without_a_line_of_its_own);
    g_test_add_func("/legs/another-host", another_host_is_no_front);
    g_test_add_func("/legs/another-address/stale", another_address_proves_nothing_taken);
    g_test_add_func("/legs/lost/front", front_request_is_lost);
    g_test_add_func("/legs/lost/none", own_request_of_what_is_no_proxy);
    g_test_add_func("/legs/lost/answer", what_was_answered_unseen_is_not_passed_on);
    g_test_add_func("/legs/two-addresses", asked_at_two_addresses);
    g_test_add_func("/legs/another-address/wordless", another_address_without_a_word_is_no_front);
    g_test_add_func("/legs/another-address/hostless", another_address_without_a_host_is_no_front);
    g_test_add_func("/legs/another-address/own", what_is_no_proxy_passes_nothing_on);
    g_test_add_func("/legs/later", what_is_seen_later_counts);
    g_test_add_func("/legs/lost/before", front_request_is_from_before);
    g_test_add_func("/legs/lost/gap", front_request_is_lost_for_good);
    g_test_add_func("/legs/lost/most", most_have_to_be_passed_on);
    g_test_add_func("/legs/one", one_alone_is_no_habit);
    g_test_add_func("/legs/below", below_its_clients_program);
    return g_test_run();
}

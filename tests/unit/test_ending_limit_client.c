/* test_ending_limit_client.c
 * The client sends so many requests on a connection: a proxy to its upstream, or a program that says
 * close with the last. What looks like it are a program's runs, and what says close once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_legs.h"

/* A connection to the upstream that ends, by the client, right after its @count-th answer. */
static trace_connection *upstream(trace *t, unsigned count, bool is_relayed, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    for (unsigned i = 0; i < count; i++, at += AT_MS(1)) {
        trace_request(c, at + AT_MS(1), .is_relayed = is_relayed);
        trace_answer(c, at + AT_US(1500));
    }
    trace_close(c, CLIENT, at + AT_US(600));
    return c;
}

/* nginx: keepalive_requests 5 in the upstream block. */
static void limit_of_a_proxy(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = upstream(t, 5, true, AT_MS(0));
    trace_connection *two = upstream(t, 5, true, AT_MS(100));
    trace_connection *last = upstream(t, 2, true, AT_MS(200)); /* its end comes at any number */

    assert_cause(one, "request-limit");
    assert_cause(two, "request-limit");
    assert_closed_by(one, "client");
    assert_certainty(one, "likely");
    g_assert_cmpuint(trace_ending(one)->limit, ==, 5);
    g_assert_cmpint(trace_ending(last)->cause, !=, HR_CLOSE_REQUEST_LIMIT);
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_LIMIT), ==, 2);
}

/* Five calls behind a proxy that says nothing of itself, and then its end. They are those of one
 * client, or of two, the last of which leaves with its answer. */
static trace_connection *shared_upstream(trace *t, bool is_of_one, int64_t at)
{
    trace_connection *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, at);
    trace_connection *second =
        is_of_one ? front : legs_open(t, "10.0.0.2", LEGS_BETWEEN, at + AT_US(100));
    trace_connection *back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_US(200));
    for (int i = 1; i <= 5; i++) {
        legs_pass_on(i <= 3 ? front : second, back, at + AT_MS(10 * i));
    }
    trace_close(second, CLIENT, at + AT_US(50400));
    trace_close(back, CLIENT, at + AT_US(50700));
    return back;
}

/* A proxy that closes its upstream connection with its client's has no limit there; but one that
 * had served others before did not close it for that. */
static void proxy_whose_client_leaves(void)
{
    for (int is_of_one = 0; is_of_one < 2; is_of_one++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = shared_upstream(t, is_of_one != 0, AT_S(1));
        shared_upstream(t, is_of_one != 0, AT_S(2));
        trace_connection *last = legs_open(t, "10.0.0.1", LEGS_BETWEEN, AT_S(3));
        legs_pass_on(last, legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, AT_S(3) + AT_MS(1)),
                     AT_S(3) + AT_MS(2));

        trace_analysis(t);
        g_assert_true(one->model->products.is_leg);
        g_assert_true((trace_ending(one)->cause == HR_CLOSE_REQUEST_LIMIT) == (is_of_one == 0));
    }
}

static void proxy_that_ends_at_other_numbers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = upstream(t, 5, true, AT_MS(0));
    upstream(t, 5, true, AT_MS(100));
    upstream(t, 3, true, AT_MS(200));
    upstream(t, 2, true, AT_MS(300));

    assert_cause(one, "client-close");
}

static void proxy_that_left_one_open(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = upstream(t, 5, true, AT_MS(0));
    upstream(t, 5, true, AT_MS(100));
    trace_connection *more = trace_open(t, AT_MS(200));
    for (int i = 0; i < 7; i++) {
        trace_request(more, AT_MS(201 + i), .is_relayed = true);
        trace_answer(more, AT_MS(201 + i) + AT_US(100));
    }

    assert_cause(one, "client-close");
}

/* How many it carried on another one, nobody knows. */
static void proxy_of_which_some_is_lost(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = upstream(t, 5, true, AT_MS(0));
    upstream(t, 5, true, AT_MS(100));
    trace_connection *lost = trace_open(t, AT_MS(200));
    trace_request(lost, AT_MS(201), .is_relayed = true);
    trace_answer(lost, AT_MS(202));
    trace_answer_alone(lost, AT_MS(203));
    trace_close(lost, CLIENT, AT_MS(204));

    assert_cause(one, "client-close");
}

/* The server says close with the fifth answer of one, and takes its time: the proxy did not keep it. */
static void proxy_whose_server_ended_one(void)
{
    for (int is_said = 0; is_said < 2; is_said++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = upstream(t, 5, true, AT_MS(0));
        upstream(t, 5, true, AT_MS(100));
        trace_connection *c = trace_open(t, AT_MS(200));
        for (int i = 1; i <= 5; i++) {
            trace_request(c, AT_MS(200 + i), .is_relayed = true);
            trace_answer(c, AT_MS(200 + i) + AT_US(500),
                         .connection = i == 5 && is_said ? "close" : NULL);
        }
        trace_close(c, SERVER, AT_MS(400));

        assert_cause(one, is_said ? "request-limit" : "client-close");
        assert_cause(c, is_said ? "server-close-header" : "server-close");
    }
}

/* A tool that makes five requests, run three times. */
static void runs_of_a_program(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = upstream(t, 5, false, AT_MS(0));
    trace_connection *two = upstream(t, 5, false, AT_MS(100));
    upstream(t, 5, false, AT_MS(200));

    assert_cause(one, "client-close");
    assert_cause(two, "client-close");
}

/* A connection that has carried two exchanges by @at and 3 ms. */
static trace_connection *used_twice(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);

    trace_exchanges(c, 2, at + AT_MS(1));
    return c;
}

/* undici's maxRequestsPerClient: its last request says close. */
static void limit_that_the_client_says(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    uint32_t said = 0;
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_MS(100 * i);
        c[i] = used_twice(t, at);
        trace_request(c[i], at + AT_MS(4), .connection = "close");
        said = trace_frame(t);
        trace_answer(c[i], at + AT_MS(5), .connection = "close");
        trace_close(c[i], SERVER, at + AT_MS(6));
    }
    trace_connection *lost = trace_open(t, AT_MS(300)); /* that is of no matter: it says so */
    trace_exchange(lost, AT_MS(301), AT_MS(302));
    trace_answer_alone(lost, AT_MS(303));

    assert_cause(c[0], "request-limit");
    assert_closed_by(c[0], "client");
    g_assert_cmpuint(trace_ending(c[1])->evidence_frame, ==, said);
    g_assert_cmpuint(trace_ending(c[0])->limit, ==, 3);
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_LIMIT), ==, 2);
}

/* The client sends two at once and says close with the second, which its server does not answer. */
static void close_said_in_what_was_not_answered(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_MS(100 * i);
        c[i] = used_twice(t, at);
        trace_hold(c[i]);
        trace_request(c[i], at + AT_MS(4));
        trace_request(c[i], at + AT_MS(4), .connection = "close");
        trace_release(c[i]);
        trace_answer(c[i], at + AT_MS(5));
        trace_close(c[i], CLIENT, at + AT_MS(6));
    }

    assert_cause(c[0], "client-close-header");
}

static void client_closes_at_the_number(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const int64_t at = trace_exchanges(c, 99, AT_MS(1));
    trace_request(c, at, .connection = "close");
    trace_answer(c, at + AT_US(500), .connection = "close");
    trace_close(c, SERVER, at + AT_MS(1));

    assert_cause(c, "client-close-header");
}

/* One that was open before the capture is none that is counted, whatever of it is lost. Of one whose
 * other direction was not captured nobody knows the number, which may be another one. */
static void proxy_of_which_one_is_not_counted(void)
{
    for (int is_one_way = 0; is_one_way < 2; is_one_way++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = upstream(t, 5, true, AT_MS(0));
        upstream(t, 5, true, AT_MS(100));
        trace_connection *lost = trace_connect(t);
        if (is_one_way) {
            trace_syn(lost, AT_MS(200));
            trace_lose(lost, SERVER, 0);
            trace_ack(lost, CLIENT, AT_MS(201));
            trace_request(lost, AT_MS(202), .is_relayed = true);
            trace_lose(lost, SERVER, TRACE_ANSWER);
            trace_ack(lost, CLIENT, AT_MS(204));
        } else {
            trace_request(lost, AT_MS(201), .is_relayed = true);
            trace_answer(lost, AT_MS(202));
            trace_answer_alone(lost, AT_MS(203));
        }

        trace_analysis(t);
        g_assert_true(lost->model->is_one_way == is_one_way);
        assert_cause(one, is_one_way ? "client-close" : "request-limit");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/request-limit/proxy/ended-by-server", proxy_whose_server_ended_one);
    g_test_add_func("/ending/request-limit/not-behind-said", close_said_in_what_was_not_answered);
    g_test_add_func("/ending/request-limit/proxy", limit_of_a_proxy);
    g_test_add_func("/ending/request-limit/proxy-left", proxy_whose_client_leaves);
    g_test_add_func("/ending/request-limit/proxy-mixed", proxy_that_ends_at_other_numbers);
    g_test_add_func("/ending/request-limit/proxy-more", proxy_that_left_one_open);
    g_test_add_func("/ending/request-limit/proxy-lost", proxy_of_which_some_is_lost);
    g_test_add_func("/ending/request-limit/runs", runs_of_a_program);
    g_test_add_func("/ending/request-limit/client-says", limit_that_the_client_says);
    g_test_add_func("/ending/request-limit/clients-close", client_closes_at_the_number);
    g_test_add_func("/ending/request-limit/not-counted", proxy_of_which_one_is_not_counted);
    return g_test_run();
}

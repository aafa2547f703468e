/* test_healthy.c
 * A wrong accusation is worse than none: clients that share one pool and read their answers
 * have no finding of severity Warning or above.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#define GO "Go-http-client/1.1"

static hr_request *get(trace_connection *c, int64_t at)
{
    return trace_request(c, at, .user_agent = GO);
}

static void assert_healthy(trace *t)
{
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

static void reads_each_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    for (int i = 0; i < 10; i++) {
        get(c, AT_MS(10 * i + 1));
        trace_answer(c, AT_MS(10 * i + 2));
    }
    trace_close(c, CLIENT, AT_MS(100));

    assert_healthy(t);
    g_assert_cmpuint(trace_totals(t)->sums.reused, ==, 9);
}

static void sleeps_between_requests(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_S(0));
    trace_exchange(c, AT_S(1), AT_S(2));
    trace_probe(c, CLIENT, AT_S(32));
    trace_ack(c, SERVER, AT_S(32));
    trace_exchange(c, AT_S(47), AT_S(48));

    assert_healthy(t);
}

static void burst_whose_connections_are_all_kept(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 4; i++) {
            get(c[i], AT_MS(100 * round + 10 + i));
        }
        for (int i = 0; i < 4; i++) {
            trace_answer(c[i], AT_MS(100 * round + 20 + i));
        }
    }

    assert_healthy(t);
}

static void burst_then_end_of_the_program(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int i = 0; i < 4; i++) {
        get(c[i], AT_MS(10 + i));
    }
    for (int i = 0; i < 4; i++) {
        trace_answer(c[i], AT_MS(20 + i));
    }
    for (int i = 0; i < 4; i++) {
        trace_close(c[i], CLIENT, AT_MS(26 + i));
    }

    assert_healthy(t);
}

static void dial_is_overtaken(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    get(one, AT_MS(1));
    trace_connection *two = trace_open(t, AT_MS(2));
    trace_answer(one, AT_MS(3));
    get(one, AT_MS(4)); /* the waiting request takes what came free */
    trace_answer(one, AT_MS(5));
    get(two, AT_MS(300)); /* and the dialled one is kept for the next */
    trace_answer(two, AT_MS(301));

    assert_healthy(t);
}

static void calls_two_servers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_exchange(one, AT_MS(1), AT_MS(2));
    trace_connection *two = trace_open_to(t, "10.0.0.81", 80, AT_MS(10));
    trace_exchange(two, AT_MS(11), AT_MS(12));

    assert_healthy(t);
}

static void server_closes_when_idle(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_S(0));
    trace_exchange(one, AT_S(1), AT_S(2));
    trace_close(one, SERVER, AT_S(7));
    trace_connection *two = trace_open(t, AT_S(20));
    trace_exchange(two, AT_S(21), AT_S(22));
    trace_close(two, SERVER, AT_S(27));

    assert_healthy(t);
}

static void server_closes_each_time(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_MS(10 * i));
        get(c, AT_MS(10 * i + 1));
        trace_answer(c, AT_MS(10 * i + 2), .connection = "close", .has_fin = true);
        trace_fin(c, CLIENT, AT_MS(10 * i + 3));
        trace_ack(c, SERVER, AT_MS(10 * i + 4));
    }

    assert_healthy(t);
}

static void http10_each_time(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_MS(10 * i));
        trace_request(c, AT_MS(10 * i + 1), .is_http10 = true);
        trace_answer(c, AT_MS(10 * i + 2), .is_http10 = true, .is_until_close = true);
        trace_fin(c, SERVER, AT_MS(10 * i + 3));
        trace_rst(c, CLIENT, AT_MS(10 * i + 4));
    }

    assert_healthy(t);
}

/* As curl and every short-lived program do. */
static void one_call_and_done(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1), .user_agent = "curl/8.5.0");
        trace_answer(c, AT_S(i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(3));
    }

    assert_healthy(t);
    g_assert_cmpuint(trace_found(t, HR_FINDING_CLOSED_AFTER_ANSWER), ==, 3);
}

static void answers_without_a_body(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_MS(10 * i));
        trace_request(c, AT_MS(10 * i + 1), .method = "HEAD", .user_agent = GO);
        trace_answer(c, AT_MS(10 * i + 2), .body = 4000, .is_header_only = true);
        trace_close(c, CLIENT, AT_MS(10 * i + 3));
    }

    assert_healthy(t);
}

static void pipelines(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_hold(c);
    for (int i = 0; i < 20; i++) {
        trace_request(c, AT_MS(1));
    }
    trace_release(c);
    for (int i = 0; i < 20; i++) {
        trace_answer(c, AT_MS(2 + i));
    }

    assert_healthy(t);
}

static void uploads_with_expectation(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "POST", .body = 9000, .rest = 9000);
    trace_answer(c, AT_MS(2), .code = 100);
    trace_data(c, CLIENT, 9000, AT_MS(3));
    trace_answer(c, AT_MS(4), .code = 201);
    trace_exchange(c, AT_MS(5), AT_MS(6));

    assert_healthy(t);
}

/* Both ends of the capture cut connections in the middle. */
static void capture_of_a_running_system(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old[3];
    for (int i = 0; i < 3; i++) {
        old[i] = trace_connect(t);
        trace_data(old[i], SERVER, 900, AT_MS(i));
    }
    for (int i = 0; i < 3; i++) {
        get(old[i], AT_MS(10 + i));
    }
    trace_connection *fresh = trace_open(t, AT_MS(20));
    get(fresh, AT_MS(21));
    trace_answer(old[0], AT_MS(30));
    trace_data(fresh, SERVER, 900, AT_MS(31));

    assert_healthy(t);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/healthy/drained", reads_each_answer);
    g_test_add_func("/healthy/sleeps", sleeps_between_requests);
    g_test_add_func("/healthy/burst-kept", burst_whose_connections_are_all_kept);
    g_test_add_func("/healthy/burst-exit", burst_then_end_of_the_program);
    g_test_add_func("/healthy/overtaken-dial", dial_is_overtaken);
    g_test_add_func("/healthy/two-servers", calls_two_servers);
    g_test_add_func("/healthy/idle-timeout", server_closes_when_idle);
    g_test_add_func("/healthy/close-header", server_closes_each_time);
    g_test_add_func("/healthy/http10", http10_each_time);
    g_test_add_func("/healthy/one-call", one_call_and_done);
    g_test_add_func("/healthy/bodyless", answers_without_a_body);
    g_test_add_func("/healthy/pipeline", pipelines);
    g_test_add_func("/healthy/expect-continue", uploads_with_expectation);
    g_test_add_func("/healthy/cut-capture", capture_of_a_running_system);
    return g_test_run();
}

/* test_http1_requests.c
 * What a request of HTTP/1 is told by: its number where bytes are missing, how long its connection had
 * been idle, the pool that it asks for, and early data that was asked once more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

/* ---- its number ---- */

/* The end of the upload is known, whatever is missing of it: no request can be among that. */
static void hole_in_an_upload(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "POST", .body = 3000, .rest = 2000);
    trace_lose(c, CLIENT, 1000);
    trace_data(c, CLIENT, 1000, AT_MS(2));
    trace_answer(c, AT_MS(3));
    const hr_request *next = trace_request(c, AT_MS(4));

    assert_number(next, 2);
}

/* Where it ends is not known: a request may be among what is missing. */
static void hole_behind_chunks(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(1), .method = "POST", .is_chunked = true, .body = 2000,
                      .rest = 1000);
        trace_data(c, CLIENT, is_lost ? 500 : 1000, AT_MS(2));
        trace_lose(c, CLIENT, is_lost ? 500 : 0);
        trace_answer(c, AT_MS(3));
        const hr_request *next = trace_request(c, AT_MS(4));

        g_assert_cmpuint(next->number, ==, 2);
        g_assert_true(next->is_number_exact == !is_lost);
    }
}

/* ---- what goes before it ---- */

/* A pipeline is at work: what comes behind its first found it so. */
static void idle_before_a_pipeline(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(3));
    const hr_request *first = trace_request(c, AT_MS(1002));
    const hr_request *second = trace_request(c, AT_MS(1003));

    g_assert_cmpint(first->idle_ns, ==, AT_S(1));
    g_assert_cmpint(second->idle_ns, ==, HR_TIME_NONE);
}

/* Bytes that nobody could name were no part of what begins behind them. */
static void request_behind_something_else(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_data(c, CLIENT, 2, AT_MS(3));
    const hr_request *request = trace_request(c, AT_S(10));
    trace_answer(c, AT_MS(10001));

    g_assert_cmpint(request->sent.ns, ==, AT_S(10));
    g_assert_cmpint(hr_request_response_time_ns(request), ==, AT_MS(1));
}

/* ---- what it asks for ---- */

/* RFC 9110 §9.3.6: a tunnel is its target's; §9.3.7: OPTIONS is a request like any other, as long as
 * that word is. */
static void pool_of_a_method(void)
{
    static const struct {
        const char *method, *name;
        bool leaves_http;
    } kinds[] = {{"CONNECT", "b.example:443", true}, {"OPTIONS", "a.example", false}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        const hr_request *request =
            trace_request(c, AT_MS(1), .method = kinds[i].method, .target = "b.example:443");

        g_assert_cmpstr(c->model->name, ==, kinds[i].name);
        g_assert_true(request->leaves_http == kinds[i].leaves_http);
    }
}

/* ---- TLS ---- */

/* It ends with its record: what its server does not acknowledge of that it has not taken. */
static void end_in_tls(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    const hr_request *request = trace_request(c, AT_MS(20));

    g_assert_cmpuint(request->end, ==, hr_connection_client(c->model)->out.sent);
    g_assert_cmpuint(request->end, >, request->begin);
}

/* RFC 8446 §4.2.10: whether the server took the early data could not be read. What was asked in it and
 * is asked again before it is answered was refused; anything else is another request. */
static void early_data_again(void)
{
    static const struct {
        const char *method, *target;
        bool is_answered, is_again;
    } kinds[] = {{"GET", "/", false, true},
                 {"HEAD", "/", false, false},
                 {"GET", "/2", false, false},
                 {"GET", "/", true, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = trace_new();
        const tls_kind how = {.has_ticket = true, .is_resumed = true, .offers_early = true};
        trace_connection *c = tls_connect(t, AT_MS(0), &how);
        tls_client_hello(c, AT_MS(1), &how);
        trace_request(c, AT_MS(2));
        trace_begin_segment(c, SERVER, 0, 200, AT_MS(3));
        hr_tls_server_hello_seen(
            trace_model(t), c->model, trace_index(c, SERVER),
            &(hr_tls_server_hello){.version = 0x0304, .has_pre_shared_key = true});
        trace_end_segment(c);
        if (kinds[i].is_answered) {
            trace_answer(c, AT_MS(4));
        }
        trace_request(c, AT_MS(5), .method = kinds[i].method, .target = kinds[i].target);

        g_assert_cmpuint(c->model->request_count, ==, kinds[i].is_again ? 1 : 2);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http1/requests/number/upload", hole_in_an_upload);
    g_test_add_func("/http1/requests/number/chunks", hole_behind_chunks);
    g_test_add_func("/http1/requests/idle/pipeline", idle_before_a_pipeline);
    g_test_add_func("/http1/requests/idle/something-else", request_behind_something_else);
    g_test_add_func("/http1/requests/method", pool_of_a_method);
    g_test_add_func("/http1/requests/tls/end", end_in_tls);
    g_test_add_func("/http1/requests/tls/early-data-again", early_data_again);
    return g_test_run();
}

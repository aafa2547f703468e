/* test_wild.c
 * What networks and capture points do to a capture of traffic that went well, or badly: bytes
 * decide what was so, whatever Wireshark was able to show. Of answers, see test_hidden.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

enum {
    SEGMENT = 1000
};

/* ---- requests that Wireshark does not show ---- */

static void upload_that_died_is_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    c->is_deaf[SERVER] = true;
    const hr_request *died =
        trace_begin(c, AT_MS(5002), .method = "POST", .target = "/pay", .body = 300, .rest = 300);
    trace_rst(c, SERVER, AT_MS(5003));

    assert_status(died, "reused");
    assert_number(died, 2);
    g_assert_cmpstr(died->method, ==, "POST");
    g_assert_cmpstr(died->target, ==, "/pay");
    g_assert_cmpint(died->idle_ns, ==, AT_S(5));
    g_assert_cmpuint(hr_request_frame(died), ==, trace_frame(t) - 1);
    assert_cause(c, "stale-race");
    assert_found(t, HR_FINDING_STALE_REUSE, trace_frame(t) - 1, c, died);
}

static void request_is_the_same_when_it_is_shown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *begun = trace_begin(c, AT_MS(1), .method = "POST", .body = 900, .rest = 800);
    g_assert_cmpuint(hr_request_shown(begun).frame, ==, 0);
    const hr_request *shown = trace_request(c, AT_MS(5), .method = "POST", .body = 900,
                                            .before = TRACE_REQUEST_HEADER + 100);

    g_assert_true(begun == shown);
    g_assert_cmpuint(hr_model_request_count(trace_model(t)), ==, 1);
    g_assert_cmpint(shown->sent.ns, ==, AT_MS(1));
    g_assert_cmpuint(hr_request_frame(shown), ==, trace_frame(t));
}

static void upload_on_its_way_takes_the_connection(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_exchange(one, AT_MS(1), AT_MS(2));
    trace_data(one, CLIENT, SEGMENT, AT_MS(100)); /* nobody can read it */
    trace_connection *two = trace_open(t, AT_MS(300));
    trace_exchange(two, AT_MS(301), AT_MS(302));

    assert_opened(two, "all-busy", one);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

static void server_dies_during_an_upload(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_data(c, CLIENT, SEGMENT, AT_MS(100));
    trace_rst(c, SERVER, AT_MS(5002));

    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, HR_TIME_NONE);
    assert_cause(c, "server-close");
}

/* On HTTP/1 nobody else can use a connection whose body is still being sent. */
static void body_that_goes_on_after_the_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "POST", .body = 3 * SEGMENT, .rest = 2 * SEGMENT);
    trace_answer(c, AT_MS(2));
    trace_data(c, CLIENT, SEGMENT, AT_MS(100));
    trace_connection *two = trace_open(t, AT_MS(150));
    trace_exchange(two, AT_MS(151), AT_MS(152));
    trace_data(c, CLIENT, SEGMENT, AT_MS(200));
    const hr_request *next = trace_request(c, AT_MS(300));

    assert_opened(two, "all-busy", c);
    g_assert_cmpint(next->idle_ns, ==, AT_MS(100));
}

/* ---- bytes before the first request ---- */

static void unnamed_bytes_leave_it_unknown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_data(c, CLIENT, 40, AT_MS(1));

    assert_status(trace_request(c, AT_MS(2)), "unknown");
}

static void named_bytes_are_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_begin_segment(c, CLIENT, 0, 40, AT_MS(1));
    hr_http1_stray_seen(trace_model(t), c->model, c->index[CLIENT], 40);
    trace_end_segment(c);
    const hr_request *request = trace_request(c, AT_MS(2));

    assert_status(request, "new");
    assert_number(request, 1);
    g_assert_cmpint(request->sent.ns, ==, AT_MS(2));
}

static void empty_lines_between_requests_are_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_begin_segment(c, CLIENT, 0, 2, AT_MS(3));
    hr_http1_stray_seen(trace_model(t), c->model, c->index[CLIENT], 2);
    trace_end_segment(c);
    const hr_request *two = trace_request(c, AT_MS(1002));

    assert_number(two, 2);
    g_assert_cmpint(two->idle_ns, ==, AT_S(1));
}

/* A whole exchange was not captured. */
static void lost_requests_make_numbers_a_lower_bound(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_lose(c, SERVER, 420);
    const hr_request *two = trace_request(c, AT_MS(1000));

    assert_number_at_least(two, 2);
    assert_number_at_least(trace_request(c, AT_MS(2000)), 3);
}

/* ---- when its client knows ---- */

/* Captured at the server, 100 ms before the client has the answer. */
static void idle_is_counted_from_the_clients_side(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_syn_ack(c, AT_US(100));
    trace_ack(c, CLIENT, AT_MS(100)); /* the way there and back */
    trace_exchange(c, AT_MS(101), AT_MS(102));
    const hr_request *two = trace_request(c, AT_MS(1202));
    trace_answer(c, AT_MS(1203));
    trace_ack(c, CLIENT, AT_MS(1303));
    trace_close(c, CLIENT, AT_MS(1306));

    g_assert_cmpint(two->idle_ns, ==, AT_MS(1000) + AT_US(100));
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_US(3100));
    g_assert_cmpint(trace_ending(c)->after_rest_ns, ==, AT_MS(103));
}

static void answer_that_never_arrived_frees_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(2));
    c->is_deaf[CLIENT] = true;
    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_resend(c, SERVER, AT_MS(311));
    trace_connection *two = trace_open(t, AT_S(5));
    trace_exchange(two, AT_MS(5001), AT_MS(5002));

    assert_opened(two, "all-busy", c);
}

/* ---- ends ---- */

/* The server's FIN is not captured; the client's own FIN acknowledges it. */
static void fin_proved_by_a_fin_came_first(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_lose_fin(c, SERVER);
    trace_fin(c, CLIENT, AT_MS(5003));
    trace_ack(c, SERVER, AT_MS(5004));

    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_SERVER);
    assert_cause(c, "server-idle-timeout");
    assert_time_wait(c, "server");
}

static void request_that_crossed_an_uncaptured_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    c->is_deaf[SERVER] = true;
    trace_request(c, AT_MS(5002));
    trace_lose_fin(c, SERVER);
    trace_fin(c, CLIENT, AT_MS(5003));

    assert_cause(c, "stale-race");
}

/* RFC 9293 §3.5.1: the ACK of an older connection is answered by a reset, and the SYN goes
 * again. */
static void reset_of_an_older_connection(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_segment(c, SERVER, HR_TCP_ACK, 12345678, 998000, 0, AT_MS(20));
    trace_segment(c, CLIENT, HR_TCP_RST, 998000 + (1u << 25), 0, 0, AT_MS(21));
    trace_syn(c, AT_MS(1021));
    trace_syn_ack(c, AT_MS(1022));
    trace_ack(c, CLIENT, AT_MS(1022));
    const hr_request *request = trace_exchange(c, AT_MS(1023), AT_MS(1024));

    assert_status(request, "new");
    assert_cause(c, "open-at-end");
    g_assert_cmpuint(c->model->closing.frame, ==, 0);
}

/* A reset that seemed to end the setup, and the handshake goes on. */
static void handshake_follows_the_reset(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_segment(c, CLIENT, HR_TCP_RST, TRACE_CLIENT_ISN + 1, 0, 0, AT_MS(1));
    trace_syn(c, AT_MS(1000));
    trace_syn_ack(c, AT_MS(1001));
    trace_ack(c, CLIENT, AT_MS(1001));
    trace_exchange(c, AT_MS(1002), AT_MS(1003));
    trace_connection *two = trace_open(t, AT_S(3));
    trace_exchange(two, AT_MS(3001), AT_MS(3002));

    assert_cause(c, "open-at-end");
    assert_opened(two, "idle-available", c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(path, function) g_test_add_func("/wild/" path, function)
    T("begun/died", upload_that_died_is_a_request);
    T("begun/shown-later", request_is_the_same_when_it_is_shown);
    T("begun/takes", upload_on_its_way_takes_the_connection);
    T("begun/server-dies", server_dies_during_an_upload);
    T("begun/body-goes-on", body_that_goes_on_after_the_answer);
    T("before/unnamed", unnamed_bytes_leave_it_unknown);
    T("before/named", named_bytes_are_none);
    T("before/between", empty_lines_between_requests_are_none);
    T("before/lost", lost_requests_make_numbers_a_lower_bound);
    T("acked/from-the-client", idle_is_counted_from_the_clients_side);
    T("acked/never", answer_that_never_arrived_frees_nothing);
    T("end/fin-proved-by-fin", fin_proved_by_a_fin_came_first);
    T("end/crossed-fin", request_that_crossed_an_uncaptured_fin);
    T("end/stray-reset", reset_of_an_older_connection);
    T("end/reset-then-handshake", handshake_follows_the_reset);
    return g_test_run();
}

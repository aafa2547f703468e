/* test_wild.c
 * What networks and capture points do to a capture of traffic that went well, or badly: bytes
 * decide what was so, whatever Wireshark was able to show.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

enum {
    SEGMENT = 1000
};

/* ---- answers that Wireshark does not show ---- */

/* Three segments of an answer, the last two of which change places. */
static void overtaken_answer(trace_connection *c, int64_t at)
{
    const uint32_t seq = c->next[SERVER];
    const uint32_t ack = c->received[SERVER];

    trace_segment(c, SERVER, HR_TCP_ACK, seq, ack, SEGMENT, at);
    trace_segment(c, SERVER, HR_TCP_ACK, seq + 2 * SEGMENT, ack, SEGMENT, at + AT_US(10));
    trace_segment(c, SERVER, HR_TCP_ACK, seq + SEGMENT, ack, SEGMENT, at + AT_US(20));
    trace_lose(c, SERVER, 3 * SEGMENT); /* its numbers: nothing is lost */
    trace_ack(c, CLIENT, at + AT_US(30));
}

static void overtaken_answer_is_over_when_its_client_goes_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *one = trace_request(c, AT_MS(1));
    overtaken_answer(c, AT_MS(2));
    const hr_request *two = trace_request(c, AT_MS(1002));
    trace_answer(c, AT_MS(1003), .code = 204);
    trace_close(c, CLIENT, AT_MS(31000));

    g_assert_cmpint(one->complete, ==, HR_COMPLETE_UNKNOWN);
    g_assert_cmpuint(one->response_frame, ==, 0);
    assert_delivery(two, "sequential");
    g_assert_cmpint(two->idle_ns, ==, AT_MS(1000) - AT_US(20));
    g_assert_cmpuint(two->response_code, ==, 204);
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

static void overtaken_answer_before_a_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    overtaken_answer(c, AT_MS(2));
    trace_close(c, CLIENT, AT_MS(10));
    trace_exchange(trace_open(t, AT_S(3)), AT_MS(3001), AT_MS(3002)); /* it returns */

    g_assert_cmpint(request->complete, ==, HR_COMPLETE_UNKNOWN);
    assert_cause(c, "client-close");
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

/* The moment of its last byte is not known, and so not how long the connection was idle. */
static void lost_end_of_an_answer_leaves_idle_unknown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_data(c, SERVER, SEGMENT, AT_MS(2));
    trace_lose(c, SERVER, SEGMENT);
    const hr_request *two = trace_request(c, AT_MS(1000));

    assert_delivery(two, "sequential");
    g_assert_cmpint(two->idle_ns, ==, HR_TIME_NONE);
}

/* No byte is missing and none overtook: an answer that is in the middle is in the middle. */
static void answer_in_order_is_not_over_yet(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_data(c, SERVER, SEGMENT, AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(3));
    const hr_request *two = trace_request(c, AT_MS(4));

    assert_delivery(two, "pipelined");
}

static void hidden_answer_may_have_left_it_free(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    overtaken_answer(c, AT_MS(2));
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_exchange(two, AT_MS(501), AT_MS(502));

    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

/* ---- one answer, shown more than once, or late ---- */

static void answer_shown_again(trace_connection *c, int64_t at)
{
    const hr_http1_response response = {
        .code = 200,
        .keep_alive_max = -1,
        .keep_alive_timeout = -1,
        .extent = {.header_length = TRACE_ANSWER_HEADER,
                   .has_content_length = true,
                   .content_length = TRACE_ANSWER_BODY,
                   .available = TRACE_ANSWER_HEADER + TRACE_ANSWER_BODY,
                   .is_on_tcp = true,
                   .is_begin_known = true,
                   .begin_seq = c->latest_seq[SERVER]},
    };
    const hr_tcp_segment segment = {c->index[SERVER],         HR_TCP_ACK,
                                    c->latest_seq[SERVER],    c->received[SERVER],
                                    c->latest_length[SERVER], false};
    hr_model *model = trace_model(c->owner);
    size_t count = 0;

    hr_model_begin_frame(model, trace_frame(c->owner) + 1, at);
    hr_tcp_segment_seen(model, c->model, &segment);
    hr_http1_response_seen(model, c->model, c->index[SERVER], &response);
    hr_model_end_frame(model, &count);
}

static void retransmitted_answer_answers_nobody_else(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    answer_shown_again(c, AT_MS(3));

    g_assert_cmpuint(c->model->unseen_count, ==, 0);
}

static void retransmitted_answer_while_another_is_due(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    const hr_request *two = trace_request(c, AT_MS(5));
    answer_shown_again(c, AT_MS(6));

    assert_number(two, 2);
    g_assert_false(two->is_answered);
    g_assert_cmpuint(two->answered.frame, ==, 0);
}

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
    g_assert_cmpuint(begun->shown.frame, ==, 0);
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

/* RFC 9293 §3.5.1: the ACK of an older connection is answered by a reset, and the SYN goes again. */
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

/* ---- one direction only ---- */

static trace_connection *to_the_server(trace *t)
{
    trace_connection *c = trace_connect(t);

    trace_syn(c, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(1));
    for (int i = 0; i < 3; i++) {
        trace_request(c, AT_S(i) + AT_MS(2));
        trace_lose(c, SERVER, 420);
        trace_ack(c, CLIENT, AT_S(i) + AT_MS(10));
    }
    return c;
}

static void only_the_clients_packets(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = to_the_server(t);
    trace_request(c, AT_S(3));
    trace_fin(c, CLIENT, AT_S(4));
    trace_exchange(trace_open(t, AT_S(5)), AT_MS(5001), AT_MS(5002));

    assert_delivery(c->model->last_request, "sequential");
    assert_number(c->model->last_request, 4);
    /* Not request-cancelled, since who knows what was answered; nor who closed first. */
    assert_cause(c, "unknown");
    g_assert_true(c->model->is_one_way);
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(path, function) g_test_add_func("/wild/" path, function)
    T("hidden/goes-on", overtaken_answer_is_over_when_its_client_goes_on);
    T("hidden/closes", overtaken_answer_before_a_close);
    T("hidden/lost-end", lost_end_of_an_answer_leaves_idle_unknown);
    T("hidden/not-in-order", answer_in_order_is_not_over_yet);
    T("hidden/another-opens", hidden_answer_may_have_left_it_free);
    T("again/answer", retransmitted_answer_answers_nobody_else);
    T("again/answer-while-due", retransmitted_answer_while_another_is_due);
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
    T("one-way/to-the-server", only_the_clients_packets);
    return g_test_run();
}

/* test_hidden.c
 * Answers that Wireshark does not show, or shows late or twice: what their bytes tell of them, and
 * what stays unknown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_quic.h"

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

/* The client goes on before the other one is used: at its SYN the answer may have been over. */
static void hidden_answer_that_was_over_later(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_data(c, SERVER, SEGMENT, AT_MS(2));
    trace_lose(c, SERVER, SEGMENT);
    trace_connection *two = trace_open(t, AT_MS(200));
    trace_ack(c, CLIENT, AT_MS(400));
    trace_request(c, AT_MS(501));
    trace_exchange(two, AT_MS(502), AT_MS(503));

    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE);
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
                   .available = TRACE_ANSWER,
                   .is_on_tcp = true,
                   .is_begin_known = true,
                   .begin_seq = c->latest_seq[SERVER]},
    };
    const hr_tcp_segment segment = {.from = c->index[SERVER],
                                    .flags = HR_TCP_ACK,
                                    .seq = c->latest_seq[SERVER],
                                    .ack = c->received[SERVER],
                                    .length = c->latest_length[SERVER]};
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

/* ---- answers that only their bytes tell of ---- */

/* Its status line and its length were read, and all of it is there. */
static void answer_is_over_where_its_length_says_so(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *one = trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .rest = 100);
    g_assert_false(one->is_done);
    trace_end_answer(c, 100, AT_MS(3));
    const hr_request *two = trace_request(c, AT_MS(10));

    g_assert_cmpint(one->complete, ==, HR_COMPLETE_YES);
    g_assert_cmpuint(one->response_code, ==, 200);
    g_assert_cmpuint(one->response_frame, ==, 0);
    assert_delivery(two, "sequential");
    g_assert_cmpint(two->idle_ns, ==, AT_MS(7));
    assert_cause(c, "open-at-end");
}

static void unshown_answer_with_a_hole_is_not_over(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *one = trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .rest = 200);
    trace_lose(c, SERVER, 100);
    trace_end_answer(c, 100, AT_MS(3));
    trace_close(c, CLIENT, AT_MS(10));

    g_assert_cmpint(one->complete, ==, HR_COMPLETE_UNKNOWN);
}

static void unshown_answer_announces_the_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .connection = "close");
    trace_close(c, SERVER, AT_MS(3));

    assert_cause(c, "server-close-header");
}

/* 100 Continue is none: the answer begins behind it. */
static void unshown_interim_answer_answers_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_begin(c, AT_MS(1), .method = "POST", .body = 10, .rest = 10);
    trace_begin_answer(c, AT_MS(2), .code = 100);
    trace_ack(c, CLIENT, AT_MS(3));
    trace_data(c, CLIENT, 10, AT_MS(4));
    trace_answer(c, AT_MS(5), .code = 201);
    const hr_request *two = trace_request(c, AT_MS(10));

    g_assert_cmpuint(request->response_code, ==, 201);
    assert_number(two, 2);
}

/* What follows a 101 is no HTTP, and no answer. */
static void unshown_upgrade_leaves_the_answer_open(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1), .upgrade = "websocket");
    trace_begin_answer(c, AT_MS(2), .code = 101);

    g_assert_false(request->is_done);
}

/* ---- the order of the capture is not that of the network ---- */

/* The server acknowledged it before it was captured: so may it have answered. */
static void late_request_behind_another_may_be_sequential(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_segment(c, SERVER, HR_TCP_ACK, c->next[SERVER], c->next[CLIENT] + TRACE_REQUEST_HEADER, 0,
                  AT_MS(2));
    const hr_request *two = trace_request(c, AT_MS(3));

    g_assert_true(two->is_late);
    g_assert_cmpint(two->delivery, ==, HR_DELIVERY_UNKNOWN);
}

static void answer_put_together_may_be_anybodys(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *one = trace_request(c, AT_MS(1));
    const hr_request *two = trace_request(c, AT_MS(2));
    trace_lose(c, SERVER, 420);
    trace_data(c, SERVER, 200, AT_MS(3));
    trace_answer(c, AT_MS(4), .before = 200);

    g_assert_cmpuint(one->response_frame, ==, 0);
    g_assert_cmpuint(two->response_frame, ==, 0);
}

/* ---- packets of QUIC that were not captured ---- */

static void missing_number_hides_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 1, AT_MS(0));
    quic_at(t, AT_MS(30));
    hr_quic_number_seen(trace_model(t), c, 1, 0);
    quic_end(t);
    quic_ask(t, c, 0, AT_MS(31));
    quic_ask(t, c, 4, AT_MS(40));
    g_assert_cmpint(c->last_request->delivery, ==, HR_DELIVERY_MULTIPLEXED);
    quic_at(t, AT_MS(41));
    hr_quic_number_seen(trace_model(t), c, 1, 2);
    quic_end(t);
    quic_answer(t, c, 4, AT_MS(42));
    quic_close(t, c, CLIENT, H3_NO_ERROR, AT_MS(50));
    quic_open_with_keys(t, 2, AT_S(3)); /* it returns */

    g_assert_cmpint(c->last_request->delivery, ==, HR_DELIVERY_UNKNOWN);
    quic_assert_cause(t, c, "client-close", "certain");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(path, function) g_test_add_func("/hidden/" path, function)
    T("overtaken/goes-on", overtaken_answer_is_over_when_its_client_goes_on);
    T("overtaken/closes", overtaken_answer_before_a_close);
    T("overtaken/lost-end", lost_end_of_an_answer_leaves_idle_unknown);
    T("overtaken/not-in-order", answer_in_order_is_not_over_yet);
    T("overtaken/another-opens", hidden_answer_may_have_left_it_free);
    T("overtaken/another-opens-and-goes-on", hidden_answer_that_was_over_later);
    T("again/answer", retransmitted_answer_answers_nobody_else);
    T("again/answer-while-due", retransmitted_answer_while_another_is_due);
    T("bytes/over", answer_is_over_where_its_length_says_so);
    T("bytes/hole", unshown_answer_with_a_hole_is_not_over);
    T("bytes/close", unshown_answer_announces_the_close);
    T("bytes/interim", unshown_interim_answer_answers_nothing);
    T("bytes/upgrade", unshown_upgrade_leaves_the_answer_open);
    T("order/late-request", late_request_behind_another_may_be_sequential);
    T("order/put-together", answer_put_together_may_be_anybodys);
    T("quic/missing-number", missing_number_hides_an_answer);
    return g_test_run();
}

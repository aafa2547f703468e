/* test_http1.c
 * Which answer belongs to which request, and where it ends: RFC 9112 sections 6.3 and 9.3.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* ---- pairing ---- */

static void an_answer_belongs_to_its_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1), .target = "/questions");
    trace_answer(c, AT_MS(8), .code = 404);

    assert_answered(request, 404, trace_frame(t));
    assert_ended(request, AT_MS(8));
    g_assert_cmpint(hr_request_response_time_ns(request), ==, AT_MS(7));
    g_assert_cmpuint(request->answer_bytes, ==, TRACE_ANSWER);
    g_assert_cmpstr(request->method, ==, "GET");
    g_assert_cmpstr(request->target, ==, "/questions");
    g_assert_cmpstr(request->authority, ==, "a.example");
}

static void answers_come_in_the_order_of_requests(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    const hr_request *second = trace_request(c, AT_MS(2));
    trace_answer(c, AT_MS(3), .code = 200);
    const hr_request *third = trace_request(c, AT_MS(4));
    trace_answer(c, AT_MS(5), .code = 404);
    trace_answer(c, AT_MS(6), .code = 503);

    g_assert_cmpuint(first->response_code, ==, 200);
    g_assert_cmpuint(second->response_code, ==, 404);
    g_assert_cmpuint(third->response_code, ==, 503);
    assert_delivery(third, "pipelined");
}

static void requests_share_a_segment(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_hold(c);
    trace_request(c, AT_MS(1), .target = "/1");
    trace_request(c, AT_MS(1), .target = "/2");
    trace_request(c, AT_MS(1), .target = "/3");
    trace_release(c);

    g_assert_cmpuint(hr_model_request_count(trace_model(t)), ==, 3);
    g_assert_cmpuint(trace_item_count(t), ==, 3); /* a tree for each */
    const hr_request *third = hr_model_request(trace_model(t), 2);
    g_assert_cmpstr(third->target, ==, "/3");
    assert_number(third, 3);
    assert_delivery(third, "pipelined");
    g_assert_cmpint(third->sent.ns, ==, AT_MS(1));
    g_assert_cmpuint(third->end, ==, HR_POSITION_START + (uint64_t)3 * TRACE_REQUEST_HEADER);
}

static void answers_share_a_segment(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    const hr_request *second = trace_request(c, AT_MS(2));
    trace_hold(c);
    trace_answer(c, AT_MS(3), .code = 200, .body = 50);
    trace_answer(c, AT_MS(3), .code = 404, .body = 70);
    trace_release(c);

    assert_answered(first, 200, trace_frame(t));
    assert_answered(second, 404, trace_frame(t));
    assert_ended(first, AT_MS(3));
    assert_ended(second, AT_MS(3));
    g_assert_cmpuint(first->answer_bytes, ==, TRACE_ANSWER_HEADER + 50);
    g_assert_cmpuint(second->answer_bytes, ==, TRACE_ANSWER_HEADER + 70);
}

static void next_answer_begins_in_the_segment_of_the_last(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    const hr_request *second = trace_request(c, AT_MS(2));
    trace_hold(c);
    trace_answer(c, AT_MS(3), .code = 200, .body = 50);
    trace_answer(c, AT_MS(3), .code = 404, .body = 700, .rest = 600);
    trace_release(c);
    g_assert_false(second->is_done);
    trace_data(c, SERVER, 600, AT_MS(9));

    assert_ended(first, AT_MS(3));
    g_assert_cmpint(second->answered.ns, ==, AT_MS(3));
    assert_ended(second, AT_MS(9));
    g_assert_cmpuint(second->answer_bytes, ==, TRACE_ANSWER_HEADER + 700);
}

static void begin_of_the_next_answer_is_not_shown_yet(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    const hr_request *second = trace_request(c, AT_MS(2));
    trace_answer(c, AT_MS(3), .body = 50, .after = 200);

    g_assert_true(first->is_done);
    g_assert_cmpuint(first->answer_bytes, ==, TRACE_ANSWER_HEADER + 50);
    g_assert_cmpint(second->answered.ns, ==, AT_MS(3));
    g_assert_cmpuint(second->answer_bytes, ==, 200);
    g_assert_false(second->is_done);
    trace_answer(c, AT_MS(4), .body = 500, .before = 200);
    assert_ended(second, AT_MS(4));
    g_assert_cmpuint(second->answer_bytes, ==, TRACE_ANSWER_HEADER + 500);
}

/* The same where the first answer was put together from two segments. */
static void next_answer_begins_where_a_long_one_ends(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    const hr_request *second = trace_request(c, AT_MS(2));
    trace_data(c, SERVER, 1400, AT_MS(3));
    trace_answer(c, AT_MS(4), .body = 2000, .before = 1400, .after = 200);

    g_assert_cmpuint(first->answer_bytes, ==, TRACE_ANSWER_HEADER + 2000);
    g_assert_cmpint(second->answered.ns, ==, AT_MS(4));
    g_assert_cmpuint(second->answer_bytes, ==, 200);
}

static void next_request_begins_where_one_ends(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1), .after = 60);
    const hr_request *second = trace_request(c, AT_MS(5), .before = 60);

    g_assert_cmpuint(first->end, ==, HR_POSITION_START + TRACE_REQUEST_HEADER);
    g_assert_cmpint(second->sent.ns, ==, AT_MS(1));
}

/* The same where the first request was put together from two segments. */
static void next_request_begins_where_a_long_one_ends(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_data(c, CLIENT, 1400, AT_MS(1));
    const hr_request *first =
        trace_request(c, AT_MS(2), .method = "POST", .body = 2000, .before = 1400, .after = 60);
    const hr_request *second = trace_request(c, AT_MS(5), .before = 60);

    g_assert_cmpint(first->sent.ns, ==, AT_MS(1));
    g_assert_cmpuint(first->end, ==, HR_POSITION_START + TRACE_REQUEST_HEADER + 2000);
    g_assert_cmpint(second->sent.ns, ==, AT_MS(2));
}

/* ---- interim answers ---- */

static void continue_answers_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request =
        trace_request(c, AT_MS(1), .method = "POST", .body = 900, .rest = 900);
    trace_answer(c, AT_MS(2), .code = 100);
    g_assert_false(request->is_answered);
    g_assert_cmpuint(request->answered.frame, ==, 0);
    trace_data(c, CLIENT, 900, AT_MS(3));
    trace_answer(c, AT_MS(4), .code = 201);

    assert_answered(request, 201, trace_frame(t));
    assert_ended(request, AT_MS(4));
    g_assert_cmpuint(request->answer_bytes, ==, TRACE_ANSWER);
    g_assert_false(request->has_body_unfinished);
}

/* With reassembly Wireshark shows the request at its last byte: after the 100. */
static void continue_comes_before_the_request_is_shown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_data(c, CLIENT, TRACE_REQUEST_HEADER, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 100);
    const hr_request *request =
        trace_request(c, AT_MS(3), .method = "POST", .body = 900, .before = TRACE_REQUEST_HEADER);
    trace_answer(c, AT_MS(4), .code = 201);

    assert_status(request, "new");
    assert_number(request, 1);
    g_assert_cmpint(request->sent.ns, ==, AT_MS(1));
    assert_answered(request, 201, trace_frame(t));
    g_assert_false(request->has_body_unfinished);
}

static void continue_and_answer_share_a_segment(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1), .method = "POST", .body = 900);
    trace_hold(c);
    trace_answer(c, AT_MS(2), .code = 100);
    trace_answer(c, AT_MS(2), .code = 201, .body = 4000, .rest = 3000);
    trace_release(c);
    trace_data(c, SERVER, 3000, AT_MS(3));

    g_assert_cmpint(request->answered.ns, ==, AT_MS(2));
    assert_ended(request, AT_MS(3));
    g_assert_cmpuint(request->answer_bytes, ==, TRACE_ANSWER_HEADER + 4000);
}

/* Nobody sends it, but somebody may: the answer that began is not forgotten. */
static void interim_in_the_middle_of_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .body = 4000, .rest = 3000);
    trace_answer(c, AT_MS(3), .code = 100);
    trace_answer(c, AT_MS(4), .code = 200);
    trace_analysis(t);

    g_assert_true(request->is_done);
    g_assert_cmpuint(request->ended.frame, >, 0);
}

static void early_hints_answer_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    const hr_request *second = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 103);
    trace_answer(c, AT_MS(3), .code = 200);
    trace_answer(c, AT_MS(4), .code = 404);

    g_assert_cmpuint(first->response_code, ==, 200);
    g_assert_cmpint(first->answered.ns, ==, AT_MS(3));
    g_assert_cmpuint(second->response_code, ==, 404);
}

/* ---- answers that come before the request's end ---- */

static void refusal_of_an_upload(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request =
        trace_request(c, AT_MS(1), .method = "POST", .body = 90000, .rest = 89000);
    trace_answer(c, AT_MS(2), .code = 413);

    assert_answered(request, 413, trace_frame(t));
    g_assert_true(request->has_body_unfinished);
}

static void answer_after_the_upload_is_not_early(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request =
        trace_request(c, AT_MS(1), .method = "POST", .body = 3000, .rest = 2000);
    trace_data(c, CLIENT, 2000, AT_MS(2));
    trace_answer(c, AT_MS(3), .code = 200);

    g_assert_false(request->has_body_unfinished);
}

/* Segments of the upload were dropped from the capture: the server acknowledged all of it. */
static void answer_after_a_lost_upload_is_not_early(void)
{
    g_autoptr(trace) shown = trace_new();
    trace_connection *c = trace_open(shown, AT_MS(0));
    const hr_request *request =
        trace_request(c, AT_MS(1), .method = "POST", .body = 3000, .rest = 2000);
    trace_lose(c, CLIENT, 2000);
    trace_answer(c, AT_MS(3), .code = 413);
    g_assert_false(request->has_body_unfinished);

    g_autoptr(trace) hidden = trace_new();
    c = trace_open(hidden, AT_MS(0));
    request = trace_begin(c, AT_MS(1), .method = "POST", .body = 3000, .rest = 2000);
    trace_lose(c, CLIENT, 2000);
    trace_answer(c, AT_MS(3), .code = 413);
    g_assert_false(request->has_body_unfinished);
}

/* Shown at its last byte: the final answer came before. */
static void refusal_comes_before_the_request_is_shown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request =
        trace_begin(c, AT_MS(1), .method = "POST", .body = 1900, .rest = 1000);
    trace_answer(c, AT_MS(2), .code = 413);
    const uint32_t answer_frame = trace_frame(t);
    g_assert_true(request ==
                  trace_request(c, AT_MS(3), .method = "POST", .body = 1900, .before = 1000));

    assert_status(request, "new");
    assert_number(request, 1);
    assert_answered(request, 413, answer_frame);
    g_assert_true(request->is_done);
}

/* ---- the whole again ---- */

enum {
    EXCHANGES = 40,
};

/* As where two captures of one connection were put together, one behind the other, and Wireshark
 * was told not to look for retransmissions: it shows all messages twice. */
static void doubled_exchanges_count_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const uint32_t client = c->next[CLIENT];
    const uint32_t server = c->next[SERVER];

    for (int turn = 0; turn < 2; turn++) {
        c->next[CLIENT] = c->received[SERVER] = client;
        c->next[SERVER] = c->received[CLIENT] = server;
        for (int i = 0; i < EXCHANGES; i++) {
            const int64_t at = AT_MS(10 * (turn * EXCHANGES + i));
            trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
        }
    }

    g_assert_cmpuint(hr_model_request_count(trace_model(t)), ==, EXCHANGES);
    g_assert_cmpuint(c->model->outstanding, ==, 0);
    g_assert_cmpuint(c->model->unseen_count, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http1/pairing/one", an_answer_belongs_to_its_request);
    g_test_add_func("/http1/pairing/in-order", answers_come_in_the_order_of_requests);
    g_test_add_func("/http1/pairing/requests-in-a-segment", requests_share_a_segment);
    g_test_add_func("/http1/pairing/answers-in-a-segment", answers_share_a_segment);
    g_test_add_func("/http1/pairing/next-begins", next_answer_begins_in_the_segment_of_the_last);
    g_test_add_func("/http1/pairing/next-begins-unshown",
                    begin_of_the_next_answer_is_not_shown_yet);
    g_test_add_func("/http1/pairing/next-begins-after-long",
                    next_answer_begins_where_a_long_one_ends);
    g_test_add_func("/http1/pairing/next-request-begins", next_request_begins_where_one_ends);
    g_test_add_func("/http1/pairing/next-request-begins-after-long",
                    next_request_begins_where_a_long_one_ends);
    g_test_add_func("/http1/interim/100", continue_answers_nothing);
    g_test_add_func("/http1/interim/100-before-shown", continue_comes_before_the_request_is_shown);
    g_test_add_func("/http1/interim/100-in-a-segment", continue_and_answer_share_a_segment);
    g_test_add_func("/http1/interim/in-the-middle", interim_in_the_middle_of_an_answer);
    g_test_add_func("/http1/interim/103", early_hints_answer_nothing);
    g_test_add_func("/http1/early/refused", refusal_of_an_upload);
    g_test_add_func("/http1/early/after-the-body", answer_after_the_upload_is_not_early);
    g_test_add_func("/http1/upload/lost", answer_after_a_lost_upload_is_not_early);
    g_test_add_func("/http1/early/before-shown", refusal_comes_before_the_request_is_shown);
    g_test_add_func("/http1/doubled", doubled_exchanges_count_once);
    return g_test_run();
}

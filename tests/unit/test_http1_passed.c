/* test_http1_passed.c
 * Answers of HTTP/1 of which the capture shows nothing, or not all: whose the next one is, and what
 * is known of the one before.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

/* The next bytes of the server are some that it sent before. */
static void go_back(trace_connection *c, uint32_t length)
{
    c->next[SERVER] -= length;
}

static void lost_end_of_a_known_length_was_taken(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 404, .body = 2000, .rest = 1000);
    trace_lose(c, SERVER, 1000);
    trace_request(c, AT_MS(10)); /* it acknowledges all of it */

    g_assert_true(first->is_done);
    g_assert_cmpint(first->complete, ==, HR_COMPLETE_YES);
}

/* After one whose end was shown nothing is known of the next one's. */
static void lost_after_one_that_was_shown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    const hr_request *second = trace_request(c, AT_MS(10));
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_request(c, AT_MS(20));

    g_assert_true(second->is_answered);
    g_assert_cmpint(second->complete, ==, HR_COMPLETE_UNKNOWN);
}

/* What was missing comes behind the next request: it is still the answer to the one before. */
static void lost_answer_comes_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    trace_lose(c, SERVER, TRACE_ANSWER);
    const hr_request *second = trace_request(c, AT_MS(10));
    go_back(c, TRACE_ANSWER);
    trace_answer(c, AT_MS(11), .code = 404);
    const uint32_t frame = trace_frame(t);
    trace_answer(c, AT_MS(20), .code = 503);

    g_assert_cmpuint(first->response_frame, ==, frame);
    g_assert_cmpuint(first->response_code, ==, 404);
    assert_answered(second, 503, trace_frame(t));
}

/* The same where the capture begins with the request behind it. */
static void answer_to_what_was_asked_before_the_capture(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_lose(c, SERVER, TRACE_ANSWER);
    const hr_request *request = trace_request(c, AT_MS(10));
    go_back(c, TRACE_ANSWER);
    trace_answer(c, AT_MS(11), .code = 404);
    g_assert_false(request->is_done);
    trace_answer(c, AT_MS(20), .code = 503);

    assert_answered(request, 503, trace_frame(t));
}

/* RFC 8297: hints come before the answer, also where they are not in the capture. */
static void early_hints_are_lost(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    trace_lose(c, SERVER, 80);
    trace_answer(c, AT_MS(9), .code = 404);
    assert_answered(first, 404, trace_frame(t));

    trace_connection *pipeline = trace_open(t, AT_MS(20));
    first = trace_request(pipeline, AT_MS(21));
    const hr_request *second = trace_request(pipeline, AT_MS(22));
    trace_ack(pipeline, SERVER, AT_MS(23));
    trace_lose(pipeline, SERVER, 80);
    trace_answer(pipeline, AT_MS(29), .code = 404);
    trace_answer(pipeline, AT_MS(30), .code = 503);
    g_assert_cmpuint(first->response_code, ==, 404);
    g_assert_cmpuint(second->response_code, ==, 503);
}

/* The server has taken another request, which is not in the capture: this is the first one's. */
static void answer_before_that_of_a_lost_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(c, AT_MS(5), .code = 404);
    const uint32_t frame = trace_frame(t);
    trace_answer(c, AT_MS(6), .code = 503);

    assert_answered(request, 404, frame);
}

/* RFC 9110 §10.1.1: what a client waited for in the middle of its request is no answer. */
static void lost_continue_is_no_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_begin(c, AT_MS(1), .method = "POST", .body = 50, .rest = 50);
    trace_lose(c, SERVER, 25);
    trace_request(c, AT_MS(3), .method = "POST", .body = 50, .before = TRACE_REQUEST_HEADER);
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER); /* of the next one */
    trace_answer(c, AT_MS(9), .code = 404);

    assert_answered(request, 404, trace_frame(t));
}

/* RFC 7413: the request came with the SYN, and its server's SYN/ACK is lost. */
static void answer_to_what_came_with_the_syn(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    const hr_request *request = trace_request(c, AT_MS(0), .has_syn = true);
    trace_ack(c, CLIENT, AT_MS(1));
    trace_answer(c, AT_MS(5), .code = 404);

    assert_answered(request, 404, trace_frame(t));
}

/* The begin of an answer is there, and its end is not: the next one is that of the next request, which
 * was under way. */
static void answer_in_part_before_that_of_a_pipeline(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_data(c, CLIENT, TRACE_REQUEST_HEADER, AT_MS(1));
    const hr_request *first =
        trace_request(c, AT_MS(2), .method = "POST", .body = 50, .before = TRACE_REQUEST_HEADER);
    const hr_request *second = trace_request(c, AT_MS(3));
    trace_data(c, SERVER, 200, AT_MS(5));
    trace_lose(c, SERVER, 220);
    trace_ack(c, CLIENT, AT_MS(6));
    trace_answer(c, AT_MS(7), .code = 404);

    g_assert_cmpint(first->complete, ==, HR_COMPLETE_UNKNOWN);
    g_assert_cmpuint(first->response_code, ==, 0);
    assert_answered(second, 404, trace_frame(t));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http1/passed/known-length", lost_end_of_a_known_length_was_taken);
    g_test_add_func("/http1/passed/after-a-shown-one", lost_after_one_that_was_shown);
    g_test_add_func("/http1/passed/late", lost_answer_comes_late);
    g_test_add_func("/http1/passed/before-the-capture",
                    answer_to_what_was_asked_before_the_capture);
    g_test_add_func("/http1/passed/early-hints", early_hints_are_lost);
    g_test_add_func("/http1/passed/lost-request", answer_before_that_of_a_lost_request);
    g_test_add_func("/http1/passed/continue", lost_continue_is_no_answer);
    g_test_add_func("/http1/passed/fast-open", answer_to_what_came_with_the_syn);
    g_test_add_func("/http1/passed/pipeline", answer_in_part_before_that_of_a_pipeline);
    return g_test_run();
}

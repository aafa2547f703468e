/* test_http1_lost.c
 * HTTP/1 of which not all is in the capture, and where a connection of it leaves HTTP or does not
 * persist: RFC 9112 section 9.3.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* ---- what the capture lost ---- */

static void end_of_an_answer_is_lost(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    trace_data(c, SERVER, 1400, AT_MS(2));
    trace_lose(c, SERVER, 1400);
    trace_data(c, SERVER, 1400, AT_MS(3));
    const hr_request *second = trace_request(c, AT_MS(10));
    trace_answer(c, AT_MS(12), .code = 404);

    g_assert_cmpint(first->complete, ==, HR_COMPLETE_UNKNOWN);
    assert_delivery(second, "sequential");
    assert_answered(second, 404, trace_frame(t));
}

static void whole_answer_is_lost(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    trace_lose(c, SERVER, 420);
    const hr_request *second = trace_request(c, AT_MS(10)); /* it acknowledges the answer */
    trace_answer(c, AT_MS(12), .code = 404);

    g_assert_cmpint(first->complete, ==, HR_COMPLETE_UNKNOWN);
    g_assert_cmpuint(first->response_code, ==, 0);
    assert_delivery(second, "sequential");
    assert_answered(second, 404, trace_frame(t));
}

/* One answer was lost: those after it are outstanding until they come. */
static void pipeline_after_a_lost_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_lose(c, SERVER, 420);
    const hr_request *second = trace_request(c, AT_MS(10));
    const hr_request *third = trace_request(c, AT_MS(11));
    trace_answer(c, AT_MS(12), .code = 404);
    trace_answer(c, AT_MS(13), .code = 503);

    assert_delivery(third, "pipelined");
    g_assert_cmpuint(second->response_code, ==, 404);
    g_assert_cmpuint(third->response_code, ==, 503);
}

static void lost_answer_in_the_totals(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_lose(c, SERVER, 420);
    trace_exchange(c, AT_MS(10), AT_MS(12));
    trace_close(c, SERVER, AT_MS(5012));

    assert_cause(c, "server-idle-timeout");
    g_assert_cmpuint(hr_analysis_origin(trace_analysis(t), 0)->peak_concurrency, ==, 1);
}

static void snapped_headers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1), .is_cut = true);
    trace_answer(c, AT_MS(2), .is_cut = true);
    const hr_request *second = trace_request(c, AT_MS(22), .is_cut = true);

    assert_status(first, "new");
    g_assert_null(first->authority);
    g_assert_cmpuint(first->response_code, ==, 200);
    g_assert_cmpint(first->complete, ==, HR_COMPLETE_UNKNOWN);
    assert_status(second, "reused");
    assert_number(second, 2);
    assert_delivery(second, "sequential");
    g_assert_cmpint(second->idle_ns, ==, AT_MS(20));
}

static void snapped_answer_goes_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1), .is_cut = true);
    trace_answer(c, AT_MS(2), .is_cut = true, .body = 3000, .rest = 1500);
    trace_data(c, SERVER, 1500, AT_MS(6));
    const hr_request *second = trace_request(c, AT_MS(26), .is_cut = true);

    g_assert_cmpint(first->ended.ns, ==, AT_MS(6));
    g_assert_cmpint(second->idle_ns, ==, AT_MS(20));
}

/* ---- persistence and leaving HTTP ---- */

static void http10_keeps_alive_when_both_say_so(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first =
        trace_request(c, AT_MS(1), .is_http10 = true, .connection = "keep-alive");
    trace_answer(c, AT_MS(2), .is_http10 = true, .connection = "keep-alive");

    g_assert_cmpstr(hr_protocol_token(c->model->protocol), ==, "http/1.0");
    g_assert_cmpstr(hr_transport_token(c->model->transport), ==, "tcp");
    g_assert_true(first->is_http10);
    g_assert_cmpuint(c->model->closing.frame, ==, 0);
}

static void http10_without_keep_alive_closes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .is_http10 = true);

    g_assert_cmpint(c->model->closing.ns, ==, AT_MS(1));
}

static void switched_protocols_leave_http(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 101);
    trace_data(c, SERVER, 500, AT_MS(3));
    trace_data(c, CLIENT, 500, AT_MS(4));

    assert_answered(request, 101, trace_frame(t) - 2);
    g_assert_cmpint(request->ended.ns, ==, AT_MS(2));
    g_assert_cmpint(c->model->closing.ns, ==, AT_MS(2));
}

static void connect_leaves_http_only_with_success(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "CONNECT", .target = "b.example:443");
    trace_answer(c, AT_MS(2), .code = 407);
    const hr_request *again =
        trace_request(c, AT_MS(3), .method = "CONNECT", .target = "b.example:443");
    g_assert_cmpuint(c->model->closing.frame, ==, 0);
    trace_answer(c, AT_MS(4), .code = 200, .is_header_only = true);

    assert_status(again, "reused");
    g_assert_cmpint(c->model->closing.ns, ==, AT_MS(4));
}

/* tinyproxy sends each line of the head by itself, so that no segment says how long the answer is;
 * of the last one a snap length left the beginning. */
static trace_connection *answered_in_lines(trace *t, bool is_cut)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_data(c, SERVER, 17, AT_MS(2));
    trace_data(c, SERVER, 32, AT_MS(3));
    if (is_cut) {
        trace_cut_data(c, SERVER, 300, AT_MS(4));
    } else {
        trace_data(c, SERVER, 300, AT_MS(4));
    }
    trace_ack(c, CLIENT, AT_MS(5));
    trace_close(c, CLIENT, AT_MS(6));
    return c;
}

static void what_was_cut_off_may_be_the_end(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_connection *c = answered_in_lines(t, true);
    trace_analysis(t);

    g_assert_cmpint(c->model->first_request->complete, ==, HR_COMPLETE_UNKNOWN);
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
}

/* Wireshark had all of it, and found no end. */
static void what_was_all_there_had_no_end(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_connection *c = answered_in_lines(t, false);
    trace_analysis(t);

    g_assert_cmpint(c->model->first_request->complete, ==, HR_COMPLETE_NO);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http1/lost/end-of-answer", end_of_an_answer_is_lost);
    g_test_add_func("/http1/lost/whole-answer", whole_answer_is_lost);
    g_test_add_func("/http1/lost/then-pipeline", pipeline_after_a_lost_answer);
    g_test_add_func("/http1/lost/totals", lost_answer_in_the_totals);
    g_test_add_func("/http1/snapped/headers", snapped_headers);
    g_test_add_func("/http1/snapped/answer-goes-on", snapped_answer_goes_on);
    g_test_add_func("/http1/persistence/http10-keep-alive", http10_keeps_alive_when_both_say_so);
    g_test_add_func("/http1/persistence/http10", http10_without_keep_alive_closes);
    g_test_add_func("/http1/left/101", switched_protocols_leave_http);
    g_test_add_func("/http1/left/connect", connect_leaves_http_only_with_success);
    g_test_add_func("/http1/lost/lines-cut", what_was_cut_off_may_be_the_end);
    g_test_add_func("/http1/lost/lines-whole", what_was_all_there_had_no_end);
    return g_test_run();
}

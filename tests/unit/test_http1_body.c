/* test_http1_body.c
 * Where an answer ends: RFC 9112 section 6.3, over one segment or several, put together by
 * Wireshark or not, whole or cut short.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* ---- answers without a body ---- */

static void head_has_no_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1), .method = "HEAD");
    trace_answer(c, AT_MS(2), .body = 5000, .is_header_only = true);
    const hr_request *next = trace_request(c, AT_MS(3));

    assert_ended(request, AT_MS(2));
    g_assert_true(request->is_answer_bodyless);
    assert_delivery(next, "sequential");
}

static void head_of_a_chunked_page_has_no_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1), .method = "HEAD");
    trace_answer(c, AT_MS(2), .is_chunked = true, .rest = 0, .is_header_only = true);

    assert_ended(request, AT_MS(2));
    g_assert_true(request->is_answer_bodyless);
}

static void no_content_and_not_modified_have_no_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *no_content = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 204);
    const hr_request *not_modified = trace_request(c, AT_MS(3));
    trace_answer(c, AT_MS(4), .code = 304, .body = 5000);

    assert_ended(no_content, AT_MS(2));
    assert_ended(not_modified, AT_MS(4));
    g_assert_true(no_content->is_answer_bodyless);
    g_assert_true(not_modified->is_answer_bodyless);
}

static void length_zero_has_no_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *empty = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .is_empty = true);
    const hr_request *full = trace_exchange(c, AT_MS(3), AT_MS(4));

    assert_ended(empty, AT_MS(2));
    g_assert_true(empty->is_answer_bodyless);
    g_assert_false(full->is_answer_bodyless);
}

/* ---- where a body ends ---- */

static void body_put_together_ends_where_it_is_shown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_data(c, SERVER, 1400, AT_MS(2));
    trace_data(c, SERVER, 1400, AT_MS(3));
    g_assert_false(request->is_done);
    trace_answer(c, AT_MS(4), .body = 4000, .before = 2800);

    assert_answered(request, 200, trace_frame(t));
    g_assert_cmpint(request->answered.ns, ==, AT_MS(2));
    assert_ended(request, AT_MS(4));
    g_assert_cmpuint(request->answer_bytes, ==, TRACE_ANSWER_HEADER + 4000);
}

static void body_not_put_together_ends_by_its_length(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .body = 4000, .rest = 2800);
    trace_data(c, SERVER, 1400, AT_MS(3));
    g_assert_false(request->is_done);
    trace_data(c, SERVER, 1400, AT_MS(4));

    g_assert_cmpint(request->answered.ns, ==, AT_MS(2));
    assert_ended(request, AT_MS(4));
    g_assert_cmpuint(request->answer_bytes, ==, TRACE_ANSWER_HEADER + 4000);
    g_assert_cmpint(hr_request_response_time_ns(request), ==, AT_MS(3));
}

static void chunks_in_one_segment(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .is_chunked = true);

    assert_ended(request, AT_MS(2));
    g_assert_false(request->is_answer_bodyless);
}

static void chunks_put_together(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_data(c, SERVER, 1400, AT_MS(2));
    trace_answer(c, AT_MS(3), .is_chunked = true, .body = 3000, .before = 1400);

    assert_ended(request, AT_MS(3));
    g_assert_cmpint(request->answered.ns, ==, AT_MS(2));
}

static void chunks_not_put_together_have_no_known_end(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .is_chunked = true, .body = 3000, .rest = 2000);
    trace_data(c, SERVER, 2000, AT_MS(5));
    const hr_request *next = trace_request(c, AT_MS(25));

    g_assert_cmpint(request->complete, ==, HR_COMPLETE_UNKNOWN);
    g_assert_cmpint(request->ended.ns, ==, AT_MS(5));
    assert_delivery(next, "sequential");
    g_assert_cmpint(next->idle_ns, ==, AT_MS(20));
}

static void fin_ends_a_body_without_length(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .is_until_close = true, .connection = "close");
    trace_data(c, SERVER, 1400, AT_MS(3));
    g_assert_false(request->is_done);
    trace_fin(c, SERVER, AT_MS(4));

    g_assert_true(request->is_done);
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_YES);
}

static void fin_in_the_last_segment_ends_a_body_without_length(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_data(c, SERVER, 1400, AT_MS(2));
    trace_answer(c, AT_MS(3), .is_until_close = true, .body = 3000, .before = 1400,
                 .has_fin = true);

    assert_ended(request, AT_MS(3));
}

static void rst_cuts_a_body_without_length(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .is_until_close = true, .rest = 200);
    trace_rst(c, SERVER, AT_MS(4));
    trace_analysis(t);

    g_assert_cmpint(request->complete, ==, HR_COMPLETE_NO);
}

static void close_cuts_a_body_with_length(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .body = 4000, .rest = 3000);
    trace_fin(c, SERVER, AT_MS(4));
    trace_analysis(t);

    g_assert_cmpint(request->complete, ==, HR_COMPLETE_NO);
}

/* An answer that was cut short has no fields of HTTP: TCP's payload shows that it began. */
static void close_cuts_an_answer_that_is_never_shown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_data(c, SERVER, 1400, AT_MS(2));
    trace_rst(c, CLIENT, AT_MS(3));
    trace_analysis(t);

    g_assert_cmpint(request->complete, ==, HR_COMPLETE_NO);
    g_assert_cmpuint(request->response_code, ==, 0);
    g_assert_cmpuint(request->response_frame, ==, 0);
    g_assert_cmpuint(request->answer_bytes, ==, 1400);
    g_assert_cmpint(hr_request_response_time_ns(request), ==, HR_TIME_NONE);
}

/* More than half the space of sequence numbers lies between its begin and its end. */
static void download_of_3_gigabytes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_S(0));
    const hr_request *request = trace_request(c, AT_S(1));
    trace_answer(c, AT_S(2), .body = 3000000000, .rest = 3000000000);
    trace_data(c, SERVER, 1000000000, AT_S(3));
    trace_data(c, SERVER, 1000000000, AT_S(4));
    g_assert_false(request->is_done);
    trace_data(c, SERVER, 1000000000, AT_S(5));

    assert_ended(request, AT_S(5));
    g_assert_cmpuint(request->answer_bytes, ==, TRACE_ANSWER_HEADER + UINT64_C(3000000000));
}

static void upload_of_3_gigabytes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_S(0));
    const hr_request *request =
        trace_request(c, AT_S(1), .method = "POST", .body = 3000000000, .rest = 3000000000);
    trace_data(c, CLIENT, 1000000000, AT_S(2));
    trace_data(c, CLIENT, 1000000000, AT_S(3));
    trace_data(c, CLIENT, 1000000000, AT_S(4));
    trace_answer(c, AT_S(5));
    const hr_request *next = trace_request(c, AT_S(15));

    g_assert_false(request->has_body_unfinished);
    g_assert_cmpint(next->sent.ns, ==, AT_S(15));
    g_assert_cmpint(next->idle_ns, ==, AT_S(10));
}

static void length_of_exabytes_is_no_harm(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    const hr_http1_response answer = {
        .code = 200,
        .keep_alive_max = -1,
        .keep_alive_timeout = -1,
        .extent = {.header_length = 120,
                   .has_content_length = true,
                   .content_length = UINT64_MAX,
                   .available = 500,
                   .is_on_tcp = true},
    };
    hr_model *model = trace_model(t);
    hr_model_begin_frame(model, trace_frame(t) + 1, AT_MS(3));
    hr_http1_response_seen(model, c->model, c->index[SERVER], &answer);
    size_t count = 0;
    hr_model_end_frame(model, &count);

    g_assert_true(request->is_answered);
    g_assert_cmpint(request->complete, !=, HR_COMPLETE_YES);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http1/bodyless/head", head_has_no_body);
    g_test_add_func("/http1/bodyless/head-chunked", head_of_a_chunked_page_has_no_body);
    g_test_add_func("/http1/bodyless/204-304", no_content_and_not_modified_have_no_body);
    g_test_add_func("/http1/bodyless/length-zero", length_zero_has_no_body);
    g_test_add_func("/http1/body/length-whole", body_put_together_ends_where_it_is_shown);
    g_test_add_func("/http1/body/length-in-parts", body_not_put_together_ends_by_its_length);
    g_test_add_func("/http1/body/chunked", chunks_in_one_segment);
    g_test_add_func("/http1/body/chunked-whole", chunks_put_together);
    g_test_add_func("/http1/body/chunked-in-parts", chunks_not_put_together_have_no_known_end);
    g_test_add_func("/http1/body/until-fin", fin_ends_a_body_without_length);
    g_test_add_func("/http1/body/until-fin-whole",
                    fin_in_the_last_segment_ends_a_body_without_length);
    g_test_add_func("/http1/body/until-rst", rst_cuts_a_body_without_length);
    g_test_add_func("/http1/body/cut", close_cuts_a_body_with_length);
    g_test_add_func("/http1/body/cut-unshown", close_cuts_an_answer_that_is_never_shown);
    g_test_add_func("/http1/body/3-gigabytes-down", download_of_3_gigabytes);
    g_test_add_func("/http1/body/3-gigabytes-up", upload_of_3_gigabytes);
    g_test_add_func("/http1/body/exabytes", length_of_exabytes_is_no_harm);
    return g_test_run();
}

/* test_http1_between.c
 * What the bytes between and inside of the messages of HTTP/1 tell: whether a connection is busy, when
 * the next request begins, and what a message says that is not all there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

/* ---- busy ---- */

static void upload_is_busy_until_its_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "POST", .body = 2000, .rest = 1000);
    trace_data(c, CLIENT, 1000, AT_MS(2));
    trace_connection *beside = trace_open_used(t, AT_MS(20));
    trace_answer(c, AT_MS(100));

    assert_opened(beside, "all-busy", c);
}

/* The answer came before the upload was over, and nobody can tell its end. */
static void answered_upload_goes_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "POST", .body = 2000, .rest = 1000);
    trace_answer(c, AT_MS(2), .is_chunked = true, .rest = 200);
    trace_data(c, SERVER, 200, AT_MS(3));
    trace_connection *beside = trace_open_used(t, AT_MS(20));
    trace_data(c, CLIENT, 1000, AT_MS(200));

    g_assert_cmpstr(hr_why_token(trace_opening(beside)->why), !=, "idle-available");
}

/* The request is not in the capture, and its answer takes time. */
static void answer_of_a_lost_request_goes_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(c, AT_MS(10), .body = 90000, .rest = 89000);
    trace_connection *beside = trace_open_used(t, AT_MS(20));
    trace_data(c, SERVER, 60000, AT_MS(100));
    trace_data(c, SERVER, 29000, AT_MS(200));
    trace_exchange(c, AT_S(1), AT_MS(1001));

    g_assert_cmpstr(hr_why_token(trace_opening(beside)->why), !=, "idle-available");
}

/* ---- the next request ---- */

static void segments_of_an_upload_overtake_each_other(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "POST", .body = 3000, .rest = 2000);
    c->next[CLIENT] += 1000;
    trace_data(c, CLIENT, 1000, AT_MS(2));
    c->next[CLIENT] -= 2000;
    trace_data(c, CLIENT, 1000, AT_MS(3));
    c->next[CLIENT] += 1000;
    c->received[SERVER] = c->next[CLIENT];
    trace_answer(c, AT_MS(5));
    trace_ack(c, CLIENT, AT_MS(6));
    const hr_request *next = trace_request(c, AT_S(1));

    assert_number(next, 2);
    g_assert_cmpint(next->sent.ns, ==, AT_S(1));
    g_assert_cmpint(next->idle_ns, ==, AT_MS(995));
}

static void next_one_begins_behind_an_upload(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *upload =
        trace_request(c, AT_MS(1), .method = "POST", .body = 2000, .rest = 1000);
    trace_data(c, CLIENT, 1000 + 60, AT_MS(2));
    trace_answer(c, AT_MS(3));
    const hr_request *next = trace_request(c, AT_MS(4), .before = 60);

    g_assert_cmpuint(next->begin, ==, upload->end);
    g_assert_cmpint(next->sent.ns, ==, AT_MS(2));
    assert_number(next, 2);
}

/* ---- whose bytes they are ---- */

static void next_answer_begins_in_the_last_segment(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    const hr_request *second = trace_request(c, AT_MS(2));
    trace_answer(c, AT_MS(3), .body = 2000, .rest = 1000);
    trace_data(c, SERVER, 1000 + 200, AT_MS(4));

    assert_ended(first, AT_MS(4));
    g_assert_cmpuint(first->answer_bytes, ==, TRACE_ANSWER_HEADER + 2000);
    g_assert_cmpuint(second->answer_bytes, ==, 200);
    g_assert_cmpint(second->answered.ns, ==, AT_MS(4));
    g_assert_cmpuint(second->answer_begin, ==, first->answer_begin + TRACE_ANSWER_HEADER + 2000);
}

/* The middle of an answer comes behind the next request, and is none of its answer. */
static void hole_is_filled_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_data(c, SERVER, 500, AT_MS(2));
    trace_lose(c, SERVER, 500);
    trace_data(c, SERVER, 500, AT_MS(3));
    const hr_request *next = trace_request(c, AT_MS(10));
    c->next[SERVER] -= 1000;
    trace_data(c, SERVER, 500, AT_MS(11));
    c->next[SERVER] += 500;

    g_assert_cmpuint(next->answered.frame, ==, 0);
    g_assert_cmpuint(next->answer_bytes, ==, 0);
    trace_answer(c, AT_MS(20));
    assert_ended(next, AT_MS(20));
    g_assert_cmpuint(next->answer_bytes, ==, TRACE_ANSWER);
}

/* ... of a pipeline: its client had nothing of either answer when it asked. */
static void hole_is_filled_late_in_a_pipeline(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    const hr_request *second = trace_request(c, AT_MS(2));
    trace_data(c, SERVER, 500, AT_MS(3));
    trace_lose(c, SERVER, 500);
    trace_ack(c, CLIENT, AT_MS(4));
    trace_answer(c, AT_MS(5), .body = 2000, .rest = 1000);
    c->next[SERVER] -= TRACE_ANSWER_HEADER + 1000 + 500;
    trace_data(c, SERVER, 500, AT_MS(6));
    c->next[SERVER] += TRACE_ANSWER_HEADER + 1000;
    g_assert_cmpuint(second->answer_bytes, ==, TRACE_ANSWER_HEADER + 1000);
    trace_data(c, SERVER, 1000, AT_MS(7));

    assert_ended(second, AT_MS(7));
    g_assert_cmpuint(second->answer_bytes, ==, TRACE_ANSWER_HEADER + 2000);
}

/* The server speaks in the middle of the first request that is in the capture: that tells of none
 * before it. */
static void server_speaks_in_the_middle_of_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_data(c, CLIENT, 60, AT_MS(0));
    trace_data(c, SERVER, 25, AT_MS(1));
    const hr_request *request = trace_request(c, AT_MS(2), .before = 60);

    assert_status(request, "unknown");
    assert_number_at_least(request, 1);
}

/* An answer that overtook its request is none of another one. */
static void answer_overtakes_in_the_middle(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(c, AT_MS(0), .code = 404);
    const uint32_t frame = trace_frame(t);
    c->next[CLIENT] -= TRACE_REQUEST_HEADER;
    const hr_request *request = trace_request(c, AT_MS(1));

    assert_answered(request, 404, frame);
    assert_status(request, "unknown");
    assert_number_at_least(request, 1);
}

/* ---- bytes that nobody asked for ---- */

static void end_of_the_answer_before_is_not_known(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .is_chunked = true, .rest = 200);
    trace_data(c, SERVER, 200, AT_MS(3));
    trace_close(c, CLIENT, AT_MS(4));

    g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, 0);
}

static void client_may_have_asked(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_data(c, CLIENT, 60, AT_MS(10));
    trace_data(c, SERVER, 200, AT_MS(11));
    trace_close(c, CLIENT, AT_MS(12));

    g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, 0);
}

static void they_are_counted(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_data(c, SERVER, 5, AT_MS(3));
    trace_data(c, SERVER, 6, AT_MS(4));
    trace_close(c, CLIENT, AT_MS(5));
    trace_open_used(t, AT_MS(50));

    g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, 1);
    g_assert_cmpuint(c->model->http1.seldom->surplus_bytes, ==, 11);
}

/* They turn out to be an answer, to what is not in the capture. */
static void they_begin_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_data(c, SERVER, 200, AT_MS(10));
    trace_answer(c, AT_MS(11), .before = 200);
    trace_close(c, CLIENT, AT_MS(12));
    trace_open_used(t, AT_MS(50));

    g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, 0);
    g_assert_cmpuint(c->model->http1.seldom->surplus_bytes, ==, 0);
}

/* RFC 8446 §5.4: a record may be longer than what is in it. */
static void records_are_padded(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_request(c, AT_MS(10));
    trace_answer(c, AT_MS(11), .after = 50);
    trace_close(c, CLIENT, AT_MS(12));
    trace_open_used(t, AT_MS(50));

    g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http1/between/busy/upload", upload_is_busy_until_its_answer);
    g_test_add_func("/http1/between/busy/answered-upload", answered_upload_goes_on);
    g_test_add_func("/http1/between/busy/lost-request", answer_of_a_lost_request_goes_on);
    g_test_add_func("/http1/between/next/overtaking", segments_of_an_upload_overtake_each_other);
    g_test_add_func("/http1/between/next/behind-an-upload", next_one_begins_behind_an_upload);
    g_test_add_func("/http1/between/whose/next-answer", next_answer_begins_in_the_last_segment);
    g_test_add_func("/http1/between/whose/hole", hole_is_filled_late);
    g_test_add_func("/http1/between/whose/hole-in-a-pipeline", hole_is_filled_late_in_a_pipeline);
    g_test_add_func("/http1/between/whose/middle", server_speaks_in_the_middle_of_a_request);
    g_test_add_func("/http1/between/whose/overtaking", answer_overtakes_in_the_middle);
    g_test_add_func("/http1/between/surplus/unknown-end", end_of_the_answer_before_is_not_known);
    g_test_add_func("/http1/between/surplus/asked", client_may_have_asked);
    g_test_add_func("/http1/between/surplus/first", they_are_counted);
    g_test_add_func("/http1/between/surplus/answer", they_begin_an_answer);
    g_test_add_func("/http1/between/surplus/padding", records_are_padded);
    return g_test_run();
}

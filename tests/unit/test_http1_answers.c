/* test_http1_answers.c
 * What an answer of HTTP/1 says of its connection, and what it does not; answers that are shown late
 * or again. RFC 9112, RFC 9110 sections 7.8, 9.3.6 and 15.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

/* ---- what it says ---- */

/* RFC 9110 §7.8: Apache lists what it could speak in each answer; nothing is switched by that. */
static void upgrade_that_is_offered(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .upgrade = "h2c");
    const uint32_t frame = trace_frame(t);
    const hr_request *second = trace_exchange(c, AT_MS(3), AT_MS(4));

    assert_answered(first, 200, frame);
    assert_status(second, "reused");
    g_assert_cmpint(hr_request_protocol(second), ==, HR_PROTOCOL_HTTP11);
}

/* RFC 9110 §9.3.6: a CONNECT that is refused has a body like any other. */
static void refused_connect_has_a_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request =
        trace_request(c, AT_MS(1), .method = "CONNECT", .host = "b.example");
    trace_answer(c, AT_MS(2), .code = 403, .body = 900, .rest = 400);
    g_assert_false(request->is_done);
    trace_data(c, SERVER, 400, AT_MS(9));

    assert_ended(request, AT_MS(9));
}

/* An error that was no reason to close, and a close that was no error. */
static void error_long_before_the_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 404);
    trace_request(c, AT_MS(3));
    trace_answer(c, AT_MS(4), .connection = "close");
    trace_close(c, SERVER, AT_MS(5));

    assert_cause(c, "server-close-header");
}

/* The client said it first, whatever version its server answers in. */
static void client_had_said_close_to_http10(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .connection = "close");
    trace_answer(c, AT_MS(2), .is_http10 = true);
    trace_close(c, SERVER, AT_MS(3));

    assert_cause(c, "client-close-header");
}

static void keep_alive_may_be_cut_off(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .is_http10 = true, .is_cut = true);
    trace_answer(c, AT_MS(2), .is_http10 = true, .is_cut = true);
    trace_ack(c, CLIENT, AT_MS(3));
    trace_exchange(c, AT_S(1), AT_MS(1001));

    g_assert_cmpint(c->model->seldom->close_said.by, ==, HR_SIDE_NONE);
    g_assert_cmpuint(c->model->closing.frame, ==, 0);
}

/* What is said once holds until something else is said. */
static void said_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .server = "nginx", .via = "1.1 varnish", .keep_alive = "timeout=7");
    trace_exchange(c, AT_MS(3), AT_MS(4));

    g_assert_cmpstr(c->model->products.server, ==, "nginx");
    g_assert_cmpstr(c->model->seldom->via, ==, "1.1 varnish");
    g_assert_cmpint(c->model->keep_alive.timeout_s, ==, 7);
    g_assert_cmpint(c->model->protocol, ==, HR_PROTOCOL_HTTP11);
}

/* Of two in a pipeline the second, which says close, was captured first. */
static void close_behind_the_one_that_comes_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const uint32_t first = c->next[CLIENT];
    c->next[CLIENT] += TRACE_REQUEST_HEADER;
    c->received[SERVER] = c->next[CLIENT] + TRACE_REQUEST_HEADER;
    trace_ack(c, SERVER, AT_MS(1));
    trace_request(c, AT_MS(2), .target = "/2", .connection = "close");
    c->next[CLIENT] = first;
    trace_request(c, AT_MS(3), .target = "/1");
    c->next[CLIENT] += TRACE_REQUEST_HEADER;
    c->received[SERVER] = c->next[CLIENT];
    trace_answer(c, AT_MS(4));
    trace_answer(c, AT_MS(5));
    trace_close(c, SERVER, AT_MS(6));

    assert_cause(c, "client-close-header");
}

/* ---- uploads ---- */

/* All of it was under way when its server, which had not read it yet, refused it. */
static void refused_when_all_was_sent(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request =
        trace_request(c, AT_MS(1), .method = "POST", .body = 2000, .rest = 1000);
    c->is_deaf[SERVER] = true;
    trace_data(c, CLIENT, 1000, AT_MS(2));
    trace_answer(c, AT_MS(3), .code = 413, .connection = "close");

    g_assert_false(request->has_body_unfinished);
}

/* In chunks, and some of them are not in the capture: the last one may be among those. */
static void end_of_the_chunks_may_be_lost(void)
{
    for (int is_lost = 0; is_lost < 3; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        const hr_request *request = trace_begin(c, AT_MS(1), .method = "POST", .is_chunked = true,
                                                .body = 2000, .rest = 1000);
        if (is_lost == 1) { /* its end, ... */
            trace_data(c, CLIENT, 500, AT_MS(2));
            trace_lose(c, CLIENT, 500);
        } else { /* ... its middle, or nothing */
            trace_lose(c, CLIENT, is_lost ? 500 : 0);
            trace_data(c, CLIENT, 500, AT_MS(2));
        }
        trace_answer(c, AT_MS(3), .code = 413, .connection = "close");

        g_assert_true(request->has_body_unfinished == !is_lost);
    }
}

/* The snap length hides whether it has a body at all. */
static void head_that_is_cut_off_is_no_upload(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_begin(c, AT_MS(1), .method = "POST", .is_cut = true);
    trace_answer(c, AT_MS(2), .code = 500, .connection = "close");

    g_assert_false(request->has_body_unfinished);
}

/* ---- late, and again ---- */

static void shown_again(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 404);
    const uint32_t frame = trace_frame(t);
    c->next[SERVER] -= TRACE_ANSWER;
    trace_answer(c, AT_MS(3), .code = 404);
    const hr_request *second = trace_request(c, AT_MS(4));
    c->next[SERVER] -= TRACE_ANSWER;
    trace_answer(c, AT_MS(5), .code = 404);

    assert_answered(first, 404, frame);
    g_assert_false(second->is_answered);
}

/* Two answers were missing: each is its own request's when it comes. */
static void two_come_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    trace_lose(c, SERVER, TRACE_ANSWER);
    const hr_request *second = trace_request(c, AT_MS(3));
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_exchange(c, AT_MS(5), AT_MS(6));
    c->next[SERVER] -= 3 * TRACE_ANSWER;
    trace_answer(c, AT_MS(7), .code = 404);
    const uint32_t frame = trace_frame(t);
    trace_answer(c, AT_MS(8), .code = 503);

    g_assert_cmpuint(first->response_code, ==, 404);
    g_assert_cmpuint(first->response_frame, ==, frame);
    g_assert_cmpuint(second->response_code, ==, 503);
    g_assert_cmpuint(second->response_frame, ==, frame + 1);
}

/* Its end comes late, and with it all of it. */
static void whole_when_its_begin_comes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_lose(c, SERVER, 100);
    trace_data(c, SERVER, TRACE_ANSWER - 100, AT_MS(2));
    trace_request(c, AT_MS(3));
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_UNKNOWN);
    c->next[SERVER] -= TRACE_ANSWER;
    trace_answer(c, AT_MS(4), .code = 404, .before = TRACE_ANSWER - 100);

    g_assert_cmpuint(request->response_code, ==, 404);
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_YES);
}

/* Its segments overtook each other: with nothing else outstanding it can only be this one's. */
static void put_together_out_of_order(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    c->next[SERVER] += 100;
    trace_data(c, SERVER, TRACE_ANSWER - 100, AT_MS(2));
    c->next[SERVER] -= TRACE_ANSWER;
    trace_answer(c, AT_MS(3), .code = 404, .before = TRACE_ANSWER - 100);

    assert_answered(request, 404, trace_frame(t));
}

/* In TLS what can be read lay in order, whatever was sent again. */
static void pipeline_in_tls(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_request(c, AT_MS(10));
    const hr_request *second = trace_request(c, AT_MS(11));
    trace_request(c, AT_MS(12));
    trace_answer(c, AT_MS(13));
    trace_resend(c, SERVER, AT_MS(14));
    trace_answer(c, AT_MS(15), .code = 404);

    assert_answered(second, 404, trace_frame(t));
}

/* The end of an answer whose length is known is lost, and another one follows in the pipeline. */
static void next_one_begins_behind_a_lost_end(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    const hr_request *second = trace_request(c, AT_MS(2));
    trace_answer(c, AT_MS(3), .code = 404, .body = 1000, .rest = 500);
    const uint32_t frame = trace_frame(t);
    trace_lose(c, SERVER, 500);
    trace_answer(c, AT_MS(4), .code = 503);

    assert_answered(first, 404, frame);
    g_assert_true(first->is_done);
    g_assert_cmpuint(first->answer_bytes, ==, TRACE_ANSWER_HEADER + 500);
    assert_answered(second, 503, trace_frame(t));
    g_assert_cmpuint(second->answer_bytes, ==, TRACE_ANSWER);
}

/* ---- before the answer ---- */

static void answer_begins_behind_the_100(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1), .method = "POST", .body = 50);
    trace_answer(c, AT_MS(2), .code = 100);
    g_assert_cmpuint(request->answered.frame, ==, 0);
    g_assert_true(request->answer_begin == HR_POSITION_NONE);
    trace_answer(c, AT_MS(3), .code = 102, .after = 200);

    g_assert_cmpint(request->answered.ns, ==, AT_MS(3));
    g_assert_cmpuint(request->answer_bytes, ==, 200);
    g_assert_cmpuint(request->answer_begin, ==,
                     HR_POSITION_START + (uint64_t)2 * TRACE_ANSWER_HEADER);
    trace_answer(c, AT_MS(9), .code = 404, .body = 500, .before = 200);
    assert_ended(request, AT_MS(9));
    g_assert_cmpint(request->answered.ns, ==, AT_MS(3));
    g_assert_cmpuint(request->answer_bytes, ==, TRACE_ANSWER_HEADER + 500);
}

/* RFC 9110 §10.1.1: only a 100 is leave to send the body; hints before a refusal are none. */
static void hints_are_no_leave(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_begin(c, AT_MS(1), .method = "POST", .body = 1000, .rest = 1000,
                .expects_continue = true);
    trace_answer(c, AT_MS(2), .code = 103);
    trace_answer(c, AT_MS(3), .code = 413, .is_empty = true);
    trace_ack(c, CLIENT, AT_MS(4));
    const hr_request *next = trace_instead(c, AT_MS(52));

    g_assert_nonnull(next);
    assert_number(next, 2);
}

/* net/http before a handler that sends Early Hints, captured with 96 bytes a packet. */
static void final_answer_behind_hints_that_are_cut_off(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 103, .is_cut = true);
    g_assert_true(hr_request_has_answer_bytes(first)); /* the final one may be behind it */
    trace_ack(c, CLIENT, AT_MS(3));
    trace_answer(c, AT_MS(20), .body = 500);
    const hr_request *second = trace_request(c, AT_MS(30));
    trace_answer(c, AT_MS(31), .is_empty = true);

    assert_number(second, 2);
    assert_ended(first, AT_MS(20));
    g_assert_cmpint(first->answered.ns, ==, AT_MS(20));
    g_assert_cmpuint(first->answer_bytes, ==, TRACE_ANSWER_HEADER + 500);
}

/* One that is lost where nothing was cut off: the next is another request's. */
static void answer_behind_a_lost_one_is_another(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_ack(c, CLIENT, AT_MS(3));
    trace_answer(c, AT_MS(20), .body = 500);
    const hr_request *third = trace_request(c, AT_MS(30));

    g_assert_cmpuint(first->response_frame, ==, 0);
    assert_number_at_least(third, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http1/answers/upgrade-offered", upgrade_that_is_offered);
    g_test_add_func("/http1/answers/refused-connect", refused_connect_has_a_body);
    g_test_add_func("/http1/answers/error-before", error_long_before_the_close);
    g_test_add_func("/http1/answers/close-to-http10", client_had_said_close_to_http10);
    g_test_add_func("/http1/answers/keep-alive-cut-off", keep_alive_may_be_cut_off);
    g_test_add_func("/http1/answers/said-once", said_once);
    g_test_add_func("/http1/answers/close-overtakes", close_behind_the_one_that_comes_late);
    g_test_add_func("/http1/answers/upload/all-sent", refused_when_all_was_sent);
    g_test_add_func("/http1/answers/upload/chunks", end_of_the_chunks_may_be_lost);
    g_test_add_func("/http1/answers/upload/cut-off", head_that_is_cut_off_is_no_upload);
    g_test_add_func("/http1/answers/again", shown_again);
    g_test_add_func("/http1/answers/late/two", two_come_late);
    g_test_add_func("/http1/answers/late/whole", whole_when_its_begin_comes);
    g_test_add_func("/http1/answers/out-of-order", put_together_out_of_order);
    g_test_add_func("/http1/answers/pipeline/tls", pipeline_in_tls);
    g_test_add_func("/http1/answers/pipeline/lost-end", next_one_begins_behind_a_lost_end);
    g_test_add_func("/http1/answers/interim/hints", hints_are_no_leave);
    g_test_add_func("/http1/answers/interim/begin", answer_begins_behind_the_100);
    g_test_add_func("/http1/answers/interim/cut", final_answer_behind_hints_that_are_cut_off);
    g_test_add_func("/http1/answers/lost-before", answer_behind_a_lost_one_is_another);
    return g_test_run();
}

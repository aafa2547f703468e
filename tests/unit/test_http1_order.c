/* test_http1_order.c
 * Messages of HTTP/1 in another order than they were sent: an answer captured before its request, a
 * request before the one before it, an answer long after it was over. RFC 9112 section 9.3.2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* The server acknowledges what is not there yet: the answer is that request's. */
static void answer_before_its_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(c, AT_MS(2));
    const uint32_t frame = trace_frame(t);
    c->next[CLIENT] -= TRACE_REQUEST_HEADER;
    const hr_request *request = trace_request(c, AT_MS(3));

    assert_status(request, "new");
    assert_number(request, 1);
    assert_answered(request, 200, frame);
}

/* Three in a row, of which each acknowledges what it answers: each request has its own. */
static void answers_before_their_requests(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    uint32_t frames[3];
    const hr_request *requests[3];
    for (int i = 0; i < 2; i++) {
        trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
        trace_answer(c, AT_MS(2 + i));
        frames[i] = trace_frame(t);
    }
    c->next[CLIENT] -= 2 * TRACE_REQUEST_HEADER;
    requests[0] = trace_request(c, AT_MS(4));
    c->next[CLIENT] += TRACE_REQUEST_HEADER;
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(c, AT_MS(5));
    frames[2] = trace_frame(t);
    c->next[CLIENT] -= 2 * TRACE_REQUEST_HEADER;
    requests[1] = trace_request(c, AT_MS(6));
    requests[2] = trace_request(c, AT_MS(7));

    for (uint32_t i = 0; i < 3; i++) {
        assert_number(requests[i], i + 1);
        assert_answered(requests[i], 200, frames[i]);
    }
    g_assert_cmpuint(c->model->unseen_count, ==, 0);
}

/* Both acknowledge both: they may have been asked for in one go. The second is of nobody, nor is it
 * known what was outstanding. */
static void answers_before_a_pipeline(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_lose(c, CLIENT, 2 * TRACE_REQUEST_HEADER);
    c->is_deaf[CLIENT] = true;
    trace_answer(c, AT_MS(2));
    trace_answer(c, AT_MS(3));
    c->next[CLIENT] -= 2 * TRACE_REQUEST_HEADER;
    trace_request(c, AT_MS(4));
    const hr_request *second = trace_request(c, AT_MS(5));

    assert_number(second, 2);
    g_assert_true(second->is_done);
    g_assert_cmpuint(second->response_frame, ==, 0);
    g_assert_cmpint(second->delivery, ==, HR_DELIVERY_UNKNOWN);
}

/* The first of them never comes: it counts, and its answer is not given to the next. */
static void answers_of_which_one_request_is_missing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(c, AT_MS(2));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(c, AT_MS(3));
    const uint32_t frame = trace_frame(t);
    c->next[CLIENT] -= TRACE_REQUEST_HEADER;
    const hr_request *second = trace_request(c, AT_MS(4));

    g_assert_cmpuint(second->number, ==, 2);
    assert_answered(second, 200, frame);
    g_assert_cmpuint(c->model->unseen_count, ==, 1);
}

/* What is not acknowledged is nobody's answer. */
static void answer_without_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_answer(c, AT_MS(2));
    const hr_request *request = trace_request(c, AT_MS(3));

    g_assert_false(request->is_answered);
}

/* Of two in a pipeline the second was captured first: both count, once each. */
static void request_behind_the_next_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const uint32_t first = c->next[CLIENT];
    c->next[CLIENT] += TRACE_REQUEST_HEADER;
    g_assert_nonnull(trace_request(c, AT_MS(1), .target = "/2"));
    c->next[CLIENT] = first;
    g_assert_nonnull(trace_request(c, AT_MS(2), .target = "/1"));
    trace_request(c, AT_MS(3), .target = "/2"); /* where it was */

    g_assert_cmpuint(c->model->request_count, ==, 2);
}

/* Where segments overtake each other: a request line may stand in the first bytes that come
 * last. */
static void first_bytes_are_looked_at_when_they_come(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const uint32_t begin = c->next[CLIENT];
    uint32_t seq = 0;
    trace_segment(c, CLIENT, HR_TCP_ACK, begin + 50, c->next[SERVER], 50, AT_MS(1));
    trace_segment(c, CLIENT, HR_TCP_ACK, begin, c->next[SERVER], 50, AT_MS(2));

    g_assert_true(hr_http1_wants_request(trace_model(t), c->model, c->index[CLIENT], &seq));
    g_assert_cmpuint(seq, ==, begin);
}

/* It ends with the connection, and its head was sent twice. */
static void head_of_an_answer_twice(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    const uint32_t begin = c->next[SERVER];
    trace_answer(c, AT_MS(2), .is_until_close = true);
    c->next[SERVER] = begin;
    trace_answer(c, AT_MS(3), .is_until_close = true);
    trace_close(c, SERVER, AT_MS(10));

    trace_analysis(t);
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_YES);
    g_assert_cmpuint(c->model->unseen_count, ==, 0);
}

/* What its client has not acknowledged is no answer that came before, whoever was shown it. */
static void piece_before_an_answer_is_its_own(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    const hr_request *second = trace_request(c, AT_MS(2));
    c->is_deaf[CLIENT] = true;
    trace_data(c, SERVER, 50, AT_MS(3));
    trace_answer(c, AT_MS(4));

    g_assert_cmpuint(first->response_frame, ==, trace_frame(t));
    g_assert_cmpuint(second->response_frame, ==, 0);
}

/* ---- bytes beyond an answer: only those that nothing explains ---- */

static void assert_surplus(trace *t, trace_connection *c, int64_t at, size_t count)
{
    trace_close(c, CLIENT, at);
    trace_exchange(trace_open(t, at + AT_S(1)), at + AT_S(2), at + AT_S(3));
    g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, count);
}

static void bytes_behind_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_data(c, SERVER, 7, AT_MS(3));

    assert_surplus(t, c, AT_MS(4), 1);
}

/* A request between the two is not in the capture: they may be its answer. */
static void bytes_for_a_request_that_is_missing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_exchange(c, AT_MS(3), AT_MS(4));
    trace_data(c, SERVER, 7, AT_MS(5));

    assert_surplus(t, c, AT_MS(6), 0);
}

/* They fill a gap of an answer before. */
static void bytes_that_come_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    const uint32_t begin = c->next[SERVER];
    trace_lose(c, SERVER, 200);
    trace_exchange(c, AT_MS(3), AT_MS(4));
    trace_segment(c, SERVER, HR_TCP_ACK, begin, c->next[CLIENT], 200, AT_MS(5));

    assert_surplus(t, c, AT_MS(6), 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/order/answer-first", answer_before_its_request);
    g_test_add_func("/order/answers-first", answers_before_their_requests);
    g_test_add_func("/order/answers-first/pipeline", answers_before_a_pipeline);
    g_test_add_func("/order/answers-first/missing", answers_of_which_one_request_is_missing);
    g_test_add_func("/order/answer-alone", answer_without_a_request);
    g_test_add_func("/order/requests", request_behind_the_next_one);
    g_test_add_func("/order/first-bytes", first_bytes_are_looked_at_when_they_come);
    g_test_add_func("/order/answer-twice", head_of_an_answer_twice);
    g_test_add_func("/order/piece", piece_before_an_answer_is_its_own);
    g_test_add_func("/order/surplus/behind", bytes_behind_an_answer);
    g_test_add_func("/order/surplus/missing", bytes_for_a_request_that_is_missing);
    g_test_add_func("/order/surplus/late", bytes_that_come_late);
    return g_test_run();
}

/* test_http1_held.c
 * Answers of HTTP/1 that were captured before their requests: what is known of them when these come,
 * and which of several they belong to. RFC 9112 §9.3.2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#define R TRACE_REQUEST_HEADER

/* @count requests were taken whose packets come later; where the next one begins that does. */
static void take_late(trace_connection *c, uint32_t count)
{
    trace_lose(c, CLIENT, count * R);
}

/* ... and the one with this index of @count comes. */
static hr_request *come(trace_connection *c, uint32_t index, uint32_t count, int64_t at)
{
    c->next[CLIENT] -= (count - index) * R;
    hr_request *request = trace_request(c, at);
    c->next[CLIENT] += (count - index - 1) * R;
    c->received[SERVER] = c->next[CLIENT];
    return request;
}

static void what_is_known_of_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    take_late(c, 1);
    trace_answer(c, AT_MS(10), .code = 404, .body = 700);
    const uint32_t frame = trace_frame(t);
    const hr_request *request = come(c, 0, 1, AT_MS(12));
    trace_ack(c, CLIENT, AT_MS(13));
    const hr_request *next = trace_request(c, AT_MS(30));

    assert_answered(request, 404, frame);
    assert_ended(request, AT_MS(10));
    g_assert_cmpint(request->answered.ns, ==, AT_MS(10));
    g_assert_cmpuint(request->answer_bytes, ==, TRACE_ANSWER_HEADER + 700);
    g_assert_cmpint(request->idle_ns, ==, HR_TIME_NONE);
    assert_number(request, 2);
    assert_number(next, 3);
    g_assert_cmpuint(c->model->exchange_count, ==, 2);
    g_assert_cmpuint(c->model->unseen_count, ==, 0);
}

/* Not all of it was there. */
static void it_goes_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    take_late(c, 1);
    trace_answer(c, AT_MS(10), .body = 700, .rest = 500);
    const hr_request *request = come(c, 0, 1, AT_MS(12));

    g_assert_true(request->is_answered);
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_UNKNOWN);
}

/* One answer for two requests, of which the second comes: it is the only one that it can be of. */
static void only_one_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    take_late(c, 2);
    trace_answer(c, AT_MS(2), .code = 404);
    const uint32_t frame = trace_frame(t);
    const hr_request *second = come(c, 1, 2, AT_MS(4));

    assert_answered(second, 404, frame);
}

/* Two answers, each after both requests: the one that comes has either. */
static void one_of_two_answers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    take_late(c, 2);
    trace_answer(c, AT_MS(2), .code = 404);
    trace_answer(c, AT_MS(3), .code = 503);
    const hr_request *second = come(c, 1, 2, AT_MS(4));

    g_assert_true(second->is_done);
    g_assert_cmpuint(second->response_frame, ==, 0);
    g_assert_cmpint(second->idle_ns, ==, HR_TIME_NONE);
    g_assert_true(c->model->is_rest_unknown);
}

/* The last answer is that of either of two requests, of which one never comes. */
static void answer_of_one_of_two(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    take_late(c, 1);
    trace_answer(c, AT_MS(2), .code = 404);
    take_late(c, 2);
    trace_answer(c, AT_MS(3), .code = 503);
    const hr_request *first = come(c, 0, 3, AT_MS(4));
    const hr_request *third = come(c, 2, 3, AT_MS(5));

    g_assert_cmpuint(first->response_code, ==, 404);
    g_assert_cmpuint(third->response_frame, ==, 0);
}

/* A request that never comes takes its answer with it; later ones are not mixed up by that. */
static void after_one_that_never_comes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    take_late(c, 1);
    trace_answer(c, AT_MS(2), .code = 404);
    const hr_request *second = trace_exchange(c, AT_MS(5), AT_MS(6));
    const uint32_t frame = trace_frame(t);
    take_late(c, 1);
    trace_answer(c, AT_MS(8), .code = 503);
    const hr_request *third = come(c, 0, 1, AT_MS(9));

    assert_answered(second, 200, frame);
    assert_answered(third, 503, frame + 1);
    g_assert_cmpuint(third->number, ==, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http1/held/known", what_is_known_of_it);
    g_test_add_func("/http1/held/goes-on", it_goes_on);
    g_test_add_func("/http1/held/only-one", only_one_answer);
    g_test_add_func("/http1/held/one-of-two", one_of_two_answers);
    g_test_add_func("/http1/held/of-two-requests", answer_of_one_of_two);
    g_test_add_func("/http1/held/never-comes", after_one_that_never_comes);
    return g_test_run();
}

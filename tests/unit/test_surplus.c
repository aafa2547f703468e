/* test_surplus.c
 * Bytes of the server beyond the end of its answer: a client that finds them gives the connection
 * up, whatever it read. What looks like it is an answer to a request that is not in the capture.
 * DESIGN section 6, unsolicited_bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"
#include "trace.h"
#include "trace_fixes.h"

#define GO "Go-http-client/1.1"

static trace_connection *answered_with(trace *t, int64_t at, uint32_t after)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1), .user_agent = GO);
    trace_answer(c, at + AT_MS(2), .after = after);
    return c;
}

static void in_the_answers_segment(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered_with(t, AT_MS(0), 2);
    trace_close(c, CLIENT, AT_MS(3));
    const uint32_t frame = trace_frame(t) - 2;
    trace_exchange(trace_open(t, AT_MS(50)), AT_MS(51), AT_MS(52));

    assert_cause(c, "client-close"); /* and no unread body */
    assert_found(t, HR_FINDING_UNSOLICITED_BYTES, frame, c, NULL);
    g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, 1);
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
    g_assert_cmpuint(trace_found(t, HR_FINDING_CLOSED_AFTER_ANSWER), ==, 0);
    g_assert_cmpuint(c->model->http1.seldom->surplus_bytes, ==, 2);
}

/* A body with each 204: without it one connection would do. */
static void what_it_brings_to_send_no_more(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        trace_close(answered_with(t, AT_S(i), 5), CLIENT, AT_S(i) + AT_MS(3));
    }

    hr_forecast forecast;
    g_assert_true(hr_fix_forecast(trace_analysis(t), trace_fix(t, "send_exact"), &forecast));
    g_assert_cmpuint(forecast.changed.connections, ==, 1);
    g_assert_true(trace_happened(t, "send_exact", "sent bytes beyond the end of its answer"));
    g_assert_false(trace_happened(t, "send_exact", "two lengths"));
}

static void in_a_segment_of_their_own(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered_with(t, AT_MS(0), 0);
    trace_data(c, SERVER, 7, AT_MS(3));
    trace_close(c, CLIENT, AT_MS(4));
    trace_exchange(trace_open(t, AT_MS(50)), AT_MS(51), AT_MS(52));

    g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, 1);
    g_assert_cmpuint(c->model->http1.seldom->surplus_bytes, ==, 7);
}

/* The server goes on sending as its client has closed: what made that close had come before. */
static void more_of_it_after_the_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_data(c, SERVER, 7, AT_US(2100));
    trace_fin(c, CLIENT, AT_US(2200));
    trace_data(c, SERVER, 7, AT_US(2300));
    trace_analysis(t);

    g_assert_true(hr_connection_ended_with_surplus(c->model));
}

/* One that its client did not mind, and another behind a later answer that it did. */
static void behind_a_later_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    for (int i = 1; i <= 2; i++) {
        trace_exchange(c, AT_S(i) + AT_MS(1), AT_S(i) + AT_MS(2));
        trace_data(c, SERVER, 2, AT_S(i) + AT_US(2100));
    }
    trace_close(c, CLIENT, AT_S(2) + AT_US(2200));
    trace_analysis(t);

    g_assert_true(hr_connection_ended_with_surplus(c->model));
}

static void client_did_not_mind(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered_with(t, AT_MS(0), 2);
    trace_request(c, AT_MS(10), .user_agent = GO);
    trace_answer(c, AT_MS(11));
    trace_close(c, CLIENT, AT_MS(12));

    g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, 0);
}

static void the_answer_sent_again(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered_with(t, AT_MS(0), 0);
    trace_resend(c, SERVER, AT_MS(3));
    trace_close(c, CLIENT, AT_MS(4));

    g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, 0);
}

static void request_that_is_not_in_the_capture(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered_with(t, AT_MS(0), 0);
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_data(c, SERVER, 500, AT_MS(10));
    trace_close(c, CLIENT, AT_MS(11));

    g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, 0);
}

static void timeout_that_the_server_says(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered_with(t, AT_MS(0), 0);
    trace_answer(c, AT_S(2), .code = 408, .connection = "close");
    trace_close(c, CLIENT, AT_S(2) + AT_MS(1));

    g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, 0);
}

/* Whatever it sent: the server let go of it. */
static void what_the_server_closes_asks_for_its_close(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_close(answered_with(t, AT_S(i), 5), SERVER, AT_S(i) + AT_MS(3));
    }

    g_assert_null(trace_fix(t, "send_exact"));
    g_assert_cmpuint(trace_cost(t, "keep_open"), ==, 2);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/surplus/same-segment", in_the_answers_segment);
    g_test_add_func("/surplus/own-segment", in_a_segment_of_their_own);
    g_test_add_func("/surplus/after-the-close", more_of_it_after_the_close);
    g_test_add_func("/surplus/later-answer", behind_a_later_answer);
    g_test_add_func("/surplus/not-if-it-goes-on", client_did_not_mind);
    g_test_add_func("/surplus/not-sent-again", the_answer_sent_again);
    g_test_add_func("/surplus/not-a-lost-request", request_that_is_not_in_the_capture);
    g_test_add_func("/surplus/not-a-408", timeout_that_the_server_says);
    g_test_add_func("/surplus/brings", what_it_brings_to_send_no_more);
    g_test_add_func("/surplus/not-the-servers-close", what_the_server_closes_asks_for_its_close);
    return g_test_run();
}

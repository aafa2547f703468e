/* test_lost_once.c
 * What is lost of one connection hides what that connection tells, and what others did beside it;
 * it does not hide what they did before and after.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_tls.h"

#define GO "Go-http-client/1.1"

/* Go's client leaves the answer unread. */
static void leave_unread(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1), .user_agent = GO);
    trace_answer(c, at + AT_MS(2));
    trace_close(c, CLIENT, at + AT_MS(3));
}

/* Of its exchange only an answer is in the capture. */
static void lose_a_request(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_answer_alone(c, at + AT_MS(2));
    trace_close(c, CLIENT, at + AT_MS(4));
}

static void between_two_that_are_lost(void)
{
    g_autoptr(trace) t = trace_new();
    lose_a_request(t, AT_S(0));
    for (int i = 0; i < 5; i++) {
        leave_unread(t, AT_S(10 + i));
    }
    lose_a_request(t, AT_S(100));

    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), >=, 5);
}

/* Two workers, and long before them an answer that is lost. */
static void beside_others_long_after_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *lost = trace_open(t, AT_MS(0));
    trace_request(lost, AT_MS(1), .user_agent = GO);
    trace_lose(lost, SERVER, TRACE_ANSWER);
    trace_ack(lost, CLIENT, AT_MS(2));
    trace_close(lost, CLIENT, AT_MS(3));
    for (int i = 0; i < 3; i++) {
        trace_connection *c[2] = {trace_open(t, AT_S(10 + i)),
                                  trace_open(t, AT_S(10 + i) + AT_MS(1))};
        for (int k = 0; k < 2; k++) {
            trace_request(c[k], AT_S(10 + i) + AT_MS(2 + k), .user_agent = GO);
        }
        for (int k = 0; k < 2; k++) {
            trace_answer(c[k], AT_S(10 + i) + AT_MS(4 + 2 * k));
            trace_close(c[k], CLIENT, AT_S(10 + i) + AT_MS(5 + 2 * k));
        }
    }

    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 6);
}

/* What is missing at its end is as long as an alert: it was idle until then. */
static void alert_is_no_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_request(c, AT_MS(10), .user_agent = GO);
    trace_answer(c, AT_MS(12));
    trace_ack(c, CLIENT, AT_MS(13));
    trace_lose(c, CLIENT, 24);
    trace_close(c, CLIENT, AT_S(90) + AT_MS(14));

    assert_cause(c, "client-idle-timeout");
}

/* ... and as long as a request: nobody knows what the client had done last. */
static void lost_request_is_no_exit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(10), AT_MS(12));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_close(c, CLIENT, AT_S(100));

    assert_cause(c, "client-close");
}

/* Answers that were read after the gap show that no close_notify was in it. */
static void aborted_after_whole_answers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_request(c, AT_MS(20));
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_ack(c, CLIENT, AT_MS(21));
    for (int i = 0; i < 3; i++) {
        trace_exchange(c, AT_MS(100 + 10 * i), AT_MS(101 + 10 * i));
        trace_ack(c, CLIENT, AT_MS(102 + 10 * i));
    }
    trace_request(c, AT_S(2));
    trace_ack(c, SERVER, AT_S(2) + AT_MS(1));
    trace_fin(c, SERVER, AT_S(2) + AT_MS(100));

    assert_cause(c, "request-aborted");
}

/* The head was read, and says what it is: a segment of its body is lost. */
static void upload_missed_a_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(3));
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_begin(two, AT_MS(501), .method = "POST", .body = 3000, .rest = 2000);
    trace_lose(two, CLIENT, 1000);
    trace_data(two, CLIENT, 1000, AT_MS(503));
    trace_answer(two, AT_MS(505));
    trace_ack(two, CLIENT, AT_MS(506));
    trace_exchange(c, AT_S(3), AT_S(3) + AT_MS(1));

    assert_opened(two, "idle-available", c);
}

/* A proxy closes after three requests; one answer is lost, and the requests are counted all the
 * same. */
static void limit_is_counted_without_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 8; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        for (int k = 0; k < 3; k++) {
            const int64_t at = AT_S(i) + AT_MS(10 + i * 7 + 50 * k);
            trace_request(c, at, .is_relayed = true);
            if (i == 0 && k == 1) {
                trace_lose(c, SERVER, TRACE_ANSWER);
            } else {
                trace_answer(c, at + AT_MS(2));
            }
            trace_ack(c, CLIENT, at + AT_MS(3));
        }
        trace_close(c, CLIENT, AT_S(i) + AT_MS(114 + i * 7));
    }

    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_LIMIT), >=, 7);
}

/* What was asked on one that stays open nobody saw, nor of which pool it is: that may have been full. */
static void beside_one_that_nobody_saw_asked(void)
{
    g_autoptr(trace) t = trace_new();
    trace_answer_alone(trace_open(t, AT_S(0)), AT_MS(2));
    for (int i = 0; i < 5; i++) {
        leave_unread(t, AT_S(10 + i));
    }

    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
}

/* One that runs to the end of the capture hides nothing: it was busy all the time. */
static void beside_one_that_runs(void)
{
    g_autoptr(trace) t = trace_new();
    trace_request(trace_open(t, AT_S(0)), AT_MS(1), .user_agent = GO);
    for (int i = 0; i < 5; i++) {
        leave_unread(t, AT_S(10 + i));
    }

    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lost/once/running", beside_one_that_runs);
    g_test_add_func("/lost/once/name", beside_one_that_nobody_saw_asked);
    g_test_add_func("/lost/once/unread/between", between_two_that_are_lost);
    g_test_add_func("/lost/once/unread/long-after", beside_others_long_after_it);
    g_test_add_func("/lost/once/alert", alert_is_no_request);
    g_test_add_func("/lost/once/exit", lost_request_is_no_exit);
    g_test_add_func("/lost/once/aborted", aborted_after_whole_answers);
    g_test_add_func("/lost/once/upload", upload_missed_a_reuse);
    g_test_add_func("/lost/once/limit", limit_is_counted_without_an_answer);
    return g_test_run();
}

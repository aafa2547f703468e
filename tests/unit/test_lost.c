/* test_lost.c
 * Packets that a capture point dropped: what was asked or answered in them changes what the rest
 * means. Nothing is claimed that they may contradict.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

/* ---- answers ---- */

/* Bytes behind the last answer that was shown belong to the oldest request without one. */
static void answer_in_a_pipeline_is_not_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .target = "/1");
    trace_request(c, AT_MS(2), .target = "/2");
    trace_request(c, AT_MS(3), .target = "/3");
    trace_request(c, AT_MS(3), .target = "/4");
    trace_answer(c, AT_MS(4));
    trace_ack(c, CLIENT, AT_MS(5));
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_ack(c, CLIENT, AT_MS(6));
    trace_close(c, SERVER, AT_MS(7));

    assert_cause(c, "server-close");
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

static void none_in_a_pipeline_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .target = "/1");
    trace_request(c, AT_MS(2), .target = "/2");
    trace_answer(c, AT_MS(4));
    trace_ack(c, CLIENT, AT_MS(5));
    trace_close(c, SERVER, AT_MS(7));

    assert_cause(c, "request-aborted");
}

/* The server's last words before the request may have been that it closes. */
static void close_notify_may_be_among_the_illegible(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_ack(c, CLIENT, AT_MS(12));
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_ack(c, CLIENT, AT_MS(14));
    trace_data(c, SERVER, 24, AT_MS(1000));
    trace_ack(c, CLIENT, AT_MS(1001));
    trace_request(c, AT_MS(2000));
    trace_fin(c, SERVER, AT_MS(2001));

    assert_cause(c, "server-close");
}

static void illegible_tls_before_the_request_is_all_there(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_ack(c, CLIENT, AT_MS(12));
    trace_request(c, AT_MS(2000));
    trace_ack(c, SERVER, AT_MS(2001));
    trace_fin(c, SERVER, AT_MS(2100));

    assert_cause(c, "request-aborted");
}

/* Its own numbers tell what it sent before: an answer, of which nothing is in the capture. */
static void number_of_a_fin_tells_of_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_ack(c, SERVER, AT_MS(2));
    c->next[SERVER] += TRACE_ANSWER;
    trace_fin(c, SERVER, AT_MS(10));

    assert_cause(c, "server-close");
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

static void number_of_a_reset_tells_of_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_request(c, AT_MS(10));
    c->next[SERVER] += TRACE_ANSWER;
    trace_rst(c, SERVER, AT_MS(11));

    assert_cause(c, "server-close");
}

/* The client has the answer, which was no 408: that says something else. */
static void a_408_behind_a_lost_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_ack(c, CLIENT, AT_MS(2));
    trace_answer(c, AT_S(5), .code = 408, .connection = "close");
    trace_ack(c, CLIENT, AT_S(5) + AT_US(20));
    trace_fin(c, SERVER, AT_S(5) + AT_US(100));

    g_assert_cmpuint(request->response_code, ==, 0);
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_UNKNOWN);
    assert_cause(c, "server-idle-timeout");
}

/* A snap length leaves of the answer less than Wireshark needs to show it. */
static void cut_answer_does_not_make_a_pipeline(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_cut_data(c, SERVER, TRACE_ANSWER, AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(3));
    const hr_request *two = trace_request(c, AT_S(1));

    assert_delivery(two, "sequential");
}

/* What a CONNECT opened lives for other reasons than its headers tell. */
static void connect_without_its_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "CONNECT", .target = "b.example:443", .is_http10 = true);
    trace_lose(c, SERVER, TRACE_ANSWER_HEADER);
    trace_ack(c, CLIENT, AT_MS(2));
    trace_close(c, CLIENT, AT_S(1));

    assert_cause(c, "client-close");
}

/* ---- what it carried ---- */

static void acknowledged_bytes_are_a_use(void)
{
    g_autoptr(trace) t = trace_new();
    trace_exchange(trace_open(t, AT_MS(0)), AT_MS(1), AT_MS(2));
    trace_connection *c = trace_open(t, AT_MS(100));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_ack(c, CLIENT, AT_MS(103));
    trace_close(c, CLIENT, AT_MS(200));

    assert_cause(c, "client-close");
    g_assert_cmpuint(trace_found(t, HR_FINDING_UNUSED_CONNECTION), ==, 0);
}

/* The head of a request is lost and its body is not: it was answered, and the next one is one. */
static void request_after_one_without_a_head(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_data(c, CLIENT, 1, AT_MS(100));
    trace_ack(c, SERVER, AT_MS(101));
    trace_answer(c, AT_MS(102));
    trace_ack(c, CLIENT, AT_MS(103));
    const hr_request *third = trace_begin(c, AT_MS(300), .method = "POST", .body = 1, .rest = 1);

    g_assert_nonnull(third);
    assert_number_at_least(third, 3);
    assert_delivery(third, "sequential");
    g_assert_cmpint(third->idle_ns, ==, AT_MS(198));
}

/* The same, and the body came first into the capture. */
static void head_that_its_body_overtook(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    const uint32_t seq = c->next[CLIENT];
    trace_segment(c, CLIENT, HR_TCP_ACK, seq + TRACE_REQUEST_HEADER, c->received[CLIENT], 3,
                  AT_MS(100));
    const hr_request *second = trace_begin(c, AT_MS(101), .method = "POST", .body = 3, .rest = 3);

    g_assert_nonnull(second);
    g_assert_cmpuint(second->number, ==, 2);
}

/* The capture begins in the middle of a request. */
static void capture_begins_with_a_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_data(c, CLIENT, 1, AT_MS(0));
    trace_ack(c, SERVER, AT_MS(1));
    trace_answer(c, AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(3));
    const hr_request *next = trace_begin(c, AT_MS(300), .method = "POST", .body = 1, .rest = 1);

    g_assert_nonnull(next);
    assert_status(next, "reused");
}

/* Two connections, closed after two and three exchanges as far as the capture shows them: of the
 * first the last request is lost. */
static void number_of_the_last_exchange_is_not_known(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_exchange(c, AT_S(i) + AT_MS(1), AT_S(i) + AT_MS(2));
        trace_exchange(c, AT_S(i) + AT_MS(3), AT_S(i) + AT_MS(4));
        if (i == 0) {
            trace_answer_alone(c, AT_S(i) + AT_MS(6));
        } else {
            trace_exchange(c, AT_S(i) + AT_MS(5), AT_S(i) + AT_MS(6));
        }
        trace_close(c, SERVER, AT_S(i) + AT_MS(7));
        if (i > 0) {
            assert_cause(c, i == 1 ? "server-close" : "request-limit");
        }
    }
}

/* Go's client, and its last answer, of which the request is lost, was the one before the FIN. */
static void undrained_answer_has_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = "Go-http-client/1.1");
    trace_answer(c, AT_MS(2));
    trace_answer_alone(c, AT_MS(4));
    trace_close(c, CLIENT, AT_MS(5));
    trace_connection *two = trace_open(t, AT_MS(10));
    trace_request(two, AT_MS(11), .user_agent = "Go-http-client/1.1");
    trace_answer(two, AT_MS(12));

    assert_cause(c, "client-close");
}

/* The server closed: the client had sent something that nobody saw, not long before or long ago. */
static void idle_time_ends_with_lost_bytes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_fin(c, SERVER, AT_MS(5002));
    trace_fin(c, CLIENT, AT_MS(5003));

    assert_cause(c, "server-close");
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, HR_TIME_NONE);
}

/* Go's client closes right after an answer: another connection was open then, and what it was doing
 * nobody saw. */
static void pool_may_have_been_full(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_open(t, AT_MS(0));
    trace_request(other, AT_MS(1), .user_agent = "Go-http-client/1.1");
    trace_lose(other, SERVER, TRACE_ANSWER);
    trace_ack(other, CLIENT, AT_MS(2));
    trace_connection *c = trace_open(t, AT_MS(3));
    trace_request(c, AT_MS(4), .user_agent = "Go-http-client/1.1");
    trace_answer(c, AT_MS(5));
    trace_close(c, CLIENT, AT_MS(6));
    trace_connection *two = trace_open(t, AT_MS(10));
    trace_request(two, AT_MS(11), .user_agent = "Go-http-client/1.1");
    trace_answer(two, AT_MS(12));

    assert_cause(c, "client-close");
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
}

/* ... nor that it was HTTP at all: its server's direction is not in the capture. */
static void pool_may_have_been_full_of_others(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 443);
    trace_syn(other, AT_MS(0));
    tls_data(other, CLIENT, 200, AT_MS(2));
    trace_connection *c = tls_open(t, AT_MS(3), .has_keys = true);
    trace_request(c, AT_MS(14), .user_agent = "Go-http-client/1.1");
    trace_answer(c, AT_MS(15));
    trace_close(c, CLIENT, AT_MS(16));
    tls_data(other, CLIENT, 200, AT_MS(17));
    trace_connection *two = tls_open(t, AT_MS(20), .has_keys = true);
    trace_request(two, AT_MS(31), .user_agent = "Go-http-client/1.1");
    trace_answer(two, AT_MS(32));

    assert_cause(c, "client-close");
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
}

static void add(const char *path, GTestFunc test)
{
    g_test_add_func(path, test);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/lost/answer/in-a-pipeline", answer_in_a_pipeline_is_not_none);
    add("/lost/answer/none-in-a-pipeline", none_in_a_pipeline_is_none);
    add("/lost/answer/close-notify", close_notify_may_be_among_the_illegible);
    add("/lost/answer/no-close-notify", illegible_tls_before_the_request_is_all_there);
    add("/lost/answer/fin", number_of_a_fin_tells_of_an_answer);
    add("/lost/answer/reset", number_of_a_reset_tells_of_an_answer);
    add("/lost/answer/before-a-408", a_408_behind_a_lost_answer);
    add("/lost/answer/cut", cut_answer_does_not_make_a_pipeline);
    add("/lost/answer/connect", connect_without_its_answer);
    add("/lost/use/acknowledged", acknowledged_bytes_are_a_use);
    add("/lost/use/after-a-head", request_after_one_without_a_head);
    add("/lost/use/overtaken-head", head_that_its_body_overtook);
    add("/lost/use/begins-with-a-body", capture_begins_with_a_body);
    add("/lost/use/full-pool", pool_may_have_been_full);
    add("/lost/use/full-pool-of-others", pool_may_have_been_full_of_others);
    add("/lost/use/number", number_of_the_last_exchange_is_not_known);
    add("/lost/use/undrained", undrained_answer_has_a_request);
    add("/lost/use/idle", idle_time_ends_with_lost_bytes);
    return g_test_run();
}

/* test_http2_end.c
 * How a connection of HTTP/2 ends that no GOAWAY ended: with streams open or without, and which of
 * its requests died with it. RFC 9113 §5.1. For those that one ended see test_http2_goaway.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

/* ---- the client's program ends ---- */

static void exit_without_a_word(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_used(t, AT_MS(0));
    trace_connection *two = h2_open(t, AT_MS(30));
    h2_ask(two, 1, AT_MS(40)); /* outstanding requests do not matter */
    tls_close_notify(one, CLIENT, AT_MS(500));
    trace_close(one, CLIENT, AT_MS(500));
    trace_close(two, CLIENT, AT_MS(510));

    assert_cause(one, "client-exit");
    assert_cause(two, "client-exit");
    assert_certainty(one, "likely");
}

/* A client that says GOAWAY announced it: that goes before. */
static void exit_with_goaway(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_used(t, AT_MS(0));
    trace_connection *two = h2_open_used(t, AT_MS(30));
    h2_goaway(one, CLIENT, 0, H2_NO_ERROR, AT_MS(500));
    trace_close(one, CLIENT, AT_MS(500));
    h2_goaway(two, CLIENT, 0, H2_NO_ERROR, AT_MS(510));
    trace_close(two, CLIENT, AT_MS(510));

    assert_cause(one, "goaway");
    assert_cause(two, "goaway");
    assert_closed_by(one, "client");
    assert_certainty(one, "certain");
}

/* ---- stale-race ---- */

static void request_meets_the_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    trace_fin(c, SERVER, AT_S(5));
    const hr_request *dead = h2_ask(c, 3, AT_S(5), .path = "/x");
    trace_rst(c, SERVER, AT_S(5));
    trace_connection *two = h2_open(t, AT_MS(5010));
    const hr_request *retry = h2_ask(two, 1, AT_MS(5020), .path = "/x");
    h2_answer(two, 1, AT_MS(5021));

    assert_cause(c, "stale-race");
    assert_certainty(c, "certain");
    g_assert_true(trace_ending(c)->seldom->retry == retry);
    g_assert_true(hr_finding_set_has(dead->findings, HR_FINDING_STALE_REUSE));
}

/* The server's RST does not acknowledge the segment with the request. */
static void reset_that_does_not_cover_the_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    c->is_deaf[SERVER] = true;
    h2_ask(c, 3, AT_S(5));
    trace_rst(c, SERVER, AT_S(5));

    assert_cause(c, "stale-race");
    assert_certainty(c, "certain");
}

/* It was acknowledged: the server may have processed it. */
static void close_after_the_ack(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_ask(c, 3, AT_S(5));
    trace_ack(c, SERVER, AT_S(5));
    trace_close(c, SERVER, AT_S(6));

    assert_cause(c, "request-aborted");
}

/* All streams that had no byte of an answer died; one that the client had cancelled had not. */
static void each_dead_request_is_found(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    const hr_request *cancelled = h2_ask(c, 3, AT_MS(20));
    h2_reset(c, CLIENT, 3, AT_MS(30));
    trace_fin(c, SERVER, AT_S(5));
    const hr_request *one = h2_ask(c, 5, AT_S(5));
    const hr_request *two = h2_ask(c, 7, AT_S(5), .method = "POST");

    assert_cause(c, "stale-race");
    g_assert_true(hr_finding_set_has(one->findings, HR_FINDING_STALE_REUSE));
    g_assert_true(hr_finding_set_has(two->findings, HR_FINDING_STALE_REUSE));
    g_assert_false(hr_finding_set_has(cancelled->findings, HR_FINDING_STALE_REUSE));
    g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, 2);
}

/* RFC 9113 §8.7: the server said that it refuses the stream; nobody was too late. */
static void refused_stream_is_no_stale_race(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_ask(c, 3, AT_MS(600), .path = "/x");
    h2_reset(c, SERVER, 3, AT_MS(601));
    trace_connection *two = h2_open(t, AT_MS(610));
    h2_ask(two, 1, AT_MS(620), .path = "/x");
    h2_answer(two, 1, AT_MS(621));
    trace_close(c, SERVER, AT_MS(700));

    assert_cause(c, "server-close");
    g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, 0);
    g_assert_cmpuint(trace_totals(t)->sums.requests, ==, 3);
}

/* ---- streams that were open ---- */

/* An older stream than the last one may be the open one. */
static void client_leaves_an_older_stream_unanswered(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *open = h2_ask(c, 1, AT_MS(10));
    h2_exchange(c, 3, AT_MS(11), AT_MS(12));
    tls_close_notify(c, CLIENT, AT_MS(600));
    trace_close(c, CLIENT, AT_MS(600));
    h2_open_used(t, AT_S(1)); /* the client goes on */

    assert_cause(c, "request-cancelled");
    assert_closed_by(c, "client");
    g_assert_cmpuint(open->response_code, ==, 0);
}

/* An unread body costs a stream, not the connection: never body-undrained. */
static void client_leaves_an_answer_in_the_middle(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *one = h2_ask(c, 1, AT_MS(10), .user_agent = "Go-http-client/2.0");
    const hr_request *two = h2_ask(c, 3, AT_MS(10));
    h2_answer(c, 3, AT_MS(11), .is_cut = true);
    h2_answer(c, 1, AT_MS(12), .is_cut = true);
    trace_rst(c, CLIENT, AT_MS(13));
    h2_open_used(t, AT_S(1)); /* the client goes on */

    assert_cause(c, "client-close");
    g_assert_cmpint(one->complete, ==, HR_COMPLETE_NO);
    g_assert_cmpint(two->complete, ==, HR_COMPLETE_NO);
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
}

static void go_client_closes_right_after_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = h2_open(t, AT_MS(100 * i));
        h2_ask(c, 1, AT_MS(100 * i + 10), .user_agent = "Go-http-client/2.0");
        h2_answer(c, 1, AT_MS(100 * i + 11));
        trace_close(c, CLIENT, AT_MS(100 * i + 12));
    }

    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
    g_assert_cmpuint(trace_totals(t)->ended[HR_CLOSE_BODY_UNDRAINED], ==, 0);
    g_assert_cmpuint(trace_totals(t)->ended[HR_CLOSE_CLIENT_CLOSE], ==, 3);
    g_assert_cmpuint(trace_found(t, HR_FINDING_CLOSED_AFTER_ANSWER), ==, 3);
}

/* The answer that ended last was not to the request sent last. */
static void close_right_after_the_last_end(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_ask(c, 1, AT_MS(10));
    h2_exchange(c, 3, AT_MS(11), AT_MS(12));
    h2_answer(c, 1, AT_MS(500));
    trace_close(c, CLIENT, AT_MS(501));
    h2_open_used(t, AT_S(1)); /* the client goes on */

    assert_cause(c, "client-close");
    g_assert_true(trace_ending(c)->is_after_answer);
    g_assert_cmpuint(trace_found(t, HR_FINDING_CLOSED_AFTER_ANSWER), ==, 1);
}

/* ... and while another is open there is no "after the answer". */
static void close_with_a_stream_open_is_after_no_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_ask(c, 1, AT_MS(10));
    h2_answer(c, 1, AT_MS(20), .is_cut = true);
    h2_exchange(c, 3, AT_MS(21), AT_MS(22));
    trace_close(c, CLIENT, AT_MS(23));
    h2_open_used(t, AT_S(1)); /* the client goes on */

    assert_cause(c, "client-close");
    g_assert_false(trace_ending(c)->is_after_answer);
    g_assert_cmpuint(trace_found(t, HR_FINDING_CLOSED_AFTER_ANSWER), ==, 0);
}

static void server_closes_in_the_middle(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    const hr_request *cut = h2_ask(c, 3, AT_MS(600));
    h2_answer(c, 3, AT_MS(601), .is_cut = true);
    trace_rst(c, SERVER, AT_MS(602));

    assert_cause(c, "server-close");
    g_assert_cmpint(cut->complete, ==, HR_COMPLETE_NO);
}

/* Nobody saw what the client sent behind its preface; the server's ACK tells that it did. */
static trace_connection *without_a_request(trace *t, uint32_t lost)
{
    trace_connection *c = h2_open_plain(t, AT_MS(0), 100);
    if (lost > 0) {
        trace_lose(c, CLIENT, lost);
        trace_ack(c, SERVER, AT_MS(20));
    }
    trace_fin(c, CLIENT, AT_MS(30));
    trace_fin(c, SERVER, AT_MS(31));
    return c;
}

static void what_is_lost_may_be_a_request(void)
{
    g_autoptr(trace) lost = trace_new();
    g_autoptr(trace) none = trace_new();

    g_assert_cmpint(trace_ending(without_a_request(lost, 200))->cause, !=, HR_CLOSE_UNUSED);
    g_assert_cmpuint(trace_found(lost, HR_FINDING_UNUSED_CONNECTION), ==, 0);
    assert_cause(without_a_request(none, 0), "unused");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http2/exit/silent", exit_without_a_word);
    g_test_add_func("/http2/exit/goaway", exit_with_goaway);
    g_test_add_func("/http2/stale-race/fin", request_meets_the_close);
    g_test_add_func("/http2/stale-race/not-acked", reset_that_does_not_cover_the_request);
    g_test_add_func("/http2/stale-race/acked", close_after_the_ack);
    g_test_add_func("/http2/stale-race/each", each_dead_request_is_found);
    g_test_add_func("/http2/stale-race/not-refused", refused_stream_is_no_stale_race);
    g_test_add_func("/http2/open/cancelled", client_leaves_an_older_stream_unanswered);
    g_test_add_func("/http2/open/not-undrained", client_leaves_an_answer_in_the_middle);
    g_test_add_func("/http2/open/not-undrained-go", go_client_closes_right_after_an_answer);
    g_test_add_func("/http2/open/after-answer", close_right_after_the_last_end);
    g_test_add_func("/http2/open/not-after-answer", close_with_a_stream_open_is_after_no_answer);
    g_test_add_func("/http2/open/by-server", server_closes_in_the_middle);
    g_test_add_func("/http2/unused/lost", what_is_lost_may_be_a_request);
    return g_test_run();
}

/* test_http2.c
 * Requests of HTTP/2: status, number, idle and delivery of streams, in the order of sending, and
 * what is no request. RFC 9113; RFC 7540 §3.2 (h2c), RFC 8441 (extended CONNECT).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

/* ---- status, number, idle ---- */

static void streams_in_turn(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *first = h2_exchange(c, 1, AT_MS(10), AT_MS(12));
    const hr_request *second = h2_exchange(c, 3, AT_MS(20), AT_MS(22));

    assert_status(first, "new");
    assert_number(first, 1);
    g_assert_cmpint(first->idle_ns, ==, HR_TIME_NONE);
    assert_status(second, "reused");
    assert_number(second, 2);
    g_assert_cmpint(hr_request_stream(second), ==, 3);
    g_assert_cmpint(second->idle_ns, ==, AT_MS(8));
    assert_delivery(second, "sequential");
    g_assert_cmpuint(second->response_code, ==, 200);
    g_assert_cmpint(second->complete, ==, HR_COMPLETE_YES);
    g_assert_cmpint(hr_request_response_time_ns(second), ==, AT_MS(2));
    g_assert_cmpstr(hr_protocol_token(c->model->protocol), ==, "h2");
    g_assert_cmpint(hr_connection_setup_ns(c->model), ==, H2_READY_NS);
}

/* Ids prove nothing where the opening was captured: nghttp spends low ones on idle priority
 * streams. */
static void first_stream_may_have_a_high_id(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *first = h2_exchange(c, 13, AT_MS(10), AT_MS(12));

    assert_status(first, "new");
    assert_number(first, 1);
}

static trace_connection *join_late(trace *t)
{
    return trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 80);
}

static void joined_late_at_stream_1(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = join_late(t);
    h2_prefaces(c, 100, AT_MS(0));
    const hr_request *first = h2_exchange(c, 1, AT_MS(1), AT_MS(2));
    const hr_request *second = h2_exchange(c, 3, AT_MS(3), AT_MS(4));

    assert_status(first, "unknown");
    assert_number_at_least(first, 1);
    assert_status(second, "reused");
    g_assert_cmpint(trace_opening(c)->why, ==, HR_WHY_NONE);
    g_assert_cmpuint(trace_totals(t)->sums.unknown, ==, 1);
}

static void joined_late_at_a_later_stream(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = join_late(t);
    trace_ack(c, CLIENT, AT_MS(0));
    const hr_request *first = h2_exchange(c, 7, AT_MS(1), AT_MS(2));

    assert_status(first, "reused");
    assert_number_at_least(first, 2);
}

/* The server's preface may come before the client's first request: it answers nothing. */
static void preface_of_the_server_proves_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    trace_connection *plain = trace_open(t, AT_MS(50));
    h2_settings(plain, 100, AT_MS(51));
    h2_other_frame(plain, CLIENT, AT_MS(52));

    assert_status(h2_exchange(c, 1, AT_MS(60), AT_MS(61)), "new");
    assert_status(h2_exchange(plain, 1, AT_MS(62), AT_MS(63)), "new");
}

static void prior_knowledge(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_plain(t, AT_MS(0), 100);
    const hr_request *first = h2_exchange(c, 1, AT_MS(10), AT_MS(12));

    assert_status(first, "new");
    g_assert_cmpstr(hr_protocol_token(c->model->protocol), ==, "h2");
    g_assert_cmpstr(hr_connection_scheme(c->model), ==, "http");
    g_assert_cmpstr(c->model->name, ==, "a.example");
    g_assert_cmpint(hr_connection_setup_ns(c->model), ==, TRACE_HANDSHAKE_NS);
}

/* ---- side by side ---- */

static void many_headers_in_a_frame(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_begin(c, CLIENT, AT_MS(10));
    const hr_request *one = h2_ask(c, 1, 0, .path = "/1");
    const hr_request *two = h2_ask(c, 3, 0, .path = "/2");
    const hr_request *three = h2_ask(c, 5, 0, .path = "/3");
    h2_end(c);

    g_assert_cmpuint(trace_item_count(t), ==, 3);
    assert_status(one, "new");
    assert_delivery(one, "sequential");
    assert_status(three, "reused");
    assert_number(two, 2);
    assert_number(three, 3);
    assert_delivery(two, "multiplexed");
    assert_delivery(three, "multiplexed");
    g_assert_cmpuint(three->concurrency, ==, 3);
    g_assert_cmpint(three->idle_ns, ==, HR_TIME_NONE);
    g_assert_cmpstr(three->target, ==, "/3");
}

static void answers_out_of_order(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *one = h2_ask(c, 1, AT_MS(10));
    const hr_request *two = h2_ask(c, 3, AT_MS(11));
    h2_answer(c, 3, AT_MS(12), .code = 404);
    const hr_request *three = h2_ask(c, 5, AT_MS(13));
    h2_answer(c, 1, AT_MS(20), .code = 201);
    h2_answer(c, 5, AT_MS(21));

    g_assert_cmpuint(one->response_code, ==, 201);
    g_assert_cmpuint(two->response_code, ==, 404);
    g_assert_cmpint(hr_request_response_time_ns(one), ==, AT_MS(10));
    g_assert_cmpint(hr_request_response_time_ns(two), ==, AT_MS(1));
    g_assert_cmpuint(three->concurrency, ==, 2);
    assert_delivery(three, "multiplexed");
}

static void interleaved_data(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *one = h2_ask(c, 1, AT_MS(10));
    const hr_request *two = h2_ask(c, 3, AT_MS(10));
    h2_begin(c, SERVER, AT_MS(20));
    h2_answer(c, 1, 0, .is_cut = true);
    h2_answer(c, 3, 0, .is_cut = true);
    h2_end(c);
    h2_data(c, SERVER, 1, false, AT_MS(21));
    h2_data(c, SERVER, 3, true, AT_MS(22));
    h2_data(c, SERVER, 1, true, AT_MS(23));

    g_assert_cmpint(one->answered.ns, ==, AT_MS(20));
    g_assert_cmpint(one->ended.ns, ==, AT_MS(23));
    g_assert_cmpint(two->ended.ns, ==, AT_MS(22));
    g_assert_cmpuint(one->answer_bytes, >, two->answer_bytes);
}

/* It is idle from when the last of its streams ends, in whatever order. */
static void idle_is_when_nothing_is_open(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_ask(c, 1, AT_MS(10));
    h2_ask(c, 3, AT_MS(11));
    h2_answer(c, 3, AT_MS(12));
    const hr_request *beside = h2_ask(c, 5, AT_MS(20));
    h2_answer(c, 5, AT_MS(21));
    h2_answer(c, 1, AT_MS(30));
    const hr_request *after = h2_ask(c, 7, AT_MS(40));

    g_assert_cmpint(beside->idle_ns, ==, HR_TIME_NONE);
    g_assert_cmpint(after->idle_ns, ==, AT_MS(10));
    assert_delivery(after, "sequential");
    g_assert_cmpuint(after->concurrency, ==, 1);
}

/* PING and the like are no use of the connection. */
static void ping_does_not_end_idleness(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_exchange(c, 1, AT_MS(10), AT_MS(20));
    h2_other_frame(c, CLIENT, AT_S(1));
    h2_other_frame(c, SERVER, AT_S(1));

    g_assert_cmpint(h2_ask(c, 3, AT_S(2))->idle_ns, ==, AT_S(2) - AT_MS(20));
}

static void body_of_a_request_is_no_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *post = h2_ask(c, 1, AT_MS(10), .method = "POST", .has_body = true);
    h2_data(c, CLIENT, 1, true, AT_MS(11));

    g_assert_false(post->is_done);
    g_assert_cmpint(post->answered.frame, ==, 0);
    g_assert_cmpuint(post->answer_bytes, ==, 0);
}

static void interim_answer_answers_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *one = h2_ask(c, 1, AT_MS(10));
    h2_answer(c, 1, AT_MS(11), .code = 103);
    g_assert_false(one->is_answered);
    h2_answer(c, 1, AT_MS(12), .code = 204, .is_empty = true);

    g_assert_cmpuint(one->response_code, ==, 204);
    g_assert_true(one->is_answer_bodyless);
    g_assert_true(one->is_done);
}

/* ---- RST_STREAM ---- */

static void cancelled_stream(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *one = h2_ask(c, 1, AT_MS(10));
    h2_answer(c, 1, AT_MS(11), .is_cut = true);
    h2_reset(c, CLIENT, 1, AT_MS(12));
    const hr_request *two = h2_exchange(c, 3, AT_MS(20), AT_MS(21));

    g_assert_cmpint(one->complete, ==, HR_COMPLETE_NO);
    assert_status(two, "reused"); /* it ends a stream, not the connection */
    g_assert_cmpint(two->idle_ns, ==, AT_MS(8));
    assert_cause(c, "open-at-end");
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

/* RFC 9113 §8.1: a server may stop the upload after its whole answer. */
static void reset_after_the_whole_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *one = h2_ask(c, 1, AT_MS(10), .method = "POST", .has_body = true);
    h2_answer(c, 1, AT_MS(11));
    h2_reset(c, SERVER, 1, AT_MS(11));

    g_assert_cmpint(one->complete, ==, HR_COMPLETE_YES);
}

/* RFC 9113 §8.7: it was not processed; sent again it is another request. */
static void refused_stream_sent_again_is_two(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *refused = h2_ask(c, 1, AT_MS(10), .path = "/x");
    h2_reset(c, SERVER, 1, AT_MS(11));
    const hr_request *again = h2_exchange(c, 3, AT_MS(12), AT_MS(13));

    g_assert_cmpuint(trace_totals(t)->sums.requests, ==, 2);
    g_assert_cmpuint(refused->response_code, ==, 0);
    assert_number(again, 2);
}

/* ---- no requests ---- */

/* A push brings an answer on a stream of the server's; nobody asked. */
static void push_promise_is_no_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_ask(c, 1, AT_MS(10));
    h2_begin(c, SERVER, AT_MS(11));
    h2_other_frame(c, SERVER, 0);
    h2_answer(c, 2, 0);
    h2_answer(c, 1, 0);
    h2_end(c);
    h2_reset(c, CLIENT, 2, AT_MS(12));
    const hr_request *second = h2_ask(c, 3, AT_MS(20));

    assert_number(second, 2);
    g_assert_cmpint(second->idle_ns, ==, AT_MS(9));
    g_assert_cmpuint(trace_totals(t)->sums.requests, ==, 2);
}

static void headers_sent_again_are_no_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_ask(c, 1, AT_MS(10));

    g_assert_null(h2_ask(c, 1, AT_MS(11)));
    g_assert_cmpuint(c->model->request_count, ==, 1);
}

/* RFC 8441: a WebSocket in a stream; the connection goes on. */
static void extended_connect_is_one_stream(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *socket = h2_ask(c, 1, AT_MS(10), .method = "CONNECT", .has_body = true);
    h2_answer(c, 1, AT_MS(11), .is_cut = true);
    const hr_request *beside = h2_exchange(c, 3, AT_MS(20), AT_MS(21));
    h2_data(c, CLIENT, 1, false, AT_MS(30));
    trace_connection *two = h2_open(t, AT_S(1));
    h2_exchange(two, 1, AT_MS(1010), AT_MS(1011));

    g_assert_cmpuint(c->model->request_count, ==, 2);
    g_assert_false(socket->is_done);
    assert_status(beside, "reused");
    assert_delivery(beside, "multiplexed");
    g_assert_false((c->model->seldom->left.at.frame != 0));
    g_assert_null(c->model->seldom->tunnel);
    assert_opened(two, "idle-available", c); /* it has free streams */
}

/* RFC 8446 §4.2.10: what the server skipped is sent again, on the same stream. */
static void refused_early_data_counts_once(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.agrees = "h2",
                          .has_keys = true,
                          .has_ticket = true,
                          .is_resumed = true,
                          .offers_early = true};
    trace_connection *c = tls_connect(t, AT_MS(0), &how);
    tls_client_hello(c, AT_MS(1), &how);
    h2_ask(c, 1, AT_MS(1));
    tls_server_hello(c, AT_MS(2), &how);
    tls_client_finished(c, AT_MS(3), &how);
    h2_ask(c, 1, AT_MS(3));
    h2_answer(c, 1, AT_MS(4));
    const hr_request *second = h2_exchange(c, 3, AT_MS(10), AT_MS(11));

    g_assert_cmpuint(c->model->request_count, ==, 2);
    assert_status(c->model->first_request, "new");
    assert_number(second, 2);
    g_assert_cmpint(second->idle_ns, ==, AT_MS(6));
}

/* ---- h2c ---- */

static trace_connection *upgrade_to_h2c(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(10), .upgrade = "h2c");
    trace_answer(c, AT_MS(11), .code = 101, .upgrade = "h2c");
    h2_prefaces(c, 0, AT_MS(12));
    return c;
}

/* RFC 7540 §3.2: the request that asks for the upgrade is stream 1. */
static void h2c_upgrade_counts_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = upgrade_to_h2c(t);
    h2_answer(c, 1, AT_MS(13));
    const hr_request *second = h2_exchange(c, 3, AT_MS(20), AT_MS(21));
    trace_close(c, SERVER, AT_MS(700));

    const hr_request *first = c->model->first_request;
    g_assert_cmpuint(c->model->request_count, ==, 2);
    g_assert_cmpint(hr_request_stream(first), ==, 1);
    assert_number(first, 1);
    assert_status(first, "new");
    g_assert_cmpuint(first->response_code, ==, 200);
    g_assert_cmpint(first->ended.ns, ==, AT_MS(13));
    assert_number(second, 2);
    assert_status(second, "reused");
    g_assert_cmpint(second->idle_ns, ==, AT_MS(7));
    g_assert_false((c->model->seldom->left.at.frame != 0));
    assert_cause(c, "server-close"); /* not upgraded */
}

/* The 101 was captured behind its client's acknowledgement, so that nobody is shown it: it is read from
 * its bytes. */
static void h2c_upgrade_that_is_not_shown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(10), .upgrade = "h2c");
    trace_begin_answer(c, AT_MS(11), .code = 101, .upgrade = "h2c");
    h2_prefaces(c, 0, AT_MS(12));
    h2_answer(c, 1, AT_MS(13));
    h2_exchange(c, 3, AT_MS(20), AT_MS(21));

    g_assert_cmpuint(c->model->request_count, ==, 2);
    g_assert_cmpuint(first->response_code, ==, 200);
}

/* While stream 1 is open the others are free. */
static void h2c_connection_has_free_streams(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = upgrade_to_h2c(t);
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_request(two, AT_MS(510), .upgrade = "h2c");

    assert_opened(two, "idle-available", c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http2/request/in-turn", streams_in_turn);
    g_test_add_func("/http2/request/high-id", first_stream_may_have_a_high_id);
    g_test_add_func("/http2/request/joined-late", joined_late_at_stream_1);
    g_test_add_func("/http2/request/joined-later", joined_late_at_a_later_stream);
    g_test_add_func("/http2/request/preface", preface_of_the_server_proves_nothing);
    g_test_add_func("/http2/request/prior-knowledge", prior_knowledge);
    g_test_add_func("/http2/request/body", body_of_a_request_is_no_answer);
    g_test_add_func("/http2/request/interim", interim_answer_answers_nothing);
    g_test_add_func("/http2/streams/one-frame", many_headers_in_a_frame);
    g_test_add_func("/http2/streams/out-of-order", answers_out_of_order);
    g_test_add_func("/http2/streams/interleaved", interleaved_data);
    g_test_add_func("/http2/streams/idle", idle_is_when_nothing_is_open);
    g_test_add_func("/http2/streams/ping", ping_does_not_end_idleness);
    g_test_add_func("/http2/reset/cancelled", cancelled_stream);
    g_test_add_func("/http2/reset/no-error", reset_after_the_whole_answer);
    g_test_add_func("/http2/reset/refused", refused_stream_sent_again_is_two);
    g_test_add_func("/http2/none/push", push_promise_is_no_request);
    g_test_add_func("/http2/none/sent-again", headers_sent_again_are_no_request);
    g_test_add_func("/http2/none/extended-connect", extended_connect_is_one_stream);
    g_test_add_func("/http2/none/early-data-refused", refused_early_data_counts_once);
    g_test_add_func("/http2/h2c/once", h2c_upgrade_counts_once);
    g_test_add_func("/http2/h2c/once-unseen", h2c_upgrade_that_is_not_shown);
    g_test_add_func("/http2/h2c/free-streams", h2c_connection_has_free_streams);
    return g_test_run();
}

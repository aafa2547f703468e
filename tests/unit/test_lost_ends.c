/* test_lost_ends.c
 * Ends, pools and answers beside a gap of the capture: what would refute a verdict may lie in it.
 * Each trace is beside one without the gap.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_quic.h"
#include "trace_tls.h"

#define GO "Go-http-client/1.1"

/* ---- who ended it ---- */

/* Its client went on at once on another one. With its own FIN the ends of others may be missing. */
static hr_close_cause closed_after_answer(bool is_fin_lost)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_get(t, GO, AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(2) + AT_US(50));
    trace_connection *two = trace_open(t, AT_MS(2) + AT_US(100));
    trace_request(two, AT_MS(2) + AT_US(400), .user_agent = GO);
    if (is_fin_lost) {
        trace_lose_fin(c, CLIENT);
    } else {
        trace_fin(c, CLIENT, AT_MS(2) + AT_US(500));
    }
    trace_fin(c, SERVER, AT_MS(2) + AT_US(600));
    trace_answer(two, AT_MS(3));

    return trace_ending(c)->cause;
}

static void fin_right_after_an_answer_is_lost(void)
{
    g_assert_cmpint(closed_after_answer(true), ==, HR_CLOSE_CLIENT_CLOSE);
    g_assert_cmpint(closed_after_answer(false), ==, HR_CLOSE_BODY_UNDRAINED);
}

/* A reset acknowledges what the server said last, and that may have been its FIN. */
static hr_side first_of_reset(uint32_t lost)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(3));
    trace_lose(c, SERVER, lost);
    trace_rst(c, CLIENT, AT_S(1));

    return trace_ending(c)->first_fin;
}

static void reset_takes_what_is_lost(void)
{
    g_assert_cmpint(first_of_reset(25), ==, HR_SIDE_NONE);
    g_assert_cmpint(first_of_reset(0), ==, HR_SIDE_CLIENT);
}

/* Of the server nothing is left but an ACK: where its numbers begin is not known, nor whether the
 * client's FIN acknowledges one of its own. */
static hr_side first_of_short_life(bool is_answer_to_syn_lost)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    if (is_answer_to_syn_lost) {
        trace_lose(c, SERVER, 1 + TRACE_ANSWER);
        trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
        trace_lose_fin(c, SERVER);
    } else {
        trace_syn_ack(c, AT_US(100));
        trace_ack(c, CLIENT, AT_US(200));
        trace_exchange(c, AT_MS(1), AT_MS(2));
    }
    trace_fin(c, CLIENT, AT_MS(3));
    trace_ack(c, SERVER, AT_MS(4));

    return trace_ending(c)->first_fin;
}

static void numbers_begin_in_the_gap(void)
{
    g_assert_cmpint(first_of_short_life(true), ==, HR_SIDE_NONE);
    g_assert_cmpint(first_of_short_life(false), ==, HR_SIDE_CLIENT);
}

/* Its opening is not in the capture, nor what its client said before the server took leave. */
static hr_side closer_of_unopened(bool is_lost)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 443, .has_keys = true};
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 443);
    tls_client_hello(c, AT_MS(1), &how);
    tls_server_hello(c, AT_MS(2), &how);
    trace_ack(c, CLIENT, AT_MS(3));
    trace_lose(c, CLIENT, is_lost ? 88 : 0);
    trace_ack(c, SERVER, AT_MS(10));
    tls_close_notify(c, SERVER, AT_MS(11));
    trace_rst(c, CLIENT, AT_MS(12));

    return trace_ending(c)->first_closer;
}

static void leave_may_have_been_taken_before(void)
{
    g_assert_cmpint(closer_of_unopened(true), ==, HR_SIDE_NONE);
    g_assert_cmpint(closer_of_unopened(false), ==, HR_SIDE_SERVER);
}

/* All end at once. Of the answer to one nothing is seen but that its reset acknowledges it, and that
 * is no activity of a program that goes on. */
static void answer_that_its_reset_proves(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *lost = trace_open(t, AT_MS(0));
    trace_request(lost, AT_MS(1));
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_open(t, AT_MS(10 + 100 * i));
        trace_exchange(c[i], AT_MS(20 + 100 * i), AT_MS(30 + 100 * i));
        trace_ack(c[i], CLIENT, AT_MS(40 + 100 * i));
    }
    trace_lose(lost, SERVER, TRACE_ANSWER);
    trace_rst(c[0], CLIENT, AT_MS(500));
    trace_rst(c[1], CLIENT, AT_MS(500) + AT_US(100));
    trace_rst(lost, CLIENT, AT_MS(500) + AT_US(200));

    assert_cause(c[0], "client-exit");
    assert_cause(c[1], "client-exit");
}

/* ---- pools ---- */

/* Two calls run at once; one stays idle, and then the other is closed. Something was lost in between
 * or not: the idle one may have been closed as well. */
static hr_close_cause closed_beside_an_idle_one(bool is_lost)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(1));
    trace_connection *other = trace_open_to(t, "10.0.0.99", 80, AT_MS(2));
    trace_request(idle, AT_MS(10));
    trace_request(c, AT_MS(10));
    trace_answer(idle, AT_MS(20));
    trace_ack(idle, CLIENT, AT_MS(20) + AT_US(50));
    if (is_lost) {
        trace_lose(other, CLIENT, TRACE_REQUEST_HEADER);
        trace_lose(other, SERVER, TRACE_ANSWER);
    }
    trace_exchange(other, AT_MS(200), AT_MS(201));
    trace_answer(c, AT_MS(300));
    trace_close(c, CLIENT, AT_MS(301));
    trace_exchange(other, AT_S(1), AT_S(1) + AT_MS(1));

    return trace_ending(c)->cause;
}

static void sibling_may_be_gone(void)
{
    g_assert_cmpint(closed_beside_an_idle_one(true), ==, HR_CLOSE_CLIENT_CLOSE);
    g_assert_cmpint(closed_beside_an_idle_one(false), ==, HR_CLOSE_POOL_LIMIT);
}

/* Two dial in the moment of an answer. What the first one was answered may be lost: then its program
 * read one answer after the other, and the idle one was there for it. */
static hr_why opened_in_a_moment(bool is_lost)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(10));
    trace_ack(idle, CLIENT, AT_MS(10) + AT_US(50));
    trace_connection *two = trace_open(t, AT_MS(10) + AT_US(100));
    trace_request(two, AT_MS(10) + AT_US(400));
    if (is_lost) {
        trace_lose(two, SERVER, TRACE_ANSWER);
    }
    trace_connection *three = trace_open(t, AT_MS(10) + AT_US(500));
    trace_request(three, AT_MS(11));
    if (is_lost) {
        trace_ack(two, CLIENT, AT_MS(12));
    } else {
        trace_answer(two, AT_MS(12));
    }
    trace_answer(three, AT_MS(13));
    trace_exchange(idle, AT_S(2), AT_S(2) + AT_MS(1));

    return trace_opening(two)->why;
}

static void answer_within_a_burst_is_lost(void)
{
    g_assert_cmpint(opened_in_a_moment(true), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_in_a_moment(false), ==, HR_WHY_ALL_BUSY);
}

/* The same name at another address: what became of that connection nobody saw. */
static hr_why opened_elsewhere(bool is_seen_again)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 443, .has_keys = true, .address = "10.0.0.81"};
    trace_connection *one = tls_connect(t, AT_MS(0), &how);
    tls_client_hello(one, AT_MS(1), &how);
    trace_connection *two = tls_open(t, AT_MS(100), .has_keys = true);
    trace_exchange(two, AT_MS(110), AT_MS(111));
    if (is_seen_again) {
        trace_fin(one, CLIENT, AT_MS(120));
    }
    return trace_opening(two)->why;
}

static void contact_elsewhere_is_lost(void)
{
    g_assert_cmpint(opened_elsewhere(false), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_elsewhere(true), ==, HR_WHY_FIRST_CONTACT);
}

/* ---- messages ---- */

/* The end of a request that was put together; its begin is behind the gap that took the rest of the
 * one before, and others. */
static void request_behind_a_gap_is_another_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_begin(c, AT_MS(1), .target = "/1", .body = 50, .rest = 50);
    trace_lose(c, CLIENT, 50 + TRACE_REQUEST_HEADER);
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_ack(c, CLIENT, AT_MS(2));
    trace_data(c, CLIENT, 40, AT_MS(10));
    const hr_request *third = trace_request(c, AT_MS(11), .target = "/3", .before = 40);
    trace_answer(c, AT_MS(12));

    g_assert_nonnull(third);
    g_assert_true(third != first);
    g_assert_cmpstr(first->target, ==, "/1");
    g_assert_false(third->is_number_exact);
    assert_answered(third, 200, trace_frame(t));
}

static void request_in_two_segments_is_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_begin(c, AT_MS(1), .target = "/1", .body = 50, .rest = 50);
    const hr_request *shown =
        trace_request(c, AT_MS(11), .target = "/1", .body = 50, .before = TRACE_REQUEST_HEADER);

    g_assert_true(shown == NULL || shown == first);
    g_assert_cmpuint(c->model->request_count, ==, 1);
}

/* The final answer behind a 100 is lost, with the request that follows: what comes then answers
 * that. */
static const hr_request *asked_with_leave(trace *t, bool is_lost)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    hr_request *post = trace_begin(c, AT_MS(1), .method = "POST", .body = 10, .rest = 10,
                                   .expects_continue = true);
    trace_answer(c, AT_MS(2), .code = 100, .is_empty = true);
    trace_ack(c, CLIENT, AT_MS(3));
    trace_data(c, CLIENT, 10, AT_MS(4));
    if (is_lost) {
        trace_lose(c, SERVER, TRACE_ANSWER);
        trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    }
    trace_answer(c, AT_MS(10));
    return post;
}

static void answer_behind_a_100_is_lost(void)
{
    g_autoptr(trace) lost = trace_new();
    g_autoptr(trace) whole = trace_new();

    g_assert_cmpuint(asked_with_leave(lost, true)->response_frame, ==, 0);
    g_assert_cmpuint(asked_with_leave(whole, false)->response_frame, ==, trace_frame(whole));
}

/* ---- QUIC ---- */

static void number_seen(trace *t, hr_connection *c, trace_side from, uint64_t number, int64_t at)
{
    quic_at(t, at);
    hr_quic_packet_seen(trace_model(t), c, from == CLIENT ? 0 : 1, HR_QUIC_1RTT);
    hr_quic_number_seen(trace_model(t), c, from == CLIENT ? 0 : 1, number);
    quic_datagram(t, c, from);
    quic_end(t);
}

/* The server's packets are there and unread from some time on: so may be the answer. */
static hr_delivery delivered_after(bool is_unread)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 1, AT_MS(0));
    number_seen(t, c, SERVER, 0, AT_MS(30));
    quic_ask(t, c, 0, AT_MS(40));
    if (is_unread) {
        quic_at(t, AT_MS(41));
        hr_quic_packet_seen(trace_model(t), c, 1, HR_QUIC_1RTT);
        quic_datagram(t, c, SERVER);
        quic_end(t);
    } else {
        number_seen(t, c, SERVER, 1, AT_MS(41));
    }
    quic_ask(t, c, 4, AT_MS(50));
    return c->last_request->delivery;
}

static void answer_may_be_unread(void)
{
    g_assert_cmpint(delivered_after(true), ==, HR_DELIVERY_UNKNOWN);
    g_assert_cmpint(delivered_after(false), ==, HR_DELIVERY_MULTIPLEXED);
}

/* The handshake was lost, and the client went on as who had finished it; or it gave up. Then its
 * numbers tell whether it had asked something. */
static hr_close_cause left_after(bool is_ready, uint64_t number)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_begin(t, 1, AT_MS(0));
    quic_at(t, AT_MS(10));
    quic_answer_hello(t, c, &(quic_kind){.has_keys = true});
    quic_datagram(t, c, SERVER);
    quic_end(t);
    if (is_ready) {
        number_seen(t, c, CLIENT, number, AT_MS(20));
    }
    quic_close(t, c, CLIENT, H3_NO_ERROR, AT_MS(21));
    trace_analysis(t);
    return c->ending.cause;
}

static void handshake_is_lost(void)
{
    g_assert_cmpint(left_after(false, 0), ==, HR_CLOSE_SETUP_FAILED);
    g_assert_cmpint(left_after(true, 1), ==, HR_CLOSE_UNUSED);
    g_assert_cmpint(left_after(true, 11), !=, HR_CLOSE_UNUSED);
    g_assert_cmpint(left_after(true, 11), !=, HR_CLOSE_SETUP_FAILED);
}

static void add(const char *path, GTestFunc test)
{
    g_test_add_func(path, test);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/lost/ends/undrained", fin_right_after_an_answer_is_lost);
    add("/lost/ends/reset", reset_takes_what_is_lost);
    add("/lost/ends/numbers", numbers_begin_in_the_gap);
    add("/lost/ends/leave", leave_may_have_been_taken_before);
    add("/lost/ends/exit", answer_that_its_reset_proves);
    add("/lost/ends/pool", sibling_may_be_gone);
    add("/lost/ends/burst", answer_within_a_burst_is_lost);
    add("/lost/ends/elsewhere", contact_elsewhere_is_lost);
    add("/lost/ends/put-together", request_behind_a_gap_is_another_one);
    add("/lost/ends/two-segments", request_in_two_segments_is_one);
    add("/lost/ends/leave-given", answer_behind_a_100_is_lost);
    add("/lost/ends/quic-unread", answer_may_be_unread);
    add("/lost/ends/quic-handshake", handshake_is_lost);
    return g_test_run();
}

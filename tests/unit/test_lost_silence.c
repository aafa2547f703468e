/* test_lost_silence.c
 * What is missing in a capture at some time, on whatever connection, may have been another one's
 * too; where the capture begins or ends, all is missing. Each trace is beside one of which nothing
 * is missing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/losses.h"

#include "trace.h"

/* A connection elsewhere, of which a call is lost or not. */
static void beside(trace *t, bool is_lost, int64_t at)
{
    trace_connection *c = trace_open_to(t, "10.0.0.99", 80, at);
    if (is_lost) {
        trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
        trace_lose(c, SERVER, TRACE_ANSWER);
    }
    trace_exchange(c, at + AT_MS(100), at + AT_MS(101));
}

/* ---- why it was opened ---- */

static hr_why opened_after_a_rest(bool is_lost, bool is_seen_again)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open_used(t, AT_MS(0));
    beside(t, is_lost, AT_MS(500));
    if (is_seen_again) {
        trace_probe(idle, SERVER, AT_MS(900));
    }
    trace_connection *two = trace_open_used(t, AT_S(1));

    return trace_opening(two)->why;
}

static void close_may_be_lost(void)
{
    g_assert_cmpint(opened_after_a_rest(true, false), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_after_a_rest(true, true), ==, HR_WHY_IDLE_AVAILABLE);
    g_assert_cmpint(opened_after_a_rest(false, false), ==, HR_WHY_IDLE_AVAILABLE);
}

static hr_why opened_beside_a_running_one(bool is_lost)
{
    g_autoptr(trace) t = trace_new();
    trace_request(trace_open(t, AT_MS(0)), AT_MS(1));
    beside(t, is_lost, AT_MS(500));
    trace_connection *two = trace_open_used(t, AT_S(1));

    return trace_opening(two)->why;
}

static void answer_may_be_lost(void)
{
    g_assert_cmpint(opened_beside_a_running_one(true), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_beside_a_running_one(false), ==, HR_WHY_ALL_BUSY);
}

/* What it lost before is no reason to doubt what came after. */
static void loss_before_the_rest(void)
{
    g_autoptr(trace) t = trace_new();
    beside(t, true, AT_MS(0));
    trace_connection *idle = trace_open_used(t, AT_MS(500));
    trace_connection *two = trace_open_used(t, AT_S(1));

    assert_opened(two, "idle-available", idle);
}

/* Its opening is not in the capture, and nothing of it before the other's SYN. */
static void may_be_older_or_newer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *two = trace_open(t, AT_MS(0));
    trace_exchange(trace_connect(t), AT_MS(5), AT_MS(6));
    trace_exchange(two, AT_MS(10), AT_MS(11));

    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE);
}

/* One was closed; what another did, nobody saw: it may have been free. */
static void not_all_were_closed(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *unknown = trace_connect(t);
    trace_ack(unknown, SERVER, AT_MS(0));
    trace_connection *closed = trace_open_used(t, AT_MS(10));
    trace_close(closed, CLIENT, AT_MS(100));
    trace_connection *two = trace_open(t, AT_MS(200));
    trace_exchange(unknown, AT_MS(201), AT_MS(202));
    trace_exchange(two, AT_MS(203), AT_MS(204));

    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE);
}

/* The same where the other one is first seen behind the SYN: it may have been there before. */
static void one_that_was_there_may_have_been_free(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *closed = trace_open_used(t, AT_MS(10));
    trace_close(closed, CLIENT, AT_MS(100));
    trace_connection *two = trace_open(t, AT_MS(200));
    trace_exchange(trace_connect(t), AT_MS(201), AT_MS(202));
    trace_exchange(two, AT_MS(203), AT_MS(204));

    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE);
}

/* One that never said a name may have been for anything, and takes no close away. */
static void rest_of_an_older_one_explains_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect(t);
    trace_ack(old, CLIENT, AT_MS(0));
    trace_ack(old, SERVER, AT_MS(1));
    trace_connection *closed = trace_open_used(t, AT_MS(10));
    trace_close(closed, CLIENT, AT_MS(100));

    g_assert_cmpint(trace_opening(trace_open_used(t, AT_MS(200)))->why, ==, HR_WHY_PREVIOUS_CLOSED);
}

/* One that appeared between the SYN and the first request may be older or newer. */
static void one_that_appears_meanwhile_explains_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *unknown = trace_connect(t);
    trace_connection *two = trace_open(t, AT_MS(10));
    trace_ack(unknown, CLIENT, AT_MS(20));
    trace_exchange(two, AT_MS(30), AT_MS(31));

    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE);
}

/* ---- what is no loss ---- */

typedef enum {
    CAME_LATE, /* sent again, as the network lost it */
    NEVER_CAME,
    OLDER_THAN_CAPTURE /* another connection's packet, long after */
} beside_kind;

static hr_why opened_while_idle(beside_kind kind)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_open_to(t, "10.0.0.99", 80, AT_MS(0));
    trace_exchange(other, AT_MS(1), AT_MS(2));
    trace_open_used(t, AT_MS(100));
    const uint32_t seq = other->next[SERVER];
    if (kind != OLDER_THAN_CAPTURE) {
        trace_segment(other, SERVER, HR_TCP_ACK, seq + 100, other->next[CLIENT], 100, AT_MS(300));
    }
    if (kind == CAME_LATE) {
        trace_segment(other, SERVER, HR_TCP_ACK, seq, other->next[CLIENT], 100, AT_MS(350));
    }
    trace_connection *two = trace_open_used(t, AT_S(1));
    if (kind == OLDER_THAN_CAPTURE) {
        trace_ack(trace_connect_between(t, "10.0.0.7", 0, "10.0.0.8", 22), CLIENT, AT_S(3600));
    }

    return trace_opening(two)->why;
}

static void what_comes_late_or_was_there_before_is_not_lost(void)
{
    g_assert_cmpint(opened_while_idle(CAME_LATE), ==, HR_WHY_IDLE_AVAILABLE);
    g_assert_cmpint(opened_while_idle(NEVER_CAME), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_while_idle(OLDER_THAN_CAPTURE), ==, HR_WHY_IDLE_AVAILABLE);
}

/* When a FIN was lost that a later ACK proves nobody knows; of a direction that is not captured at
 * all none was. */
static hr_why opened_beside_a_lost_fin(bool is_one_way)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_connect_between(t, "10.0.0.7", 0, "10.0.0.99", 80);
    trace_segment(other, CLIENT, HR_TCP_SYN, 999, 0, 0, AT_MS(0));
    if (!is_one_way) {
        trace_segment(other, SERVER, HR_TCP_SYN | HR_TCP_ACK, 4999, 1000, 0, AT_MS(1));
    }
    trace_segment(other, CLIENT, HR_TCP_ACK, 1000, 5000, 0, AT_MS(2));
    trace_open_used(t, AT_MS(100));
    trace_connection *two = trace_open_used(t, AT_S(1));
    trace_segment(other, CLIENT, HR_TCP_ACK | HR_TCP_FIN, 1000, 5001, 0, AT_S(2));

    return trace_opening(two)->why;
}

static void fin_was_lost_at_any_time(void)
{
    g_assert_cmpint(opened_beside_a_lost_fin(false), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_beside_a_lost_fin(true), ==, HR_WHY_IDLE_AVAILABLE);
}

/* An event stream on the new connection: the idle one rested on for all to see. */
static void answer_without_end_takes_no_reuse_away(void)
{
    g_autoptr(trace) t = trace_new();
    trace_open_used(t, AT_MS(0));
    trace_connection *two = trace_open(t, AT_MS(3));
    trace_request(two, AT_MS(4));
    trace_begin_answer(two, AT_MS(5), .body = 90000, .rest = 80000);
    trace_open_used(t, AT_S(3000));

    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_IDLE_AVAILABLE);
}

/* A loss that is told behind later ones does not take them away. */
static void losses_are_told_in_any_order(void)
{
    hr_losses losses;
    hr_losses_init(&losses);
    hr_losses_tell(&losses, NULL, (hr_range){0, 0}, (hr_frames){89, 90, 0});
    hr_losses_tell(&losses, NULL, (hr_range){0, 0}, (hr_frames){10, 50, 0});
    hr_losses_tell(&losses, NULL, (hr_range){0, 0}, (hr_frames){20, 30, 0});
    g_autoptr(GArray) more = g_array_new(FALSE, FALSE, sizeof(hr_frames));
    const hr_frames one = {94, 95, 0};
    g_array_append_val(more, one);
    hr_losses_settle(&losses, more);

    g_assert_false(hr_losses_are_between(&losses, 1, 10));
    g_assert_true(hr_losses_are_between(&losses, 40, 60));
    g_assert_false(hr_losses_are_between(&losses, 50, 89));
    g_assert_true(hr_losses_are_between(&losses, 50, 90));
    g_assert_true(hr_losses_are_between(&losses, 90, 100));
    g_assert_false(hr_losses_are_between(&losses, 95, 100));
    hr_losses_clear(&losses);
}

/* The SYN of one that comes first to the capture, and is not sent again. */
static void answer_to_a_syn_may_be_lost(void)
{
    g_autoptr(trace) silent = trace_new();
    trace_connection *c = trace_connect(silent);
    trace_syn(c, AT_MS(0));
    trace_open_used(silent, AT_S(5));
    assert_cause(c, "setup-failed");

    g_autoptr(trace) lossy = trace_new();
    c = trace_connect(lossy);
    trace_syn(c, AT_MS(0));
    beside(lossy, true, AT_MS(500));
    trace_open_used(lossy, AT_S(5));
    assert_cause(c, "open-at-end");

    g_autoptr(trace) later = trace_new(); /* it would have been sent again before that */
    c = trace_connect(later);
    trace_syn(c, AT_MS(0));
    trace_open_used(later, AT_S(4));
    beside(later, true, AT_S(5));
    assert_cause(c, "setup-failed");
}

/* ---- who ended it ---- */

static void fin_may_be_among_lost_bytes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_fin(c, SERVER, AT_MS(5002));

    assert_cause(c, "unknown");
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_NONE);

    trace_fin(c, CLIENT, AT_MS(5003)); /* its number tells */
    assert_cause(c, "server-close");
}

/* ---- whose answer it is ---- */

static void answer_to_a_lost_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *one = trace_request(c, AT_MS(1));
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer_alone(c, AT_MS(10));

    g_assert_cmpuint(one->response_frame, ==, 0);
    g_assert_cmpint(one->complete, ==, HR_COMPLETE_UNKNOWN);
}

/* ---- the capture ends ---- */

static void end_before_the_first_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open_used(t, AT_MS(0));
    trace_connection *two = trace_open(t, AT_S(1));
    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE); /* it may be for another name */

    trace_exchange(two, AT_MS(1001), AT_MS(1002));
    assert_opened(two, "idle-available", idle);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lost/silence/close", close_may_be_lost);
    g_test_add_func("/lost/silence/answer", answer_may_be_lost);
    g_test_add_func("/lost/silence/before", loss_before_the_rest);
    g_test_add_func("/lost/silence/older-or-newer", may_be_older_or_newer);
    g_test_add_func("/lost/silence/not-all-closed", not_all_were_closed);
    g_test_add_func("/lost/silence/not-all-closed-later", one_that_was_there_may_have_been_free);
    g_test_add_func("/lost/silence/older-at-rest", rest_of_an_older_one_explains_nothing);
    g_test_add_func("/lost/silence/appears", one_that_appears_meanwhile_explains_nothing);
    g_test_add_func("/lost/silence/no-loss", what_comes_late_or_was_there_before_is_not_lost);
    g_test_add_func("/lost/silence/lost-fin", fin_was_lost_at_any_time);
    g_test_add_func("/lost/silence/endless-answer", answer_without_end_takes_no_reuse_away);
    g_test_add_func("/lost/silence/in-any-order", losses_are_told_in_any_order);
    g_test_add_func("/lost/silence/syn", answer_to_a_syn_may_be_lost);
    g_test_add_func("/lost/silence/fin", fin_may_be_among_lost_bytes);
    g_test_add_func("/lost/silence/whose-answer", answer_to_a_lost_request);
    g_test_add_func("/lost/silence/end-of-capture", end_before_the_first_request);
    return g_test_run();
}

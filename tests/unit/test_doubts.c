/* test_doubts.c
 * What a gap in the capture, or times that went back, leave of a reason: it stands where it does not
 * rest on what is missing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

/* ---- what is not in the capture ---- */

/* What closed is closed, whatever was lost elsewhere since. */
static void what_was_closed_before_a_gap(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *closed = trace_open_used(t, AT_MS(0));
    trace_close(closed, SERVER, AT_MS(100));
    trace_connection *beside = trace_open_to(t, "10.0.0.99", 80, AT_MS(500));
    trace_lose(beside, CLIENT, TRACE_REQUEST_HEADER);
    trace_lose(beside, SERVER, TRACE_ANSWER);
    trace_exchange(beside, AT_MS(600), AT_MS(601));

    trace_connection *next = trace_open_used(t, AT_S(1));

    assert_opened(next, "previous-closed", closed);
}

/* Two names are asked for. A request of the first connection is not in the capture, but another one
 * of it is: that tells its name. */
static void what_said_its_name_before_a_gap(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_open(t, AT_S(0));
    trace_request(other, AT_MS(1), .host = "b.example");
    trace_answer(other, AT_MS(2));
    trace_connection *named = trace_open_used(t, AT_S(1));
    trace_answer_alone(named, AT_S(1) + AT_MS(5));
    trace_close(named, CLIENT, AT_S(1) + AT_MS(6));

    trace_connection *next = trace_open_used(t, AT_S(2));

    assert_opened(next, "previous-closed", named);
}

/* A piece of the answer is missing, but its head came before the SYN and its last byte after: it ran. */
static void what_was_answered_around_the_opening(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .body = 3000, .rest = 2000);
    trace_ack(c, CLIENT, AT_MS(3));
    trace_connection *two = trace_open(t, AT_MS(50));
    trace_exchange(two, AT_MS(51), AT_MS(52));
    trace_lose(c, SERVER, 1000);
    trace_data(c, SERVER, 1000, AT_MS(60));
    trace_ack(c, CLIENT, AT_MS(61));
    trace_exchange(c, AT_MS(100), AT_MS(101));

    g_assert_cmpint(c->model->first_request->complete, ==, HR_COMPLETE_UNKNOWN);
    assert_opened(two, "all-busy", c);
}

/* What came last of it was lost, and says no close: one that says so itself found another one busy. */
static void what_was_busy_beside_the_illegible(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = tls_open(t, AT_MS(0), .has_keys = true);
    trace_request(busy, AT_MS(10));
    trace_connection *idle = tls_open(t, AT_MS(12), .has_keys = true);
    trace_exchange(idle, AT_MS(20), AT_MS(21));
    trace_connection *gap = tls_open(t, AT_MS(22), .has_keys = true);
    trace_exchange(gap, AT_MS(30), AT_MS(31));
    trace_lose(gap, SERVER, 100);
    tls_data(gap, SERVER, 50, AT_MS(40));
    trace_ack(gap, CLIENT, AT_MS(41));
    trace_probe(idle, SERVER, AT_MS(450)); /* they are there still */
    trace_probe(busy, SERVER, AT_MS(451));
    trace_connection *c = tls_open(t, AT_MS(500), .has_keys = true);
    trace_request(c, AT_MS(510), .connection = "close");
    trace_answer(c, AT_MS(511));

    assert_opened(c, "all-busy", busy);
}

/* Nothing was asked on either of two that were opened ahead, one while the other waited: that one had
 * not said what it is for, and the pool had a connection. */
static void what_was_opened_ahead_beside_an_idle_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open_used(t, AT_MS(0));
    trace_connection *ahead = trace_open(t, AT_MS(500));
    trace_connection *second = trace_open(t, AT_MS(600));
    trace_close(ahead, CLIENT, AT_S(5));
    trace_close(second, CLIENT, AT_S(6));

    assert_opened(second, "idle-available", idle);
}

/* ---- times that went back ---- */

/* The request that ended its rest stands in no known order to the SYN, as the capture shows. */
static void what_was_asked_next_in_disorder(void)
{
    for (int is_disorder = 0; is_disorder < 2; is_disorder++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = trace_open_used(t, AT_MS(0));
        trace_connection *two = trace_open_used(t, AT_S(10));
        trace_unsorted(t);
        trace_request(idle, AT_S(11) + AT_US(30));
        trace_ack(idle, SERVER, AT_S(11) + (is_disorder ? AT_US(10) : AT_US(40)));
        trace_answer(idle, AT_S(11) + AT_MS(1));
        trace_ack(idle, CLIENT, AT_S(20) + AT_US(30));
        trace_ack(idle, SERVER, AT_S(20)); /* it is so at another time, in any case */

        g_assert_cmpstr(hr_why_token(trace_opening(two)->why), ==,
                        is_disorder ? NULL : "idle-available");
    }
}

/* It ran at the SYN, and its own packets went back before: what it did then nobody knows. */
static void what_ran_and_had_been_in_disorder(void)
{
    for (int is_disorder = 0; is_disorder < 2; is_disorder++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *busy = trace_open_used(t, AT_MS(0));
        trace_unsorted(t);
        trace_ack(busy, SERVER, AT_MS(5));
        trace_ack(busy, CLIENT, is_disorder ? AT_MS(4) : AT_MS(6));
        trace_request(busy, AT_S(9));
        trace_connection *two = trace_open_used(t, AT_S(10));
        trace_answer(busy, AT_S(11));

        g_assert_cmpstr(hr_why_token(trace_opening(two)->why), ==, is_disorder ? NULL : "all-busy");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/doubts/lost/closed", what_was_closed_before_a_gap);
    g_test_add_func("/doubts/lost/named", what_said_its_name_before_a_gap);
    g_test_add_func("/doubts/lost/answered", what_was_answered_around_the_opening);
    g_test_add_func("/doubts/lost/busy", what_was_busy_beside_the_illegible);
    g_test_add_func("/doubts/ahead", what_was_opened_ahead_beside_an_idle_one);
    g_test_add_func("/doubts/disorder/next", what_was_asked_next_in_disorder);
    g_test_add_func("/doubts/disorder/busy", what_ran_and_had_been_in_disorder);
    return g_test_run();
}

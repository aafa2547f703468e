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

/* Packets are missing elsewhere, between the SYN and the first request: meanwhile what rested may have
 * been taken. What was busy at the SYN explains it, whatever became of it. */
static void what_was_lost_before_the_first_request(void)
{
    for (int is_busy = 0; is_busy < 2; is_busy++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *beside = trace_open_to(t, "10.0.0.99", 80, AT_MS(0));
        trace_connection *one = trace_open_used(t, AT_MS(10));
        if (is_busy) {
            trace_request(one, AT_MS(100));
            trace_ack(one, SERVER, AT_MS(101));
        }
        trace_connection *two = trace_open(t, AT_S(1));
        trace_exchange(beside, AT_S(1) + AT_MS(1), AT_S(1) + AT_MS(2));
        trace_lose(beside, CLIENT, TRACE_REQUEST_HEADER);
        trace_lose(beside, SERVER, TRACE_ANSWER);
        trace_exchange(beside, AT_S(2), AT_S(2) + AT_MS(1));
        trace_exchange(two, AT_S(3), AT_S(3) + AT_MS(1));

        g_assert_cmpstr(hr_why_token(trace_opening(two)->why), ==, is_busy ? "all-busy" : NULL);
    }
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

/* Its first request went with the ClientHello, under a key that the log does not have: another program
 * may have asked it, or it said that it keeps none. The client's bytes are all there. */
static void what_was_asked_in_early_data(void)
{
    for (int is_readable = 0; is_readable < 2; is_readable++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = tls_open(t, AT_MS(0), .has_keys = true);
        trace_exchange(idle, AT_MS(10), AT_MS(11));
        trace_connection *c = tls_open(t, AT_S(1), .has_keys = true);
        if (is_readable) {
            trace_request(c, AT_S(2));
        } else {
            tls_data(c, CLIENT, TRACE_REQUEST_HEADER, AT_S(2));
        }
        trace_answer(c, AT_S(2) + AT_MS(1));
        trace_exchange(c, AT_S(3), AT_S(3) + AT_MS(1));

        g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==,
                        is_readable ? "idle-available" : NULL);
    }
}

/* Of the latest only the server's packets are there, and no head of an answer: which of two names it
 * was asked for is not known, and so not which pool it is of. */
static void whose_name_went_the_other_way(void)
{
    for (int has_two = 0; has_two < 2; has_two++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 2; i++) {
            trace_connection *closed = trace_open(t, AT_S(i));
            trace_request(closed, AT_S(i) + AT_MS(1),
                          .host = has_two && i == 0 ? "b.example" : "a.example");
            trace_answer(closed, AT_S(i) + AT_MS(2));
            trace_close(closed, SERVER, AT_S(i) + AT_MS(3));
        }
        trace_connection *c = trace_connect(t);
        trace_syn_ack(c, AT_S(3));
        trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
        trace_ack(c, SERVER, AT_S(3) + AT_MS(1));
        trace_begin_answer(c, AT_S(4), .rest = 100);
        trace_fin(c, SERVER, AT_S(5));

        g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==,
                        has_two ? NULL : "previous-closed");
    }
}

/* Two names are asked for, and a program of HTTP/1.0 says none. Nothing is missing that would tell. */
static void who_never_says_a_name(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *named = trace_open(t, AT_S(i));
        trace_request(named, AT_S(i) + AT_MS(1), .host = i == 0 ? "a.example" : "b.example");
        trace_answer(named, AT_S(i) + AT_MS(2));
        trace_close(named, SERVER, AT_S(i) + AT_MS(3));
    }
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_open(t, AT_S(10 + i));
        trace_request(c[i], AT_S(10 + i) + AT_MS(1), .host = "", .is_http10 = true);
        trace_answer(c[i], AT_S(10 + i) + AT_MS(2), .is_http10 = true);
        trace_close(c[i], SERVER, AT_S(10 + i) + AT_MS(3));
    }

    assert_opened(c[1], "previous-closed", c[0]);
}

/* Two programs say who they are, and a third never does: what it closes is its own, as far as is
 * seen, and nothing is missing. */
static void who_never_says_what_it_is(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_open(t, AT_S(i));
        trace_request(c[i], AT_S(i) + AT_MS(1),
                      .user_agent = i == 0   ? "curl/8.5.0"
                                    : i == 1 ? "python-requests/2.31.0"
                                             : NULL);
        trace_answer(c[i], AT_S(i) + AT_MS(2));
        trace_close(c[i], SERVER, AT_S(i) + AT_MS(3));
    }

    assert_opened(c[3], "previous-closed", c[2]);
}

/* Of TLS one direction is there: what was agreed on, and so which pool it is of, nobody saw. */
static void what_tls_agreed_on_went_the_other_way(void)
{
    for (int is_one_way = 0; is_one_way < 2; is_one_way++) {
        const tls_kind how = {.port = 443, .offers = "h2,http/1.1", .agrees = "http/1.1"};
        g_autoptr(trace) t = trace_new();
        trace_connection *closed = tls_open_with(t, AT_MS(0), &how);
        tls_hidden_exchange(closed, AT_MS(10), AT_MS(11));
        trace_close(closed, SERVER, AT_S(1));
        trace_connection *c = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 443);
        trace_syn(c, AT_S(2));
        if (!is_one_way) {
            trace_syn_ack(c, AT_S(2) + AT_MS(1));
        }
        trace_ack(c, CLIENT, AT_S(2) + AT_MS(2));
        tls_client_hello(c, AT_S(2) + AT_MS(3), &how);
        if (!is_one_way) {
            tls_server_hello(c, AT_S(2) + AT_MS(4), &how);
        } else {
            trace_lose(c, SERVER, 700);
        }
        tls_client_finished(c, AT_S(2) + AT_MS(5), &how);
        trace_fin(c, CLIENT, AT_S(3));

        g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==,
                        is_one_way ? NULL : "previous-closed");
    }
}

/* A tunnel of which the capture ends before anything went through it: what it was for would be told by
 * that, as of any connection. */
static void what_a_tunnel_was_for(void)
{
    for (int is_used = 0; is_used < 2; is_used++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2];
        for (int i = 0; i < 2; i++) {
            c[i] = trace_open(t, AT_S(i));
            trace_request(c[i], AT_S(i) + AT_MS(1), .method = "CONNECT", .target = "b.example:80",
                          .host = "b.example:80");
            trace_answer(c[i], AT_S(i) + AT_MS(2), .is_header_only = true);
            if (i == 0 || is_used) {
                trace_exchange(c[i], AT_S(i) + AT_MS(3), AT_S(i) + AT_MS(4));
            }
        }
        trace_analysis(t);
        const hr_connection *second = c[1]->model->seldom->tunnel;

        g_assert_cmpstr(hr_why_token(hr_connection_opening(second)->why), ==,
                        is_used ? "idle-available" : NULL);
    }
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

/* It closed around the moment in which the other one was asked, and those packets went back in time. */
static void what_closed_in_disorder(void)
{
    for (int is_disorder = 0; is_disorder < 2; is_disorder++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = trace_open_used(t, AT_MS(0));
        trace_connection *two = trace_open(t, AT_S(10));
        trace_unsorted(t);
        trace_request(two, AT_S(11) + AT_US(20));
        trace_fin(idle, SERVER, AT_S(11) + AT_US(40));
        trace_ack(two, SERVER, AT_S(11) + (is_disorder ? AT_US(10) : AT_US(50)));
        trace_answer(two, AT_S(12));

        g_assert_cmpstr(hr_why_token(trace_opening(two)->why), ==,
                        is_disorder ? NULL : "idle-available");
    }
}

/* It was open before the capture, and of what it carried an answer alone is there: since then it
 * rested, if its packets are in order. */
static void what_rested_after_an_answer_alone(void)
{
    for (int is_disorder = 0; is_disorder < 2; is_disorder++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = trace_connect(t);
        trace_unsorted(t);
        trace_answer_alone(idle, AT_MS(10));
        trace_ack(idle, CLIENT, is_disorder ? AT_MS(9) : AT_MS(11));
        trace_connection *two = trace_open_used(t, AT_S(10));
        trace_ack(idle, SERVER, AT_S(20));

        g_assert_cmpstr(hr_why_token(trace_opening(two)->why), ==,
                        is_disorder ? NULL : "idle-available");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/doubts/lost/closed", what_was_closed_before_a_gap);
    g_test_add_func("/doubts/lost/before-request", what_was_lost_before_the_first_request);
    g_test_add_func("/doubts/lost/named", what_said_its_name_before_a_gap);
    g_test_add_func("/doubts/lost/answered", what_was_answered_around_the_opening);
    g_test_add_func("/doubts/lost/busy", what_was_busy_beside_the_illegible);
    g_test_add_func("/doubts/ahead", what_was_opened_ahead_beside_an_idle_one);
    g_test_add_func("/doubts/early-data", what_was_asked_in_early_data);
    g_test_add_func("/doubts/one-way/name", whose_name_went_the_other_way);
    g_test_add_func("/doubts/no-name", who_never_says_a_name);
    g_test_add_func("/doubts/no-program", who_never_says_what_it_is);
    g_test_add_func("/doubts/one-way/tls", what_tls_agreed_on_went_the_other_way);
    g_test_add_func("/doubts/tunnel", what_a_tunnel_was_for);
    g_test_add_func("/doubts/disorder/next", what_was_asked_next_in_disorder);
    g_test_add_func("/doubts/disorder/closed", what_closed_in_disorder);
    g_test_add_func("/doubts/disorder/answer-alone", what_rested_after_an_answer_alone);
    g_test_add_func("/doubts/disorder/busy", what_ran_and_had_been_in_disorder);
    return g_test_run();
}

/* test_doubts_missing.c
 * What is not in the capture would tell why another connection was opened; and where it would not, the
 * reason stands.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_quic.h"

static void assert_why(const trace_connection *c, const char *why)
{
    g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==, why);
}

/* ---- of the one that was there ---- */

/* Its client's FIN is not in the capture, and it spoke after the other one was opened: it was not
 * closed yet. */
static void who_spoke_before_its_lost_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open_used(t, AT_MS(0));
    trace_connection *c = trace_open_used(t, AT_S(1));
    trace_ack(idle, CLIENT, AT_S(2));
    trace_lose_fin(idle, CLIENT);
    trace_fin(idle, SERVER, AT_S(3));

    assert_opened(c, "idle-available", idle);
}

/* The FIN is not in the capture, and the server's ACK of it is, before the other one was opened. */
static void whose_lost_fin_was_taken_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *closed = trace_open_used(t, AT_MS(0));
    trace_lose_fin(closed, CLIENT);
    trace_ack(closed, SERVER, AT_MS(500));
    trace_connection *c = trace_open_used(t, AT_S(1));

    assert_opened(c, "previous-closed", closed);
}

/* Two programs ask. Of a closed one its request is not in the capture, and it had no answer: whose it
 * was nobody knows. Where its program is known by another request, a lost one changes nothing. */
static void whose_program_is_lost(void)
{
    for (int is_known = 0; is_known < 2; is_known++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *other = trace_open(t, AT_S(0));
        trace_request(other, AT_MS(1), .user_agent = "two/1");
        trace_answer(other, AT_MS(2));
        trace_close(other, CLIENT, AT_MS(3));
        trace_connection *closed = trace_open(t, AT_S(1));
        if (is_known) {
            trace_request(closed, AT_S(1) + AT_MS(1), .user_agent = "one/1");
            trace_answer(closed, AT_S(1) + AT_MS(2));
        }
        trace_lose(closed, CLIENT, TRACE_REQUEST_HEADER);
        trace_close(closed, SERVER, AT_S(1) + AT_MS(3));
        trace_connection *c = trace_open(t, AT_S(2));
        trace_request(c, AT_S(2) + AT_MS(1), .user_agent = "one/1");
        trace_answer(c, AT_S(2) + AT_MS(2));

        assert_why(c, is_known ? "previous-closed" : NULL);
    }
}

/* The rest of an answer is not in the capture: it may have been over before the other was opened,
 * unless some of it came after that. */
static void what_was_answered_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .body = 3000, .rest = 2000);
    trace_ack(c, CLIENT, AT_MS(3));
    trace_connection *two = trace_open(t, AT_MS(50));
    trace_exchange(two, AT_MS(51), AT_MS(52));
    trace_lose(c, SERVER, 2000);
    trace_exchange(c, AT_MS(100), AT_MS(101));

    assert_why(two, NULL);
}

/* A snap length cut its head off; but its client asked again on it, so it was over. */
static void what_was_cut_and_asked_again(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_request(idle, AT_MS(1));
    trace_answer(idle, AT_MS(2), .is_cut = true);
    trace_connection *c = trace_open(t, AT_MS(46));
    trace_exchange(c, AT_MS(47), AT_MS(60));
    trace_exchange(idle, AT_S(1), AT_S(1) + AT_MS(1));
    trace_rst(idle, CLIENT, AT_S(2));

    assert_opened(c, "idle-available", idle);
}

/* It was being set up at the SYN of the other one. That the answer which came later is not in the
 * capture says nothing of that. */
static void what_was_being_set_up(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_connection *two = trace_open(t, AT_MS(5));
    trace_request(one, AT_MS(10));
    trace_request(two, AT_MS(11));
    trace_answer(two, AT_MS(30));
    trace_lose(one, SERVER, TRACE_ANSWER);
    trace_exchange(one, AT_MS(100), AT_MS(101));

    assert_opened(two, "all-busy", one);
}

/* Something was sent in a gap that began before the other one was opened, and ended behind its first
 * request. It was there still after that: the server's probe came. */
static void what_was_there_behind_a_gap(void)
{
    for (int is_there = 0; is_there < 2; is_there++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *beside = trace_open_to(t, "10.0.0.99", 80, AT_MS(0));
        trace_connection *idle = trace_open_used(t, AT_MS(10));
        trace_exchange(beside, AT_MS(500), AT_MS(501));
        trace_connection *c = trace_open_used(t, AT_S(1));
        if (is_there) {
            trace_probe(idle, SERVER, AT_S(2));
        }
        trace_lose(beside, CLIENT, TRACE_REQUEST_HEADER);
        trace_lose(beside, SERVER, TRACE_ANSWER);
        trace_exchange(beside, AT_S(3), AT_S(3) + AT_MS(1));

        assert_why(c, is_there ? "idle-available" : NULL);
    }
}

/* Of the server's packets one SYN/ACK is there: the first was not refused. */
static void who_was_accepted(void)
{
    g_autoptr(trace) t = trace_new();
    trace_exchange(trace_open_to(t, "10.0.0.80", 80, AT_MS(0)), AT_MS(1), AT_MS(2));
    trace_connection *one = trace_connect_between(t, "10.0.0.2", 0, "10.0.0.80", 80);
    trace_syn(one, AT_S(1));
    trace_syn_ack(one, AT_S(1) + AT_MS(1));
    trace_connection *two = trace_connect_between(t, "10.0.0.2", 0, "10.0.0.80", 80);
    trace_syn(two, AT_S(1) + AT_MS(2));
    trace_rst(two, CLIENT, AT_S(2));

    assert_opened(two, "all-busy", one);
}

/* Only its client's packets are in the capture. That this one said later that it closes tells nothing
 * of what it did before. */
static void who_said_close_later_one_way(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_connect(t);
    trace_syn(one, AT_MS(0));
    trace_ack(one, CLIENT, AT_MS(1));
    trace_request(one, AT_MS(2));
    trace_connection *two = trace_connect(t);
    trace_syn(two, AT_MS(50));
    trace_ack(two, CLIENT, AT_MS(51));
    trace_request(two, AT_MS(52));
    trace_lose(one, SERVER, TRACE_ANSWER);
    trace_ack(one, CLIENT, AT_MS(60));
    trace_request(one, AT_MS(100), .connection = "close");

    assert_why(two, NULL);
}

/* It moved to HTTP/2 by an Upgrade, whose request has a place in the bytes; those after it have
 * streams. Nothing is missing. */
static void what_moved_to_http2(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_request(idle, AT_MS(1), .upgrade = "h2c");
    trace_answer(idle, AT_MS(2), .code = 101, .upgrade = "h2c");
    h2_prefaces(idle, 100, AT_MS(3));
    h2_answer(idle, 1, AT_MS(4));
    trace_connection *c = trace_open_used(t, AT_S(1));
    h2_exchange(idle, 3, AT_S(2), AT_S(2) + AT_MS(1));

    assert_opened(c, "idle-available", idle);
}

/* ---- of the one that was opened ---- */

/* What its first request said was read. Of its later ones some are not in the capture: they say
 * nothing of why it was opened. */
static void what_was_lost_behind_its_first_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = h2_open_used(t, AT_MS(0));
    trace_connection *c = h2_open_used(t, AT_S(1));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_ack(c, SERVER, AT_S(2));

    assert_opened(c, "idle-available", idle);
}

/* The server's hello is not in the capture: with all keys nobody reads what was asked, which may have
 * been that it closes. */
static void what_nobody_could_read(void)
{
    static const tls_kind how = {.port = 443, .has_keys = true};
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(idle, AT_MS(10), AT_MS(11));
    trace_connection *c = tls_connect(t, AT_S(1), &how);
    tls_client_hello(c, AT_S(1) + AT_MS(1), &how);
    trace_lose(c, SERVER, 1000);
    tls_data(c, CLIENT, 80, AT_S(1) + AT_MS(3));
    tls_hidden_exchange(c, AT_S(1) + AT_MS(4), AT_S(1) + AT_MS(5));
    trace_ack(c, CLIENT, AT_S(2));

    assert_why(c, NULL);
}

/* A snap length cut the head of its only request off, which may have said that it closes; but it did
 * not, for long. */
static void what_was_cut_and_kept(void)
{
    for (int is_kept = 0; is_kept < 2; is_kept++) {
        g_autoptr(trace) t = trace_new();
        trace_open_used(t, AT_MS(0));
        trace_connection *c = trace_open(t, AT_S(1));
        trace_request(c, AT_S(1) + AT_MS(1), .is_cut = true);
        trace_answer(c, AT_S(1) + AT_MS(2));
        trace_close(c, SERVER, is_kept ? AT_S(9) : AT_S(1) + AT_MS(3));

        assert_why(c, is_kept ? "idle-available" : NULL);
    }
}

/* ---- QUIC ---- */

/* One dials while another is being set up, and nothing is heard of that any more: without keys nobody
 * knows whether its last packet ended it. */
static void who_may_have_given_up_unread(void)
{
    for (int is_there = 0; is_there < 2; is_there++) {
        g_autoptr(trace) t = trace_new();
        const quic_kind how = {.has_keys = false, .client_idle_ms = 30000};
        hr_connection *one = quic_begin(t, 0, AT_MS(0));
        quic_at(t, AT_US(5137));
        quic_answer_hello(t, one, &how);
        quic_datagram(t, one, SERVER);
        quic_end(t);
        const hr_connection *two = quic_open(t, 1, AT_MS(10), &how);
        if (is_there) {
            quic_at(t, AT_S(1));
            quic_datagram(t, one, CLIENT);
            quic_end(t);
        }

        quic_assert_why(t, two, is_there ? "all-busy" : NULL);
    }
}

/* ---- times that went back ---- */

/* Long before it was closed two packets of it came in disorder. */
static void who_closed_long_after_a_disorder(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *closed = trace_open_used(t, AT_MS(0));
    trace_unsorted(t);
    trace_ack(closed, SERVER, AT_MS(5));
    trace_ack(closed, CLIENT, AT_MS(4));
    trace_close(closed, SERVER, AT_S(1));
    trace_connection *c = trace_open_used(t, AT_S(10));

    assert_opened(c, "previous-closed", closed);
}

/* The answer after which it rested stands in no known order, as the ACK of it shows. */
static void what_was_answered_in_disorder(void)
{
    for (int is_disorder = 0; is_disorder < 2; is_disorder++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = trace_open(t, AT_MS(0));
        trace_request(idle, AT_MS(1));
        trace_unsorted(t);
        trace_answer(idle, AT_MS(20));
        trace_ack(idle, CLIENT, is_disorder ? AT_MS(19) : AT_MS(21));
        trace_connection *c = trace_open_used(t, AT_S(10));
        trace_ack(idle, SERVER, AT_S(20));

        assert_why(c, is_disorder ? NULL : "idle-available");
    }
}

/* Two SYNs in one span of disorder: which of them came first nobody knows. */
static void who_dialled_in_disorder(void)
{
    for (int is_disorder = 0; is_disorder < 2; is_disorder++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = trace_connect(t);
        trace_connection *two = trace_connect(t);
        trace_unsorted(t);
        trace_syn(one, AT_MS(10));
        trace_syn(two, is_disorder ? AT_MS(9) : AT_MS(11));
        trace_syn_ack(one, AT_MS(20));
        trace_ack(one, CLIENT, AT_MS(21));
        trace_syn_ack(two, AT_MS(22));
        trace_ack(two, CLIENT, AT_MS(23));
        trace_request(one, AT_MS(30));
        trace_request(two, AT_MS(31));
        trace_answer(one, AT_MS(40));
        trace_answer(two, AT_MS(41));

        assert_why(two, is_disorder ? NULL : "all-busy");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/missing/fin/spoke", who_spoke_before_its_lost_fin);
    g_test_add_func("/missing/fin/taken", whose_lost_fin_was_taken_before);
    g_test_add_func("/missing/program", whose_program_is_lost);
    g_test_add_func("/missing/answer/before", what_was_answered_before);
    g_test_add_func("/missing/answer/cut", what_was_cut_and_asked_again);
    g_test_add_func("/missing/setup", what_was_being_set_up);
    g_test_add_func("/missing/gap", what_was_there_behind_a_gap);
    g_test_add_func("/missing/accepted", who_was_accepted);
    g_test_add_func("/missing/one-way", who_said_close_later_one_way);
    g_test_add_func("/missing/h2c", what_moved_to_http2);
    g_test_add_func("/missing/own/behind", what_was_lost_behind_its_first_request);
    g_test_add_func("/missing/own/unread", what_nobody_could_read);
    g_test_add_func("/missing/own/cut", what_was_cut_and_kept);
    g_test_add_func("/missing/quic/unread", who_may_have_given_up_unread);
    g_test_add_func("/missing/disorder/closed", who_closed_long_after_a_disorder);
    g_test_add_func("/missing/disorder/answer", what_was_answered_in_disorder);
    g_test_add_func("/missing/disorder/dials", who_dialled_in_disorder);
    return g_test_run();
}

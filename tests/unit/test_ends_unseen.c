/* test_ends_unseen.c
 * What a connection's own packets say of its end where some of them are not in the capture, came in
 * another order, or cannot be read: who was first, how long it had rested, which answer was cut short.
 * DESIGN section 5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_elsewhere.h"
#include "trace_h2.h"
#include "trace_legs.h"
#include "trace_quic.h"

enum {
    GOAWAY_RECORD = 17 + 1 + 16, /* of HTTP/2 in TLS 1.3 */
    LONGEST_ALERT = 160          /* with a GOAWAY before it */
};

/* ---- who was first ---- */

static hr_side first_closer(trace *t, const trace_connection *c)
{
    trace_analysis(t);
    return c->model->ending.first_closer;
}

/* Two segments of @from, the second before the first: what they hold cannot be read. */
static void send_in_disorder(trace_connection *c, trace_side from, uint32_t last, int64_t at)
{
    const uint32_t seq = c->next[from];

    trace_segment(c, from, HR_TCP_ACK, seq + 100, c->received[from], 100, at);
    trace_segment(c, from, HR_TCP_ACK, seq, c->received[from], 100, at + AT_US(10));
    trace_lose(c, from, 200); /* their numbers: nothing is lost */
    tls_data(c, from, last, at + AT_US(20));
}

/* A side whose records cannot be read may have said farewell with what it sent last, if that is as
 * short as that; the one that closes hears of no longer one. */
static void last_words_that_nobody_can_read(void)
{
    for (int is_by_client = 0; is_by_client < 2; is_by_client++) {
        for (uint32_t more = 0; more < 2; more++) {
            g_autoptr(trace) t = trace_new();
            const trace_side first = is_by_client ? CLIENT : SERVER;
            trace_connection *c = tls_open(t, AT_MS(0), .offers = "http/1.1");
            tls_hidden_exchange(c, AT_MS(10), AT_MS(11));
            tls_data(c, first, 100, AT_MS(15));
            send_in_disorder(c, trace_other_side(first), LONGEST_ALERT + more, AT_MS(20));
            trace_close(c, first, AT_MS(700));

            const hr_side known = is_by_client ? HR_SIDE_CLIENT : HR_SIDE_SERVER;
            g_assert_cmpint(first_closer(t, c), ==, more == 0 ? HR_SIDE_NONE : known);
        }
    }
}

/* The server's alert is acknowledged and not in the capture: what was seen of it last is an answer. */
static void last_words_that_nobody_saw(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = tls_open(t, AT_MS(0), .offers = "http/1.1");
        tls_hidden_exchange(c, AT_MS(10), AT_MS(11));
        tls_data(c, CLIENT, 400, AT_MS(20));
        tls_data(c, SERVER, 500, AT_MS(21));
        if (is_lost) {
            trace_lose(c, SERVER, 24);
        }
        trace_ack(c, CLIENT, AT_MS(700));
        trace_close(c, CLIENT, AT_MS(701));

        g_assert_cmpint(first_closer(t, c), ==, is_lost ? HR_SIDE_NONE : HR_SIDE_CLIENT);
    }
}

/* In the clear HTTP/2 says farewell as well: a piece of the server that is missing may be its GOAWAY. */
static void goaway_in_the_clear_that_nobody_saw(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_plain(t, AT_MS(0), 0);
        h2_exchange(c, 1, AT_MS(10), AT_MS(11));
        if (is_lost) {
            trace_lose(c, SERVER, 17);
        }
        trace_ack(c, CLIENT, AT_MS(700));
        trace_close(c, CLIENT, AT_MS(701));

        g_assert_cmpint(first_closer(t, c), ==, is_lost ? HR_SIDE_NONE : HR_SIDE_CLIENT);
    }
}

/* A program that was killed says no farewell, nor does its server; a piece of what it sent is missing,
 * and the server's side is all there. */
static void nobody_says_farewell(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .offers = "http/1.1");
    tls_hidden_exchange(c, AT_MS(10), AT_MS(11));
    trace_lose(c, CLIENT, 200);
    tls_data(c, CLIENT, 300, AT_MS(20));
    tls_data(c, SERVER, 400, AT_MS(21));
    trace_close(c, CLIENT, AT_MS(700));

    g_assert_cmpint(first_closer(t, c), ==, HR_SIDE_CLIENT);
}

/* With keys a record of an alert's length is none, also where not all of the client can be read. */
static void short_record_with_keys(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_lose(c, CLIENT, 200);
    trace_ack(c, SERVER, AT_MS(20));
    tls_data(c, SERVER, TLS_ALERT_RECORD, AT_MS(300));
    trace_close(c, CLIENT, AT_MS(700));

    g_assert_cmpint(first_closer(t, c), ==, HR_SIDE_CLIENT);
}

/* The client's FIN is not in the capture, and the server's farewell acknowledges it: it answers that,
 * with keys and without. */
static void farewell_that_acknowledges_the_fin(void)
{
    for (int has_keys = 0; has_keys < 2; has_keys++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = tls_open(t, AT_MS(0), .has_keys = has_keys != 0);
        if (has_keys) {
            trace_exchange(c, AT_MS(10), AT_MS(11));
        } else {
            tls_hidden_exchange(c, AT_MS(10), AT_MS(11));
        }
        trace_lose_fin(c, CLIENT);
        if (has_keys) {
            tls_close_notify(c, SERVER, AT_MS(600));
        } else {
            tls_hidden_alert_13(c, SERVER, AT_MS(600));
        }
        trace_fin(c, SERVER, AT_MS(600));

        g_assert_cmpint(first_closer(t, c), ==, HR_SIDE_CLIENT);
    }
}

/* What may be a GOAWAY is followed at once by a reset of another host: that is not the client that heeds
 * it. */
static void reset_from_elsewhere_heeds_nobody(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .offers = "h2,http/1.1");
    for (int i = 0; i < 8; i++) {
        tls_hidden_exchange(c, AT_MS(10 + 2 * i), AT_MS(11 + 2 * i));
    }
    tls_data(c, SERVER, GOAWAY_RECORD, AT_S(5));
    elsewhere_reset(c, CLIENT, 40, AT_S(5) + AT_MS(1));

    trace_analysis(t);
    g_assert_true(c->model->ending.is_from_elsewhere);
    g_assert_cmpint(first_closer(t, c), ==, HR_SIDE_NONE);
}

/* Open before the capture, in which its client sends nothing but ACKs: nothing of it is missing. */
static void farewell_to_who_says_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    tls_data(c, SERVER, 300, AT_MS(1));
    trace_ack(c, CLIENT, AT_MS(2));
    tls_close_notify(c, SERVER, AT_MS(500));
    trace_close(c, CLIENT, AT_MS(501));

    g_assert_cmpint(first_closer(t, c), ==, HR_SIDE_SERVER);
}

/* ---- how long it had rested ---- */

/* What may have been a GOAWAY, after which the client stays for a while: its rest ends as it closes. */
static void rest_of_a_client_that_stays(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .offers = "h2,http/1.1");
    tls_hidden_exchange(c, AT_MS(10), AT_MS(20));
    tls_data(c, SERVER, GOAWAY_RECORD, AT_MS(1520));
    trace_close(c, CLIENT, AT_S(4));

    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(4) - AT_MS(20));
}

/* ... or for so long that it was none, but the end of an answer: it has rested since then. */
static void rest_after_what_was_no_farewell(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .offers = "h2,http/1.1");
    tls_hidden_exchange(c, AT_MS(10), AT_MS(20));
    tls_data(c, SERVER, GOAWAY_RECORD, AT_S(10));
    trace_close(c, SERVER, AT_S(80));

    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(70));
    g_assert_cmpint(trace_ending(c)->after_rest_ns, ==, AT_S(70));
}

/* No timeout was said: it goes on, and nobody knows how long it will have rested. */
static void quic_without_a_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    quic_wait_until(t, AT_S(300));

    quic_assert_cause(t, c, "open-at-end", NULL);
    g_assert_cmpint(c->ending.after_idle_ns, ==, HR_TIME_NONE);
}

/* ---- what the client had of the answer ---- */

/* It ends only its own sending, and then the answer comes: what it takes of it came through. */
static void answer_that_came_in_part_after_the_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_request(c, AT_S(1), .user_agent = LEGS_REQUESTS);
    trace_ack(c, SERVER, AT_S(1) + AT_MS(1));
    trace_fin(c, CLIENT, AT_S(5));
    trace_begin_answer(c, AT_S(5) + AT_MS(1), .body = 20000, .rest = 18600);
    trace_ack(c, CLIENT, AT_S(5) + AT_MS(2));
    c->is_deaf[CLIENT] = true;
    trace_data(c, SERVER, 1400, AT_S(5) + AT_MS(3));
    for (int i = 1; i < 5; i++) {
        trace_resend(c, SERVER, AT_S(5) + AT_MS(400) * i);
    }
    trace_exchange(trace_open(t, AT_S(8)), AT_S(9), AT_S(10));

    assert_cause(c, "request-cancelled");
    g_assert_false(trace_may_be_else(t, "wait_longer", "no packets of full size"));
}

/* What the server sends again and again is its last answer: of this one it sent nothing. */
static void answer_that_was_not_sent(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_request(c, AT_S(1), .user_agent = LEGS_REQUESTS);
    for (int i = 1; i < 6; i++) {
        trace_resend(c, SERVER, AT_S(1) + AT_MS(400) * i);
    }
    trace_fin(c, CLIENT, AT_S(5));
    trace_ack(c, SERVER, AT_S(5) + AT_MS(1));
    trace_exchange(trace_open(t, AT_S(6)), AT_S(7), AT_S(8));

    assert_cause(c, "request-cancelled");
    g_assert_false(trace_may_be_else(t, "wait_longer", "no packets of full size"));
}

/* What the server sends again and again is a PING, and no answer. */
static void stream_of_which_not_a_byte_was_sent(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_plain(t, AT_MS(0), 0);
    h2_exchange(c, 1, AT_MS(10), AT_MS(11));
    h2_ask(c, 3, AT_S(1), .user_agent = LEGS_REQUESTS);
    c->is_deaf[CLIENT] = true;
    h2_other_frame(c, SERVER, AT_S(1) + AT_MS(1));
    for (int i = 1; i < 6; i++) {
        trace_resend(c, SERVER, AT_S(1) + AT_MS(400) * i);
    }
    trace_fin(c, CLIENT, AT_S(5));
    trace_ack(c, SERVER, AT_S(5) + AT_MS(1));
    h2_exchange(h2_open_plain(t, AT_S(6), 0), 1, AT_S(7), AT_S(8));

    assert_cause(c, "request-cancelled");
    g_assert_false(trace_may_be_else(t, "wait_longer", "no packets of full size"));
}

/* A proxy's client had all of its answer, an error, before the proxy left its server in the middle. */
static void client_of_a_proxy_that_was_answered(void)
{
    for (int is_answered = 0; is_answered < 2; is_answered++) {
        g_autoptr(trace) t = trace_new();
        const legs_pair it = legs_begin(t, LEGS_PROXY);
        legs_ask_front(&it, AT_S(1));
        legs_ask_back(&it, it.back, AT_S(1) + AT_MS(1));
        trace_begin_answer(it.back, AT_S(1) + AT_MS(2), .body = 9000, .rest = 8000);
        trace_ack(it.back, CLIENT, AT_S(1) + AT_MS(3));
        if (is_answered) {
            trace_answer(it.front, AT_S(2), .code = 502);
        }
        trace_close(it.front, CLIENT, AT_S(2) + AT_MS(1));
        trace_close(it.back, CLIENT, AT_S(2) + AT_MS(2));

        g_assert_cmpint(trace_ending(it.back)->cause == HR_CLOSE_BODY_UNDRAINED, ==, is_answered);
    }
}

/* Its request is not in the capture, nor is what else was asked then. */
static void answer_whose_request_nobody_saw(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_answer_alone(c, AT_MS(10));
    trace_close(c, CLIENT, AT_MS(11));

    g_assert_false(trace_ending(c)->is_after_answer);
}

/* A call in HTTP/2 whose answer was sent, and of which its client, as it closes, has not one byte. */
static void stream_of_which_not_a_byte_came(void)
{
    for (int has_come = 0; has_come < 2; has_come++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_plain(t, AT_MS(0), 0);
        h2_exchange(c, 1, AT_MS(10), AT_MS(11));
        h2_ask(c, 3, AT_S(1));
        c->is_deaf[CLIENT] = has_come == 0;
        h2_answer(c, 3, AT_S(1) + AT_MS(1), .is_cut = true);
        trace_fin(c, CLIENT, AT_S(5));
        trace_ack(c, SERVER, AT_S(5) + AT_MS(1));
        h2_exchange(h2_open_plain(t, AT_S(6), 0), 1, AT_S(7), AT_S(8));

        g_assert_cmpint(trace_ending(c)->cause == HR_CLOSE_REQUEST_CANCELLED, ==, has_come == 0);
    }
}

/* ---- which answer was cut short ---- */

/* Of 9,000 bytes 3,000 were sent when the server reset it, a piece of them is not in the capture. */
static void length_that_is_not_reached_with_a_gap(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *one = trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .body = 9000, .rest = 8000);
    trace_lose(c, SERVER, 1000);
    trace_data(c, SERVER, 1000, AT_MS(3));
    trace_rst(c, SERVER, AT_MS(4));

    trace_analysis(t);
    g_assert_cmpint(one->complete, ==, HR_COMPLETE_NO);
}

/* ... and one whose last byte was sent: whatever its client had of it, it was not cut short. */
static void length_that_is_reached_with_a_gap(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *one = trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .body = 2000, .rest = 1000);
    c->is_deaf[CLIENT] = true;
    trace_lose(c, SERVER, 500);
    trace_data(c, SERVER, 500, AT_MS(3));
    trace_rst(c, SERVER, AT_MS(4));

    trace_analysis(t);
    g_assert_cmpint(one->complete, ==, HR_COMPLETE_UNKNOWN);
}

/* A snap length cuts off what came of an answer: nobody knows whether that was all of it. What was cut
 * off of the answer before says nothing of this one, which goes on in chunks as the server leaves. */
static void answer_behind_a_snap_length(void)
{
    for (int is_before = 0; is_before < 2; is_before++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        if (is_before) {
            trace_request(c, AT_MS(1));
            trace_cut_data(c, SERVER, 500, AT_MS(2));
            trace_ack(c, CLIENT, AT_MS(3));
        }
        const hr_request *last = trace_request(c, AT_MS(10));
        if (is_before) {
            trace_begin_answer(c, AT_MS(11), .is_chunked = true, .body = 2000, .rest = 1500);
        } else {
            trace_cut_data(c, SERVER, 500, AT_MS(11));
        }
        trace_fin(c, SERVER, AT_MS(13));

        trace_analysis(t);
        g_assert_cmpint(last->complete, ==, is_before ? HR_COMPLETE_NO : HR_COMPLETE_UNKNOWN);
    }
}

/* In TLS, and in HTTP/2, it is enough that all lies in order: the FIN may be one that an ACK proves. */
static void records_that_lie_in_order(void)
{
    for (int is_h2 = 0; is_h2 < 2; is_h2++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c =
            is_h2 ? h2_open_plain(t, AT_MS(0), 0) : tls_open(t, AT_MS(0), .has_keys = true);
        const hr_request *one = is_h2 ? h2_ask(c, 1, AT_MS(10)) : trace_request(c, AT_MS(10));
        if (is_h2) {
            h2_answer(c, 1, AT_MS(11), .is_cut = true);
        } else {
            trace_begin_answer(c, AT_MS(11), .body = 9000, .rest = 8000);
        }
        trace_ack(c, CLIENT, AT_MS(12));
        trace_lose_fin(c, SERVER);
        trace_ack(c, CLIENT, AT_MS(500));
        trace_fin(c, CLIENT, AT_MS(501));

        trace_analysis(t);
        g_assert_cmpint(one->complete, ==, HR_COMPLETE_NO);
    }
}

/* The packets of HTTP/3 come in any order: the stream that was asked first is not the first that is
 * seen, and its answer is cut short with the others. */
static void first_stream_behind_a_later_one(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_ask(t, c, 4, AT_MS(30));
    quic_ask(t, c, 0, AT_MS(31));
    quic_stream(t, c, SERVER, 0, false, AT_MS(40));
    quic_stream(t, c, SERVER, 4, false, AT_MS(41));
    quic_close(t, c, SERVER, H3_NO_ERROR, AT_MS(50));

    trace_analysis(t);
    g_assert_cmpint(c->first_request->complete, ==, HR_COMPLETE_NO);
    g_assert_cmpint(c->last_request->complete, ==, HR_COMPLETE_NO);
}

/* ---- who waits ---- */

/* Both took leave at once, and a reset stands behind that in the file, which came before by its time. */
static void reset_that_came_before(void)
{
    for (int is_before = 0; is_before < 2; is_before++) {
        g_autoptr(trace) t = trace_new();
        trace_unsorted(t);
        trace_connection *c = trace_open_used(t, AT_MS(0));
        c->is_deaf[SERVER] = true;
        trace_fin(c, CLIENT, AT_S(1));
        trace_fin(c, SERVER, AT_S(1) + AT_US(10));
        c->received[SERVER] = c->next[CLIENT];
        trace_ack(c, SERVER, AT_S(1) + AT_US(20));
        trace_ack(c, CLIENT, AT_S(1) + AT_US(30));
        trace_rst(c, SERVER, is_before ? AT_MS(500) : AT_S(2));

        assert_time_wait(c, is_before ? NULL : "both");
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ends-unseen/first/unread", last_words_that_nobody_can_read);
    g_test_add_func("/ends-unseen/first/lost", last_words_that_nobody_saw);
    g_test_add_func("/ends-unseen/first/goaway", goaway_in_the_clear_that_nobody_saw);
    g_test_add_func("/ends-unseen/first/killed", nobody_says_farewell);
    g_test_add_func("/ends-unseen/first/short", short_record_with_keys);
    g_test_add_func("/ends-unseen/first/acknowledged", farewell_that_acknowledges_the_fin);
    g_test_add_func("/ends-unseen/first/elsewhere", reset_from_elsewhere_heeds_nobody);
    g_test_add_func("/ends-unseen/rest/stays", rest_of_a_client_that_stays);
    g_test_add_func("/ends-unseen/rest/answer", rest_after_what_was_no_farewell);
    g_test_add_func("/ends-unseen/rest/quic", quic_without_a_timeout);
    g_test_add_func("/ends-unseen/had/in-part", answer_that_came_in_part_after_the_fin);
    g_test_add_func("/ends-unseen/had/not-sent", answer_that_was_not_sent);
    g_test_add_func("/ends-unseen/had/ping", stream_of_which_not_a_byte_was_sent);
    g_test_add_func("/ends-unseen/had/stream", stream_of_which_not_a_byte_came);
    g_test_add_func("/ends-unseen/first/nothing", farewell_to_who_says_nothing);
    g_test_add_func("/ends-unseen/had/proxy", client_of_a_proxy_that_was_answered);
    g_test_add_func("/ends-unseen/had/unasked", answer_whose_request_nobody_saw);
    g_test_add_func("/ends-unseen/cut/gap", length_that_is_not_reached_with_a_gap);
    g_test_add_func("/ends-unseen/cut/gap-whole", length_that_is_reached_with_a_gap);
    g_test_add_func("/ends-unseen/cut/snap", answer_behind_a_snap_length);
    g_test_add_func("/ends-unseen/cut/records", records_that_lie_in_order);
    g_test_add_func("/ends-unseen/cut/stream-0", first_stream_behind_a_later_one);
    g_test_add_func("/ends-unseen/wait/before", reset_that_came_before);
    return g_test_run();
}

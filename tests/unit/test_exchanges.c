/* test_exchanges.c
 * When a connection is busy and when it is at rest: exchanges that begin and are over, whatever
 * protocol carries them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_quic.h"

static void pipeline_is_busy_until_its_last_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_request(c, AT_MS(2));
    trace_answer(c, AT_MS(3));
    trace_connection *beside = trace_open_used(t, AT_MS(20));
    trace_answer(c, AT_MS(100));

    assert_opened(beside, "all-busy", c);
}

/* A server that is full says so to whoever it accepts. Its client, which did not see it yet, asks on
 * what has carried nothing: that is set up, and was not idle. */
static void refused_before_it_asked(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_answer(c, AT_MS(1), .code = 503);
    const hr_request *request = trace_request(c, AT_MS(9));

    assert_status(request, "new");
    assert_number(request, 1);
    g_assert_cmpint(request->idle_ns, ==, HR_TIME_NONE);
}

/* Captured at the server, a round trip of 10 ms away: the client has the answer then, and an ACK that
 * comes sooner says it better. What is dialled after that finds the connection idle. */
static void rest_begins_with_an_ack(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_syn_ack(c, AT_MS(1));
    trace_ack(c, CLIENT, AT_MS(11));
    trace_exchange(c, AT_MS(20), AT_MS(100));
    trace_ack(c, CLIENT, AT_MS(104));
    trace_connection *beside = trace_open_used(t, AT_MS(106));
    const hr_request *next = trace_request(c, AT_MS(204));

    g_assert_cmpint(next->idle_ns, ==, AT_MS(100));
    assert_opened(beside, "idle-available", c);
}

static void rest_begins_when_the_answer_is_there(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_syn_ack(c, AT_MS(1));
    trace_ack(c, CLIENT, AT_MS(11));
    trace_exchange(c, AT_MS(20), AT_MS(100));
    trace_connection *beside = trace_open_used(t, AT_MS(106));
    const hr_request *next = trace_request(c, AT_MS(210));

    g_assert_cmpint(next->idle_ns, ==, AT_MS(100));
    assert_opened(beside, "all-busy", c);
}

/* RFC 9110 §15.5.20: what was answered before may be refused now. */
static void misdirected_although_answered_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_ask(c, 3, AT_MS(20));
    h2_answer(c, 3, AT_MS(21), .code = 421);

    g_assert_cmpstr(c->model->seldom->tls->misdirected, ==, "a.example");
    g_assert_cmpstr(c->model->seldom->tls->host, ==, "a.example");
}

/* Colons of an IPv6 address are none before a port: these are two names (RFC 9113 §9.1.1). */
static void addresses_are_two_names(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_ask(c, 1, AT_MS(10), .authority = "[2001:db8::1]");
    h2_answer(c, 1, AT_MS(11));
    h2_ask(c, 3, AT_MS(20), .authority = "[2001:db8::1]:443");
    h2_answer(c, 3, AT_MS(21));
    g_assert_false(c->model->has_several_names);
    h2_ask(c, 5, AT_MS(30), .authority = "[2001:db8::2]");
    h2_answer(c, 5, AT_MS(31));

    g_assert_true(c->model->has_several_names);
}

/* What the server had said it would end rested no moment: its last stream was open until then. */
static void left_with_a_stream_open(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_ask(c, 3, AT_S(2));
    h2_goaway(c, SERVER, 3, H2_NO_ERROR, AT_MS(2001));
    h2_answer(c, 3, AT_MS(2002));
    trace_close(c, SERVER, AT_MS(2003));

    assert_cause(c, "goaway");
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, HR_TIME_NONE);
}

static void left_with_the_other_stream_open(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_ask(c, 1, AT_MS(10));
    h2_ask(c, 3, AT_MS(11));
    h2_answer(c, 3, AT_MS(12));
    h2_goaway(c, SERVER, 3, H2_NO_ERROR, AT_MS(13));
    h2_answer(c, 1, AT_S(5));
    trace_close(c, SERVER, AT_MS(5001));

    assert_cause(c, "goaway");
    g_assert_false(c->model->seldom->goaway->is_idle);
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, HR_TIME_NONE);
}

/* By another clock the rest of the connection, which had answered, is another one to Wireshark. */
static void piece_of_quic_does_not_tell_what_ran(void)
{
    for (int is_piece = 0; is_piece < 2; is_piece++) {
        g_autoptr(trace) t = trace_new();
        quic_open_with_keys(t, 0, AT_MS(0));
        quic_at(t, AT_MS(100));
        hr_connection *c = hr_model_add_quic(trace_model(t), 1, "10.0.0.1",
                                             is_piece ? 40000 : 40001, "10.0.0.80", 443);
        quic_say_hello(t, c, false, 0);
        if (is_piece) {
            hr_quic_packet_seen(trace_model(t), c, 0, HR_QUIC_HANDSHAKE);
        }
        quic_datagram(t, c, CLIENT);
        quic_end(t);
        quic_at(t, AT_MS(110));
        quic_answer_hello(t, c, &(quic_kind){.has_keys = true});
        quic_datagram(t, c, SERVER);
        quic_end(t);
        quic_exchange(t, c, 0, AT_MS(120));

        g_assert_cmpint(c->first_request->delivery, ==,
                        is_piece ? HR_DELIVERY_UNKNOWN : HR_DELIVERY_SEQUENTIAL);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/exchanges/pipeline/busy", pipeline_is_busy_until_its_last_answer);
    g_test_add_func("/exchanges/refused/not-idle", refused_before_it_asked);
    g_test_add_func("/exchanges/rest/ack", rest_begins_with_an_ack);
    g_test_add_func("/exchanges/rest/answer", rest_begins_when_the_answer_is_there);
    g_test_add_func("/exchanges/names/misdirected", misdirected_although_answered_before);
    g_test_add_func("/exchanges/names/addresses", addresses_are_two_names);
    g_test_add_func("/exchanges/goaway/stream-open", left_with_a_stream_open);
    g_test_add_func("/exchanges/goaway/other-stream-open", left_with_the_other_stream_open);
    g_test_add_func("/exchanges/quic/piece", piece_of_quic_does_not_tell_what_ran);
    return g_test_run();
}

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
    g_test_add_func("/exchanges/goaway/stream-open", left_with_a_stream_open);
    g_test_add_func("/exchanges/goaway/other-stream-open", left_with_the_other_stream_open);
    g_test_add_func("/exchanges/quic/piece", piece_of_quic_does_not_tell_what_ran);
    return g_test_run();
}

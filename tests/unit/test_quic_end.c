/* test_quic_end.c
 * How a QUIC connection ends: in its handshake, by a CONNECTION_CLOSE, by GOAWAY; in silence and by
 * stateless resets it does in test_quic_silence.c and test_quic_reset.c.
 * RFC 9000 §10, RFC 9114 §5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_quic.h"

/* ---- setup that failed ---- */

static void broken_handshake_is_a_failed_setup(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_begin(t, 0, AT_MS(0));
    quic_close(t, c, SERVER, 0x178, AT_MS(10)); /* CRYPTO_ERROR: no_application_protocol */

    quic_assert_cause(t, c, "setup-failed", "certain");
    g_assert_cmpint(c->ending.by, ==, HR_SIDE_SERVER);
}

/* @code of a CONNECTION_CLOSE of @from once both hellos are there, of the transport or not. */
static hr_connection *close_in_handshake(trace *t, trace_side from, uint64_t code,
                                         bool is_by_application)
{
    hr_connection *c = quic_begin(t, 0, AT_MS(0));

    quic_at(t, AT_MS(10));
    quic_answer_hello(t, c, &(quic_kind){.has_keys = true});
    quic_datagram(t, c, SERVER);
    quic_end(t);
    quic_at(t, AT_MS(20));
    hr_quic_close_seen(trace_model(t), c, from == CLIENT ? c->client : 1U - c->client, code,
                       is_by_application);
    quic_datagram(t, c, from);
    quic_end(t);
    return c;
}

/* An alert of TLS over QUIC is CRYPTO_ERROR and its description (RFC 9001 section 4.8). */
static void alert_in_the_handshake_has_an_item(void)
{
    g_autoptr(trace) by_client = trace_new();
    g_autoptr(trace) by_server = trace_new();
    g_autoptr(trace) by_application = trace_new();
    const hr_connection *c = close_in_handshake(by_client, CLIENT, 0x12e, false);
    const hr_connection *s = close_in_handshake(by_server, SERVER, 0x178, false);
    const hr_connection *a = close_in_handshake(by_application, CLIENT, 0x100, true);

    quic_assert_cause(by_client, c, "setup-failed", "certain");
    g_assert_cmpint(c->ending.by, ==, HR_SIDE_CLIENT);
    g_assert_true(trace_advises(by_client, "reach_server", "The client ended the TLS handshake"));
    quic_assert_cause(by_server, s, "setup-failed", "certain");
    g_assert_true(trace_advises(by_server, "reach_server", "The server ended the TLS handshake"));
    trace_analysis(by_application);
    g_assert_cmpint(a->seldom->tls->failed_by, ==, HR_SIDE_NONE);
}

static void unanswered_initial_is_a_failed_setup(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_begin(t, 0, AT_MS(0));
    quic_wait_until(t, AT_S(3));

    quic_assert_cause(t, c, "setup-failed", "certain");
}

/* By another clock the rest of its handshake comes before what Wireshark knows it by, and is another
 * connection of the same ports: of that nobody knows. One that begins anew is another one. */
static void unanswered_initial_of_one_in_pieces(void)
{
    for (int is_piece = 0; is_piece < 3; is_piece++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *c = quic_begin(t, 0, AT_MS(0));
        quic_at(t, AT_MS(3));
        hr_connection *rest =
            hr_model_add_quic(trace_model(t), 1, "10.0.0.1", 40000, "10.0.0.80", 443);
        hr_quic_packet_seen(trace_model(t), rest, 0, HR_QUIC_INITIAL);
        if (is_piece == 1) {
            hr_quic_packet_seen(trace_model(t), rest, 0, HR_QUIC_HANDSHAKE);
        }
        if (is_piece < 2) { /* without it: to an id of the server's, which was captured nowhere */
            quic_say_hello(t, rest, false, 0);
        }
        quic_datagram(t, rest, CLIENT);
        quic_end(t);
        quic_wait_until(t, AT_S(3));

        trace_analysis(t);
        g_assert_cmpint(c->ending.cause == HR_CLOSE_SETUP_FAILED, ==, !is_piece);
        g_assert_cmpuint(trace_totals(t)->sums.unused, ==, is_piece == 0 ? 2 : 0);
        g_assert_cmpuint(trace_totals(t)->unread_connections, ==, is_piece == 2);
        g_assert_true(c->is_one_way == (is_piece > 0)); /* it has heard the server's id */
    }
}

/* ---- the end ---- */

static void close_by_the_client_has_its_code(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    quic_close(t, c, CLIENT, H3_NO_ERROR, AT_MS(32));
    quic_close(t, c, SERVER, H3_NO_ERROR, AT_MS(33));

    quic_assert_cause(t, c, "client-close", "certain");
    g_assert_cmpint(c->ending.first_fin, ==, HR_SIDE_CLIENT);
    g_assert_cmpuint(c->seldom->quic->close_code, ==, H3_NO_ERROR);
    g_assert_cmpint(c->time_wait, ==, HR_SIDE_NONE);
}

/* 75 s is what nginx has: keepalive_timeout. */
static void close_of_an_idle_connection_fits_a_timer(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    quic_close(t, c, SERVER, H3_NO_ERROR, AT_MS(31) + AT_S(75) + AT_MS(1));

    quic_assert_cause(t, c, "server-idle-timeout", "likely");
    g_assert_cmpint(c->ending.after_idle_ns, ==, AT_S(75) + AT_MS(1));
}

/* The server closes in the middle of the answer to the very first request, whose stream is 0. */
static void close_cuts_the_first_answer(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_ask(t, c, 0, AT_MS(30));
    quic_stream(t, c, SERVER, 0, false, AT_MS(31));
    quic_close(t, c, SERVER, H3_NO_ERROR, AT_MS(40));

    trace_analysis(t);
    g_assert_cmpint(c->first_request->complete, ==, HR_COMPLETE_NO);
    g_assert_cmpuint(trace_found(t, HR_FINDING_ANSWER_CUT), ==, 1);
}

static void goaway_is_the_reason_of_a_close(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    quic_at(t, AT_MS(40));
    hr_h3_goaway_seen(trace_model(t), c, 1, 4);
    quic_end(t);
    quic_close(t, c, SERVER, H3_NO_ERROR, AT_MS(50));

    quic_assert_cause(t, c, "goaway", "certain");
    g_assert_cmpint(c->ending.by, ==, HR_SIDE_SERVER);
}

/* RFC 9114 §5.2: requests with the id that it names, or a higher one, were not processed. */
static void goaway_leaves_out_the_id_it_names(void)
{
    for (uint64_t id = 4; id <= 8; id += 4) {
        g_autoptr(trace) first = trace_new();
        hr_connection *one = quic_open_with_keys(first, 0, AT_MS(0));
        quic_ask(first, one, 0, AT_MS(35));
        quic_at(first, AT_MS(40));
        hr_h3_goaway_seen(trace_model(first), one, 1, id - 4);
        quic_end(first);
        quic_close(first, one, SERVER, H3_NO_ERROR, AT_S(3));

        quic_assert_cause(first, one, id == 4 ? "goaway" : "request-aborted", "certain");
        g_autoptr(trace) t = trace_new();
        hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
        quic_exchange(t, c, 0, AT_MS(30));
        quic_ask(t, c, 4, AT_MS(35));
        quic_at(t, AT_MS(40));
        hr_h3_goaway_seen(trace_model(t), c, 1, id);
        quic_end(t);
        quic_close(t, c, SERVER, H3_NO_ERROR, AT_S(3));

        quic_assert_cause(t, c, id == 4 ? "goaway" : "request-aborted", "certain");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/quic/end/handshake/alert", alert_in_the_handshake_has_an_item);
    g_test_add_func("/quic/end/setup-broken", broken_handshake_is_a_failed_setup);
    g_test_add_func("/quic/end/setup-unanswered", unanswered_initial_is_a_failed_setup);
    g_test_add_func("/quic/end/client", close_by_the_client_has_its_code);
    g_test_add_func("/quic/end/timer", close_of_an_idle_connection_fits_a_timer);
    g_test_add_func("/quic/end/goaway-left-out", goaway_leaves_out_the_id_it_names);
    g_test_add_func("/quic/end/goaway", goaway_is_the_reason_of_a_close);
    g_test_add_func("/quic/end/in-pieces", unanswered_initial_of_one_in_pieces);
    g_test_add_func("/quic/end/first-cut", close_cuts_the_first_answer);
    return g_test_run();
}

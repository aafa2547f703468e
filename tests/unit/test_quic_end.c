/* test_quic_end.c
 * How a QUIC connection ends: in its handshake, by a CONNECTION_CLOSE, by GOAWAY, in silence.
 * RFC 9000 §10, RFC 9114 §5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/changes.h"
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

/* RFC 9000 §10.1: the smaller idle timeout ends it, and no packet says so. */
static void silence_beyond_the_idle_timeout_ends_it(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000, .server_idle_ms = 30000};
    hr_connection *a = quic_open(t, 0, AT_MS(0), &how);
    quic_exchange(t, a, 0, AT_MS(30));
    hr_connection *b = quic_open(t, 1, AT_S(6), &how);
    quic_exchange(t, b, 0, AT_MS(6030));

    quic_assert_cause(t, a, "client-idle-timeout", "likely");
    g_assert_cmpint(a->ending.at.frame, ==, 0);
    g_assert_cmpint(a->ending.after_idle_ns, ==, AT_S(5));
    quic_assert_cause(t, b, "open-at-end", NULL);
    quic_assert_why(t, b, "previous-closed");
}

/* Both said the same: it is the server's as much as the client's. */
static void silence_beyond_the_timeout_of_both_ends_it(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000, .server_idle_ms = 5000};
    hr_connection *c = quic_open(t, 0, AT_MS(0), &how);
    quic_exchange(t, c, 0, AT_MS(30));
    quic_wait_until(t, AT_S(10));

    quic_assert_cause(t, c, "server-idle-timeout", "likely");
    g_assert_cmpint(c->ending.by, ==, HR_SIDE_BOTH);
}

/* RFC 9000 §10.1: the shorter one counts, so that to raise the other brings nothing. */
static void timeout_to_raise_is_the_shorter_one(void)
{
    static const struct {
        uint64_t client_ms, server_ms;
        const char *change, *words;
    } kinds[] = {
        {5000, 5000, "lengthen_server_idle", "both said the same: let both be longer"},
        {30000, 5000, "lengthen_server_idle", "that is the server's: let it be longer"},
        {5000, 30000, "lengthen_client_idle", "that is the client's: let it be longer"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = trace_new();
        const quic_kind how = {.has_keys = true,
                               .client_idle_ms = kinds[i].client_ms,
                               .server_idle_ms = kinds[i].server_ms};
        for (uint32_t number = 0; number < 3; number++) {
            hr_connection *c = quic_open(t, number, AT_S(8 * number), &how);
            quic_exchange(t, c, 0, AT_S(8 * number) + AT_MS(30));
        }
        quic_wait_until(t, AT_S(30));
        g_assert_true(trace_advises(t, kinds[i].change, kinds[i].words));
        g_assert_false(trace_advises(t, kinds[i].change, "nginx"));
    }
}

static void timeout_that_has_not_passed_ends_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000};
    hr_connection *a = quic_open(t, 0, AT_MS(0), &how);
    quic_exchange(t, a, 0, AT_MS(30));
    hr_connection *b = quic_open(t, 1, AT_S(4), &how);
    quic_exchange(t, b, 0, AT_MS(4030));

    quic_assert_cause(t, a, "open-at-end", NULL);
    quic_assert_why(t, b, "idle-available");
}

/* Without keys the server's timeout, which may be the shorter one, is not to be seen. */
static void silent_end_without_keys_has_no_known_side(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = false, .client_idle_ms = 5000};
    hr_connection *c = quic_open(t, 0, AT_MS(0), &how);
    quic_wait_until(t, AT_S(10));

    quic_assert_cause(t, c, "unknown", NULL);
    g_assert_cmpint(c->ending.by, ==, HR_SIDE_NONE);
}

/* The client's packet @ns into the trace, which no frame of is to be read. */
static void probe(trace *t, hr_connection *c, int64_t ns)
{
    quic_at(t, ns);
    hr_quic_packet_seen(trace_model(t), c, 0, HR_QUIC_1RTT);
    quic_datagram(t, c, CLIENT);
    quic_end(t);
}

/* A request into silence: the client probes ever slower (RFC 9002 §6.2), and dials. Streams are
 * free there, and nobody could have used them. */
static hr_connection *ask_in_vain(trace *t, unsigned probes)
{
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    quic_ask(t, c, 4, AT_S(2));
    for (unsigned i = 0; i < probes; i++) {
        probe(t, c, AT_MS(2130 + 130 * ((1 << i) - 1)));
    }
    return c;
}

static void unheard_request_finds_the_path_dead(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *a = ask_in_vain(t, 5);
    hr_connection *b = quic_open_with_keys(t, 1, AT_S(7));
    quic_exchange(t, b, 0, AT_MS(7030));

    quic_assert_cause(t, a, "idle-dropped", "likely");
    g_assert_cmpint(a->ending.by, ==, HR_SIDE_NONE);
    quic_assert_why(t, b, "all-busy");
}

/* Two probes may be a slow way; and where the server was heard again, it was one. */
static void few_probes_or_heard_again_are_no_dead_path(void)
{
    for (int is_heard = 0; is_heard < 2; is_heard++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *a = ask_in_vain(t, is_heard ? 5 : 2);
        if (is_heard) {
            quic_stream(t, a, SERVER, 4, false, AT_S(6));
        }
        hr_connection *b = quic_open_with_keys(t, 1, AT_S(7));
        quic_exchange(t, b, 0, AT_MS(7030));

        quic_assert_cause(t, a, is_heard ? "open-at-end" : "unknown", NULL);
        quic_assert_why(t, b, is_heard ? "idle-available" : "previous-closed");
    }
}

/* Chromium, caddy stopped: an ICMP error that is not in the capture tells the client that nobody
 * listens any more. It dials anew without a word on the old connection. */
static void given_up_without_a_packet_was_not_idle(void)
{
    for (int is_known = 0; is_known < 2; is_known++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *a = ask_in_vain(t, 0);
        hr_connection *b = quic_open_with_keys(t, 1, AT_MS(2500));
        quic_exchange(t, b, 0, AT_MS(2530));
        if (is_known) {
            quic_exchange(t, b, 4, AT_MS(3021)); /* it would have probed in the second before */
        }
        quic_assert_cause(t, a, is_known ? "unknown" : "open-at-end", NULL);
        quic_assert_why(t, b, is_known ? "previous-closed" : NULL);
    }
}

/* Its answer comes, or a packet behind the opening: it was there all the time. */
static void heard_or_used_again_was_there(void)
{
    for (int is_heard = 0; is_heard < 2; is_heard++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *a = ask_in_vain(t, 0);
        hr_connection *b = quic_open_with_keys(t, 1, AT_MS(2500));
        quic_exchange(t, b, 0, AT_MS(2530));
        if (is_heard) {
            quic_answer(t, a, 4, AT_MS(2550));
        } else {
            probe(t, a, AT_MS(2550));
        }
        quic_assert_cause(t, a, "open-at-end", NULL);
        quic_assert_why(t, b, "idle-available");
    }
}

/* Nobody was waited for: the client's last packet acknowledged the answer. */
static void what_was_answered_is_not_given_up(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *a = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, a, 0, AT_MS(30));
    probe(t, a, AT_MS(60));
    hr_connection *b = quic_open_with_keys(t, 1, AT_S(2));
    quic_exchange(t, b, 0, AT_MS(2030));

    quic_assert_cause(t, a, "open-at-end", NULL);
    quic_assert_why(t, b, "idle-available");
}

/* What a client sends faster than its packets can be answered is none: an upload over a long way. */
static void packets_within_a_round_trip_are_no_probes(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *a = quic_begin(t, 0, AT_MS(0));
    const quic_kind how = {.has_keys = true};
    quic_at(t, AT_MS(400));
    quic_answer_hello(t, a, &how);
    quic_datagram(t, a, SERVER);
    quic_end(t);
    quic_at(t, AT_MS(401));
    hr_tls_message_seen(trace_model(t), a, 0, HR_TLS_FINISHED);
    quic_datagram(t, a, CLIENT);
    quic_end(t);
    for (int i = 0; i < 4; i++) {
        quic_stream(t, a, CLIENT, 0, false, AT_MS(500 + i * 120));
    }
    g_assert_cmpuint(a->ends[0].seldom->repeats, ==, 0);
}

/* What rested for a while before its request had acknowledged an answer, and nobody answers that. */
static void what_comes_before_the_request_is_no_probe(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    for (int i = 1; i <= 3; i++) {
        probe(t, c, AT_S(i));
    }
    quic_ask(t, c, 4, AT_S(4));
    g_assert_cmpuint(c->ends[0].seldom->repeats, ==, 0);

    for (unsigned i = 5; i <= 7; i++) {
        probe(t, c, AT_S(i));
        g_assert_cmpuint(c->ends[0].seldom->repeats, ==, i - 4);
    }
    quic_stream(t, c, SERVER, 4, false, AT_MS(7100)); /* heard again: what follows is its ACK */
    probe(t, c, AT_S(8));
    g_assert_cmpuint(c->ends[0].seldom->repeats, ==, 0);
}

static void stateless_reset(trace *t, hr_connection *c, int64_t ns)
{
    quic_at(t, ns);
    hr_quic_packet_seen(trace_model(t), c, 1, HR_QUIC_STATELESS_RESET);
    quic_datagram(t, c, SERVER);
    quic_end(t);
}

/* What the server sends between the same ports, with an id that is nobody's. */
static void strange(trace *t, hr_connection *c, hr_quic_packet type, int64_t ns)
{
    quic_at(t, ns);
    g_assert_true(hr_model_quic_between(trace_model(t), "10.0.0.80", 443, "10.0.0.1",
                                        c->ends[0].endpoint.port) == c);
    hr_quic_packet_seen(trace_model(t), c, 1, type);
    quic_end(t);
}

/* RFC 9000 §10.3: the server's program is another one since, and has not read the request. It says
 * so to each packet that still comes. */
static void stateless_reset_ends_it(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *a = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, a, 0, AT_MS(30));
    quic_ask(t, a, 4, AT_S(2));
    stateless_reset(t, a, AT_S(2) + AT_MS(1));
    probe(t, a, AT_MS(2200));
    stateless_reset(t, a, AT_MS(2201));
    hr_connection *b = quic_open_with_keys(t, 1, AT_S(3));
    quic_exchange(t, b, 0, AT_MS(3030));

    quic_assert_cause(t, a, "stale-race", "likely");
    g_assert_cmpint(a->ending.by, ==, HR_SIDE_SERVER);
    g_assert_cmpint(a->ending.at.ns, ==, AT_S(2) + AT_MS(1));
    g_assert_true(a->ending.is_first_rst);
    g_assert_cmpuint(a->ending.timer_count, ==, 0); /* 2 s is gunicorn's; it was gone by then */
    quic_assert_why(t, b, "previous-closed");
}

/* Nobody else than the server can send it, however long the rest was: balancers forget after 350 s, and
 * it fits nginx' 75 s by chance, since it had been gone for nobody knows how long. */
static void stateless_reset_is_no_devices(void)
{
    const int64_t rests[] = {AT_S(75), AT_S(350)};

    for (size_t i = 0; i < G_N_ELEMENTS(rests); i++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
        quic_exchange(t, c, 0, AT_MS(30));
        const int64_t asked = AT_MS(31) + rests[i] + AT_MS(1);
        quic_ask(t, c, 4, asked);
        stateless_reset(t, c, asked + AT_MS(1));

        quic_assert_cause(t, c, "stale-race", "likely");
        g_assert_cmpint(c->ending.by, ==, HR_SIDE_SERVER);
        g_assert_cmpuint(c->ending.timer_count, ==, 0);
    }
}

/* Nobody knows the token: the first one is any packet, until a second one ends alike. */
static void second_stateless_reset_tells_of_the_first(void)
{
    for (int is_second = 0; is_second < 2; is_second++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
        quic_exchange(t, c, 0, AT_MS(30));
        quic_ask(t, c, 4, AT_S(2));
        strange(t, c, HR_QUIC_STRANGE, AT_MS(2001));
        for (int i = 1; i <= 5; i++) {
            probe(t, c, AT_MS(2000 + 300 * i));
            strange(t, c, is_second ? HR_QUIC_STATELESS_RESETS : HR_QUIC_STRANGE,
                    AT_MS(2001 + 300 * i));
        }
        if (is_second) {
            quic_assert_cause(t, c, "stale-race", "likely");
            g_assert_cmpint(c->ending.at.ns, ==, AT_MS(2001));
            g_assert_cmpint(hr_change_after(c), ==, HR_CHANGE_STAY_UP);
        } else { /* something came back each time: the path is not dead */
            quic_assert_cause(t, c, "open-at-end", NULL);
        }
    }
}

/* It had been gone for nobody knows how long when its client asked. 75 s are nginx' timeout. */
static void stateless_reset_at_rest_fits_no_timer(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    stateless_reset(t, c, AT_MS(31) + AT_S(75) + AT_MS(1));

    quic_assert_cause(t, c, "server-close", "certain");
    g_assert_cmpuint(c->ending.timer_count, ==, 0);
}

/* What nobody could read may have been a stateless reset: its client closed for that, maybe, and not
 * for a timeout of 2 s. */
static void strange_packet_at_rest_fits_no_timer(void)
{
    for (int is_strange = 0; is_strange < 2; is_strange++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
        quic_exchange(t, c, 0, AT_MS(30));
        if (is_strange) {
            strange(t, c, HR_QUIC_STRANGE, AT_S(1));
        }
        quic_close(t, c, CLIENT, H3_NO_ERROR, AT_MS(2032));

        quic_assert_cause(t, c, is_strange ? "client-close" : "client-idle-timeout",
                          is_strange ? "certain" : "likely");
    }
}

/* What ended in silence is told where the next one was opened. */
static void silent_end_is_found_at_the_next_opening(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000, .server_idle_ms = 30000};
    hr_connection *a = quic_open(t, 0, AT_MS(0), &how);
    quic_exchange(t, a, 0, AT_MS(30));
    size_t shown = 0;
    quic_at(t, AT_S(6));
    quic_datagram(t, quic_connect(t, 1), CLIENT);
    const hr_item *items = hr_model_end_frame(trace_model(t), &shown);
    g_assert_cmpuint(shown, ==, 1);
    g_assert_cmpint(items[0].kind, ==, HR_ITEM_CLOSING);
    g_assert_true(items[0].connection == a);

    const hr_analysis *analysis = trace_analysis(t);
    g_assert_cmpuint(hr_analysis_totals(analysis)->findings[HR_FINDING_IDLE_CLOSE], ==, 1);
}

/* The two cross: its client had closed it when the server, which knew it no more, was asked. */
static void reset_and_closed_is_over_once(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    size_t shown = 0;
    quic_at(t, AT_S(2));
    hr_quic_packet_seen(trace_model(t), c, 1, HR_QUIC_STATELESS_RESET);
    hr_model_end_frame(trace_model(t), &shown);
    g_assert_cmpuint(shown, ==, 1);
    quic_at(t, AT_MS(2001));
    hr_quic_close_seen(trace_model(t), c, 0, 0x100, true);
    hr_model_end_frame(trace_model(t), &shown);
    g_assert_cmpuint(shown, ==, 0);
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
    g_test_add_func("/quic/end/silent", silence_beyond_the_idle_timeout_ends_it);
    g_test_add_func("/quic/end/silent-both", silence_beyond_the_timeout_of_both_ends_it);
    g_test_add_func("/quic/end/not-yet", timeout_that_has_not_passed_ends_nothing);
    g_test_add_func("/quic/end/shorter", timeout_to_raise_is_the_shorter_one);
    g_test_add_func("/quic/end/silent-no-keys", silent_end_without_keys_has_no_known_side);
    g_test_add_func("/quic/end/unheard", unheard_request_finds_the_path_dead);
    g_test_add_func("/quic/end/unheard-not", few_probes_or_heard_again_are_no_dead_path);
    g_test_add_func("/quic/end/given-up", given_up_without_a_packet_was_not_idle);
    g_test_add_func("/quic/end/given-up-not", heard_or_used_again_was_there);
    g_test_add_func("/quic/end/answered", what_was_answered_is_not_given_up);
    g_test_add_func("/quic/end/unheard-upload", packets_within_a_round_trip_are_no_probes);
    g_test_add_func("/quic/end/before-request", what_comes_before_the_request_is_no_probe);
    g_test_add_func("/quic/end/reset-and-closed", reset_and_closed_is_over_once);
    g_test_add_func("/quic/end/stateless-resets", second_stateless_reset_tells_of_the_first);
    g_test_add_func("/quic/end/strange-timer", strange_packet_at_rest_fits_no_timer);
    g_test_add_func("/quic/end/silent-found", silent_end_is_found_at_the_next_opening);
    g_test_add_func("/quic/end/stateless-reset-timer", stateless_reset_at_rest_fits_no_timer);
    g_test_add_func("/quic/end/stateless-reset", stateless_reset_ends_it);
    g_test_add_func("/quic/end/stateless-reset/no-device", stateless_reset_is_no_devices);
    return g_test_run();
}

/* test_quic.c
 * QUIC connections and HTTP/3 on them: what opens one, when it is ready, which request is new,
 * how it ends, also in silence. RFC 9000, RFC 9001, RFC 9114.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

enum {
    H3_NO_ERROR = 0x100,
    H3_REQUEST_CANCELLED = 0x10c,
};

/* The client has index 0. */
static void at(trace *t, int64_t ns)
{
    hr_model_begin_frame(trace_model(t), hr_model_frame_count(trace_model(t)) + 1, ns);
}

static void end(trace *t)
{
    size_t count = 0;
    hr_model_end_frame(trace_model(t), &count);
}

static hr_connection *connect_quic(trace *t, uint32_t number)
{
    return hr_model_add_quic(trace_model(t), number, "10.0.0.1", (uint16_t)(40000 + number),
                             "10.0.0.80", 443);
}

static const hr_alpn h3 = {{"h3", 2}, true};

static void say_hello(trace *t, hr_connection *c, bool has_ticket, uint64_t idle_timeout_ms)
{
    const hr_tls_client_hello hello = {.sni = {"a.example", 9},
                                       .alpn = h3,
                                       .has_ticket = has_ticket,
                                       .offers_early_data = has_ticket};
    const hr_quic_parameters parameters = {.idle_timeout_ms = idle_timeout_ms};

    hr_tls_client_hello_seen(trace_model(t), c, 0, &hello);
    hr_quic_parameters_seen(trace_model(t), c, 0, &parameters);
    hr_quic_packet_seen(trace_model(t), c, 0, HR_QUIC_INITIAL);
}

static void datagram(trace *t, hr_connection *c, trace_side from)
{
    hr_quic_datagram_seen(trace_model(t), c, from == CLIENT ? 0 : 1, 1200);
}

typedef struct {
    bool has_keys;
    bool is_resumed, is_early;
    uint64_t client_idle_ms, server_idle_ms;
    uint64_t streams; /* that the server allows; 100 if 0 */
} kind;

static void answer_hello(trace *t, hr_connection *c, const kind *how)
{
    const hr_tls_server_hello hello = {.version = 0x0304, .has_pre_shared_key = how->is_resumed};
    const hr_quic_parameters parameters = {.idle_timeout_ms = how->server_idle_ms,
                                           .streams = how->streams != 0 ? how->streams : 100};

    hr_tls_server_hello_seen(trace_model(t), c, 1, &hello);
    if (how->has_keys) {
        hr_tls_agreed(trace_model(t), c, &h3, how->is_early);
        hr_quic_parameters_seen(trace_model(t), c, 1, &parameters);
    }
    hr_quic_packet_seen(trace_model(t), c, 1, HR_QUIC_INITIAL);
    hr_quic_packet_seen(trace_model(t), c, 1, HR_QUIC_HANDSHAKE);
}

/* Three frames: the client's hello, the server's 10 ms later, the client's Finished after 20. */
static hr_connection *open_quic(trace *t, uint32_t number, int64_t ns, const kind *how)
{
    at(t, ns);
    hr_connection *c = connect_quic(t, number);
    say_hello(t, c, how->is_resumed, how->client_idle_ms);
    datagram(t, c, CLIENT);
    end(t);
    at(t, ns + AT_MS(10));
    answer_hello(t, c, how);
    datagram(t, c, SERVER);
    end(t);
    at(t, ns + AT_MS(20));
    if (how->has_keys) {
        hr_tls_message_seen(trace_model(t), c, 0, HR_TLS_FINISHED);
    }
    hr_quic_packet_seen(trace_model(t), c, 0, HR_QUIC_1RTT);
    datagram(t, c, CLIENT);
    end(t);
    return c;
}

static hr_connection *open_with_keys(trace *t, uint32_t number, int64_t ns)
{
    const kind how = {.has_keys = true};
    return open_quic(t, number, ns, &how);
}

static void stream(trace *t, hr_connection *c, trace_side from, uint64_t id, bool is_end,
                   int64_t ns)
{
    const hr_quic_stream piece = {.stream = id, .length = 50, .is_end = is_end};

    at(t, ns);
    hr_quic_packet_seen(trace_model(t), c, from == CLIENT ? 0 : 1, HR_QUIC_1RTT);
    datagram(t, c, from);
    hr_h3_stream_seen(trace_model(t), c, from == CLIENT ? 0 : 1, &piece);
    end(t);
}

static void ask(trace *t, hr_connection *c, uint64_t id, int64_t ns)
{
    stream(t, c, CLIENT, id, true, ns);
}

static void answer(trace *t, hr_connection *c, uint64_t id, int64_t ns)
{
    stream(t, c, SERVER, id, true, ns);
}

static void exchange(trace *t, hr_connection *c, uint64_t id, int64_t ns)
{
    ask(t, c, id, ns);
    answer(t, c, id, ns + AT_MS(1));
}

static void close_quic(trace *t, hr_connection *c, trace_side from, uint64_t code, int64_t ns)
{
    at(t, ns);
    datagram(t, c, from);
    hr_quic_close_seen(trace_model(t), c, from == CLIENT ? 0 : 1, code, true);
    end(t);
}

/* Some packet that has nothing to do with it. */
static void wait_until(trace *t, int64_t ns)
{
    at(t, ns);
    end(t);
}

static void assert_ended_by_cause(trace *t, const hr_connection *c, const char *cause,
                                  const char *certainty)
{
    trace_analysis(t);
    g_assert_cmpstr(hr_close_cause_token(c->ending.cause), ==, cause);
    g_assert_cmpstr(hr_certainty_token(c->ending.certainty), ==, certainty);
}

static void assert_opened_for(trace *t, const hr_connection *c, const char *why)
{
    trace_analysis(t);
    g_assert_cmpstr(hr_why_token(c->opening.why), ==, why);
}

/* ---- requests ---- */

static void streams_are_requests_in_the_order_of_sending(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = open_with_keys(t, 7, AT_MS(0));
    exchange(t, c, 0, AT_MS(30));
    exchange(t, c, 4, AT_MS(40));

    const hr_request *first = c->first_request;
    const hr_request *second = c->last_request;
    g_assert_cmpuint(c->request_count, ==, 2);
    g_assert_cmpint(first->status, ==, HR_STATUS_NEW);
    g_assert_cmpint(second->status, ==, HR_STATUS_REUSED);
    g_assert_cmpint(second->stream, ==, 4);
    g_assert_cmpuint(second->number, ==, 2);
    g_assert_true(second->is_number_exact);
    g_assert_cmpint(second->delivery, ==, HR_DELIVERY_SEQUENTIAL);
    g_assert_cmpint(second->idle_ns, ==, AT_MS(9));
    g_assert_cmpint(second->complete, ==, HR_COMPLETE_YES);
    g_assert_null(second->method);
}

static void open_streams_run_side_by_side(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = open_with_keys(t, 0, AT_MS(0));
    ask(t, c, 0, AT_MS(30));
    ask(t, c, 4, AT_MS(31));
    ask(t, c, 8, AT_MS(32));
    answer(t, c, 4, AT_MS(33));

    g_assert_cmpuint(c->last_request->concurrency, ==, 3);
    g_assert_cmpint(c->last_request->delivery, ==, HR_DELIVERY_MULTIPLEXED);
    g_assert_cmpint(c->last_request->idle_ns, ==, HR_TIME_NONE);
    g_assert_cmpuint(hr_analysis_origin(trace_analysis(t), 0)->needed_connections, ==, 1);
}

/* What is lost is sent again in another packet (RFC 9000 §13.3). */
static void data_sent_again_is_no_request(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = open_with_keys(t, 0, AT_MS(0));
    exchange(t, c, 0, AT_MS(30));
    ask(t, c, 0, AT_MS(60));
    answer(t, c, 0, AT_MS(61));

    g_assert_cmpuint(c->request_count, ==, 1);
    g_assert_cmpint(c->first_request->ended.ns, ==, AT_MS(31));
}

/* Packets overtake each other: with the opening in the capture a higher stream proves nothing. */
static void later_stream_may_come_first(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = open_with_keys(t, 0, AT_MS(0));
    ask(t, c, 4, AT_MS(30));
    ask(t, c, 0, AT_MS(31));

    g_assert_cmpint(c->first_request->status, ==, HR_STATUS_NEW);
    g_assert_cmpint(c->last_request->status, ==, HR_STATUS_REUSED);
    g_assert_cmpuint(c->last_request->number, ==, 2);
}

static hr_connection *join_late(trace *t, uint64_t first_stream)
{
    at(t, AT_MS(0));
    hr_connection *c = connect_quic(t, 0);
    hr_tls_agreed(trace_model(t), c, &h3, false);
    datagram(t, c, CLIENT);
    end(t);
    ask(t, c, first_stream, AT_MS(1));
    return c;
}

static void without_its_opening_the_stream_id_decides(void)
{
    g_autoptr(trace) first = trace_new();
    g_autoptr(trace) later = trace_new();
    const hr_connection *a = join_late(first, 0);
    const hr_connection *b = join_late(later, 8);

    g_assert_false(a->is_opening_seen);
    g_assert_cmpint(a->first_request->status, ==, HR_STATUS_UNKNOWN);
    g_assert_cmpint(b->first_request->status, ==, HR_STATUS_REUSED);
    g_assert_false(b->first_request->is_number_exact);
}

static void decoded_headers_name_the_request(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = open_with_keys(t, 0, AT_MS(0));
    const hr_h3_headers asked = {.method = {"GET", 3}, .path = {"/x", 2}};
    const hr_h3_headers early = {.code = 103};
    const hr_h3_headers final = {.code = 204, .server = {"Caddy", 5}};

    ask(t, c, 0, AT_MS(30));
    hr_h3_headers_seen(trace_model(t), c, 0, &asked);
    stream(t, c, SERVER, 0, false, AT_MS(31));
    hr_h3_headers_seen(trace_model(t), c, 1, &early);
    answer(t, c, 0, AT_MS(32));
    hr_h3_headers_seen(trace_model(t), c, 1, &final);

    g_assert_cmpstr(c->first_request->method, ==, "GET");
    g_assert_cmpstr(c->first_request->target, ==, "/x");
    g_assert_cmpuint(c->first_request->response_code, ==, 204);
    g_assert_true(c->first_request->is_answer_bodyless);
    g_assert_cmpstr(c->server, ==, "Caddy");
}

/* STOP_SENDING by the client gives the answer up, by the server only the request's body. */
static void stopped_answer_is_incomplete(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = open_with_keys(t, 0, AT_MS(0));
    ask(t, c, 0, AT_MS(30));
    stream(t, c, SERVER, 0, false, AT_MS(31));
    at(t, AT_MS(32));
    hr_h3_reset_seen(trace_model(t), c, 1, 0, H3_NO_ERROR, true);
    g_assert_false(c->first_request->is_done);
    hr_h3_reset_seen(trace_model(t), c, 0, 0, H3_REQUEST_CANCELLED, true);
    end(t);
    exchange(t, c, 4, AT_MS(40));

    g_assert_true(c->first_request->is_reset);
    g_assert_cmpuint(c->first_request->reset_error, ==, H3_REQUEST_CANCELLED);
    g_assert_cmpint(c->first_request->complete, ==, HR_COMPLETE_NO);
    g_assert_cmpint(c->last_request->status, ==, HR_STATUS_REUSED);
}

/* ---- the handshake ---- */

static void setup_is_from_the_initial_to_finished(void)
{
    g_autoptr(trace) t = trace_new();
    const hr_connection *c = open_with_keys(t, 0, AT_MS(5));

    g_assert_true(c->is_opening_seen);
    g_assert_cmpint(hr_connection_setup_ns(c), ==, AT_MS(20));
    g_assert_cmpint(hr_connection_tls_handshake_ns(c), ==, AT_MS(20));
    g_assert_cmpint(hr_connection_tcp_handshake_ns(c), ==, HR_TIME_NONE);
    g_assert_false(c->is_setup_estimated);
    g_assert_cmpint(c->tls, ==, HR_TLS_FULL);
}

/* Of a connection without keys neither the requests nor the CONNECTION_CLOSE can be seen. */
static void without_keys_it_is_opaque(void)
{
    g_autoptr(trace) t = trace_new();
    const kind how = {.has_keys = false, .is_resumed = true, .client_idle_ms = 30000};
    hr_connection *c = open_quic(t, 0, AT_MS(0), &how);

    g_assert_true(c->is_setup_estimated);
    g_assert_cmpint(hr_connection_setup_ns(c), ==, AT_MS(20));
    g_assert_cmpint(c->tls, ==, HR_TLS_RESUMED);
    g_assert_true(hr_connection_is_opaque(c));
    g_assert_false(hr_connection_carried_nothing(c));
    assert_ended_by_cause(t, c, "unknown", NULL);
}

static void early_data_brings_a_request_before_the_handshake_ends(void)
{
    g_autoptr(trace) t = trace_new();
    const kind how = {.has_keys = true, .is_resumed = true, .is_early = true};
    const hr_quic_stream piece = {.stream = 0, .length = 50, .is_end = true};

    at(t, AT_MS(0));
    hr_connection *c = connect_quic(t, 0);
    say_hello(t, c, true, 0);
    hr_quic_packet_seen(trace_model(t), c, 0, HR_QUIC_0RTT);
    datagram(t, c, CLIENT);
    hr_h3_stream_seen(trace_model(t), c, 0, &piece);
    end(t);
    at(t, AT_MS(10));
    answer_hello(t, c, &how);
    datagram(t, c, SERVER);
    end(t);

    g_assert_cmpint(c->tls, ==, HR_TLS_EARLY_DATA);
    g_assert_cmpint(c->first_request->status, ==, HR_STATUS_NEW);
    g_assert_cmpint(c->first_request->sent.ns, ==, AT_MS(0));
}

static void broken_handshake_is_a_failed_setup(void)
{
    g_autoptr(trace) t = trace_new();

    at(t, AT_MS(0));
    hr_connection *c = connect_quic(t, 0);
    say_hello(t, c, false, 0);
    datagram(t, c, CLIENT);
    end(t);
    close_quic(t, c, SERVER, 0x178, AT_MS(10)); /* CRYPTO_ERROR: no_application_protocol */

    assert_ended_by_cause(t, c, "setup-failed", "certain");
    g_assert_cmpint(c->ending.by, ==, HR_SIDE_SERVER);
}

static void unanswered_initial_is_a_failed_setup(void)
{
    g_autoptr(trace) t = trace_new();

    at(t, AT_MS(0));
    hr_connection *c = connect_quic(t, 0);
    say_hello(t, c, false, 0);
    datagram(t, c, CLIENT);
    end(t);
    wait_until(t, AT_S(3));

    assert_ended_by_cause(t, c, "setup-failed", "certain");
}

/* ---- pools ---- */

static void idle_connection_is_missed(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *a = open_with_keys(t, 0, AT_MS(0));
    exchange(t, a, 0, AT_MS(30));
    hr_connection *b = open_with_keys(t, 1, AT_S(1));
    exchange(t, b, 0, AT_MS(1030));

    assert_opened_for(t, a, "first-contact");
    assert_opened_for(t, b, "idle-available");
    g_assert_true(b->opening.connection == a);
}

/* The limit is on streams opened in all, and MAX_STREAMS raises it (RFC 9000 §4.6). */
static void streams_can_run_out(void)
{
    g_autoptr(trace) t = trace_new();
    const kind how = {.has_keys = true, .streams = 2};
    hr_connection *a = open_quic(t, 0, AT_MS(0), &how);
    ask(t, a, 0, AT_MS(30));
    ask(t, a, 4, AT_MS(31));
    hr_connection *b = open_quic(t, 1, AT_MS(40), &how);
    ask(t, b, 0, AT_MS(70));
    at(t, AT_MS(80));
    hr_quic_max_streams_seen(trace_model(t), a, 1, 4);
    end(t);
    hr_connection *c = open_quic(t, 2, AT_MS(100), &how);
    ask(t, c, 0, AT_MS(130));

    assert_opened_for(t, b, "streams-exhausted");
    assert_opened_for(t, c, "idle-available");
}

/* A pool holds connections of one kind: TCP to the same port is another matter. */
static void tcp_beside_it_is_another_pool(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *tcp = trace_open_to(t, "10.0.0.80", 443, AT_MS(0));
    trace_exchange(tcp, AT_MS(1), AT_MS(2));
    hr_connection *c = open_with_keys(t, 0, AT_MS(10));
    exchange(t, c, 0, AT_MS(40));

    assert_opened_for(t, c, "first-contact");
    g_assert_cmpuint(hr_analysis_origin_count(trace_analysis(t)), ==, 2);
}

/* ---- the end ---- */

static void close_by_the_client_has_its_code(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = open_with_keys(t, 0, AT_MS(0));
    exchange(t, c, 0, AT_MS(30));
    close_quic(t, c, CLIENT, H3_NO_ERROR, AT_MS(32));
    close_quic(t, c, SERVER, H3_NO_ERROR, AT_MS(33));

    assert_ended_by_cause(t, c, "client-close", "certain");
    g_assert_cmpint(c->ending.first_fin, ==, HR_SIDE_CLIENT);
    g_assert_cmpuint(c->quic->close_code, ==, H3_NO_ERROR);
    g_assert_cmpint(c->time_wait, ==, HR_SIDE_NONE);
}

/* 75 s is what nginx has: keepalive_timeout. */
static void close_of_an_idle_connection_fits_a_timer(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = open_with_keys(t, 0, AT_MS(0));
    exchange(t, c, 0, AT_MS(30));
    close_quic(t, c, SERVER, H3_NO_ERROR, AT_MS(31) + AT_S(75) + AT_MS(1));

    assert_ended_by_cause(t, c, "server-idle-timeout", "likely");
    g_assert_cmpint(c->ending.after_idle_ns, ==, AT_S(75) + AT_MS(1));
}

static void goaway_is_the_reason_of_a_close(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = open_with_keys(t, 0, AT_MS(0));
    exchange(t, c, 0, AT_MS(30));
    at(t, AT_MS(40));
    hr_h3_goaway_seen(trace_model(t), c, 1, 4);
    end(t);
    close_quic(t, c, SERVER, H3_NO_ERROR, AT_MS(50));

    assert_ended_by_cause(t, c, "goaway", "certain");
    g_assert_cmpint(c->ending.by, ==, HR_SIDE_SERVER);
}

/* RFC 9000 §10.1: the smaller idle timeout ends it, and no packet says so. */
static void silence_beyond_the_idle_timeout_ends_it(void)
{
    g_autoptr(trace) t = trace_new();
    const kind how = {.has_keys = true, .client_idle_ms = 5000, .server_idle_ms = 30000};
    hr_connection *a = open_quic(t, 0, AT_MS(0), &how);
    exchange(t, a, 0, AT_MS(30));
    hr_connection *b = open_quic(t, 1, AT_S(6), &how);
    exchange(t, b, 0, AT_MS(6030));

    assert_ended_by_cause(t, a, "client-idle-timeout", "likely");
    g_assert_cmpint(a->ending.at.frame, ==, 0);
    g_assert_cmpint(a->ending.after_idle_ns, ==, AT_S(5));
    assert_ended_by_cause(t, b, "open-at-end", NULL);
    assert_opened_for(t, b, "previous-closed");
}

static void timeout_that_has_not_passed_ends_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    const kind how = {.has_keys = true, .client_idle_ms = 5000};
    hr_connection *a = open_quic(t, 0, AT_MS(0), &how);
    exchange(t, a, 0, AT_MS(30));
    hr_connection *b = open_quic(t, 1, AT_S(4), &how);
    exchange(t, b, 0, AT_MS(4030));

    assert_ended_by_cause(t, a, "open-at-end", NULL);
    assert_opened_for(t, b, "idle-available");
}

/* Without keys the server's timeout, which may be the shorter one, is not to be seen. */
static void silent_end_without_keys_has_no_known_side(void)
{
    g_autoptr(trace) t = trace_new();
    const kind how = {.has_keys = false, .client_idle_ms = 5000};
    hr_connection *c = open_quic(t, 0, AT_MS(0), &how);
    wait_until(t, AT_S(10));

    assert_ended_by_cause(t, c, "unknown", NULL);
    g_assert_cmpint(c->ending.by, ==, HR_SIDE_NONE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/quic/request/order", streams_are_requests_in_the_order_of_sending);
    g_test_add_func("/quic/request/concurrent", open_streams_run_side_by_side);
    g_test_add_func("/quic/request/sent-again", data_sent_again_is_no_request);
    g_test_add_func("/quic/request/out-of-order", later_stream_may_come_first);
    g_test_add_func("/quic/request/joined-late", without_its_opening_the_stream_id_decides);
    g_test_add_func("/quic/request/headers", decoded_headers_name_the_request);
    g_test_add_func("/quic/request/stopped", stopped_answer_is_incomplete);
    g_test_add_func("/quic/handshake/setup", setup_is_from_the_initial_to_finished);
    g_test_add_func("/quic/handshake/opaque", without_keys_it_is_opaque);
    g_test_add_func("/quic/handshake/early-data",
                    early_data_brings_a_request_before_the_handshake_ends);
    g_test_add_func("/quic/handshake/broken", broken_handshake_is_a_failed_setup);
    g_test_add_func("/quic/handshake/unanswered", unanswered_initial_is_a_failed_setup);
    g_test_add_func("/quic/pool/idle", idle_connection_is_missed);
    g_test_add_func("/quic/pool/streams", streams_can_run_out);
    g_test_add_func("/quic/pool/tcp", tcp_beside_it_is_another_pool);
    g_test_add_func("/quic/end/client", close_by_the_client_has_its_code);
    g_test_add_func("/quic/end/timer", close_of_an_idle_connection_fits_a_timer);
    g_test_add_func("/quic/end/goaway", goaway_is_the_reason_of_a_close);
    g_test_add_func("/quic/end/silent", silence_beyond_the_idle_timeout_ends_it);
    g_test_add_func("/quic/end/not-yet", timeout_that_has_not_passed_ends_nothing);
    g_test_add_func("/quic/end/silent-no-keys", silent_end_without_keys_has_no_known_side);
    return g_test_run();
}

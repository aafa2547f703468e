/* test_quic.c
 * QUIC connections and HTTP/3 on them: what opens one, when it is ready, which request is new.
 * RFC 9000, RFC 9001, RFC 9114.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_h2.h"
#include "trace_quic.h"

/* ---- requests ---- */

static void streams_are_requests_in_the_order_of_sending(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 7, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    quic_exchange(t, c, 4, AT_MS(40));

    const hr_request *first = c->first_request;
    const hr_request *second = c->last_request;
    g_assert_cmpstr(hr_protocol_token(c->protocol), ==, "h3");
    g_assert_cmpstr(hr_transport_token(c->transport), ==, "quic");
    g_assert_cmpuint(c->request_count, ==, 2);
    g_assert_cmpint(first->status, ==, HR_STATUS_NEW);
    g_assert_cmpint(second->status, ==, HR_STATUS_REUSED);
    g_assert_cmpint(hr_request_stream(second), ==, 4);
    g_assert_cmpuint(second->number, ==, 2);
    g_assert_true(second->is_number_exact);
    g_assert_cmpint(second->delivery, ==, HR_DELIVERY_SEQUENTIAL);
    g_assert_cmpint(second->idle_ns, ==, AT_MS(9));
    g_assert_cmpint(second->complete, ==, HR_COMPLETE_YES);
    g_assert_null(second->method);
}

/* A stream's id has up to 62 bits (RFC 9000 §2.1). */
static void streams_may_have_high_ids(void)
{
    const uint64_t high[] = {UINT64_C(4294967288), UINT64_C(1) << 34, UINT64_C(1) << 61};
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));

    quic_exchange(t, c, 0, AT_MS(30));
    for (unsigned i = 0; i < G_N_ELEMENTS(high); i++) {
        quic_exchange(t, c, high[i], AT_MS(40 + 10 * i));
        g_assert_cmpint(hr_request_stream(c->last_request), ==, (int64_t)high[i]);
        g_assert_cmpuint(c->request_count, ==, i + 2);
        g_assert_cmpint(c->last_request->complete, ==, HR_COMPLETE_YES);
    }
    g_assert_cmpint(hr_request_stream(c->first_request), ==, 0);
}

static void open_streams_run_side_by_side(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_ask(t, c, 0, AT_MS(30));
    quic_ask(t, c, 4, AT_MS(31));
    quic_ask(t, c, 8, AT_MS(32));
    quic_answer(t, c, 4, AT_MS(33));

    g_assert_cmpuint(c->last_request->concurrency, ==, 3);
    g_assert_cmpint(c->last_request->delivery, ==, HR_DELIVERY_MULTIPLEXED);
    g_assert_cmpint(c->last_request->idle_ns, ==, HR_TIME_NONE);
    g_assert_cmpuint(hr_analysis_origin(trace_analysis(t), 0)->needed_connections, ==, 1);
}

/* What is lost is sent again in another packet (RFC 9000 §13.3). */
static void data_sent_again_is_no_request(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    quic_ask(t, c, 0, AT_MS(60));
    quic_answer(t, c, 0, AT_MS(61));

    g_assert_cmpuint(c->request_count, ==, 1);
    g_assert_cmpint(c->first_request->ended.ns, ==, AT_MS(31));
}

/* Packets overtake each other: with the opening in the capture a higher stream proves nothing. */
static void later_stream_may_come_first(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_ask(t, c, 4, AT_MS(30));
    quic_ask(t, c, 0, AT_MS(31));

    g_assert_cmpint(c->first_request->status, ==, HR_STATUS_NEW);
    g_assert_cmpint(c->last_request->status, ==, HR_STATUS_REUSED);
    g_assert_cmpuint(c->last_request->number, ==, 2);
}

static hr_connection *join_late(trace *t, uint64_t first_stream)
{
    quic_at(t, AT_MS(0));
    hr_connection *c = quic_connect(t, 0);
    hr_tls_agreed(trace_model(t), c, &quic_h3, false);
    quic_datagram(t, c, CLIENT);
    quic_end(t);
    quic_ask(t, c, first_stream, AT_MS(1));
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
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    const hr_h3_headers asked = {.method = {"GET", 3}, .path = {"/x", 2}};
    const hr_h3_headers early = {.code = 103};
    const hr_h3_headers final = {.code = 204, .server = {"Caddy", 5}};

    quic_ask(t, c, 0, AT_MS(30));
    hr_h3_headers_seen(trace_model(t), c, 0, &asked);
    quic_stream(t, c, SERVER, 0, false, AT_MS(31));
    hr_h3_headers_seen(trace_model(t), c, 1, &early);
    quic_answer(t, c, 0, AT_MS(32));
    hr_h3_headers_seen(trace_model(t), c, 1, &final);

    g_assert_cmpstr(c->first_request->method, ==, "GET");
    g_assert_cmpstr(c->first_request->target, ==, "/x");
    g_assert_cmpuint(c->first_request->response_code, ==, 204);
    g_assert_true(c->first_request->is_answer_bodyless);
    g_assert_cmpstr(c->products.server, ==, "Caddy");
}

/* STOP_SENDING by the client gives the answer up, by the server only the request's body. */
static void stopped_answer_is_incomplete(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_ask(t, c, 0, AT_MS(30));
    quic_stream(t, c, SERVER, 0, false, AT_MS(31));
    quic_at(t, AT_MS(32));
    hr_h3_reset_seen(trace_model(t), c, 1, 0, true);
    g_assert_false(c->first_request->is_done);
    hr_h3_reset_seen(trace_model(t), c, 0, 0, true);
    quic_end(t);
    quic_exchange(t, c, 4, AT_MS(40));

    g_assert_cmpint(c->first_request->complete, ==, HR_COMPLETE_NO);
    g_assert_cmpint(c->last_request->status, ==, HR_STATUS_REUSED);
}

/* ---- the handshake ---- */

static void setup_is_from_the_initial_to_finished(void)
{
    g_autoptr(trace) t = trace_new();
    const hr_connection *c = quic_open_with_keys(t, 0, AT_MS(5));

    g_assert_true(c->is_opening_seen);
    g_assert_cmpint(hr_connection_setup_ns(c), ==, AT_MS(20));
    g_assert_cmpint(hr_connection_tls_handshake_ns(c), ==, AT_MS(20));
    g_assert_cmpint(hr_connection_tcp_handshake_ns(c), ==, HR_TIME_NONE);
    g_assert_false(c->seldom->tls->is_setup_estimated);
    g_assert_cmpint(c->seldom->tls->handshake, ==, HR_TLS_FULL);
}

/* Of a connection without keys neither the requests nor the CONNECTION_CLOSE can be seen. */
static void without_keys_it_is_opaque(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = false, .is_resumed = true, .client_idle_ms = 30000};
    hr_connection *c = quic_open(t, 0, AT_MS(0), &how);

    g_assert_true(c->seldom->tls->is_setup_estimated);
    g_assert_cmpint(hr_connection_setup_ns(c), ==, AT_MS(20));
    g_assert_cmpint(c->seldom->tls->handshake, ==, HR_TLS_RESUMED);
    g_assert_true(hr_connection_is_opaque(c));
    g_assert_false(hr_connection_carried_nothing(c));
    quic_assert_cause(t, c, "unknown", NULL);
}

static void early_data_brings_a_request_before_the_handshake_ends(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .is_resumed = true, .is_early = true};
    const hr_quic_stream piece = {.stream = 0, .length = 50, .is_end = true};

    quic_at(t, AT_MS(0));
    hr_connection *c = quic_connect(t, 0);
    quic_say_hello(t, c, true, 0);
    hr_quic_packet_seen(trace_model(t), c, 0, HR_QUIC_0RTT);
    quic_datagram(t, c, CLIENT);
    hr_h3_stream_seen(trace_model(t), c, 0, &piece);
    quic_end(t);
    quic_at(t, AT_MS(10));
    quic_answer_hello(t, c, &how);
    quic_datagram(t, c, SERVER);
    quic_end(t);

    g_assert_cmpint(c->seldom->tls->handshake, ==, HR_TLS_EARLY_DATA);
    g_assert_cmpint(c->first_request->status, ==, HR_STATUS_NEW);
    g_assert_cmpint(c->first_request->sent.ns, ==, AT_MS(0));
}

/* ---- pools ---- */

static void idle_connection_is_missed(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *a = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, a, 0, AT_MS(30));
    hr_connection *b = quic_open_with_keys(t, 1, AT_S(1));
    quic_exchange(t, b, 0, AT_MS(1030));

    quic_assert_why(t, a, "first-contact");
    quic_assert_why(t, b, "idle-available");
    g_assert_true(hr_connection_opening(b)->connection == a);
}

/* Wireshark before 4.4 shows no headers of HTTP/3: Chromium, which keeps requests with and without
 * credentials apart, is not known by its User-Agent. In the clear a browser would have said so. */
static void who_is_not_shown_may_be_a_browser(void)
{
    g_autoptr(trace) t = trace_new();
    for (uint32_t number = 0; number < 3; number++) {
        hr_connection *c = quic_open_with_keys(t, number, AT_S(number));
        quic_exchange(t, c, 0, AT_S(number) + AT_MS(30));
    }
    g_autoptr(trace) clear = trace_new();
    for (uint32_t number = 0; number < 3; number++) {
        trace_connection *c = trace_open(clear, AT_S(number));
        trace_exchange(c, AT_S(number) + AT_MS(1), AT_S(number) + AT_MS(2));
    }

    g_assert_true(trace_may_be_else(t, "share_pool", "a browser, which keeps"));
    g_assert_true(trace_advises(clear, "share_pool", "Share one client object"));
    g_assert_false(trace_may_be_else(clear, "share_pool", "a browser"));
}

/* The limit is on streams opened in all, and MAX_STREAMS raises it (RFC 9000 §4.6). */
static void streams_can_run_out(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .streams = 2};
    hr_connection *a = quic_open(t, 0, AT_MS(0), &how);
    quic_ask(t, a, 0, AT_MS(30));
    quic_ask(t, a, 4, AT_MS(31));
    hr_connection *b = quic_open(t, 1, AT_MS(40), &how);
    quic_ask(t, b, 0, AT_MS(70));
    quic_at(t, AT_MS(80));
    hr_quic_max_streams_seen(trace_model(t), a, 1, 4);
    quic_datagram(t, a, SERVER);
    quic_end(t);
    hr_connection *c = quic_open(t, 2, AT_MS(100), &how);
    quic_ask(t, c, 0, AT_MS(130));
    quic_answer(t, b, 0, AT_MS(140)); /* it was there all the time */

    quic_assert_why(t, b, "streams-exhausted");
    quic_assert_why(t, c, "idle-available");
}

/* A pool holds connections of one kind: TCP to the same port is another matter. */
static void tcp_beside_it_is_another_pool(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *tcp = trace_open_to(t, "10.0.0.80", 443, AT_MS(0));
    trace_exchange(tcp, AT_MS(1), AT_MS(2));
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(10));
    quic_exchange(t, c, 0, AT_MS(40));

    quic_assert_why(t, c, "first-contact");
    g_assert_cmpuint(hr_analysis_origin_count(trace_analysis(t)), ==, 2);
}

/* Wireshark shows streams of HTTP/3, and no headers: requests are counted all the same. */
static void requests_without_headers(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(100));
    quic_exchange(t, c, 4, AT_MS(200));

    g_assert_cmpuint(trace_totals(t)->sums.requests, ==, 2);
    g_assert_cmpuint(trace_totals(t)->sums.headerless, ==, 2);
    h2_ask(h2_open(t, AT_S(10)), 1, AT_S(11), .method = ""); /* of HTTP/2 it is another matter */
    g_assert_cmpuint(trace_totals(t)->sums.headerless, ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/quic/request/order", streams_are_requests_in_the_order_of_sending);
    g_test_add_func("/quic/request/high-streams", streams_may_have_high_ids);
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
    g_test_add_func("/quic/pool/browser", who_is_not_shown_may_be_a_browser);
    g_test_add_func("/quic/pool/idle", idle_connection_is_missed);
    g_test_add_func("/quic/pool/streams", streams_can_run_out);
    g_test_add_func("/quic/pool/tcp", tcp_beside_it_is_another_pool);
    g_test_add_func("/quic/headerless", requests_without_headers);
    return g_test_run();
}

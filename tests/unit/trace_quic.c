/* trace_quic.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_quic.h"

void quic_at(trace *t, int64_t ns)
{
    hr_model_begin_frame(trace_model(t), hr_model_frame_count(trace_model(t)) + 1, ns);
}

void quic_end(trace *t)
{
    size_t count = 0;
    hr_model_end_frame(trace_model(t), &count);
}

hr_connection *quic_connect(trace *t, uint32_t number)
{
    return hr_model_add_quic(trace_model(t), number, "10.0.0.1", (uint16_t)(40000 + number),
                             "10.0.0.80", 443);
}

const hr_alpn quic_h3 = {{"h3", 2}, true};

void quic_say_hello(trace *t, hr_connection *c, bool has_ticket, uint64_t idle_timeout_ms)
{
    const hr_tls_client_hello hello = {.sni = {"a.example", 9},
                                       .alpn = quic_h3,
                                       .has_ticket = has_ticket,
                                       .offers_early_data = has_ticket};
    const hr_quic_parameters parameters = {.idle_timeout_ms = idle_timeout_ms};

    hr_tls_client_hello_seen(trace_model(t), c, 0, &hello);
    hr_quic_parameters_seen(trace_model(t), c, 0, &parameters);
    hr_quic_packet_seen(trace_model(t), c, 0, HR_QUIC_INITIAL);
}

void quic_datagram(trace *t, hr_connection *c, trace_side from)
{
    hr_quic_datagram_seen(trace_model(t), c, from == CLIENT ? 0 : 1, 1200);
}

void quic_answer_hello(trace *t, hr_connection *c, const quic_kind *how)
{
    const hr_tls_server_hello hello = {.version = 0x0304, .has_pre_shared_key = how->is_resumed};
    const hr_quic_parameters parameters = {.idle_timeout_ms = how->server_idle_ms,
                                           .streams = how->streams != 0 ? how->streams : 100};

    hr_tls_server_hello_seen(trace_model(t), c, 1, &hello);
    if (how->has_keys) {
        hr_tls_agreed(trace_model(t), c, &quic_h3, how->is_early);
        hr_quic_parameters_seen(trace_model(t), c, 1, &parameters);
    }
    hr_quic_packet_seen(trace_model(t), c, 1, HR_QUIC_INITIAL);
    hr_quic_packet_seen(trace_model(t), c, 1, HR_QUIC_HANDSHAKE);
}

static hr_connection *begin(trace *t, uint32_t number, int64_t ns, const quic_kind *how)
{
    quic_at(t, ns);
    hr_connection *c = quic_connect(t, number);
    quic_say_hello(t, c, how->is_resumed, how->client_idle_ms);
    quic_datagram(t, c, CLIENT);
    quic_end(t);
    return c;
}

hr_connection *quic_begin(trace *t, uint32_t number, int64_t ns)
{
    return begin(t, number, ns, &(quic_kind){0});
}

hr_connection *quic_open(trace *t, uint32_t number, int64_t ns, const quic_kind *how)
{
    hr_connection *c = begin(t, number, ns, how);
    quic_at(t, ns + AT_MS(10));
    quic_answer_hello(t, c, how);
    quic_datagram(t, c, SERVER);
    quic_end(t);
    quic_at(t, ns + AT_MS(20));
    if (how->has_keys) {
        hr_tls_message_seen(trace_model(t), c, 0, HR_TLS_FINISHED);
    }
    hr_quic_packet_seen(trace_model(t), c, 0, HR_QUIC_1RTT);
    quic_datagram(t, c, CLIENT);
    quic_end(t);
    return c;
}

hr_connection *quic_open_with_keys(trace *t, uint32_t number, int64_t ns)
{
    const quic_kind how = {.has_keys = true};
    return quic_open(t, number, ns, &how);
}

void quic_probe(trace *t, hr_connection *c, int64_t ns)
{
    quic_at(t, ns);
    hr_quic_packet_seen(trace_model(t), c, 0, HR_QUIC_1RTT);
    quic_datagram(t, c, CLIENT);
    quic_end(t);
}

void quic_stream(trace *t, hr_connection *c, trace_side from, uint64_t id, bool is_end, int64_t ns)
{
    const hr_quic_stream piece = {.stream = id, .length = 50, .is_end = is_end};

    quic_at(t, ns);
    hr_quic_packet_seen(trace_model(t), c, from == CLIENT ? 0 : 1, HR_QUIC_1RTT);
    quic_datagram(t, c, from);
    hr_h3_stream_seen(trace_model(t), c, from == CLIENT ? 0 : 1, &piece);
    quic_end(t);
}

void quic_ask(trace *t, hr_connection *c, uint64_t id, int64_t ns)
{
    quic_stream(t, c, CLIENT, id, true, ns);
}

void quic_answer(trace *t, hr_connection *c, uint64_t id, int64_t ns)
{
    quic_stream(t, c, SERVER, id, true, ns);
}

void quic_exchange(trace *t, hr_connection *c, uint64_t id, int64_t ns)
{
    quic_ask(t, c, id, ns);
    quic_answer(t, c, id, ns + AT_MS(1));
}

void quic_close(trace *t, hr_connection *c, trace_side from, uint64_t code, int64_t ns)
{
    quic_at(t, ns);
    quic_datagram(t, c, from);
    hr_quic_close_seen(trace_model(t), c, from == CLIENT ? 0 : 1, code, true);
    quic_end(t);
}

void quic_wait_until(trace *t, int64_t ns)
{
    quic_at(t, ns);
    quic_end(t);
}

void quic_assert_cause(trace *t, const hr_connection *c, const char *cause, const char *certainty)
{
    trace_analysis(t);
    g_assert_cmpstr(hr_close_cause_token(c->ending.cause), ==, cause);
    g_assert_cmpstr(hr_certainty_token(c->ending.certainty), ==, certainty);
}

void quic_assert_why(trace *t, const hr_connection *c, const char *why)
{
    trace_analysis(t);
    g_assert_cmpstr(hr_why_token(hr_connection_opening(c)->why), ==, why);
}

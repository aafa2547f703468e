/* trace_tls.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "trace_tls.h"

enum {
    FLIGHT = 600,
    /* Of TLS 1.3 on the wire: the message, its inner type and a tag of 16 bytes. */
    ENCRYPTED_EXTENSIONS_RECORD = 32,
    CERTIFICATE_RECORD = 900,
    FINISHED_RECORD = 53, /* SHA-256 */
    REQUEST_RECORD = 120,
    ANSWER_RECORD = 420
};

static hr_model *model_of(const trace_connection *c)
{
    return trace_model(c->owner);
}

static void message(trace_connection *c, trace_side from, hr_tls_message type)
{
    hr_tls_message_seen(model_of(c), trace_carrier(c), trace_index(c, from), type);
}

static void cipher_changed(trace_connection *c, trace_side from)
{
    hr_tls_cipher_changed(model_of(c), trace_carrier(c), trace_index(c, from));
}

static void record(trace_connection *c, trace_side from, uint32_t length)
{
    hr_tls_data_seen(model_of(c), trace_carrier(c), trace_index(c, from), length, false);
}

static hr_alpn alpn_of(const char *names)
{
    const bool is_none = names == NULL || *names == '\0';
    return (hr_alpn){
        .names = is_none ? (hr_slice){"", 0} : trace_slice(names),
        .is_http = !is_none && (strstr(names, "h2") != NULL || strstr(names, "http/1") != NULL),
    };
}

/* "" says that there is none, NULL what most have. */
static hr_slice text_or(const char *text, const char *usual)
{
    const char *said = text != NULL ? text : usual;
    return trace_slice(said != NULL && *said != '\0' ? said : NULL);
}

/* ---- the handshake ---- */

trace_connection *tls_connect(trace *t, int64_t at, const tls_kind *how)
{
    trace_connection *c = trace_connect_between(
        t, how->client != NULL ? how->client : "10.0.0.1", 0,
        how->address != NULL ? how->address : "10.0.0.80", how->port != 0 ? how->port : 443);

    trace_syn(c, at);
    trace_syn_ack(c, at + TRACE_HANDSHAKE_NS);
    trace_ack(c, CLIENT, at + TRACE_HANDSHAKE_NS);
    return c;
}

void tls_client_hello(trace_connection *c, int64_t at, const tls_kind *how)
{
    const hr_tls_client_hello hello = {
        .sni = text_or(how->sni, "a.example"),
        .alpn = alpn_of(how->offers != NULL ? how->offers : "h2,http/1.1"),
        .session_id = text_or(how->session_id, NULL),
        .has_ticket = how->has_ticket,
        .offers_early_data = how->offers_early,
        .is_on_http_port = c->port[SERVER] == 443,
    };

    trace_begin_segment(c, CLIENT, 0, FLIGHT, at);
    hr_tls_client_hello_seen(model_of(c), trace_carrier(c), trace_index(c, CLIENT), &hello);
    trace_end_segment(c);
}

/* RFC 8446 §2: all after the ServerHello is encrypted. */
static void flight_of_13(trace_connection *c, const tls_kind *how)
{
    const hr_alpn agreed = alpn_of(how->agrees);

    if (how->has_keys) {
        hr_tls_agreed(model_of(c), trace_carrier(c), &agreed, how->accepts_early);
        if (!how->is_resumed) {
            message(c, SERVER, HR_TLS_CERTIFICATE);
        }
        message(c, SERVER, HR_TLS_FINISHED);
    }
    cipher_changed(c, SERVER);
    if (!how->has_keys) {
        record(c, SERVER, ENCRYPTED_EXTENSIONS_RECORD);
        if (!how->is_resumed) {
            record(c, SERVER, CERTIFICATE_RECORD);
        }
        record(c, SERVER, FINISHED_RECORD);
    }
}

static bool is_resumed_12(const tls_kind *how)
{
    return how->is_resumed ||
           (how->session_id != NULL && g_strcmp0(how->session_id, how->new_session_id) == 0);
}

static void finish_of_12(trace_connection *c, trace_side from, const tls_kind *how)
{
    if (how->has_keys) {
        message(c, from, HR_TLS_FINISHED);
    }
    cipher_changed(c, from);
}

static void flight_of_12(trace_connection *c, const tls_kind *how)
{
    if (!is_resumed_12(how)) {
        message(c, SERVER, HR_TLS_CERTIFICATE);
        return;
    }
    if (how->gives_ticket) {
        message(c, SERVER, HR_TLS_NEW_SESSION_TICKET);
    }
    finish_of_12(c, SERVER, how);
}

void tls_server_hello(trace_connection *c, int64_t at, const tls_kind *how)
{
    const hr_tls_server_hello hello = {
        .version = how->is_12 ? 0x0303 : 0x0304,
        .alpn = alpn_of(how->is_12 ? how->agrees : NULL),
        .session_id = text_or(how->new_session_id, NULL),
        .has_pre_shared_key = !how->is_12 && how->is_resumed,
    };

    trace_begin_segment(c, SERVER, 0, FLIGHT, at);
    hr_tls_server_hello_seen(model_of(c), trace_carrier(c), trace_index(c, SERVER), &hello);
    if (how->is_12) {
        flight_of_12(c, how);
    } else {
        flight_of_13(c, how);
    }
    trace_end_segment(c);
}

void tls_client_finished(trace_connection *c, int64_t at, const tls_kind *how)
{
    trace_begin_segment(c, CLIENT, 0, FINISHED_RECORD, at);
    finish_of_12(c, CLIENT, how); /* in 1.3 the ChangeCipherSpec means nothing */
    if (!how->is_12 && !how->has_keys) {
        record(c, CLIENT, FINISHED_RECORD);
    }
    trace_end_segment(c);
}

void tls_server_finished(trace_connection *c, int64_t at, const tls_kind *how)
{
    trace_begin_segment(c, SERVER, 0, FINISHED_RECORD, at);
    if (how->gives_ticket) {
        message(c, SERVER, HR_TLS_NEW_SESSION_TICKET);
    }
    finish_of_12(c, SERVER, how);
    trace_end_segment(c);
}

void tls_new_ticket(trace_connection *c, int64_t at)
{
    trace_begin_segment(c, SERVER, 0, FLIGHT, at);
    message(c, SERVER, HR_TLS_NEW_SESSION_TICKET);
    trace_end_segment(c);
}

void tls_handshake(trace_connection *c, int64_t at, const tls_kind *how)
{
    const int64_t step = TLS_ANSWER_NS - TLS_HELLO_NS;

    tls_client_hello(c, at, how);
    tls_server_hello(c, at + step, how);
    tls_client_finished(c, at + 2 * step, how);
    if (how->is_12 && !is_resumed_12(how)) {
        tls_server_finished(c, at + 3 * step, how);
    } else if (!how->is_12 && how->gives_ticket) {
        tls_new_ticket(c, at + 3 * step);
    }
}

trace_connection *tls_open_with(trace *t, int64_t at, const tls_kind *how)
{
    trace_connection *c = tls_connect(t, at, how);

    tls_handshake(c, at + TLS_HELLO_NS, how);
    return c;
}

/* ---- records ---- */

void tls_data(trace_connection *c, trace_side from, uint32_t length, int64_t at)
{
    trace_begin_segment(c, from, 0, length, at);
    record(c, from, length);
    trace_end_segment(c);
}

void tls_hidden_exchange(trace_connection *c, int64_t sent, int64_t answered)
{
    tls_data(c, CLIENT, REQUEST_RECORD, sent);
    tls_data(c, SERVER, ANSWER_RECORD, answered);
}

void tls_alert(trace_connection *c, trace_side from, int description, int64_t at)
{
    trace_begin_segment(c, from, 0, TLS_ALERT_RECORD, at);
    hr_tls_alert_seen(model_of(c), trace_carrier(c), trace_index(c, from), description);
    trace_end_segment(c);
}

void tls_close_notify(trace_connection *c, trace_side from, int64_t at)
{
    tls_alert(c, from, HR_TLS_ALERT_CLOSE_NOTIFY, at);
}

void tls_hidden_alert_12(trace_connection *c, trace_side from, int64_t at)
{
    tls_alert(c, from, HR_TLS_ALERT_UNKNOWN, at);
}

void tls_hidden_alert_13(trace_connection *c, trace_side from, int64_t at)
{
    tls_data(c, from, TLS_ALERT_RECORD, at);
}

trace_connection *tls_open_hidden(trace *t, uint16_t port, const char *server, int64_t at)
{
    static const tls_kind how = {.offers = ""};
    trace_connection *c = trace_connect_between(t, "10.0.0.1", port, server, 443);

    trace_syn(c, at);
    trace_syn_ack(c, at + AT_US(100));
    trace_ack(c, CLIENT, at + AT_US(200));
    tls_handshake(c, at + AT_MS(1), &how);
    return c;
}

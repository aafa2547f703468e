/* tls.c
 * The TLS ledger of a connection: version, names, full or resumed, when it was ready, who said
 * close_notify. It works with and without keys; what cannot be read stays unknown or is marked
 * as an estimate. Without keys the requests cannot be seen, but who spoke last can: that tells
 * a connection that waits for an answer from one that rests.
 *
 * Sources: RFC 8446 (TLS 1.3; resumption §2.2, early data §2.3), RFC 5246 (TLS 1.2; resumption
 * §7.3), RFC 5077 (tickets), RFC 7301 (ALPN).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/follow/tls.h"

#include "core/follow/http1.h"
#include "core/model/traced.h"
#include "core/opening/pool.h"

enum {
    TLS_1_3 = 0x0304,
    /* A TLS 1.3 alert on the wire: level, description, inner type and a 16-byte tag. */
    TLS13_ALERT_LENGTH = 19,
    /* HTTP/2's PING, and its GOAWAY without debug data (RFC 9113 §6.7, §6.8), and what ciphers add:
     * a tag; AES-GCM in TLS 1.2 a nonce; TLS 1.3 the inner type. */
    H2_ACK_LENGTH = 9, /* of SETTINGS, which nobody answers (§6.5.3) */
    H2_PING_LENGTH = 17,
    H2_DEBUG_TIMEOUT = 7,  /* ... with it: mod_http2's "timeout", gRPC's "max_age" ... */
    H2_DEBUG_MAX_IDLE = 8, /* ... and "max_idle" */
    TAG_LENGTH = 16,
    NONCE_LENGTH = 8,
    HEX_BYTES_MAX = 255, /* of an id whose length is a byte */
};

/* No server's idle timeout is shorter that says why it goes. */
#define DEBUGGED_REST_MIN_NS (1 * HR_NS_PER_S)

static const char *version_name(uint16_t version)
{
    switch (version) {
    case 0x0300:
        return "SSLv3";
    case 0x0301:
        return "TLSv1.0";
    case 0x0302:
        return "TLSv1.1";
    case 0x0303:
        return "TLSv1.2";
    case TLS_1_3:
        return "TLSv1.3";
    default:
        return NULL;
    }
}

static bool is_tls13(const hr_connection *connection)
{
    return connection->tls->version != NULL && strcmp(connection->tls->version, "TLSv1.3") == 0;
}

/* The first TLS message: its bytes are not HTTP/1's. */
static void become_tls(hr_connection *connection)
{
    if (connection->is_tls) {
        return;
    }
    connection->is_tls = true;
    connection->scheme = hr_scheme_https;
    hr_connection_tls(connection)->handshake = HR_TLS_UNKNOWN;
    connection->http1.pending = HR_MOMENT_NONE;
    connection->http1.has_stray_answer = false;
    connection->ready = HR_MOMENT_NONE;
}

/* Names in ClientHello are compared without case (RFC 6066 §3). */
static const char *lower_name(hr_model *model, hr_slice name)
{
    if (name.text == NULL || name.length == 0) {
        return NULL;
    }
    return hr_model_intern_lower(model, name);
}

static const char *hex(hr_model *model, hr_slice bytes)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * HEX_BYTES_MAX];
    const size_t length = MIN(bytes.length, HEX_BYTES_MAX);

    for (size_t i = 0; i < length; i++) {
        const guint8 byte = (guint8)bytes.text[i];
        text[2 * i] = digits[byte >> 4];
        text[2 * i + 1] = digits[byte & 0x0f];
    }
    return length > 0 ? hr_model_intern(model, text, 2 * length) : NULL;
}

/* ---- tickets and session ids that reached a client, by its address and the name ---- */

static const char *ticket_key(hr_model *model, const hr_connection *connection)
{
    const char *client = hr_connection_client(connection)->endpoint.address;
    const hr_endpoint *server = &hr_connection_server(connection)->endpoint;
    char *key = connection->tls->sni != NULL
                    ? g_strconcat(client, "\n", connection->tls->sni, NULL)
                    : g_strdup_printf("%s\n\n%s %u", client, server->address, server->port);
    const char *interned = hr_model_intern(model, key, strlen(key));
    g_free(key);
    return interned;
}

static void remember_ticket(hr_model *model, const hr_connection *connection)
{
    g_hash_table_add(model->tickets, (gpointer)ticket_key(model, connection));
}

static bool is_new_to_tls(const hr_connection *connection)
{
    return !connection->is_tls && connection->protocol == HR_PROTOCOL_UNKNOWN &&
           connection->seldom->hidden_begin.frame == 0;
}

static void begin_hidden(hr_model *model, hr_connection *connection)
{
    hr_connection_seldom(connection)->hidden_begin = model->now;
    hr_model_add_item(model, HR_ITEM_HELLO, connection, NULL);
}

void hr_tls_hello_hidden(hr_model *model, hr_connection *connection)
{
    if (is_new_to_tls(connection)) {
        hr_connection_seldom(connection)->is_hidden_tls = true;
        begin_hidden(model, connection);
    }
}

void hr_tls_client_hello_seen(hr_model *model, hr_connection *connection, unsigned from,
                              const hr_tls_client_hello *hello)
{
    if (!connection->is_tls && hr_bytes_end(&connection->ends[1 - from].out) > HR_POSITION_START) {
        hr_connection_tls(connection)->is_asked_for = true;
    }
    become_tls(connection);
    if (connection->request_count == 0) {
        hr_connection_set_client(connection, from);
    }
    if (connection->tls->sni == NULL) {
        hr_connection_tls(connection)->sni = lower_name(model, hello->sni);
    }
    hr_connection_tls(connection)->session_id = hex(model, hello->session_id);
    hr_connection_tls(connection)->offers_resumption |= hello->has_ticket;
    hr_connection_tls(connection)->offers_early_data |= hello->offers_early_data;
    if (hello->alpn.names.length > 0 && connection->tls->alpn == NULL) {
        hr_connection_tls(connection)->alpn =
            hr_model_intern(model, hello->alpn.names.text, hello->alpn.names.length);
        hr_connection_tls(connection)->is_alpn_offer = true;
    }
    hr_connection_tls(connection)->is_for_others =
        hello->alpn.names.length > 0 && !hello->alpn.is_http;
    hr_connection_tls(connection)->had_ticket =
        g_hash_table_contains(model->tickets, ticket_key(model, connection));
    if (hello->alpn.is_http || (hello->alpn.names.length == 0 && hello->is_on_http_port) ||
        hr_traced_expects(model, connection)) {
        connection->is_in_scope = true;
    }
}

static void agree(hr_model *model, hr_connection *connection, const hr_alpn *alpn)
{
    if (alpn->names.length > 0) {
        hr_connection_tls(connection)->alpn =
            hr_model_intern(model, alpn->names.text, alpn->names.length);
        hr_connection_tls(connection)->is_alpn_offer = false;
    } else {
        hr_connection_tls(connection)->alpn = NULL; /* none was agreed */
        hr_connection_tls(connection)->is_alpn_offer = false;
    }
}

void hr_tls_server_hello_seen(hr_model *model, hr_connection *connection, unsigned from,
                              const hr_tls_server_hello *hello)
{
    become_tls(connection);
    if (connection->tls->hello.frame != 0) {
        return;
    }
    if (connection->request_count == 0 && connection->client == from) {
        hr_connection_set_client(connection, 1 - from);
    }
    hr_connection_tls(connection)->hello = model->now;
    hr_connection_tls(connection)->version = version_name(hello->version);
    const char *session_id = hex(model, hello->session_id);
    const bool is_echo = session_id != NULL && session_id == connection->tls->session_id;
    if (hello->version == TLS_1_3) {
        hr_connection_tls(connection)->handshake =
            hello->has_pre_shared_key ? HR_TLS_RESUMED : HR_TLS_FULL;
    } else {
        /* A Certificate, or a ChangeCipherSpec without one, decides where no id is echoed. */
        hr_connection_tls(connection)->handshake = is_echo ? HR_TLS_RESUMED : HR_TLS_FULL;
        agree(model, connection, &hello->alpn);
        if (session_id != NULL && !is_echo) {
            remember_ticket(model, connection);
        }
    }
    hr_model_add_item(model, HR_ITEM_HELLO, connection, NULL);
}

void hr_tls_agreed(hr_model *model, hr_connection *connection, const hr_alpn *alpn,
                   bool is_early_data_accepted)
{
    agree(model, connection, alpn);
    hr_connection_tls(connection)->is_readable =
        true; /* the message is encrypted: the keys are there */
    if (is_early_data_accepted && connection->tls->handshake == HR_TLS_RESUMED) {
        hr_connection_tls(connection)->handshake = HR_TLS_EARLY_DATA;
    } else if (!is_early_data_accepted && connection->tls->offers_early_data) {
        hr_connection_tls(connection)->refused_early =
            connection->outstanding; /* RFC 8446 §4.2.10 */
    }
}

void hr_tls_message_seen(hr_model *model, hr_connection *connection, unsigned from,
                         hr_tls_message type)
{
    const hr_side side = hr_connection_side_of(connection, from);

    switch (type) {
    case HR_TLS_CERTIFICATE:
        if (side == HR_SIDE_SERVER) {
            hr_connection_tls(connection)->is_certificate_seen = true;
            if (!is_tls13(connection)) {
                hr_connection_tls(connection)->handshake = HR_TLS_FULL;
            }
        }
        break;
    case HR_TLS_NEW_SESSION_TICKET:
        remember_ticket(model, connection);
        break;
    case HR_TLS_FINISHED:
        if (side == HR_SIDE_CLIENT && is_tls13(connection)) {
            hr_connection_become_ready(model, connection, false);
        }
        break;
    default:
        break;
    }
}

void hr_tls_cipher_changed(hr_model *model, hr_connection *connection, unsigned from)
{
    const hr_side side = hr_connection_side_of(connection, from);

    if (connection->tls->hello.frame == 0 || is_tls13(connection) ||
        connection->tls->cipher_changed[from].frame != 0) {
        return; /* in TLS 1.3 it means nothing (RFC 8446 appendix D.4) */
    }
    hr_connection_tls(connection)->cipher_changed[from] = model->now;
    if (side == HR_SIDE_SERVER && !connection->tls->is_certificate_seen) {
        hr_connection_tls(connection)->handshake =
            HR_TLS_RESUMED; /* straight to Finished (RFC 5077 §3.1) */
    }
    if (connection->tls->cipher_changed[1 - from].frame != 0) {
        hr_connection_become_ready(model, connection, false);
    }
}

static void notify_close(hr_model *model, hr_connection *connection, unsigned from)
{
    if (connection->tls->close_notify.frame == 0) {
        hr_connection_tls(connection)->close_notify = model->now;
        hr_connection_tls(connection)->close_notify_by = hr_connection_side_of(connection, from);
    }
    hr_connection_become_closing(model, connection);
}

void hr_tls_alert_seen(hr_model *model, hr_connection *connection, unsigned from, int description)
{
    /* An encrypted alert of an established connection is a close_notify but for errors; either
     * ends it. */
    if (description == HR_TLS_ALERT_CLOSE_NOTIFY ||
        (description == HR_TLS_ALERT_UNKNOWN && connection->ready.frame != 0)) {
        notify_close(model, connection, from);
    } else if (connection->ready.frame == 0 && connection->is_tls &&
               (description != HR_TLS_ALERT_UNKNOWN || hr_connection_is_legible(connection))) {
        hr_connection_tls(connection)->failed_by = hr_connection_side_of(connection, from);
    }
}

/* ---- application data ---- */

/* Whether a record of @length may hold a frame of @plain bytes and nothing else. */
static bool may_hold(const hr_connection *connection, uint32_t length, uint32_t plain)
{
    const uint32_t sealed = plain + TAG_LENGTH;

    return is_tls13(connection) ? length == sealed + 1
                                : length == sealed || length == sealed + NONCE_LENGTH;
}

static bool may_speak_h2(const hr_connection *connection)
{
    return connection->tls->alpn != NULL && strstr(connection->tls->alpn, "h2") != NULL;
}

static bool has_length_of_ping(const hr_connection *connection, uint32_t length)
{
    return may_hold(connection, length, H2_PING_LENGTH) && may_speak_h2(connection);
}

/* A GOAWAY that says why. The trailers of a call are about as long: these lengths are known. */
static bool has_length_of_reason(const hr_connection *connection, uint32_t length)
{
    return (may_hold(connection, length, H2_PING_LENGTH + H2_DEBUG_TIMEOUT) ||
            may_hold(connection, length, H2_PING_LENGTH + H2_DEBUG_MAX_IDLE)) &&
           may_speak_h2(connection);
}

/* The server spoke out of rest, as briefly as a GOAWAY. A PING would be answered at once. A call's
 * trailers are as long as a GOAWAY with debug data, and come sooner. */
static bool may_be_farewell(const hr_model *model, const hr_connection *connection, uint32_t length)
{
    const int64_t rested_ns = model->now.ns - connection->rest.since_ns;
    const bool says_why =
        rested_ns >= DEBUGGED_REST_MIN_NS && has_length_of_reason(connection, length);

    return (says_why || has_length_of_ping(connection, length)) && connection->tls->is_answered &&
           connection->idle_since.frame != 0 &&
           rested_ns > hr_connection_right_after_ns(model, connection);
}

/* A frame without payload: no header section is that short, and where it ends a body the answer is
 * awaited all the same. */
static bool may_acknowledge_settings(const hr_connection *connection, hr_side side, uint32_t length)
{
    return side == HR_SIDE_CLIENT && may_hold(connection, length, H2_ACK_LENGTH) &&
           may_speak_h2(connection);
}

/* Whether the record says nothing of an exchange: a likely GOAWAY, or a PING and its answer, or
 * what acknowledges the server's settings. */
static bool is_beside_exchanges(hr_model *model, hr_connection *connection, hr_side side,
                                uint32_t length)
{
    const hr_moment farewell = connection->tls->farewell;

    if (may_acknowledge_settings(connection, side, length)) {
        return true;
    }

    if (side == HR_SIDE_SERVER && may_be_farewell(model, connection, length)) {
        /* One that comes after the client's FIN answers that. */
        const bool is_another =
            hr_connection_client(connection)->fin.frame == 0 &&
            (farewell.frame == 0 || model->now.ns - farewell.ns > HR_FAREWELL_WITHIN_NS);
        hr_connection_tls(connection)->farewell = is_another ? model->now : farewell;
        return true;
    }
    hr_connection_tls(connection)->farewell = HR_MOMENT_NONE; /* it was none */
    return side == HR_SIDE_CLIENT && farewell.frame != 0 &&
           has_length_of_ping(connection, length) &&
           model->now.ns - farewell.ns <= hr_connection_right_after_ns(model, connection);
}

/* The server speaks, and was asked for nothing more: its answer goes on, since before another was
 * opened and had its own. Of streams others may run beside it. */
static void go_on_answering(hr_connection *connection)
{
    hr_connection *beside = connection->tls->beside;

    hr_connection_still_answers(connection);
    hr_connection_tls(connection)->overtaken_last = NULL;
    if (beside != NULL && !beside->judged.is_overtaken && !may_speak_h2(connection)) {
        beside->judged.is_overtaken = true;
        hr_connection_tls(connection)->overtaken_last = beside;
    }
}

void hr_tls_server_ended(const hr_model *model, hr_connection *connection)
{
    hr_connection *beside = connection->tls->overtaken_last;

    if (beside != NULL && model->now.ns - connection->rest.since_ns <=
                              hr_connection_right_after_ns(model, connection)) {
        beside->judged.is_overtaken = false;
    }
}

/* The client speaks out of rest. */
static void note_idle_time(const hr_model *model, hr_connection *connection)
{
    if (connection->tls->is_answered) {
        hr_connection_tls(connection)->asked_after_ns =
            connection->idle_since.frame != 0 ? model->now.ns - connection->idle_since.ns : 0;
    }
}

/* ... and the server answers: neither had closed before that. */
static void note_survival(hr_connection *connection)
{
    hr_tls *tls = hr_connection_tls(connection);

    tls->longest_idle_ns = MAX(tls->longest_idle_ns, tls->asked_after_ns);
}

/* Who spoke last is all that shows of an exchange. */
static void guess_exchange(hr_model *model, hr_connection *connection, hr_side side,
                           uint32_t length)
{
    hr_connection_tls(connection)->short_record =
        HR_MOMENT_NONE; /* not the last one, and so no close_notify */
    if (is_beside_exchanges(model, connection, side, length)) {
        return;
    }
    if (side == HR_SIDE_CLIENT) {
        if (connection->place.pool == NULL) {
            hr_pool_enter(model, connection, connection->tls->sni);
        }
        note_idle_time(model, connection);
        hr_connection_become_busy(model, connection);
        hr_connection_tls(connection)->data_by_client = model->now;
        hr_connection_tls(connection)->beside = NULL;
        hr_connection_tls(connection)->is_answered = false;
    } else if (connection->tls->data_by_client.frame != 0) {
        note_survival(connection);
        go_on_answering(connection);
        hr_connection_become_busy(model, connection); /* each record moves the begin of rest */
        hr_connection_become_idle(model, connection);
        hr_connection_tls(connection)->is_answered = true;
        if (connection->exchange_count == 0) {
            connection->exchange_count = 1;
            hr_pool_first_exchange_over(connection);
        }
    }
}

static bool is_handshake_record(const hr_connection *connection, hr_side side)
{
    /* Of TLS 1.3 the client's first encrypted record holds its Finished. */
    return is_tls13(connection) && side == HR_SIDE_CLIENT && connection->tls->client_records == 1;
}

/* TLS 1.3 hides what a record is, but not its length: it holds two bytes, an alert's. No Finished
 * and no request is that short. */
static void hidden_alert_seen(const hr_model *model, hr_connection *connection, hr_side side)
{
    if (connection->tls->client_records > 0) {
        if (connection->tls->short_record.frame != 0) {
            return; /* the other side's is an answer */
        }
        hr_connection_tls(connection)->short_record = model->now;
        hr_connection_tls(connection)->short_record_by = side;
    } else if (side == HR_SIDE_CLIENT && hr_connection_is_intact(connection, connection->client)) {
        hr_connection_tls(connection)->failed_by = side; /* instead of its Finished */
    }
}

void hr_tls_data_seen(hr_model *model, hr_connection *connection, unsigned from, uint32_t length,
                      bool is_readable)
{
    const hr_side side = hr_connection_side_of(connection, from);

    if (is_new_to_tls(connection) && !connection->is_opening_seen) {
        hr_connection_seldom(connection)->is_begun_tls = true;
        begin_hidden(model, connection);
    }
    become_tls(connection);
    hr_connection_tls(connection)->is_readable |= is_readable;
    if (!is_readable && length == TLS13_ALERT_LENGTH && is_tls13(connection)) {
        hidden_alert_seen(model, connection, side);
        return;
    }
    if (side == HR_SIDE_CLIENT && connection->tls->hello.frame != 0) {
        hr_connection_tls(connection)->client_records++;
        if (!is_readable) {
            hr_connection_become_ready(model, connection, is_tls13(connection));
        }
    }
    if (side == HR_SIDE_CLIENT) {
        hr_traced_join_record(model, connection);
    }
    if (!is_readable && connection->tls->is_readable) {
        connection->ends[from].out.disorder++; /* the chain of records is broken */
    }
    if (is_readable) {
        if (connection->protocol == HR_PROTOCOL_UNKNOWN ||
            connection->protocol == HR_PROTOCOL_HTTP10 ||
            connection->protocol == HR_PROTOCOL_HTTP11) {
            hr_http1_data(model, connection, side, length);
        }
    } else if (connection->is_in_scope && !connection->tls->is_readable &&
               !is_handshake_record(connection, side)) {
        guess_exchange(model, connection, side, length);
    }
}

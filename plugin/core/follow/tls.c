/* tls.c
 * The TLS ledger of a connection: version, names, full or resumed, when it was ready, who said
 * close_notify. It works with and without keys; what cannot be read stays unknown or is marked
 * as an estimate (tls_hidden.c).
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
    HEX_BYTES_MAX = 255, /* of an id whose length is a byte */
};

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

bool hr_tls_is_13(const hr_connection *connection)
{
    return connection->seldom->tls->version != NULL &&
           strcmp(connection->seldom->tls->version, "TLSv1.3") == 0;
}

/* The first TLS message: its bytes are not HTTP/1's. */
static void become_tls(hr_connection *connection)
{
    if (connection->is_tls) {
        return;
    }
    connection->is_tls = true;
    connection->is_https = true;
    hr_connection_tls(connection)->handshake = HR_TLS_UNKNOWN;
    hr_http1_forget_pending(&connection->http1);
    connection->http1.has_stray_answer = false;
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
    char *key = connection->seldom->tls->sni != NULL
                    ? g_strconcat(client, "\n", connection->seldom->tls->sni, NULL)
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
    hr_connection_tls(connection)->is_asked = true;
    if (connection->request_count == 0) {
        hr_connection_set_client(connection, from);
    }
    if (connection->seldom->tls->sni == NULL) {
        hr_connection_tls(connection)->sni = lower_name(model, hello->sni);
    }
    hr_connection_tls(connection)->session_id = hex(model, hello->session_id);
    hr_connection_tls(connection)->offers_resumption |= hello->has_ticket;
    hr_connection_tls(connection)->offers_early_data |= hello->offers_early_data;
    if (hello->alpn.names.length > 0 && connection->seldom->tls->alpn == NULL) {
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
        hr_connection_tls(connection)->is_for_others = !alpn->is_http;
    } else {
        hr_connection_tls(connection)->alpn = NULL; /* none was agreed */
        hr_connection_tls(connection)->is_alpn_offer = false;
    }
}

void hr_tls_server_hello_seen(hr_model *model, hr_connection *connection, unsigned from,
                              const hr_tls_server_hello *hello)
{
    become_tls(connection);
    if (connection->seldom->tls->hello.frame != 0) {
        return;
    }
    if (connection->request_count == 0 && connection->client == from) {
        hr_connection_set_client(connection, 1 - from);
    }
    hr_connection_tls(connection)->hello = model->now;
    hr_connection_tls(connection)->version = version_name(hello->version);
    const char *session_id = hex(model, hello->session_id);
    const bool is_echo = session_id != NULL && session_id == connection->seldom->tls->session_id;
    if (hello->version == TLS_1_3) {
        hr_connection_tls(connection)->handshake =
            hello->has_pre_shared_key ? HR_TLS_RESUMED : HR_TLS_FULL;
    } else {
        /* A Certificate, or a ChangeCipherSpec without one, decides where no id is echoed. */
        hr_connection_tls(connection)->handshake = is_echo ? HR_TLS_RESUMED : HR_TLS_FULL;
        agree(model, connection, &hello->alpn);
        hr_connection_tls(connection)->offers_session = session_id != NULL && !is_echo;
    }
    hr_model_add_item(model, HR_ITEM_HELLO, connection, NULL);
}

void hr_tls_agreed(hr_model *model, hr_connection *connection, const hr_alpn *alpn,
                   bool is_early_data_accepted)
{
    agree(model, connection, alpn);
    hr_connection_tls(connection)->is_readable =
        true; /* the message is encrypted: the keys are there */
    hr_connection_tls(connection)->is_early_data_told = true;
    if (is_early_data_accepted && connection->seldom->tls->handshake == HR_TLS_RESUMED) {
        hr_connection_tls(connection)->handshake = HR_TLS_EARLY_DATA;
    } else if (!is_early_data_accepted && connection->seldom->tls->offers_early_data) {
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
            if (!hr_tls_is_13(connection)) {
                hr_connection_tls(connection)->handshake = HR_TLS_FULL;
            }
        }
        break;
    case HR_TLS_NEW_SESSION_TICKET:
        remember_ticket(model, connection);
        break;
    case HR_TLS_FINISHED:
        if (side == HR_SIDE_CLIENT && hr_tls_is_13(connection)) {
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

    if (connection->seldom->tls->hello.frame == 0 || hr_tls_is_13(connection) ||
        connection->seldom->tls->cipher_changed[from].frame != 0) {
        return; /* in TLS 1.3 it means nothing (RFC 8446 appendix D.4) */
    }
    hr_connection_tls(connection)->cipher_changed[from] = model->now;
    if (side == HR_SIDE_SERVER && !connection->seldom->tls->is_certificate_seen &&
        connection->seldom->tls->cipher_changed[1 - from].frame == 0) {
        /* Straight to Finished (RFC 5077 §3.1). Of a full handshake the client comes first, whether
         * or not the certificate is there to be seen. */
        hr_connection_tls(connection)->handshake = HR_TLS_RESUMED;
    }
    if (side == HR_SIDE_SERVER && connection->seldom->tls->offers_session) {
        remember_ticket(model, connection);
    }
    if (connection->seldom->tls->cipher_changed[1 - from].frame != 0) {
        hr_connection_become_ready(model, connection, false);
    }
}

static void notify_close(hr_model *model, hr_connection *connection, unsigned from)
{
    if (connection->seldom->tls->close_notify.frame == 0) {
        hr_connection_tls(connection)->close_notify = model->now;
        hr_connection_tls(connection)->close_notify_by = hr_connection_side_of(connection, from);
    }
    hr_connection_become_closing(model, connection);
}

/* Where the ServerHello is not in the capture, what was sent since tells that it came. */
static bool is_established(const hr_connection *connection)
{
    return hr_connection_ready(connection).frame != 0 ||
           (connection->seldom->tls->hello.frame == 0 &&
            connection->seldom->tls->data_by_client.frame != 0);
}

void hr_tls_alert_seen(hr_model *model, hr_connection *connection, unsigned from, int description)
{
    /* An encrypted alert of an established connection is a close_notify but for errors; either
     * ends it. */
    if (description == HR_TLS_ALERT_CLOSE_NOTIFY ||
        (description == HR_TLS_ALERT_UNKNOWN && is_established(connection))) {
        notify_close(model, connection, from);
    } else if (hr_connection_ready(connection).frame == 0 && connection->is_tls &&
               (description != HR_TLS_ALERT_UNKNOWN || hr_connection_is_legible(connection))) {
        hr_connection_tls(connection)->failed_by = hr_connection_side_of(connection, from);
    }
}

/* ---- application data ---- */

/* TLS 1.2 and before show what is an alert, and have no data that short with any usual cipher: where
 * the ServerHello is not in the capture, too, it is one. */
static bool is_hidden_alert(const hr_connection *connection, uint32_t length)
{
    return length == TLS13_ALERT_LENGTH &&
           (connection->seldom->tls->version == NULL || hr_tls_is_13(connection));
}

static bool is_handshake_record(const hr_connection *connection, hr_side side)
{
    /* Of TLS 1.3 the client's first encrypted record holds its Finished. */
    return hr_tls_is_13(connection) && side == HR_SIDE_CLIENT &&
           connection->seldom->tls->client_records == 1;
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
    if (!is_readable && is_hidden_alert(connection, length)) {
        hr_tls_hidden_alert_seen(model, connection, side);
        return;
    }
    if (side == HR_SIDE_CLIENT && connection->seldom->tls->hello.frame != 0) {
        hr_connection_tls(connection)->client_records++;
        if (!is_readable) {
            hr_connection_become_ready(model, connection, hr_tls_is_13(connection));
        }
    }
    if (side == HR_SIDE_CLIENT) {
        hr_traced_join_record(model, connection);
    }
    if (!is_readable && connection->seldom->tls->is_readable) {
        hr_bytes_disturb(&connection->ends[from].out); /* the chain of records is broken */
    }
    if (is_readable) {
        hr_http1_data(model, connection, side, length);
    } else if (connection->is_in_scope && !connection->seldom->tls->is_readable &&
               !is_handshake_record(connection, side)) {
        hr_tls_guess_exchange(model, connection, side, length);
    }
}

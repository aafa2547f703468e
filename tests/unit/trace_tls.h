/* trace_tls.h
 * The words of trace.h for TLS: handshakes message by message, records, alerts. They are told to
 * the core as the observer tells them: of a frame first its handshake messages, then its records,
 * and of what is encrypted only what Wireshark shows with keys or without.
 *
 *     g_autoptr(trace) t = trace_new();
 *     trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
 *     trace_exchange(c, AT_MS(10), AT_MS(11));
 *     tls_close_notify(c, CLIENT, AT_MS(20));
 *
 * Without keys nobody sees the requests: tls_data() tells of their records.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_TRACE_TLS_H
#define HR_TESTS_TRACE_TLS_H

#include "trace.h"

/** When the frames of tls_open() come: TCP's handshake first, then one each millisecond. */
#define TLS_HELLO_NS AT_MS(1)
#define TLS_ANSWER_NS AT_MS(2)
#define TLS_READY_NS AT_MS(3)         /**< TLS 1.3, and TLS 1.2 resumed: the client's Finished */
#define TLS_READY_FULL_12_NS AT_MS(4) /**< a full handshake of TLS 1.2: the server's */

enum {
    TLS_ALERT_RECORD = 19, /**< of TLS 1.3 on the wire; 24 bytes with its header */
    TLS_ALERT_HANDSHAKE_FAILURE = 40,
    TLS_ALERT_UNKNOWN_CA = 48
};

/** What the two sides say; what is left 0 is a full handshake of TLS 1.3 for a.example. */
typedef struct {
    const char *address;        /**< of the server; "10.0.0.80" */
    const char *client;         /**< "10.0.0.1" */
    uint16_t port;              /**< 443 */
    const char *sni;            /**< "a.example"; "" for none */
    const char *offers;         /**< ALPN: "h2,http/1.1"; "" for none */
    const char *agrees;         /**< ALPN: none */
    bool is_12;                 /**< TLS 1.2 */
    bool has_keys;              /**< Wireshark can read what is encrypted */
    bool has_ticket;            /**< the client offers a ticket (1.2) or a PSK (1.3) */
    const char *session_id;     /**< that the client offers (1.2) */
    const char *new_session_id; /**< the server's; equal to the client's: it resumes */
    bool is_resumed;            /**< by the ticket or the PSK */
    bool offers_early, accepts_early;
    bool gives_ticket; /**< NewSessionTicket: in TLS 1.3 in a frame of its own */
} tls_kind;

/** tls_open(t, AT_MS(0), .is_12 = true): TCP's handshake, then TLS's. */
#define tls_open(t, when, ...) tls_open_with((t), (when), &(tls_kind){.port = 443, __VA_ARGS__})

trace_connection *tls_open_with(trace *t, int64_t at, const tls_kind *how);

/* ---- its steps, for those that go another way ---- */

trace_connection *tls_connect(trace *t, int64_t at, const tls_kind *how);
void tls_client_hello(trace_connection *c, int64_t at, const tls_kind *how);

/** ServerHello and what follows it in its flight. */
void tls_server_hello(trace_connection *c, int64_t at, const tls_kind *how);

/** The client's Finished, with what goes before it. */
void tls_client_finished(trace_connection *c, int64_t at, const tls_kind *how);

/** The server's ChangeCipherSpec and Finished of a full handshake of TLS 1.2. */
void tls_server_finished(trace_connection *c, int64_t at, const tls_kind *how);
void tls_new_ticket(trace_connection *c, int64_t at);

/** All after TCP's handshake of @c, which may be a tunnel's, too; the hello comes at @at. */
void tls_handshake(trace_connection *c, int64_t at, const tls_kind *how);

/* ---- records ---- */

/** A record of application data that nobody can read. */
void tls_data(trace_connection *c, trace_side from, uint32_t length, int64_t at);

/** A request and an answer that nobody can read. */
void tls_hidden_exchange(trace_connection *c, int64_t sent, int64_t answered);

/** An alert that can be read; TLS 1.2 shows those that it cannot read as alerts, 1.3 does not. */
void tls_alert(trace_connection *c, trace_side from, int description, int64_t at);
void tls_close_notify(trace_connection *c, trace_side from, int64_t at);
void tls_hidden_alert_12(trace_connection *c, trace_side from, int64_t at);
void tls_hidden_alert_13(trace_connection *c, trace_side from, int64_t at);

/** TLS that nobody reads, from @port to 443 of @server; the handshake takes 3 ms. */
trace_connection *tls_open_hidden(trace *t, uint16_t port, const char *server, int64_t at);

#endif

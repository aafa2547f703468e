/* event.h
 * What observers report about one packet. Events state facts of the wire; they carry no
 * judgement. Strings and bytes are borrowed for the call: the core copies what it keeps.
 *
 * A frame is reported as
 *     hr_model_begin_frame(), then for each TCP layer hr_tcp_segment_seen(),
 *     then the HTTP messages of that layer in the order of the wire, then hr_model_end_frame().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_EVENT_H
#define HR_CORE_MODEL_EVENT_H

#include "core/model/types.h"

/** A text that is not terminated: a slice of a packet. text is NULL where it is absent. */
typedef struct {
    const char *text;
    size_t length;
} hr_slice;

/** The flags of a TCP segment that matter here, with their values on the wire (RFC 9293 §3.1). */
enum {
    HR_TCP_FIN = 0x01,
    HR_TCP_SYN = 0x02,
    HR_TCP_RST = 0x04,
    HR_TCP_ACK = 0x10,
};

/** One TCP segment. */
typedef struct {
    unsigned from;   /**< 0 or 1: the index of the sending end in the connection's flow */
    uint8_t flags;   /**< HR_TCP_* */
    uint32_t seq;    /**< raw sequence number */
    uint32_t ack;    /**< raw acknowledgement number, valid with HR_TCP_ACK */
    uint32_t length; /**< payload bytes on the wire, also where the capture cut them off */
} hr_tcp_segment;

/** The parts of an HTTP/1 message that say where it ends (RFC 9112 §6.3). */
typedef struct {
    uint64_t header_length;   /**< start line and header section with the empty line, in bytes */
    bool is_header_cut;       /**< the header section runs past what was captured */
    bool has_content_length;  /**< content_length is valid */
    uint64_t content_length;  /**< RFC 9110 §8.6 */
    bool is_chunked;          /**< Transfer-Encoding: chunked */
    bool is_chunked_end_seen; /**< chunked_length is valid: the last chunk is in this packet */
    uint64_t chunked_length;  /**< framing, data and trailer of all chunks, in bytes */
    uint64_t available;       /**< bytes from the message's start to the end of what this frame
                                   brings (on the wire, not as captured) */
    bool is_whole;            /**< the dissector put the message together from several segments
                                   and had all of it */
    bool is_on_tcp;           /**< its bytes are TCP payload, so that TCP can tell its end */
} hr_http1_extent;

/** What either kind of message says about persistence (RFC 9112 §9.3). */
typedef struct {
    bool is_http10;       /**< HTTP/1.0, else HTTP/1.1 */
    bool says_close;      /**< Connection: close */
    bool says_keep_alive; /**< Connection: keep-alive */
} hr_http1_persistence;

typedef struct {
    hr_slice method;
    hr_slice target; /**< the request target as it stands in the request line */
    hr_slice host;   /**< absent where there is none or it was cut off */
    hr_slice user_agent;
    bool is_relayed; /**< Via, X-Forwarded-For or Forwarded: a proxy sent it */
    bool expects_continue;
    bool asks_upgrade; /**< Upgrade, to something else than HTTP/2 (RFC 9110 §7.8) */
    hr_http1_persistence persistence;
    hr_http1_extent extent;
} hr_http1_request;

typedef struct {
    unsigned code;
    hr_slice server;
    hr_slice via;
    int32_t keep_alive_max;     /**< Keep-Alive: max=N, -1 where absent */
    int32_t keep_alive_timeout; /**< Keep-Alive: timeout=N in seconds, -1 where absent */
    bool upgrades_to_h2c;       /**< Upgrade: h2c, with code 101 (RFC 7540 §3.2) */
    hr_http1_persistence persistence;
    hr_http1_extent extent;
} hr_http1_response;

/* ---- TLS (RFC 5246, RFC 8446) ---- */

/** What the protocol names of an ALPN list say, joined with commas in @names. */
typedef struct {
    hr_slice names;
    bool is_http; /**< an HTTP one is among them */
} hr_alpn;

typedef struct {
    hr_slice sni; /**< absent where there is none */
    hr_alpn alpn; /**< what the client offers */
    hr_slice session_id;
    bool has_ticket; /**< TLS 1.2: a session ticket; 1.3: pre_shared_key */
    bool offers_early_data;
    bool is_on_http_port; /**< the server's port is one of Wireshark's HTTP/TLS ports */
} hr_tls_client_hello;

typedef struct {
    uint16_t version; /**< negotiated, 0x0303 or 0x0304 */
    hr_alpn alpn;     /**< TLS 1.2: what was agreed; 1.3 says it later */
    hr_slice session_id;
    bool has_pre_shared_key; /**< TLS 1.3: the session is resumed (RFC 8446 §2.2) */
} hr_tls_server_hello;

/** Handshake messages that are told apart here, with their values on the wire. */
typedef enum {
    HR_TLS_CLIENT_HELLO = 1,
    HR_TLS_SERVER_HELLO = 2,
    HR_TLS_NEW_SESSION_TICKET = 4,
    HR_TLS_ENCRYPTED_EXTENSIONS = 8,
    HR_TLS_CERTIFICATE = 11,
    HR_TLS_FINISHED = 20,
} hr_tls_message;

enum {
    HR_TLS_ALERT_CLOSE_NOTIFY = 0,
    HR_TLS_ALERT_UNKNOWN = -1
};

/* ---- HTTP/2 (RFC 9113) ---- */

typedef struct {
    uint32_t stream;
    hr_slice method, path, authority, user_agent;
    bool is_relayed; /**< Via: a proxy sent it */
    bool is_end;     /**< END_STREAM: no body follows */
} hr_h2_request;

typedef struct {
    uint32_t stream;
    unsigned code;
    hr_slice server, via;
    bool is_end;
} hr_h2_response;

/* ---- QUIC (RFC 9000) and HTTP/3 (RFC 9114) ---- */

typedef enum {
    HR_QUIC_INITIAL,
    HR_QUIC_0RTT,
    HR_QUIC_HANDSHAKE,
    HR_QUIC_RETRY,
    HR_QUIC_1RTT,
    HR_QUIC_VERSION_NEGOTIATION,
} hr_quic_packet;

/** What a ClientHello or EncryptedExtensions says in its transport parameters (RFC 9000 §18.2).
 * A parameter that is absent has its default, 0. */
typedef struct {
    uint64_t idle_timeout_ms; /**< max_idle_timeout; 0: none */
    uint64_t streams;         /**< initial_max_streams_bidi */
} hr_quic_parameters;

/** A STREAM frame of a stream that a client opened for a request. */
typedef struct {
    uint64_t stream;
    uint64_t offset;
    uint32_t length;
    bool is_end;     /**< FIN */
    bool is_interim; /**< it brings a 1xx answer */
} hr_quic_stream;

/** A header section of HTTP/3, in a Wireshark that decodes it (from 4.4 on). */
typedef struct {
    uint64_t stream;
    hr_slice method, path, authority, user_agent; /**< of a request */
    unsigned code;                                /**< of an answer, else 0 */
    hr_slice server, via;                         /**< via also of a request */
} hr_h3_headers;

#endif

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

#include "core/model/model.h"

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

/** Which way a packet went at the host that captured it. */
typedef enum {
    HR_WAY_UNKNOWN, /**< the capture does not say */
    HR_WAY_IN,      /**< it came to that host */
    HR_WAY_OUT      /**< that host sent it */
} hr_way;

/** One TCP segment. */
typedef struct {
    unsigned from; /**< 0 or 1: the index of the sending end in the connection's flow */
    uint8_t flags; /**< HR_TCP_* */
    uint8_t hops;  /**< how many more its packet may travel: IPv4's TTL, IPv6's hop limit; or 0 */
    hr_way way;
    uint32_t seq;     /**< raw sequence number */
    uint32_t ack;     /**< raw acknowledgement number, valid with HR_TCP_ACK */
    uint32_t length;  /**< payload bytes on the wire, also where the capture cut them off */
    bool is_cut;      /**< ... which it did */
    bool has_no_room; /**< its window is 0: its sender takes no more bytes for now */
} hr_tcp_segment;

/** The parts of an HTTP/1 message that say where it ends (RFC 9112 §6.3). */
typedef struct {
    uint64_t header_length;   /**< start line and header section with the empty line, in bytes */
    bool is_header_cut;       /**< the header section runs past what was captured */
    bool has_content_length;  /**< content_length is valid */
    uint64_t content_length;  /**< RFC 9110 §8.6 */
    bool is_length_odd;       /**< Content-Length is no number, or two that differ: the message is
                                   not valid, and nobody knows where it ends */
    bool is_chunked;          /**< Transfer-Encoding: chunked */
    bool is_chunked_end_seen; /**< chunked_length is valid: the last chunk is in this packet */
    uint64_t chunked_length;  /**< framing, data and trailer of all chunks, in bytes */
    uint64_t available;       /**< bytes from the message's start to the end of what this frame
                                   brings (on the wire, not as captured) */
    bool is_whole;            /**< the dissector put the message together from several segments
                                   and had all of it */
    bool is_on_tcp;           /**< its bytes are TCP payload, so that TCP can tell its end */
    bool is_begin_known;      /**< begin_seq is valid: it begins in the present segment */
    uint32_t begin_seq;       /**< raw sequence number of its first byte */
} hr_http1_extent;

typedef struct {
    hr_slice method;
    hr_slice target; /**< the request target as it stands in the request line */
    hr_slice host;   /**< absent where there is none or it was cut off */
    hr_slice user_agent;
    bool is_relayed;     /**< Via, Forwarded, X-Forwarded-For or another of those lines that only
                            proxies add: one sent it */
    bool is_agent_moved; /**< User-Agent is not the line right behind Host, the first, or its name
                            is spelled otherwise: some programs always write them so */
    bool asks_upgrade;   /**< Upgrade, to something else than HTTP/2 (RFC 9110 §7.8) */
    bool binds_user;     /**< Authorization or Proxy-Authorization: NTLM or Negotiate (RFC 4559) */
    bool expects_continue; /**< Expect: 100-continue (RFC 9110 §10.1.1) */
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
    bool is_endless; /**< its Content-Type is one of streams that go on until they are left */
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

/** RFC 9113 §6.8. */
typedef struct {
    uint32_t last_stream, error;
    hr_slice debug; /**< additional debug data; as text, for people */
} hr_h2_goaway;

/* ---- QUIC (RFC 9000) and HTTP/3 (RFC 9114) ---- */

typedef enum {
    HR_QUIC_INITIAL,
    HR_QUIC_0RTT,
    HR_QUIC_HANDSHAKE,
    HR_QUIC_RETRY,
    HR_QUIC_1RTT,
    HR_QUIC_VERSION_NEGOTIATION,
    HR_QUIC_STATELESS_RESET,  /* RFC 9000 §10.3: its sender knows nothing of the connection */
    HR_QUIC_STATELESS_RESETS, /* ... and so was its datagram before: no two others end alike */
    HR_QUIC_STRANGE, /* between the connection's ports, and its id is nobody's that was seen */
    HR_QUIC_PACKETS
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

/* ---- before the first frame ---- */

/** The version of the program that dissects; "4.0.17". */
void hr_model_set_dissector(hr_model *model, const char *version);

/** Where the packets come from (hr_source), later too; each may be NULL. */
void hr_model_set_source(hr_model *model, const char *file, const char *device);

/** A call of the program as it told of it, before the frames in which it may be. A local address
 * that is absent: it got no connection, or one of another kind than IP. */
typedef struct {
    struct {
        hr_slice address;
        uint16_t port;
    } local, remote;
    int64_t got_ns;  /**< when it got its connection */
    int64_t done_ns; /**< when it had sent its request, or was over */
    int64_t end_ns;  /**< when its answer began, or it had failed; 0: not known */
    hr_slice site, function, method, host, path, error;
} hr_traced_call;

/** There is a trace, be it empty; each call of it; each line that is none. Of a model without
 * frames only. */
void hr_model_begin_trace(hr_model *model);
void hr_model_add_traced(hr_model *model, const hr_traced_call *told);
void hr_model_add_damaged_call(hr_model *model);

/** Who writes the events down (events/record.h); NULL: nobody. Borrowed. */
typedef struct hr_recorder hr_recorder;
void hr_model_set_recorder(hr_model *model, hr_recorder *recorder);
hr_recorder *hr_model_recorder(const hr_model *model);

/* ---- the frame; each function below reports a fact of the present one ---- */

/** Starts the next frame: its position in the file (1-based, rising) and its time. */
void hr_model_begin_frame(hr_model *model, uint32_t frame, int64_t time_ns);

/**
 * Ends the frame: what its FIN or RST means is decided after its messages were reported.
 * Returns what the frame shows, owned by the model and valid until the next begin_frame;
 * *count may be 0.
 */
const hr_item *hr_model_end_frame(hr_model *model, size_t *count);

/** The connection of a TCP stream (Wireshark's dense index), or NULL. */
hr_connection *hr_model_tcp_connection(const hr_model *model, uint32_t tcp_stream);

/** Adds a TCP stream; @from is the end that sent the present segment and gets index 0. */
hr_connection *hr_model_add_tcp(hr_model *model, uint32_t tcp_stream, const char *from_address,
                                uint16_t from_port, const char *to_address, uint16_t to_port);

/** What the payload of @connection belongs to: the innermost tunnel in it, or itself; NULL where it
 * is another connection again, and nobody wants to hear of it. */
hr_connection *hr_connection_innermost(hr_connection *connection);

/** The end of it that sends what the end @from of @connection does. */
unsigned hr_connection_innermost_end(const hr_connection *connection, unsigned from);

/** A segment on @connection, before the messages in it. */
void hr_tcp_segment_seen(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment);

/** A request on @connection, in the frame in which its last byte (or its header) was seen. */
hr_request *hr_http1_request_seen(hr_model *model, hr_connection *connection, unsigned from,
                                  const hr_http1_request *seen);

/** An answer on @connection, 1xx included. */
void hr_http1_response_seen(hr_model *model, hr_connection *connection, unsigned from,
                            const hr_http1_response *response);

/*
 * What begins in the present frame's bytes and no dissector has shown: after all messages of the
 * frame were reported. The two hr_http1_wants_ functions tell whether something does, and the
 * sequence number of its first byte; then it is read and reported by the functions below, or by
 * none where the bytes are no HTTP.
 */
bool hr_http1_wants_request(const hr_model *model, const hr_connection *connection, unsigned from,
                            uint32_t *seq);
bool hr_http1_wants_answer(const hr_model *model, const hr_connection *connection, unsigned from,
                           uint32_t *seq);

/**
 * Likewise whether a request may begin where the body of one was to begin that waited for leave to
 * send it and got the final answer: what begins there is reported if it is a request line.
 */
bool hr_http1_wants_request_instead(const hr_model *model, const hr_connection *connection,
                                    unsigned from, uint32_t *seq);

/** A request line, with as much of the header section as is there. */
hr_request *hr_http1_request_begun(hr_model *model, hr_connection *connection, unsigned from,
                                   const hr_http1_request *seen);

/** A status line, likewise. */
void hr_http1_answer_begun(hr_model *model, hr_connection *connection, unsigned from,
                           const hr_http1_response *response);

/**
 * Whether the oldest outstanding answer, which nobody shows, ended with the present frame's bytes,
 * as its first lines say; then its exchange is over. Another may have begun and ended behind it.
 * Where it did not, nothing changes, and no log has it.
 */
bool hr_http1_answer_over(hr_model *model, hr_connection *connection, unsigned from);

/** The client begins with a ClientHello (RFC 8446 section 4.1.2) that nobody shows: its port is
 * another dissector's. */
void hr_tls_hello_hidden(hr_model *model, hr_connection *connection);

/** The preface of HTTP/2 (RFC 9113 §3.4), which Wireshark does not take for one on this port. */
void hr_h2_preface_seen(hr_model *model, hr_connection *connection);

/** The first bytes of @connection are a header of the PROXY protocol (proxy-protocol.txt): it is that
 * of the proxy's client @client, its address and port; empty: of the proxy's own, or of one that is
 * not said. */
void hr_tcp_spoken_for(hr_model *model, hr_connection *connection, unsigned from,
                       const hr_slice *client);

/** Whether the present segment has the server's first bytes, on a connection of TCP without TLS: if
 * they are of another protocol than what the client speaks, that is reported. */
bool hr_wants_first_words(const hr_connection *connection, unsigned from, uint32_t length);
void hr_server_speaks(hr_model *model, hr_connection *connection, unsigned from, uint32_t spoken);

/** @length client bytes that are no request: CR LF, or what proxies send ahead. */
void hr_http1_stray_seen(hr_model *model, hr_connection *connection, unsigned from,
                         uint32_t length);

/* ---- TLS; @from is the index of the sending end ---- */

void hr_tls_client_hello_seen(hr_model *model, hr_connection *connection, unsigned from,
                              const hr_tls_client_hello *hello);
void hr_tls_server_hello_seen(hr_model *model, hr_connection *connection, unsigned from,
                              const hr_tls_server_hello *hello);

/** EncryptedExtensions (TLS 1.3, with keys): what was agreed. */
void hr_tls_agreed(hr_model *model, hr_connection *connection, const hr_alpn *alpn,
                   bool is_early_data_accepted);

/** Another handshake message, readable or (TLS 1.2) known by its place. */
void hr_tls_message_seen(hr_model *model, hr_connection *connection, unsigned from,
                         hr_tls_message type);

/** A ChangeCipherSpec record. */
void hr_tls_cipher_changed(hr_model *model, hr_connection *connection, unsigned from);

/** An alert; HR_TLS_ALERT_UNKNOWN where it is encrypted. */
void hr_tls_alert_seen(hr_model *model, hr_connection *connection, unsigned from, int description);

/**
 * A record of application data of @length bytes. @is_readable: it was decrypted; else it may
 * hold handshake messages or an alert of TLS 1.3.
 */
void hr_tls_data_seen(hr_model *model, hr_connection *connection, unsigned from, uint32_t length,
                      bool is_readable);

/* ---- HTTP/2; @from is the index of the sending end ---- */

/** The preface or any frame: the connection speaks HTTP/2 from here on. */
void hr_h2_spoken(hr_model *model, hr_connection *connection, unsigned from);
void hr_h2_request_seen(hr_model *model, hr_connection *connection, unsigned from,
                        const hr_h2_request *seen);
void hr_h2_response_seen(hr_model *model, hr_connection *connection, unsigned from,
                         const hr_h2_response *seen);

/** DATA, or HEADERS that are trailers, of @length payload bytes; @is_end: END_STREAM. */
void hr_h2_data_seen(hr_model *model, hr_connection *connection, unsigned from, uint32_t stream,
                     uint32_t length, bool is_end);
void hr_h2_reset_seen(hr_model *model, hr_connection *connection, unsigned from, uint32_t stream);
void hr_h2_goaway_seen(hr_model *model, hr_connection *connection, unsigned from,
                       const hr_h2_goaway *seen);
void hr_h2_stream_limit_seen(hr_model *model, hr_connection *connection, unsigned from,
                             uint32_t streams);

/* ---- QUIC; @from is the index of the sending end ---- */

/** The connection of Wireshark's quic.connection.number, or NULL. */
hr_connection *hr_model_quic_connection(const hr_model *model, uint32_t number);

/** The latest QUIC connection between two addresses and ports, whichever is the client's, or NULL. */
hr_connection *hr_model_quic_between(hr_model *model, const char *one_address, uint16_t one_port,
                                     const char *other_address, uint16_t other_port);

/** Adds a QUIC connection; @from sent the present packet and gets index 0. */
hr_connection *hr_model_add_quic(hr_model *model, uint32_t number, const char *from_address,
                                 uint16_t from_port, const char *to_address, uint16_t to_port);

/**
 * A packet of QUIC in the present datagram, after the TLS messages in it. The first Initial of
 * a connection opens it, unless a ServerHello was in it.
 */
void hr_quic_packet_seen(hr_model *model, hr_connection *connection, unsigned from,
                         hr_quic_packet type);

/** The number of the datagram's last packet, one of 1-RTT that could be read (RFC 9000 §12.3). */
void hr_quic_number_seen(hr_model *model, hr_connection *connection, unsigned from,
                         uint64_t number);

/** The datagram as a whole, @length bytes, after its packets and before its frames. */
void hr_quic_datagram_seen(hr_model *model, hr_connection *connection, unsigned from,
                           uint32_t length);

void hr_quic_parameters_seen(hr_model *model, hr_connection *connection, unsigned from,
                             const hr_quic_parameters *parameters);
void hr_quic_handshake_done_seen(hr_model *model, hr_connection *connection, unsigned from);

/** MAX_STREAMS for bidirectional streams: how many may be opened in all. */
void hr_quic_max_streams_seen(hr_model *model, hr_connection *connection, unsigned from,
                              uint64_t streams);
void hr_quic_close_seen(hr_model *model, hr_connection *connection, unsigned from, uint64_t code,
                        bool is_by_application);

/* ---- HTTP/3 ---- */

/** A STREAM frame of a bidirectional stream that the client opened. */
void hr_h3_stream_seen(hr_model *model, hr_connection *connection, unsigned from,
                       const hr_quic_stream *stream);

/** A decoded header section, after the STREAM frame that completed it. */
void hr_h3_headers_seen(hr_model *model, hr_connection *connection, unsigned from,
                        const hr_h3_headers *headers);

/** RESET_STREAM, or with @is_stop STOP_SENDING. */
void hr_h3_reset_seen(hr_model *model, hr_connection *connection, unsigned from, uint64_t stream,
                      bool is_stop);
void hr_h3_goaway_seen(hr_model *model, hr_connection *connection, unsigned from, uint64_t id);

#endif

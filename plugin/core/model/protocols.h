/* protocols.h
 * What each protocol tells of a connection, as far as it was seen: parts of hr_connection. The
 * rooms of follow/ fill them. What most connections have no part in is behind a pointer: to read
 * it is always there, and to write it there is a function of store.h, which makes it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_PROTOCOLS_H
#define HR_CORE_MODEL_PROTOCOLS_H

#include "core/model/bytes.h"

/* A capture has a million connections, and a connection two dozen moments of 12 bytes: members lie
 * at multiples of 4, without holes. */
#pragma pack(push, 4)
/** A place in the capture. frame is the position in the file, 1-based; 0: not in the capture. */
typedef struct {
    uint32_t frame;
    int64_t ns; /**< HR_TIME_NONE where frame is 0 */
} hr_moment;
#define HR_MOMENT_NONE ((hr_moment){0, HR_TIME_NONE})

/** From @begin to @end in ns, HR_TIME_NONE where either is not in the capture or its clock went
 * back between them. */
int64_t hr_moment_elapsed_ns(hr_moment begin, hr_moment end);

/** The schemes: two equal ones are one pointer. */
extern const char hr_scheme_http[], hr_scheme_https[];

#pragma pack(pop)

#pragma pack(push, 2) /* what follows in hr_tcp_end comes right behind the port */

/** An address as text (interned) and a port. */
typedef struct {
    const char *address;
    uint16_t port;
} hr_endpoint;

#pragma pack(pop)

enum {
    HR_QUIC_TOKEN = 16, /* RFC 9000 §10.3: at the end of a stateless reset, the same in each */
    HR_QUIC_SAMPLE = 4, /* of what is random before it */
};

/** What only a QUIC connection has. Indexes are those of its ends. */
typedef struct {
    uint32_t number; /**< Wireshark's quic.connection.number */
    bool has_parameters[2];
    uint64_t idle_timeout_ms[2]; /**< max_idle_timeout, 0: none; valid with has_parameters */
    uint64_t streams_allowed;    /**< that the client may open in all; UINT64_MAX: not known */
    uint64_t streams_opened;     /**< that it has opened */
    hr_bytes numbers; /**< of the server's 1-RTT packets, a byte a number (RFC 9000 §12.3) */
    uint64_t client_packets; /**< of the client's, of any kind */
    bool is_client_gapped;   /**< ... one counts more than there were */
    uint32_t unread;         /**< the frame of the latest of these that nobody could read, or 0 */
    uint32_t unread_before;  /**< ... before the present frame */
    bool is_closed;          /**< by a CONNECTION_CLOSE */
    bool is_close_by_application;
    uint64_t close_code; /**< its error code: of HTTP/3 (RFC 9114 §8.1), or of the transport */
    uint64_t control_stream[2]; /**< of HTTP/3 (RFC 9114 §6.2.1); UINT64_MAX: not seen yet */
    uint64_t control_next[2];   /**< where on it the next frame of HTTP/3 begins */
    uint8_t unread_begin[2]
                        [HR_QUIC_SAMPLE]; /**< of the latest datagram of each that nobody could */
    uint8_t unread_end[2][HR_QUIC_TOKEN]; /**< read: some of what differs in each, and its end */
    int64_t silent_end_ns; /**< when its idle timeout ended it without a packet, HR_TIME_NONE where
                              that is not known; valid after hr_analyse() */
    uint32_t outlived_frame; /**< of the client's first datagram behind the server's idle timeout,
                                after which nothing was heard of the server; or 0 */
    uint32_t strange_frame; /**< the server's latest datagram that may be of any connection, or 0 */
    uint32_t expired_frame; /**< where the next connection of QUIC was opened behind that, or 0 */
    bool is_queued;         /**< in the model's queue of open ones, by open_link */
    GList open_link;
    bool begins_inside; /**< its first packets follow what is another one's to Wireshark */
    struct hr_connection *before, *after; /**< the next of the same addresses and ports, or NULL */
} hr_quic;

/** What TLS tells of a connection, with or without keys. */
typedef struct {
    hr_tls_handshake handshake;
    const char *version; /**< "TLSv1.3" */
    const char *alpn;    /**< what was agreed; else, see is_alpn_offer, what was offered */
    const char *sni;
    const char *session_id;       /**< the ClientHello's, interned, as hex */
    hr_moment ready;              /**< the end of the handshake, see hr_connection_ready() */
    hr_moment hello;              /**< the ServerHello */
    hr_moment cipher_changed[2];  /**< the first ChangeCipherSpec of each end */
    hr_moment close_notify;       /**< the first one */
    hr_moment data_by_client;     /**< its latest application data, while nobody can read it */
    hr_moment short_record;       /**< TLS 1.3 without keys: the length of an alert */
    hr_moment farewell;           /**< the server's last data without keys, likely a GOAWAY */
    struct hr_connection *beside; /**< unreadable: the latest that was opened while it seemed idle,
                                       since data_by_client */
    struct hr_connection *overtaken_last; /**< ... where the server's latest data alone tells that
                                               it was not */
    int64_t asked_after_ns;  /**< unreadable: how long it was idle before data_by_client, or 0 */
    int64_t longest_idle_ns; /**< ... the longest of these times after which the server answered */
    uint32_t client_records; /**< application data of the client after the ServerHello */
    uint32_t in_flight; /**< unreadable: records of the client's since it last spoke out of rest,
                                less those of the server */
    uint32_t refused_early; /**< requests in refused early data, which the client sends again */
    hr_side close_notify_by;
    hr_side short_record_by;
    hr_side failed_by;       /**< an alert of this side came before the handshake was over */
    const char *host;        /**< the first Host that it answered for, without its port */
    const char *authority;   /**< the last Host that it answered for, as it was said */
    const char *misdirected; /**< the last Host that was answered by 421 */
    bool is_alpn_offer;      /**< without keys TLS 1.3 shows only the client's offer */
    bool is_readable;        /**< application data was decrypted */
    bool is_setup_estimated; /**< the end of a TLS 1.3 handshake without keys */
    bool offers_resumption;
    bool offers_early_data;
    bool is_early_data_told;  /**< ... and whether the server took it could be read */
    bool had_ticket;          /**< a ticket or session of this name had reached the client before */
    bool is_certificate_seen; /**< of the server: the handshake is a full one */
    bool offers_session;      /**< TLS 1.2: the server's id of a session, good after its Finished */
    bool is_answered;         /**< unreadable: the server sent something since data_by_client */
    bool is_asked_for;        /**< the server spoke before the ClientHello, as after STARTTLS */
    bool is_for_others;       /**< one side names protocols, and none of them is HTTP */
    bool is_asked;            /**< the ClientHello is in the capture */
} hr_tls;

/** The streams of HTTP/2 and 3, and how they were ended. */
typedef struct {
    GHashTable *table;   /**< stream id -> hr_request; HTTP/2: open ones, and NULL where an answer
                              came to what nobody shows; HTTP/3: all; owned */
    uint32_t latest;     /**< HTTP/2: the highest stream of a request that was seen */
    uint32_t limit;      /**< how many the server lets be open; UINT32_MAX where it said nothing */
    hr_moment exhausted; /**< when open streams last reached the limit */
} hr_streams;

/** The first GOAWAY, with what the last one of the same side says: the other's is its own story,
 * and names streams of the other direction. */
typedef struct {
    hr_moment at;
    hr_side by;
    uint32_t error;    /**< the first that is not 0 */
    const char *debug; /**< what was said of it, of HTTP/2; NULL: nothing */
    uint32_t last_stream;
    bool is_idle;           /**< it came with nothing open, and no error but gRPC's for that */
    uint64_t left_out_from; /**< requests from this stream on the server's last one leaves out,
                                 whoever sent the first; UINT64_MAX: it sent none */
} hr_goaway;

#pragma pack(push, 4)

/** Who said first that it will close, and how (RFC 9112 §9.6). */
typedef struct {
    hr_moment at; /**< the message that said it */
    hr_side by : 8;
    bool is_http10;      /**< an HTTP/1.0 message without keep-alive */
    bool is_error;       /**< a 4xx or 5xx answer that says close */
    bool is_timeout;     /**< a 408 that answers no request (RFC 9110 §15.5.9) */
    bool is_turned_away; /**< another error, before the server had a byte of its client */
} hr_close_said;

/** What the server's Keep-Alive says. */
typedef struct {
    uint32_t limit;    /**< max, counted from the first request, or 0 */
    int32_t timeout_s; /**< -1 where not said */
} hr_keep_alive;

/** What the programs call themselves, as said last. */
typedef struct {
    const char *user_agent;        /**< the client's, as hr_user_agent_steady() has it */
    const char *server;            /**< the answer's Server */
    bool is_relayed : 1;           /**< a proxy says that it sent its requests */
    bool is_leg : 1;               /**< ... or it was seen on both of its sides; of the analysis */
    bool may_be_leg : 1;           /**< nobody knows whose User-Agent it is; of the analysis, too */
    bool is_below_its_program : 1; /**< HTTP/1.0 under the name of a program that speaks HTTP/1.1 */
    bool is_check : 1;             /**< its User-Agent is that of a health check */
    uint8_t leg_marks;             /**< see core/ending/leg_programs.h; of the analysis */
} hr_products;

/** Leaving HTTP by a 101 or a CONNECT. */
typedef struct {
    hr_moment at; /**< the answer after which it carried something else; none: it did not */
    bool is_connect;
    bool is_cut; /**< not all of the answer's header section is there: to what is not known */
} hr_left_http;

/** An answer that was captured before its request. */
typedef struct {
    hr_moment at;
    uint64_t begin; /**< its position */
    uint64_t until; /**< client bytes before it were acknowledged then */
    uint64_t bytes;
    uint16_t code;
    bool is_whole;
    bool is_behind_gap; /**< bytes of another one may lie before it */
    bool is_counted;    /**< among the requests that are not in the capture, ... */
    bool is_exchange;   /**< ... and among the exchanges that are over */
} hr_held_answer;

/** What either kind of message says about persistence (RFC 9112 §9.3). */
typedef struct {
    bool is_http10;       /**< HTTP/1.0, else HTTP/1.1 */
    bool says_close;      /**< Connection: close */
    bool says_keep_alive; /**< Connection: keep-alive */
} hr_http1_persistence;

/** The latest request that waits for leave to send its body (RFC 9110 §10.1.1). */
typedef struct {
    struct hr_request *request; /**< NULL: none, or it was given leave */
    uint64_t body;              /**< where its body is to begin */
    uint32_t found; /**< the frame in which something begins there after the final answer, or 0 */
} hr_http1_expecting;

/** A request whose body others read from the requests that came instead. */
typedef struct {
    struct hr_request *request; /**< NULL: none */
    uint64_t until;             /**< where that body would end, or HR_POSITION_NONE */
} hr_read_on;

/** What HTTP/1 has on few connections. */
typedef struct {
    GArray *held;           /**< of hr_held_answer, in their order; NULL: none. Owned */
    uint32_t held_next;     /**< those before have their requests, or these are passed */
    uint64_t held_before;   /**< `until` of the latest of those that came in turn, or 0 */
    hr_moment surplus;      /**< server bytes came beyond the answer's end, and begin no answer */
    uint32_t surplus_bytes; /**< ... so many */
    hr_http1_expecting expecting;
    hr_read_on read_on;
} hr_http1_seldom;

/** The first client byte that belongs to no request yet. */
typedef struct {
    hr_moment at;    /**< none: all belong to one */
    uint64_t begin;  /**< its position ... */
    uint32_t found;  /**< ... and the frame that it came in: a later one may stand before */
    int64_t idle_ns; /**< how long the connection had been idle then, else HR_TIME_NONE; also of one
                        that turned out to be none, until the next request */
} hr_http1_pending;

/** How far HTTP/1 has come in the bytes of both sides. */
typedef struct {
    const hr_http1_pending *pending; /**< never NULL: hr_http1_pending_of() to write */
    uint64_t named_until;    /**< client bytes before it are known: requests, or named as none */
    uint64_t answered_until; /**< server bytes before it belong to answers that are over */
    uint64_t answer_end;     /**< where head's answer ends, or HR_POSITION_NONE */
    const hr_http1_seldom *seldom; /**< never NULL: hr_http1_seldom_of() to write */
    uint16_t begun_code;           /**< what Wireshark does not show of an answer: its status ... */
    hr_http1_persistence begun;    /**< ... and this */
    bool is_answer_end_shown : 1;  /**< answer_end is what Wireshark shows; else its bytes say so */
    bool is_answer_until_close : 1;  /**< ... it ends with the connection */
    bool is_head_cut : 1;            /**< of a request: a "close" in it may not be in the capture */
    bool is_request_open : 1;        /**< the last request's body goes on to its end */
    bool has_stray_answer : 1;       /**< server payload came before the first visible request */
    bool has_answer_after_close : 1; /**< server payload came after the client's FIN or RST */
    bool has_overtaken : 1;          /**< a request begins before one that was seen earlier */
} hr_http1;

#pragma pack(pop)

#endif

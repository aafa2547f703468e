/* model.h
 * What is known about a capture: connections, the requests they carried, the pools that a
 * client would take them from. Observers feed it through the functions below, in the order of
 * the frames; analysis.h adds what only the whole capture can tell.
 *
 * The model owns everything in it. Pointers to connections, requests and pools, and every
 * string in them, stay valid until hr_model_free(); strings are interned, so that two equal
 * ones are one pointer. Readers treat all of it as constant.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_MODEL_H
#define HR_CORE_MODEL_MODEL_H

#include "core/model/protocols.h"
#include "core/model/settings.h"
#include "core/model/tcp_end.h"
#include "core/model/verdicts.h"

typedef struct hr_model hr_model;
typedef struct hr_pool hr_pool;
typedef struct hr_traced hr_traced;

/** Bits of hr_request.findings and hr_connection.findings are 1u << hr_finding_code. */
typedef uint32_t hr_finding_set;

/** What a request has to do with what was told or sent elsewhere. */
typedef struct {
    const hr_traced *traced;     /**< what the program said of it, or NULL: see traced.h */
    const hr_request *passed_on; /**< the last one that passes it on, behind a proxy of which both
                                      sides were captured, or NULL; of the analysis */
    hr_request *passes_on;       /**< ... and the one that it passes on */
    hr_moment shown;             /**< of HR_SHOWN_LATER */
    int64_t stream;              /**< where it is too high: hr_request_stream() */
} hr_ties;

/** Whether Wireshark shows a request, and when. */
typedef enum {
    HR_SHOWN_NEVER, /**< only its bytes tell of it */
    HR_SHOWN_AT_ONCE,
    HR_SHOWN_LATER, /**< than its first byte came */
} hr_shown;

/* A capture has millions of them: what lies in it leaves no holes. */
struct hr_request {
    hr_connection *connection;
    hr_request *previous; /**< on the same connection, in the order of sending */
    hr_request *next;
    const hr_ties *ties; /**< mostly none of them: hr_model_ties() to write */
    uint32_t id;         /**< ordinal in the capture by order of observation, 1-based */
    uint32_t number;     /**< ordinal on its connection, 1-based, with those proved but not seen */
    const char *method;
    const char *target;
    const char *authority;  /**< Host or :authority; NULL where it is not known */
    hr_moment sent;         /**< its first byte */
    hr_moment answered;     /**< the first byte of its answer */
    hr_moment ended;        /**< the last byte of its answer that was seen */
    uint32_t stream_code;   /**< see hr_request_stream() */
    uint64_t answer_bytes;  /**< payload bytes of its answer, header section included */
    int64_t idle_ns;        /**< since the connection became idle, else HR_TIME_NONE */
    uint64_t begin;         /**< position of its first byte; HR_POSITION_NONE: not known */
    uint64_t end;           /**< ... after its last byte; likewise */
    uint64_t answer_floor;  /**< what its client had acknowledged when it was sent: the answer lies
                                behind; 0 where nothing is known */
    uint64_t answer_begin;  /**< position of the first byte of its answer, or HR_POSITION_NONE */
    uint32_t disorder;      /**< the server's, when it was sent */
    uint32_t length;        /**< 1 + its Content-Length, at most UINT32_MAX; 0: it says none */
    uint32_t answer_length; /**< the same of its answer */
    uint32_t concurrency;   /**< requests outstanding on the connection, this one included */
    hr_finding_set findings;
    uint32_t response_frame; /**< the frame in which Wireshark shows the final answer, or 0 */
    uint16_t response_code;  /**< its status; also read from its bytes. 0: not known */
    uint16_t equal_waits;    /**< given up: so many others after a wait as long, at most 65535,
                                   which shows a timeout of who gave it up; of the analysis */
    hr_status status : 4;
    hr_delivery delivery : 4;
    hr_complete complete : 4; /**< whether the whole answer was seen */
    hr_shown shown : 4;       /**< see hr_request_shown() */
    bool is_given_up : 1; /**< its stream alone, by its client, when ended: no answer had begun */
    bool is_number_exact : 1;
    bool is_late : 1; /**< acknowledged before it was captured: so may its answer */
    bool is_http10 : 1;
    bool leaves_http : 1; /**< a CONNECT, or it asks for an upgrade: it needs its own connection */
    bool has_body_unfinished : 1; /**< a final answer came before the end of its body */
    bool is_instead_of_body : 1;  /**< it came where the body of the one before was to begin */
    bool is_head_cut : 1; /**< a snap length cut its header section off: it may say anything */
    bool is_answer_bodyless : 1;   /**< HEAD, 1xx, 204, 304, or a body of no bytes */
    bool is_answer_length_odd : 1; /**< nobody knows where its body ends: RFC 9112 §6.3 */
    bool is_answer_endless : 1;    /**< it goes on until somebody leaves: server-sent events */
    bool is_interim_cut : 1;       /**< a snap length cut a 1xx off: its rest may be the answer's */
    bool is_answered : 1;          /**< a final answer was shown, or is known to have been lost */
    bool is_done : 1;              /**< the exchange is over */
};

#pragma pack(push, 4) /* see protocols.h */

/** When nothing was outstanding any more, and to which server byte. */
typedef struct {
    int64_t since_ns;    /**< the last byte of the answer, where the capture was made */
    uint64_t end;        /**< the client has yet to acknowledge up to here; 0: it has */
    uint64_t client_end; /**< what the client had sent; or 0 */
} hr_rest;

/** Its links in the queues of opening/queues.c. */
typedef struct hr_pool_links hr_pool_links;

/** Its place in a pool. */
typedef struct {
    hr_pool *pool;
    hr_pool_links *links; /**< NULL: it is in no queue, as once it closes; owned */
} hr_pool_place;

/** What few connections have: one of HTTP/1 in the clear has nothing of it as long as nobody says
 * that it closes. */
typedef struct {
    hr_quic *quic;               /**< of a QUIC connection, else NULL; owned */
    const hr_connection *parent; /**< of a tunnel: the proxy connection */
    hr_connection *tunnel;       /**< what runs inside it since a CONNECT, or NULL */
    const char *spoken_for; /**< the client that its proxy says it is of (PROXY protocol); "": none;
                               NULL: it says nothing */
    const char *via;        /**< the answer's Via, as said last; NULL: none */
    const hr_tls *tls;      /**< what it is without TLS, or owned: hr_connection_tls() */
    const hr_streams *streams; /**< ... without any, or owned: hr_connection_streams() */
    const hr_goaway *goaway;   /**< ... without one, or owned: hr_connection_goaway() */
    const hr_traced *calls; /**< that the program told of, by time; NULL: none; of the analysis */
    uint32_t left_out;      /**< 1 + its index among hr_left_out, of the first of each; likewise */
    hr_close_said close_said;
    hr_moment hidden_begin; /**< it begins as HTTP/2 or TLS, and nobody shows that, or as TLS that
                               had begun before the capture; or none */
    bool is_hidden_tls;     /**< ... as TLS does */
    hr_moment accepted;     /**< of QUIC and tunnels: hr_connection_accepted() */
    bool is_begun_tls;      /**< ... before the capture */
    uint8_t spoken;         /**< hr_spoken: how the server began, where that was looked at */
    uint8_t depth;          /**< of a tunnel in tunnels */
    hr_left_http left;
    hr_connection *copy_of;      /**< see hr_connection_is_copy() */
    hr_connection *half;         /**< its other half, see hr_connection_is_half(); or NULL */
    bool is_half;                /**< ... it is that of copy_of, ... */
    bool is_turned;              /**< ... whose end 0 is its own end 1, ... */
    uint8_t tells_of;            /**< ... and which end of that one it has the packets of */
    const hr_connection *behind; /**< see hr_connection_behind(), or NULL */
} hr_seldom;

struct hr_connection {
    uint32_t id; /**< ordinal by opening, 1-based, among all of the capture, in scope or not: it
                           is known from its first frame on and never changes */
    uint32_t tcp_stream; /**< Wireshark's tcp.stream */
    hr_transport transport : 4;
    hr_protocol protocol : 4;
    hr_side time_wait : 8;      /**< who keeps TIME_WAIT; of the analysis */
    uint8_t h2_headers_type;    /**< the frame that a CONTINUATION continues, ... */
    uint8_t h2_headers_flags;   /**< ... and its flags */
    uint8_t client;             /**< index of the client's end */
    uint8_t observed_client;    /**< ... as it is without what hr_model_assume() takes for it */
    bool is_in_scope : 1;       /**< known to have to do with HTTP */
    bool has_several_names : 1; /**< it was asked for more than one: see name */
    bool is_client_guessed : 1; /**< by the port numbers only */
    bool is_opening_seen : 1;   /**< the SYN is in the capture */
    bool is_tls : 1;
    bool is_https : 1;         /**< see hr_connection_scheme() */
    bool is_h2c_upgrade : 1;   /**< began as HTTP/1.1 (RFC 7540 §3.2) */
    bool is_bound_to_user : 1; /**< by NTLM or Negotiate (RFC 4559), which authenticate a
                                  connection */
    bool is_probed : 1;        /**< the present gap has its first keep-alive probe */
    bool is_out_of_order : 1;  /**< one of its packets is earlier than the one before it */
    bool
        is_rest_unknown : 1; /**< of rest: the last byte is not in the capture, nor is its moment */
    bool is_answer_held_back : 1; /**< of rest: its last part, see hr_connection_held_back_ns() */
    bool is_replaced : 1; /**< a later connection has its addresses and ports; of the analysis, as
                             all that follow */
    bool is_one_way : 1;  /**< only one end's packets were captured */
    bool follows_unread : 1; /**< nobody knows what one before it, of the same ends, spoke, or what
                                it spoke itself */
    bool is_race_loser : 1;  /**< opened in parallel with another, and never needed */
    bool is_avoidable : 1;   /**< a perfect pool would not have opened it */
    hr_tcp_end ends[2];

    const char *name; /**< the name it is pooled by; NULL: not known, matches any */
    hr_products products;

    hr_moment first_seen;
    hr_moment last_seen;
    hr_moment opened;         /**< the first SYN; of QUIC the first Initial */
    hr_moment established;    /**< the ACK that ends the TCP handshake, see hr_connection_ready() */
    int64_t client_leg_ns;    /**< SYN/ACK to the client's bare ACK: the way to the client and back
                                from where the capture was made; 0 where that is not known */
    hr_moment closing;        /**< from when on no request may follow; see DESIGN "closing" */
    uint32_t torn_down_frame; /**< both FINs are acknowledged; 0: they are not */

    hr_request *first_request;
    hr_request *last_request;
    hr_request *last_ended;  /**< whose exchange was over last; streams end in any order */
    hr_request *head;        /**< the oldest request without a final answer, or NULL */
    uint32_t request_count;  /**< requests seen */
    uint32_t unseen_count;   /**< requests before or between them that answers prove */
    uint32_t outstanding;    /**< requests whose exchange is not over */
    uint32_t exchange_count; /**< exchanges that are over */
    hr_moment idle_since;    /**< as its client knows it; none where it is not idle now */
    hr_rest rest;
    hr_moment available_since;      /**< from when it could take another request: on HTTP/1 while it
                                    is idle, on HTTP/2 while it has free streams */
    int64_t available_before_ns[2]; /**< the period before: its begin and its end */
    int64_t silence_ns;             /**< before the latest request that found it idle, on TCP */
    hr_http1 http1;
    hr_keep_alive keep_alive;
    const hr_seldom *seldom; /**< never NULL: hr_connection_seldom() to write */

    hr_judged judged; /**< see hr_connection_opening() */
    hr_pool_place place;

    /* Filled by hr_analyse(): */
    hr_ending ending;
    hr_finding_set findings;
    const hr_connection *replaces; /**< avoidable: whose end made it necessary; NULL: not known */
};

#pragma pack(pop)

/** What a frame shows, for the packet's tree. */
typedef enum {
    HR_ITEM_REQUEST,
    HR_ITEM_RESPONSE,
    HR_ITEM_OPENING,
    HR_ITEM_CLOSING,
    HR_ITEM_PROBE,
    HR_ITEM_HELLO,   /**< the ServerHello */
    HR_ITEM_GOAWAY,  /**< the first GOAWAY */
    HR_ITEM_CALL,    /**< a call that the program told of, in TLS that nobody can read */
    HR_ITEM_PREFACE, /**< of HTTP/2, where nobody shows it as that */
    HR_ITEM_KINDS,
} hr_item_kind;

/** The first TCP keep-alive probe of a gap. */
typedef struct {
    hr_connection *connection;
    hr_moment at;
    hr_side by;
    int64_t interval_ns; /**< since the last packet before it */
} hr_probe;

typedef struct {
    hr_item_kind kind;
    hr_connection *connection;
    hr_request *request;   /**< of REQUEST and RESPONSE, else NULL */
    uint32_t probe;        /**< of PROBE: index for hr_model_probe() */
    const hr_traced *call; /**< of CALL */
} hr_item;

/** A new, empty model. Free it with hr_model_free(). */
hr_model *hr_model_new(const hr_settings *settings);
void hr_model_free(hr_model *model);

/** Where the packets come from, each NULL where it is not known. */
typedef struct {
    const char *file;   /**< as the user spelled it; "-" is standard input */
    const char *device; /**< of a live capture; several are parted by ", " */
} hr_source;

/** All connections in the order of their first frames, which their ids count, in scope or not. */
size_t hr_model_connection_count(const hr_model *model);
hr_connection *hr_model_connection(const hr_model *model, size_t index);

/** All requests in the order of observation. */
size_t hr_model_request_count(const hr_model *model);
hr_request *hr_model_request(const hr_model *model, size_t index);

/** The first keep-alive probes of all gaps, in the order of the frames. */
size_t hr_model_probe_count(const hr_model *model);
const hr_probe *hr_model_probe(const hr_model *model, size_t index);

const hr_settings *hr_model_settings(const hr_model *model);

/** The version of the program that dissected, or NULL. */
const char *hr_model_dissector(const hr_model *model);

/** Where the packets came from, as far as somebody said it. */
const hr_source *hr_model_source(const hr_model *model);

uint32_t hr_model_frame_count(const hr_model *model);
hr_moment hr_model_first_moment(const hr_model *model);
hr_moment hr_model_last_moment(const hr_model *model);

/** How many frames are earlier than the frame before; *most_ns: than the latest before, at most. */
uint32_t hr_model_frames_back(const hr_model *model, int64_t *most_ns);

/** The tick of the capture's clock where it is a millisecond or more, or HR_TIME_NONE. */
int64_t hr_model_clock_tick_ns(const hr_model *model);

/** Whether a client may send a request of this method again by itself (RFC 9110 §9.2.2). */
bool hr_method_is_idempotent(const char *method);

/** The ends of a connection by their roles. */
const hr_tcp_end *hr_connection_client(const hr_connection *connection);
const hr_tcp_end *hr_connection_server(const hr_connection *connection);

/** Why it was opened; HR_WHY_NONE also while only later packets can tell. */
static inline const hr_opening *hr_connection_opening(const hr_connection *connection)
{
    return hr_judged_told(&connection->judged);
}

/** The SYN/ACK; of QUIC the server's first datagram. */
hr_moment hr_connection_accepted(const hr_connection *connection);

/** The moment from which it could carry a request. */
static inline hr_moment hr_connection_ready(const hr_connection *connection)
{
    return connection->is_tls ? connection->seldom->tls->ready : connection->established;
}

/** "http" or "https". */
static inline const char *hr_connection_scheme(const hr_connection *connection)
{
    return connection->is_https ? hr_scheme_https : hr_scheme_http;
}

/** Whether it certainly carried no request: without keys only where no data was sent at all. */
bool hr_connection_carried_nothing(const hr_connection *connection);

/**
 * The program that opened @connection, by its User-Agent; NULL where it is not known, or where a
 * proxy passed it on.
 */
const char *hr_connection_program(const hr_connection *connection);

/** A health check opened it, as its User-Agent says, or its reset in place of an ACK: on purpose, whatever
 * else is open. */
bool hr_connection_is_check(const hr_connection *connection);

/**
 * Whose pool it is of: that program's, or of the proxy at its address, whatever it passes on; NULL:
 * that is not known. Two known ones that differ have no pool in common.
 */
const char *hr_connection_owner(const hr_connection *connection);
bool hr_connection_is_other_program(const hr_connection *one, const hr_connection *other);

/** The same by their own requests alone, so that no analysis changes what is decided later. */
bool hr_connection_seems_other_program(const hr_connection *one, const hr_connection *other);

/** Whether a proxy says of @one and @other that they are of two clients of its (PROXY protocol): neither
 * can serve the other's. */
bool hr_connection_serves_another(const hr_connection *one, const hr_connection *other);

/**
 * The last request that got its final answer: on HTTP/1 those that were sent behind it and were never
 * answered are left out; NULL: none.
 */
const hr_request *hr_connection_last_answered(const hr_connection *connection);

/** Whether the last of its requests is not in the capture, and only an answer proves it. */
bool hr_connection_went_on_unseen(const hr_connection *connection);

/** Streams that a server of HTTP/2 is to allow at least (RFC 9113 §6.5.2). */
enum {
    HR_LEAST_STREAMS = 100
};

/** Whether both sides agreed on HTTP/2 where everybody can read it: in TLS 1.2, or with keys. */
bool hr_connection_agreed_on_h2(const hr_connection *connection);

/** Whether it may speak HTTP/2 inside TLS: both agreed on it, or its client offered it and nobody can
 * read what the server took. */
bool hr_connection_may_speak_h2(const hr_connection *connection);

/** Whether it ended with server bytes that follow its last answer and answer nothing. */
bool hr_connection_ended_with_surplus(const hr_connection *connection);

/** Whether its client had to give it up: for such bytes, or for a last answer whose end nobody can
 * tell (RFC 9112 §6.3). */
bool hr_connection_was_given_up_on(const hr_connection *connection);

/** Whether its SYN was answered by a reset (RFC 9293 §3.5.2). */
bool hr_connection_was_refused(const hr_connection *connection);

/** Whether it is TLS that nobody could read. */
bool hr_connection_is_opaque(const hr_connection *connection);

/** Since when others were opened together with it; else its own opening. */
int64_t hr_opening_burst_ns(const hr_connection *connection);

/** SYN to the client's ACK, in ns, or HR_TIME_NONE where it is not in the capture. */
int64_t hr_connection_tcp_handshake_ns(const hr_connection *connection);

/** The TLS handshake in ns, HR_TIME_NONE where there was none or it is not in the capture. */
int64_t hr_connection_tls_handshake_ns(const hr_connection *connection);

/** SYN to the moment the connection could carry a request, in ns, or HR_TIME_NONE. */
int64_t hr_connection_setup_ns(const hr_connection *connection);

/** The frame in which Wireshark shows @request: its last byte, mostly; none where it does not. */
static inline hr_moment hr_request_shown(const hr_request *request)
{
    return request->shown == HR_SHOWN_AT_ONCE ? request->sent
           : request->shown == HR_SHOWN_LATER ? request->ties->shown
                                              : HR_MOMENT_NONE;
}

static inline bool hr_request_is_shown(const hr_request *request)
{
    return request->shown != HR_SHOWN_NEVER;
}

/** Its stream of HTTP/2 or 3; -1 on HTTP/1. */
int64_t hr_request_stream(const hr_request *request);

/** The frame that @request belongs to: where Wireshark shows it, else that of its first byte. */
hr_moment hr_request_moment(const hr_request *request);
uint32_t hr_request_frame(const hr_request *request);

/**
 * The path and query in a request target: of what a proxy is asked for in absolute form those behind
 * the authority, "/" where there are none (RFC 9112 §3.2.2); any other target as it is.
 */
const char *hr_target_path(const char *target);

/** Whether bytes of its answer were sent, or may have been: captured or not, readable or not. */
bool hr_request_has_answer_bytes(const hr_request *request);

/** What the client knows now of what the server sent: the answer to a request that it sends lies
 * behind. Bytes that it acknowledged; on QUIC packets that were captured. 0: nothing is known. */
uint64_t hr_connection_server_floor(const hr_connection *connection);

/** Whether all that the server sent since @request was sent lies whole and in order. */
bool hr_request_is_server_intact_since(const hr_request *request);

/**
 * Whether all that the end @index of @connection sent lies whole and in order in the capture, so
 * that a dissector had the chance to read all of it. True where nobody can tell: of QUIC, in a
 * tunnel, where the opening is not in the capture.
 */
bool hr_connection_is_intact(const hr_connection *connection, unsigned index);

/**
 * Whether what @connection carried could be read to the end where it can be read at all: TLS and
 * HTTP/2 build each record or header on those before, so that one segment that is missing or out
 * of order hides what follows. HTTP/1 in the clear is legible again with the next message.
 */
bool hr_connection_is_legible(const hr_connection *connection);

/** Whether @connection carried bytes, and not one of them was captured: a capture filter that lets
 * only SYN, FIN and RST pass, say. */
bool hr_connection_is_payload_unseen(const hr_connection *connection);

/** Whether a snap length cut off the end of what @connection begins with, from either side. */
bool hr_connection_is_begin_cut(const hr_connection *connection);

/** Whether an end of @connection spoke of which not one packet was captured. */
bool hr_connection_is_one_way(const hr_connection *connection);

/** Whether @connection is another one, captured again behind what translates addresses (NAT): then
 * nothing is followed of it, and it counts nowhere. */
bool hr_connection_is_copy(const hr_connection *connection);

/**
 * Whether @connection is a direction of another one, whose client sees it at one address and asks it
 * at another (follow/halves.h): what is said on it is said on that one, and it counts nowhere.
 */
bool hr_connection_is_half(const hr_connection *connection);

/** What @connection is again, also where it is so behind several; else itself. */
const hr_connection *hr_connection_original(const hr_connection *connection);

/** What @connection is behind all that translates its addresses, as its server has it; or itself. */
const hr_connection *hr_connection_behind(const hr_connection *connection);

/** The index of the client's end of @copy, of which nothing but its addresses is known; or of one that
 * is none. */
unsigned hr_connection_client_of_copy(const hr_connection *copy);

/**
 * Whether the bytes allow that the oldest outstanding exchange is over: its client acknowledged
 * all that the server sent, an answer is among it, and if nobody was shown it, it may be because
 * segments overtook each other or are not in the capture.
 */
bool hr_connection_head_may_be_over(const hr_connection *connection);

/**
 * Without keys: whether the server's last data was as short as a GOAWAY, came out of rest, and
 * @connection ended soon after it.
 */
bool hr_connection_has_farewell(const hr_connection *connection);

/** For how long the server's kernel had held back the last of the answer when it came to rest: so
 * much sooner its program had written it, and begun to wait for the next request. */
int64_t hr_connection_held_back_ns(const hr_connection *connection);

/** How long @connection had been idle at @until, to its client; HR_TIME_NONE where it was not, or
 * where that is not known. */
int64_t hr_connection_idle_ns(const hr_connection *connection, hr_moment until);

/**
 * Whether the answer of @connection that was the last before its client had rest never reached
 * it, as far as ACKs tell, at @at_ns.
 */
bool hr_connection_is_unacknowledged(const hr_connection *connection, int64_t at_ns);

/** How @request itself was sent: the one that asks for h2c is HTTP/1 (RFC 7540 §3.2), and its
 * connection HTTP/2. */
hr_protocol hr_request_protocol(const hr_request *request);

/** First byte of the request to the last byte of its answer, in ns, or HR_TIME_NONE. */
int64_t hr_request_response_time_ns(const hr_request *request);

#endif

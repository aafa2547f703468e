/* store.h
 * The inside of hr_model, for the modules of the core that fill it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_STORE_H
#define HR_CORE_MODEL_STORE_H

#include "core/model/apart.h"
#include "core/model/clock.h"
#include "core/model/event.h"
#include "core/model/losses.h"
#include "core/model/slabs.h"
#include "core/model/text_set.h"

typedef struct hr_pools hr_pools;

enum {
    HR_RECENT_BITS = 10,
    HR_RECENT_TEXTS = 1 << HR_RECENT_BITS,
    HR_RECENT_BEGINNINGS = 256 /* of which one may be another one's, see follow/translated.h */
};

/** How a connection begins in the capture: the initial sequence numbers of its handshake; or, where
 * that is not there, the numbers of its first segment. */
typedef struct {
    hr_connection *connection;
    uint32_t seq, ack;
    bool is_handshake; /**< the numbers of a SYN and its answer, else of a segment */
    bool is_whole;     /**< ack is known, ... */
    uint64_t whole_at; /**< ... of a handshake since so many had begun */
} hr_beginning;

struct hr_model {
    hr_settings settings;
    hr_text_set interned;             /* printable texts, see printable.h */
    hr_slice recent[HR_RECENT_TEXTS]; /* of these the latest, each at a place of its own */
    const char *dissector;            /* interned, or NULL */
    hr_source source;                 /* interned */
    hr_recorder *recorder;            /* or NULL */
    GPtrArray *tcp_streams;           /* tcp.stream -> hr_connection, or NULL */
    GPtrArray *quic_numbers;          /* quic.connection.number -> hr_connection, or NULL */
    GHashTable *quic_ports;           /* hr_route -> the latest QUIC connection there */
    GQueue quic_open;     /* QUIC connections, the longest silent first; links in hr_quic */
    hr_slabs connections; /* of hr_connection */
    hr_slabs requests;    /* of hr_request */
    hr_slabs ties;        /* of hr_ties, of the requests that have some */
    hr_moment now;
    hr_moment first;
    hr_clock clock;
    hr_losses losses;
    hr_apart apart;
    GPtrArray *assumed; /* connections that an analysis took into scope, see hr_model_assume() */
    GArray *probes;     /* of hr_probe */
    GArray *items;      /* of hr_item, of the present frame */
    GArray *segments;   /* of hr_held_segment, of the present frame */
    hr_beginning beginnings[HR_RECENT_BEGINNINGS]; /* the latest */
    uint64_t beginning_count;
    GPtrArray *unclaimed;     /* connections with client bytes that began in the present frame */
    struct hr_traces *traces; /* what the program told, see traced.h; NULL: nothing */
    GHashTable *tickets;      /* set of interned keys: who holds a TLS ticket for what */
    GString *scratch;         /* for terminating slices */
    hr_pools *pools;          /* of opening/, which makes them when it needs them */
    GDestroyNotify free_pools;
};

/** A segment whose FIN or RST is decided at the end of its frame. */
typedef struct {
    hr_connection *connection;
    hr_tcp_segment segment;
} hr_held_segment;

/** A new connection of @from (index 0, the client) and @to, seen now. */
hr_connection *hr_model_add_connection(hr_model *model, hr_transport transport, hr_endpoint from,
                                       hr_endpoint to);

/** Interns @text of @length bytes, made printable (printable.h); returns NULL for NULL. */
const char *hr_model_intern(hr_model *model, const char *text, size_t length);
const char *hr_model_intern_slice(hr_model *model, hr_slice slice);

/** The same in lower case. */
const char *hr_model_intern_lower(hr_model *model, hr_slice slice);

/** A name or an address: the same for all ways to write it. @host may have a port, and has brackets
 * around an address of IPv6 (RFC 9110 §4.2); @address has neither. */
const char *hr_model_intern_host(hr_model *model, hr_slice host);
const char *hr_model_intern_address(hr_model *model, hr_slice address);

/** Appends to what the present frame shows; @request is NULL where the kind has none. */
void hr_model_add_item(hr_model *model, hr_item_kind kind, hr_connection *connection,
                       hr_request *request);

/** What few connections have, as long as nobody writes it; and frees what somebody wrote. */
void hr_parts_init(hr_connection *connection);
void hr_parts_free(hr_connection *connection);

/** What a request has that nothing was told of. */
extern const hr_ties hr_no_ties;

/** Wireshark shows @request, in the present frame. */
void hr_request_show(hr_model *model, hr_request *request);

void hr_request_set_stream(hr_model *model, hr_request *request, int64_t stream);

/** To write what few requests have: from then on it is @request's own. */
hr_ties *hr_model_ties(hr_model *model, hr_request *request);

/** To write what few connections have: from then on it is @connection's own, the end's, ... */
hr_tcp_seldom *hr_tcp_seldom_of(hr_tcp_end *end);
void hr_tcp_set_latest(hr_tcp_end *end, uint64_t begin, uint32_t length);
hr_http1_seldom *hr_http1_seldom_of(hr_http1 *http1);
hr_http1_pending *hr_http1_pending_of(hr_http1 *http1);
hr_judged_seldom *hr_judged_seldom_of(hr_judged *judged);
hr_ending_seldom *hr_ending_seldom_of(hr_ending *ending);
hr_tls *hr_connection_tls(hr_connection *connection);
hr_goaway *hr_connection_goaway(hr_connection *connection);
hr_streams *hr_connection_streams(hr_connection *connection);
hr_seldom *hr_connection_seldom(hr_connection *connection);

/** The pending byte begins a request; or it turned out to be none that does. */
void hr_http1_begin_pending(hr_http1 *http1);
void hr_http1_forget_pending(hr_http1 *http1);

/** From now on @opening is told. */
void hr_judged_tell(hr_judged *judged, hr_opening opening);

/** Nothing is known of @ending. */
void hr_ending_forget(hr_ending *ending);

/** It is again as @before, a copy from when it had nothing of its own of what few endings have. */
void hr_ending_return_to(hr_ending *ending, const hr_ending *before);

/** The first keep-alive probe of a gap, @interval_ns after the last packet before it. */
void hr_model_add_probe(hr_model *model, hr_connection *connection, hr_side by,
                        int64_t interval_ns);

/** A new request at the end of @connection's list, sent and shown now. */
hr_request *hr_model_add_request(hr_model *model, hr_connection *connection);

/** Takes @connection into scope, with its end @client as the client and the scheme that its server is
 * known for, for as long as no further frame comes: to look at a capture that goes on changes nothing in what is observed of it. */
void hr_model_assume(hr_model *model, hr_connection *connection, unsigned client, bool is_https);

/** A packet of @connection was captured now; it may be earlier than the one before it. */
void hr_connection_seen(const hr_model *model, hr_connection *connection);

/** Whether the packets of @connection around @at stand in no known order. */
bool hr_connection_is_in_disorder(const hr_model *model, const hr_connection *connection,
                                  hr_moment at);

/** The role of end @from. */
hr_side hr_connection_side_of(const hr_connection *connection, unsigned from);

/** Whether something of the client's that is not in the capture came after @connection last became
 * idle: of HTTP/1 another request. */
bool hr_connection_has_lost_since_rest(const hr_connection *connection);

/** How long "right after" is on @connection: the setting plus the handshake's round trip. */
int64_t hr_connection_right_after_ns(const hr_model *model, const hr_connection *connection);

/**
 * Whether @connection ended right after its last answer; or may have, where nobody could read that
 * whole and its last byte is not in the capture. Its ending must be known.
 */
bool hr_connection_may_end_after_answer(const hr_model *model, const hr_connection *connection);

/** When @connection ended, INT64_MAX while it is open; its ending must be known. */
int64_t hr_connection_ended_ns(const hr_connection *connection);

#endif

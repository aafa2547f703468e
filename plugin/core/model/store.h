/* store.h
 * The inside of hr_model, for the modules of the core that fill it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_STORE_H
#define HR_CORE_MODEL_STORE_H

#include "core/model/event.h"

typedef struct hr_pools hr_pools;

struct hr_model {
    hr_settings settings;
    GStringChunk *strings;
    GPtrArray *tcp_streams;   /* tcp.stream -> hr_connection, or NULL */
    GPtrArray *quic_numbers;  /* quic.connection.number -> hr_connection, or NULL */
    GQueue quic_open;         /* QUIC connections, the longest silent first; links in hr_quic */
    GPtrArray *connections;   /* owns them */
    GPtrArray *request_slabs; /* owns arrays of HR_REQUESTS_PER_SLAB */
    size_t request_count;
    uint32_t last_connection_id;
    hr_moment now;
    hr_moment first;
    GArray *probes;      /* of hr_probe */
    GArray *items;       /* of hr_item, of the present frame */
    GArray *segments;    /* of hr_held_segment, of the present frame */
    GHashTable *tickets; /* set of interned keys: who holds a TLS ticket for what */
    GString *scratch;    /* for terminating slices */
    hr_pools *pools;     /* of opening/, which makes them when it needs them */
    GDestroyNotify free_pools;
};

/** A segment whose FIN or RST is decided at the end of its frame. */
typedef struct {
    hr_connection *connection;
    hr_tcp_segment segment;
} hr_held_segment;

enum {
    HR_REQUESTS_PER_SLAB = 1024
};

/** A new connection of @from (index 0, the client) and @to, seen now. */
hr_connection *hr_model_add_connection(hr_model *model, hr_transport transport, hr_endpoint from,
                                       hr_endpoint to);

/** A 2xx to a CONNECT: what follows on @outer is a connection to the target. tunnel.c */
void hr_tunnel_open(hr_model *model, hr_connection *outer, const hr_request *request);

/** Segments of @outer, with @fresh new bytes from its end @from, and its end. tunnel.c */
void hr_tunnel_follow(hr_model *model, hr_connection *outer, unsigned from, uint32_t fresh);
void hr_tunnel_end(hr_model *model, hr_connection *outer, unsigned from, bool is_first);

/** Interns @text of @length bytes; returns NULL for NULL. */
const char *hr_model_intern(hr_model *model, const char *text, size_t length);
const char *hr_model_intern_slice(hr_model *model, hr_slice slice);

/** The same in lower case. */
const char *hr_model_intern_lower(hr_model *model, hr_slice slice);

/** Appends to what the present frame shows; @request is NULL where the kind has none. */
void hr_model_add_item(hr_model *model, hr_item_kind kind, hr_connection *connection,
                       hr_request *request);

/** The first keep-alive probe of a gap, @interval_ns after the last packet before it. */
void hr_model_add_probe(hr_model *model, hr_connection *connection, hr_side by,
                        int64_t interval_ns);

/** A new request at the end of @connection's list, sent and shown now. */
hr_request *hr_model_add_request(hr_model *model, hr_connection *connection);

/** Gives @connection its ordinal if it has none. */
void hr_model_recognise(hr_model *model, hr_connection *connection);

/** Says that @end (0 or 1) is the client's, known from a message. */
void hr_connection_set_client(hr_connection *connection, unsigned end);

/** The role of end @from. */
hr_side hr_connection_side_of(const hr_connection *connection, unsigned from);

/** How long "right after" is on @connection: the setting plus the handshake's round trip. */
int64_t hr_connection_right_after_ns(const hr_model *model, const hr_connection *connection);

/** Nothing outstanding any more, or something again; keeps the pool's queues in step. */
void hr_connection_become_idle(hr_model *model, hr_connection *connection);
void hr_connection_become_busy(hr_model *model, hr_connection *connection);

/** It can take another request, or cannot; HTTP/1 follows idle and busy, HTTP/2 its streams. */
void hr_connection_become_available(hr_model *model, hr_connection *connection);
void hr_connection_become_taken(hr_model *model, hr_connection *connection);

/** As taken: all streams that the server allows are open. */
void hr_connection_become_exhausted(hr_model *model, hr_connection *connection);

/** No request may follow from now on; only the first call counts. */
void hr_connection_become_closing(hr_model *model, hr_connection *connection);

/** @side announced in the present frame that it will close; only the first call counts. */
void hr_connection_announce_close(hr_model *model, hr_connection *connection, hr_side side);

/**
 * Status, number and delivery of @request, just sent on a stream of HTTP/2 or 3. @is_later: its
 * stream is not the first one, which proves a request before it where the opening is missing.
 */
void hr_connection_place_on_stream(hr_connection *connection, hr_request *request, bool is_later);

/**
 * The name that a client pools @connection by: what its TLS handshake asked for, else @host in
 * lower case without a default port (RFC 9110 §7.2); NULL where neither is known.
 */
const char *hr_connection_pool_name(hr_model *model, const hr_connection *connection,
                                    hr_slice host);

/** A request said @user_agent; @is_relayed: also that it came through a proxy. */
void hr_connection_take_user_agent(hr_model *model, hr_connection *connection, hr_slice user_agent,
                                   bool is_relayed);

/**
 * The final answer to @request came: one TLS connection that answers for a second Host serves
 * several names (RFC 9113 §9.1.1), but not one that says 421 (RFC 9110 §15.5.20).
 */
void hr_connection_host_answered(hr_model *model, hr_connection *connection,
                                 const hr_request *request);

/** When @connection ended, INT64_MAX while it is open; its ending must be known. */
int64_t hr_connection_ended_ns(const hr_connection *connection);

/** The exchange of @request is over now. */
void hr_connection_end_exchange(hr_model *model, hr_connection *connection, hr_request *request);

/** Server payload came, or its FIN: looks whether the answer at the head ends here. http1.c */
void hr_http1_server_bytes(hr_model *model, hr_connection *connection, uint32_t length);
void hr_http1_server_ended(hr_model *model, hr_connection *connection);

/** Readable application data of TLS, which stands for the bytes of the two above. http1.c */
void hr_http1_data(hr_model *model, hr_connection *connection, hr_side side, uint32_t length);

/** A 101 to Upgrade: h2c: @request goes on as stream 1. http2.c */
void hr_http2_upgraded(hr_model *model, hr_connection *connection, hr_request *request);

/** Client payload came that no request has claimed yet. http1.c */
void hr_http1_client_bytes(hr_model *model, hr_connection *connection, uint32_t seq);

/** Sequence numbers wrap: @a lies before @b (RFC 9293 §3.4). */
static inline bool hr_seq_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

#endif

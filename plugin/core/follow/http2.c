/* http2.c
 * HTTP/2: requests by their streams, in the order of sending. Streams are looked up in a table
 * of the open ones, so that a connection of a million requests stays cheap.
 *
 * Sources: RFC 9113 (streams §5.1, SETTINGS §6.5.2, GOAWAY §6.8, connection reuse §9.1),
 * RFC 7540 §3.2 (the h2c upgrade).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/follow/exchange.h"
#include "core/follow/http2.h"
#include "core/model/hash.h"
#include "core/opening/pool.h"

enum {
    NO_ERROR = 0,
    INTERNAL_ERROR = 2
};

static hr_request *request_of(const hr_connection *connection, uint32_t stream)
{
    return connection->seldom->streams->table != NULL
               ? g_hash_table_lookup(connection->seldom->streams->table, GUINT_TO_POINTER(stream))
               : NULL;
}

/* An answer to what nobody shows: Wireshark has lost its place in the client's bytes. That the
 * packets of a request only come later, it shows then. */
static void take_unseen(hr_model *model, hr_connection *connection, uint32_t stream)
{
    GHashTable *table = connection->seldom->streams->table;
    const bool is_clients = stream % 2 == 1; /* RFC 9113 §5.1.1; the others were pushed */

    if (is_clients && table != NULL && stream > connection->seldom->streams->latest &&
        !g_hash_table_contains(table, GUINT_TO_POINTER(stream))) {
        g_hash_table_insert(table, GUINT_TO_POINTER(stream), NULL);
        connection->unseen_count++;
        if (connection->seldom->hidden_begin.frame == 0) {
            hr_connection_seldom(connection)->hidden_begin = model->now;
            hr_model_add_item(model, HR_ITEM_PREFACE, connection, NULL);
        }
    }
}

static void forget_unseen(hr_connection *connection, uint32_t stream)
{
    GHashTable *table = connection->seldom->streams->table;

    if (g_hash_table_remove(table, GUINT_TO_POINTER(stream))) {
        connection->unseen_count -= MIN(connection->unseen_count, 1);
    }
    hr_connection_streams(connection)->latest = MAX(connection->seldom->streams->latest, stream);
}

static void follow_limit(hr_model *model, hr_connection *connection)
{
    hr_connection_follow_limit(model, connection,
                               connection->outstanding < connection->seldom->streams->limit);
}

void hr_h2_spoken(hr_model *model, hr_connection *connection, unsigned from)
{
    if (connection->protocol == HR_PROTOCOL_H2) {
        return;
    }
    if (connection->request_count == 0 && connection->is_client_guessed) {
        hr_connection_set_client(connection, from);
    }
    if (connection->protocol == HR_PROTOCOL_UNKNOWN || connection->is_h2c_upgrade) {
        connection->protocol = HR_PROTOCOL_H2;
        hr_http1_forget_pending(&connection->http1);
        if (connection->seldom->streams->table == NULL) {
            hr_connection_streams(connection)->table =
                g_hash_table_new(hr_number_hash, g_direct_equal);
        }
        connection->is_in_scope = true;
        if (connection->is_tls) {
            hr_pool_enter(model, connection,
                          connection->seldom->tls->sni); /* it could carry requests */
        }
        if (connection->is_opening_seen) {
            follow_limit(model, connection); /* else nobody knows what is open */
        }
    }
}

void hr_h2_preface_seen(hr_model *model, hr_connection *connection)
{
    if (connection->protocol == HR_PROTOCOL_UNKNOWN &&
        connection->seldom->hidden_begin.frame == 0) {
        hr_connection_seldom(connection)->hidden_begin = model->now;
        hr_model_add_item(model, HR_ITEM_PREFACE, connection, NULL);
    }
}

void hr_http2_upgraded(hr_model *model, hr_connection *connection, hr_request *request)
{
    connection->is_h2c_upgrade = true;
    hr_h2_spoken(model, connection, connection->client);
    hr_request_set_stream(model, request, 1); /* RFC 7540 §3.2: the upgraded request is stream 1 */
    g_hash_table_insert(connection->seldom->streams->table, GUINT_TO_POINTER(1), request);
}

void hr_h2_request_seen(hr_model *model, hr_connection *connection, unsigned from,
                        const hr_h2_request *seen)
{
    hr_h2_spoken(model, connection, from);
    if (connection->protocol != HR_PROTOCOL_H2 || seen->stream == 0 ||
        request_of(connection, seen->stream) != NULL) {
        return;
    }
    if (connection->request_count == 0) {
        hr_connection_set_client(connection, from);
    } else if (from != connection->client) {
        return;
    }
    forget_unseen(connection, seen->stream);
    hr_connection_take_user_agent(model, connection, seen->user_agent, seen->is_relayed);
    hr_pool_enter(model, connection, hr_connection_pool_name(model, connection, seen->authority));

    hr_request *request = hr_exchange_begin_on_stream(model, connection, seen->stream, 1);
    request->method = hr_model_intern_slice(model, seen->method);
    request->target = hr_model_intern_slice(model, seen->path);
    request->authority = hr_model_intern_slice(model, seen->authority);
    g_hash_table_insert(connection->seldom->streams->table, GUINT_TO_POINTER(seen->stream),
                        request);
    follow_limit(model, connection);
    hr_model_add_item(model, HR_ITEM_REQUEST, connection, request);
}

static void end_stream(hr_model *model, hr_connection *connection, hr_request *request)
{
    g_hash_table_remove(connection->seldom->streams->table,
                        GUINT_TO_POINTER((guint)hr_request_stream(request)));
    hr_exchange_end_now(model, request, HR_COMPLETE_YES);
    follow_limit(model, connection);
}

void hr_h2_response_seen(hr_model *model, hr_connection *connection, unsigned from,
                         const hr_h2_response *seen)
{
    hr_h2_spoken(model, connection, 1 - from);
    hr_request *request = request_of(connection, seen->stream);

    if (from == connection->client || seen->code < 200) {
        return; /* or interim */
    }
    if (request == NULL) {
        take_unseen(model, connection, seen->stream);
        return; /* or the answer to a push */
    }
    if (request->is_answered) {
        return;
    }
    if (seen->server.text != NULL) {
        connection->products.server = hr_model_intern_slice(model, seen->server);
    }
    if (seen->via.text != NULL) {
        hr_connection_seldom(connection)->via = hr_model_intern_slice(model, seen->via);
    }
    request->is_answered = true;
    request->response_frame = model->now.frame;
    request->response_code = (uint16_t)seen->code;
    request->ended = model->now;
    if (request->answered.frame == 0) {
        request->answered = model->now;
    }
    hr_connection_host_answered(model, connection, request);
    if (seen->is_end) {
        request->is_answer_bodyless = true;
        end_stream(model, connection, request);
    }
    hr_model_add_item(model, HR_ITEM_RESPONSE, connection, request);
}

void hr_h2_data_seen(hr_model *model, hr_connection *connection, unsigned from, uint32_t stream,
                     uint32_t length, bool is_end)
{
    hr_request *request = request_of(connection, stream);

    if (request == NULL || from == connection->client) {
        return;
    }
    request->answer_bytes += length;
    request->ended = model->now;
    if (request->answered.frame == 0) {
        request->answered = model->now;
    }
    if (is_end) {
        end_stream(model, connection, request);
    }
}

void hr_h2_reset_seen(hr_model *model, hr_connection *connection, unsigned from, uint32_t stream)
{
    hr_request *request = request_of(connection, stream);

    if (request == NULL) {
        return;
    }
    /* A reset with NO_ERROR after a whole answer (RFC 9113 §8.1) finds no request here any more. */
    g_hash_table_remove(connection->seldom->streams->table, GUINT_TO_POINTER(stream));
    hr_exchange_reset(model, request, from);
    follow_limit(model, connection);
}

/* The first error wins, with what was said of it; until then the first word that was said. */
static void take_goaway_error(hr_model *model, hr_goaway *goaway, const hr_h2_goaway *seen)
{
    const bool has_debug = seen->debug.text != NULL && seen->debug.length > 0;

    if (goaway->error != NO_ERROR) {
        return;
    }
    if (seen->error != NO_ERROR || goaway->debug == NULL) {
        goaway->debug = has_debug ? hr_model_intern_slice(model, seen->debug) : NULL;
    }
    goaway->error = seen->error;
}

/* gRPC's core says so with INTERNAL_ERROR, since it makes an error of its own of it
 * (ext/filters/channel_idle; Debian's grpcio 1.51). */
static bool is_about_idle(const hr_h2_goaway *seen)
{
    static const char words[] = "enter idle";

    return seen->error == NO_ERROR || (seen->error == INTERNAL_ERROR && seen->debug.text != NULL &&
                                       seen->debug.length == sizeof(words) - 1 &&
                                       memcmp(seen->debug.text, words, sizeof(words) - 1) == 0);
}

void hr_h2_goaway_seen(hr_model *model, hr_connection *connection, unsigned from,
                       const hr_h2_goaway *seen)
{
    hr_h2_spoken(model, connection, connection->client);
    if (connection->seldom->goaway->at.frame == 0) {
        hr_connection_goaway(connection)->at = model->now;
        hr_connection_goaway(connection)->by = hr_connection_side_of(connection, from);
        hr_connection_goaway(connection)->is_idle =
            is_about_idle(seen) && connection->idle_since.frame != 0;
        hr_model_add_item(model, HR_ITEM_GOAWAY, connection, NULL);
    }
    if (connection->seldom->goaway->by == hr_connection_side_of(connection, from)) {
        take_goaway_error(model, hr_connection_goaway(connection), seen);
        hr_connection_goaway(connection)->last_stream = seen->last_stream;
    }
    if (from != connection->client) {
        hr_connection_goaway(connection)->left_out_from = (uint64_t)seen->last_stream + 1;
    }
    hr_connection_become_closing(model, connection);
}

void hr_h2_stream_limit_seen(hr_model *model, hr_connection *connection, unsigned from,
                             uint32_t streams)
{
    hr_h2_spoken(model, connection, connection->client);
    if (connection->protocol == HR_PROTOCOL_H2 && from != connection->client) {
        hr_connection_streams(connection)->limit = streams;
        follow_limit(model, connection);
    }
}

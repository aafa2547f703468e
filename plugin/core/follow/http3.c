/* http3.c
 * HTTP/3: each bidirectional stream that the client opens is a request. Its STREAM frames tell
 * when it was sent and answered; what it asked for is known only where Wireshark decodes the
 * headers. Packets arrive out of order and data is sent again, so the table keeps the streams
 * that are over as well.
 *
 * Sources: RFC 9114 (request streams §6.1, GOAWAY §5.2, cancellation §4.1.1, connection reuse
 * §3.3), RFC 9000 (streams §2, limits §4.6).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/exchange.h"
#include "core/opening/pool.h"

/* Where pointers have 32 bits, two streams may have one key that are four thousand million apart. */
static gpointer key_of(uint64_t stream)
{
    return GSIZE_TO_POINTER((gsize)stream);
}

static hr_request *request_of(const hr_connection *connection, uint64_t stream)
{
    return connection->seldom->streams->table != NULL
               ? g_hash_table_lookup(connection->seldom->streams->table, key_of(stream))
               : NULL;
}

/* The server's limit is on streams opened in all, which it raises as they end. */
static void follow_limit(hr_model *model, hr_connection *connection, uint64_t stream)
{
    hr_quic *quic = connection->seldom->quic;

    quic->streams_opened = MAX(quic->streams_opened, stream / 4 + 1);
    hr_connection_follow_limit(model, connection, quic->streams_opened < quic->streams_allowed);
}

static hr_request *begin_request(hr_model *model, hr_connection *connection, uint64_t stream)
{
    hr_pool_enter(model, connection, connection->seldom->tls->sni);

    hr_request *request = hr_exchange_begin_on_stream(model, connection, (int64_t)stream, 0);
    g_hash_table_insert(connection->seldom->streams->table, key_of(stream), request);
    follow_limit(model, connection, stream);
    hr_model_add_item(model, HR_ITEM_REQUEST, connection, request);
    return request;
}

static void answer_seen(hr_model *model, hr_connection *connection, hr_request *request,
                        const hr_quic_stream *stream)
{
    if (request->is_done) {
        return; /* sent again */
    }
    request->ended = model->now;
    if (request->answered.frame == 0) {
        request->answered = model->now;
    }
    request->answer_bytes = MAX(request->answer_bytes, stream->offset + stream->length);
    if (request->response_frame == 0 && !stream->is_interim && stream->length > 0) {
        request->is_answered = true;
        request->response_frame = model->now.frame;
        hr_model_add_item(model, HR_ITEM_RESPONSE, connection, request);
    }
    if (stream->is_end) {
        hr_exchange_end_now(model, request, HR_COMPLETE_YES);
    }
}

void hr_h3_stream_seen(hr_model *model, hr_connection *connection, unsigned from,
                       const hr_quic_stream *stream)
{
    hr_request *request = request_of(connection, stream->stream);

    if (connection->protocol != HR_PROTOCOL_H3) {
        return;
    }
    if (from != connection->client) {
        if (request != NULL) {
            answer_seen(model, connection, request, stream);
        }
    } else if (request == NULL && stream->length > 0) {
        begin_request(model, connection, stream->stream);
    }
}

static const char *interned(hr_model *model, hr_slice text, const char *otherwise)
{
    return text.text != NULL ? hr_model_intern_slice(model, text) : otherwise;
}

void hr_h3_headers_seen(hr_model *model, hr_connection *connection, unsigned from,
                        const hr_h3_headers *headers)
{
    hr_request *request = request_of(connection, headers->stream);

    if (request == NULL) {
        return;
    }
    if (from == connection->client) {
        request->method = interned(model, headers->method, request->method);
        request->target = interned(model, headers->path, request->target);
        request->authority = interned(model, headers->authority, request->authority);
        hr_connection_take_user_agent(model, connection, headers->user_agent,
                                      headers->via.text != NULL);
        if (connection->name == NULL) {
            hr_pool_enter(model, connection,
                          hr_connection_pool_name(model, connection, headers->authority));
        }
        return;
    }
    connection->products.server = interned(model, headers->server, connection->products.server);
    if (headers->via.text != NULL) {
        hr_connection_seldom(connection)->via = hr_model_intern_slice(model, headers->via);
    }
    if (headers->code >= 200 && request->response_code == 0) {
        request->response_code = (uint16_t)headers->code;
        hr_connection_host_answered(model, connection, request);
        /* RFC 9110 §6.4.1 */
        request->is_answer_bodyless =
            headers->code == 204 || headers->code == 304 || g_strcmp0(request->method, "HEAD") == 0;
    }
}

void hr_h3_reset_seen(hr_model *model, hr_connection *connection, unsigned from, uint64_t stream,
                      bool is_stop)
{
    hr_request *request = request_of(connection, stream);

    /* A server that stops reading does not want the rest of the body; the answer may be whole
     * (RFC 9114 §4.1). */
    if (request == NULL || request->is_done || (is_stop && from != connection->client)) {
        return;
    }
    hr_exchange_reset(model, request, from);
}

void hr_h3_goaway_seen(hr_model *model, hr_connection *connection, unsigned from, uint64_t id)
{
    if (connection->protocol != HR_PROTOCOL_H3) {
        return;
    }
    if (connection->seldom->goaway->at.frame == 0) {
        hr_connection_goaway(connection)->at = model->now;
        hr_connection_goaway(connection)->by = hr_connection_side_of(connection, from);
        hr_connection_goaway(connection)->is_idle = connection->idle_since.frame != 0;
        hr_model_add_item(model, HR_ITEM_GOAWAY, connection, NULL);
    }
    if (connection->seldom->goaway->by == hr_connection_side_of(connection, from)) {
        hr_connection_goaway(connection)->last_stream = (uint32_t)MIN(id, UINT32_MAX);
    }
    if (from != connection->client) {
        hr_connection_goaway(connection)->left_out_from =
            id; /* RFC 9114 §5.2: this one and what is above it */
    }
    hr_connection_become_closing(model, connection);
}

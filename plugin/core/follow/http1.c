/* http1.c
 * HTTP/1.0 and 1.1: follows the bytes of both sides, between and inside of messages, and knows
 * what requests and answers have in common: framing (RFC 9112 §6) and persistence (§9.3). It
 * refuses to invent requests: where bytes were not shown as HTTP they are only counted.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/http1.h"

bool hr_http1_is_ours(const hr_connection *connection)
{
    return !(connection->left.at.frame != 0) && connection->protocol != HR_PROTOCOL_H2 &&
           connection->protocol != HR_PROTOCOL_H3;
}

/* Methods are case-sensitive (RFC 9110 §9.1). */
bool hr_method_is_idempotent(const char *method)
{
    static const char *const methods[] = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};

    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (g_strcmp0(method, methods[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void client_bytes(hr_model *model, hr_connection *connection, uint32_t seq)
{
    if (connection->http1.is_request_open) {
        const hr_tcp_end *client = hr_connection_client(connection);
        if (client->position < connection->http1.request_end) {
            return;
        }
        connection->http1.is_request_open = false;
        if (client->position == connection->http1.request_end) {
            return;
        }
        seq = client->next_seq - (uint32_t)(client->position - connection->http1.request_end);
    }
    if (connection->http1.pending.frame == 0) {
        connection->http1.pending = model->now;
        connection->http1.pending_seq = seq;
    }
}

void hr_http1_finish(hr_model *model, hr_connection *connection, hr_request *request,
                     hr_complete complete)
{
    request->complete = complete;
    connection->http1.is_answer_end_known = connection->http1.is_answer_until_close = false;
    hr_connection_end_exchange(model, connection, request);
}

/* @rest bytes of the present segment follow the answer that just ended: they are the next one's. */
void hr_http1_begin_next_answer(hr_model *model, hr_request *next, uint64_t rest)
{
    if (rest > 0 && next != NULL && next->answered.frame == 0) {
        next->answered = next->ended = model->now;
        next->answer_bytes = rest;
    }
}

/* Bytes of an answer whose end nobody can tell move its end and the begin of idleness. */
static void extend_last(hr_model *model, hr_connection *connection)
{
    hr_request *last = connection->last_request;

    if (last != NULL && last->is_done && last->complete == HR_COMPLETE_UNKNOWN) {
        last->ended = model->now;
        if (connection->idle_since.frame != 0) {
            hr_connection_become_busy(model, connection);
            hr_connection_become_idle(model, connection);
        }
    }
}

static void server_bytes(hr_model *model, hr_connection *connection, uint32_t length)
{
    hr_request *head = connection->head;

    if (head == NULL) {
        if (connection->request_count == 0 && connection->http1.pending.frame == 0) {
            connection->http1.has_stray_answer = true;
        }
        extend_last(model, connection);
        return;
    }
    if (head->answered.frame == 0) {
        head->answered = model->now;
    }
    head->answer_bytes += length;
    head->ended = model->now;
    if (connection->http1.is_answer_end_known &&
        hr_connection_server(connection)->position >= connection->http1.answer_end) {
        const uint64_t rest =
            hr_connection_server(connection)->position - connection->http1.answer_end;
        head->answer_bytes -= MIN(rest, head->answer_bytes);
        hr_http1_finish(model, connection, head, HR_COMPLETE_YES);
        hr_http1_begin_next_answer(model, head->next, rest);
    }
}

/* On TLS the records' data counts, not the bytes of TCP that carry them. */
void hr_http1_client_bytes(hr_model *model, hr_connection *connection, uint32_t seq)
{
    if (hr_http1_is_ours(connection) && !connection->is_tls) {
        client_bytes(model, connection, seq);
    }
}

void hr_http1_server_bytes(hr_model *model, hr_connection *connection, uint32_t length)
{
    if (hr_http1_is_ours(connection) && !connection->is_tls) {
        server_bytes(model, connection, length);
    }
}

void hr_http1_data(hr_model *model, hr_connection *connection, hr_side side, uint32_t length)
{
    if (!hr_http1_is_ours(connection)) {
        return;
    }
    if (side == HR_SIDE_CLIENT) {
        client_bytes(model, connection, 0);
    } else {
        server_bytes(model, connection, length);
    }
}

void hr_http1_server_ended(hr_model *model, hr_connection *connection)
{
    hr_request *head = connection->head;
    const hr_tcp_end *server = hr_connection_server(connection);

    if (head != NULL && head->is_answered && connection->http1.is_answer_until_close) {
        const bool is_reset = server->rst.frame != 0;
        hr_http1_finish(model, connection, head, is_reset ? HR_COMPLETE_NO : HR_COMPLETE_YES);
    }
}

/* The first message decides; it also puts the connection in scope. */
void hr_http1_take_protocol(hr_model *model, hr_connection *connection,
                            const hr_http1_persistence *said)
{
    if (connection->protocol == HR_PROTOCOL_UNKNOWN) {
        connection->protocol = said->is_http10 ? HR_PROTOCOL_HTTP10 : HR_PROTOCOL_HTTP11;
    }
    hr_model_recognise(model, connection);
}

/* HTTP/1.0 persists only where both say keep-alive; 1.1 unless one says close. */
void hr_http1_heed_persistence(hr_model *model, hr_connection *connection,
                               const hr_http1_persistence *said, hr_side side)
{
    if (said->is_http10 && !said->says_keep_alive) {
        connection->close_said.is_http10 |= connection->close_said.by == HR_SIDE_NONE;
        hr_connection_announce_close(model, connection, side);
    } else if (said->says_close) {
        hr_connection_announce_close(model, connection, side);
    }
}

/* Header and body bytes of a message, or UINT64_MAX where its end cannot be told from it. */
uint64_t hr_http1_message_length(const hr_http1_extent *extent, bool is_bodyless,
                                 bool *is_until_close)
{
    *is_until_close = false;
    if (extent->is_header_cut) {
        return UINT64_MAX;
    }
    if (is_bodyless) {
        return extent->header_length;
    }
    if (extent->is_chunked) {
        return extent->is_chunked_end_seen ? extent->header_length + extent->chunked_length
                                           : UINT64_MAX;
    }
    if (extent->has_content_length) {
        return extent->content_length > UINT64_MAX / 2
                   ? UINT64_MAX
                   : extent->header_length + extent->content_length;
    }
    *is_until_close = true;
    return UINT64_MAX;
}

/* http1.c
 * HTTP/1.0 and 1.1: follows the bytes of both sides, between and inside of messages, and knows
 * what requests and answers have in common: framing (RFC 9112 §6) and persistence (§9.3).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/http1.h"

bool hr_http1_is_ours(const hr_connection *connection)
{
    return connection->seldom->left.at.frame == 0 && connection->protocol != HR_PROTOCOL_H2;
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

uint64_t hr_http1_position(const hr_connection *connection, unsigned from,
                           const hr_http1_extent *extent)
{
    return extent->is_begin_known
               ? hr_bytes_position(&connection->ends[from].out, extent->begin_seq)
               : HR_POSITION_NONE;
}

/* ---- the client's bytes ---- */

void hr_http1_note_pending(hr_model *model, hr_connection *connection, uint64_t begin)
{
    hr_http1 *http1 = &connection->http1;

    if (http1->pending->at.frame == 0 || begin < http1->pending->begin) {
        hr_http1_pending_of(http1)->found = model->now.frame;
    }
    if (http1->pending->at.frame == 0) {
        hr_http1_pending *pending = hr_http1_pending_of(http1);
        pending->at = model->now;
        pending->begin = begin;
        hr_exchange_settle(model, connection); /* it asks again */
        g_ptr_array_add(model->unclaimed, connection);
    } else {
        hr_http1_pending_of(http1)->begin = MIN(http1->pending->begin, begin);
    }
}

/* Where the last request's body ends, or HR_POSITION_NONE while it is open; 0: nobody knows. */
static uint64_t body_end(hr_model *model, hr_connection *connection)
{
    const hr_request *last = connection->last_request;

    if (connection->http1.is_request_open) {
        if (hr_connection_client(connection)->out.sent < last->end) {
            return HR_POSITION_NONE;
        }
        hr_exchange_request_sent(model, connection);
    }
    return last != NULL && last->end != HR_POSITION_NONE ? last->end : 0;
}

static void client_bytes(hr_model *model, hr_connection *connection, const hr_fresh *fresh)
{
    const uint64_t named = MAX(fresh->begin, connection->http1.named_until);

    hr_http1_look_for_body(model, connection, fresh);
    const uint64_t begin = MAX(named, body_end(model, connection));
    if (begin < fresh->end) {
        hr_http1_note_pending(model, connection, begin);
    }
}

void hr_http1_end_frame(hr_model *model)
{
    for (guint i = 0; i < model->unclaimed->len; i++) {
        hr_connection *connection = model->unclaimed->pdata[i];
        hr_http1 *http1 = &connection->http1;
        if (http1->pending->at.frame == model->now.frame) {
            hr_http1_pending_of(http1)->idle_ns = hr_connection_idle_ns(connection, model->now);
            hr_connection_become_busy(model, connection);
        }
    }
    if (model->unclaimed->len > 0) {
        g_ptr_array_set_size(model->unclaimed, 0);
    }
}

/* ---- the server's bytes ---- */

void hr_http1_finish(hr_model *model, hr_connection *connection, hr_request *request,
                     hr_complete complete, uint64_t until)
{
    connection->http1.answer_end = HR_POSITION_NONE;
    connection->http1.is_answer_end_shown = connection->http1.is_answer_until_close = false;
    connection->http1.answered_until = MAX(connection->http1.answered_until, until);
    hr_exchange_end(model, connection, request, complete);
}

/* @bytes of the server follow an answer that is over, with nothing outstanding. Noted only where
 * the answer's end is known, and none of the client's bytes may be a request that nobody was
 * shown. */
static void note_surplus(const hr_model *model, hr_connection *connection, uint64_t bytes)
{
    const hr_request *last = connection->last_request;
    const hr_bytes *client = &hr_connection_client(connection)->out;

    if (bytes == 0 || last == NULL || last->complete != HR_COMPLETE_YES ||
        connection->http1.pending->at.frame != 0 || client->acked > client->sent ||
        hr_bytes_hole_count(client) > 0) {
        return;
    }
    hr_http1_seldom *seldom = hr_http1_seldom_of(&connection->http1);
    if (seldom->surplus.frame == 0) {
        seldom->surplus = model->now;
    }
    seldom->surplus_bytes += (uint32_t)MIN(bytes, UINT32_MAX / 2);
}

void hr_http1_begin_next_answer(hr_model *model, hr_connection *connection, hr_request *next,
                                uint64_t rest)
{
    note_surplus(model, connection, rest);
    if (rest > 0 && next != NULL) {
        next->answered = next->ended = model->now;
        next->answer_begin = connection->http1.answered_until;
        next->answer_bytes = rest;
    }
}

/* Bytes of an answer whose end nobody can tell move its end and the begin of idleness. */
static void extend_last(hr_model *model, hr_connection *connection)
{
    hr_request *last = connection->last_request;

    if (last != NULL && last->complete == HR_COMPLETE_UNKNOWN) {
        last->ended = model->now;
        if (connection->idle_since.frame != 0) {
            hr_connection_become_busy(model, connection);
            hr_connection_become_idle(model, connection);
        }
    }
}

static void server_bytes(hr_model *model, hr_connection *connection, const hr_fresh *fresh)
{
    hr_request *head = connection->head;
    const uint64_t sent = hr_connection_server(connection)->out.sent;
    const uint64_t end = connection->http1.answer_end;

    if (head == NULL) {
        if (connection->http1.pending->at.frame == 0 && connection->http1.named_until == 0) {
            connection->http1.has_stray_answer = true;
        }
        extend_last(model, connection);
        if (fresh->end > connection->http1.answered_until) {
            note_surplus(model, connection, fresh->fresh);
        }
        return;
    }
    if (fresh->end <= MAX(head->answer_floor, connection->http1.answered_until)) {
        return; /* of an answer before, which it filled or repeated */
    }
    if (head->answered.frame == 0) {
        head->answered = model->now;
    }
    head->answer_begin =
        MIN(head->answer_begin, MAX(fresh->begin, connection->http1.answered_until));
    head->answer_bytes += fresh->fresh;
    head->ended = model->now;
    if (connection->http1.is_answer_end_shown && sent >= end) {
        const uint64_t rest = sent - end;
        hr_request *next = head->next;
        head->answer_bytes -= MIN(rest, head->answer_bytes);
        hr_http1_finish(model, connection, head, HR_COMPLETE_YES, end);
        hr_http1_begin_next_answer(model, connection, next, rest);
    }
}

void hr_http1_client_bytes(hr_model *model, hr_connection *connection, const hr_fresh *fresh)
{
    if (hr_http1_is_ours(connection) && !connection->is_tls) {
        client_bytes(model, connection, fresh);
    }
}

void hr_http1_server_bytes(hr_model *model, hr_connection *connection, const hr_fresh *fresh)
{
    if (hr_http1_is_ours(connection) && !connection->is_tls) {
        connection->http1.has_answer_after_close |=
            hr_connection_client(connection)->state >= HR_END_CLOSED;
        server_bytes(model, connection, fresh);
    }
}

/* The records' data counts, at the place of the segment that brought their end. */
void hr_http1_data(hr_model *model, hr_connection *connection, hr_side side, uint32_t length)
{
    if (!hr_http1_is_ours(connection)) {
        return;
    }
    if (side == HR_SIDE_CLIENT) {
        hr_http1_note_pending(model, connection, hr_tcp_latest(hr_connection_client(connection)));
    } else {
        server_bytes(model, connection, &(hr_fresh){0, UINT64_MAX, length});
    }
}

void hr_http1_server_ended(hr_model *model, hr_connection *connection)
{
    hr_request *head = connection->head;
    const hr_tcp_end *server = hr_connection_server(connection);

    if (head != NULL && connection->http1.is_answer_until_close) {
        const bool is_whole = server->state != HR_END_RESET;
        hr_http1_finish(model, connection, head, is_whole ? HR_COMPLETE_YES : HR_COMPLETE_NO,
                        server->out.sent);
    }
}

/* The first message decides; it also puts the connection in scope. */
void hr_http1_take_protocol(hr_connection *connection, const hr_http1_persistence *said)
{
    if (connection->protocol == HR_PROTOCOL_UNKNOWN) {
        connection->protocol = said->is_http10 ? HR_PROTOCOL_HTTP10 : HR_PROTOCOL_HTTP11;
    }
    connection->is_in_scope = true;
}

/* HTTP/1.0 persists only where both say keep-alive; 1.1 unless one says close. */
void hr_http1_heed_persistence(hr_model *model, hr_connection *connection,
                               const hr_http1_persistence *said, hr_side side, bool is_cut)
{
    if (side == HR_SIDE_CLIENT) {
        connection->http1.is_head_cut = is_cut;
        if (connection->last_request->is_late &&
            connection->seldom->close_said.by == HR_SIDE_SERVER) {
            /* it said so in an answer to this one */
            hr_connection_seldom(connection)->close_said.by = HR_SIDE_NONE;
        }
    }
    if (said->is_http10 && !said->says_keep_alive && !is_cut) {
        if (connection->seldom->close_said.by == HR_SIDE_NONE) {
            hr_connection_seldom(connection)->close_said.is_http10 = true;
        }
        hr_connection_announce_close(model, connection, side);
    } else if (said->says_close) {
        hr_connection_announce_close(model, connection, side);
    }
}

/* Chunks go before any length. */
bool hr_http1_is_length_odd(const hr_http1_extent *extent)
{
    return extent->is_length_odd && !extent->is_chunked && !extent->is_header_cut;
}

uint32_t hr_http1_said_length(const hr_http1_extent *extent)
{
    return extent->has_content_length && !extent->is_chunked && !extent->is_length_odd
               ? (uint32_t)MIN(extent->content_length, UINT32_MAX - 1) + 1
               : 0;
}

bool hr_http1_is_bodyless(const hr_request *request, unsigned code)
{
    if (code < 200 || code == 204 || code == 304) {
        return true;
    }
    return request != NULL && (g_strcmp0(request->method, "HEAD") == 0 ||
                               (g_strcmp0(request->method, "CONNECT") == 0 && code < 300));
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
        return extent->is_length_odd || extent->content_length > UINT64_MAX / 2
                   ? UINT64_MAX
                   : extent->header_length + extent->content_length;
    }
    *is_until_close = true;
    return UINT64_MAX;
}

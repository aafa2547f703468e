/* exchange.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/exchange.h"

#include "core/follow/http1.h"
#include "core/model/quic.h"
#include "core/opening/pool.h"

static hr_delivery delivery_of(const hr_model *model, const hr_connection *connection,
                               int64_t stream, bool is_late)
{
    if (hr_quic_is_in_pieces(connection) ||
        hr_connection_is_in_disorder(model, connection, model->now) ||
        (connection->head != NULL &&
         hr_connection_is_in_disorder(model, connection, connection->head->sent))) {
        return HR_DELIVERY_UNKNOWN;
    }
    if (connection->outstanding == 0) {
        return HR_DELIVERY_SEQUENTIAL;
    }
    if (is_late || !hr_request_is_server_intact_since(connection->head)) {
        return HR_DELIVERY_UNKNOWN;
    }
    return stream >= 0 ? HR_DELIVERY_MULTIPLEXED : HR_DELIVERY_PIPELINED;
}

hr_request *hr_exchange_begin(hr_model *model, hr_connection *connection,
                              const hr_exchange_start *start)
{
    const hr_tcp_end *server = hr_connection_server(connection);
    const bool is_first = connection->request_count == 0;
    hr_request *request = hr_model_add_request(model, connection);

    request->sent = start->sent;
    request->begin = start->begin;
    connection->http1.has_overtaken |=
        request->previous != NULL && request->begin < request->previous->begin;
    hr_request_set_stream(model, request, start->stream);
    request->is_late = start->begin < hr_bytes_late(&hr_connection_client(connection)->out);
    request->answer_floor = hr_connection_server_floor(connection);
    request->disorder = hr_bytes_disorder(&server->out);
    request->status = HR_STATUS_REUSED;
    if (is_first) {
        request->status = start->status;
    }
    request->number = connection->unseen_count + connection->request_count + 1;
    request->is_number_exact = start->is_number_exact;
    request->delivery = delivery_of(model, connection, start->stream, request->is_late);
    request->concurrency = connection->outstanding + 1;
    /* A connection that has carried nothing is being set up. */
    request->idle_ns = request->number > 1 ? start->idle_ns : HR_TIME_NONE;
    connection->request_count++;
    connection->outstanding++;
    if (connection->head == NULL) {
        connection->head = request;
    }
    if (start->stream < 0) {
        hr_connection_become_busy(model, connection);
    } else {
        connection->idle_since = HR_MOMENT_NONE;
        hr_pool_used(connection);
    }
    return request;
}

/* A body that is still being sent keeps a connection of HTTP/1 from others. */
static bool is_at_rest(const hr_connection *connection)
{
    return connection->outstanding == 0 && !connection->http1.is_request_open;
}

void hr_exchange_end(hr_model *model, hr_connection *connection, hr_request *request,
                     hr_complete complete)
{
    request->complete = complete;
    request->is_done = true;
    connection->outstanding--;
    connection->exchange_count++;
    connection->last_ended = request;
    while (connection->head != NULL && connection->head->is_done) {
        connection->head = connection->head->next;
    }
    if (connection->exchange_count == 1) {
        hr_pool_first_exchange_over(connection);
    }
    if (is_at_rest(connection)) {
        hr_connection_become_idle(model, connection);
    }
}

void hr_exchange_end_now(hr_model *model, hr_request *request, hr_complete complete)
{
    request->ended = model->now;
    hr_exchange_end(model, request->connection, request, complete);
}

void hr_exchange_reset(hr_model *model, hr_request *request, unsigned from)
{
    const hr_connection *connection = request->connection;

    request->is_given_up = from == connection->client && !hr_request_has_answer_bytes(request) &&
                           !hr_connection_is_in_disorder(model, connection, model->now);
    hr_exchange_end_now(model, request, HR_COMPLETE_NO);
}

void hr_exchange_request_sent(hr_model *model, hr_connection *connection)
{
    connection->http1.is_request_open = false;
    if (is_at_rest(connection)) {
        hr_connection_become_idle(model, connection);
    }
}

/* The oldest exchange is over; its answer ended before the server's @until. */
static void end_hidden(hr_model *model, hr_connection *connection, uint64_t until)
{
    hr_request *head = connection->head;
    const hr_bytes *server = &hr_connection_server(connection)->out;
    const bool is_whole = connection->http1.is_answer_end_shown; /* all of it was acknowledged */

    head->is_answered = true;
    if (head->ended.frame == 0) {
        head->ended = model->now; /* not a byte of it was captured */
    }
    hr_http1_finish(model, connection, head, is_whole ? HR_COMPLETE_YES : HR_COMPLETE_UNKNOWN,
                    until);
    /* Where its last bytes are not in the capture, nor is the moment of the last one. */
    connection->is_rest_unknown = !hr_bytes_is_whole(server, head->answer_floor, until);
    if (!connection->is_rest_unknown) {
        hr_connection_rested_at(connection, head->ended);
    }
}

void hr_exchange_settle(hr_model *model, hr_connection *connection)
{
    if (hr_connection_head_may_be_over(connection)) {
        end_hidden(model, connection, hr_connection_server(connection)->out.acked);
    }
}

/* What the server sent between the request and @position, where another message begins, is an answer
 * that nobody was shown, unless it was a 100 that the request waited for in the middle. Where that
 * was captured, what is behind it. */
static bool is_answer_lost_before(const hr_request *head, uint64_t position)
{
    const uint64_t floor = MAX(head->answer_floor, head->connection->http1.answered_until);
    const bool was_told_to_go_on = floor > head->answer_floor;

    return head->answer_floor != 0 && position > floor &&
           (hr_request_shown(head).frame == head->sent.frame || was_told_to_go_on);
}

/* The server has acknowledged more than the only request that was captured: another one is not, or
 * not yet, in the capture. */
static bool is_followed_by_lost(const hr_connection *connection)
{
    const hr_request *head = connection->head;
    const hr_bytes *client = &hr_connection_client(connection)->out;

    return client->sent <= head->end && client->acked > head->end;
}

void hr_exchange_pass(hr_model *model, hr_connection *connection, uint64_t position)
{
    const hr_request *head = connection->head;
    const hr_bytes *server = &hr_connection_server(connection)->out;

    if (head == NULL || head->is_answered) {
        return;
    }
    if (is_followed_by_lost(connection) && is_answer_lost_before(head, position)) {
        end_hidden(model, connection, position);
        return;
    }
    if (!head->is_interim_cut && server->acked >= position &&
        (head->answer_begin < position || is_answer_lost_before(head, position))) {
        end_hidden(model, connection, position);
    }
}

static hr_status first_status_on_stream(hr_connection *connection, bool is_later)
{
    if (connection->unseen_count > 0) {
        return HR_STATUS_REUSED;
    }
    if (connection->is_opening_seen) {
        /* A later stream proves nothing: HTTP/2 lets ids be skipped (RFC 9113 §5.1.1), and packets
         * of QUIC come in any order. What could not be read may have been a request. */
        return is_later && !hr_connection_is_legible(connection) ? HR_STATUS_UNKNOWN
                                                                 : HR_STATUS_NEW;
    }
    if (is_later) {
        /* Stream ids count up; the streams before may have been refused or idle. */
        connection->unseen_count = 1;
        return HR_STATUS_REUSED;
    }
    return HR_STATUS_UNKNOWN;
}

hr_request *hr_exchange_begin_on_stream(hr_model *model, hr_connection *connection, int64_t stream,
                                        int64_t first_stream)
{
    const hr_tcp_end *client = hr_connection_client(connection);
    hr_exchange_start start = {
        .sent = model->now,
        .begin = hr_bytes_is_known(&client->out) ? hr_tcp_latest(client) : HR_POSITION_NONE,
        .idle_ns = hr_connection_idle_ns(connection, model->now),
        .stream = stream,
        .is_number_exact = connection->is_opening_seen && connection->unseen_count == 0 &&
                           hr_connection_is_legible(connection),
    };
    if (connection->seldom->quic != NULL) {
        start.is_number_exact &= stream == (int64_t)connection->request_count * 4;
    }

    if (connection->request_count == 0) {
        start.status = first_status_on_stream(connection, stream > first_stream);
    }
    hr_request *request = hr_exchange_begin(model, connection, &start);
    hr_request_show(model, request);
    request->end = hr_bytes_is_known(&client->out) ? client->out.sent : HR_POSITION_NONE;
    return request;
}

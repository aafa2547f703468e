/* http1_stray.c
 * An answer of HTTP/1 that no request of the capture waits for: to one that is not in it, to bytes
 * that nobody could read, or to nothing, as a 408 that the server sent by itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/http1.h"
#include "core/opening/pool.h"

enum {
    FIRST_ERROR = 400 /* RFC 9110 section 15.5 */
};

/* The server has something of its client that is not in the capture, and that nothing was the answer to:
 * a request, or the begin of one. */
static bool has_unseen_request(const hr_connection *connection)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;
    const uint64_t floor = MAX(connection->rest.client_end, HR_POSITION_START);

    return !connection->is_tls && !hr_bytes_is_whole(client, floor, client->acked);
}

/* It had nothing to wait for yet: no server's timer is that short. */
static bool is_at_once(const hr_model *model, const hr_connection *connection)
{
    const hr_moment begun =
        connection->established.frame != 0 ? connection->established : connection->opened;
    const int64_t way_ns = MAX(hr_connection_tcp_handshake_ns(connection), 0);

    return model->now.ns - begun.ns - way_ns < model->settings.timer_min_ns;
}

bool hr_http1_is_unasked_timeout(const hr_model *model, const hr_connection *connection,
                                 const hr_request *head, unsigned code)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;

    if (hr_http1_is_turned_away(connection, code) && is_at_once(model, connection)) {
        return false;
    }
    if (code != 408 || head == NULL) {
        return code == 408 && connection->http1.pending->at.frame == 0 &&
               !has_unseen_request(connection);
    }
    return client->acked <= head->begin;
}

void hr_http1_timeout_said(hr_model *model, hr_connection *connection, hr_request *head)
{
    connection->http1.has_stray_answer = false;
    if (connection->seldom->close_said.by == HR_SIDE_NONE) {
        hr_connection_seldom(connection)->close_said.is_timeout = true;
    }
    hr_connection_announce_close(model, connection, HR_SIDE_SERVER);
    if (head != NULL) { /* its bytes were taken for the answer's */
        head->answered = head->ended = HR_MOMENT_NONE;
        head->answer_bytes = 0;
        head->answer_begin = HR_POSITION_NONE;
    }
    connection->http1.answered_until = hr_connection_server(connection)->out.sent;
}

bool hr_http1_is_turned_away(const hr_connection *connection, unsigned code)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;

    return code >= FIRST_ERROR && connection->is_opening_seen && !connection->is_tls &&
           connection->request_count == 0 && connection->unseen_count == 0 &&
           client->sent <= HR_POSITION_START && client->acked <= HR_POSITION_START;
}

void hr_http1_turned_away(hr_model *model, hr_connection *connection)
{
    connection->http1.has_stray_answer = false;
    if (connection->seldom->close_said.by == HR_SIDE_NONE) {
        hr_connection_seldom(connection)->close_said.is_turned_away = true;
        hr_connection_seldom(connection)->close_said.is_error = true;
    }
    hr_connection_announce_close(model, connection, HR_SIDE_SERVER);
    connection->http1.answered_until = hr_connection_server(connection)->out.sent;
}

/* To the rest of a request whose head is not in the capture, or not yet; the server has all of
 * it. */
static bool is_to_pending(const hr_connection *connection)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;
    const uint64_t begin = connection->http1.pending->begin;

    const bool is_headless = begin == HR_POSITION_START
                                 ? !client->is_from_start
                                 : !hr_bytes_is_whole(client, begin - 1, begin);
    return connection->http1.pending->at.frame != 0 && !connection->is_tls && is_headless &&
           client->acked >= client->sent;
}

bool hr_http1_is_put_together(const hr_http1_extent *extent)
{
    return extent->is_whole && !hr_http1_is_length_odd(extent);
}

/* Whether all of an answer is there; the request is not, which may have been a HEAD. */
static bool is_over(const hr_http1_response *response)
{
    const hr_http1_extent *extent = &response->extent;
    bool is_until_close = false;

    return hr_http1_is_put_together(extent) || !extent->is_on_tcp ||
           hr_http1_message_length(extent, hr_http1_is_bodyless(NULL, response->code),
                                   &is_until_close) <= extent->available;
}

void hr_http1_stray_answer(hr_model *model, hr_connection *connection,
                           const hr_http1_response *response)
{
    const bool is_legible = !is_to_pending(connection);

    connection->http1.has_stray_answer = false;
    if (connection->http1.pending->at.frame != 0 && is_legible) {
        return;
    }
    hr_http1_forget_pending(&connection->http1);
    const bool is_exchange = connection->request_count > 0 || is_over(response);
    hr_http1_hold(model, connection, response, is_legible, is_exchange);
    connection->unseen_count++;
    hr_pool_enter(model, connection, NULL);
    if (is_exchange) {
        connection->exchange_count++;
        hr_connection_become_idle(model, connection);
    }
}

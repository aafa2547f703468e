/* http1_answers.c
 * An answer of HTTP/1: which request it belongs to, where it ends (RFC 9112 §6.3), and what it
 * says about the connection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/http1.h"
#include "core/opening/pool.h"

static bool is_bodyless(const hr_request *request, unsigned code)
{
    if (code < 200 || code == 204 || code == 304) {
        return true;
    }
    return request != NULL && (g_strcmp0(request->method, "HEAD") == 0 ||
                               (g_strcmp0(request->method, "CONNECT") == 0 && code < 300));
}

/* An answer of which nothing is outstanding: to a request that is still being sent, or to one
 * that is not in the capture. A 408 answers nothing (RFC 9110 §15.5.9). */
static void stray_answer(hr_model *model, hr_connection *connection,
                         const hr_http1_response *response)
{
    connection->http1.has_stray_answer = false;
    if (response->code == 408) {
        return;
    }
    if (connection->http1.pending.frame != 0) {
        connection->http1.early = model->now;
        connection->http1.early_code = (uint16_t)response->code;
        connection->http1.early_bytes = response->extent.available;
        return;
    }
    connection->unseen_count++;
    connection->exchange_count++;
    hr_pool_enter(model, connection, NULL);
    hr_connection_become_idle(model, connection);
}

/* Finds where the answer ends; it may end right here. */
static void take_answer_extent(hr_model *model, hr_connection *connection, hr_request *request,
                               const hr_http1_response *response)
{
    const hr_http1_extent *extent = &response->extent;
    bool is_until_close = false;
    const uint64_t length =
        hr_http1_message_length(extent, is_bodyless(request, response->code), &is_until_close);

    request->ended = model->now;
    request->is_answer_bodyless =
        is_bodyless(request, response->code) || length == extent->header_length;
    if (is_until_close) {
        connection->http1.is_answer_until_close = true;
        hr_connection_become_closing(model, connection);
    } else if (length <= extent->available || (length == UINT64_MAX && extent->is_whole)) {
        const bool is_counted = extent->is_on_tcp && request->answer_bytes > length;
        const uint64_t rest = is_counted ? request->answer_bytes - length : 0;
        hr_request *next = request->next;
        request->answer_bytes -= rest;
        hr_http1_finish(model, connection, request, HR_COMPLETE_YES);
        hr_http1_begin_next_answer(model, next, rest);
    } else if (length != UINT64_MAX && extent->is_on_tcp) {
        const hr_tcp_end *server = hr_connection_server(connection);
        connection->http1.answer_end = server->position + (length - extent->available);
        connection->http1.is_answer_end_known = true;
    } else {
        hr_http1_finish(model, connection, request, HR_COMPLETE_UNKNOWN);
    }
}

static void heed_keep_alive(hr_connection *connection, const hr_request *request,
                            const hr_http1_response *response)
{
    if (response->keep_alive_timeout >= 0) {
        connection->keep_alive.timeout_s = response->keep_alive_timeout;
    }
    if (response->keep_alive_max >= 0) {
        connection->keep_alive.limit = request->number + (uint32_t)response->keep_alive_max;
    }
}

static void leave_http(hr_model *model, hr_connection *connection, const hr_request *request,
                       unsigned code)
{
    const bool is_connect = g_strcmp0(request->method, "CONNECT") == 0;

    if (code == 101 || (is_connect && code >= 200 && code < 300)) {
        connection->left.is_connect = is_connect;
        connection->left.at = model->now;
        hr_connection_become_closing(model, connection);
        if (is_connect) {
            hr_tunnel_open(model, connection, request);
        }
    }
}

static void answer(hr_model *model, hr_connection *connection, hr_request *request,
                   const hr_http1_response *response)
{
    request->is_answered = true;
    request->response_frame = model->now.frame;
    request->response_code = (uint16_t)response->code;
    if (request->answered.frame == 0) {
        request->answered = model->now;
    }
    if (connection->http1.is_request_open && request == connection->last_request) {
        request->has_body_unfinished = true;
    }
    heed_keep_alive(connection, request, response);
    hr_connection_host_answered(model, connection, request);
    leave_http(model, connection, request, response->code);
    take_answer_extent(model, connection, request, response);
    hr_model_add_item(model, HR_ITEM_RESPONSE, connection, request);
}

/* 100 Continue and its like answer nothing yet: only what follows them is the answer's. */
static void interim(const hr_model *model, hr_connection *connection, const hr_http1_extent *extent)
{
    hr_request *head = connection->head;
    const uint64_t rest = extent->is_on_tcp && extent->available > extent->header_length
                              ? extent->available - extent->header_length
                              : 0;

    if (head != NULL && !head->is_answered) {
        head->answered = head->ended = rest > 0 ? model->now : HR_MOMENT_NONE;
        head->answer_bytes = rest;
    }
}

void hr_http1_response_seen(hr_model *model, hr_connection *connection, unsigned from,
                            const hr_http1_response *response)
{
    if (!hr_http1_is_ours(connection)) {
        return;
    }
    if (connection->request_count == 0 && connection->unseen_count == 0) {
        hr_connection_set_client(connection, 1 - from);
    } else if (from == connection->client) {
        return;
    }
    hr_http1_take_protocol(model, connection, &response->persistence);
    if (response->server.text != NULL) {
        connection->products.server = hr_model_intern_slice(model, response->server);
    }
    if (response->via.text != NULL) {
        connection->products.via = hr_model_intern_slice(model, response->via);
    }
    if (response->code < 200 && response->code != 101) {
        interim(model, connection, &response->extent);
        return;
    }
    hr_request *head = connection->head;
    if (response->code == 101 && response->upgrades_to_h2c && head != NULL) {
        interim(model, connection, &response->extent);
        hr_http2_upgraded(model, connection, head);
        return;
    }
    if (head != NULL && head->is_answered) {
        hr_http1_finish(model, connection, head, HR_COMPLETE_UNKNOWN);
        head = connection->head;
    }
    connection->close_said.is_error |= response->code >= 400 && response->persistence.says_close;
    hr_http1_heed_persistence(model, connection, &response->persistence, HR_SIDE_SERVER);
    if (head != NULL) {
        answer(model, connection, head, response);
    } else {
        stray_answer(model, connection, response);
    }
}

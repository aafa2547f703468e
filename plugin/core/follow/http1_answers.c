/* http1_answers.c
 * An answer of HTTP/1: which request it belongs to, where it ends (RFC 9112 §6.3), and what it
 * says about the connection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/http1.h"
#include "core/follow/http2.h"
#include "core/follow/tunnel.h"
#include "core/opening/pool.h"

enum {
    SCAN_ANSWERED = 256, /* the latest requests, looked at for one whose answer is shown late */
};

static void note_close_of_error(hr_connection *connection, unsigned code,
                                const hr_http1_persistence *said)
{
    if (code >= 400 && said->says_close) {
        hr_connection_seldom(connection)->close_said.is_error = true;
    }
}

/* Finds where the answer ends; it may end right here. */
static void take_answer_extent(hr_model *model, hr_connection *connection, hr_request *request,
                               const hr_http1_response *response, uint64_t begin)
{
    const hr_http1_extent *extent = &response->extent;
    const hr_bytes *server = &hr_connection_server(connection)->out;
    hr_request *next = request->next;
    bool is_until_close = false;
    const uint64_t length = hr_http1_message_length(
        extent, hr_http1_is_bodyless(request, response->code), &is_until_close);

    request->ended = model->now;
    request->answer_length = hr_http1_said_length(extent);
    request->is_answer_bodyless =
        hr_http1_is_bodyless(request, response->code) || length == extent->header_length;
    request->is_answer_length_odd = length == UINT64_MAX && hr_http1_is_length_odd(extent);
    connection->http1.is_answer_end_shown = true;
    connection->http1.answer_end = HR_POSITION_NONE;
    if (is_until_close) {
        connection->http1.is_answer_until_close = true;
        hr_connection_become_closing(model, connection);
    } else if (length <= extent->available ||
               (length == UINT64_MAX && hr_http1_is_put_together(extent))) {
        /* A length that is said is the bytes' to reach, whatever the dissector made of it. */
        const bool is_counted = extent->is_on_tcp && request->answer_bytes > length;
        const uint64_t rest = is_counted ? request->answer_bytes - length : 0;
        request->answer_bytes -= rest;
        hr_http1_finish(model, connection, request, HR_COMPLETE_YES, server->sent - rest);
        hr_http1_begin_next_answer(model, connection, next, rest);
    } else if (length != UINT64_MAX && extent->is_on_tcp) {
        connection->http1.answer_end = begin != HR_POSITION_NONE
                                           ? begin + length
                                           : server->sent + (length - extent->available);
    } else {
        hr_http1_finish(model, connection, request, HR_COMPLETE_UNKNOWN, server->sent);
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
                       const hr_http1_response *response)
{
    const unsigned code = response->code;
    const bool is_connect = g_strcmp0(request->method, "CONNECT") == 0;

    if (code == 101 || (is_connect && code < 300)) {
        hr_connection_seldom(connection)->left = (hr_left_http){
            .at = model->now,
            .is_connect = is_connect,
            .is_cut = response->extent.is_header_cut && !is_connect,
        };
        hr_connection_become_closing(model, connection);
        if (is_connect) {
            hr_tunnel_open(model, connection, request);
        }
    }
}

/* The final answer came before the request's body was all sent, as far as bytes can tell: what the
 * server acknowledged was sent, captured or not. */
static bool is_before_the_end(const hr_connection *connection, const hr_request *request)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;
    const bool is_known = request->end != HR_POSITION_NONE
                              ? client->acked < request->end
                              : client->acked <= client->sent &&
                                    hr_bytes_is_whole(client, request->begin, client->sent);

    return connection->http1.is_request_open && !connection->http1.is_head_cut && is_known;
}

static void answer(hr_model *model, hr_connection *connection, hr_request *request,
                   const hr_http1_response *response, uint64_t begin)
{
    request->is_answered = true;
    request->response_frame = model->now.frame;
    request->response_code = (uint16_t)response->code;
    request->is_answer_endless = response->is_endless;
    if (request->answered.frame == 0) {
        request->answered = model->now;
    }
    request->has_body_unfinished |= is_before_the_end(connection, request);
    heed_keep_alive(connection, request, response);
    hr_connection_host_answered(model, connection, request);
    leave_http(model, connection, request, response);
    take_answer_extent(model, connection, request, response, begin);
    hr_model_add_item(model, HR_ITEM_RESPONSE, connection, request);
}

/* 100 Continue and its like answer nothing yet: only what follows them is the answer's. */
static void interim(const hr_model *model, hr_connection *connection, uint64_t begin,
                    const hr_http1_extent *extent)
{
    hr_request *head = connection->head;
    const uint64_t rest = extent->is_on_tcp && extent->available > extent->header_length
                              ? extent->available - extent->header_length
                              : 0;

    if (begin != HR_POSITION_NONE && extent->is_on_tcp) {
        connection->http1.answered_until =
            MAX(connection->http1.answered_until, begin + extent->header_length);
    }
    if (head != NULL && !head->is_answered) {
        head->answered = head->ended = rest > 0 ? model->now : HR_MOMENT_NONE;
        head->answer_bytes = rest;
        if (begin != HR_POSITION_NONE) {
            head->answer_begin = rest > 0 ? begin + extent->header_length : HR_POSITION_NONE;
        }
        head->is_interim_cut = extent->is_header_cut;
    }
}

/* The answer is shown: what came before @begin was of the 103 whose header section was cut off. */
static void begin_behind_interim(hr_connection *connection, hr_request *head, uint64_t begin)
{
    const uint64_t sent = hr_connection_server(connection)->out.sent;

    head->is_interim_cut = false;
    head->answered = HR_MOMENT_NONE;
    head->answer_begin = begin;
    head->answer_bytes = sent > begin ? sent - begin : 0;
}

/* ---- whose answer it is ---- */

/* Its first bytes may be those that come late; of a pipeline they may be of the one before. */
static bool may_contain(const hr_request *request, uint64_t byte)
{
    return request->answer_floor <= byte &&
           (request->delivery == HR_DELIVERY_SEQUENTIAL ||
            request->answer_begin == HR_POSITION_NONE || request->answer_begin <= byte);
}

/* An answer that begins below what earlier answers took up: the same answer, sent again, or one
 * that was hidden and is shown late. */
static void show_late(hr_connection *connection, uint64_t byte, const hr_http1_response *response,
                      uint32_t frame)
{
    hr_request *request =
        connection->head != NULL ? connection->head->previous : connection->last_request;

    for (unsigned budget = SCAN_ANSWERED;
         request != NULL && budget > 0 && !may_contain(request, byte); budget--) {
        request = request->previous;
    }
    if (request != NULL && may_contain(request, byte) && request->response_frame == 0 &&
        request->complete != HR_COMPLETE_NO) {
        request->response_frame = frame;
        request->response_code = (uint16_t)response->code;
        if (response->extent.is_whole) {
            request->complete = HR_COMPLETE_YES;
        }
    }
}

/* Whether the answer lies below what earlier ones took up, or was there before its client asked;
 * *byte is one of its bytes. */
static bool is_earlier(const hr_connection *connection, unsigned from, uint64_t begin,
                       uint64_t *byte)
{
    const hr_tcp_end *server = &connection->ends[from];
    const hr_request *head = connection->head;

    *byte = begin != HR_POSITION_NONE ? begin : hr_tcp_latest(server) + server->latest_length - 1;
    return !connection->is_tls && (*byte < connection->http1.answered_until ||
                                   (head != NULL && *byte < head->answer_floor));
}

/* One that was put together, while several are awaited and some of the server's bytes came late or
 * not at all: it may be the answer to any of them. */
static bool is_ambiguous(const hr_connection *connection)
{
    return connection->outstanding > 1 && !connection->is_tls &&
           !hr_request_is_server_intact_since(connection->head);
}

/* The bytes of the present segment from the answer's begin on were taken for those of one before. */
static void move_bytes(hr_request *before, hr_request *head, const hr_http1_extent *extent)
{
    if (before != head && head != NULL && extent->is_begin_known) {
        const uint64_t moved = MIN(extent->available, before->answer_bytes);
        before->answer_bytes -= moved;
        head->answer_bytes += moved;
    }
}

static void final_answer(hr_model *model, hr_connection *connection,
                         const hr_http1_response *response, uint64_t begin)
{
    hr_request *before = connection->head;
    if (begin != HR_POSITION_NONE) {
        hr_exchange_pass(model, connection, begin);
    } else if (is_ambiguous(connection)) {
        return;
    }
    hr_request *head = connection->head;
    if (head != NULL && head->is_answered) {
        if (begin != HR_POSITION_NONE && begin <= head->answer_begin) {
            return; /* the same, sent again */
        }
        hr_http1_finish(model, connection, head, HR_COMPLETE_UNKNOWN,
                        begin != HR_POSITION_NONE ? begin : 0);
        head = connection->head;
    }
    move_bytes(before, head, &response->extent);
    if (head != NULL && head->is_interim_cut && begin != HR_POSITION_NONE) {
        begin_behind_interim(connection, head, begin);
    }
    if (hr_http1_is_unasked_timeout(model, connection, head, response->code)) {
        hr_http1_timeout_said(model, connection, head);
        return;
    }
    if (hr_http1_is_turned_away(connection, response->code)) {
        hr_http1_turned_away(model, connection);
        return;
    }
    note_close_of_error(connection, response->code, &response->persistence);
    hr_http1_heed_persistence(model, connection, &response->persistence, HR_SIDE_SERVER,
                              response->extent.is_header_cut);
    if (head != NULL) {
        answer(model, connection, head, response, begin);
    } else {
        hr_http1_stray_answer(model, connection, response);
    }
}

/* Whether the final answer is still to come: in HTTP/1, or as that of stream 1. */
static bool is_before_answer(hr_model *model, hr_connection *connection,
                             const hr_http1_response *response, uint64_t begin)
{
    const bool is_h2c =
        response->code == 101 && response->upgrades_to_h2c && connection->head != NULL;

    if (!is_h2c && (response->code >= 200 || response->code == 101)) {
        return false;
    }
    if (response->code == 100) {
        hr_http1_expectation_met(connection);
    }
    interim(model, connection, begin, &response->extent);
    if (is_h2c) {
        hr_http2_upgraded(model, connection, connection->head);
    }
    return true;
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
    const uint64_t begin = hr_http1_position(connection, from, &response->extent);
    uint64_t byte = 0;
    if (is_earlier(connection, from, begin, &byte)) {
        show_late(connection, byte, response, model->now.frame);
        return;
    }
    if (connection->http1.seldom->surplus.frame != 0) { /* they began an answer */
        hr_http1_seldom_of(&connection->http1)->surplus = HR_MOMENT_NONE;
        hr_http1_seldom_of(&connection->http1)->surplus_bytes = 0;
    }
    hr_http1_take_protocol(connection, &response->persistence);
    if (response->server.text != NULL) {
        connection->products.server = hr_model_intern_slice(model, response->server);
    }
    if (response->via.text != NULL) {
        hr_connection_seldom(connection)->via = hr_model_intern_slice(model, response->via);
    }
    if (!is_before_answer(model, connection, response, begin)) {
        final_answer(model, connection, response, begin);
    }
}

/* ---- what Wireshark does not show, or not yet ---- */

bool hr_http1_wants_answer(const hr_model *model, const hr_connection *connection, unsigned from,
                           uint32_t *seq)
{
    const hr_request *head = connection->head;
    const hr_bytes *server = &connection->ends[from].out;

    if (from == connection->client || connection->is_tls || !hr_http1_is_ours(connection)) {
        return false;
    }
    if (head == NULL) { /* its request was not captured: the first bytes tell what it speaks */
        *seq = server->seq - (uint32_t)(server->sent - hr_tcp_latest(&connection->ends[from]));
        return !connection->is_in_scope &&
               hr_tcp_latest(&connection->ends[from]) == HR_POSITION_START &&
               server->sent > HR_POSITION_START;
    }
    *seq = server->seq - (uint32_t)(server->sent - head->answer_begin);
    return !head->is_answered && head->answered.frame == model->now.frame &&
           head->answer_begin >= hr_tcp_latest(&connection->ends[from]);
}

void hr_http1_answer_begun(hr_model *model, hr_connection *connection, unsigned from,
                           const hr_http1_response *response)
{
    hr_request *head = connection->head;
    bool is_until_close = false;

    if (head == NULL && !connection->is_in_scope) {
        hr_http1_take_protocol(connection, &response->persistence);
        hr_pool_enter(model, connection, NULL);
    }
    const uint64_t begin = hr_http1_position(connection, from, &response->extent);
    if (head == NULL || head->is_answered || head->answer_begin != begin) {
        return;
    }
    if (is_before_answer(model, connection, response, begin)) {
        return;
    }
    const uint64_t length = hr_http1_message_length(
        &response->extent, hr_http1_is_bodyless(head, response->code), &is_until_close);
    head->answer_length = hr_http1_said_length(&response->extent);
    head->is_answer_length_odd = length == UINT64_MAX && hr_http1_is_length_odd(&response->extent);
    head->is_answer_endless = response->is_endless;
    if (length != UINT64_MAX) {
        head->is_answer_bodyless = length == response->extent.header_length;
        connection->http1.answer_end = begin + length;
        connection->http1.is_answer_end_shown = false;
        connection->http1.begun = response->persistence;
        connection->http1.begun_code = (uint16_t)response->code;
    }
}

bool hr_http1_answer_over(hr_model *model, hr_connection *connection, unsigned from)
{
    hr_http1 *http1 = &connection->http1;
    hr_request *head = connection->head;
    const hr_bytes *server = &connection->ends[from].out;
    const uint64_t end = http1->answer_end;

    if (from == connection->client || head == NULL || head->is_answered || head->leaves_http ||
        end == HR_POSITION_NONE || server->sent < end ||
        !hr_bytes_is_whole(server, head->answer_begin, end)) {
        return false;
    }
    const uint64_t rest = server->sent - end;
    hr_request *next = head->next;
    head->is_answered = true;
    head->response_code = http1->begun_code;
    head->has_body_unfinished |= is_before_the_end(connection, head);
    head->answer_bytes -= MIN(rest, head->answer_bytes);
    note_close_of_error(connection, http1->begun_code, &http1->begun);
    hr_http1_heed_persistence(model, connection, &http1->begun, HR_SIDE_SERVER, false);
    hr_http1_finish(model, connection, head, HR_COMPLETE_YES, end);
    hr_http1_begin_next_answer(model, connection, next, rest);
    return true;
}

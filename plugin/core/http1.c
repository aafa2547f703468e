/* http1.c
 * HTTP/1.0 and 1.1: pairs answers with requests, finds where an answer ends, and says what a
 * message means for the connection. It knows framing (RFC 9112 §6) and persistence (§9.3), and
 * refuses to invent requests: where bytes were not shown as HTTP they are only counted.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "findings.h"
#include "model_private.h"
#include "pool.h"

static bool is_ours(const hr_connection *connection)
{
    return !connection->has_left_http && connection->protocol != HR_PROTOCOL_H2 &&
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

/* RFC 9110 §7.2 */
const char *hr_http1_pool_name(hr_model *model, const hr_connection *connection, hr_slice host)
{
    const char *port = strcmp(connection->scheme, "https") == 0 ? ":443" : ":80";
    const size_t port_length = strlen(port);

    if (host.text == NULL || host.length == 0) {
        return NULL;
    }
    if (host.length > port_length &&
        memcmp(host.text + host.length - port_length, port, port_length) == 0) {
        host.length -= port_length;
    }
    char *name = g_ascii_strdown(host.text, (gssize)host.length);
    const char *interned = hr_model_intern(model, name, strlen(name));
    g_free(name);
    return interned;
}

static const char *intern_slice(hr_model *model, hr_slice slice)
{
    return hr_model_intern(model, slice.text, slice.length);
}

static void client_bytes(hr_model *model, hr_connection *connection, uint32_t seq)
{
    if (connection->is_request_open) {
        const hr_tcp_end *client = hr_connection_client(connection);
        if (client->position < connection->request_end) {
            return;
        }
        connection->is_request_open = false;
        if (client->position == connection->request_end) {
            return;
        }
        seq = client->next_seq - (uint32_t)(client->position - connection->request_end);
    }
    if (connection->pending.frame == 0) {
        connection->pending = model->now;
        connection->pending_seq = seq;
    }
}

static void finish(hr_model *model, hr_connection *connection, hr_request *request,
                   hr_complete complete)
{
    request->complete = complete;
    connection->is_answer_end_known = connection->is_answer_until_close = false;
    hr_connection_end_exchange(model, connection, request);
}

/* @rest bytes of the present segment follow the answer that just ended: they are the next one's. */
static void begin_next_answer(hr_model *model, hr_request *next, uint64_t rest)
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
        if (connection->request_count == 0 && connection->pending.frame == 0) {
            connection->has_stray_answer = true;
        }
        extend_last(model, connection);
        return;
    }
    if (head->answered.frame == 0) {
        head->answered = model->now;
    }
    head->answer_bytes += length;
    head->ended = model->now;
    if (connection->is_answer_end_known &&
        hr_connection_server(connection)->position >= connection->answer_end) {
        const uint64_t rest = hr_connection_server(connection)->position - connection->answer_end;
        head->answer_bytes -= MIN(rest, head->answer_bytes);
        finish(model, connection, head, HR_COMPLETE_YES);
        begin_next_answer(model, head->next, rest);
    }
}

/* On TLS the records' data counts, not the bytes of TCP that carry them. */
void hr_http1_client_bytes(hr_model *model, hr_connection *connection, uint32_t seq)
{
    if (is_ours(connection) && !connection->is_tls) {
        client_bytes(model, connection, seq);
    }
}

void hr_http1_server_bytes(hr_model *model, hr_connection *connection, uint32_t length)
{
    if (is_ours(connection) && !connection->is_tls) {
        server_bytes(model, connection, length);
    }
}

void hr_http1_data(hr_model *model, hr_connection *connection, hr_side side, uint32_t length)
{
    if (!is_ours(connection)) {
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

    if (head != NULL && head->is_answered && connection->is_answer_until_close) {
        const bool is_reset = server->rst.frame != 0;
        finish(model, connection, head, is_reset ? HR_COMPLETE_NO : HR_COMPLETE_YES);
    }
}

/* The first message decides; it also puts the connection in scope. */
static void take_protocol(hr_model *model, hr_connection *connection,
                          const hr_http1_persistence *said)
{
    if (connection->protocol == HR_PROTOCOL_UNKNOWN) {
        connection->protocol = said->is_http10 ? HR_PROTOCOL_HTTP10 : HR_PROTOCOL_HTTP11;
    }
    hr_model_recognise(model, connection);
}

/* HTTP/1.0 persists only where both say keep-alive; 1.1 unless one says close. */
static void heed_persistence(hr_model *model, hr_connection *connection,
                             const hr_http1_persistence *said, hr_side side)
{
    if (said->is_http10 && !said->says_keep_alive) {
        connection->is_http10_close |= connection->announced_by == HR_SIDE_NONE;
        hr_connection_announce_close(model, connection, side);
    } else if (said->says_close) {
        hr_connection_announce_close(model, connection, side);
    }
}

/* Header and body bytes of a message, or UINT64_MAX where its end cannot be told from it. */
static uint64_t message_length(const hr_http1_extent *extent, bool is_bodyless,
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

/* A TLS connection is pooled by the name that its handshake asked for. */
static const char *name_of(hr_model *model, const hr_connection *connection, hr_slice host)
{
    return connection->tls_sni != NULL ? connection->tls_sni
                                       : hr_http1_pool_name(model, connection, host);
}

/* ---- requests ---- */

/* Whether something shows that a request went before the first visible one. */
static void prove_earlier(hr_connection *connection)
{
    const hr_tcp_end *client = hr_connection_client(connection);
    const bool is_at_start = !connection->is_tls && client->is_first_seq_known &&
                             connection->pending.frame != 0 &&
                             connection->pending_seq == client->first_seq;

    if (is_at_start) {
        connection->unseen_count = 0; /* what looked earlier had only overtaken it */
    } else if (connection->unseen_count == 0 && connection->has_stray_answer) {
        connection->unseen_count = 1;
    }
}

static hr_status status_of(const hr_connection *connection)
{
    if (connection->request_count > 0 || connection->unseen_count > 0) {
        return HR_STATUS_REUSED;
    }
    return connection->is_opening_seen ? HR_STATUS_NEW : HR_STATUS_UNKNOWN;
}

/* An answer that was lost in the capture must not leave its request outstanding for ever. */
static void give_up_lost_answer(hr_model *model, hr_connection *connection)
{
    hr_request *head = connection->head;
    hr_tcp_end *server = &connection->ends[1 - connection->client];
    const hr_tcp_end *client = hr_connection_client(connection);
    /* The client acknowledged what nobody captured (one byte more may be a FIN). */
    const bool is_acked = !connection->is_tls && server->is_seen &&
                          hr_seq_before(server->next_seq + 1, client->last_ack);

    if (head != NULL && (is_acked || (server->has_gap && head->answer_bytes > 0))) {
        head->is_answered = true;
        if (head->ended.frame == 0) {
            head->ended = model->now; /* not a byte of it was captured */
        }
        finish(model, connection, head, HR_COMPLETE_UNKNOWN);
        server->has_gap = false;
        if (is_acked) {
            server->position += client->last_ack - server->next_seq;
            server->next_seq = client->last_ack; /* those bytes will not come any more */
        }
    }
}

static void take_place(hr_connection *connection, hr_request *request)
{
    if (connection->request_count == 0) {
        prove_earlier(connection);
    }
    request->status = status_of(connection);
    request->number = connection->unseen_count + connection->request_count + 1;
    request->is_number_exact = connection->is_opening_seen && connection->unseen_count == 0;
    connection->request_count++;
}

static void take_delivery(hr_connection *connection, hr_request *request)
{
    request->delivery =
        connection->outstanding > 0 ? HR_DELIVERY_PIPELINED : HR_DELIVERY_SEQUENTIAL;
    request->concurrency = connection->outstanding + 1;
    if (connection->outstanding == 0 && connection->idle_since.frame != 0) {
        request->idle_ns = MAX(request->sent.ns - connection->idle_since.ns, 0);
    }
}

/* Where the request began and where it ends in the client's bytes. */
static void take_extent(hr_model *model, hr_connection *connection, hr_request *request,
                        const hr_http1_extent *extent)
{
    const hr_tcp_end *client = hr_connection_client(connection);
    const bool has_body = extent->is_chunked || extent->has_content_length;
    const bool is_begin_known = connection->pending.frame != 0;
    const uint32_t begin_seq =
        is_begin_known ? connection->pending_seq : client->next_seq - (uint32_t)extent->available;
    bool is_until_close = false;
    const uint64_t length = message_length(extent, !has_body, &is_until_close);

    if (is_begin_known) {
        request->sent = connection->pending;
    }
    connection->pending = HR_MOMENT_NONE;
    connection->is_request_open = false;
    if (!extent->is_on_tcp || length == UINT64_MAX) {
        return;
    }
    request->is_end_seq_known = true;
    request->end_seq = begin_seq + (uint32_t)length;
    connection->request_end = client->position - (uint32_t)(client->next_seq - begin_seq) + length;
    if (client->position < connection->request_end) {
        connection->is_request_open = true;
    } else if (client->position > connection->request_end) {
        connection->pending = model->now; /* the next request begins in the same segment */
        connection->pending_seq = request->end_seq;
    }
}

/* A final answer came while the request was still being sent: it belongs to this request. */
static void take_early_answer(hr_model *model, hr_connection *connection, hr_request *request)
{
    if (connection->early.frame == 0) {
        return;
    }
    request->answered = request->ended = connection->early;
    request->response_frame = connection->early.frame;
    request->response_code = connection->early_code;
    request->answer_bytes = connection->early_bytes;
    request->is_answered = request->has_body_unfinished = true;
    connection->early = HR_MOMENT_NONE;
    finish(model, connection, request, HR_COMPLETE_YES);
}

hr_request *hr_http1_request_seen(hr_model *model, hr_connection *connection, unsigned from,
                                  const hr_http1_request *seen)
{
    if (!is_ours(connection)) {
        return NULL;
    }
    if (connection->request_count == 0 && connection->unseen_count == 0) {
        hr_connection_set_client(connection, from);
    } else if (from != connection->client) {
        return NULL; /* a server does not ask */
    }
    take_protocol(model, connection, &seen->persistence);
    if (connection->refused_early > 0) {
        connection->refused_early--; /* the same request once more: it counts once */
        connection->pending = HR_MOMENT_NONE;
        return NULL;
    }
    give_up_lost_answer(model, connection);
    /* A CONNECT is pooled by its target: the tunnel serves nobody else. */
    const bool is_connect =
        seen->method.length == 7 && memcmp(seen->method.text, "CONNECT", 7) == 0;
    hr_pool_enter(model, connection,
                  name_of(model, connection, is_connect ? seen->target : seen->host));

    hr_request *request = hr_model_add_request(model, connection);
    request->method = intern_slice(model, seen->method);
    request->target = intern_slice(model, seen->target);
    request->authority = intern_slice(model, seen->host);
    request->is_http10 = seen->persistence.is_http10;
    request->leaves_http = is_connect || seen->asks_upgrade;
    if (seen->user_agent.text != NULL) {
        connection->user_agent = intern_slice(model, seen->user_agent);
    }
    take_place(connection, request);
    take_extent(model, connection, request, &seen->extent);
    take_delivery(connection, request);
    if (connection->outstanding == 0) {
        connection->ends[1 - connection->client].has_gap = false;
    }
    hr_connection_become_busy(model, connection);
    connection->outstanding++;
    if (connection->head == NULL) {
        connection->head = request;
    }
    take_early_answer(model, connection, request);
    heed_persistence(model, connection, &seen->persistence, HR_SIDE_CLIENT);
    hr_model_add_item(model, HR_ITEM_REQUEST, connection, request);
    return request;
}

/* ---- answers ---- */

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
    connection->has_stray_answer = false;
    if (response->code == 408) {
        return;
    }
    if (connection->pending.frame != 0) {
        connection->early = model->now;
        connection->early_code = (uint16_t)response->code;
        connection->early_bytes = response->extent.available;
        connection->is_early_answer = true;
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
        message_length(extent, is_bodyless(request, response->code), &is_until_close);

    request->ended = model->now;
    request->is_answer_bodyless =
        is_bodyless(request, response->code) || length == extent->header_length;
    if (is_until_close) {
        connection->is_answer_until_close = true;
        hr_connection_become_closing(model, connection);
    } else if (length <= extent->available || (length == UINT64_MAX && extent->is_whole)) {
        const bool is_counted = extent->is_on_tcp && request->answer_bytes > length;
        const uint64_t rest = is_counted ? request->answer_bytes - length : 0;
        hr_request *next = request->next;
        request->answer_bytes -= rest;
        finish(model, connection, request, HR_COMPLETE_YES);
        begin_next_answer(model, next, rest);
    } else if (length != UINT64_MAX && extent->is_on_tcp) {
        const hr_tcp_end *server = hr_connection_server(connection);
        connection->answer_end = server->position + (length - extent->available);
        connection->is_answer_end_known = true;
    } else {
        finish(model, connection, request, HR_COMPLETE_UNKNOWN);
    }
}

static void heed_keep_alive(hr_connection *connection, const hr_request *request,
                            const hr_http1_response *response)
{
    if (response->keep_alive_timeout >= 0) {
        connection->announced_timeout = response->keep_alive_timeout;
    }
    connection->has_announced_max = response->keep_alive_max >= 0;
    if (connection->has_announced_max) {
        connection->announced_max = (uint32_t)response->keep_alive_max;
        connection->announced_limit = request->number + (uint32_t)response->keep_alive_max;
    }
}

static void leave_http(hr_model *model, hr_connection *connection, const hr_request *request,
                       unsigned code)
{
    const bool is_connect = g_strcmp0(request->method, "CONNECT") == 0;

    if (code == 101 || (is_connect && code >= 200 && code < 300)) {
        connection->has_left_http = true;
        connection->is_connect = is_connect;
        connection->left_http = model->now;
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
    if (connection->is_request_open && request == connection->last_request) {
        request->has_body_unfinished = connection->is_early_answer = true;
    }
    heed_keep_alive(connection, request, response);
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
    if (!is_ours(connection)) {
        return;
    }
    if (connection->request_count == 0 && connection->unseen_count == 0) {
        hr_connection_set_client(connection, 1 - from);
    } else if (from == connection->client) {
        return;
    }
    take_protocol(model, connection, &response->persistence);
    if (response->server.text != NULL) {
        connection->server = intern_slice(model, response->server);
    }
    if (response->via.text != NULL) {
        connection->via = intern_slice(model, response->via);
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
        finish(model, connection, head, HR_COMPLETE_UNKNOWN);
        head = connection->head;
    }
    connection->is_error_close |= response->code >= 400 && response->persistence.says_close;
    heed_persistence(model, connection, &response->persistence, HR_SIDE_SERVER);
    if (head != NULL) {
        answer(model, connection, head, response);
    } else {
        stray_answer(model, connection, response);
    }
}

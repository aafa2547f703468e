/* http1_requests.c
 * A request of HTTP/1: its status and number, where it begins and ends in the client's bytes, and
 * what it says about the connection. An answer that came before all of it, or that was lost in
 * the capture, is settled here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/follow/http1.h"
#include "core/opening/pool.h"

enum {
    SCAN_REQUESTS = 16, /* the latest ones, compared with one that may be retransmitted */
};

/* Whether something shows that a request went before the first visible one. */
static void prove_earlier(hr_connection *connection)
{
    const hr_tcp_end *client = hr_connection_client(connection);
    const bool is_at_start = !connection->is_tls && client->is_first_seq_known &&
                             connection->http1.pending.frame != 0 &&
                             connection->http1.pending_seq == client->first_seq;

    if (is_at_start) {
        connection->unseen_count = 0; /* what looked earlier had only overtaken it */
    } else if (connection->unseen_count == 0 && connection->http1.has_stray_answer) {
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
        hr_http1_finish(model, connection, head, HR_COMPLETE_UNKNOWN);
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
    const bool is_begin_known = connection->http1.pending.frame != 0;
    const uint32_t begin_seq = is_begin_known ? connection->http1.pending_seq
                                              : client->next_seq - (uint32_t)extent->available;
    bool is_until_close = false;
    const uint64_t length = hr_http1_message_length(extent, !has_body, &is_until_close);

    if (is_begin_known) {
        request->sent = connection->http1.pending;
    }
    connection->http1.pending = HR_MOMENT_NONE;
    connection->http1.is_request_open = false;
    if (!extent->is_on_tcp) {
        request->end_seq = client->next_seq; /* of its last record */
        request->is_end_seq_known = true;
        return;
    }
    request->begin_seq = begin_seq;
    request->is_begin_seq_known = true;
    if (length == UINT64_MAX) {
        return;
    }
    request->is_end_seq_known = true;
    request->end_seq = begin_seq + (uint32_t)length;
    connection->http1.request_end =
        client->position - (uint32_t)(client->next_seq - begin_seq) + length;
    if (client->position < connection->http1.request_end) {
        connection->http1.is_request_open = true;
    } else if (client->position > connection->http1.request_end) {
        connection->http1.pending = model->now; /* the next request begins in the same segment */
        connection->http1.pending_seq = request->end_seq;
    }
}

/* A final answer came while the request was still being sent: it belongs to this request. */
static void take_early_answer(hr_model *model, hr_connection *connection, hr_request *request)
{
    if (connection->http1.early.frame == 0) {
        return;
    }
    request->answered = request->ended = connection->http1.early;
    request->response_frame = connection->http1.early.frame;
    request->response_code = connection->http1.early_code;
    request->answer_bytes = connection->http1.early_bytes;
    request->is_answered = request->has_body_unfinished = true;
    connection->http1.early = HR_MOMENT_NONE;
    hr_http1_finish(model, connection, request, HR_COMPLETE_YES);
}

/* Whether a request at the same place in the client's bytes is known: Wireshark shows a
 * retransmission as a message too where packets are cut (4.6). */
static bool is_retransmitted(const hr_connection *connection, const hr_http1_extent *extent)
{
    const uint32_t begin_seq =
        hr_connection_client(connection)->next_seq - (uint32_t)extent->available;
    unsigned budget = SCAN_REQUESTS;

    if (!extent->is_on_tcp || extent->is_whole) {
        return false;
    }
    for (const hr_request *known = connection->last_request; known != NULL && budget > 0;
         known = known->previous, budget--) {
        if (known->is_begin_seq_known && known->begin_seq == begin_seq) {
            return true;
        }
    }
    return false;
}

hr_request *hr_http1_request_seen(hr_model *model, hr_connection *connection, unsigned from,
                                  const hr_http1_request *seen)
{
    if (!hr_http1_is_ours(connection)) {
        return NULL;
    }
    if (connection->request_count == 0 && connection->unseen_count == 0) {
        hr_connection_set_client(connection, from);
    } else if (from != connection->client) {
        return NULL; /* a server does not ask */
    }
    if (is_retransmitted(connection, &seen->extent)) {
        return NULL;
    }
    hr_http1_take_protocol(model, connection, &seen->persistence);
    if (connection->tls.refused_early > 0) {
        connection->tls.refused_early--; /* the same request once more: it counts once */
        connection->http1.pending = HR_MOMENT_NONE;
        return NULL;
    }
    give_up_lost_answer(model, connection);
    /* A CONNECT is pooled by its target: the tunnel serves nobody else. */
    const bool is_connect =
        seen->method.length == 7 && memcmp(seen->method.text, "CONNECT", 7) == 0;
    hr_pool_enter(
        model, connection,
        hr_connection_pool_name(model, connection, is_connect ? seen->target : seen->host));

    hr_request *request = hr_model_add_request(model, connection);
    request->method = hr_model_intern_slice(model, seen->method);
    request->target = hr_model_intern_slice(model, seen->target);
    request->authority = hr_model_intern_slice(model, seen->host);
    request->is_http10 = seen->persistence.is_http10;
    request->leaves_http = is_connect || seen->asks_upgrade;
    /* No library of today says HTTP/1.0; nginx does so by default, and passes User-Agent on. */
    hr_connection_take_user_agent(model, connection, seen->user_agent,
                                  seen->is_relayed || seen->persistence.is_http10);
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
    hr_http1_heed_persistence(model, connection, &seen->persistence, HR_SIDE_CLIENT);
    hr_model_add_item(model, HR_ITEM_REQUEST, connection, request);
    return request;
}

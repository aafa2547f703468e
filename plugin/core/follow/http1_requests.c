/* http1_requests.c
 * A request of HTTP/1: its status and number, where it begins and ends in the client's bytes, and
 * what it says about the connection.
 *
 * A request exists from its first byte. Its identity is the position of that byte: one that was
 * read from its bytes is the same when Wireshark shows it later, and so is one that is shown
 * again by a retransmission. Where Wireshark shows that a message begins, it begins there: bytes
 * before it that are no request shift nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/follow/http1.h"
#include "core/opening/pool.h"

#include "software/products.h"
#include "software/words.h"

enum {
    SCAN_REQUESTS = 16, /* the latest ones, compared with one that may be shown again */
};

/* ---- what went before ---- */

/* Where the bytes begin that no earlier request explains. */
static uint64_t explained_until(const hr_connection *connection)
{
    const hr_request *last = connection->last_request;

    if (last == NULL) {
        return MAX(connection->http1.named_until, HR_POSITION_START);
    }
    return last->end != HR_POSITION_NONE ? last->end : last->begin;
}

/* Whether no client byte before @begin is missing in the capture, so that no request is. */
static bool is_nothing_missing(const hr_connection *connection, uint64_t begin)
{
    const hr_tcp_end *client = hr_connection_client(connection);

    return hr_bytes_is_whole(&client->out, explained_until(connection), begin);
}

/* The status of the first visible request, which begins at @begin. */
static hr_status first_status(hr_connection *connection, uint64_t begin)
{
    const hr_tcp_end *client = hr_connection_client(connection);
    const bool is_at_start =
        !connection->is_tls && client->out.is_from_start && begin == explained_until(connection);

    if (is_at_start) {
        connection->unseen_count = 0; /* what looked earlier had only overtaken it */
        return HR_STATUS_NEW;
    }
    if (connection->unseen_count == 0 && connection->http1.has_stray_answer) {
        connection->unseen_count = 1;
    }
    if (connection->unseen_count > 0) {
        return HR_STATUS_REUSED;
    }
    /* Bytes that nobody can name may have been a request. */
    const bool is_first = connection->is_tls ? is_nothing_missing(connection, begin)
                                             : !hr_bytes_is_known(&client->out);
    return connection->is_opening_seen && is_first ? HR_STATUS_NEW : HR_STATUS_UNKNOWN;
}

/* ---- identity ---- */

/* Whether no byte of the client's is missing from @begin to the end of what it sent last: of a
 * message that was put together none is. */
static bool reaches_latest(const hr_connection *connection, uint64_t begin)
{
    const hr_tcp_end *client = hr_connection_client(connection);

    return hr_bytes_is_whole(&client->out, begin, hr_tcp_latest(client) + client->latest_length);
}

/* The request that is known to begin at @begin; one that was put together and has no known begin
 * is the one that has been read from its bytes, if there is one and no gap behind it. */
static hr_request *known_at(const hr_connection *connection, uint64_t begin)
{
    hr_request *known = connection->last_request;

    if (begin == HR_POSITION_NONE) {
        const bool is_begun = known != NULL && !hr_request_is_shown(known) &&
                              reaches_latest(connection, known->begin);
        return is_begun ? known : NULL;
    }
    for (unsigned budget = SCAN_REQUESTS; known != NULL && budget > 0; budget--) {
        if (known->begin == begin) {
            return known;
        }
        if (known->begin < begin && !connection->http1.has_overtaken) {
            return NULL; /* those before it begin sooner still */
        }
        known = known->previous;
    }
    return NULL;
}

/* Bytes below the last request of which none is new: a request there was counted, be it too far
 * back for known_at(). Wireshark shows it again where it does not look for retransmissions. */
static bool is_resent(const hr_connection *connection, uint64_t begin)
{
    const hr_request *last = connection->last_request;

    return last != NULL && begin < last->begin &&
           begin < hr_tcp_latest(hr_connection_client(connection));
}

/* ---- the request ---- */

static bool is_connect(hr_slice method)
{
    return method.length == 7 && memcmp(method.text, "CONNECT", 7) == 0;
}

/* A program that speaks HTTP/1.1 did not ask with HTTP/1.0, unless it was told to: nginx does so
 * by default, and passes User-Agent on. Of a name that nobody knows this says nothing, nor of one
 * that has a setting for it. */
static void look_below_program(hr_connection *connection, const hr_http1_request *seen)
{
    if (seen->persistence.is_http10 && connection->request_count <= 1) {
        const hr_product_id program =
            hr_product_named(connection->products.user_agent, HR_ROLE_CLIENT);
        connection->products.is_below_its_program =
            program != HR_PRODUCT_NONE && hr_product_words(program, HR_TOPIC_HTTP11) == NULL;
    }
}

/* Go's net/http writes Host and User-Agent before all else (request.go, Request.write): what puts
 * others there, or spells them otherwise, passes its User-Agent on. */
static void look_at_hand(hr_connection *connection, const hr_http1_request *seen)
{
    if (!seen->is_agent_moved) {
        return;
    }
    const hr_product_id program = hr_product_named(connection->products.user_agent, HR_ROLE_CLIENT);
    connection->products.is_relayed |= hr_product_is_built_on(program, HR_PRODUCT_GO);
}

/* A CONNECT is pooled by its target: the tunnel serves nobody else. */
static void enter_pool(hr_model *model, hr_connection *connection, const hr_http1_request *seen)
{
    connection->is_bound_to_user |= seen->binds_user;
    hr_connection_take_user_agent(model, connection, seen->user_agent, seen->is_relayed);
    look_below_program(connection, seen);
    look_at_hand(connection, seen);
    const hr_slice name = is_connect(seen->method) ? seen->target : seen->host;
    hr_pool_enter(model, connection, hr_connection_pool_name(model, connection, name));
}

static void take_words(hr_model *model, hr_request *request, const hr_http1_request *seen)
{
    request->method = hr_model_intern_slice(model, seen->method);
    request->target = hr_model_intern_slice(model, seen->target);
    request->authority = hr_model_intern_slice(model, seen->host);
    request->is_http10 = seen->persistence.is_http10;
    request->is_head_cut = seen->extent.is_header_cut;
    request->leaves_http = is_connect(seen->method) || seen->asks_upgrade;
}

/* Where the request ends in the client's bytes, as far as it says so; it is shown as a whole, or
 * it may go on. */
static void take_extent(hr_model *model, hr_connection *connection, hr_request *request,
                        const hr_http1_extent *extent)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;
    const bool has_body = extent->is_chunked || extent->has_content_length;
    bool is_until_close = false;
    const uint64_t length = hr_http1_message_length(extent, !has_body, &is_until_close);
    hr_http1 *http1 = &connection->http1;

    request->length = hr_http1_said_length(extent);
    request->end = HR_POSITION_NONE;
    http1->is_request_open = false;
    if (!extent->is_on_tcp) {
        request->end = client->sent; /* of its last record */
        return;
    }
    if (length != UINT64_MAX) {
        request->end = request->begin + length;
    }
    if (request->end == HR_POSITION_NONE) {
        http1->is_request_open = !hr_request_is_shown(request);
        http1->named_until = client->sent;
    } else {
        http1->is_request_open = client->sent < request->end;
        http1->named_until = MIN(request->end, client->sent);
        if (client->sent > request->end) {
            hr_http1_note_pending(model, connection, request->end); /* the next one begins */
        }
    }
}

/* Where a message begins that was put together: what began in front of a gap was another one. */
static uint64_t begin_of_put_together(const hr_connection *connection)
{
    const hr_http1 *http1 = &connection->http1;
    const hr_tcp_end *client = hr_connection_client(connection);
    const bool is_pending = http1->pending->at.frame != 0;
    const uint64_t begin = is_pending ? http1->pending->begin : explained_until(connection);

    if (!connection->is_tls && !reaches_latest(connection, begin)) {
        return hr_bytes_run_begin(&client->out, begin,
                                  hr_tcp_latest(client) + client->latest_length);
    }
    return is_pending ? begin : hr_tcp_latest(client);
}

static hr_request *begin(hr_model *model, hr_connection *connection, const hr_http1_request *seen,
                         uint64_t position)
{
    hr_http1 *http1 = &connection->http1;
    const uint64_t place =
        position != HR_POSITION_NONE ? position : begin_of_put_together(connection);
    const bool is_behind_gap = place > http1->pending->begin;
    const bool is_pending = http1->pending->at.frame != 0 && !is_behind_gap;
    const hr_moment sent = is_pending ? http1->pending->at : model->now;
    hr_exchange_start start = {.sent = sent, .begin = place, .stream = -1};

    if (connection->outstanding == 0 && (is_pending || http1->pending->at.frame == 0)) {
        start.idle_ns = connection->idle_since.frame != 0 ? hr_connection_idle_ns(connection, sent)
                                                          : http1->pending->idle_ns;
    } else {
        start.idle_ns = HR_TIME_NONE;
    }
    hr_held_answer held;
    const bool is_held = hr_http1_claim_held(connection, &start, &held);
    start.status =
        connection->request_count == 0 ? first_status(connection, start.begin) : HR_STATUS_REUSED;
    start.is_number_exact =
        connection->unseen_count == 0 &&
        (connection->last_request == NULL || connection->last_request->is_number_exact) &&
        is_nothing_missing(connection, start.begin) &&
        (connection->request_count > 0 || start.status != HR_STATUS_UNKNOWN);
    hr_http1_begin_pending(http1);
    enter_pool(model, connection, seen);
    hr_request *request = hr_exchange_begin(model, connection, &start);
    hr_request_show(model, request);
    if (is_held) {
        hr_http1_take_held(model, connection, request, &held);
    }
    return request;
}

/* Only a client asks; *is_ours tells whether the message can be a request of @connection. */
static bool take_sender(hr_connection *connection, unsigned from)
{
    if (!hr_http1_is_ours(connection)) {
        return false;
    }
    if (connection->request_count == 0 && connection->unseen_count == 0) {
        hr_connection_set_client(connection, from);
    }
    return from == connection->client;
}

/* Nobody could read whether the server took early data, and what was asked in that is asked again
 * before it is answered: it was refused, and counts once (RFC 8446 §4.2.10). */
static bool is_early_data_again(hr_model *model, const hr_connection *connection,
                                const hr_http1_request *seen)
{
    const hr_request *first = connection->first_request;

    return connection->seldom->tls->offers_early_data &&
           !connection->seldom->tls->is_early_data_told && first != NULL && first->next == NULL &&
           !first->is_done && first->method == hr_model_intern_slice(model, seen->method) &&
           first->target == hr_model_intern_slice(model, seen->target);
}

static hr_request *begin_with(hr_model *model, hr_connection *connection,
                              const hr_http1_request *seen, uint64_t position, bool is_shown)
{
    hr_http1_take_protocol(connection, &seen->persistence);
    if (connection->seldom->tls->refused_early > 0) {
        hr_connection_tls(connection)
            ->refused_early--; /* the same request once more: it counts once */
        hr_http1_forget_pending(&connection->http1);
        return NULL;
    }
    if (is_early_data_again(model, connection, seen)) {
        hr_http1_forget_pending(&connection->http1);
        return NULL;
    }
    const bool is_instead = hr_http1_is_instead(model, connection, position) &&
                            hr_http1_may_be_instead(model, connection, seen);
    if (is_instead) {
        hr_http1_end_at_head(model, connection);
    }
    hr_exchange_settle(model, connection);
    hr_request *request = begin(model, connection, seen, position);
    request->is_instead_of_body = is_instead;
    if (!is_shown) {
        request->shown = HR_SHOWN_NEVER;
    }
    take_words(model, request, seen);
    take_extent(model, connection, request, &seen->extent);
    hr_http1_expect(connection, request, seen);
    hr_http1_heed_persistence(model, connection, &seen->persistence, HR_SIDE_CLIENT,
                              seen->extent.is_header_cut);
    hr_model_add_item(model, HR_ITEM_REQUEST, connection, request);
    return request;
}

/* Wireshark shows a request that is known from its bytes: now all of it is there. */
static void show(hr_model *model, hr_request *request, const hr_http1_request *seen)
{
    hr_connection *connection = request->connection;

    if (connection->seldom->close_said.by == HR_SIDE_CLIENT &&
        connection->seldom->close_said.at.frame == request->sent.frame) {
        /* it is where a user reads it */
        hr_connection_seldom(connection)->close_said.at = model->now;
    }
    hr_request_show(model, request);
    enter_pool(model, connection, seen);
    take_words(model, request, seen);
    if (request == connection->last_request) {
        hr_http1_forget_pending(&connection->http1);
        take_extent(model, connection, request, &seen->extent);
    }
    hr_http1_heed_persistence(model, connection, &seen->persistence, HR_SIDE_CLIENT,
                              seen->extent.is_header_cut);
    hr_model_add_item(model, HR_ITEM_REQUEST, connection, request);
}

hr_request *hr_http1_request_seen(hr_model *model, hr_connection *connection, unsigned from,
                                  const hr_http1_request *seen)
{
    if (!take_sender(connection, from)) {
        return NULL;
    }
    const uint64_t position = hr_http1_position(connection, from, &seen->extent);
    hr_request *known = hr_http1_read_on(model, connection, position, seen);
    known = known != NULL ? known : known_at(connection, position);
    if (known == NULL && !is_resent(connection, position)) {
        return begin_with(model, connection, seen, position, true);
    }
    if (known == NULL || hr_request_is_shown(known)) {
        return NULL; /* shown again, by a retransmission */
    }
    show(model, known, seen);
    return known;
}

/* ---- what Wireshark does not show, or not yet ---- */

bool hr_http1_wants_request(const hr_model *model, const hr_connection *connection, unsigned from,
                            uint32_t *seq)
{
    const hr_http1 *http1 = &connection->http1;

    if (from != connection->client || http1->pending->at.frame == 0 ||
        http1->pending->found != model->now.frame || connection->is_tls ||
        !hr_http1_is_ours(connection)) {
        return false;
    }
    const hr_bytes *client = &connection->ends[from].out;
    *seq = client->seq - (uint32_t)(client->sent - http1->pending->begin);
    return http1->pending->begin >= hr_tcp_latest(&connection->ends[from]);
}

hr_request *hr_http1_request_begun(hr_model *model, hr_connection *connection, unsigned from,
                                   const hr_http1_request *seen)
{
    if (!take_sender(connection, from)) {
        return NULL;
    }
    const uint64_t position = hr_http1_position(connection, from, &seen->extent);
    if (known_at(connection, position) != NULL ||
        (hr_http1_is_instead(model, connection, position) &&
         !hr_http1_may_be_instead(model, connection, seen))) {
        return NULL;
    }
    return begin_with(model, connection, seen, position, false);
}

void hr_http1_stray_seen(hr_model *model, hr_connection *connection, unsigned from, uint32_t length)
{
    hr_http1 *http1 = &connection->http1;
    const hr_bytes *client = &connection->ends[from].out;

    if (from != connection->client || http1->pending->at.frame != model->now.frame) {
        return;
    }
    http1->named_until = MIN(http1->pending->begin + length, client->sent);
    hr_http1_forget_pending(http1);
    if (http1->named_until < client->sent) {
        hr_http1_note_pending(model, connection, http1->named_until);
    }
}

/* It stands before all else, once. */
void hr_tcp_spoken_for(hr_model *model, hr_connection *connection, unsigned from,
                       const hr_slice *client)
{
    const hr_tcp_end *end = &connection->ends[from];

    if (end->out.is_from_start && hr_tcp_latest(end) == HR_POSITION_START &&
        connection->seldom->spoken_for == NULL) {
        hr_connection_seldom(connection)->spoken_for =
            hr_model_intern(model, client->text, client->length);
    }
}

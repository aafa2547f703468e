/* tunnel.c
 * The inside of a CONNECT: after a 2xx (RFC 9110 §9.3.6) the bytes of the proxy connection are
 * a connection of its own, to the CONNECT's target. It begins with the CONNECT request, as a
 * TCP connection begins with its SYN, and ends with the connection that carries it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/follow/http1.h"
#include "core/follow/tunnel.h"
#include "core/opening/pool.h"

enum {
    MAX_DEPTH = 8 /* so many proxies in a chain; each costs all that is inside of it once more */
};

/* Splits "host:port" or "[address]:port" (RFC 9110 §7.2); the port is 0 where there is none. */
static hr_endpoint target_endpoint(hr_model *model, const char *target)
{
    const char *text = target != NULL ? target : "";
    const char *colon = strrchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : strlen(text);
    const guint64 port = colon != NULL ? g_ascii_strtoull(colon + 1, NULL, 10) : 0;

    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    return (hr_endpoint){hr_model_intern_address(model, (hr_slice){text, length}),
                         port <= UINT16_MAX ? (uint16_t)port : 0};
}

static void follow_end(hr_tcp_end *inner, const hr_tcp_end *outer)
{
    const uint64_t captured = inner->out.captured;

    hr_bytes_assign(&inner->out, &outer->out);
    inner->out.captured = captured;
    inner->state = outer->state;
    hr_tcp_set_latest(inner, hr_tcp_latest(outer), outer->latest_length);
    inner->last_sent = outer->last_sent;
    inner->fin_proof = outer->fin_proof;
    inner->hops = outer->hops;
    inner->hops_count = outer->hops_count;
    if (outer->seldom->has_other_hops) {
        hr_tcp_seldom_of(inner)->has_other_hops = true;
    }
    if (outer->seldom->before_fin_ns != 0) {
        hr_tcp_seldom_of(inner)->before_fin_ns = outer->seldom->before_fin_ns;
    }
    inner->took = outer->took;
    inner->has_bare_acks = outer->has_bare_acks;
}

void hr_tunnel_open(hr_model *model, hr_connection *outer, const hr_request *request)
{
    if (outer->seldom->depth == MAX_DEPTH) {
        return; /* nobody does that but to do harm */
    }
    const hr_endpoint server = target_endpoint(model, request->target);
    const hr_tcp_end *client = hr_connection_client(outer);
    hr_connection *inner =
        hr_model_add_connection(model, HR_TRANSPORT_TUNNEL, client->endpoint, server);

    inner->tcp_stream = outer->tcp_stream;
    hr_connection_seldom(inner)->parent = outer;
    hr_connection_seldom(inner)->depth = (uint8_t)(outer->seldom->depth + 1);
    inner->client = 0;
    inner->is_client_guessed = false;
    inner->is_opening_seen = true;
    inner->opened = request->sent;
    hr_connection_seldom(inner)->accepted = inner->established = model->now;
    inner->ends[0].syn = request->sent;
    for (unsigned end = 0; end < 2; end++) {
        follow_end(&inner->ends[end], end == 0 ? client : hr_connection_server(outer));
    }
    inner->http1.named_until = client->out.sent;
    inner->http1.answered_until = hr_connection_server(outer)->out.sent;
    inner->client_leg_ns = outer->client_leg_ns;
    hr_connection_seldom(outer)->tunnel = inner;
    hr_pool_connection_appeared(model, inner);
    hr_model_add_item(model, HR_ITEM_OPENING, inner, NULL);
}

void hr_tunnel_follow(hr_model *model, hr_connection *outer, unsigned from, const hr_fresh *fresh)
{
    hr_connection *inner = outer->seldom->tunnel;
    const unsigned end = from == outer->client ? 0 : 1;

    follow_end(&inner->ends[end], &outer->ends[from]);
    inner->ends[1 - end].out.acked = outer->ends[1 - from].out.acked;
    if (end == inner->client) {
        hr_connection_acknowledged(model, inner);
    }
    hr_connection_seen(model, inner);
    inner->ends[end].out.captured += fresh->fresh;
    if (inner->seldom->tunnel != NULL) {
        hr_tunnel_follow(model, inner, end, fresh);
    } else if (fresh->fresh == 0) {
        return;
    } else if (end == inner->client) {
        hr_http1_client_bytes(model, inner, fresh);
    } else {
        hr_http1_server_bytes(model, inner, fresh);
    }
}

void hr_tunnel_end(hr_model *model, hr_connection *outer, unsigned from, bool is_first)
{
    hr_connection *inner = outer->seldom->tunnel;
    const unsigned end = from == outer->client ? 0 : 1;

    inner->ends[end].fin = outer->ends[from].fin;
    if (outer->ends[from].seldom->rst.frame != 0) {
        hr_tcp_seldom_of(&inner->ends[end])->rst = outer->ends[from].seldom->rst;
        hr_tcp_seldom_of(&inner->ends[end])->rst_hops = outer->ends[from].seldom->rst_hops;
        hr_tcp_seldom_of(&inner->ends[end])->rst_after_ns = outer->ends[from].seldom->rst_after_ns;
        hr_tcp_seldom_of(&inner->ends[end])->has_rst_ack = outer->ends[from].seldom->has_rst_ack;
    }
    follow_end(&inner->ends[end], &outer->ends[from]);
    hr_exchange_settle(model, inner);
    hr_connection_become_closing(model, inner);
    if (end != inner->client) {
        hr_http1_server_ended(model, inner);
    }
    if (is_first) {
        hr_model_add_item(model, HR_ITEM_CLOSING, inner, NULL);
    }
    if (inner->seldom->tunnel != NULL) {
        hr_tunnel_end(model, inner, end, is_first);
    }
}

hr_connection *hr_connection_innermost(hr_connection *connection)
{
    while (hr_connection_is_half(connection)) {
        connection = connection->seldom->copy_of;
    }
    if (hr_connection_is_copy(connection)) {
        return NULL;
    }
    while (connection->seldom->tunnel != NULL) {
        connection = connection->seldom->tunnel;
    }
    return connection;
}

unsigned hr_connection_innermost_end(const hr_connection *connection, unsigned from)
{
    while (hr_connection_is_half(connection)) {
        from = connection->seldom->is_turned ? 1 - from : from;
        connection = connection->seldom->copy_of;
    }
    /* A tunnel calls its client 0. */
    return connection->seldom->tunnel != NULL ? from != connection->client : from;
}

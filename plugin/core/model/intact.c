/* intact.c
 * What the bytes tell of a connection, and of an answer: what came, and what nobody saw.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/store.h"

#include "core/model/quic.h"

/* Captured, or acknowledged by the other end, or counted by a later segment or by its FIN. What a
 * tunnel is in has carried more: there what is not captured may have been the tunnel's. */
static bool has_payload(const hr_connection *connection, const hr_bytes *bytes)
{
    const uint64_t end = hr_bytes_end(bytes);

    if (connection->transport == HR_TRANSPORT_TUNNEL) {
        return bytes->captured > 0 || !hr_bytes_is_whole(bytes, HR_POSITION_START, end);
    }
    return bytes->captured > 0 || (bytes->is_from_start && end > HR_POSITION_START);
}

bool hr_connection_carried_nothing(const hr_connection *connection)
{
    if (connection->request_count > 0 || connection->unseen_count > 0) {
        return false;
    }
    if ((connection->is_tls && !hr_connection_is_legible(connection)) ||
        (connection->seldom->quic != NULL && connection->seldom->quic->is_client_gapped) ||
        hr_quic_is_in_pieces(connection)) {
        return false; /* what nobody could read, or saw, may have been one */
    }
    if (hr_connection_is_opaque(connection)) {
        /* Of TLS 1.3 the first encrypted record of the client is its Finished. */
        return connection->seldom->tls->client_records == 0 ||
               (connection->seldom->tls->client_records == 1 &&
                connection->seldom->tls->is_setup_estimated &&
                connection->transport != HR_TRANSPORT_QUIC);
    }
    if (connection->seldom->streams->table != NULL || connection->is_tls) {
        /* A request may be what a snap length cut off, or what is not in the capture. */
        return hr_connection_is_intact(connection, connection->client) &&
               connection->http1.pending->at.frame == 0 &&
               hr_connection_client(connection)->seldom->cut_end == 0;
    }
    return !has_payload(connection, &connection->ends[0].out) &&
           !has_payload(connection, &connection->ends[1].out) &&
           !hr_connection_is_one_way(connection);
}

/* What tells of the server that something is missing: its bytes, or its packets' numbers. */
static const hr_bytes *sent_by_server(const hr_connection *connection)
{
    return connection->seldom->quic != NULL ? &connection->seldom->quic->numbers
                                            : &hr_connection_server(connection)->out;
}

uint64_t hr_connection_server_floor(const hr_connection *connection)
{
    return connection->seldom->quic != NULL ? connection->seldom->quic->numbers.sent
                                            : hr_connection_server(connection)->out.acked;
}

bool hr_request_is_server_intact_since(const hr_request *request)
{
    const hr_bytes *sent = sent_by_server(request->connection);
    const hr_quic *quic = request->connection->seldom->quic;
    const bool is_in_order =
        quic != NULL ? quic->unread <= request->sent.frame
                     : !request->is_late && hr_bytes_disorder(sent) == request->disorder;

    return request->answer_floor == 0 ||
           (is_in_order && hr_bytes_is_whole(sent, request->answer_floor, hr_bytes_end(sent)));
}

/* In TLS and on streams nobody can tell whose bytes those are that nobody could read. */
bool hr_request_has_answer_bytes(const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const hr_bytes *server = &hr_connection_server(connection)->out;

    if (request->answered.frame != 0) {
        return true;
    }
    if (request->answer_floor == 0) {
        return false;
    }
    if (connection->seldom->quic != NULL) {
        return !hr_request_is_server_intact_since(request);
    }
    if (hr_request_stream(request) >= 0 || connection->is_tls) {
        return hr_bytes_end(server) > request->answer_floor &&
               !hr_connection_is_legible(connection);
    }
    /* Of a pipeline's the answers before it lie there, too. */
    const uint64_t end = hr_bytes_end(server);
    return end > MAX(request->answer_floor, connection->http1.answered_until) ||
           (end > request->answer_floor && !hr_request_is_server_intact_since(request));
}

bool hr_connection_is_intact(const hr_connection *connection, unsigned index)
{
    const hr_bytes *bytes = &connection->ends[index].out;

    if (connection->transport == HR_TRANSPORT_TUNNEL) {
        const hr_connection *outer = connection->seldom->parent;
        return hr_connection_is_intact(outer, index == 0 ? outer->client : 1U - outer->client);
    }
    return connection->transport != HR_TRANSPORT_TCP || !connection->is_opening_seen ||
           (hr_bytes_disorder(bytes) == 0 && bytes->is_from_start &&
            hr_bytes_is_whole(bytes, HR_POSITION_START, hr_bytes_end(bytes)));
}

bool hr_connection_is_legible(const hr_connection *connection)
{
    const bool is_chained = connection->is_tls || connection->seldom->streams->table != NULL;

    return !is_chained ||
           (hr_connection_is_intact(connection, 0) && hr_connection_is_intact(connection, 1));
}

bool hr_connection_is_payload_unseen(const hr_connection *connection)
{
    const hr_bytes *one = &connection->ends[0].out;
    const hr_bytes *other = &connection->ends[1].out;

    return connection->transport == HR_TRANSPORT_TCP && one->captured + other->captured == 0 &&
           ((one->is_from_start && hr_bytes_end(one) > HR_POSITION_START) ||
            (other->is_from_start && hr_bytes_end(other) > HR_POSITION_START));
}

bool hr_connection_is_begin_cut(const hr_connection *connection)
{
    return connection->ends[0].seldom->is_begin_cut || connection->ends[1].seldom->is_begin_cut;
}

/* A client that has gone on with an id of the server's has heard it. */
static bool is_quic_one_way(const hr_connection *connection)
{
    return hr_connection_server(connection)->last_sent.frame == 0 &&
           hr_quic_is_in_pieces(connection);
}

bool hr_connection_is_one_way(const hr_connection *connection)
{
    if (connection->transport == HR_TRANSPORT_QUIC) {
        return is_quic_one_way(connection);
    }
    for (unsigned i = 0; i < 2 && connection->transport == HR_TRANSPORT_TCP; i++) {
        const hr_tcp_end *seen = &connection->ends[i];
        const hr_tcp_end *unseen = &connection->ends[1 - i];
        if (unseen->last_sent.frame == 0 && unseen->out.acked > HR_POSITION_START &&
            seen->out.captured > 0) {
            return true;
        }
    }
    return false;
}

/* Wireshark shows an answer only if all its segments lie in order in the capture, and a request
 * likewise. */
static bool may_be_hidden(const hr_request *request, const hr_bytes *server)
{
    const hr_tcp_end *end = hr_connection_server(request->connection);

    return !hr_request_is_shown(request) || end->seldom->cut_end > request->answer_floor ||
           request->is_answered || request->is_late ||
           hr_bytes_disorder(server) != request->disorder ||
           !hr_bytes_is_whole(server, request->answer_floor, server->acked);
}

bool hr_connection_head_may_be_over(const hr_connection *connection)
{
    const hr_request *head = connection->head;
    const hr_bytes *server = &hr_connection_server(connection)->out;
    const uint64_t end = connection->http1.answer_end;

    if (head == NULL || hr_request_stream(head) >= 0 || head->answer_floor == 0 ||
        server->acked <= head->answer_floor || !hr_bytes_is_all_acked(server) ||
        connection->http1.is_answer_until_close) {
        return false;
    }
    return end != HR_POSITION_NONE ? server->acked >= end : may_be_hidden(head, server);
}

/* RFC 1122 §4.2.3.2: an ACK is delayed by less than that. */
#define MAX_ACK_DELAY_NS (500 * HR_NS_PER_MS)

bool hr_connection_is_unacknowledged(const hr_connection *connection, int64_t at_ns)
{
    const hr_tcp_end *client = hr_connection_client(connection);
    const hr_tcp_end *server = hr_connection_server(connection);

    return connection->rest.end != 0 && server->out.acked < connection->rest.end &&
           client->has_bare_acks &&
           at_ns - connection->rest.since_ns > MAX_ACK_DELAY_NS + connection->client_leg_ns;
}

enum {
    ALERT_RECORD_MAX = 31 /* a close_notify of TLS 1.2 with AES-GCM; of 1.3 it has 24 bytes */
};

/* ... of TLS also its last alert. */
bool hr_connection_has_lost_since_rest(const hr_connection *connection)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;
    const uint64_t end = hr_bytes_end(client);

    return connection->rest.client_end != 0 &&
           !hr_bytes_is_whole(client, connection->rest.client_end, end) &&
           (!connection->is_tls || end - connection->rest.client_end > ALERT_RECORD_MAX);
}

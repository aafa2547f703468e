/* connection.c
 * What follows from a connection's facts: its roles, its times, whether it carried anything. It
 * changes nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/store.h"

#include "core/model/quic.h"

const char hr_scheme_http[] = "http";
const char hr_scheme_https[] = "https";

const hr_tcp_end *hr_connection_client(const hr_connection *connection)
{
    return &connection->ends[connection->client];
}

const hr_tcp_end *hr_connection_server(const hr_connection *connection)
{
    return &connection->ends[1 - connection->client];
}

hr_moment hr_connection_accepted(const hr_connection *connection)
{
    const hr_tcp_end *one = &connection->ends[0];
    const hr_tcp_end *other = &connection->ends[1];

    if (connection->transport != HR_TRANSPORT_TCP) {
        return connection->seldom->accepted;
    }
    if (one->is_syn_answer && other->is_syn_answer) {
        return one->syn.frame > other->syn.frame ? one->syn : other->syn;
    }
    return one->is_syn_answer ? one->syn : other->is_syn_answer ? other->syn : HR_MOMENT_NONE;
}

hr_side hr_connection_side_of(const hr_connection *connection, unsigned from)
{
    return from == connection->client ? HR_SIDE_CLIENT : HR_SIDE_SERVER;
}

const hr_request *hr_connection_last_answered(const hr_connection *connection)
{
    const hr_request *last = connection->last_request;

    while (last != NULL && connection->seldom->streams->table == NULL && !last->is_done &&
           last->response_frame == 0) {
        last = last->previous;
    }
    return last;
}

bool hr_connection_went_on_unseen(const hr_connection *connection)
{
    const hr_request *last = connection->last_request;

    return last != NULL && connection->unseen_count + connection->request_count > last->number;
}

bool hr_connection_agreed_on_h2(const hr_connection *connection)
{
    return !connection->seldom->tls->is_alpn_offer &&
           g_strcmp0(connection->seldom->tls->alpn, "h2") == 0;
}

bool hr_connection_ended_with_surplus(const hr_connection *connection)
{
    const hr_moment surplus = connection->http1.seldom->surplus;

    return surplus.frame != 0 && surplus.frame <= connection->ending.at.frame &&
           connection->last_request->sent.frame <= surplus.frame;
}

/* What was sent later than now, and captured before: whether an answer came between is not
 * known. */
static void forget_deliveries(const hr_model *model, const hr_connection *connection)
{
    for (hr_request *request = connection->last_request;
         request != NULL && request->sent.ns > model->now.ns &&
         request->delivery != HR_DELIVERY_UNKNOWN;
         request = request->previous) {
        request->delivery = HR_DELIVERY_UNKNOWN;
    }
}

void hr_connection_seen(const hr_model *model, hr_connection *connection)
{
    if (model->now.ns < connection->last_seen.ns) {
        connection->is_out_of_order = true;
        forget_deliveries(model, connection);
    }
    connection->last_seen = model->now;
}

bool hr_connection_is_in_disorder(const hr_model *model, const hr_connection *connection,
                                  hr_moment at)
{
    return connection->is_out_of_order && at.frame != 0 &&
           hr_clock_is_doubtful(&model->clock, at.ns);
}

bool hr_connection_is_opaque(const hr_connection *connection)
{
    return connection->is_tls && !connection->seldom->tls->is_readable &&
           connection->request_count == 0;
}

static const char *program_seen(const hr_connection *connection)
{
    const hr_products *products = &connection->products;
    return products->is_relayed || products->is_below_its_program ? NULL : products->user_agent;
}

const char *hr_connection_program(const hr_connection *connection)
{
    const hr_products *products = &connection->products;
    return products->is_leg || products->may_be_leg ? NULL : program_seen(connection);
}

/* No User-Agent is that one. */
static const char proxy_here[] = "a proxy";

const char *hr_connection_owner(const hr_connection *connection)
{
    const hr_products *products = &connection->products;

    if (connection->seldom->spoken_for != NULL) {
        return connection->seldom->spoken_for; /* which has a pool of its own there */
    }
    if (products->is_relayed || products->is_leg) {
        return proxy_here;
    }
    return hr_connection_program(connection);
}

/* It asked the server's kernel whether it accepts one, and held its ACK back to reset it: HAProxy's
 * check of TCP (src/proto_tcp.c: TCP_QUICKACK off), and who scans ports. The kernel acknowledges a SYN/ACK
 * at once for all others, and resets what nobody waits for any more without an ACK. */
static bool is_knock(const hr_connection *connection)
{
    const hr_tcp_end *client = hr_connection_client(connection);

    return connection->established.frame == 0 && hr_connection_server(connection)->is_syn_answer &&
           client->seldom->has_rst_ack && hr_bytes_end(&client->out) == HR_POSITION_START;
}

bool hr_connection_is_check(const hr_connection *connection)
{
    return (connection->products.is_check && hr_connection_program(connection) != NULL) ||
           is_knock(connection);
}

static bool are_two(const char *one, const char *other)
{
    return one != NULL && other != NULL && one != other; /* interned */
}

bool hr_connection_is_other_program(const hr_connection *one, const hr_connection *other)
{
    return are_two(hr_connection_owner(one), hr_connection_owner(other));
}

bool hr_connection_seems_other_program(const hr_connection *one, const hr_connection *other)
{
    return are_two(program_seen(one), program_seen(other)) ||
           hr_connection_serves_another(one, other);
}

bool hr_connection_serves_another(const hr_connection *one, const hr_connection *other)
{
    return are_two(one->seldom->spoken_for, other->seldom->spoken_for);
}

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
        /* A request may be what a snap length cut off. */
        return connection->http1.pending->at.frame == 0 &&
               hr_connection_client(connection)->seldom->cut_end == 0;
    }
    return !has_payload(connection, &connection->ends[0].out) &&
           !has_payload(connection, &connection->ends[1].out) &&
           !hr_connection_is_one_way(connection);
}

int64_t hr_moment_elapsed_ns(hr_moment begin, hr_moment end)
{
    /* Where the clock of the capture went back nothing was measured. */
    return begin.frame != 0 && end.frame != 0 && begin.ns <= end.ns ? end.ns - begin.ns
                                                                    : HR_TIME_NONE;
}

int64_t hr_connection_tcp_handshake_ns(const hr_connection *connection)
{
    return hr_moment_elapsed_ns(hr_connection_client(connection)->syn, connection->established);
}

/* QUIC sets up both at once (RFC 9001 §4): its TLS handshake is all of the setup. */
int64_t hr_connection_tls_handshake_ns(const hr_connection *connection)
{
    if (connection->transport == HR_TRANSPORT_QUIC) {
        return hr_connection_setup_ns(connection);
    }
    return connection->seldom->tls->handshake == HR_TLS_NONE
               ? HR_TIME_NONE
               : hr_moment_elapsed_ns(connection->established, hr_connection_ready(connection));
}

int64_t hr_connection_setup_ns(const hr_connection *connection)
{
    return hr_moment_elapsed_ns(hr_connection_client(connection)->syn,
                                hr_connection_ready(connection));
}

hr_protocol hr_request_protocol(const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const bool asks_for_h2c = connection->is_h2c_upgrade && hr_request_stream(request) == 1;

    if (hr_request_stream(request) >= 0 && !asks_for_h2c) {
        return connection->protocol;
    }
    return request->is_http10 ? HR_PROTOCOL_HTTP10 : HR_PROTOCOL_HTTP11;
}

int64_t hr_request_response_time_ns(const hr_request *request)
{
    const bool is_end_known = request->response_frame != 0 || request->complete == HR_COMPLETE_YES;
    return is_end_known ? hr_moment_elapsed_ns(request->sent, request->ended) : HR_TIME_NONE;
}

int64_t hr_connection_right_after_ns(const hr_model *model, const hr_connection *connection)
{
    const int64_t handshake_ns =
        connection->transport == HR_TRANSPORT_QUIC
            ? hr_moment_elapsed_ns(connection->opened, hr_connection_accepted(connection))
            : hr_connection_tcp_handshake_ns(connection);
    return model->settings.right_after_ns + (handshake_ns == HR_TIME_NONE ? 0 : handshake_ns);
}

bool hr_connection_may_end_after_answer(const hr_model *model, const hr_connection *connection)
{
    const hr_request *last = connection->last_request;

    if (hr_connection_went_on_unseen(connection)) {
        return connection->ending.at.frame != 0;
    }
    if (last == NULL || !last->is_done || last->complete != HR_COMPLETE_UNKNOWN) {
        return connection->ending.is_after_answer;
    }
    return connection->ending.at.frame != 0 &&
           (connection->is_rest_unknown || connection->ending.at.ns - last->ended.ns <=
                                               hr_connection_right_after_ns(model, connection));
}

int64_t hr_connection_ended_ns(const hr_connection *connection)
{
    if (connection->seldom->quic != NULL &&
        connection->seldom->quic->silent_end_ns != HR_TIME_NONE) {
        return connection->seldom->quic->silent_end_ns;
    }
    return connection->ending.at.frame != 0 ? connection->ending.at.ns : INT64_MAX;
}

/* ---- what the bytes tell of an answer ---- */

hr_moment hr_request_moment(const hr_request *request)
{
    return hr_request_is_shown(request) ? hr_request_shown(request) : request->sent;
}

const char *hr_target_path(const char *target)
{
    const char *authority = target[0] != '/' ? strstr(target, "://") : NULL;
    const char *begin = authority != NULL ? strchr(authority + 3, '/') : target;

    return begin != NULL ? begin : "/";
}

uint32_t hr_request_frame(const hr_request *request)
{
    return hr_request_moment(request).frame;
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

bool hr_connection_is_copy(const hr_connection *connection)
{
    return connection->seldom->copy_of != NULL;
}

const hr_connection *hr_connection_original(const hr_connection *connection)
{
    while (hr_connection_is_copy(connection)) {
        connection = connection->seldom->copy_of;
    }
    return connection;
}

/* What the server sends is there behind first: of those without their handshake, that is then the one
 * that is followed. Their first segments are the same one, from end 0. */
const hr_connection *hr_connection_behind(const hr_connection *connection)
{
    const hr_connection *behind = connection->seldom->behind;

    return behind != NULL && (behind->is_opening_seen || connection->client == 0) ? behind
                                                                                  : connection;
}

unsigned hr_connection_client_of_copy(const hr_connection *copy)
{
    return copy->is_opening_seen ? copy->client : hr_connection_original(copy)->client;
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

bool hr_connection_has_farewell(const hr_connection *connection)
{
    const hr_moment farewell = connection->seldom->tls->farewell;
    const hr_moment at = connection->ending.at;

    return farewell.frame != 0 && at.frame != 0 && at.ns - farewell.ns <= HR_FAREWELL_WITHIN_NS;
}

int64_t hr_connection_idle_ns(const hr_connection *connection, hr_moment until)
{
    if (connection->idle_since.frame == 0 || connection->idle_since.frame > until.frame ||
        connection->is_rest_unknown || hr_connection_is_unacknowledged(connection, until.ns) ||
        hr_connection_has_lost_since_rest(connection)) {
        return HR_TIME_NONE;
    }
    return MAX(until.ns - connection->idle_since.ns, 0);
}

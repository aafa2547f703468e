/* connection.c
 * What follows from a connection's facts: its roles, its times, whether it carried anything. It
 * changes nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

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

    return connection->unseen_count + connection->request_count > (last != NULL ? last->number : 0);
}

bool hr_connection_agreed_on_h2(const hr_connection *connection)
{
    return !connection->seldom->tls->is_alpn_offer &&
           g_strcmp0(connection->seldom->tls->alpn, "h2") == 0;
}

bool hr_connection_may_speak_h2(const hr_connection *connection)
{
    return connection->seldom->tls->alpn != NULL &&
           strstr(connection->seldom->tls->alpn, "h2") != NULL;
}

bool hr_connection_was_refused(const hr_connection *connection)
{
    const hr_tcp_end *server = hr_connection_server(connection);

    return connection->is_opening_seen && server->syn_count == 0 && server->seldom->rst.frame != 0;
}

bool hr_connection_ended_with_surplus(const hr_connection *connection)
{
    const hr_moment surplus = connection->http1.seldom->surplus;

    return surplus.frame != 0 && surplus.frame <= connection->ending.at.frame &&
           connection->last_request->sent.frame <= surplus.frame;
}

bool hr_connection_was_given_up_on(const hr_connection *connection)
{
    const hr_request *last = connection->last_request;

    return last != NULL &&
           (last->is_answer_length_odd || hr_connection_ended_with_surplus(connection));
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

bool hr_connection_is_copy(const hr_connection *connection)
{
    return connection->seldom->copy_of != NULL;
}

bool hr_connection_is_half(const hr_connection *connection)
{
    return connection->seldom->is_half;
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
    return copy->is_opening_seen || copy->seldom->is_half ? copy->client
                                                          : hr_connection_original(copy)->client;
}

bool hr_connection_has_farewell(const hr_connection *connection)
{
    const hr_moment farewell = connection->seldom->tls->farewell;
    const hr_moment at = connection->ending.at;

    return farewell.frame != 0 && at.frame != 0 && at.ns - farewell.ns <= HR_FAREWELL_WITHIN_NS;
}

int64_t hr_connection_held_back_ns(const hr_connection *connection)
{
    return connection->is_answer_held_back ? hr_connection_server(connection)->seldom->held_back_ns
                                           : 0;
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

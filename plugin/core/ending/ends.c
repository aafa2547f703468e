/* ends.c
 * What a connection's own packets say of its end: who ended it first, when, and after which idle.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/ends.h"

#include <string.h>

#include "core/ending/fins.h"
#include "core/model/hops.h"
#include "core/model/quic.h"
#include "core/model/store.h"

enum {
    ALERT_LENGTH_MAX = 160, /* of an alert, and a GOAWAY before it, with the tags of any cipher */
};

static hr_moment earlier(hr_moment a, hr_moment b)
{
    if (a.frame == 0) {
        return b;
    }
    return b.frame == 0 || a.frame <= b.frame ? a : b;
}

static bool was_done_by(const hr_request *request, hr_moment moment)
{
    return request->is_done && request->ended.frame <= moment.frame;
}

bool hr_ending_left_outstanding(const hr_request *request)
{
    return !was_done_by(request, request->connection->ending.at);
}

hr_moment hr_ending_given_up_at(const hr_request *request)
{
    const hr_ending *ending = &request->connection->ending;

    if (request->is_given_up) {
        return request->ended;
    }
    return ending->first_closer == HR_SIDE_CLIENT && hr_ending_left_outstanding(request)
               ? ending->at
               : HR_MOMENT_NONE;
}

bool hr_ending_took_no_answer(const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const hr_tcp_end *client = hr_connection_client(connection);
    const bool has_said = hr_tcp_fin_ack(client) != 0 || client->seldom->has_rst_ack;

    return has_said && request->answer_floor != 0 && !request->is_late &&
           hr_connection_server(connection)->out.acked <= request->answer_floor;
}

bool hr_ending_lost_answer(const hr_request *request)
{
    const hr_tcp_end *server = hr_connection_server(request->connection);

    return hr_ending_took_no_answer(request) && hr_request_has_answer_bytes(request) &&
           (server->seldom->in_vain.frame != 0 ||
            !hr_bytes_is_whole(&server->out, request->answer_floor, hr_bytes_end(&server->out)));
}

hr_request *hr_ending_outstanding_request(const hr_connection *connection)
{
    hr_request *oldest = NULL;

    if (connection->ending.at.frame == 0) {
        return connection->head;
    }
    for (hr_request *request = connection->last_request; request != NULL;
         request = request->previous) {
        if (hr_ending_left_outstanding(request)) {
            oldest = request;
        } else if (connection->seldom->streams->table == NULL) {
            break; /* answers come in order; those of streams do not */
        }
    }
    return oldest;
}

/* How long it had been idle when somebody first showed that it closes: a GOAWAY, a
 * close_notify, or the first FIN or RST. */
static void take_idle(const hr_connection *connection, hr_ending *ending, hr_moment at)
{
    hr_moment until =
        earlier(earlier(at, connection->seldom->tls->close_notify), connection->seldom->goaway->at);

    if (connection->seldom->close_said.is_timeout) {
        until = earlier(until, connection->seldom->close_said.at);
    }
    const bool was_left = hr_connection_has_farewell(connection);
    if (ending->first_closer == HR_SIDE_SERVER && was_left) {
        until = earlier(until, connection->seldom->tls->farewell);
    }
    ending->after_idle_ns = hr_connection_idle_ns(connection, until);
    if (connection->seldom->tls->farewell.frame != 0 && !was_left) {
        /* It was an answer's. */
        ending->after_idle_ns = ending->after_rest_ns =
            MAX(until.ns - connection->seldom->tls->farewell.ns, 0);
    } else if (ending->after_idle_ns != HR_TIME_NONE) {
        ending->after_rest_ns = MAX(until.ns - connection->rest.since_ns, 0);
        if (ending->first_closer == HR_SIDE_SERVER) {
            ending->after_rest_ns += hr_connection_held_back_ns(connection);
            ending->after_idle_ns += hr_connection_held_back_ns(connection);
        }
    }
}

/* Whether the other side than @closer may have said before that it closes, where nobody could read
 * all that it sent. What it sent last was no alert if it is longer than one. */
static bool may_have_said_first(const hr_connection *connection, hr_side closer)
{
    const bool is_client = closer == HR_SIDE_CLIENT;
    const hr_tcp_end *first =
        is_client ? hr_connection_client(connection) : hr_connection_server(connection);
    const unsigned other = is_client ? 1U - connection->client : connection->client;
    const hr_bytes *bytes = &connection->ends[other].out;

    if (hr_connection_is_intact(connection, other)) {
        return false;
    }
    return first->heard <= ALERT_LENGTH_MAX ||
           !hr_bytes_is_whole(bytes, HR_POSITION_START, hr_bytes_end(bytes));
}

/* What the other side than @closer sent last is not in the capture. */
static bool is_last_word_lost(const hr_connection *connection, hr_side closer)
{
    const hr_tcp_end *other = closer == HR_SIDE_CLIENT ? hr_connection_server(connection)
                                                       : hr_connection_client(connection);
    const uint64_t end = hr_bytes_end(&other->out);

    return end > HR_POSITION_START && !hr_bytes_is_whole(&other->out, end - 1, end);
}

/* Without keys: what is as short as an alert, by a side all of whose records were seen. */
static bool is_alert_of_intact_side(const hr_connection *connection, hr_moment at)
{
    const hr_tls *tls = connection->seldom->tls;
    const unsigned by =
        tls->short_record_by == HR_SIDE_CLIENT ? connection->client : 1U - connection->client;

    return !tls->is_readable && tls->short_record.frame != 0 &&
           tls->short_record.frame <= at.frame && hr_connection_is_intact(connection, by);
}

/* An idle GOAWAY and TLS tell of the end before TCP does; without keys a last record of an alert's
 * length. */
static hr_side first_closer(const hr_connection *connection)
{
    const hr_moment at = connection->ending.at;
    const bool is_client_first = connection->ending.first_fin == HR_SIDE_CLIENT;
    const hr_tcp_end *first =
        is_client_first ? hr_connection_client(connection) : hr_connection_server(connection);

    if (first->fin_proof == HR_FIN_ACKNOWLEDGED &&
        (connection->seldom->tls->close_notify.frame == at.frame ||
         connection->seldom->tls->short_record.frame == at.frame)) {
        return connection->ending.first_fin; /* what the segment acknowledges came before it */
    }

    if (connection->seldom->close_said.is_timeout) {
        return HR_SIDE_SERVER;
    }
    const bool is_notified = connection->seldom->tls->close_notify.frame != 0 &&
                             connection->seldom->tls->close_notify.frame <= at.frame;
    if (!hr_connection_is_legible(connection)) {
        if (is_alert_of_intact_side(connection, at)) {
            return is_last_word_lost(connection, connection->seldom->tls->short_record_by)
                       ? HR_SIDE_NONE
                       : connection->seldom->tls->short_record_by;
        }
        const hr_side closer =
            is_notified ? connection->seldom->tls->close_notify_by : connection->ending.first_fin;
        return may_have_said_first(connection, closer) ? HR_SIDE_NONE : closer;
    }
    if (connection->seldom->goaway->is_idle && connection->seldom->goaway->at.frame <= at.frame) {
        return connection->seldom->goaway->by;
    }
    if (is_notified) {
        return is_last_word_lost(connection, connection->seldom->tls->close_notify_by)
                   ? HR_SIDE_NONE
                   : connection->seldom->tls->close_notify_by;
    }
    if (!connection->seldom->tls->is_readable && connection->seldom->tls->short_record.frame != 0 &&
        connection->seldom->tls->short_record.frame <= at.frame) {
        return connection->seldom->tls->short_record_by;
    }
    return connection->ending.first_fin;
}

/* A client that closes as soon as it has what may be a GOAWAY was asked to. */
static bool is_asked_to_leave(const hr_model *model, const hr_connection *connection)
{
    const hr_moment farewell = connection->seldom->tls->farewell;

    return farewell.frame != 0 && connection->ending.at.ns - farewell.ns <=
                                      hr_connection_right_after_ns(model, connection);
}

/* Without keys an answer is the last data that the server sent. */
static bool is_after_answer(const hr_model *model, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const hr_request *last = connection->last_ended;
    const int64_t window_ns = hr_connection_right_after_ns(model, connection);

    if (hr_ending_outstanding_request(connection) != NULL) {
        return false;
    }
    if (last == NULL) {
        return connection->seldom->tls->is_answered && ending->after_idle_ns != HR_TIME_NONE &&
               ending->after_idle_ns <= window_ns;
    }
    if (hr_connection_went_on_unseen(connection) || hr_connection_has_lost_since_rest(connection)) {
        return false;
    }
    return last->complete == HR_COMPLETE_YES && ending->at.ns - last->ended.ns <= window_ns;
}

/* QUIC's idle timeout ends a connection without a packet (RFC 9000 §10.1). */
static void prepare_silent_end(const hr_model *model, hr_connection *connection)
{
    hr_ending *ending = &connection->ending;
    const int64_t deadline_ns = hr_quic_idle_deadline_ns(connection);

    connection->seldom->quic->silent_end_ns = HR_TIME_NONE;
    if (ending->at.frame != 0 || deadline_ns == HR_TIME_NONE || deadline_ns > model->now.ns) {
        return;
    }
    connection->seldom->quic->silent_end_ns = deadline_ns;
    if (connection->idle_since.frame != 0) {
        ending->after_idle_ns = ending->after_rest_ns = deadline_ns - connection->idle_since.ns;
    }
}

/* Whether the reset of the end @index, the first of either to end, may be another host's. What hosts
 * have on all their connections is gathered for the first of which nothing else tells. */
static bool is_from_elsewhere(const hr_model *model, const hr_connection *connection,
                              unsigned index, GHashTable **hosts)
{
    if (connection->ends[index].seldom->rst.frame != connection->ending.at.frame) {
        return false;
    }
    if (*hosts == NULL && hr_hops_are_of_reset_alone(connection, index)) {
        *hosts = hr_hops_of_hosts(model);
    }
    return hr_hops_differ_of_reset(connection, index, *hosts);
}

static void prepare(const hr_model *model, hr_connection *connection, GHashTable **hosts)
{
    const hr_tcp_end *ends = connection->ends;
    const hr_moment by[] = {earlier(ends[0].fin, ends[0].seldom->rst),
                            earlier(ends[1].fin, ends[1].seldom->rst)};
    hr_ending *ending = &connection->ending;

    hr_ending_forget(ending);
    ending->at = earlier(by[0], by[1]);
    ending->is_in_disorder = hr_fins_stand_in_no_order(model, connection, by);
    if (connection->seldom->quic != NULL) {
        prepare_silent_end(model, connection);
    }
    if (ending->at.frame == 0) {
        return;
    }
    const int first =
        hr_fins_hide_order(connection) ? -1 : hr_fins_first(ends, by, ending->is_in_disorder);
    ending->is_from_elsewhere =
        first >= 0 && is_from_elsewhere(model, connection, (unsigned)first, hosts);
    if (first >= 0 && !ending->is_from_elsewhere) {
        ending->first_fin = hr_connection_side_of(connection, (unsigned)first);
    }
    if (ending->is_in_disorder) {
        ending->first_closer = connection->is_tls ? HR_SIDE_NONE : ending->first_fin;
        return;
    }
    if (first >= 0) {
        ending->first_closer = first_closer(connection);
        if (is_asked_to_leave(model, connection) && !ending->is_from_elsewhere) {
            ending->first_closer = HR_SIDE_SERVER;
        }
        ending->is_first_rst = ends[first].fin.frame != ending->at.frame;
    }
    take_idle(connection, ending, ending->at);
    ending->is_after_answer = is_after_answer(model, connection);
}

/* RFC 9293 §3.6: who sent the first FIN waits, unless an RST ends it before both are acked. */
static hr_side time_wait_of(const hr_connection *connection)
{
    const hr_tcp_end *ends = connection->ends;

    const hr_moment reset = earlier(ends[0].seldom->rst, ends[1].seldom->rst);
    if (reset.frame != 0 &&
        (connection->torn_down_frame == 0 || reset.frame <= connection->torn_down_frame ||
         connection->ending.is_in_disorder)) {
        return HR_SIDE_NONE;
    }
    if (hr_fins_crossed(connection)) {
        return HR_SIDE_BOTH;
    }
    const hr_moment by[] = {ends[0].fin, ends[1].fin};
    const int first = hr_fins_first(ends, by, connection->ending.is_in_disorder);
    /* Where the second FIN was not captured, it may have crossed the first. */
    return first < 0 || hr_tcp_fin_ack(&ends[1 - first]) == 0
               ? HR_SIDE_NONE
               : hr_connection_side_of(connection, (unsigned)first);
}

/* Whether the bytes say that the answer to @request, the oldest outstanding one, was cut short: a
 * length that they do not reach; data or a reset that answers it after the client had closed; or
 * all of them lay in order before Wireshark, none cut off, and it found no end. */
static bool is_cut_short(const hr_connection *connection, const hr_request *request)
{
    const hr_bytes *server = &hr_connection_server(connection)->out;

    if (request->is_answer_length_odd) {
        return false;
    }
    if (connection->is_tls || hr_request_stream(request) >= 0) {
        return hr_request_is_server_intact_since(request);
    }
    if (connection->http1.has_answer_after_close) {
        return true;
    }
    if (connection->http1.answer_end != HR_POSITION_NONE) {
        return hr_bytes_end(server) < connection->http1.answer_end;
    }
    const hr_tcp_end *end = hr_connection_server(connection);
    const bool was_legible = end->seldom->cut_end <= request->answer_floor;
    return hr_request_is_shown(request) && was_legible &&
           hr_request_is_server_intact_since(request) && end->fin_proof == HR_FIN_CAPTURED;
}

/* Answers that had begun when the connection ended, and were not over. */
static void settle_completeness(const hr_connection *connection)
{
    const bool is_ended = connection->ending.at.frame != 0 && !connection->ending.is_in_disorder;

    for (hr_request *cut = connection->head; cut != NULL; cut = cut->next) {
        if (!cut->is_done) {
            /* Of a pipeline the oldest one has what there is. */
            cut->complete = is_ended && (hr_request_stream(cut) >= 0 || cut == connection->head) &&
                                    hr_request_has_answer_bytes(cut) &&
                                    is_cut_short(connection, cut)
                                ? HR_COMPLETE_NO
                                : HR_COMPLETE_UNKNOWN;
        }
    }
}

void hr_endings_prepare(hr_model *model)
{
    g_autoptr(GHashTable) hosts = NULL;

    for (guint i = 0; i < model->connections.count; i++) {
        hr_connection *connection = hr_model_connection(model, i);
        connection->is_one_way = hr_connection_is_one_way(connection);
        prepare(model, connection, &hosts);
        settle_completeness(connection);
        connection->time_wait = time_wait_of(connection);
    }
}

/* What a snap length cut off may be all that there was of HTTP, or of TLS. */
static bool is_cut(const hr_connection *connection)
{
    return connection->ends[0].seldom->cut_end != 0 || connection->ends[1].seldom->cut_end != 0;
}

bool hr_ending_is_tls_in_plain(const hr_connection *connection)
{
    const bool is_hello = connection->is_tls ? connection->seldom->tls->hello.frame == 0
                                             : connection->seldom->is_hidden_tls;

    return is_hello && !is_cut(connection) && connection->is_opening_seen &&
           connection->protocol <= HR_PROTOCOL_HTTP11 &&
           connection->protocol != HR_PROTOCOL_UNKNOWN && connection->request_count == 0;
}

hr_spoken hr_ending_spoken_instead(const hr_connection *connection)
{
    const hr_spoken spoken = (hr_spoken)connection->seldom->spoken;
    const hr_request *first = connection->first_request;
    const bool is_h2 = connection->protocol == HR_PROTOCOL_H2;

    if (first == NULL || first->response_code != 0 || connection->is_tls ||
        (spoken == HR_SPOKEN_H2 && is_h2) || (spoken == HR_SPOKEN_HTTP1 && !is_h2)) {
        return HR_SPOKEN_UNKNOWN;
    }
    return spoken;
}

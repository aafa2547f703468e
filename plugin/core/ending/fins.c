/* fins.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/fins.h"

#include "core/model/store.h"

/* Whether the FIN of @index was sent in answer to the other end's. */
static bool acknowledges_fin(const hr_tcp_end *ends, unsigned index)
{
    const hr_bytes *other = &ends[1 - index].out;
    return other->has_fin && hr_tcp_fin_ack(&ends[index]) > hr_bytes_fin(other);
}

/* By what the FINs acknowledge of each other; -1 where that does not tell. */
static int first_by_numbers(const hr_tcp_end *ends)
{
    if (ends[0].seldom->rst.frame != 0 || ends[1].seldom->rst.frame != 0 ||
        acknowledges_fin(ends, 0) == acknowledges_fin(ends, 1)) {
        return -1;
    }
    return acknowledges_fin(ends, 0) ? 1 : 0;
}

static bool is_opened(const hr_tcp_end *end)
{
    return end->syn.frame != 0;
}

/* What the FIN of @index, or its reset, acknowledges ends with what is not in the capture, and no
 * FIN of the other side is: it may be the last of that. What a FIN acknowledges that was not captured
 * itself nobody knows: all that the other side sent, at most. */
static bool may_hide_fin(const hr_tcp_end *ends, unsigned index)
{
    const hr_tcp_end *end = &ends[index];
    const hr_tcp_end *other = &ends[1 - index];
    const bool is_proved = end->fin.frame != 0 && end->fin_proof != HR_FIN_CAPTURED;
    const uint64_t until = is_proved ? hr_bytes_end(&other->out) : end->took;

    if (other->out.has_fin || other->last_sent.frame == 0) {
        return false;
    }
    if (is_opened(end) && !is_opened(other) && other->out.captured == 0) {
        return true; /* where its numbers begin nobody saw, nor what it said of them */
    }
    return until > HR_POSITION_START && !hr_bytes_is_whole(&other->out, until - 1, until);
}

/* One packet shows both ends: it acknowledges a FIN that was not captured, so its own came second;
 * or it proves both, and neither was. */
static int first_in_frame(const hr_tcp_end *ends)
{
    const bool is_captured[] = {ends[0].fin_proof == HR_FIN_CAPTURED,
                                ends[1].fin_proof == HR_FIN_CAPTURED};

    if (!is_captured[0] && !is_captured[1]) {
        return -1;
    }
    return is_captured[0] ? 1 : 0;
}

int hr_fins_first(const hr_tcp_end *ends, const hr_moment *by, bool is_in_disorder)
{
    const int by_numbers = first_by_numbers(ends);
    const int first = by[1].frame == 0 || (by[0].frame != 0 && by[0].frame <= by[1].frame) ? 0 : 1;
    const hr_tcp_end *later = &ends[1 - first];

    if (by_numbers >= 0 || is_in_disorder) {
        return by_numbers;
    }
    if (by[0].frame == by[1].frame) {
        return first_in_frame(ends);
    }
    if (may_hide_fin(ends, (unsigned)first)) {
        return -1;
    }
    const bool may_be_earlier = by[1 - first].frame != 0 && later->fin_proof == HR_FIN_NUMBERED &&
                                later->seldom->before_fin_ns <= by[first].ns;
    return may_be_earlier ? -1 : first;
}

/* Only the server's packets are there: what it acknowledged since it last sent something may end
 * with the client's FIN. One that an ACK seemed to prove was none where the server then
 * answered. */
static bool is_clients_fin_hidden(const hr_connection *connection)
{
    const hr_tcp_end *server = hr_connection_server(connection);
    const hr_tcp_end *client = hr_connection_client(connection);

    return client->fin.frame == 0 ? client->out.acked > server->heeded
                                  : connection->http1.has_answer_after_close;
}

/* Only the client's packets are there: a FIN that came with the last answer is acknowledged with
 * it, and does not stand out. */
static bool is_servers_fin_hidden(const hr_connection *connection)
{
    const hr_tcp_end *server = hr_connection_server(connection);
    const hr_tcp_end *client = hr_connection_client(connection);

    return server->fin.frame == 0 ||
           (client->fin.frame != 0 && server->fin.frame > client->fin.frame);
}

static bool is_order_hidden(const hr_connection *connection)
{
    if (!connection->is_one_way) {
        return false;
    }
    return hr_connection_server(connection)->last_sent.frame == 0
               ? is_servers_fin_hidden(connection)
               : is_clients_fin_hidden(connection);
}

/* One FIN of a connection that had its life before the capture, or a reset by an end of which the other
 * is not there at all, nor its FIN, which may have come first: end 0 is the one that is seen first. */
static bool is_left_over(const hr_connection *connection)
{
    const hr_tcp_end *ends = connection->ends;

    if (connection->is_opening_seen || !hr_connection_carried_nothing(connection)) {
        return false;
    }
    if (ends[0].seldom->rst.frame != 0 || ends[1].seldom->rst.frame != 0) {
        return ends[1].last_sent.frame == 0;
    }
    return ends[0].fin.frame == 0 || ends[1].fin.frame == 0;
}

/* What came first at the end cannot be told; but where @connection had rested since before times
 * went back, and the FINs' numbers tell whose was first. */
static bool is_end_in_disorder(const hr_model *model, const hr_connection *connection)
{
    const int64_t at_ns = connection->ending.at.ns;
    const hr_request *last = connection->last_request;
    const bool has_rested = !connection->is_tls && connection->seldom->streams->table == NULL &&
                            connection->idle_since.frame != 0 && last != NULL &&
                            !hr_clock_is_order_doubtful(&model->clock, last->ended.ns, at_ns);

    return hr_connection_is_in_disorder(model, connection, connection->ending.at) &&
           !(has_rested && first_by_numbers(connection->ends) >= 0);
}

static bool is_within(hr_moment moment, hr_moment at, int64_t ns)
{
    return moment.frame != 0 && ABS(moment.ns - at.ns) <= ns;
}

/* Whether this end spoke as close to @at as that, or nobody noted when. */
static bool may_have_spoken(const hr_tcp_seldom *end, hr_moment at, int64_t ns)
{
    return end->spoke.frame == 0 || end->spoke.ns >= at.ns - ns;
}

/* The clocks of both hosts differ: what one did around the other's end may have come on the other
 * side of it. */
static bool is_end_apart(const hr_model *model, const hr_connection *connection,
                         const hr_moment *by)
{
    const int64_t ns = hr_apart_ns(&model->apart, connection);
    const hr_request *last = connection->last_request;
    const hr_tcp_end *ends = connection->ends;
    const hr_moment at = connection->ending.at;

    if (ns == 0) {
        return false;
    }
    if ((connection->is_tls || connection->seldom->streams->table != NULL) &&
        (may_have_spoken(ends[0].seldom, at, ns) || may_have_spoken(ends[1].seldom, at, ns))) {
        return true;
    }
    if (last != NULL && (is_within(last->sent, at, ns) || is_within(last->ended, at, ns))) {
        return true;
    }
    return by[0].frame != 0 && is_within(by[1], by[0], ns) && first_by_numbers(ends) < 0;
}

bool hr_fins_hide_order(const hr_connection *connection)
{
    return is_order_hidden(connection) || is_left_over(connection);
}

bool hr_fins_stand_in_no_order(const hr_model *model, const hr_connection *connection,
                               const hr_moment *by)
{
    return is_end_in_disorder(model, connection) ||
           (connection->ending.at.frame != 0 && is_end_apart(model, connection, by));
}

bool hr_fins_crossed(const hr_connection *connection)
{
    const hr_tcp_end *ends = connection->ends;

    return ends[0].fin_acks != HR_FIN_ACKS_UNKNOWN && ends[1].fin_acks != HR_FIN_ACKS_UNKNOWN &&
           !acknowledges_fin(ends, 0) && !acknowledges_fin(ends, 1);
}

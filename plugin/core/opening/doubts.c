/* doubts.c
 * What of an opening cannot be known from this capture, because something of the connections that
 * it is judged by is not in it, or stands in no known order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/opening/doubts.h"

#include "core/model/quic.h"
#include "core/model/store.h"

enum {
    SCAN_RUNNING = 256, /* the latest requests of a connection, looked at for one that ran */
};

/* A snap length cut the head of its last answer off, which may have said that it closes, and it
 * did right after that. */
static bool may_have_announced(const hr_model *model, const hr_connection *connection)
{
    return connection->last_request != NULL &&
           connection->last_request->complete == HR_COMPLETE_UNKNOWN &&
           hr_connection_may_end_after_answer(model, connection);
}

/* Without keys: the server's last data came out of rest and looks like a GOAWAY. */
static bool may_have_been_left(const hr_connection *idle, const hr_connection *opened)
{
    return idle->seldom->tls->farewell.frame != 0 &&
           idle->seldom->tls->farewell.frame < opened->opened.frame;
}

/* ... and the server then closed. */
bool hr_opening_was_left(const hr_connection *idle, const hr_connection *opened)
{
    return may_have_been_left(idle, opened) && hr_connection_has_farewell(idle) &&
           idle->ending.first_closer == HR_SIDE_SERVER;
}

/* Some of the requests that it carried are not in the capture. */
static bool has_lost_requests(const hr_connection *connection)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;

    return connection->is_opening_seen &&
           (connection->unseen_count > 0 ||
            !hr_bytes_is_whole(client, HR_POSITION_START, hr_bytes_end(client)));
}

/* Its client's FIN was not captured, and was sent at some time around the opening. */
static bool may_have_closed_before(const hr_connection *other, const hr_connection *opened)
{
    const hr_tcp_end *client = hr_connection_client(other);

    return client->fin_proof != HR_FIN_CAPTURED &&
           client->seldom->before_fin_ns <= opened->opened.ns &&
           client->fin.frame > opened->opened.frame;
}

/* Another program may have sent them: which one it was they would tell. */
static bool is_program_lost(const hr_connection *connection)
{
    return connection->products.user_agent == NULL && has_lost_requests(connection);
}

/* It may have been for another name. */
static bool is_name_lost(const hr_connection *connection)
{
    return connection->name == NULL && (connection->unseen_count > 0 || connection->is_one_way);
}

/* What kept it busy was over by the time that its client went on, and of the answer nothing is in
 * the capture that came after the opening. */
static bool may_have_been_over(const hr_request *running, const hr_connection *opened)
{
    return running->is_done && running->complete == HR_COMPLETE_UNKNOWN &&
           (running->answered.frame == 0 || running->ended.ns <= opened->opened.ns);
}

/* Requests that are not in the capture may have run on @connection, which was idle after @latest.
 * What was lost before that is over. */
static bool has_lost_requests_behind(const hr_connection *connection, const hr_request *latest)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;

    if (latest == NULL) {
        return has_lost_requests(connection);
    }
    const hr_request *next = latest->next;
    const bool is_end_known = latest->end != HR_POSITION_NONE;
    const uint64_t until =
        next != NULL && next->begin != HR_POSITION_NONE ? next->begin : hr_bytes_end(client);

    return !hr_bytes_is_whole(client, is_end_known ? latest->end : latest->begin, until);
}

/* Nobody saw where the answer of @latest ends. What the client resets with nothing behind it may
 * have been under way until then. */
static bool may_have_gone_on(const hr_request *latest)
{
    return latest != NULL && latest->complete == HR_COMPLETE_UNKNOWN && latest->next == NULL &&
           hr_connection_client(latest->connection)->seldom->rst.frame != 0;
}

/* What @cause was doing at the opening is not known: requests of its client are not in the capture,
 * or when that was over which it waited for. */
static bool may_have_been_otherwise(const hr_connection *cause, const hr_connection *opened,
                                    hr_why why, const hr_request *latest)
{
    if (why == HR_WHY_IDLE_AVAILABLE) {
        return may_have_gone_on(latest) || has_lost_requests_behind(cause, latest);
    }
    if (why != HR_WHY_ALL_BUSY) {
        return false;
    }
    return latest != NULL && latest->sent.ns <= opened->opened.ns
               ? may_have_been_over(latest, opened)
               : has_lost_requests(cause);
}

/* Of what it asked first nobody saw the head. What is lost behind that head says nothing of it. */
static bool is_own_request_lost(const hr_connection *opened)
{
    const hr_request *only = opened->first_request;

    if (only == NULL || only->number > 1 ||
        (!hr_request_is_shown(only) && only->end == HR_POSITION_NONE)) {
        return has_lost_requests(opened);
    }
    return only->begin != HR_POSITION_NONE &&
           !hr_bytes_is_whole(&hr_connection_client(opened)->out, HR_POSITION_START, only->begin);
}

/* Its own request may have said that it keeps none, or to whom else it goes: it is not in the
 * capture; or a snap length cut the head of its only one off, and it was closed right after the
 * answer. */
static bool may_keep_none(const hr_model *model, const hr_connection *opened)
{
    const hr_request *only = opened->first_request;

    if (is_own_request_lost(opened) ||
        (opened->request_count == 0 && !hr_connection_is_legible(opened))) {
        return true;
    }
    return only != NULL && only->is_head_cut && only->next == NULL &&
           hr_connection_may_end_after_answer(model, opened);
}

/* @cause was not seen again before it was passed over, and something that was sent meanwhile, on
 * whatever connection, is not in the capture: so may be what it did, and its end. So is the opening
 * of one of its pool that appears behind it, not later than soon after @opened: where a gap hides
 * that, it may hide this. */
static bool may_have_gone_unseen(const hr_model *model, const hr_connection *cause,
                                 const hr_connection *opened, hr_why why)
{
    const hr_request *first = opened->first_request;
    const uint32_t until =
        why == HR_WHY_IDLE_AVAILABLE && first != NULL ? first->sent.frame : opened->opened.frame;

    return why != HR_WHY_PREVIOUS_CLOSED && cause->last_seen.frame < until &&
           (opened->judged.seldom->unopened_frame > cause->last_seen.frame ||
            hr_losses_are_between(&model->losses, cause->last_seen.frame, until));
}

/* The last packet of a connection over QUIC may be its end, and stands for itself: nobody answers it,
 * or sends it again (RFC 9000 §10.2). Nobody reads it without keys, and where one direction alone was
 * captured, what it was doing is not known either. */
static bool may_have_closed_unread(const hr_connection *cause, const hr_connection *opened,
                                   hr_why why)
{
    return cause->seldom->quic != NULL && why == HR_WHY_ALL_BUSY &&
           cause->last_seen.frame < opened->opened.frame && hr_connection_is_opaque(cause);
}

/* It was judged by what there was at its SYN, and the capture ends before it went further: which
 * pool it is for, and what it found when it was ready, is not in it. */
static bool is_unfinished(const hr_connection *opened)
{
    return hr_connection_carried_nothing(opened) && opened->ending.at.frame == 0;
}

/* Nothing of the server is in the capture for either of them: that @cause was refused may be
 * missing, too. A SYN that nobody refused is sent again. */
static bool may_have_been_refused(const hr_connection *cause, const hr_connection *opened)
{
    return cause->established.frame == 0 && hr_connection_server(cause)->last_sent.frame == 0 &&
           hr_connection_server(opened)->last_sent.frame == 0 &&
           hr_connection_client(cause)->syn_count == 1;
}

/* Whether what began or ended the rest of @cause after @latest stands in no known order; where it
 * is not its rest that decided, anything of it. */
static bool is_rest_in_disorder(const hr_model *model, const hr_connection *cause, hr_why why,
                                const hr_request *latest)
{
    if (why == HR_WHY_PREVIOUS_CLOSED || !cause->is_out_of_order) {
        return false;
    }
    if (why != HR_WHY_IDLE_AVAILABLE || latest == NULL) {
        return true;
    }
    return hr_connection_is_in_disorder(model, cause, latest->ended) ||
           (latest->next != NULL && hr_connection_is_in_disorder(model, cause, latest->next->sent));
}

/* What the side said that was not captured is not known, unless the other one had ended it in so many
 * words. */
static bool is_half_known(const hr_connection *cause, hr_why why)
{
    const bool is_said = cause->seldom->close_said.by != HR_SIDE_NONE;

    return cause->is_one_way && !(why == HR_WHY_PREVIOUS_CLOSED && is_said);
}

/* What @cause was doing at the opening that it explains cannot be known from this capture. */
bool hr_opening_is_doubtful(const hr_model *model, const hr_connection *cause,
                            const hr_connection *opened, hr_why why)
{
    if (is_half_known(cause, why) || hr_quic_is_in_pieces(cause) || hr_quic_is_in_pieces(opened) ||
        is_rest_in_disorder(model, cause, why, opened->judged.seen.latest) ||
        !hr_connection_is_legible(cause) || may_have_closed_before(cause, opened) ||
        may_have_been_refused(cause, opened) || may_have_closed_unread(cause, opened, why) ||
        may_have_gone_unseen(model, cause, opened, why) ||
        may_have_been_otherwise(cause, opened, why, opened->judged.seen.latest)) {
        return true;
    }
    return why == HR_WHY_IDLE_AVAILABLE &&
           (is_unfinished(opened) || may_have_announced(model, cause) ||
            may_keep_none(model, opened) ||
            (may_have_been_left(cause, opened) && !hr_opening_was_left(cause, opened)));
}

/* Whether what the connection of @latest did around @at_ns, before it or after, may have been on
 * the other side of it. */
static bool may_have_moved_over(const hr_clock *clock, const hr_request *latest, int64_t at_ns)
{
    return hr_clock_is_order_doubtful(clock, latest->ended.ns, at_ns) ||
           (latest->next != NULL &&
            hr_clock_is_order_doubtful(clock, latest->next->sent.ns, at_ns)) ||
           hr_clock_is_order_doubtful(clock, latest->connection->ending.at.ns, at_ns);
}

/* Nothing is swapped over more than a moment, in which a client opens no other connection for want
 * of this one; and that its others had closed does not lie in it. */
static bool is_closed_before_disorder(const hr_model *model, const hr_connection *opened,
                                      const hr_opening *seen)
{
    const hr_clock *clock = &model->clock;
    const int64_t at_ns = opened->opened.ns;

    return seen->why == HR_WHY_PREVIOUS_CLOSED && seen->connection->closing.frame != 0 &&
           hr_clock_doubt_ns(clock, at_ns) <= model->settings.right_after_ns &&
           !hr_clock_is_order_doubtful(clock, seen->connection->closing.ns, at_ns) &&
           !hr_clock_is_order_doubtful(clock, seen->connection->ending.at.ns, at_ns);
}

/* What decided of @opened stands in no known order. A long rest stands, whatever else was
 * swapped. */
static bool is_in_disorder(const hr_model *model, const hr_connection *opened,
                           const hr_opening *seen)
{
    const hr_clock *clock = &model->clock;
    const hr_request *first = opened->first_request;

    if (seen->why != HR_WHY_IDLE_AVAILABLE || seen->latest == NULL) {
        return hr_clock_is_doubtful(clock, opened->opened.ns) &&
               !is_closed_before_disorder(model, opened, seen);
    }
    return may_have_moved_over(clock, seen->latest, opened->opened.ns) ||
           (first != NULL && may_have_moved_over(clock, seen->latest, first->sent.ns));
}

/* The clock ticks too slowly to say whether what explains @opened was free a moment before it. A
 * request that was over behind its SYN kept it busy. */
static bool is_in_one_tick(const hr_model *model, const hr_connection *opened,
                           const hr_opening *seen)
{
    const hr_request *latest = seen->latest;
    const int64_t moment_ns = hr_connection_right_after_ns(model, opened);

    if (hr_clock_tells(&model->clock, model->settings.right_after_ns) ||
        (seen->why != HR_WHY_IDLE_AVAILABLE && seen->why != HR_WHY_ALL_BUSY)) {
        return false;
    }
    if (seen->why == HR_WHY_ALL_BUSY) {
        return latest == NULL ||
               (latest->ended.frame != 0 && latest->ended.frame <= opened->opened.frame);
    }
    return opened->opened.ns - opened->judged.seldom->idle_ns <=
           moment_ns + hr_clock_tick_ns(&model->clock);
}

static bool is_near(hr_moment moment, int64_t at_ns, int64_t ns)
{
    return moment.frame != 0 && ABS(moment.ns - at_ns) <= ns;
}

/* What ran on @connection at @at_ns, among its latest; NULL: nothing is known to have. */
static const hr_request *running_at(const hr_connection *connection, int64_t at_ns)
{
    const hr_request *request = connection->last_request;

    for (unsigned budget = SCAN_RUNNING; request != NULL && request->sent.ns > at_ns; budget--) {
        request = budget > 0 ? request->previous : NULL;
    }
    return request;
}

/* Whether the server of @seen closed that, or answered its request, as close to @at_ns. What the client
 * did itself has the clock of its SYN; but whether what it asked next began a rest or ended one, its
 * answer tells. */
static bool is_server_near(const hr_opening *seen, int64_t at_ns, int64_t ns)
{
    const hr_connection *cause = seen->connection;
    const hr_request *latest = seen->latest != NULL ? seen->latest : running_at(cause, at_ns);
    const hr_request *next = latest != NULL ? latest->next : NULL;

    if (cause->ending.first_fin != HR_SIDE_CLIENT && is_near(cause->ending.at, at_ns, ns)) {
        return true;
    }
    /* What was asked next tells when its client had the answer, by its own clock. */
    if (seen->why == HR_WHY_IDLE_AVAILABLE && next != NULL && is_near(next->sent, at_ns, ns)) {
        return true;
    }
    return seen->why != HR_WHY_PREVIOUS_CLOSED && latest != NULL &&
           is_near(latest->ended, at_ns, ns);
}

/* The clocks of both hosts differ, and what decided of @opened lies no further apart, and a round
 * trip. */
static bool is_apart(const hr_model *model, const hr_connection *opened, const hr_opening *seen)
{
    const hr_connection *cause = seen->connection;
    const int64_t trip_ns = MAX(hr_connection_tcp_handshake_ns(opened), 0);
    const hr_request *first = opened->first_request;

    if (cause == NULL || model->apart.hosts == NULL) {
        return false;
    }
    const int64_t ns = MAX(hr_apart_ns(&model->apart, cause), hr_apart_ns(&model->apart, opened));
    return ns > 0 && (is_server_near(seen, opened->opened.ns, ns + trip_ns) ||
                      (seen->why == HR_WHY_IDLE_AVAILABLE && first != NULL &&
                       is_server_near(seen, first->sent.ns, ns + trip_ns)));
}

bool hr_opening_is_untimed(const hr_model *model, const hr_connection *opened,
                           const hr_opening *seen)
{
    return is_in_disorder(model, opened, seen) || is_in_one_tick(model, opened, seen) ||
           is_apart(model, opened, seen);
}

/* What @cause did may be another program's, or for another name: where the client's requests differ
 * in these and its own are not in the capture. */
bool hr_opening_may_be_of_others(const hr_connection *cause, const hr_connection *opened,
                                 bool has_programs, bool has_names)
{
    return (has_programs && (is_program_lost(cause) || is_program_lost(opened))) ||
           (has_names && (is_name_lost(cause) || is_name_lost(opened)));
}

/* settle.c
 * What only the whole capture tells of an opening: whether the idle connection that explains it
 * had been given up, which of several dials at once was not needed, whose ports were used again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/opening/settle.h"

#include "core/model/route.h"
#include "core/model/store.h"

/* A snap length cut the head of its last answer off, which may have said that it closes, and it
 * did right after that. */
static bool may_have_announced(const hr_model *model, const hr_connection *connection)
{
    return connection->last_request != NULL &&
           connection->last_request->complete == HR_COMPLETE_UNKNOWN &&
           hr_connection_may_end_after_answer(model, connection);
}

/* The client closed @idle right after its answer, without another request: when it opened the
 * new connection it had given @idle up already. That is so if it closed before the first answer
 * there was over, or later for a reason of its own; else it may be the program's end. */
static bool was_given_up(const hr_model *model, const hr_connection *idle,
                         const hr_connection *opened)
{
    const hr_ending *ending = &idle->ending;
    const hr_request *first = opened->first_request;
    const bool is_lost =
        ending->cause == HR_CLOSE_BODY_UNDRAINED || ending->cause == HR_CLOSE_POOL_LIMIT;

    return first != NULL && idle->last_request != NULL && ending->first_fin == HR_SIDE_CLIENT &&
           hr_connection_may_end_after_answer(model, idle) &&
           idle->last_request->sent.frame < first->sent.frame &&
           (is_lost || !first->is_done || ending->at.frame < first->ended.frame);
}

/* Without keys QUIC hides its CONNECTION_CLOSE. A connection on which nothing came any more once
 * another was opened is not said to have been idle and free. */
static bool may_have_closed_unseen(const hr_connection *idle, const hr_connection *opened)
{
    return idle->quic != NULL && hr_connection_is_opaque(idle) &&
           idle->last_seen.frame < opened->opened.frame;
}

/* Without keys: the server's last data came out of rest and looks like a GOAWAY. */
static bool may_have_been_left(const hr_connection *idle, const hr_connection *opened)
{
    return idle->tls->farewell.frame != 0 && idle->tls->farewell.frame < opened->opened.frame;
}

/* ... and the server then closed. */
static bool was_left(const hr_connection *idle, const hr_connection *opened)
{
    return may_have_been_left(idle, opened) && hr_connection_has_farewell(idle) &&
           idle->ending.first_closer == HR_SIDE_SERVER;
}

/* Some of the requests that it carried are not in the capture. */
static bool has_lost_requests(const hr_connection *connection)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;

    return connection->is_opening_seen && connection->transport == HR_TRANSPORT_TCP &&
           (connection->unseen_count > 0 ||
            !hr_bytes_is_whole(client, HR_POSITION_START, hr_bytes_end(client)));
}

/* Its client's FIN was not captured, and was sent at some time around the opening. */
static bool may_have_closed_before(const hr_connection *other, const hr_connection *opened)
{
    const hr_tcp_end *client = hr_connection_client(other);

    return client->fin.frame != 0 && client->fin_proof != HR_FIN_CAPTURED &&
           client->before_fin_ns <= opened->opened.ns && client->fin.frame > opened->opened.frame;
}

/* Another program may have sent them: which one it was they would tell. */
static bool is_program_lost(const hr_connection *connection)
{
    return connection->products.user_agent == NULL && has_lost_requests(connection);
}

/* It may have been for another name. */
static bool is_name_lost(const hr_connection *connection)
{
    return connection->name == NULL && !connection->is_tls &&
           (connection->unseen_count > 0 || connection->is_one_way);
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

    if (latest == NULL || latest->begin == HR_POSITION_NONE) {
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
    return latest != NULL && latest->is_done && latest->complete == HR_COMPLETE_UNKNOWN &&
           latest->next == NULL && hr_connection_client(latest->connection)->rst.frame != 0;
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
        (only->shown.frame == 0 && only->end == HR_POSITION_NONE)) {
        return has_lost_requests(opened);
    }
    return !opened->is_tls && only->begin != HR_POSITION_NONE &&
           !hr_bytes_is_whole(&hr_connection_client(opened)->out, HR_POSITION_START, only->begin);
}

/* Its own request may have said that it keeps none, or to whom else it goes: it is not in the
 * capture; or a snap length cut the head of its only one off, and it was closed right after the answer. */
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

/* Nothing of the server is in the capture for either of them: that @cause was refused may be
 * missing, too. A SYN that nobody refused is sent again. */
static bool may_have_been_refused(const hr_connection *cause, const hr_connection *opened)
{
    return cause->transport == HR_TRANSPORT_TCP && cause->established.frame == 0 &&
           hr_connection_server(cause)->last_sent.frame == 0 &&
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
    return hr_connection_is_in_disorder(model, cause, latest->sent) ||
           hr_connection_is_in_disorder(model, cause, latest->ended) ||
           (latest->next != NULL && hr_connection_is_in_disorder(model, cause, latest->next->sent));
}

/* What @cause was doing at the opening that it explains cannot be known from this capture. */
static bool is_doubtful(const hr_model *model, const hr_connection *cause,
                        const hr_connection *opened, hr_why why)
{
    if (cause->is_one_way || is_rest_in_disorder(model, cause, why, opened->judged.seen.latest) ||
        !hr_connection_is_legible(cause) || may_have_closed_before(cause, opened) ||
        may_have_been_refused(cause, opened) ||
        may_have_been_otherwise(cause, opened, why, opened->judged.seen.latest)) {
        return true;
    }
    return why == HR_WHY_IDLE_AVAILABLE &&
           (may_have_announced(model, cause) || may_keep_none(model, opened) ||
            (may_have_been_left(cause, opened) && !was_left(cause, opened)));
}

/* Whether what the connection of @latest did around @at_ns, before it or after, may have been on the
 * other side of it. */
static bool may_have_moved_over(const hr_clock *clock, const hr_request *latest, int64_t at_ns)
{
    const hr_moment ended = latest->connection->ending.at;

    return hr_clock_is_order_doubtful(clock, latest->sent.ns, at_ns) ||
           hr_clock_is_order_doubtful(clock, latest->ended.ns, at_ns) ||
           (latest->next != NULL &&
            hr_clock_is_order_doubtful(clock, latest->next->sent.ns, at_ns)) ||
           (ended.frame != 0 && hr_clock_is_order_doubtful(clock, ended.ns, at_ns));
}

/* What decided of @opened stands in no known order. A long rest stands, whatever else was swapped. */
static bool is_in_disorder(const hr_model *model, const hr_connection *opened,
                           const hr_opening *seen)
{
    const hr_clock *clock = &model->clock;
    const hr_request *first = opened->first_request;

    if (seen->why != HR_WHY_IDLE_AVAILABLE || seen->latest == NULL) {
        return hr_clock_is_doubtful(clock, opened->opened.ns);
    }
    return may_have_moved_over(clock, seen->latest, opened->opened.ns) ||
           (first != NULL && may_have_moved_over(clock, seen->latest, first->sent.ns));
}

/* Whether the client of @opened had no use for what was idle: another program opened that, it is
 * authenticated for a user, who may be another, or its own first request says that it keeps none. */
static bool has_no_use_for(const hr_connection *opened, const hr_connection *idle)
{
    const hr_request *first = opened->first_request;
    const bool says_close = first != NULL && opened->close_said.by == HR_SIDE_CLIENT &&
                            opened->close_said.at.frame <= hr_request_frame(first);

    return says_close || idle->is_bound_to_user || hr_connection_is_other_program(opened, idle);
}

static bool has_gap(const hr_connection *connection)
{
    return !hr_connection_is_intact(connection, 0) || !hr_connection_is_intact(connection, 1);
}

/* What @cause did may be another program's, or for another name: where the client's requests differ
 * in these and its own are not in the capture. */
static bool may_be_of_others(const hr_connection *cause, const hr_connection *opened,
                             bool has_programs, bool has_names)
{
    return (has_programs && (is_program_lost(cause) || is_program_lost(opened))) ||
           (has_names && (is_name_lost(cause) || is_name_lost(opened)));
}

/* @idle turned out to be for another name than it was taken for. */
static bool is_for_another_name(const hr_connection *idle, const hr_connection *opened)
{
    return opened->name != NULL && idle->name != NULL && idle->name != opened->name &&
           !idle->has_several_names && !opened->has_several_names;
}

/* Callers run side by side: one that dials in the very moment of an answer, and others with it, has
 * not read that answer yet. One caller after the other waits for the new connection's. */
static bool is_before_reading(const hr_model *model, const hr_connection *opened)
{
    const int64_t moment_ns = hr_connection_right_after_ns(model, opened);

    return opened->judged.is_in_burst &&
           opened->judged.burst_ns - opened->judged.idle_ns <= moment_ns;
}

/* What @opened was judged to be when @idle seemed to be there for it. */
static hr_opening settle_idle(const hr_model *model, const hr_connection *opened,
                              const hr_connection *idle)
{
    if (has_no_use_for(opened, idle)) {
        return opened->judged.otherwise;
    }
    if (opened->judged.is_overtaken || is_before_reading(model, opened)) {
        return (hr_opening){.why = HR_WHY_ALL_BUSY, .connection = idle};
    }
    if ((opened->judged.is_provisional && was_given_up(model, idle, opened)) ||
        may_have_closed_unseen(idle, opened) || was_left(idle, opened)) {
        return (hr_opening){.why = HR_WHY_PREVIOUS_CLOSED, .connection = idle};
    }
    if (is_for_another_name(idle, opened)) {
        return opened->judged.if_named; /* it had not said its name yet */
    }
    if (idle->ending.may_be_undrained) {
        /* A client that dials while it has an answer to read, or one that missed it. */
        return (hr_opening){.why = HR_WHY_NONE};
    }
    return opened->opening;
}

void hr_opening_settle(const hr_model *model, hr_connection *connection, bool has_programs,
                       bool has_names)
{
    const hr_opening *seen = &connection->judged.seen;

    if (seen->connection != NULL && !seen->connection->is_in_scope) {
        if (has_gap(seen->connection)) {
            connection->opening = (hr_opening){.why = HR_WHY_NONE};
            return; /* a sibling whose ClientHello may be missing */
        }
        seen = &connection->judged.if_named; /* a sibling that turned out to carry no HTTP */
    }
    const hr_connection *cause = seen->connection;

    connection->opening = *seen;
    if ((connection->is_one_way && connection->is_tls) ||
        (connection->follows_unread && seen->why == HR_WHY_FIRST_CONTACT) ||
        is_in_disorder(model, connection, seen)) {
        connection->opening = (hr_opening){.why = HR_WHY_NONE};
        return;
    }
    if (seen->why == HR_WHY_OTHER_ADDRESS || cause == NULL) {
        return; /* whatever the other one did */
    }
    if (is_doubtful(model, cause, connection, seen->why) ||
        may_be_of_others(cause, connection, has_programs, has_names)) {
        connection->opening = (hr_opening){.why = HR_WHY_NONE};
    } else if (connection->is_race_loser && seen->why == HR_WHY_IDLE_AVAILABLE) {
        /* One idle connection explains one opening; of a bundle of dials, the one that served. */
        connection->opening.why = HR_WHY_ALL_BUSY;
    } else if (seen->why == HR_WHY_IDLE_AVAILABLE) {
        connection->opening = settle_idle(model, connection, cause);
    } else if (is_for_another_name(cause, connection)) {
        connection->opening = connection->judged.if_named; /* it had not said its name yet */
    }
}

/* The connection before @connection on its route in @table, which then has this one. */
static hr_connection *replace_on_route(GHashTable *table, hr_connection *connection,
                                       bool with_client_port)
{
    hr_route key = hr_route_of(connection);

    key.client_port = with_client_port ? key.client_port : 0;
    hr_connection *before = g_hash_table_lookup(table, &key);

    g_hash_table_insert(table, g_memdup2(&key, sizeof(key)), connection);
    return before;
}

/* Preconnects to two names of one address race with nobody. */
static bool are_other_names(const hr_connection *one, const hr_connection *other)
{
    const char *name = one->name != NULL ? one->name : one->tls->sni;
    const char *other_name = other->name != NULL ? other->name : other->tls->sni;

    return name != NULL && other_name != NULL && name != other_name;
}

/* What it was to speak was agreed on in what is missing, or late: it may be of any pool. */
static bool is_protocol_lost(const hr_connection *connection)
{
    return connection->is_tls && connection->protocol == HR_PROTOCOL_UNKNOWN &&
           !hr_connection_is_legible(connection);
}

static bool carried_no_request(const hr_connection *connection)
{
    return connection->is_opening_seen && connection->accepted.frame != 0 &&
           hr_connection_carried_nothing(connection);
}

/* Two dials to one address ran at the same time if one began before the other was ready. */
static bool is_parallel(const hr_connection *first, const hr_connection *second,
                        int64_t right_after_ns)
{
    const int64_t ready_ns =
        first->ready.frame != 0 ? first->ready.ns : first->opened.ns + right_after_ns;
    return first->is_opening_seen && second->is_opening_seen &&
           second->opened.ns <= MAX(ready_ns, first->opened.ns + right_after_ns);
}

/* @second was opened a moment after @first, whose first request had no answer by then. */
static void note_burst(hr_connection *first, hr_connection *second, int64_t right_after_ns)
{
    const hr_request *request = first->first_request;

    if (request != NULL && first->is_opening_seen && second->is_opening_seen &&
        second->opened.ns - first->opened.ns <= right_after_ns &&
        (!request->is_done || request->ended.frame > second->opened.frame)) {
        first->judged.is_in_burst = second->judged.is_in_burst = true;
        second->judged.burst_ns = first->judged.burst_ns;
    }
}

void hr_openings_compare(const hr_model *model, const GPtrArray *connections)
{
    GHashTable *by_ports = g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, NULL);
    GHashTable *by_server = g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, NULL);

    for (guint i = 0; i < connections->len; i++) {
        hr_connection *connection = connections->pdata[i];
        hr_connection *same_ports = replace_on_route(by_ports, connection, true);
        hr_connection *before = replace_on_route(by_server, connection, false);

        connection->is_race_loser = connection->is_replaced = false;
        connection->follows_unread =
            before != NULL && (before->follows_unread || is_protocol_lost(before));
        connection->judged.is_in_burst = false;
        connection->judged.burst_ns = connection->opened.ns;
        if (same_ports != NULL) {
            same_ports->is_replaced = true;
        }
        if (before == NULL || are_other_names(before, connection)) {
            continue;
        }
        note_burst(before, connection, model->settings.right_after_ns);
        if (is_parallel(before, connection, model->settings.right_after_ns)) {
            before->is_race_loser |= carried_no_request(before);
            connection->is_race_loser = carried_no_request(connection);
        }
    }
    g_hash_table_destroy(by_server);
    g_hash_table_destroy(by_ports);
}

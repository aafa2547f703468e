/* settle.c
 * What only the whole capture tells of an opening: whether the idle connection that explains it
 * had been given up, which of several dials at once was not needed, whose ports were used again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/opening/settle.h"

#include "core/model/ahead.h"
#include "core/model/quic.h"
#include "core/opening/doubts.h"
#include "core/opening/pool_private.h"

/* Another request went to @idle after the @first one on what was opened beside it. */
static bool was_used_since(const hr_connection *idle, const hr_request *first)
{
    return idle->last_request != NULL && idle->last_request->sent.frame > first->sent.frame;
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

    return first != NULL && ending->first_fin == HR_SIDE_CLIENT &&
           hr_connection_may_end_after_answer(model, idle) && !was_used_since(idle, first) &&
           (is_lost || !first->is_done || ending->at.frame < first->ended.frame);
}

/* The capture ends before anybody knows. */
static bool is_not_known_yet(const hr_model *model, const hr_connection *idle,
                             const hr_connection *opened)
{
    const hr_request *first = opened->first_request;

    return idle->ending.at.frame == 0 && first != NULL && !was_used_since(idle, first) &&
           model->now.ns - opened->judged.seldom->idle_ns <=
               hr_connection_right_after_ns(model, idle);
}

/* The client closed it right after its answer, and the clock ticks too slowly to say whether its
 * pool had no place for it. */
static bool may_have_been_dropped(const hr_model *model, const hr_connection *idle)
{
    return idle->ending.first_fin == HR_SIDE_CLIENT &&
           hr_connection_may_end_after_answer(model, idle) &&
           !hr_clock_tells(&model->clock, model->settings.pool_settle_ns);
}

/* Without keys QUIC hides its CONNECTION_CLOSE. A connection on which nothing came any more once
 * another was opened is not said to have been idle and free. */
static bool may_have_closed_unseen(const hr_connection *idle, const hr_connection *opened)
{
    return idle->seldom->quic != NULL && hr_connection_is_opaque(idle) &&
           idle->last_seen.frame < opened->opened.frame;
}

/* Whether the client of @opened had no use for what was idle: another program opened that, it is
 * authenticated for a user, who may be another, it is a
 * health check, or its own first request says that it keeps none. */
static bool has_no_use_for(const hr_connection *opened, const hr_connection *idle)
{
    const hr_close_said *said = &opened->seldom->close_said;
    const bool says_close = said->by == HR_SIDE_CLIENT && /* in a request */
                            said->at.frame <= hr_request_frame(opened->first_request);

    return says_close || hr_connection_is_check(opened) || idle->is_bound_to_user ||
           hr_connection_is_other_program(opened, idle);
}

static bool has_gap(const hr_connection *connection)
{
    return !hr_connection_is_intact(connection, 0) || !hr_connection_is_intact(connection, 1);
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

    return opened->judged.may_be_in_burst &&
           hr_opening_burst_ns(opened) - opened->judged.seldom->idle_ns <= moment_ns;
}

/* Its client had lost it before it opened @opened, without a word: it had taken its port again. */
static bool was_lost_by(const hr_connection *other, const hr_connection *opened)
{
    const uint32_t replaced_in = other->judged.seldom->replaced_in;

    return replaced_in != 0 && replaced_in <= opened->opened.frame;
}

/* What @opened was judged to be when @idle seemed to be there for it. */
static hr_opening settle_idle(const hr_model *model, const hr_connection *opened,
                              const hr_connection *idle)
{
    if (has_no_use_for(opened, idle)) {
        return opened->judged.seldom->otherwise;
    }
    if (opened->judged.is_overtaken ||
        (opened->judged.is_in_burst && is_before_reading(model, opened))) {
        return (hr_opening){.why = HR_WHY_ALL_BUSY, .connection = idle};
    }
    if (is_before_reading(model, opened)) {
        return (hr_opening){.why = HR_WHY_NONE};
    }
    if (hr_quic_is_unheard(idle) && idle->last_seen.frame < opened->opened.frame) {
        return hr_quic_is_abandoned(idle, model->now.ns)
                   ? (hr_opening){.why = HR_WHY_PREVIOUS_CLOSED, .connection = idle}
                   : (hr_opening){.why = HR_WHY_NONE};
    }
    if ((opened->judged.is_provisional && was_given_up(model, idle, opened)) ||
        may_have_closed_unseen(idle, opened) || hr_opening_was_left(idle, opened) ||
        was_lost_by(idle, opened)) {
        return (hr_opening){.why = HR_WHY_PREVIOUS_CLOSED, .connection = idle};
    }
    if (is_for_another_name(idle, opened)) {
        return *hr_judged_if_named(&opened->judged); /* it had not said its name yet */
    }
    if (is_not_known_yet(model, idle, opened) || idle->ending.may_be_undrained ||
        may_have_been_dropped(model, idle)) {
        /* A client that dials while it has an answer to read, or one that missed it. */
        return (hr_opening){.why = HR_WHY_NONE};
    }
    return opened->judged.seen;
}

void hr_opening_settle(const hr_model *model, hr_connection *connection, bool has_programs,
                       bool has_names)
{
    const hr_opening *seen = &connection->judged.seen;

    if (seen->connection != NULL && hr_connection_serves_another(seen->connection, connection)) {
        seen = hr_judged_if_named(&connection->judged); /* a sibling that was another client's */
    } else if (seen->connection != NULL && !seen->connection->is_in_scope) {
        if (has_gap(seen->connection)) {
            hr_judged_tell(&connection->judged, HR_OPENING_NONE);
            return; /* a sibling whose ClientHello may be missing */
        }
        seen = hr_judged_if_named(
            &connection->judged); /* a sibling that turned out to carry no HTTP */
    }
    const hr_connection *cause = seen->connection;

    hr_judged_tell(&connection->judged, *seen);
    if ((connection->is_one_way && connection->is_tls) ||
        (connection->follows_unread && seen->why == HR_WHY_FIRST_CONTACT) ||
        hr_opening_is_untimed(model, connection, seen)) {
        hr_judged_tell(&connection->judged, HR_OPENING_NONE);
        return;
    }
    if (seen->why == HR_WHY_OTHER_ADDRESS || cause == NULL) {
        return; /* whatever the other one did */
    }
    if (hr_opening_is_doubtful(model, cause, connection, seen->why) ||
        hr_opening_may_be_of_others(cause, connection, has_programs, has_names)) {
        hr_judged_tell(&connection->judged, HR_OPENING_NONE);
    } else if (connection->is_race_loser && seen->why == HR_WHY_IDLE_AVAILABLE) {
        /* One idle connection explains one opening; of a bundle of dials, the one that served. */
        hr_opening instead = *seen;
        instead.why = HR_WHY_ALL_BUSY;
        hr_judged_tell(&connection->judged, instead);
    } else if (seen->why == HR_WHY_IDLE_AVAILABLE) {
        hr_judged_tell(&connection->judged, settle_idle(model, connection, cause));
    } else if (is_for_another_name(cause, connection)) {
        hr_judged_tell(&connection->judged, /* it had not said its name yet */
                       *hr_judged_if_named(&connection->judged));
    }
}

/* A set that has one connection of each pair of ports, which is its own key: there may be a million. */
static guint hash_ports(gconstpointer connection)
{
    const hr_route route = hr_route_of(connection);
    return hr_route_hash(&route);
}

static gboolean are_ports_equal(gconstpointer left, gconstpointer right)
{
    const hr_route one = hr_route_of(left);
    const hr_route other = hr_route_of(right);
    return hr_route_equal(&one, &other);
}

/* @later has the addresses and ports of @earlier. */
static void note_replaced(hr_connection *earlier, const hr_connection *later)
{
    earlier->is_replaced = true;
    if (earlier->ending.at.frame == 0) { /* the others need no more memory */
        hr_judged_seldom_of(&earlier->judged)->replaced_in = later->opened.frame;
    }
}

/* The connection before @connection between the same ports, of which @set then has this one; or
 * NULL. */
static hr_connection *replace_by_ports(GHashTable *set, hr_connection *connection)
{
    hr_connection *before = g_hash_table_lookup(set, connection);

    g_hash_table_add(set, connection);
    return before;
}

typedef struct {
    hr_route route; /* the first member: what stands in the table is its own key */
    hr_connection *latest;
} latest_on_route;

static GHashTable *table_by_route(void)
{
    return g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, NULL);
}

/* The connection before @connection on @route, of which @table then has this one; or NULL. */
static hr_connection *replace_on_route(GHashTable *table, hr_route route, hr_connection *connection)
{
    latest_on_route *known = g_hash_table_lookup(table, &route);

    if (known == NULL) {
        const latest_on_route first = {route, connection};
        g_hash_table_add(table, g_memdup2(&first, sizeof(first)));
        return NULL;
    }
    hr_connection *before = known->latest;
    known->latest = connection;
    return before;
}

static hr_connection *replace_by_server(GHashTable *table, hr_connection *connection)
{
    hr_route route = hr_route_of(connection);

    route.client_port = 0;
    return replace_on_route(table, route, connection);
}

/* Preconnects to two names of one address race with nobody. */
static bool are_other_names(const hr_connection *one, const hr_connection *other)
{
    const char *name = one->name != NULL ? one->name : one->seldom->tls->sni;
    const char *other_name = other->name != NULL ? other->name : other->seldom->tls->sni;

    return name != NULL && other_name != NULL && name != other_name;
}

/* What it was to speak was agreed on in what is missing, or late: it may be of any pool. */
static bool is_protocol_lost(const hr_connection *connection)
{
    return connection->protocol == HR_PROTOCOL_UNKNOWN && !hr_connection_is_legible(connection);
}

/* One for the same name at another address, of which nobody saw what became: not a request, and
 * nothing of it since @opened was. */
static bool is_lost_elsewhere(const hr_connection *other, const hr_connection *opened)
{
    return other != NULL && other->place.pool == NULL &&
           other->seldom->tls->failed_by == HR_SIDE_NONE &&
           other->last_seen.frame < opened->opened.frame &&
           hr_connection_server(other)->endpoint.address !=
               hr_connection_server(opened)->endpoint.address;
}

static const hr_connection *replace_by_name(GHashTable *table, hr_connection *connection)
{
    const char *name = connection->seldom->tls->sni;

    return name != NULL ? replace_on_route(table, hr_name_route_of(connection, name), connection)
                        : NULL;
}

static bool carried_no_request(const hr_connection *connection)
{
    return hr_connection_accepted(connection).frame != 0 &&
           hr_connection_carried_nothing(connection);
}

/* Two dials to one address ran at the same time if one began before the other was ready, or over. */
static bool is_parallel(const hr_connection *first, const hr_connection *second,
                        int64_t right_after_ns)
{
    const int64_t soon_ns = first->opened.ns + right_after_ns;
    const uint32_t over = first->ending.at.frame;

    return first->is_opening_seen && second->is_opening_seen &&
           (over == 0 || over > second->opened.frame) &&
           second->opened.ns <= MAX(hr_connection_ready(first).ns, soon_ns);
}

/* Nobody saw an answer to @request by the time that @second was opened, and it may have come. */
static bool may_have_been_answered(const hr_model *model, const hr_request *request,
                                   const hr_connection *second)
{
    const hr_connection *first = request->connection;

    if (request->is_done) {
        return request->complete == HR_COMPLETE_UNKNOWN;
    }
    return first->is_one_way || !hr_request_is_server_intact_since(request) ||
           (first->last_seen.frame < second->opened.frame &&
            hr_losses_are_between(&model->losses, first->last_seen.frame, second->opened.frame));
}

/* @second was opened a moment after @first, whose first request had no answer by then. */
static void note_burst(const hr_model *model, hr_connection *first, hr_connection *second)
{
    const int64_t right_after_ns = model->settings.right_after_ns;
    const hr_request *request = first->first_request;

    if (request != NULL && first->is_opening_seen && second->is_opening_seen &&
        second->opened.ns - first->opened.ns <= right_after_ns &&
        (!request->is_done || request->ended.frame > second->opened.frame)) {
        const int64_t burst_ns = hr_opening_burst_ns(first);
        first->judged.may_be_in_burst = second->judged.may_be_in_burst = true;
        if (!may_have_been_answered(model, request, second)) {
            first->judged.is_in_burst = second->judged.is_in_burst = true;
        }
        hr_judged_seldom_of(&first->judged)->burst_ns = burst_ns;
        hr_judged_seldom_of(&second->judged)->burst_ns = burst_ns;
    }
}

void hr_openings_compare(const hr_model *model, const GPtrArray *connections)
{
    GHashTable *by_ports = g_hash_table_new(hash_ports, are_ports_equal);
    GHashTable *by_server = table_by_route();
    GHashTable *by_name = table_by_route();

    for (guint i = 0; i < connections->len; i++) {
        hr_fetch_ahead(connections, i);
        hr_connection *connection = connections->pdata[i];
        hr_connection *same_ports = replace_by_ports(by_ports, connection);
        hr_connection *before = replace_by_server(by_server, connection);

        connection->is_race_loser = connection->is_replaced = false;
        connection->follows_unread =
            before != NULL &&
            (before->follows_unread || is_protocol_lost(before) || is_protocol_lost(connection));
        connection->follows_unread |=
            is_lost_elsewhere(replace_by_name(by_name, connection), connection);
        connection->judged.is_in_burst = connection->judged.may_be_in_burst = false;
        if (same_ports != NULL) {
            note_replaced(same_ports, connection);
        }
        if (before == NULL || are_other_names(before, connection)) {
            continue;
        }
        note_burst(model, before, connection);
        if (is_parallel(before, connection, model->settings.right_after_ns)) {
            before->is_race_loser |= carried_no_request(before);
            connection->is_race_loser = carried_no_request(connection);
        }
    }
    g_hash_table_destroy(by_name);
    g_hash_table_destroy(by_server);
    g_hash_table_destroy(by_ports);
}

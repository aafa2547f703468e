/* offers.c
 * What the pools of one judgement had to offer at a moment in the recent past. It decides nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/opening/offers.h"

enum {
    SCAN_IDLE = 8,   /* idle ones looked at from either end of their queue */
    SCAN_OPEN = 256, /* open connections looked at for one that was busy */
    FEW_STREAMS = 2, /* records in flight: one of two may hold a body */

    /* Of TCP, what came twice is acknowledged at once (RFC 9293 §3.10.7.4): that was sent a third
     * time because not even the second was heard of. */
    REPEATS_UNHEARD = 2
};

static bool lies_within(int64_t at, int64_t begin, int64_t end)
{
    return begin <= at && at < end;
}

/* Where the opening was not captured, nothing is known before its first message. */
static bool is_before_first_exchange(const hr_connection *connection, int64_t at)
{
    return connection->first_request != NULL ? at < connection->first_request->sent.ns
                                             : connection->exchange_count == 0;
}

/* Nobody can tell what it was doing: its records cannot be read any more, or only one direction
 * is in the capture. */
static bool is_illegible(const hr_connection *connection)
{
    return !hr_connection_is_legible(connection) || hr_connection_is_one_way(connection);
}

/* The answer that it waited for @at was over, or not yet: nobody is shown. */
static bool was_maybe_over(const hr_connection *connection, int64_t at)
{
    const hr_request *ended = connection->last_ended;

    if (connection->head != NULL && connection->head->sent.ns <= at) {
        return connection->outstanding == 1 && hr_connection_head_may_be_over(connection);
    }
    return ended != NULL && ended->complete == HR_COMPLETE_UNKNOWN && ended->sent.ns <= at;
}

/* Of HTTP/2 that nobody can read more was asked at once than the server has answered since: its last
 * word may have ended no stream, and there may be no more than these. */
static bool may_have_no_stream(const hr_connection *connection)
{
    return hr_connection_is_opaque(connection) && hr_connection_may_speak_h2(connection) &&
           connection->seldom->tls->in_flight >= FEW_STREAMS;
}

hr_past_state hr_past_state_at(const hr_connection *connection, hr_moment moment)
{
    const int64_t at = moment.ns;

    /* By the order of the capture: its clock may have gone back meanwhile. */
    if (connection->closing.frame != 0 && connection->closing.frame <= moment.frame) {
        return HR_WAS_CLOSING;
    }
    if (!connection->is_opening_seen && is_before_first_exchange(connection, at)) {
        return HR_WAS_UNKNOWN;
    }
    if (is_illegible(connection)) {
        return HR_WAS_HIDDEN;
    }
    if (connection->available_since.frame != 0 && connection->available_since.ns <= at) {
        if (may_have_no_stream(connection)) {
            return HR_WAS_HIDDEN;
        }
        return hr_connection_is_unacknowledged(connection, at) ? HR_WAS_BUSY : HR_WAS_IDLE;
    }
    if (lies_within(at, connection->available_before_ns[0], connection->available_before_ns[1])) {
        return HR_WAS_IDLE;
    }
    return was_maybe_over(connection, at) ? HR_WAS_HIDDEN : HR_WAS_BUSY;
}

/* What its client sends goes unheard, and again: its PING, its request, or what nobody can read. It has
 * given such a one up, or is about to. */
static bool is_unheard(const hr_connection *connection)
{
    const uint32_t repeats = hr_connection_client(connection)->seldom->repeats;

    return repeats >=
           (connection->transport == HR_TRANSPORT_QUIC ? HR_REPEATS_IN_VAIN : REPEATS_UNHEARD);
}

static bool is_free_since(const hr_connection *connection, int64_t at)
{
    return connection->available_since.ns <= at && !is_illegible(connection) &&
           !is_unheard(connection) && !may_have_no_stream(connection) &&
           !hr_connection_is_unacknowledged(connection, at);
}

static bool is_offer(const hr_connection *idle, const hr_connection *opened, int64_t at)
{
    return idle != opened && is_free_since(idle, at) &&
           !hr_connection_seems_other_program(idle, opened);
}

/* Any connection in @queue that is idle since @at or earlier and that @opened's client could have
 * taken: one of the latest, else one of the longest idle. */
static hr_connection *idle_since(const GQueue *queue, const hr_connection *opened, int64_t at)
{
    unsigned budget = SCAN_IDLE;

    for (const GList *link = queue->tail; link != NULL && budget > 0; link = link->prev, budget--) {
        if (is_offer(link->data, opened, at)) {
            return link->data;
        }
    }
    budget = SCAN_IDLE;
    for (const GList *link = queue->head; link != NULL && budget > 0; link = link->next, budget--) {
        if (is_offer(link->data, opened, at)) {
            return link->data;
        }
    }
    return NULL;
}

/* What more there is to see changes nothing. */
static bool is_decided(const hr_offers *found)
{
    return found->busy != NULL || (found->hidden != NULL && !found->is_busy_asked);
}

bool hr_has_misdirected(const hr_connection *other, const hr_connection *opened)
{
    return other->seldom->tls->misdirected != NULL &&
           other->seldom->tls->misdirected == opened->name;
}

static void look_at(hr_offers *found, const hr_connection *other, const hr_connection *opened)
{
    /* One more that was closing by then, and before that one, tells nothing. */
    if (found->closed != NULL && other->closing.frame != 0 &&
        other->closing.frame <= MIN(opened->opened.frame, found->closed->closing.frame)) {
        return;
    }
    const hr_past_state state = hr_past_state_at(other, opened->opened);
    const hr_connection **kind = NULL;

    if (other == opened || hr_has_misdirected(other, opened) ||
        hr_connection_seems_other_program(opened, other) ||
        other->opened.frame > opened->opened.frame) {
        return;
    }
    if (other->first_seen.frame > opened->opened.frame) {
        found->has_later = true;
        return;
    }
    if (state == HR_WAS_BUSY) {
        kind = &found->busy;
    } else if (state == HR_WAS_HIDDEN) {
        kind = &found->hidden;
    } else if (other->closing.frame != 0) {
        kind = &found->closed;
    } else {
        kind = state == HR_WAS_UNKNOWN ? &found->unknown : &found->used;
    }
    /* The latest that closed explains, of whichever pool: one before that came no further. */
    if (*kind == NULL || kind == &found->closed) {
        *kind = other;
    }
}

static void look_at_pool(hr_offers *found, const hr_pool *pool, const hr_connection *opened,
                         unsigned *budget)
{
    for (const GList *link = pool->open.tail; link != NULL && *budget > 0 && !is_decided(found);
         link = link->prev, --*budget) {
        look_at(found, link->data, opened);
    }
    for (size_t back = 0; hr_pool_closed_at(pool, back) != NULL; back++) {
        look_at(found, hr_pool_closed_at(pool, back), opened);
    }
}

hr_offers hr_offers_of(const hr_pool_group *group, const hr_pool *pool, const hr_connection *opened,
                       bool is_busy_asked)
{
    hr_offers found = {.is_busy_asked = is_busy_asked};
    unsigned budget = SCAN_OPEN;

    if (pool == group->nameless) {
        for (guint i = 0; i < group->pools->len && budget > 0; i++, budget--) {
            look_at_pool(&found, group->pools->pdata[i], opened, &budget);
            if (budget == 0) {
                break;
            }
        }
    } else {
        look_at_pool(&found, pool, opened, &budget);
        look_at_pool(&found, group->nameless, opened, &budget);
    }
    return found;
}

hr_connection *hr_idle_offer(const hr_pool_group *group, const hr_pool *pool,
                             const hr_connection *opened, int64_t syn_ns)
{
    if (pool == group->nameless) {
        return idle_since(&group->idle, opened, syn_ns);
    }
    hr_connection *own = idle_since(&pool->idle, opened, syn_ns);
    return own != NULL ? own : idle_since(&group->nameless->idle, opened, syn_ns);
}

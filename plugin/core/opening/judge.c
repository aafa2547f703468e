/* judge.c
 * Who could have served a request instead of a new connection? Each judgement looks at a bounded
 * number of connections, so that a capture of a million connections stays linear.
 *
 * A judgement falls when a connection carries its first request, since only then the name is
 * known (cleartext) and only then it is clear whether an idle connection stayed idle. It looks
 * back at the SYN: was a connection idle, busy or closing then?
 *
 * A client may open a connection just before it closes the one before (in Go, Body.Close
 * returns earlier than the socket closes). So an idle connection that became idle only a
 * moment ago explains nothing yet: the reason is provisional until hr_analyse() knows whether
 * it was closed right after.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/opening/offers.h"

enum {
    SCAN_SETUP = 64,      /* connections being set up looked at */
    SYN_BACK_OFF_MAX = 6, /* times that a SYN is sent again, net.ipv4.tcp_syn_retries */
};

#define SYN_LATE_NS HR_NS_PER_S /* of a timer, or of a client that is far from the capture */

/* Whether the server's address served another name to this client before; the pools of a merged
 * group keep theirs. */
static bool is_address_shared(const hr_pool_group *group, const hr_pool *pool)
{
    for (guint i = 0; i < group->pools->len && i < 3; i++) {
        const hr_pool *other = group->pools->pdata[i];
        if (other != pool && other->name != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether the open streams of @other were at the server's limit at the SYN of @opened, or have
 * been since. */
static bool was_exhausted(const hr_connection *other, const hr_connection *opened)
{
    const hr_past_state state = hr_past_state_at(other, opened->opened);

    if (other == opened || other->seldom->streams->exhausted.frame == 0 ||
        state == HR_WAS_CLOSING || other->opened.frame > opened->opened.frame) {
        return false;
    }
    return other->seldom->streams->exhausted.ns >= opened->opened.ns || state == HR_WAS_BUSY;
}

/* The connection that had no stream to spare, or NULL. Of many dials at once each is explained by
 * it, and not by a sibling that is being set up. */
static const hr_connection *exhausted_since(const hr_pool_group *group, const hr_pool *pool,
                                            const hr_connection *opened, const hr_offers *found)
{
    const hr_connection *const those[] = {pool == group->nameless ? group->full : pool->full,
                                          group->nameless->full, found->busy, found->used};

    for (size_t i = 0; i < G_N_ELEMENTS(those); i++) {
        if (those[i] != NULL && was_exhausted(those[i], opened)) {
            return those[i];
        }
    }
    return NULL;
}

/* The idle connection that should have been taken, if there is one. An answer is read a moment
 * after it is on the wire. Where one request comes after the other, the client has read it when
 * it goes on; where they run side by side, or may, another caller may dial in that very moment. */
static const hr_connection *missed_offer(const hr_model *model, const hr_pool_group *group,
                                         const hr_pool *pool, const hr_connection *opened)
{
    const int64_t moment_ns = hr_connection_right_after_ns(model, opened);
    const hr_connection *idle = hr_idle_offer(group, pool, opened, opened->opened.ns - moment_ns);

    if (idle != NULL) {
        return idle;
    }
    idle = hr_idle_offer(group, pool, opened, opened->opened.ns);
    if (idle == NULL) {
        return NULL;
    }
    const hr_offers found = hr_offers_of(group, pool, opened, false);
    return found.busy == NULL && found.hidden == NULL ? idle : NULL;
}

static hr_opening judge_by_pool(const hr_model *model, const hr_pool_group *group,
                                const hr_pool *pool, const hr_connection *opened)
{
    const hr_connection *idle = missed_offer(model, group, pool, opened);
    if (idle != NULL && !hr_has_misdirected(idle, opened)) {
        return (hr_opening){
            .why = HR_WHY_IDLE_AVAILABLE, .connection = idle, .latest = idle->last_request};
    }
    const hr_offers found = hr_offers_of(group, pool, opened, false);
    if (found.hidden != NULL) {
        return (hr_opening){.why = HR_WHY_NONE}; /* it may have been free */
    }
    const hr_connection *full = exhausted_since(group, pool, opened, &found);
    if (full != NULL) {
        return (hr_opening){.why = HR_WHY_STREAMS_EXHAUSTED, .connection = full};
    }
    if (found.busy != NULL) {
        return (hr_opening){
            .why = HR_WHY_ALL_BUSY, .connection = found.busy, .latest = found.busy->head};
    }
    if (found.used != NULL) {
        /* Another request took it between the SYN and the first request here. */
        return (hr_opening){.why = HR_WHY_ALL_BUSY, .connection = found.used};
    }
    if (found.closed != NULL && (found.unknown != NULL || found.has_later)) {
        return (hr_opening){.why = HR_WHY_NONE}; /* there may have been others, and free */
    }
    if (found.closed != NULL) {
        return (hr_opening){.why = HR_WHY_PREVIOUS_CLOSED, .connection = found.closed};
    }
    if (found.unknown != NULL) {
        return (hr_opening){.why = HR_WHY_CAPTURE_STARTED_LATE, .connection = found.unknown};
    }
    if (found.has_later) {
        return (hr_opening){.why = HR_WHY_NONE};
    }
    return (hr_opening){.why = HR_WHY_FIRST_CONTACT,
                        .shares_address = is_address_shared(group, pool)};
}

/* Something that nobody took for HTTP has been answered on it, or it is another one again: it is no
 * sibling. */
static bool carries_something_else(const hr_connection *connection)
{
    return hr_connection_is_copy(connection) ||
           (!connection->is_in_scope && !connection->is_tls &&
            hr_connection_server(connection)->out.captured > 0);
}

/* Nobody answered its SYN, and its kernel did not send that again when it was time to (RFC 6298 §2.1, §5.5:
 * after a second, then two): its client had given the dial up, an ICMP error may have told it to. */
static bool was_given_up(const hr_connection *dial, hr_moment by)
{
    const hr_tcp_end *client = hr_connection_client(dial);
    const unsigned again = MIN(MAX(client->syn_count, 1U) - 1U, SYN_BACK_OFF_MAX);

    return dial->transport == HR_TRANSPORT_TCP && dial->established.frame == 0 &&
           hr_connection_server(dial)->last_sent.frame == 0 &&
           by.ns - client->last_sent.ns > (HR_INITIAL_RTO_NS << again) + SYN_LATE_NS;
}

/* Another connection to the same address that has not said yet what it carries. */
static const hr_connection *sibling_in_setup(hr_model *model, const hr_connection *opened,
                                             bool is_opening_seen)
{
    const hr_address *address = hr_address_of(model, opened);
    unsigned budget = SCAN_SETUP;

    for (const GList *link = address != NULL ? address->setup.head : NULL;
         link != NULL && budget > 0; link = link->next, budget--) {
        const hr_connection *other = link->data;
        if (other != opened && other->is_opening_seen == is_opening_seen &&
            !carries_something_else(other) && !was_given_up(other, model->now)) {
            return other;
        }
    }
    return NULL;
}

/* Whether TLS to the same address that began before the capture still goes on, and nothing tells
 * for which name: where it was used, it may have been free, or another caller's. */
static bool has_unread_beside(hr_model *model, const hr_connection *opened)
{
    const hr_address *address = opened->is_tls ? hr_address_of(model, opened) : NULL;
    unsigned budget = SCAN_SETUP;

    for (const GList *link = address != NULL ? address->setup.head : NULL;
         link != NULL && budget > 0; link = link->next, budget--) {
        const hr_connection *other = link->data;
        if (other->seldom->is_begun_tls) {
            return true;
        }
    }
    return false;
}

/* What connections tell that never said a name: they match any. @by_pool is what the named
 * ones told. */
static hr_opening judge_by_nameless(hr_model *model, const hr_connection *opened,
                                    hr_opening by_pool)
{
    const hr_connection *sibling = opened->judged.seldom->sibling;
    const hr_connection *closed = opened->judged.seldom->closed_nameless;

    if (by_pool.why == HR_WHY_IDLE_AVAILABLE || by_pool.why == HR_WHY_ALL_BUSY ||
        by_pool.why == HR_WHY_STREAMS_EXHAUSTED || by_pool.why == HR_WHY_NONE) {
        return by_pool;
    }
    if (sibling != NULL && !carries_something_else(sibling)) {
        return (hr_opening){.why = HR_WHY_ALL_BUSY, .connection = sibling};
    }
    if (by_pool.why == HR_WHY_PREVIOUS_CLOSED && has_unread_beside(model, opened)) {
        return (hr_opening){.why = HR_WHY_NONE}; /* it may be of this pool, and free */
    }
    if (by_pool.why != HR_WHY_FIRST_CONTACT) {
        return by_pool;
    }
    if (closed != NULL && !carries_something_else(closed)) {
        return (hr_opening){.why = HR_WHY_PREVIOUS_CLOSED, .connection = closed};
    }
    sibling = sibling_in_setup(model, opened, false);
    if (sibling != NULL && sibling->first_seen.frame > opened->opened.frame) {
        return (hr_opening){.why = HR_WHY_NONE};
    }
    if (sibling != NULL) {
        return (hr_opening){.why = HR_WHY_CAPTURE_STARTED_LATE, .connection = sibling};
    }
    return by_pool;
}

/* Why a client that keeps no connections opened one, whatever was idle. */
static hr_opening judge_without_pool(const hr_pool_group *group, const hr_pool *pool,
                                     const hr_connection *opened)
{
    const hr_offers found = hr_offers_of(group, pool, opened, true);

    if (found.closed != NULL) {
        return (hr_opening){.why = HR_WHY_PREVIOUS_CLOSED, .connection = found.closed};
    }
    if (found.busy != NULL) {
        return (hr_opening){.why = HR_WHY_ALL_BUSY, .connection = found.busy};
    }
    if (found.hidden != NULL) {
        return (hr_opening){.why = HR_WHY_NONE};
    }
    return (hr_opening){.why = HR_WHY_FIRST_CONTACT, .shares_address = true};
}

/* A first contact with an address may be none with the name: addresses rotate in DNS, and balancers
 * have several. Clients that pool by name would have used the other one. */
static hr_opening by_name(hr_model *model, const hr_connection *opened, const hr_pool *pool,
                          hr_opening opening)
{
    const hr_route key = hr_name_route_of(opened, pool->name);
    const hr_connection *other = opening.why == HR_WHY_FIRST_CONTACT
                                     ? g_hash_table_lookup(hr_pools_of(model)->names, &key)
                                     : NULL;

    if (other == NULL || opened->transport == HR_TRANSPORT_TUNNEL ||
        other->transport == HR_TRANSPORT_TUNNEL || /* whose address is the target as it was said */
        hr_connection_server(other)->endpoint.address ==
            hr_connection_server(opened)->endpoint.address) {
        return opening;
    }
    opening.why = HR_WHY_OTHER_ADDRESS;
    opening.connection = other;
    opening.was_idle = hr_past_state_at(other, opened->opened) == HR_WAS_IDLE;
    return opening;
}

static void judge(hr_judged *judged, hr_opening seen, hr_opening if_named)
{
    const hr_opening told = *hr_judged_told(judged);

    judged->seen = seen;
    hr_judged_tell(judged, told); /* that stays as it is */
    judged->has_if_named = !hr_opening_is_equal(&seen, &if_named);
    if (judged->has_if_named) {
        hr_judged_seldom_of(judged)->if_named = if_named;
    }
}

void hr_pool_judge_opening(hr_model *model, hr_connection *opened, hr_pool_group *group,
                           hr_pool *pool)
{
    const hr_opening by_pool = judge_by_pool(model, group, pool, opened);

    hr_opening seen = by_pool;
    hr_opening if_named = by_pool;
    if (by_pool.why == HR_WHY_IDLE_AVAILABLE) {
        hr_connection *idle = (hr_connection *)by_pool.connection;
        hr_judged_seldom *seldom = hr_judged_seldom_of(&opened->judged);
        seldom->otherwise = judge_without_pool(group, pool, opened);
        hr_pool_taken(idle); /* out of the idle queues: it explains one opening at a time */
        hr_pool_explain(idle, opened);
        if (opened->name == NULL || (idle->name == NULL && pool != group->nameless)) {
            /* If either says another name later, nobody looked for what there was beside it. */
            if_named = (hr_opening){.why = HR_WHY_NONE};
        }
        seldom->idle_ns = idle->available_since.ns;
        opened->judged.is_provisional =
            model->now.ns - idle->available_since.ns <= hr_connection_right_after_ns(model, idle);
    } else {
        seen = judge_by_nameless(model, opened, by_pool);
    }
    judge(&opened->judged, by_name(model, opened, pool, seen),
          by_name(model, opened, pool, if_named));
    if (!opened->judged.is_provisional) {
        hr_judged_tell(&opened->judged, opened->judged.seen);
    }
}

/* A connection may never carry a request: then what was known at its SYN has to do. */
void hr_pool_judge_at_syn(hr_model *model, hr_connection *opened)
{
    static const struct {
        const char *scheme;
        uint16_t family;
    } kinds[] = {{hr_scheme_http, 1},
                 {hr_scheme_https, 1},
                 {hr_scheme_https, 2},
                 {hr_scheme_http, 2},
                 {hr_scheme_https, HR_FAMILY_QUIC}};
    const bool is_quic = opened->transport == HR_TRANSPORT_QUIC;
    hr_route route = hr_group_route_of(opened);

    hr_opening by_pool = {.why = HR_WHY_FIRST_CONTACT};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        route.scheme = kinds[i].scheme;
        route.family = kinds[i].family;
        const hr_pool_group *group = (kinds[i].family == HR_FAMILY_QUIC) == is_quic
                                         ? g_hash_table_lookup(hr_pools_of(model)->groups, &route)
                                         : NULL;
        if (group != NULL) { /* an address and port serves one kind, as a rule */
            by_pool = judge_by_pool(model, group, group->nameless, opened);
            break;
        }
    }
    const hr_connection *sibling = sibling_in_setup(model, opened, true);
    if (sibling != opened->judged.seldom->sibling) {
        hr_judged_seldom_of(&opened->judged)->sibling = sibling;
    }
    if (by_pool.why == HR_WHY_IDLE_AVAILABLE) {
        hr_judged_seldom_of(&opened->judged)->idle_ns = by_pool.connection->available_since.ns;
    }
    judge(&opened->judged, judge_by_nameless(model, opened, by_pool), by_pool);
}

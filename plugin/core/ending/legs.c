/* legs.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/legs.h"

#include "core/ending/ends.h"
#include "core/ending/here.h"
#include "core/ending/leg_match.h"
#include "core/ending/leg_programs.h"
#include "core/model/route.h"
#include "core/model/store.h"

enum {
    SLOTS = 4096,   /* a power of two */
    WAITING = 16,   /* the latest requests of one slot */
    PASSED_MIN = 2, /* one alone may have been asked for the same by chance */
};

/* Requests that wait, or waited, at what may be a client elsewhere. */
typedef struct {
    hr_request *latest[WAITING];
    unsigned next;
    uint32_t lost_until; /* one that has no place any more waits up to this frame */
} hr_slot;

/* Those at hosts that ask elsewhere; and all, NULL where nothing says that it is a proxy. */
typedef struct {
    hr_model *model;
    hr_slot *at_clients;
    hr_slot *by_tail; /* those at_clients again, by how their paths end */
    hr_slot *at_host; /* ... and by where they were asked */
    hr_slot *all;
} hr_fronts;

/* By its text, and not by where that lies, nor with a key: which ones share a slot is the same in
 * every run. Names that were chosen to share one cost no time, and leave no more than an unknown. */
static hr_slot *slot_of(hr_slot *slots, const char *target)
{
    uint32_t number = 2166136261U; /* FNV-1a */

    for (const char *at = target; *at != '\0'; at++) {
        number = (number ^ (uint8_t)*at) * 16777619U;
    }
    return &slots[(number ^ number >> 16) & (SLOTS - 1)];
}

/* The last frame in which the client of @request may wait for it. */
static uint32_t waits_until(const hr_request *request)
{
    const uint32_t closed = request->connection->ending.at.frame;

    if (request->answered.frame != 0) {
        return request->answered.frame;
    }
    if (request->is_done) {
        return request->ended.frame;
    }
    return closed != 0 ? closed : UINT32_MAX;
}

/* It waits, and nothing carries it: it was not passed on yet, or in vain. */
static bool is_free(const hr_request *front, const hr_request *back)
{
    return front->ties->passed_on == NULL ||
           hr_leg_has_failed_by(front->ties->passed_on, hr_request_frame(back));
}

typedef bool hr_is_for(const hr_request *back, const hr_request *front);

/* The request that @back passes on: of several the oldest that nothing carries. */
static hr_request *front_in(const hr_slot *slot, const hr_request *back, hr_is_for *is_for)
{
    hr_request *found = NULL;

    for (unsigned i = 0; i < WAITING; i++) {
        hr_request *front = slot->latest[(slot->next + i) % WAITING];
        if (front != NULL && is_for(back, front)) {
            if (is_free(front, back)) {
                return front;
            }
            found = front;
        }
    }
    return found;
}

static hr_request *front_of(hr_slot *slots, const hr_request *back)
{
    return front_in(slot_of(slots, back->target), back, hr_leg_passes_on);
}

/* Where those that end as @target lie; NULL where it has no tail. */
static hr_slot *slot_by_tail(const hr_fronts *fronts, const char *target)
{
    const char *tail = hr_leg_tail(target);

    return tail == NULL ? NULL : slot_of(fronts->by_tail, tail);
}

/* The same where the proxy changes the path. */
static hr_request *front_by_tail(const hr_fronts *fronts, const hr_request *back)
{
    const hr_slot *slot = slot_by_tail(fronts, back->target);

    return slot != NULL ? front_in(slot, back, hr_leg_passes_tail_on) : NULL;
}

/* What asks may be a proxy which asks for something else before it answers, or one that changes
 * more than the path. */
static bool is_within(const hr_fronts *fronts, const hr_request *back)
{
    const char *host = hr_leg_asking_host(back->connection);
    const hr_slot *slot = slot_by_tail(fronts, back->target);

    return (slot != NULL && front_in(slot, back, hr_leg_may_pass_tail_on) != NULL) ||
           front_in(slot_of(fronts->at_host, host), back, hr_leg_may_be_asked_within) != NULL;
}

/* A slot had no place for one that still waits. */
static bool is_full(const hr_slot *slot, uint32_t frame)
{
    return slot != NULL && slot->lost_until > frame;
}

/* More waited than there are places for: @back may pass one of them on. */
static bool may_be_lost(const hr_fronts *fronts, const hr_slot *all, const hr_request *back)
{
    const uint32_t frame = hr_request_frame(back);

    return is_full(slot_of(fronts->at_clients, back->target), frame) || is_full(all, frame) ||
           is_full(slot_by_tail(fronts, back->target), frame);
}

static hr_leg *leg_of(GHashTable *legs, const hr_connection *connection)
{
    const hr_route route = hr_leg_route(connection);
    hr_leg *leg = g_hash_table_lookup(legs, &route);

    if (leg == NULL) {
        leg = g_new0(hr_leg, 1);
        g_hash_table_insert(legs, g_memdup2(&route, sizeof route), leg);
    }
    return leg;
}

static void add_at(hr_slot *slot, hr_request *front)
{
    hr_request **place = &slot->latest[slot->next++ % WAITING];

    if (*place != NULL) {
        slot->lost_until = MAX(slot->lost_until, waits_until(*place));
    }
    *place = front;
}

/* Where those that pass it on look for it. */
static void add_front(hr_slot *slots, hr_request *front)
{
    const char *path = hr_target_path(front->target);

    add_at(slot_of(slots, front->target), front);
    if (path != front->target) {
        add_at(slot_of(slots, path), front);
    }
}

static void add_front_by_tail(const hr_fronts *fronts, hr_request *front)
{
    hr_slot *slot = slot_by_tail(fronts, front->target);

    if (slot != NULL) {
        add_at(slot, front);
    }
}

/* The request that @back passes on, or NULL. @all: where proxies that say so look. */
static hr_request *find_front(const hr_fronts *fronts, hr_slot *all, const hr_request *back)
{
    hr_request *front = front_of(fronts->at_clients, back);

    if (front == NULL && all != NULL) {
        front = front_of(all, back);
    }
    return front != NULL ? front : front_by_tail(fronts, back);
}

static void pass_on(const hr_fronts *fronts, hr_leg *leg, hr_request *front, hr_request *back,
                    bool is_lost)
{
    leg->passed_on++;
    leg->front = hr_leg_asked_host(front->connection);
    if (!is_free(front, back)) {
        back->connection->products.leg_marks |= is_lost ? HR_LEG_DOUBTFUL : HR_LEG_TAKEN;
        return;
    }
    back->connection->products.leg_marks |= HR_LEG_PASSED_ON;
    hr_model_ties(fronts->model, front)->passed_on = back;
    hr_model_ties(fronts->model, back)->passes_on = front;
}

static void count_request(GHashTable *legs, const hr_fronts *fronts, hr_request *back)
{
    hr_leg *leg = leg_of(legs, back->connection);
    hr_slot *all = hr_leg_is_a_proxys(back->connection) ? fronts->all : NULL;
    hr_request *front = find_front(fronts, all, back);
    const bool is_lost = may_be_lost(fronts, all != NULL ? slot_of(all, back->target) : NULL, back);

    if (front == NULL && is_within(fronts, back)) {
        leg->within++;
        back->connection->products.leg_marks |= HR_LEG_DOUBTFUL;
    } else if (front == NULL && is_lost) {
        leg->unknown++;
        back->connection->products.leg_marks |= HR_LEG_DOUBTFUL;
    } else if (front != NULL) {
        pass_on(fronts, leg, front, back, is_lost);
    } else {
        leg->own++;
        back->connection->products.leg_marks |= HR_LEG_OWN;
    }
}

/* The hosts of all servers, and of all clients; whether one says that it is a proxy. */
static bool gather_hosts(const hr_model *model, GHashTable *servers, GHashTable *clients)
{
    bool is_any_relayed = false;

    for (size_t i = 0; i < hr_model_connection_count(model); i++) {
        const hr_connection *connection = hr_model_connection(model, i);
        if (connection->first_request != NULL) {
            g_hash_table_add(servers, (gpointer)hr_here_host(hr_connection_server(connection)));
            g_hash_table_add(servers, (gpointer)hr_leg_asked_host(connection));
            g_hash_table_add(clients, (gpointer)hr_leg_asking_host(connection));
            is_any_relayed |= hr_leg_is_a_proxys(connection);
        }
    }
    return is_any_relayed;
}

/* What an analysis before this one had found. */
static void forget_passed_on(hr_model *model)
{
    for (size_t i = 0; model->ties.count > 0 && i < hr_model_request_count(model); i++) {
        hr_request *request = hr_model_request(model, i);
        if (request->ties->passed_on != NULL || request->ties->passes_on != NULL) {
            hr_ties *ties = hr_model_ties(model, request);
            ties->passed_on = ties->passes_on = NULL;
        }
    }
}

static bool has_one_of(GHashTable *addresses, GHashTable *others)
{
    GHashTableIter iter;
    gpointer address = NULL;
    bool has = false;

    g_hash_table_iter_init(&iter, others);
    while (!has && g_hash_table_iter_next(&iter, &address, NULL)) {
        has = g_hash_table_contains(addresses, address);
    }
    return has;
}

/* Each request may be passed on by those behind it, and pass on one before it. */
static void match_requests(const hr_fronts *fronts, GHashTable *legs, GHashTable *servers,
                           GHashTable *clients)
{
    for (size_t i = 0; i < hr_model_request_count(fronts->model); i++) {
        hr_request *request = hr_model_request(fronts->model, i);
        const hr_connection *connection = request->connection;
        if (request->target == NULL || connection->products.user_agent == NULL) {
            continue;
        }
        if (hr_leg_is_a_proxys(connection) ||
            g_hash_table_contains(servers, hr_leg_asking_host(connection))) {
            count_request(legs, fronts, request);
        }
        if (g_hash_table_contains(clients, hr_leg_asked_host(connection))) {
            add_front(fronts->at_clients, request);
            add_front_by_tail(fronts, request);
            add_at(slot_of(fronts->at_host, hr_leg_asked_host(connection)), request);
        }
        if (fronts->all != NULL) {
            add_front(fronts->all, request);
        }
    }
}

static void count_requests(hr_model *model, GHashTable *legs)
{
    GHashTable *servers = g_hash_table_new(g_direct_hash, g_direct_equal);
    GHashTable *clients = g_hash_table_new(g_direct_hash, g_direct_equal);
    const bool is_any_relayed = gather_hosts(model, servers, clients);

    forget_passed_on(model);
    if (is_any_relayed || has_one_of(servers, clients)) { /* else nobody passes anything on */
        const hr_fronts fronts = {
            .model = model,
            .at_clients = g_new0(hr_slot, SLOTS),
            .by_tail = g_new0(hr_slot, SLOTS),
            .at_host = g_new0(hr_slot, SLOTS),
            .all = is_any_relayed ? g_new0(hr_slot, SLOTS) : NULL,
        };
        match_requests(&fronts, legs, servers, clients);
        g_free(fronts.all);
        g_free(fronts.at_host);
        g_free(fronts.by_tail);
        g_free(fronts.at_clients);
    }
    g_hash_table_destroy(clients);
    g_hash_table_destroy(servers);
}

/* What was asked at another address is passed on only where all requests of the leg are. */
static void forget_guessed(hr_model *model, const hr_connection *connection)
{
    for (hr_request *back = connection->first_request; back != NULL; back = back->next) {
        hr_request *front = back->ties->passes_on;
        if (front != NULL && !hr_leg_is_asked_there(front, back)) {
            hr_ties *ties = hr_model_ties(model, front);
            ties->passed_on = ties->passed_on == back ? NULL : ties->passed_on;
            hr_model_ties(model, back)->passes_on = NULL;
        }
    }
}

/* How many requests at least are not in the capture, by the host that was asked. */
static GHashTable *count_lost(const hr_model *model)
{
    GHashTable *lost_at = g_hash_table_new(g_direct_hash, g_direct_equal);

    for (size_t i = 0; i < hr_model_connection_count(model); i++) {
        const hr_connection *connection = hr_model_connection(model, i);
        const hr_connection *behind = hr_connection_behind(connection);
        const char *host = hr_here_host(&behind->ends[1 - hr_connection_client_of_copy(behind)]);
        const guint lost = MAX(connection->unseen_count,
                               hr_bytes_hole_count(&hr_connection_client(connection)->out)) +
                           (connection->is_opening_seen ? 0 : 1); /* one may have been under way */
        if (lost > 0) {
            const guint before = GPOINTER_TO_UINT(g_hash_table_lookup(lost_at, host));
            g_hash_table_insert(lost_at, (gpointer)host, GUINT_TO_POINTER(before + lost));
        }
    }
    return lost_at;
}

/* Nothing says that any was not: as many may have been asked for that are not in the capture. */
static bool has_none_of_its_own(const hr_leg *leg, GHashTable *lost_at)
{
    const guint lost = GPOINTER_TO_UINT(g_hash_table_lookup(lost_at, leg->front));

    return leg->own <= lost;
}

/* Most were passed on. */
static bool is_leg(const hr_leg *leg, GHashTable *lost_at)
{
    return has_none_of_its_own(leg, lost_at) && leg->within <= leg->passed_on &&
           leg->passed_on >= MAX(PASSED_MIN, leg->unknown + leg->own);
}

/* Most were asked for while a proxy was asked that may have, or so many that nobody knows. Who asks
 * that proxy, and the server behind it at the same time from the same machine, looks the same. */
static bool may_be_leg(const hr_leg *leg, GHashTable *lost_at)
{
    return has_none_of_its_own(leg, lost_at) &&
           leg->passed_on + leg->within + leg->unknown >= MAX(PASSED_MIN, leg->own);
}

static void forget_marks(hr_model *model)
{
    for (size_t i = 0; i < hr_model_connection_count(model); i++) {
        hr_model_connection(model, i)->products.leg_marks = 0;
    }
}

/* NULL: it is of none, as all are where there is no proxy. */
static const hr_leg *known_leg_of(GHashTable *legs, const hr_connection *connection)
{
    const hr_route route = hr_leg_route(connection);

    return g_hash_table_size(legs) > 0 ? g_hash_table_lookup(legs, &route) : NULL;
}

void hr_legs_find(hr_model *model)
{
    hr_here_find(model);
    GHashTable *legs = g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, g_free);
    GHashTable *lost_at = count_lost(model);

    forget_marks(model);
    count_requests(model, legs);
    hr_leg_programs *programs = hr_leg_programs_new(model, legs);
    for (size_t i = 0; i < hr_model_connection_count(model); i++) {
        hr_connection *connection = hr_model_connection(model, i);
        const hr_leg *leg = known_leg_of(legs, connection);
        connection->products.is_leg =
            leg != NULL && is_leg(leg, lost_at) && !hr_leg_programs_is_beside(leg, connection);
        connection->products.may_be_leg = leg != NULL && may_be_leg(leg, lost_at);
        if (leg != NULL && !connection->products.may_be_leg) {
            hr_leg_programs_judge(programs, leg, connection);
        }
        if (!connection->products.is_leg) {
            forget_guessed(model, connection);
        }
        connection->products.is_leg |= connection->products.is_below_its_program;
    }
    hr_leg_programs_free(programs);
    g_hash_table_destroy(lost_at);
    g_hash_table_destroy(legs);
}

bool hr_legs_is_taken(const hr_request *front)
{
    return front->ties->passed_on != NULL && hr_leg_is_asked_there(front, front->ties->passed_on);
}

const hr_request *hr_legs_given_up_before(const hr_request *back)
{
    const hr_request *front = back != NULL ? back->ties->passes_on : NULL;

    if (front == NULL) {
        return NULL;
    }
    const uint32_t left = hr_ending_given_up_at(front).frame;
    const uint32_t until =
        back->is_given_up ? back->ended.frame : back->connection->ending.at.frame;
    return left != 0 && left < until ? front : NULL;
}

/* legs.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/legs.h"

#include "core/model/route.h"
#include "core/model/store.h"

enum {
    SLOTS = 4096, /* a power of two */
    WAITING = 16, /* the latest requests of one slot */
    PASSED_MIN = 2,
    SERVER_ERROR = 500, /* RFC 9110 §15.6 */
};

/* Requests that wait, or waited, at what may be a client elsewhere. */
typedef struct {
    hr_request *latest[WAITING];
    unsigned next;
} hr_slot;

/* The requests of one client to one server. */
typedef struct {
    uint32_t passed_on;
    uint32_t own;
    const char *front; /* the address at which it was asked for those that it passed on */
} hr_leg;

static hr_slot *slot_of(hr_slot *slots, const hr_request *request)
{
    return &slots[(GPOINTER_TO_SIZE(request->target) >> 4) & (SLOTS - 1)];
}

static bool is_a_proxys(const hr_connection *connection)
{
    return connection->products.is_relayed || connection->products.is_below_its_program;
}

/* Without an answer until @frame, and then nobody waited for one. */
static bool has_failed_by(const hr_request *request, uint32_t frame)
{
    const uint32_t closed = request->connection->ending.at.frame;

    return (request->answered.frame == 0 || request->answered.frame > frame) &&
           ((request->is_done && request->ended.frame <= frame) ||
            (closed != 0 && closed <= frame));
}

static bool is_open_during(const hr_request *front, const hr_request *back)
{
    const uint32_t until_frame =
        back->answered.frame != 0 ? back->answered.frame : hr_request_frame(back);

    return hr_request_frame(front) < hr_request_frame(back) &&
           (front->answered.frame == 0 || front->answered.frame > until_frame) &&
           !has_failed_by(front, hr_request_frame(back));
}

/* Asked at the address that now asks; one that says itself that it is a proxy may have several. */
static bool is_asked_there(const hr_connection *from, const hr_connection *to)
{
    return is_a_proxys(to) || hr_connection_server(from)->endpoint.address ==
                                  hr_connection_client(to)->endpoint.address;
}

static bool passes_on(const hr_request *back, const hr_request *front)
{
    const hr_connection *from = front->connection;
    const hr_connection *to = back->connection;

    return front->target == back->target && front->method == back->method &&
           from->products.user_agent == to->products.user_agent && is_asked_there(from, to) &&
           !hr_endpoint_equal(&hr_connection_server(from)->endpoint,
                              &hr_connection_server(to)->endpoint) &&
           is_open_during(front, back);
}

/* It waits, and nothing carries it: it was not passed on yet, or in vain. */
static bool is_free(const hr_request *front, const hr_request *back)
{
    return front->passed_on == NULL || has_failed_by(front->passed_on, hr_request_frame(back));
}

/* The request that @back passes on: of several the oldest that nothing carries. */
static hr_request *front_of(hr_slot *slots, const hr_request *back)
{
    const hr_slot *slot = slot_of(slots, back);
    hr_request *found = NULL;

    for (unsigned i = 0; i < WAITING; i++) {
        hr_request *front = slot->latest[(slot->next + i) % WAITING];
        if (front != NULL && passes_on(back, front)) {
            if (is_free(front, back)) {
                return front;
            }
            found = front;
        }
    }
    return found;
}

static hr_route leg_route(const hr_connection *connection)
{
    hr_route route = hr_route_of(connection);
    route.client_port = 0;
    return route;
}

static hr_leg *leg_of(GHashTable *legs, const hr_connection *connection)
{
    const hr_route route = leg_route(connection);
    hr_leg *leg = g_hash_table_lookup(legs, &route);

    if (leg == NULL) {
        leg = g_new0(hr_leg, 1);
        g_hash_table_insert(legs, g_memdup2(&route, sizeof route), leg);
    }
    return leg;
}

static void count_request(GHashTable *legs, hr_slot *slots, hr_request *back)
{
    hr_leg *leg = leg_of(legs, back->connection);
    hr_request *front = front_of(slots, back);
    const char *asked_at =
        front != NULL ? hr_connection_server(front->connection)->endpoint.address : NULL;

    if (front == NULL || (leg->front != NULL && leg->front != asked_at)) {
        leg->own++;
        return;
    }
    leg->passed_on++;
    leg->front = asked_at;
    if (is_free(front, back)) {
        front->passed_on = back;
        back->passes_on = front;
    }
}

/* The addresses of all servers, and of all clients; whether one says that it is a proxy. */
static bool gather_addresses(const hr_model *model, GHashTable *servers, GHashTable *clients)
{
    bool is_any_relayed = false;

    for (size_t i = 0; i < hr_model_connection_count(model); i++) {
        const hr_connection *connection = hr_model_connection(model, i);
        if (connection->first_request != NULL) {
            g_hash_table_add(servers, (gpointer)hr_connection_server(connection)->endpoint.address);
            g_hash_table_add(clients, (gpointer)hr_connection_client(connection)->endpoint.address);
            is_any_relayed |= is_a_proxys(connection);
        }
    }
    return is_any_relayed;
}

static void count_requests(const hr_model *model, GHashTable *legs)
{
    GHashTable *servers = g_hash_table_new(g_direct_hash, g_direct_equal);
    GHashTable *clients = g_hash_table_new(g_direct_hash, g_direct_equal);
    hr_slot *slots = g_new0(hr_slot, SLOTS);
    const bool is_any_relayed = gather_addresses(model, servers, clients);

    for (size_t i = 0; i < hr_model_request_count(model); i++) {
        hr_request *request = hr_model_request(model, i);
        const hr_connection *connection = request->connection;
        request->passed_on = request->passes_on = NULL;
        if (request->target == NULL || connection->products.user_agent == NULL) {
            continue;
        }
        if (is_a_proxys(connection) ||
            g_hash_table_contains(servers, hr_connection_client(connection)->endpoint.address)) {
            count_request(legs, slots, request);
        }
        if (is_any_relayed ||
            g_hash_table_contains(clients, hr_connection_server(connection)->endpoint.address)) {
            hr_slot *slot = slot_of(slots, request);
            slot->latest[slot->next++ % WAITING] = request;
        }
    }
    g_free(slots);
    g_hash_table_destroy(clients);
    g_hash_table_destroy(servers);
}

/* What was asked at another address is passed on only where all requests of the leg are. */
static void forget_guessed(const hr_connection *connection)
{
    for (hr_request *back = connection->first_request; back != NULL; back = back->next) {
        hr_request *front = back->passes_on;
        if (front != NULL && hr_connection_server(front->connection)->endpoint.address !=
                                 hr_connection_client(connection)->endpoint.address) {
            front->passed_on = front->passed_on == back ? NULL : front->passed_on;
            back->passes_on = NULL;
        }
    }
}

void hr_legs_find(hr_model *model)
{
    GHashTable *legs = g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, g_free);

    count_requests(model, legs);
    for (size_t i = 0; i < hr_model_connection_count(model); i++) {
        hr_connection *connection = hr_model_connection(model, i);
        const hr_route route = leg_route(connection);
        const hr_leg *leg = g_hash_table_lookup(legs, &route);
        connection->products.is_leg = leg != NULL && leg->passed_on >= PASSED_MIN && leg->own == 0;
        if (!connection->products.is_leg && leg != NULL) {
            forget_guessed(connection);
        }
        connection->products.is_leg |= connection->products.is_below_its_program;
    }
    g_hash_table_destroy(legs);
}

/* ---- failures ---- */

/* When the client of @front learned that it failed: a frame, or 0. */
static uint32_t failed_in(const hr_request *front)
{
    const hr_ending *ending = &front->connection->ending;
    const bool is_left =
        ending->cause == HR_CLOSE_REQUEST_ABORTED || ending->cause == HR_CLOSE_STALE_RACE;

    if (front->response_code >= SERVER_ERROR) {
        return front->answered.frame;
    }
    return is_left && !front->is_done && front->answered.frame == 0 ? ending->at.frame : 0;
}

const hr_request *hr_legs_failure_behind(const hr_request *front)
{
    const hr_request *back = front->passed_on;
    const uint32_t failed = back != NULL ? failed_in(front) : 0;

    if (failed == 0 || (back->answered.frame != 0 && back->answered.frame < failed)) {
        return NULL;
    }
    switch (back->connection->ending.cause) {
    case HR_CLOSE_STALE_RACE:
    case HR_CLOSE_REQUEST_ABORTED:
        return back->connection->ending.at.frame < failed ? back : NULL;
    case HR_CLOSE_IDLE_DROPPED:
    case HR_CLOSE_REQUEST_CANCELLED: /* the proxy may close after it has answered for itself */
        return back;
    default:
        return NULL;
    }
}

const hr_request *hr_legs_end_behind(const hr_connection *front)
{
    switch (front->ending.cause) {
    case HR_CLOSE_REQUEST_ABORTED:
    case HR_CLOSE_SERVER_ERROR_CLOSE:
        return front->last_request != NULL ? hr_legs_failure_behind(front->last_request) : NULL;
    default:
        return NULL;
    }
}

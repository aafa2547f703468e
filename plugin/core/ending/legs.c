/* legs.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/legs.h"

#include "core/model/route.h"

enum {
    SLOTS = 4096, /* a power of two */
    WAITING = 8,  /* the latest requests of one slot */
    PASSED_MIN = 2,
};

/* Requests that wait, or waited, at what is a client elsewhere. */
typedef struct {
    const hr_request *latest[WAITING];
    unsigned next;
} hr_slot;

/* The requests of one client to one server. */
typedef struct {
    uint32_t passed_on;
    uint32_t own;
} hr_leg;

static hr_slot *slot_of(hr_slot *slots, const hr_request *request)
{
    return &slots[(GPOINTER_TO_SIZE(request->target) >> 4) & (SLOTS - 1)];
}

static bool is_open_during(const hr_request *front, const hr_request *back)
{
    const uint32_t until_frame =
        back->answered.frame != 0 ? back->answered.frame : hr_request_frame(back);

    return hr_request_frame(front) < hr_request_frame(back) &&
           (front->answered.frame == 0 || front->answered.frame > until_frame);
}

static bool passes_on(const hr_request *back, const hr_request *front)
{
    const hr_connection *from = front->connection;
    const hr_connection *to = back->connection;

    return front->target == back->target && front->method == back->method &&
           from->products.user_agent == to->products.user_agent &&
           hr_connection_server(from)->endpoint.address ==
               hr_connection_client(to)->endpoint.address &&
           !hr_endpoint_equal(&hr_connection_server(from)->endpoint,
                              &hr_connection_server(to)->endpoint) &&
           is_open_during(front, back);
}

static bool is_passed_on(hr_slot *slots, const hr_request *back)
{
    const hr_slot *slot = slot_of(slots, back);

    for (unsigned i = 0; i < WAITING; i++) {
        if (slot->latest[i] != NULL && passes_on(back, slot->latest[i])) {
            return true;
        }
    }
    return false;
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

/* The addresses of all servers, and of all clients. */
static void gather_addresses(const hr_model *model, GHashTable *servers, GHashTable *clients)
{
    for (size_t i = 0; i < hr_model_connection_count(model); i++) {
        const hr_connection *connection = hr_model_connection(model, i);
        if (connection->first_request != NULL) {
            g_hash_table_add(servers, (gpointer)hr_connection_server(connection)->endpoint.address);
            g_hash_table_add(clients, (gpointer)hr_connection_client(connection)->endpoint.address);
        }
    }
}

static void count_requests(const hr_model *model, GHashTable *legs)
{
    GHashTable *servers = g_hash_table_new(g_direct_hash, g_direct_equal);
    GHashTable *clients = g_hash_table_new(g_direct_hash, g_direct_equal);
    hr_slot *slots = g_new0(hr_slot, SLOTS);

    gather_addresses(model, servers, clients);
    for (size_t i = 0; i < hr_model_request_count(model); i++) {
        const hr_request *request = hr_model_request(model, i);
        const hr_connection *connection = request->connection;
        if (request->target == NULL || connection->products.user_agent == NULL) {
            continue;
        }
        if (g_hash_table_contains(servers, hr_connection_client(connection)->endpoint.address)) {
            hr_leg *leg = leg_of(legs, connection);
            if (is_passed_on(slots, request)) {
                leg->passed_on++;
            } else {
                leg->own++;
            }
        }
        if (g_hash_table_contains(clients, hr_connection_server(connection)->endpoint.address)) {
            hr_slot *slot = slot_of(slots, request);
            slot->latest[slot->next++ % WAITING] = request;
        }
    }
    g_free(slots);
    g_hash_table_destroy(clients);
    g_hash_table_destroy(servers);
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
    }
    g_hash_table_destroy(legs);
}

/* evictions.c
 * Which connections may share a pool: those of one pool key, or of one program to whatever hosts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/evictions.h"

#include "core/ending/eviction_walk.h"
#include "core/model/ahead.h"
#include "core/model/route.h"

/* The connections of each program, to whatever servers; unknown ones of one address are one. */
static GHashTable *by_program(const hr_facts *facts)
{
    GHashTable *programs = g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free,
                                                 (GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < facts->connections->len; i++) {
        hr_fetch_ahead(facts->connections, i);
        const hr_connection *connection = facts->connections->pdata[i];
        const hr_route key = {
            .client_address = hr_connection_client(connection)->endpoint.address,
            .server_address = hr_connection_owner(connection),
        };
        GPtrArray *all = g_hash_table_lookup(programs, &key);
        if (all == NULL) {
            all = g_ptr_array_new();
            g_hash_table_insert(programs, g_memdup2(&key, sizeof key), all);
        }
        g_ptr_array_add(all, (gpointer)connection);
    }
    return programs;
}

static void find_in(hr_facts *facts, const GPtrArray *connections, bool is_shared,
                    hr_idle_place *places)
{
    if (connections->len > 1) {
        hr_eviction_walk(facts, facts->evicted[is_shared], connections, places);
    }
}

static bool have_one_pool_key(const hr_facts *facts, const GPtrArray *connections)
{
    const hr_origin_facts *first = hr_facts_origin_of(facts, connections->pdata[0]);

    for (guint i = 1; i < connections->len; i++) {
        if (hr_facts_origin_of(facts, connections->pdata[i]) != first) {
            return false;
        }
    }
    return true;
}

static void count_open(const hr_facts *facts)
{
    GHashTableIter iter;
    gpointer connection;

    g_hash_table_iter_init(&iter, facts->evicted[true]);
    while (g_hash_table_iter_next(&iter, &connection, NULL)) {
        hr_origin_facts *origin = hr_facts_program_of(facts, connection);
        if (hr_may_be_evicted(facts, connection)) {
            origin->ends_maybe_evicted++;
        }
    }
}

void hr_evictions_find(hr_facts *facts)
{
    GHashTable *programs = by_program(facts);
    hr_idle_place *places = g_new0(hr_idle_place, facts->model->connections.count + 1);
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, programs);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (!have_one_pool_key(facts, value)) {
            find_in(facts, value, true, places);
        }
    }
    g_hash_table_destroy(programs);
    /* Those of one pool key, which say more where it has a pool of its own. */
    for (guint i = 0; i < facts->origins->len; i++) {
        const hr_origin_facts *origin = facts->origins->pdata[i];
        if (origin->programs == NULL) {
            find_in(facts, origin->connections, false, places);
            continue;
        }
        g_hash_table_iter_init(&iter, origin->programs);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
            find_in(facts, ((const hr_origin_facts *)value)->connections, false, places);
        }
    }
    g_free(places);
    count_open(facts);
}

hr_evicted hr_evicted_from(const hr_facts *facts, const hr_connection *connection)
{
    gconstpointer own = g_hash_table_lookup(facts->evicted[false], connection);

    return hr_evicted_unpack(own != NULL ? own
                                         : g_hash_table_lookup(facts->evicted[true], connection));
}

bool hr_may_be_evicted(const hr_facts *facts, const hr_connection *connection)
{
    return g_hash_table_contains(facts->evicted[true], connection) &&
           hr_evicted_from(facts, connection).kept == 0;
}

hr_eviction hr_eviction_of(const hr_facts *facts, const hr_connection *connection)
{
    return g_hash_table_contains(facts->evicted[false], connection) ? HR_EVICTION_OWN
                                                                    : HR_EVICTION_SHARED;
}

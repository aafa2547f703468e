/* groups.c
 * Where pools are found: by client, server, scheme and version family, then by name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/opening/pool_private.h"

static uint16_t protocol_family(const hr_connection *connection)
{
    if (connection->transport == HR_TRANSPORT_QUIC) {
        return HR_FAMILY_QUIC;
    }
    return connection->protocol == HR_PROTOCOL_H2 ? 2 : 1;
}

hr_route hr_group_route_of(const hr_connection *connection)
{
    hr_route route = hr_route_of(connection);

    route.client_port = 0;
    route.scheme = hr_connection_scheme(connection);
    route.family = protocol_family(connection);
    return route;
}

hr_route hr_name_route_of(const hr_connection *connection, const char *name)
{
    hr_route route = hr_group_route_of(connection);

    route.server_address = name; /* interned, as addresses are */
    return route;
}

hr_route hr_setup_route_of(const hr_connection *connection, unsigned server)
{
    const hr_endpoint *endpoint = &connection->ends[server].endpoint;
    return (hr_route){
        .client_address = connection->ends[1 - server].endpoint.address,
        .server_address = endpoint->address,
        .server_port = endpoint->port,
        .family = connection->transport == HR_TRANSPORT_QUIC ? HR_FAMILY_QUIC : 0,
    };
}

static hr_pool *pool_new(hr_pool_group *group, const char *name)
{
    hr_pool *pool = g_new0(hr_pool, 1);
    pool->group = group;
    pool->name = name;
    g_queue_init(&pool->open);
    g_queue_init(&pool->idle);
    g_ptr_array_add(group->pools, pool);
    return pool;
}

static hr_pool_group *group_new(void)
{
    hr_pool_group *group = g_new0(hr_pool_group, 1);
    group->pools = g_ptr_array_new_with_free_func(g_free);
    group->named = g_hash_table_new(g_direct_hash, g_direct_equal);
    g_queue_init(&group->idle);
    group->nameless = pool_new(group, NULL);
    return group;
}

static void group_free(gpointer data)
{
    hr_pool_group *group = data;
    g_hash_table_destroy(group->named);
    g_ptr_array_free(group->pools, TRUE);
    g_free(group);
}

static void pools_free(gpointer data)
{
    hr_pools *pools = data;

    g_hash_table_destroy(pools->names);
    g_hash_table_destroy(pools->addresses);
    g_hash_table_destroy(pools->groups);
    g_free(pools);
}

hr_pools *hr_pools_of(hr_model *model)
{
    if (model->pools == NULL) {
        hr_pools *pools = g_new0(hr_pools, 1);
        pools->groups = g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, group_free);
        pools->addresses = g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, g_free);
        pools->names = g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, NULL);
        model->pools = pools;
        model->free_pools = pools_free;
    }
    return model->pools;
}

hr_address *hr_address_of(hr_model *model, const hr_connection *connection)
{
    const hr_route route = hr_setup_route_of(connection, 1U - connection->client);
    return g_hash_table_lookup(hr_pools_of(model)->addresses, &route);
}

hr_pool_group *hr_pool_group_of(hr_model *model, const hr_connection *connection)
{
    GHashTable *groups = hr_pools_of(model)->groups;
    const hr_route route = hr_group_route_of(connection);
    hr_pool_group *group = g_hash_table_lookup(groups, &route);

    if (group == NULL) {
        group = group_new();
        g_hash_table_insert(groups, g_memdup2(&route, sizeof(route)), group);
    }
    return group;
}

hr_pool *hr_pool_for_name(hr_pool_group *group, const char *name)
{
    if (name == NULL || group->is_merged) {
        return group->nameless;
    }
    hr_pool *pool = g_hash_table_lookup(group->named, name);
    if (pool == NULL) {
        pool = pool_new(group, name);
        g_hash_table_insert(group->named, (gpointer)name, pool);
    }
    return pool;
}

hr_pool *hr_pool_of(const hr_connection *connection)
{
    hr_pool *pool = connection->place.pool;
    return pool != NULL && pool->merged_into != NULL ? pool->merged_into : pool;
}

hr_connection *hr_pool_closed_at(const hr_pool *pool, size_t back)
{
    /* Where fewer have closed their places are empty. */
    return back < HR_RECENT_CLOSED
               ? pool->closed[(pool->closed_count - 1 - back) % HR_RECENT_CLOSED]
               : NULL;
}

const char *hr_pool_name(const hr_pool *pool)
{
    return pool->name;
}

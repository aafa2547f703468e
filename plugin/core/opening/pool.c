/* pool.c
 * Connections come into pools, get names, and share them. Why each was opened is judged as it
 * comes in; from then on queues.c follows what it does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/opening/pool_private.h"

static void enter_setup(hr_model *model, hr_connection *connection, unsigned server, unsigned place)
{
    GHashTable *addresses = hr_pools_of(model)->addresses;
    const hr_route route = hr_setup_route_of(connection, server);
    hr_address *address = g_hash_table_lookup(addresses, &route);

    if (address == NULL) {
        address = g_new0(hr_address, 1); /* the queue's links live in the connections */
        g_queue_init(&address->setup);
        g_hash_table_insert(addresses, g_memdup2(&route, sizeof(route)), address);
    }
    hr_pool_links *links = hr_pool_links_of(connection);
    g_queue_push_tail_link(&address->setup, &links->setup[place]);
    links->address[place] = address;
}

void hr_pool_connection_appeared(hr_model *model, hr_connection *connection)
{
    enter_setup(model, connection, 1U - connection->client, 0);
    const hr_connection *closed = connection->place.links->address[0]->closed;
    if (closed != NULL) {
        hr_judged_seldom_of(&connection->judged)->closed_nameless = closed;
    }
    if (connection->is_client_guessed) {
        enter_setup(model, connection, connection->client, 1);
    }
    if (connection->is_opening_seen) {
        hr_pool_judge_at_syn(model, connection);
    }
}

void hr_pool_opening_seen(hr_model *model, hr_connection *connection)
{
    if (connection->first_seen.frame != model->now.frame) {
        hr_pool_judge_at_syn(model, connection); /* it came late, also after its first request */
    }
}

void hr_pool_connection_reappeared(hr_model *model, hr_connection *connection)
{
    enter_setup(model, connection, 1U - connection->client, 0);
    if (connection->place.links->address[0]->closed == connection) {
        connection->place.links->address[0]->closed = connection->judged.seldom->closed_nameless;
    }
}

static void move_queue(GQueue *from, GQueue *to)
{
    for (GList *link = g_queue_pop_head_link(from); link != NULL;
         link = g_queue_pop_head_link(from)) {
        g_queue_push_tail_link(to, link);
    }
}

/* One connection serves several names: for this client and server the name is no key. */
static void merge_group(hr_pool_group *group)
{
    if (group->is_merged) {
        return;
    }
    group->is_merged = true;
    for (guint i = 0; i < group->pools->len; i++) {
        hr_pool *pool = group->pools->pdata[i];
        if (pool == group->nameless) {
            continue;
        }
        move_queue(&pool->open, &group->nameless->open);
        move_queue(&pool->idle, &group->nameless->idle);
        pool->merged_into = group->nameless; /* what has closed is looked at in all of them */
    }
}

static void put_into_pool(hr_connection *connection, hr_pool *pool)
{
    connection->place.pool = pool;
    if (connection->available_since.frame != 0) {
        hr_pool_available(connection);
    }
    if (connection->closing.frame == 0) {
        hr_pool_enter_open(connection, pool);
    } else {
        pool->closed[pool->closed_count++ % HR_RECENT_CLOSED] = connection;
    }
}

void hr_pool_serves_several(hr_connection *connection)
{
    hr_pool *pool = hr_pool_of(connection);

    connection->has_several_names = true;
    if (pool != NULL) {
        merge_group(pool->group);
    }
}

static void remember_name(hr_model *model, hr_connection *connection, const char *name)
{
    const hr_route key = hr_name_route_of(connection, name);

    if (name != NULL) {
        g_hash_table_replace(hr_pools_of(model)->names, g_memdup2(&key, sizeof key), connection);
    }
}

static void name_later(hr_connection *connection, const char *name)
{
    hr_pool *old = hr_pool_of(connection);

    if (name == NULL || connection->name == name) {
        return;
    }
    if (connection->name != NULL) {
        hr_pool_serves_several(connection);
        return;
    }
    const hr_connection *explained = hr_pool_explained_by(connection);
    connection->name = name;
    hr_pool_taken(connection);
    hr_pool_explain(connection, explained); /* it is still idle, or about to be used */
    (void)hr_pool_leave_open(connection, old);
    put_into_pool(connection, hr_pool_for_name(old->group, name));
}

void hr_pool_enter(hr_model *model, hr_connection *connection, const char *name)
{
    if (connection->place.pool != NULL) {
        name_later(connection, name);
        return;
    }
    hr_pool_leave_setup(connection);
    hr_pool_group *group = hr_pool_group_of(model, connection);
    hr_pool *pool = hr_pool_for_name(group, name);
    connection->name = name;
    if (connection->is_opening_seen) {
        hr_pool_judge_opening(model, connection, group, pool);
    }
    remember_name(model, connection, name);
    put_into_pool(connection, pool);
}

/* pool.c
 * Each pool keeps its open connections, those of them that could take a request, and the last
 * few that closed, in queues whose links live in the connections: a change costs the same in a
 * capture of ten connections and of a million.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/opening/pool_private.h"

static guint group_key_hash(gconstpointer data)
{
    const hr_group_key *key = data;
    guint hash = g_direct_hash(key->client_address);
    hash = hash * 31 + g_direct_hash(key->server_address);
    hash = hash * 31 + (key->scheme != NULL ? g_str_hash(key->scheme) : 0);
    return hash * 31 + key->port * 7u + key->family;
}

static gboolean group_key_equal(gconstpointer left, gconstpointer right)
{
    const hr_group_key *a = left;
    const hr_group_key *b = right;
    return a->client_address == b->client_address && a->server_address == b->server_address &&
           g_strcmp0(a->scheme, b->scheme) == 0 && a->port == b->port && a->family == b->family;
}

static uint16_t protocol_family(const hr_connection *connection)
{
    if (connection->transport == HR_TRANSPORT_QUIC) {
        return HR_FAMILY_QUIC;
    }
    return connection->protocol == HR_PROTOCOL_H2 ? 2 : 1;
}

static hr_group_key key_with_server(const hr_connection *connection, unsigned server, bool is_setup)
{
    const hr_endpoint *endpoint = &connection->ends[server].endpoint;
    return (hr_group_key){
        .client_address = connection->ends[1 - server].endpoint.address,
        .server_address = endpoint->address,
        .scheme = is_setup ? NULL : connection->scheme,
        .port = endpoint->port,
        .family = is_setup && connection->transport != HR_TRANSPORT_QUIC
                      ? 0
                      : protocol_family(connection),
    };
}

hr_group_key hr_group_key_of(const hr_connection *connection, bool is_setup)
{
    return key_with_server(connection, 1U - connection->client, is_setup);
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

void hr_pools_init(hr_model *model)
{
    model->groups = g_hash_table_new_full(group_key_hash, group_key_equal, g_free, group_free);
    model->addresses = g_hash_table_new_full(group_key_hash, group_key_equal, g_free, g_free);
}

void hr_pools_clear(hr_model *model)
{
    g_hash_table_destroy(model->addresses);
    g_hash_table_destroy(model->groups);
}

hr_address *hr_address_of(hr_model *model, const hr_connection *connection)
{
    const hr_group_key key = hr_group_key_of(connection, true);
    return g_hash_table_lookup(model->addresses, &key);
}

static void enter_setup(hr_model *model, hr_connection *connection, unsigned server, unsigned place)
{
    const hr_group_key key = key_with_server(connection, server, true);
    hr_address *address = g_hash_table_lookup(model->addresses, &key);

    if (address == NULL) {
        address = g_new0(hr_address, 1); /* the queue's links live in the connections */
        g_queue_init(&address->setup);
        g_hash_table_insert(model->addresses, g_memdup2(&key, sizeof(key)), address);
    }
    g_queue_push_tail_link(&address->setup, &connection->setup_link[place]);
    connection->address[place] = address;
}

static void leave_setup(hr_connection *connection)
{
    for (size_t i = 0; i < G_N_ELEMENTS(connection->address); i++) {
        if (connection->address[i] != NULL) {
            g_queue_unlink(&connection->address[i]->setup, &connection->setup_link[i]);
            connection->address[i] = NULL;
        }
    }
}

static hr_pool_group *group_of(hr_model *model, const hr_connection *connection)
{
    const hr_group_key key = hr_group_key_of(connection, false);
    hr_pool_group *group = g_hash_table_lookup(model->groups, &key);

    if (group == NULL) {
        group = group_new();
        g_hash_table_insert(model->groups, g_memdup2(&key, sizeof(key)), group);
    }
    return group;
}

static hr_pool *pool_for_name(hr_pool_group *group, const char *name)
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
    hr_pool *pool = connection->pool;
    return pool != NULL && pool->merged_into != NULL ? pool->merged_into : pool;
}

hr_connection *hr_pool_closed_at(const hr_pool *pool, size_t back)
{
    const size_t kept = MIN(pool->closed_count, (size_t)HR_RECENT_CLOSED);
    return back < kept ? pool->closed[(pool->closed_count - 1 - back) % HR_RECENT_CLOSED] : NULL;
}

const char *hr_pool_name(const hr_pool *pool)
{
    return pool->name;
}

void hr_pool_connection_appeared(hr_model *model, hr_connection *connection)
{
    enter_setup(model, connection, 1U - connection->client, 0);
    connection->closed_nameless = connection->address[0]->closed;
    if (connection->is_client_guessed) {
        enter_setup(model, connection, connection->client, 1);
    }
    if (connection->is_opening_seen) {
        hr_pool_judge_at_syn(model, connection);
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
        for (size_t back = MIN(pool->closed_count, (size_t)HR_RECENT_CLOSED); back > 0; back--) {
            group->nameless->closed[group->nameless->closed_count++ % HR_RECENT_CLOSED] =
                hr_pool_closed_at(pool, back - 1);
        }
        pool->merged_into = group->nameless;
    }
    group->nameless->full = group->full;
}

static void put_into_pool(hr_connection *connection, hr_pool *pool)
{
    connection->pool = pool;
    if (connection->available_since.frame != 0) {
        hr_pool_available(connection);
    }
    if (connection->closing.frame == 0) {
        g_queue_push_tail_link(&pool->open, &connection->open_link);
        connection->is_open_queued = true;
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
    connection->name = name;
    hr_pool_taken(connection);
    if (connection->is_open_queued) {
        g_queue_unlink(&old->open, &connection->open_link);
        connection->is_open_queued = false;
    }
    put_into_pool(connection, pool_for_name(old->group, name));
}

void hr_pool_enter(hr_model *model, hr_connection *connection, const char *name)
{
    if (connection->pool != NULL) {
        name_later(connection, name);
        return;
    }
    leave_setup(connection);
    hr_pool_group *group = group_of(model, connection);
    hr_pool *pool = pool_for_name(group, name);
    connection->name = name;
    if (connection->is_opening_seen) {
        hr_pool_judge_opening(model, connection, group, pool);
    }
    put_into_pool(connection, pool);
}

void hr_pool_available(hr_connection *connection)
{
    hr_pool *pool = hr_pool_of(connection);

    if (pool == NULL || connection->is_idle_queued || connection->closing.frame != 0 ||
        connection->explains != NULL) {
        return;
    }
    g_queue_push_tail_link(&pool->idle, &connection->idle_link);
    g_queue_push_tail_link(&pool->group->idle, &connection->group_idle_link);
    connection->is_idle_queued = true;
}

void hr_pool_taken(hr_connection *connection)
{
    hr_pool *pool = hr_pool_of(connection);

    connection->explains = NULL;
    if (connection->is_idle_queued) {
        g_queue_unlink(&pool->idle, &connection->idle_link);
        g_queue_unlink(&pool->group->idle, &connection->group_idle_link);
        connection->is_idle_queued = false;
    }
}

void hr_pool_used(hr_connection *connection)
{
    if (connection->explains != NULL) {
        connection->explains = NULL;
        hr_pool_available(connection);
    }
}

void hr_pool_exhausted(const hr_connection *connection)
{
    hr_pool *pool = hr_pool_of(connection);

    if (pool != NULL) {
        pool->full = pool->group->full = connection;
    }
}

void hr_pool_closing(hr_connection *connection)
{
    hr_pool *pool = hr_pool_of(connection);

    for (size_t i = 0; i < G_N_ELEMENTS(connection->address); i++) {
        if (connection->address[i] != NULL) {
            connection->address[i]->closed = connection;
        }
    }
    leave_setup(connection);
    hr_pool_first_exchange_over(connection);
    hr_pool_taken(connection);
    if (connection->is_open_queued) {
        g_queue_unlink(&pool->open, &connection->open_link);
        connection->is_open_queued = false;
        pool->closed[pool->closed_count++ % HR_RECENT_CLOSED] = connection;
    }
}

void hr_pool_first_exchange_over(hr_connection *connection)
{
    hr_connection *idle = (hr_connection *)connection->opening_seen.connection;

    if (connection->opening_seen.why != HR_WHY_IDLE_AVAILABLE || idle->explains != connection) {
        return;
    }
    hr_pool *pool = hr_pool_of(idle);
    idle->explains = NULL;
    if (idle->available_since.frame == 0 || idle->closing.frame != 0 || idle->is_idle_queued) {
        return;
    }
    /* It has been idle for long: at the head, where the longest idle stand. */
    g_queue_push_head_link(&pool->idle, &idle->idle_link);
    g_queue_push_head_link(&pool->group->idle, &idle->group_idle_link);
    idle->is_idle_queued = true;
}

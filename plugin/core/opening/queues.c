/* queues.c
 * Each pool keeps its open connections, those of them that could take a request, and the last
 * few that closed, in queues whose links live in the connections: a change costs the same in a
 * capture of ten connections and of a million.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/opening/pool_private.h"

void hr_pool_leave_setup(hr_connection *connection)
{
    for (size_t i = 0; i < G_N_ELEMENTS(connection->place.address); i++) {
        if (connection->place.address[i] != NULL) {
            g_queue_unlink(&connection->place.address[i]->setup, &connection->place.setup_link[i]);
            connection->place.address[i] = NULL;
        }
    }
}

void hr_pool_available(hr_connection *connection)
{
    hr_pool *pool = hr_pool_of(connection);

    if (pool == NULL || connection->place.is_idle_queued || connection->closing.frame != 0 ||
        connection->place.explains != NULL) {
        return;
    }
    g_queue_push_tail_link(&pool->idle, &connection->place.idle_link);
    g_queue_push_tail_link(&pool->group->idle, &connection->place.group_idle_link);
    connection->place.is_idle_queued = true;
}

void hr_pool_taken(hr_connection *connection)
{
    hr_pool *pool = hr_pool_of(connection);

    connection->place.explains = NULL;
    if (connection->place.is_idle_queued) {
        g_queue_unlink(&pool->idle, &connection->place.idle_link);
        g_queue_unlink(&pool->group->idle, &connection->place.group_idle_link);
        connection->place.is_idle_queued = false;
    }
}

void hr_pool_used(hr_connection *connection)
{
    if (connection->place.explains != NULL) {
        connection->place.explains = NULL;
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

    for (size_t i = 0; i < G_N_ELEMENTS(connection->place.address); i++) {
        if (connection->place.address[i] != NULL) {
            connection->place.address[i]->closed = connection;
        }
    }
    hr_pool_leave_setup(connection);
    hr_pool_first_exchange_over(connection);
    hr_pool_taken(connection);
    if (connection->place.is_open_queued) {
        g_queue_unlink(&pool->open, &connection->place.open_link);
        connection->place.is_open_queued = false;
        pool->closed[pool->closed_count++ % HR_RECENT_CLOSED] = connection;
    }
}

void hr_pool_first_exchange_over(hr_connection *connection)
{
    hr_connection *idle = (hr_connection *)connection->judged.seen.connection;

    if (connection->judged.seen.why != HR_WHY_IDLE_AVAILABLE ||
        idle->place.explains != connection) {
        return;
    }
    hr_pool *pool = hr_pool_of(idle);
    idle->place.explains = NULL;
    if (idle->available_since.frame == 0 || idle->closing.frame != 0 ||
        idle->place.is_idle_queued) {
        return;
    }
    /* It has been idle for long: at the head, where the longest idle stand. */
    g_queue_push_head_link(&pool->idle, &idle->place.idle_link);
    g_queue_push_head_link(&pool->group->idle, &idle->place.group_idle_link);
    idle->place.is_idle_queued = true;
}

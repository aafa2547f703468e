/* queues.c
 * Each pool keeps its open connections, those of them that could take a request, and the last
 * few that closed, in queues whose links live in the connections: a change costs the same in a
 * capture of ten connections and of a million.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/opening/pool_private.h"

hr_pool_links *hr_pool_links_of(hr_connection *connection)
{
    hr_pool_links *links = connection->place.links;

    if (links == NULL) {
        links = connection->place.links = g_new0(hr_pool_links, 1);
        links->open.data = links->idle.data = links->group_idle.data = connection;
        links->setup[0].data = links->setup[1].data = connection;
    }
    return links;
}

hr_connection *hr_pool_explained_by(const hr_connection *idle)
{
    return idle->place.links != NULL ? (hr_connection *)idle->place.links->explains : NULL;
}

void hr_pool_explain(hr_connection *idle, const hr_connection *opened)
{
    if (idle->place.links != NULL) { /* what explains something was in the queues */
        idle->place.links->explains = opened;
    }
}

void hr_pool_leave_setup(hr_connection *connection)
{
    hr_pool_links *links = connection->place.links;

    for (size_t i = 0; links != NULL && i < G_N_ELEMENTS(links->address); i++) {
        if (links->address[i] != NULL) {
            g_queue_unlink(&links->address[i]->setup, &links->setup[i]);
            links->address[i] = NULL;
        }
    }
}

void hr_pool_enter_open(hr_connection *connection, hr_pool *pool)
{
    hr_pool_links *links = hr_pool_links_of(connection);

    g_queue_push_tail_link(&pool->open, &links->open);
    links->is_open_queued = true;
}

bool hr_pool_leave_open(hr_connection *connection, hr_pool *pool)
{
    hr_pool_links *links = connection->place.links;

    if (links == NULL || !links->is_open_queued) {
        return false;
    }
    g_queue_unlink(&pool->open, &links->open);
    links->is_open_queued = false;
    return true;
}

static bool is_idle_queued(const hr_connection *connection)
{
    return connection->place.links != NULL && connection->place.links->is_idle_queued;
}

void hr_pool_available(hr_connection *connection)
{
    hr_pool *pool = hr_pool_of(connection);

    if (pool == NULL || is_idle_queued(connection) || connection->closing.frame != 0 ||
        hr_pool_explained_by(connection) != NULL) {
        return;
    }
    hr_pool_links *links = hr_pool_links_of(connection);
    g_queue_push_tail_link(&pool->idle, &links->idle);
    g_queue_push_tail_link(&pool->group->idle, &links->group_idle);
    links->is_idle_queued = true;
}

void hr_pool_taken(hr_connection *connection)
{
    hr_pool *pool = hr_pool_of(connection);

    hr_pool_explain(connection, NULL);
    if (is_idle_queued(connection)) {
        hr_pool_links *links = connection->place.links;
        g_queue_unlink(&pool->idle, &links->idle);
        g_queue_unlink(&pool->group->idle, &links->group_idle);
        links->is_idle_queued = false;
    }
}

void hr_pool_used(hr_connection *connection)
{
    if (hr_pool_explained_by(connection) != NULL) {
        hr_pool_explain(connection, NULL);
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
    const hr_pool_links *links = connection->place.links;

    for (size_t i = 0; links != NULL && i < G_N_ELEMENTS(links->address); i++) {
        if (links->address[i] != NULL) {
            links->address[i]->closed = connection;
        }
    }
    hr_pool_leave_setup(connection);
    hr_pool_first_exchange_over(connection);
    hr_pool_taken(connection);
    if (hr_pool_leave_open(connection, pool)) {
        pool->closed[pool->closed_count++ % HR_RECENT_CLOSED] = connection;
    }
    g_free(connection->place.links); /* it is in no queue any more */
    connection->place.links = NULL;
}

void hr_pool_leave(hr_connection *connection)
{
    hr_pool_leave_setup(connection);
    hr_pool_first_exchange_over(connection);
}

void hr_pool_first_exchange_over(hr_connection *connection)
{
    hr_connection *idle = (hr_connection *)connection->judged.seen.connection;

    if (connection->judged.seen.why != HR_WHY_IDLE_AVAILABLE ||
        hr_pool_explained_by(idle) != connection) {
        return;
    }
    hr_pool *pool = hr_pool_of(idle);
    hr_pool_explain(idle, NULL);
    if (idle->is_tls && !idle->seldom->tls->is_readable) {
        hr_connection_tls(idle)->beside = connection; /* it may turn out to have been busy */
    }
    if (idle->available_since.frame == 0 || idle->closing.frame != 0 || is_idle_queued(idle)) {
        return;
    }
    /* It has been idle for long: at the head, where the longest idle stand. */
    hr_pool_links *links = hr_pool_links_of(idle);
    g_queue_push_head_link(&pool->idle, &links->idle);
    g_queue_push_head_link(&pool->group->idle, &links->group_idle);
    links->is_idle_queued = true;
}

/* replayed.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/replayed.h"

static void leave(hr_replayed_pool *pool, hr_replayed *connection)
{
    if (connection->place == HR_REPLAYED_IDLE) {
        g_queue_unlink(&pool->idle, &connection->link);
    } else if (connection->place == HR_REPLAYED_SHARED) {
        g_queue_unlink(&pool->shared, &connection->link);
    }
    connection->place = HR_REPLAYED_NOWHERE;
}

void hr_replayed_settle(hr_replayed_pool *pool, hr_replayed *connection, const hr_habits *habits,
                        int64_t now_ns)
{
    leave(pool, connection);
    if (connection->outstanding == 0) {
        connection->place = HR_REPLAYED_IDLE;
        connection->idle_since_ns = now_ns;
        g_queue_push_tail_link(&pool->idle, &connection->link);
    } else if (connection->outstanding < habits->streams &&
               connection->served < habits->request_limit) {
        connection->place = HR_REPLAYED_SHARED;
        g_queue_push_tail_link(&pool->shared, &connection->link);
    }
}

void hr_replayed_close(hr_replayed_pool *pool, hr_replayed *connection)
{
    if (!connection->is_closed) {
        leave(pool, connection);
        connection->is_closed = true;
        pool->open--;
        if (connection->outstanding == 0 && !connection->is_awaited) {
            g_queue_push_tail_link(&pool->closed, &connection->link);
        }
    }
}

hr_replayed *hr_replayed_reopen(hr_replayed_pool *pool)
{
    GList *link = g_queue_pop_head_link(&pool->closed);

    if (link == NULL) {
        return NULL;
    }
    hr_replayed *connection = link->data;
    connection->served = 0;
    connection->stamp++;
    connection->is_closed = false;
    return connection;
}

static void expire(hr_replayed_pool *pool, int64_t timeout_ns, int64_t now_ns)
{
    hr_replayed *longest = NULL;

    while ((longest = g_queue_peek_head(&pool->idle)) != NULL &&
           now_ns - longest->idle_since_ns >= timeout_ns) {
        hr_replayed_close(pool, longest);
    }
}

hr_replayed *hr_replayed_available(hr_replayed_pool *pool, const hr_habits *habits, int64_t now_ns)
{
    expire(pool, MIN(habits->client_idle_ns, habits->server_idle_ns), now_ns);
    hr_replayed *shared = g_queue_peek_tail(&pool->shared);
    return shared != NULL ? shared : g_queue_peek_tail(&pool->idle);
}

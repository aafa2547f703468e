/* costs.c
 * An avoidable connection that was opened because the earlier ones were closed replaces the one
 * that its reason names. One that was opened because the others were busy replaces, one for one,
 * those that the client gave up before although it could have used them again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/costs.h"

static bool was_given_up(const hr_connection *connection)
{
    return connection->ending.cause == HR_CLOSE_BODY_UNDRAINED ||
           connection->ending.cause == HR_CLOSE_POOL_LIMIT;
}

static gint compare_ends(gconstpointer left, gconstpointer right)
{
    const hr_connection *one = *(hr_connection *const *)left;
    const hr_connection *other = *(hr_connection *const *)right;

    return (one->ending.at.ns > other->ending.at.ns) - (one->ending.at.ns < other->ending.at.ns);
}

/* Those that were given up and that nobody replaces yet, in the order of their ends. */
static GPtrArray *unreplaced(const hr_origin_facts *facts, GHashTable *replaced)
{
    GPtrArray *found = g_ptr_array_new();

    for (guint i = 0; i < facts->connections->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        if (was_given_up(connection) && !g_hash_table_contains(replaced, connection)) {
            g_ptr_array_add(found, connection);
        }
    }
    g_ptr_array_sort(found, compare_ends);
    return found;
}

void hr_costs_attribute(const hr_origin_facts *facts)
{
    GHashTable *replaced = g_hash_table_new(g_direct_hash, g_direct_equal);

    for (guint i = 0; i < facts->connections->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        connection->replaces = NULL;
        if (connection->is_avoidable && connection->opening.why == HR_WHY_PREVIOUS_CLOSED) {
            connection->replaces = connection->opening.connection;
            g_hash_table_add(replaced, (gpointer)connection->replaces);
        }
    }
    GPtrArray *given_up = unreplaced(facts, replaced);
    guint next = 0;
    for (guint i = 0; i < facts->connections->len && next < given_up->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        const hr_connection *lost = given_up->pdata[next];
        if (connection->is_avoidable && connection->opening.why == HR_WHY_ALL_BUSY &&
            lost->ending.at.ns <= connection->opened.ns) {
            connection->replaces = lost;
            next++;
        }
    }
    g_ptr_array_free(given_up, TRUE);
    g_hash_table_destroy(replaced);
}

/* costs.c
 * An avoidable connection that was opened because the earlier ones were closed replaces the one
 * that its reason names. One that was opened because the others were busy would not have been if
 * an earlier one had not ended: it replaces, one for one, those that ended before and that nobody
 * replaces; first those that the client gave up although it could have used them again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/costs.h"

static bool was_given_up(const hr_connection *connection)
{
    return connection->ending.cause == HR_CLOSE_BODY_UNDRAINED ||
           connection->ending.cause == HR_CLOSE_POOL_LIMIT;
}

/* It ended after it had served, otherwise than by being given up. */
static bool was_lost(const hr_connection *connection)
{
    return connection->ending.at.frame != 0 && connection->first_request != NULL &&
           !was_given_up(connection);
}

static gint compare_ends(gconstpointer left, gconstpointer right)
{
    const hr_connection *one = *(hr_connection *const *)left;
    const hr_connection *other = *(hr_connection *const *)right;

    return (one->ending.at.ns > other->ending.at.ns) - (one->ending.at.ns < other->ending.at.ns);
}

/* Those that @is_one of and that nobody replaces yet, in the order of their ends. */
static GPtrArray *unreplaced(const hr_origin_facts *facts, GHashTable *replaced,
                             bool (*is_one)(const hr_connection *connection))
{
    GPtrArray *found = g_ptr_array_new();

    for (guint i = 0; i < facts->connections->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        if (is_one(connection) && !g_hash_table_contains(replaced, connection)) {
            g_ptr_array_add(found, connection);
        }
    }
    g_ptr_array_sort(found, compare_ends);
    return found;
}

/* A setup that failed replaces nobody, nor does what carried nothing. */
static bool may_replace(const hr_connection *connection)
{
    return connection->is_avoidable && connection->ending.cause != HR_CLOSE_SETUP_FAILED &&
           connection->ending.cause != HR_CLOSE_UNUSED;
}

static void replace_by_busy(const hr_origin_facts *facts, const GPtrArray *lost)
{
    guint next = 0;

    for (guint i = 0; i < facts->connections->len && next < lost->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        const hr_connection *ended = lost->pdata[next];
        if (may_replace(connection) && !connection->is_race_loser && connection->replaces == NULL &&
            connection->opening.why == HR_WHY_ALL_BUSY &&
            ended->ending.at.ns <= connection->opened.ns) {
            connection->replaces = ended;
            next++;
        }
    }
}

static void replace_by_reason(const hr_origin_facts *facts, GHashTable *replaced)
{
    for (guint i = 0; i < facts->connections->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        connection->replaces = NULL;
        if (may_replace(connection) && connection->opening.why == HR_WHY_PREVIOUS_CLOSED) {
            connection->replaces = connection->opening.connection;
            g_hash_table_add(replaced, (gpointer)connection->replaces);
        }
    }
}

void hr_costs_attribute(const hr_origin_facts *facts)
{
    bool (*const kinds[])(const hr_connection *) = {was_given_up, was_lost};
    GHashTable *replaced = g_hash_table_new(g_direct_hash, g_direct_equal);

    replace_by_reason(facts, replaced);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        GPtrArray *lost = unreplaced(facts, replaced, kinds[i]);
        replace_by_busy(facts, lost);
        g_ptr_array_free(lost, TRUE);
    }
    g_hash_table_destroy(replaced);
}

/* costs.c
 * An avoidable connection that was opened because the earlier ones were closed replaces the one
 * that its reason names. One that was opened because the others were busy would not have been if
 * an earlier one had not ended: it replaces, one for one, those that ended before, or whose answer
 * was left unread before, and that nobody replaces; first those that the client gave up although
 * it could have used them again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/costs.h"

#include "core/ending/reading.h"
#include "core/result/changes.h"

static bool was_given_up(const hr_connection *connection)
{
    return connection->ending.cause == HR_CLOSE_BODY_UNDRAINED ||
           connection->ending.cause == HR_CLOSE_POOL_LIMIT;
}

/* It ended after it had served, otherwise than by being given up. A health check's would have served
 * nobody else. */
static bool was_lost(const hr_connection *connection)
{
    return connection->ending.at.frame != 0 && connection->first_request != NULL &&
           !was_given_up(connection) && !hr_connection_is_check(connection);
}

/* From when on it served nobody: its answer was left unread, or it ended. */
static int64_t lost_ns(const hr_settings *settings, const hr_connection *connection)
{
    const int64_t left_ns = connection->ending.cause == HR_CLOSE_BODY_UNDRAINED
                                ? hr_reading_stopped_ns(settings, connection->ending.about)
                                : HR_TIME_NONE;

    return left_ns != HR_TIME_NONE ? left_ns : connection->ending.at.ns;
}

static gint compare_losses(gconstpointer left, gconstpointer right, gpointer settings)
{
    const int64_t one_ns = lost_ns(settings, *(hr_connection *const *)left);
    const int64_t other_ns = lost_ns(settings, *(hr_connection *const *)right);

    return (one_ns > other_ns) - (one_ns < other_ns);
}

/* Those that @is_one of and that nobody replaces yet, in the order in which they were lost. */
static GPtrArray *unreplaced(const hr_settings *settings, const hr_origin_facts *facts,
                             GHashTable *replaced, bool (*is_one)(const hr_connection *connection))
{
    GPtrArray *found = g_ptr_array_new();

    for (guint i = 0; i < facts->connections->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        if (is_one(connection) && !g_hash_table_contains(replaced, connection)) {
            g_ptr_array_add(found, connection);
        }
    }
    g_ptr_array_sort_with_data(found, compare_losses, (gpointer)settings);
    return found;
}

/* A setup that failed replaces nobody, but after a stop of the server; nor does what carried nothing,
 * whoever closed it, or lost a race to what does. */
static bool may_replace(const hr_connection *connection)
{
    return connection->is_avoidable && !connection->is_race_loser &&
           (connection->ending.cause != HR_CLOSE_SETUP_FAILED ||
            hr_is_refused_after_stop(connection)) &&
           connection->ending.cause != HR_CLOSE_UNUSED && !hr_is_left_unused(connection);
}

static void replace_by_busy(const hr_settings *settings, const hr_origin_facts *facts,
                            const GPtrArray *lost)
{
    guint next = 0;

    for (guint i = 0; i < facts->connections->len && next < lost->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        const hr_connection *ended = lost->pdata[next];
        if (may_replace(connection) && connection->replaces == NULL &&
            hr_connection_opening(connection)->why == HR_WHY_ALL_BUSY && ended != connection &&
            lost_ns(settings, ended) <= connection->opened.ns) {
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
        if (may_replace(connection) &&
            hr_connection_opening(connection)->why == HR_WHY_PREVIOUS_CLOSED) {
            connection->replaces = hr_connection_opening(connection)->connection;
            g_hash_table_add(replaced, (gpointer)connection->replaces);
        }
    }
}

void hr_costs_attribute(const hr_settings *settings, const hr_origin_facts *facts)
{
    bool (*const kinds[])(const hr_connection *) = {was_given_up, was_lost};
    GHashTable *replaced = g_hash_table_new(g_direct_hash, g_direct_equal);

    replace_by_reason(facts, replaced);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        GPtrArray *lost = unreplaced(settings, facts, replaced, kinds[i]);
        replace_by_busy(settings, facts, lost);
        g_ptr_array_free(lost, TRUE);
    }
    g_hash_table_destroy(replaced);
}

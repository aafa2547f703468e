/* item_stops.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/item_stops.h"

static bool was_stopped(const hr_connection *connection)
{
    return connection->ending.cause == HR_CLOSE_SERVER_EXIT ||
           connection->ending.cause == HR_CLOSE_SERVER_RELOAD;
}

static gint compare_ends(gconstpointer left, gconstpointer right)
{
    const hr_connection *one = *(const hr_connection *const *)left;
    const hr_connection *other = *(const hr_connection *const *)right;

    return (one->ending.at.ns > other->ending.at.ns) - (one->ending.at.ns < other->ending.at.ns);
}

/* Behind those of @stopped, by time, that ended at one moment with the one at @first: each within the
 * window of the one before. */
static guint end_of_stop(const GPtrArray *stopped, guint first, int64_t window_ns)
{
    guint end = first + 1;

    while (end < stopped->len) {
        const hr_connection *connection = stopped->pdata[end];
        const hr_connection *before = stopped->pdata[end - 1];
        if (connection->ending.at.ns - before->ending.at.ns > window_ns) {
            break;
        }
        end++;
    }
    return end;
}

void hr_item_add_stopped_with(hr_fix *fix, const hr_origin_facts *origin, int64_t window_ns)
{
    GPtrArray *stopped = g_ptr_array_new();
    GHashTable *told = g_hash_table_new(g_direct_hash, g_direct_equal);

    for (guint i = 0; i < fix->connections->len; i++) {
        g_hash_table_add(told, fix->connections->pdata[i]);
    }
    for (guint i = 0; i < origin->connections->len; i++) {
        if (was_stopped(origin->connections->pdata[i])) {
            g_ptr_array_add(stopped, origin->connections->pdata[i]);
        }
    }
    hr_sort_pointers(stopped, compare_ends);
    for (guint first = 0, end = 0; first < stopped->len; first = end) {
        bool is_told = false;
        end = end_of_stop(stopped, first, window_ns);
        for (guint i = first; i < end; i++) {
            is_told |= g_hash_table_contains(told, stopped->pdata[i]);
        }
        for (guint i = first; is_told && i < end; i++) {
            g_ptr_array_add(fix->connections, stopped->pdata[i]);
        }
    }
    g_hash_table_destroy(told);
    g_ptr_array_free(stopped, TRUE);
}

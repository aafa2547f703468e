/* full_pools.c
 * Walks the times in which connections were in their pool, in order, with as many places as the
 * pool has.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/full_pools.h"

/* A connection came into its pool and stayed there until its next call or its end. */
typedef struct {
    int64_t begin_ns;
    int64_t end_ns;
    uint32_t call; /* the one before it */
} stay;

static uint32_t pool_of(const hr_calls *calls, const stay *one)
{
    return hr_calls_carrier(calls, hr_calls_at(calls, one->call))->pool;
}

/* The places of a pool: when each of those that are taken becomes free, sorted. */
static GArray *places_of(GPtrArray *pools, uint32_t pool)
{
    while (pools->len <= pool) {
        g_ptr_array_add(pools, hr_times_new());
    }
    return pools->pdata[pool];
}

static void take_place(GArray *places, int64_t until_ns)
{
    const guint at = hr_sorted_up_to(places, until_ns);

    g_array_insert_val(places, at, until_ns);
}

static void leave_places(GArray *places, int64_t now_ns)
{
    g_array_remove_range(places, 0, hr_sorted_up_to(places, now_ns));
}

/* Where there is room a moment later, it came then, or went at once to the call that was next. */
static void come(const hr_calls *calls, GArray *places, const stay *one, int64_t moment_ns)
{
    const guint most = calls->habits.idle_kept;
    hr_call *call = hr_calls_at(calls, one->call);

    leave_places(places, one->begin_ns);
    if (places->len >= most) {
        const int64_t room_ns = g_array_index(places, int64_t, places->len - most);
        const int64_t came_ns = MIN(room_ns, one->end_ns);
        if (came_ns - one->begin_ns > moment_ns) {
            return; /* no room for long: it was in another pool, or nobody knows */
        }
        call->end_ns = came_ns;
        leave_places(places, came_ns);
    }
    if (call->end_ns < one->end_ns) {
        take_place(places, one->end_ns);
    }
}

static bool was_dropped(const hr_connection *connection)
{
    return connection->ending.cause == HR_CLOSE_POOL_LIMIT;
}

static GArray *stays_of(const hr_calls *calls, const hr_origin_facts *facts)
{
    GArray *stays = g_array_sized_new(FALSE, FALSE, sizeof(stay), calls->calls->len);
    uint32_t *next = g_new(uint32_t, facts->connections->len);

    for (guint i = 0; i < facts->connections->len; i++) {
        next[i] = HR_CALL_NONE;
    }
    for (uint32_t i = calls->calls->len; i > 0; i--) {
        const hr_call *call = hr_calls_at(calls, i - 1);
        const hr_connection *connection = facts->connections->pdata[call->connection];
        const uint32_t after = next[call->connection];
        const stay one = {call->end_ns,
                          after != HR_CALL_NONE ? hr_calls_at(calls, after)->call_ns
                                                : hr_connection_ended_ns(connection),
                          i - 1};
        next[call->connection] = i - 1;
        if (one.begin_ns < one.end_ns && (after != HR_CALL_NONE || !was_dropped(connection))) {
            g_array_append_val(stays, one);
        }
    }
    g_free(next);
    hr_times_sort(stays);
    return stays;
}

void hr_full_pools_settle(hr_calls *calls, const hr_origin_facts *facts,
                          const hr_settings *settings)
{
    if (calls->habits.idle_kept == UINT32_MAX || calls->habits.drops_oldest ||
        calls->habits.streams > 1) {
        return;
    }
    GArray *stays = stays_of(calls, facts);
    GPtrArray *pools = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);

    for (guint i = 0; i < stays->len; i++) {
        const stay *one = &g_array_index(stays, stay, i);
        come(calls, places_of(pools, pool_of(calls, one)), one, settings->pool_settle_ns);
    }
    g_ptr_array_free(pools, TRUE);
    g_array_free(stays, TRUE);
}

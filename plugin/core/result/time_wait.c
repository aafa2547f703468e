/* time_wait.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/time_wait.h"

#include "core/model/route.h"

/* The sockets of one side. */
typedef struct {
    hr_side side;
    GArray *begins, *ends;
    GHashTable *latest; /* hr_route -> 1 + the index of its end, of ports that are used again */
} time_wait;

static time_wait time_wait_new(hr_side side)
{
    return (time_wait){side, hr_times_new(), hr_times_new(),
                       g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, NULL)};
}

/* A socket leaves TIME_WAIT after its time, or when its ports are used again. */
static void add_time_wait(time_wait *to, const hr_connection *connection, int64_t lasts_ns)
{
    const hr_side side = connection->time_wait;
    guint before = 0;

    if (g_hash_table_size(to->latest) > 0) {
        const hr_route route = hr_route_of(connection);
        before = GPOINTER_TO_UINT(g_hash_table_lookup(to->latest, &route));
    }
    if (before > 0) {
        int64_t *end_ns = &g_array_index(to->ends, int64_t, before - 1);
        *end_ns = MIN(*end_ns, connection->first_seen.ns);
    }
    if (side == to->side || side == HR_SIDE_BOTH) {
        const int64_t ns = MAX(connection->ends[0].fin.ns, connection->ends[1].fin.ns);
        hr_times_add(to->begins, ns);
        hr_times_add(to->ends, ns + lasts_ns);
        if (connection->is_replaced) {
            const hr_route route = hr_route_of(connection);
            g_hash_table_insert(to->latest, g_memdup2(&route, sizeof(route)),
                                GUINT_TO_POINTER(to->begins->len));
        }
    }
}

/* The most at a time. */
static uint32_t time_wait_end(time_wait *of)
{
    uint32_t peak = 0;
    guint gone = 0;

    hr_times_sort(of->begins);
    hr_times_sort(of->ends);
    for (guint i = 0; i < of->begins->len; i++) {
        const int64_t now_ns = g_array_index(of->begins, int64_t, i);
        while (gone < i && g_array_index(of->ends, int64_t, gone) <= now_ns) {
            gone++;
        }
        peak = MAX(peak, i + 1 - gone);
    }
    g_hash_table_destroy(of->latest);
    g_array_free(of->ends, TRUE);
    g_array_free(of->begins, TRUE);
    return peak;
}

void hr_time_wait_compute(const hr_facts *facts, hr_totals *totals)
{
    const int64_t lasts_ns = facts->model->settings.time_wait_ns;
    time_wait client = time_wait_new(HR_SIDE_CLIENT);
    time_wait server = time_wait_new(HR_SIDE_SERVER);

    for (guint i = 0; i < facts->connections->len; i++) {
        add_time_wait(&client, facts->connections->pdata[i], lasts_ns);
        add_time_wait(&server, facts->connections->pdata[i], lasts_ns);
    }
    totals->time_wait_client = time_wait_end(&client);
    totals->time_wait_server = time_wait_end(&server);
}

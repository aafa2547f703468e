/* kept.c
 * Counts the idle times that there are at a time by walking their begins and ends in order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/kept.h"

#include "core/model/times.h"

void hr_kept_init(hr_kept *kept)
{
    kept->begin_ns = hr_times_new();
    kept->end_ns = hr_times_new();
    kept->most = 0;
}

void hr_kept_clear(hr_kept *kept)
{
    g_array_free(kept->begin_ns, TRUE);
    g_array_free(kept->end_ns, TRUE);
}

void hr_kept_add(hr_kept *kept, const hr_settings *settings, const hr_request *request)
{
    int64_t end_ns = hr_connection_ended_ns(request->connection);

    if (!request->is_done || request->ended.frame == 0) {
        return;
    }
    const int64_t begin_ns = request->ended.ns + settings->pool_settle_ns;
    if (request->next != NULL) {
        end_ns = request->next->sent.ns;
    } else if (end_ns < request->ended.ns + settings->pool_stay_ns) {
        return;
    }
    if (begin_ns < end_ns) {
        hr_times_add(kept->begin_ns, begin_ns);
        hr_times_add(kept->end_ns, end_ns);
    }
}

void hr_kept_count(hr_kept *kept)
{
    guint ended = 0;

    g_array_sort(kept->begin_ns, hr_times_compare);
    g_array_sort(kept->end_ns, hr_times_compare);
    for (guint begun = 0; begun < kept->begin_ns->len; begun++) {
        while (g_array_index(kept->end_ns, int64_t, ended) <=
               g_array_index(kept->begin_ns, int64_t, begun)) {
            ended++;
        }
        kept->most = MAX(kept->most, begun + 1 - ended);
    }
}

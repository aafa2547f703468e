/* open_at.c
 * How many connections of a pool key were open at a time, busy ones included: what some pools count.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/origins.h"
#include "core/model/store.h"
#include "core/model/times.h"

/* Few pools are asked for it. */
static void gather(hr_origin_facts *facts)
{
    facts->opened_ns = hr_times_new();
    facts->closed_ns = hr_times_new();
    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        hr_times_add(facts->opened_ns, connection->first_seen.ns);
        hr_times_add(facts->closed_ns, hr_connection_ended_ns(connection));
    }
    hr_times_sort(facts->opened_ns);
    hr_times_sort(facts->closed_ns);
}

guint hr_origin_open_at(hr_origin_facts *facts, int64_t at_ns)
{
    if (facts->opened_ns == NULL) {
        gather(facts);
    }
    const guint opened = hr_sorted_up_to(facts->opened_ns, at_ns);
    const guint closed = hr_sorted_below(facts->closed_ns, at_ns);
    return opened > closed ? opened - closed : 0;
}

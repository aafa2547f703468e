/* open_at.c
 * How many connections of a pool key were open at a time, busy ones included, and how many of its
 * calls ran: what some pools count. Few are asked for it, so that these times are gathered then.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/origin_facts.h"
#include "core/model/store.h"
#include "core/model/times.h"

static void gather_connections(hr_origin_facts *facts)
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
        gather_connections(facts);
    }
    const guint opened = hr_sorted_up_to(facts->opened_ns, at_ns);
    const guint closed = hr_sorted_below(facts->closed_ns, at_ns);
    return opened > closed ? opened - closed : 0;
}

static void gather_calls(hr_origin_facts *facts)
{
    const hr_settings *settings = &facts->model->settings;

    facts->called_ns = hr_times_for(facts->request_count);
    facts->ended_ns = hr_times_for(facts->request_count);
    for (guint i = 0; i < hr_origin_request_count(facts); i++) {
        const hr_request *request = hr_origin_request(facts, i);
        hr_times_add(facts->called_ns, hr_request_called_ns(settings, request));
        hr_times_add(facts->ended_ns, hr_request_over_ns(settings, request));
    }
    hr_times_sort(facts->called_ns);
    hr_times_sort(facts->ended_ns);
}

guint hr_origin_calls_during(hr_origin_facts *facts, int64_t begin_ns, int64_t end_ns)
{
    if (facts->called_ns == NULL) {
        gather_calls(facts);
    }
    const guint begun = hr_sorted_below(facts->called_ns, end_ns);
    const guint over = hr_sorted_up_to(facts->ended_ns, begin_ns);
    return begun > over ? begun - over : 0;
}

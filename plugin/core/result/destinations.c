/* destinations.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/destinations.h"

#include "core/model/route.h"

typedef struct {
    hr_route route;     /* without the client's port */
    GArray *begins_ns;  /* when its ports were taken ... */
    GArray *ends_ns;    /* ... and free again, in the same order; INT64_MAX: not in the capture */
    GArray *opened_ns;  /* of the openings that are in the capture */
    GHashTable *latest; /* client port -> 1 + index of its latest use, of ports used again */
} destination;

static void destination_free(gpointer data)
{
    destination *to = data;

    g_array_free(to->begins_ns, TRUE);
    g_array_free(to->ends_ns, TRUE);
    g_array_free(to->opened_ns, TRUE);
    g_hash_table_destroy(to->latest);
    g_free(to);
}

static destination *destination_of(GHashTable *destinations, GPtrArray *order,
                                   const hr_connection *connection)
{
    hr_route route = hr_route_of(connection);
    route.client_port = 0;
    destination *to = g_hash_table_lookup(destinations, &route);

    if (to == NULL) {
        to = g_new0(destination, 1);
        to->route = route; /* the first member: what stands in the table is its own key */
        to->begins_ns = hr_times_new();
        to->ends_ns = hr_times_new();
        to->opened_ns = hr_times_new();
        to->latest = g_hash_table_new(g_direct_hash, g_direct_equal);
        g_hash_table_add(destinations, to);
        g_ptr_array_add(order, to);
    }
    return to;
}

/* When the client's port is free again. One FIN alone leaves the connection half open. */
static int64_t freed_ns(const hr_connection *connection, int64_t stay_ns)
{
    const hr_tcp_end *ends = connection->ends;
    const int64_t closed_ns = MAX(ends[0].fin.ns, ends[1].fin.ns);

    if (connection->time_wait == HR_SIDE_CLIENT || connection->time_wait == HR_SIDE_BOTH) {
        return closed_ns > INT64_MAX - stay_ns ? INT64_MAX : closed_ns + stay_ns;
    }
    for (unsigned i = 0; i < 2; i++) {
        const hr_tcp_end *other = &ends[1 - i];
        if (ends[i].seldom->rst.frame != 0 &&
            (other->seldom->rst.frame == 0 ||
             ends[i].seldom->rst.frame <= other->seldom->rst.frame)) {
            return ends[i].seldom->rst.ns;
        }
    }
    return ends[0].fin.frame != 0 && ends[1].fin.frame != 0 ? closed_ns : INT64_MAX;
}

/* A port that is used again ends its use before, also where that was in TIME_WAIT. */
static void add_use(destination *to, const hr_connection *connection, int64_t stay_ns)
{
    const gpointer port = GUINT_TO_POINTER(hr_connection_client(connection)->endpoint.port);
    const guint before = g_hash_table_size(to->latest) > 0
                             ? GPOINTER_TO_UINT(g_hash_table_lookup(to->latest, port))
                             : 0;
    const int64_t begin_ns = connection->first_seen.ns;

    if (before > 0) {
        int64_t *end_ns = &g_array_index(to->ends_ns, int64_t, before - 1);
        *end_ns = MIN(*end_ns, begin_ns);
    }
    hr_times_add(to->begins_ns, begin_ns);
    hr_times_add(to->ends_ns, MAX(freed_ns(connection, stay_ns), begin_ns));
    if (connection->is_replaced) {
        g_hash_table_insert(to->latest, port, GUINT_TO_POINTER(to->begins_ns->len));
    }
    if (connection->is_opening_seen) {
        hr_times_add(to->opened_ns, begin_ns);
    }
}

static void keep_peak(hr_destination_peak *peak, const destination *to, uint32_t count,
                      int64_t at_ns)
{
    if (count > peak->count) {
        *peak = (hr_destination_peak){to->route.client_address,
                                      {to->route.server_address, to->route.server_port},
                                      count,
                                      at_ns};
    }
}

/* A port that is freed in the instant in which another is taken can be that other one. */
static void find_most_ports(const destination *to, hr_destination_peak *peak)
{
    guint freed = 0;

    hr_times_sort(to->begins_ns);
    hr_times_sort(to->ends_ns);
    for (guint i = 0; i < to->begins_ns->len; i++) {
        const int64_t now_ns = g_array_index(to->begins_ns, int64_t, i);
        while (freed < i && g_array_index(to->ends_ns, int64_t, freed) <= now_ns) {
            freed++;
        }
        keep_peak(peak, to, i + 1 - freed, now_ns);
    }
}

static void find_fastest(const destination *to, hr_destination_peak *peak)
{
    guint first = 0;

    hr_times_sort(to->opened_ns);
    for (guint i = 0; i < to->opened_ns->len; i++) {
        const int64_t now_ns = g_array_index(to->opened_ns, int64_t, i);
        while (now_ns - g_array_index(to->opened_ns, int64_t, first) >= HR_NS_PER_S) {
            first++;
        }
        keep_peak(peak, to, i + 1 - first, g_array_index(to->opened_ns, int64_t, first));
    }
}

void hr_destinations_compute(const hr_facts *facts, hr_totals *totals)
{
    GHashTable *destinations = g_hash_table_new(hr_route_hash, hr_route_equal);
    GPtrArray *order = g_ptr_array_new_with_free_func(destination_free);

    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        if (connection->transport == HR_TRANSPORT_TCP) {
            add_use(destination_of(destinations, order, connection), connection,
                    facts->model->settings.time_wait_ns);
        }
    }
    totals->ports_peak = totals->openings_peak = (hr_destination_peak){.at_ns = HR_TIME_NONE};
    for (guint i = 0; i < order->len; i++) {
        find_most_ports(order->pdata[i], &totals->ports_peak);
        find_fastest(order->pdata[i], &totals->openings_peak);
    }
    g_hash_table_destroy(destinations);
    g_ptr_array_free(order, TRUE);
}

/* totals.c
 * Sums: of each origin, then of the capture, and what a perfect pool would have needed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/model/ahead.h"
#include "core/model/apart.h"
#include "core/result/compute.h"
#include "core/result/costs.h"
#include "core/result/destinations.h"
#include "core/result/needed.h"
#include "core/result/time_wait.h"

double hr_sums_reuse_ratio(const hr_sums *sums)
{
    const uint32_t known = sums->new_requests + sums->reused;
    return known > 0 ? (double)sums->reused / known : -1;
}

static void sums_init(hr_sums *sums)
{
    memset(sums, 0, sizeof(*sums));
    sums->avoidable_setup_ns = sums->saved_setup_ns = HR_TIME_NONE;
    sums->setup_total_ns = sums->setup_median_ns = HR_TIME_NONE;
}

static uint32_t count_headerless(const hr_connection *connection)
{
    uint32_t count = 0;

    for (const hr_request *request = connection->first_request; request != NULL;
         request = request->next) {
        count += request->method == NULL;
    }
    return count;
}

/* All but the first of a connection reuse it (hr_exchange_begin()). */
static void add_requests(hr_sums *sums, const hr_connection *connection)
{
    const hr_request *first = connection->first_request;

    if (first == NULL) {
        return;
    }
    sums->requests += connection->request_count;
    sums->new_requests += first->status == HR_STATUS_NEW;
    sums->unknown += first->status == HR_STATUS_UNKNOWN;
    sums->reused += connection->request_count - 1 + (first->status == HR_STATUS_REUSED);
    if (connection->protocol == HR_PROTOCOL_H3) {
        sums->headerless += count_headerless(connection);
    }
}

static void add_connection(hr_sums *sums, const hr_connection *connection)
{
    sums->connections++;
    sums->opened += connection->is_opening_seen;
    sums->unused += connection->is_opening_seen && hr_connection_carried_nothing(connection);
    sums->opaque += hr_connection_is_opaque(connection);
    sums->tls_full += connection->seldom->tls->handshake == HR_TLS_FULL;
    sums->tls_resumed += connection->seldom->tls->handshake == HR_TLS_RESUMED ||
                         connection->seldom->tls->handshake == HR_TLS_EARLY_DATA;
    sums->by_transport[connection->transport]++;
    hr_duration_add(&sums->setup_total_ns, hr_connection_setup_ns(connection));
    add_requests(sums, connection);
}

static int64_t median_setup(const GPtrArray *connections)
{
    GArray *setups = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t median_ns = HR_TIME_NONE;

    for (guint i = 0; i < connections->len; i++) {
        const int64_t ns = hr_connection_setup_ns(connections->pdata[i]);
        if (ns != HR_TIME_NONE) {
            g_array_append_val(setups, ns);
        }
    }
    if (setups->len > 0) {
        hr_times_sort(setups);
        const int64_t upper_ns = g_array_index(setups, int64_t, setups->len / 2);
        const int64_t lower_ns = g_array_index(setups, int64_t, (setups->len - 1) / 2);
        median_ns = lower_ns + (upper_ns - lower_ns) / 2;
    }
    g_array_free(setups, TRUE);
    return median_ns;
}

static void compute_origin(const hr_settings *settings, const hr_origin_facts *facts,
                           hr_origin *origin)
{
    origin->client_address = facts->key.client_address;
    origin->server = facts->key.server;
    origin->scheme = facts->key.scheme;
    origin->name = facts->key.name;
    origin->protocol = facts->key.protocol;
    origin->first_connection = facts->key.first_connection;
    sums_init(&origin->sums);
    for (guint i = 0; i < facts->connections->len; i++) {
        hr_fetch_ahead(facts->connections, i);
        const hr_connection *connection = facts->connections->pdata[i];
        add_connection(&origin->sums, connection);
        origin->why[hr_connection_opening(connection)->why]++;
        origin->ended[connection->ending.cause]++;
    }
    origin->peak_concurrency = facts->most_at_once;
    origin->sums.setup_median_ns = median_setup(facts->connections);
    if (origin->sums.setup_median_ns != HR_TIME_NONE && origin->sums.reused > 0) {
        origin->sums.saved_setup_ns =
            MIN(origin->sums.setup_median_ns, INT64_MAX / origin->sums.reused) *
            origin->sums.reused;
    }
    hr_needed_judge(facts, origin);
    hr_costs_attribute(settings, facts);
}

static void add_origin(hr_totals *totals, const hr_origin *origin)
{
    hr_sums *sums = &totals->sums;
    const hr_sums *added = &origin->sums;

    sums->requests += added->requests;
    sums->new_requests += added->new_requests;
    sums->reused += added->reused;
    sums->unknown += added->unknown;
    sums->headerless += added->headerless;
    sums->connections += added->connections;
    sums->opened += added->opened;
    sums->unused += added->unused;
    sums->opaque += added->opaque;
    sums->tls_full += added->tls_full;
    sums->tls_resumed += added->tls_resumed;
    for (unsigned i = 0; i < G_N_ELEMENTS(sums->by_transport); i++) {
        sums->by_transport[i] += added->by_transport[i];
    }
    for (unsigned why = 0; why < G_N_ELEMENTS(totals->why); why++) {
        totals->why[why] += origin->why[why];
    }
    for (unsigned cause = 0; cause < G_N_ELEMENTS(totals->ended); cause++) {
        totals->ended[cause] += origin->ended[cause];
    }
    hr_duration_add(&sums->setup_total_ns, added->setup_total_ns);
    sums->avoidable_connections += added->avoidable_connections;
    hr_duration_add(&sums->avoidable_setup_ns, added->avoidable_setup_ns);
    hr_duration_add(&sums->saved_setup_ns, added->saved_setup_ns);
}

static void add_apart(const hr_model *model, hr_totals *totals, const hr_connection *connection)
{
    const int64_t apart_ns = hr_apart_ns(&model->apart, connection);

    totals->apart += apart_ns > 0 ? 1 : 0;
    if (apart_ns > totals->apart_ns) {
        totals->apart_ns = apart_ns;
        totals->most_apart = connection;
    }
}

/* What all connections are asked once more, whatever their origin. */
static void add_connections(const hr_facts *facts, hr_totals *totals)
{
    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        if (connection->is_one_way) {
            totals->one_way[hr_connection_client(connection)->last_sent.frame == 0]++;
        }
        add_apart(facts->model, totals, connection);
    }
    hr_time_wait_compute(facts, totals);
}

void hr_totals_compute(const hr_facts *facts, hr_totals *totals, hr_origin *origins)
{
    sums_init(&totals->sums);
    for (guint i = 0; i < facts->origins->len; i++) {
        if (i + 1 < facts->origins->len) {
            hr_fetch_first(((const hr_origin_facts *)facts->origins->pdata[i + 1])->connections);
        }
        compute_origin(&facts->model->settings, facts->origins->pdata[i], &origins[i]);
        add_origin(totals, &origins[i]);
    }
    add_connections(facts, totals);
    totals->sums.setup_median_ns = median_setup(facts->connections);
    totals->other_connections = facts->other_connections;
    totals->unseen_connections = facts->unseen_connections;
    totals->refused_connections = facts->refused_connections;
    totals->first_refused = facts->first_refused;
    totals->copies = facts->copies;
    totals->first_copy = facts->first_copy;
    totals->halves = facts->halves;
    totals->first_half = facts->first_half;
    totals->cut_connections = facts->cut_connections;
    totals->unread_connections = facts->unread_connections;
    hr_destinations_compute(facts, totals);
}

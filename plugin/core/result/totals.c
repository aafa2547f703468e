/* totals.c
 * Sums: of each origin, then of the capture, and what a perfect pool would have needed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/model/ahead.h"
#include "core/model/apart.h"
#include "core/model/route.h"
#include "core/result/compute.h"
#include "core/result/costs.h"
#include "core/result/destinations.h"

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

/* Names that one connection answered by 421, and another one was opened for: that one has to be. */
static uint32_t misdirected_names(const GPtrArray *connections)
{
    GHashTable *names = g_hash_table_new(g_direct_hash, g_direct_equal); /* interned */
    uint32_t count = 0;

    for (guint i = 0; i < connections->len; i++) {
        const hr_connection *connection = connections->pdata[i];
        if (connection->seldom->tls->misdirected != NULL) {
            g_hash_table_add(names, (gpointer)connection->seldom->tls->misdirected);
        }
    }
    for (guint i = 0; i < connections->len && g_hash_table_size(names) > 0; i++) {
        const hr_connection *connection = connections->pdata[i];
        count += g_hash_table_remove(names, connection->name) ? 1 : 0;
    }
    g_hash_table_destroy(names);
    return count;
}

static bool carries_streams(hr_protocol protocol)
{
    return protocol == HR_PROTOCOL_H2 || protocol == HR_PROTOCOL_H3;
}

/* HTTP/2 was agreed on in the open (TLS 1.2), and it was dialled while the other was: what waits for
 * that can run on it, up to its limit of streams, of which there are 100 at least. */
static bool is_needless_h2_dial(const hr_connection *connection, guint among)
{
    const hr_connection *busy = hr_connection_opening(connection)->connection;

    return hr_connection_agreed_on_h2(connection) && among <= HR_LEAST_STREAMS &&
           hr_connection_opening(connection)->why == HR_WHY_ALL_BUSY && busy != NULL &&
           (hr_connection_ready(busy).frame == 0 ||
            hr_connection_ready(busy).frame > connection->opened.frame);
}

/* Where nothing could be read, or nothing was carried: those that were opened beside busy ones may
 * have had to be, unless one carries all that runs at a time. */
static uint32_t needed_unread(const hr_origin_facts *facts)
{
    uint32_t needed = 0;

    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        const hr_why why = hr_connection_opening(connection)->why;
        needed += !connection->is_race_loser && !carries_streams(connection->protocol) &&
                  !is_needless_h2_dial(connection, facts->connections->len) &&
                  (why == HR_WHY_ALL_BUSY || why == HR_WHY_FIRST_CONTACT);
    }
    return MAX(needed, 1);
}

/* HTTP/1 needs a connection for each request that runs at a time, HTTP/2 and 3 one for as many
 * as the server allows streams, and for each name that it does not serve there. */
static uint32_t needed_for_http(const hr_origin_facts *facts, uint32_t peak)
{
    uint32_t streams = UINT32_MAX;

    if (!carries_streams(facts->key.protocol)) {
        return peak;
    }
    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        streams = MIN(streams, MAX(connection->seldom->streams->limit, 1));
    }
    return peak / streams + (peak % streams != 0) + misdirected_names(facts->connections);
}

/* Nobody's earlier connection could have served: that of another program, or of another user where
 * NTLM bound it, is none. */
static bool is_first_contact(const hr_connection *connection)
{
    return hr_connection_opening(connection)->why == HR_WHY_FIRST_CONTACT &&
           !hr_connection_carried_nothing(connection);
}

static uint32_t first_contacts(const hr_origin_facts *facts)
{
    uint32_t count = 0;

    for (guint i = 0; i < facts->connections->len; i++) {
        count += is_first_contact(facts->connections->pdata[i]);
    }
    return count;
}

/* Each is there to see whether the server still accepts one. */
static uint32_t opened_to_check(const hr_origin_facts *facts)
{
    uint32_t count = 0;

    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        count += connection->is_opening_seen && hr_connection_is_check(connection);
    }
    return count;
}

static bool has_others_than_checks(const hr_origin_facts *facts)
{
    for (guint i = 0; i < facts->connections->len; i++) {
        if (!hr_connection_is_check(facts->connections->pdata[i])) {
            return true;
        }
    }
    return false;
}

/* For all but checks, each of which needs its own. */
static uint32_t needed_connections(const hr_origin_facts *facts, uint32_t peak)
{
    if (!has_others_than_checks(facts)) {
        return 0;
    }
    return peak == 0 ? needed_unread(facts)
                     : MAX(needed_for_http(facts, peak), first_contacts(facts));
}

/* An answer without an end can only be left, and on HTTP/1 the connection goes with it. */
static bool has_left_stream(const hr_connection *connection)
{
    const hr_request *about = connection->ending.about;

    return about != NULL && about->is_answer_endless;
}

/* It left HTTP (a CONNECT, an upgrade), with its first request or with a later one, and served
 * nobody from then on: whether another could have been used up instead, or had to stay for what
 * came after, nobody can tell. */
static bool is_used_up(const hr_connection *connection)
{
    return (connection->seldom->left.at.frame != 0 && connection->first_request != NULL) ||
           has_left_stream(connection);
}

/* It served nobody in the capture, and cannot have: nobody knows what closed it. */
static bool was_over_before(const hr_connection *connection)
{
    return !connection->is_opening_seen && hr_connection_carried_nothing(connection) &&
           connection->ending.cause == HR_CLOSE_UNKNOWN;
}

static void set_avoidable(hr_connection *connection, hr_origin *origin)
{
    connection->is_avoidable = true;
    origin->sums.avoidable_connections++;
    hr_duration_add(&origin->sums.avoidable_setup_ns, hr_connection_setup_ns(connection));
}

/* How many of those opened are beyond what was needed; what was open before the capture served as
 * well. */
static uint32_t count_avoidable(const hr_origin_facts *facts, uint32_t needed)
{
    uint32_t count = 0;

    for (guint i = 0; i < facts->connections->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        connection->is_avoidable = false;
        if (is_used_up(connection) || was_over_before(connection) ||
            hr_connection_is_check(connection)) {
            continue;
        }
        count += connection->is_opening_seen && needed == 0;
        needed -= needed > 0;
    }
    return count;
}

/* So many, those first that carried nothing, then the last opened: the first count as needed. */
static void judge_avoidable(const hr_origin_facts *facts, uint32_t needed, hr_origin *origin)
{
    uint32_t count = count_avoidable(facts, needed);

    for (unsigned pass = 0; pass < 2; pass++) {
        for (guint i = facts->connections->len; i > 0 && count > 0; i--) {
            hr_connection *connection = facts->connections->pdata[i - 1];
            if (connection->is_opening_seen && !connection->is_avoidable &&
                !is_used_up(connection) && !is_first_contact(connection) &&
                !hr_connection_is_check(connection) &&
                (pass == 1 || hr_connection_carried_nothing(connection))) {
                set_avoidable(connection, origin);
                count--;
            }
        }
    }
}

/* What dials that nobody named asked for, is left to those that did. */
static uint32_t needed_by_program(const hr_origin_facts *program)
{
    const uint32_t peak = program->most_at_once;
    const bool is_named = hr_connection_owner(program->connections->pdata[0]) != NULL;

    return peak == 0 && !is_named ? 0 : needed_connections(program, peak);
}

/* Each program has a pool of its own, however perfect. */
static void judge_needed(const hr_origin_facts *facts, hr_origin *origin)
{
    GHashTableIter iter;
    gpointer program = NULL;

    if (facts->programs == NULL) {
        const uint32_t needed = needed_connections(facts, origin->peak_concurrency);
        origin->needed_connections = needed + opened_to_check(facts);
        judge_avoidable(facts, needed, origin);
        return;
    }
    origin->needed_connections = 0;
    g_hash_table_iter_init(&iter, facts->programs);
    while (g_hash_table_iter_next(&iter, NULL, &program)) {
        const uint32_t needed = needed_by_program(program);
        origin->needed_connections += needed + opened_to_check(program);
        judge_avoidable(program, needed, origin);
    }
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
    judge_needed(facts, origin);
    hr_costs_attribute(settings, facts);
}

/* ---- TIME_WAIT ---- */

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
    const int64_t lasts_ns = facts->model->settings.time_wait_ns;
    time_wait client = time_wait_new(HR_SIDE_CLIENT);
    time_wait server = time_wait_new(HR_SIDE_SERVER);

    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        if (connection->is_one_way) {
            totals->one_way[hr_connection_client(connection)->last_sent.frame == 0]++;
        }
        add_apart(facts->model, totals, connection);
        add_time_wait(&client, connection, lasts_ns);
        add_time_wait(&server, connection, lasts_ns);
    }
    totals->time_wait_client = time_wait_end(&client);
    totals->time_wait_server = time_wait_end(&server);
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
    totals->copies = facts->copies;
    totals->first_copy = facts->first_copy;
    totals->cut_connections = facts->cut_connections;
    totals->unread_connections = facts->unread_connections;
    hr_destinations_compute(facts, totals);
}

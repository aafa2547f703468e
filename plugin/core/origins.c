/* origins.c
 * Gathers facts over the whole capture into sorted arrays, so that each later judgement is a
 * binary search. O(n log n) in requests and connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "origins.h"

#include <string.h>

#include "ending.h"
#include "pool.h"

enum {
    MAX_EQUAL_ENDS = 64
};

static GArray *times_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(int64_t));
}

static void times_add(GArray *times, int64_t ns)
{
    g_array_append_val(times, ns);
}

static gint compare_times(gconstpointer left, gconstpointer right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

guint hr_sorted_up_to(const GArray *sorted, int64_t limit)
{
    guint low = 0;
    guint high = sorted->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (g_array_index(sorted, int64_t, middle) <= limit) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

guint hr_sorted_below(const GArray *sorted, int64_t limit)
{
    return limit == INT64_MIN ? 0 : hr_sorted_up_to(sorted, limit - 1);
}

/* ---- scope ---- */

static guint endpoint_hash(gconstpointer data)
{
    const hr_endpoint *endpoint = data;
    return g_direct_hash(endpoint->address) * 31 + endpoint->port;
}

static gboolean endpoint_equal(gconstpointer left, gconstpointer right)
{
    const hr_endpoint *a = left;
    const hr_endpoint *b = right;
    return a->address == b->address && a->port == b->port;
}

static bool carried_nothing(const hr_connection *connection)
{
    return connection->ends[0].bytes == 0 && connection->ends[1].bytes == 0;
}

/* A connection without payload is in scope if its server is, by a connection that carried. */
static void recognise_empty(hr_model *model, hr_connection *connection, GHashTable *servers)
{
    for (unsigned end = 0; end < 2; end++) {
        const bool may_be_server =
            connection->is_client_guessed || end != (unsigned)connection->client;
        if (may_be_server && g_hash_table_contains(servers, &connection->ends[end].endpoint)) {
            connection->client = (uint8_t)(1 - end);
            hr_model_recognise(model, connection);
            return;
        }
    }
}

static void recognise_all(hr_model *model)
{
    GHashTable *servers = g_hash_table_new(endpoint_hash, endpoint_equal);

    for (guint i = 0; i < model->connections->len; i++) {
        hr_connection *connection = model->connections->pdata[i];
        if (connection->id != 0) {
            g_hash_table_add(servers, (gpointer)&hr_connection_server(connection)->endpoint);
        }
    }
    for (guint i = 0; i < model->connections->len; i++) {
        hr_connection *connection = model->connections->pdata[i];
        if (connection->id == 0 && carried_nothing(connection)) {
            recognise_empty(model, connection, servers);
        }
    }
    g_hash_table_destroy(servers);
}

/* ---- origins ---- */

/* A client's address and a server. */
typedef struct {
    const char *client_address;
    hr_endpoint server;
    bool is_quic; /* pooled apart from what runs over TCP to the same port */
} route;

static guint route_hash(gconstpointer data)
{
    const route *key = data;
    return g_direct_hash(key->client_address) * 31 + endpoint_hash(&key->server);
}

static gboolean route_equal(gconstpointer left, gconstpointer right)
{
    const route *a = left;
    const route *b = right;
    return a->client_address == b->client_address && endpoint_equal(&a->server, &b->server) &&
           a->is_quic == b->is_quic;
}

static hr_origin_facts *origin_new(void)
{
    hr_origin_facts *facts = g_new0(hr_origin_facts, 1);

    facts->connections = g_ptr_array_new();
    facts->requests = g_ptr_array_new();
    facts->sent_ns = times_new();
    facts->ended_ns = times_new();
    facts->idle_begin_ns = times_new();
    facts->idle_expiry_ns = times_new();
    for (unsigned side = 0; side < 2; side++) {
        facts->idle_ends[side] = g_array_new(FALSE, FALSE, sizeof(hr_idle_end));
    }
    return facts;
}

static void origin_free(gpointer data)
{
    hr_origin_facts *facts = data;

    g_ptr_array_free(facts->connections, TRUE);
    g_ptr_array_free(facts->requests, TRUE);
    g_array_free(facts->sent_ns, TRUE);
    g_array_free(facts->ended_ns, TRUE);
    g_array_free(facts->idle_begin_ns, TRUE);
    g_array_free(facts->idle_expiry_ns, TRUE);
    g_array_free(facts->idle_ends[0], TRUE);
    g_array_free(facts->idle_ends[1], TRUE);
    g_free(facts);
}

static int64_t end_of_connection(const hr_connection *connection)
{
    if (connection->quic != NULL && connection->quic->silent_end_ns != HR_TIME_NONE) {
        return connection->quic->silent_end_ns;
    }
    return connection->ending.at.frame != 0 ? connection->ending.at.ns : INT64_MAX;
}

/* When a request was over: answered, or its connection ended, or the capture. */
static int64_t end_of_request(const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const int64_t end_ns = request->is_done ? request->ended.ns : connection->last_seen.ns;

    return MAX(MIN(end_ns, end_of_connection(connection)), request->sent.ns);
}

/* An idle time shows a pool that keeps connections only if the connection then stays open for
 * a while; so it expires that much before the end. Idle times of one connection that follow
 * each other closely are one, or one connection would count several times. */
static void add_idle_time(hr_origin_facts *facts, const hr_settings *settings,
                          const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const int64_t begin_ns = request->ended.ns;
    const int64_t close_ns = end_of_connection(connection);
    int64_t expiry_ns = close_ns == INT64_MAX ? INT64_MAX : close_ns - settings->pool_stay_ns;
    GArray *expiries = facts->idle_expiry_ns;
    int64_t *latest_ns =
        expiries->len > 0 ? &g_array_index(expiries, int64_t, expiries->len - 1) : NULL;

    if (request->next != NULL) {
        expiry_ns = MIN(expiry_ns, request->next->sent.ns);
    }
    if (!request->is_done || expiry_ns <= begin_ns - settings->pool_settle_ns) {
        return;
    }
    if (latest_ns != NULL && facts->idle_latest == connection &&
        begin_ns <= *latest_ns + settings->pool_settle_ns) {
        *latest_ns = MAX(*latest_ns, expiry_ns);
        return;
    }
    times_add(facts->idle_begin_ns, begin_ns);
    times_add(facts->idle_expiry_ns, expiry_ns);
    facts->idle_latest = connection;
}

static void origin_add(hr_origin_facts *facts, const hr_settings *settings,
                       hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    g_ptr_array_add(facts->connections, connection);
    for (hr_request *request = connection->first_request; request != NULL;
         request = request->next) {
        g_ptr_array_add(facts->requests, request);
        times_add(facts->sent_ns, request->sent.ns);
        times_add(facts->ended_ns, end_of_request(request));
        add_idle_time(facts, settings, request);
    }
    if (ending->after_idle_ns != HR_TIME_NONE && ending->first_fin != HR_SIDE_NONE) {
        const hr_idle_end end = {ending->after_idle_ns, ending->at.ns};
        g_array_append_val(facts->idle_ends[ending->first_fin == HR_SIDE_SERVER], end);
    }
}

static gint compare_by_sending(gconstpointer left, gconstpointer right)
{
    const hr_request *a = *(hr_request *const *)left;
    const hr_request *b = *(hr_request *const *)right;

    if (a->sent.frame != b->sent.frame) {
        return a->sent.frame < b->sent.frame ? -1 : 1;
    }
    return a->id < b->id ? -1 : a->id > b->id;
}

static void origin_sort(hr_origin_facts *facts)
{
    g_ptr_array_sort(facts->requests, compare_by_sending);
    g_array_sort(facts->sent_ns, compare_times);
    g_array_sort(facts->ended_ns, compare_times);
    g_array_sort(facts->idle_begin_ns, compare_times);
    g_array_sort(facts->idle_expiry_ns, compare_times);
    g_array_sort(facts->idle_ends[0], compare_times); /* by idle_ns, the first member */
    g_array_sort(facts->idle_ends[1], compare_times);
}

/* The index of the first end that was idle for @idle_ns or longer. */
static guint first_idle_end(const GArray *ends, int64_t idle_ns)
{
    guint low = 0;
    guint high = ends->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (g_array_index(ends, hr_idle_end, middle).idle_ns < idle_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool hr_origin_has_equal_idle_end(const hr_origin_facts *facts, hr_side side, hr_idle_end end,
                                  unsigned percent, bool is_earlier, int64_t window_ns)
{
    const GArray *ends = facts->idle_ends[side == HR_SIDE_SERVER];
    const int64_t tolerance_ns = end.idle_ns / 100 * percent;
    const guint first = first_idle_end(ends, end.idle_ns - tolerance_ns);
    unsigned matches = 0;

    for (guint i = first; i < ends->len && i - first < MAX_EQUAL_ENDS; i++) {
        const hr_idle_end *other = &g_array_index(ends, hr_idle_end, i);
        if (other->idle_ns > end.idle_ns + tolerance_ns) {
            break;
        }
        if (is_earlier ? other->at_ns < end.at_ns - window_ns : ++matches >= 2) {
            return true; /* without is_earlier the connection itself is one of the two */
        }
    }
    return false;
}

guint hr_origin_requests_until(const hr_origin_facts *facts, uint32_t frame)
{
    guint low = 0;
    guint high = facts->requests->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;
        const hr_request *request = facts->requests->pdata[middle];
        if (request->sent.frame <= frame) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

hr_origin_facts *hr_facts_origin_of(const hr_facts *facts, const hr_connection *connection)
{
    const hr_pool *pool = hr_pool_of(connection);
    return pool != NULL ? g_hash_table_lookup(facts->by_pool, pool) : NULL;
}

static hr_origin_facts *origin_begin(hr_facts *facts, const hr_connection *connection,
                                     const char *name)
{
    hr_origin_facts *origin = origin_new();

    origin->origin = (hr_origin){
        .client_address = hr_connection_client(connection)->endpoint.address,
        .server = hr_connection_server(connection)->endpoint,
        .scheme = connection->scheme,
        .name = name,
        .protocol = connection->protocol,
        .first_connection = connection,
    };
    g_ptr_array_add(facts->origins, origin);
    return origin;
}

/* Where a client's connections to a server are filed that never said what they were for. */
static hr_origin_facts **place_on_route(hr_facts *facts, const hr_connection *connection)
{
    const hr_endpoint *server = &hr_connection_server(connection)->endpoint;
    const route key = {hr_connection_client(connection)->endpoint.address, *server,
                       connection->transport == HR_TRANSPORT_QUIC};
    hr_origin_facts **place = g_hash_table_lookup(facts->by_route, &key);

    if (place == NULL) {
        place = g_new0(hr_origin_facts *, 1);
        g_hash_table_insert(facts->by_route, g_memdup2(&key, sizeof(key)), place);
    }
    return place;
}

static void file_under_origin(hr_facts *facts, hr_connection *connection)
{
    hr_pool *pool = hr_pool_of(connection);
    hr_origin_facts *origin = hr_facts_origin_of(facts, connection);
    hr_origin_facts **place = place_on_route(facts, connection);

    if (pool != NULL && origin == NULL) {
        origin = origin_begin(facts, connection, hr_pool_name(pool));
        g_hash_table_insert(facts->by_pool, pool, origin);
    } else if (pool == NULL) {
        if (*place == NULL) {
            *place = origin_begin(facts, connection, connection->tls_sni);
        }
        origin = *place;
    }
    if (*place == NULL) {
        *place = origin;
    }
    origin_add(origin, &facts->model->settings, connection);
}

/* ---- clients and servers ---- */

static void client_free(gpointer data)
{
    hr_client_facts *client = data;
    g_array_free(client->ends_ns, TRUE);
    g_array_free(client->open_until_ns, TRUE);
    g_free(client);
}

static void server_free(gpointer data)
{
    hr_server_facts *server = data;
    g_array_free(server->exits_ns, TRUE);
    g_hash_table_destroy(server->limits);
    g_free(server);
}

hr_client_facts *hr_facts_client_of(const hr_facts *facts, const hr_connection *connection)
{
    const char *address = hr_connection_client(connection)->endpoint.address;
    hr_client_facts *client = g_hash_table_lookup(facts->clients, address);

    if (client == NULL) {
        client = g_new0(hr_client_facts, 1);
        client->last_activity_ns = HR_TIME_NONE;
        client->ends_ns = times_new();
        client->open_until_ns = times_new();
        g_hash_table_insert(facts->clients, (gpointer)address, client);
    }
    return client;
}

hr_server_facts *hr_facts_server_of(const hr_facts *facts, const hr_connection *connection)
{
    const hr_endpoint *endpoint = &hr_connection_server(connection)->endpoint;
    hr_server_facts *server = g_hash_table_lookup(facts->servers, endpoint);

    if (server == NULL) {
        server = g_new0(hr_server_facts, 1);
        server->exits_ns = times_new();
        server->limits = g_hash_table_new(g_direct_hash, g_direct_equal);
        server->refused_ns = server->last_sent_ns = HR_TIME_NONE;
        g_hash_table_insert(facts->servers, (gpointer)endpoint, server);
    }
    return server;
}

static void note_activity(hr_client_facts *client, hr_moment moment)
{
    if (moment.frame != 0) {
        client->last_activity_ns = MAX(client->last_activity_ns, moment.ns);
    }
}

static void add_to_client(const hr_facts *facts, const hr_connection *connection)
{
    hr_client_facts *client = hr_facts_client_of(facts, connection);
    const int64_t end_ns = end_of_connection(connection);

    note_activity(client, connection->opened);
    note_activity(client, connection->data_by_client);
    if (connection->is_opaque_answered && connection->idle_since.ns <= end_ns) {
        note_activity(client, connection->idle_since);
    }
    for (const hr_request *request = connection->first_request; request != NULL;
         request = request->next) {
        note_activity(client, request->sent);
        if (request->is_done && request->ended.ns <= end_ns) {
            note_activity(client, request->ended);
        }
    }
    if (connection->transport == HR_TRANSPORT_TUNNEL) {
        return; /* it ends with the connection that carries it, which counts */
    }
    times_add(client->open_until_ns, end_ns);
    if (connection->ending.first_fin == HR_SIDE_CLIENT) {
        times_add(client->ends_ns, end_ns);
    }
}

/* The N of a connection that the server ended right after its Nth answer, or 0. */
static void add_limit(hr_server_facts *server, const hr_connection *connection)
{
    const hr_request *last = connection->last_request;
    const bool is_announced = last != NULL && connection->announced_by == HR_SIDE_SERVER &&
                              connection->announced.frame == last->response_frame;
    const bool is_silent = connection->ending.first_fin == HR_SIDE_SERVER &&
                           connection->ending.is_after_answer &&
                           connection->announced_by == HR_SIDE_NONE;

    if (last == NULL || !last->is_number_exact || (!is_announced && !is_silent)) {
        return;
    }
    const gpointer key = GUINT_TO_POINTER(last->number);
    const guint count = GPOINTER_TO_UINT(g_hash_table_lookup(server->limits, key));
    g_hash_table_insert(server->limits, key, GUINT_TO_POINTER(count + 1));
    if (is_announced) {
        server->is_limit_mixed |= server->announced_at != 0 && server->announced_at != last->number;
        server->announced_at = last->number;
    }
}

bool hr_server_shows_limit(const hr_server_facts *server, uint32_t number)
{
    const guint count =
        GPOINTER_TO_UINT(g_hash_table_lookup(server->limits, GUINT_TO_POINTER(number)));
    return count >= 2 && !server->is_limit_mixed &&
           (server->announced_at == 0 || server->announced_at == number);
}

static void add_to_server(const hr_facts *facts, const hr_connection *connection)
{
    hr_server_facts *server = hr_facts_server_of(facts, connection);
    const hr_tcp_end *end = hr_connection_server(connection);
    const bool was_accepted = connection->accepted.frame != 0 || !connection->is_opening_seen;

    if (!was_accepted) {
        server->refused_ns = MAX(server->refused_ns, connection->opened.ns);
    } else if (end->last_sent.frame != 0) {
        server->last_sent_ns = MAX(server->last_sent_ns, end->last_sent.ns);
    }
    if (connection->ending.first_fin == HR_SIDE_SERVER && was_accepted &&
        connection->announced_by == HR_SIDE_NONE) {
        times_add(server->exits_ns, connection->ending.at.ns);
    }
    add_limit(server, connection);
}

static void sort_clients_and_servers(const hr_facts *facts)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, facts->clients);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        g_array_sort(((hr_client_facts *)value)->ends_ns, compare_times);
        g_array_sort(((hr_client_facts *)value)->open_until_ns, compare_times);
    }
    g_hash_table_iter_init(&iter, facts->servers);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        g_array_sort(((hr_server_facts *)value)->exits_ns, compare_times);
    }
}

/* ---- all ---- */

static uint32_t opening_frame(const hr_connection *connection)
{
    return connection->opened.frame != 0 ? connection->opened.frame : connection->first_seen.frame;
}

static gint compare_by_opening(gconstpointer left, gconstpointer right)
{
    const hr_connection *a = *(hr_connection *const *)left;
    const hr_connection *b = *(hr_connection *const *)right;
    const uint32_t frame_a = opening_frame(a);
    const uint32_t frame_b = opening_frame(b);

    if (frame_a != frame_b) {
        return frame_a < frame_b ? -1 : 1;
    }
    return a->id < b->id ? -1 : a->id > b->id;
}

static gint compare_by_first_connection(gconstpointer left, gconstpointer right)
{
    const hr_origin_facts *a = *(hr_origin_facts *const *)left;
    const hr_origin_facts *b = *(hr_origin_facts *const *)right;
    return compare_by_opening(&a->origin.first_connection, &b->origin.first_connection);
}

/* First those that said what they were for, then the others beside them; the origins in the
 * order of their first connections. */
static void file_all(hr_facts *facts)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        for (guint i = 0; i < facts->connections->len; i++) {
            hr_connection *connection = facts->connections->pdata[i];
            if ((hr_pool_of(connection) == NULL) == (pass == 1)) {
                file_under_origin(facts, connection);
            }
        }
    }
    for (guint i = 0; i < facts->origins->len; i++) {
        hr_origin_facts *origin = facts->origins->pdata[i];
        g_ptr_array_sort(origin->connections, compare_by_opening);
        origin->origin.first_connection = origin->connections->pdata[0];
    }
    g_ptr_array_sort(facts->origins, compare_by_first_connection);
}

hr_facts *hr_facts_gather(hr_model *model)
{
    hr_facts *facts = g_new0(hr_facts, 1);

    facts->model = model;
    facts->connections = g_ptr_array_new();
    facts->origins = g_ptr_array_new_with_free_func(origin_free);
    facts->by_route = g_hash_table_new_full(route_hash, route_equal, g_free, g_free);
    facts->by_pool = g_hash_table_new(g_direct_hash, g_direct_equal);
    facts->clients = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, client_free);
    facts->servers = g_hash_table_new_full(endpoint_hash, endpoint_equal, NULL, server_free);
    recognise_all(model);
    for (guint i = 0; i < model->connections->len; i++) {
        hr_connection *connection = model->connections->pdata[i];
        if (connection->id != 0) {
            g_ptr_array_add(facts->connections, connection);
        } else {
            facts->other_connections++;
        }
    }
    g_ptr_array_sort(facts->connections, compare_by_opening);
    file_all(facts);
    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        add_to_client(facts, connection);
        add_to_server(facts, connection);
    }
    for (guint i = 0; i < facts->origins->len; i++) {
        origin_sort(facts->origins->pdata[i]);
    }
    sort_clients_and_servers(facts);
    return facts;
}

void hr_facts_free(hr_facts *facts)
{
    if (facts != NULL) {
        g_hash_table_destroy(facts->servers);
        g_hash_table_destroy(facts->clients);
        g_hash_table_destroy(facts->by_pool);
        g_hash_table_destroy(facts->by_route);
        g_ptr_array_free(facts->origins, TRUE);
        g_ptr_array_free(facts->connections, TRUE);
        g_free(facts);
    }
}

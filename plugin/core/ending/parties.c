/* parties.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/parties.h"

#include "core/model/route.h"
#include "core/model/sort.h"
#include "core/model/times.h"

enum {
    LOOKED_AT = 64 /* ends of one moment: where these had been idle for as long, so had the rest */
};

typedef struct {
    const hr_connection *connection;
    int64_t idle_ns; /* as its own packets tell: who decides its cause may know better */
} hr_idle_close;

static void client_free(gpointer data)
{
    hr_client_facts *client = data;
    g_array_free(client->ends_ns, TRUE);
    g_array_free(client->open_until_ns, TRUE);
    g_array_free(client->idle_ends, TRUE);
    g_free(client);
}

static void server_free(gpointer data)
{
    hr_server_facts *server = data;
    g_clear_pointer(&server->connections, g_array_unref);
    g_array_free(server->exits_ns, TRUE);
    g_array_free(server->accepts_ns, TRUE);
    g_array_free(server->refusals_ns, TRUE);
    hr_stops_clear(&server->stops);
    hr_lifetimes_clear(&server->lifetimes);
    g_free(server);
}

hr_client_facts *hr_parties_client_of(const hr_parties *parties, const hr_connection *connection)
{
    const char *address = hr_connection_client(connection)->endpoint.address;
    hr_client_facts *client = g_hash_table_lookup(parties->clients, address);

    if (client == NULL) {
        client = g_new0(hr_client_facts, 1);
        client->last_activity = HR_MOMENT_NONE;
        client->ends_ns = hr_times_new();
        client->open_until_ns = hr_times_new();
        client->idle_ends = g_array_new(FALSE, FALSE, sizeof(hr_idle_close));
        g_hash_table_insert(parties->clients, (gpointer)address, client);
    }
    return client;
}

hr_server_facts *hr_parties_server_of(const hr_parties *parties, const hr_connection *connection)
{
    const hr_endpoint *endpoint = &hr_connection_server(connection)->endpoint;
    hr_server_facts *server = g_hash_table_lookup(parties->servers, endpoint);

    if (server == NULL) {
        server = g_new0(hr_server_facts, 1);
        server->connections = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        server->exits_ns = hr_times_new();
        server->accepts_ns = hr_times_new();
        server->refusals_ns = hr_times_new();
        hr_stops_init(&server->stops);
        server->accepted_ns = HR_TIME_NONE;
        hr_lifetimes_init(&server->lifetimes);
        server->asked_ns = server->refused_ns = server->last_sent_ns = HR_TIME_NONE;
        g_hash_table_insert(parties->servers, (gpointer)endpoint, server);
    }
    return server;
}

static void note_activity(hr_client_facts *client, hr_moment moment)
{
    if (moment.ns > client->last_activity.ns) {
        client->last_activity = moment;
    }
}

/* Only what ended its connection tells that its answer had come: it had before. */
static bool is_ended_unseen(const hr_request *request)
{
    return request->complete == HR_COMPLETE_UNKNOWN;
}

/* Of one from before the capture a lone reset does not tell who closed; but that its client let go of
 * it then, with others. */
static bool is_let_go_by_client(const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    return ending->first_closer == HR_SIDE_NONE && ending->at.frame != 0 &&
           hr_connection_client(connection)->seldom->rst.frame == ending->at.frame;
}

static void add_to_client(const hr_parties *parties, const hr_connection *connection)
{
    hr_client_facts *client = hr_parties_client_of(parties, connection);
    const int64_t end_ns = hr_connection_ended_ns(connection);

    note_activity(client, connection->opened);
    note_activity(client, connection->seldom->tls->data_by_client);
    if (connection->seldom->tls->is_answered) {
        note_activity(client, connection->idle_since);
    }
    for (const hr_request *request = connection->first_request; request != NULL;
         request = request->next) {
        note_activity(client, request->sent);
        if (request->ended.ns <= end_ns && !is_ended_unseen(request)) {
            note_activity(client, request->ended);
        }
    }
    if (connection->transport == HR_TRANSPORT_TUNNEL) {
        return; /* it ends with the connection that carries it, which counts */
    }
    hr_times_add(client->open_until_ns, end_ns);
    if (connection->ending.first_closer == HR_SIDE_CLIENT) {
        hr_times_add(client->ends_ns, end_ns);
        const hr_idle_close end = {connection, connection->ending.after_idle_ns};
        g_array_append_val(client->idle_ends, end);
    } else if (is_let_go_by_client(connection)) {
        hr_times_add(client->ends_ns, end_ns);
    }
}

/* What nobody can read is asked and answered as well. */
static int64_t last_asked_ns(const hr_connection *connection)
{
    const hr_request *last = hr_connection_last_answered(connection);
    const int64_t asked_ns = last != NULL ? last->sent.ns : HR_TIME_NONE;

    return connection->seldom->tls->is_answered ? connection->seldom->tls->data_by_client.ns
                                                : asked_ns;
}

/* A SYN that nobody answered is sent again, if the capture does not end before. */
static bool is_turned_away(const hr_connection *connection)
{
    return hr_connection_server(connection)->seldom->rst.frame != 0 ||
           hr_connection_client(connection)->syn_count > 1;
}

static void add_to_server(const hr_parties *parties, const hr_connection *connection)
{
    hr_server_facts *server = hr_parties_server_of(parties, connection);

    server->closes_always |= connection->seldom->close_said.by == HR_SIDE_SERVER &&
                             !connection->seldom->close_said.is_error &&
                             !connection->seldom->close_said.is_http10;
    const hr_tcp_end *end = hr_connection_server(connection);
    const bool was_accepted =
        hr_connection_accepted(connection).frame != 0 || !connection->is_opening_seen;

    server->asked_ns = MAX(server->asked_ns, last_asked_ns(connection));
    if (!was_accepted) {
        if (is_turned_away(connection)) {
            server->refused_ns = MAX(server->refused_ns, connection->opened.ns);
        }
        if (end->seldom->rst.frame != 0) {
            hr_times_add(server->refusals_ns, end->seldom->rst.ns);
        }
    } else if (end->last_sent.frame != 0) {
        server->last_sent_ns = MAX(server->last_sent_ns, hr_tcp_last_word(end).ns);
    }
    if (connection->ending.first_closer == HR_SIDE_SERVER && was_accepted &&
        connection->seldom->close_said.by == HR_SIDE_NONE) {
        hr_times_add(server->exits_ns, connection->ending.at.ns);
    }
    server->accepted_ns = MAX(server->accepted_ns, hr_connection_accepted(connection).ns);
    g_array_append_val(server->connections, connection->id);
}

void hr_parties_add(hr_parties *parties, const hr_connection *connection)
{
    add_to_client(parties, connection);
    add_to_server(parties, connection);
}

static uint64_t number_by_end(gconstpointer element)
{
    const hr_idle_close *end = element;

    return hr_time_number(hr_connection_ended_ns(end->connection));
}

static void settle_client(const hr_client_facts *client)
{
    hr_times_sort(client->ends_ns);
    hr_times_sort(client->open_until_ns);
    hr_sort_by(client->idle_ends, number_by_end, NULL, NULL);
}

static const hr_connection *connection_of(const hr_model *model, const hr_server_facts *server,
                                          guint index)
{
    return hr_model_connection(model, g_array_index(server->connections, uint32_t, index) - 1);
}

/* Only who refuses is asked when it accepted. */
static void gather_accepts(hr_server_facts *server, const hr_model *model)
{
    for (guint i = 0; server->refusals_ns->len > 0 && i < server->connections->len; i++) {
        hr_times_add(server->accepts_ns,
                     hr_connection_accepted(connection_of(model, server, i)).ns);
    }
    hr_times_sort(server->accepts_ns);
}

/* What is sorted to draw a conclusion goes before the next is drawn. */
static void settle_server(hr_server_facts *server, const hr_model *model)
{
    const int64_t window_ns = model->settings.exit_window_ns;

    hr_times_sort(server->exits_ns);
    hr_times_sort(server->refusals_ns);
    gather_accepts(server, model);
    for (guint i = 0; i < server->connections->len; i++) {
        hr_stops_add(&server->stops, connection_of(model, server, i));
    }
    hr_stops_settle(&server->stops, window_ns);
    for (guint i = 0; i < server->connections->len; i++) {
        hr_lifetimes_add(&server->lifetimes, model, connection_of(model, server, i),
                         HR_SIDE_SERVER);
    }
    hr_lifetimes_settle(&server->lifetimes, window_ns);
    g_clear_pointer(&server->connections, g_array_unref);
}

void hr_parties_settle(const hr_parties *parties, const hr_model *model)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, parties->clients);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        settle_client(value);
    }
    g_hash_table_iter_init(&iter, parties->servers);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        settle_server(value, model);
    }
}

bool hr_server_refuses_after(const hr_server_facts *server, int64_t at_ns, int64_t within_ns)
{
    const guint next = hr_sorted_below(server->refusals_ns, at_ns);

    if (next >= server->refusals_ns->len) {
        return false;
    }
    const int64_t refused_ns = g_array_index(server->refusals_ns, int64_t, next);
    return refused_ns - at_ns <= within_ns && hr_sorted_up_to(server->accepts_ns, refused_ns) ==
                                                  hr_sorted_up_to(server->accepts_ns, at_ns);
}

void hr_parties_init(hr_parties *parties)
{
    parties->clients = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, client_free);
    parties->servers =
        g_hash_table_new_full(hr_endpoint_hash, hr_endpoint_equal, NULL, server_free);
}

void hr_parties_clear(hr_parties *parties)
{
    g_clear_pointer(&parties->servers, g_hash_table_destroy);
    g_clear_pointer(&parties->clients, g_hash_table_destroy);
}

static bool is_closed_before(gconstpointer data, guint index, int64_t limit_ns)
{
    const GArray *ends = data;
    return hr_connection_ended_ns(g_array_index(ends, hr_idle_close, index).connection) < limit_ns;
}

/* Whether its program closed another one within @window_ns of its end, after an idle time of more than that
 * and up to @most_ns that is not as long as its own. */
static bool ends_with_another(const hr_parties *parties, const hr_connection *connection,
                              int64_t window_ns, int64_t most_ns)
{
    const GArray *ends = hr_parties_client_of(parties, connection)->idle_ends;
    const int64_t at_ns = hr_connection_ended_ns(connection);
    const int64_t idle_ns = connection->ending.after_idle_ns;
    const guint first = hr_partition(ends->len, is_closed_before, ends, at_ns - window_ns);

    for (guint i = first; i < ends->len && i - first < LOOKED_AT; i++) {
        const hr_idle_close *end = &g_array_index(ends, hr_idle_close, i);
        if (hr_connection_ended_ns(end->connection) > at_ns + window_ns) {
            return false;
        }
        if (end->idle_ns > window_ns && end->idle_ns <= most_ns &&
            ABS(end->idle_ns - idle_ns) > window_ns &&
            !hr_connection_is_other_program(end->connection, connection)) {
            return true;
        }
    }
    return false;
}

bool hr_parties_ends_with_others(const hr_parties *parties, const hr_connection *connection,
                                 int64_t window_ns)
{
    return ends_with_another(parties, connection, window_ns, INT64_MAX);
}

bool hr_parties_ends_with_unexpired(const hr_parties *parties, const hr_connection *connection,
                                    int64_t window_ns, int64_t survived_ns)
{
    return ends_with_another(parties, connection, window_ns, survived_ns);
}

/* facts.c
 * Files all connections under their pool keys, clients and servers, and each program of a key
 * apart.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/origin_facts.h"

#include "core/model/ahead.h"
#include "core/model/quic.h"
#include "core/model/route.h"
#include "core/opening/pool.h"

hr_origin_facts *hr_facts_origin_of(const hr_facts *facts, const hr_connection *connection)
{
    const hr_pool *pool = hr_pool_of(connection);
    return pool != NULL ? g_hash_table_lookup(facts->by_pool, pool) : NULL;
}

hr_origin_facts *hr_facts_program_of(const hr_facts *facts, const hr_connection *connection)
{
    hr_origin_facts *origin = hr_facts_origin_of(facts, connection);

    if (origin == NULL || origin->programs == NULL) {
        return origin;
    }
    return g_hash_table_lookup(origin->programs, hr_origin_program_key(connection));
}

/* Several programs asked one origin: what one of them did with its pool says nothing of another. */
static void divide(hr_origin_facts *origin)
{
    origin->programs = g_hash_table_new_full(NULL, NULL, NULL, hr_origin_free);
    for (guint i = 0; i < origin->connections->len; i++) {
        hr_connection *connection = origin->connections->pdata[i];
        hr_origin_facts *program =
            g_hash_table_lookup(origin->programs, hr_origin_program_key(connection));
        if (program == NULL) {
            program = hr_origin_new(origin->model);
            program->key = origin->key;
            g_hash_table_insert(origin->programs, (gpointer)hr_origin_program_key(connection),
                                program);
        }
        hr_origin_add(program, connection);
    }
}

static hr_origin_facts *origin_begin(hr_facts *facts, const hr_connection *connection,
                                     const char *name)
{
    hr_origin_facts *origin = hr_origin_new(facts->model);

    origin->key = (hr_origin_key){
        .client_address = hr_connection_client(connection)->endpoint.address,
        .server = hr_connection_server(connection)->endpoint,
        .scheme = hr_connection_scheme(connection),
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
    hr_route key = hr_route_of(connection);
    key.client_port = 0;
    key.family = connection->transport == HR_TRANSPORT_QUIC; /* pooled apart from TCP */
    hr_origin_facts **place = g_hash_table_lookup(facts->by_route, &key);

    if (place == NULL) {
        place = g_new0(hr_origin_facts *, 1);
        g_hash_table_insert(facts->by_route, g_memdup2(&key, sizeof(key)), place);
    }
    return place;
}

/* The one program that asks a server from a client's address, and the one name that it asks for;
 * `several` where there are more. */
typedef struct {
    const char *program, *name;
    /* While connections were open of which nobody saw what they were for: in any pool. */
    GArray *lost_from_ns, *lost_until_ns;
} hr_asked;

static const char several[] = "";

static void note_one(const char **known, const char *value)
{
    if (value != NULL && value != *known) { /* interned */
        *known = *known == NULL ? value : several;
    }
}

static hr_asked *asked_by(const hr_facts *facts, const hr_connection *connection)
{
    hr_route key = hr_route_of(connection);

    key.client_port = 0;
    return g_hash_table_lookup(facts->asked, &key);
}

static void asked_free(gpointer data)
{
    hr_asked *asked = data;

    g_array_free(asked->lost_from_ns, TRUE);
    g_array_free(asked->lost_until_ns, TRUE);
    g_free(asked);
}

static bool is_lost(const hr_connection *connection)
{
    return connection->name == NULL && (connection->unseen_count > 0 || connection->is_one_way ||
                                        !hr_connection_is_legible(connection));
}

static void note_lost(hr_asked *asked, const hr_connection *connection)
{
    if (is_lost(connection)) {
        hr_times_add(asked->lost_from_ns, connection->first_seen.ns);
        hr_times_add(asked->lost_until_ns, hr_connection_ended_ns(connection));
    }
}

static void sort_lost(gpointer route, gpointer data, gpointer user)
{
    const hr_asked *asked = data;

    (void)route;
    (void)user;
    hr_times_sort(asked->lost_from_ns);
    hr_times_sort(asked->lost_until_ns);
}

/* One that shows no HTTP may have carried it, too, beside those that did. */
static void note_other(const hr_facts *facts, const hr_connection *connection)
{
    hr_asked *asked = asked_by(facts, connection);

    if (asked != NULL) {
        note_lost(asked, connection);
    }
}

static void note_asked(hr_facts *facts, const hr_connection *connection)
{
    hr_asked *asked = asked_by(facts, connection);

    if (asked == NULL) {
        hr_route key = hr_route_of(connection);
        key.client_port = 0;
        asked = g_new0(hr_asked, 1);
        asked->lost_from_ns = hr_times_new();
        asked->lost_until_ns = hr_times_new();
        g_hash_table_insert(facts->asked, g_memdup2(&key, sizeof(key)), asked);
    }
    note_one(&asked->program, hr_connection_owner(connection));
    note_one(&asked->name, connection->name);
    note_lost(asked, connection);
}

bool hr_facts_is_other_lost(const hr_facts *facts, const hr_connection *connection)
{
    const hr_asked *asked = asked_by(facts, connection);
    const int64_t at_ns = connection->ending.at.ns;

    return hr_sorted_below(asked->lost_from_ns, at_ns) >
           hr_sorted_below(asked->lost_until_ns, at_ns) + (is_lost(connection) ? 1 : 0);
}

hr_several hr_facts_several(const hr_facts *facts, const hr_connection *connection)
{
    const hr_asked *asked = asked_by(facts, connection);

    return (hr_several){asked->program == several, asked->name == several};
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
            *place = origin_begin(facts, connection, connection->seldom->tls->sni);
        }
        origin = *place;
    }
    if (*place == NULL) {
        *place = origin;
    }
    hr_origin_add(origin, connection);
}

/* ---- all ---- */

uint32_t hr_connection_opening_frame(const hr_connection *connection)
{
    return connection->opened.frame != 0 ? connection->opened.frame : connection->first_seen.frame;
}

static bool is_opened_in_frame_before(gconstpointer data, guint index, int64_t frame)
{
    const GPtrArray *connections = data;
    return hr_connection_opening_frame(connections->pdata[index]) < frame;
}

guint hr_origin_index_of(const hr_origin_facts *facts, const hr_connection *connection)
{
    const GPtrArray *all = facts->connections;
    const uint32_t frame = hr_connection_opening_frame(connection);
    guint index = hr_partition(all->len, is_opened_in_frame_before, all, frame);

    while (index < all->len && all->pdata[index] != connection &&
           hr_connection_opening_frame(all->pdata[index]) == frame) {
        index++;
    }
    return index < all->len && all->pdata[index] == connection ? index : all->len;
}

static gint compare_by_opening(gconstpointer left, gconstpointer right)
{
    const hr_connection *a = *(hr_connection *const *)left;
    const hr_connection *b = *(hr_connection *const *)right;
    const uint32_t frame_a = hr_connection_opening_frame(a);
    const uint32_t frame_b = hr_connection_opening_frame(b);

    if (frame_a != frame_b) {
        return frame_a < frame_b ? -1 : 1;
    }
    return a->id < b->id ? -1 : a->id > b->id;
}

static gint compare_by_first_connection(gconstpointer left, gconstpointer right)
{
    const hr_origin_facts *a = *(hr_origin_facts *const *)left;
    const hr_origin_facts *b = *(hr_origin_facts *const *)right;
    return compare_by_opening(&a->key.first_connection, &b->key.first_connection);
}

/* First those that said what they were for, then the others beside them; the origins in the
 * order of their first connections. What clients and servers did is taken on the way. */
static void file_all(hr_facts *facts)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        for (guint i = 0; i < facts->connections->len; i++) {
            hr_connection *connection = facts->connections->pdata[i];
            if (pass == 0) {
                hr_fetch_ahead(facts->connections, i);
                hr_parties_add(&facts->parties, connection);
                note_asked(facts, connection);
            }
            if ((hr_pool_of(connection) == NULL) == (pass == 1)) {
                file_under_origin(facts, connection);
            }
        }
    }
    for (guint i = 0; i < facts->origins->len; i++) {
        hr_origin_facts *origin = facts->origins->pdata[i];
        hr_sort_pointers(origin->connections, compare_by_opening);
        origin->key.first_connection = origin->connections->pdata[0];
    }
    hr_sort_pointers(facts->origins, compare_by_first_connection);
}

/* Out of scope, and nobody's copy: it is counted only. */
static void count_other(hr_facts *facts, const hr_connection *connection)
{
    facts->other_connections++;
    facts->unseen_connections += hr_connection_is_payload_unseen(connection);
    facts->cut_connections += hr_connection_is_begin_cut(connection);
    facts->unread_connections += hr_quic_is_unread(connection);
    if (hr_connection_was_refused(connection)) {
        facts->refused_connections++;
        facts->first_refused = facts->first_refused != NULL ? facts->first_refused : connection;
    }
}

static void count_copy(hr_facts *facts, const hr_connection *copy)
{
    if (hr_connection_is_half(copy)) {
        facts->halves++;
        facts->first_half = facts->first_half != NULL ? facts->first_half : copy;
        return;
    }
    facts->copies++;
    facts->first_copy = facts->first_copy != NULL ? facts->first_copy : copy;
}

hr_facts *hr_facts_gather(hr_model *model)
{
    hr_facts *facts = g_new0(hr_facts, 1);

    facts->model = model;
    facts->connections = g_ptr_array_new();
    facts->origins = g_ptr_array_new_with_free_func(hr_origin_free);
    facts->by_route = g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, g_free);
    facts->asked = g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, asked_free);
    facts->by_pool = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (size_t i = 0; i < G_N_ELEMENTS(facts->evicted); i++) {
        facts->evicted[i] = g_hash_table_new(g_direct_hash, g_direct_equal);
    }
    hr_parties_init(&facts->parties);
    for (guint i = 0; i < model->connections.count; i++) {
        hr_connection *connection = hr_model_connection(model, i);
        if (connection->is_in_scope) {
            g_ptr_array_add(facts->connections, connection);
        } else if (hr_connection_is_copy(connection)) {
            count_copy(facts, connection);
        } else {
            count_other(facts, connection);
        }
    }
    hr_sort_pointers(facts->connections, compare_by_opening);
    file_all(facts);
    hr_parties_settle(&facts->parties, model);
    for (guint i = 0; i < facts->origins->len; i++) {
        hr_origin_facts *origin = facts->origins->pdata[i];
        if (origin->has_programs) {
            divide(origin);
        }
        if (i + 1 < facts->origins->len) {
            hr_fetch_first(((const hr_origin_facts *)facts->origins->pdata[i + 1])->connections);
        }
        hr_origin_gather(origin);
    }
    for (guint i = 0; i < model->connections.count; i++) {
        const hr_connection *connection = hr_model_connection(model, i);
        if (!connection->is_in_scope) {
            note_other(facts, connection);
        }
    }
    g_hash_table_foreach(facts->asked, sort_lost, NULL);
    return facts;
}

void hr_facts_forget_evidence(hr_facts *facts)
{
    hr_parties_clear(&facts->parties);
    g_clear_pointer(&facts->evicted[0], g_hash_table_destroy);
    g_clear_pointer(&facts->evicted[1], g_hash_table_destroy);
    g_clear_pointer(&facts->by_pool, g_hash_table_destroy);
    g_clear_pointer(&facts->asked, g_hash_table_destroy);
    g_clear_pointer(&facts->by_route, g_hash_table_destroy);
    for (guint i = 0; i < facts->origins->len; i++) {
        hr_origin_forget_evidence(facts->origins->pdata[i]);
    }
}

void hr_facts_free(hr_facts *facts)
{
    if (facts != NULL) {
        hr_facts_forget_evidence(facts);
        g_ptr_array_free(facts->origins, TRUE);
        g_ptr_array_free(facts->connections, TRUE);
        g_free(facts);
    }
}

/* connections.c
 * The list of connections in the text report. Those that are alike are folded, wherever they stand,
 * and a list that is still too long has the dearest ones.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/hash.h"
#include "core/model/times.h"
#include "present/text/connection.h"
#include "present/text/contents.h"

enum {
    BLOCKS_SHOWN = 100, /* of connections */
    ALIKE_SHOWN = 2,    /* of those that are alike; one more is not folded */
};

/* Nothing that a person would look at differs but its numbers and times. */
static gboolean are_alike(gconstpointer left, gconstpointer right)
{
    const hr_connection *one = left;
    const hr_connection *other = right;
    const hr_endpoint *server = &hr_connection_server(one)->endpoint;
    const hr_endpoint *other_server = &hr_connection_server(other)->endpoint;

    /* Strings are interned. */
    return hr_connection_client(one)->endpoint.address ==
               hr_connection_client(other)->endpoint.address &&
           server->address == other_server->address && server->port == other_server->port &&
           one->transport == other->transport && one->is_https == other->is_https &&
           one->name == other->name && one->is_opening_seen == other->is_opening_seen &&
           hr_connection_opening(one)->why == hr_connection_opening(other)->why &&
           one->seldom->tls->handshake == other->seldom->tls->handshake &&
           one->request_count == other->request_count && one->ending.cause == other->ending.cause &&
           one->ending.by == other->ending.by && one->ending.certainty == other->ending.certainty;
}

/* Of all that are_alike() compares and a capture may have many of. */
static guint hash_of_alike(gconstpointer key)
{
    const hr_connection *connection = key;
    uint64_t hash = hr_hash_begin();

    hash = hr_hash_add(hash, GPOINTER_TO_SIZE(hr_connection_client(connection)->endpoint.address));
    hash = hr_hash_add(hash, GPOINTER_TO_SIZE(hr_connection_server(connection)->endpoint.address));
    hash = hr_hash_add(hash, hr_connection_server(connection)->endpoint.port);
    hash = hr_hash_add(hash, GPOINTER_TO_SIZE(connection->name));
    hash = hr_hash_add(hash, connection->request_count);
    hash = hr_hash_add(hash, (uint64_t)hr_connection_opening(connection)->why << 8 |
                                 connection->ending.cause);
    return (guint)(hash ^ hash >> 32);
}

/* Connections that are alike. */
typedef struct {
    guint count;
    guint listed;                                  /* so far */
    const hr_connection *shown[ALIKE_SHOWN];       /* these */
    const hr_connection *dearest[ALIKE_SHOWN + 1]; /* the dearest first */
    const hr_connection *latest[ALIKE_SHOWN + 1];  /* the last one first */
    guint timed;                                   /* of those not shown, whose setup is known */
    int64_t setup_ns;                              /* ... and how long these took */
} alike;

/* More than are shown and one: one line for one block would save nothing. */
static bool is_folded(const alike *group)
{
    return group->count > ALIKE_SHOWN + 1;
}

/* Avoidable ones, then those that took the longest to set up, then by number. */
static gint compare_costs(const hr_connection *one, const hr_connection *other)
{
    const int64_t setup_ns = hr_connection_setup_ns(one);
    const int64_t other_ns = hr_connection_setup_ns(other);

    if (one->is_avoidable != other->is_avoidable) {
        return one->is_avoidable ? -1 : 1;
    }
    if (setup_ns != other_ns) {
        return setup_ns > other_ns ? -1 : 1;
    }
    return one->id < other->id ? -1 : one->id > other->id;
}

static void note_dear(alike *group, const hr_connection *connection)
{
    guint place = MIN(group->count, G_N_ELEMENTS(group->dearest));

    while (place > 0 && compare_costs(connection, group->dearest[place - 1]) < 0) {
        place--;
        if (place + 1 < G_N_ELEMENTS(group->dearest)) {
            group->dearest[place + 1] = group->dearest[place];
        }
    }
    if (place < G_N_ELEMENTS(group->dearest)) {
        group->dearest[place] = connection;
    }
}

static void note_latest(alike *group, const hr_connection *connection)
{
    for (size_t place = G_N_ELEMENTS(group->latest) - 1; place > 0; place--) {
        group->latest[place] = group->latest[place - 1];
    }
    group->latest[0] = connection;
}

/* @listed, in the order of their openings, in groups of those that are alike: GHashTable of
 * hr_connection to alike. */
static GHashTable *group_alike(const GPtrArray *listed)
{
    GHashTable *groups = g_hash_table_new_full(hash_of_alike, are_alike, NULL, g_free);

    for (guint i = 0; i < listed->len; i++) {
        const hr_connection *connection = listed->pdata[i];
        alike *group = g_hash_table_lookup(groups, connection);
        const int64_t setup_ns = hr_connection_setup_ns(connection);
        if (group == NULL) {
            group = g_new0(alike, 1);
            g_hash_table_insert(groups, (gpointer)connection, group);
        }
        note_dear(group, connection);
        note_latest(group, connection);
        group->count++;
        if (setup_ns != HR_TIME_NONE) {
            group->timed++;
            group->setup_ns += setup_ns;
        }
    }
    return groups;
}

static guint blocks_of(const alike *group)
{
    return is_folded(group) ? ALIKE_SHOWN : group->count;
}

static void note_shown(alike *group, const hr_connection *connection)
{
    const int64_t setup_ns = hr_connection_setup_ns(connection);

    if (group->listed < ALIKE_SHOWN) {
        group->shown[group->listed] = connection;
    }
    group->listed++;
    if (setup_ns != HR_TIME_NONE) {
        group->timed--;
        group->setup_ns -= setup_ns;
    }
}

static bool is_shown(const alike *group, const hr_connection *connection)
{
    for (size_t i = 0; i < G_N_ELEMENTS(group->shown); i++) {
        if (group->shown[i] == connection) {
            return true;
        }
    }
    return false;
}

/* The last one that is not shown: of those kept there is one more than are shown. */
static const hr_connection *last_folded(const alike *group)
{
    size_t place = 0;

    while (is_shown(group, group->latest[place])) {
        place++;
    }
    return group->latest[place];
}

/* What is not shown of a group. */
static void write_folded(const hr_text_report *report, const alike *group)
{
    const hr_connection *last = last_folded(group);

    g_string_append_printf(report->line,
                           "\n... %u more like this, up to #%u in frame %u; setup" HR_TEXT_JOIN,
                           group->count - ALIKE_SHOWN, last->id,
                           last->opened.frame != 0 ? last->opened.frame : last->first_seen.frame);
    hr_text_duration(report->line, group->timed > 0 ? group->setup_ns : HR_TIME_NONE, "unknown");
    g_string_append(report->line, " in all");
    hr_text_write_line(report->out, report->line);
}

static gint compare_listed(gconstpointer left, gconstpointer right)
{
    return compare_costs(*(const hr_connection *const *)left, *(const hr_connection *const *)right);
}

/* Blocks that a list takes, with those alike folded. */
static guint count_blocks(GHashTable *groups)
{
    GHashTableIter next;
    gpointer group;
    guint blocks = 0;

    g_hash_table_iter_init(&next, groups);
    while (g_hash_table_iter_next(&next, NULL, &group)) {
        blocks += blocks_of(group);
    }
    return blocks;
}

/* Of each group those that may be shown, the dear ones first. */
static GPtrArray *dear_connections(GHashTable *groups)
{
    GHashTableIter next;
    gpointer data;
    GPtrArray *dear = g_ptr_array_new();

    g_hash_table_iter_init(&next, groups);
    while (g_hash_table_iter_next(&next, NULL, &data)) {
        const alike *group = data;
        for (guint i = 0; i < blocks_of(group); i++) {
            g_ptr_array_add(dear, (gpointer)group->dearest[i]);
        }
    }
    g_ptr_array_sort(dear, compare_listed);
    return dear;
}

/* In the order of their openings. */
static GPtrArray *all_connections(const hr_analysis *analysis)
{
    const size_t count = hr_analysis_connection_count(analysis);
    GPtrArray *listed = g_ptr_array_sized_new((guint)count);

    for (size_t i = 0; i < count; i++) {
        g_ptr_array_add(listed, (gpointer)hr_analysis_connection(analysis, i));
    }
    return listed;
}

/* Of @all connections. */
static void write_list(const hr_text_report *report, const GPtrArray *listed, GHashTable *groups,
                       guint all)
{
    guint blocks = 0;
    guint told = 0;

    for (guint i = 0; i < listed->len && blocks < BLOCKS_SHOWN; i++) {
        alike *group = g_hash_table_lookup(groups, listed->pdata[i]);
        if (is_folded(group) && group->listed == ALIKE_SHOWN) {
            continue;
        }
        if (blocks++ > 0) {
            hr_text_write_line(report->out, report->line);
        }
        hr_text_write_connection(report, listed->pdata[i]);
        note_shown(group, listed->pdata[i]);
        told++;
        if (group->listed == ALIKE_SHOWN && is_folded(group)) {
            write_folded(report, group);
            told += group->count - ALIKE_SHOWN;
        }
    }
    if (told < all) {
        g_string_append(report->line, "\n... ");
        hr_text_count(report->line, all - told, "more connection");
        g_string_append(report->line, "; the NDJSON has all");
        hr_text_write_line(report->out, report->line);
    }
}

void hr_text_write_connections(const hr_text_report *report)
{
    GPtrArray *listed = all_connections(report->analysis);
    GHashTable *groups = group_alike(listed);
    const bool is_by_cost = count_blocks(groups) > BLOCKS_SHOWN;

    if (listed->len > 0) {
        hr_text_write_heading(report, is_by_cost ? "Connections, avoidable and dear ones first"
                                                 : "Connections");
    }
    if (is_by_cost) {
        GPtrArray *dear = dear_connections(groups);
        write_list(report, dear, groups, listed->len);
        g_ptr_array_free(dear, TRUE);
    } else {
        write_list(report, listed, groups, listed->len);
    }
    g_hash_table_destroy(groups);
    g_ptr_array_free(listed, TRUE);
}

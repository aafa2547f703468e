/* summary_tree.c
 * The tree of counts: requests by status, connections by reason, cause and TLS handshake, what to
 * change, and all of it by server. `-z http_reuse,tree`.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/statistics/private.h"

#include "core/model/hash.h"

#include <epan/stats_tree.h>
#include <epan/stats_tree_priv.h>

enum {
    /* A node is appended to its siblings one by one, and a capture chooses how many names it
     * has. */
    SERVERS_MAX = 500,
};

/* A record that waits for the end, and when it came, in ms since the first packet. */
typedef struct {
    hr_tap_record record;
    double at_ms;
} waiting_record;

/* A tree that is being counted. */
typedef struct {
    stats_tree *tree;
    GHashTable *connections; /* those counted -> their findings that were, a hr_finding_set */
    GHashTable *servers;     /* names that have nodes, owned */
    GArray *waiting;
    int requests, openings, endings, sides, handshakes, findings, servers_of_requests,
        servers_of_connections;
    bool has_begun;
} counting;

static GHashTable *countings; /* stats_tree -> counting */

static void count_waiting(void);

static hr_tap_end end = {.call = count_waiting};

/* ---- counting ---- */

static void count_in(const counting *count, int pivot, const char *token)
{
    stats_tree_tick_pivot(count->tree, pivot, token != NULL ? token : "unknown");
}

/* The name of @connection's server, or of all those for which there are no nodes any more. */
static const char *server_name(const counting *count, const hr_connection *connection)
{
    char *name = hr_statistics_server(connection);
    const char *known = (const char *)g_hash_table_lookup(count->servers, name);

    if (known != NULL || g_hash_table_size(count->servers) >= SERVERS_MAX) {
        g_free(name);
        return known != NULL ? known : "other servers";
    }
    g_hash_table_add(count->servers, name);
    return name;
}

static void count_request(const counting *count, const hr_request *request)
{
    const char *status = hr_status_token(request->status);

    count_in(count, count->requests, status);
    tick_stat_node(count->tree, "Requests by server", 0, TRUE);
    const int server = tick_stat_node(count->tree, server_name(count, request->connection),
                                      count->servers_of_requests, TRUE);
    tick_stat_node(count->tree, status, server, FALSE);
}

static void count_connection(const counting *count, const hr_connection *connection)
{
    if (hr_connection_opening(connection)->why != HR_WHY_NONE) {
        count_in(count, count->openings, hr_why_token(hr_connection_opening(connection)->why));
    }
    count_in(count, count->endings, hr_close_cause_token(connection->ending.cause));
    if (connection->ending.cause != HR_CLOSE_OPEN_AT_END) {
        count_in(count, count->sides, hr_side_token(connection->ending.by));
    }
    count_in(count, count->handshakes, hr_tls_handshake_token(connection->seldom->tls->handshake));
    count_in(count, count->servers_of_connections, server_name(count, connection));
}

static bool is_to_change(const hr_finding_kind *kind)
{
    return kind->severity >= HR_SEVERITY_NOTE && kind->advice[0] != '\0';
}

/* A finding may show at a request and again where its connection ends: each connection that has
 * it counts once. */
static hr_finding_set count_findings(const counting *count, const hr_item *item,
                                     hr_finding_set counted)
{
    const hr_finding_set set = hr_findings_at(item) & ~counted;

    for (hr_finding_code code = 0; set >> code != 0; code++) {
        const hr_finding_kind *kind = hr_finding_kind_of(code);
        if (hr_finding_set_has(set, code) && is_to_change(kind)) {
            count_in(count, count->findings, kind->token);
            counted |= 1u << code;
        }
    }
    return counted;
}

static void count_record(const counting *count, const hr_tap_record *record)
{
    const hr_connection *connection = record->connection;
    const hr_request *request = hr_tap_record_request(record);
    gpointer counted = NULL;

    if (!connection->is_in_scope) {
        return;
    }
    if (request != NULL) {
        count_request(count, request);
    }
    if (!g_hash_table_lookup_extended(count->connections, connection, NULL, &counted)) {
        count_connection(count, connection);
    }
    if (record->item != NULL && (record->item->kind != HR_ITEM_REQUEST || request != NULL)) {
        counted = GUINT_TO_POINTER(count_findings(count, record->item, GPOINTER_TO_UINT(counted)));
    }
    g_hash_table_insert(count->connections, (gpointer)connection, counted);
}

/* In the order of the packets and each at its own time, so that rates are the same. */
static void count_waiting(void)
{
    GHashTableIter iter;
    gpointer value = NULL;

    if (hr_statistics_analysis() == NULL) {
        return;
    }
    g_hash_table_iter_init(&iter, countings);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        counting *count = (counting *)value;
        for (guint i = 0; i < count->waiting->len; i++) {
            const waiting_record *waiting = &g_array_index(count->waiting, waiting_record, i);
            count->tree->now = waiting->at_ms;
            count_record(count, &waiting->record);
        }
        g_array_set_size(count->waiting, 0);
    }
}

void hr_summary_tree_end_file(void)
{
    GHashTableIter iter;
    gpointer value = NULL;

    count_waiting();
    g_hash_table_iter_init(&iter, countings);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        counting *count = (counting *)value;
        g_array_set_size(count->waiting, 0);
        g_hash_table_remove_all(count->connections);
    }
}

/* ---- what Wireshark calls ---- */

static tap_packet_status take(stats_tree *tree, packet_info *pinfo, epan_dissect_t *edt,
                              const void *data, tap_flags_t flags)
{
    const hr_tap_record *record = (const hr_tap_record *)data;
    counting *count = (counting *)g_hash_table_lookup(countings, tree);

    (void)edt;
    (void)flags;
    if (count == NULL) {
        return TAP_PACKET_DONT_REDRAW;
    }
    if (record->analysis != NULL) {
        count_record(count, record);
        return TAP_PACKET_REDRAW;
    }
    if (!count->has_begun) {
        count->has_begun = true;
        hr_tap_end_expect(&end);
    }
    const waiting_record waiting = {*record, nstime_to_msec(&pinfo->rel_ts)};
    g_array_append_val(count->waiting, waiting);
    return TAP_PACKET_REDRAW;
}

static void counting_free(gpointer data)
{
    counting *count = (counting *)data;

    g_hash_table_destroy(count->connections);
    g_hash_table_destroy(count->servers);
    g_array_free(count->waiting, TRUE);
    g_free(count);
}

static void begin(stats_tree *tree)
{
    counting *count = g_new0(counting, 1);

    count->tree = tree;
    count->connections = g_hash_table_new(NULL, NULL);
    count->servers = g_hash_table_new_full(hr_text_hash, g_str_equal, g_free, NULL);
    count->waiting = g_array_new(FALSE, FALSE, sizeof(waiting_record));
    count->requests = stats_tree_create_pivot(tree, "Requests", 0);
    count->openings = stats_tree_create_pivot(tree, "Connections opened: why", 0);
    count->endings = stats_tree_create_pivot(tree, "Connections ended: why", 0);
    count->sides = stats_tree_create_pivot(tree, "Connections ended: by", 0);
    count->handshakes = stats_tree_create_pivot(tree, "Connections: TLS handshake", 0);
    count->findings = stats_tree_create_pivot(tree, "What to change: connections", 0);
    count->servers_of_requests =
        stats_tree_create_node(tree, "Requests by server", 0, STAT_DT_INT, TRUE);
    count->servers_of_connections = stats_tree_create_pivot(tree, "Connections by server", 0);
    g_hash_table_replace(countings, tree, count);
}

static void finish(stats_tree *tree)
{
    g_hash_table_remove(countings, tree);
}

void hr_summary_tree_register(void)
{
    countings = g_hash_table_new_full(NULL, NULL, NULL, counting_free);
    stats_tree_register_plugin(HR_TAP_NAME, "http_reuse",
                               "HTTP" HR_MENU_SEPARATOR "Connection Reuse", 0, take, begin, finish);
}

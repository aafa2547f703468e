/* call_sites.c
 * A request finds its call while frames come. What is left over here are calls inside of TLS that
 * nobody can read, and calls whose request was not captured.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/call_sites.h"

#include <string.h>

#include "core/model/hash.h"
#include "core/model/store.h"

enum {
    REUSES_OF_PORT = 64 /* connections of one port that are looked at for one call */
};

/* ---- connections of calls ---- */

static uint16_t client_port(const hr_connection *connection)
{
    return hr_connection_client(connection)->endpoint.port;
}

/* By the client's port, then by time. */
static gint compare_ports(gconstpointer left, gconstpointer right)
{
    const hr_connection *one = *(const hr_connection *const *)left;
    const hr_connection *other = *(const hr_connection *const *)right;

    if (client_port(one) != client_port(other)) {
        return client_port(one) < client_port(other) ? -1 : 1;
    }
    return one->first_seen.ns < other->first_seen.ns ? -1
                                                     : one->first_seen.ns > other->first_seen.ns;
}

static GPtrArray *sorted_by_port(const GPtrArray *connections)
{
    GPtrArray *sorted = g_ptr_array_sized_new(connections->len);

    for (guint i = 0; i < connections->len; i++) {
        const hr_connection *connection = connections->pdata[i];
        if (connection->seldom->parent == NULL) {
            g_ptr_array_add(sorted, (gpointer)connection);
        }
    }
    g_ptr_array_sort(sorted, compare_ports);
    return sorted;
}

/* How many of @sorted begin before @call had its connection, by port and time, if clocks differ. */
static guint begun_before(const GPtrArray *sorted, const hr_traced *call)
{
    guint low = 0;
    guint high = sorted->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;
        const hr_connection *connection = sorted->pdata[middle];
        const bool is_before = client_port(connection) != call->local.port
                                   ? client_port(connection) < call->local.port
                                   : connection->first_seen.ns - HR_TRACED_AFTER_NS <= call->got_ns;
        low = is_before ? middle + 1 : low;
        high = is_before ? high : middle;
    }
    return low;
}

/* What runs in @connection after a CONNECT, else itself. */
static const hr_connection *innermost(const hr_connection *connection)
{
    while (connection->seldom->tunnel != NULL) {
        connection = connection->seldom->tunnel;
    }
    return connection;
}

/* How far outside of the life of @connection @call got it: then their clocks differ. */
static int64_t outside(const hr_traced *call, const hr_connection *connection)
{
    const int64_t early_ns = hr_connection_outermost(connection)->first_seen.ns - call->got_ns;
    const int64_t late_ns = call->got_ns - innermost(connection)->last_seen.ns;

    return MAX(MAX(early_ns, late_ns), 0);
}

/* The one that fits best; of several the nearest, then the latest. */
static const hr_connection *connection_of(const hr_model *model, const GPtrArray *sorted,
                                          const hr_traced *call)
{
    const guint end = begun_before(sorted, call);
    const hr_connection *best = NULL;
    hr_fit best_fit = HR_FIT_NONE;
    int64_t best_ns = 0;

    for (guint i = end; i > 0 && i + REUSES_OF_PORT > end; i--) {
        const hr_connection *connection = sorted->pdata[i - 1];
        if (client_port(connection) != call->local.port) {
            break;
        }
        const int64_t outside_ns = outside(call, connection);
        if (outside_ns > HR_TRACED_AFTER_NS) {
            continue;
        }
        const hr_fit fit = hr_traced_fits(model, call, connection, NULL);
        if (fit > best_fit || (fit == best_fit && outside_ns < best_ns)) { /* 0 without a best */
            best = connection;
            best_fit = fit;
            best_ns = outside_ns;
        }
    }
    if (best == NULL) {
        return NULL;
    }
    return innermost(best)->is_in_scope ? innermost(best) : best;
}

/* A call that is none of the requests which can be read was not made there, or not then. */
static bool may_be_on(const hr_traced *call, const hr_connection *connection)
{
    return call->request != NULL || call->is_ambiguous || call->seen.frame != 0 ||
           hr_connection_is_opaque(connection);
}

/* The connection of @call, NULL where there is none; counts it. */
static hr_connection *settle(const hr_model *model, const GPtrArray *sorted, const hr_traced *call,
                             hr_traced_totals *totals)
{
    const hr_connection *connection =
        call->connection != NULL ? call->connection : connection_of(model, sorted, call);
    bool is_contradicted = false;

    if (connection != NULL && !connection->is_in_scope) {
        connection = NULL;
    } else if (connection != NULL && !may_be_on(call, connection)) {
        is_contradicted = true;
        connection = NULL;
    }
    totals->calls++;
    if (connection == NULL) {
        totals->unmatched++;
    } else if (call->request != NULL) {
        totals->on_requests++;
    } else if (call->is_ambiguous) {
        totals->ambiguous++;
    } else {
        totals->on_connections++;
        is_contradicted = outside(call, connection) > HR_TRACED_BEFORE_NS;
    }
    totals->contradicted += is_contradicted;
    return (hr_connection *)connection;
}

hr_traced_totals hr_traced_settle(hr_model *model, const GPtrArray *connections)
{
    hr_traced_totals totals = {0};

    if (hr_model_traced_count(model) == 0) {
        return totals;
    }
    for (guint i = 0; i < connections->len; i++) {
        hr_connection *connection = connections->pdata[i];
        if (connection->seldom->calls != NULL) {
            hr_connection_seldom(connection)->calls = NULL;
        }
    }
    GPtrArray *sorted = sorted_by_port(connections);
    for (size_t port = G_MAXUINT16; port > 0; port--) {
        size_t calls = 0;
        hr_traced *of_port = hr_traced_of_port(model, (uint16_t)port, &calls);
        /* The latest first, since each goes to the front. */
        for (size_t i = calls; i > 0; i--) {
            hr_traced *call = &of_port[i - 1];
            hr_connection *connection = settle(model, sorted, call, &totals);
            if (connection != NULL) {
                call->next = (hr_traced *)connection->seldom->calls;
                hr_connection_seldom(connection)->calls = call;
            }
        }
    }
    g_ptr_array_free(sorted, TRUE);
    return totals;
}

/* ---- call sites of an item ---- */

/* Of the calls on @connection the first or the last. NULL where the clocks contradict that it was:
 * then another may have been missed. */
static const hr_traced *outer_call(const hr_connection *connection, bool is_last)
{
    const hr_traced *call = connection->seldom->calls;

    while (is_last && call != NULL && call->next != NULL) {
        call = call->next;
    }
    return call != NULL && outside(call, connection) <= HR_TRACED_BEFORE_NS ? call : NULL;
}

/* Where connections were lost, the call that @connection carried last; else the one it was opened
 * for. */
static const hr_traced *call_behind(bool is_lost, const hr_connection *connection)
{
    const hr_request *request = is_lost ? connection->last_request : connection->first_request;

    if (is_lost && connection->ending.about != NULL) {
        request = connection->ending.about;
    }
    if (request != NULL) {
        return request->ties->traced;
    }
    return outer_call(connection, is_lost);
}

static gint compare_sites(gconstpointer left, gconstpointer right)
{
    const hr_call_site *one = left;
    const hr_call_site *other = right;

    if (one->connections != other->connections) {
        return one->connections > other->connections ? -1 : 1;
    }
    return strcmp(one->site, other->site);
}

GArray *hr_fix_call_sites(const hr_fix *fix)
{
    GArray *sites = g_array_new(FALSE, FALSE, sizeof(hr_call_site));
    GHashTable *places = g_hash_table_new(hr_text_hash, g_str_equal); /* site -> index + 1 */
    const bool is_lost = hr_fix_shows_ends(fix);

    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_traced *call = call_behind(is_lost, fix->connections->pdata[i]);
        if (call == NULL || call->site == NULL) {
            continue;
        }
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(places, call->site));
        if (place == 0) {
            const hr_call_site site = {call->site, call->function, 0};
            g_array_append_val(sites, site);
            place = sites->len;
            g_hash_table_insert(places, (gpointer)call->site, GUINT_TO_POINTER(place));
        }
        g_array_index(sites, hr_call_site, place - 1).connections++;
    }
    g_hash_table_destroy(places);
    g_array_sort(sites, compare_sites);
    return sites;
}

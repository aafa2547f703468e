/* analysis.c
 * The steps of an analysis, in their order: reasons that had to wait, ends, findings, totals.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/analysis.h"

#include "core/ending/ending.h"
#include "core/ending/origins.h"

struct hr_analysis {
    hr_facts *facts;
    GArray *findings; /* of hr_finding */
    hr_totals totals;
};

/* ---- reasons that only later packets could settle ---- */

/* The client closed @idle right after its answer, without another request: when it opened the
 * new connection it had given @idle up already. That is so if it closed before the first answer
 * there was over, or later for a reason of its own; else it may be the program's end. */
static bool was_given_up(const hr_connection *idle, const hr_connection *opened)
{
    const hr_ending *ending = &idle->ending;
    const hr_request *first = opened->first_request;
    const bool is_lost =
        ending->cause == HR_CLOSE_BODY_UNDRAINED || ending->cause == HR_CLOSE_POOL_LIMIT;

    return first != NULL && idle->last_request != NULL && ending->first_fin == HR_SIDE_CLIENT &&
           ending->is_after_answer && idle->last_request->sent.frame < first->sent.frame &&
           (is_lost || !first->is_done || ending->at.frame < first->ended.frame);
}

/* Without keys QUIC hides its CONNECTION_CLOSE. A connection on which nothing came any more once
 * another was opened is not said to have been idle and free. */
static bool may_have_closed_unseen(const hr_connection *idle, const hr_connection *opened)
{
    return idle->quic != NULL && hr_connection_is_opaque(idle) &&
           idle->last_seen.frame < opened->opened.frame;
}

static void settle_opening(hr_connection *connection)
{
    const hr_opening *seen = &connection->opening_seen;
    const hr_connection *cause = seen->connection;

    connection->opening = *seen;
    if (connection->is_race_loser && seen->why == HR_WHY_IDLE_AVAILABLE) {
        /* One idle connection explains one opening; of a bundle of dials, the one that served. */
        connection->opening.why = HR_WHY_ALL_BUSY;
        return;
    }
    const bool is_idle = seen->why == HR_WHY_IDLE_AVAILABLE;
    if (is_idle && connection->is_opening_overtaken) {
        connection->opening.why = HR_WHY_ALL_BUSY;
    } else if (is_idle &&
               ((connection->is_opening_provisional && was_given_up(cause, connection)) ||
                may_have_closed_unseen(cause, connection))) {
        connection->opening = (hr_opening){.why = HR_WHY_PREVIOUS_CLOSED, .connection = cause};
    } else if (cause != NULL && connection->name != NULL && cause->name != NULL &&
               cause->name != connection->name && !cause->has_several_names &&
               !connection->has_several_names) {
        /* The sibling had not said its name yet; it was another one. */
        connection->opening = connection->opening_if_named;
    }
}

/* ---- connections by their addresses ---- */

typedef struct {
    const char *client_address;
    const char *server_address;
    uint16_t client_port; /* 0 where any will do */
    uint16_t server_port;
    hr_transport transport; /* ports of TCP and of UDP are two things */
} route;

static guint route_hash(gconstpointer data)
{
    const route *key = data;
    return (g_direct_hash(key->client_address) * 31 + g_direct_hash(key->server_address)) * 31 +
           key->client_port * 65599u + key->server_port;
}

static gboolean route_equal(gconstpointer left, gconstpointer right)
{
    const route *a = left;
    const route *b = right;
    return a->client_address == b->client_address && a->server_address == b->server_address &&
           a->client_port == b->client_port && a->server_port == b->server_port &&
           a->transport == b->transport;
}

static route route_of(const hr_connection *connection, bool with_client_port)
{
    const hr_endpoint *client = &hr_connection_client(connection)->endpoint;
    const hr_endpoint *server = &hr_connection_server(connection)->endpoint;
    return (route){client->address, server->address, with_client_port ? client->port : 0,
                   server->port, connection->transport};
}

/* The connection before @connection on its route in @table, which then has this one. */
static hr_connection *replace_on_route(GHashTable *table, hr_connection *connection,
                                       bool with_client_port)
{
    const route key = route_of(connection, with_client_port);
    hr_connection *before = g_hash_table_lookup(table, &key);

    g_hash_table_insert(table, g_memdup2(&key, sizeof(key)), connection);
    return before;
}

static bool carried_no_request(const hr_connection *connection)
{
    return connection->is_opening_seen && connection->accepted.frame != 0 &&
           hr_connection_carried_nothing(connection);
}

/* Two dials to one address ran at the same time if one began before the other was ready. */
static bool is_parallel(const hr_connection *first, const hr_connection *second,
                        int64_t right_after_ns)
{
    const int64_t ready_ns =
        first->ready.frame != 0 ? first->ready.ns : first->opened.ns + right_after_ns;
    return first->is_opening_seen && second->is_opening_seen &&
           second->opened.ns <= MAX(ready_ns, first->opened.ns + right_after_ns);
}

static void compare_neighbours(const hr_facts *facts)
{
    GHashTable *by_ports = g_hash_table_new_full(route_hash, route_equal, g_free, NULL);
    GHashTable *by_server = g_hash_table_new_full(route_hash, route_equal, g_free, NULL);

    for (guint i = 0; i < facts->connections->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        hr_connection *same_ports = replace_on_route(by_ports, connection, true);
        hr_connection *before = replace_on_route(by_server, connection, false);

        connection->is_race_loser = connection->is_replaced = false;
        if (same_ports != NULL) {
            same_ports->is_replaced = true;
        }
        if (before != NULL &&
            is_parallel(before, connection, facts->model->settings.right_after_ns)) {
            before->is_race_loser |= carried_no_request(before);
            connection->is_race_loser = carried_no_request(connection);
        }
    }
    g_hash_table_destroy(by_server);
    g_hash_table_destroy(by_ports);
}

/* ---- findings ---- */

static void find_at(hr_analysis *analysis, hr_item item, uint32_t frame)
{
    if (frame == 0) {
        return;
    }
    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        if (!hr_finding_applies(code, &item)) {
            continue;
        }
        const hr_finding finding = {code, frame, item.connection, item.request};
        g_array_append_val(analysis->findings, finding);
        item.connection->findings |= 1u << code;
        if (item.request != NULL) {
            item.request->findings |= 1u << code;
        }
        analysis->totals.findings[code]++;
    }
}

static void find_on_connection(hr_analysis *analysis, hr_connection *connection)
{
    connection->findings = 0;
    find_at(analysis, (hr_item){HR_ITEM_OPENING, connection, NULL, 0}, connection->opened.frame);
    for (hr_request *request = connection->first_request; request != NULL;
         request = request->next) {
        request->findings = 0;
        find_at(analysis, (hr_item){HR_ITEM_REQUEST, connection, request, 0}, request->shown.frame);
        find_at(analysis, (hr_item){HR_ITEM_RESPONSE, connection, request, 0},
                request->response_frame);
    }
    find_at(analysis, (hr_item){HR_ITEM_HELLO, connection, NULL, 0}, connection->hello.frame);
    find_at(analysis, (hr_item){HR_ITEM_GOAWAY, connection, NULL, 0}, connection->goaway.frame);
    find_at(analysis, (hr_item){HR_ITEM_CLOSING, connection, NULL, 0}, connection->ending.at.frame);
}

static gint compare_findings(gconstpointer left, gconstpointer right)
{
    const hr_finding *a = left;
    const hr_finding *b = right;
    const uint32_t request_a = a->request != NULL ? a->request->id : 0;
    const uint32_t request_b = b->request != NULL ? b->request->id : 0;

    if (a->frame != b->frame) {
        return a->frame < b->frame ? -1 : 1;
    }
    if (a->code != b->code) {
        return a->code < b->code ? -1 : 1;
    }
    if (a->connection->id != b->connection->id) {
        return a->connection->id < b->connection->id ? -1 : 1;
    }
    return request_a < request_b ? -1 : request_a > request_b;
}

static void find_all(hr_analysis *analysis)
{
    const hr_model *model = analysis->facts->model;

    for (guint i = 0; i < analysis->facts->connections->len; i++) {
        find_on_connection(analysis, analysis->facts->connections->pdata[i]);
    }
    for (size_t i = 0; i < hr_model_probe_count(model); i++) {
        const hr_probe *probe = hr_model_probe(model, i);
        if (probe->connection->id != 0) {
            find_at(analysis, (hr_item){HR_ITEM_PROBE, probe->connection, NULL, (uint32_t)i},
                    probe->at.frame);
        }
    }
    g_array_sort(analysis->findings, compare_findings);
}

/* ---- the whole ---- */

hr_analysis *hr_analyse(hr_model *model)
{
    hr_analysis *analysis = g_new0(hr_analysis, 1);

    analysis->findings = g_array_new(FALSE, FALSE, sizeof(hr_finding));
    hr_endings_prepare(model);
    analysis->facts = hr_facts_gather(model);
    compare_neighbours(analysis->facts);
    hr_endings_decide(analysis->facts);
    for (guint i = 0; i < analysis->facts->connections->len; i++) {
        settle_opening(analysis->facts->connections->pdata[i]);
    }
    find_all(analysis);
    hr_totals_compute(analysis->facts, &analysis->totals);
    return analysis;
}

void hr_analysis_free(hr_analysis *analysis)
{
    if (analysis != NULL) {
        hr_facts_free(analysis->facts);
        g_array_free(analysis->findings, TRUE);
        g_free(analysis);
    }
}

const hr_totals *hr_analysis_totals(const hr_analysis *analysis)
{
    return &analysis->totals;
}

size_t hr_analysis_origin_count(const hr_analysis *analysis)
{
    return analysis->facts->origins->len;
}

const hr_origin *hr_analysis_origin(const hr_analysis *analysis, size_t index)
{
    g_return_val_if_fail(index < analysis->facts->origins->len, NULL);
    return &((hr_origin_facts *)analysis->facts->origins->pdata[index])->origin;
}

size_t hr_analysis_finding_count(const hr_analysis *analysis)
{
    return analysis->findings->len;
}

const hr_finding *hr_analysis_finding(const hr_analysis *analysis, size_t index)
{
    g_return_val_if_fail(index < analysis->findings->len, NULL);
    return &g_array_index(analysis->findings, hr_finding, index);
}

size_t hr_analysis_connection_count(const hr_analysis *analysis)
{
    return analysis->facts->connections->len;
}

const hr_connection *hr_analysis_connection(const hr_analysis *analysis, size_t index)
{
    g_return_val_if_fail(index < analysis->facts->connections->len, NULL);
    return analysis->facts->connections->pdata[index];
}

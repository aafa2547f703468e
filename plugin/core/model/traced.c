/* traced.c
 * The calls by port and time, and which of them a request is. A port's calls are looked through from
 * the first that is not over, and no further than WINDOW: whatever a trace says, a request costs no
 * more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/traced.h"

#include <string.h>

#include "core/model/store.h"

enum {
    PORTS = 65536,
    WINDOW = 1024, /* calls of one port at a time: streams of HTTP/2 */
};

/* A call gets its connection when that is ready, at the latest after so long: net/http gives TLS 10 s
 * (TLSHandshakeTimeout). */
#define HANDSHAKE_MAX_NS (30 * HR_NS_PER_S)

struct hr_traces {
    GArray *calls;             /* of hr_traced; by port and time once is_sorted */
    uint32_t begin[PORTS + 1]; /* of each port in calls */
    uint32_t cursor[PORTS];    /* calls before it are over */
    bool is_sorted;
    hr_traced_rest rest;
};

static hr_traces *traces_of(hr_model *model)
{
    if (model->traces == NULL) {
        model->traces = g_new0(hr_traces, 1);
        model->traces->calls = g_array_new(FALSE, FALSE, sizeof(hr_traced));
    }
    return model->traces;
}

void hr_traces_free(hr_traces *traces)
{
    if (traces != NULL) {
        g_array_free(traces->calls, TRUE);
        g_free(traces);
    }
}

bool hr_model_has_trace(const hr_model *model)
{
    return model->traces != NULL;
}

size_t hr_model_traced_count(const hr_model *model)
{
    return model->traces != NULL ? model->traces->calls->len : 0;
}

hr_traced_rest hr_model_traced_rest(const hr_model *model)
{
    return model->traces != NULL ? model->traces->rest : (hr_traced_rest){0, 0, 0};
}

/* ---- before the first frame ---- */

void hr_model_begin_trace(hr_model *model)
{
    (void)traces_of(model);
}

void hr_model_add_damaged_call(hr_model *model)
{
    traces_of(model)->rest.damaged++;
}

void hr_model_add_traced(hr_model *model, const hr_traced_call *told)
{
    hr_traces *traces = traces_of(model);

    g_return_if_fail(!traces->is_sorted);
    if (told->local.address.text == NULL || told->local.port == 0) {
        traces->rest.without_connection++;
        return;
    }
    if (traces->calls->len >= HR_TRACED_MAX) {
        traces->rest.left_out++;
        return;
    }
    const int64_t got_ns = CLAMP(told->got_ns, 0, HR_TIME_LATEST);
    const hr_traced call = {
        .got_ns = got_ns,
        .done_ns = CLAMP(told->done_ns, got_ns, HR_TIME_LATEST),
        .local = {hr_model_intern_slice(model, told->local.address), told->local.port},
        .remote = {hr_model_intern_slice(model, told->remote.address), told->remote.port},
        .site = hr_model_intern_slice(model, told->site),
        .function = hr_model_intern_slice(model, told->function),
        .method = hr_model_intern_slice(model, told->method),
        .host = hr_model_intern_slice(model, told->host),
        .path = hr_model_intern_slice(model, told->path),
        .error = hr_model_intern_slice(model, told->error),
        .seen = HR_MOMENT_NONE,
    };
    g_array_append_val(traces->calls, call);
}

static gint compare_calls(gconstpointer left, gconstpointer right)
{
    const hr_traced *a = left;
    const hr_traced *b = right;

    if (a->local.port != b->local.port) {
        return a->local.port < b->local.port ? -1 : 1;
    }
    return a->got_ns < b->got_ns ? -1 : a->got_ns > b->got_ns;
}

/* g_array_sort() keeps the order of equal ones. */
static void sort_calls(hr_traces *traces)
{
    const GArray *calls = traces->calls;

    if (traces->is_sorted) {
        return;
    }
    traces->is_sorted = true;
    g_array_sort(traces->calls, compare_calls);
    for (guint i = 0; i < calls->len; i++) {
        traces->begin[g_array_index(calls, hr_traced, i).local.port + 1]++;
    }
    for (size_t port = 0; port < PORTS; port++) {
        traces->begin[port + 1] += traces->begin[port];
        traces->cursor[port] = traces->begin[port];
    }
}

const hr_traced *hr_model_traced(const hr_model *model, size_t index)
{
    g_return_val_if_fail(index < hr_model_traced_count(model), NULL);
    sort_calls(model->traces);
    return &g_array_index(model->traces->calls, hr_traced, index);
}

hr_traced *hr_traced_of_port(const hr_model *model, uint16_t port, size_t *count)
{
    hr_traces *traces = model->traces;

    *count = 0;
    if (traces == NULL) {
        return NULL;
    }
    sort_calls(traces);
    *count = traces->begin[port + 1] - traces->begin[port];
    return *count > 0 ? &g_array_index(traces->calls, hr_traced, traces->begin[port]) : NULL;
}

/* ---- what fits ---- */

const hr_connection *hr_connection_outermost(const hr_connection *connection)
{
    while (connection->parent != NULL) {
        connection = connection->parent;
    }
    return connection;
}

/* Strings are interned. */
static bool is_same_endpoint(const hr_endpoint *one, const hr_endpoint *other)
{
    return one->address == other->address && one->port == other->port;
}

/* @target is a request target: with a query, and to a proxy in absolute form (RFC 9112 §3.2.2). */
static bool is_path_of(const char *path, const char *target)
{
    const size_t length = strlen(path);

    if (target[0] != '/') {
        const char *authority = strstr(target, "://");
        const char *begin = authority != NULL ? strchr(authority + 3, '/') : NULL;
        target = begin != NULL ? begin : "/";
    }
    return strncmp(path, target, length) == 0 && (target[length] == '\0' || target[length] == '?');
}

static bool is_same_method_and_path(const hr_traced *call, const hr_request *request)
{
    return (call->method == NULL || request->method == NULL || call->method == request->method) &&
           (call->path == NULL || request->target == NULL ||
            is_path_of(call->path, request->target));
}

/* Where an address translation lies between the program and the capture, the port is mostly the
 * same, but that alone proves nothing. */
static bool is_same_by_name(const hr_traced *call, const hr_connection *connection,
                            const hr_request *request)
{
    if (call->host == NULL) {
        return false;
    }
    if (request != NULL) {
        return request->authority != NULL && request->method != NULL && request->target != NULL &&
               g_ascii_strcasecmp(call->host, request->authority) == 0;
    }
    const char *sni = connection->tls.sni;
    const size_t length = strcspn(call->host, ":");
    return sni != NULL && strlen(sni) == length &&
           g_ascii_strncasecmp(call->host, sni, length) == 0;
}

static bool is_between_same_ends(const hr_traced *call, const hr_connection *connection)
{
    const hr_connection *outermost = hr_connection_outermost(connection);

    return is_same_endpoint(&call->local, &hr_connection_client(outermost)->endpoint) &&
           is_same_endpoint(&call->remote, &hr_connection_server(outermost)->endpoint);
}

bool hr_traced_fits(const hr_traced *call, const hr_connection *connection,
                    const hr_request *request)
{
    const hr_connection *outermost = hr_connection_outermost(connection);

    if (call->local.port != hr_connection_client(outermost)->endpoint.port ||
        (request != NULL && !is_same_method_and_path(call, request))) {
        return false;
    }
    return is_between_same_ends(call, connection) || is_same_by_name(call, connection, request);
}

/* ---- joining ---- */

/* How far @at_ns lies outside of the time in which @call may have sent; -1: too far. */
static int64_t distance(const hr_traced *call, int64_t at_ns)
{
    if (at_ns < call->got_ns) {
        const int64_t early_ns = call->got_ns - at_ns;
        return early_ns <= HR_TRACED_BEFORE_NS ? early_ns : -1;
    }
    if (at_ns > call->done_ns) {
        const int64_t late_ns = at_ns - call->done_ns;
        return late_ns <= HR_TRACED_AFTER_NS ? late_ns : -1;
    }
    return 0;
}

static bool is_free(const hr_traced *call, const hr_connection *connection)
{
    return call->request == NULL && (call->connection == NULL || call->connection == connection);
}

/* The calls of @connection's port from which something may have been sent at @at_ns. */
static hr_traced *open_calls(hr_model *model, const hr_connection *connection, int64_t at_ns,
                             size_t *count)
{
    hr_traces *traces = model->traces;
    const hr_connection *outermost = hr_connection_outermost(connection);
    const uint16_t port = hr_connection_client(outermost)->endpoint.port;

    sort_calls(traces);
    const uint32_t end = traces->begin[port + 1];
    uint32_t *cursor = &traces->cursor[port];
    while (*cursor < end) {
        const hr_traced *call = &g_array_index(traces->calls, hr_traced, *cursor);
        if (call->done_ns + HR_TRACED_AFTER_NS >= at_ns) {
            break;
        }
        ++*cursor;
    }
    *count = MIN(end - *cursor, WINDOW);
    return *count > 0 ? &g_array_index(traces->calls, hr_traced, *cursor) : NULL;
}

bool hr_traced_expects(hr_model *model, const hr_connection *connection)
{
    size_t count = 0;

    if (model->traces == NULL) {
        return false;
    }
    const hr_traced *calls = open_calls(model, connection, model->now.ns, &count);
    for (size_t i = 0; i < count && calls[i].got_ns - model->now.ns < HANDSHAKE_MAX_NS; i++) {
        if (is_between_same_ends(&calls[i], connection)) {
            return true;
        }
    }
    return false;
}

/* The first that was open when the request was sent; else the nearest. */
static hr_traced *call_of(hr_model *model, const hr_request *request)
{
    size_t count = 0;
    hr_traced *calls = open_calls(model, request->connection, request->sent.ns, &count);
    hr_traced *nearest = NULL;
    int64_t nearest_ns = INT64_MAX;

    for (size_t i = 0; i < count && nearest_ns > 0; i++) {
        const int64_t distance_ns = distance(&calls[i], request->sent.ns);
        if (distance_ns >= 0 && distance_ns < nearest_ns &&
            is_free(&calls[i], request->connection) &&
            hr_traced_fits(&calls[i], request->connection, request)) {
            nearest = &calls[i];
            nearest_ns = distance_ns;
        }
    }
    return nearest;
}

void hr_traced_join_requests(hr_model *model)
{
    if (model->traces == NULL) {
        return;
    }
    for (guint i = 0; i < model->items->len; i++) {
        const hr_item *item = &g_array_index(model->items, hr_item, i);
        if (item->kind != HR_ITEM_REQUEST || item->request->traced != NULL) {
            continue;
        }
        hr_traced *call = call_of(model, item->request);
        if (call != NULL) {
            call->connection = item->connection;
            call->request = item->request;
            call->seen = item->request->sent;
            item->request->traced = call;
        }
    }
}

void hr_traced_join_record(hr_model *model, hr_connection *connection)
{
    size_t count = 0;

    if (model->traces == NULL || !hr_connection_is_opaque(connection)) {
        return;
    }
    hr_traced *calls = open_calls(model, connection, model->now.ns, &count);
    for (size_t i = 0; i < count && calls[i].got_ns <= model->now.ns; i++) {
        if (calls[i].connection == NULL && distance(&calls[i], model->now.ns) >= 0 &&
            hr_traced_fits(&calls[i], connection, NULL)) {
            const hr_item item = {HR_ITEM_CALL, connection, NULL, 0, &calls[i]};
            calls[i].connection = connection;
            calls[i].seen = model->now;
            g_array_append_val(model->items, item);
        }
    }
}

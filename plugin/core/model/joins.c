/* joins.c
 * Which of the calls that were told a request is, or may be in a record that nobody can read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/traced.h"

#include <string.h>

#include "core/model/store.h"

/* A call gets its connection when that is ready, at the latest after so long: net/http gives TLS 10
 * s (TLSHandshakeTimeout). */
#define HANDSHAKE_MAX_NS (30 * HR_NS_PER_S)

/* ---- what fits ---- */

const hr_connection *hr_connection_outermost(const hr_connection *connection)
{
    while (connection->seldom->parent != NULL) {
        connection = connection->seldom->parent;
    }
    return connection;
}

/* @target is a request target: with a query, and to a proxy in absolute form. */
static bool is_path_of(const char *path, const char *target)
{
    const size_t length = strlen(path);
    const char *asked = hr_target_path(target);

    return strncmp(path, asked, length) == 0 && (asked[length] == '\0' || asked[length] == '?');
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
    const char *sni = connection->seldom->tls->sni;
    const size_t length = strcspn(call->host, ":");
    return sni != NULL && strlen(sni) == length &&
           g_ascii_strncasecmp(call->host, sni, length) == 0;
}

static bool is_between_same_ends(const hr_traced *call, const hr_connection *connection)
{
    const hr_connection *outermost = hr_connection_outermost(connection);

    return hr_endpoint_is_same(&call->local, &hr_connection_client(outermost)->endpoint) &&
           hr_endpoint_is_same(&call->remote, &hr_connection_server(outermost)->endpoint);
}

hr_fit hr_traced_fits(const hr_model *model, const hr_traced *call, const hr_connection *connection,
                      const hr_request *request)
{
    const hr_connection *outermost = hr_connection_outermost(connection);

    if (call->local.port != hr_connection_client(outermost)->endpoint.port ||
        (request != NULL && !is_same_method_and_path(call, request))) {
        return HR_FIT_NONE;
    }
    if (is_between_same_ends(call, connection)) {
        return HR_FIT_ENDS;
    }
    /* Where its ends were told nothing translates them, and a call with others is none of it. */
    return is_same_by_name(call, connection, request) &&
                   !hr_traced_has_ends(model, &hr_connection_client(outermost)->endpoint,
                                       &hr_connection_server(outermost)->endpoint)
               ? HR_FIT_NAME
               : HR_FIT_NONE;
}

/* ---- joining ---- */

static uint16_t port_of(const hr_connection *connection)
{
    return hr_connection_client(hr_connection_outermost(connection))->endpoint.port;
}

static hr_open_calls open_at(hr_model *model, const hr_connection *connection, int64_t at_ns)
{
    return hr_traced_open(model, port_of(connection), at_ns);
}

bool hr_traced_expects(hr_model *model, const hr_connection *connection)
{
    const int64_t now_ns = model->now.ns;

    if (model->traces == NULL) {
        return false;
    }
    hr_open_calls calls = open_at(model, connection, now_ns);
    for (const hr_traced *call = hr_traced_next_open(&calls); call != NULL;
         call = hr_traced_next_open(&calls)) {
        if (is_between_same_ends(call, connection)) {
            return true;
        }
    }
    size_t count = 0;
    const hr_traced *coming = hr_traced_coming(model, port_of(connection), &count);
    for (size_t i = 0; i < count && coming[i].got_ns - now_ns < HANDSHAKE_MAX_NS; i++) {
        if (is_between_same_ends(&coming[i], connection)) {
            return true;
        }
    }
    return false;
}

/* How badly a call fits a request: first by what they have in common, then by how far it was sent
 * outside of the time from when the call had its connection until it had sent, then by how long
 * before the end of that time. */
typedef struct {
    hr_fit fit;
    int64_t outside_ns;
    int64_t before_done_ns;
} misfit;

static misfit misfit_of(const hr_model *model, const hr_traced *call, const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const int64_t at_ns = request->sent.ns;
    misfit it = {HR_FIT_NONE, MAX(MAX(call->got_ns - at_ns, at_ns - call->done_ns), 0),
                 ABS(call->done_ns - at_ns)};

    if (call->got_ns - at_ns <= HR_TRACED_BEFORE_NS && call->latest_ns >= at_ns &&
        (call->connection == NULL || call->connection == connection)) {
        it.fit = hr_traced_fits(model, call, connection, request);
    }
    return it;
}

static bool is_better(const misfit *one, const misfit *other)
{
    if (one->fit != other->fit) {
        return one->fit > other->fit;
    }
    return one->outside_ns != other->outside_ns ? one->outside_ns < other->outside_ns
                                                : one->before_done_ns < other->before_done_ns;
}

/* Whether @other may as well be it as @best, which is better by less than clocks may differ. */
static bool is_rival(const misfit *best, const misfit *other)
{
    return other->fit == best->fit && (other->outside_ns == 0) == (best->outside_ns == 0) &&
           other->before_done_ns - best->before_done_ns <= HR_TRACED_BEFORE_NS;
}

static hr_traced *best_call(hr_model *model, const hr_request *request, misfit *best)
{
    hr_open_calls calls = open_at(model, request->connection, request->sent.ns);
    hr_traced *found = NULL;

    *best = (misfit){HR_FIT_NONE, 0, 0};
    for (hr_traced *call = hr_traced_next_open(&calls); call != NULL;
         call = hr_traced_next_open(&calls)) {
        const misfit it = misfit_of(model, call, request);
        if (it.fit != HR_FIT_NONE && is_better(&it, best)) {
            found = call;
            *best = it;
        }
    }
    return found;
}

/* NULL where none fits, or those of several lines of code do: then each of them is marked. */
static hr_traced *call_of(hr_model *model, const hr_request *request)
{
    misfit best;
    hr_traced *found = best_call(model, request, &best);

    if (found == NULL) {
        return NULL;
    }
    hr_open_calls calls = open_at(model, request->connection, request->sent.ns);
    bool is_ambiguous = false;
    for (hr_traced *call = hr_traced_next_open(&calls); call != NULL;
         call = hr_traced_next_open(&calls)) {
        const misfit it = misfit_of(model, call, request);
        if (call->site != found->site && is_rival(&best, &it)) {
            is_ambiguous = true;
            call->is_ambiguous = true;
            call->connection = request->connection;
        }
    }
    if (is_ambiguous) {
        found->is_ambiguous = true;
        found->connection = request->connection;
    }
    return is_ambiguous ? NULL : found;
}

void hr_traced_join_requests(hr_model *model)
{
    if (model->traces == NULL) {
        return;
    }
    for (guint i = 0; i < model->items->len; i++) {
        const hr_item *item = &g_array_index(model->items, hr_item, i);
        if (item->kind != HR_ITEM_REQUEST || item->request->ties->traced != NULL) {
            continue;
        }
        hr_traced *call = call_of(model, item->request);
        if (call != NULL) {
            call->connection = item->connection;
            call->request = item->request;
            call->seen = item->request->sent;
            hr_model_ties(model, item->request)->traced = call;
        }
    }
}

void hr_traced_join_record(hr_model *model, hr_connection *connection)
{
    const int64_t now_ns = model->now.ns;

    if (model->traces == NULL || !hr_connection_is_opaque(connection)) {
        return;
    }
    hr_open_calls calls = open_at(model, connection, now_ns);
    const guint begin = model->items->len;
    for (hr_traced *call = hr_traced_next_open(&calls); call != NULL;
         call = hr_traced_next_open(&calls)) {
        if (call->connection == NULL && call->got_ns <= now_ns &&
            hr_traced_fits(model, call, connection, NULL) != HR_FIT_NONE) {
            const hr_item item = {HR_ITEM_CALL, connection, NULL, 0, call};
            call->connection = connection;
            call->seen = model->now;
            g_array_insert_val(model->items, begin, item); /* by time */
        }
    }
}

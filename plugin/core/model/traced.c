/* traced.c
 * The calls by port and time. Of each port those that have begun and
 * may still be sent are in a list, the latest first; what is over or found leaves it when it is
 * come across. A request looks at WINDOW of the others at most: whatever a trace says, it costs no
 * more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/traced.h"

#include "core/model/hash.h"
#include "core/model/store.h"

enum {
    PORTS = 65536,
    WINDOW = 1024, /* open calls of one port: streams of HTTP/2 */
};

struct hr_traces {
    GArray *calls;             /* of hr_traced; by port and time once is_sorted */
    uint32_t begin[PORTS + 1]; /* of each port in calls */
    uint32_t coming[PORTS];    /* the first that has not begun */
    hr_traced *open[PORTS];    /* the others, without those that are over or found */
    GHashTable *ends;          /* set of hr_traced: each pair of ends that was told, once */
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
        if (traces->ends != NULL) {
            g_hash_table_destroy(traces->ends);
        }
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

/* The answer proves that the request was sent. Without a path the time alone tells one call on a
 * connection from the next. */
static int64_t latest(const hr_traced_call *told, int64_t done_ns)
{
    int64_t slack_ns = HR_TRACED_AFTER_NS;

    if (told->end_ns > 0) {
        slack_ns = CLAMP(told->end_ns - done_ns, 0, HR_TRACED_AFTER_NS) + HR_TRACED_BEFORE_NS;
    } else if (told->path.text == NULL) {
        slack_ns = HR_TRACED_BEFORE_NS;
    }
    return done_ns + slack_ns;
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
    const int64_t done_ns = CLAMP(told->done_ns, got_ns, HR_TIME_LATEST);
    const hr_traced call = {
        .got_ns = got_ns,
        .done_ns = done_ns,
        .latest_ns = latest(told, done_ns),
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

/* Strings are interned. */
static guint hash_ends(gconstpointer key)
{
    const hr_traced *call = key;
    uint64_t hash = hr_hash_begin();

    hash = hr_hash_add(hash, (uintptr_t)call->local.address);
    hash = hr_hash_add(hash, (uintptr_t)call->remote.address);
    hash = hr_hash_add(hash, (uint64_t)call->local.port << 16 | call->remote.port);
    return (guint)(hash ^ hash >> 32);
}

bool hr_endpoint_is_same(const hr_endpoint *one, const hr_endpoint *other)
{
    return one->address == other->address && one->port == other->port;
}

static gboolean has_same_ends(gconstpointer left, gconstpointer right)
{
    const hr_traced *one = left;
    const hr_traced *other = right;

    return hr_endpoint_is_same(&one->local, &other->local) &&
           hr_endpoint_is_same(&one->remote, &other->remote);
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
    traces->ends = g_hash_table_new(hash_ends, has_same_ends);
    for (guint i = 0; i < calls->len; i++) {
        hr_traced *call = &g_array_index(calls, hr_traced, i);
        traces->begin[call->local.port + 1]++;
        g_hash_table_add(traces->ends, call);
    }
    for (size_t port = 0; port < PORTS; port++) {
        traces->begin[port + 1] += traces->begin[port];
        traces->coming[port] = traces->begin[port];
    }
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

/* ---- open calls ---- */

hr_open_calls hr_traced_open(hr_model *model, uint16_t port, int64_t at_ns)
{
    hr_traces *traces = model->traces;

    sort_calls(traces);
    for (uint32_t *i = &traces->coming[port]; *i < traces->begin[port + 1]; ++*i) {
        hr_traced *call = &g_array_index(traces->calls, hr_traced, *i);
        if (call->got_ns - HR_TRACED_BEFORE_NS > at_ns) {
            break;
        }
        call->next_open = traces->open[port];
        traces->open[port] = call;
    }
    return (hr_open_calls){&traces->open[port], at_ns, 0};
}

/* A call that has its connection, in records that nobody can read, needs no slack any more. */
static bool is_over(const hr_traced *call, int64_t at_ns)
{
    return call->request != NULL ||
           (call->seen.frame != 0 ? call->done_ns : call->latest_ns) < at_ns;
}

hr_traced *hr_traced_next_open(hr_open_calls *calls)
{
    while (*calls->link != NULL && is_over(*calls->link, calls->at_ns)) {
        *calls->link = (*calls->link)->next_open;
    }
    hr_traced *call = *calls->link;
    if (call == NULL || calls->seen++ >= WINDOW) {
        return NULL;
    }
    calls->link = &call->next_open;
    return call;
}

const hr_traced *hr_traced_coming(const hr_model *model, uint16_t port, size_t *count)
{
    const hr_traces *traces = model->traces;
    const uint32_t begin = traces->coming[port];

    *count = MIN(traces->begin[port + 1] - begin, WINDOW);
    return *count > 0 ? &g_array_index(traces->calls, hr_traced, begin) : NULL;
}

bool hr_traced_has_ends(const hr_model *model, const hr_endpoint *local, const hr_endpoint *remote)
{
    const hr_traced ends = {.local = *local, .remote = *remote};

    return g_hash_table_contains(model->traces->ends, &ends);
}

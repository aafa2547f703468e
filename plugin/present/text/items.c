/* items.c
 * Gathers findings into items by code and origin, in one pass over them, and puts the items in
 * order: errors first, then what cost most. What an item cost are avoidable connections: the
 * finding's own, or those that replace its connection. A note is an item only if it cost some, and
 * each connection's cost is that of the one code that its cause has.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/items.h"

#include "core/model/times.h"

/* The cause that a finding of a code is about; whether it is sure tells whether the finding is.
   The findings of other codes rest on no inferred cause. */
static const hr_close_cause causes[HR_FINDING_COUNT] = {
    [HR_FINDING_BODY_UNDRAINED] = HR_CLOSE_BODY_UNDRAINED,
    [HR_FINDING_POOL_LIMIT] = HR_CLOSE_POOL_LIMIT,
    [HR_FINDING_STALE_REUSE] = HR_CLOSE_STALE_RACE,
    [HR_FINDING_REQUEST_ABORTED] = HR_CLOSE_REQUEST_ABORTED,
    [HR_FINDING_IDLE_DROPPED] = HR_CLOSE_IDLE_DROPPED,
};

/* The note whose item bears what the end of a connection cost. */
static const hr_finding_code notes[HR_CLOSE_COUNT] = {
    [HR_CLOSE_HTTP10] = HR_FINDING_CLOSE_ANNOUNCED,
    [HR_CLOSE_SERVER_ERROR_CLOSE] = HR_FINDING_CLOSE_ANNOUNCED,
    [HR_CLOSE_CLIENT_CLOSE_HEADER] = HR_FINDING_CLOSE_ANNOUNCED,
    [HR_CLOSE_SERVER_CLOSE_HEADER] = HR_FINDING_CLOSE_ANNOUNCED,
    [HR_CLOSE_REQUEST_LIMIT] = HR_FINDING_REQUEST_LIMIT,
    [HR_CLOSE_GOAWAY] = HR_FINDING_GOAWAY,
    [HR_CLOSE_SERVER_IDLE_TIMEOUT] = HR_FINDING_IDLE_CLOSE,
    [HR_CLOSE_CLIENT_IDLE_TIMEOUT] = HR_FINDING_IDLE_CLOSE,
    [HR_CLOSE_REQUEST_CANCELLED] = HR_FINDING_REQUEST_CANCELLED,
    [HR_CLOSE_CLIENT_CLOSE] = HR_FINDING_CLOSED_AFTER_ANSWER,
    [HR_CLOSE_SERVER_CLOSE] = HR_FINDING_SERVER_CLOSED_AFTER_ANSWER,
};

/* What the connections opened because of one that ended cost. */
typedef struct {
    uint32_t avoidable;
    int64_t cost_ns;
} opened_after;

struct hr_text_items {
    GPtrArray *list; /* of hr_text_item, owned: those that are said, then the others */
    guint said;
    GHashTable *by_key;  /* hr_text_item, by code and pool */
    GHashTable *counted; /* keys of a connection and a code that an item has counted */
    GHashTable *opened;  /* id of a connection -> opened_after */
    uint32_t per_code[HR_FINDING_COUNT];
};

static guint item_hash(gconstpointer key)
{
    const hr_text_item *item = (const hr_text_item *)key;

    return g_direct_hash(item->pool) * HR_FINDING_COUNT + (guint)item->code;
}

static gboolean item_equal(gconstpointer a, gconstpointer b)
{
    const hr_text_item *one = (const hr_text_item *)a;
    const hr_text_item *other = (const hr_text_item *)b;

    return one->code == other->code && one->pool == other->pool;
}

/* What each connection's end cost: the avoidable connections that replace it. */
static GHashTable *opened_after_new(const hr_analysis *analysis)
{
    GHashTable *opened = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    size_t count = hr_analysis_connection_count(analysis);

    for (size_t i = 0; i < count; i++) {
        const hr_connection *connection = hr_analysis_connection(analysis, i);
        if (connection->replaces == NULL) {
            continue;
        }
        gpointer key = GUINT_TO_POINTER(connection->replaces->id);
        opened_after *after = (opened_after *)g_hash_table_lookup(opened, key);
        if (after == NULL) {
            after = g_new(opened_after, 1);
            *after = (opened_after){0, HR_TIME_NONE};
            g_hash_table_insert(opened, key, after);
        }
        after->avoidable++;
        hr_duration_add(&after->cost_ns, hr_connection_setup_ns(connection));
    }
    return opened;
}

static hr_text_item *item_of(hr_text_items *items, const hr_finding *finding)
{
    hr_text_item key = {.code = finding->code, .pool = hr_pool_of(finding->connection)};
    hr_text_item *item = (hr_text_item *)g_hash_table_lookup(items->by_key, &key);

    if (item == NULL) {
        item = g_new0(hr_text_item, 1);
        item->code = key.code;
        item->pool = key.pool;
        item->first = finding;
        item->library = hr_library_of(finding->connection);
        item->cost_ns = HR_TIME_NONE;
        item->ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_ptr_array_add(items->list, item);
        g_hash_table_add(items->by_key, item);
        items->per_code[key.code]++;
    }
    return item;
}

static bool is_note(hr_finding_code code)
{
    return hr_finding_kind_of(code)->severity < HR_SEVERITY_WARNING;
}

/* Whether what it cost to open @connection is an item of @code: nothing that ended before did. */
static bool has_own_cost(hr_finding_code code, const hr_connection *connection)
{
    return code == HR_FINDING_MISSED_REUSE ||
           (code == HR_FINDING_HANDSHAKE_RACE && connection->is_avoidable &&
            connection->replaces == NULL && connection->opening.why != HR_WHY_IDLE_AVAILABLE);
}

static void item_add_cost(hr_text_item *item, const hr_text_items *items,
                          const hr_connection *connection)
{
    if (is_note(item->code) && item->code != HR_FINDING_HANDSHAKE_RACE &&
        notes[connection->ending.cause] != item->code) {
        return;
    }
    if (has_own_cost(item->code, connection)) {
        item->avoidable++;
        hr_duration_add(&item->cost_ns, hr_connection_setup_ns(connection));
        return;
    }
    if (item->code == HR_FINDING_HANDSHAKE_RACE) {
        return;
    }
    const opened_after *after =
        (const opened_after *)g_hash_table_lookup(items->opened, GUINT_TO_POINTER(connection->id));
    if (after != NULL) {
        item->avoidable += after->avoidable;
        hr_duration_add(&item->cost_ns, after->cost_ns);
    }
}

static void item_add_connection(hr_text_item *item, const hr_text_items *items,
                                const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    item->connections++;
    item->by_proxy += connection->products.is_relayed || connection->products.is_leg;
    item->said_by_client += ending->cause == HR_CLOSE_CLIENT_CLOSE_HEADER;
    item->said_by_server += ending->cause == HR_CLOSE_SERVER_CLOSE_HEADER ||
                            ending->cause == HR_CLOSE_SERVER_ERROR_CLOSE;
    item->http10 += ending->cause == HR_CLOSE_HTTP10;
    item->reset_unasked += ending->cause == HR_CLOSE_STALE_RACE && ending->is_first_rst &&
                           connection->last_request != NULL &&
                           ending->at.frame > connection->last_request->sent.frame;
    g_array_append_val(item->ids, connection->id);
    item_add_cost(item, items, connection);
    if (ending->cause != causes[item->code] && notes[ending->cause] != item->code) {
        return;
    }
    if (ending->certainty == HR_CERTAINTY_LIKELY) {
        item->likely++;
    }
    if (item->code == HR_FINDING_BODY_UNDRAINED && ending->form >= 'a' && ending->form <= 'c') {
        item->forms[ending->form - 'a']++;
    }
    if (item->limit_max == 0 || ending->limit < item->limit_min) {
        item->limit_min = ending->limit;
    }
    item->limit_max = MAX(item->limit_max, ending->limit);
}

static void item_add_finding(hr_text_item *item, const hr_finding *finding)
{
    const hr_request *request = finding->request;

    item->findings++;
    if (item->library != hr_library_of(finding->connection)) {
        item->library = HR_LIBRARY_UNKNOWN;
    }
    if (request != NULL && request->method != NULL && !hr_method_is_idempotent(request->method)) {
        item->not_idempotent++;
    }
    /* Findings come by frame, so that equal frames are neighbours. */
    if (finding->frame == item->last_frame) {
        return;
    }
    if (item->frame_count < HR_TEXT_FRAMES_SHOWN) {
        item->frames[item->frame_count] = finding->frame;
    }
    item->frame_count++;
    item->last_frame = finding->frame;
}

static void items_add(hr_text_items *items, const hr_finding *finding)
{
    hr_text_item *item = item_of(items, finding);
    gsize key = (gsize)finding->connection->id * HR_FINDING_COUNT + (gsize)finding->code;

    item_add_finding(item, finding);
    if (g_hash_table_add(items->counted, GSIZE_TO_POINTER(key))) {
        item_add_connection(item, items, finding->connection);
    }
}

/* -1 where @one comes before @other, 1 where it comes after, 0 where this decides nothing. */
static int compare(int64_t one, int64_t other)
{
    return one < other ? -1 : one > other;
}

static bool is_error(const hr_text_item *item)
{
    return hr_finding_kind_of(item->code)->severity == HR_SEVERITY_ERROR;
}

/* A note that cost nothing is none. */
static bool is_said(const hr_text_item *item)
{
    return !is_note(item->code) || item->avoidable > 0;
}

/* Those that are said; errors first, then what cost most, then what came most often, then what
 * came first. */
static int compare_items(const void *a, const void *b)
{
    const hr_text_item *one = *(const hr_text_item *const *)a;
    const hr_text_item *other = *(const hr_text_item *const *)b;
    int order = compare(is_said(other), is_said(one));

    if (order == 0) {
        order = compare(is_error(other), is_error(one));
    }
    if (order == 0) {
        order = compare(other->cost_ns, one->cost_ns);
    }
    if (order == 0) {
        order = compare(other->findings, one->findings);
    }
    if (order == 0) {
        order = compare(one->first->frame, other->first->frame);
    }
    if (order == 0) {
        order = compare(one->first->connection->id, other->first->connection->id);
    }
    return order != 0 ? order : compare(one->code, other->code);
}

static void item_free(gpointer data)
{
    hr_text_item *item = (hr_text_item *)data;

    g_array_free(item->ids, TRUE);
    g_free(item);
}

static int compare_ids(const void *a, const void *b)
{
    return compare(*(const uint32_t *)a, *(const uint32_t *)b);
}

static bool may_be_item(hr_finding_code code)
{
    bool is_one = !is_note(code) || code == HR_FINDING_HANDSHAKE_RACE;

    for (size_t i = 0; i < G_N_ELEMENTS(notes) && !is_one; i++) {
        is_one = notes[i] == code && code != HR_FINDING_NEW_CONNECTION;
    }
    return is_one;
}

hr_text_items *hr_text_items_new(const hr_analysis *analysis)
{
    hr_text_items *items = g_new0(hr_text_items, 1);
    size_t count = hr_analysis_finding_count(analysis);

    items->list = g_ptr_array_new_with_free_func(item_free);
    items->by_key = g_hash_table_new(item_hash, item_equal);
    items->counted = g_hash_table_new(NULL, NULL);
    items->opened = opened_after_new(analysis);
    for (size_t i = 0; i < count; i++) {
        const hr_finding *finding = hr_analysis_finding(analysis, i);
        if (finding->connection != NULL && may_be_item(finding->code)) {
            items_add(items, finding);
        }
    }
    g_ptr_array_sort(items->list, compare_items);
    for (guint i = 0; i < items->list->len; i++) {
        const hr_text_item *item = hr_text_items_get(items, i);
        g_array_sort(item->ids, compare_ids);
        items->said += is_said(item);
    }
    return items;
}

void hr_text_items_free(hr_text_items *items)
{
    g_hash_table_destroy(items->opened);
    g_hash_table_destroy(items->counted);
    g_hash_table_destroy(items->by_key);
    g_ptr_array_free(items->list, TRUE);
    g_free(items);
}

guint hr_text_items_count(const hr_text_items *items)
{
    return items->said;
}

const hr_text_item *hr_text_items_get(const hr_text_items *items, guint index)
{
    return (const hr_text_item *)g_ptr_array_index(items->list, index);
}

uint32_t hr_text_items_count_of(const hr_text_items *items, hr_finding_code code)
{
    return items->per_code[code];
}

static bool has_same_route(const hr_connection *one, const hr_connection *other)
{
    const hr_endpoint *server = &hr_connection_server(one)->endpoint;
    const hr_endpoint *other_server = &hr_connection_server(other)->endpoint;

    /* Addresses are interned. */
    return hr_connection_client(one)->endpoint.address ==
               hr_connection_client(other)->endpoint.address &&
           server->address == other_server->address && server->port == other_server->port;
}

bool hr_text_items_share_route(const hr_text_items *items, const hr_text_item *item)
{
    for (guint i = 0; i < items->list->len; i++) {
        const hr_text_item *other = hr_text_items_get(items, i);
        if (other != item && other->code == item->code &&
            has_same_route(item->first->connection, other->first->connection)) {
            return true;
        }
    }
    return false;
}

/* calls.c
 * From connections and their requests to calls. Requests that were pipelined are one call, since
 * their client wanted them on one connection. A connection whose first request came long after it
 * was ready was not opened for that one: it is a dial of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/calls.h"

#include "core/ending/reading.h"
#include "core/forecast/fates.h"
#include "core/forecast/follows.h"
#include "core/forecast/full_pools.h"
#include "core/forecast/seen_pools.h"
#include "core/forecast/unread.h"

enum {
    MOST_PIPELINED = (1 << 26) - 1 /* as many as hr_call.requests holds */
};

typedef struct {
    hr_calls *calls;
    const hr_settings *settings;
    const hr_origin_facts *facts;
    GArray *reused_ns; /* reused_times(); NULL: not asked for yet, as mostly */
    const hr_connection *connection;
    uint32_t index; /* of connection */
} builder;

/* ---- when a client had an answer ---- */

/* Of the way from the place of the capture to the client and back the better part counts: what a
 * client sends because of an answer comes no sooner, but packets do not travel evenly. */
static int64_t way_ns(const hr_connection *connection)
{
    return connection->client_leg_ns - connection->client_leg_ns / 4;
}

/* An answer that never ended took until its client read on no more, or its connection ended. */
static int64_t raw_end_ns(const builder *b, const hr_request *request)
{
    const hr_connection *connection = b->connection;
    const int64_t left_ns = hr_reading_stopped_ns(b->settings, request);
    const int64_t ended_ns =
        left_ns != HR_TIME_NONE ? left_ns
        : request->ended.frame != 0 && request->is_done
            ? request->ended.ns
            : MIN(hr_connection_ended_ns(connection), connection->last_seen.ns);

    return MAX(ended_ns, request->sent.ns);
}

/* A connection that carries the next request, or is closed, was known to be free before. */
static int64_t end_ns(const builder *b, const hr_request *request)
{
    const int64_t raw_ns = raw_end_ns(b, request);
    int64_t limit_ns = hr_connection_ended_ns(b->connection);

    if (request->next != NULL && b->calls->habits.streams == 1) {
        limit_ns = MIN(limit_ns, request->next->sent.ns);
    }
    return MAX(raw_ns, MIN(raw_ns + way_ns(b->connection), limit_ns));
}

/* ---- calls ---- */

static bool is_pipelined(const builder *b, const hr_request *request)
{
    return b->calls->habits.streams == 1 && request != NULL &&
           request->sent.ns < raw_end_ns(b, request->previous);
}

static hr_call *add_call(const builder *b, int64_t call_ns, int64_t end)
{
    const hr_call call = {.call_ns = call_ns,
                          .end_ns = end,
                          .connection = b->index,
                          .requests = 1,
                          .first_follower = HR_CALL_NONE,
                          .next_follower = HR_CALL_NONE};

    g_array_append_val(b->calls->calls, call);
    return hr_calls_at(b->calls, b->calls->calls->len - 1);
}

/* What was opened for a call has to be set up before the server's time begins. */
static void open_for(const builder *b, hr_call *call)
{
    const int64_t setup_ns = hr_connection_setup_ns(b->connection);

    call->is_opener = true;
    if (setup_ns != HR_TIME_NONE) {
        hr_calls_carrier(b->calls, call)->setup_ns =
            CLAMP(setup_ns, 0, call->end_ns - call->call_ns);
    }
}

static void add_dial(const builder *b)
{
    const hr_connection *connection = b->connection;
    const int64_t setup_ns = hr_connection_setup_ns(connection);
    const int64_t opened_ns = connection->opened.ns;
    hr_call *dial = add_call(b, opened_ns, opened_ns + (setup_ns == HR_TIME_NONE ? 0 : setup_ns));

    dial->is_dial = true;
    open_for(b, dial);
}

/* Sorted: when requests went out on connections that had carried others. */
static GArray *reused_times(const hr_origin_facts *facts)
{
    GArray *times = hr_times_new();

    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        const hr_request *request = connection->first_request;
        while (request != NULL && (request = request->next) != NULL) {
            hr_times_add(times, request->sent.ns);
        }
    }
    hr_times_sort(times);
    return times;
}

/* Whether a connection was opened for what went out on it at @sent_ns. A client that waits for one
 * may be handed another that becomes free meanwhile; then this one goes into the pool, and serves
 * a later call. */
static bool is_opened_for(builder *b, int64_t sent_ns)
{
    const hr_connection *connection = b->connection;
    const int64_t gap_ns = hr_connection_ready(connection).frame != 0
                               ? sent_ns - hr_connection_ready(connection).ns
                               : 0;

    if (!connection->is_opening_seen || gap_ns > b->settings->pool_stay_ns) {
        return false;
    }
    if (gap_ns <= b->settings->pool_settle_ns) {
        return true;
    }
    if (b->reused_ns == NULL) {
        b->reused_ns = reused_times(b->facts);
    }
    return hr_sorted_below(b->reused_ns, sent_ns) ==
           hr_sorted_up_to(b->reused_ns, connection->opened.ns);
}

/* The first call of a connection, whose request went out at @sent_ns. */
static hr_call *add_first_call(builder *b, int64_t sent_ns, int64_t end)
{
    if (is_opened_for(b, sent_ns)) {
        hr_call *call = add_call(b, MIN(b->connection->opened.ns, sent_ns), end);
        open_for(b, call);
        return call;
    }
    if (b->connection->is_opening_seen) {
        add_dial(b);
    }
    hr_call *call = add_call(b, sent_ns, end);
    call->is_inherited = !b->connection->is_opening_seen;
    return call;
}

static void add_requests(builder *b)
{
    for (const hr_request *request = b->connection->first_request; request != NULL;
         request = request->next) {
        const bool is_first = request == b->connection->first_request;
        const int64_t sent_ns = request->sent.ns;
        uint32_t requests = 1;
        while (requests < MOST_PIPELINED && is_pipelined(b, request->next)) {
            request = request->next;
            requests++;
        }
        hr_call *call = is_first ? add_first_call(b, sent_ns, end_ns(b, request))
                                 : add_call(b, sent_ns, end_ns(b, request));
        call->requests = requests & MOST_PIPELINED;
    }
}

/* Nobody could read what it carried: one call of all its life, as far as it was not idle. */
static void add_opaque(builder *b)
{
    const hr_connection *connection = b->connection;
    const int64_t begin_ns = hr_connection_ready(connection).frame != 0
                                 ? hr_connection_ready(connection).ns
                                 : connection->first_seen.ns;
    int64_t until_ns = MIN(hr_connection_ended_ns(connection), connection->last_seen.ns);

    if (connection->ending.after_idle_ns != HR_TIME_NONE) {
        until_ns -= connection->ending.after_idle_ns;
    }
    add_first_call(b, begin_ns, MAX(until_ns, begin_ns));
}

static void add_connection(builder *b)
{
    const hr_connection *connection = b->connection;
    const guint first = b->calls->calls->len;

    b->calls->carriers[b->index] = (hr_carrier){.setup_ns = HR_TIME_NONE, .fate = HR_FATE_KEPT};
    if (connection->is_opening_seen) {
        b->calls->opened++;
        hr_duration_add(&b->calls->setup_ns, hr_connection_setup_ns(connection));
    }
    if (connection->first_request != NULL) {
        add_requests(b);
    } else if (hr_connection_is_opaque(connection) && !hr_connection_carried_nothing(connection)) {
        add_opaque(b);
    } else if (connection->is_opening_seen) {
        add_dial(b);
    }
    hr_call *last = NULL;
    for (guint i = first; i < b->calls->calls->len; i++) {
        hr_call *call = hr_calls_at(b->calls, i);
        last = last == NULL || call->end_ns >= last->end_ns ? call : last;
    }
    if (last != NULL) {
        last->is_final = true;
        hr_fate_decide(connection, b->calls, last);
    }
}

static gint compare_calls(gconstpointer left, gconstpointer right, gpointer calls)
{
    const hr_call *one = hr_calls_at(calls, *(const uint32_t *)left);
    const hr_call *other = hr_calls_at(calls, *(const uint32_t *)right);

    return hr_times_compare(&one->call_ns, &other->call_ns);
}

/* Each goes to where @order has it, around each cycle: there may be millions, and to sort them as
 * they are would take a second array of them. */
static void put_in_order(const hr_calls *calls, uint32_t *order)
{
    for (uint32_t first = 0; first < calls->calls->len; first++) {
        const hr_call held = *hr_calls_at(calls, first);
        uint32_t to = first;
        while (order[to] != first) {
            const uint32_t from = order[to];
            *hr_calls_at(calls, to) = *hr_calls_at(calls, from);
            order[to] = to;
            to = from;
        }
        *hr_calls_at(calls, to) = held;
        order[to] = to;
    }
}

static void sort_calls(hr_calls *calls)
{
    GArray *order = g_array_sized_new(FALSE, FALSE, sizeof(uint32_t), calls->calls->len);

    g_array_set_size(order, calls->calls->len);
    for (uint32_t i = 0; i < calls->calls->len; i++) {
        g_array_index(order, uint32_t, i) = i;
    }
    g_array_sort_with_data(order, compare_calls, calls);
    put_in_order(calls, (uint32_t *)(void *)order->data);
    g_array_free(order, TRUE);
}

hr_calls *hr_calls_new(const hr_origin_facts *facts, const hr_settings *settings)
{
    hr_calls *calls = g_new0(hr_calls, 1);
    builder b = {.calls = calls, .settings = settings, .facts = facts};

    calls->calls = g_array_new(FALSE, FALSE, sizeof(hr_call));
    calls->carriers = g_new0(hr_carrier, facts->connections->len);
    calls->setup_ns = HR_TIME_NONE;
    calls->habits = hr_habits_of(facts, settings);
    for (b.index = 0; b.index < facts->connections->len; b.index++) {
        b.connection = facts->connections->pdata[b.index];
        if (!hr_connection_is_check(b.connection)) { /* each has its own, whatever changes */
            add_connection(&b);
        }
    }
    g_clear_pointer(&b.reused_ns, g_array_unref);
    hr_unread_settle(calls, facts, settings);
    sort_calls(calls);
    hr_seen_pools_assign(calls, facts);
    hr_full_pools_settle(calls, facts, settings);
    hr_follows_find(calls);
    return calls;
}

void hr_calls_free(hr_calls *calls)
{
    g_array_free(calls->calls, TRUE);
    g_array_free(calls->first_pools, TRUE);
    g_free(calls->carriers);
    g_free(calls);
}

/* ---- what is asked of one ---- */

hr_call *hr_calls_at(const hr_calls *calls, uint32_t index)
{
    return &g_array_index(calls->calls, hr_call, index);
}

hr_carrier *hr_calls_carrier(const hr_calls *calls, const hr_call *call)
{
    return &calls->carriers[call->connection];
}

int64_t hr_call_setup_ns(const hr_calls *calls, const hr_call *call)
{
    return call->is_opener ? hr_calls_carrier(calls, call)->setup_ns : HR_TIME_NONE;
}

int64_t hr_call_service_ns(const hr_calls *calls, const hr_call *call)
{
    const int64_t setup_ns = hr_call_setup_ns(calls, call);

    return call->end_ns - call->call_ns - (setup_ns == HR_TIME_NONE ? 0 : setup_ns);
}

hr_fate hr_call_fate(const hr_calls *calls, const hr_call *call)
{
    return call->is_final ? hr_calls_carrier(calls, call)->fate : HR_FATE_KEPT;
}

int64_t hr_call_delay_ns(const hr_calls *calls, const hr_call *call)
{
    return call->is_final ? hr_calls_carrier(calls, call)->delay_ns : 0;
}

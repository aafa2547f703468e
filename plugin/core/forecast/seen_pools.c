/* seen_pools.c
 * One walk over what the capture shows: each connection that begins is put into the pool of the
 * one that explains it; where that would be a missed reuse, into one that has nothing idle, or
 * into a new one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/seen_pools.h"

#include "core/forecast/agenda.h"

/* A connection of the capture; its carrier has its pool. */
typedef struct {
    uint32_t outstanding : 30;
    bool is_idle : 1;
} seen_connection;

enum {
    OUTSTANDING_MAX = (1 << 30) - 1
};

typedef struct {
    guint idle;          /* so many of its connections are */
    const char *program; /* interned; NULL: not known */
} seen_pool;

typedef struct {
    const hr_calls *calls;
    const hr_origin_facts *facts;
    seen_connection *connections;
    GPtrArray *pools;  /* of seen_pool */
    GArray *exhausted; /* of uint32_t: pools that had nothing idle, at some time */
    GArray *agenda;
    uint32_t entered; /* calls before it have been on the agenda */
} walk;

static seen_pool *pool_at(const walk *w, uint32_t index)
{
    return w->pools->pdata[index];
}

/* ---- idle ---- */

static void leave_idle(const walk *w, uint32_t index)
{
    const uint32_t pool = w->calls->carriers[index].pool;

    if (w->connections[index].is_idle) {
        w->connections[index].is_idle = false;
        if (--pool_at(w, pool)->idle == 0) {
            g_array_append_val(w->exhausted, pool);
        }
    }
}

static void enter_idle(const walk *w, uint32_t index)
{
    seen_connection *connection = &w->connections[index];

    if (!connection->is_idle && connection->outstanding < w->calls->habits.streams) {
        connection->is_idle = true;
        pool_at(w, w->calls->carriers[index].pool)->idle++;
    }
}

/* ---- pools ---- */

static bool is_same_program(const seen_pool *pool, const char *program)
{
    return pool->program == NULL || program == NULL || pool->program == program;
}

static uint32_t add_pool(const walk *w)
{
    const uint32_t index = w->pools->len;

    g_ptr_array_add(w->pools, g_new0(seen_pool, 1));
    g_array_append_val(w->exhausted, index);
    return index;
}

/* A pool that has nothing idle, or a new one. One that is passed over has something idle, and comes
 * back when it has nothing, or is another program's. */
static uint32_t exhausted_pool(const walk *w, const char *program)
{
    while (w->exhausted->len > 0) {
        const uint32_t index = g_array_index(w->exhausted, uint32_t, w->exhausted->len - 1);
        if (pool_at(w, index)->idle == 0 && is_same_program(pool_at(w, index), program)) {
            return index;
        }
        g_array_set_size(w->exhausted, w->exhausted->len - 1);
    }
    return add_pool(w);
}

/* The pool of what explains why @connection was opened, or the first. */
static uint32_t likely_pool(const walk *w, const hr_connection *connection)
{
    const hr_connection *by = hr_connection_opening(connection)->connection;
    const guint index = by != NULL ? hr_origin_index_of(w->facts, by) : w->facts->connections->len;
    const uint32_t pool =
        index < w->facts->connections->len ? w->calls->carriers[index].pool : HR_CALL_NONE;

    return pool != HR_CALL_NONE ? pool : 0;
}

static void choose_pool(const walk *w, uint32_t index)
{
    const hr_connection *connection = w->facts->connections->pdata[index];
    const char *program = hr_connection_owner(connection);
    uint32_t chosen = likely_pool(w, connection);
    const bool has_idle = pool_at(w, chosen)->idle > 0;

    if (!is_same_program(pool_at(w, chosen), program) ||
        (hr_connection_opening(connection)->why == HR_WHY_IDLE_AVAILABLE && has_idle)) {
        chosen = exhausted_pool(w, program);
    }
    w->calls->carriers[index].pool = chosen;
    if (pool_at(w, chosen)->program == NULL) {
        pool_at(w, chosen)->program = program;
    }
}

/* ---- the walk ---- */

/* What is next of the calls comes onto the agenda if its time has come. */
static bool enter_call(walk *w)
{
    if (w->entered == w->calls->calls->len ||
        !hr_agenda_is_due(w->agenda, hr_calls_at(w->calls, w->entered)->call_ns)) {
        return false;
    }
    const hr_call *call = hr_calls_at(w->calls, w->entered);
    const int64_t setup_ns = hr_call_setup_ns(w->calls, call);
    hr_agenda_add(w->agenda,
                  (hr_event){.ns = call->call_ns + (setup_ns != HR_TIME_NONE ? setup_ns : 0),
                             .kind = HR_EVENT_CALL,
                             .call = w->entered++});
    return true;
}

static bool take_next(walk *w, hr_event *event)
{
    while (enter_call(w)) {}
    return hr_agenda_take(w->agenda, event);
}

static void begin_call(const walk *w, uint32_t index, int64_t now_ns)
{
    const hr_call *call = hr_calls_at(w->calls, index);
    seen_connection *connection = &w->connections[call->connection];

    if (w->calls->carriers[call->connection].pool == HR_CALL_NONE) {
        choose_pool(w, call->connection);
    }
    if (call->is_dial) {
        return; /* what has carried nothing is being set up, not idle */
    }
    connection->outstanding = (connection->outstanding + 1) & OUTSTANDING_MAX;
    if (connection->outstanding >= w->calls->habits.streams) {
        leave_idle(w, call->connection);
    }
    enter_idle(w, call->connection);
    hr_agenda_add(w->agenda,
                  (hr_event){.ns = MAX(call->end_ns, now_ns), .kind = HR_EVENT_END, .call = index});
}

static void end_call(const walk *w, const hr_call *call, int64_t now_ns)
{
    seen_connection *connection = &w->connections[call->connection];

    const bool is_last = call->is_final && hr_calls_carrier(w->calls, call)->is_last;
    const int64_t delay_ns = hr_call_delay_ns(w->calls, call);

    connection->outstanding = (connection->outstanding - 1) & OUTSTANDING_MAX;
    if (is_last) {
        hr_agenda_add(w->agenda, (hr_event){.ns = now_ns + delay_ns,
                                            .kind = HR_EVENT_CLOSE,
                                            .connection = call->connection});
    }
    enter_idle(w, call->connection);
}

/* What shared pools would be: for each pool the first of the same program. */
static GArray *first_pools(const walk *w)
{
    GHashTable *programs = g_hash_table_new(NULL, NULL);
    GArray *first = g_array_sized_new(FALSE, FALSE, sizeof(uint32_t), w->pools->len);

    for (uint32_t i = 0; i < w->pools->len; i++) {
        gconstpointer program = pool_at(w, i)->program;
        if (!g_hash_table_contains(programs, program)) {
            g_hash_table_insert(programs, (gpointer)program, GUINT_TO_POINTER(i));
        }
        const uint32_t index = GPOINTER_TO_UINT(g_hash_table_lookup(programs, program));
        g_array_append_val(first, index);
    }
    g_hash_table_destroy(programs);
    return first;
}

static void walk_all(walk *w)
{
    hr_event event;

    while (take_next(w, &event)) {
        if (event.kind == HR_EVENT_CALL) {
            begin_call(w, event.call, event.ns);
        } else if (event.kind == HR_EVENT_END) {
            end_call(w, hr_calls_at(w->calls, event.call), event.ns);
        } else {
            leave_idle(w, event.connection); /* for good: its final call is over */
        }
    }
}

void hr_seen_pools_assign(hr_calls *calls, const hr_origin_facts *facts)
{
    const guint count = facts->connections->len;
    walk w = {.calls = calls,
              .facts = facts,
              .connections = g_new0(seen_connection, count),
              .pools = g_ptr_array_new_with_free_func(g_free),
              .exhausted = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
              .agenda = hr_agenda_new()};

    for (guint i = 0; i < count; i++) {
        calls->carriers[i].pool = HR_CALL_NONE;
    }
    (void)add_pool(&w);
    walk_all(&w);
    calls->first_pools = first_pools(&w);
    g_array_free(w.agenda, TRUE);
    g_array_free(w.exhausted, TRUE);
    g_ptr_array_free(w.pools, TRUE);
    g_free(w.connections);
}

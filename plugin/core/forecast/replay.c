/* replay.c
 * An event after the other, each pool for itself. A call takes the connection that became idle
 * last (most pools do), else opens one. A call that waited for another's answer is made as long
 * after that answer as in the capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/replay.h"

#include "core/forecast/agenda.h"
#include "core/forecast/changed.h"
#include "core/forecast/replayed.h"

/* What holds for a pool: that of a program that makes the changes, or of another. */
typedef struct {
    const hr_whatif *changes;
    hr_habits habits; /* as changed */
} terms;

typedef struct {
    const hr_calls *calls;
    terms as_captured;
    terms as_changed;
    const bool *is_changed; /* for each pool; NULL: all are */
    hr_replayed_pool *pools;
    GPtrArray *connections; /* of hr_replayed; owns all */
    uint32_t *carriers;     /* of each call: the index of its hr_replayed */
    int64_t *called_ns;     /* of each call that has to wait: when it was made; or NULL */
    GArray *agenda;
    uint32_t entered; /* calls before it have been on the agenda */
    hr_outcome outcome;
} replay;

static const hr_call *call_at(const replay *r, uint32_t index)
{
    return hr_calls_at(r->calls, index);
}

static hr_replayed_pool *pool_of(const replay *r, const hr_replayed *c)
{
    return &r->pools[c->pool];
}

static const terms *terms_at(const replay *r, uint32_t pool)
{
    return r->is_changed == NULL || r->is_changed[pool] ? &r->as_changed : &r->as_captured;
}

/* All pools of a program have the same. */
static const terms *terms_of(const replay *r, const hr_replayed_pool *pool)
{
    return terms_at(r, (uint32_t)(pool - r->pools));
}

static const hr_habits *habits_of(const replay *r, const hr_replayed *c)
{
    return &terms_at(r, c->pool)->habits;
}

static uint32_t pool_index(const replay *r, const hr_call *call)
{
    const uint32_t pool = hr_calls_carrier(r->calls, call)->pool;

    return terms_at(r, pool)->changes->shares_pool
               ? g_array_index(r->calls->first_pools, uint32_t, pool)
               : pool;
}

/* ---- calls ---- */

static void send(replay *r, hr_replayed *c, uint32_t index, int64_t now_ns)
{
    const hr_call *call = call_at(r, index);
    const int64_t sent_ns = MAX(now_ns, c->ready_ns);

    r->carriers[index] = c->index;
    c->outstanding++;
    c->served += call->requests;
    c->stamp++;
    hr_agenda_add(r->agenda, (hr_event){.ns = sent_ns + hr_call_service_ns(r->calls, call),
                                        .kind = HR_EVENT_END,
                                        .call = index});
    if (c->ready_ns <= now_ns) {
        hr_replayed_settle(pool_of(r, c), c, habits_of(r, c), now_ns);
    }
}

/* As many as are open at once: of a million calls each may open its own. */
static hr_replayed *add_connection(replay *r, uint32_t pool_at, int64_t ready_ns)
{
    hr_replayed *c = hr_replayed_reopen(&r->pools[pool_at]);

    if (c == NULL) {
        c = g_new0(hr_replayed, 1);
        c->link.data = c;
        c->index = r->connections->len;
        c->pool = pool_at;
        g_ptr_array_add(r->connections, c);
    }
    c->ready_ns = ready_ns;
    r->pools[pool_at].open++;
    return c;
}

/* A connection for the call @index, which takes what its own took in the capture, if it had one. */
static hr_replayed *open_connection(replay *r, uint32_t index, int64_t now_ns)
{
    const hr_call *call = call_at(r, index);
    const bool is_inherited = call->is_inherited;
    const int64_t setup_ns =
        call->is_opener ? hr_call_setup_ns(r->calls, call) : r->calls->habits.setup_ns;
    const int64_t paid_ns = is_inherited || setup_ns == HR_TIME_NONE ? 0 : setup_ns;
    hr_replayed *c = add_connection(r, pool_index(r, call), now_ns + paid_ns);

    if (!is_inherited) {
        r->outcome.connections++;
        hr_duration_add(&r->outcome.setup_ns, setup_ns);
    }
    if (habits_of(r, c)->streams > 1 || call->is_dial) {
        pool_of(r, c)->rising = c;
        c->is_awaited = true;
        hr_agenda_add(r->agenda, (hr_event){.ns = c->ready_ns,
                                            .kind = HR_EVENT_READY,
                                            .call = index,
                                            .connection = c->index});
    }
    return c;
}

/* One that is being set up and that a client waits for, or NULL. */
static hr_replayed *find_rising(const replay *r, const hr_replayed_pool *p)
{
    const terms *holds = terms_of(r, p);
    hr_replayed *c = p->rising;

    return hr_whatif_joins(holds->changes) && c != NULL && !c->is_closed &&
                   c->outstanding < holds->habits.streams && c->served < holds->habits.request_limit
               ? c
               : NULL;
}

static bool is_bounded(const replay *r, const hr_replayed_pool *p)
{
    const uint32_t bound = terms_of(r, p)->changes->bound;

    return bound > 0 && p->open >= bound;
}

/* What the call can have without opening a connection, or NULL. One that is older than the capture
 * is there in any case. */
static hr_replayed *find_connection(replay *r, hr_replayed_pool *p, uint32_t index, int64_t now_ns)
{
    if (call_at(r, index)->is_inherited) {
        return open_connection(r, index, now_ns);
    }
    hr_replayed *c = hr_replayed_available(p, &terms_of(r, p)->habits, now_ns);
    return c != NULL ? c : find_rising(r, p);
}

static void make_call(replay *r, uint32_t index, int64_t now_ns)
{
    const hr_call *call = call_at(r, index);
    hr_replayed_pool *p = &r->pools[pool_index(r, call)];
    hr_replayed *c = find_connection(r, p, index, now_ns);
    const bool has_to_wait = c == NULL && is_bounded(r, p);

    if (c == NULL && !has_to_wait) {
        c = open_connection(r, index, now_ns);
    }
    if (call->is_dial) {
        return;
    }
    if (has_to_wait) {
        g_assert(r->called_ns != NULL); /* only where there is a bound */
        r->called_ns[index] = now_ns;
        g_queue_push_tail(&p->waiting, GUINT_TO_POINTER(index));
    } else {
        send(r, c, index, now_ns);
    }
}

/* Calls that wait for a bound get what is there now. */
static void serve_waiting(replay *r, hr_replayed_pool *p, int64_t now_ns)
{
    while (p->waiting.length > 0) {
        hr_replayed *c = hr_replayed_available(p, &terms_of(r, p)->habits, now_ns);
        if (c == NULL && is_bounded(r, p)) {
            return;
        }
        const uint32_t index = GPOINTER_TO_UINT(g_queue_pop_head(&p->waiting));
        g_assert(r->called_ns != NULL);
        const int64_t wait_ns = now_ns - r->called_ns[index];
        r->outcome.waited++;
        hr_duration_add(&r->outcome.waited_ns, wait_ns);
        r->outcome.longest_wait_ns = MAX(r->outcome.longest_wait_ns, wait_ns);
        send(r, c != NULL ? c : open_connection(r, index, now_ns), index, now_ns);
    }
}

/* ---- what becomes of a connection ---- */

static bool is_overfull(const replay *r, const hr_replayed *c)
{
    return c->place == HR_REPLAYED_IDLE && pool_of(r, c)->idle.length > habits_of(r, c)->idle_kept;
}

/* A pool that has more idle connections than it keeps closes that which came last, or that which
 * was idle for longest. */
static void keep_few(const replay *r, const hr_event *event)
{
    hr_replayed *c = r->connections->pdata[event->connection];
    hr_replayed_pool *pool = pool_of(r, c);

    if (c->stamp == event->stamp && is_overfull(r, c)) {
        hr_replayed_close(pool, habits_of(r, c)->drops_oldest ? g_queue_peek_head(&pool->idle) : c);
    }
}

/* @c has ended @call, or is ready for it where that is a dial. */
static void rest(replay *r, hr_replayed *c, const hr_call *call, int64_t now_ns)
{
    const hr_whatif *changes = terms_at(r, hr_calls_carrier(r->calls, call)->pool)->changes;
    const bool is_fated = hr_is_still_fate(r->calls, call, changes);
    const int64_t delay_ns = hr_call_delay_ns(r->calls, call);

    if ((is_fated && delay_ns == 0) || c->served >= habits_of(r, c)->request_limit) {
        hr_replayed_close(pool_of(r, c), c);
    }
    if (c->is_closed) {
        serve_waiting(r, pool_of(r, c), now_ns);
        return;
    }
    hr_replayed_settle(pool_of(r, c), c, habits_of(r, c), now_ns);
    if (is_fated) {
        hr_agenda_add(r->agenda, (hr_event){.ns = now_ns + delay_ns,
                                            .kind = HR_EVENT_CLOSE,
                                            .connection = c->index,
                                            .stamp = c->stamp});
    }
    serve_waiting(r, pool_of(r, c), now_ns);
    if (is_overfull(r, c)) {
        hr_agenda_add(r->agenda, (hr_event){.ns = now_ns,
                                            .kind = HR_EVENT_FULL,
                                            .connection = c->index,
                                            .stamp = c->stamp});
    }
}

/* Those that waited for this answer are called as long after it as in the capture. */
static void call_followers(const replay *r, const hr_call *call, int64_t now_ns)
{
    for (uint32_t i = call->first_follower; i != HR_CALL_NONE; i = call_at(r, i)->next_follower) {
        const int64_t after_ns = call_at(r, i)->call_ns - call->end_ns;
        hr_agenda_add(r->agenda,
                      (hr_event){.ns = now_ns + after_ns, .kind = HR_EVENT_CALL, .call = i});
    }
}

static void end_call(replay *r, uint32_t index, int64_t now_ns)
{
    hr_replayed *c = r->connections->pdata[r->carriers[index]];

    c->outstanding--;
    r->outcome.end_ns = now_ns;
    call_followers(r, call_at(r, index), now_ns);
    rest(r, c, call_at(r, index), now_ns);
}

static void get_ready(replay *r, const hr_event *event)
{
    hr_replayed *c = r->connections->pdata[event->connection];
    const hr_call *call = call_at(r, event->call);

    c->is_awaited = false;
    if (c->outstanding == 0) {
        rest(r, c, call, event->ns);
    } else if (!c->is_closed) {
        hr_replayed_settle(pool_of(r, c), c, habits_of(r, c), event->ns);
        serve_waiting(r, pool_of(r, c), event->ns);
    }
}

static void close_if_idle(replay *r, const hr_event *event)
{
    hr_replayed *c = r->connections->pdata[event->connection];

    if (c->stamp == event->stamp && c->place == HR_REPLAYED_IDLE) {
        hr_replayed_close(pool_of(r, c), c);
        serve_waiting(r, pool_of(r, c), event->ns);
    }
}

static void happen(replay *r, const hr_event *event)
{
    switch (event->kind) {
    case HR_EVENT_END:
        end_call(r, event->call, event->ns);
        break;
    case HR_EVENT_READY:
        get_ready(r, event);
        break;
    case HR_EVENT_CLOSE:
        close_if_idle(r, event);
        break;
    case HR_EVENT_CALL:
        make_call(r, event->call, event->ns);
        break;
    case HR_EVENT_FULL:
        keep_few(r, event);
        break;
    }
}

/* ---- the whole ---- */

/* The next event. Calls that wait for no answer are on the agenda only when it is their time: there
 * may be millions of them. */
static bool take_next(replay *r, hr_event *event)
{
    for (; r->entered < r->calls->calls->len; r->entered++) {
        const hr_call *call = call_at(r, r->entered);
        if (!hr_agenda_is_due(r->agenda, call->call_ns)) {
            break;
        }
        if (!call->is_follower) {
            hr_agenda_add(
                r->agenda,
                (hr_event){.ns = call->call_ns, .kind = HR_EVENT_CALL, .call = r->entered});
        }
    }
    return hr_agenda_take(r->agenda, event);
}

hr_outcome hr_replay(const hr_calls *calls, const hr_whatif *changes, const bool *is_changed)
{
    const guint count = calls->calls->len;
    const hr_whatif none = hr_whatif_none();
    replay r = {.calls = calls,
                .as_captured = {&none, calls->habits},
                .as_changed = {changes, hr_changed_habits(calls->habits, changes)},
                .is_changed = is_changed,
                .pools = g_new0(hr_replayed_pool, calls->first_pools->len),
                .connections = g_ptr_array_new_with_free_func(g_free),
                .carriers = g_new0(uint32_t, count),
                .called_ns = changes->bound > 0 ? g_new0(int64_t, count) : NULL,
                .agenda = hr_agenda_new(),
                .outcome = {.setup_ns = HR_TIME_NONE, .end_ns = HR_TIME_NONE}};
    hr_event event;

    while (take_next(&r, &event)) {
        happen(&r, &event);
    }
    for (guint i = 0; i < calls->first_pools->len; i++) {
        g_queue_clear(&r.pools[i].waiting);
    }
    g_array_free(r.agenda, TRUE);
    g_free(r.called_ns);
    g_free(r.carriers);
    g_ptr_array_free(r.connections, TRUE);
    g_free(r.pools);
    return r.outcome;
}

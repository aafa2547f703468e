/* eviction_walk.c
 * Walks the idle times of a program's connections in order, and looks at each close by the client:
 * whether it took the least recently used of more than the pool was ever seen to keep, as another
 * became idle, or just before one to another host was dialled. A timeout or the end of a client
 * object closes what had been idle beside the others before; that refutes it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/eviction_walk.h"

#include "core/ending/case.h"
#include "core/ending/eviction_rule.h"
#include "core/ending/idle_places.h"
#include "core/ending/kept.h"
#include "core/model/sort.h"

enum {
    LONGER_IDLE_MAX = 256, /* that were taken in the moment of the close: no pool has more such */
    LOOK_AHEAD_MAX = 64,   /* events of a moment, in which the next dial is looked for */
    SPANS = 8,             /* of frames, whose events are there one after the other ... */
    FEW_EVENTS = 256,      /* ... unless there are so few */
};

typedef enum {
    BECOMES_IDLE,
    BECOMES_BUSY,
    ENDS,
    OPENS,
} happening;

/* One number, by which they are in order: a capture has two for each request, and not all are there
 * at once. Its frame, what
 * happens, and the index of the connection where that ENDS or OPENS, else of the request. */
typedef uint64_t idle_event;

enum {
    FRAME_SHIFT = 32,
    WHAT_SHIFT = 30,
    WHAT_MAX = (1 << 2) - 1,
    INDEX_MAX = (1 << WHAT_SHIFT) - 1
};

static uint32_t frame_of(idle_event event)
{
    return (uint32_t)(event >> FRAME_SHIFT);
}

static happening what_of(idle_event event)
{
    return (happening)(event >> WHAT_SHIFT & WHAT_MAX);
}

static guint index_of(idle_event event)
{
    return (guint)(event & INDEX_MAX);
}

/* A walk over the connections of one program. */
typedef struct {
    const hr_facts *facts;
    const hr_model *model;
    const GPtrArray *connections;
    GArray *events;      /* of idle_event, in order, up to frame_next, ... */
    guint at;            /* ... the one that is looked at */
    uint64_t frame_next; /* whose events are not there yet, nor those behind */
    uint64_t frames;     /* of a span */
    hr_idle_places idle;
    guint open; /* connections, busy or idle */
    int64_t longest_reused_ns;
    uint32_t last_use; /* frame of the last request */
    GArray *found;     /* of hr_eviction_candidate */
} walk;

/* That which is over, or begins. */
static hr_connection *connection_of(const hr_model *model, idle_event event)
{
    const happening what = what_of(event);

    return what == ENDS || what == OPENS ? hr_model_connection(model, index_of(event))
                                         : hr_model_request(model, index_of(event))->connection;
}

/* If it is of the present span. @id is an ordinal, 1-based. */
static void add_event(const walk *the, happening what, uint32_t frame, uint32_t id)
{
    const idle_event event =
        (uint64_t)frame << FRAME_SHIFT | (uint64_t)what << WHAT_SHIFT | ((id - 1) & INDEX_MAX);

    if (frame != 0 && frame - the->frame_next < the->frames && id <= INDEX_MAX) {
        g_array_append_val(the->events, event);
    }
}

/* An idle time counts as one that the pool kept if it was no mere moment. Whether it kept one whose
 * end may be missing nobody knows. */
static void add_kept(hr_kept *kept, const hr_model *model, const hr_request *request)
{
    const int64_t end_ns = request->next != NULL ? request->next->sent.ns
                                                 : hr_kept_until_ns(model, request->connection);

    if (request->is_done) {
        hr_kept_add_time(kept, request->ended.ns + model->settings.right_after_ns, end_ns, true);
    }
    if (request->next == NULL) {
        hr_kept_add_time(kept, end_ns, hr_connection_ended_ns(request->connection), false);
    }
}

static void add_connection(const walk *the, const hr_connection *connection)
{
    add_event(the, OPENS, connection->opened.frame, connection->id);
    for (const hr_request *request = connection->first_request; request != NULL;
         request = request->next) {
        add_event(the, BECOMES_BUSY, request->sent.frame, request->id);
        if (request->is_done) {
            add_event(the, BECOMES_IDLE, request->ended.frame, request->id);
        }
    }
    add_event(the, ENDS, connection->ending.at.frame, connection->id);
}

static bool is_by_client_alone(const hr_connection *connection)
{
    return connection->ending.first_closer == HR_SIDE_CLIENT && !connection->ending.is_first_rst &&
           connection->seldom->close_said.by == HR_SIDE_NONE &&
           !hr_connection_ended_with_surplus(connection) &&
           !hr_connection_went_on_unseen(connection) &&
           !hr_connection_has_lost_since_rest(connection);
}

/* The request since whose answer the connection @id, which is idle, is so. */
static const hr_request *rested_after(const walk *the, uint32_t id)
{
    return hr_model_request(the->model, the->idle.of[id].request - 1);
}

/* None of those that were idle for longer stayed so: they had been taken, and their requests came a
 * moment later to the wire. */
static bool is_least_recently_used(const walk *the, uint32_t id, int64_t at_ns)
{
    unsigned budget = LONGER_IDLE_MAX;

    for (id = the->idle.of[id].before; id != 0; id = the->idle.of[id].before) {
        const hr_request *next = rested_after(the, id)->next;
        if (budget-- == 0 || next == NULL ||
            next->sent.ns > at_ns + the->model->settings.pool_settle_ns) {
            return false;
        }
    }
    return true;
}

/* When one to another host was dialled right after that close, for which it made room: urllib3's
 * num_pools, the bound on all connections of httpx and Apache HttpClient. One to the same host
 * shows that it had expired. HR_TIME_NONE: none was. */
static int64_t other_dialled_ns(const walk *the, const hr_connection *connection)
{
    const int64_t until_ns =
        connection->ending.at.ns + hr_connection_right_after_ns(the->model, connection);

    for (guint i = the->at + 1; i < MIN(the->events->len, the->at + LOOK_AHEAD_MAX); i++) {
        const idle_event event = g_array_index(the->events, idle_event, i);
        if (what_of(event) != OPENS) {
            continue;
        }
        const hr_connection *other = connection_of(the->model, event);
        return other->opened.ns <= until_ns && hr_facts_origin_of(the->facts, other) !=
                                                   hr_facts_origin_of(the->facts, connection)
                   ? other->opened.ns
                   : HR_TIME_NONE;
    }
    return HR_TIME_NONE;
}

/* A client that looks at its timeout on the next call, to whatever host, closes then, too. */
static bool may_have_expired(const walk *the, int64_t idle_ns)
{
    return idle_ns >= HR_UNNAMED_TIMER_MIN_NS && idle_ns >= the->longest_reused_ns;
}

/* Who had decided to close it is nearer: the call that was over, or the one that began. */
static hr_eviction_candidate look_at_idle(const walk *the, hr_connection *connection)
{
    const uint32_t id = connection->id;
    const uint32_t latest = the->idle.last;
    const int64_t at_ns = connection->ending.at.ns;
    hr_eviction_candidate one = {.connection = connection};

    if (id == latest || !is_least_recently_used(the, id, at_ns)) {
        return one;
    }
    const int64_t idle_ns = at_ns - rested_after(the, id)->ended.ns;
    const int64_t latest_ns = at_ns - rested_after(the, latest)->ended.ns;
    const int64_t dialled_ns = other_dialled_ns(the, connection);
    one.may_have_expired = may_have_expired(the, idle_ns);
    if (dialled_ns != HR_TIME_NONE && dialled_ns - at_ns < latest_ns) {
        one.is_open = one.may_have_expired;
        one.kept = one.is_open ? 0 : the->open;
    } else {
        /* More than were ever kept only if the latest has not been among them for more than a moment. */
        one.kept = the->idle.count - 1;
    }
    return one;
}

static void look_at_end(walk *the, hr_connection *connection)
{
    if (hr_idle_places_has(&the->idle, connection->id) && is_by_client_alone(connection)) {
        const hr_eviction_candidate one = look_at_idle(the, connection);
        g_array_append_val(the->found, one);
    }
}

static void take_event(walk *the, idle_event event)
{
    hr_connection *connection = connection_of(the->model, event);

    const happening what = what_of(event);

    if (what == OPENS) {
        the->open++;
        return;
    }
    if (what == ENDS) {
        look_at_end(the, connection);
        the->open--;
    }
    hr_idle_places_leave(&the->idle, connection->id);
    if (what == BECOMES_BUSY) {
        the->last_use = frame_of(event);
    }
    if (what == BECOMES_IDLE && connection->closing.frame != frame_of(event)) {
        hr_idle_places_enter(&the->idle, connection->id, index_of(event) + 1);
    }
}

/* Of HTTP/2 a stream is idle or busy, and no pool drops a connection for that. */
static bool is_walked(const hr_connection *connection)
{
    return connection->seldom->streams->table == NULL && connection->transport == HR_TRANSPORT_TCP;
}

static guint most_kept(const hr_model *model, const GPtrArray *connections)
{
    hr_kept kept;

    hr_kept_init(&kept);
    for (guint i = 0; i < connections->len; i++) {
        const hr_connection *connection = connections->pdata[i];
        for (const hr_request *request = is_walked(connection) ? connection->first_request : NULL;
             request != NULL; request = request->next) {
            add_kept(&kept, model, request);
        }
    }
    hr_kept_count(&kept);
    const guint most = kept.most_possible;
    hr_kept_clear(&kept);
    return most;
}

/* The events of the next span behind those that have not been looked at. */
static void add_span(walk *the)
{
    GArray *ahead = the->events;

    the->events = g_array_new(FALSE, FALSE, sizeof(idle_event));
    for (guint i = 0; i < the->connections->len; i++) {
        const hr_connection *connection = the->connections->pdata[i];
        if (connection->first_seen.frame < the->frame_next + the->frames &&
            connection->last_seen.frame >= the->frame_next && is_walked(connection)) {
            add_connection(the, connection);
        }
    }
    hr_sort_numbers(the->events);
    if (ahead->len > the->at) {
        g_array_prepend_vals(the->events, &g_array_index(ahead, idle_event, the->at),
                             ahead->len - the->at);
    }
    g_array_free(ahead, TRUE);
    the->at = 0;
    the->frame_next += the->frames;
}

/* Whether there is an event to look at, with those behind it that are looked at with it. */
static bool has_event(walk *the)
{
    while (the->at + LOOK_AHEAD_MAX > the->events->len &&
           the->frame_next <= hr_model_frame_count(the->model)) {
        add_span(the);
    }
    return the->at < the->events->len;
}

/* Of a million connections there are four million events. */
static uint64_t frames_of_span(const hr_model *model, const GPtrArray *connections)
{
    const uint32_t frames = hr_model_frame_count(model);
    guint most = 0;

    for (guint i = 0; i < connections->len && most <= FEW_EVENTS; i++) {
        most += 2 * ((const hr_connection *)connections->pdata[i])->request_count + 2;
    }
    return most <= FEW_EVENTS ? (uint64_t)frames + 1 : frames / SPANS + 1;
}

/* Those that were open before the capture, and the longest idle time after which one was used. */
static void look_at_all(walk *the, const GPtrArray *connections)
{
    for (guint i = 0; i < connections->len; i++) {
        const hr_connection *connection = connections->pdata[i];
        if (!is_walked(connection)) {
            continue;
        }
        the->open += connection->opened.frame == 0;
        for (const hr_request *request = connection->first_request; request != NULL;
             request = request->next) {
            if (request->is_done && request->next != NULL) {
                the->longest_reused_ns =
                    MAX(the->longest_reused_ns, request->next->sent.ns - request->ended.ns);
            }
        }
    }
}

static bool has_closed_any(const GPtrArray *connections)
{
    for (guint i = 0; i < connections->len; i++) {
        if (is_by_client_alone(connections->pdata[i])) {
            return true;
        }
    }
    return false;
}

void hr_eviction_walk(const hr_facts *facts, GHashTable *evicted, const GPtrArray *connections,
                      hr_idle_place *places)
{
    if (!has_closed_any(connections)) {
        return;
    }
    hr_model *model = facts->model;
    walk the = {.facts = facts,
                .model = model,
                .connections = connections,
                .events = g_array_new(FALSE, FALSE, sizeof(idle_event)),
                .frames = frames_of_span(model, connections),
                .idle.of = places};

    look_at_all(&the, connections);
    the.found = g_array_new(FALSE, FALSE, sizeof(hr_eviction_candidate));
    for (; has_event(&the); the.at++) {
        take_event(&the, g_array_index(the.events, idle_event, the.at));
    }
    hr_idle_places_clear(&the.idle);
    g_array_free(the.events, TRUE);
    if (the.found->len > 0) {
        hr_evictions_conclude(evicted, the.found, &model->settings, the.last_use,
                              most_kept(model, connections));
    }
    g_array_free(the.found, TRUE);
}

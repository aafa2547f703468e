/* pool.c
 * Who could have served a request instead of a new connection? Each pool keeps its open
 * connections, those of them that are idle, and the last few that closed; each judgement looks
 * at a bounded number of them, so that a capture of a million connections stays linear.
 *
 * A judgement falls when a connection carries its first request, since only then the name is
 * known (cleartext) and only then it is clear whether an idle connection stayed idle. It looks
 * back at the SYN: was a connection idle, busy or closing then?
 *
 * A client may open a connection just before it closes the one before (in Go, Body.Close
 * returns earlier than the socket closes). So an idle connection that became idle only a
 * moment ago explains nothing yet: the reason is provisional until hr_analyse() knows whether
 * it was closed right after.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pool.h"

#include "model_private.h"

enum {
    SCAN_OPEN = 256, /* open connections looked at for one that was busy */
    SCAN_SETUP = 64, /* connections being set up looked at */
    RECENT_CLOSED = 16,
};

typedef struct hr_pool_group hr_pool_group;

struct hr_pool {
    hr_pool_group *group;
    hr_pool *merged_into; /* NULL, or the group's nameless pool */
    const char *name;
    GQueue open; /* of connections that are not closing, in the order of their first request */
    GQueue idle; /* of those idle and explaining nothing, the longest idle first */
    hr_connection *closed[RECENT_CLOSED]; /* a ring */
    size_t closed_count;
};

struct hr_pool_group {
    hr_pool *nameless;
    GHashTable *named; /* name -> hr_pool */
    GPtrArray *pools;  /* owns all of them, nameless included */
    GQueue idle;       /* as in hr_pool, of the whole group */
    bool is_merged;    /* one of its connections carried several names */
};

/** Key of groups and of the queues of connections being set up; strings are interned. */
typedef struct {
    const char *client_address;
    const char *server_address;
    const char *scheme; /* NULL in the setup queues: not known yet */
    uint16_t port;
    uint16_t family;
} group_key;

static guint group_key_hash(gconstpointer data)
{
    const group_key *key = data;
    guint hash = g_direct_hash(key->client_address);
    hash = hash * 31 + g_direct_hash(key->server_address);
    hash = hash * 31 + g_direct_hash(key->scheme);
    return hash * 31 + key->port * 7u + key->family;
}

static gboolean group_key_equal(gconstpointer left, gconstpointer right)
{
    const group_key *a = left;
    const group_key *b = right;
    return a->client_address == b->client_address && a->server_address == b->server_address &&
           a->scheme == b->scheme && a->port == b->port && a->family == b->family;
}

static uint16_t protocol_family(hr_protocol protocol)
{
    switch (protocol) {
    case HR_PROTOCOL_H2:
        return 2;
    case HR_PROTOCOL_H3:
        return 3;
    default:
        return 1;
    }
}

static group_key group_key_of(const hr_connection *connection, bool is_setup)
{
    const hr_endpoint *server = &hr_connection_server(connection)->endpoint;
    return (group_key){
        .client_address = hr_connection_client(connection)->endpoint.address,
        .server_address = server->address,
        .scheme = is_setup ? NULL : connection->scheme,
        .port = server->port,
        .family = is_setup ? 0 : protocol_family(connection->protocol),
    };
}

static hr_pool *pool_new(hr_pool_group *group, const char *name)
{
    hr_pool *pool = g_new0(hr_pool, 1);
    pool->group = group;
    pool->name = name;
    g_queue_init(&pool->open);
    g_queue_init(&pool->idle);
    g_ptr_array_add(group->pools, pool);
    return pool;
}

static hr_pool_group *group_new(void)
{
    hr_pool_group *group = g_new0(hr_pool_group, 1);
    group->pools = g_ptr_array_new_with_free_func(g_free);
    group->named = g_hash_table_new(g_direct_hash, g_direct_equal);
    g_queue_init(&group->idle);
    group->nameless = pool_new(group, NULL);
    return group;
}

static void group_free(gpointer data)
{
    hr_pool_group *group = data;
    g_hash_table_destroy(group->named);
    g_ptr_array_free(group->pools, TRUE);
    g_free(group);
}

void hr_pools_init(hr_model *model)
{
    model->groups = g_hash_table_new_full(group_key_hash, group_key_equal, g_free, group_free);
    model->addresses = g_hash_table_new_full(group_key_hash, group_key_equal, g_free, g_free);
}

void hr_pools_clear(hr_model *model)
{
    g_hash_table_destroy(model->addresses);
    g_hash_table_destroy(model->groups);
}

static GQueue *setup_queue_of(hr_model *model, const hr_connection *connection, bool is_wanted)
{
    const group_key key = group_key_of(connection, true);
    GQueue *queue = g_hash_table_lookup(model->addresses, &key);

    if (queue == NULL && is_wanted) {
        queue = g_new0(GQueue, 1); /* its links live in the connections */
        g_queue_init(queue);
        g_hash_table_insert(model->addresses, g_memdup2(&key, sizeof(key)), queue);
    }
    return queue;
}

static void leave_setup_queue(hr_connection *connection)
{
    if (connection->setup_queue != NULL) {
        g_queue_unlink(connection->setup_queue, &connection->setup_link);
        connection->setup_queue = NULL;
    }
}

static hr_pool_group *group_of(hr_model *model, const hr_connection *connection)
{
    const group_key key = group_key_of(connection, false);
    hr_pool_group *group = g_hash_table_lookup(model->groups, &key);

    if (group == NULL) {
        group = group_new();
        g_hash_table_insert(model->groups, g_memdup2(&key, sizeof(key)), group);
    }
    return group;
}

static hr_pool *pool_for_name(hr_pool_group *group, const char *name)
{
    if (name == NULL || group->is_merged) {
        return group->nameless;
    }
    hr_pool *pool = g_hash_table_lookup(group->named, name);
    if (pool == NULL) {
        pool = pool_new(group, name);
        g_hash_table_insert(group->named, (gpointer)name, pool);
    }
    return pool;
}

hr_pool *hr_pool_of(const hr_connection *connection)
{
    hr_pool *pool = connection->pool;
    return pool != NULL && pool->merged_into != NULL ? pool->merged_into : pool;
}

const char *hr_pool_name(const hr_pool *pool)
{
    return pool->name;
}

/* What a connection was doing at a moment in the recent past. */
typedef enum {
    WAS_IDLE,
    WAS_BUSY,
    WAS_CLOSING,
    WAS_UNKNOWN
} past_state;

static bool lies_within(int64_t at, int64_t begin, int64_t end)
{
    return begin != HR_TIME_NONE && begin <= at && at < end;
}

/* Where the opening was not captured, nothing is known before its first message. */
static bool is_before_first_exchange(const hr_connection *connection, int64_t at)
{
    return connection->first_request != NULL ? at < connection->first_request->sent.ns
                                             : connection->exchange_count == 0;
}

static past_state state_at(const hr_connection *connection, int64_t at)
{
    if (connection->closing.frame != 0 && connection->closing.ns <= at) {
        return WAS_CLOSING;
    }
    if (!connection->is_opening_seen && is_before_first_exchange(connection, at)) {
        return WAS_UNKNOWN;
    }
    if (connection->explains != NULL) {
        return WAS_BUSY; /* it explains another opening: one at a time */
    }
    if (connection->available_since.frame != 0 && connection->available_since.ns <= at) {
        return WAS_IDLE;
    }
    if (lies_within(at, connection->available_before[0].ns, connection->available_before[1].ns)) {
        return WAS_IDLE;
    }
    return WAS_BUSY;
}

/* Any connection in @queue that is idle since @at or earlier: the latest one that fits. */
static hr_connection *idle_since(const GQueue *queue, int64_t at)
{
    hr_connection *latest = queue->tail != NULL ? queue->tail->data : NULL;
    if (latest != NULL && latest->available_since.ns <= at) {
        return latest;
    }
    hr_connection *longest = queue->head != NULL ? queue->head->data : NULL;
    return longest != NULL && longest->available_since.ns <= at ? longest : NULL;
}

static hr_connection *closed_at(const hr_pool *pool, size_t back)
{
    const size_t kept = MIN(pool->closed_count, (size_t)RECENT_CLOSED);
    return back < kept ? pool->closed[(pool->closed_count - 1 - back) % RECENT_CLOSED] : NULL;
}

/* What the pools of one judgement had to offer. */
typedef struct {
    const hr_connection *busy;    /* was busy at the SYN, the latest opened */
    const hr_connection *closed;  /* was closing at the SYN, or closed since; the latest */
    const hr_connection *used;    /* was idle at the SYN, and has been used since */
    const hr_connection *unknown; /* was open before the capture, doing nobody knows what */
} offers;

static void look_at(offers *found, const hr_connection *other, const hr_connection *opened)
{
    const past_state state = state_at(other, opened->opened.ns);
    const hr_connection **kind = NULL;

    if (other == opened || (other->is_opening_seen && other->opened.frame > opened->opened.frame)) {
        return;
    }
    if (state == WAS_BUSY) {
        kind = &found->busy;
    } else if (other->closing.frame != 0) {
        kind = &found->closed;
    } else {
        kind = state == WAS_UNKNOWN ? &found->unknown : &found->used;
    }
    if (*kind == NULL) {
        *kind = other;
    }
}

static void look_at_pool(offers *found, const hr_pool *pool, const hr_connection *opened,
                         unsigned *budget)
{
    for (const GList *link = pool->open.tail; link != NULL && *budget > 0 && found->busy == NULL;
         link = link->prev, --*budget) {
        look_at(found, link->data, opened);
    }
    for (size_t back = 0; closed_at(pool, back) != NULL; back++) {
        look_at(found, closed_at(pool, back), opened);
    }
}

static offers offers_of(const hr_pool_group *group, const hr_pool *pool,
                        const hr_connection *opened)
{
    offers found = {NULL, NULL, NULL, NULL};
    unsigned budget = SCAN_OPEN;

    if (pool == group->nameless) {
        for (guint i = 0; i < group->pools->len && budget > 0; i++, budget--) {
            look_at_pool(&found, group->pools->pdata[i], opened, &budget);
            if (budget == 0) {
                break;
            }
        }
    } else {
        look_at_pool(&found, pool, opened, &budget);
        look_at_pool(&found, group->nameless, opened, &budget);
    }
    return found;
}

static hr_connection *idle_offer(const hr_pool_group *group, const hr_pool *pool, int64_t syn_ns)
{
    if (pool == group->nameless) {
        return idle_since(&group->idle, syn_ns);
    }
    hr_connection *own = idle_since(&pool->idle, syn_ns);
    return own != NULL ? own : idle_since(&group->nameless->idle, syn_ns);
}

/* Whether the server's address served another name to this client before. */
static bool is_address_shared(const hr_pool_group *group, const hr_pool *pool)
{
    for (guint i = 0; i < group->pools->len && i < 3; i++) {
        const hr_pool *other = group->pools->pdata[i];
        if (other != pool && other->name != NULL && other->merged_into == NULL) {
            return true;
        }
    }
    return false;
}

/* The one of the two whose open streams were at the server's limit at or after the SYN. */
static const hr_connection *exhausted_since(const hr_connection *opened, const hr_connection *busy,
                                            const hr_connection *used)
{
    const hr_connection *const both[] = {busy, used};

    for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
        if (both[i] != NULL && both[i]->exhausted.frame != 0 &&
            (both[i]->outstanding >= both[i]->stream_limit ||
             both[i]->exhausted.ns >= opened->opened.ns)) {
            return both[i];
        }
    }
    return NULL;
}

static hr_opening judge_by_pool(const hr_pool_group *group, const hr_pool *pool,
                                const hr_connection *opened)
{
    const hr_connection *idle = idle_offer(group, pool, opened->opened.ns);
    if (idle != NULL) {
        return (hr_opening){.why = HR_WHY_IDLE_AVAILABLE, .connection = idle};
    }
    const offers found = offers_of(group, pool, opened);
    const hr_connection *full = exhausted_since(opened, found.busy, found.used);
    if (full != NULL) {
        return (hr_opening){.why = HR_WHY_STREAMS_EXHAUSTED, .connection = full};
    }
    if (found.busy != NULL) {
        return (hr_opening){.why = HR_WHY_ALL_BUSY, .connection = found.busy};
    }
    if (found.used != NULL) {
        /* Another request took it between the SYN and the first request here. */
        return (hr_opening){.why = HR_WHY_ALL_BUSY, .connection = found.used};
    }
    if (found.closed != NULL) {
        return (hr_opening){.why = HR_WHY_PREVIOUS_CLOSED, .connection = found.closed};
    }
    if (found.unknown != NULL) {
        return (hr_opening){.why = HR_WHY_CAPTURE_STARTED_LATE, .connection = found.unknown};
    }
    return (hr_opening){.why = HR_WHY_FIRST_CONTACT,
                        .shares_address = is_address_shared(group, pool)};
}

/* Something that nobody took for HTTP has been answered on it: it is no sibling. */
static bool carries_something_else(const hr_connection *connection)
{
    return connection->id == 0 && !connection->is_tls &&
           hr_connection_server(connection)->bytes > 0;
}

/* An earlier connection to the same address that has not said yet what it carries. The queue
 * is in the order of opening, so the first that fits is found at its head. */
static const hr_connection *sibling_in_setup(hr_model *model, const hr_connection *opened,
                                             bool is_opening_seen)
{
    const GQueue *queue = setup_queue_of(model, opened, false);
    unsigned budget = SCAN_SETUP;

    for (const GList *link = queue != NULL ? queue->head : NULL; link != NULL && budget > 0;
         link = link->next, budget--) {
        const hr_connection *other = link->data;
        if (other->first_seen.frame >= opened->opened.frame) {
            return NULL;
        }
        if (other != opened && other->is_opening_seen == is_opening_seen &&
            !carries_something_else(other)) {
            return other;
        }
    }
    return NULL;
}

static void judge_opening(hr_model *model, hr_connection *opened, hr_pool_group *group,
                          hr_pool *pool)
{
    const hr_opening by_pool = judge_by_pool(group, pool, opened);
    const hr_connection *sibling = NULL;

    opened->opening_seen = opened->opening_if_named = by_pool;
    if (by_pool.why == HR_WHY_IDLE_AVAILABLE) {
        hr_connection *idle = (hr_connection *)by_pool.connection;
        hr_pool_taken(idle); /* out of the idle queues: it explains one opening at a time */
        idle->explains = opened;
        opened->is_opening_provisional =
            model->now.ns - idle->available_since.ns <= hr_connection_right_after_ns(model, idle);
    } else if (by_pool.why != HR_WHY_ALL_BUSY) {
        sibling = opened->sibling;
        if (sibling != NULL && !carries_something_else(sibling)) {
            opened->opening_seen = (hr_opening){.why = HR_WHY_ALL_BUSY, .connection = sibling};
        } else if (by_pool.why == HR_WHY_FIRST_CONTACT) {
            sibling = sibling_in_setup(model, opened, false);
            if (sibling != NULL) {
                opened->opening_seen =
                    (hr_opening){.why = HR_WHY_CAPTURE_STARTED_LATE, .connection = sibling};
            }
        }
    }
    if (!opened->is_opening_provisional) {
        opened->opening = opened->opening_seen;
    }
}

/* A connection may never carry a request: then what was known at its SYN has to do. */
static void judge_at_syn(hr_model *model, hr_connection *opened)
{
    static const struct {
        const char *scheme;
        uint16_t family;
    } kinds[] = {{"http", 1}, {"https", 1}, {"https", 2}, {"http", 2}};
    group_key key = group_key_of(opened, false);

    opened->opening_seen = (hr_opening){.why = HR_WHY_FIRST_CONTACT};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        key.scheme = kinds[i].scheme;
        key.family = kinds[i].family;
        const hr_pool_group *group = g_hash_table_lookup(model->groups, &key);
        if (group != NULL) { /* an address and port serves one kind, as a rule */
            opened->opening_seen = judge_by_pool(group, group->nameless, opened);
            break;
        }
    }
    opened->sibling = sibling_in_setup(model, opened, true);
    if (opened->opening_seen.why != HR_WHY_IDLE_AVAILABLE && opened->sibling != NULL) {
        opened->opening_seen = (hr_opening){.why = HR_WHY_ALL_BUSY, .connection = opened->sibling};
    }
}

void hr_pool_connection_appeared(hr_model *model, hr_connection *connection)
{
    connection->setup_queue = setup_queue_of(model, connection, true);
    g_queue_push_tail_link(connection->setup_queue, &connection->setup_link);
    if (connection->is_opening_seen) {
        judge_at_syn(model, connection);
    }
}

static void move_queue(GQueue *from, GQueue *to)
{
    for (GList *link = g_queue_pop_head_link(from); link != NULL;
         link = g_queue_pop_head_link(from)) {
        g_queue_push_tail_link(to, link);
    }
}

/* One connection serves several names: for this client and server the name is no key. */
static void merge_group(hr_pool_group *group)
{
    if (group->is_merged) {
        return;
    }
    group->is_merged = true;
    for (guint i = 0; i < group->pools->len; i++) {
        hr_pool *pool = group->pools->pdata[i];
        if (pool == group->nameless) {
            continue;
        }
        move_queue(&pool->open, &group->nameless->open);
        move_queue(&pool->idle, &group->nameless->idle);
        for (size_t back = MIN(pool->closed_count, (size_t)RECENT_CLOSED); back > 0; back--) {
            group->nameless->closed[group->nameless->closed_count++ % RECENT_CLOSED] =
                closed_at(pool, back - 1);
        }
        pool->merged_into = group->nameless;
    }
}

static void put_into_pool(hr_connection *connection, hr_pool *pool)
{
    connection->pool = pool;
    if (connection->available_since.frame != 0) {
        hr_pool_available(connection);
    }
    if (connection->closing.frame == 0) {
        g_queue_push_tail_link(&pool->open, &connection->open_link);
        connection->is_open_queued = true;
    } else {
        pool->closed[pool->closed_count++ % RECENT_CLOSED] = connection;
    }
}

static void name_later(hr_connection *connection, const char *name)
{
    hr_pool *old = hr_pool_of(connection);

    if (name == NULL || connection->name == name) {
        return;
    }
    if (connection->name != NULL) {
        connection->has_several_names = true;
        merge_group(old->group);
        return;
    }
    connection->name = name;
    hr_pool_taken(connection);
    if (connection->is_open_queued) {
        g_queue_unlink(&old->open, &connection->open_link);
        connection->is_open_queued = false;
    }
    put_into_pool(connection, pool_for_name(old->group, name));
}

void hr_pool_enter(hr_model *model, hr_connection *connection, const char *name)
{
    if (connection->pool != NULL) {
        name_later(connection, name);
        return;
    }
    leave_setup_queue(connection);
    hr_pool_group *group = group_of(model, connection);
    hr_pool *pool = pool_for_name(group, name);
    connection->name = name;
    if (connection->is_opening_seen) {
        judge_opening(model, connection, group, pool);
    }
    put_into_pool(connection, pool);
}

void hr_pool_available(hr_connection *connection)
{
    hr_pool *pool = hr_pool_of(connection);

    if (pool == NULL || connection->is_idle_queued || connection->closing.frame != 0 ||
        connection->explains != NULL) {
        return;
    }
    g_queue_push_tail_link(&pool->idle, &connection->idle_link);
    g_queue_push_tail_link(&pool->group->idle, &connection->group_idle_link);
    connection->is_idle_queued = true;
}

void hr_pool_taken(hr_connection *connection)
{
    hr_pool *pool = hr_pool_of(connection);

    connection->explains = NULL;
    if (connection->is_idle_queued) {
        g_queue_unlink(&pool->idle, &connection->idle_link);
        g_queue_unlink(&pool->group->idle, &connection->group_idle_link);
        connection->is_idle_queued = false;
    }
}

void hr_pool_used(hr_connection *connection)
{
    if (connection->explains != NULL) {
        connection->explains = NULL;
        hr_pool_available(connection);
    }
}

void hr_pool_closing(hr_connection *connection)
{
    hr_pool *pool = hr_pool_of(connection);

    leave_setup_queue(connection);
    hr_pool_first_exchange_over(connection);
    hr_pool_taken(connection);
    if (connection->is_open_queued) {
        g_queue_unlink(&pool->open, &connection->open_link);
        connection->is_open_queued = false;
        pool->closed[pool->closed_count++ % RECENT_CLOSED] = connection;
    }
}

void hr_pool_first_exchange_over(hr_connection *connection)
{
    hr_connection *idle = (hr_connection *)connection->opening_seen.connection;

    if (connection->opening_seen.why != HR_WHY_IDLE_AVAILABLE || idle->explains != connection) {
        return;
    }
    hr_pool *pool = hr_pool_of(idle);
    idle->explains = NULL;
    if (idle->available_since.frame == 0 || idle->closing.frame != 0 || idle->is_idle_queued) {
        return;
    }
    /* It has been idle for long: at the head, where the longest idle stand. */
    g_queue_push_head_link(&pool->idle, &idle->idle_link);
    g_queue_push_head_link(&pool->group->idle, &idle->group_idle_link);
    idle->is_idle_queued = true;
}

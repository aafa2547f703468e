/* item_read.c
 * Of an item's connections each stands once, whatever told of it; how they ended is counted, and
 * who asked and answered on them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/item_read.h"

#include "core/ending/both_legs.h"
#include "core/ending/ending.h"
#include "core/ending/ends.h"
#include "core/ending/reading.h"

static gint compare_connections(gconstpointer left, gconstpointer right)
{
    const hr_connection *one = *(const hr_connection *const *)left;
    const hr_connection *other = *(const hr_connection *const *)right;

    return one->id < other->id ? -1 : one->id > other->id;
}

static void sort_once(GPtrArray *connections)
{
    guint kept = 0;

    hr_sort_pointers(connections, compare_connections);
    for (guint i = 0; i < connections->len; i++) {
        if (i == 0 || connections->pdata[i] != connections->pdata[i - 1]) {
            connections->pdata[kept++] = connections->pdata[i];
        }
    }
    g_ptr_array_set_size(connections, (gint)kept);
}

/* It ended in the middle of an answer, as its bytes say. */
static bool was_cut(const hr_connection *connection)
{
    const hr_request *dead = hr_ending_outstanding_request(connection);

    return dead != NULL && dead->complete == HR_COMPLETE_NO;
}

static void add_ending(hr_fix *fix, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    fix->cut_answers += fix->change == HR_CHANGE_KEEP_OPEN && was_cut(connection);
    if (hr_change_after(connection) != fix->change) {
        return;
    }
    fix->likely += ending->certainty == HR_CERTAINTY_LIKELY;
    fix->by_client += ending->by == HR_SIDE_CLIENT;
    fix->by_server += ending->by == HR_SIDE_SERVER;
    fix->after_answer += ending->is_after_answer;
    /* No device knows the token of a stateless reset (RFC 9000 §10.3). */
    fix->reset_unasked += ending->cause == HR_CLOSE_STALE_RACE && ending->is_first_rst &&
                          connection->transport != HR_TRANSPORT_QUIC &&
                          connection->last_request != NULL &&
                          ending->at.frame > connection->last_request->sent.frame;
    if (ending->form != 0) {
        fix->forms[ending->form - 'a']++;
    }
    const uint32_t limit = hr_ending_limit(ending);
    if (fix->limit_max == 0 || limit < fix->limit_min) {
        fix->limit_min = limit;
    }
    fix->limit_max = MAX(fix->limit_max, limit);
    fix->longest_idle_ns = MAX(fix->longest_idle_ns, ending->after_idle_ns);
    if (ending->is_idle_equal &&
        (ending->cause == HR_CLOSE_CLIENT_CLOSE || ending->cause == HR_CLOSE_SERVER_CLOSE)) {
        fix->equal_idle++;
        fix->longest_equal_ns = MAX(fix->longest_equal_ns, ending->after_idle_ns);
    }
    if (ending->form == 'a') {
        const int64_t waited_ns = hr_reading_waited_ns(ending->about);
        fix->waited += waited_ns > 0;
        fix->longest_rest_ns = MAX(fix->longest_rest_ns, waited_ns);
    }
    if (ending->equal_waits > 0) {
        const hr_request *dead = hr_ending_outstanding_request(connection);
        fix->timed_out++;
        fix->longest_wait_ns = MAX(fix->longest_wait_ns, ending->at.ns - dead->sent.ns);
    }
}

/* What all of several are, as far as one is known that says so. */
typedef struct {
    hr_product_id product;
    bool is_known, differs;
} hr_consensus;

static void agree(hr_consensus *all, hr_product_id product)
{
    all->differs |= all->is_known && all->product != product;
    all->product = product;
    all->is_known = true;
}

static hr_product_id agreed(const hr_consensus *all)
{
    return all->differs ? HR_PRODUCT_NONE : all->product;
}

/* Where the client of @connection says what it is: in its requests, or where nobody can read these, in
 * the CONNECT around them. NULL: nowhere. */
static const hr_connection *named_by(const hr_connection *connection)
{
    const hr_connection *around = connection->seldom->parent;

    if (connection->first_request != NULL) {
        return connection;
    }
    return around != NULL && hr_connection_program(around) != NULL ? around : NULL;
}

/* Who asks and who answers on those of @connections that carried a request; false: none did. */
static bool find_programs(const hr_servers *names, hr_fix *fix, const GPtrArray *connections)
{
    hr_consensus clients = {0};
    hr_consensus servers = {0};
    const char *latest = NULL; /* interned: most have the same */

    for (guint i = 0; i < connections->len; i++) {
        const hr_connection *connection = connections->pdata[i];
        const hr_connection *named = named_by(connection);
        if (named == NULL) {
            continue;
        }
        if (!clients.is_known || hr_connection_program(named) != latest) {
            latest = hr_connection_program(named);
            agree(&clients, hr_library_named(latest));
        }
        if (named != connection) {
            continue; /* what answered the CONNECT is the proxy */
        }
        agree(&servers, hr_servers_of(names, connection));
    }
    fix->library = agreed(&clients);
    fix->server = agreed(&servers);
    return clients.is_known;
}

/* ... and not after @opened was: then its answer had been read. */
static bool was_used_before(const hr_connection *idle, const hr_connection *opened)
{
    return idle->last_request != NULL && idle->last_request->sent.frame < opened->opened.frame;
}

/* An answer in the connection that was given up, or in the idle one that was not used. */
static bool is_left_unread(const hr_fix *fix, const hr_connection *connection)
{
    const hr_connection *idle = hr_connection_opening(connection)->connection;

    if (fix->change == HR_CHANGE_KEEP_CLIENT) {
        return hr_ending_left_unread(connection);
    }
    return fix->change == HR_CHANGE_SHARE_POOL && idle != NULL &&
           was_used_before(idle, connection) && hr_ending_left_unread(idle);
}

/* The idle one was never used again, and nobody saw whether its answer had been read. */
static bool may_hide_unread(const hr_fix *fix, const hr_connection *connection)
{
    const hr_connection *idle = hr_connection_opening(connection)->connection;

    return fix->change == HR_CHANGE_SHARE_POOL && idle != NULL &&
           was_used_before(idle, connection) && hr_ending_may_hide_unread(idle);
}

static bool may_be_forgotten(const hr_fix *fix, const hr_settings *settings,
                             const hr_connection *connection)
{
    const hr_opening *opening = hr_connection_opening(connection);

    return fix->change == HR_CHANGE_SHARE_POOL && opening->connection != NULL &&
           hr_ending_may_be_forgotten(settings, opening->connection, connection);
}

/* How many streams its server allowed, and how many were open, nobody can read. */
static bool may_lack_streams(const hr_fix *fix, const hr_connection *connection)
{
    const hr_connection *idle = hr_connection_opening(connection)->connection;

    return fix->change == HR_CHANGE_SHARE_POOL && idle != NULL && hr_connection_is_opaque(idle) &&
           (idle->seldom->quic != NULL || hr_connection_may_speak_h2(idle));
}

/* So soon behind a request nobody gives it up for want of an answer; a reset takes nothing any more. */
static bool may_be_half_closed(const hr_fix *fix, const hr_settings *settings,
                               const hr_connection *connection)
{
    const hr_tcp_end *client = hr_connection_client(connection);
    const hr_request *last = connection->last_request;

    return fix->change == HR_CHANGE_WAIT_LONGER && last != NULL && client->fin.frame != 0 &&
           client->fin_proof == HR_FIN_CAPTURED && client->seldom->rst.frame == 0 &&
           client->fin.ns - last->sent.ns <= settings->right_after_ns;
}

static void add_reading(hr_fix *fix, const hr_settings *settings, const hr_connection *connection)
{
    fix->may_be_forgotten += may_be_forgotten(fix, settings, connection);
    fix->half_closed += may_be_half_closed(fix, settings, connection);
    fix->may_lack_streams += may_lack_streams(fix, connection);
    fix->may_hide_unread += may_hide_unread(fix, connection);
    fix->by_proxy += connection->products.is_relayed || connection->products.is_leg;
    fix->one_to_one +=
        fix->change == HR_CHANGE_SHARE_POOL && hr_both_legs_is_one_to_one(connection);
    fix->opaque += hr_connection_is_opaque(connection);
    fix->cut_heads += connection->http1.is_head_cut;
    fix->left_unread += is_left_unread(fix, connection);
}

/* Whether one of @of_origin was accepted after the first refusal, or silence, that @fix is about. */
static bool is_reached_later(const hr_fix *fix, const GPtrArray *of_origin)
{
    const hr_connection *first = fix->connections->pdata[0];

    for (guint i = 0; i < of_origin->len; i++) {
        const hr_connection *connection = of_origin->pdata[i];
        if (connection->established.frame > first->ending.at.frame &&
            connection->opened.frame > first->ending.at.frame) {
            return true;
        }
    }
    return false;
}

/* Whether after one of those that @fix is about another was accepted, and that more than once. */
static bool is_taken_in_turns(const hr_fix *fix, const GPtrArray *of_origin)
{
    guint refused = 0;
    guint turns = 0;
    bool is_after_refusal = false;

    for (guint i = 0; i < of_origin->len; i++) {
        const hr_connection *connection = of_origin->pdata[i];
        if (refused < fix->connections->len && connection == fix->connections->pdata[refused]) {
            is_after_refusal = true;
            refused++;
        } else if (is_after_refusal && connection->established.frame != 0) {
            is_after_refusal = false;
            turns++;
        }
    }
    return turns >= 2;
}

/* What the proxy that opened these calls itself to its clients. Where these are a proxy's, too, two are
 * at one address, and only what the one that was asked answered names it. */
static hr_product_id proxy_of(const hr_servers *servers, const hr_fix *fix)
{
    hr_consensus proxies = {0};

    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        const hr_request *first = connection->first_request;
        const hr_request *front = first != NULL ? first->ties->passes_on : NULL;
        if (front == NULL || !hr_servers_is_by_proxy(front->connection)) {
            return hr_servers_proxy_at(servers, fix->origin->client_address);
        }
        agree(&proxies, hr_servers_proxy_in_front(servers, front->connection));
    }
    return agreed(&proxies);
}

void hr_item_read(hr_fix *fix, const hr_settings *settings, const hr_servers *servers,
                  const GPtrArray *of_origin)
{
    sort_once(fix->connections);
    sort_once(fix->avoidable);
    for (guint i = 0; i < fix->connections->len; i++) {
        add_ending(fix, fix->connections->pdata[i]);
        add_reading(fix, settings, fix->connections->pdata[i]);
    }
    fix->is_reached_later =
        fix->change == HR_CHANGE_REACH_SERVER && is_reached_later(fix, of_origin);
    fix->is_taken_in_turns =
        fix->change == HR_CHANGE_REACH_SERVER && is_taken_in_turns(fix, of_origin);
    if (!find_programs(servers, fix, fix->connections)) {
        (void)find_programs(servers, fix, of_origin);
    }
    fix->proxy = proxy_of(servers, fix);
}

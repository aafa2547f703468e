/* origin_gather.c
 * What the connections of one pool key tell, put into order once. O(n log n) in requests and
 * connections. What is sorted to draw a conclusion goes before the next is drawn: there may be a
 * million of each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/origin_facts.h"

#include "core/ending/ending.h"
#include "core/ending/reading.h"
#include "core/model/ahead.h"
#include "core/model/sort.h"

int64_t hr_request_over_ns(const hr_settings *settings, const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const int64_t left_ns = hr_reading_stopped_ns(settings, request);
    const int64_t end_ns = left_ns != HR_TIME_NONE ? left_ns
                           : request->is_done      ? request->ended.ns
                                                   : INT64_MAX;

    return MAX(MIN(end_ns, hr_connection_ended_ns(connection)), request->sent.ns);
}

int64_t hr_request_called_ns(const hr_settings *settings, const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const hr_moment ready = hr_connection_ready(connection).frame != 0
                                ? hr_connection_ready(connection)
                                : connection->opened;
    const bool is_opened_for = request == connection->first_request &&
                               connection->is_opening_seen &&
                               request->sent.ns - ready.ns <= settings->pool_stay_ns;

    return is_opened_for ? MIN(connection->opened.ns, request->sent.ns) : request->sent.ns;
}

/* An idle time shows a pool that keeps connections only if the connection is then used again, or
 * stays open for a while; so the last one expires that much before the end. Idle times of one
 * connection that follow each other closely are one, or one connection would count several
 * times. */
static void add_idle_time(hr_origin_facts *facts, const hr_request *request)
{
    const hr_settings *settings = &facts->model->settings;
    const hr_connection *connection = request->connection;
    const int64_t begin_ns = request->ended.ns;
    const int64_t close_ns = hr_kept_until_ns(facts->model, connection);
    int64_t expiry_ns = close_ns == INT64_MAX ? INT64_MAX : close_ns - settings->pool_stay_ns;
    GArray *expiries = facts->idle_expiry_ns;
    int64_t *latest_ns =
        expiries->len > 0 ? &g_array_index(expiries, int64_t, expiries->len - 1) : NULL;

    if (request->next != NULL) { /* the close of another may follow a moment later */
        const int64_t sent_ns = request->next->sent.ns;
        expiry_ns = sent_ns > begin_ns ? sent_ns + settings->pool_settle_ns : HR_TIME_NONE;
    }
    if (!request->is_done || request->ended.frame == 0 ||
        expiry_ns <= begin_ns - settings->pool_settle_ns) {
        return;
    }
    if (latest_ns != NULL && facts->idle_latest == connection &&
        begin_ns <= *latest_ns + settings->pool_settle_ns) {
        *latest_ns = MAX(*latest_ns, expiry_ns);
        return;
    }
    hr_times_add(facts->idle_begin_ns, begin_ns);
    hr_times_add(facts->idle_expiry_ns, expiry_ns);
    facts->idle_latest = connection;
}

/* Nobody knows how many it carried. */
static bool is_uncounted(const hr_connection *connection)
{
    return connection->is_opening_seen && (connection->unseen_count > 0 || connection->is_one_way ||
                                           !hr_connection_is_legible(connection));
}

/* ... or when it was free. */
static bool is_incomplete(const hr_connection *connection)
{
    const hr_request *request = connection->first_request;

    while (request != NULL && !(request->is_done && request->complete == HR_COMPLETE_UNKNOWN)) {
        request = request->next;
    }
    return request != NULL || is_uncounted(connection) ||
           hr_connection_head_may_be_over(connection);
}

bool hr_origin_has_incomplete_at(const hr_origin_facts *facts, const hr_connection *but)
{
    const int64_t at_ns = but->ending.at.ns;

    return hr_sorted_below(facts->incomplete_from_ns, at_ns) >
           hr_sorted_below(facts->incomplete_until_ns, at_ns) + (is_incomplete(but) ? 1 : 0);
}

/* Sent into a connection that was closing, and not answered any more: its client had kept it, and
 * its server had not. */
static bool is_after_close(const hr_request *request)
{
    const uint32_t closing = request->connection->closing.frame;

    return closing != 0 && closing < request->sent.frame && request->answered.frame == 0;
}

static void add_requests(hr_origin_facts *facts, const hr_connection *connection)
{
    for (const hr_request *request = connection->first_request; request != NULL;
         request = request->next) {
        facts->longest_reused_ns = MAX(facts->longest_reused_ns, request->idle_ns);
        if (!is_after_close(request)) {
            facts->longest_survived_ns = MAX(facts->longest_survived_ns, request->idle_ns);
        }
        add_idle_time(facts, request);
    }
}

static void add_idle_end(hr_origin_facts *facts, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const hr_request *last = connection->last_request;

    if (last != NULL && is_after_close(last) && last->idle_ns != HR_TIME_NONE &&
        ending->first_closer == HR_SIDE_SERVER) {
        /* What came too late leaves the idle time before the close as it was. */
        const int64_t rest_ns =
            last->sent.ns - last->idle_ns - hr_connection_held_back_ns(connection);
        const hr_idle_end end = {MAX(ending->at.ns - rest_ns, 0), ending->at.ns};
        g_array_append_val(facts->idle_ends[1], end);
    } else if (ending->after_idle_ns != HR_TIME_NONE && ending->first_closer != HR_SIDE_NONE) {
        const bool is_server = ending->first_closer == HR_SIDE_SERVER;
        const hr_idle_end end = {is_server ? ending->after_rest_ns : ending->after_idle_ns,
                                 ending->at.ns};
        g_array_append_val(facts->idle_ends[is_server], end);
    }
}

static void gather_from(hr_origin_facts *facts, const hr_connection *connection)
{
    const hr_settings *settings = &facts->model->settings;
    const hr_ending *ending = &connection->ending;

    facts->is_reused |= connection->request_count > 1;
    facts->resets_at_will |= hr_ending_is_reset_at_will(settings, connection);
    facts->has_left_unread |= ending->is_after_answer && hr_ending_left_unread(connection);
    facts->has_open |= ending->at.frame == 0 && connection->idle_since.frame != 0;
    hr_waits_add(&facts->waits, connection);
    hr_waits_add(&facts->server_waits, connection);
    hr_kept_add(&facts->kept, facts->model, connection);
    facts->is_uncounted |= is_uncounted(connection);
    if (is_incomplete(connection)) {
        hr_times_add(facts->incomplete_from_ns, connection->first_seen.ns);
        hr_times_add(facts->incomplete_until_ns, hr_connection_ended_ns(connection));
    }
    facts->longest_reused_ns =
        MAX(facts->longest_reused_ns, connection->seldom->tls->longest_idle_ns);
    facts->longest_survived_ns =
        MAX(facts->longest_survived_ns, connection->seldom->tls->longest_idle_ns);
    add_requests(facts, connection);
    add_idle_end(facts, connection);
}

static void gather_lifetimes(hr_origin_facts *facts)
{
    for (guint i = 0; i < facts->connections->len; i++) {
        hr_fetch_ahead(facts->connections, i);
        hr_lifetimes_add(&facts->lifetimes, facts->model, facts->connections->pdata[i],
                         HR_SIDE_CLIENT);
    }
    hr_lifetimes_settle(&facts->lifetimes, facts->model->settings.exit_window_ns);
}

/* A request that is sent in the instant in which another ends does not overlap it. */
static uint32_t most_at_once(const GArray *sent_ns, const GArray *over_ns)
{
    uint32_t running = 0;
    uint32_t most = 0;
    guint over = 0;

    for (guint sent = 0; sent < sent_ns->len; sent++) {
        const int64_t now_ns = g_array_index(sent_ns, int64_t, sent);
        while (over < over_ns->len && g_array_index(over_ns, int64_t, over) <= now_ns &&
               running > 0) {
            running--;
            over++;
        }
        running++;
        most = MAX(most, running);
    }
    return most;
}

/* Below its frame each number has the id. */
static void keep_ids(hr_origin_facts *facts, const GArray *numbers)
{
    g_array_set_size(facts->requests, numbers->len);
    for (guint i = 0; i < numbers->len; i++) {
        g_array_index(facts->requests, uint32_t, i) = (uint32_t)g_array_index(numbers, uint64_t, i);
    }
}

/* By the frames in which they were sent, of one frame in the order of their ids; and how many there
 * were at once. */
static void gather_requests(hr_origin_facts *facts)
{
    g_autoptr(GArray) sent_ns = hr_times_new();
    g_autoptr(GArray) over_ns = hr_times_new();
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    guint count = 0;

    g_array_set_size(sent_ns, facts->request_count);
    g_array_set_size(over_ns, facts->request_count);
    g_array_set_size(numbers, facts->request_count);
    for (guint i = 0; i < facts->connections->len; i++) {
        hr_fetch_ahead(facts->connections, i);
        const hr_connection *connection = facts->connections->pdata[i];
        for (const hr_request *request = connection->first_request; request != NULL;
             request = request->next, count++) {
            g_assert(count < facts->request_count);
            g_array_index(sent_ns, int64_t, count) = request->sent.ns;
            g_array_index(over_ns, int64_t, count) =
                hr_request_over_ns(&facts->model->settings, request);
            g_array_index(numbers, uint64_t, count) =
                (uint64_t)request->sent.frame << 32 | request->id;
        }
    }
    g_assert(count == facts->request_count);
    hr_times_sort(sent_ns);
    hr_times_sort(over_ns);
    facts->most_at_once = most_at_once(sent_ns, over_ns);
    hr_sort_numbers(numbers);
    keep_ids(facts, numbers);
}

static void gather(hr_origin_facts *facts)
{
    const hr_settings *settings = &facts->model->settings;

    gather_lifetimes(facts);
    gather_requests(facts);
    for (guint i = 0; i < facts->connections->len; i++) {
        hr_fetch_ahead(facts->connections, i);
        gather_from(facts, facts->connections->pdata[i]);
    }
    hr_times_sort(facts->incomplete_from_ns);
    hr_times_sort(facts->incomplete_until_ns);
    hr_times_sort(facts->idle_begin_ns);
    hr_times_sort(facts->idle_expiry_ns);
    hr_kept_count(&facts->kept);
    if (facts->programs == NULL) { /* else each program waits as long as it wants to */
        hr_waits_settle(&facts->waits, settings);
        hr_waits_settle(&facts->server_waits, settings);
    }
    hr_times_sort(facts->idle_ends[0]); /* by idle_ns, the first member */
    hr_times_sort(facts->idle_ends[1]);
}

void hr_origin_gather(hr_origin_facts *facts)
{
    GHashTableIter iter;
    gpointer program;

    gather(facts);
    if (facts->programs != NULL) {
        g_hash_table_iter_init(&iter, facts->programs);
        while (g_hash_table_iter_next(&iter, NULL, &program)) {
            gather(program);
        }
    }
}

/* origins.c
 * The facts of one pool key in sorted arrays, so that each later judgement is a binary search.
 * O(n log n) in requests and connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/origin_facts.h"

#include <string.h>

#include "core/ending/ending.h"
#include "core/ending/reading.h"
#include "core/model/ahead.h"
#include "core/model/sort.h"

enum {
    MAX_EQUAL_ENDS = 64, /* looked at for another moment: if there is none, nothing is said */
    /* Of ends spread over a decade of idle times, one in twenty has another within 1 %: half of
     * that is asked for. */
    ENDS_PER_MATCH = 10,
};

/* Interned, so that its address is the key; those that are not known are one. */
gconstpointer hr_origin_program_key(const hr_connection *connection)
{
    static const char unknown[] = "";
    const char *program = hr_connection_owner(connection);
    return program != NULL ? program : unknown;
}

hr_origin_facts *hr_origin_new(void)
{
    hr_origin_facts *facts = g_new0(hr_origin_facts, 1);

    facts->connections = g_ptr_array_new();
    facts->incomplete_from_ns = hr_times_new();
    facts->incomplete_until_ns = hr_times_new();
    facts->idle_begin_ns = hr_times_new();
    facts->idle_expiry_ns = hr_times_new();
    hr_kept_init(&facts->kept);
    hr_lifetimes_init(&facts->lifetimes);
    hr_waits_init(&facts->waits, HR_SIDE_CLIENT);
    hr_waits_init(&facts->server_waits, HR_SIDE_SERVER);
    for (unsigned side = 0; side < 2; side++) {
        facts->idle_ends[side] = g_array_new(FALSE, FALSE, sizeof(hr_idle_end));
    }
    return facts;
}

void hr_origin_forget_evidence(hr_origin_facts *facts)
{
    GHashTableIter iter;
    gpointer program;

    g_clear_pointer(&facts->requests, g_ptr_array_unref);
    g_clear_pointer(&facts->incomplete_from_ns, g_array_unref);
    g_clear_pointer(&facts->incomplete_until_ns, g_array_unref);
    g_clear_pointer(&facts->opened_ns, g_array_unref);
    g_clear_pointer(&facts->closed_ns, g_array_unref);
    g_clear_pointer(&facts->called_ns, g_array_unref);
    g_clear_pointer(&facts->ended_ns, g_array_unref);
    g_clear_pointer(&facts->idle_begin_ns, g_array_unref);
    g_clear_pointer(&facts->idle_expiry_ns, g_array_unref);
    hr_kept_clear(&facts->kept);
    hr_lifetimes_clear(&facts->lifetimes);
    hr_waits_clear(&facts->waits);
    hr_waits_clear(&facts->server_waits);
    g_clear_pointer(&facts->idle_ends[0], g_array_unref);
    g_clear_pointer(&facts->idle_ends[1], g_array_unref);
    if (facts->programs != NULL) {
        g_hash_table_iter_init(&iter, facts->programs);
        while (g_hash_table_iter_next(&iter, NULL, &program)) {
            hr_origin_forget_evidence(program);
        }
    }
}

void hr_origin_free(gpointer data)
{
    hr_origin_facts *facts = data;

    hr_origin_forget_evidence(facts);
    g_ptr_array_free(facts->connections, TRUE);
    if (facts->programs != NULL) {
        g_hash_table_destroy(facts->programs);
    }
    g_free(facts);
}

/* When a request was over: answered, or left unread, or its connection ended; else it runs beyond the
 * capture. */
static int64_t end_of_request(const hr_settings *settings, const hr_request *request)
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
static void add_idle_time(hr_origin_facts *facts, const hr_model *model, const hr_request *request)
{
    const hr_settings *settings = &model->settings;
    const hr_connection *connection = request->connection;
    const int64_t begin_ns = request->ended.ns;
    const int64_t close_ns = hr_kept_until_ns(model, connection);
    int64_t expiry_ns = close_ns == INT64_MAX ? INT64_MAX : close_ns - settings->pool_stay_ns;
    GArray *expiries = facts->idle_expiry_ns;
    int64_t *latest_ns =
        expiries->len > 0 ? &g_array_index(expiries, int64_t, expiries->len - 1) : NULL;

    if (request->next != NULL) { /* the close of another may follow a moment later */
        const int64_t sent_ns = request->next->sent.ns;
        expiry_ns = sent_ns > begin_ns ? sent_ns + settings->pool_settle_ns : HR_TIME_NONE;
    }
    if (!request->is_done || request->ended.frame == 0 || expiry_ns == HR_TIME_NONE ||
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

void hr_origin_add(hr_origin_facts *facts, const hr_connection *connection)
{
    const hr_connection *first = facts->connections->len > 0 ? facts->connections->pdata[0] : NULL;

    g_ptr_array_add(facts->connections, (gpointer)connection);
    facts->request_count += connection->request_count;
    facts->has_programs |= first != NULL && hr_connection_is_other_program(first, connection);
}

static void add_requests(hr_origin_facts *facts, const hr_model *model,
                         const hr_connection *connection)
{
    for (hr_request *request = connection->first_request; request != NULL;
         request = request->next) {
        g_ptr_array_add(facts->requests, request);
        facts->longest_reused_ns = MAX(facts->longest_reused_ns, request->idle_ns);
        if (!is_after_close(request)) {
            facts->longest_survived_ns = MAX(facts->longest_survived_ns, request->idle_ns);
        }
        hr_times_add(facts->called_ns, hr_request_called_ns(&model->settings, request));
        hr_times_add(facts->ended_ns, end_of_request(&model->settings, request));
        add_idle_time(facts, model, request);
    }
}

static void add_idle_end(hr_origin_facts *facts, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const hr_request *last = connection->last_request;

    if (last != NULL && is_after_close(last) && last->idle_ns != HR_TIME_NONE &&
        ending->first_closer == HR_SIDE_SERVER) {
        /* What came too late leaves the idle time before the close as it was. */
        const int64_t rest_ns = last->sent.ns - last->idle_ns;
        const hr_idle_end end = {MAX(ending->at.ns - rest_ns, 0), ending->at.ns};
        g_array_append_val(facts->idle_ends[1], end);
    } else if (ending->after_idle_ns != HR_TIME_NONE && ending->first_closer != HR_SIDE_NONE) {
        const bool is_server = ending->first_closer == HR_SIDE_SERVER;
        const hr_idle_end end = {is_server ? ending->after_rest_ns : ending->after_idle_ns,
                                 ending->at.ns};
        g_array_append_val(facts->idle_ends[is_server], end);
    }
}

static void gather_from(hr_origin_facts *facts, const hr_model *model,
                        const hr_connection *connection)
{
    const hr_settings *settings = &model->settings;
    const hr_ending *ending = &connection->ending;

    facts->is_reused |= connection->request_count > 1;
    facts->resets_at_will |= hr_ending_is_reset_at_will(settings, connection);
    facts->has_left_unread |= ending->is_after_answer && hr_ending_left_unread(connection);
    facts->has_open |= ending->at.frame == 0 && connection->idle_since.frame != 0;
    hr_lifetimes_add(&facts->lifetimes, connection, HR_SIDE_CLIENT);
    hr_waits_add(&facts->waits, connection);
    hr_waits_add(&facts->server_waits, connection);
    hr_kept_add(&facts->kept, model, connection);
    facts->is_uncounted |= is_uncounted(connection);
    if (is_incomplete(connection)) {
        hr_times_add(facts->incomplete_from_ns, connection->first_seen.ns);
        hr_times_add(facts->incomplete_until_ns, hr_connection_ended_ns(connection));
    }
    facts->longest_reused_ns =
        MAX(facts->longest_reused_ns, connection->seldom->tls->longest_idle_ns);
    facts->longest_survived_ns =
        MAX(facts->longest_survived_ns, connection->seldom->tls->longest_idle_ns);
    add_requests(facts, model, connection);
    add_idle_end(facts, connection);
}

/* Of one at a time, so that what is added to lies near. */
static void gather(hr_origin_facts *facts, const hr_model *model)
{
    facts->requests = g_ptr_array_sized_new(facts->request_count);
    facts->called_ns = hr_times_for(facts->request_count);
    facts->ended_ns = hr_times_for(facts->request_count);
    for (guint i = 0; i < facts->connections->len; i++) {
        hr_fetch_ahead(facts->connections, i);
        gather_from(facts, model, facts->connections->pdata[i]);
    }
}

static uint64_t number_by_sending(gconstpointer element)
{
    const hr_request *request = *(hr_request *const *)element;

    return (uint64_t)request->sent.frame << 32 | request->id;
}

/* A request that is sent in the instant in which another ends does not overlap it. */
static uint32_t most_at_once(const hr_origin_facts *facts)
{
    GArray *sent_ns = hr_times_new();
    uint32_t running = 0;
    uint32_t most = 0;
    guint ended = 0;

    for (guint i = 0; i < facts->requests->len; i++) {
        hr_times_add(sent_ns, ((const hr_request *)facts->requests->pdata[i])->sent.ns);
    }
    hr_times_sort(sent_ns);
    for (guint sent = 0; sent < sent_ns->len; sent++) {
        const int64_t now_ns = g_array_index(sent_ns, int64_t, sent);
        while (ended < facts->ended_ns->len &&
               g_array_index(facts->ended_ns, int64_t, ended) <= now_ns && running > 0) {
            running--;
            ended++;
        }
        running++;
        most = MAX(most, running);
    }
    g_array_free(sent_ns, TRUE);
    return most;
}

static void origin_sort(hr_origin_facts *facts, const hr_settings *settings)
{
    hr_sort_pointers_by(facts->requests, number_by_sending, NULL);
    hr_times_sort(facts->incomplete_from_ns);
    hr_times_sort(facts->incomplete_until_ns);
    hr_times_sort(facts->called_ns);
    hr_times_sort(facts->ended_ns);
    facts->most_at_once = most_at_once(facts);
    hr_times_sort(facts->idle_begin_ns);
    hr_times_sort(facts->idle_expiry_ns);
    hr_kept_count(&facts->kept);
    hr_lifetimes_settle(&facts->lifetimes, settings->exit_window_ns);
    if (facts->programs == NULL) { /* else each program waits as long as it wants to */
        hr_waits_settle(&facts->waits, settings);
        hr_waits_settle(&facts->server_waits, settings);
    }
    hr_times_sort(facts->idle_ends[0]); /* by idle_ns, the first member */
    hr_times_sort(facts->idle_ends[1]);
}

void hr_origin_gather(hr_origin_facts *facts, const hr_model *model)
{
    const hr_settings *settings = &model->settings;
    GHashTableIter iter;
    gpointer program;

    gather(facts, model);
    origin_sort(facts, settings);
    if (facts->programs != NULL) {
        g_hash_table_iter_init(&iter, facts->programs);
        while (g_hash_table_iter_next(&iter, NULL, &program)) {
            gather(program, model);
            origin_sort(program, settings);
        }
    }
}

static bool is_idle_for_less(gconstpointer data, guint index, int64_t idle_ns)
{
    const GArray *ends = data;
    return g_array_index(ends, hr_idle_end, index).idle_ns < idle_ns;
}

/* Among many ends some are near each other by chance: an equal one has to be more than that. */
static guint matches_needed(guint ends)
{
    return 2 + ends / ENDS_PER_MATCH;
}

/* After how long an idle time @side is known not to have closed yet. */
static int64_t survived_ns(const hr_origin_facts *facts, hr_side side)
{
    return side == HR_SIDE_SERVER ? facts->longest_survived_ns : facts->longest_reused_ns;
}

bool hr_origin_has_equal_idle_end(const hr_origin_facts *facts, hr_side side, hr_idle_end end,
                                  unsigned percent, bool is_earlier, int64_t window_ns)
{
    const GArray *ends = facts->idle_ends[side == HR_SIDE_SERVER];
    const int64_t tolerance_ns = end.idle_ns / 100 * percent;
    const guint first = hr_partition(ends->len, is_idle_for_less, ends, end.idle_ns - tolerance_ns);
    const guint behind =
        hr_partition(ends->len, is_idle_for_less, ends, end.idle_ns + tolerance_ns + 1);

    if (survived_ns(facts, side) > end.idle_ns + tolerance_ns ||
        behind - first < matches_needed(ends->len)) {
        return false; /* a longer idle time was survived, or chance does as well */
    }
    for (guint i = first; i < behind && i - first < MAX_EQUAL_ENDS; i++) {
        const hr_idle_end *other = &g_array_index(ends, hr_idle_end, i);
        const bool is_other_event = other->at_ns < end.at_ns - window_ns ||
                                    (!is_earlier && other->at_ns > end.at_ns + window_ns);
        if (is_other_event) {
            return true; /* ends at one instant are one event */
        }
    }
    return false;
}

/* Those of [@from, @behind) are more than one event. */
static bool are_several_events(const GArray *ends, guint from, guint behind, int64_t window_ns)
{
    int64_t first_ns = INT64_MAX;
    int64_t last_ns = INT64_MIN;

    for (guint i = from; i < behind && i - from < MAX_EQUAL_ENDS; i++) {
        const int64_t at_ns = g_array_index(ends, hr_idle_end, i).at_ns;
        first_ns = MIN(first_ns, at_ns);
        last_ns = MAX(last_ns, at_ns);
    }
    return first_ns <= last_ns && last_ns - first_ns > window_ns;
}

bool hr_origin_has_sooner_idle_ends(const hr_origin_facts *facts, hr_side side, int64_t idle_ns,
                                    int64_t late_ns, const hr_settings *settings)
{
    const GArray *ends = facts->idle_ends[side == HR_SIDE_SERVER];
    const guint sooner = hr_partition(ends->len, is_idle_for_less, ends, idle_ns);
    const guint first = hr_partition(ends->len, is_idle_for_less, ends, idle_ns - late_ns);

    if (survived_ns(facts, side) > idle_ns) {
        return false; /* a longer idle time was survived */
    }
    for (guint i = first; i < sooner && i - first < MAX_EQUAL_ENDS; i++) {
        const int64_t timer_ns = g_array_index(ends, hr_idle_end, i).idle_ns;
        const int64_t equal_ns = timer_ns / 100 * settings->timer_match_percent;
        const guint behind =
            MIN(sooner, hr_partition(ends->len, is_idle_for_less, ends, timer_ns + equal_ns + 1));
        if (behind - i >= matches_needed(ends->len) &&
            are_several_events(ends, i, behind, settings->exit_window_ns)) {
            return true;
        }
    }
    return false;
}

static bool is_opened_before(gconstpointer data, guint index, int64_t ns)
{
    const GPtrArray *connections = data;
    return ((const hr_connection *)connections->pdata[index])->first_seen.ns < ns;
}

bool hr_origin_opens_near(const hr_origin_facts *facts, const hr_connection *but, int64_t at_ns,
                          int64_t window_ns)
{
    const GPtrArray *all = facts->connections;
    guint index = hr_partition(all->len, is_opened_before, all, at_ns - window_ns);

    if (index < all->len && all->pdata[index] == but) {
        index++;
    }
    const hr_connection *next = index < all->len ? all->pdata[index] : NULL;
    return next != NULL && next->opened.frame != 0 && next->opened.ns <= at_ns + window_ns;
}

static bool is_sent_up_to(gconstpointer data, guint index, int64_t frame)
{
    const GPtrArray *requests = data;
    return ((const hr_request *)requests->pdata[index])->sent.frame <= frame;
}

guint hr_origin_requests_until(const hr_origin_facts *facts, uint32_t frame)
{
    return hr_partition(facts->requests->len, is_sent_up_to, facts->requests, frame);
}

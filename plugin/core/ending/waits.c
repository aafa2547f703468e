/* waits.c
 * A client may count from the request or from the dial (Go's http.Client.Timeout covers it): both
 * are looked at.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/waits.h"

#include "core/ending/ends.h"
#include "core/ending/legs.h"
#include "core/ending/reading.h"
#include "core/model/times.h"

enum {
    SINCE_REQUEST,
    SINCE_DIAL,
    LOOKED_AT = 64, /* equal ones, for one at another moment: if there is none, nothing is said */
    WAITS_PER_MATCH = 10, /* as of idle times, see origins.c: more are equal than by chance */
};

typedef struct {
    int64_t ns; /* the first member: hr_times_sort() */
    int64_t at_ns;
    hr_request *request;
} hr_wait;

void hr_waits_init(hr_waits *waits, hr_side by)
{
    waits->by = by;
    for (unsigned since = SINCE_REQUEST; since <= SINCE_DIAL; since++) {
        waits->given_up[since] = g_array_new(FALSE, FALSE, sizeof(hr_wait));
    }
}

void hr_waits_clear(hr_waits *waits)
{
    for (unsigned since = SINCE_REQUEST; since <= SINCE_DIAL; since++) {
        g_clear_pointer(&waits->given_up[since], g_array_unref);
    }
}

/* Closed with several under way, a connection tells of none of them how long it was to take. */
static bool is_alone(const hr_request *oldest)
{
    const hr_request *other = oldest->next;

    while (other != NULL && !hr_ending_left_outstanding(other)) {
        other = other->next;
    }
    return other == NULL;
}

/* The request that @by gave up with the connection, or NULL. What a server sends a part of is no
 * deadline for its beginning. */
static hr_request *given_up_with(const hr_connection *connection, hr_side by)
{
    hr_request *oldest =
        connection->ending.first_closer == by ? hr_ending_outstanding_request(connection) : NULL;
    const bool has_begun = oldest != NULL && oldest->answered.frame != 0;

    return oldest != NULL && is_alone(oldest) && !(by == HR_SIDE_SERVER && has_begun) ? oldest
                                                                                      : NULL;
}

/* A stream may end before its connection does. */
static int64_t given_up_ns(const hr_request *request)
{
    return request->is_given_up ? hr_ending_given_up_at(request).ns
                                : request->connection->ending.at.ns;
}

static hr_wait wait_of(hr_request *request, unsigned since)
{
    const hr_connection *connection = request->connection;
    const int64_t at_ns = given_up_ns(request);
    const bool is_dialled =
        since == SINCE_DIAL && request == connection->first_request && connection->is_opening_seen;
    const int64_t since_ns = is_dialled ? connection->opened.ns : request->sent.ns;

    return (hr_wait){at_ns - since_ns, at_ns, request};
}

/* Who takes nothing more of an answer waits for none of it, but for a moment at the end. */
static bool has_stopped_reading(const hr_request *request)
{
    const hr_moment stopped = hr_reading_stopped_at(request);
    const int64_t at_ns = given_up_ns(request);

    return stopped.frame != 0 && at_ns - stopped.ns > stopped.ns - request->sent.ns;
}

/* What a proxy gives up after its own client did is no wait of its. */
static void add_given_up(hr_waits *waits, hr_request *request)
{
    if (hr_legs_given_up_before(request) != NULL || has_stopped_reading(request)) {
        return;
    }
    for (unsigned since = SINCE_REQUEST; since <= SINCE_DIAL; since++) {
        const hr_wait wait = wait_of(request, since);
        g_array_append_val(waits->given_up[since], wait);
    }
}

/* What comes after the close is not waited for. */
static bool is_in_time(const hr_connection *connection, hr_moment moment)
{
    const uint32_t closed = connection->ending.at.frame;

    return moment.frame != 0 && (closed == 0 || moment.frame <= closed);
}

static void add_answer(hr_waits *waits, const hr_request *request)
{
    if (is_in_time(request->connection, request->answered)) {
        const int64_t begun_ns = hr_moment_elapsed_ns(request->sent, request->answered);
        waits->longest_begun_ns = MAX(waits->longest_begun_ns, begun_ns);
    }
    if (is_in_time(request->connection, request->ended) && request->complete == HR_COMPLETE_YES) {
        const int64_t whole_ns = hr_request_response_time_ns(request);
        waits->longest_whole_ns = MAX(waits->longest_whole_ns, whole_ns);
    }
}

void hr_waits_add(hr_waits *waits, const hr_connection *connection)
{
    const hr_request *last = given_up_with(connection, waits->by);

    for (hr_request *each = connection->first_request; each != NULL; each = each->next) {
        each->equal_waits = 0;
        const bool is_stream_left = each->is_given_up && waits->by == HR_SIDE_CLIENT;
        if ((each == last || is_stream_left) && !connection->is_one_way) {
            add_given_up(waits, each);
        }
        add_answer(waits, each);
    }
}

static bool is_shorter(gconstpointer data, guint index, int64_t ns)
{
    const GArray *all = data;
    return g_array_index(all, hr_wait, index).ns < ns;
}

static int64_t tolerance_of(int64_t ns, const hr_settings *settings)
{
    return ns / 100 * settings->timer_match_percent;
}

static gint compare_moments(gconstpointer left, gconstpointer right)
{
    const hr_wait *one = left;
    const hr_wait *other = right;

    return one->at_ns < other->at_ns ? -1 : one->at_ns > other->at_ns;
}

/* How many of @all, which are in the order of their moments, are given up at one instant, the one
 * at @first being the first; and whether after waits that differ. */
static guint given_up_together(const GArray *all, guint first, const hr_settings *settings,
                               bool *differ)
{
    const hr_wait *waits = (const hr_wait *)(const void *)all->data;
    int64_t shortest_ns = waits[first].ns;
    int64_t longest_ns = shortest_ns;
    guint behind = first + 1;

    while (behind < all->len &&
           waits[behind].at_ns - waits[first].at_ns <= settings->pool_settle_ns) {
        shortest_ns = MIN(shortest_ns, waits[behind].ns);
        longest_ns = MAX(longest_ns, waits[behind].ns);
        behind++;
    }
    *differ = longest_ns - shortest_ns > 2 * tolerance_of(longest_ns, settings);
    return behind - first;
}

/* What is given up at one instant, whenever it was asked, is left for a common reason: a page that
 * is closed, a call that they all served. */
static void leave_out_common(GArray *all, const hr_settings *settings)
{
    guint kept = 0;
    guint count = 0;

    hr_sort(all, compare_moments);
    for (guint first = 0; first < all->len; first += count) {
        bool differ;
        count = given_up_together(all, first, settings, &differ);
        for (guint i = first; i < first + count && !differ; i++) {
            g_array_index(all, hr_wait, kept++) = g_array_index(all, hr_wait, i);
        }
    }
    g_array_set_size(all, kept);
}

static guint equal_to(const GArray *all, hr_wait wait, const hr_settings *settings)
{
    const int64_t tolerance_ns = tolerance_of(wait.ns, settings);
    const guint first = hr_partition(all->len, is_shorter, all, wait.ns - tolerance_ns);
    const guint behind = hr_partition(all->len, is_shorter, all, wait.ns + tolerance_ns + 1);

    if (behind - first < 2 + all->len / WAITS_PER_MATCH) {
        return 0;
    }
    for (guint i = first; i < behind && i - first < LOOKED_AT; i++) {
        const int64_t at_ns = g_array_index(all, hr_wait, i).at_ns;
        if (at_ns < wait.at_ns - settings->exit_window_ns ||
            at_ns > wait.at_ns + settings->exit_window_ns) {
            return behind - first - 1; /* and not all at one instant, which is one event */
        }
    }
    return 0;
}

/* An answer that took longer, and was waited for, refutes. */
static bool may_be_timeout(const hr_waits *waits, const hr_settings *settings, hr_request *request)
{
    const int64_t ns = wait_of(request, SINCE_DIAL).ns;
    const bool has_begun = is_in_time(request->connection, request->answered);
    const int64_t survived_ns = has_begun ? waits->longest_whole_ns : waits->longest_begun_ns;

    /* A deadline is set a moment before the request goes: one of the shortest may look shorter. */
    return ns + tolerance_of(ns, settings) >= settings->timer_min_ns && survived_ns <= ns;
}

void hr_waits_settle(hr_waits *waits, const hr_settings *settings)
{
    for (unsigned since = SINCE_REQUEST; since <= SINCE_DIAL; since++) {
        GArray *all = waits->given_up[since];
        leave_out_common(all, settings);
        hr_times_sort(all);
        for (guint i = 0; i < all->len; i++) {
            const hr_wait wait = g_array_index(all, hr_wait, i);
            if (may_be_timeout(waits, settings, wait.request)) {
                const guint equal = MIN(equal_to(all, wait, settings), G_MAXUINT16);
                wait.request->equal_waits = (uint16_t)MAX(wait.request->equal_waits, equal);
            }
        }
    }
}

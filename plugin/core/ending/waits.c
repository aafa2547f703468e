/* waits.c
 * A client may count from the request or from the dial (Go's http.Client.Timeout covers it): both
 * are looked at.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/waits.h"

#include "core/ending/ends.h"
#include "core/ending/legs.h"
#include "core/model/times.h"

enum {
    SINCE_REQUEST,
    SINCE_DIAL,
    LOOKED_AT = 64,
    WAITS_PER_MATCH = 10, /* as of idle times, see origins.c: more are equal than by chance */
};

typedef struct {
    int64_t ns; /* the first member: hr_times_compare() */
    int64_t at_ns;
} hr_wait;

void hr_waits_init(hr_waits *waits)
{
    for (unsigned since = SINCE_REQUEST; since <= SINCE_DIAL; since++) {
        waits->given_up[since] = g_array_new(FALSE, FALSE, sizeof(hr_wait));
    }
    waits->longest_begun_ns = waits->longest_whole_ns = 0;
}

void hr_waits_clear(hr_waits *waits)
{
    for (unsigned since = SINCE_REQUEST; since <= SINCE_DIAL; since++) {
        g_array_free(waits->given_up[since], TRUE);
    }
}

/* The request that its client gave up with the connection, or NULL. On HTTP/2 and 3 that costs a
 * stream, not the connection. What a proxy gives up after its own client did is no wait of its. */
static const hr_request *given_up(const hr_connection *connection)
{
    if (connection->ending.first_closer != HR_SIDE_CLIENT || connection->streams.table != NULL ||
        connection->is_one_way) {
        return NULL;
    }
    const hr_request *request = hr_ending_outstanding_request(connection);
    return hr_legs_given_up_before(request) == NULL ? request : NULL;
}

static hr_wait wait_of(const hr_request *request, unsigned since)
{
    const hr_connection *connection = request->connection;
    const int64_t at_ns = connection->ending.at.ns;
    const bool is_dialled =
        since == SINCE_DIAL && request == connection->first_request && connection->is_opening_seen;

    return (hr_wait){at_ns - (is_dialled ? connection->opened.ns : request->sent.ns), at_ns};
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
    const hr_request *request = given_up(connection);

    if (request != NULL) {
        for (unsigned since = SINCE_REQUEST; since <= SINCE_DIAL; since++) {
            const hr_wait wait = wait_of(request, since);
            g_array_append_val(waits->given_up[since], wait);
        }
    }
    for (const hr_request *each = connection->first_request; each != NULL; each = each->next) {
        add_answer(waits, each);
    }
}

void hr_waits_settle(hr_waits *waits)
{
    g_array_sort(waits->given_up[SINCE_REQUEST], hr_times_compare);
    g_array_sort(waits->given_up[SINCE_DIAL], hr_times_compare);
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

guint hr_waits_equal(const hr_waits *waits, const hr_settings *settings,
                     const hr_connection *connection)
{
    const hr_request *request = given_up(connection);

    if (request == NULL) {
        return 0;
    }
    const bool has_begun = is_in_time(connection, request->answered);
    const int64_t survived_ns = has_begun ? waits->longest_whole_ns : waits->longest_begun_ns;
    const hr_wait since_request = wait_of(request, SINCE_REQUEST);
    const hr_wait since_dial = wait_of(request, SINCE_DIAL);

    /* A deadline is set a moment before the request goes: one of the shortest may look shorter. */
    if (since_dial.ns + tolerance_of(since_dial.ns, settings) < settings->timer_min_ns ||
        survived_ns > since_dial.ns) {
        return 0;
    }
    return MAX(equal_to(waits->given_up[SINCE_REQUEST], since_request, settings),
               equal_to(waits->given_up[SINCE_DIAL], since_dial, settings));
}

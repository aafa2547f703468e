/* unread.c
 * Looks back from each opening over the answers of the moment before it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/unread.h"

enum {
    LOOK_BACK_MAX = 256 /* answers: no burst that matters has more in its moment */
};

/* A connection is free from an answer until its next call or its end. */
typedef struct {
    int64_t begin_ns;
    int64_t end_ns;
} free_time;

static GArray *free_times(const hr_calls *calls, const hr_origin_facts *facts)
{
    GArray *times = g_array_new(FALSE, FALSE, sizeof(free_time));

    for (guint i = 0; i < calls->calls->len; i++) {
        const hr_call *call = hr_calls_at(calls, i);
        const bool is_reused =
            i + 1 < calls->calls->len && hr_calls_at(calls, i + 1)->connection == call->connection;
        const free_time time = {
            call->end_ns,
            is_reused ? hr_calls_at(calls, i + 1)->call_ns
                      : hr_connection_ended_ns(facts->connections->pdata[call->connection])};
        if (!call->is_dial) {
            g_array_append_val(times, time);
        }
    }
    hr_times_sort(times);
    return times;
}

/* A call on a connection that was idle since its last answer. */
typedef struct {
    int64_t sent_ns;
    int64_t idle_ns;
    guint index;
} moved;

static GArray *calls_on_idle(const hr_calls *calls)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(moved));

    for (guint i = 1; i < calls->calls->len; i++) {
        const hr_call *call = hr_calls_at(calls, i);
        const hr_call *before = hr_calls_at(calls, i - 1);
        const moved one = {call->call_ns, before->end_ns, i};
        if (call->connection == before->connection) {
            g_array_append_val(all, one);
        }
    }
    hr_times_sort(all);
    return all;
}

static bool has_begun_by(gconstpointer data, guint index, int64_t limit)
{
    return g_array_index((const GArray *)data, free_time, index).begin_ns <= limit;
}

/* Since when the first of those has been free at @now_ns that became so after @after_ns; or
 * @now_ns. */
static int64_t earliest_unread(const GArray *times, int64_t now_ns, int64_t after_ns)
{
    int64_t earliest_ns = now_ns;
    unsigned budget = LOOK_BACK_MAX;
    guint i = hr_partition(times->len, has_begun_by, times, now_ns);

    for (; i > 0 && budget > 0; i--, budget--) {
        const free_time *time = &g_array_index(times, free_time, i - 1);
        if (time->begin_ns < after_ns) {
            break;
        }
        earliest_ns = time->end_ns > now_ns ? time->begin_ns - 1 : earliest_ns;
    }
    return earliest_ns;
}

static void call_earlier(hr_call *call, int64_t called_ns)
{
    call->call_ns = called_ns; /* it ends when it ended: the rest is service */
}

static bool is_sent_by(gconstpointer data, guint index, int64_t limit)
{
    return g_array_index((const GArray *)data, moved, index).sent_ns <= limit;
}

/* What was sent on idle connections between those answers and the dials was called with these, and
 * had its pick before them. */
static void call_with(hr_calls *calls, const GArray *reusing, int64_t called_ns, int64_t until_ns)
{
    unsigned budget = LOOK_BACK_MAX;
    guint at = hr_partition(reusing->len, is_sent_by, reusing, until_ns);

    for (; at > 0 && budget > 0; at--, budget--) {
        const moved *one = &g_array_index(reusing, moved, at - 1);
        hr_call *call = hr_calls_at(calls, one->index);
        if (one->sent_ns <= called_ns) {
            break;
        }
        if (call->call_ns > called_ns && one->idle_ns < called_ns) {
            call_earlier(call, called_ns - 1);
        }
    }
}

static bool is_of_burst(const hr_call *call, const hr_origin_facts *facts)
{
    const hr_connection *connection = facts->connections->pdata[call->connection];

    return call->is_opener && hr_connection_opening(connection)->why == HR_WHY_ALL_BUSY;
}

static bool has_burst(const hr_calls *calls, const hr_origin_facts *facts)
{
    for (guint i = 0; i < calls->calls->len; i++) {
        if (is_of_burst(hr_calls_at(calls, i), facts)) {
            return true;
        }
    }
    return false;
}

void hr_unread_settle(hr_calls *calls, const hr_origin_facts *facts, const hr_settings *settings)
{
    if (calls->habits.streams > 1 || !has_burst(calls, facts)) {
        return; /* a stream waits for no answer */
    }
    GArray *times = free_times(calls, facts);
    GArray *reusing = calls_on_idle(calls);

    for (guint i = 0; i < calls->calls->len; i++) {
        hr_call *call = hr_calls_at(calls, i);
        const hr_connection *connection = facts->connections->pdata[call->connection];
        if (is_of_burst(call, facts)) {
            const int64_t after_ns = hr_opening_burst_ns(connection) - settings->right_after_ns;
            const int64_t called_ns = earliest_unread(times, call->call_ns, after_ns);
            call_with(calls, reusing, called_ns, call->call_ns);
            call_earlier(call, called_ns);
        }
    }
    g_array_free(reusing, TRUE);
    g_array_free(times, TRUE);
}

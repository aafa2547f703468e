/* lifetimes.c
 * Collects the ends while the facts are gathered and draws its conclusions once, so that each
 * question after that is a look-up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/lifetimes.h"

#include "core/model/times.h"

/* Runs of one program last equally long as well, and the short ones are many. Limits are set in
 * minutes or hours (nginx, keepalive_time: 1 h); one below stays what its message or FIN says. */
#define AGE_LIMIT_MIN_NS (1 * HR_NS_PER_S)

enum {
    /* gRPC's MAX_CONNECTION_AGE has a jitter of 10 % (gRFC A9): the oldest is up to 1.1 / 0.9. */
    JITTER_SPREAD_PERCENT = 23,
    /* DESIGN section 5, max-age: at least two. Of ages spread over a decade two are within 2 % by
     * chance one time in 60, and three within 23 % one time in 45; two are one time in six. */
    EVENTS_MIN = 2,
    JITTERED_EVENTS_MIN = 3,
    /* Ends that are so much nearer to each other than the answers before them are one act. */
    NEARER_FACTOR = 10,
};

typedef struct {
    int64_t at_ns;
    int64_t answered_ns; /* when the last answer was over */
    int64_t age_ns;
    uint32_t number; /* of answers */
    uint32_t opened_frame;
    bool is_counted; /* it ended as the last of these came */
    bool is_said;    /* ... by a message */
    bool is_goaway;
    bool is_in_use; /* it had been idle for less than half of its life */
} hr_lifetime;

void hr_lifetimes_init(hr_lifetimes *lifetimes)
{
    *lifetimes = (hr_lifetimes){.oldest_ns = HR_TIME_NONE};
    lifetimes->opened_ns = hr_times_new();
    lifetimes->ended_ns = hr_times_new();
}

void hr_lifetimes_clear(hr_lifetimes *lifetimes)
{
    g_clear_pointer(&lifetimes->opened_ns, g_array_unref);
    g_clear_pointer(&lifetimes->ended_ns, g_array_unref);
    g_clear_pointer(&lifetimes->ends, g_array_unref);
    g_clear_pointer(&lifetimes->counts, g_hash_table_destroy);
}

bool hr_lifetime_is_counted(const hr_connection *connection, hr_side side, bool *is_said)
{
    const hr_request *last = hr_connection_last_answered(connection);
    const hr_close_said *said = &connection->seldom->close_said;
    const uint32_t message = side == HR_SIDE_SERVER ? last->response_frame : hr_request_frame(last);

    *is_said = said->by == side && said->at.frame == message &&
               (side == HR_SIDE_SERVER || last == connection->last_request);
    return *is_said || (said->by == HR_SIDE_NONE && connection->ending.first_closer == side &&
                        connection->ending.is_after_answer &&
                        !(side == HR_SIDE_CLIENT && connection->ending.is_first_rst) &&
                        !hr_connection_ended_with_surplus(connection));
}

hr_moment hr_lifetime_end(const hr_connection *connection, hr_side side)
{
    const hr_goaway *goaway = connection->seldom->goaway;
    hr_moment end =
        connection->ending.first_closer == side ? connection->ending.at : HR_MOMENT_NONE;

    if (connection->seldom->close_said.by == side) {
        end = connection->seldom->close_said.at;
    }
    return goaway->by == side && goaway->error == 0 ? goaway->at : end;
}

/* Somebody ended @connection with its last answer, or the capture ends right after that. A GOAWAY up
 * to there ended it as well, whenever the close came. */
static bool is_at_once(const hr_model *model, const hr_connection *connection,
                       const hr_request *last)
{
    const hr_moment goaway = connection->seldom->goaway->at;
    const int64_t until_ns = last->ended.ns + hr_connection_right_after_ns(model, connection);

    return connection->ending.is_after_answer ||
           connection->seldom->close_said.by != HR_SIDE_NONE ||
           (goaway.frame != 0 && goaway.ns <= until_ns) || model->now.ns <= until_ns;
}

static bool was_in_use(const hr_connection *connection, hr_moment end)
{
    const hr_request *last = connection->last_request;
    const int64_t used_ns = MAX(last->sent.ns, last->ended.ns);

    /* Of an answer that nobody saw whole it is not known when it was over. */
    return (!last->is_done || last->complete != HR_COMPLETE_UNKNOWN) &&
           end.ns - used_ns < (end.ns - connection->opened.ns) / 2;
}

static void add_end(hr_lifetimes *lifetimes, const hr_connection *connection,
                    const hr_request *last, hr_side side)
{
    const hr_moment end = hr_lifetime_end(connection, side);
    hr_lifetime lifetime = {.at_ns = end.ns, .opened_frame = connection->opened.frame};

    if (end.frame == 0 || !last->is_number_exact || hr_connection_went_on_unseen(connection) ||
        connection->seldom->close_said.is_error || connection->seldom->close_said.is_timeout) {
        return;
    }
    lifetime.is_counted = hr_lifetime_is_counted(connection, side, &lifetime.is_said);
    lifetime.number = last->number;
    lifetime.answered_ns = last->ended.ns;
    lifetime.age_ns = end.ns - connection->opened.ns;
    lifetime.is_goaway = connection->seldom->goaway->at.frame == end.frame;
    lifetime.is_in_use = was_in_use(connection, end);
    if (lifetimes->ends == NULL) {
        lifetimes->ends = g_array_new(FALSE, FALSE, sizeof(hr_lifetime));
    }
    g_array_append_val(lifetimes->ends, lifetime);
}

void hr_lifetimes_add(hr_lifetimes *lifetimes, const hr_model *model,
                      const hr_connection *connection, hr_side side)
{
    const hr_request *last = hr_connection_last_answered(connection);
    const hr_moment since = connection->first_seen;

    hr_times_add(lifetimes->opened_ns, since.ns);
    if (connection->ending.at.frame != 0) {
        hr_times_add(lifetimes->ended_ns, connection->ending.at.ns);
    }
    if (last == NULL) {
        return;
    }
    const bool is_left_open = hr_connection_went_on_unseen(connection) ||
                              (last->is_done && !is_at_once(model, connection, last));
    const hr_request *survivor = is_left_open ? last : last->previous;
    lifetimes->survived = MAX(lifetimes->survived, is_left_open ? last->number : last->number - 1);
    if (survivor != NULL) {
        lifetimes->survived_ns = MAX(lifetimes->survived_ns, survivor->sent.ns - since.ns);
    }
    lifetimes->oldest_ns = MAX(lifetimes->oldest_ns, connection->last_request->sent.ns - since.ns);
    add_end(lifetimes, connection, last, side);
}

static gint compare_by_time(gconstpointer left, gconstpointer right)
{
    const int64_t a = ((const hr_lifetime *)left)->at_ns;
    const int64_t b = ((const hr_lifetime *)right)->at_ns;
    return (a > b) - (a < b);
}

/* A limit ends each connection with its own last answer. What stops closes all at one instant,
 * whatever each had waited. */
static bool is_same_act(const hr_lifetime *before, const hr_lifetime *end)
{
    return before != NULL &&
           ABS(end->answered_ns - before->answered_ns) / NEARER_FACTOR > end->at_ns - before->at_ns;
}

/* The program's end comes at any number: that of the last connection is no counter-evidence. */
static void count_numbers(hr_lifetimes *lifetimes)
{
    const hr_lifetime *ends = (const hr_lifetime *)lifetimes->ends->data;
    const hr_lifetime *latest = ends;
    const hr_lifetime *unsaid = NULL; /* the one before */

    lifetimes->counts = g_hash_table_new(NULL, NULL);
    for (guint i = 1; i < lifetimes->ends->len; i++) {
        latest = ends[i].opened_frame > latest->opened_frame ? &ends[i] : latest;
    }
    for (guint i = 0; i < lifetimes->ends->len; i++) {
        const hr_lifetime *end = &ends[i];
        const gpointer key = GUINT_TO_POINTER(end->number);
        uint32_t *number = &lifetimes->number[end->is_said];
        if (!end->is_counted || (end == latest && !end->is_said && end->number < *number)) {
            continue;
        }
        const guint count = GPOINTER_TO_UINT(g_hash_table_lookup(lifetimes->counts, key));
        const bool is_counted_before = !end->is_said && is_same_act(unsaid, end);
        g_hash_table_insert(lifetimes->counts, key, GUINT_TO_POINTER(count + !is_counted_before));
        unsaid = end->is_said ? unsaid : end;
        lifetimes->is_mixed[end->is_said] |= *number != 0 && *number != end->number;
        *number = end->number;
    }
}

/* Whether another connection was open at @at_ns and @window_ns later as well. */
static bool goes_on_at(const hr_lifetimes *lifetimes, int64_t at_ns, int64_t window_ns)
{
    return hr_sorted_below(lifetimes->opened_ns, at_ns) >
           hr_sorted_up_to(lifetimes->ended_ns, at_ns + window_ns);
}

/* Those that were in use, in the order of their ends. */
static void compare_ages(hr_lifetimes *lifetimes, int64_t window_ns)
{
    int64_t event_ns = HR_TIME_NONE; /* before all others */
    unsigned events = 0;
    uint32_t least_number = UINT32_MAX;
    uint32_t most_number = 0;
    bool are_goaways = true;

    lifetimes->least_age_ns = INT64_MAX;
    lifetimes->goes_on = true;
    for (guint i = 0; i < lifetimes->ends->len; i++) {
        const hr_lifetime *end = &g_array_index(lifetimes->ends, hr_lifetime, i);
        if (!end->is_in_use) {
            continue;
        }
        events += end->at_ns > event_ns + window_ns;
        event_ns = end->at_ns;
        are_goaways &= end->is_goaway;
        lifetimes->goes_on &= goes_on_at(lifetimes, end->at_ns, window_ns);
        least_number = MIN(least_number, end->number);
        most_number = MAX(most_number, end->number);
        lifetimes->least_age_ns = MIN(lifetimes->least_age_ns, end->age_ns);
        lifetimes->most_age_ns = MAX(lifetimes->most_age_ns, end->age_ns);
    }
    const bool may_be_jittered = are_goaways && events >= JITTERED_EVENTS_MIN;
    const int64_t least_ns = lifetimes->least_age_ns;
    const int64_t spread_ns =
        least_ns / 100 * (may_be_jittered ? JITTER_SPREAD_PERCENT : HR_AGE_SPREAD_PERCENT);
    lifetimes->has_age = events >= EVENTS_MIN && least_ns >= AGE_LIMIT_MIN_NS &&
                         lifetimes->most_age_ns - least_ns <= spread_ns &&
                         lifetimes->oldest_ns <= lifetimes->most_age_ns + spread_ns &&
                         most_number > least_number;
}

/* All that ended at @number were as old, or one age explains why each ended with that answer, and
 * none with another: under a steady rate an age looks like a count. */
static bool is_one_age(const hr_lifetimes *lifetimes, uint32_t number)
{
    int64_t least_ns = INT64_MAX;
    int64_t most_ns = 0;

    for (guint i = 0; i < lifetimes->ends->len; i++) {
        const hr_lifetime *end = &g_array_index(lifetimes->ends, hr_lifetime, i);
        if (end->is_counted && end->number == number) {
            least_ns = MIN(least_ns, end->age_ns);
            most_ns = MAX(most_ns, end->age_ns);
        }
    }
    return least_ns >= AGE_LIMIT_MIN_NS &&
           (lifetimes->survived_ns < least_ns ||
            (most_ns - least_ns <= least_ns / 100 * HR_AGE_SPREAD_PERCENT &&
             lifetimes->survived_ns <= most_ns));
}

/* Only one number can be a limit, the one that no other exceeds. */
static void forget_impossible_limit(const hr_lifetimes *lifetimes)
{
    const uint32_t most = MAX(lifetimes->number[0], lifetimes->number[1]);

    if (is_one_age(lifetimes, most)) {
        g_hash_table_remove_all(lifetimes->counts);
    }
}

void hr_lifetimes_settle(hr_lifetimes *lifetimes, int64_t window_ns)
{
    if (lifetimes->ends != NULL) {
        hr_times_sort(lifetimes->opened_ns);
        hr_times_sort(lifetimes->ended_ns);
        hr_sort(lifetimes->ends, compare_by_time);
        count_numbers(lifetimes);
        compare_ages(lifetimes, window_ns);
        forget_impossible_limit(lifetimes);
    }
    /* The conclusions are drawn. */
    g_clear_pointer(&lifetimes->opened_ns, g_array_unref);
    g_clear_pointer(&lifetimes->ended_ns, g_array_unref);
    g_clear_pointer(&lifetimes->ends, g_array_unref);
}

bool hr_lifetimes_show_limit(const hr_lifetimes *lifetimes, uint32_t number, guint needed)
{
    const gpointer key = GUINT_TO_POINTER(number);
    const uint32_t said = lifetimes->number[1];

    if (lifetimes->counts == NULL || number <= lifetimes->survived || lifetimes->is_mixed[1] ||
        (said != 0 && said != number) || (said == 0 && lifetimes->is_mixed[0])) {
        return false;
    }
    return GPOINTER_TO_UINT(g_hash_table_lookup(lifetimes->counts, key)) >= needed;
}

bool hr_lifetimes_show_age(const hr_lifetimes *lifetimes, const hr_connection *connection,
                           hr_side side)
{
    const hr_moment end = hr_lifetime_end(connection, side);

    return lifetimes->has_age && connection->is_opening_seen && end.frame != 0 &&
           was_in_use(connection, end) &&
           end.ns - connection->opened.ns >= lifetimes->least_age_ns &&
           end.ns - connection->opened.ns <= lifetimes->most_age_ns;
}

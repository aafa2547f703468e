/* fates.c
 * A limit or a timer is a rule, and holds for whatever a connection carries; every other end is an
 * event, which happens to the connection that carries the same call. The limit of a pool that
 * counts all hosts together is one, too: origins are replayed apart, and what the others do stays
 * as it was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/fates.h"

/* Causes that are not named here are lost, whatever is changed. */
static const hr_fate fates[HR_CLOSE_COUNT] = {
    [HR_CLOSE_NONE] = HR_FATE_KEPT,
    [HR_CLOSE_STALE_RACE] = HR_FATE_STALE,
    [HR_CLOSE_HTTP10] = HR_FATE_HTTP10,
    [HR_CLOSE_SERVER_ERROR_CLOSE] = HR_FATE_SAID_BY_SERVER,
    [HR_CLOSE_REQUEST_LIMIT] = HR_FATE_KEPT,
    [HR_CLOSE_CLIENT_CLOSE_HEADER] = HR_FATE_SAID_BY_CLIENT,
    [HR_CLOSE_SERVER_CLOSE_HEADER] = HR_FATE_SAID_BY_SERVER,
    [HR_CLOSE_GOAWAY] = HR_FATE_SERVER,
    [HR_CLOSE_CLIENT_EXIT] = HR_FATE_CLIENT,
    [HR_CLOSE_SERVER_EXIT] = HR_FATE_SERVER,
    [HR_CLOSE_SERVER_RELOAD] = HR_FATE_SERVER,
    [HR_CLOSE_SERVER_CLOSE] = HR_FATE_SERVER,
    [HR_CLOSE_BODY_UNDRAINED] = HR_FATE_UNREAD,
    [HR_CLOSE_POOL_LIMIT] = HR_FATE_KEPT,
    [HR_CLOSE_SERVER_IDLE_TIMEOUT] = HR_FATE_SERVER_TIMER,
    [HR_CLOSE_CLIENT_IDLE_TIMEOUT] = HR_FATE_CLIENT_TIMER,
    [HR_CLOSE_CLIENT_CLOSE] = HR_FATE_CLIENT,
    [HR_CLOSE_OPEN_AT_END] = HR_FATE_KEPT,
};

/* How long a connection was idle before it ended; 0 where it was not, or right after an answer, or
 * where it was known to be closing before that. */
static int64_t idle_before_end(const hr_connection *connection, const hr_call *call,
                               const hr_habits *habits)
{
    const hr_ending *ending = &connection->ending;

    if (ending->eviction != HR_EVICTION_NONE) {
        return MAX(ending->at.ns - call->end_ns, 0);
    }
    if (ending->is_after_answer || ending->at.frame == 0 || connection->outstanding > 0) {
        return 0;
    }
    const int64_t idle_ns = ending->after_idle_ns != HR_TIME_NONE ? ending->after_idle_ns
                                                                  : ending->at.ns - call->end_ns;
    const int64_t open_ns =
        connection->closing.frame != 0 ? connection->closing.ns - call->end_ns : INT64_MAX;
    return MAX(MIN(idle_ns - habits->expired_ns, open_ns), 0);
}

/* A pattern alone does not tell an unread body from a client that is made for one call. */
static hr_fate request_fate(const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const hr_side close_said_by = connection->seldom->close_said.by;

    if (ending->form == 'c') {
        return HR_FATE_AFTER_ANSWER;
    }
    if (ending->cause == HR_CLOSE_CLIENT_CLOSE && hr_connection_was_given_up_on(connection)) {
        return HR_FATE_SERVER; /* its bytes left the client no choice */
    }
    if (ending->cause == HR_CLOSE_CLIENT_CLOSE && ending->is_after_answer) {
        return HR_FATE_UNEXPLAINED;
    }
    if (ending->cause == HR_CLOSE_OPEN_AT_END && close_said_by != HR_SIDE_NONE) {
        return close_said_by == HR_SIDE_CLIENT ? HR_FATE_SAID_BY_CLIENT : HR_FATE_SAID_BY_SERVER;
    }
    if (ending->cause == HR_CLOSE_GOAWAY && ending->by == HR_SIDE_CLIENT) {
        return HR_FATE_CLIENT;
    }
    if (ending->cause == HR_CLOSE_IDLE_DROPPED && ending->by == HR_SIDE_SERVER) {
        return HR_FATE_STALE; /* the idle timeout that it had said, of QUIC */
    }
    return fates[ending->cause];
}

static hr_fate fate_of(const hr_connection *connection, const hr_habits *habits,
                       const hr_call *call)
{
    const hr_ending *ending = &connection->ending;

    if (ending->cause == HR_CLOSE_POOL_LIMIT && habits->is_pool_shared) {
        return HR_FATE_EVICTED;
    }
    if (call->is_dial) {
        return fates[ending->cause] == HR_FATE_CLIENT ? HR_FATE_LOST : fates[ending->cause];
    }
    return request_fate(connection);
}

void hr_fate_decide(const hr_connection *connection, const hr_calls *calls, const hr_call *call)
{
    const hr_close_cause cause = connection->ending.cause;
    hr_carrier *carrier = hr_calls_carrier(calls, call);

    carrier->fate = fate_of(connection, &calls->habits, call);
    carrier->is_last = carrier->fate != HR_FATE_KEPT || cause == HR_CLOSE_REQUEST_LIMIT ||
                       cause == HR_CLOSE_POOL_LIMIT;
    if (carrier->fate != HR_FATE_UNREAD) { /* it was not free after such a call, until its end */
        carrier->delay_ns = idle_before_end(connection, call, &calls->habits);
    }
}

/* ---- rules ---- */

static gint64 median_ns(GArray *times)
{
    hr_times_sort(times);
    return times->len > 0 ? g_array_index(times, int64_t, times->len / 2) : 0;
}

static bool has_streams(const hr_connection *connection)
{
    return connection->protocol == HR_PROTOCOL_H2 || connection->protocol == HR_PROTOCOL_H3;
}

static void add_rules(hr_habits *habits, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    habits->drops_oldest |= ending->eviction == HR_EVICTION_OWN;
    if (ending->cause == HR_CLOSE_POOL_LIMIT && !habits->is_pool_shared) {
        habits->idle_kept =
            habits->idle_kept == UINT32_MAX ? ending->limit : MAX(habits->idle_kept, ending->limit);
    }
    if (ending->cause == HR_CLOSE_REQUEST_LIMIT) {
        habits->request_limit = MIN(habits->request_limit, ending->limit);
    }
    if (hr_connection_is_opaque(connection) && hr_connection_agreed_on_h2(connection)) {
        habits->streams = HR_LEAST_STREAMS; /* nobody can read what the server allows */
    } else if (has_streams(connection)) {
        habits->streams = MAX(MIN(connection->seldom->streams->limit, INT32_MAX), 2);
    }
}

static void add_idle_end(GArray *ends[2], const hr_connection *connection, int64_t expired_ns)
{
    const hr_ending *ending = &connection->ending;

    if (ending->after_idle_ns == HR_TIME_NONE) {
        return;
    }
    if (ending->cause == HR_CLOSE_CLIENT_IDLE_TIMEOUT) {
        hr_times_add(ends[0], ending->after_idle_ns - expired_ns);
    } else if (ending->cause == HR_CLOSE_SERVER_IDLE_TIMEOUT) {
        hr_times_add(ends[1], ending->after_idle_ns - expired_ns);
    }
}

/* The shortest idle time that ended a connection, or INT64_MAX. One that was used after so long had
 * not expired. */
static int64_t timeout_ns(const GArray *ends, int64_t survived_ns)
{
    int64_t shortest_ns = INT64_MAX;

    for (guint i = 0; i < ends->len; i++) {
        shortest_ns = MIN(shortest_ns, g_array_index(ends, int64_t, i));
    }
    return MAX(shortest_ns, survived_ns + 1);
}

static bool is_pool_shared(const hr_origin_facts *facts)
{
    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        if (connection->ending.eviction == HR_EVICTION_SHARED) {
            return true;
        }
    }
    return false;
}

/* A client that looks for what has expired when it needs a connection opens the next one before or
 * after it closes the old one, right after one another. */
hr_habits hr_habits_of(const hr_origin_facts *facts, const hr_settings *settings)
{
    hr_habits habits = {.idle_kept = UINT32_MAX,
                        .request_limit = UINT32_MAX,
                        .streams = 1,
                        .expired_ns = settings->right_after_ns};
    GArray *ends[2] = {hr_times_new(), hr_times_new()};
    GArray *setups = hr_times_new();

    habits.is_pool_shared = is_pool_shared(facts);
    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        const int64_t setup_ns = hr_connection_setup_ns(connection);
        add_rules(&habits, connection);
        add_idle_end(ends, connection, habits.expired_ns);
        if (setup_ns != HR_TIME_NONE) {
            hr_times_add(setups, setup_ns);
        }
    }
    habits.client_idle_ns = timeout_ns(ends[0], facts->longest_reused_ns);
    habits.server_idle_ns = timeout_ns(ends[1], facts->longest_survived_ns);
    habits.setup_ns = median_ns(setups);
    g_array_free(setups, TRUE);
    g_array_free(ends[0], TRUE);
    g_array_free(ends[1], TRUE);
    return habits;
}

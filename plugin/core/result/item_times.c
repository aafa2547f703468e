/* item_times.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/item_times.h"

static void take_in(hr_span *times, int64_t ns)
{
    if (ns == HR_TIME_NONE) {
        return;
    }
    times->least_ns = times->count == 0 ? ns : MIN(times->least_ns, ns);
    times->most_ns = times->count == 0 ? ns : MAX(times->most_ns, ns);
    times->count++;
}

/* From when the one that it replaces became idle until it was opened: what a timeout has to outlast
 * for it not to be needed. */
static int64_t pause_before_ns(const hr_connection *connection)
{
    const hr_connection *before = connection->replaces;

    const bool is_known = before != NULL && before->ending.after_idle_ns != HR_TIME_NONE;
    const int64_t closed_ns =
        is_known ? hr_moment_elapsed_ns(before->ending.at, connection->opened) : HR_TIME_NONE;

    if (closed_ns == HR_TIME_NONE) {
        return HR_TIME_NONE;
    }
    return before->ending.after_idle_ns + closed_ns;
}

/* The request that died on it: it may have been sent long after the close. */
static int64_t idle_before_request_ns(const hr_connection *connection)
{
    const hr_request *last = connection->last_request;

    return last != NULL && !last->is_done ? last->idle_ns : HR_TIME_NONE;
}

/* Closed by a timeout, or by who gave no reason, and not always right after an answer: it may be
 * one. */
static bool may_be_timeouts(const hr_fix *fix)
{
    return fix->change == HR_CHANGE_LENGTHEN_SERVER_IDLE ||
           fix->change == HR_CHANGE_LENGTHEN_CLIENT_IDLE ||
           ((fix->change == HR_CHANGE_KEEP_CLIENT || fix->change == HR_CHANGE_KEEP_OPEN) &&
            fix->after_answer < fix->connections->len);
}

static void take_in_idle_times(hr_fix_times *times, const hr_fix *fix)
{
    const bool is_lost_request =
        fix->change == HR_CHANGE_EXPIRE_SOONER || fix->change == HR_CHANGE_OUTLAST_DEVICE;

    if (!is_lost_request && !may_be_timeouts(fix)) {
        return;
    }
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        take_in(&times->closed, connection->ending.after_idle_ns);
        take_in(&times->asked, is_lost_request ? idle_before_request_ns(connection) : HR_TIME_NONE);
    }
    for (guint i = 0; i < fix->avoidable->len && times->closed.count > 0; i++) {
        take_in(&times->opened,
                is_lost_request ? HR_TIME_NONE : pause_before_ns(fix->avoidable->pdata[i]));
    }
}

hr_fix_times hr_fix_times_of(const hr_fix *fix)
{
    hr_fix_times times = {{0}, {0}, {0}, {0}};

    take_in_idle_times(&times, fix);
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_ending *ending = &((const hr_connection *)fix->connections->pdata[i])->ending;
        take_in(&times.age,
                ending->cause == HR_CLOSE_MAX_AGE ? ending->seldom->age_ns : HR_TIME_NONE);
    }
    return times;
}

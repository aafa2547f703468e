/* both_legs.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/both_legs.h"

#include "core/model/store.h"

static bool are_within(const hr_connection *one, const hr_connection *other, int64_t window_ns)
{
    return ABS(one->ending.at.ns - other->ending.at.ns) <= window_ns;
}

/* The one that decided is between, or the server behind it did and it passed that on. */
static bool is_idle_end_of_both(const hr_connection *front, const hr_connection *back)
{
    switch (back->ending.cause) {
    case HR_CLOSE_CLIENT_IDLE_TIMEOUT:
        return true;
    case HR_CLOSE_SERVER_IDLE_TIMEOUT:
        return back->ending.at.frame < front->ending.at.frame;
    default:
        return false;
    }
}

const hr_connection *hr_both_legs_idle(const hr_model *model, const hr_connection *front)
{
    const hr_request *last = front->last_request;
    const hr_request *passed_on = last != NULL ? last->ties->passed_on : NULL;

    if (passed_on == NULL || front->ending.cause != HR_CLOSE_SERVER_IDLE_TIMEOUT) {
        return NULL;
    }
    const hr_connection *back = passed_on->connection;
    const int64_t window_ns =
        MAX(hr_connection_right_after_ns(model, front), hr_connection_right_after_ns(model, back));
    const bool is_same =
        back->request_count == front->request_count && are_within(front, back, window_ns);

    return is_same && is_idle_end_of_both(front, back) ? back : NULL;
}

const hr_connection *hr_both_legs_stopped(const hr_model *model, const hr_connection *back)
{
    const hr_request *last = back->last_request;
    const hr_request *front = last != NULL ? last->ties->passes_on : NULL;

    if (front == NULL || back->ending.cause != HR_CLOSE_CLIENT_CLOSE) {
        return NULL;
    }
    const hr_close_cause cause = front->connection->ending.cause;
    const bool is_stop = cause == HR_CLOSE_SERVER_RELOAD || cause == HR_CLOSE_SERVER_EXIT;

    return is_stop && are_within(front->connection, back, model->settings.exit_window_ns)
               ? front->connection
               : NULL;
}

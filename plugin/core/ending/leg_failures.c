/* leg_failures.c
 * Failures that a client of a proxy sees, and what was lost behind it before them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/legs.h"

enum {
    SERVER_ERROR = 500, /* RFC 9110 §15.6 */
};

/* When the client of @front learned that it failed: a frame, or 0. Who had given it up before
 * learned nothing, and it is that which ended it behind. */
static uint32_t failed_in(const hr_request *front)
{
    const hr_ending *ending = &front->connection->ending;
    const bool is_left = ending->cause == HR_CLOSE_REQUEST_ABORTED;

    if (front->response_code >= SERVER_ERROR) {
        const bool is_too_late =
            ending->cause == HR_CLOSE_REQUEST_CANCELLED && ending->at.frame < front->answered.frame;
        return is_too_late ? 0 : front->answered.frame;
    }
    return is_left && !front->is_done ? ending->at.frame : 0;
}

const hr_request *hr_legs_failure_behind(const hr_request *front)
{
    const hr_request *back = front->ties->passed_on;
    const uint32_t failed = back != NULL ? failed_in(front) : 0;

    if (failed == 0 || (back->answered.frame != 0 && back->answered.frame < failed)) {
        return NULL;
    }
    switch (back->connection->ending.cause) {
    case HR_CLOSE_STALE_RACE:
    case HR_CLOSE_REQUEST_ABORTED:
        return back->connection->ending.at.frame < failed ? back : NULL;
    case HR_CLOSE_IDLE_DROPPED:
    case HR_CLOSE_REQUEST_CANCELLED: /* the proxy may close after it has answered for itself */
        return back;
    default:
        return NULL;
    }
}

/* An answer that was cut off on both sides. */
static const hr_request *cut_behind(const hr_request *front)
{
    const hr_request *back = front != NULL ? front->ties->passed_on : NULL;

    return back != NULL && front->complete == HR_COMPLETE_NO && back->complete == HR_COMPLETE_NO &&
                   back->connection->ending.at.frame != 0
               ? back
               : NULL;
}

const hr_request *hr_legs_end_behind(const hr_connection *front)
{
    switch (front->ending.cause) {
    case HR_CLOSE_SERVER_CLOSE:
        return cut_behind(front->last_request);
    case HR_CLOSE_REQUEST_ABORTED:
    case HR_CLOSE_SERVER_ERROR_CLOSE: /* one that was turned away asked for nothing */
        return front->last_request != NULL ? hr_legs_failure_behind(front->last_request) : NULL;
    default:
        return NULL;
    }
}

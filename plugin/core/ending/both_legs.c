/* both_legs.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/both_legs.h"

#include "core/model/store.h"

enum {
    ALERT_RECORD_MAX = 64,                      /* with its header, and what any cipher adds */
    SOCKS_ANSWERS_MAX = 2 + 2 + 4 + 1 + 255 + 2 /* RFC 1928 sections 3 and 6, RFC 1929 */
};

/* Of TLS its closer's close_notify comes before TCP's end, however late its other end heeds it. */
static hr_moment closed_at(const hr_connection *connection)
{
    const hr_tls *tls = connection->seldom->tls;
    const bool is_notified =
        tls->close_notify.frame != 0 && tls->close_notify_by == connection->ending.first_closer;

    return is_notified ? tls->close_notify : connection->ending.at;
}

/* The frame of what tells of the end first: a close that is said, a GOAWAY, TLS or TCP. */
static uint32_t first_sign(const hr_connection *connection)
{
    const uint32_t said = connection->seldom->close_said.at.frame;
    const uint32_t goaway = connection->seldom->goaway->at.frame;
    uint32_t first = closed_at(connection).frame;

    first = said != 0 ? MIN(first, said) : first;
    return goaway != 0 ? MIN(first, goaway) : first;
}

static bool are_within(const hr_connection *one, const hr_connection *other, int64_t window_ns)
{
    return ABS(closed_at(one).ns - closed_at(other).ns) <= window_ns;
}

static int64_t window_of(const hr_model *model, const hr_connection *front,
                         const hr_connection *back)
{
    return MAX(hr_connection_right_after_ns(model, front),
               hr_connection_right_after_ns(model, back));
}

static bool end_together(const hr_model *model, const hr_connection *front,
                         const hr_connection *back)
{
    return back->request_count == front->request_count && front->ending.at.frame != 0 &&
           back->ending.at.frame != 0 && are_within(front, back, window_of(model, front, back));
}

/* The one that decided is between, or the server behind it did and it passed that on. */
static bool is_idle_end_of_both(const hr_connection *front, const hr_connection *back)
{
    switch (back->ending.cause) {
    case HR_CLOSE_CLIENT_IDLE_TIMEOUT:
        return true;
    case HR_CLOSE_SERVER_IDLE_TIMEOUT:
        return first_sign(back) < first_sign(front);
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

    return end_together(model, front, back) && is_idle_end_of_both(front, back) ? back : NULL;
}

/* Its request said so, or its answer. */
static bool is_said_with(const hr_connection *back, const hr_request *last)
{
    const uint32_t said = back->seldom->close_said.at.frame;

    switch (back->ending.cause) {
    case HR_CLOSE_CLIENT_CLOSE_HEADER:
        return said == hr_request_frame(last);
    case HR_CLOSE_SERVER_CLOSE_HEADER:
        return said == last->response_frame;
    default:
        return false;
    }
}

/* With its last answer, said or unsaid (tinyproxy). */
static bool is_ended_with(const hr_model *model, const hr_connection *front,
                          const hr_connection *back)
{
    switch (front->ending.cause) {
    case HR_CLOSE_SERVER_CLOSE_HEADER:
        return back->request_count == front->request_count;
    case HR_CLOSE_SERVER_CLOSE:
        return end_together(model, front, back);
    default:
        return false;
    }
}

const hr_connection *hr_both_legs_said(const hr_model *model, const hr_connection *front)
{
    const hr_request *last = front->last_request;
    const hr_request *passed_on = last != NULL ? last->ties->passed_on : NULL;

    if (passed_on == NULL) {
        return NULL;
    }
    const hr_connection *back = passed_on->connection;

    return is_ended_with(model, front, back) && is_said_with(back, passed_on) ? back : NULL;
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

bool hr_both_legs_is_left(const hr_model *model, const hr_connection *back)
{
    const hr_request *passes_on = back->last_request->ties->passes_on;

    if (passes_on == NULL) {
        return false;
    }
    const hr_connection *front = passes_on->connection;
    return end_together(model, front, back) && front->ending.first_closer == HR_SIDE_CLIENT &&
           back->ending.first_closer == HR_SIDE_CLIENT &&
           front->ending.at.frame < back->ending.at.frame;
}

static bool is_as_long(const hr_request *front, const hr_request *back)
{
    return back->end != HR_POSITION_NONE && front->end - front->begin == back->end - back->begin &&
           front->answer_bytes == back->answer_bytes;
}

bool hr_both_legs_is_one_to_one(const hr_connection *back)
{
    const hr_request *passes_on = back->first_request;
    const hr_request *front = passes_on != NULL ? passes_on->ties->passes_on : NULL;

    if (front == NULL || front->previous != NULL) {
        return false;
    }
    while (front != NULL && passes_on != NULL && passes_on->ties->passes_on == front &&
           is_as_long(front, passes_on)) {
        front = front->next;
        passes_on = passes_on->next;
    }
    return front == NULL && passes_on == NULL;
}

/* What it answers itself before: SOCKS, where its client says something before it asks that is not
 * passed on. */
static uint64_t answers_of_its_own(const hr_connection *front, const hr_connection *back)
{
    return front->first_request->begin > back->first_request->begin ? SOCKS_ANSWERS_MAX : 0;
}

/* Byte for byte: a proxy of HTTP changes what it passes on, or does not end both. What the server
 * says to a client of TLS that has left is not passed on. */
static bool is_relay(const hr_connection *front, const hr_connection *back)
{
    const uint64_t to_client = hr_connection_server(front)->out.captured;
    const uint64_t from_server = hr_connection_server(back)->out.captured;
    const uint64_t alert = front->is_tls ? ALERT_RECORD_MAX : 0;
    const uint64_t own = answers_of_its_own(front, back);

    return front->is_tls == back->is_tls && front->protocol == back->protocol &&
           from_server + own >= to_client && from_server <= to_client + alert &&
           front->first_request->ties->passed_on == back->first_request;
}

const hr_connection *hr_both_legs_begun_at(const hr_model *model, const hr_connection *connection)
{
    const hr_request *last = connection->last_request;
    const hr_request *other = last == NULL                    ? NULL
                              : last->ties->passes_on != NULL ? last->ties->passes_on
                                                              : last->ties->passed_on;

    if (other == NULL) {
        return NULL;
    }
    const bool is_back = last->ties->passes_on != NULL;
    const hr_connection *front = is_back ? other->connection : connection;
    const hr_connection *back = is_back ? connection : other->connection;
    const hr_side side = is_back ? HR_SIDE_CLIENT : HR_SIDE_SERVER;

    return end_together(model, front, back) && is_relay(front, back) &&
                   first_sign(other->connection) < first_sign(connection) &&
                   front->ending.by == side && back->ending.by == side
               ? other->connection
               : NULL;
}

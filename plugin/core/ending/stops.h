/* stops.h
 * Moments in which a server ended several connections at once that had been idle, unannounced: a
 * restart, a reload, or a timer under which they began to be idle together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_STOPS_H
#define HR_CORE_ENDING_STOPS_H

#include "core/model/store.h"

typedef struct {
    GArray *ends;   /* of hr_stop, in ending/stops.c; by time after hr_stops_settle() */
    GArray *events; /* of hr_stop_event, likewise */
    GArray *spans;  /* of hr_span: the connections that the server accepted */
} hr_stops;

/** Ends each of which is within the window of the one before. */
typedef struct {
    int64_t begin_ns, end_ns;
    guint count;                         /* of connections that were open at the begin */
    int64_t least_rest_ns, most_rest_ns; /* how long they had been idle */
    bool has_survivor; /* a connection that was open at the begin was so after the end */
    guint untimed;     /* of several, how many fit no timeout: hr_case_look_at_stop() */
} hr_stop_event;

void hr_stops_init(hr_stops *stops);
void hr_stops_clear(hr_stops *stops);

/** Adds @connection, whose first end must be known. */
void hr_stops_add(hr_stops *stops, const hr_connection *connection);

/** After the last one. */
void hr_stops_settle(hr_stops *stops, int64_t window_ns);

/** The event that the end of @connection belongs to, or NULL where it did not end so. */
hr_stop_event *hr_stops_event_of(const hr_stops *stops, const hr_connection *connection);

/** The event during which @at_ns is, or NULL. */
hr_stop_event *hr_stops_event_at(const hr_stops *stops, int64_t at_ns);

/** ... or which began, or ended, no more than @window_ns from it. */
hr_stop_event *hr_stops_event_near(const hr_stops *stops, int64_t at_ns, int64_t window_ns);

/** The last request of @connection that was sent before its end, or NULL: none that came too late. */
const hr_request *hr_stops_last_before(const hr_connection *connection);

/** How long @connection had been idle when it ended, also where a request came too late; or
 * HR_TIME_NONE. */
int64_t hr_stops_rest_ns(const hr_connection *connection);

#endif

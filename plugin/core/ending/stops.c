/* stops.c
 * Events come in the order of time, and so do the openings: whether something outlived an event is
 * asked of the latest end so far of what was opened before it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/stops.h"

#include "core/model/times.h"

/* An end, and how long the connection had been idle then. The time comes first, for the order. */
typedef struct {
    int64_t at_ns;
    int64_t rest_ns;
    int64_t opened_ns;
} hr_stop;

/* A connection's life; INT64_MAX is that of an open one. */
typedef struct {
    int64_t opened_ns;
    int64_t ended_ns;
} hr_span;

void hr_stops_init(hr_stops *stops)
{
    stops->ends = g_array_new(FALSE, FALSE, sizeof(hr_stop));
    stops->events = g_array_new(FALSE, FALSE, sizeof(hr_stop_event));
    stops->spans = g_array_new(FALSE, FALSE, sizeof(hr_span));
}

void hr_stops_clear(hr_stops *stops)
{
    g_array_free(stops->events, TRUE);
    g_clear_pointer(&stops->ends, g_array_unref);
    g_clear_pointer(&stops->spans, g_array_unref);
}

const hr_request *hr_stops_last_before(const hr_connection *connection)
{
    const hr_request *last = connection->last_request;
    const uint32_t ended = connection->ending.at.frame;

    return last != NULL && ended != 0 && last->sent.frame > ended ? last->previous : last;
}

int64_t hr_stops_rest_ns(const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const hr_request *late = connection->last_request;

    if (ending->after_rest_ns != HR_TIME_NONE || late == hr_stops_last_before(connection) ||
        late->idle_ns == HR_TIME_NONE) {
        return ending->after_rest_ns;
    }
    return ending->at.ns - (late->sent.ns - late->idle_ns);
}

/* Unannounced, and idle for longer than a close after the answer takes. */
static bool is_stop(const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    return ending->first_closer == HR_SIDE_SERVER &&
           connection->seldom->close_said.by == HR_SIDE_NONE &&
           hr_stops_rest_ns(connection) != HR_TIME_NONE && !ending->is_after_answer &&
           !hr_connection_went_on_unseen(connection);
}

void hr_stops_add(hr_stops *stops, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const hr_span span = {connection->first_seen.ns,
                          ending->at.frame != 0 ? ending->at.ns : INT64_MAX};
    const hr_stop stop = {ending->at.ns, hr_stops_rest_ns(connection), span.opened_ns};

    if (connection->is_opening_seen && hr_connection_accepted(connection).frame == 0) {
        return;
    }
    g_array_append_val(stops->spans, span);
    if (is_stop(connection)) {
        g_array_append_val(stops->ends, stop);
    }
}

static const hr_stop *stop_at(const hr_stops *stops, guint index)
{
    return &g_array_index(stops->ends, hr_stop, index);
}

/* Behind the last of the event that begins with @first: each ends within @window_ns of the one
 * before. What stopped accepts no more: where one was opened since, the ends behind its opening are
 * an event of their own. *@known: up to there none was opened since the begin of this event or of
 * one before. */
static guint end_of_event(const hr_stops *stops, guint first, guint *known, int64_t window_ns)
{
    guint i = MAX(*known, first + 1);
    guint next = first + 1;

    while (i < stops->ends->len &&
           stop_at(stops, i)->at_ns - stop_at(stops, i - 1)->at_ns <= window_ns &&
           stop_at(stops, i)->opened_ns <= stop_at(stops, first)->at_ns) {
        i++;
    }
    *known = i;
    if (i == stops->ends->len ||
        stop_at(stops, i)->at_ns - stop_at(stops, i - 1)->at_ns > window_ns) {
        return i;
    }
    while (stop_at(stops, next)->at_ns < stop_at(stops, i)->opened_ns) {
        next++;
    }
    return next;
}

static hr_stop_event event_of(const hr_stops *stops, guint first, guint end)
{
    hr_stop_event event = {.begin_ns = stop_at(stops, first)->at_ns,
                           .end_ns = stop_at(stops, end - 1)->at_ns,
                           .count = end - first,
                           .least_rest_ns = INT64_MAX};

    for (guint i = first; i < end; i++) {
        event.least_rest_ns = MIN(event.least_rest_ns, stop_at(stops, i)->rest_ns);
        event.most_rest_ns = MAX(event.most_rest_ns, stop_at(stops, i)->rest_ns);
    }
    return event;
}

void hr_stops_settle(hr_stops *stops, int64_t window_ns)
{
    int64_t latest_ns = INT64_MIN; /* the end of what was opened before */
    guint opened = 0;
    guint known = 0;

    hr_times_sort(stops->ends);
    hr_times_sort(stops->spans);
    for (guint first = 0; first < stops->ends->len;) {
        const guint end = end_of_event(stops, first, &known, window_ns);
        hr_stop_event event = event_of(stops, first, end);
        for (; opened < stops->spans->len; opened++) {
            const hr_span *span = &g_array_index(stops->spans, hr_span, opened);
            if (span->opened_ns > event.begin_ns) {
                break;
            }
            latest_ns = MAX(latest_ns, span->ended_ns);
        }
        event.has_survivor = latest_ns > event.end_ns + window_ns;
        g_array_append_val(stops->events, event);
        first = end;
    }
    /* The events are what is asked for. */
    g_clear_pointer(&stops->ends, g_array_unref);
    g_clear_pointer(&stops->spans, g_array_unref);
}

static bool ends_before(gconstpointer data, guint index, int64_t ns)
{
    const GArray *events = data;
    return g_array_index(events, hr_stop_event, index).end_ns < ns;
}

hr_stop_event *hr_stops_event_of(const hr_stops *stops, const hr_connection *connection)
{
    return is_stop(connection) ? hr_stops_event_at(stops, connection->ending.at.ns) : NULL;
}

hr_stop_event *hr_stops_event_at(const hr_stops *stops, int64_t at_ns)
{
    return hr_stops_event_near(stops, at_ns, 0);
}

hr_stop_event *hr_stops_event_near(const hr_stops *stops, int64_t at_ns, int64_t window_ns)
{
    const guint index =
        hr_partition(stops->events->len, ends_before, stops->events, at_ns - window_ns);
    hr_stop_event *event =
        index < stops->events->len ? &g_array_index(stops->events, hr_stop_event, index) : NULL;

    return event != NULL && event->begin_ns <= at_ns + window_ns ? event : NULL;
}

/* stops.c
 * Whether a connection outlived an event is counted, not looked up: of all that were opened before
 * it, those are left that did not end before its end. Events lie apart from each other, so that the
 * connections which were opened during one are looked at once in all.
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
    stops->span_ends = hr_times_new();
}

void hr_stops_clear(hr_stops *stops)
{
    g_array_free(stops->events, TRUE);
    g_clear_pointer(&stops->ends, g_array_unref);
    g_clear_pointer(&stops->spans, g_array_unref);
    g_clear_pointer(&stops->span_ends, g_array_unref);
}

/* Unannounced, and idle for longer than a close after the answer takes. */
static bool is_stop(const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    return ending->first_closer == HR_SIDE_SERVER && connection->close_said.by == HR_SIDE_NONE &&
           ending->after_rest_ns != HR_TIME_NONE && !ending->is_after_answer &&
           !hr_connection_went_on_unseen(connection);
}

void hr_stops_add(hr_stops *stops, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const hr_span span = {connection->first_seen.ns,
                          ending->at.frame != 0 ? ending->at.ns : INT64_MAX};
    const hr_stop stop = {ending->at.ns, ending->after_rest_ns, span.opened_ns};

    if (connection->is_opening_seen && connection->accepted.frame == 0) {
        return;
    }
    g_array_append_val(stops->spans, span);
    if (ending->at.frame != 0) {
        hr_times_add(stops->span_ends, ending->at.ns);
    }
    if (is_stop(connection)) {
        g_array_append_val(stops->ends, stop);
    }
}

static bool has_survivor(const hr_stops *stops, const hr_stop_event *event, int64_t window_ns,
                         guint *next)
{
    const int64_t until_ns = event->end_ns + window_ns;
    guint ended = hr_sorted_up_to(stops->span_ends, until_ns);

    while (*next < stops->spans->len &&
           g_array_index(stops->spans, hr_span, *next).opened_ns <= event->begin_ns) {
        ++*next;
    }
    for (guint i = *next; i < stops->spans->len; i++) {
        const hr_span *later = &g_array_index(stops->spans, hr_span, i);
        if (later->opened_ns > until_ns) {
            break;
        }
        ended -= later->ended_ns <= until_ns;
    }
    return *next > ended;
}

void hr_stops_settle(hr_stops *stops, int64_t window_ns)
{
    guint next = 0;

    hr_times_sort(stops->ends);
    hr_times_sort(stops->spans);
    hr_times_sort(stops->span_ends);
    for (guint i = 0; i < stops->ends->len;) {
        const hr_stop *first = &g_array_index(stops->ends, hr_stop, i);
        hr_stop_event event = {first->at_ns, first->at_ns, 0, INT64_MAX, 0, false, 0};
        for (; i < stops->ends->len; i++) {
            const hr_stop *stop = &g_array_index(stops->ends, hr_stop, i);
            if (stop->at_ns - event.end_ns > window_ns) {
                break;
            }
            event.end_ns = stop->at_ns;
            if (stop->opened_ns > event.begin_ns) {
                continue; /* what stopped accepts no more: each has an end of its own */
            }
            event.count++;
            event.least_rest_ns = MIN(event.least_rest_ns, stop->rest_ns);
            event.most_rest_ns = MAX(event.most_rest_ns, stop->rest_ns);
        }
        event.has_survivor = has_survivor(stops, &event, window_ns, &next);
        g_array_append_val(stops->events, event);
    }
    /* The events are what is asked for. */
    g_clear_pointer(&stops->ends, g_array_unref);
    g_clear_pointer(&stops->spans, g_array_unref);
    g_clear_pointer(&stops->span_ends, g_array_unref);
}

static bool ends_before(gconstpointer data, guint index, int64_t ns)
{
    const GArray *events = data;
    return g_array_index(events, hr_stop_event, index).end_ns < ns;
}

hr_stop_event *hr_stops_event_of(const hr_stops *stops, const hr_connection *connection)
{
    const int64_t at_ns = connection->ending.at.ns;

    if (!is_stop(connection)) {
        return NULL;
    }
    const guint index = hr_partition(stops->events->len, ends_before, stops->events, at_ns);
    hr_stop_event *event =
        index < stops->events->len ? &g_array_index(stops->events, hr_stop_event, index) : NULL;

    return event != NULL && event->begin_ns <= at_ns && connection->first_seen.ns <= event->begin_ns
               ? event
               : NULL;
}

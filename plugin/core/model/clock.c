/* clock.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/clock.h"

#include "core/model/times.h"

/* Times that were told twice: those from the earlier frame to the latest before it. */
typedef struct {
    int64_t begin_ns, end_ns;
} hr_span;

void hr_clock_init(hr_clock *clock)
{
    *clock = (hr_clock){.spans = g_array_new(FALSE, FALSE, sizeof(hr_span)),
                        .latest_ns = INT64_MIN,
                        .before_ns = INT64_MIN};
}

void hr_clock_clear(hr_clock *clock)
{
    g_array_free(clock->spans, TRUE);
}

/* The latest time only rises, so that no span ends behind a later one. */
static void add_span(hr_clock *clock, int64_t begin_ns)
{
    GArray *spans = clock->spans;
    hr_span span = {begin_ns, clock->latest_ns};

    while (spans->len > 0 && g_array_index(spans, hr_span, spans->len - 1).end_ns >= begin_ns) {
        span.begin_ns = MIN(span.begin_ns, g_array_index(spans, hr_span, spans->len - 1).begin_ns);
        g_array_set_size(spans, spans->len - 1);
    }
    g_array_append_val(spans, span);
}

void hr_clock_tell(hr_clock *clock, int64_t ns)
{
    if (ns < clock->before_ns) {
        clock->count++;
    }
    if (ns < clock->latest_ns) {
        clock->most_ns = MAX(clock->most_ns, clock->latest_ns - ns);
        add_span(clock, ns);
    }
    clock->before_ns = ns;
    clock->latest_ns = MAX(clock->latest_ns, ns);
}

static bool is_over_before(gconstpointer data, guint index, int64_t limit)
{
    const GArray *spans = data;
    return g_array_index(spans, hr_span, index).end_ns < limit;
}

bool hr_clock_is_order_doubtful(const hr_clock *clock, int64_t ns, int64_t other_ns)
{
    const guint first = hr_partition(clock->spans->len, is_over_before, clock->spans, ns);

    if (first == clock->spans->len) {
        return false;
    }
    const hr_span span = g_array_index(clock->spans, hr_span, first);
    return span.begin_ns <= MIN(ns, other_ns) && MAX(ns, other_ns) <= span.end_ns;
}

bool hr_clock_is_doubtful(const hr_clock *clock, int64_t ns)
{
    return hr_clock_is_order_doubtful(clock, ns, ns);
}

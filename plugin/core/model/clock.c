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

/* Shorter ticks make no difference: no rule looks at times as short. */
#define COARSE_NS (1 * HR_NS_PER_MS)

/* The slowest that file formats have. */
#define SLOWEST_NS (1 * HR_NS_PER_S)

/* Most clocks count microseconds. */
#define COMMON_TICK_NS 1000

enum {
    CHANCE_ONE_IN =
        100000000,     /* of captures by a common clock that look like one of a slower clock */
    STANDS_ONE_IN = 2, /* of its frames have the time of the one before, at most */
    /* A time is known to a tick at either end: to half of itself, then. */
    TICKS_TO_TELL = 4,
};

static int64_t greatest_divisor(int64_t one, int64_t other)
{
    while (other != 0) {
        const int64_t rest = one % other;
        one = other;
        other = rest;
    }
    return one;
}

/* How long it took from one frame to the next. Once the clock is known to be finer there is nothing
 * more to divide. */
static void note_step(hr_clock *clock, int64_t step_ns)
{
    if (clock->step_ns != 0 && clock->step_ns < COARSE_NS) {
        return;
    }
    if (step_ns == 0) {
        clock->stands++;
    } else {
        clock->step_ns = greatest_divisor(step_ns, clock->step_ns);
        clock->steps++;
    }
}

void hr_clock_tell(hr_clock *clock, int64_t ns)
{
    if (clock->before_ns != INT64_MIN) {
        note_step(clock, ABS(ns - clock->before_ns));
    }
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

/* @one_in where one more that is as rare, one in @by, has come @count times. */
static int64_t rarer(int64_t one_in, int64_t by, uint32_t count)
{
    for (uint32_t i = 0; i < count && one_in < CHANCE_ONE_IN; i++) {
        one_in *= MIN(by, CHANCE_ONE_IN);
    }
    return one_in;
}

int64_t hr_clock_tick_ns(const hr_clock *clock)
{
    /* What few times of a slow clock have in common may be more than its tick. */
    const int64_t step_ns =
        clock->step_ns % SLOWEST_NS == 0 ? SLOWEST_NS : clock->step_ns; /* also where it is 0 */

    if (step_ns < COARSE_NS || step_ns > SLOWEST_NS) {
        return 0;
    }
    const int64_t one_in =
        rarer(rarer(1, step_ns / COMMON_TICK_NS, clock->steps), STANDS_ONE_IN, clock->stands);
    return one_in < CHANCE_ONE_IN ? 0 : step_ns;
}

bool hr_clock_tells(const hr_clock *clock, int64_t ns)
{
    return hr_clock_tick_ns(clock) <= ns / TICKS_TO_TELL;
}

static bool is_over_before(gconstpointer data, guint index, int64_t limit)
{
    const GArray *spans = data;
    return g_array_index(spans, hr_span, index).end_ns < limit;
}

int64_t hr_clock_doubt_ns(const hr_clock *clock, int64_t ns)
{
    const guint first = hr_partition(clock->spans->len, is_over_before, clock->spans, ns);
    const hr_span *span =
        first < clock->spans->len ? &g_array_index(clock->spans, hr_span, first) : NULL;

    return span != NULL && span->begin_ns <= ns ? span->end_ns - span->begin_ns : 0;
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

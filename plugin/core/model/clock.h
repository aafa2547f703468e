/* clock.h
 * What the times of a capture are worth: how far they can be told apart; and where they go back,
 * the order of its frames is not that of the network, or its clock was set.
 *
 * Several interfaces or mirror ports that were merged without sorting give such files, and so does
 * `mergecap -a`; reordercap puts them right. Inside of a span of times that was told twice, nobody
 * can say by the order of the frames what came first.
 *
 * Some tools and taps write milliseconds, or seconds, and some clocks tick as slowly. The order of
 * the frames is right then, but what seems to take no time may have taken a tick.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_CLOCK_H
#define HR_CORE_MODEL_CLOCK_H

#include "core/model/types.h"

typedef struct {
    GArray *spans;     /**< of hr_span, ascending, apart from each other */
    int64_t latest_ns; /**< of all frames so far */
    int64_t before_ns; /**< of the frame before */
    uint32_t count;    /**< frames that are earlier than the frame before */
    int64_t most_ns;   /**< how far the furthest of them is behind the latest */
    int64_t step_ns;   /**< the greatest that divides all differences of times; 0: there is none */
    uint32_t steps;    /**< how often the time changed, as long as the clock seems coarse */
    uint32_t stands;   /**< ... and how often it did not */
} hr_clock;

void hr_clock_init(hr_clock *clock);
void hr_clock_clear(hr_clock *clock);

/** The next frame has this time; amortised O(1). */
void hr_clock_tell(hr_clock *clock, int64_t ns);

/** The tick of a clock of a millisecond or slower; else 0. */
int64_t hr_clock_tick_ns(const hr_clock *clock);

/** Whether times as short as @ns can be told from shorter and from longer ones. */
bool hr_clock_tells(const hr_clock *clock, int64_t ns);

/** Whether times went back over @ns, so that what happened then stands in no known order. O(log
 * n) */
bool hr_clock_is_doubtful(const hr_clock *clock, int64_t ns);

/** How long the span is in which that is, or 0. */
int64_t hr_clock_doubt_ns(const hr_clock *clock, int64_t ns);

/** ... and over @other_ns with it: which of both came first, the order of the frames does not
 * say. */
bool hr_clock_is_order_doubtful(const hr_clock *clock, int64_t ns, int64_t other_ns);

#endif

/* clock.h
 * What the times of a capture are worth: where they go back, the order of its frames is not that of
 * the network, or its clock was set.
 *
 * Several interfaces or mirror ports that were merged without sorting give such files, and so does
 * `mergecap -a`; reordercap puts them right. Inside of a span of times that was told twice, nobody
 * can say by the order of the frames what came first.
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
} hr_clock;

void hr_clock_init(hr_clock *clock);
void hr_clock_clear(hr_clock *clock);

/** The next frame has this time; amortised O(1). */
void hr_clock_tell(hr_clock *clock, int64_t ns);

/** Whether times went back over @ns, so that what happened then stands in no known order. O(log n) */
bool hr_clock_is_doubtful(const hr_clock *clock, int64_t ns);

/** ... and over @other_ns with it: which of both came first, the order of the frames does not say. */
bool hr_clock_is_order_doubtful(const hr_clock *clock, int64_t ns, int64_t other_ns);

#endif

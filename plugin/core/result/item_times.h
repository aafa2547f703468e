/* item_times.h
 * How long the connections of an item had rested, and lived: which timeout it is, and how long the
 * pauses are, is what has to be known to set either.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_ITEM_TIMES_H
#define HR_CORE_RESULT_ITEM_TIMES_H

#include "core/result/items.h"

/** Of several times the shortest and the longest; @count: of how many, 0 where there are none. */
typedef struct {
    int64_t least_ns;
    int64_t most_ns;
    uint32_t count;
} hr_span;

typedef struct {
    hr_span closed; /**< idle until the close, of what may be a timeout or lost a request ... */
    hr_span asked;  /**< ... until the request that was lost ... */
    hr_span opened; /**< ... until the connection that took its place was opened */
    hr_span age;    /**< from the opening to the close, of what ended by its age */
} hr_fix_times;

/** The times of @fix. */
hr_fix_times hr_fix_times_of(const hr_fix *fix);

#endif

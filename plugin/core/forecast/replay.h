/* replay.h
 * The calls of an origin against a model of its clients' pools and its server's limits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FORECAST_REPLAY_H
#define HR_CORE_FORECAST_REPLAY_H

#include "core/forecast/calls.h"
#include "core/forecast/whatif.h"

/** What comes of a replay, or what the capture shows. */
typedef struct {
    uint32_t connections;    /**< opened */
    int64_t setup_ns;        /**< what these took, HR_TIME_NONE where that is not known of any */
    uint32_t waited;         /**< requests that waited for a bound */
    int64_t waited_ns;       /**< ... in all */
    int64_t longest_wait_ns; /**< ... and the longest of them */
    int64_t end_ns;          /**< when the last answer was there, or HR_TIME_NONE */
} hr_outcome;

/** Replays @calls with @changes, which those pools make of which @is_changed says so, or all of them
 * where that is NULL. O(n log n); @calls are not changed. */
hr_outcome hr_replay(const hr_calls *calls, const hr_whatif *changes, const bool *is_changed);

#endif

/* settings.h
 * The windows and tolerances of the inferences. A user may change each of them in the
 * preferences; the defaults are measured (plugin/doc/verdicts.md says why).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_SETTINGS_H
#define HR_CORE_MODEL_SETTINGS_H

#include "core/model/types.h"

typedef struct {
    int64_t right_after_ns;       /**< "right after", added to the handshake's round trip */
    int64_t exit_window_ns;       /**< ends this close together are one program's exit */
    int64_t timer_slack_ns;       /**< a timer D fits D <= T <= D + max(slack, percent of D) */
    unsigned timer_slack_percent; /**< see timer_slack_ns */
    int64_t timer_min_ns;         /**< an idle time below this is never taken for a timer */
    unsigned timer_match_percent; /**< two idle times this near to each other show a timer */
    int64_t pool_settle_ns;       /**< siblings idle this soon after a close count for its pool */
    int64_t pool_stay_ns;         /**< ... and have to stay open for this long */
    int64_t idle_dropped_min_ns;  /**< an idle time from which a middlebox may have forgotten */
    int64_t time_wait_ns;         /**< how long a socket stays in TIME_WAIT */
} hr_settings;

/** The defaults: 15 ms, 100 ms, 50 ms, 2 %, 100 ms, 1 %, 2 ms, 100 ms, 30 s, 60 s. */
hr_settings hr_settings_default(void);

#endif

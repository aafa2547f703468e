/* settings.h
 * The windows and tolerances of the inferences, and with them the preferences that are numbers. The
 * defaults are measured (plugin/doc/verdicts.md says why).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_SETTINGS_H
#define HR_CORE_MODEL_SETTINGS_H

#include "core/model/types.h"

/* One row each: what it is, the member of hr_settings, the preference behind "http_reuse.", its
 * unit and default, its title, and what it means. All else that goes over the settings comes from
 * here: preferences, the event log, the manual. */
/* clang-format off */
#define HR_SETTINGS(X) \
    X(DURATION, right_after_ns, right_after_ms, HR_NS_PER_MS, 15, "\"Right after\" window (ms)", \
      "A close this soon after an answer (plus the connection's TCP handshake time) counts as a" \
      " reaction to that answer.") \
    X(DURATION, exit_window_ns, exit_window_ms, HR_NS_PER_MS, 100, "Program exit window (ms)", \
      "Connections of one program that end within this time of each other look like its exit.") \
    X(DURATION, timer_slack_ns, timer_slack_ms, HR_NS_PER_MS, 50, "Idle timer tolerance (ms)", \
      "An idle time fits a known timeout if it is not shorter, and longer by at most this or by the" \
      " tolerance in percent, whichever is more.") \
    X(PERCENT, timer_slack_percent, timer_slack_percent, 1, 2, "Idle timer tolerance (percent)", \
      "An idle time fits a known timeout if it is not shorter, and longer by at most this share of" \
      " it or by the tolerance in milliseconds, whichever is more.") \
    X(DURATION, timer_min_ns, timer_min_ms, HR_NS_PER_MS, 100, "Shortest idle timer (ms)", \
      "Idle times shorter than this are never taken for a timeout.") \
    X(PERCENT, timer_match_percent, timer_match_percent, 1, 1, "Equal idle times (percent)", \
      "Two connections to one server whose idle times before the close differ by no more than this" \
      " show a timeout, even one that is in no table.") \
    X(DURATION, pool_settle_ns, pool_settle_ms, HR_NS_PER_MS, 2, \
      "Pool limit: siblings idle within (ms)", \
      "Connections that are idle this soon after a close count as kept by the pool that closed the" \
      " other one.") \
    X(DURATION, pool_stay_ns, pool_stay_ms, HR_NS_PER_MS, 100, \
      "Pool limit: siblings stay for (ms)", \
      "Connections that were idle as their pool closed another one count as kept by it if they stay" \
      " open for at least this time.") \
    X(DURATION, idle_dropped_min_ns, idle_dropped_s, HR_NS_PER_S, 30, \
      "Forgotten connection: idle at least (s)", \
      "A request that nobody acknowledges, sent after at least this idle time, suggests that a NAT" \
      " or load balancer forgot the connection.") \
    X(DURATION, time_wait_ns, time_wait_s, HR_NS_PER_S, 60, "TIME_WAIT (s)", \
      "How long a closed socket stays in TIME_WAIT; 60 on Linux. For the estimate of what netstat" \
      " showed.")
/* clang-format on */

typedef struct {
#define HR_SETTING_DURATION int64_t
#define HR_SETTING_PERCENT unsigned
#define HR_SETTING_MEMBER(kind, member, ...) HR_SETTING_##kind member;
    HR_SETTINGS(HR_SETTING_MEMBER)
#undef HR_SETTING_MEMBER
#undef HR_SETTING_PERCENT
#undef HR_SETTING_DURATION
} hr_settings;

hr_settings hr_settings_default(void);

bool hr_settings_are_equal(const hr_settings *a, const hr_settings *b);

#endif

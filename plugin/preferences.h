/* preferences.h
 * The preferences that are numbers, one row each: the name behind "http_reuse.", the default, the
 * title, and what it means. Registration and the manual come from here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PREFERENCES_H
#define HR_PREFERENCES_H

/* clang-format off */
#define HR_PREFERENCES(X) \
    X(right_after_ms, 15, "\"Right after\" window (ms)", \
      "A close this soon after an answer (plus the connection's TCP handshake time) counts as a" \
      " reaction to that answer.") \
    X(exit_window_ms, 100, "Program exit window (ms)", \
      "Connections of one program that end within this time of each other look like its exit.") \
    X(timer_slack_ms, 50, "Idle timer tolerance (ms)", \
      "An idle time fits a known timeout if it is not shorter and at most this much longer, or the" \
      " percentage below if that is more.") \
    X(timer_slack_percent, 2, "Idle timer tolerance (percent)", \
      "See the tolerance in milliseconds: the larger of the two counts.") \
    X(timer_min_ms, 100, "Shortest idle timer (ms)", \
      "Idle times shorter than this are never taken for a timeout.") \
    X(timer_match_percent, 1, "Equal idle times (percent)", \
      "Two connections to one server whose idle times before the close differ by no more than this" \
      " show a timeout, even one that is in no table.") \
    X(pool_settle_ms, 2, "Pool limit: siblings idle within (ms)", \
      "Connections that are idle this soon after a close count as kept by the pool that closed the" \
      " other one.") \
    X(pool_stay_ms, 100, "Pool limit: siblings stay for (ms)", \
      "... if they then stay open for at least this time.") \
    X(idle_dropped_s, 30, "Forgotten connection: idle at least (s)", \
      "A request that nobody acknowledges, sent after at least this idle time, suggests that a NAT" \
      " or load balancer forgot the connection.") \
    X(time_wait_s, 60, "TIME_WAIT (s)", \
      "How long a closed socket stays in TIME_WAIT; 60 on Linux. For the estimate of what netstat" \
      " showed.")
/* clang-format on */

#define HR_PREFERENCE_SUMMARY_TOOLTIP                                                              \
    "Adds an expert info with the capture's totals to the first frame, once the whole capture was" \
    " read (in the GUI, with -2 and in sharkd)."

#endif

/* time_wait.h
 * How many sockets netstat would have shown in TIME_WAIT at most, on either side: that of the first FIN
 * keeps one for a minute, or until its ports are used again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_TIME_WAIT_H
#define HR_CORE_RESULT_TIME_WAIT_H

#include "core/ending/origins.h"
#include "core/result/totals.h"

/** Fills the peaks of both sides in @totals. O(n log n) in connections. */
void hr_time_wait_compute(const hr_facts *facts, hr_totals *totals);

#endif

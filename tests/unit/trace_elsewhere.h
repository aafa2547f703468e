/* trace_elsewhere.h
 * Resets in the name of an end that have another TTL or hop limit than its other packets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_TRACE_ELSEWHERE_H
#define HR_TESTS_TRACE_ELSEWHERE_H

#include "trace_fixes.h"

/** A reset of @side with so many hops left. */
void elsewhere_reset(trace_connection *c, trace_side side, uint8_t hops, int64_t at);

/** Opened at @at, and used: idle since 2 ms later. */
trace_connection *elsewhere_open_used(trace *t, int64_t at);

/** Neither end is said to have ended @c. */
void elsewhere_assert_nobody(const trace_connection *c);

#endif

/* full_pools.h
 * A full pool drops the connection that comes. One that came a moment before the pool had room, and
 * was not dropped, came only then: its answer was read a moment after it was on the wire, or a call
 * on the wire a moment after it had taken its connection. A replay that took each time for exact
 * would drop what no client dropped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FORECAST_FULL_POOLS_H
#define HR_CORE_FORECAST_FULL_POOLS_H

#include "core/forecast/calls.h"

/** Sets end_ns of those of @calls, which are in order and have pools, to that moment. O(n log
 * n). */
void hr_full_pools_settle(hr_calls *calls, const hr_origin_facts *facts,
                          const hr_settings *settings);

#endif

/* seen_pools.h
 * How many pools a client must have had. One that opens a connection although another is idle
 * (HR_WHY_IDLE_AVAILABLE) cannot have had that one in the same pool: another program, process,
 * client object or call has it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FORECAST_SEEN_POOLS_H
#define HR_CORE_FORECAST_SEEN_POOLS_H

#include "core/forecast/calls.h"

/**
 * Fills `pool` of all @calls, which are in order, and first_pools. As few pools as a single walk
 * finds; O(n log n).
 */
void hr_seen_pools_assign(hr_calls *calls, const hr_origin_facts *facts);

#endif

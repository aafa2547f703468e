/* changed.h
 * What changes leave of what was so in the capture: of the habits of a pool, and of the fate of its
 * calls.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FORECAST_CHANGED_H
#define HR_CORE_FORECAST_CHANGED_H

#include "core/forecast/calls.h"
#include "core/forecast/whatif.h"

/** Whether a client that finds a connection being set up waits for it. */
bool hr_whatif_joins(const hr_whatif *changes);

/** @habits as @changes leave them. */
hr_habits hr_changed_habits(hr_habits habits, const hr_whatif *changes);

/** Whether the fate of @call, of @calls, is still its fate where its pool makes @changes. */
bool hr_is_still_fate(const hr_calls *calls, const hr_call *call, const hr_whatif *changes);

#endif

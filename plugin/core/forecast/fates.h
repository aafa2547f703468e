/* fates.h
 * From the causes of ends to what they mean for a connection that carries other calls.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FORECAST_FATES_H
#define HR_CORE_FORECAST_FATES_H

#include "core/forecast/calls.h"

/** Sets what becomes of @connection after @call, its final one of @calls, and when. */
void hr_fate_decide(const hr_connection *connection, const hr_calls *calls, const hr_call *call);

/** The limits and timers that the ends of @facts' connections show, and the median setup. */
hr_habits hr_habits_of(const hr_origin_facts *facts, const hr_settings *settings);

#endif

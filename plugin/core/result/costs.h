/* costs.h
 * Which connection's end made which avoidable connection necessary: what an end cost.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_COSTS_H
#define HR_CORE_RESULT_COSTS_H

#include "core/ending/origins.h"

/** Sets `replaces` of the origin's connections; their endings and is_avoidable must be known. */
void hr_costs_attribute(const hr_settings *settings, const hr_origin_facts *facts);

#endif

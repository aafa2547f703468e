/* needed.h
 * How many connections a perfect pool would have opened, and which of those that were are beyond that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_NEEDED_H
#define HR_CORE_RESULT_NEEDED_H

#include "core/ending/origins.h"
#include "core/result/totals.h"

/** Fills what was needed, and avoidable, of @origin, and says of each connection whether it was. */
void hr_needed_judge(const hr_origin_facts *facts, hr_origin *origin);

#endif

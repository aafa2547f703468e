/* compute.h
 * The steps from facts to totals, for the room's own files.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_COMPUTE_H
#define HR_CORE_RESULT_COMPUTE_H

#include "core/ending/origins.h"
#include "core/result/totals.h"

/**
 * Sums and judgements of each origin and of the capture, after the endings. @origins has a place,
 * zeroed, for each of the facts' origins.
 */
void hr_totals_compute(const hr_facts *facts, hr_totals *totals, hr_origin *origins);

#endif

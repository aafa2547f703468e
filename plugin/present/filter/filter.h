/* filter.h
 * The display filter of an item of what to change, for all presenters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_FILTER_FILTER_H
#define HR_PRESENT_FILTER_FILTER_H

#include "core/result/analysis.h"

/** Appends a filter that selects the frames of @fix, and no others where connections tell. */
void hr_fix_filter_append(GString *line, const hr_analysis *analysis, const hr_fix *fix);

#endif

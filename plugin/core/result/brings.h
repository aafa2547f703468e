/* brings.h
 * What an item would bring: the forecast of its origin with its change.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_BRINGS_H
#define HR_CORE_RESULT_BRINGS_H

#include "core/result/analysis.h"

/**
 * Fills @forecast with what @fix, an item of @analysis, would bring to its origin, and to those on
 * the other side of a proxy where it cost some. Returns false
 * where nothing is to be forecast: it cost no connection, or no connection would be won by it.
 * Computed anew each time, in O(n log n) of the origin's requests.
 */
bool hr_fix_forecast(const hr_analysis *analysis, const hr_fix *fix, hr_forecast *forecast);

#endif

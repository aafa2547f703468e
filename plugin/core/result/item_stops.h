/* item_stops.h
 * What one stop of a server ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_ITEM_STOPS_H
#define HR_CORE_RESULT_ITEM_STOPS_H

#include "core/result/items.h"

/** One stop ends several connections, of which others are opened in place of one or two only, or
 * none: adds to those of @fix what ended of @origin at the same moments, each within @window_ns of the
 * one before. Those of another moment are another stop's. O(n log n) */
void hr_item_add_stopped_with(hr_fix *fix, const hr_origin_facts *origin, int64_t window_ns);

#endif

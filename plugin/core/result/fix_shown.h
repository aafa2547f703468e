/* fix_shown.h
 * What the packets themselves show of why connections were lost, in place of what their change says in
 * general.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_FIX_SHOWN_H
#define HR_CORE_RESULT_FIX_SHOWN_H

#include "core/result/items.h"
#include "core/result/told.h"

/** Tells it, where it is so of all connections of @fix; false: the packets show no more. */
bool hr_append_shown(const hr_told *told, const hr_fix *fix);

#endif

/* fix_spoken.h
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_FIX_SPOKEN_H
#define HR_CORE_RESULT_FIX_SPOKEN_H

#include "core/result/items.h"
#include "core/result/told.h"

/** Where the server speaks another protocol than its client, as its bytes say, or may do so: which,
 * and what to ask for; false: nothing was told. */
bool hr_append_spoken(const hr_told *told, const hr_fix *fix);

#endif

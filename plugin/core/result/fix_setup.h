/* fix_setup.h
 * Who ended the setup of a connection, and what is told of that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_FIX_SETUP_H
#define HR_CORE_RESULT_FIX_SETUP_H

#include "core/result/items.h"
#include "core/result/told.h"

/** Tells whom to ask, where all setups of @fix failed alike; false where they did not, or nobody
 * knows. The server refused nothing where the client did not like what it was shown. */
bool hr_append_who_ended_setup(const hr_told *told, const hr_fix *fix);

/** Whether nothing was encrypted in them that could tell more. */
bool hr_fix_needs_no_keys(const hr_fix *fix);

#endif

/* meanings.h
 * What the tokens of reasons and causes mean, in one sentence each: for the manual and for whoever
 * explains a verdict to a person.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_MEANINGS_H
#define HR_CORE_MODEL_MEANINGS_H

#include "core/model/types.h"

/** Why a connection was opened; NULL for HR_WHY_NONE. */
const char *hr_why_meaning(hr_why why);

/** Why a connection ended; NULL for HR_CLOSE_NONE. */
const char *hr_close_cause_meaning(hr_close_cause cause);

#endif

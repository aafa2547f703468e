/* quic_words.h
 * What is said of QUIC alone: that a server knew nothing of a connection any more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_QUIC_WORDS_H
#define HR_CORE_RESULT_QUIC_WORDS_H

#include "core/result/items.h"
#include "core/result/told.h"

/** Appends what to do about stateless resets; false: it was not these that ended all of @fix. */
bool hr_append_forgotten(const hr_told *told, const hr_fix *fix);

/** What else may have left packets unanswered, of QUIC alone; NULL: nothing. */
const char *hr_fix_unheard_over_quic(const hr_fix *fix);

#endif

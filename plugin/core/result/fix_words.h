/* fix_words.h
 * What an item says: what happened and how sure it is, who has to change what, and what else it may
 * be. An inference is never told as a fact, and advice in the words of a program stands under the
 * condition that it is this program.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_FIX_WORDS_H
#define HR_CORE_RESULT_FIX_WORDS_H

#include "core/result/change_words.h"
#include "core/result/items.h"
#include "core/result/told.h"

/** The words of what @fix asks for: mostly those of its change. */
const hr_change_words *hr_fix_row(const hr_fix *fix);

/** Appends "10 connections closed by the client with an answer left unread (likely)". */
void hr_fix_append_happened(GString *text, const hr_fix *fix);

/** Appends whole sentences: who has to change what. */
void hr_fix_append_advice(const hr_told *told, const hr_fix *fix);

/** Appends the other explanations, parted by "; ", without a full stop; may append nothing. */
void hr_fix_append_others(GString *text, const hr_fix *fix);

#endif

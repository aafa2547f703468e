/* check.h
 * A gate for a CI: bounds that the totals of a capture have to keep.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_CHECK_H
#define HR_CORE_RESULT_CHECK_H

#include "core/result/analysis.h"

typedef struct hr_check hr_check;

/**
 * Parses "reuse_ratio>=0.8,avoidable<=2,missed_reuse=0": names of totals or findings, each with
 * one of >= <= = > < and a number. Returns the check, to be freed with hr_check_free(), or NULL and
 * in @error what is wrong: a sentence to be freed with g_free().
 */
hr_check *hr_check_parse(const char *text, char **error);
void hr_check_free(hr_check *check);

/** The names of the totals, parted by ", "; findings are named by their tokens. */
void hr_check_append_names(GString *text);

/**
 * The bounds that @totals break, as an array of sentences ("reuse_ratio is 0.125, not >=0.8"), in
 * the order in which they were asked for; free it with g_ptr_array_free(). What is not known keeps
 * no bound.
 */
GPtrArray *hr_check_breaches(const hr_check *check, const hr_totals *totals);

#endif

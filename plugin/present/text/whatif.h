/* whatif.h
 * The totals of a capture under changes, for a person.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TEXT_WHATIF_H
#define HR_PRESENT_TEXT_WHATIF_H

#include "core/result/analysis.h"

#include <stdio.h>

/** Writes to @out what @changes, which the user spelled @words, would bring. */
void hr_text_write_whatif(FILE *out, const hr_analysis *analysis, const char *words,
                          const hr_whatif *changes);

#endif

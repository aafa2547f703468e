/* text.h
 * The report for a person: what `-z http_reuse,report` and `-X http_reuse:report` print.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TEXT_TEXT_H
#define HR_PRESENT_TEXT_TEXT_H

#include "core/model/model.h"
#include "core/result/analysis.h"

#include <stdio.h>

/**
 * Writes the report of @analysis, made of @model, to @out: totals, what to fix first, origins,
 * notes, connections. The lists are shortened, so that the report of a huge capture stays
 * readable and takes time linear in connections and findings. A write error shows in
 * ferror(@out); nothing is flushed or closed here.
 */
void hr_text_write(FILE *out, const hr_model *model, const hr_analysis *analysis);

#endif

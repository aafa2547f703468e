/* table.h
 * What the page shows where no script may run: the connections as a plain table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_HTML_TABLE_H
#define HR_PRESENT_HTML_TABLE_H

#include <stdio.h>

#include "core/model/model.h"
#include "core/result/analysis.h"

/** Writes a table of the first connections as HTML, with a caption that names the capture and
 * counts them all. */
void hr_html_write_table(FILE *out, const hr_model *model, const hr_analysis *analysis);

#endif

/* records.h
 * The data of the page: the records of the NDJSON, without what is absent, as text that is safe
 * within an HTML script element.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_HTML_RECORDS_H
#define HR_PRESENT_HTML_RECORDS_H

#include <stdio.h>

#include "core/model/model.h"
#include "core/result/analysis.h"

/**
 * Writes a record a line: the capture first, then the origins, what to change, connections,
 * findings and requests. Of many connections the first, of a connection's requests the first, of
 * findings those that ask for attention or name what may be HTTP.
 */
void hr_html_write_records(FILE *out, const hr_model *model, const hr_analysis *analysis);

#endif

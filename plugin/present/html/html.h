/* html.h
 * One page for a browser, with all that it needs inside: what `-X http_reuse:html` writes. Its
 * data are the records of the NDJSON, and its sources (page/) are ordinary HTML, CSS and JS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_HTML_HTML_H
#define HR_PRESENT_HTML_HTML_H

#include <stdio.h>

#include "core/model/model.h"
#include "core/result/analysis.h"

/**
 * Writes the page of @analysis, made of @model, to @out. It holds the first connections and
 * requests only (records.h), so that a browser can bear it, and says so. A write error shows in
 * ferror(@out); nothing is flushed or closed here.
 */
void hr_html_write(FILE *out, const hr_model *model, const hr_analysis *analysis);

#endif

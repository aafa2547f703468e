/* har.h
 * The requests as an HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/), which
 * browsers' developer tools and other viewers open: what `-X http_reuse:har` writes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_HAR_HAR_H
#define HR_PRESENT_HAR_HAR_H

#include <stdio.h>

#include "core/model/model.h"
#include "core/result/analysis.h"

/**
 * Writes an entry for each request, in the order of their frames, with its connection and timings.
 * Takes linear time and constant memory. A write error shows in ferror(@out) and ends it early;
 * nothing is flushed or closed here.
 */
void hr_har_write(FILE *out, const hr_model *model, const hr_analysis *analysis);

#endif

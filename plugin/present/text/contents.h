/* contents.h
 * The sections of the text report in their order, one file each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TEXT_CONTENTS_H
#define HR_PRESENT_TEXT_CONTENTS_H

#include "present/text/section.h"

/** capture.c: what the capture is; then, below its totals, from which points it was taken. */
void hr_text_write_capture(const hr_text_report *report);
void hr_text_write_points(const hr_text_report *report);

/** totals.c: what the capture has in all. It begins with the capture. */
void hr_text_write_totals(const hr_text_report *report);

/** origins.c: a table row per pool key. */
void hr_text_write_origins(const hr_text_report *report);

/** fixes.c: warnings and errors by what they cost. */
void hr_text_write_fixes(const hr_text_report *report);

/** nothing.c: why there are none of these. */
void hr_text_write_nothing(const hr_text_report *report);

/** notes.c: the findings that are no warning, with their counts. */
void hr_text_write_notes(const hr_text_report *report);

/** connections.c: a block per connection. */
void hr_text_write_connections(const hr_text_report *report);

#endif

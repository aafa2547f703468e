/* evidence.h
 * What the capture shows of an item of "What to fix first", beside what happened and what to change.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TEXT_EVIDENCE_H
#define HR_PRESENT_TEXT_EVIDENCE_H

#include "core/result/items.h"
#include "present/text/section.h"

enum {
    HR_TEXT_ITEM_INDENT = 4
};

/** Begins a line of an item with @label; ends it, and writes it. */
void hr_text_begin_detail(const hr_text_report *report, const char *label);
void hr_text_end_detail(const hr_text_report *report);

/** A line for each fact of @fix. */
void hr_text_write_evidence(const hr_text_report *report, const hr_fix *fix);

#endif

/* section.h
 * What all sections of the text report share: the report that is being written, its headings,
 * and how the ends of a connection are called.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TEXT_SECTION_H
#define HR_PRESENT_TEXT_SECTION_H

#include "core/model/model.h"
#include "core/result/analysis.h"
#include "present/text/line.h"

/** A report being written. line is empty between two lines. */
typedef struct {
    FILE *out;
    GString *line;
    const hr_model *model;
    const hr_analysis *analysis;
} hr_text_report;

enum {
    HR_TEXT_LABEL_COLUMN = 14 /* of what the capture has in all, a line for each */
};

/** Begins such a line with @label; ends it, and writes it. */
void hr_text_begin_total(const hr_text_report *report, const char *label);
void hr_text_end_total(const hr_text_report *report);

/** Writes an empty line, @title and its underline. */
void hr_text_write_heading(const hr_text_report *report, const char *title);

/** Appends "address:port", an IPv6 address in brackets; without a port where it is 0. */
void hr_text_endpoint(GString *line, const hr_endpoint *endpoint);

/**
 * Appends "scheme://name (address:port)"; without the parentheses where the name says the same
 * or is not known.
 */
void hr_text_server(GString *line, const char *scheme, const char *name,
                    const hr_endpoint *endpoint);

/** "the client", "the server", "both sides", or NULL where nobody is known. */
const char *hr_text_side(hr_side side);

#endif

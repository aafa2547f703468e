/* text.c
 * The report for a person, section by section. It repeats what the analysis found and judges
 * nothing; facts that are not known are "unknown" or "-".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/text.h"

#include "present/text/contents.h"

/* A client or server was asked for, and there is none: the head says so. */
static bool is_of_nobody(const hr_analysis *analysis)
{
    return hr_analysis_selected(analysis) != NULL && hr_analysis_connection_count(analysis) == 0;
}

static void write_sections(const hr_text_report *report)
{
    hr_text_write_fixes(report);
    hr_text_write_notes(report);
    hr_text_write_origins(report);
    hr_text_write_connections(report);
}

void hr_text_write(FILE *out, const hr_model *model, const hr_analysis *analysis)
{
    hr_text_report report = {out, g_string_new(NULL), model, analysis};

    g_string_append(report.line, "HTTP connection reuse\n=====================");
    hr_text_write_line(out, report.line);
    hr_text_write_totals(&report);
    if (!is_of_nobody(analysis)) {
        write_sections(&report);
    }
    g_string_free(report.line, TRUE);
}

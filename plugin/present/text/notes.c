/* notes.c
 * The notes in the text report: findings of that severity, counted by code.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/contents.h"

enum {
    TOKEN_COLUMN = 8,
    TEXT_COLUMN = 30,
};

/* Whether an item has said it, with all that it may be. */
static bool is_in_item(const hr_text_report *report, hr_finding_code code)
{
    for (size_t i = 0; i < hr_analysis_item_count(report->analysis); i++) {
        if (hr_finding_set_has(hr_analysis_item(report->analysis, i)->codes, code)) {
            return true;
        }
    }
    return false;
}

static void write_note(const hr_text_report *report, hr_finding_code code, uint32_t count)
{
    const hr_finding_kind *kind = hr_finding_kind_of(code);

    g_string_append_printf(report->line, "%6u", count);
    hr_text_pad(report->line, TOKEN_COLUMN);
    g_string_append(report->line, kind->token);
    hr_text_pad(report->line, TEXT_COLUMN);
    g_string_append(report->line, kind->sentence);
    if (code == HR_FINDING_CLOSED_AFTER_ANSWER && !is_in_item(report, code)) {
        g_string_append_printf(report->line, ". %s", kind->meaning); /* names the candidates */
    }
    hr_text_write_wrapped(report->out, report->line, TEXT_COLUMN);
}

void hr_text_write_notes(const hr_text_report *report)
{
    const hr_totals *totals = hr_analysis_totals(report->analysis);
    bool is_first = true;

    for (unsigned code = 0; code < HR_FINDING_COUNT; code++) {
        if (code == HR_FINDING_SUMMARY || totals->findings[code] == 0 ||
            hr_finding_kind_of((hr_finding_code)code)->severity != HR_SEVERITY_NOTE) {
            continue;
        }
        if (is_first) {
            hr_text_write_heading(report, "Notes (filter: http_reuse.finding.NAME)");
        }
        is_first = false;
        write_note(report, (hr_finding_code)code, totals->findings[code]);
    }
}

/* evidence.c
 * The facts of an item that its first line has no room for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/evidence.h"

#include <string.h>

#include "core/result/item_times.h"

void hr_text_begin_detail(const hr_text_report *report, const char *label)
{
    hr_text_pad(report->line, HR_TEXT_ITEM_INDENT);
    g_string_append(report->line, label);
}

void hr_text_end_detail(const hr_text_report *report)
{
    hr_text_write_wrapped(report->out, report->line, HR_TEXT_ITEM_INDENT + 2);
}

/* ---- how long connections rested, and lived ---- */

/* "5.004 s to 5.006 s until the close"; one time where both are written alike. */
static void append_span(GString *line, const hr_span *times, const char *until)
{
    if (times->count == 0) {
        return;
    }
    GString *most = g_string_new(NULL);
    hr_text_duration(most, times->most_ns, "-");
    g_string_append(line, line->str[line->len - 1] == ' ' ? "" : ", ");
    const size_t begin = line->len;
    hr_text_duration(line, times->least_ns, "-");
    if (strcmp(line->str + begin, most->str) != 0) {
        g_string_append_printf(line, " to %s", most->str);
    }
    g_string_append(line, until);
    g_string_free(most, TRUE);
}

static void write_times(const hr_text_report *report, const char *label, const hr_span *times,
                        const char *const until[], size_t count)
{
    bool is_any = false;

    for (size_t i = 0; i < count; i++) {
        is_any |= times[i].count > 0;
    }
    if (!is_any) {
        return;
    }
    hr_text_begin_detail(report, label);
    for (size_t i = 0; i < count; i++) {
        append_span(report->line, &times[i], until[i]);
    }
    hr_text_end_detail(report);
}

static void write_idle_times(const hr_text_report *report, const hr_fix_times *times)
{
    static const char *const until[] = {" until the close", " until the request",
                                        " until the next connection"};
    const hr_span spans[] = {times->closed, times->asked, times->opened};

    write_times(report, "Idle: ", spans, until, G_N_ELEMENTS(until));
}

static void write_ages(const hr_text_report *report, const hr_fix_times *times)
{
    static const char *const until[] = {" from the opening to the close"};

    write_times(report, "Age: ", &times->age, until, G_N_ELEMENTS(until));
}

/* ---- all of them ---- */

void hr_text_write_evidence(const hr_text_report *report, const hr_fix *fix)
{
    GString *line = report->line;
    const hr_connection *connection = hr_fix_example(fix);
    const bool is_in_all = fix->change == HR_CHANGE_KEEP_MORE_IN_ALL;
    const bool is_unanswered =
        fix->change == HR_CHANGE_EXPIRE_SOONER || fix->change == HR_CHANGE_MEND_SERVER;
    const hr_fix_times times = hr_fix_times_of(fix);

    write_idle_times(report, &times);
    write_ages(report, &times);
    if (fix->change == HR_CHANGE_SHARE_POOL &&
        hr_connection_opening(connection)->connection != NULL) {
        hr_text_begin_detail(report, "For example: connection ");
        g_string_append_printf(line, "#%u was idle when #%u was opened in frame %u",
                               hr_connection_opening(connection)->connection->id, connection->id,
                               connection->opened.frame);
        hr_text_end_detail(report);
    }
    if ((fix->change == HR_CHANGE_KEEP_MORE_IDLE || is_in_all) && fix->limit_max > 0) {
        hr_text_begin_detail(report, "The pool seems to keep ");
        if (fix->limit_min != fix->limit_max) {
            g_string_append_printf(line, "%u to ", fix->limit_min);
        }
        hr_text_count(line, fix->limit_max, is_in_all ? "connection" : "idle connection");
        g_string_append(line, is_in_all ? " in all" : "");
        hr_text_end_detail(report);
    }
    if (is_unanswered && connection->ending.seldom->retry != NULL) {
        hr_text_begin_detail(report, "Sent again: ");
        g_string_append_printf(line, "for example in frame %u on connection #%u",
                               hr_request_frame(connection->ending.seldom->retry),
                               connection->ending.seldom->retry->connection->id);
        hr_text_end_detail(report);
    }
    if (fix->refused > 0) {
        hr_text_begin_detail(report, "Refused meanwhile: ");
        hr_text_count(line, fix->refused, "connection");
        g_string_append_printf(line, " (the first in frame %u)", fix->refused_frame);
        hr_text_end_detail(report);
    }
    if (fix->passed_on > 0) {
        hr_text_begin_detail(report, "The proxy passed on: ");
        hr_text_count(line, fix->passed_on, "failure");
        g_string_append_printf(line,
                               " to its own clients (the first in frame %u)%s; not counted again",
                               fix->passed_on_frame, fix->is_passed_on_likely ? ", likely" : "");
        hr_text_end_detail(report);
    }
    if (is_unanswered && fix->not_idempotent > 0) {
        hr_text_begin_detail(report, "Not safe to send again by itself: ");
        hr_text_count(line, fix->not_idempotent, "request");
        g_string_append(line, " (the method is not idempotent)");
        hr_text_end_detail(report);
    }
}

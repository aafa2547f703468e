/* evidence.c
 * The facts of an item that its first line has no room for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/evidence.h"

#include <string.h>

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

/* Of several times the shortest and the longest; count: of how many. */
typedef struct {
    int64_t least_ns;
    int64_t most_ns;
    guint count;
} span;

static void take_in(span *times, int64_t ns)
{
    if (ns == HR_TIME_NONE) {
        return;
    }
    times->least_ns = times->count == 0 ? ns : MIN(times->least_ns, ns);
    times->most_ns = times->count == 0 ? ns : MAX(times->most_ns, ns);
    times->count++;
}

/* "5.004 s to 5.006 s until the close"; one time where both are written alike. */
static void append_span(GString *line, const span *times, const char *until)
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

/* From when the one that it replaces became idle until it was opened: what a timeout has to outlast
 * for it not to be needed. */
static int64_t pause_before_ns(const hr_connection *connection)
{
    const hr_connection *before = connection->replaces;

    const bool is_known = before != NULL && before->ending.after_idle_ns != HR_TIME_NONE;
    const int64_t closed_ns =
        is_known ? hr_moment_elapsed_ns(before->ending.at, connection->opened) : HR_TIME_NONE;

    if (closed_ns == HR_TIME_NONE) {
        return HR_TIME_NONE;
    }
    return before->ending.after_idle_ns + closed_ns;
}

/* The request that died on it: it may have been sent long after the close. */
static int64_t idle_before_request_ns(const hr_connection *connection)
{
    const hr_request *last = connection->last_request;

    return last != NULL && !last->is_done ? last->idle_ns : HR_TIME_NONE;
}

/* Closed by a timeout, or by who gave no reason, and not always right after an answer: it may be
 * one. */
static bool may_be_timeouts(const hr_fix *fix)
{
    return fix->change == HR_CHANGE_LENGTHEN_SERVER_IDLE ||
           fix->change == HR_CHANGE_LENGTHEN_CLIENT_IDLE ||
           ((fix->change == HR_CHANGE_KEEP_CLIENT || fix->change == HR_CHANGE_KEEP_OPEN) &&
            fix->after_answer < fix->connections->len);
}

static void write_times(const hr_text_report *report, const char *label, const span *times,
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

/* Which timeout it is, and how long pauses are, is what has to be known to set either. */
static void write_idle_times(const hr_text_report *report, const hr_fix *fix)
{
    enum {
        CLOSED,
        ASKED,
        OPENED,
        COUNT
    };
    static const char *const until[COUNT] = {
        [CLOSED] = " until the close",
        [ASKED] = " until the request",
        [OPENED] = " until the next connection",
    };
    const bool is_lost_request =
        fix->change == HR_CHANGE_EXPIRE_SOONER || fix->change == HR_CHANGE_OUTLAST_DEVICE;
    span times[COUNT] = {{0}};

    if (!is_lost_request && !may_be_timeouts(fix)) {
        return;
    }
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        take_in(&times[CLOSED], connection->ending.after_idle_ns);
        take_in(&times[ASKED], is_lost_request ? idle_before_request_ns(connection) : HR_TIME_NONE);
    }
    for (guint i = 0; i < fix->avoidable->len && times[CLOSED].count > 0; i++) {
        take_in(&times[OPENED],
                is_lost_request ? HR_TIME_NONE : pause_before_ns(fix->avoidable->pdata[i]));
    }
    write_times(report, "Idle: ", times, until, COUNT);
}

static void write_ages(const hr_text_report *report, const hr_fix *fix)
{
    static const char *const until[] = {" from the opening to the close"};
    span ages = {0};

    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_ending *ending = &((const hr_connection *)fix->connections->pdata[i])->ending;
        take_in(&ages, ending->cause == HR_CLOSE_MAX_AGE ? ending->seldom->age_ns : HR_TIME_NONE);
    }
    write_times(report, "Age: ", &ages, until, G_N_ELEMENTS(until));
}

/* ---- all of them ---- */

void hr_text_write_evidence(const hr_text_report *report, const hr_fix *fix)
{
    GString *line = report->line;
    const hr_connection *connection = hr_fix_example(fix);
    const bool is_in_all = fix->change == HR_CHANGE_KEEP_MORE_IN_ALL;
    const bool is_unanswered =
        fix->change == HR_CHANGE_EXPIRE_SOONER || fix->change == HR_CHANGE_MEND_SERVER;

    write_idle_times(report, fix);
    write_ages(report, fix);
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

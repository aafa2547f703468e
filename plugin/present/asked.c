/* asked.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/asked.h"

#include "compat.h"

#include <epan/ex-opt.h>
#include <epan/stat_tap_ui.h>
#include <stdlib.h>
#include <string.h>
#include <wsutil/report_message.h>

#include "present/output/command_line.h"
#include "present/output/complaint.h"

#define STATISTIC "http_reuse,report"

static GPtrArray *outputs;
static GArray *checks;
static GArray *traces;
static void (*call_once)(void);

static void make_lists(void)
{
    if (outputs == NULL) {
        outputs = g_ptr_array_new();
        checks = g_array_new(FALSE, FALSE, sizeof(hr_asked_check));
        traces = g_array_new(FALSE, FALSE, sizeof(hr_asked_trace));
    }
}

static void begin_once(void)
{
    if (call_once != NULL) {
        call_once();
        call_once = NULL;
    }
}

void hr_asked_complain(const char *option, const char *reason)
{
    char *line = hr_complaint(option, reason);

    report_failure("%s", line);
    g_free(line);
}

bool hr_asked_refuse(const char *option, char *reason)
{
    hr_asked_complain(option, reason);
    g_free(reason);
    if (hr_is_tshark()) {
        exit(EXIT_FAILURE);
    }
    return false;
}

/* @file is as the user spelled it, NULL for the report that names none: that one may follow the
 * packets, as statistics do. */
static char *conflict_on_stdout(const hr_command_line *line, const char *file)
{
    if (file != NULL && !line->is_quiet) {
        return g_strdup("tshark prints packets to standard output; add -q");
    }
    if (file != NULL && line->print_option != NULL) {
        return g_strdup_printf("%s prints packets to standard output", line->print_option);
    }
    if (g_strcmp0(line->write_file, "-") == 0) {
        return g_strdup("-w - writes to standard output");
    }
    return NULL;
}

static char *conflict_on_files(const hr_command_line *line, const hr_output *output)
{
    if (line->read_file != NULL && strcmp(line->read_file, "-") != 0 &&
        hr_output_goes_to(output, line->read_file)) {
        return g_strdup("that is the capture file");
    }
    if (line->write_file != NULL && strcmp(line->write_file, "-") != 0 &&
        hr_output_goes_to(output, line->write_file)) {
        return g_strdup("-w writes that file");
    }
    return NULL;
}

/* What tshark itself does with the place that @output goes to; NULL: nothing. To be freed. */
static char *conflict_with_tshark(const hr_output *output, const char *file)
{
    char *conflict = NULL;
    hr_command_line *line = hr_is_tshark() ? hr_command_line_of_process() : NULL;

    if (line != NULL) {
        conflict = hr_output_is_stdout(output) ? conflict_on_stdout(line, file)
                                               : conflict_on_files(line, output);
    }
    hr_command_line_free(line);
    return conflict;
}

static bool is_text(hr_output_format format)
{
    return format == HR_FORMAT_REPORT || format == HR_FORMAT_WHATIF;
}

/* Texts on standard output follow each other; one of them is named in no file option. */
static bool can_follow(hr_output_format format, const hr_asked_output *other)
{
    return is_text(format) && is_text(other->format) &&
           (format == HR_FORMAT_WHATIF || other->format == HR_FORMAT_WHATIF);
}

static char *conflict_with_others(hr_output_format format, const hr_output *output)
{
    for (guint i = 0; i < outputs->len; i++) {
        const hr_asked_output *other = g_ptr_array_index(outputs, i);
        if (format == HR_FORMAT_EVENTS && other->format == HR_FORMAT_EVENTS) {
            return g_strdup_printf("%s writes the log already; copy it", other->option);
        }
        if (hr_output_is_same(output, other->output) && !can_follow(format, other)) {
            return g_strdup_printf("%s goes to the same place", other->option);
        }
    }
    return NULL;
}

static bool add_output(const char *option, const hr_output_option *parsed)
{
    const hr_output_patience patience = hr_is_tshark() ? HR_OUTPUT_MAY_WAIT : HR_OUTPUT_NEVER_WAIT;
    char *error = NULL;
    hr_output *output = hr_output_new(parsed->file, patience, &error);

    if (output == NULL) {
        char *reason = g_strdup_printf("cannot write it: %s", error);
        g_free(error);
        return hr_asked_refuse(option, reason);
    }
    error = conflict_with_tshark(output, parsed->file);
    if (error == NULL) {
        error = conflict_with_others(parsed->format, output);
    }
    if (error != NULL) {
        hr_output_free(output);
        return hr_asked_refuse(option, error);
    }
    hr_asked_output *asked = g_new0(hr_asked_output, 1);
    asked->option = g_strdup(option);
    asked->format = parsed->format;
    asked->whatif = g_strdup(parsed->whatif);
    asked->changes = parsed->changes;
    asked->filter = g_strdup(parsed->filter);
    asked->output = output;
    begin_once();
    g_ptr_array_add(outputs, asked);
    return true;
}

static bool add_check(const char *option, hr_check *check)
{
    const hr_asked_check asked = {g_strdup(option), check};

    begin_once();
    g_array_append_val(checks, asked);
    return true;
}

static bool add_trace(const char *option, const char *file)
{
    const hr_asked_trace asked = {g_strdup(option), g_strdup(file)};

    g_array_append_val(traces, asked);
    return true;
}

/* Nobody who asks for help waits for a capture. */
static bool show_help(void)
{
    if (hr_is_tshark()) {
        char *text = hr_options_help();
        (void)fputs(text, stdout);
        g_free(text);
        exit(EXIT_SUCCESS);
    }
    return true;
}

static bool add_asked(const char *option, const hr_output_option *parsed)
{
    switch (parsed->format) {
    case HR_FORMAT_CHECK:
        return add_check(option, parsed->check);
    case HR_FORMAT_TRACE:
        return add_trace(option, parsed->file);
    case HR_FORMAT_HELP:
        return show_help();
    default:
        return add_output(option, parsed);
    }
}

static bool add_option(const char *text)
{
    hr_output_option parsed;
    char *option = g_strdup_printf("-X http_reuse:%s", text);
    char *error = hr_option_parse(text, &parsed);
    const bool is_good =
        error != NULL ? hr_asked_refuse(option, error) : add_asked(option, &parsed);

    hr_option_clear(&parsed);
    g_free(option);
    return is_good;
}

static bool has_report_on_stdout(void)
{
    for (guint i = 0; i < outputs->len; i++) {
        const hr_asked_output *asked = g_ptr_array_index(outputs, i);
        if (asked->format == HR_FORMAT_REPORT && hr_output_is_stdout(asked->output)) {
            return true;
        }
    }
    return false;
}

/* Called for each -z http_reuse,report with the whole argument. */
static HR_STAT_INIT_RESULT init_statistic(const char *argument, void *data)
{
    (void)data;
    if (strcmp(argument, STATISTIC) != 0) {
        char *option = g_strdup_printf("-z %s", argument);
        (void)hr_asked_refuse(option, g_strdup("nothing may follow " STATISTIC));
        g_free(option);
    } else if (!has_report_on_stdout()) {
        const hr_output_option report = {.format = HR_FORMAT_REPORT};
        (void)add_output("-z " STATISTIC, &report);
    }
    HR_STAT_INIT_RETURN;
}

const GPtrArray *hr_asked_outputs(void)
{
    make_lists();
    return outputs;
}

const GArray *hr_asked_checks(void)
{
    make_lists();
    return checks;
}

const GArray *hr_asked_traces(void)
{
    make_lists();
    return traces;
}

bool hr_asked_read(void (*begin)(void))
{
    static stat_tap_ui statistic = {
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = "HTTP Connection Reuse",
        .cli_string = STATISTIC,
        .tap_init_cb = init_statistic,
    };
    const char *text = NULL;
    bool is_good = true;

    call_once = begin;
    make_lists();
    register_stat_tap_ui(&statistic, NULL);
    for (guint i = 0; (text = ex_opt_get_nth("http_reuse", i)) != NULL; i++) {
        is_good = add_option(text) && is_good;
    }
    return is_good;
}

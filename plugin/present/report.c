/* report.c
 * When outputs are written, and what becomes of an error. tshark writes once, when its tap
 * listeners draw; then the process ends with status 1 if anything went wrong. The GUI writes
 * after each complete load, and shows errors later: a dialog in the middle of a load would let
 * the user start another one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/report.h"

#include "compat.h"

#include <epan/ex-opt.h>
#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <stdlib.h>
#include <string.h>
#include <wsutil/report_message.h>

#include "events/record.h"
#include "present/har/har.h"
#include "present/html/html.h"
#include "present/ndjson/ndjson.h"
#include "present/output/command_line.h"
#include "present/output/options.h"
#include "present/output/output.h"
#include "present/output/progress.h"
#include "present/output/unfinished.h"
#include "present/text/text.h"
#include "present/text/whatif.h"
#include "session.h"

#define STATISTIC "http_reuse,report"

typedef void (*presenter)(FILE *out, const hr_model *model, const hr_analysis *analysis);

static const presenter presenters[] = {
    [HR_FORMAT_REPORT] = hr_text_write,
    [HR_FORMAT_NDJSON] = hr_ndjson_write,
    [HR_FORMAT_HTML] = hr_html_write,
    [HR_FORMAT_HAR] = hr_har_write,
};

/* An output and the option that asked for it, as the user spelled it. */
typedef struct {
    char *option;
    hr_output_format format;
    char *whatif;      /* of HR_FORMAT_WHATIF: its changes as they were spelled */
    hr_whatif changes; /* ... and what they mean */
    hr_output *output;
    char *error;           /* what the user was not told yet, or NULL */
    const char *in_use;    /* why this load must not write it, or NULL */
    hr_recorder *recorder; /* of an event log while frames are read, else NULL */
} asked_output;

/* Bounds that were asked for. */
typedef struct {
    char *option;
    hr_check *check;
} asked_check;

static GPtrArray *outputs;
static GArray *checks; /* of asked_check */
static bool is_started;
static hr_progress *progress; /* of tshark reading a file for outputs */
static bool has_failed;       /* and tshark has to end so */

/* ---- writing ---- */

static void begin_recording(asked_output *asked, hr_model *model)
{
    FILE *stream = asked->in_use == NULL ? hr_output_begin(asked->output, &asked->error) : NULL;

    if (stream != NULL) {
        asked->recorder = hr_recorder_new(stream, model);
    }
}

static void drop_recording(asked_output *asked)
{
    if (asked->recorder != NULL) {
        hr_recorder_free(asked->recorder, false);
        asked->recorder = NULL;
        hr_output_cancel(asked->output);
    }
}

/* An event log is written while the frames come: here it ends. */
static char *end_recording(asked_output *asked, hr_model *model)
{
    char *error = NULL;

    if (hr_model_frame_count(model) == 0) {
        begin_recording(asked, model); /* no first frame came to do it */
    }
    if (asked->recorder == NULL) {
        return g_strdup(asked->error); /* why there is none; or it was written before */
    }
    hr_recorder_free(asked->recorder, true);
    asked->recorder = NULL;
    (void)hr_output_finish(asked->output, &error);
    return error;
}

static char *write_output(asked_output *asked, hr_model *model, const hr_analysis *analysis)
{
    char *error = NULL;

    if (asked->in_use != NULL) {
        drop_recording(asked);
        return NULL; /* the user knows */
    }
    if (asked->format == HR_FORMAT_EVENTS) {
        return end_recording(asked, model);
    }
    FILE *stream = hr_output_begin(asked->output, &error);
    if (stream != NULL) {
        if (asked->format == HR_FORMAT_WHATIF) {
            hr_text_write_whatif(stream, analysis, asked->whatif, &asked->changes);
        } else {
            presenters[asked->format](stream, model, analysis);
        }
        (void)hr_output_finish(asked->output, &error);
    }
    return error;
}

/* Those that were begun long ago go first: one unfinished file at a time. */
static void write_outputs_of(bool are_events, hr_model *model, const hr_analysis *analysis)
{
    for (guint i = 0; i < outputs->len; i++) {
        asked_output *asked = g_ptr_array_index(outputs, i);
        if ((asked->format == HR_FORMAT_EVENTS) == are_events) {
            char *error = write_output(asked, model, analysis);
            g_free(asked->error);
            asked->error = error;
        }
    }
}

static void write_outputs(void)
{
    if (hr_is_tshark()) {
        hr_unfinished_heed_signals(); /* the analysis of a large capture takes its time as well */
    }
    hr_model *model = hr_session_model();
    const hr_analysis *analysis = hr_session_analysis();
    if (model != NULL) {
        write_outputs_of(true, model, analysis);
        write_outputs_of(false, model, analysis);
    }
    if (hr_is_tshark()) {
        hr_unfinished_restore_signals();
    }
}

void hr_report_begin(void)
{
    hr_model *model = hr_session_model();

    for (guint i = 0; outputs != NULL && i < outputs->len; i++) {
        asked_output *asked = g_ptr_array_index(outputs, i);
        if (asked->format == HR_FORMAT_EVENTS) {
            begin_recording(asked, model);
        }
    }
}

void hr_report_end(void)
{
    for (guint i = 0; outputs != NULL && i < outputs->len; i++) {
        drop_recording(g_ptr_array_index(outputs, i));
    }
}

static void show_errors(void)
{
    for (guint i = 0; i < outputs->len; i++) {
        asked_output *asked = g_ptr_array_index(outputs, i);
        if (asked->error != NULL) {
            has_failed = true;
            report_failure("%s: cannot write it: %s", asked->option, asked->error);
            g_clear_pointer(&asked->error, g_free);
        }
    }
}

/* tshark takes no notice of errors in a draw callback, and to exit there would leave the
 * temporary file of a live capture behind. */
static void end_with_failure(void)
{
    if (has_failed) {
        (void)fflush(NULL);
        _Exit(EXIT_FAILURE);
    }
}

/* One line a breach, as late as the failures of outputs: the status of tshark says it. */
static void judge_checks(void)
{
    const hr_analysis *analysis = hr_session_analysis();

    for (guint i = 0; analysis != NULL && i < checks->len; i++) {
        const asked_check *asked = &g_array_index(checks, asked_check, i);
        GPtrArray *breaches = hr_check_breaches(asked->check, hr_analysis_totals(analysis));
        for (guint j = 0; j < breaches->len; j++) {
            has_failed = true;
            report_failure("%s: %s", asked->option, (const char *)breaches->pdata[j]);
        }
        g_ptr_array_free(breaches, TRUE);
    }
}

/* The GUI draws from a timer, also while a file is being read; tshark at the end. */
static void draw(void *data)
{
    (void)data;
    hr_progress_end(progress);
    progress = NULL;
    if (hr_is_tshark()) {
        write_outputs();
    }
    show_errors();
    if (hr_is_tshark()) {
        judge_checks(); /* after all that was written, and for a script only */
    }
}

/* Says what is wrong with @option, and takes @reason. Returns false, or not at all. */
static bool refuse(const char *option, char *reason)
{
    report_failure("%s: %s", option, reason);
    g_free(reason);
    if (hr_is_tshark()) {
        exit(EXIT_FAILURE);
    }
    return false;
}

/* Before the first packet the capture is open, with the first one also what -w writes. */
static void look_for_uses(void)
{
    for (guint i = 0; i < outputs->len; i++) {
        asked_output *asked = g_ptr_array_index(outputs, i);
        if (asked->in_use == NULL && (asked->in_use = hr_output_in_use(asked->output)) != NULL) {
            (void)refuse(asked->option, g_strdup(asked->in_use));
        }
    }
}

static bool is_first_packet;

void hr_report_file_opened(void)
{
    for (guint i = 0; outputs != NULL && i < outputs->len; i++) {
        asked_output *asked = g_ptr_array_index(outputs, i);
        asked->in_use = NULL;
    }
    is_first_packet = true;
    if (outputs != NULL) {
        look_for_uses();
    }
}

/* So that the GUI draws again after a load. */
static tap_packet_status want_draw(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                   const void *record, tap_flags_t flags)
{
    (void)data;
    (void)pinfo;
    (void)edt;
    (void)record;
    (void)flags;
    if (is_first_packet) {
        is_first_packet = false;
        look_for_uses();
    }
    return TAP_PACKET_REDRAW;
}

/* ---- registration ---- */

/* A live capture has tshark's own count of packets. */
static void show_progress(void)
{
    hr_command_line *line = hr_command_line_of_process();

    if (line != NULL && line->read_file != NULL) {
        progress = hr_progress_begin(line->read_file);
    }
    hr_command_line_free(line);
}

void hr_report_packet_read(unsigned pass, int64_t offset)
{
    hr_progress_packet(progress, pass, offset);
}

/* From the first output or check on. A tap listener also makes `tshark -q` dissect at all. */
static void start(void)
{
    if (is_started) {
        return;
    }
    is_started = true;
    GString *error = register_tap_listener("frame", &outputs, NULL, TL_REQUIRES_NOTHING, NULL,
                                           want_draw, draw, NULL);

    if (error != NULL) {
        report_failure("http_reuse: no reports: %s", error->str);
        g_string_free(error, TRUE);
    }
    if (hr_is_tshark()) {
        (void)atexit(end_with_failure);
        show_progress();
    } else {
        register_postseq_cleanup_routine(write_outputs);
    }
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
static bool can_follow(hr_output_format format, const asked_output *other)
{
    return is_text(format) && is_text(other->format) &&
           (format == HR_FORMAT_WHATIF || other->format == HR_FORMAT_WHATIF);
}

static char *conflict_with_others(hr_output_format format, const hr_output *output)
{
    for (guint i = 0; i < outputs->len; i++) {
        const asked_output *other = g_ptr_array_index(outputs, i);
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
        return refuse(option, reason);
    }
    error = conflict_with_tshark(output, parsed->file);
    if (error == NULL) {
        error = conflict_with_others(parsed->format, output);
    }
    if (error != NULL) {
        hr_output_free(output);
        return refuse(option, error);
    }
    asked_output *asked = g_new0(asked_output, 1);
    asked->option = g_strdup(option);
    asked->format = parsed->format;
    asked->whatif = g_strdup(parsed->whatif);
    asked->changes = parsed->changes;
    asked->output = output;
    start();
    g_ptr_array_add(outputs, asked);
    return true;
}

static bool add_check(const char *option, hr_check *check)
{
    const asked_check asked = {g_strdup(option), check};

    start();
    g_array_append_val(checks, asked);
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
    const bool is_good = error != NULL ? refuse(option, error) : add_asked(option, &parsed);

    g_free(option);
    return is_good;
}

static bool has_report_on_stdout(void)
{
    for (guint i = 0; i < outputs->len; i++) {
        const asked_output *asked = g_ptr_array_index(outputs, i);
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
        (void)refuse(option, g_strdup("nothing may follow " STATISTIC));
        g_free(option);
    } else if (!has_report_on_stdout()) {
        const hr_output_option report = {.format = HR_FORMAT_REPORT};
        (void)add_output("-z " STATISTIC, &report);
    }
    HR_STAT_INIT_RETURN;
}

bool hr_report_register(void)
{
    static stat_tap_ui statistic = {
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = "HTTP Connection Reuse",
        .cli_string = STATISTIC,
        .tap_init_cb = init_statistic,
    };
    const char *text = NULL;
    bool is_good = true;

    outputs = g_ptr_array_new();
    checks = g_array_new(FALSE, FALSE, sizeof(asked_check));
    register_stat_tap_ui(&statistic, NULL);
    for (guint i = 0; (text = ex_opt_get_nth("http_reuse", i)) != NULL; i++) {
        is_good = add_option(text) && is_good;
    }
    return is_good;
}

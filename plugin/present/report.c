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

#include <epan/packet.h>
#include <epan/tap.h>
#include <stdlib.h>
#include <string.h>
#include <wsutil/report_message.h>

#include "events/record.h"
#include "present/asked.h"
#include "present/har/har.h"
#include "present/html/html.h"
#include "present/ndjson/ndjson.h"
#include "present/output/command_line.h"
#include "present/output/output.h"
#include "present/output/progress.h"
#include "present/output/unfinished.h"
#include "present/source.h"
#include "present/text/text.h"
#include "present/text/whatif.h"
#include "session.h"

typedef void (*presenter)(FILE *out, const hr_model *model, const hr_analysis *analysis);

static const presenter presenters[] = {
    [HR_FORMAT_REPORT] = hr_text_write,
    [HR_FORMAT_NDJSON] = hr_ndjson_write,
    [HR_FORMAT_HTML] = hr_html_write,
    [HR_FORMAT_HAR] = hr_har_write,
};

static hr_progress *progress;     /* of tshark reading a file for outputs */
static bool has_failed;           /* and tshark has to end so */
static uint32_t forgotten_frames; /* of the file before, by a tshark that was asked for outputs */

/* ---- writing ---- */

static void begin_recording(hr_asked_output *asked, hr_model *model)
{
    FILE *stream = asked->in_use == NULL ? hr_output_begin(asked->output, &asked->error) : NULL;

    if (stream != NULL) {
        asked->recorder = hr_recorder_new(stream, model);
    }
}

static void drop_recording(hr_asked_output *asked)
{
    if (asked->recorder != NULL) {
        hr_recorder_free(asked->recorder, false);
        asked->recorder = NULL;
        hr_output_cancel(asked->output);
    }
}

/* An event log is written while the frames come: here it ends. */
static char *end_recording(hr_asked_output *asked, hr_model *model)
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

static void present(const hr_asked_output *asked, FILE *stream, const hr_model *model,
                    const hr_analysis *analysis)
{
    hr_analysis *part = asked->filter != NULL ? hr_analysis_select(analysis, asked->filter) : NULL;

    presenters[asked->format](stream, model, part != NULL ? part : analysis);
    hr_analysis_free(part);
}

static char *write_output(hr_asked_output *asked, hr_model *model, const hr_analysis *analysis)
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
            present(asked, stream, model, analysis);
        }
        (void)hr_output_finish(asked->output, &error);
    }
    return error;
}

/* Those that were begun long ago go first: one unfinished file at a time. */
static void write_outputs_of(bool are_events, hr_model *model, const hr_analysis *analysis)
{
    const GPtrArray *outputs = hr_asked_outputs();

    for (guint i = 0; i < outputs->len; i++) {
        hr_asked_output *asked = g_ptr_array_index(outputs, i);
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
        hr_source_tell(model);
        write_outputs_of(true, model, analysis);
        write_outputs_of(false, model, analysis);
    }
    if (hr_is_tshark()) {
        hr_unfinished_restore_signals();
    }
}

void hr_report_begin(void)
{
    const GPtrArray *outputs = hr_asked_outputs();
    hr_model *model = hr_session_model();

    hr_source_tell(model);
    for (guint i = 0; i < outputs->len; i++) {
        hr_asked_output *asked = g_ptr_array_index(outputs, i);
        if (asked->format == HR_FORMAT_EVENTS) {
            begin_recording(asked, model);
        }
    }
}

void hr_report_end(void)
{
    const GPtrArray *outputs = hr_asked_outputs();

    for (guint i = 0; i < outputs->len; i++) {
        drop_recording(g_ptr_array_index(outputs, i));
    }
    if (hr_is_tshark() && outputs->len + hr_asked_checks()->len > 0 && hr_session_model() != NULL) {
        forgotten_frames = hr_model_frame_count(hr_session_model());
    }
}

static void show_errors(void)
{
    const GPtrArray *outputs = hr_asked_outputs();

    for (guint i = 0; i < outputs->len; i++) {
        hr_asked_output *asked = g_ptr_array_index(outputs, i);
        if (asked->error != NULL) {
            has_failed = true;
            char *reason = g_strconcat("cannot write it: ", asked->error, NULL);
            hr_asked_complain(asked->option, reason);
            g_free(reason);
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
    const GArray *checks = hr_asked_checks();
    const hr_analysis *analysis = hr_session_analysis();

    for (guint i = 0; analysis != NULL && i < checks->len; i++) {
        const hr_asked_check *asked = &g_array_index(checks, hr_asked_check, i);
        GPtrArray *breaches = hr_check_breaches(asked->check, hr_analysis_totals(analysis));
        for (guint j = 0; j < breaches->len; j++) {
            has_failed = true;
            hr_asked_complain(asked->option, breaches->pdata[j]);
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

/* Before the first packet the capture is open, with the first one also what -w writes. */
static void look_for_uses(void)
{
    const GPtrArray *outputs = hr_asked_outputs();

    for (guint i = 0; i < outputs->len; i++) {
        hr_asked_output *asked = g_ptr_array_index(outputs, i);
        if (asked->in_use == NULL && (asked->in_use = hr_output_in_use(asked->output)) != NULL) {
            (void)hr_asked_refuse(asked->option, g_strdup(asked->in_use));
        }
    }
}

/* tshark -M, and a ring of files that are captured, begin anew: who counts on the whole is told. */
static void tell_what_is_forgotten(void)
{
    if (forgotten_frames > 0 && !has_failed) {
        has_failed = true;
        report_failure("http_reuse: tshark began anew after %u packets (-M, or the next file of a"
                       " ring): outputs and checks are of the last part only",
                       forgotten_frames);
    }
}

/* Who reads "no HTTP in this capture", or passes a gate, shall know that nobody looked. */
static void refuse_without_packets(void)
{
    static const char *const reason = "the protocol http_reuse is disabled";
    const GPtrArray *outputs = hr_asked_outputs();
    const GArray *checks = hr_asked_checks();

    for (guint i = 0; i < outputs->len; i++) {
        hr_asked_output *asked = g_ptr_array_index(outputs, i);
        asked->in_use = reason;
        (void)hr_asked_refuse(asked->option, g_strdup(reason));
    }
    for (guint i = 0; i < checks->len; i++) {
        (void)hr_asked_refuse(g_array_index(checks, hr_asked_check, i).option, g_strdup(reason));
    }
}

static bool is_first_packet;

void hr_report_file_opened(void)
{
    const GPtrArray *outputs = hr_asked_outputs();

    for (guint i = 0; i < outputs->len; i++) {
        hr_asked_output *asked = g_ptr_array_index(outputs, i);
        asked->in_use = NULL;
    }
    is_first_packet = true;
    if (!hr_session_sees_packets()) {
        refuse_without_packets();
    }
    look_for_uses();
    tell_what_is_forgotten();
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
        progress = hr_progress_begin("http_reuse", (char *[]){line->read_file, NULL});
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
    GString *error = register_tap_listener("frame", &is_first_packet, NULL, TL_REQUIRES_NOTHING,
                                           NULL, want_draw, draw, NULL);

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

bool hr_report_register(void)
{
    return hr_asked_read(start);
}

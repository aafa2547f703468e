/* judge.c
 * http_reuse_judge: event logs in, reports out. What tshark with the plugin says about one
 * capture it says about the logs of many, as if they had been one; it dissects nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <signal.h>
#include <stdlib.h>

#include "core/result/analysis.h"
#include "events/playback.h"
#include "present/ndjson/ndjson.h"
#include "present/output/output.h"
#include "present/text/text.h"

typedef void (*presenter)(FILE *out, const hr_model *model, const hr_analysis *analysis);

static char *report_file;
static char *ndjson_file;
static char **log_files;

static const GOptionEntry options[] = {
    {"report", 0, 0, G_OPTION_ARG_FILENAME, &report_file, "Write the report; - is standard output",
     "FILE"},
    {"ndjson", 0, 0, G_OPTION_ARG_FILENAME, &ndjson_file, "Write the records, an object a line",
     "FILE"},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &log_files, NULL, "LOG..."},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static void complain(const char *what, const char *reason)
{
    g_printerr("http_reuse_judge: %s: %s\n", what, reason);
}

static bool write_output(const char *file, presenter present, const hr_model *model,
                         const hr_analysis *analysis)
{
    char *error = NULL;
    hr_output *output = hr_output_new(file, HR_OUTPUT_MAY_WAIT, &error);
    FILE *stream = output != NULL ? hr_output_begin(output, &error) : NULL;

    if (stream != NULL) {
        present(stream, model, analysis);
        (void)hr_output_finish(output, &error);
    }
    hr_output_free(output);
    if (error != NULL) {
        complain(file, error);
        g_free(error);
        return false;
    }
    return true;
}

static bool judge(hr_model *model)
{
    hr_analysis *analysis = hr_analyse(model);
    bool is_good = true;

    if (report_file != NULL) {
        is_good = write_output(report_file, hr_text_write, model, analysis);
    }
    if (ndjson_file != NULL) {
        is_good = write_output(ndjson_file, hr_ndjson_write, model, analysis) && is_good;
    }
    hr_analysis_free(analysis);
    return is_good;
}

static bool run(void)
{
    char *error = NULL;
    hr_log *log = hr_log_open(log_files[0], &error);

    if (log == NULL) {
        complain(log_files[0], error);
        g_free(error);
        return false;
    }
    hr_model *model = hr_model_new(&log->settings);
    hr_model_set_dissector(model, log->dissector);
    bool is_good = hr_playback_all(log, model);
    if (!is_good) {
        complain(log_files[0], "it is damaged");
    }
    is_good = is_good && judge(model);
    hr_model_free(model);
    hr_log_free(log);
    return is_good;
}

int main(int argc, char **argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    GError *error = NULL;

    (void)signal(SIGPIPE, SIG_IGN); /* so that a broken pipe is an error of the output */
    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        complain("usage", error->message);
        return EXIT_FAILURE;
    }
    if (log_files == NULL || (report_file == NULL && ndjson_file == NULL)) {
        complain("usage", "http_reuse_judge [--report FILE] [--ndjson FILE] LOG...");
        return EXIT_FAILURE;
    }
    return run() ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* judge.c
 * http_reuse_judge: event logs in, reports out. What tshark with the plugin says about one
 * capture it says about the logs of many, as if they had been one; it dissects nothing.
 *
 * With --check it only says which of them cannot be used.
 *
 * Exit status: 0; 1 without a report; 2 where something is missing in it, which is named.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/result/analysis.h"
#include "many/memory.h"
#include "many/sources.h"
#include "present/ndjson/ndjson.h"
#include "present/output/complaint.h"
#include "present/output/output.h"
#include "present/text/text.h"

enum {
    EXIT_INCOMPLETE = 2,
    MEMORY_PER_BYTE = 5, /* that a judgement takes for each byte of its logs, about */
};

typedef void (*presenter)(FILE *out, const hr_model *model, const hr_analysis *analysis);

static char *report_file;
static char *ndjson_file;
static gboolean is_one_network;
static gboolean is_check;
static char **log_files;

static const GOptionEntry options[] = {
    {"report", 0, 0, G_OPTION_ARG_FILENAME, &report_file, "Write the report; - is standard output",
     "FILE"},
    {"ndjson", 0, 0, G_OPTION_ARG_FILENAME, &ndjson_file, "Write the records, an object a line",
     "FILE"},
    {"one-network", 0, 0, G_OPTION_ARG_NONE, &is_one_network,
     "Addresses mean the same under every label", NULL},
    {"check", 0, 0, G_OPTION_ARG_NONE, &is_check, "Only name what cannot be used", NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &log_files, NULL,
     "[LABEL=]LOG|FOLDER..."},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static hr_sources *sources;
static hr_model *model;
static hr_analysis *analysis;

static void complain(const char *what, const char *reason)
{
    char *line = hr_complaint(what, reason);

    g_printerr("http_reuse_judge: %s\n", line);
    g_free(line);
}

static bool write_output(const char *file, presenter present)
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

static const hr_places *places; /* of the frames, where they are of more than one capture */

static void write_records(FILE *out, const hr_model *of, const hr_analysis *judged)
{
    hr_ndjson_write_many(out, of, judged, places);
}

static bool judge(void)
{
    bool is_good = true;

    analysis = hr_analyse(model);

    if (report_file != NULL) {
        is_good = write_output(report_file, hr_text_write);
    }
    if (ndjson_file != NULL) {
        is_good = write_output(ndjson_file, write_records) && is_good;
    }
    return is_good;
}

static bool is_incomplete;

static void complain_of_source(const char *path, const char *reason)
{
    is_incomplete = true;
    complain(path, reason);
}

/* LABEL=PATH, where no file has that very name. */
static void add_source(const char *argument)
{
    const char *equals = strchr(argument, '=');

    if (equals == NULL || g_file_test(argument, G_FILE_TEST_EXISTS)) {
        hr_sources_add(sources, argument, NULL, false);
        return;
    }
    char *label = g_strndup(argument, (gsize)(equals - argument));
    hr_sources_add(sources, equals + 1, label, !is_one_network);
    g_free(label);
}

static int run(void)
{
    int status = EXIT_FAILURE;

    sources = hr_sources_new(complain_of_source, ndjson_file != NULL);
    for (guint i = 0; log_files[i] != NULL; i++) {
        add_source(log_files[i]);
    }
    if (is_check) {
        hr_sources_check(sources);
        status = is_incomplete ? EXIT_INCOMPLETE : EXIT_SUCCESS;
    } else if (hr_sources_count(sources) > 0) {
        hr_memory_expect(MEMORY_PER_BYTE * hr_sources_size(sources));
        const bool is_told = hr_sources_tell(sources, &model);
        places = hr_sources_places(sources);
        /* A log of lies is no log: alone it gives no report. */
        if ((is_told || hr_sources_count(sources) > 1) && judge()) {
            status = is_incomplete ? EXIT_INCOMPLETE : EXIT_SUCCESS;
        }
    }
    hr_sources_free(sources);
    return status; /* the model ends with the process, and not piece by piece before it */
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
    if (log_files == NULL || (report_file == NULL && ndjson_file == NULL && !is_check)) {
        complain("usage", "http_reuse_judge [--report FILE] [--ndjson FILE] [--check] "
                          "[LABEL=]LOG|FOLDER...");
        return EXIT_FAILURE;
    }
    return run();
}

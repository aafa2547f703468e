/* options.c
 * The words of `-X http_reuse:` in one table. Whether a file can be written is known to
 * output.c, and how options fit together to report.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/output/options.h"

#include <string.h>

typedef struct {
    const char *word;
    hr_output_format format;
    bool needs_file;
} option_word;

static const option_word words[] = {
    {"report", HR_FORMAT_REPORT, false}, {"ndjson", HR_FORMAT_NDJSON, true},
    {"html", HR_FORMAT_HTML, true},      {"har", HR_FORMAT_HAR, true},
    {"whatif", HR_FORMAT_WHATIF, false}, {"events", HR_FORMAT_EVENTS, true},
    {"trace", HR_FORMAT_TRACE, true},    {"check", HR_FORMAT_CHECK, false},
    {"help", HR_FORMAT_HELP, false},
};

static const option_word *find_word(const char *text, size_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strlen(words[i].word) == length && strncmp(words[i].word, text, length) == 0) {
            return &words[i];
        }
    }
    return NULL;
}

static char *parse_check(const char *text, hr_output_option *option)
{
    char *error = NULL;

    option->check = hr_check_parse(text != NULL ? text : "", &error);
    return error;
}

static char *parse_changes(const char *text, hr_output_option *option)
{
    option->whatif = text;
    if (text == NULL || text[0] == '\0') {
        return g_strdup("the changes are missing, for example whatif=idle-kept:20,bodies-read");
    }
    return hr_whatif_parse(text, &option->changes);
}

static char *unknown_option(void)
{
    GString *text = g_string_new("unknown option; there are ");

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", hr_option_spelling(i));
    }
    return g_string_free(text, FALSE);
}

char *hr_option_parse(const char *text, hr_output_option *option)
{
    const size_t length = strcspn(text, "=");
    const option_word *word = find_word(text, length);

    if (word == NULL) {
        return unknown_option();
    }
    *option = (hr_output_option){.format = word->format};
    option->file = text[length] == '=' ? text + length + 1 : NULL;
    if (word->format == HR_FORMAT_HELP) {
        return option->file != NULL ? g_strdup("help takes nothing") : NULL;
    }
    if (word->format == HR_FORMAT_WHATIF || word->format == HR_FORMAT_CHECK) {
        const char *value = option->file;
        option->file = NULL;
        return word->format == HR_FORMAT_WHATIF ? parse_changes(value, option)
                                                : parse_check(value, option);
    }
    if (option->file != NULL && option->file[0] == '\0') {
        return g_strdup_printf("the file name after %s= is missing", word->word);
    }
    if (word->format == HR_FORMAT_TRACE && g_strcmp0(option->file, "-") == 0) {
        return g_strdup("a trace is a file, not standard input");
    }
    if (option->file == NULL && word->format == HR_FORMAT_TRACE) {
        return g_strdup("a file is missing: trace=FILE");
    }
    if (option->file == NULL && word->needs_file) {
        return g_strdup_printf("a file is missing: %s=FILE, or %s=- for standard output",
                               word->word, word->word);
    }
    return NULL;
}

/* ---- the manual ---- */

static const struct {
    const char *spelling;
    const char *meaning;
} manual[] = {
    [HR_FORMAT_REPORT] = {"report[=FILE]",
                          "The report for a person: totals, origins, what to fix first, each"
                          " connection. Without FILE to standard output."},
    [HR_FORMAT_NDJSON] = {"ndjson=FILE",
                          "Records for programs, one JSON object a line: requests, connections,"
                          " findings, origins, the capture. See ndjson.md."},
    [HR_FORMAT_HTML] = {"html=FILE",
                        "One page for a browser: all connections on one time axis, what to change,"
                        " filters. It loads nothing."},
    [HR_FORMAT_HAR] = {"har=FILE",
                       "An HTTP Archive (HAR 1.2) with connections and timings, which browsers and"
                       " other viewers open."},
    [HR_FORMAT_WHATIF] = {"whatif=CHANGES",
                          "What changes would bring, by a replay of the capture's own requests."
                          " CHANGES are parted by commas and made at once."},
    [HR_FORMAT_EVENTS] = {"events=FILE",
                          "What the core was told of the packets: a log that http_reuse_judge makes"
                          " reports of, without the capture."},
    [HR_FORMAT_TRACE] = {"trace=FILE",
                         "No output: what a Go program wrote down of its calls with httpreusetrace."
                         " Outputs and the packet tree then name lines of code."},
    [HR_FORMAT_CHECK] = {"check=BOUNDS",
                         "A gate: tshark ends with status 1 and a line for each bound that is"
                         " broken. BOUNDS are parted by commas, for example"
                         " reuse_ratio>=0.8,avoidable<=2,missed_reuse=0: totals, and findings by"
                         " name."},
    [HR_FORMAT_HELP] = {"help", "The list of these options, and nothing else."},
};

size_t hr_option_count(void)
{
    return G_N_ELEMENTS(words);
}

const char *hr_option_spelling(size_t index)
{
    const size_t format = index < G_N_ELEMENTS(words) ? words[index].format : G_MAXSIZE;

    return format < G_N_ELEMENTS(manual) ? manual[format].spelling : NULL;
}

const char *hr_option_meaning(size_t index)
{
    const size_t format = index < G_N_ELEMENTS(words) ? words[index].format : G_MAXSIZE;

    return format < G_N_ELEMENTS(manual) ? manual[format].meaning : NULL;
}

char *hr_options_help(void)
{
    GString *text = g_string_new("-X http_reuse: takes\n");

    for (size_t i = 0; i < hr_option_count(); i++) {
        g_string_append_printf(text, "  %-16s %s\n", hr_option_spelling(i), hr_option_meaning(i));
    }
    g_string_append(text, "Bounds are on ");
    hr_check_append_names(text);
    g_string_append(text, ",\nand on the number of findings by name.\n");
    return g_string_free(text, FALSE);
}

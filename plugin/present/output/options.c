/* options.c
 * The words of `-X http_reuse:` in one table. Whether a file can be written is known to
 * output.c, and how options fit together to report.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/output/options.h"

#include <string.h>

#include "core/forecast/whatif.h"

typedef struct {
    const char *word;
    hr_output_format format;
    bool needs_file;
    bool takes_filter;
} option_word;

#define FILTER ",filter="

static const option_word words[] = {
    {"report", HR_FORMAT_REPORT, false, true},  {"ndjson", HR_FORMAT_NDJSON, true, true},
    {"html", HR_FORMAT_HTML, true, true},       {"har", HR_FORMAT_HAR, true, true},
    {"whatif", HR_FORMAT_WHATIF, false, false}, {"events", HR_FORMAT_EVENTS, true, false},
    {"trace", HR_FORMAT_TRACE, true, false},    {"check", HR_FORMAT_CHECK, false, false},
    {"help", HR_FORMAT_HELP, false, false},
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

/* ",flter=x" after a file's name is meant as an option, and is no part of the name: nobody calls a
 * file so. In the name of a folder it may be. */
static char *refuse_suffix(const option_word *word, const char *text)
{
    const char *comma = strrchr(text, ',');
    const size_t length = comma != NULL ? strspn(comma + 1, "abcdefghijklmnopqrstuvwxyz_-") : 0;

    if (length == 0 || strchr(comma, G_DIR_SEPARATOR) != NULL ||
        (comma[1 + length] != '=' && strcmp(comma, ",filter") != 0)) {
        return NULL;
    }
    return g_strdup_printf("unknown option \"%s\"; %s takes %s", comma + 1, word->word,
                           word->takes_filter ? "one ,filter=NAME" : "no options");
}

/* A file's name may hold commas, so that the last one counts. */
static char *parse_filter(const option_word *word, char *text, hr_output_option *option)
{
    char *filter = word->takes_filter ? g_strrstr(text, FILTER) : NULL;

    if (filter != NULL) {
        *filter = '\0';
        option->filter = filter + strlen(FILTER);
    }
    return filter != NULL && option->filter[0] == '\0'
               ? g_strdup("after filter= there must be a client's or server's name or address")
               : refuse_suffix(word, text);
}

static char *parse_file(const option_word *word, hr_output_option *option)
{
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

static char *parse_word(const option_word *word, const char *value, hr_output_option *option)
{
    option->format = word->format;
    switch (word->format) {
    case HR_FORMAT_HELP:
        return value != NULL ? g_strdup("help takes nothing") : NULL;
    case HR_FORMAT_WHATIF:
        return parse_changes(value, option);
    case HR_FORMAT_CHECK:
        return parse_check(value, option);
    default:
        option->file = value;
        return parse_file(word, option);
    }
}

static char *parse_copy(char *text, hr_output_option *option)
{
    const option_word *word = find_word(text, strcspn(text, "=,"));
    const bool is_file = word != NULL && (word->takes_filter || word->needs_file);
    char *error = is_file ? parse_filter(word, text, option) : NULL;
    const size_t length = strcspn(text, "=");

    if (error != NULL) {
        return error;
    }
    word = find_word(text, length);
    return word == NULL ? unknown_option()
                        : parse_word(word, text[length] == '=' ? text + length + 1 : NULL, option);
}

char *hr_option_parse(const char *text, hr_output_option *option)
{
    *option = (hr_output_option){.text = g_strdup(text)};
    char *error = parse_copy(option->text, option);
    if (error != NULL) {
        hr_option_clear(option);
    }
    return error;
}

void hr_option_clear(hr_output_option *option)
{
    g_clear_pointer(&option->text, g_free);
}

/* ---- the manual ---- */

static const struct {
    const char *spelling;
    const char *meaning;
} manual[] = {
    [HR_FORMAT_REPORT] = {"report[=FILE]",
                          "The report for a person: totals, what to fix first, origins, each"
                          " connection. Without FILE to standard output. With ,filter=NAME after"
                          " it, as after ndjson=FILE, html=FILE and har=FILE: only of the client or"
                          " server of that name or address."},
    [HR_FORMAT_NDJSON] = {"ndjson=FILE",
                          "Records for programs, one JSON object a line: requests, connections,"
                          " findings, calls, origins, what to change, the capture. See ndjson.md."},
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

enum {
    HELP_COLUMNS = 80,
    HELP_INDENT = 19, /* of what a word means */
};

/* Appends a word and what it means, in lines that fit a terminal. */
static void append_entry(GString *text, const char *word, const char *meaning)
{
    size_t column = HELP_INDENT;

    g_string_append_printf(text, "  %-16s", word);
    while (*meaning != '\0') {
        const size_t length = strcspn(meaning, " ");
        if (column + length > HELP_COLUMNS) {
            g_string_append_printf(text, "\n%*s", HELP_INDENT - 1, "");
            column = HELP_INDENT;
        }
        g_string_append_c(text, ' ');
        g_string_append_len(text, meaning, (gssize)length);
        column += length + 1;
        meaning += length + strspn(meaning + length, " ");
    }
    g_string_append_c(text, '\n');
}

char *hr_options_help(void)
{
    GString *text = g_string_new("-X http_reuse: takes\n");
    GString *names = g_string_new(NULL);

    for (size_t i = 0; i < hr_option_count(); i++) {
        append_entry(text, hr_option_spelling(i), hr_option_meaning(i));
    }
    for (size_t i = 0; hr_whatif_word(i) != NULL; i++) {
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", hr_whatif_word(i));
    }
    append_entry(text, "CHANGES are", names->str);
    g_string_truncate(names, 0);
    hr_check_append_names(names);
    g_string_append(names, ", and the number of findings by name");
    append_entry(text, "BOUNDS are on", names->str);
    g_string_free(names, TRUE);
    return g_string_free(text, FALSE);
}

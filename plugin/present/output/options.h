/* options.h
 * What a user may say with `-X http_reuse:`.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_OUTPUT_OPTIONS_H
#define HR_PRESENT_OUTPUT_OPTIONS_H

#include <glib.h>
#include <stdbool.h>

#include "core/forecast/whatif.h"
#include "core/result/check.h"

typedef enum {
    HR_FORMAT_REPORT, /**< the text report: report[=FILE] */
    HR_FORMAT_NDJSON, /**< records, one JSON object a line: ndjson=FILE */
    HR_FORMAT_HTML,   /**< a page for a browser: html=FILE */
    HR_FORMAT_HAR,    /**< an HTTP Archive: har=FILE */
    HR_FORMAT_WHATIF, /**< totals under changes, as text on standard output: whatif=CHANGES */
    HR_FORMAT_EVENTS, /**< what the core was told, for http_reuse_judge: events=FILE */
    HR_FORMAT_TRACE,  /**< no output: what a program told of its calls: trace=FILE */
    HR_FORMAT_CHECK,  /**< no output: bounds that the totals have to keep: check=BOUNDS */
    HR_FORMAT_HELP,   /**< the list of these options, and nothing else: help */
} hr_output_format;

/** One output that was asked for. */
typedef struct {
    hr_output_format format;
    char *text;         /**< owned: what the others borrow from */
    const char *file;   /**< as it was spelled; NULL: not given */
    const char *filter; /**< the client or server that it is about; NULL: all */
    const char *whatif; /**< the changes likewise */
    hr_whatif changes;  /**< ... and what they mean */
    hr_check *check;    /**< of HR_FORMAT_CHECK, for the caller to free */
} hr_output_option;

/**
 * Parses @text, the part of `-X http_reuse:TEXT` after the colon, into @option, to be cleared with
 * hr_option_clear(). Returns NULL, or what is wrong with it: a sentence without the option itself,
 * to be freed with g_free(); then there is nothing to clear.
 */
char *hr_option_parse(const char *text, hr_output_option *option);

/** Frees what @option owns; its check is another's by then. */
void hr_option_clear(hr_output_option *option);

/** How many options there are. */
size_t hr_option_count(void);

/** For the manual: "report[=FILE]", and what is written, in a sentence; NULL where there is
 * none. */
const char *hr_option_spelling(size_t index);
const char *hr_option_meaning(size_t index);

/** The options, a line each, to be freed with g_free(). */
char *hr_options_help(void);

#endif

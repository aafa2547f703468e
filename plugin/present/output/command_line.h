/* command_line.h
 * What tshark's own command line says about standard output and files, as far as an output must
 * know it to object before the first packet. tshark parses these options only after its plugins had
 * their chance, and tells them nothing, so that the command line of the process is read again here.
 * That no file is replaced which tshark uses does not rest on this: see hr_output_is_in_use().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_OUTPUT_COMMAND_LINE_H
#define HR_PRESENT_OUTPUT_COMMAND_LINE_H

#include <glib.h>
#include <stdbool.h>

typedef struct {
    bool is_quiet;          /**< -q or -Q: no packet lines */
    char *print_option;     /**< "-V", "--hexdump": prints packets in spite of -q; NULL: none */
    char *read_file;        /**< of -r, NULL: none */
    char *write_file;       /**< of -w, NULL: none */
    char *interfaces;       /**< of -i, as they were spelled, parted by ", "; NULL: none */
    bool may_be_two_passes; /**< -2 may be among the options, in whatever word of letters */
    bool has_other_readers; /**< something may read a tree, other than an output of ours: an option
                                 that is not known to read none */
    bool may_read_us;       /**< a word has "expert" or "http_reuse" in it, like -z expert */
} hr_command_line;

/** Whether this process is tshark, as it calls itself, however the user called it. */
bool hr_is_tshark(void);

/**
 * Reads @arguments, program name first and NULL last, as tshark does. Free the result with
 * hr_command_line_free().
 */
hr_command_line *hr_command_line_parse(const char *const *arguments);

/**
 * The same of this process. NULL where the platform does not tell: then nothing is known, and
 * nothing can be objected to.
 */
hr_command_line *hr_command_line_of_process(void);

void hr_command_line_free(hr_command_line *line);

#endif

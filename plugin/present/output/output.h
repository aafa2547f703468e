/* output.h
 * One place that a presenter writes to. A regular file is written under a name of its own in
 * the same folder and renamed when it is whole, so that a reader never sees half of it; all
 * else is written through. What is not finished leaves nothing behind, see unfinished.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_OUTPUT_OUTPUT_H
#define HR_PRESENT_OUTPUT_OUTPUT_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct hr_output hr_output;

/** Whether opening a FIFO that nobody reads waits for a reader, or fails. A GUI cannot wait. */
typedef enum {
    HR_OUTPUT_MAY_WAIT,
    HR_OUTPUT_NEVER_WAIT,
} hr_output_patience;

/**
 * An output to @path; "-" or NULL is standard output. Finds out that it can be written: streams
 * are opened; for a file a new one is made beside it and removed again, so that nothing lies
 * there while the capture is read, however that ends. Returns NULL with the reason in *error
 * (free it with g_free()). Free with hr_output_free().
 */
hr_output *hr_output_new(const char *path, hr_output_patience patience, char **error);
void hr_output_free(hr_output *output);

/** Whether it goes where standard output goes. */
bool hr_output_is_stdout(const hr_output *output);

/** Whether both go to one place. */
bool hr_output_is_same(const hr_output *one, const hr_output *other);

/** Whether @path, as somebody else would open it, is the place that it goes to. */
bool hr_output_goes_to(const hr_output *output, const char *path);

/** What this process itself does with the file that it goes to, as a reason not to replace it;
 * NULL: nothing. */
const char *hr_output_in_use(const hr_output *output);

/**
 * Begins to write it anew and lends the stream for it. NULL with the reason in *error where
 * that fails. Each hr_output_begin() that succeeded needs an hr_output_finish().
 */
FILE *hr_output_begin(hr_output *output, char **error);

/**
 * Ends what hr_output_begin() began: flushes, and puts a file in its place. False with the
 * reason in *error where anything of it was not written; a file is as it was before then.
 * SIGPIPE has to be ignored (Wireshark's epan_init() does), to make a broken pipe an error here;
 * that the reader of standard output goes away early is none.
 */
bool hr_output_finish(hr_output *output, char **error);

/** Ends it without a result: a file is as it was before. */
void hr_output_cancel(hr_output *output);

#endif

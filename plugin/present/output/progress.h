/* progress.h
 * How far the reading of captures has come, on standard error: one line that is written over and
 * is gone at the end. Only where standard error is a terminal, so that no log has it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_OUTPUT_PROGRESS_H
#define HR_PRESENT_OUTPUT_PROGRESS_H

#include <stdint.h>

typedef struct hr_progress hr_progress;

/**
 * Begins to watch how @program reads @files, the last of which is NULL ("-" and none: a stream, of
 * which no share can be told). NULL where nobody would see it; the functions below then do nothing.
 * @program is borrowed. Free with hr_progress_end().
 */
hr_progress *hr_progress_begin(const char *program, char *const *files);

/** A packet at @offset of all files together was read in @pass, 1 or 2. Now and then it is
 * shown. */
void hr_progress_packet(hr_progress *progress, unsigned pass, int64_t offset);

/** The line is removed until it is shown again: something is about to be said. */
void hr_progress_hide(hr_progress *progress);

/** All was read: the line is removed, and @progress freed. */
void hr_progress_end(hr_progress *progress);

#endif

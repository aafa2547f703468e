/* unfinished.h
 * A file that is being written and has no name yet, or none that anybody asked for. However the
 * process ends, nothing of it stays: on Linux a killed process cannot leave what has no name; where
 * a file needs one, it goes away with a signal that can be caught.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_OUTPUT_UNFINISHED_H
#define HR_PRESENT_OUTPUT_UNFINISHED_H

#include <stdbool.h>
#include <stdio.h>

typedef struct hr_unfinished hr_unfinished;

/** A new file in the folder of @path, to be put there. NULL with errno where that fails. */
hr_unfinished *hr_unfinished_new(const char *path);
FILE *hr_unfinished_stream(const hr_unfinished *file);

/** Writes what is in the buffer and gives the file its name, or leaves what was there and returns
 * false with errno. Takes @file. */
bool hr_unfinished_place(hr_unfinished *file);

/** Forgets the file. Takes @file; NULL is allowed. */
void hr_unfinished_drop(hr_unfinished *file);

/**
 * While outputs are written: SIGINT, SIGTERM and SIGHUP end the process, whatever tshark has them
 * do (it stops reading, which is over), and a limit on the size of files is an error, no signal.
 */
void hr_unfinished_heed_signals(void);
void hr_unfinished_restore_signals(void);

#endif

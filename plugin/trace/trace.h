/* trace.h
 * Reads what a program wrote down of its calls (go/httpreusetrace): one JSON object a line. The
 * file may be of another run, cut off or no trace at all: a line that is no call is counted, and
 * what it says is never more than a claim, which the core compares with the capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TRACE_TRACE_H
#define HR_TRACE_TRACE_H

#include "core/model/event.h"

/** What could not be read; zeros where all could. */
typedef struct {
    uint64_t lines;  /**< that are no call */
    uint64_t first;  /**< the number of the first of them */
    const char *why; /**< what is wrong with it, a static text */
} hr_trace_damage;

/**
 * Tells @model the calls in @file, before its first frame. False where the file cannot be read or
 * has no call in all its lines: then *@error says why, to be freed with g_free().
 */
bool hr_trace_read(hr_model *model, const char *file, hr_trace_damage *damage, char **error);

#endif

/* record.h
 * Writes down the events that observers report, while they report them: an event log, from which
 * playback.h makes the same model again. It holds what the core was told, and so no payload.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_EVENTS_RECORD_H
#define HR_EVENTS_RECORD_H

#include <stdio.h>

#include "core/model/event.h"

typedef struct hr_recorder hr_recorder;

/** Begins a log of what @model will be told; @out is borrowed. It shows errors by ferror(). */
hr_recorder *hr_recorder_new(FILE *out, hr_model *model);

/** Ends the log and writes its end mark; where @is_whole is false, none, so that nobody takes it
 * for a log. */
void hr_recorder_free(hr_recorder *recorder, bool is_whole);

#endif

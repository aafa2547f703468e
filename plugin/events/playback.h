/* playback.h
 * Tells a model what a log says: after all its frames it is as it was where the log was written.
 * Several logs can be told to one model, whose frames then follow each other in an order that the
 * caller decides; each connection belongs to one log.
 *
 * A log may lie. Whatever it says, the model is told what an observer could have told it, or the
 * playback ends: numbers of connections that were not added, events that do not fit their
 * connection, and texts or counts beyond all bounds are refused.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_EVENTS_PLAYBACK_H
#define HR_EVENTS_PLAYBACK_H

#include "core/model/event.h"
#include "events/log.h"

typedef struct hr_playback hr_playback;

/** The numbers that the connections of all logs together get, in the order of their first frames,
 * as Wireshark gives them in one capture. Begins with zeros. */
typedef struct {
    uint32_t tcp_streams;
    uint32_t quic_numbers;
} hr_playback_numbers;

/** Begins to tell @model what @log says; @label goes before its addresses, NULL: nothing does.
 * All is borrowed. Free it with hr_playback_free(). */
hr_playback *hr_playback_new(const hr_log *log, hr_model *model, hr_playback_numbers *numbers,
                             const char *label);
void hr_playback_free(hr_playback *playback);

/** The time of the next frame. False where there is none, or the log lies: hr_playback_is_bad(). */
bool hr_playback_next(hr_playback *playback, int64_t *time_ns);

/** Tells the model the events of that frame, which the caller has begun and ends. */
void hr_playback_frame(hr_playback *playback);

/** Whether the log says what no recorder writes. */
bool hr_playback_is_bad(const hr_playback *playback);

/** A whole log on its own, from its first frame to its last. False where it lies. */
bool hr_playback_all(const hr_log *log, hr_model *model);

#endif

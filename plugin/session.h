/* session.h
 * The file that is open: the model of what was observed, the analysis of it so far, and the
 * numbers of its frames. There is one at a time. It knows neither who observes nor who presents,
 * so that both can use it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_SESSION_H
#define HR_SESSION_H

#include "core/model/model.h"
#include "core/result/analysis.h"
#include "frames.h"

/** A file is opened; the one before must have been ended. @sees_packets: false where the protocol
 * is disabled. */
void hr_session_begin(const hr_settings *settings, bool sees_packets);

/** Frees all that belongs to the file; without one nothing happens. */
void hr_session_end(void);

/** False while a file is open of which nothing is observed. */
bool hr_session_sees_packets(void);

/** The model of the open file, or NULL while no file is open. Owned by the session. */
hr_model *hr_session_model(void);

/** The frame numbers of the open file, or NULL while no file is open. Owned by the session. */
hr_frame_map *hr_session_frames(void);

/**
 * The analysis of all frames observed so far, or NULL while no file is open. It is made anew
 * when frames came since. Owned by the session, valid until the next frame.
 */
const hr_analysis *hr_session_analysis(void);

/**
 * The same for a frame that is shown: it may lag behind. While a live capture grows, frames are
 * visited again all the time, and analysing takes at most a tenth of the time then.
 */
const hr_analysis *hr_session_analysis_for_display(void);

#endif

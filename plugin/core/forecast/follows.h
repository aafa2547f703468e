/* follows.h
 * Which call waited for whose answer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FORECAST_FOLLOWS_H
#define HR_CORE_FORECAST_FOLLOWS_H

#include "core/forecast/calls.h"

/**
 * Fills the lists of followers of @calls, whose calls are in order. O(n log n).
 *
 * What was called while nothing was outstanding waited for the last answer, as a program does that
 * asks one thing after another, or burst after burst. What was called while other calls ran waited
 * for the latest answer that nobody else waited for, as one worker of several does; if there is
 * none, its time is its own.
 */
void hr_follows_find(hr_calls *calls);

#endif

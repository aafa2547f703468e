/* unread.h
 * An answer is read a moment after it is on the wire. Where callers run side by side, one of them
 * dials in that moment although a connection is free: it had called before, and so it does in a
 * replay.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FORECAST_UNREAD_H
#define HR_CORE_FORECAST_UNREAD_H

#include "core/forecast/calls.h"

/**
 * Sets call_ns of those of @calls that opened a connection beside answers that nobody had read yet
 * to before these; the calls of a connection have to follow each other. O(n log n).
 */
void hr_unread_settle(hr_calls *calls, const hr_origin_facts *facts, const hr_settings *settings);

#endif

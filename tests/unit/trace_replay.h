/* trace_replay.h
 * Calls that are written down, for a replay of them. Times are plain numbers of ns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_TRACE_REPLAY_H
#define HR_TESTS_TRACE_REPLAY_H

#include "core/forecast/replay.h"

enum {
    SETUP = 1000,
    MEDIAN = 2500 /* of the origin: what one takes that had none in the capture */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(hr_calls, hr_calls_free)

/** One pool, and so many connections in the capture. */
hr_calls *calls_on(guint connections);

/** A call on the one of them with this index, counted from 0. */
hr_call *call_add(hr_calls *calls, uint32_t connection, int64_t call_ns, int64_t end_ns);

/** Its connection was opened for it, and took SETUP. */
hr_call *call_open(hr_calls *calls, uint32_t connection, int64_t call_ns, int64_t end_ns);

/** One that was opened, and asked for nothing. */
hr_call *call_dial(hr_calls *calls, uint32_t connection, int64_t call_ns);

/** After @call its connection ends so much later. */
void call_ends(hr_calls *calls, hr_call *call, hr_fate fate, int64_t delay_ns);

/** With what @words name changed; NULL: nothing. */
hr_outcome replayed(const hr_calls *calls, const char *words);

#endif

/* reading.h
 * Whether a client that closed in the middle of an answer had been reading it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_READING_H
#define HR_CORE_ENDING_READING_H

#include "core/model/model.h"

/**
 * Since when the client of @request, which had an answer coming when its connection ended, took no
 * more of it: its socket was full, and stayed so to the end. None where it did not, or where nobody
 * knows. The first ends must be known (hr_endings_prepare()).
 */
hr_moment hr_reading_stopped_at(const hr_request *request);

/**
 * The same in ns of one whose program, no proxy, did not end a moment later; else HR_TIME_NONE. Had
 * it read the answer, the connection would have been free about then.
 */
int64_t hr_reading_stopped_ns(const hr_settings *settings, const hr_request *request);

/**
 * How long the client of @request, which had an answer coming, had waited for more when it closed:
 * it had taken all that its server sent, and had room. 0 where it did not wait, or not for long.
 */
int64_t hr_reading_waited_ns(const hr_request *request);

/** Whether both ask for the same in the same way, but for the query, and were answered with one status. */
bool hr_reading_is_alike(const hr_request *one, const hr_request *other);

#endif

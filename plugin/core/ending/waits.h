/* waits.h
 * How long the clients of one pool key waited before they gave a request up, or before the server
 * ended it without an answer. Several waits of one length, and no answer that took longer, show a
 * timeout of that side's own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_WAITS_H
#define HR_CORE_ENDING_WAITS_H

#include "core/model/store.h"

typedef struct {
    hr_side by;               /**< who gave up */
    GArray *given_up[2];      /**< of hr_wait: since the request, since the dial if it was first */
    int64_t longest_begun_ns; /**< until the first byte of an answer */
    int64_t longest_whole_ns; /**< until the last byte of one that came whole */
} hr_waits;

void hr_waits_init(hr_waits *waits, hr_side by);
void hr_waits_clear(hr_waits *waits);

/** Adds what @connection shows; its first end must be known (hr_endings_prepare()). */
void hr_waits_add(hr_waits *waits, const hr_connection *connection);

/**
 * After the last one: says of each request that was given up how many others were after a wait as
 * long. 0 where it is no timeout: where an answer that took longer was waited for, where they are
 * no more than chance makes equal, or all are one event.
 */
void hr_waits_settle(hr_waits *waits, const hr_settings *settings);

#endif

/* timings.h
 * The times of a request as an HTTP Archive counts them: one after the other, without gaps, from
 * its begin to its end. The one that paid for its connection begins with the connection's setup.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_HAR_TIMINGS_H
#define HR_PRESENT_HAR_TIMINGS_H

#include "core/model/model.h"

/** What the format writes, in ms, for a time or size that is not known or does not apply. */
#define HR_HAR_NOT_KNOWN (-HR_NS_PER_MS)

/** In ns; total is the sum of the others but ssl, which is a part of connect. */
typedef struct {
    int64_t begin_ns; /**< since the epoch */
    int64_t total_ns;
    int64_t blocked_ns; /**< from when the connection was ready; HR_HAR_NOT_KNOWN: not the payer */
    int64_t connect_ns; /**< likewise */
    int64_t ssl_ns;     /**< likewise, and HR_HAR_NOT_KNOWN without TLS */
    int64_t send_ns;    /**< these are 0 where they are not known: the format has no other way */
    int64_t wait_ns;
    int64_t receive_ns;
} hr_har_timings;

hr_har_timings hr_har_timings_of(const hr_request *request);

#endif

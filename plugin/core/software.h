/* software.h
 * Timeouts and limits of common software, for naming what an observed idle time or request
 * count looks like. Values collide (5, 30, 60 s): a match is a candidate, never a proof.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_SOFTWARE_H
#define HR_CORE_SOFTWARE_H

#include "model.h"

/** One default idle timer. */
struct hr_timer {
    const char *product; /**< "nginx (clients)" */
    hr_side role;        /**< whose timer it is: CLIENT, SERVER, or BOTH */
    int64_t idle_ns;
    const char *setting; /**< "keepalive_timeout" */
    const char *header;  /**< what Server, Via or User-Agent starts with, lower case, or NULL */
    const char *source;
};

/** One default limit of requests on a connection. */
typedef struct {
    const char *product;
    uint32_t requests;
    const char *setting;
    const char *header;
    const char *source;
} hr_request_limit;

const hr_timer *hr_timers(size_t *count);
const hr_request_limit *hr_request_limits(size_t *count);

/** Whether a Server, Via or User-Agent value (may be NULL) names the product with @header. */
bool hr_software_is_named(const char *value, const char *header);

#endif

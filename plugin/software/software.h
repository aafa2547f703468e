/* software.h
 * Timeouts and limits of common software, for naming what an observed idle time or request
 * count looks like. Values collide (5, 30, 60 s): a match is a candidate, never a proof.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_SOFTWARE_SOFTWARE_H
#define HR_SOFTWARE_SOFTWARE_H

#include "core/model/model.h"

/** One default idle timer. */
struct hr_timer {
    const char *product; /**< "nginx (clients)" */
    hr_side role;        /**< whose timer it is; NONE: of a middlebox, which drops in silence */
    int64_t idle_ns;     /**< below 0: so long before the end of Keep-Alive: timeout */
    const char *setting; /**< "keepalive_timeout" */
    const char *header;  /**< for hr_software_is_named(); NULL where it names itself nowhere */
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

/**
 * How long @timer lets @connection be idle.
 *
 * Returns nanoseconds, or HR_TIME_NONE for a timer that heeds the server's Keep-Alive: timeout
 * where the server said none, or too short a one.
 */
int64_t hr_timer_idle_ns(const hr_timer *timer, const hr_connection *connection);

/**
 * Whether a Server, Via or User-Agent value (may be NULL) has the product @header, a name in lower
 * case, or one of several that are parted by "|" (RFC 9110 §7.6.3, §10.1.5, §10.2.4).
 */
bool hr_software_is_named(const char *value, const char *header);

/** Whether what @connection's messages say names the product of @timer, on its side. */
bool hr_timer_is_named(const hr_timer *timer, const hr_connection *connection);

#endif

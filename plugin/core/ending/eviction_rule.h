/* eviction_rule.h
 * Whether a limit of the pool is what took those connections that may have been evicted.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_EVICTION_RULE_H
#define HR_CORE_ENDING_EVICTION_RULE_H

#include "core/model/store.h"

/** A connection that its client closed when idle. */
typedef struct {
    hr_connection *connection;
    guint kept;   /**< how many the pool then kept if it was evicted; 0: that was something else, or
                       may have been */
    bool is_open; /**< evicted or expired, nothing tells which */
} hr_eviction_candidate;

/**
 * Adds to @evicted the connections of @found, which is sorted anew, that were, with how many the
 * pool keeps, and with 0 those that are open. @last_use: the frame of the program's last request.
 * @most: at rest at one time, at least so many; a pool in use has no time to rest.
 */
void hr_evictions_conclude(GHashTable *evicted, GArray *found, const hr_settings *settings,
                           uint32_t last_use, guint most);

#endif

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
    bool may_have_expired; /**< so long an idle time may be a timeout's: none as long was used */
} hr_eviction_candidate;

/** What is known of one that was. */
typedef struct {
    uint32_t kept;          /**< how many the pool keeps */
    bool is_oldest_dropped; /**< some had rested: it drops the one that was idle for longest */
} hr_evicted;

static inline gpointer hr_evicted_pack(hr_evicted one)
{
    return GUINT_TO_POINTER(one.kept << 1 | one.is_oldest_dropped);
}

/** NULL is none. */
static inline hr_evicted hr_evicted_unpack(gconstpointer packed)
{
    const guint bits = GPOINTER_TO_UINT(packed);
    return (hr_evicted){bits >> 1, (bits & 1) != 0};
}

/**
 * Adds to @evicted the connections of @found, which is sorted anew, that were, with hr_evicted,
 * packed, and with NULL those that are open. @last_use: the frame of the program's last request.
 * @most: at rest at one time, at least so many; a pool in use has no time to rest.
 */
void hr_evictions_conclude(GHashTable *evicted, GArray *found, const hr_settings *settings,
                           uint32_t last_use, guint most);

#endif

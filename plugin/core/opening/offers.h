/* offers.h
 * What a connection was doing at a moment, and what pools had to offer then, for the room's own
 * files. Each look is at a bounded number of connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_OPENING_OFFERS_H
#define HR_CORE_OPENING_OFFERS_H

#include "core/opening/pool_private.h"

/** What a connection was doing at a moment in the recent past. */
typedef enum {
    HR_WAS_IDLE,
    HR_WAS_BUSY,
    HR_WAS_CLOSING,
    HR_WAS_HIDDEN, /**< busy or idle: segments of its answer are missing, or overtook each other */
    HR_WAS_UNKNOWN
} hr_past_state;

/** What the pools of one judgement had to offer. */
typedef struct {
    const hr_connection *busy;    /**< was busy at the SYN, the latest opened */
    const hr_connection *closed;  /**< was closing at the SYN, or closed since; the latest */
    const hr_connection *used;    /**< was idle at the SYN, and has been used since */
    const hr_connection *hidden;  /**< was open, and busy or idle */
    const hr_connection *unknown; /**< was open before the capture, doing nobody knows what */
    bool has_later;     /**< one without its opening came after the SYN: it may be older or newer */
    bool is_busy_asked; /**< whether one was busy has to be known, also with a hidden one */
} hr_offers;

hr_past_state hr_past_state_at(const hr_connection *connection, hr_moment moment);

/** What there was for @opened at its SYN in @pool, and where that has no name in all of @group. */
hr_offers hr_offers_of(const hr_pool_group *group, const hr_pool *pool, const hr_connection *opened,
                       bool is_busy_asked);

/** A connection that has been idle since @syn_ns and that @opened's client could have taken. */
hr_connection *hr_idle_offer(const hr_pool_group *group, const hr_pool *pool,
                             const hr_connection *opened, int64_t syn_ns);

/** The server answered by 421 at @other: @opened's client has to go elsewhere with its name. */
bool hr_has_misdirected(const hr_connection *other, const hr_connection *opened);

#endif

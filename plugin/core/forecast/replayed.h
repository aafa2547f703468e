/* replayed.h
 * A client's pool and its connections, as a replay has them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FORECAST_REPLAYED_H
#define HR_CORE_FORECAST_REPLAYED_H

#include "core/forecast/calls.h"

/** Where calls find a connection. */
typedef enum {
    HR_REPLAYED_NOWHERE, /**< being set up, without room, or closed */
    HR_REPLAYED_IDLE,
    HR_REPLAYED_SHARED, /**< it has streams, and room for more */
} hr_replayed_place;

typedef struct {
    GList link; /**< in the queue of its place, or of closed ones; its data is this */
    hr_replayed_place place;
    uint32_t index;
    uint32_t pool;
    uint32_t outstanding;
    uint32_t served; /**< requests */
    uint32_t stamp;  /**< changes when it is taken */
    int64_t ready_ns;
    int64_t idle_since_ns;
    bool is_closed;
    bool is_awaited; /**< there is to be an event when it is ready */
} hr_replayed;

typedef struct {
    GQueue idle;         /**< of hr_replayed, the longest idle first */
    GQueue shared;       /**< likewise, the longest unused first */
    GQueue waiting;      /**< of calls, by index */
    GQueue closed;       /**< of hr_replayed that nobody asks for: the next to be opened */
    hr_replayed *rising; /**< the latest that others might join as it was set up, or NULL */
    uint32_t open;
} hr_replayed_pool;

/** It goes to where calls find it, if it has room for one by @habits. */
void hr_replayed_settle(hr_replayed_pool *pool, hr_replayed *connection, const hr_habits *habits,
                        int64_t now_ns);

/** One that was closed, to be opened anew; or NULL. Events that were for it know it by its stamp. */
hr_replayed *hr_replayed_reopen(hr_replayed_pool *pool);

/** No call finds it any more. */
void hr_replayed_close(hr_replayed_pool *pool, hr_replayed *connection);

/** One that can take a request at @now_ns, when the timeouts of @habits have closed others; or
 * NULL. */
hr_replayed *hr_replayed_available(hr_replayed_pool *pool, const hr_habits *habits, int64_t now_ns);

#endif

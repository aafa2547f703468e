/* kept.h
 * How many idle connections a client's pool was seen to keep at a time. It is what a limit of
 * the pool is inferred from: a pool that kept three cannot have closed a connection because it
 * keeps no more than two. Nor does it say so where it may have kept three unseen.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_KEPT_H
#define HR_CORE_ENDING_KEPT_H

#include "core/model/store.h"

/** The idle times of one pool key's connections, of those that were kept. */
typedef struct {
    GArray *steps;      /**< hr_kept_step: where each of them begins and ends */
    int64_t longest_ns; /**< the longest of those that are certain */
    /* Valid after hr_kept_count(): */
    guint most;          /**< how many of them there were at a time */
    guint most_possible; /**< ... with those that may have been, as far as the capture tells */
} hr_kept;

void hr_kept_init(hr_kept *kept);
void hr_kept_clear(hr_kept *kept);

/** Adds one, from @begin_ns to @end_ns, if it is any; not @is_certain: it may have been one. */
void hr_kept_add_time(hr_kept *kept, int64_t begin_ns, int64_t end_ns, bool is_certain);

/** Until when @connection is known to have been open at most: where it is not seen again, no longer
 * than until something is missing in the capture, which may have been its end. */
int64_t hr_kept_until_ns(const hr_model *model, const hr_connection *connection);

/**
 * Adds the idle time after each request of @connection, if it was used again after it or stayed
 * open for a while; and the times at which it may have been idle, where a part of what it carried
 * is not in the capture. Clients read an answer a moment after it is on the wire: that moment does
 * not count.
 */
void hr_kept_add(hr_kept *kept, const hr_model *model, const hr_connection *connection);

/** After the last one. */
void hr_kept_count(hr_kept *kept);

#endif

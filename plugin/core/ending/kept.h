/* kept.h
 * How many idle connections a client's pool was seen to keep at a time. It is what a limit of
 * the pool is inferred from: a pool that kept three cannot have closed a connection because it
 * keeps no more than two.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_KEPT_H
#define HR_CORE_ENDING_KEPT_H

#include "core/model/store.h"

/** The idle times of one pool key's connections, of those that were kept. */
typedef struct {
    GArray *begin_ns;
    GArray *end_ns;
    guint most; /**< how many of them there were at a time; valid after hr_kept_count() */
} hr_kept;

void hr_kept_init(hr_kept *kept);
void hr_kept_clear(hr_kept *kept);

/**
 * Adds the idle time after @request, if the connection was used again after it or stayed open for
 * a while. Clients read an answer a moment after it is on the wire: that moment does not count.
 */
void hr_kept_add(hr_kept *kept, const hr_settings *settings, const hr_request *request);

/** After the last one. */
void hr_kept_count(hr_kept *kept);

#endif

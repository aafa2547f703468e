/* eviction_walk.h
 * What a full pool dropped of the connections that it may have kept.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_EVICTION_WALK_H
#define HR_CORE_ENDING_EVICTION_WALK_H

#include "core/ending/idle_places.h"
#include "core/ending/origins.h"

/** Adds to @evicted those of @connections that were, with how many the pool keeps, and with 0 those
 * that may have expired as well. O(n log n). @places has one that is nowhere for each id of the
 * model's connections, 0 among them, and is left so: one array that all walks share costs none of
 * them an allocation. */
void hr_eviction_walk(const hr_facts *facts, GHashTable *evicted, const GPtrArray *connections,
                      hr_idle_place *places);

#endif

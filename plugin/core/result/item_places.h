/* item_places.h
 * Where to look at an item: its frames, and how many findings of its kind there are between its client
 * and its server.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_ITEM_PLACES_H
#define HR_CORE_RESULT_ITEM_PLACES_H

#include "core/result/items.h"

/** Frames come rising; 0 is none. */
void hr_item_add_frame(hr_fix *fix, uint32_t frame);

/** Where no finding tells of it: where the ends are shown, else where the openings are. */
void hr_item_find_frames(hr_fix *fix);

/** The one at @index of @findings (of hr_kept_finding). */
hr_finding hr_item_finding_at(const hr_facts *facts, const GArray *findings, guint index);

/** Whether it is of one of @codes. Most findings only tell what happened: these are passed over without
 * a look at what they are about, which may be anywhere. */
bool hr_item_finding_is_of(hr_finding_set codes, const GArray *findings, guint index);

/** Sets findings_on_route of each of @fixes. */
void hr_items_count_on_routes(const hr_facts *facts, GPtrArray *fixes, const GArray *findings);

#endif

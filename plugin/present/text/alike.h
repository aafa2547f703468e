/* alike.h
 * Items that say the same of other clients or servers, such as those of a crawl over many hosts: what
 * is to be done about them, and what else it may be. Where there are many, one stands for them all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TEXT_ALIKE_H
#define HR_PRESENT_TEXT_ALIKE_H

#include "core/result/analysis.h"

typedef struct hr_alikes hr_alikes;

/** Of very many items only the first are looked at. Free with hr_alikes_free(). */
hr_alikes *hr_alikes_new(const hr_analysis *analysis);
void hr_alikes_free(hr_alikes *alikes);

/** How many items were looked at. */
size_t hr_alikes_count(const hr_alikes *alikes);

/** Those like the item at @index, itself included: of const hr_fix, by rank. */
const GPtrArray *hr_alikes_of(const hr_alikes *alikes, size_t index);

/** Whether the first of @items stands for them all. */
bool hr_alikes_are_folded(const GPtrArray *items);

/** @items as one, as far as its cost and its filter ask. Free with hr_alikes_free_sum(). */
hr_fix *hr_alikes_sum(const GPtrArray *items);
void hr_alikes_free_sum(hr_fix *sum);

#endif

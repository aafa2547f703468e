/* filter.h
 * The display filter that shows the packets of an item of "What to fix first".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TEXT_FILTER_H
#define HR_PRESENT_TEXT_FILTER_H

#include "present/text/items.h"

/** Appends the filter of @item, one of @items: its code, and which of those that have that code. */
void hr_text_filter(GString *line, const hr_text_item *item, const hr_text_items *items);

#endif

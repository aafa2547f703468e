/* tree.h
 * The packet details: one "HTTP Connection Reuse" tree a frame, with a subtree for each thing
 * that it shows where there are several; and the expert infos.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TREE_TREE_H
#define HR_PRESENT_TREE_TREE_H

#include "present/tree/context.h"

/** Registers fields, subtrees and expert infos of the protocol @proto. */
void hr_tree_register(int proto);

/** What a frame shows, below one root; the first thousand in full. @items are the caller's, and
 * come back in another order. */
void hr_tree_add_items(const hr_tree_context *context, const hr_model *model, const hr_item **items,
                       size_t count);

void hr_tree_add_summary(const hr_tree_context *context, const hr_totals *totals);

#endif

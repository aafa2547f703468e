/* tree.h
 * The packet details: one "HTTP Connection Reuse" tree for each thing a frame shows, its
 * fields, and the expert infos.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TREE_TREE_H
#define HR_PRESENT_TREE_TREE_H

#include "present/tree/context.h"

/** Registers fields, subtrees and expert infos of the protocol @proto. */
void hr_tree_register(int proto);

void hr_tree_add_item(const hr_tree_context *context, const hr_model *model, const hr_item *item);

/** Says that @count further items of the frame are not shown. */
void hr_tree_add_left_out(const hr_tree_context *context, uint32_t count);

void hr_tree_add_summary(const hr_tree_context *context, const hr_totals *totals);

#endif

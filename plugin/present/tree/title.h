/* title.h
 * The line at the root of a tree: a sentence that says what the frame shows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TREE_TITLE_H
#define HR_PRESENT_TREE_TITLE_H

#include "present/tree/context.h"

/** Appends ", reused: request 7 on connection 3, idle 1.200 s" to @root. */
void hr_tree_title(proto_item *root, const hr_tree_context *context, const hr_item *item);

#endif

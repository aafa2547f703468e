/* title.h
 * The line at the root of a tree, and of each thing below it: what the frame shows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TREE_TITLE_H
#define HR_PRESENT_TREE_TITLE_H

#include "present/tree/context.h"

/** "reused: request 7 on connection 3, idle 1.200 s", in the packet's pool; empty where nobody sees
 * it. */
const char *hr_tree_title(const hr_tree_context *context, const hr_item *item);

/** The same of the @count things, two or more, that one frame shows: "48 requests (1 new, 47
 * reused) on connection 3". */
const char *hr_tree_title_of_all(const hr_tree_context *context, const hr_item *const *items,
                                 size_t count);

#endif

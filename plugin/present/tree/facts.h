/* facts.h
 * The facts of a thing that a frame shows, as fields.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TREE_FACTS_H
#define HR_PRESENT_TREE_FACTS_H

#include "present/tree/writer.h"

/** What there is to say of @item, of a connection in scope. */
void hr_tree_add_facts(const hr_tree_writer *out, const hr_model *model, const hr_item *item);

/** Registers the subtrees that it makes. */
void hr_tree_register_facts(void);

#endif

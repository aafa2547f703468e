/* tree.h
 * The packet details: one "HTTP Connection Reuse" tree for each thing a frame shows, its
 * fields, and the expert infos.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TREE_TREE_H
#define HR_PRESENT_TREE_TREE_H

#include "compat.h"

#include <epan/packet.h>

#include "core/result/analysis.h"
#include "frames.h"

/** Where to write: one packet. */
typedef struct {
    tvbuff_t *tvb;
    packet_info *pinfo;
    proto_tree *tree; /**< may be NULL: expert infos are still raised */
    const hr_frame_map *frames;
    const hr_analysis *analysis; /**< NULL in the first pass: the future is not known yet */
} hr_tree_context;

/** Registers fields, subtrees and expert infos of the protocol @proto. */
void hr_tree_register(int proto);

void hr_tree_add_item(const hr_tree_context *context, const hr_model *model, const hr_item *item);
void hr_tree_add_summary(const hr_tree_context *context, const hr_totals *totals);

#endif

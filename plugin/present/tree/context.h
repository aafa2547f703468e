/* context.h
 * The packet whose tree is written.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TREE_CONTEXT_H
#define HR_PRESENT_TREE_CONTEXT_H

#include "compat.h"

#include <epan/packet.h>

#include "core/result/analysis.h"
#include "frames.h"

typedef struct {
    tvbuff_t *tvb;
    packet_info *pinfo;
    proto_tree *tree; /**< may be NULL: expert infos are still raised */
    const hr_frame_map *frames;
    const hr_analysis *analysis; /**< NULL in the first pass: the future is not known yet */
} hr_tree_context;

#endif

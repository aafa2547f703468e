/* experts.h
 * The expert infos at Wireshark's side.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TREE_EXPERTS_H
#define HR_PRESENT_TREE_EXPERTS_H

#include <epan/expert.h>

#include "core/result/findings.h"

/** That of a finding, for expert_add_info(). */
expert_field *hr_tree_expert(hr_finding_code code);

void hr_tree_register_experts(int proto);

#endif

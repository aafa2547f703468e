/* unopened.h
 * Connections that appear without their opening, and what that says of the capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_OPENING_UNOPENED_H
#define HR_CORE_OPENING_UNOPENED_H

#include "core/model/losses.h"
#include "core/model/model.h"

/**
 * Fills unopened_frame of all connections, whether they are known to carry HTTP or not. Returns
 * where openings were sent that are not in the capture, as hr_frames: of a handshake whose SYN alone
 * is missing, and of what appears so soon after another between its ends that its client had dialled
 * it meanwhile. Of what appears later nobody knows whether it is older than the capture.
 */
GArray *hr_unopened_find(const hr_model *model);

#endif

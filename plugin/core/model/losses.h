/* losses.h
 * Where in the capture something was sent that is not in it, as far as connections tell: between
 * which frames. What else was lost there nobody knows: of a connection that fell silent meanwhile
 * the rest may be missing, too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_LOSSES_H
#define HR_CORE_MODEL_LOSSES_H

#include "core/model/types.h"

typedef struct {
    GArray *spans; /**< of hr_lossy_span, ascending, apart from each other */
} hr_losses;

void hr_losses_init(hr_losses *losses);
void hr_losses_clear(hr_losses *losses);

/** Frame @until shows that something is missing that was sent behind frame @since; amortised
 * O(1). */
void hr_losses_tell(hr_losses *losses, uint32_t since, uint32_t until);

/** Whether something is known to be missing that may have been between these frames; O(log n). */
bool hr_losses_are_between(const hr_losses *losses, uint32_t after, uint32_t before);

#endif

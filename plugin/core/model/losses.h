/* losses.h
 * Where in the capture something was sent that is not in it, as far as connections tell: between
 * which frames. What else was lost there nobody knows: of a connection that fell silent meanwhile
 * the rest may be missing, too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_LOSSES_H
#define HR_CORE_MODEL_LOSSES_H

#include "core/model/bytes.h"

/** Of a stretch of frames, the last one before it and the first one after it. */
typedef struct {
    uint32_t since, until;
    int64_t since_ns; /**< when the former came */
} hr_frames;

typedef struct {
    GArray *told;  /**< of what was missing when it was told, in any order */
    GArray *spans; /**< of hr_frames, ascending, apart from each other: what is missing still */
    guint most;    /**< so many are told before those that came meanwhile are forgotten */
} hr_losses;

void hr_losses_init(hr_losses *losses);
void hr_losses_clear(hr_losses *losses);

/** @missing of @bytes, which outlive this, was sent between @frames and is not in the capture so far:
 * it may yet come, sent again or overtaken. Of a FIN @bytes is NULL. Amortised O(1). */
void hr_losses_tell(hr_losses *losses, const hr_bytes *bytes, hr_range missing, hr_frames frames);

/** Finds what is still missing, with @more that is, of hr_frames; O(n log n) in what was told. */
void hr_losses_settle(hr_losses *losses, const GArray *more);

/** Whether something is known to be missing that may have been between these frames, as of the last
 * hr_losses_settle(); O(log n). */
bool hr_losses_are_between(const hr_losses *losses, uint32_t after, uint32_t before);

/** When what is missing next behind frame @after may have been sent first; INT64_MAX: nothing is. */
int64_t hr_losses_next_ns(const hr_losses *losses, uint32_t after);

/** Whether what is missing next behind frame @after may have been sent by @until_ns; O(log n). */
bool hr_losses_begin_by(const hr_losses *losses, uint32_t after, int64_t until_ns);

#endif

/* doubts.h
 * Where an opening has no known reason.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_OPENING_DOUBTS_H
#define HR_CORE_OPENING_DOUBTS_H

#include "core/model/model.h"

/** The server asked its client to leave @idle before @opened was opened, and then closed it. */
bool hr_opening_was_left(const hr_connection *idle, const hr_connection *opened);

/** Whether what decided of @opened, which is @seen, stands in no known order, or too near for the
 * capture's clock. A long rest stands, whatever else was swapped. */
bool hr_opening_is_untimed(const hr_model *model, const hr_connection *opened,
                           const hr_opening *seen);

/** Whether what @cause was doing at the opening that it explains cannot be known. */
bool hr_opening_is_doubtful(const hr_model *model, const hr_connection *cause,
                            const hr_connection *opened, hr_why why);

/**
 * Whether what @cause did may be another program's, or for another name: where the client's requests
 * differ in these, @has_programs and @has_names, and its own are not in the capture.
 */
bool hr_opening_may_be_of_others(const hr_connection *cause, const hr_connection *opened,
                                 bool has_programs, bool has_names);

#endif

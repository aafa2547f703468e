/* settle.h
 * Openings in the light of the whole capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_OPENING_SETTLE_H
#define HR_CORE_OPENING_SETTLE_H

#include "core/model/model.h"

/** Fills is_race_loser and is_replaced of @connections, which are in the order of opening. */
void hr_openings_compare(const hr_model *model, const GPtrArray *connections);

/**
 * Fills the final `opening` of @connection, whose server is asked by several programs or for
 * several names, or not. The causes of all endings must be known.
 */
void hr_opening_settle(const hr_model *model, hr_connection *connection, bool has_programs,
                       bool has_names);

#endif

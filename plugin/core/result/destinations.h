/* destinations.h
 * The ports that clients spend. A port is taken while its connection is open and, where the client
 * keeps TIME_WAIT, a minute more; it is missing only towards the same server address and port.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_DESTINATIONS_H
#define HR_CORE_RESULT_DESTINATIONS_H

#include "core/ending/origins.h"
#include "core/result/totals.h"

/** Fills the peaks of @totals. O(n log n) in connections. */
void hr_destinations_compute(const hr_facts *facts, hr_totals *totals);

#endif

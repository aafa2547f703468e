/* cooked.h
 * Which way a packet went, where Linux says it: captures of its interface "any" have that before each
 * packet. What a tunnel carries went where the tunnel did: nothing is known of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_OBSERVE_COOKED_H
#define HR_OBSERVE_COOKED_H

#include <epan/packet.h>

#include "core/model/event.h"

/** Which way the packet went whose header of IP stands at @start of @tvb. */
hr_way hr_cooked_way(const packet_info *pinfo, tvbuff_t *tvb, int start);

#endif

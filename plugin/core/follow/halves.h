/* halves.h
 * One connection whose directions are in the capture under different addresses of its server: what
 * is sent to a host's own programs is captured once it was translated, and so are their answers
 * (iptables REDIRECT and DNAT of a host's own connections, as a mesh's sidecar has them). The client
 * asks the proxy's port, and hears the address that it asked for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FOLLOW_HALVES_H
#define HR_CORE_FOLLOW_HALVES_H

#include "core/model/store.h"

/**
 * Which connection @segment of @connection is followed on: itself, or what it is a half of, and then
 * the segment's end becomes that one's. Before any other function hears of the segment: with its first
 * one a connection becomes a half.
 */
hr_connection *hr_halves_whole(hr_model *model, hr_connection *connection, hr_tcp_segment *segment);

#endif

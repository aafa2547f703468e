/* http1_preamble.h
 * What clients send between or before requests that is no request.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_OBSERVE_HTTP1_PREAMBLE_H
#define HR_OBSERVE_HTTP1_PREAMBLE_H

#include "observe.h"

/**
 * How many bytes at @offset of the payload can be named and are no request: empty lines (RFC 9112
 * §2.2), a PROXY header of version 1 or 2 (HAProxy, proxy-protocol.txt), a SOCKS message (RFC 1928
 * §3 and §4, SOCKS4). 0 where there are none.
 */
uint32_t hr_http1_preamble_length(const hr_tcp_layer *layer, uint32_t offset);

#endif

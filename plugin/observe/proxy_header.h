/* proxy_header.h
 * The header of the PROXY protocol, versions 1 and 2 (HAProxy, proxy-protocol.txt), which a proxy sends
 * before all else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_OBSERVE_PROXY_HEADER_H
#define HR_OBSERVE_PROXY_HEADER_H

#include "observe.h"

/** How many of @length bytes, of which @captured stand at @data, are such a header; 0: they begin with
 * none. */
uint32_t hr_proxy_header_length(const uint8_t *data, uint32_t captured, uint32_t length);

#endif

/* octets.h
 * Numbers in the network's order, of bytes that are known to be there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_OBSERVE_OCTETS_H
#define HR_OBSERVE_OCTETS_H

#include <stdint.h>

static inline uint16_t hr_two_octets(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t hr_four_octets(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

#endif

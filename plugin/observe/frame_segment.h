/* frame_segment.h
 * Where the TCP segment of a frame lies, before anybody has dissected the frame: only of those that
 * are one whole packet of IP in the usual way, on Ethernet, on Linux's "any" or on a loopback.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_OBSERVE_FRAME_SEGMENT_H
#define HR_OBSERVE_FRAME_SEGMENT_H

#include "../compat.h"

#include <epan/packet.h>

/** A segment of TCP, not cut off, and the addresses of its packet. */
typedef struct {
    tvbuff_t *tvb;      /**< the whole frame */
    int header;         /**< offset in tvb */
    int payload;        /**< likewise */
    const uint8_t *tcp; /**< the header's octets */
    const uint8_t *source, *target;
    unsigned address_length;
    uint32_t seq;
    uint32_t length; /**< of its payload */
    unsigned flags;
} hr_frame_segment;

/** Whether the frame @tvb, of wiretap's @encapsulation, is a segment; then *segment is it. */
bool hr_frame_segment_read(tvbuff_t *tvb, unsigned encapsulation, hr_frame_segment *segment);

#endif

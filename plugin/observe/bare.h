/* bare.h
 * Frames without a tree. Wanted fields make tshark build a tree for each packet, which is a third
 * of the dissection. Where nobody but us reads it, a frame is dissected without the tree if its
 * bytes and taps tell as much: segments of TCP without payload, messages of HTTP/1 that are whole
 * and in order, where the tree has shown that such bytes are taken for HTTP/1, and what lies between
 * the first and the last segment of a longer one. All others have their tree: TLS, HTTP/2, whatever
 * is cut, lost, late or pipelined, and all that does not come by IP in the usual way.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_OBSERVE_BARE_H
#define HR_OBSERVE_BARE_H

#include "http1_header.h"
#include "observe.h"

/** Where a TCP segment stands, and what its header alone does not tell. */
typedef struct {
    tvbuff_t *tvb;
    int start;               /**< of its header in tvb */
    uint32_t stream;         /**< tcp.stream */
    uint32_t length;         /**< tcp.len */
    hr_http1_lines *message; /**< the whole message that it is, or NULL; until the next frame */
} hr_tcp_place;

/** Whether the present frame's segment went without a tree; then *place is what it tells. */
bool hr_bare_segment(const packet_info *pinfo, hr_tcp_place *place);

/** @field, or NULL, is the only message of HTTP/1 in the present frame's tree. */
void hr_bare_message_shown(const packet_info *pinfo, const field_info *field);

#endif

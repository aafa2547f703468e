/* http1_header.h
 * The start line and header section of an HTTP/1 message as bytes: which lines matter for a
 * connection, and where the message ends (RFC 9112 §2 to §7).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_OBSERVE_HTTP1_HEADER_H
#define HR_OBSERVE_HTTP1_HEADER_H

#include "../compat.h"

#include <epan/packet.h>

#include "core/model/event.h"
#include "slices.h"

/** What the lines said; slices point into the packet. */
typedef struct hr_http1_lines {
    hr_slice start_line;
    hr_slice host, user_agent, server, via, content_type;
    bool says_close, says_keep_alive, asks_upgrade, upgrades_to_h2c;
    bool is_relayed;                 /**< one of the lines that proxies add to requests */
    bool is_agent_moved;             /**< see hr_http1_request */
    bool binds_user;                 /**< the connection is authenticated, not each request */
    bool expects_continue;           /**< see hr_http1_request */
    bool has_length, has_odd_length; /**< Content-Length or Transfer-Encoding; not one that is
                                           digits or "chunked" only */
    bool is_usual; /**< what is a line, and which one ends the header section, is the same to all */
    int32_t keep_alive_max, keep_alive_timeout; /**< -1 where absent */
    uint32_t line_count;                        /**< header lines so far */
    hr_http1_extent extent; /**< available, is_whole and is_on_tcp are the caller's */
} hr_http1_lines;

/** Reads the message that starts at @offset of @tvb and has @available bytes on the wire. */
void hr_http1_lines_read(hr_http1_lines *lines, tvbuff_t *tvb, int offset, uint64_t available);

#endif

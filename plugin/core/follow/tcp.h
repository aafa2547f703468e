/* tcp.h
 * TCP, for the room's own files: segments (tcp.c), what acknowledgements tell (tcp_acks.c), and ends
 * (tcp_ends.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FOLLOW_TCP_H
#define HR_CORE_FOLLOW_TCP_H

#include "core/model/store.h"

/** The ACK of @segment. */
void hr_tcp_ack_seen(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment);

/** A FIN of the sender of @segment that was not captured: its own packet without payload counts one
 * number more than there are bytes. */
void hr_tcp_look_for_own_fin(hr_model *model, hr_connection *connection,
                             const hr_tcp_segment *segment);

/** Bytes of it: they were sent, and are not in the capture, or not yet. */
void hr_tcp_look_for_lost(hr_connection *connection, const hr_tcp_segment *segment);

/** Bytes from @begin to @until, which @end sent since its last packet, are not in the capture yet. Of
 * a direction of which nothing is, nothing was lost. */
void hr_tcp_tell_loss(hr_model *model, const hr_tcp_end *end, uint64_t begin, uint64_t until);

/** What end @from sends now was there by @since, as its other side shows; or none. */
void hr_tcp_came_late(hr_model *model, hr_connection *connection, unsigned from, hr_moment since);

/** The end of @segment is decided when the frame is over (tcp_ends.c). */
void hr_tcp_hold(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment);

#endif

/* quic.h
 * When a QUIC connection ends without a packet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_QUIC_H
#define HR_CORE_MODEL_QUIC_H

#include "core/model/model.h"

/**
 * When the idle timeout ends @connection if no packet follows, as far as the transport
 * parameters that could be read say; HR_TIME_NONE where they say nothing. RFC 9000 §10.1.
 */
int64_t hr_quic_idle_deadline_ns(const hr_connection *connection);

/** Whose idle timeout is the shorter one; HR_SIDE_NONE where only one of them is known. */
hr_side hr_quic_idle_timeout_side(const hr_connection *connection);

/**
 * Whether the client's datagram that is seen at @now_ns comes after the server's idle timeout: to the
 * server the connection is over (RFC 9000 §10.1). False where the server's is not known, or the
 * client's is the shorter one.
 */
bool hr_quic_outlives_server(const hr_connection *connection, int64_t now_ns);

/**
 * Whether nobody could read what @connection begins with, not even what it is for: its ClientHello
 * is cut short or missing, or only the server's packets were captured, and not the id from which the
 * keys of Initials are made (RFC 9001 §5.2).
 */
bool hr_quic_is_unread(const hr_connection *connection);

/**
 * Whether the client waits on @connection for an answer, and has heard nothing of the server since
 * its latest packet, which a living one acknowledges at once (RFC 9000 §13.2.1).
 */
bool hr_quic_is_unheard(const hr_connection *connection);

/**
 * Whether it has then sent nothing until @now_ns for longer than until it would have probed
 * (RFC 9002 §6.2): it has given the connection up, without a packet, as after an ICMP error.
 */
bool hr_quic_is_abandoned(const hr_connection *connection, int64_t now_ns);

/**
 * Whether @connection is a piece of one that Wireshark takes for several: it finds them by connection
 * ids, which it learns from the Initials, so that what comes before these, by another clock, is of
 * another one. Of such a piece nobody knows what the rest did.
 */
bool hr_quic_is_in_pieces(const hr_connection *connection);

#endif

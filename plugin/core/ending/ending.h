/* ending.h
 * Why connections ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_ENDING_H
#define HR_CORE_ENDING_ENDING_H

#include "core/ending/origins.h"

/**
 * Idle times below are no timeout that is in no table: pauses of a program are as short, and as
 * equal. The shortest default of the table is 2 s, and most are set in whole seconds; one that is
 * shorter stays a close by its side. A second that a program counts in milliseconds, from when it
 * wrote its answer, is over a little sooner on the wire (Node.js: after 999.9 ms).
 */
#define HR_UNNAMED_TIMER_MIN_NS (995 * HR_NS_PER_MS)

/** Decides the cause of every connection in scope. */
void hr_endings_decide(hr_facts *facts);

/**
 * Whether @request is of a stream that the server had taken and not begun to answer when it ended the
 * connection, whatever its cause: the answer to another stream may have been cut by that end.
 */
bool hr_ending_was_taken_in_vain(const hr_request *request);

/**
 * Whether the client reset @connection, with nothing outstanding, after an answer of which bytes
 * can have stayed unread: the kernel resets for these. A program that ends leaves a FIN else.
 */
bool hr_ending_left_unread(const hr_connection *connection);

/** Whether the client reset @connection when nothing of its last answer can have been left unread:
 * it closes so (SO_LINGER of 0, HAProxy), and its other resets tell nothing of their answers. After a
 * long rest a device that forgot the connection may have sent it, or a host that was started anew; and
 * who was still sending its request does not read. */
bool hr_ending_is_reset_at_will(const hr_settings *settings, const hr_connection *connection);

/**
 * Whether the one request of @connection was a HEAD, after whose answer its client stayed for a
 * while and left: one that does not know what HEAD means waits for the body that was announced.
 */
bool hr_ending_may_wait_after_head(const hr_connection *connection);

/**
 * Whether the last answer of @connection, which had a request, fits into what its client reads ahead,
 * so that nothing on the wire tells whether the program read it.
 */
bool hr_ending_may_hide_unread(const hr_connection *connection);

/**
 * Whether a device on the client's side may have forgotten @idle when @opened was: it had rested long
 * enough, nothing was heard of its client any more, and what came of a request on it there is not in a
 * capture that was made closer to the server.
 */
bool hr_ending_may_be_forgotten(const hr_settings *settings, const hr_connection *idle,
                                const hr_connection *opened);

/** QUIC: whether a stateless reset ended @connection, which tells that its sender knew nothing of it
 * (any more), not since when (RFC 9000 §10.3). */
static inline bool hr_ending_is_forgotten(const hr_connection *connection)
{
    return connection->ending.is_first_rst && connection->transport == HR_TRANSPORT_QUIC;
}

/** Whether the server's GOAWAY says that @connection was old enough, as its programs say it. */
bool hr_ending_is_age_said(const hr_connection *connection);

#endif

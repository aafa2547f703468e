/* translated.h
 * One connection that is in the capture twice: on both sides of what translates addresses, as a
 * capture of all devices of a container host or a router has it (tcpdump -i any). Docker's and
 * Kubernetes' Service addresses are such, and so are many balancers (LVS, NLB).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FOLLOW_TRANSLATED_H
#define HR_CORE_FOLLOW_TRANSLATED_H

#include "core/model/store.h"

/** Initial numbers are drawn at random (RFC 9293 section 3.4.1). Those that somebody wrote down, for a
 * capture that no network made, are small, and say nothing. */
#define HR_WRITTEN_MAX (UINT32_C(1) << 20)

/** The first SYN of @connection, whose sequence number is @isn. */
void hr_translated_syn_seen(hr_model *model, hr_connection *connection, uint32_t isn);

/**
 * @segment is the first SYN/ACK of @connection, and names both initial numbers. Those that began
 * before it came and have the same numbers are this connection, captured again: the one that began
 * first is in front, and nothing is followed of the other from then on: hr_connection_is_copy().
 */
void hr_translated_syn_ack_seen(hr_model *model, hr_connection *connection,
                                const hr_tcp_segment *segment);

/** @segment is the first one of @connection, and no SYN: the same for one that had begun before the
 * capture. Not while events are recorded: of what comes first in a piece nobody knows. */
void hr_translated_begun_seen(hr_model *model, hr_connection *connection,
                              const hr_tcp_segment *segment);

#endif

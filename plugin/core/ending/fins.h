/* fins.h
 * In which order both ends of a connection closed, as FINs, resets and their numbers tell; and where
 * nothing tells. What TLS and HTTP/2 said before is ends.c's.
 *
 * Sources: RFC 9293 §3.6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_FINS_H
#define HR_CORE_ENDING_FINS_H

#include "core/model/model.h"

/**
 * Which of both ends closed first, whose FIN or reset came at @by: 0 or 1, or -1 where that is not
 * known. A FIN that an ACK proves came before that ACK; one that its sender's next packet proves came
 * before or after the other's. @is_in_disorder: only the numbers tell.
 */
int hr_fins_first(const hr_tcp_end *ends, const hr_moment *by, bool is_in_disorder);

/** Whether one of them may lie where the capture shows nothing. */
bool hr_fins_hide_order(const hr_connection *connection);

/**
 * Whether what happened around the end of @connection, at ending.at, stands in no known order: times
 * went back there, or the clocks of both hosts differ by more than lies between.
 */
bool hr_fins_stand_in_no_order(const hr_model *model, const hr_connection *connection,
                               const hr_moment *by);

/** Whether neither FIN was sent in answer to the other. */
bool hr_fins_crossed(const hr_connection *connection);

#endif

/* ends.h
 * What a connection's own packets say of its end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_ENDS_H
#define HR_CORE_ENDING_ENDS_H

#include "core/model/model.h"

/** Fills what each connection's own packets say: who ended it first, when, after which idle. */
void hr_endings_prepare(hr_model *model);

/** The request that was outstanding at the first FIN or RST, the oldest one, or NULL. */
hr_request *hr_ending_outstanding_request(const hr_connection *connection);

/** Whether @request was outstanding at its connection's first FIN or RST, which is there. */
bool hr_ending_left_outstanding(const hr_request *request);

/**
 * When the client of @request gave it up, with its stream or with the connection; none where it did
 * not. Where it closed the connection, a part of the answer may have come before.
 */
hr_moment hr_ending_given_up_at(const hr_request *request);

/**
 * Whether the client of @request, which closed, said with that and with all that it sent later that no
 * byte of an answer had reached it. Of streams that is not known.
 */
bool hr_ending_took_no_answer(const hr_request *request);

/** ... and that the answer had been sent, again and again or not past the point of the capture. */
bool hr_ending_lost_answer(const hr_request *request);

/** Its client said hello in TLS, and was answered in the clear by what speaks HTTP (nginx, Go: 400). */
bool hr_ending_is_tls_in_plain(const hr_connection *connection);

/** What the server of @connection speaks where that is not what its client spoke; HR_SPOKEN_UNKNOWN:
 * it answered what it was asked, or nobody knows. */
hr_spoken hr_ending_spoken_instead(const hr_connection *connection);

#endif

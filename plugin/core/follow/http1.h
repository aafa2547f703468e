/* http1.h
 * What the requests and the answers of HTTP/1 share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FOLLOW_HTTP1_H
#define HR_CORE_FOLLOW_HTTP1_H

#include "core/model/store.h"

/** Whether @connection speaks HTTP/1, as far as anybody knows, and has not left it. */
bool hr_http1_is_ours(const hr_connection *connection);

/** The first message decides the protocol; it also puts the connection in scope. */
void hr_http1_take_protocol(hr_model *model, hr_connection *connection,
                            const hr_http1_persistence *said);

/** HTTP/1.0 persists only where both say keep-alive; 1.1 unless one says close (RFC 9112 §9.3). */
void hr_http1_heed_persistence(hr_model *model, hr_connection *connection,
                               const hr_http1_persistence *said, hr_side side);

/**
 * Header and body bytes of a message, or UINT64_MAX where its end cannot be told from it;
 * *is_until_close: because the end of the connection ends it.
 */
uint64_t hr_http1_message_length(const hr_http1_extent *extent, bool is_bodyless,
                                 bool *is_until_close);

/** The answer to @request, the oldest outstanding one, ends now. */
void hr_http1_finish(hr_model *model, hr_connection *connection, hr_request *request,
                     hr_complete complete);

/**
 * @rest bytes of the present segment follow the answer that just ended: they are the answer to
 * @next, which may be NULL.
 */
void hr_http1_begin_next_answer(hr_model *model, hr_request *next, uint64_t rest);

#endif

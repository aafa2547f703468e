/* http1.h
 * HTTP/1.0 and 1.1, for the room's own files: what http1.c makes of the bytes of both sides, and
 * what the requests (http1_requests.c) and the answers (http1_answers.c) share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FOLLOW_HTTP1_H
#define HR_CORE_FOLLOW_HTTP1_H

#include "core/follow/exchange.h"

/** New TCP payload of either side, before its messages. On TLS the records count instead. */
void hr_http1_client_bytes(hr_model *model, hr_connection *connection, const hr_fresh *fresh);
void hr_http1_server_bytes(hr_model *model, hr_connection *connection, const hr_fresh *fresh);

/** Readable application data of TLS, which stands for the bytes of the two above. */
void hr_http1_data(hr_model *model, hr_connection *connection, hr_side side, uint32_t length);

/** The server's FIN or RST: looks whether the answer at the head ends with it. */
void hr_http1_server_ended(hr_model *model, hr_connection *connection);

/** Client bytes that no message of the frame has claimed take their connection. */
void hr_http1_end_frame(hr_model *model);

/** Whether @connection speaks HTTP/1, as far as anybody knows, and has not left it. */
bool hr_http1_is_ours(const hr_connection *connection);

/** The first message decides the protocol; it also puts the connection in scope. */
void hr_http1_take_protocol(hr_connection *connection, const hr_http1_persistence *said);

/**
 * HTTP/1.0 persists only where both say keep-alive; 1.1 unless one says close (RFC 9112 §9.3).
 * @is_cut: not all of the header section is there, so that what it does not say it may say.
 */
void hr_http1_heed_persistence(hr_model *model, hr_connection *connection,
                               const hr_http1_persistence *said, hr_side side, bool is_cut);

/** Whether what it says of its length leaves its end unknown to all (RFC 9112 §6.3). */
bool hr_http1_is_length_odd(const hr_http1_extent *extent);

/** 1 + its Content-Length, at most UINT32_MAX; 0 where that says nothing of it. */
uint32_t hr_http1_said_length(const hr_http1_extent *extent);

/**
 * Header and body bytes of a message, or UINT64_MAX where its end cannot be told from it;
 * *is_until_close: because the end of the connection ends it.
 */
uint64_t hr_http1_message_length(const hr_http1_extent *extent, bool is_bodyless,
                                 bool *is_until_close);

/** Whether an answer of this status to @request, which may be NULL, has no body whatever it says (RFC
 * 9112 §6.3). */
bool hr_http1_is_bodyless(const hr_request *request, unsigned code);

/** Whether the dissector had all of it: of an odd length it took one. */
bool hr_http1_is_put_together(const hr_http1_extent *extent);

/** Whether it is a 408 that the server sent before it had a byte of @head, which may be NULL: it answers
 * nothing, and says that the server waits no longer (RFC 9110 §15.5.9). One that comes as soon as the
 * connection is open turns its client away. */
bool hr_http1_is_unasked_timeout(const hr_model *model, const hr_connection *connection,
                                 const hr_request *head, unsigned code);

/** ... and the server has said it. */
void hr_http1_timeout_said(hr_model *model, hr_connection *connection, hr_request *head);

/** Whether it is another error, the first word on a connection of whose client the server has not a byte
 * yet: it turns it away, as at a limit of connections (RFC 9110 §15.6.4). */
bool hr_http1_is_turned_away(const hr_connection *connection, unsigned code);
void hr_http1_turned_away(hr_model *model, hr_connection *connection);

/** An answer of which nothing is outstanding: to a request that is not in the capture, or to bytes
 * that nobody could read. */
void hr_http1_stray_answer(hr_model *model, hr_connection *connection,
                           const hr_http1_response *response);

/**
 * An answer of which nothing is outstanding: if the server has acknowledged bytes that are not in the
 * capture yet, or nobody could read, it is kept for the request that may still come there.
 * @is_exchange: it counts as one. Amortised O(1).
 */
void hr_http1_hold(const hr_model *model, hr_connection *connection,
                   const hr_http1_response *response, bool is_legible, bool is_exchange);

/** Whether a request that begins at @start was answered before it came: then by *held, and what that
 * made of the connection is taken back. */
bool hr_http1_claim_held(hr_connection *connection, hr_exchange_start *start, hr_held_answer *held);

/** ... which ends its exchange. */
void hr_http1_take_held(hr_model *model, hr_connection *connection, hr_request *request,
                        const hr_held_answer *held);

/** Client bytes from @begin on belong to no request yet; they came now. */
void hr_http1_note_pending(hr_model *model, hr_connection *connection, uint64_t begin);

/** The answer to @request, the oldest outstanding one, ends now, before the server's @until. */
void hr_http1_finish(hr_model *model, hr_connection *connection, hr_request *request,
                     hr_complete complete, uint64_t until);

/**
 * @rest bytes of the present segment follow the answer that just ended: they are the answer to
 * @next, which may be NULL.
 */
void hr_http1_begin_next_answer(hr_model *model, hr_connection *connection, hr_request *next,
                                uint64_t rest);

/** @request was seen to begin: it may wait for leave to send its body. */
void hr_http1_expect(hr_connection *connection, hr_request *request, const hr_http1_request *seen);

/** A 100 came: what waits sends its body. */
void hr_http1_expectation_met(hr_connection *connection);

/** Client bytes: whether they begin where a body was to begin that need not come any more. */
void hr_http1_look_for_body(const hr_model *model, hr_connection *connection,
                            const hr_fresh *fresh);

/** Whether a request at @position stands there, and whether what is @seen there can be one. */
bool hr_http1_is_instead(const hr_model *model, const hr_connection *connection, uint64_t position);
bool hr_http1_may_be_instead(hr_model *model, const hr_connection *connection,
                             const hr_http1_request *seen);

/** Then the last request ended with its head, and its client had nothing to send since the
 * answer. */
void hr_http1_end_at_head(hr_model *model, hr_connection *connection);

/** The request that Wireshark shows now that it has read as many bytes behind it as its body was to
 * have; NULL: none. @position is of what is shown. */
hr_request *hr_http1_read_on(hr_model *model, hr_connection *connection, uint64_t position,
                             const hr_http1_request *seen);

/** The position of a message's first byte, sent by end @from; HR_POSITION_NONE where it was put
 * together from several segments, or travelled in TLS. */
uint64_t hr_http1_position(const hr_connection *connection, unsigned from,
                           const hr_http1_extent *extent);

#endif

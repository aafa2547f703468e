/* exchange.h
 * The one place where an exchange begins, its request's first byte, and the one where it ends,
 * whatever the protocol. Busy, idle, pipelined, concurrency and idle times follow from these
 * alone. What it knows of answers it knows from bytes and from what its callers were shown.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FOLLOW_EXCHANGE_H
#define HR_CORE_FOLLOW_EXCHANGE_H

#include "core/follow/state.h"

/** How a request comes into being. */
typedef struct {
    hr_moment sent;   /**< its first byte */
    uint64_t begin;   /**< the position of that byte, or HR_POSITION_NONE */
    int64_t idle_ns;  /**< how long its connection had been idle, or HR_TIME_NONE */
    int64_t stream;   /**< of HTTP/2 or 3, -1 on HTTP/1 */
    hr_status status; /**< where it is the first visible one; later ones are reused */
    bool is_number_exact;
} hr_exchange_start;

/** A request begins on @connection, which is known to carry HTTP. Owned by the model. */
hr_request *hr_exchange_begin(hr_model *model, hr_connection *connection,
                              const hr_exchange_start *start);

/** The exchange of @request, which is not over yet, is over now. */
void hr_exchange_end(hr_model *model, hr_connection *connection, hr_request *request,
                     hr_complete complete);

/** The same for a stream, whose last frame came now. */
void hr_exchange_end_now(hr_model *model, hr_request *request, hr_complete complete);

/**
 * The stream of @request is reset by the end with index @from. Where that is its client, and no
 * answer had begun, it gave the request up.
 */
void hr_exchange_reset(hr_model *model, hr_request *request, unsigned from);

/**
 * The client asks again, or one side closes: ends the oldest exchange if its client has
 * acknowledged all that the server sent and an answer is among it that nobody was shown, because
 * segments overtook each other or are not in the capture. Whether it was whole is not known then.
 * An answer that was shown in part, or whose declared length was not reached, goes on.
 */
void hr_exchange_settle(hr_model *model, hr_connection *connection);

/**
 * An answer begins at the server's @position: ends the oldest exchange if its own answer lies
 * before that, was acknowledged, and nobody was shown it.
 */
void hr_exchange_pass(hr_model *model, hr_connection *connection, uint64_t position);

/** All that @connection's last request consists of has been sent now. */
void hr_exchange_request_sent(hr_model *model, hr_connection *connection);

/**
 * A request begins now on @stream of HTTP/2 or 3. Where the opening is missing, a stream above
 * @first_stream proves that one went before.
 */
hr_request *hr_exchange_begin_on_stream(hr_model *model, hr_connection *connection, int64_t stream,
                                        int64_t first_stream);

#endif

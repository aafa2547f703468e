/* state.h
 * Who is the client, and the states of a connection: busy, idle, closing. All protocols end up
 * here; the pools' queues are kept in step.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FOLLOW_STATE_H
#define HR_CORE_FOLLOW_STATE_H

#include "core/model/store.h"

/** Says that @end (0 or 1) is the client's, known from a message. */
void hr_connection_set_client(hr_connection *connection, unsigned end);

/** Nothing outstanding any more, or something again; keeps the pool's queues in step. */
void hr_connection_become_idle(hr_model *model, hr_connection *connection);
void hr_connection_become_busy(hr_model *model, hr_connection *connection);

/** It came to rest at @at already, before it was noticed. */
void hr_connection_rested_at(hr_connection *connection, hr_moment at);

/** Its client acknowledged more: idle since now at the latest, if that was the answer's end. */
void hr_connection_acknowledged(const hr_model *model, hr_connection *connection);

/** It can take another request; HTTP/1 follows idle and busy, HTTP/2 its streams. */
void hr_connection_become_available(hr_model *model, hr_connection *connection);

/** Streams: it can take another request, or all that the server allows are open. */
void hr_connection_follow_limit(hr_model *model, hr_connection *connection, bool has_room);

/** The handshake is over now; @is_estimated: only later data shows it. */
void hr_connection_become_ready(const hr_model *model, hr_connection *connection,
                                bool is_estimated);

/** Its server goes on without having been asked again: what it seemed to explain as an idle one, it
 * does not. */
void hr_connection_still_answers(const hr_connection *connection);

/** No request may follow from now on; only the first call counts. */
void hr_connection_become_closing(hr_model *model, hr_connection *connection);

/** What closed it was none: it is being set up again. */
void hr_connection_reopen(hr_model *model, hr_connection *connection);

/** @side announced in the present frame that it will close; only the first call counts. */
void hr_connection_announce_close(hr_model *model, hr_connection *connection, hr_side side);

/**
 * The name that a client pools @connection by: what its TLS handshake asked for, else @host in
 * lower case without a default port (RFC 9110 §7.2); NULL where neither is known.
 */
const char *hr_connection_pool_name(hr_model *model, const hr_connection *connection,
                                    hr_slice host);

/** A request said @user_agent; @is_relayed: also that it came through a proxy. */
void hr_connection_take_user_agent(hr_model *model, hr_connection *connection, hr_slice user_agent,
                                   bool is_relayed);

/**
 * The final answer to @request came: one TLS connection that answers for a second Host serves
 * several names (RFC 9113 §9.1.1), but not one that says 421 (RFC 9110 §15.5.20).
 */
void hr_connection_host_answered(hr_model *model, hr_connection *connection,
                                 const hr_request *request);

#endif

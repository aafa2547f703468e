/* pool.h
 * Pools: the connections that a client could have taken for a request, and so the reason why
 * it opened one. A pool key is client address, server address and port, scheme, HTTP version
 * family and name; a name that is not known matches any.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_OPENING_POOL_H
#define HR_CORE_OPENING_POOL_H

#include "core/model/model.h"

/** @connection was first seen: it is being set up, or its state is not known. */
void hr_pool_connection_appeared(hr_model *model, hr_connection *connection);

/** Its SYN is seen, perhaps after other packets of it: why it was opened can be judged. */
void hr_pool_opening_seen(hr_model *model, hr_connection *connection);

/** What seemed to close @connection before it was set up was none. */
void hr_pool_connection_reappeared(hr_model *model, hr_connection *connection);

/**
 * @connection is about to carry HTTP for @name (interned; NULL where it is not known): puts it
 * into its pool and, where its opening is in the capture, decides why it was opened. Later
 * calls name it, or find that it serves several names.
 */
void hr_pool_enter(hr_model *model, hr_connection *connection, const char *name);

/** @connection serves several names: they are no key for its client and server. */
void hr_pool_serves_several(hr_connection *connection);

/** @connection could take a request, or cannot any more, or never will; the queues follow. */
void hr_pool_available(hr_connection *connection);
void hr_pool_taken(hr_connection *connection);

/** @connection carries a request and can still take others: it explains no opening now. */
void hr_pool_used(hr_connection *connection);
void hr_pool_closing(hr_connection *connection);

/** @connection, which has carried nothing, turned out to be none of its own. */
void hr_pool_leave(hr_connection *connection);

/** All streams that the server allows on @connection are open (RFC 9113 §5.1.2, 9000 §4.6). */
void hr_pool_exhausted(const hr_connection *connection);

/** The opening that the connection @idle explains now, or NULL. */
hr_connection *hr_pool_explained_by(const hr_connection *idle);

/** The first exchange of @connection is over: what explained its opening is free again. */
void hr_pool_first_exchange_over(hr_connection *connection);

/** The pool that stands for @connection's key, with those merged into it; NULL before enter. */
hr_pool *hr_pool_of(const hr_connection *connection);

/** The name of a pool's key, or NULL. */
const char *hr_pool_name(const hr_pool *pool);

#endif

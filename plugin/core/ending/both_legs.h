/* both_legs.h
 * Ends that both sides of a proxy have in common: of idle connections that what is between closed,
 * or was closed on, of what is said to close on both, and of its own program.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_BOTH_LEGS_H
#define HR_CORE_ENDING_BOTH_LEGS_H

#include "core/model/model.h"

/**
 * The connection that carried what @front carried, request for request, and was closed idle at the
 * same moment: by its client, which is then what is between, or before that by its server. NULL
 * where there is none: a proxy of HTTP keeps its two sides apart.
 */
const hr_connection *hr_both_legs_idle(const hr_model *model, const hr_connection *front);

/**
 * The connection that carried what @front carried, whose last exchange said close, as the answer
 * then did that ended @front, or its server right behind it: what is between passes on what it is
 * answered, or keeps nothing on both of its sides. NULL where there is none.
 */
const hr_connection *hr_both_legs_said(const hr_model *model, const hr_connection *front);

/** The connection on which @back's last request had come to the proxy, where the end of the proxy's
 * program, or its reload, ended that one at the moment at which it closed @back; or NULL. */
const hr_connection *hr_both_legs_stopped(const hr_model *model, const hr_connection *back);

/**
 * Whether @back carried what one connection to the proxy did, all of it and nothing else, in as many
 * bytes. So does a relay of TCP, and what adds no line to what it passes on.
 */
bool hr_both_legs_is_one_to_one(const hr_connection *back);

/** Whether the client of the connection on which all requests of @back had come to the proxy ended
 * that one, and the proxy @back with it: no limit of its own. */
bool hr_both_legs_is_left(const hr_model *model, const hr_connection *back);

/**
 * The connection on the other side of a relay that carried what @connection carried, byte for byte,
 * and ended with it, where that is the side that ended both: in front by the client, behind by the
 * server. NULL where there is none.
 */
const hr_connection *hr_both_legs_begun_at(const hr_model *model, const hr_connection *connection);

#endif

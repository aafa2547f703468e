/* tunnel.h
 * The inside of a CONNECT, a connection of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FOLLOW_TUNNEL_H
#define HR_CORE_FOLLOW_TUNNEL_H

#include "core/model/store.h"

/** A 2xx to a CONNECT: what follows on @outer is a connection to the target. */
void hr_tunnel_open(hr_model *model, hr_connection *outer, const hr_request *request);

/** Segments of @outer from its end @from, with what they brought, and its end. */
void hr_tunnel_follow(hr_model *model, hr_connection *outer, unsigned from, const hr_fresh *fresh);
void hr_tunnel_end(hr_model *model, hr_connection *outer, unsigned from, bool is_first);

#endif

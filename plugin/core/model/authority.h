/* authority.h
 * What a Host says of where its server is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_AUTHORITY_H
#define HR_CORE_MODEL_AUTHORITY_H

#include "core/model/model.h"

/** The port that the first request of @connection asks for; 0 where it does not say. A Host has one
 * unless it is the scheme's own (RFC 9110 section 7.2). A forward proxy, which is asked in absolute
 * form or for a tunnel, is asked for another's. */
unsigned hr_authority_port(const hr_connection *connection);

#endif

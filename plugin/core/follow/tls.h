/* tls.h
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FOLLOW_TLS_H
#define HR_CORE_FOLLOW_TLS_H

#include "core/model/store.h"

/** Now the server's FIN or reset was seen: what it said right before, unasked, were its last words
 * (a 408), and no answer that goes on. */
void hr_tls_server_ended(const hr_model *model, hr_connection *connection);

#endif

/* tls.h
 * TLS, for the room's own files: the ledger (tls.c), and what records tell that nobody can read
 * (tls_hidden.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FOLLOW_TLS_H
#define HR_CORE_FOLLOW_TLS_H

#include "core/model/store.h"

/** Now the server's FIN or reset was seen: what it said right before, unasked, were its last words
 * (a 408), and no answer that goes on. Not where the client had ended it before. */
void hr_tls_server_ended(const hr_model *model, hr_connection *connection);

/** Whether @connection's handshake agreed on TLS 1.3. */
bool hr_tls_is_13(const hr_connection *connection);

/** A record of @length that nobody can read: who spoke last is all that shows of an exchange. */
void hr_tls_guess_exchange(hr_model *model, hr_connection *connection, hr_side side,
                           uint32_t length);

/** A record of TLS 1.3 as long as an alert, by @side. */
void hr_tls_hidden_alert_seen(const hr_model *model, hr_connection *connection, hr_side side);

#endif

/* http2.h
 * The way from HTTP/1.1 to HTTP/2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FOLLOW_HTTP2_H
#define HR_CORE_FOLLOW_HTTP2_H

#include "core/follow/state.h"

/** A 101 to Upgrade: h2c: @request goes on as stream 1 (RFC 7540 §3.2). */
void hr_http2_upgraded(hr_model *model, hr_connection *connection, hr_request *request);

#endif

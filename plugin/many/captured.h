/* captured.h
 * The packet that was read last, as wiretap has it: for pieces.c only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_MANY_CAPTURED_H
#define HR_MANY_CAPTURED_H

#include "compat.h"

#include <wiretap/wtap.h>
#include <wsutil/buffer.h>

#include "many/capture.h"

const wtap_rec *hr_captures_record(const hr_captures *captures);
const Buffer *hr_captures_buffer(const hr_captures *captures);

/** Its interface; NULL where its file has none. */
wtap_block_t hr_captures_interface(const hr_captures *captures);

/** wtap_block_t: the secrets of all files up to it. */
const GArray *hr_captures_secrets(const hr_captures *captures);

/** What wiretap says of an error, to be freed. Takes @info. */
char *hr_wiretap_reason(int error, char *info);

#endif

/* spoken.c
 * What a server speaks, as its first bytes say, where its client speaks something else: nobody shows
 * such bytes as an answer, and they are none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/store.h"

/* Its first bytes are there; or the first that are there come after the first request that is. */
static bool is_begin_there(const hr_connection *connection)
{
    return connection->is_opening_seen ||
           (connection->request_count == 1 && connection->unseen_count == 0);
}

bool hr_wants_first_words(const hr_connection *connection, unsigned from, uint32_t length)
{
    const hr_tcp_end *end = &connection->ends[from];

    return connection->transport == HR_TRANSPORT_TCP && is_begin_there(connection) &&
           !connection->is_tls && from != connection->client && length > 0 &&
           hr_bytes_end(&end->out) == HR_POSITION_START + length;
}

void hr_server_speaks(hr_model *model, hr_connection *connection, unsigned from, uint32_t spoken)
{
    (void)model;
    if (from != connection->client && spoken <= HR_SPOKEN_TLS) {
        hr_connection_seldom(connection)->spoken = (uint8_t)spoken;
    }
}

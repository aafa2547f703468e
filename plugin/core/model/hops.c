/* hops.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/hops.h"

enum {
    STEADY = 2, /* a SYN/ACK, which a device may answer in the server's name, and what follows it */
};

/* It answers the SYN: who refuses is the server, as far as anybody knows (RFC 9293 §3.10.7.1). */
static bool is_refusal(const hr_connection *connection, const hr_tcp_end *end)
{
    return connection->is_opening_seen && connection->established.frame == 0 &&
           end->seldom->has_rst_ack;
}

bool hr_hops_differ_of_reset(const hr_connection *connection, unsigned index)
{
    const hr_tcp_end *end = &connection->ends[index];

    if (end->seldom->rst_hops == 0 || end->seldom->has_other_hops) {
        return false;
    }
    return end->hops_count > 0 ? end->seldom->rst_hops != end->hops : !is_refusal(connection, end);
}

/* In whose name its first reset came. */
static const hr_tcp_end *reset_end(const hr_connection *connection)
{
    const hr_tcp_end *client = hr_connection_client(connection);

    return client->seldom->rst.frame == connection->ending.at.frame
               ? client
               : hr_connection_server(connection);
}

bool hr_hops_are_steady(const hr_connection *connection)
{
    return reset_end(connection)->hops_count >= STEADY;
}

bool hr_hops_of_end(const hr_connection *connection, hr_reset_hops *hops)
{
    const hr_tcp_end *end = reset_end(connection);

    *hops =
        (hr_reset_hops){end == hr_connection_client(connection) ? HR_SIDE_CLIENT : HR_SIDE_SERVER,
                        end->seldom->rst_hops, end->hops};
    return connection->ending.is_from_elsewhere && end->hops_count > 0;
}

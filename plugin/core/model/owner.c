/* owner.c
 * Whose a connection is: which program speaks on it, and whether two are of one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/store.h"

static const char *program_seen(const hr_connection *connection)
{
    const hr_products *products = &connection->products;
    return products->is_relayed || products->is_below_its_program ? NULL : products->user_agent;
}

const char *hr_connection_program(const hr_connection *connection)
{
    const hr_products *products = &connection->products;
    return products->is_leg || products->may_be_leg ? NULL : program_seen(connection);
}

/* No User-Agent is that one. */
static const char proxy_here[] = "a proxy";

const char *hr_connection_owner(const hr_connection *connection)
{
    const hr_products *products = &connection->products;

    if (connection->seldom->spoken_for != NULL) {
        return connection->seldom->spoken_for; /* which has a pool of its own there */
    }
    if (products->is_relayed || products->is_leg) {
        return proxy_here;
    }
    return hr_connection_program(connection);
}

/* Its client had not acknowledged the SYN/ACK until it was reset: else the server's kernel would have sent
 * that again, and the ACK is not in the capture. */
static bool is_ack_held_back(const hr_connection *connection)
{
    const hr_tcp_end *server = hr_connection_server(connection);
    const int64_t held_ns = hr_moment_elapsed_ns(hr_connection_accepted(connection),
                                                 hr_connection_client(connection)->seldom->rst);

    return connection->established.frame == 0 && server->is_syn_answer &&
           ((held_ns != HR_TIME_NONE && held_ns < HR_INITIAL_RTO_NS) || server->syn_count > 1);
}

/* It asked the server's kernel whether it accepts one, and held its ACK back to reset it: HAProxy's
 * check of TCP (src/proto_tcp.c: TCP_QUICKACK off), and who scans ports. The kernel acknowledges a SYN/ACK
 * at once for all others, and resets what nobody waits for any more without an ACK. */
static bool is_knock(const hr_connection *connection)
{
    const hr_tcp_end *client = hr_connection_client(connection);

    return is_ack_held_back(connection) && client->seldom->has_rst_ack &&
           hr_bytes_end(&client->out) == HR_POSITION_START;
}

bool hr_connection_is_check(const hr_connection *connection)
{
    return (connection->products.is_check && hr_connection_program(connection) != NULL) ||
           is_knock(connection);
}

static bool are_two(const char *one, const char *other)
{
    return one != NULL && other != NULL && one != other; /* interned */
}

bool hr_connection_is_other_program(const hr_connection *one, const hr_connection *other)
{
    return are_two(hr_connection_owner(one), hr_connection_owner(other));
}

bool hr_connection_seems_other_program(const hr_connection *one, const hr_connection *other)
{
    return are_two(program_seen(one), program_seen(other)) ||
           hr_connection_serves_another(one, other);
}

bool hr_connection_serves_another(const hr_connection *one, const hr_connection *other)
{
    return are_two(one->seldom->spoken_for, other->seldom->spoken_for);
}

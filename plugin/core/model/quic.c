/* quic.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/quic.h"

int64_t hr_quic_idle_deadline_ns(const hr_connection *connection)
{
    const hr_quic *quic = connection->seldom->quic;
    uint64_t timeout_ms = 0;

    for (unsigned end = 0; end < 2; end++) {
        const uint64_t own_ms = quic->has_parameters[end] ? quic->idle_timeout_ms[end] : 0;
        if (own_ms != 0 && (timeout_ms == 0 || own_ms < timeout_ms)) {
            timeout_ms = own_ms; /* the smaller one counts (RFC 9000 §10.1) */
        }
    }
    if (timeout_ms == 0 || timeout_ms > (uint64_t)(INT64_MAX / 2 / HR_NS_PER_MS)) {
        return HR_TIME_NONE;
    }
    return connection->last_seen.ns + (int64_t)timeout_ms * HR_NS_PER_MS;
}

bool hr_quic_outlives_server(const hr_connection *connection, int64_t now_ns)
{
    const hr_quic *quic = connection->seldom->quic;
    const hr_side side = hr_quic_idle_timeout_side(connection);
    const uint64_t timeout_ms = quic->idle_timeout_ms[1U - connection->client];

    return (side == HR_SIDE_SERVER || side == HR_SIDE_BOTH) &&
           timeout_ms <= (uint64_t)(INT64_MAX / HR_NS_PER_MS) &&
           now_ns - connection->last_seen.ns >= (int64_t)timeout_ms * HR_NS_PER_MS;
}

bool hr_quic_is_unread(const hr_connection *connection)
{
    const hr_tls *tls = connection->seldom->tls;

    return connection->seldom->quic != NULL && tls->sni == NULL && tls->alpn == NULL &&
           tls->hello.frame == 0;
}

bool hr_quic_is_unheard(const hr_connection *connection)
{
    const hr_moment heard = hr_connection_server(connection)->last_sent;

    return connection->seldom->quic != NULL && connection->outstanding > 0 && heard.frame != 0 &&
           heard.frame < hr_connection_client(connection)->last_sent.frame;
}

/* A client does not wait for longer than that before it probes, and then twice as long each time. */
#define FIRST_PROBE_NS (1 * HR_NS_PER_S)

bool hr_quic_is_abandoned(const hr_connection *connection, int64_t now_ns)
{
    const hr_tcp_end *client = hr_connection_client(connection);
    const int64_t setup_ns = hr_connection_setup_ns(connection);

    return hr_quic_is_unheard(connection) && setup_ns != HR_TIME_NONE &&
           client->seldom->repeats < HR_REPEATS_IN_VAIN &&
           now_ns - client->last_sent.ns >= (FIRST_PROBE_NS + setup_ns) << client->seldom->repeats;
}

/* The later one of the same ports did not begin with an Initial alone that can be read, behind the end
 * of the earlier. */
static bool is_one(const hr_connection *earlier, const hr_connection *later)
{
    return earlier != NULL && later != NULL &&
           (!later->is_opening_seen || later->seldom->quic->begins_inside ||
            hr_quic_is_unread(later) || earlier->last_seen.frame > later->first_seen.frame);
}

bool hr_quic_is_in_pieces(const hr_connection *connection)
{
    const hr_quic *quic = connection->seldom->quic;

    return quic != NULL && (is_one(quic->before, connection) || is_one(connection, quic->after));
}

hr_side hr_quic_idle_timeout_side(const hr_connection *connection)
{
    const hr_quic *quic = connection->seldom->quic;
    const unsigned client = connection->client;

    if (!quic->has_parameters[0] || !quic->has_parameters[1]) {
        return HR_SIDE_NONE; /* without keys the server's is not to be seen */
    }
    const uint64_t by_client_ms = quic->idle_timeout_ms[client];
    const uint64_t by_server_ms = quic->idle_timeout_ms[1 - client];
    if (by_client_ms == by_server_ms) {
        return by_client_ms != 0 ? HR_SIDE_BOTH : HR_SIDE_NONE;
    }
    return by_server_ms == 0 || (by_client_ms != 0 && by_client_ms < by_server_ms) ? HR_SIDE_CLIENT
                                                                                   : HR_SIDE_SERVER;
}

/* apart.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/apart.h"

#include "core/model/route.h"
#include "core/model/store.h"

/* Mirror ports and the queues of network cards set the directions apart by less. */
#define LEAST_NS (HR_NS_PER_MS / 10)

/* What comes later may have been sent again (RFC 6298 §2.4; Linux waits 200 ms). */
#define MOST_NS (200 * HR_NS_PER_MS)

enum {
    TIMES = 3,       /* that it was so, before it is no chance */
    CONNECTIONS = 2, /* on which it was, before it is so of others */
};

typedef struct {
    uint32_t times[2]; /* by who is late: the client, the server */
    uint32_t connections;
    const hr_connection *latest;
    int64_t most_ns;
    uint32_t long_times; /* of these by MOST_NS and more, ... */
    int64_t longest_ns;  /* ... by so much at most */
} hr_hosts;

static hr_route hosts_of(const hr_connection *connection)
{
    hr_route route = hr_route_of(connection);

    route.client_port = route.server_port = 0;
    return route;
}

void hr_apart_clear(hr_apart *apart)
{
    g_clear_pointer(&apart->hosts, g_hash_table_destroy);
}

static hr_hosts *make_hosts(hr_apart *apart, const hr_connection *connection)
{
    const hr_route route = hosts_of(connection);

    if (apart->hosts == NULL) {
        apart->hosts = g_hash_table_new_full(hr_route_hash, hr_route_equal, g_free, g_free);
    }
    hr_hosts *hosts = g_hash_table_lookup(apart->hosts, &route);
    if (hosts == NULL) {
        hosts = g_new0(hr_hosts, 1);
        g_hash_table_insert(apart->hosts, g_memdup2(&route, sizeof(route)), hosts);
    }
    return hosts;
}

void hr_apart_tell(hr_apart *apart, hr_connection *connection, unsigned from, int64_t late_ns)
{
    if (late_ns < LEAST_NS) {
        return;
    }
    hr_tcp_seldom *end = hr_tcp_seldom_of(&connection->ends[from]);
    hr_hosts *hosts = make_hosts(apart, connection);
    end->late_count++;
    end->late_ns = MAX(end->late_ns, late_ns);
    hosts->times[from == connection->client ? 0 : 1]++;
    hosts->connections += hosts->latest != connection ? 1 : 0;
    hosts->latest = connection;
    if (late_ns < MOST_NS) {
        hosts->most_ns = MAX(hosts->most_ns, late_ns);
    } else {
        hosts->longest_ns = MAX(hosts->longest_ns, late_ns);
        hosts->long_times++;
    }
}

/* As its own packets tell. */
static int64_t own_ns(const hr_connection *connection)
{
    int64_t most_ns = 0;

    for (unsigned i = 0; i < 2; i++) {
        const hr_tcp_seldom *end = connection->ends[i].seldom;
        if (end->late_ns < MOST_NS || end->late_count >= TIMES) {
            most_ns = MAX(most_ns, end->late_ns);
        }
    }
    return most_ns;
}

/* As those of its hosts tell: again and again, and never the other way round. */
static int64_t hosts_ns(const hr_apart *apart, const hr_connection *connection)
{
    const hr_route route = hosts_of(connection);
    const hr_hosts *hosts = g_hash_table_lookup(apart->hosts, &route);
    const bool is_apart = hosts != NULL && hosts->connections >= CONNECTIONS &&
                          MAX(hosts->times[0], hosts->times[1]) >= TIMES &&
                          MIN(hosts->times[0], hosts->times[1]) == 0;

    if (!is_apart) {
        return 0;
    }
    return hosts->long_times >= TIMES ? MAX(hosts->most_ns, hosts->longest_ns) : hosts->most_ns;
}

/* A handshake in its order took longer than the clocks are apart, each way. */
static bool is_opening_in_order(const hr_connection *connection)
{
    const uint32_t asked = hr_connection_client(connection)->syn.frame;
    const uint32_t accepted = hr_connection_server(connection)->syn.frame;

    return asked != 0 && asked < accepted && accepted < connection->established.frame;
}

static bool is_late_often(const hr_connection *connection)
{
    return MAX(connection->ends[0].seldom->late_count, connection->ends[1].seldom->late_count) >=
           TIMES;
}

int64_t hr_apart_ns(const hr_apart *apart, const hr_connection *connection)
{
    if (apart->hosts == NULL) {
        return 0;
    }
    if (is_opening_in_order(connection)) { /* what was lost, and came again, is late once */
        return is_late_often(connection) ? own_ns(connection) : 0;
    }
    return MAX(own_ns(connection), hosts_ns(apart, connection));
}

/* route.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/route.h"

#include "core/model/hash.h"

hr_route hr_route_of(const hr_connection *connection)
{
    const hr_endpoint *client = &hr_connection_client(connection)->endpoint;
    const hr_endpoint *server = &hr_connection_server(connection)->endpoint;
    return (hr_route){
        .client_address = client->address,
        .server_address = server->address,
        .client_port = client->port,
        .server_port = server->port,
        .family = (uint16_t)connection->transport,
    };
}

guint hr_route_hash(gconstpointer data)
{
    const hr_route *route = data;
    uint64_t hash = hr_hash_add(hr_hash_begin(), (uintptr_t)route->client_address);

    hash = hr_hash_add(hash, (uintptr_t)route->server_address);
    hash = hr_hash_add(hash, (uintptr_t)route->scheme);
    hash = hr_hash_add(hash, (uint64_t)route->client_port << 32 |
                                 (uint64_t)route->server_port << 16 | route->family);
    return (guint)hash;
}

gboolean hr_route_equal(gconstpointer left, gconstpointer right)
{
    const hr_route *a = left;
    const hr_route *b = right;
    return a->client_address == b->client_address && a->server_address == b->server_address &&
           a->scheme == b->scheme && a->client_port == b->client_port &&
           a->server_port == b->server_port && a->family == b->family;
}

guint hr_endpoint_hash(gconstpointer data)
{
    const hr_endpoint *endpoint = data;
    return (guint)hr_hash_add(hr_hash_add(hr_hash_begin(), (uintptr_t)endpoint->address),
                              endpoint->port);
}

gboolean hr_endpoint_equal(gconstpointer left, gconstpointer right)
{
    const hr_endpoint *a = left;
    const hr_endpoint *b = right;
    return a->address == b->address && a->port == b->port;
}

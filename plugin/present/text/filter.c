/* filter.c
 * Where a code has items of several origins, its filter says which: by addresses, which can be
 * read, where these tell it. A tunnel's server is not in the addresses of its packets, and names
 * (Host, SNI) are in none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/filter.h"

#include <string.h>

enum {
    MAX_RANGES = 50 /* that a person would read or paste */
};

static void append_address_filter(GString *line, const char *address)
{
    bool is_ipv6 = address != NULL && strchr(address, ':') != NULL;

    /* Anything else is not an address that a filter of IP would take. */
    if (address != NULL && g_hostname_is_ip_address(address)) {
        g_string_append_printf(line, " && %s == %s", is_ipv6 ? "ipv6.addr" : "ip.addr", address);
    }
}

static guint count_ranges(const GArray *ids)
{
    guint ranges = ids->len > 0 ? 1 : 0;

    for (guint i = 1; i < ids->len; i++) {
        ranges += g_array_index(ids, uint32_t, i) != g_array_index(ids, uint32_t, i - 1) + 1;
    }
    return ranges;
}

/* "http_reuse.connection in {1, 3..7}"; of too many from the first to the last, with those of others
 * between them. */
static void append_connections_filter(GString *line, const GArray *ids)
{
    if (count_ranges(ids) > MAX_RANGES) {
        g_string_append_printf(line, " && http_reuse.connection in {%u..%u}",
                               g_array_index(ids, uint32_t, 0),
                               g_array_index(ids, uint32_t, ids->len - 1));
        return;
    }
    g_string_append(line, " && http_reuse.connection in {");
    for (guint first = 0, last = 0; first < ids->len; first = last + 1) {
        const uint32_t id = g_array_index(ids, uint32_t, first);
        for (last = first; last + 1 < ids->len; last++) {
            if (g_array_index(ids, uint32_t, last + 1) != id + (last + 1 - first)) {
                break;
            }
        }
        g_string_append_printf(line, first > 0 ? ", %u" : "%u", id);
        if (last > first) {
            g_string_append_printf(line, "..%u", g_array_index(ids, uint32_t, last));
        }
    }
    g_string_append_c(line, '}');
}

static void append_route_filter(GString *line, const hr_connection *connection)
{
    const hr_endpoint *server = &hr_connection_server(connection)->endpoint;
    const char *client = hr_connection_client(connection)->endpoint.address;

    if (g_strcmp0(client, server->address) != 0) {
        append_address_filter(line, client);
    }
    append_address_filter(line, server->address);
    g_string_append_printf(line, " && %s.port == %u",
                           connection->transport == HR_TRANSPORT_QUIC ? "udp" : "tcp",
                           (unsigned)server->port);
}

void hr_text_filter(GString *line, const hr_text_item *item, const hr_text_items *items)
{
    const hr_connection *connection = item->first->connection;

    g_string_append_printf(line, "http_reuse.finding.%s", hr_finding_kind_of(item->code)->token);
    if (hr_text_items_count_of(items, item->code) < 2) {
        return;
    }
    if (connection->transport == HR_TRANSPORT_TUNNEL || hr_text_items_share_route(items, item)) {
        append_connections_filter(line, item->ids);
    } else {
        append_route_filter(line, connection);
    }
}

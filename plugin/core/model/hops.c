/* hops.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/hops.h"

#include "core/model/store.h"

enum {
    STEADY = 2, /* a SYN/ACK, which a device may answer in the server's name, and what follows it */
};

/* It answers the SYN: who refuses is the server, as far as anybody knows (RFC 9293 §3.10.7.1). */
static bool is_refusal(const hr_connection *connection, const hr_tcp_end *end)
{
    return connection->is_opening_seen && connection->established.frame == 0 &&
           end->seldom->has_rst_ack;
}

/* ---- of one host on all its connections ---- */

static void note_host(GHashTable *hosts, const hr_tcp_end *end)
{
    char *address = (char *)end->endpoint.address; /* interned */
    gpointer known = NULL;
    const bool is_known = g_hash_table_lookup_extended(hosts, address, NULL, &known);

    if (end->seldom->has_other_hops || (is_known && GPOINTER_TO_UINT(known) != end->hops)) {
        g_hash_table_insert(hosts, address, GUINT_TO_POINTER(0)); /* it has several */
    } else if (!is_known) {
        g_hash_table_insert(hosts, address, GUINT_TO_POINTER(end->hops));
    }
}

GHashTable *hr_hops_of_hosts(const hr_model *model)
{
    GHashTable *hosts = g_hash_table_new(g_direct_hash, g_direct_equal);

    for (size_t i = 0; i < model->connections.count; i++) {
        const hr_connection *connection = hr_model_connection(model, i);
        for (unsigned index = 0; index < 2; index++) {
            if (connection->ends[index].hops_count > 0) {
                note_host(hosts, &connection->ends[index]);
            }
        }
    }
    return hosts;
}

/* ---- of a reset ---- */

/* Its hops are not known: options or extension headers stand before TCP's. */
static bool has_sent_more(const hr_tcp_end *end)
{
    return end->syn.frame != 0 || end->fin.frame != 0 || end->out.captured > 0 ||
           end->last_sent.frame > end->seldom->rst.frame;
}

bool hr_hops_are_of_reset_alone(const hr_connection *connection, unsigned index)
{
    const hr_tcp_end *end = &connection->ends[index];

    return end->seldom->rst_hops != 0 && end->hops_count == 0 && !has_sent_more(end) &&
           !is_refusal(connection, end);
}

bool hr_hops_differ_of_reset(const hr_connection *connection, unsigned index, GHashTable *hosts)
{
    const hr_tcp_end *end = &connection->ends[index];
    const guint reset = end->seldom->rst_hops;

    if (hr_hops_are_of_reset_alone(connection, index)) {
        return GPOINTER_TO_UINT(g_hash_table_lookup(hosts, end->endpoint.address)) != reset;
    }
    return reset != 0 && !end->seldom->has_other_hops && end->hops_count > 0 && reset != end->hops;
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

    const bool is_client = end == hr_connection_client(connection);

    *hops = (hr_reset_hops){is_client                                      ? "client"
                            : connection->transport == HR_TRANSPORT_TUNNEL ? "proxy"
                                                                           : "server",
                            end->seldom->rst_hops, end->hops};
    return connection->ending.is_from_elsewhere && hr_hops_are_steady(connection);
}

int64_t hr_hops_silence_ns(const hr_connection *connection)
{
    return connection->ending.is_from_elsewhere ? reset_end(connection)->seldom->rst_after_ns
                                                : connection->silence_ns;
}

/* selection.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/selection.h"

#include <string.h>

static bool is_called(const char *host, uint16_t port, const char *who)
{
    const bool is_bracketed = strchr(host, ':') != NULL;
    char *with_port = is_bracketed ? g_strdup_printf("[%s]:%u", host, port)
                                   : g_strdup_printf("%s:%u", host, port);
    const bool is = g_ascii_strcasecmp(host, who) == 0 || g_ascii_strcasecmp(with_port, who) == 0;

    g_free(with_port);
    return is;
}

/* Where connections serve several names, none of these is in the key. */
static bool is_called_so(const hr_connection *connection, uint16_t port, const char *who)
{
    const char *const names[] = {connection->name, connection->seldom->tls->sni,
                                 connection->seldom->tls->host};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i] != NULL && is_called(names[i], port, who)) {
            return true;
        }
    }
    return false;
}

static bool concerns(const hr_origin_facts *origin, const char *who)
{
    const hr_endpoint *server = &origin->key.server;
    bool is_theirs = g_ascii_strcasecmp(origin->key.client_address, who) == 0 ||
                     is_called(server->address, server->port, who);

    for (guint i = 0; !is_theirs && i < origin->connections->len; i++) {
        is_theirs = is_called_so(origin->connections->pdata[i], server->port, who);
    }
    return is_theirs;
}

hr_facts *hr_facts_select(const hr_facts *whole, const char *who, GHashTable *connections)
{
    hr_facts *part = g_memdup2(whole, sizeof *whole);

    part->other_connections = part->unseen_connections = part->copies = part->halves = 0;
    part->cut_connections = part->unread_connections = part->refused_connections = 0;
    part->origins = g_ptr_array_new();
    part->connections = g_ptr_array_new();
    for (guint i = 0; i < whole->origins->len; i++) {
        hr_origin_facts *origin = whole->origins->pdata[i];
        if (!concerns(origin, who)) {
            continue;
        }
        g_ptr_array_add(part->origins, origin);
        for (guint j = 0; j < origin->connections->len; j++) {
            g_hash_table_add(connections, origin->connections->pdata[j]);
        }
    }
    for (guint i = 0; i < whole->connections->len; i++) {
        if (g_hash_table_contains(connections, whole->connections->pdata[i])) {
            g_ptr_array_add(part->connections, whole->connections->pdata[i]);
        }
    }
    return part;
}

void hr_selected_facts_free(hr_facts *part)
{
    g_ptr_array_free(part->origins, TRUE);
    g_ptr_array_free(part->connections, TRUE);
    g_free(part);
}

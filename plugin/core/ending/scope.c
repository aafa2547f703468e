/* scope.c
 * Which connections without payload have to do with HTTP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/origins.h"

#include "core/model/route.h"

static bool carried_nothing(const hr_connection *connection)
{
    return connection->ends[0].out.captured == 0 && connection->ends[1].out.captured == 0;
}

/* A connection without payload is in scope if its server is, by a connection that carried. */
static void recognise_empty(hr_model *model, hr_connection *connection, GHashTable *servers)
{
    for (unsigned end = 0; end < 2; end++) {
        const bool may_be_server =
            connection->is_client_guessed || end != (unsigned)connection->client;
        if (may_be_server && g_hash_table_contains(servers, &connection->ends[end].endpoint)) {
            hr_model_assume(model, connection, 1 - end);
            return;
        }
    }
}

void hr_scope_settle(hr_model *model)
{
    GHashTable *servers = g_hash_table_new(hr_endpoint_hash, hr_endpoint_equal);

    for (guint i = 0; i < model->connections.count; i++) {
        hr_connection *connection = hr_model_connection(model, i);
        if (connection->is_in_scope) {
            g_hash_table_add(servers, (gpointer)&hr_connection_server(connection)->endpoint);
        }
    }
    for (guint i = 0; i < model->connections.count; i++) {
        hr_connection *connection = hr_model_connection(model, i);
        if (!connection->is_in_scope && carried_nothing(connection) &&
            !hr_connection_is_copy(connection)) {
            recognise_empty(model, connection, servers);
        }
    }
    g_hash_table_destroy(servers);
}

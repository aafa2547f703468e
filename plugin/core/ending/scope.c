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

/* What a server speaks: bits, in the place of a pointer. */
enum {
    SPEAKS_HTTP = 1,
    SPEAKS_HTTPS = 2,
};

static void note_spoken(GHashTable *servers, const hr_connection *connection)
{
    const hr_endpoint *server = &hr_connection_server(connection)->endpoint;
    const gpointer known = g_hash_table_lookup(servers, server);
    const unsigned spoken = connection->is_https ? SPEAKS_HTTPS : SPEAKS_HTTP;

    if ((GPOINTER_TO_UINT(known) & spoken) == 0) {
        g_hash_table_insert(servers, (gpointer)server,
                            GUINT_TO_POINTER(GPOINTER_TO_UINT(known) | spoken));
    }
}

/* A connection without payload is in scope if its server is, by a connection that carried; and what it
 * was to speak is what all of these do. */
static void recognise_empty(hr_model *model, hr_connection *connection, GHashTable *servers)
{
    for (unsigned end = 0; end < 2; end++) {
        const bool may_be_server =
            connection->is_client_guessed || end != (unsigned)connection->client;
        const gpointer spoken = g_hash_table_lookup(servers, &connection->ends[end].endpoint);
        if (may_be_server && spoken != NULL) {
            hr_model_assume(model, connection, 1 - end, GPOINTER_TO_UINT(spoken) == SPEAKS_HTTPS);
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
            note_spoken(servers, connection);
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

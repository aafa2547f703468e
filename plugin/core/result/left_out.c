/* left_out.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/left_out.h"

#include "core/model/route.h"

static bool is_left_out(const hr_connection *connection, hr_left_out_kind *kind)
{
    if (connection->is_in_scope || connection->transport != HR_TRANSPORT_TCP) {
        return false;
    }
    *kind = connection->is_tls ? HR_LEFT_OUT_TLS : HR_LEFT_OUT_H2;
    return connection->has_h2_preface ||
           (connection->is_tls && connection->tls.alpn == NULL && !connection->tls.is_readable &&
            connection->tls.hello.frame != 0);
}

GArray *hr_left_out_find(const hr_model *model)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(hr_left_out));
    GHashTable *places = g_hash_table_new(hr_endpoint_hash, hr_endpoint_equal); /* 1 + index */
    hr_left_out_kind kind = HR_LEFT_OUT_H2;

    for (size_t i = 0; i < hr_model_connection_count(model); i++) {
        const hr_connection *connection = hr_model_connection(model, i);
        if (!is_left_out(connection, &kind)) {
            continue;
        }
        const hr_endpoint *server = &hr_connection_server(connection)->endpoint;
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(places, server));
        if (place == 0) {
            const hr_left_out new = {kind, *server, 0};
            g_array_append_val(found, new);
            place = found->len;
            g_hash_table_insert(places, (gpointer)server, GUINT_TO_POINTER(place));
        }
        g_array_index(found, hr_left_out, place - 1).connections++;
    }
    g_hash_table_destroy(places);
    return found;
}

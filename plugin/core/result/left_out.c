/* left_out.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/left_out.h"

#include "core/model/route.h"
#include "core/model/store.h"

/* Of another protocol in TLS, as IANA's registry of ports has them: submissions, nntps, ldaps,
 * domain-s, ftps-data, ftps, telnets, imaps, pop3s, msft-gc-ssl, sips, amqps, syslog-tls, ircs-u,
 * secure-mqtt. */
static bool is_port_of_another_protocol(uint16_t port)
{
    static const uint16_t assigned[] = {465, 563,  636,  853,  989,  990,  992, 993,
                                        995, 3269, 5061, 5671, 6514, 6697, 8883};

    for (size_t i = 0; i < G_N_ELEMENTS(assigned); i++) {
        if (assigned[i] == port) {
            return true;
        }
    }
    return false;
}

/* A client of HTTPS speaks first, and begins with its ClientHello (RFC 9110 section 4.2.2). */
static bool may_be_https(const hr_connection *connection)
{
    return connection->seldom->tls->hello.frame != 0 && !connection->seldom->tls->is_readable &&
           !connection->seldom->tls->is_asked_for && !connection->seldom->tls->is_for_others &&
           !is_port_of_another_protocol(hr_connection_server(connection)->endpoint.port);
}

/* All that the client sent is there, and the server answered what is not shown. */
static bool has_requests_left_out(const hr_connection *connection)
{
    return connection->protocol == HR_PROTOCOL_H2 && !connection->is_tls &&
           connection->transport == HR_TRANSPORT_TCP && connection->is_opening_seen &&
           connection->unseen_count > 0 && connection->seldom->hidden_begin.frame != 0 &&
           hr_connection_is_intact(connection, connection->client) &&
           hr_connection_client(connection)->seldom->cut_end == 0;
}

static bool is_left_out(const hr_connection *connection, hr_left_out_kind *kind)
{
    if (has_requests_left_out(connection)) {
        *kind = HR_LEFT_OUT_H2_REQUESTS;
        return true;
    }
    if (connection->is_in_scope || connection->transport != HR_TRANSPORT_TCP) {
        return false;
    }
    if (connection->seldom->hidden_begin.frame != 0) {
        *kind = connection->seldom->is_begun_tls    ? HR_LEFT_OUT_BEGUN_TLS
                : connection->seldom->is_hidden_tls ? HR_LEFT_OUT_HIDDEN_TLS
                                                    : HR_LEFT_OUT_H2;
        return *kind == HR_LEFT_OUT_H2 ||
               !is_port_of_another_protocol(hr_connection_server(connection)->endpoint.port);
    }
    *kind = connection->seldom->tls->is_asked ? HR_LEFT_OUT_TLS : HR_LEFT_OUT_BEGUN_TLS;
    return may_be_https(connection);
}

static hr_left_out begin(hr_connection *connection, hr_left_out_kind kind)
{
    return (hr_left_out){
        .kind = kind,
        .server = hr_connection_server(connection)->endpoint,
        .first = connection,
        .frame = connection->seldom->hidden_begin.frame != 0
                     ? connection->seldom->hidden_begin.frame
                     : connection->seldom->tls->hello.frame,
    };
}

GArray *hr_left_out_find(hr_model *model)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(hr_left_out));
    GHashTable *places = g_hash_table_new(hr_endpoint_hash, hr_endpoint_equal); /* 1 + index */
    hr_left_out_kind kind = HR_LEFT_OUT_H2;

    for (size_t i = 0; i < hr_model_connection_count(model); i++) {
        hr_connection *connection = hr_model_connection(model, i);
        if (connection->seldom->left_out != 0) {
            hr_connection_seldom(connection)->left_out = 0;
        }
        if (!is_left_out(connection, &kind)) {
            continue;
        }
        const hr_endpoint *server = &hr_connection_server(connection)->endpoint;
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(places, server));
        if (place == 0) {
            const hr_left_out new = begin(connection, kind);
            g_array_append_val(found, new);
            place = hr_connection_seldom(connection)->left_out = found->len;
            g_hash_table_insert(places, (gpointer)server, GUINT_TO_POINTER(place));
        }
        g_array_index(found, hr_left_out, place - 1).connections++;
    }
    g_hash_table_destroy(places);
    return found;
}

void hr_left_out_append_option(GString *text, const hr_left_out *left_out)
{
    const unsigned port = left_out->server.port;

    if (left_out->kind == HR_LEFT_OUT_H2 || left_out->kind == HR_LEFT_OUT_H2_REQUESTS) {
        g_string_append_printf(text, "-d tcp.port==%u,http2", port);
    } else if (left_out->kind == HR_LEFT_OUT_HIDDEN_TLS) {
        g_string_append_printf(text, "-d tcp.port==%u,tls", port);
    } else if (left_out->kind == HR_LEFT_OUT_TLS) {
        g_string_append_printf(text, "-o http.tls.port:443,%u", port); /* 443 is its default */
    }
}

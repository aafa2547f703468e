/* servers.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/servers.h"

#include "core/model/route.h"

struct hr_servers {
    GHashTable *behind;  /* hr_upstream_answer: what proxies were told by their upstreams */
    GHashTable *proxies; /* address -> hr_product_id of the only proxy there, or none */
};

/* A Server that the client at an address, a proxy, had from its upstream. */
typedef struct {
    const char *client_address;
    const char *name;     /* NULL: it says none */
    hr_endpoint upstream; /* not a part of the key */
} hr_upstream_answer;

static guint answer_hash(gconstpointer key)
{
    const hr_upstream_answer *answer = key;
    return g_direct_hash(answer->client_address) * 31 + g_direct_hash(answer->name);
}

static gboolean answer_equal(gconstpointer left, gconstpointer right)
{
    const hr_upstream_answer *one = left;
    const hr_upstream_answer *other = right;
    return one->client_address == other->client_address && one->name == other->name;
}

bool hr_servers_is_by_proxy(const hr_connection *connection)
{
    return connection->products.is_relayed || connection->products.is_leg;
}

static void add_answer(GHashTable *behind, const hr_connection *connection)
{
    if (!hr_servers_is_by_proxy(connection)) {
        return;
    }
    const hr_upstream_answer answer = {
        .client_address = hr_connection_client(connection)->endpoint.address,
        .name = connection->products.server,
        .upstream = hr_connection_server(connection)->endpoint,
    };
    g_hash_table_add(behind, g_memdup2(&answer, sizeof(answer)));
}

/* A proxy at this server's address was told the same name by another. nginx and Caddy put their own
 * in its place, HAProxy, lighttpd and Apache do not. */
static bool may_be_passed_on(const hr_servers *servers, const hr_connection *connection)
{
    const hr_endpoint *server = &hr_connection_server(connection)->endpoint;
    const hr_upstream_answer key = {.client_address = server->address,
                                    .name = connection->products.server};
    const hr_upstream_answer *answer = g_hash_table_lookup(servers->behind, &key);

    return answer != NULL && !hr_endpoint_equal(&answer->upstream, server);
}

/* The only product that a Via names; of several nobody knows which is the nearest. */
static hr_product_id named_by_via(const char *via)
{
    hr_product_set named = {{0}, {0}};
    hr_product_id found = HR_PRODUCT_NONE;

    hr_product_set_add_all(&named, via, HR_ROLE_PROXY);
    for (hr_product_id id = HR_PRODUCT_NONE + 1; id < HR_PRODUCT_COUNT; id++) {
        if (hr_product_set_says(&named, id)) {
            if (found != HR_PRODUCT_NONE) {
                return HR_PRODUCT_NONE;
            }
            found = id;
        }
    }
    return found;
}

hr_product_id hr_servers_of(const hr_servers *servers, const hr_connection *connection)
{
    const hr_products *products = &connection->products;

    if (connection->seldom->via != NULL) {
        return named_by_via(
            connection->seldom->via); /* RFC 9110 §7.6.3: a proxy passed the answer on */
    }
    if (may_be_passed_on(servers, connection)) {
        return HR_PRODUCT_NONE;
    }
    return hr_product_named(products->server, HR_ROLE_SERVER | HR_ROLE_PROXY);
}

hr_product_id hr_servers_proxy_in_front(const hr_servers *servers, const hr_connection *front)
{
    const hr_product_id id = hr_servers_of(servers, front);

    return id != HR_PRODUCT_NONE && (hr_product_get(id)->roles & HR_ROLE_PROXY) != 0
               ? id
               : HR_PRODUCT_NONE;
}

static void add_proxy(hr_servers *servers, const hr_connection *connection)
{
    const hr_product_id id = hr_servers_proxy_in_front(servers, connection);
    gpointer address = (gpointer)hr_connection_server(connection)->endpoint.address;
    gpointer known = NULL;

    if (id == HR_PRODUCT_NONE || hr_servers_is_by_proxy(connection)) {
        return;
    }
    const bool is_known = g_hash_table_lookup_extended(servers->proxies, address, NULL, &known);
    const bool differs = is_known && GPOINTER_TO_INT(known) != (int)id;
    g_hash_table_insert(servers->proxies, address,
                        GINT_TO_POINTER(differs ? HR_PRODUCT_NONE : (int)id));
}

hr_servers *hr_servers_new(const hr_facts *facts)
{
    hr_servers *servers = g_new(hr_servers, 1);

    *servers = (hr_servers){
        .behind = g_hash_table_new_full(answer_hash, answer_equal, g_free, NULL),
        .proxies = g_hash_table_new(g_direct_hash, g_direct_equal), /* interned */
    };
    for (guint i = 0; i < facts->connections->len; i++) {
        add_answer(servers->behind, facts->connections->pdata[i]);
    }
    for (guint i = 0; i < facts->connections->len; i++) {
        add_proxy(servers, facts->connections->pdata[i]);
    }
    return servers;
}

void hr_servers_free(hr_servers *servers)
{
    g_hash_table_destroy(servers->behind);
    g_hash_table_destroy(servers->proxies);
    g_free(servers);
}

hr_product_id hr_servers_proxy_at(const hr_servers *servers, const char *address)
{
    return (hr_product_id)GPOINTER_TO_INT(g_hash_table_lookup(servers->proxies, address));
}

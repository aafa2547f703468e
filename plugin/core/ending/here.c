/* here.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/here.h"

#include "core/model/store.h"

typedef struct {
    GHashTable *here;      /* addresses from which that host sends, and only sends */
    GHashTable *elsewhere; /* ... from which packets come to it, while it sends to them */
} hr_places;

static bool goes_out_only(const hr_tcp_end *end, const hr_tcp_end *other)
{
    return end->has_gone_out && !end->has_come_in && other->has_come_in && !other->has_gone_out;
}

/* On the loopback interface all packets come in. */
static bool comes_in(const hr_tcp_end *end, const hr_tcp_end *other)
{
    return end->has_come_in && other->has_gone_out;
}

static void note_places(const hr_places *places, const hr_connection *connection)
{
    for (unsigned index = 0; index < 2; index++) {
        const hr_tcp_end *end = &connection->ends[index];
        const hr_tcp_end *other = &connection->ends[1 - index];
        if (goes_out_only(end, other)) {
            g_hash_table_add(places->here, (gpointer)end->endpoint.address);
        } else if (comes_in(end, other)) {
            g_hash_table_add(places->elsewhere, (gpointer)end->endpoint.address);
        }
    }
}

/* RFC 1122 §3.2.1.3, RFC 4291 §2.5.3: it never leaves its host. */
static bool is_loopback(const char *address)
{
    return g_str_has_prefix(address, "127.") || strcmp(address, "::1") == 0;
}

static bool is_here(const hr_places *places, const char *address)
{
    return is_loopback(address) || (g_hash_table_contains(places->here, address) &&
                                    !g_hash_table_contains(places->elsewhere, address));
}

void hr_here_find(hr_model *model)
{
    const hr_places places = {
        .here = g_hash_table_new(g_direct_hash, g_direct_equal),
        .elsewhere = g_hash_table_new(g_direct_hash, g_direct_equal),
    };

    for (size_t i = 0; i < hr_model_connection_count(model); i++) {
        note_places(&places, hr_model_connection(model, i));
    }
    for (size_t i = 0; i < hr_model_connection_count(model); i++) {
        hr_connection *connection = hr_model_connection(model, i);
        for (unsigned index = 0; index < 2; index++) {
            hr_tcp_end *end = &connection->ends[index];
            end->is_here = is_here(&places, end->endpoint.address);
        }
    }
    g_hash_table_destroy(places.elsewhere);
    g_hash_table_destroy(places.here);
}

const char *hr_here_host(const hr_tcp_end *end)
{
    static const char here[] = "here";

    return end->is_here ? here : end->endpoint.address;
}

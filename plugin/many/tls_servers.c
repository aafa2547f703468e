/* tls_servers.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "many/tls_servers.h"

#include <string.h>

#include "core/model/hash.h"

struct hr_tls_servers {
    GHashTable *ends; /* set of uint64_t */
};

hr_tls_servers *hr_tls_servers_new(void)
{
    hr_tls_servers *servers = g_new(hr_tls_servers, 1);
    servers->ends = g_hash_table_new_full(hr_int64_hash, g_int64_equal, g_free, NULL);
    return servers;
}

void hr_tls_servers_free(hr_tls_servers *servers)
{
    g_hash_table_destroy(servers->ends);
    g_free(servers);
}

void hr_tls_servers_add(hr_tls_servers *servers, uint64_t server)
{
    if (!g_hash_table_contains(servers->ends, &server)) {
        g_hash_table_add(servers->ends, g_memdup2(&server, sizeof(server)));
    }
}

bool hr_tls_servers_has(const hr_tls_servers *servers, uint64_t server)
{
    return g_hash_table_contains(servers->ends, &server);
}

/* ---- what makes one ---- */

/* A handshake record that begins with a ClientHello (RFC 8446 §5.1). */
static bool begins_with_hello(const uint8_t *data, size_t length)
{
    return length >= 6 && data[0] == 22 && data[1] == 3 && data[5] == 1;
}

/* How much a balancer put before the client's bytes: a header of the PROXY protocol, in text that
 * ends with its line (version 1, 107 bytes at most) or with its length in it (version 2). */
static size_t proxy_header(const uint8_t *data, size_t length)
{
    static const uint8_t signature[] = "\r\n\r\n\0\r\nQUIT\n";

    if (length >= 16 && memcmp(data, signature, sizeof(signature) - 1) == 0) {
        const size_t whole = 16 + ((size_t)data[14] << 8 | data[15]);
        return MIN(whole, length);
    }
    if (length >= 8 && memcmp(data, "PROXY ", 6) == 0) {
        const uint8_t *end = memchr(data, '\n', MIN(length, 107));
        return end != NULL ? (size_t)(end - data) + 1 : 0;
    }
    return 0;
}

bool hr_is_client_hello(const uint8_t *payload, size_t length)
{
    const size_t before = proxy_header(payload, length);
    return begins_with_hello(payload + before, length - before);
}

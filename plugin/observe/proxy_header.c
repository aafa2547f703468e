/* proxy_header.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "proxy_header.h"

#include <epan/to_str.h>
#include <string.h>

#include "octets.h"

enum {
    LINE_MAX_LENGTH = 107, /* proxy-protocol.txt section 2.1 */
    LINE_WORDS = 6,        /* PROXY TCP4 FROM TO PORT PORT */
    HEADER = 16,           /* section 2.2 */
    COMMAND_PROXY = 1,     /* else LOCAL: its own, as a health check */
    FAMILY_IPV4 = 1,
    FAMILY_IPV6 = 2,
};

static uint32_t line_length(const uint8_t *data, uint32_t captured)
{
    const uint32_t limit = MIN(captured, LINE_MAX_LENGTH);

    if (limit < 6 || memcmp(data, "PROXY ", 6) != 0) {
        return 0;
    }
    const uint8_t *end = memchr(data, '\n', limit);
    return end != NULL ? (uint32_t)(end - data) + 1 : 0;
}

static bool is_binary(const uint8_t *data, uint32_t captured)
{
    static const uint8_t signature[] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                        0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

    return captured >= HEADER && memcmp(data, signature, sizeof(signature)) == 0;
}

uint32_t hr_proxy_header_length(const uint8_t *data, uint32_t captured, uint32_t length)
{
    return is_binary(data, captured) ? MIN(HEADER + (uint32_t)hr_two_octets(data + 14), length)
                                     : line_length(data, captured);
}

/* The client in a line: of TCP4 and TCP6 there is one, of UNKNOWN none. NULL: none. */
static const char *client_in_line(wmem_allocator_t *scope, const uint8_t *data, uint32_t length)
{
    g_autofree char *line = g_strndup((const char *)data, length);
    g_auto(GStrv) words = g_strsplit(g_strchomp(line), " ", LINE_WORDS);

    return g_strv_length(words) == LINE_WORDS && g_str_has_prefix(words[1], "TCP")
               ? wmem_strdup_printf(scope, "%s port %s", words[2], words[4])
               : NULL;
}

static const char *client_at(wmem_allocator_t *scope, int type, size_t size,
                             const uint8_t *addresses)
{
    address client;

    set_address(&client, type, (int)size, addresses);
    return wmem_strdup_printf(scope, "%s port %u", address_to_str(scope, &client),
                              hr_two_octets(addresses + 2 * size));
}

static const char *client_in_binary(wmem_allocator_t *scope, const uint8_t *data, uint32_t length)
{
    const unsigned family = data[13] >> 4;

    if ((data[12] & 0x0f) != COMMAND_PROXY) {
        return NULL;
    }
    if (family == FAMILY_IPV4 && length >= HEADER + 12) {
        return client_at(scope, AT_IPv4, 4, data + HEADER);
    }
    return family == FAMILY_IPV6 && length >= HEADER + 36
               ? client_at(scope, AT_IPv6, 16, data + HEADER)
               : NULL;
}

void hr_observe_proxy_header(hr_model *model, const packet_info *pinfo, const hr_tcp_layer *layer)
{
    const int captured = layer->payload_length == 0
                             ? 0
                             : tvb_captured_length_remaining(layer->tvb, layer->payload_offset);

    if (captured <= 0) {
        return;
    }
    const uint32_t there = MIN((uint32_t)captured, layer->payload_length);
    const uint8_t *data = tvb_get_ptr(layer->tvb, layer->payload_offset, (int)there);
    const uint32_t length = hr_proxy_header_length(data, there, there);
    if (length == 0) {
        return;
    }
    const char *client = is_binary(data, there) ? client_in_binary(pinfo->pool, data, length)
                                                : client_in_line(pinfo->pool, data, length);
    const hr_slice said = {client != NULL ? client : "", client != NULL ? strlen(client) : 0};
    hr_tcp_spoken_for(model, layer->connection, layer->from, &said);
}

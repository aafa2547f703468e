/* http1_preamble.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http1_preamble.h"

#include <string.h>

#include "proxy_header.h"

enum {
    SOCKS4_FIXED = 8,
    SOCKS5_FIXED = 4,
};

/* The captured bytes of the payload from an offset on. */
typedef struct {
    const uint8_t *data;
    uint32_t captured;
    uint32_t length; /* on the wire */
} bytes_left;

static uint32_t empty_lines(const bytes_left *left)
{
    uint32_t length = 0;

    while (length < left->captured && (left->data[length] == '\r' || left->data[length] == '\n')) {
        length++;
    }
    return length;
}

static uint32_t proxy_header(const bytes_left *left)
{
    return hr_proxy_header_length(left->data, left->captured, left->length);
}

/* A greeting names as many methods as it says; a request has a command, 0 and an address type. */
static uint32_t socks5(const bytes_left *left)
{
    if (left->captured < 3 || left->data[0] != 5) {
        return 0;
    }
    const bool is_greeting = left->length == 2U + left->data[1];
    const bool is_request = left->captured >= SOCKS5_FIXED && left->data[1] >= 1 &&
                            left->data[1] <= 3 && left->data[2] == 0 &&
                            (left->data[3] == 1 || left->data[3] == 3 || left->data[3] == 4);
    return is_greeting || is_request ? left->length : 0;
}

static uint32_t socks4(const bytes_left *left)
{
    if (left->captured <= SOCKS4_FIXED || left->data[0] != 4 || left->data[1] < 1 ||
        left->data[1] > 2 || left->data[left->captured - 1] != 0) {
        return 0;
    }
    return left->length;
}

uint32_t hr_http1_preamble_length(const hr_tcp_layer *layer, uint32_t offset)
{
    static uint32_t (*const kinds[])(const bytes_left *) = {proxy_header, empty_lines, socks5,
                                                            socks4};
    const int at = layer->payload_offset + (int)offset;
    const int captured = tvb_captured_length_remaining(layer->tvb, at);
    const uint32_t length = layer->payload_length - offset;

    if (captured <= 0) {
        return 0;
    }
    const bytes_left left = {
        .data = tvb_get_ptr(layer->tvb, at, captured),
        .captured = MIN((uint32_t)captured, length),
        .length = length,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const uint32_t named = kinds[i](&left);
        if (named > 0) {
            return named;
        }
    }
    return 0;
}

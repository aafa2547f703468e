/* tls_hello.c
 * A cursor over the message's bytes: every read is checked against what is left, and a length
 * that runs past its container ends the reading.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tls_hello.h"

#include <string.h>

enum {
    RANDOM_LENGTH = 32,
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_ALPN = 16,
    EXTENSION_SESSION_TICKET = 35,
    EXTENSION_PRE_SHARED_KEY = 41,
    EXTENSION_EARLY_DATA = 42,
    EXTENSION_SUPPORTED_VERSIONS = 43,
    EXTENSION_QUIC_PARAMETERS = 57,
    EXTENSION_QUIC_PARAMETERS_DRAFT = 0xffa5,
    QUIC_MAX_IDLE_TIMEOUT = 1,
    QUIC_INITIAL_MAX_STREAMS_BIDI = 8,
};

typedef struct {
    const guint8 *bytes;
    size_t left;
    bool is_broken; /* a read went past the end: everything after is absent */
} cursor;

static const guint8 *take(cursor *at, size_t length)
{
    if (at->is_broken || length > at->left) {
        at->is_broken = true;
        return NULL;
    }
    const guint8 *bytes = at->bytes;
    at->bytes += length;
    at->left -= length;
    return bytes;
}

static size_t take_number(cursor *at, size_t width)
{
    const guint8 *bytes = take(at, width);
    size_t number = 0;

    for (size_t i = 0; bytes != NULL && i < width; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

/* What follows a length of @width bytes, as a cursor of its own. */
static cursor take_vector(cursor *at, size_t width)
{
    const size_t length = take_number(at, width);
    const guint8 *bytes = take(at, length);

    return (cursor){bytes, bytes != NULL ? length : 0, bytes == NULL};
}

static hr_slice rest_of(const cursor *at)
{
    return (hr_slice){(const char *)at->bytes, at->left};
}

static bool is_http_protocol(hr_slice name)
{
    static const char *const names[] = {"h2", "h2c", "h3", "http/1.1", "http/1.0"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (name.length == strlen(names[i]) && memcmp(name.text, names[i], name.length) == 0) {
            return true;
        }
    }
    /* The drafts of HTTP/3 were named by their numbers: h3-29. */
    return name.length > 3 && memcmp(name.text, "h3-", 3) == 0;
}

/* RFC 7301 §3.1 */
static hr_alpn read_alpn(wmem_allocator_t *pool, cursor extension)
{
    wmem_strbuf_t *names = wmem_strbuf_new(pool, "");
    cursor list = take_vector(&extension, 2);
    hr_alpn alpn = {{NULL, 0}, false};

    while (list.left > 0 && !list.is_broken) {
        const cursor item = take_vector(&list, 1);
        const hr_slice name = rest_of(&item);
        if (item.is_broken || !g_utf8_validate(name.text, (gssize)name.length, NULL)) {
            break;
        }
        wmem_strbuf_append_printf(names, "%s%.*s", wmem_strbuf_get_len(names) > 0 ? "," : "",
                                  (int)name.length, name.text);
        alpn.is_http |= is_http_protocol(name);
    }
    alpn.names = (hr_slice){wmem_strbuf_get_str(names), wmem_strbuf_get_len(names)};
    return alpn;
}

/* RFC 6066 §3: a list of one name of type host_name. */
static hr_slice read_server_name(cursor extension)
{
    cursor list = take_vector(&extension, 2);
    const size_t type = take_number(&list, 1);
    const cursor name = take_vector(&list, 2);

    return type == 0 && !name.is_broken ? rest_of(&name) : (hr_slice){NULL, 0};
}

/* RFC 9000 §16: the two highest bits say how many bytes there are. */
static uint64_t take_varint(cursor *at)
{
    const guint8 *first = take(at, 1);
    const unsigned more = first != NULL ? (1u << (*first >> 6)) - 1 : 0;
    const guint8 *rest = take(at, more);
    uint64_t number = first != NULL ? *first & 0x3f : 0;

    for (unsigned i = 0; rest != NULL && i < more; i++) {
        number = number << 8 | rest[i];
    }
    return number;
}

/* RFC 9000 §18 */
static hr_quic_parameters read_quic_parameters(cursor extension)
{
    hr_quic_parameters parameters = {0, 0};

    while (extension.left > 0 && !extension.is_broken) {
        const uint64_t id = take_varint(&extension);
        const uint64_t length = take_varint(&extension);
        const guint8 *bytes = take(&extension, length);
        cursor value = {bytes, bytes != NULL ? length : 0, bytes == NULL};

        if (id == QUIC_MAX_IDLE_TIMEOUT) {
            parameters.idle_timeout_ms = take_varint(&value);
        } else if (id == QUIC_INITIAL_MAX_STREAMS_BIDI) {
            parameters.streams = take_varint(&value);
        }
    }
    return parameters;
}

static void read_extension(wmem_allocator_t *pool, hr_tls_handshake_message *message, size_t type,
                           cursor body)
{
    const bool is_client = message->type == HR_TLS_CLIENT_HELLO;

    switch (type) {
    case EXTENSION_SERVER_NAME:
        if (is_client) {
            message->client.sni = read_server_name(body);
        }
        break;
    case EXTENSION_ALPN:
        message->alpn = read_alpn(pool, body);
        message->client.alpn = message->server.alpn = message->alpn;
        break;
    case EXTENSION_SESSION_TICKET:
        message->client.has_ticket |= body.left > 0;
        break;
    case EXTENSION_PRE_SHARED_KEY:
        message->client.has_ticket = message->server.has_pre_shared_key = true;
        break;
    case EXTENSION_EARLY_DATA:
        message->client.offers_early_data = message->accepts_early_data = true;
        break;
    case EXTENSION_SUPPORTED_VERSIONS:
        if (!is_client) {
            message->server.version = (uint16_t)take_number(&body, 2);
        }
        break;
    case EXTENSION_QUIC_PARAMETERS:
    case EXTENSION_QUIC_PARAMETERS_DRAFT:
        message->has_quic = true;
        message->quic = read_quic_parameters(body);
        break;
    default:
        break;
    }
}

static void read_extensions(wmem_allocator_t *pool, hr_tls_handshake_message *message, cursor *at)
{
    cursor list = take_vector(at, 2);

    while (list.left > 0 && !list.is_broken) {
        const size_t type = take_number(&list, 2);
        const cursor body = take_vector(&list, 2);
        if (!body.is_broken) {
            read_extension(pool, message, type, body);
        }
    }
}

static void read_client_hello(wmem_allocator_t *pool, hr_tls_handshake_message *message, cursor *at)
{
    take(at, 2 + RANDOM_LENGTH);
    const cursor session_id = take_vector(at, 1);
    message->client.session_id = rest_of(&session_id);
    take_vector(at, 2); /* cipher suites */
    take_vector(at, 1); /* compression methods */
    read_extensions(pool, message, at);
}

static void read_server_hello(wmem_allocator_t *pool, hr_tls_handshake_message *message, cursor *at)
{
    /* SHA-256 of "HelloRetryRequest" (RFC 8446 §4.1.3); its begin will do. */
    static const guint8 retry[] = {0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11};
    message->server.version = (uint16_t)take_number(at, 2);
    const guint8 *random = take(at, RANDOM_LENGTH);
    const cursor session_id = take_vector(at, 1);

    message->is_retry = random != NULL && memcmp(random, retry, sizeof(retry)) == 0;
    message->server.session_id = rest_of(&session_id);
    take(at, 3); /* cipher suite and compression method */
    read_extensions(pool, message, at);
}

hr_tls_handshake_message hr_tls_handshake_read(wmem_allocator_t *pool, tvbuff_t *tvb, int offset)
{
    hr_tls_handshake_message message = {0};
    const gint captured = tvb_captured_length_remaining(tvb, offset);
    cursor at = {captured > 0 ? tvb_get_ptr(tvb, offset, captured) : NULL, (size_t)MAX(captured, 0),
                 captured <= 0};

    message.type = (hr_tls_message)take_number(&at, 1);
    const size_t length = take_number(&at, 3);
    at.left = MIN(at.left, length);
    switch (message.type) {
    case HR_TLS_CLIENT_HELLO:
        read_client_hello(pool, &message, &at);
        break;
    case HR_TLS_SERVER_HELLO:
        read_server_hello(pool, &message, &at);
        break;
    case HR_TLS_ENCRYPTED_EXTENSIONS:
        read_extensions(pool, &message, &at);
        break;
    default:
        break;
    }
    return message;
}

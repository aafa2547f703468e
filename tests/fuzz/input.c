/* input.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "input.h"

#include <string.h>

enum {
    STREAMS = 8, /* of TCP */
    QUIC_NUMBERS = 4,
    FRAMES_MAX = 2000, /* an input is done in milliseconds */
};

typedef struct {
    const uint8_t *data;
    size_t size, at;
    hr_model *model;
    int64_t now_ns;
    uint32_t frame;
    uint32_t next[STREAMS][2]; /* sequence numbers, so that most segments follow each other */
    hr_connection *connection; /* of the present frame */
    unsigned from;
} story;

/* ---- bytes ---- */

static uint8_t byte(story *s)
{
    return s->at < s->size ? s->data[s->at++] : 0;
}

static unsigned below(story *s, unsigned limit)
{
    return byte(s) % limit;
}

static bool bit(story *s)
{
    return (byte(s) & 1) != 0;
}

static uint32_t word(story *s)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        value = value << 8 | byte(s);
    }
    return value;
}

/* Mostly small, now and then anything. */
static uint64_t length(story *s)
{
    const uint8_t kind = byte(s);

    switch (kind >> 5) {
    case 0:
        return 0;
    case 7:
        return (uint64_t)word(s) << 32 | word(s);
    case 6:
        return UINT64_MAX - (kind & 31);
    default:
        return (uint64_t)(kind & 31) * 20;
    }
}

static hr_slice text(story *s)
{
    static const char *const texts[] = {
        NULL,
        "",
        "GET",
        "HEAD",
        "CONNECT",
        "POST",
        "a.example",
        "b.example:80",
        "[::1]:443",
        "b.example:99999",
        ":80",
        "\xff\x1b[m",
        "Go-http-client/1.1",
        "nginx/1.22.1",
        "1.1 proxy",
        "/x",
        "h2",
        "http/1.1",
    };
    const unsigned index = below(s, G_N_ELEMENTS(texts) + 1);

    if (index == G_N_ELEMENTS(texts)) { /* what the input says */
        const size_t wanted = byte(s);
        const size_t size = MIN(wanted, s->size - s->at);
        const hr_slice slice = {(const char *)s->data + s->at, size};
        s->at += size;
        return slice;
    }
    return (hr_slice){texts[index], texts[index] != NULL ? strlen(texts[index]) : 0};
}

/* ---- HTTP/1 ---- */

static hr_http1_persistence persistence(story *s)
{
    const uint8_t bits = byte(s);

    return (hr_http1_persistence){(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
}

static hr_http1_extent extent(story *s)
{
    const uint8_t bits = byte(s);
    hr_http1_extent extent = {
        .header_length = length(s),
        .is_header_cut = (bits & 1) != 0,
        .has_content_length = (bits & 2) != 0,
        .is_chunked = (bits & 4) != 0,
        .is_chunked_end_seen = (bits & 8) != 0,
        .is_whole = (bits & 16) != 0,
        .is_on_tcp = (bits & 32) == 0,
        .is_begin_known = (bits & 64) != 0,
        .available = length(s),
    };

    extent.content_length = extent.has_content_length ? length(s) : 0;
    extent.chunked_length = extent.is_chunked ? length(s) : 0;
    extent.begin_seq = extent.is_begin_known ? word(s) : 0;
    return extent;
}

static hr_http1_request http1_request(story *s)
{
    const uint8_t bits = byte(s);

    return (hr_http1_request){
        .method = text(s),
        .target = text(s),
        .host = text(s),
        .user_agent = text(s),
        .is_relayed = (bits & 1) != 0,
        .asks_upgrade = (bits & 2) != 0,
        .binds_user = (bits & 4) != 0,
        .persistence = persistence(s),
        .extent = extent(s),
    };
}

static hr_http1_response http1_response(story *s)
{
    static const unsigned codes[] = {200, 200, 100, 101, 103, 204, 304, 408, 413, 421, 503, 0};
    const uint8_t bits = byte(s);

    return (hr_http1_response){
        .code = codes[below(s, G_N_ELEMENTS(codes))],
        .server = text(s),
        .via = text(s),
        .keep_alive_max = (bits & 1) != 0 ? (int32_t)(word(s) >> 1) : -1,
        .keep_alive_timeout = (bits & 2) != 0 ? (int32_t)(word(s) >> 1) : -1,
        .upgrades_to_h2c = (bits & 4) != 0,
        .persistence = persistence(s),
        .extent = extent(s),
    };
}

static void put_request(story *s)
{
    const hr_http1_request request = http1_request(s);
    hr_http1_request_seen(s->model, s->connection, s->from, &request);
}

static void put_response(story *s)
{
    const hr_http1_response response = http1_response(s);
    hr_http1_response_seen(s->model, s->connection, s->from, &response);
}

/* As observe/ does after the messages of a frame. */
static void look_at_bytes(story *s)
{
    uint32_t seq = 0;

    for (unsigned tries = 0;
         tries < 4 && hr_http1_wants_request(s->model, s->connection, s->from, &seq); tries++) {
        hr_http1_request request = http1_request(s);
        request.extent.is_begin_known = true;
        request.extent.begin_seq = seq;
        if (bit(s)) {
            hr_http1_request_begun(s->model, s->connection, s->from, &request);
        } else {
            hr_http1_stray_seen(s->model, s->connection, s->from, 1 + below(s, 30));
        }
    }
    if (hr_http1_wants_answer(s->model, s->connection, s->from, &seq)) {
        hr_http1_response response = http1_response(s);
        response.extent.is_begin_known = true;
        response.extent.begin_seq = seq;
        hr_http1_answer_begun(s->model, s->connection, s->from, &response);
    }
    for (unsigned over = 0; over < 4 && hr_http1_answer_over(s->model, s->connection, s->from);
         over++) {}
}

static void put_preface(story *s)
{
    hr_h2_preface_seen(s->model, s->connection);
}

/* ---- TLS ---- */

static hr_alpn alpn(story *s)
{
    return (hr_alpn){text(s), bit(s)};
}

static void put_client_hello(story *s)
{
    const uint8_t bits = byte(s);
    const hr_tls_client_hello hello = {
        .sni = text(s),
        .alpn = alpn(s),
        .session_id = text(s),
        .has_ticket = (bits & 1) != 0,
        .offers_early_data = (bits & 2) != 0,
        .is_on_http_port = (bits & 4) != 0,
    };
    hr_tls_client_hello_seen(s->model, s->connection, s->from, &hello);
}

static void put_server_hello(story *s)
{
    const hr_tls_server_hello hello = {
        .version = bit(s) ? 0x0303 : 0x0304,
        .alpn = alpn(s),
        .session_id = text(s),
        .has_pre_shared_key = bit(s),
    };
    hr_tls_server_hello_seen(s->model, s->connection, s->from, &hello);
}

static void put_agreed(story *s)
{
    const hr_alpn agreed = alpn(s);
    hr_tls_agreed(s->model, s->connection, &agreed, bit(s));
}

static void put_tls_message(story *s)
{
    static const hr_tls_message messages[] = {HR_TLS_NEW_SESSION_TICKET,
                                              HR_TLS_ENCRYPTED_EXTENSIONS, HR_TLS_CERTIFICATE,
                                              HR_TLS_FINISHED};
    hr_tls_message_seen(s->model, s->connection, s->from,
                        messages[below(s, G_N_ELEMENTS(messages))]);
}

static void put_cipher_change(story *s)
{
    hr_tls_cipher_changed(s->model, s->connection, s->from);
}

static void put_alert(story *s)
{
    hr_tls_alert_seen(s->model, s->connection, s->from, (int)below(s, 4) - 1);
}

static void put_tls_data(story *s)
{
    hr_tls_data_seen(s->model, s->connection, s->from, below(s, 100), bit(s));
}

/* ---- HTTP/2 ---- */

static uint32_t stream(story *s)
{
    const uint8_t number = byte(s);
    return number == 255 ? word(s) >> 1 : number % 24;
}

static void put_h2_request(story *s)
{
    const hr_h2_request request = {stream(s), text(s), text(s), text(s), text(s), bit(s), bit(s)};
    hr_h2_spoken(s->model, s->connection, s->from);
    hr_h2_request_seen(s->model, s->connection, s->from, &request);
}

static void put_h2_response(story *s)
{
    static const unsigned codes[] = {200, 100, 204, 421, 503};
    const hr_h2_response response = {stream(s), codes[below(s, G_N_ELEMENTS(codes))], text(s),
                                     text(s), bit(s)};
    hr_h2_spoken(s->model, s->connection, s->from);
    hr_h2_response_seen(s->model, s->connection, s->from, &response);
}

static void put_h2_data(story *s)
{
    const uint32_t id = stream(s);
    hr_h2_spoken(s->model, s->connection, s->from);
    hr_h2_data_seen(s->model, s->connection, s->from, id, below(s, 200), bit(s));
}

static void put_h2_reset(story *s)
{
    hr_h2_spoken(s->model, s->connection, s->from);
    hr_h2_reset_seen(s->model, s->connection, s->from, stream(s));
}

static void put_h2_goaway(story *s)
{
    const uint32_t last = stream(s);
    hr_h2_spoken(s->model, s->connection, s->from);
    hr_h2_goaway_seen(s->model, s->connection, s->from, last, below(s, 3));
}

static void put_h2_limit(story *s)
{
    hr_h2_spoken(s->model, s->connection, s->from);
    hr_h2_stream_limit_seen(s->model, s->connection, s->from, bit(s) ? below(s, 5) : word(s));
}

/* ---- QUIC and HTTP/3 ---- */

static void put_parameters(story *s)
{
    const hr_quic_parameters parameters = {length(s), length(s)};
    hr_quic_parameters_seen(s->model, s->connection, s->from, &parameters);
}

static void put_handshake_done(story *s)
{
    hr_quic_handshake_done_seen(s->model, s->connection, s->from);
}

static void put_max_streams(story *s)
{
    hr_quic_max_streams_seen(s->model, s->connection, s->from, length(s));
}

static void put_quic_close(story *s)
{
    const uint64_t code = length(s);
    hr_quic_close_seen(s->model, s->connection, s->from, code, bit(s));
}

static void put_h3_stream(story *s)
{
    const hr_quic_stream data = {
        .stream = (uint64_t)stream(s) * 4,
        .offset = length(s) >> 2,
        .length = below(s, 200),
        .is_end = bit(s),
        .is_interim = bit(s),
    };
    hr_h3_stream_seen(s->model, s->connection, s->from, &data);
}

static void put_h3_headers(story *s)
{
    const hr_h3_headers headers = {
        .stream = (uint64_t)stream(s) * 4,
        .method = text(s),
        .path = text(s),
        .authority = text(s),
        .user_agent = text(s),
        .code = bit(s) ? 200 : 0,
        .server = text(s),
        .via = text(s),
    };
    hr_h3_headers_seen(s->model, s->connection, s->from, &headers);
}

static void put_h3_reset(story *s)
{
    const uint64_t id = (uint64_t)stream(s) * 4;
    hr_h3_reset_seen(s->model, s->connection, s->from, id, bit(s));
}

static void put_h3_goaway(story *s)
{
    hr_h3_goaway_seen(s->model, s->connection, s->from, length(s));
}

/* ---- frames ---- */

typedef void put_event(story *s);

static put_event *const tcp_events[] = {
    put_request,      put_response,   put_request,     put_response,      put_client_hello,
    put_server_hello, put_agreed,     put_tls_message, put_cipher_change, put_alert,
    put_tls_data,     put_h2_request, put_h2_response, put_h2_data,       put_h2_reset,
    put_h2_goaway,    put_h2_limit,   put_preface,
};

static put_event *const quic_events[] = {
    put_parameters,   put_handshake_done, put_max_streams, put_quic_close, put_h3_stream,
    put_h3_headers,   put_h3_stream,      put_h3_headers,  put_h3_reset,   put_h3_goaway,
    put_client_hello, put_server_hello,   put_tls_message, put_agreed,
};

static const char *address(unsigned index)
{
    static const char *const addresses[] = {"10.0.0.1", "10.0.0.2", "fe80::1", "10.0.0.80"};
    return addresses[index % G_N_ELEMENTS(addresses)];
}

static uint16_t port(unsigned index)
{
    static const uint16_t ports[] = {80, 443, 40000, 40001};
    return ports[index % G_N_ELEMENTS(ports)];
}

static int64_t later(story *s)
{
    const uint8_t kind = byte(s);
    const int64_t step = kind & 63;

    switch (kind >> 6) {
    case 0:
        return s->now_ns + step * HR_NS_PER_MS;
    case 1:
        return s->now_ns + step * HR_NS_PER_S;
    case 2:
        return s->now_ns - MIN(s->now_ns, step * HR_NS_PER_MS);
    default: /* anywhere, also where no pcap is */
        return (int64_t)((uint64_t)word(s) << 32 | word(s));
    }
}

static void take_tcp(story *s)
{
    const unsigned index = below(s, STREAMS);
    const uint8_t ends = byte(s);
    const uint8_t bits = byte(s);
    uint32_t *next = s->next[index];

    s->connection = hr_model_tcp_connection(s->model, index);
    if (s->connection == NULL) {
        s->connection = hr_model_add_tcp(s->model, index, address(ends), port(ends >> 2),
                                         address(ends >> 4), port(ends >> 6));
    }
    s->from = bits & 1;
    hr_tcp_segment segment = {
        .from = s->from,
        .flags = (uint8_t)((bits & 2) != 0 ? byte(s) & 0x17 : HR_TCP_ACK),
        .seq = next[s->from],
        .ack = next[1 - s->from],
        .length = (bits & 4) != 0 ? below(s, 255) * 3 : 0,
        .is_cut = (bits & 8) != 0,
    };
    if ((bits & 16) != 0) { /* sent again, or one is missing */
        segment.seq += byte(s) - 128U;
    }
    if ((bits & 32) != 0) {
        segment.ack += byte(s) - 128U;
    }
    if ((bits & 64) != 0) {
        segment.seq = word(s);
    }
    next[s->from] =
        segment.seq + segment.length + ((segment.flags & (HR_TCP_SYN | HR_TCP_FIN)) != 0 ? 1 : 0);
    hr_tcp_segment_seen(s->model, s->connection, &segment);
    hr_connection *inner = hr_connection_innermost(s->connection);
    if (inner != s->connection) {
        s->from = s->from != s->connection->client;
        s->connection = inner;
    }
    for (unsigned count = (bits & 128) != 0 ? 1 + below(s, 3) : 0; count > 0; count--) {
        tcp_events[below(s, G_N_ELEMENTS(tcp_events))](s);
    }
    look_at_bytes(s);
}

static void take_quic(story *s)
{
    const unsigned number = below(s, QUIC_NUMBERS);
    const uint8_t ends = byte(s);
    const uint8_t bits = byte(s);

    s->connection = hr_model_quic_connection(s->model, number);
    if (s->connection == NULL) {
        s->connection = hr_model_add_quic(s->model, number, address(ends), port(ends >> 2),
                                          address(ends >> 4), port(ends >> 6));
    }
    s->from = bits & 1;
    hr_quic_packet_seen(s->model, s->connection, s->from,
                        (hr_quic_packet)((bits >> 1) % (HR_QUIC_VERSION_NEGOTIATION + 1)));
    if ((bits & 64) != 0) {
        hr_quic_number_seen(s->model, s->connection, s->from, length(s));
    }
    hr_quic_datagram_seen(s->model, s->connection, s->from, below(s, 255) * 6);
    for (unsigned count = (bits & 128) != 0 ? 1 + below(s, 3) : 0; count > 0; count--) {
        quic_events[below(s, G_N_ELEMENTS(quic_events))](s);
    }
}

void fuzz_feed(hr_model *model, const uint8_t *data, size_t size, void (*pause)(hr_model *model))
{
    story s = {.data = data, .size = size, .model = model, .now_ns = 1700000000 * HR_NS_PER_S};
    size_t count = 0;

    while (s.at < size && s.frame < FRAMES_MAX) {
        const uint8_t kind = byte(&s);
        const int64_t time_ns = later(&s);
        hr_model_begin_frame(model, ++s.frame, time_ns);
        s.now_ns = CLAMP(time_ns, 0, INT64_MAX / 2);
        if ((kind & 7) != 0) {
            take_tcp(&s);
        } else {
            take_quic(&s);
        }
        hr_model_end_frame(model, &count);
        if (kind >= 250 && pause != NULL) {
            pause(model);
        }
    }
}

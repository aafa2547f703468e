/* events.c
 * What packets say that no sane peer sends: any event of HTTP, TLS and QUIC, with any arguments.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story.h"

/* ---- HTTP/1 ---- */

static hr_http1_persistence persistence(story *s)
{
    const uint8_t bits = story_byte(s);

    return (hr_http1_persistence){(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
}

static hr_http1_extent extent(story *s)
{
    const uint8_t bits = story_byte(s);
    hr_http1_extent extent = {
        .header_length = story_length(s),
        .is_header_cut = (bits & 1) != 0,
        .has_content_length = (bits & 2) != 0,
        .is_chunked = (bits & 4) != 0,
        .is_chunked_end_seen = (bits & 8) != 0,
        .is_whole = (bits & 16) != 0,
        .is_on_tcp = (bits & 32) == 0,
        .is_begin_known = (bits & 64) != 0,
        .available = story_length(s),
    };

    extent.content_length = extent.has_content_length ? story_length(s) : 0;
    extent.chunked_length = extent.is_chunked ? story_length(s) : 0;
    extent.begin_seq = extent.is_begin_known ? story_word(s) : 0;
    return extent;
}

static hr_http1_request http1_request(story *s)
{
    const uint8_t bits = story_byte(s);

    return (hr_http1_request){
        .method = story_text(s),
        .target = story_text(s),
        .host = story_text(s),
        .user_agent = story_text(s),
        .is_relayed = (bits & 1) != 0,
        .asks_upgrade = (bits & 2) != 0,
        .binds_user = (bits & 4) != 0,
        .expects_continue = (bits & 8) != 0,
        .persistence = persistence(s),
        .extent = extent(s),
    };
}

static hr_http1_response http1_response(story *s)
{
    static const unsigned codes[] = {200, 200, 100, 101, 103, 204, 304, 408, 413, 421, 503, 0};
    const uint8_t bits = story_byte(s);

    return (hr_http1_response){
        .code = codes[story_below(s, G_N_ELEMENTS(codes))],
        .server = story_text(s),
        .via = story_text(s),
        .keep_alive_max = (bits & 1) != 0 ? (int32_t)(story_word(s) >> 1) : -1,
        .keep_alive_timeout = (bits & 2) != 0 ? (int32_t)(story_word(s) >> 1) : -1,
        .upgrades_to_h2c = (bits & 4) != 0,
        .is_endless = (bits & 8) != 0,
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
void story_look_at_bytes(story *s)
{
    uint32_t seq = 0;

    if (hr_http1_wants_request_instead(s->model, s->connection, s->from, &seq)) {
        hr_http1_request request = http1_request(s);
        request.extent.is_begin_known = true;
        request.extent.begin_seq = seq;
        hr_http1_request_begun(s->model, s->connection, s->from, &request);
    }
    for (unsigned tries = 0;
         tries < 4 && hr_http1_wants_request(s->model, s->connection, s->from, &seq); tries++) {
        hr_http1_request request = http1_request(s);
        request.extent.is_begin_known = true;
        request.extent.begin_seq = seq;
        if (story_bit(s)) {
            hr_http1_request_begun(s->model, s->connection, s->from, &request);
        } else {
            hr_http1_stray_seen(s->model, s->connection, s->from, 1 + story_below(s, 30));
            hr_tcp_spoken_for(s->model, s->connection, s->from, &request.target);
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
    return (hr_alpn){story_text(s), story_bit(s)};
}

static void put_client_hello(story *s)
{
    const uint8_t bits = story_byte(s);
    const hr_tls_client_hello hello = {
        .sni = story_text(s),
        .alpn = alpn(s),
        .session_id = story_text(s),
        .has_ticket = (bits & 1) != 0,
        .offers_early_data = (bits & 2) != 0,
        .is_on_http_port = (bits & 4) != 0,
    };
    hr_tls_client_hello_seen(s->model, s->connection, s->from, &hello);
}

static void put_server_hello(story *s)
{
    const hr_tls_server_hello hello = {
        .version = story_bit(s) ? 0x0303 : 0x0304,
        .alpn = alpn(s),
        .session_id = story_text(s),
        .has_pre_shared_key = story_bit(s),
    };
    hr_tls_server_hello_seen(s->model, s->connection, s->from, &hello);
}

static void put_agreed(story *s)
{
    const hr_alpn agreed = alpn(s);
    hr_tls_agreed(s->model, s->connection, &agreed, story_bit(s));
}

static void put_tls_message(story *s)
{
    static const hr_tls_message messages[] = {HR_TLS_NEW_SESSION_TICKET,
                                              HR_TLS_ENCRYPTED_EXTENSIONS, HR_TLS_CERTIFICATE,
                                              HR_TLS_FINISHED};
    hr_tls_message_seen(s->model, s->connection, s->from,
                        messages[story_below(s, G_N_ELEMENTS(messages))]);
}

static void put_cipher_change(story *s)
{
    hr_tls_cipher_changed(s->model, s->connection, s->from);
}

static void put_alert(story *s)
{
    hr_tls_alert_seen(s->model, s->connection, s->from, (int)story_below(s, 4) - 1);
}

static void put_tls_data(story *s)
{
    hr_tls_data_seen(s->model, s->connection, s->from, story_below(s, 100), story_bit(s));
}

/* ---- HTTP/2 ---- */

static uint32_t stream(story *s)
{
    const uint8_t number = story_byte(s);
    return number == 255 ? story_word(s) >> 1 : number % 24;
}

static void put_h2_request(story *s)
{
    const hr_h2_request request = {stream(s),     story_text(s), story_text(s), story_text(s),
                                   story_text(s), story_bit(s),  story_bit(s)};
    hr_h2_spoken(s->model, s->connection, s->from);
    hr_h2_request_seen(s->model, s->connection, s->from, &request);
}

static void put_h2_response(story *s)
{
    static const unsigned codes[] = {200, 100, 204, 421, 503};
    const hr_h2_response response = {stream(s), codes[story_below(s, G_N_ELEMENTS(codes))],
                                     story_text(s), story_text(s), story_bit(s)};
    hr_h2_spoken(s->model, s->connection, s->from);
    hr_h2_response_seen(s->model, s->connection, s->from, &response);
}

static void put_h2_data(story *s)
{
    const uint32_t id = stream(s);
    hr_h2_spoken(s->model, s->connection, s->from);
    hr_h2_data_seen(s->model, s->connection, s->from, id, story_below(s, 200), story_bit(s));
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
    const hr_h2_goaway goaway = {last, story_below(s, 3), {"too_many_pings", story_below(s, 15)}};
    hr_h2_goaway_seen(s->model, s->connection, s->from, &goaway);
}

static void put_h2_limit(story *s)
{
    hr_h2_spoken(s->model, s->connection, s->from);
    hr_h2_stream_limit_seen(s->model, s->connection, s->from,
                            story_bit(s) ? story_below(s, 5) : story_word(s));
}

/* ---- QUIC and HTTP/3 ---- */

static void put_parameters(story *s)
{
    const hr_quic_parameters parameters = {story_length(s), story_length(s)};
    hr_quic_parameters_seen(s->model, s->connection, s->from, &parameters);
}

static void put_handshake_done(story *s)
{
    hr_quic_handshake_done_seen(s->model, s->connection, s->from);
}

static void put_max_streams(story *s)
{
    hr_quic_max_streams_seen(s->model, s->connection, s->from, story_length(s));
}

static void put_quic_close(story *s)
{
    const uint64_t code = story_length(s);
    hr_quic_close_seen(s->model, s->connection, s->from, code, story_bit(s));
}

static void put_h3_stream(story *s)
{
    const hr_quic_stream data = {
        .stream = (uint64_t)stream(s) * 4,
        .offset = story_length(s) >> 2,
        .length = story_below(s, 200),
        .is_end = story_bit(s),
        .is_interim = story_bit(s),
    };
    hr_h3_stream_seen(s->model, s->connection, s->from, &data);
}

static void put_h3_headers(story *s)
{
    const hr_h3_headers headers = {
        .stream = (uint64_t)stream(s) * 4,
        .method = story_text(s),
        .path = story_text(s),
        .authority = story_text(s),
        .user_agent = story_text(s),
        .code = story_bit(s) ? 200 : 0,
        .server = story_text(s),
        .via = story_text(s),
    };
    hr_h3_headers_seen(s->model, s->connection, s->from, &headers);
}

static void put_h3_reset(story *s)
{
    const uint64_t id = (uint64_t)stream(s) * 4;
    hr_h3_reset_seen(s->model, s->connection, s->from, id, story_bit(s));
}

static void put_h3_goaway(story *s)
{
    hr_h3_goaway_seen(s->model, s->connection, s->from, story_length(s));
}

/* ---- any of them ---- */

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

void story_tell_tcp(story *s)
{
    tcp_events[story_below(s, G_N_ELEMENTS(tcp_events))](s);
}

void story_tell_quic(story *s)
{
    quic_events[story_below(s, G_N_ELEMENTS(quic_events))](s);
}

/* fields.h
 * The arguments of events as fields of a log, for both ways: hr_field_KIND() for each kind of
 * table.h, and in it every field of the structures of event.h, in the order of that file. All is
 * inline, so that recorder and playback each have their way of it (coder.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_EVENTS_FIELDS_H
#define HR_EVENTS_FIELDS_H

#include "events/coder.h"
#include "events/table.h"

/* ---- single values ---- */

static inline void hr_field_from(hr_coder *coder, unsigned *value)
{
    hr_code_choice(coder, value, 1);
    if (coder->turns_ends) {
        *value = 1 - *value;
    }
}

static inline void hr_field_u32(hr_coder *coder, uint32_t *value)
{
    hr_code_u32(coder, value);
}

static inline void hr_field_u64(hr_coder *coder, uint64_t *value)
{
    hr_code_u64(coder, value);
}

static inline void hr_field_i32(hr_coder *coder, int *value)
{
    int32_t number = *value;

    hr_code_i32(coder, &number);
    *value = number;
}

static inline void hr_field_boolean(hr_coder *coder, bool *value)
{
    hr_code_bools(coder, value);
}

static inline void hr_field_message(hr_coder *coder, hr_tls_message *value)
{
    unsigned number = *value;

    hr_code_choice(coder, &number, UINT8_MAX);
    *value = (hr_tls_message)number;
}

static inline void hr_field_packet(hr_coder *coder, hr_quic_packet *value)
{
    unsigned number = *value;

    hr_code_choice(coder, &number, HR_QUIC_PACKETS - 1);
    *value = (hr_quic_packet)number;
}

static inline void hr_field_way(hr_coder *coder, hr_way *value)
{
    unsigned number = *value;

    hr_code_choice(coder, &number, HR_WAY_OUT);
    *value = (hr_way)number;
}

static inline void hr_field_slice(hr_coder *coder, hr_slice *value)
{
    hr_code_slice(coder, value);
}

/* ---- TCP ---- */

/* Mostly a segment begins where the one before ended, and acknowledges what that one did. */
static inline void hr_field_segment(hr_coder *coder, hr_tcp_segment *value)
{
    hr_coded_flow *flow = coder->flow;
    bool is_second = value->from == 1;

    bool is_next = false;
    bool is_same_ack = false;
    bool is_empty = value->length == 0;
    bool is_same_way = false;

    if (hr_coder_writes(coder)) {
        is_next = value->seq == flow->next_seq[value->from];
        is_same_ack = value->ack == flow->ack[value->from];
        is_same_way =
            value->hops == flow->hops[value->from] && value->way == flow->way[value->from];
    }
    hr_code_byte(coder, &value->flags);
    hr_code_bools(coder, &is_second, &value->is_cut, &value->has_no_room, &is_next, &is_same_ack,
                  &is_empty, &is_same_way);
    value->from = is_second ? 1 : 0;
    int32_t skipped = (int32_t)(value->seq - flow->next_seq[value->from]);
    int32_t more = (int32_t)(value->ack - flow->ack[value->from]);
    if (is_next) {
        skipped = 0;
    } else {
        hr_code_i32(coder, &skipped);
    }
    if (is_same_ack) {
        more = 0;
    } else {
        hr_code_i32(coder, &more);
    }
    if (is_same_way) {
        value->hops = flow->hops[value->from];
        value->way = flow->way[value->from];
    } else {
        hr_code_byte(coder, &value->hops);
        hr_field_way(coder, &value->way);
    }
    if (is_empty) {
        value->length = 0;
    } else {
        hr_code_u32(coder, &value->length);
    }
    value->seq = flow->next_seq[value->from] + (uint32_t)skipped;
    value->ack = flow->ack[value->from] + (uint32_t)more;
    flow->next_seq[value->from] =
        value->seq + value->length + ((value->flags & (HR_TCP_SYN | HR_TCP_FIN)) != 0 ? 1 : 0);
    flow->ack[value->from] = value->ack;
    flow->hops[value->from] = value->hops;
    flow->way[value->from] = value->way;
}

/* ---- HTTP/1 ---- */

static inline void hr_code_extent(hr_coder *coder, hr_http1_extent *value)
{
    hr_code_bools(coder, &value->is_header_cut, &value->has_content_length, &value->is_chunked,
                  &value->is_chunked_end_seen, &value->is_whole, &value->is_on_tcp,
                  &value->is_begin_known, &value->is_length_odd);
    hr_code_length(coder, &value->header_length);
    hr_code_length(coder, &value->available);
    if (value->has_content_length) {
        hr_code_length(coder, &value->content_length);
    }
    if (value->is_chunked_end_seen) {
        hr_code_length(coder, &value->chunked_length);
    }
    if (value->is_begin_known) {
        hr_code_u32(coder, &value->begin_seq);
    }
}

static inline void hr_code_persistence(hr_coder *coder, hr_http1_persistence *value)
{
    hr_code_bools(coder, &value->is_http10, &value->says_close, &value->says_keep_alive);
}

static inline void hr_field_request(hr_coder *coder, hr_http1_request *value)
{
    hr_code_slice(coder, &value->method);
    hr_code_slice(coder, &value->target);
    hr_code_slice(coder, &value->host);
    hr_code_slice(coder, &value->user_agent);
    hr_code_bools(coder, &value->is_relayed, &value->is_agent_moved, &value->asks_upgrade,
                  &value->binds_user, &value->expects_continue);
    hr_code_persistence(coder, &value->persistence);
    hr_code_extent(coder, &value->extent);
}

static inline void hr_field_response(hr_coder *coder, hr_http1_response *value)
{
    hr_code_choice(coder, &value->code, UINT16_MAX);
    hr_code_slice(coder, &value->server);
    hr_code_slice(coder, &value->via);
    hr_code_i32(coder, &value->keep_alive_max);
    hr_code_i32(coder, &value->keep_alive_timeout);
    hr_code_bools(coder, &value->upgrades_to_h2c, &value->is_endless);
    hr_code_persistence(coder, &value->persistence);
    hr_code_extent(coder, &value->extent);
}

/* ---- TLS ---- */

static inline void hr_field_alpn(hr_coder *coder, hr_alpn *value)
{
    hr_code_slice(coder, &value->names);
    hr_code_bools(coder, &value->is_http);
}

static inline void hr_field_client_hello(hr_coder *coder, hr_tls_client_hello *value)
{
    hr_code_slice(coder, &value->sni);
    hr_field_alpn(coder, &value->alpn);
    hr_code_slice(coder, &value->session_id);
    hr_code_bools(coder, &value->has_ticket, &value->offers_early_data, &value->is_on_http_port);
}

static inline void hr_field_server_hello(hr_coder *coder, hr_tls_server_hello *value)
{
    hr_code_u16(coder, &value->version);
    hr_field_alpn(coder, &value->alpn);
    hr_code_slice(coder, &value->session_id);
    hr_code_bools(coder, &value->has_pre_shared_key);
}

/* ---- HTTP/2 ---- */

static inline void hr_field_h2_request(hr_coder *coder, hr_h2_request *value)
{
    hr_code_u32(coder, &value->stream);
    hr_code_slice(coder, &value->method);
    hr_code_slice(coder, &value->path);
    hr_code_slice(coder, &value->authority);
    hr_code_slice(coder, &value->user_agent);
    hr_code_bools(coder, &value->is_relayed, &value->is_end);
}

static inline void hr_field_h2_response(hr_coder *coder, hr_h2_response *value)
{
    hr_code_u32(coder, &value->stream);
    hr_code_choice(coder, &value->code, UINT16_MAX);
    hr_code_slice(coder, &value->server);
    hr_code_slice(coder, &value->via);
    hr_code_bools(coder, &value->is_end);
}

static inline void hr_field_h2_goaway(hr_coder *coder, hr_h2_goaway *value)
{
    hr_code_u32(coder, &value->last_stream);
    hr_code_u32(coder, &value->error);
    hr_code_slice(coder, &value->debug);
}

/* ---- QUIC and HTTP/3 ---- */

static inline void hr_field_parameters(hr_coder *coder, hr_quic_parameters *value)
{
    hr_code_u64(coder, &value->idle_timeout_ms);
    hr_code_u64(coder, &value->streams);
}

static inline void hr_field_h3_stream(hr_coder *coder, hr_quic_stream *value)
{
    hr_code_u64(coder, &value->stream);
    hr_code_u64(coder, &value->offset);
    hr_code_u32(coder, &value->length);
    hr_code_bools(coder, &value->is_end, &value->is_interim);
}

static inline void hr_field_h3_headers(hr_coder *coder, hr_h3_headers *value)
{
    hr_code_u64(coder, &value->stream);
    hr_code_slice(coder, &value->method);
    hr_code_slice(coder, &value->path);
    hr_code_slice(coder, &value->authority);
    hr_code_slice(coder, &value->user_agent);
    hr_code_choice(coder, &value->code, UINT16_MAX);
    hr_code_slice(coder, &value->server);
    hr_code_slice(coder, &value->via);
}

/* ---- settings.h ---- */

static inline void hr_field_settings(hr_coder *coder, hr_settings *settings)
{
#define CODE_DURATION(member) hr_code_i64(coder, &settings->member);
#define CODE_PERCENT(member) hr_code_choice(coder, &settings->member, UINT32_MAX);
#define CODE(kind, member, ...) CODE_##kind(member)
    HR_SETTINGS(CODE)
#undef CODE
#undef CODE_PERCENT
#undef CODE_DURATION
}

#endif

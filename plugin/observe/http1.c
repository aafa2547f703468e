/* http1.c
 * HTTP/1.0 and 1.1 messages as events. A message is one where Wireshark's HTTP dissector says
 * so: http.request.method and http.response.version tell where it starts and in which bytes
 * (the segment's, or those of a reassembled message); the lines are read from there. Where the
 * core finds that a message begins in a segment and none was shown, its first lines are read from
 * the segment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "bare.h"
#include "http1_header.h"
#include "http1_preamble.h"
#include "observe.h"

#include <string.h>

enum {
    METHOD_MIN = 3,
    METHOD_MAX = 24,
    PREAMBLES = 4, /* of one segment; each is looked for in the rest of it */
};

static int hf_request_method = -1;
static int hf_response_version = -1;
static int proto_icap = -1;

void hr_observe_http1_init(GArray *wanted)
{
    hf_request_method = hr_observe_want(wanted, "http.request.method");
    hf_response_version = hr_observe_want(wanted, "http.response.version");
    proto_icap = proto_get_id_by_filter_name("icap");
}

bool hr_observe_has_http1(proto_tree *tree, const hr_tcp_layer *layer)
{
    return layer->is_bare ? layer->message != NULL
                          : hr_observe_fields(tree, hf_request_method) != NULL ||
                                hr_observe_fields(tree, hf_response_version) != NULL;
}

static hr_http1_persistence persistence_of(const hr_http1_lines *lines, hr_slice version)
{
    return (hr_http1_persistence){
        .is_http10 = hr_slice_is_exactly(version, "HTTP/1.0"),
        .says_close = lines->says_close,
        .says_keep_alive = lines->says_keep_alive,
    };
}

/* The message begins at @start, and the frame brings @available bytes of it. */
static void place_lines(hr_http1_lines *lines, const hr_tcp_layer *layer, int start,
                        uint64_t available, bool is_in_segment)
{
    hr_http1_extent *extent = &lines->extent;

    extent->available = available;
    extent->is_whole = !is_in_segment;
    extent->is_on_tcp = !layer->connection->is_tls;
    extent->is_begin_known = is_in_segment && extent->is_on_tcp;
    extent->begin_seq = layer->seq + (uint32_t)(start - layer->payload_offset);
}

/* The message at @field, with what of it this frame brings. */
static hr_http1_lines lines_at(const field_info *field, const hr_tcp_layer *layer)
{
    tvbuff_t *tvb = field->ds_tvb;
    const bool is_in_segment = tvb == layer->tvb && field->start >= layer->payload_offset;
    const int64_t payload_end = (int64_t)layer->payload_offset + layer->payload_length;
    const int64_t available = is_in_segment ? payload_end - field->start
                                            : tvb_reported_length_remaining(tvb, field->start);
    hr_http1_lines lines;

    hr_http1_lines_read(&lines, tvb, field->start, (uint64_t)MAX(available, 0));
    place_lines(&lines, layer, field->start, (uint64_t)MAX(available, 0), is_in_segment);
    return lines;
}

static hr_http1_request request_of(const hr_http1_lines *lines)
{
    hr_slice rest = lines->start_line;
    hr_http1_request request = {
        .method = hr_slice_word(&rest),
        .host = lines->host,
        .user_agent = lines->user_agent,
        .is_relayed = lines->is_relayed,
        .is_agent_moved = lines->is_agent_moved,
        .asks_upgrade = lines->asks_upgrade && !lines->upgrades_to_h2c,
        .binds_user = lines->binds_user,
        .expects_continue = lines->expects_continue,
        .extent = lines->extent,
    };

    request.target = hr_slice_word(&rest);
    request.persistence = persistence_of(lines, rest);
    return request;
}

static void observe_request(hr_model *model, const hr_http1_lines *lines, const hr_tcp_layer *layer)
{
    const hr_http1_request request = request_of(lines);

    if (hr_slice_is(request.method, "PRI") && hr_slice_is(request.target, "*")) {
        return; /* HTTP/2's preface (RFC 9113 §3.4) */
    }
    hr_http1_request_seen(model, layer->connection, layer->from, &request);
}

/* WHATWG HTML, Server-sent events; and the pictures of a camera, one after the other. */
static bool is_endless_type(hr_slice type)
{
    return hr_slice_begins(type, "text/event-stream") ||
           hr_slice_begins(type, "multipart/x-mixed-replace");
}

/* Its code is 0 where the first line is no status line. */
static hr_http1_response response_of(const hr_http1_lines *lines)
{
    hr_slice rest = lines->start_line;
    const hr_slice version = hr_slice_word(&rest);
    const int64_t code = hr_slice_number(hr_slice_word(&rest), 999);

    return (hr_http1_response){
        .code = code >= 100 ? (unsigned)code : 0,
        .server = lines->server,
        .via = lines->via,
        .keep_alive_max = lines->keep_alive_max,
        .keep_alive_timeout = lines->keep_alive_timeout,
        .upgrades_to_h2c = lines->upgrades_to_h2c,
        .is_endless = is_endless_type(lines->content_type),
        .persistence = persistence_of(lines, version),
        .extent = lines->extent,
    };
}

static void observe_response(hr_model *model, const hr_http1_lines *lines,
                             const hr_tcp_layer *layer)
{
    const hr_http1_response response = response_of(lines);

    if (response.code != 0) {
        hr_http1_response_seen(model, layer->connection, layer->from, &response);
    }
}

static void observe_each(hr_model *model, proto_tree *tree, int hf, const hr_tcp_layer *layer,
                         void (*observe)(hr_model *, const hr_http1_lines *, const hr_tcp_layer *))
{
    const GPtrArray *fields = hr_observe_fields(tree, hf);

    for (guint i = 0; fields != NULL && i < fields->len; i++) {
        const field_info *field = fields->pdata[i];
        if (field->ds_tvb != NULL) {
            const hr_http1_lines lines = lines_at(field, layer);
            observe(model, &lines, layer);
        }
    }
}

static void observe_bare(hr_model *model, const hr_tcp_layer *layer)
{
    place_lines(layer->message, layer, layer->payload_offset, layer->payload_length, true);
    if (hr_slice_begins(layer->message->start_line, "HTTP/1.")) {
        observe_response(model, layer->message, layer);
    } else {
        observe_request(model, layer->message, layer);
    }
}

/* NULL where there are several. */
static const field_info *only_message(proto_tree *tree)
{
    const GPtrArray *requests = hr_observe_fields(tree, hf_request_method);
    const GPtrArray *responses = hr_observe_fields(tree, hf_response_version);
    const GPtrArray *messages = requests != NULL ? requests : responses;

    const bool is_one =
        messages != NULL && messages->len == 1 && (requests == NULL || responses == NULL);
    return is_one ? messages->pdata[0] : NULL;
}

/* ICAP wraps HTTP messages that never travelled on this connection (RFC 3507 §4.4). */
static bool is_quoted(const packet_info *pinfo)
{
    return wmem_list_find(pinfo->layers, GINT_TO_POINTER(proto_icap)) != NULL;
}

void hr_observe_http1(hr_model *model, packet_info *pinfo, proto_tree *tree,
                      const hr_tcp_layer *layer)
{
    if (layer->message != NULL) {
        observe_bare(model, layer);
    } else if (!is_quoted(pinfo)) {
        observe_each(model, tree, hf_request_method, layer, observe_request);
        observe_each(model, tree, hf_response_version, layer, observe_response);
        hr_bare_message_shown(pinfo, only_message(tree));
    }
}

/* ---- bytes that no dissector has shown ---- */

static hr_http1_lines lines_in_segment(const hr_tcp_layer *layer, uint32_t offset)
{
    const uint64_t available = layer->payload_length - offset;
    hr_http1_lines lines;

    hr_http1_lines_read(&lines, layer->tvb, layer->payload_offset + (int)offset, available);
    lines.extent.available = available;
    lines.extent.is_on_tcp = lines.extent.is_begin_known = true;
    lines.extent.begin_seq = layer->seq + offset;
    return lines;
}

static bool is_method(hr_slice word)
{
    for (size_t i = 0; i < word.length; i++) {
        if (!g_ascii_isupper(word.text[i]) && word.text[i] != '-') {
            return false;
        }
    }
    return word.length >= METHOD_MIN && word.length <= METHOD_MAX;
}

/* RFC 9112 §3: a method, a target, and a version of HTTP/1, which a snap length or the end of the
 * segment may have cut off. */
static bool is_request_line(const hr_tcp_layer *layer, hr_slice line, bool is_cut)
{
    hr_slice rest = line;
    const hr_slice method = hr_slice_word(&rest);
    const hr_slice target = hr_slice_word(&rest);

    if (!is_method(method) || target.length == 0) {
        return false;
    }
    if (is_cut && rest.length < strlen("HTTP/1.")) {
        return layer->connection->is_in_scope &&
               (target.text[0] == '/' || hr_slice_begins(target, "http"));
    }
    return hr_slice_begins(rest, "HTTP/1.");
}

/* A record of a handshake whose first message is a ClientHello: RFC 8446 sections 5.1 and 4. */
static bool is_client_hello(const hr_tcp_layer *layer, uint32_t offset)
{
    enum {
        RECORD_HANDSHAKE = 22,
        MAJOR = 3,
        CLIENT_HELLO = 1,
        HEAD_LENGTH = 6,
    };
    const int begin = layer->payload_offset + (int)offset;

    return layer->payload_length - offset >= HEAD_LENGTH &&
           tvb_bytes_exist(layer->tvb, begin, HEAD_LENGTH) &&
           tvb_get_uint8(layer->tvb, begin) == RECORD_HANDSHAKE &&
           tvb_get_uint8(layer->tvb, begin + 1) == MAJOR &&
           tvb_get_uint8(layer->tvb, begin + 5) == CLIENT_HELLO;
}

/* Observes the request that begins at @offset of the payload; returns whether there is one. */
static bool observe_begun_request(hr_model *model, const hr_tcp_layer *layer, uint32_t offset)
{
    const hr_http1_lines lines = lines_in_segment(layer, offset);
    const bool is_line_cut = lines.extent.header_length == 0;

    if (hr_slice_begins(lines.start_line, "PRI * HTTP/2")) {
        hr_h2_preface_seen(model, layer->connection);
        return false;
    }
    if (!layer->connection->is_tls && is_client_hello(layer, offset)) {
        hr_tls_hello_hidden(model, layer->connection);
        return false;
    }
    if (!is_request_line(layer, lines.start_line, is_line_cut)) {
        return false;
    }
    hr_http1_request request = request_of(&lines);
    if (is_line_cut) {
        request.persistence = (hr_http1_persistence){false, false, false};
    }
    return hr_http1_request_begun(model, layer->connection, layer->from, &request) != NULL;
}

static bool wants_answer_at(const hr_model *model, const hr_tcp_layer *layer, uint32_t *offset)
{
    uint32_t seq = 0;

    if (!hr_http1_wants_answer(model, layer->connection, layer->from, &seq)) {
        return false;
    }
    *offset = seq - layer->seq;
    return *offset < layer->payload_length;
}

static void observe_begun_answer(hr_model *model, const hr_tcp_layer *layer, uint32_t offset)
{
    const hr_http1_lines lines = lines_in_segment(layer, offset);
    const hr_http1_response response = response_of(&lines);

    if (hr_slice_begins(lines.start_line, "HTTP/1.") && response.code != 0) {
        hr_http1_answer_begun(model, layer->connection, layer->from, &response);
    }
}

/* An answer may begin in the segment, or end there, or both; then the next one may begin. */
static void observe_answers(hr_model *model, const hr_tcp_layer *layer)
{
    uint32_t next = 0;
    bool goes_on = true;

    while (goes_on) {
        uint32_t offset = 0;
        const bool begins = wants_answer_at(model, layer, &offset) && offset >= next;
        if (begins) {
            observe_begun_answer(model, layer, offset);
            next = offset + 1;
        }
        goes_on = hr_http1_answer_over(model, layer->connection, layer->from) || begins;
    }
}

/* Whether a request that was not shown begins in the segment; *offset is its place there. */
static bool wants_request_at(const hr_model *model, const hr_tcp_layer *layer, uint32_t *offset)
{
    uint32_t seq = 0;

    if (!hr_http1_wants_request(model, layer->connection, layer->from, &seq)) {
        return false;
    }
    *offset = seq - layer->seq;
    return *offset < layer->payload_length;
}

/* A client that waited for leave to send a body may ask on instead. */
static void observe_instead_of_body(hr_model *model, const hr_tcp_layer *layer)
{
    uint32_t seq = 0;

    if (hr_http1_wants_request_instead(model, layer->connection, layer->from, &seq) &&
        seq - layer->seq < layer->payload_length) {
        observe_begun_request(model, layer, seq - layer->seq);
    }
}

void hr_observe_http1_bytes(hr_model *model, const packet_info *pinfo, const hr_tcp_layer *layer)
{
    if (layer->payload_length == 0 || is_quoted(pinfo)) {
        return;
    }
    hr_observe_first_words(model, layer);
    observe_answers(model, layer);
    observe_instead_of_body(model, layer);
    unsigned preambles = 0;
    uint32_t offset = 0;
    for (uint32_t next = 0; wants_request_at(model, layer, &offset) && offset >= next;
         next = offset + 1) {
        if (observe_begun_request(model, layer, offset)) {
            continue; /* the next one may begin where it ends */
        }
        const uint32_t named =
            preambles++ < PREAMBLES ? hr_http1_preamble_length(layer, offset) : 0;
        if (named == 0) {
            return;
        }
        hr_http1_stray_seen(model, layer->connection, layer->from, named);
    }
}

/* http2.c
 * HTTP/2 frames as events. A packet holds many frames, and headers lie in another data source
 * than the frame that brought them; a walk over the tree, in which all stand in order, keeps
 * them together. It is done only for packets that have HTTP/2 frames.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "header_fields.h"

#include <string.h>

/* RFC 9113 §6 */
enum {
    FRAME_DATA = 0,
    FRAME_HEADERS = 1,
    FRAME_RST_STREAM = 3,
    FRAME_SETTINGS = 4,
    FRAME_PUSH_PROMISE = 5,
    FRAME_GOAWAY = 7,
    FRAME_CONTINUATION = 9,
    FRAME_NONE = 255,
    GOAWAY_WORDS = 8,
    DEBUG_DATA_MAX = 256, /* more is nothing that a person reads */
    FLAG_END_STREAM = 0x1,
    FLAG_ACK = 0x1,
    FLAG_END_HEADERS = 0x4,
    HEADER_BEFORE_TYPE = 3, /* the length */
    HEADER_AFTER_TYPE = 6,  /* type, flags, stream */
    SETTING_MAX_CONCURRENT_STREAMS = 3,
    SETTING_LENGTH = 6,
};

static hr_header_fields fields = {.frame_type = -1};

/* The frame that the walk is in, with the headers found below it. */
typedef struct {
    hr_model *model;
    const hr_tcp_layer *layer;
    uint8_t type;
    uint8_t flags;
    uint32_t stream;
    uint32_t length;
    tvbuff_t *tvb;
    int payload;
    hr_slice headers[HR_HEADERS];
    unsigned status;
} walk;

void hr_observe_http2_init(GArray *wanted)
{
    fields = hr_header_fields_want(wanted, "http2", "http2.type");
}

bool hr_observe_has_http2(proto_tree *tree, const hr_tcp_layer *layer)
{
    return !layer->is_bare && hr_header_fields_has_frame(&fields, tree);
}

static void report_headers(const walk *at)
{
    hr_connection *connection = at->layer->connection;
    const bool is_end = (connection->h2_headers_flags & FLAG_END_STREAM) != 0;

    if (at->headers[HR_HEADER_METHOD].text != NULL) {
        const hr_h2_request request = {
            .stream = at->stream,
            .method = at->headers[HR_HEADER_METHOD],
            .path = at->headers[HR_HEADER_PATH],
            .authority = at->headers[HR_HEADER_AUTHORITY],
            .user_agent = at->headers[HR_HEADER_USER_AGENT],
            .is_relayed = at->headers[HR_HEADER_VIA].text != NULL,
            .is_end = is_end,
        };
        hr_h2_request_seen(at->model, connection, at->layer->from, &request);
    } else if (at->status != 0) {
        const hr_h2_response response = {
            .stream = at->stream,
            .code = at->status,
            .server = at->headers[HR_HEADER_SERVER],
            .via = at->headers[HR_HEADER_VIA],
            .is_end = is_end,
        };
        hr_h2_response_seen(at->model, connection, at->layer->from, &response);
    } else if (is_end) {
        hr_h2_data_seen(at->model, connection, at->layer->from, at->stream, 0, true); /* trailers */
    }
}

/* Headers of a CONTINUATION belong to the HEADERS or PUSH_PROMISE before it; the dissector may
 * show them at either, as far as they were decoded. */
static void end_header_frame(const walk *at)
{
    hr_connection *connection = at->layer->connection;

    if (at->type != FRAME_CONTINUATION) {
        connection->h2_headers_type = at->type;
        connection->h2_headers_flags = at->flags;
    }
    const bool is_told = at->headers[HR_HEADER_METHOD].text != NULL || at->status != 0;
    if (connection->h2_headers_type == FRAME_HEADERS &&
        (is_told || (at->flags & FLAG_END_HEADERS) != 0)) {
        report_headers(at);
    }
}

static void end_settings(const walk *at)
{
    for (uint32_t i = 0; (at->flags & FLAG_ACK) == 0 && i + SETTING_LENGTH <= at->length &&
                         tvb_bytes_exist(at->tvb, at->payload + (int)i, SETTING_LENGTH);
         i += SETTING_LENGTH) {
        if (tvb_get_ntohs(at->tvb, at->payload + (int)i) == SETTING_MAX_CONCURRENT_STREAMS) {
            hr_h2_stream_limit_seen(at->model, at->layer->connection, at->layer->from,
                                    tvb_get_ntohl(at->tvb, at->payload + (int)i + 2));
        }
    }
}

static uint32_t payload_word(const walk *at, int index)
{
    const int offset = at->payload + index * 4;
    return tvb_bytes_exist(at->tvb, offset, 4) ? tvb_get_ntohl(at->tvb, offset) : 0;
}

/* RFC 9113 §6.8: two words, and what the sender says to people. */
static void end_goaway(const walk *at)
{
    const int offset = at->payload + GOAWAY_WORDS;
    const int captured = tvb_captured_length_remaining(at->tvb, offset);
    const uint32_t length = at->length > GOAWAY_WORDS ? at->length - GOAWAY_WORDS : 0;
    hr_h2_goaway goaway = {
        .last_stream = payload_word(at, 0) & 0x7fffffff,
        .error = payload_word(at, 1),
    };

    if (captured > 0 && length > 0) {
        goaway.debug.length = MIN((uint32_t)captured, MIN(length, DEBUG_DATA_MAX));
        goaway.debug.text = (const char *)tvb_get_ptr(at->tvb, offset, (int)goaway.debug.length);
    }
    hr_h2_goaway_seen(at->model, at->layer->connection, at->layer->from, &goaway);
}

static void end_frame(const walk *at)
{
    hr_connection *connection = at->layer->connection;
    const unsigned from = at->layer->from;

    switch (at->type) {
    case FRAME_DATA:
        hr_h2_data_seen(at->model, connection, from, at->stream, at->length,
                        (at->flags & FLAG_END_STREAM) != 0);
        break;
    case FRAME_HEADERS:
    case FRAME_PUSH_PROMISE:
    case FRAME_CONTINUATION:
        end_header_frame(at);
        break;
    case FRAME_RST_STREAM:
        hr_h2_reset_seen(at->model, connection, from, at->stream);
        break;
    case FRAME_SETTINGS:
        end_settings(at);
        break;
    case FRAME_GOAWAY:
        end_goaway(at);
        break;
    default:
        break;
    }
}

/* The type's field stands in the frame's header, behind the length (RFC 9113 §4.1). */
static void begin_frame(void *data, const field_info *field)
{
    walk *at = data;
    tvbuff_t *tvb = field->ds_tvb;
    const int header = field->start - HEADER_BEFORE_TYPE;

    end_frame(at);
    memset(at->headers, 0, sizeof(at->headers));
    at->status = 0;
    at->type = FRAME_NONE;
    if (tvb == NULL || header < 0 ||
        !tvb_bytes_exist(tvb, header, HEADER_BEFORE_TYPE + HEADER_AFTER_TYPE)) {
        return;
    }
    at->type = tvb_get_uint8(tvb, field->start);
    at->flags = tvb_get_uint8(tvb, field->start + 1);
    at->stream = tvb_get_ntohl(tvb, field->start + 2) & 0x7fffffff;
    at->length = tvb_get_ntoh24(tvb, header);
    at->tvb = tvb;
    at->payload = field->start + HEADER_AFTER_TYPE;
    hr_h2_spoken(at->model, at->layer->connection, at->layer->from);
}

static void take_header(void *data, hr_header header, const field_info *field)
{
    walk *at = data;
    if (header == HR_HEADER_STATUS) {
        at->status = hr_field_uint(field);
    } else if (at->headers[header].text == NULL) {
        at->headers[header] = hr_header_field_text(field);
    }
}

void hr_observe_http2(hr_model *model, proto_tree *tree, const hr_tcp_layer *layer)
{
    walk at = {.model = model, .layer = layer, .type = FRAME_NONE};
    const hr_header_visitor visitor = {begin_frame, take_header, &at};

    if (hr_observe_has_http2(tree, layer)) {
        hr_header_fields_visit(&fields, tree, &visitor);
        end_frame(&at);
    }
}

/* quic.c
 * QUIC packets and HTTP/3 as events. Two fields tell where packets and, decrypted, their frames
 * begin; what stands there is read from the bytes, which costs less than wanting a field for
 * each of its parts. Headers of HTTP/3 come from Wireshark, from 4.4 on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <epan/to_str.h>
#include <string.h>

#include "observe.h"
#include "quic_headers.h"

enum {
    UDP_HEADER = 8,
    LONG_HEADER = 0x80,
    LONG_HEADER_MIN = 5,      /* the first byte and the version */
    STATELESS_RESET_MIN = 21, /* RFC 9000 §10.3 */
    /* RFC 9000 §19 */
    FRAME_RESET_STREAM = 0x04,
    FRAME_STOP_SENDING = 0x05,
    FRAME_STREAM = 0x08,
    FRAME_STREAM_LAST = 0x0f,
    FRAME_MAX_STREAMS_BIDI = 0x12,
    FRAME_CONNECTION_CLOSE = 0x1c,
    FRAME_CONNECTION_CLOSE_APPLICATION = 0x1d,
    FRAME_HANDSHAKE_DONE = 0x1e,
    STREAM_HAS_OFFSET = 0x04,
    STREAM_HAS_LENGTH = 0x02,
    STREAM_IS_END = 0x01,
    /* RFC 9114 §6.2, §7.2 */
    H3_STREAM_CONTROL = 0x00,
    H3_GOAWAY = 0x07,
};

#define VERSION_2 0x6b3343cfu       /* RFC 9369 */
#define VERSION_2_DRAFT 0x709a50c4u /* its drafts */

static int hf_connection = -1;
static int hf_header_form = -1;
static int hf_frame_type = -1;
static int hf_packet_number = -1;
static int hf_stateless_reset = -1;

/* The datagram at hand. */
typedef struct {
    hr_model *model;
    hr_connection *connection;
    unsigned from;
    wmem_array_t *streams; /* of hr_quic_piece: its STREAM frames */
} datagram;

/* Bytes of a packet that are still to be read; a read past their end breaks it. */
typedef struct {
    tvbuff_t *tvb;
    int offset;
    bool is_broken;
} reader;

void hr_observe_quic_init(GArray *wanted)
{
    hf_connection = hr_observe_want(wanted, "quic.connection.number");
    hf_header_form = hr_observe_want(wanted, "quic.header_form");
    hf_frame_type = hr_observe_want(wanted, "quic.frame_type");
    hf_packet_number = hr_observe_want(wanted, "quic.packet_number");
    hf_stateless_reset = hr_observe_want(wanted, "quic.stateless_reset_token");
    hr_quic_headers_init(wanted);
}

/* RFC 9000 §16: the two highest bits say how many bytes there are. */
static uint64_t read_varint(reader *at)
{
    uint64_t number = 0;

    if (at->is_broken || !tvb_bytes_exist(at->tvb, at->offset, 1)) {
        at->is_broken = true;
        return 0;
    }
    const int length = 1 << (tvb_get_uint8(at->tvb, at->offset) >> 6);
    if (!tvb_bytes_exist(at->tvb, at->offset, length)) {
        at->is_broken = true;
        return 0;
    }
    for (int i = 0; i < length; i++) {
        const uint8_t byte = tvb_get_uint8(at->tvb, at->offset + i);
        number = number << 8 | (i == 0 ? byte & 0x3f : byte);
    }
    at->offset += length;
    return number;
}

/* ---- whose packet it is ---- */

static bool is_endpoint(const hr_endpoint *endpoint, const packet_info *pinfo, const address *host,
                        uint32_t port)
{
    return endpoint->port == port &&
           strcmp(endpoint->address, address_to_str(pinfo->pool, host)) == 0;
}

/* The client may move (RFC 9000 §9), the server stays where it was. */
static unsigned sender_of(const hr_connection *connection, const packet_info *pinfo)
{
    const unsigned client = connection->client;
    const unsigned server = 1 - client;

    if (is_endpoint(&connection->ends[server].endpoint, pinfo, &pinfo->src, pinfo->srcport)) {
        return server;
    }
    if (is_endpoint(&connection->ends[server].endpoint, pinfo, &pinfo->dst, pinfo->destport)) {
        return client;
    }
    return is_endpoint(&connection->ends[client].endpoint, pinfo, &pinfo->dst, pinfo->destport)
               ? server
               : client;
}

static hr_connection *connection_of(hr_model *model, const packet_info *pinfo, uint32_t number)
{
    hr_connection *connection = hr_model_quic_connection(model, number);

    if (connection == NULL) {
        connection = hr_model_add_quic(
            model, number, address_to_str(pinfo->pool, &pinfo->src), (uint16_t)pinfo->srcport,
            address_to_str(pinfo->pool, &pinfo->dst), (uint16_t)pinfo->destport);
    }
    return connection;
}

/* ---- packets ---- */

/* RFC 9000 §17.2, RFC 9369 §3.2 */
static hr_quic_packet packet_type(tvbuff_t *tvb, int offset)
{
    static const hr_quic_packet types[] = {HR_QUIC_INITIAL, HR_QUIC_0RTT, HR_QUIC_HANDSHAKE,
                                           HR_QUIC_RETRY};
    const uint8_t first = tvb_get_uint8(tvb, offset);
    unsigned type = (first >> 4) & 3;

    if ((first & LONG_HEADER) == 0) {
        return HR_QUIC_1RTT;
    }
    const uint32_t version =
        tvb_bytes_exist(tvb, offset, LONG_HEADER_MIN) ? tvb_get_ntohl(tvb, offset + 1) : 0;
    if (version == 0) {
        return HR_QUIC_VERSION_NEGOTIATION;
    }
    if (version == VERSION_2 || version == VERSION_2_DRAFT) {
        type = (type + 3) & 3;
    }
    return types[type];
}

/* Bytes of the datagram that the first packet begins, from the UDP header before it. */
static uint32_t datagram_length(const field_info *first)
{
    const int header = first->start - UDP_HEADER;
    const uint32_t length = header >= 0 && tvb_bytes_exist(first->ds_tvb, header, UDP_HEADER)
                                ? tvb_get_ntohs(first->ds_tvb, header + 4)
                                : 0;
    return length > UDP_HEADER ? length - UDP_HEADER : 0;
}

/* A packet that nobody could read ends with its tag, which is that of no other. The token of
 * stateless resets stands at the end of each (RFC 9000 §10.3), and what comes before it differs,
 * unless it is one datagram that was captured twice. */
static bool ends_as_before(const datagram *at, const field_info *form, uint32_t length)
{
    hr_quic *quic = at->connection->seldom->quic;
    tvbuff_t *tvb = form->ds_tvb;
    uint8_t begin[HR_QUIC_SAMPLE];
    uint8_t end[HR_QUIC_TOKEN];

    if (length < STATELESS_RESET_MIN || !tvb_bytes_exist(tvb, form->start, (int)length)) {
        return false;
    }
    tvb_memcpy(tvb, begin, form->start + 1, sizeof(begin));
    tvb_memcpy(tvb, end, form->start + (int)length - (int)sizeof(end), sizeof(end));
    const bool is_same_end = memcmp(end, quic->unread_end[at->from], sizeof(end)) == 0;
    const bool is_same_begin = memcmp(begin, quic->unread_begin[at->from], sizeof(begin)) == 0;
    memcpy(quic->unread_begin[at->from], begin, sizeof(begin));
    memcpy(quic->unread_end[at->from], end, sizeof(end));
    return is_same_end && !is_same_begin;
}

static void observe_packets(const datagram *at, proto_tree *tree)
{
    const GPtrArray *forms = hr_observe_fields(tree, hf_header_form);
    const GPtrArray *numbers = hr_observe_fields(tree, hf_packet_number);
    const bool is_reset = hr_observe_fields(tree, hf_stateless_reset) != NULL;
    hr_quic_packet type = HR_QUIC_VERSION_NEGOTIATION;
    uint32_t length = 0;

    for (guint i = 0; forms != NULL && i < forms->len; i++) {
        const field_info *form = forms->pdata[i];
        if (form->ds_tvb == NULL || !tvb_bytes_exist(form->ds_tvb, form->start, 1)) {
            continue;
        }
        if (length == 0) {
            length = datagram_length(form);
        }
        /* It looks like a packet that nobody can read (RFC 9000 §10.3). */
        type = is_reset ? HR_QUIC_STATELESS_RESET : packet_type(form->ds_tvb, form->start);
        if (type == HR_QUIC_1RTT && forms->len == 1 && numbers == NULL &&
            ends_as_before(at, form, length)) {
            type = HR_QUIC_STATELESS_RESETS;
        }
        hr_quic_packet_seen(at->model, at->connection, at->from, type);
    }
    if (type == HR_QUIC_1RTT && numbers != NULL && numbers->len == forms->len) {
        hr_quic_number_seen(at->model, at->connection, at->from,
                            hr_field_uint64(numbers->pdata[numbers->len - 1]));
    }
    hr_quic_datagram_seen(at->model, at->connection, at->from, length);
}

/* ---- frames ---- */

/* RFC 9000 §19.8. Without a length the data fills the packet. */
static void observe_stream(const datagram *at, reader *frame, uint64_t type)
{
    hr_quic_piece piece = {.stream.stream = read_varint(frame),
                           .stream.is_end = (type & STREAM_IS_END) != 0};

    piece.stream.offset = (type & STREAM_HAS_OFFSET) != 0 ? read_varint(frame) : 0;
    const uint64_t stated = (type & STREAM_HAS_LENGTH) != 0 ? read_varint(frame) : UINT32_MAX;
    if (frame->is_broken) {
        return;
    }
    const gint left = tvb_reported_length_remaining(frame->tvb, frame->offset);
    piece.stream.length = (uint32_t)MIN(stated, (uint64_t)MAX(left, 0));
    piece.tvb = frame->tvb;
    piece.data = frame->offset;
    wmem_array_append_one(at->streams, piece);
}

static void observe_reset(const datagram *at, reader *frame, bool is_stop)
{
    const uint64_t stream = read_varint(frame);

    read_varint(frame); /* the error code */
    if (!frame->is_broken) {
        hr_h3_reset_seen(at->model, at->connection, at->from, stream, is_stop);
    }
}

static void observe_frame(const datagram *at, const field_info *field)
{
    reader frame = {field->ds_tvb, field->start, field->ds_tvb == NULL};
    const uint64_t type = read_varint(&frame);

    if (type >= FRAME_STREAM && type <= FRAME_STREAM_LAST) {
        observe_stream(at, &frame, type);
    } else if (type == FRAME_RESET_STREAM || type == FRAME_STOP_SENDING) {
        observe_reset(at, &frame, type == FRAME_STOP_SENDING);
    } else if (type == FRAME_MAX_STREAMS_BIDI) {
        const uint64_t streams = read_varint(&frame);
        hr_quic_max_streams_seen(at->model, at->connection, at->from, streams);
    } else if (type == FRAME_CONNECTION_CLOSE || type == FRAME_CONNECTION_CLOSE_APPLICATION) {
        const uint64_t code = read_varint(&frame);
        hr_quic_close_seen(at->model, at->connection, at->from, code,
                           type == FRAME_CONNECTION_CLOSE_APPLICATION);
    } else if (type == FRAME_HANDSHAKE_DONE) {
        hr_quic_handshake_done_seen(at->model, at->connection, at->from);
    }
}

/* ---- HTTP/3 ---- */

/* The control stream's frames from where the next one begins. After a gap a STREAM frame is
 * taken to begin with one. */
static void observe_control(const datagram *at, const hr_quic_piece *piece)
{
    uint64_t *next = &at->connection->seldom->quic->control_next[at->from];
    const uint64_t end = piece->stream.offset + piece->stream.length;
    uint64_t position = MAX(*next, piece->stream.offset);

    while (position < end) {
        reader frame = {piece->tvb, piece->data + (int)(position - piece->stream.offset), false};
        const int begin = frame.offset;
        const uint64_t type = read_varint(&frame);
        const uint64_t length = read_varint(&frame);
        const int payload = frame.offset;
        if (frame.is_broken || length > UINT32_MAX) {
            break;
        }
        if (type == H3_GOAWAY) {
            const uint64_t id = read_varint(&frame);
            hr_h3_goaway_seen(at->model, at->connection, at->from, id);
        }
        position += (uint64_t)(payload - begin) + length;
    }
    *next = position;
}

static void observe_unidirectional(const datagram *at, const hr_quic_piece *piece)
{
    hr_quic *quic = at->connection->seldom->quic;
    reader frame = {piece->tvb, piece->data, piece->stream.length == 0};

    if (piece->stream.offset == 0 && quic->control_stream[at->from] == UINT64_MAX &&
        read_varint(&frame) == H3_STREAM_CONTROL && !frame.is_broken) {
        quic->control_stream[at->from] = piece->stream.stream;
        quic->control_next[at->from] = (uint64_t)(frame.offset - piece->data);
    }
    if (piece->stream.stream == quic->control_stream[at->from]) {
        observe_control(at, piece);
    }
}

static void observe_streams(const datagram *at)
{
    for (guint i = 0; i < wmem_array_get_count(at->streams); i++) {
        const hr_quic_piece *piece = wmem_array_index(at->streams, i);
        const unsigned kind = piece->stream.stream & 3; /* RFC 9000 §2.1 */
        if (kind == 0) {
            hr_h3_stream_seen(at->model, at->connection, at->from, &piece->stream);
            if (piece->has_headers) {
                hr_h3_headers_seen(at->model, at->connection, at->from, &piece->headers);
            }
        } else if (kind >= 2) {
            observe_unidirectional(at, piece);
        }
    }
}

/* Wireshark tells connections by their ids. A stateless reset has none, but random bytes. */
static void observe_strange(hr_model *model, const packet_info *pinfo, proto_tree *tree)
{
    const GPtrArray *forms = hr_observe_fields(tree, hf_header_form);
    const field_info *form = forms != NULL && forms->len == 1 ? forms->pdata[0] : NULL;
    datagram at = {.model = model};

    if (form == NULL || form->ds_tvb == NULL || !tvb_bytes_exist(form->ds_tvb, form->start, 1) ||
        packet_type(form->ds_tvb, form->start) != HR_QUIC_1RTT) {
        return;
    }
    at.connection = hr_model_quic_between(
        model, address_to_str(pinfo->pool, &pinfo->src), (uint16_t)pinfo->srcport,
        address_to_str(pinfo->pool, &pinfo->dst), (uint16_t)pinfo->destport);
    if (at.connection == NULL) {
        return;
    }
    at.from = sender_of(at.connection, pinfo);
    hr_quic_packet_seen(model, at.connection, at.from,
                        ends_as_before(&at, form, datagram_length(form)) ? HR_QUIC_STATELESS_RESETS
                                                                         : HR_QUIC_STRANGE);
}

void hr_observe_quic(hr_model *model, packet_info *pinfo, proto_tree *tree)
{
    const GPtrArray *numbers = hr_observe_fields(tree, hf_connection);
    const GPtrArray *types = hr_observe_fields(tree, hf_frame_type);

    if (hr_observe_is_quoted(pinfo)) {
        return;
    }
    if (numbers == NULL) {
        observe_strange(model, pinfo, tree);
        return;
    }
    datagram at = {.model = model};
    at.connection = connection_of(model, pinfo, hr_field_uint(numbers->pdata[0]));
    at.from = sender_of(at.connection, pinfo);
    const hr_tcp_layer layer = {.connection = at.connection, .from = at.from};
    hr_observe_tls_handshake(model, pinfo, tree, &layer);
    observe_packets(&at, tree);
    if (types == NULL) {
        return; /* encrypted */
    }
    at.streams = wmem_array_new(pinfo->pool, sizeof(hr_quic_piece));
    for (guint i = 0; i < types->len; i++) {
        observe_frame(&at, types->pdata[i]);
    }
    if (wmem_array_get_count(at.streams) > 0) {
        hr_quic_headers_read(tree, at.streams);
        observe_streams(&at);
    }
}

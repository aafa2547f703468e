/* quic_headers.c
 * Headers of HTTP/3. In the tree all STREAM frames of a packet stand before the HTTP/3 frames
 * that came in them, so the two are brought together by the place of the bytes. An HTTP/3 frame
 * that Wireshark put together from several packets lies elsewhere; it belongs to the next
 * STREAM frame in turn.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "quic_headers.h"

#include "header_fields.h"

enum {
    FRAME_HEADERS = 1, /* RFC 9114 §7.2.2 */
};

static hr_header_fields fields = {.frame_type = -1};

/* The walk through the tree: the piece whose headers come now. */
typedef struct {
    wmem_array_t *pieces;
    guint next;         /* the piece after the one that had an HTTP/3 frame last */
    tvbuff_t *tvb;      /* the data source of the last HTTP/3 frame */
    hr_quic_piece *now; /* NULL outside of a HEADERS frame */
} walk;

void hr_quic_headers_init(GArray *wanted)
{
    fields = hr_header_fields_want(wanted, "http3", "http3.frame_type");
}

static bool holds(const hr_quic_piece *piece, const field_info *field)
{
    return piece->tvb == field->ds_tvb && field->start >= piece->data &&
           (uint32_t)(field->start - piece->data) < piece->stream.length;
}

/* The piece that brought the HTTP/3 frame at @field, or its last part. */
static hr_quic_piece *piece_of(walk *at, const field_info *field)
{
    const guint count = wmem_array_get_count(at->pieces);

    for (guint i = 0; i < count; i++) {
        hr_quic_piece *piece = wmem_array_index(at->pieces, i);
        if (holds(piece, field)) {
            at->next = i + 1;
            return piece;
        }
    }
    if (field->ds_tvb == at->tvb && at->next > 0) {
        return wmem_array_index(at->pieces, at->next - 1); /* the next frame of the same data */
    }
    for (guint i = at->next; i < count; i++) {
        hr_quic_piece *piece = wmem_array_index(at->pieces, i);
        if ((piece->stream.stream & 3) == 0) {
            at->next = i + 1;
            return piece;
        }
    }
    return NULL;
}

static void begin_frame(void *data, const field_info *field)
{
    walk *at = data;
    const bool is_headers = field->ds_tvb != NULL &&
                            tvb_bytes_exist(field->ds_tvb, field->start, 1) &&
                            tvb_get_uint8(field->ds_tvb, field->start) == FRAME_HEADERS;
    hr_quic_piece *piece = piece_of(at, field);

    at->tvb = field->ds_tvb;
    at->now = is_headers ? piece : NULL;
    if (at->now != NULL) {
        at->now->headers.stream = piece->stream.stream;
    }
}

static void take_header(void *data, hr_header header, const field_info *field)
{
    const walk *at = data;

    if (at->now == NULL) {
        return;
    }
    hr_h3_headers *headers = &at->now->headers;
    hr_slice *const texts[HR_HEADERS] = {
        [HR_HEADER_METHOD] = &headers->method,       [HR_HEADER_PATH] = &headers->path,
        [HR_HEADER_AUTHORITY] = &headers->authority, [HR_HEADER_USER_AGENT] = &headers->user_agent,
        [HR_HEADER_SERVER] = &headers->server,       [HR_HEADER_VIA] = &headers->via,
    };
    at->now->has_headers = true;
    if (header == HR_HEADER_STATUS) {
        /* An interim answer and the final one may come in one packet: the last counts. */
        headers->code = hr_field_uint(field);
        at->now->stream.is_interim = headers->code < 200;
    } else if (texts[header]->text == NULL) {
        *texts[header] = hr_header_field_text(field);
    }
}

void hr_quic_headers_read(proto_tree *tree, wmem_array_t *pieces)
{
    walk at = {.pieces = pieces};
    const hr_header_visitor visitor = {begin_frame, take_header, &at};

    if (hr_header_fields_has_frame(&fields, tree)) {
        hr_header_fields_visit(&fields, tree, &visitor);
    }
}

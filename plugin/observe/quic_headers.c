/* quic_headers.c
 * Headers of HTTP/3. In the tree all STREAM frames of a packet stand before the HTTP/3 frames
 * that came in them, so the two are brought together by the place of the bytes. An HTTP/3 frame
 * that Wireshark put together from several packets lies elsewhere; it belongs to the next
 * STREAM frame in turn.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "quic_headers.h"

#include <string.h>

enum {
    FRAME_HEADERS = 1, /* RFC 9114 §7.2.2 */
    MAX_DEPTH = 64,
};

enum {
    METHOD,
    PATH,
    AUTHORITY,
    STATUS,
    USER_AGENT,
    SERVER,
    VIA,
    HEADERS
};

static int hf_type = -1;
static int hf_headers[HEADERS];

/* The walk through the tree: the piece whose headers come now. */
typedef struct {
    wmem_array_t *pieces;
    guint next;         /* the piece after the one that had an HTTP/3 frame last */
    tvbuff_t *tvb;      /* the data source of the last HTTP/3 frame */
    hr_quic_piece *now; /* NULL outside of a HEADERS frame */
} walk;

/* Wireshark 4.0 decodes no headers of HTTP/3: nothing is wanted there. */
void hr_quic_headers_init(GArray *wanted)
{
    static const char *const names[HEADERS] = {
        [METHOD] = "http3.headers.method",
        [PATH] = "http3.headers.path",
        [AUTHORITY] = "http3.headers.authority",
        [STATUS] = "http3.headers.status",
        [USER_AGENT] = "http3.headers.user_agent",
        [SERVER] = "http3.headers.server",
        [VIA] = "http3.headers.via",
    };

    for (size_t i = 0; i < HEADERS; i++) {
        hf_headers[i] = hr_observe_want(wanted, names[i]);
    }
    if (hf_headers[METHOD] != -1) {
        hf_type = hr_observe_want(wanted, "http3.frame_type");
    }
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

static void begin_frame(walk *at, const field_info *field)
{
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

static hr_slice slice_of(const field_info *field)
{
    const char *text = hr_field_string(field);
    return (hr_slice){text, text != NULL ? strlen(text) : 0};
}

static void take_header(walk *at, size_t header, const field_info *field)
{
    hr_h3_headers *headers = &at->now->headers;
    hr_slice *const texts[HEADERS] = {
        [METHOD] = &headers->method,       [PATH] = &headers->path,
        [AUTHORITY] = &headers->authority, [USER_AGENT] = &headers->user_agent,
        [SERVER] = &headers->server,       [VIA] = &headers->via,
    };

    at->now->has_headers = true;
    if (header == STATUS) {
        /* An interim answer and the final one may come in one packet: the last counts. */
        headers->code = hr_field_uint(field);
        at->now->stream.is_interim = headers->code < 200;
    } else if (texts[header]->text == NULL) {
        *texts[header] = slice_of(field);
    }
}

static void visit(walk *at, proto_node *node, unsigned depth)
{
    const field_info *field = node->finfo;

    if (field != NULL && field->hfinfo != NULL) {
        const int id = field->hfinfo->id;
        if (id == hf_type) {
            begin_frame(at, field);
        }
        for (size_t i = 0; at->now != NULL && i < HEADERS; i++) {
            if (id == hf_headers[i]) {
                take_header(at, i, field);
            }
        }
    }
    for (proto_node *child = node->first_child; child != NULL && depth < MAX_DEPTH;
         child = child->next) {
        visit(at, child, depth + 1);
    }
}

void hr_quic_headers_read(proto_tree *tree, wmem_array_t *pieces)
{
    walk at = {.pieces = pieces};

    if (hf_type != -1 && proto_get_finfo_ptr_array(tree, hf_type) != NULL) {
        visit(&at, tree, 0);
    }
}

/* bare.c
 * TCP's place in the table of IP's protocols is taken by a function that calls TCP. It cannot see
 * what will come of a segment, so that it lets one go without a tree only if no dissector's state
 * can make anything else of it (plain.h), and a message only if the tree of one before it, on the
 * same connection and from the same side, showed just that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "bare.h"

#include <epan/dissectors/packet-tcp.h>
#include <epan/tap.h>
#include <string.h>

#include "plain.h"

enum {
    IP_PROTOCOL_TCP = 6,
    TCP_HEADER_MIN = 20,
    CARRIERS_MAX = 8,
};

static struct {
    dissector_handle_t tcp; /* whose place is taken; NULL: not yet */
    int proto_tcp, proto_http;
    int tcp_tap, http_tap;
    int carriers[CARRIERS_MAX]; /* protocols below TCP that bring one packet in a frame */
    unsigned carrier_count;
    hr_plain_flow *flows; /* NULL: every packet has a tree */
} bare;

/* Of the latest frame that could have gone without a tree. */
static struct {
    uint32_t frame;
    bool is_bare;   /* it has none */
    bool is_thrown; /* or is dissected still: an exception does not come back */
    hr_plain_kind kind;
    hr_plain_segment segment;
    hr_plain_flow *flow; /* of a message */
    unsigned from;       /* likewise */
    hr_http1_lines lines;
} present;

/* ---- before TCP is dissected ---- */

static bool is_carrier(int protocol)
{
    for (unsigned i = 0; i < bare.carrier_count; i++) {
        if (bare.carriers[i] == protocol) {
            return true;
        }
    }
    return false;
}

/* Whether the frame is one packet of IP, not put together from fragments, and nothing was cut
 * off. */
static bool is_alone(const packet_info *pinfo, tvbuff_t *tvb)
{
    if (pinfo->fragmented || pinfo->flags.in_error_pkt ||
        tvb_captured_length(tvb) < tvb_reported_length(tvb)) {
        return false;
    }
    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer != NULL;
         layer = wmem_list_frame_next(layer)) {
        if (!is_carrier(GPOINTER_TO_INT(wmem_list_frame_data(layer)))) {
            return false;
        }
    }
    return true;
}

/* The usual ones, as long as they should be (RFC 9293 §3.2, RFC 7323, RFC 2018): at others a
 * dissector may give up before it has told its taps of the segment. */
static bool has_usual_options(tvbuff_t *tvb, uint32_t end)
{
    enum {
        END,
        NO_OPERATION,
        MSS,
        WINDOW_SCALE,
        SACK_PERMITTED,
        SACK,
        TIMESTAMPS = 8
    };
    static const uint8_t lengths[] = {
        [MSS] = 4, [WINDOW_SCALE] = 3, [SACK_PERMITTED] = 2, [TIMESTAMPS] = 10};

    for (uint32_t at = TCP_HEADER_MIN; at < end;) {
        const unsigned kind = tvb_get_uint8(tvb, (int)at);
        if (kind == END) {
            return true;
        }
        if (kind == NO_OPERATION) {
            at++;
            continue;
        }
        const unsigned length = at + 1 < end ? tvb_get_uint8(tvb, (int)at + 1) : 0;
        const bool is_usual =
            kind == SACK ? length >= 10 && length % 8 == 2
                         : kind < sizeof(lengths) && length != 0 && length == lengths[kind];
        if (!is_usual || length > end - at) {
            return false;
        }
        at += length;
    }
    return true;
}

static bool read_segment(tvbuff_t *tvb, hr_plain_segment *segment)
{
    const uint32_t captured = tvb_captured_length(tvb);

    if (captured < TCP_HEADER_MIN) {
        return false;
    }
    const uint32_t header = (uint32_t)(tvb_get_uint8(tvb, 12) >> 4) * 4;
    if (header < TCP_HEADER_MIN || header > captured || !has_usual_options(tvb, header)) {
        return false;
    }
    segment->tvb = tvb;
    segment->payload = (int)header;
    segment->seq = tvb_get_ntohl(tvb, 4);
    segment->length = captured - header;
    segment->flags = tvb_get_uint8(tvb, 13);
    return true;
}

/* Whether bytes and taps will tell all of the segment. */
static bool can_be_bare(const packet_info *pinfo)
{
    const hr_plain_segment *segment = &present.segment;

    present.kind =
        hr_plain_take(bare.flows, pinfo, segment, &present.lines, &present.flow, &present.from);
    return present.kind == HR_PLAIN_NOTHING ||
           (present.kind == HR_PLAIN_MESSAGE && (segment->flags & HR_TCP_FIN) == 0);
}

static int dissect_segment(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    bool is_bare = false;

    if (bare.flows != NULL && is_alone(pinfo, tvb)) {
        present.frame = pinfo->num;
        present.kind = HR_PLAIN_NOT;
        is_bare = read_segment(tvb, &present.segment) && can_be_bare(pinfo);
        present.is_bare = is_bare;
    }
    present.is_thrown = true;
    const int length = call_dissector_only(bare.tcp, tvb, pinfo, is_bare ? NULL : tree, data);
    present.is_thrown = false;
    return length;
}

/* ---- what the dissectors made of it ---- */

static bool is_present(const packet_info *pinfo)
{
    return bare.flows != NULL && present.frame == pinfo->num;
}

static bool is_http_on_tcp(const packet_info *pinfo)
{
    wmem_list_frame_t *layer = wmem_list_find(pinfo->layers, GINT_TO_POINTER(bare.proto_tcp));

    layer = layer != NULL ? wmem_list_frame_next(layer) : NULL;
    return layer != NULL && GPOINTER_TO_INT(wmem_list_frame_data(layer)) == bare.proto_http;
}

/* HTTP tells its tap after the body: not where the body's dissector throws an exception, nor where
 * HTTP has TCP keep the segment for what comes. */
static bool is_one_message(const packet_info *pinfo)
{
    return fetch_tapped_data(bare.http_tap, 1) == NULL &&
           (fetch_tapped_data(bare.http_tap, 0) != NULL ||
            (present.is_thrown && is_http_on_tcp(pinfo)));
}

bool hr_bare_segment(const packet_info *pinfo, hr_tcp_place *place)
{
    const tcp_info_t *header =
        is_present(pinfo) && present.is_bare ? fetch_tapped_data(bare.tcp_tap, 0) : NULL;

    if (header == NULL) {
        return false;
    }
    *place = (hr_tcp_place){
        .tvb = tvb_get_ds_tvb(present.segment.tvb),
        .start = tvb_raw_offset(present.segment.tvb),
        .stream = header->th_stream,
        .length = header->th_have_seglen ? header->th_seglen : 0,
    };
    if (present.kind == HR_PLAIN_MESSAGE && is_one_message(pinfo)) {
        hr_plain_show(present.flow, present.from);
        place->message = &present.lines;
    }
    return true;
}

static bool is_at_payload(const field_info *field)
{
    tvbuff_t *tvb = present.segment.tvb;

    return field->ds_tvb == tvb_get_ds_tvb(tvb) &&
           field->start == tvb_raw_offset(tvb) + present.segment.payload;
}

void hr_bare_message_shown(const packet_info *pinfo, const field_info *field)
{
    if (field != NULL && is_present(pinfo) && present.kind >= HR_PLAIN_FIRST &&
        is_at_payload(field) && is_http_on_tcp(pinfo) && is_one_message(pinfo)) {
        hr_plain_show(present.flow, present.from);
    }
}

/* ---- whether ---- */

static void find_carriers(void)
{
    static const char *const names[] = {"frame", "eth",  "ethertype", "vlan",
                                        "sll",   "null", "ip",        "ipv6"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const int id = proto_get_id_by_filter_name(names[i]);
        if (id != -1) {
            bare.carriers[bare.carrier_count++] = id;
        }
    }
}

/* With the first file, when all dissectors are in their tables. */
static void install(void)
{
    const dissector_handle_t tcp =
        dissector_get_uint_handle(find_dissector_table("ip.proto"), IP_PROTOCOL_TCP);

    bare.proto_tcp = proto_get_id_by_filter_name("tcp");
    if (tcp == NULL || dissector_handle_get_protocol_index(tcp) != bare.proto_tcp) {
        return; /* a user has something else decoded there */
    }
    bare.tcp = tcp;
    bare.proto_http = proto_get_id_by_filter_name("http");
    bare.tcp_tap = find_tap_id("tcp");
    bare.http_tap = find_tap_id("http");
    find_carriers();
    dissector_change_uint("ip.proto", IP_PROTOCOL_TCP,
                          create_dissector_handle(dissect_segment, -1));
}

void hr_observe_bare(bool is_allowed)
{
    g_clear_pointer(&bare.flows, g_free);
    if (is_allowed && bare.tcp == NULL) {
        install();
    }
    if (is_allowed && bare.tcp != NULL) {
        bare.flows = hr_plain_flows_new();
        memset(&present, 0, sizeof(present));
    }
}

/* tcp.c
 * TCP headers as events. Only two fields are wanted, tcp.stream and tcp.len: flags and numbers
 * are read from the header's bytes, whose place the first field tells. That costs a tenth of
 * wanting tcp.flags. A segment that went without a tree tells the same (bare.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <epan/to_str.h>
#include <string.h>

#include "bare.h"
#include "cooked.h"
#include "octets.h"

enum {
    TCP_HEADER_MIN = 20,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
};

static int hf_tcp_stream = -1;
static int hf_tcp_len = -1;
static int proto_icmp = -1;
static int proto_icmpv6 = -1;

int hr_observe_want(GArray *wanted, const char *name)
{
    const int id = proto_registrar_get_id_byname(name);

    if (id != -1) {
        g_array_append_val(wanted, id);
    }
    return id;
}

const GPtrArray *hr_observe_fields(proto_tree *tree, int hf)
{
    return hf != -1 ? proto_get_finfo_ptr_array(tree, hf) : NULL;
}

void hr_observe_tcp_init(GArray *wanted)
{
    hf_tcp_stream = hr_observe_want(wanted, "tcp.stream");
    hf_tcp_len = hr_observe_want(wanted, "tcp.len");
    proto_icmp = proto_get_id_by_filter_name("icmp");
    proto_icmpv6 = proto_get_id_by_filter_name("icmpv6");
}

/* pinfo->flags.in_error_pkt is over when a post-dissector is called; the layers still tell. */
bool hr_observe_is_quoted(const packet_info *pinfo)
{
    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer != NULL;
         layer = wmem_list_frame_next(layer)) {
        const int id = GPOINTER_TO_INT(wmem_list_frame_data(layer));
        if (id == proto_icmp || id == proto_icmpv6) {
            return true;
        }
    }
    return false;
}

/* Which end sent the segment: by the ports, or where these are equal by the addresses. */
static unsigned sender_of(const hr_connection *connection, const packet_info *pinfo,
                          uint16_t from_port, uint16_t to_port)
{
    const hr_endpoint *first = &connection->ends[0].endpoint;

    if (from_port != to_port) {
        return from_port == first->port ? 0 : 1;
    }
    return strcmp(address_to_str(pinfo->pool, &pinfo->src), first->address) == 0 ? 0 : 1;
}

static hr_connection *connection_of(hr_model *model, const packet_info *pinfo, uint32_t stream,
                                    uint16_t from_port, uint16_t to_port, bool is_innermost)
{
    hr_connection *connection = hr_model_tcp_connection(model, stream);

    if (connection != NULL || !is_innermost) {
        /* pinfo has the addresses of the innermost layer only. */
        return connection;
    }
    return hr_model_add_tcp(model, stream, address_to_str(pinfo->pool, &pinfo->src), from_port,
                            address_to_str(pinfo->pool, &pinfo->dst), to_port);
}

/* How much stands before the segment's header if a header of IP does, as almost all are: one without
 * options or extensions. 0: none can. */
static int ip_header_of(const packet_info *pinfo, int start, bool is_innermost)
{
    const int length = !is_innermost                ? 0
                       : pinfo->src.type == AT_IPv4 ? IPV4_HEADER
                       : pinfo->src.type == AT_IPv6 ? IPV6_HEADER
                                                    : 0;
    return start >= length ? length : 0;
}

/* TTL or hop limit in these @length octets, if they are the header of the packet from @source. */
static uint8_t hops_in(const uint8_t *ip, int length, const address *source)
{
    enum {
        IPV4_TTL = 8,
        IPV4_SOURCE = 12,
        IPV6_LIMIT = 7,
        IPV6_SOURCE = 8,
    };
    const bool is_ipv4 = length == IPV4_HEADER;

    if (length == 0 || memcmp(ip + (is_ipv4 ? IPV4_SOURCE : IPV6_SOURCE), source->data,
                              (size_t)source->len) != 0) {
        return 0;
    }
    return ip[is_ipv4 ? IPV4_TTL : IPV6_LIMIT];
}

static bool observe_segment(hr_model *model, const packet_info *pinfo, const hr_tcp_place *place,
                            bool is_innermost, hr_tcp_layer *layer)
{
    tvbuff_t *tvb = place->tvb;
    const int start = place->start;

    if (tvb == NULL || !tvb_bytes_exist(tvb, start, TCP_HEADER_MIN)) {
        return false;
    }
    const int before = ip_header_of(pinfo, start, is_innermost);
    const uint8_t *ip = tvb_get_ptr(tvb, start - before, before + TCP_HEADER_MIN);
    const uint8_t *header = ip + before;
    const uint16_t from_port = hr_two_octets(header);
    const uint16_t to_port = hr_two_octets(header + 2);
    hr_connection *connection =
        connection_of(model, pinfo, place->stream, from_port, to_port, is_innermost);
    if (connection == NULL) {
        return false;
    }
    const hr_tcp_segment segment = {
        .from = sender_of(connection, pinfo, from_port, to_port),
        .flags = header[13],
        .hops = hops_in(ip, before, &pinfo->src),
        .way = before > 0 ? hr_cooked_way(pinfo, tvb, start - before) : HR_WAY_UNKNOWN,
        .seq = hr_four_octets(header + 4),
        .ack = hr_four_octets(header + 8),
        .length = place->length,
        .is_cut =
            tvb_captured_length_remaining(tvb, start) < tvb_reported_length_remaining(tvb, start),
        .has_no_room = hr_two_octets(header + 14) == 0,
    };
    hr_tcp_segment_seen(model, connection, &segment);
    hr_connection *inner = hr_connection_innermost(connection);
    if (inner == NULL) {
        return false;
    }
    *layer = (hr_tcp_layer){
        .connection = inner,
        .from = hr_connection_innermost_end(connection, segment.from),
        .tvb = tvb,
        .payload_offset = start + (header[12] >> 4) * 4,
        .payload_length = place->length,
        .seq = segment.seq + ((segment.flags & HR_TCP_SYN) != 0 ? 1 : 0),
        .message = place->message,
    };
    return true;
}

bool hr_observe_tcp(hr_model *model, const packet_info *pinfo, proto_tree *tree,
                    hr_tcp_layer *layer)
{
    hr_tcp_place place = {.message = NULL};
    bool is_found = false;

    if (hr_bare_segment(pinfo, &place)) {
        is_found = observe_segment(model, pinfo, &place, true, layer);
        layer->is_bare = true;
        return is_found;
    }
    const GPtrArray *streams = proto_get_finfo_ptr_array(tree, hf_tcp_stream);
    const GPtrArray *lengths = proto_get_finfo_ptr_array(tree, hf_tcp_len);
    if (streams == NULL || hr_observe_is_quoted(pinfo)) {
        return false;
    }
    for (guint i = 0; i < streams->len; i++) {
        const field_info *stream = streams->pdata[i];
        place.tvb = stream->ds_tvb;
        place.start = stream->start;
        place.stream = hr_field_uint(stream);
        place.length = lengths != NULL && i < lengths->len ? hr_field_uint(lengths->pdata[i]) : 0;
        is_found = observe_segment(model, pinfo, &place, i + 1 == streams->len, layer);
    }
    return is_found;
}

/* bare.c
 * The places of all dissectors of links are taken by a function that calls them. It cannot see what
 * will come of a segment, so that it lets one go without a tree only if no dissector's state can
 * make anything else of it (plain.h), and a message only if the tree of one before it, from the same
 * side of the same connection or of one to the same server, showed just that. All other trees are
 * primed with the wanted fields here, so that those of the former are not. TCP's place is taken to
 * see what it throws.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "bare.h"

#include <epan/dissectors/packet-tcp.h>
#include <epan/etypes.h>
#include <epan/tap.h>
#include <string.h>

#include "plain.h"

enum {
    IP_PROTOCOL_TCP = 6,
};

static const char links_table[] = "wtap_encap"; /* the table of their dissectors */

static struct {
    GHashTable *links;      /* encapsulation -> the dissector whose place is taken; NULL: not yet */
    unsigned encapsulation; /* the latest one ... */
    dissector_handle_t link; /* ... and its dissector */
    dissector_handle_t tcp;  /* whose place is taken, too; NULL: not yet */
    int proto_tcp, proto_http;
    int tcp_tap, http_tap;
    void (*prime)(void);   /* has the present tree keep the wanted fields */
    hr_plain_flows *flows; /* NULL: every packet has a tree */
} bare;

/* Of the latest frame that could have gone without a tree. */
static struct {
    uint32_t frame;
    bool is_bare;   /* it has none */
    bool is_thrown; /* what called TCP has not come back from it: there was an exception */
    hr_plain_kind kind;
    hr_frame_segment segment;
    hr_plain_flow *flow; /* of a message */
    unsigned from;       /* likewise */
    hr_http1_lines lines;
} present;

/* ---- before the frame is dissected ---- */

/* Whether bytes and taps will tell all of the segment. */
static bool can_be_bare(void)
{
    const hr_frame_segment *segment = &present.segment;

    present.kind = hr_plain_take(bare.flows, segment, &present.lines, &present.flow, &present.from);
    return present.kind == HR_PLAIN_NOTHING ||
           (present.kind == HR_PLAIN_MESSAGE && (segment->flags & HR_TCP_FIN) == 0);
}

/* Most captures have one kind of link. */
static dissector_handle_t link_of(unsigned encapsulation)
{
    if (bare.link == NULL || bare.encapsulation != encapsulation) {
        bare.encapsulation = encapsulation;
        bare.link = g_hash_table_lookup(bare.links, GUINT_TO_POINTER(encapsulation));
    }
    return bare.link;
}

/* A link may be within another one. */
static int dissect_link(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const unsigned encapsulation = pinfo->match_uint;
    const dissector_handle_t link = link_of(encapsulation);

    if (bare.flows == NULL || present.frame == pinfo->num) {
        return call_dissector_only(link, tvb, pinfo, tree, data);
    }
    present.frame = pinfo->num;
    present.kind = HR_PLAIN_NOT;
    present.is_thrown = false;
    present.is_bare = hr_frame_segment_read(tvb, encapsulation, &present.segment) && can_be_bare();
    if (!present.is_bare) {
        bare.prime();
    }
    return call_dissector_only(link, tvb, pinfo, present.is_bare ? NULL : tree, data);
}

/* Links catch what is thrown above them. */
static int dissect_segment(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    present.is_thrown = true;
    const int length = call_dissector_only(bare.tcp, tvb, pinfo, tree, data);
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

/* The first segment of a message, which has its tree, shows what will be of the others. */
static void look_for_kept(const packet_info *pinfo)
{
    if (is_present(pinfo) && present.kind == HR_PLAIN_BEGUN && !present.is_thrown &&
        !is_http_on_tcp(pinfo) && fetch_tapped_data(bare.http_tap, 0) == NULL) {
        hr_plain_keep(present.flow, present.from);
    }
}

bool hr_bare_segment(const packet_info *pinfo, hr_tcp_place *place)
{
    look_for_kept(pinfo);
    const tcp_info_t *header =
        is_present(pinfo) && present.is_bare ? fetch_tapped_data(bare.tcp_tap, 0) : NULL;

    if (header == NULL) {
        return false;
    }
    *place = (hr_tcp_place){
        .tvb = present.segment.tvb,
        .start = present.segment.header,
        .stream = header->th_stream,
        .length = header->th_have_seglen ? header->th_seglen : 0,
    };
    if (present.kind == HR_PLAIN_MESSAGE && is_one_message(pinfo)) {
        hr_plain_show(bare.flows, present.flow, present.from);
        place->message = &present.lines;
    }
    return true;
}

/* A message of several segments is shown where these were put together. */
static bool is_in_place(const field_info *field)
{
    const bool is_in_frame = field->ds_tvb == present.segment.tvb;

    return present.kind == HR_PLAIN_LAST ? !is_in_frame
                                         : present.kind >= HR_PLAIN_FIRST && is_in_frame &&
                                               field->start == present.segment.payload;
}

void hr_bare_message_shown(const packet_info *pinfo, const field_info *field)
{
    if (field != NULL && is_present(pinfo) && is_in_place(field) && is_http_on_tcp(pinfo) &&
        is_one_message(pinfo)) {
        hr_plain_show(bare.flows, present.flow, present.from);
    }
}

/* ---- whether ---- */

/* Whether a user has something else decoded there. */
static bool is_usual_place(const char *table, unsigned key, const char *protocol)
{
    const dissector_handle_t found = dissector_get_uint_handle(find_dissector_table(table), key);

    return found != NULL &&
           dissector_handle_get_protocol_index(found) == proto_get_id_by_filter_name(protocol);
}

static void note_link(const char *table, ftenum_t type, void *key, void *entry, void *data)
{
    (void)type;
    (void)entry;
    (void)data;
    const dissector_handle_t link =
        dissector_get_uint_handle(find_dissector_table(table), GPOINTER_TO_UINT(key));
    if (link != NULL) {
        g_hash_table_insert(bare.links, key, link);
    }
}

static void take_place(void *key, void *link, void *handle)
{
    (void)link;
    dissector_change_uint(links_table, GPOINTER_TO_UINT(key), handle);
}

/* With the first file, when all dissectors are in their tables. */
static void install(void)
{
    if (!is_usual_place("ethertype", ETHERTYPE_IP, "ip") ||
        !is_usual_place("ethertype", ETHERTYPE_IPv6, "ipv6") ||
        !is_usual_place("ip.proto", IP_PROTOCOL_TCP, "tcp")) {
        return;
    }
    bare.proto_tcp = proto_get_id_by_filter_name("tcp");
    bare.proto_http = proto_get_id_by_filter_name("http");
    bare.tcp_tap = find_tap_id("tcp");
    bare.http_tap = find_tap_id("http");
    bare.tcp = dissector_get_uint_handle(find_dissector_table("ip.proto"), IP_PROTOCOL_TCP);
    dissector_change_uint("ip.proto", IP_PROTOCOL_TCP,
                          create_dissector_handle(dissect_segment, -1));
    bare.links = g_hash_table_new(g_direct_hash, g_direct_equal);
    dissector_table_foreach(links_table, note_link, NULL);
    g_hash_table_foreach(bare.links, take_place, create_dissector_handle(dissect_link, -1));
}

void hr_observe_bare(void (*prime)(void))
{
    g_clear_pointer(&bare.flows, g_free);
    if (prime != NULL && bare.links == NULL) {
        install();
    }
    if (prime != NULL && bare.links != NULL) {
        bare.prime = prime;
        bare.flows = hr_plain_flows_new();
        memset(&present, 0, sizeof(present));
    }
}

/* plain.c
 * A flow is plain while both SYNs were seen, no byte of a direction was missing or late, each
 * message ended where a segment did, and none asked to leave HTTP/1 or was in any way unusual.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plain.h"

#include <epan/dissectors/packet-tcp.h>
#include <string.h>

enum {
    ADDRESS_MAX = 16,
    FLOWS = 1 << 14, /* a power of two */
};

typedef struct {
    uint8_t address[ADDRESS_MAX];
    uint16_t port;
} flow_end;

/* One direction of a flow, by its sender. */
typedef struct {
    uint32_t next;       /* the sequence number after the last byte */
    uint32_t body_left;  /* bytes to come of a message that is not whole yet */
    bool is_known;       /* its SYN was seen */
    bool is_shown_whole; /* the tree showed a whole message of a segment as one of HTTP/1 */
} flow_side;

struct hr_plain_flow {
    flow_end ends[2];
    flow_side sides[2];
    bool is_plain;
};

/* ---- flows ---- */

/* False where it is no address of IP. */
static bool read_end(const address *address, uint32_t port, flow_end *end)
{
    memset(end, 0, sizeof(*end));
    if ((address->type != AT_IPv4 && address->type != AT_IPv6) || address->len > ADDRESS_MAX) {
        return false;
    }
    memcpy(end->address, address->data, (size_t)address->len);
    end->port = (uint16_t)port;
    return true;
}

/* The sum of both is the same for both directions. */
static uint32_t place_of(const flow_end *end)
{
    uint32_t words[ADDRESS_MAX / 4];

    memcpy(words, end->address, sizeof(words));
    return ((words[0] ^ words[1] ^ words[2] ^ words[3]) + end->port * 31U) * 2654435761U;
}

static hr_plain_flow *flow_at(hr_plain_flow *flows, const flow_end ends[2])
{
    return &flows[(place_of(&ends[0]) + place_of(&ends[1])) >> 18 & (FLOWS - 1)];
}

static hr_plain_flow *new_flow(hr_plain_flow *flows, const flow_end ends[2])
{
    hr_plain_flow *it = flow_at(flows, ends);

    *it = (hr_plain_flow){.ends = {ends[0], ends[1]}, .is_plain = true};
    return it;
}

/* The flow between @ends, with *from the index of ends[0]; NULL where the cache has another. */
static hr_plain_flow *find_flow(hr_plain_flow *flows, const flow_end ends[2], unsigned *from)
{
    hr_plain_flow *found = flow_at(flows, ends);

    for (*from = 0; *from < 2; ++*from) {
        if (memcmp(&found->ends[*from], &ends[0], sizeof(ends[0])) == 0 &&
            memcmp(&found->ends[1 - *from], &ends[1], sizeof(ends[1])) == 0) {
            return found;
        }
    }
    return NULL;
}

static void take_syn(hr_plain_flow *flow, unsigned from, const hr_plain_segment *segment)
{
    flow->sides[from] = (flow_side){.next = segment->seq + 1, .is_known = true};
    flow->is_plain = flow->is_plain && segment->length == 0;
}

/* ---- messages ---- */

/* Types that no dissector takes for messages within the message. */
static bool is_harmless_type(hr_slice type)
{
    static const char *const harmless[] = {
        "text/",          "image/", "font/", "application/json", "application/javascript",
        "application/xml"};

    for (size_t i = 0; i < G_N_ELEMENTS(harmless); i++) {
        if (hr_slice_begins(type, harmless[i])) {
            return true;
        }
    }
    return type.length == 0;
}

/* Whether the start line is of a message after which the connection goes on with HTTP/1. */
static bool is_usual_start(hr_slice line, bool *may_lack_length)
{
    const hr_slice whole = line;
    const hr_slice first = hr_slice_word(&line);
    const hr_slice second = hr_slice_word(&line);

    if (hr_slice_begins(whole, "HTTP/1.")) {
        const int64_t code = hr_slice_number(second, 999);
        *may_lack_length = code == 100 || code == 204 || code == 304;
        return code >= 100 && code != 101;
    }
    *may_lack_length = true;
    return hr_slice_begins(line, "HTTP/1.") && !hr_slice_is(first, "CONNECT") &&
           !hr_slice_is(first, "PRI");
}

/* The length of a message that is as all of them are; 0 where it is not quite as usual. */
static uint64_t usual_length(const hr_http1_lines *lines)
{
    const hr_http1_extent *extent = &lines->extent;
    bool may_lack_length = false;

    if (extent->is_header_cut || lines->asks_upgrade || lines->length_lines > 1 ||
        !is_harmless_type(lines->content_type) ||
        !is_usual_start(lines->start_line, &may_lack_length)) {
        return 0;
    }
    if (extent->is_chunked) {
        return extent->is_chunked_end_seen ? extent->header_length + extent->chunked_length : 0;
    }
    if (extent->has_content_length) {
        return extent->header_length + extent->content_length;
    }
    return may_lack_length && lines->length_lines == 0 ? extent->header_length : 0;
}

/* A message begins with the segment; returns whether it ends there, too. */
static bool take_message(hr_plain_flow *flow, flow_side *side, const hr_plain_segment *segment,
                         hr_http1_lines *lines)
{
    *lines = hr_http1_lines_read(segment->tvb, segment->payload, segment->length);
    const uint64_t length = usual_length(lines);

    flow->is_plain = length >= segment->length && length <= UINT32_MAX;
    side->body_left = flow->is_plain ? (uint32_t)length - segment->length : 0;
    return length == segment->length;
}

/* Returns whether the segment is a whole message. */
static bool take_payload(hr_plain_flow *flow, flow_side *side, const hr_plain_segment *segment,
                         hr_http1_lines *lines)
{
    const uint32_t end = segment->seq + segment->length;

    if (!flow->is_plain || !side->is_known) {
        return false;
    }
    if (segment->seq != side->next) {
        flow->is_plain = LE_SEQ(end, side->next); /* all of it came before */
        return false;
    }
    side->next = end;
    if (side->body_left == 0) {
        return take_message(flow, side, segment, lines);
    }
    flow->is_plain = segment->length <= side->body_left;
    side->body_left -= MIN(segment->length, side->body_left);
    return false;
}

/* ---- segments ---- */

static hr_plain_kind take_segment(hr_plain_flow *flow, unsigned from,
                                  const hr_plain_segment *segment, hr_http1_lines *lines)
{
    flow_side *side = &flow->sides[from];

    if ((segment->flags & HR_TCP_SYN) != 0) {
        take_syn(flow, from, segment);
        return segment->length == 0 ? HR_PLAIN_NOTHING : HR_PLAIN_NOT;
    }
    if (segment->length == 0) {
        /* A FIN ends a message that has no other end. */
        return flow->is_plain && side->is_known && side->next == segment->seq &&
                       side->body_left == 0
                   ? HR_PLAIN_NOTHING
                   : HR_PLAIN_NOT;
    }
    return take_payload(flow, side, segment, lines) ? HR_PLAIN_MESSAGE : HR_PLAIN_NOT;
}

hr_plain_kind hr_plain_take(hr_plain_flow *flows, const packet_info *pinfo,
                            const hr_plain_segment *segment, hr_http1_lines *lines,
                            hr_plain_flow **flow, unsigned *from)
{
    const unsigned opening = segment->flags & (HR_TCP_SYN | HR_TCP_ACK);
    flow_end ends[2];

    if (segment->length == 0 && (segment->flags & (HR_TCP_SYN | HR_TCP_FIN)) == 0) {
        return HR_PLAIN_NOTHING;
    }
    if (!read_end(&pinfo->src, tvb_get_ntohs(segment->tvb, 0), &ends[0]) ||
        !read_end(&pinfo->dst, tvb_get_ntohs(segment->tvb, 2), &ends[1])) {
        return HR_PLAIN_NOT;
    }
    *from = 0;
    *flow = opening == HR_TCP_SYN ? new_flow(flows, ends) : find_flow(flows, ends, from);
    return *flow != NULL ? take_segment(*flow, *from, segment, lines) : HR_PLAIN_NOT;
}

bool hr_plain_was_shown(const hr_plain_flow *flow, unsigned from)
{
    return flow->sides[from].is_shown_whole;
}

void hr_plain_show(hr_plain_flow *flow, unsigned from)
{
    flow->sides[from].is_shown_whole = true;
}

void hr_plain_end(hr_plain_flow *flow)
{
    flow->is_plain = false;
}

hr_plain_flow *hr_plain_flows_new(void)
{
    return g_new0(hr_plain_flow, FLOWS);
}

/* plain.c
 * A flow is plain while both SYNs were seen, no byte of a direction was missing or late, each
 * message ended where a segment did, and none asked to leave HTTP/1 or was in any way unusual.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plain.h"

#include <epan/dissectors/packet-tcp.h>
#include <string.h>

#include "octets.h"

enum {
    ADDRESS_MAX = 16,
    FLOW_BITS = 14,
    SERVER_BITS = 10,
};

typedef struct {
    uint8_t address[ADDRESS_MAX];
    uint16_t port;
} flow_end;

/* What a dissector made of the latest message. */
typedef enum {
    SILENT,  /* there is none */
    OPEN,    /* it has several segments, and nobody looked what became of it */
    KEPT,    /* likewise, and HTTP has TCP keep them until it is whole */
    AWAITED, /* it is whole, and should be shown */
    SHOWN,   /* it was */
} latest_message;

/* One direction of a flow, by its sender. */
typedef struct {
    uint32_t next;      /* the sequence number after the last byte */
    uint32_t body_left; /* bytes to come of a message that is not whole yet */
    latest_message latest;
    bool is_known; /* its SYN was seen */
} flow_side;

struct hr_plain_flow {
    flow_end ends[2]; /* the client's first */
    flow_side sides[2];
    bool is_plain;
};

/* What begins its connections: whether a client's message was shown, and one of its own. */
typedef struct {
    flow_end end;
    bool is_shown[2];
} flow_server;

struct hr_plain_flows {
    hr_plain_flow flows[1 << FLOW_BITS];
    flow_server servers[1 << SERVER_BITS];
};

/* ---- flows ---- */

static flow_end end_at(const uint8_t *address, unsigned length, uint16_t port)
{
    flow_end end = {.port = port};

    memcpy(end.address, address, MIN(length, ADDRESS_MAX));
    return end;
}

/* The sum of both is the same for both directions. */
static uint32_t place_of(const flow_end *end)
{
    uint32_t words[ADDRESS_MAX / 4];

    memcpy(words, end->address, sizeof(words));
    return ((words[0] ^ words[1] ^ words[2] ^ words[3]) + end->port * 31U) * 2654435761U;
}

static hr_plain_flow *flow_at(hr_plain_flows *flows, const flow_end ends[2])
{
    return &flows->flows[(place_of(&ends[0]) + place_of(&ends[1])) >> (32 - FLOW_BITS)];
}

static hr_plain_flow *new_flow(hr_plain_flows *flows, const flow_end ends[2])
{
    hr_plain_flow *it = flow_at(flows, ends);

    *it = (hr_plain_flow){.ends = {ends[0], ends[1]}, .is_plain = true};
    return it;
}

/* The flow between @ends, with *from the index of ends[0]; NULL where the cache has another. */
static hr_plain_flow *find_flow(hr_plain_flows *flows, const flow_end ends[2], unsigned *from)
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

static void take_syn(hr_plain_flow *flow, unsigned from, const hr_frame_segment *segment)
{
    flow->sides[from] = (flow_side){.next = segment->seq + 1, .is_known = true};
    flow->is_plain = flow->is_plain && segment->length == 0;
}

/* ---- servers ---- */

static flow_server *server_at(hr_plain_flows *flows, const flow_end *end)
{
    return &flows->servers[place_of(end) >> (32 - SERVER_BITS)];
}

/* Whether a message from this side was shown on a connection to the same server. */
static bool was_shown_elsewhere(hr_plain_flows *flows, const hr_plain_flow *flow, unsigned from)
{
    const flow_server *server = server_at(flows, &flow->ends[1]);

    return server->is_shown[from] && memcmp(&server->end, &flow->ends[1], sizeof(server->end)) == 0;
}

void hr_plain_show(hr_plain_flows *flows, hr_plain_flow *flow, unsigned from)
{
    flow_server *server = server_at(flows, &flow->ends[1]);

    flow->sides[from].latest = SHOWN;
    if (memcmp(&server->end, &flow->ends[1], sizeof(server->end)) != 0) {
        *server = (flow_server){.end = flow->ends[1]};
    }
    server->is_shown[from] = true;
}

void hr_plain_keep(hr_plain_flow *flow, unsigned from)
{
    flow->sides[from].latest = KEPT;
}

/* ---- messages ---- */

/* Types that no dissector takes for messages within the message. */
static bool is_harmless_type(hr_slice type)
{
    static const char *const harmless[] = {
        "text/",          "image/", "font/", "application/json", "application/javascript",
        "application/xml"};

    for (size_t i = 0; i < G_N_ELEMENTS(harmless) && type.length > 0; i++) {
        if (hr_slice_begins(type, harmless[i])) {
            return true;
        }
    }
    return type.length == 0;
}

static bool is_version(hr_slice word)
{
    return word.length == strlen("HTTP/1.1") && (memcmp(word.text, "HTTP/1.1", word.length) == 0 ||
                                                 memcmp(word.text, "HTTP/1.0", word.length) == 0);
}

/* Not CONNECT, and none of those that a dissector may not know. */
static bool is_usual_method(hr_slice word)
{
    static const char *const methods[] = {"GET",    "HEAD",    "POST",  "PUT",
                                          "DELETE", "OPTIONS", "PATCH", "TRACE"};

    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (word.length == strlen(methods[i]) && memcmp(word.text, methods[i], word.length) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the start line is of a message after which the connection goes on with HTTP/1. */
static bool is_usual_start(hr_slice line, bool *may_lack_length)
{
    const hr_slice first = hr_slice_word(&line);
    const hr_slice second = hr_slice_word(&line);

    if (is_version(first)) {
        const int64_t code = second.length == 3 ? hr_slice_number(second, 999) : -1;
        *may_lack_length = code == 100 || code == 204 || code == 304;
        return code >= 100 && code < 600 && code != 101;
    }
    *may_lack_length = true;
    return is_usual_method(first) && second.length > 0 && is_version(line);
}

/* The length of a message that is as all of them are; 0 where it is not quite as usual. */
static uint64_t usual_length(const hr_http1_lines *lines)
{
    const hr_http1_extent *extent = &lines->extent;
    bool may_lack_length = false;

    if (!lines->is_usual || extent->is_header_cut || extent->is_chunked || lines->asks_upgrade ||
        lines->has_odd_length || !is_harmless_type(lines->content_type) ||
        !is_usual_start(lines->start_line, &may_lack_length)) {
        return 0;
    }
    if (extent->has_content_length) {
        return extent->header_length + extent->content_length;
    }
    return may_lack_length ? extent->header_length : 0;
}

/* A message begins with the segment. One before it that should have been shown, and was not, shows
 * that a dissector does not see the bytes as they are seen here. */
static hr_plain_kind take_message(hr_plain_flows *flows, hr_plain_flow *flow, unsigned from,
                                  const hr_frame_segment *segment, hr_http1_lines *lines)
{
    flow_side *side = &flow->sides[from];
    const bool was_shown =
        side->latest == SHOWN || (side->latest == SILENT && was_shown_elsewhere(flows, flow, from));

    hr_http1_lines_read(lines, segment->tvb, segment->payload, segment->length);
    const uint64_t length = usual_length(lines);
    flow->is_plain = side->latest != AWAITED && length >= segment->length && length <= UINT32_MAX;
    if (!flow->is_plain) {
        return HR_PLAIN_NOT;
    }
    side->body_left = (uint32_t)length - segment->length;
    if (side->body_left > 0) {
        side->latest = OPEN;
        return was_shown ? HR_PLAIN_BEGUN : HR_PLAIN_NOT;
    }
    side->latest = AWAITED;
    return was_shown ? HR_PLAIN_MESSAGE : HR_PLAIN_FIRST;
}

static hr_plain_kind take_payload(hr_plain_flows *flows, hr_plain_flow *flow, unsigned from,
                                  const hr_frame_segment *segment, hr_http1_lines *lines)
{
    flow_side *side = &flow->sides[from];
    const uint32_t end = segment->seq + segment->length;

    if (!flow->is_plain || !side->is_known) {
        return HR_PLAIN_NOT;
    }
    if (segment->seq != side->next) {
        flow->is_plain = LE_SEQ(end, side->next); /* all of it came before */
        return HR_PLAIN_NOT;
    }
    side->next = end;
    if (side->body_left == 0) {
        return take_message(flows, flow, from, segment, lines);
    }
    flow->is_plain = segment->length <= side->body_left;
    side->body_left -= MIN(segment->length, side->body_left);
    if (side->body_left == 0) {
        side->latest = OPEN;
        return flow->is_plain ? HR_PLAIN_LAST : HR_PLAIN_NOT;
    }
    return side->latest == KEPT && (segment->flags & HR_TCP_FIN) == 0 ? HR_PLAIN_NOTHING
                                                                      : HR_PLAIN_NOT;
}

/* ---- segments ---- */

static hr_plain_kind take_segment(hr_plain_flows *flows, hr_plain_flow *flow, unsigned from,
                                  const hr_frame_segment *segment, hr_http1_lines *lines)
{
    flow_side *side = &flow->sides[from];

    if ((segment->flags & HR_TCP_SYN) != 0) {
        take_syn(flow, from, segment);
        return segment->length == 0 ? HR_PLAIN_NOTHING : HR_PLAIN_NOT;
    }
    if (segment->length == 0) {
        /* A FIN ends a message that has no other end. */
        return flow->is_plain && side->is_known && side->next == segment->seq &&
                       (side->latest == SILENT || side->latest == SHOWN)
                   ? HR_PLAIN_NOTHING
                   : HR_PLAIN_NOT;
    }
    return take_payload(flows, flow, from, segment, lines);
}

hr_plain_kind hr_plain_take(hr_plain_flows *flows, const hr_frame_segment *segment,
                            hr_http1_lines *lines, hr_plain_flow **flow, unsigned *from)
{
    const unsigned opening = segment->flags & (HR_TCP_SYN | HR_TCP_ACK);

    if (segment->length == 0 && (segment->flags & (HR_TCP_SYN | HR_TCP_FIN)) == 0) {
        return HR_PLAIN_NOTHING;
    }
    const flow_end ends[2] = {
        end_at(segment->source, segment->address_length, hr_two_octets(segment->tcp)),
        end_at(segment->target, segment->address_length, hr_two_octets(segment->tcp + 2))};
    *from = 0;
    *flow = opening == HR_TCP_SYN ? new_flow(flows, ends) : find_flow(flows, ends, from);
    return *flow != NULL ? take_segment(flows, *flow, *from, segment, lines) : HR_PLAIN_NOT;
}

hr_plain_flows *hr_plain_flows_new(void)
{
    return g_new0(hr_plain_flows, 1);
}

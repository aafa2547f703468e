/* frame_segment.c
 * From the frame's first byte to the payload. Whatever is not as usual, a dissector has to say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "frame_segment.h"

#include <epan/etypes.h>
#include <wiretap/wtap.h>

#include "octets.h"

enum {
    IP_PROTOCOL_TCP = 6,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    TCP_HEADER_MIN = 20,
    FIRST_BYTE_IPV4 = 0x45, /* its version, and a header without options */
    FRAGMENT = 0x3fff,      /* more are to come, or others came before */
};

/* A whole frame. */
typedef struct {
    const uint8_t *octets;
    int length;
} whole_frame;

/* ---- the link ---- */

/* The family is a number of the capturing system's, in its order of bytes. */
static unsigned type_of_family(uint32_t family)
{
    switch (family > UINT16_MAX ? GUINT32_SWAP_LE_BE(family) : family) {
    case 2:
        return ETHERTYPE_IP;
    case 24:
    case 28:
    case 30:
        return ETHERTYPE_IPv6;
    default:
        return ETHERTYPE_UNK;
    }
}

/* What stands in the two octets before @end; ETHERTYPE_UNK where the frame is not as long. */
static unsigned type_before(const whole_frame *frame, int end)
{
    return frame->length >= end ? hr_two_octets(frame->octets + end - 2) : ETHERTYPE_UNK;
}

/* The type of what the link carries, at *offset. */
static unsigned read_link(const whole_frame *frame, unsigned encapsulation, int *offset)
{
    enum {
        FAMILY = 4,
        ETHERNET = 14,
        SLL = 16,
        TAG = 4
    };
    unsigned type = ETHERTYPE_UNK;

    if (encapsulation == WTAP_ENCAP_NULL) {
        *offset = FAMILY;
        return frame->length > FAMILY ? type_of_family(hr_four_octets(frame->octets))
                                      : ETHERTYPE_UNK;
    }
    if (encapsulation != WTAP_ENCAP_ETHERNET && encapsulation != WTAP_ENCAP_SLL) {
        return ETHERTYPE_UNK;
    }
    *offset = encapsulation == WTAP_ENCAP_ETHERNET ? ETHERNET : SLL;
    type = type_before(frame, *offset);
    while (type == ETHERTYPE_VLAN) {
        *offset += TAG;
        type = type_before(frame, *offset);
    }
    return type;
}

/* ---- IP ---- */

/* Where the segment ends that begins at segment->header; 0 where there is none. */
static int read_ipv4(const whole_frame *frame, int at, hr_frame_segment *segment)
{
    const uint8_t *header = frame->octets + at;
    const int left = frame->length - at;
    const int length = left >= IPV4_HEADER ? hr_two_octets(header + 2) : 0;

    if (length < IPV4_HEADER || length > left || header[0] != FIRST_BYTE_IPV4 ||
        (hr_two_octets(header + 6) & FRAGMENT) != 0 || header[9] != IP_PROTOCOL_TCP) {
        return 0;
    }
    segment->address_length = 4;
    segment->source = header + 12;
    segment->target = header + 16;
    segment->header = at + IPV4_HEADER;
    return at + length;
}

static int read_ipv6(const whole_frame *frame, int at, hr_frame_segment *segment)
{
    const uint8_t *header = frame->octets + at;
    const int left = frame->length - at - IPV6_HEADER;
    const int length = left > 0 ? hr_two_octets(header + 4) : 0;

    if (length == 0 || length > left || header[0] >> 4 != 6 || header[6] != IP_PROTOCOL_TCP) {
        return 0;
    }
    segment->address_length = 16;
    segment->source = header + 8;
    segment->target = header + 24;
    segment->header = at + IPV6_HEADER;
    return at + IPV6_HEADER + length;
}

static int read_packet(const whole_frame *frame, unsigned encapsulation, hr_frame_segment *segment)
{
    int at = 0;

    switch (read_link(frame, encapsulation, &at)) {
    case ETHERTYPE_IP:
        return read_ipv4(frame, at, segment);
    case ETHERTYPE_IPv6:
        return read_ipv6(frame, at, segment);
    default:
        return 0;
    }
}

/* ---- TCP ---- */

/* The usual ones, as long as they should be (RFC 9293 §3.2, RFC 7323, RFC 2018): at others a
 * dissector may give up before it has told its taps of the segment. */
static bool has_usual_options(const uint8_t *at, const uint8_t *end)
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

    while (at < end) {
        const unsigned kind = at[0];
        if (kind == END) {
            return true;
        }
        if (kind == NO_OPERATION) {
            at++;
            continue;
        }
        const int length = at + 1 < end ? at[1] : 0;
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

bool hr_frame_segment_read(tvbuff_t *tvb, unsigned encapsulation, hr_frame_segment *segment)
{
    const int length = (int)tvb_captured_length(tvb);

    if (length == 0 || length < (int)tvb_reported_length(tvb)) {
        return false;
    }
    const whole_frame frame = {tvb_get_ptr(tvb, 0, length), length};
    const int end = read_packet(&frame, encapsulation, segment);
    if (end == 0 || end - segment->header < TCP_HEADER_MIN) {
        return false;
    }
    const uint8_t *header = frame.octets + segment->header;
    segment->tvb = tvb;
    segment->tcp = header;
    segment->payload = segment->header + (header[12] >> 4) * 4;
    if (segment->payload < segment->header + TCP_HEADER_MIN || segment->payload > end ||
        !has_usual_options(header + TCP_HEADER_MIN, frame.octets + segment->payload)) {
        return false;
    }
    segment->seq = hr_four_octets(header + 4);
    segment->length = (uint32_t)(end - segment->payload);
    segment->flags = header[13];
    return true;
}

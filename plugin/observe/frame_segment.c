/* frame_segment.c
 * From the frame's first byte to the payload. Whatever is not as usual, a dissector has to say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "frame_segment.h"

#include <epan/etypes.h>
#include <wiretap/wtap.h>

enum {
    IP_PROTOCOL_TCP = 6,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    TCP_HEADER_MIN = 20,
    FIRST_BYTE_IPV4 = 0x45, /* its version, and a header without options */
    FRAGMENT = 0x3fff,      /* more are to come, or others came before */
};

static int captured(tvbuff_t *tvb)
{
    return (int)tvb_captured_length(tvb);
}

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

/* The type of what the link carries, at *offset. */
static unsigned read_link(tvbuff_t *tvb, unsigned encapsulation, int *offset)
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
        return captured(tvb) > FAMILY ? type_of_family(tvb_get_letohl(tvb, 0)) : ETHERTYPE_UNK;
    }
    if (encapsulation != WTAP_ENCAP_ETHERNET && encapsulation != WTAP_ENCAP_SLL) {
        return ETHERTYPE_UNK;
    }
    *offset = encapsulation == WTAP_ENCAP_ETHERNET ? ETHERNET : SLL;
    type = captured(tvb) >= *offset ? tvb_get_ntohs(tvb, *offset - 2) : ETHERTYPE_UNK;
    while (type == ETHERTYPE_VLAN) {
        *offset += TAG;
        type = captured(tvb) >= *offset ? tvb_get_ntohs(tvb, *offset - 2) : ETHERTYPE_UNK;
    }
    return type;
}

/* ---- IP ---- */

/* Where the segment ends that begins at segment->header; 0 where there is none. */
static int read_ipv4(tvbuff_t *tvb, int at, hr_frame_segment *segment)
{
    const int left = captured(tvb) - at;
    const int length = left >= IPV4_HEADER ? tvb_get_ntohs(tvb, at + 2) : 0;

    if (length < IPV4_HEADER || length > left || tvb_get_uint8(tvb, at) != FIRST_BYTE_IPV4 ||
        (tvb_get_ntohs(tvb, at + 6) & FRAGMENT) != 0 ||
        tvb_get_uint8(tvb, at + 9) != IP_PROTOCOL_TCP) {
        return 0;
    }
    segment->address_length = 4;
    segment->source = tvb_get_ptr(tvb, at + 12, 8);
    segment->target = segment->source + 4;
    segment->header = at + IPV4_HEADER;
    return at + length;
}

static int read_ipv6(tvbuff_t *tvb, int at, hr_frame_segment *segment)
{
    const int left = captured(tvb) - at - IPV6_HEADER;
    const int length = left > 0 ? tvb_get_ntohs(tvb, at + 4) : 0;

    if (length == 0 || length > left || tvb_get_uint8(tvb, at) >> 4 != 6 ||
        tvb_get_uint8(tvb, at + 6) != IP_PROTOCOL_TCP) {
        return 0;
    }
    segment->address_length = 16;
    segment->source = tvb_get_ptr(tvb, at + 8, 32);
    segment->target = segment->source + 16;
    segment->header = at + IPV6_HEADER;
    return at + IPV6_HEADER + length;
}

static int read_packet(tvbuff_t *tvb, unsigned encapsulation, hr_frame_segment *segment)
{
    int at = 0;

    switch (read_link(tvb, encapsulation, &at)) {
    case ETHERTYPE_IP:
        return read_ipv4(tvb, at, segment);
    case ETHERTYPE_IPv6:
        return read_ipv6(tvb, at, segment);
    default:
        return 0;
    }
}

/* ---- TCP ---- */

/* The usual ones, as long as they should be (RFC 9293 §3.2, RFC 7323, RFC 2018): at others a
 * dissector may give up before it has told its taps of the segment. */
static bool has_usual_options(tvbuff_t *tvb, int at, int end)
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
        const unsigned kind = tvb_get_uint8(tvb, at);
        if (kind == END) {
            return true;
        }
        if (kind == NO_OPERATION) {
            at++;
            continue;
        }
        const int length = at + 1 < end ? tvb_get_uint8(tvb, at + 1) : 0;
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
    const int end = captured(tvb) < (int)tvb_reported_length(tvb)
                        ? 0
                        : read_packet(tvb, encapsulation, segment);
    const int at = segment->header;

    if (end == 0 || end - at < TCP_HEADER_MIN) {
        return false;
    }
    segment->tvb = tvb;
    segment->payload = at + (tvb_get_uint8(tvb, at + 12) >> 4) * 4;
    if (segment->payload < at + TCP_HEADER_MIN || segment->payload > end ||
        !has_usual_options(tvb, at + TCP_HEADER_MIN, segment->payload)) {
        return false;
    }
    segment->seq = tvb_get_ntohl(tvb, at + 4);
    segment->length = (uint32_t)(end - segment->payload);
    segment->flags = tvb_get_uint8(tvb, at + 13);
    return true;
}

/* flow.c
 * A cursor goes from header to header. It never reads beyond what was captured, and a header that
 * is cut off ends the walk.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "many/flow.h"

#include <string.h>

enum {
    LAYERS_MAX = 32, /* headers in one packet: more is no traffic */
    /* EtherTypes */
    TYPE_IP4 = 0x0800,
    TYPE_IP6 = 0x86dd,
    TYPE_VLAN = 0x8100,
    TYPE_SERVICE_VLAN = 0x88a8,
    TYPE_OLD_QINQ = 0x9100,
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_UPSTREAM = 0x8848,
    TYPE_PPPOE = 0x8864,
    TYPE_BRIDGED = 0x6558,
    TYPE_ERSPAN = 0x88be,
    TYPE_ERSPAN3 = 0x22eb,
    /* IP protocols */
    IP_TCP = 6,
    IP_UDP = 17,
    IP_IN_IP = 4,
    IP6_IN_IP = 41,
    IP_GRE = 47,
    IP_ICMP = 1,
    IP_ICMP6 = 58,
    IP6_HOP_BY_HOP = 0,
    IP6_ROUTING = 43,
    IP6_FRAGMENT = 44,
    IP6_DESTINATION = 60,
    /* UDP ports of tunnels */
    PORT_GTP_U = 2152,
    PORT_VXLAN = 4789,
    PORT_VXLAN_LINUX = 8472, /* of the kernel and of Flannel; tshark is told with -d */
    PORT_GENEVE = 6081,
    /* A tunnel that looks like TCP */
    PORT_STT = 7471,
};

/* UDP ports of tunnels that are not read here, though tshark reads them. Their outer flow tells
 * nothing: each direction has a port of its own at the other end. */
static const unsigned other_tunnels[] = {
    1701,  /* L2TP */
    3544,  /* Teredo */
    4341,  /* LISP */
    4754,  /* GRE in UDP */
    4790,  /* VXLAN-GPE */
    5072,  /* AYIYA */
    5247,  /* CAPWAP */
    6635,  /* MPLS in UDP */
    12222, /* LWAPP */
    37008, /* TZSP */
};

typedef struct {
    const uint8_t *at, *end;
    const hr_tls_servers *servers;
    uint64_t source, destination; /* hashes of the innermost addresses */
    int layers;
    hr_flow flow;
} flow_walk;

/* ---- bytes ---- */

static bool has(const flow_walk *walk, size_t length)
{
    return (size_t)(walk->end - walk->at) >= length;
}

static unsigned u16_at(const flow_walk *walk, size_t offset)
{
    return (unsigned)walk->at[offset] << 8 | walk->at[offset + 1];
}

/* FNV-1a with a mixing end: pieces are chosen by the remainder. */
static uint64_t hash(uint64_t seed, const void *data, size_t length)
{
    const uint8_t *bytes = data;
    uint64_t value = seed ^ UINT64_C(14695981039346656037);

    for (size_t i = 0; i < length; i++) {
        value = (value ^ bytes[i]) * UINT64_C(1099511628211);
    }
    value ^= value >> 33;
    value *= UINT64_C(0xff51afd7ed558ccd);
    return value ^ value >> 33;
}

static uint64_t end_of(uint64_t address, unsigned port)
{
    const uint64_t end = hash(address, &port, sizeof(port));
    return end != 0 ? end : 1;
}

static void set_key(flow_walk *walk, uint64_t one, uint64_t other)
{
    const uint64_t pair[] = {one, other};

    walk->flow.kind = HR_FLOW_KEYED;
    walk->flow.key = hash(0, pair, sizeof(pair));
}

/* ---- transport ---- */

static void read_tcp(flow_walk *walk)
{
    if (!has(walk, 4) || u16_at(walk, 2) == PORT_STT || u16_at(walk, 0) == PORT_STT) {
        return;
    }
    const uint64_t source = end_of(walk->source, u16_at(walk, 0));
    const uint64_t destination = end_of(walk->destination, u16_at(walk, 2));
    if (hr_tls_servers_has(walk->servers, destination)) {
        set_key(walk, walk->source, destination);
    } else if (hr_tls_servers_has(walk->servers, source)) {
        set_key(walk, walk->destination, source);
    } else {
        set_key(walk, MIN(source, destination), MAX(source, destination));
    }
    if (has(walk, 20)) {
        const size_t header = (size_t)(walk->at[12] >> 4) * 4;
        const uint8_t *payload = walk->at + header;
        if (has(walk, header)) {
            walk->flow.server =
                hr_is_client_hello(payload, (size_t)(walk->end - payload)) ? destination : 0;
        }
    }
}

static void read_ethernet(flow_walk *walk);
static void read_type(flow_walk *walk, unsigned type);
static void read_ip(flow_walk *walk);

/* RFC 7348 §5: the flag says that there is a network's number. */
static void read_vxlan(flow_walk *walk)
{
    if (has(walk, 8) && (walk->at[0] & 0x08) != 0) {
        walk->at += 8;
        read_ethernet(walk);
    }
}

static void read_geneve(flow_walk *walk)
{
    if (has(walk, 8)) {
        const size_t options = (size_t)(walk->at[0] & 0x3f) * 4;
        const unsigned type = u16_at(walk, 2);
        if (has(walk, 8 + options)) {
            walk->at += 8 + options;
            read_type(walk, type);
        }
    }
}

/* 3GPP TS 29.281 §5.1: a G-PDU, with its optional fields and extension headers. */
static void read_gtp(flow_walk *walk)
{
    size_t length = 8;

    if (!has(walk, 12) || walk->at[1] != 255) {
        return;
    }
    if ((walk->at[0] & 7) != 0) {
        uint8_t next = walk->at[11];
        length = 12;
        while (next != 0 && has(walk, length + 4) && walk->at[length] != 0) {
            const size_t extension = (size_t)walk->at[length] * 4;
            if (!has(walk, length + extension)) {
                return;
            }
            next = walk->at[length + extension - 1];
            length += extension;
        }
    }
    if (has(walk, length)) {
        walk->at += length;
        read_ip(walk);
    }
}

static bool is_other_tunnel(unsigned port)
{
    for (size_t i = 0; i < G_N_ELEMENTS(other_tunnels); i++) {
        if (port == other_tunnels[i]) {
            return true;
        }
    }
    return false;
}

static void read_udp(flow_walk *walk)
{
    if (!has(walk, 8)) {
        return;
    }
    const unsigned from = u16_at(walk, 0);
    const unsigned to = u16_at(walk, 2);
    const uint64_t source = end_of(walk->source, from);
    const uint64_t destination = end_of(walk->destination, to);
    const bool is_source = from < to || (from == to && source < destination);
    walk->at += 8;
    if (to == PORT_VXLAN || to == PORT_VXLAN_LINUX) {
        read_vxlan(walk);
    } else if (to == PORT_GENEVE) {
        read_geneve(walk);
    } else if (to == PORT_GTP_U || from == PORT_GTP_U) {
        read_gtp(walk);
    } else if (!is_other_tunnel(to) && !is_other_tunnel(from)) {
        set_key(walk, 0, is_source ? source : destination);
    }
}

/* RFC 2784, RFC 2890; ERSPAN has a header of its own before the frame. */
static void read_gre(flow_walk *walk)
{
    if (!has(walk, 4)) {
        return;
    }
    const unsigned flags = walk->at[0];
    const unsigned type = u16_at(walk, 2);
    /* A checksum, a key, a number: 4 bytes each. */
    size_t length = (size_t)4 * (1U + (flags >> 7 & 1) + (flags >> 5 & 1) + (flags >> 4 & 1));
    if (type == TYPE_ERSPAN && (flags & 0x10) != 0) {
        length += 8;
    } else if (type == TYPE_ERSPAN3) {
        length += 12;
    }
    if (!has(walk, length)) {
        return;
    }
    walk->at += length;
    if (type == TYPE_BRIDGED || type == TYPE_ERSPAN || type == TYPE_ERSPAN3) {
        read_ethernet(walk);
    } else {
        read_type(walk, type);
    }
}

/* ---- network ---- */

/* An error quotes the packet that it is about (RFC 792, RFC 4443 §2.1), and tshark reads that. */
static void read_icmp(flow_walk *walk, bool is_error)
{
    if (is_error && has(walk, 8)) {
        walk->at += 8;
        read_ip(walk);
    }
}

static bool is_icmp_error(unsigned type)
{
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static void read_protocol(flow_walk *walk, unsigned protocol)
{
    switch (protocol) {
    case IP_TCP:
        read_tcp(walk);
        break;
    case IP_UDP:
        read_udp(walk);
        break;
    case IP_GRE:
        read_gre(walk);
        break;
    case IP_ICMP:
        read_icmp(walk, has(walk, 1) && is_icmp_error(walk->at[0]));
        break;
    case IP_ICMP6:
        read_icmp(walk, has(walk, 1) && walk->at[0] < 128);
        break;
    case IP_IN_IP:
    case IP6_IN_IP:
        read_ip(walk);
        break;
    default:
        break;
    }
}

/* Fragments of a datagram have these in common (RFC 791 §3.2, RFC 8200 §4.5). */
static void set_datagram(flow_walk *walk, const void *number, size_t length, bool is_last)
{
    const uint64_t ends[] = {walk->source, walk->destination};
    const uint64_t datagram = hash(hash(0, ends, sizeof(ends)), number, length);

    walk->flow.datagram = datagram != 0 ? datagram : 1;
    walk->flow.is_last = is_last;
}

static void read_ip4(flow_walk *walk)
{
    if (!has(walk, 20)) {
        return;
    }
    const size_t header = (size_t)(walk->at[0] & 0x0f) * 4;
    const unsigned protocol = walk->at[9];
    walk->source = hash(0, walk->at + 12, 4);
    walk->destination = hash(0, walk->at + 16, 4);
    const unsigned fragment = u16_at(walk, 6);
    if ((fragment & 0x3fff) != 0) {
        const uint8_t number[] = {walk->at[4], walk->at[5], (uint8_t)protocol};
        set_datagram(walk, number, sizeof(number), (fragment & 0x2000) == 0);
    }
    if ((fragment & 0x1fff) != 0) {
        walk->flow.kind = HR_FLOW_FRAGMENT;
    } else if (header >= 20 && has(walk, header)) {
        walk->at += header;
        read_protocol(walk, protocol);
    }
}

static bool is_extension(unsigned next)
{
    return next == IP6_HOP_BY_HOP || next == IP6_ROUTING || next == IP6_DESTINATION ||
           next == IP6_FRAGMENT;
}

static void read_ip6(flow_walk *walk)
{
    if (!has(walk, 40)) {
        return;
    }
    unsigned next = walk->at[6];
    walk->source = hash(0, walk->at + 8, 16);
    walk->destination = hash(0, walk->at + 24, 16);
    walk->at += 40;
    while (is_extension(next) && has(walk, 8)) {
        const size_t length = next == IP6_FRAGMENT ? 8 : ((size_t)walk->at[1] + 1) * 8;
        if (next == IP6_FRAGMENT && (u16_at(walk, 2) & 0xfff9) != 0) {
            set_datagram(walk, walk->at + 4, 4, (walk->at[3] & 1) == 0);
        }
        if (next == IP6_FRAGMENT && (u16_at(walk, 2) & 0xfff8) != 0) {
            walk->flow.kind = HR_FLOW_FRAGMENT;
            return;
        }
        if (!has(walk, length)) {
            return;
        }
        next = walk->at[0];
        walk->at += length;
    }
    read_protocol(walk, next);
}

static void read_ip(flow_walk *walk)
{
    if (++walk->layers > LAYERS_MAX || !has(walk, 1)) {
        return;
    }
    if (walk->at[0] >> 4 == 4) {
        read_ip4(walk);
    } else if (walk->at[0] >> 4 == 6) {
        read_ip6(walk);
    }
}

/* ---- link ---- */

static void read_mpls(flow_walk *walk)
{
    bool is_last = false;

    while (!is_last && has(walk, 4)) {
        is_last = (walk->at[2] & 1) != 0;
        walk->at += 4;
    }
    if (!is_last || !has(walk, 1)) {
        return;
    }
    if (walk->at[0] >> 4 == 0 && has(walk, 4)) { /* a control word: Ethernet (RFC 4448) */
        walk->at += 4;
        read_ethernet(walk);
    } else {
        read_ip(walk);
    }
}

static void read_type(flow_walk *walk, unsigned type)
{
    while ((type == TYPE_VLAN || type == TYPE_SERVICE_VLAN || type == TYPE_OLD_QINQ) &&
           has(walk, 4)) {
        type = u16_at(walk, 2);
        walk->at += 4;
    }
    if (type == TYPE_IP4 || type == TYPE_IP6) {
        read_ip(walk);
    } else if (type == TYPE_MPLS || type == TYPE_MPLS_UPSTREAM) {
        read_mpls(walk);
    } else if (type == TYPE_PPPOE && has(walk, 8)) {
        walk->at += 8; /* its header, and PPP's protocol */
        read_ip(walk);
    } else if (type == TYPE_BRIDGED) {
        read_ethernet(walk);
    }
}

static void read_ethernet(flow_walk *walk)
{
    if (++walk->layers > LAYERS_MAX || !has(walk, 14)) {
        return;
    }
    const unsigned type = u16_at(walk, 12);
    walk->at += 14;
    read_type(walk, type);
}

/* @type stands at @offset of a header of @length bytes. */
static void read_cooked(flow_walk *walk, size_t offset, size_t length)
{
    if (has(walk, length)) {
        const unsigned type = u16_at(walk, offset);
        walk->at += length;
        read_type(walk, type);
    }
}

hr_flow hr_flow_of(hr_link link, const uint8_t *data, size_t length, const hr_tls_servers *servers)
{
    flow_walk walk = {.at = data, .end = data + length, .servers = servers};

    walk.flow.kind = HR_FLOW_UNKNOWN;
    switch (link) {
    case HR_LINK_ETHERNET:
        read_ethernet(&walk);
        break;
    case HR_LINK_IP:
        read_ip(&walk);
        break;
    case HR_LINK_NULL:
        if (has(&walk, 4)) {
            walk.at += 4;
            read_ip(&walk);
        }
        break;
    case HR_LINK_COOKED:
        read_cooked(&walk, 14, 16);
        break;
    case HR_LINK_COOKED_V2:
        read_cooked(&walk, 0, 20);
        break;
    case HR_LINK_OTHER:
    default:
        break;
    }
    return walk.flow;
}

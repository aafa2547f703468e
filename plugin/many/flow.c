/* flow.c
 * A cursor goes from header to header. It never reads beyond what was captured, and a header that
 * is cut off ends the walk.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "many/walk.h"

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
    PORT_STT = 7471, /* a tunnel that looks like TCP */
};

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

static void set_key(hr_walk *walk, uint64_t one, uint64_t other)
{
    const uint64_t pair[] = {one, other};

    walk->flow.kind = HR_FLOW_KEYED;
    walk->flow.key = hash(0, pair, sizeof(pair));
}

/* ---- transport ---- */

static void read_tcp(hr_walk *walk)
{
    if (!hr_walk_has(walk, 4) || hr_walk_u16(walk, 2) == PORT_STT ||
        hr_walk_u16(walk, 0) == PORT_STT) {
        return;
    }
    const uint64_t source = end_of(walk->source, hr_walk_u16(walk, 0));
    const uint64_t destination = end_of(walk->destination, hr_walk_u16(walk, 2));
    const bool is_to_server = hr_tls_servers_has(walk->servers, destination);
    const bool is_from_server = hr_tls_servers_has(walk->servers, source);
    /* Both may have been servers, each at its time: which one is it now tells no packet alone. */
    if (is_to_server == is_from_server) {
        set_key(walk, MIN(source, destination), MAX(source, destination));
    } else if (is_to_server) {
        set_key(walk, walk->source, destination);
    } else {
        set_key(walk, walk->destination, source);
    }
    if (hr_walk_has(walk, 20)) {
        const size_t header = (size_t)(walk->at[12] >> 4) * 4;
        const uint8_t *payload = walk->at + header;
        if (hr_walk_has(walk, header)) {
            walk->flow.server =
                hr_is_client_hello(payload, (size_t)(walk->end - payload)) ? destination : 0;
        }
    }
}

static void read_udp(hr_walk *walk)
{
    if (!hr_walk_has(walk, 8)) {
        return;
    }
    const unsigned from = hr_walk_u16(walk, 0);
    const unsigned to = hr_walk_u16(walk, 2);
    const uint64_t source = end_of(walk->source, from);
    const uint64_t destination = end_of(walk->destination, to);
    const bool is_source = from < to || (from == to && source < destination);
    walk->at += 8;
    if (!hr_walk_udp_tunnel(walk, from, to)) {
        set_key(walk, 0, is_source ? source : destination);
    }
}

/* ---- network ---- */

/* An error quotes the packet that it is about (RFC 792, RFC 4443 §2.1), and tshark reads that. */
static void read_icmp(hr_walk *walk, bool is_error)
{
    if (is_error && hr_walk_has(walk, 8)) {
        walk->at += 8;
        hr_walk_ip(walk);
    }
}

static bool is_icmp_error(unsigned type)
{
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static void read_protocol(hr_walk *walk, unsigned protocol)
{
    switch (protocol) {
    case IP_TCP:
        read_tcp(walk);
        break;
    case IP_UDP:
        read_udp(walk);
        break;
    case IP_GRE:
        hr_walk_gre(walk);
        break;
    case IP_ICMP:
        read_icmp(walk, hr_walk_has(walk, 1) && is_icmp_error(walk->at[0]));
        break;
    case IP_ICMP6:
        read_icmp(walk, hr_walk_has(walk, 1) && walk->at[0] < 128);
        break;
    case IP_IN_IP:
    case IP6_IN_IP:
        hr_walk_ip(walk);
        break;
    default:
        break;
    }
}

/* Fragments of a datagram have these in common (RFC 791 §3.2, RFC 8200 §4.5). */
static void set_datagram(hr_walk *walk, const void *number, size_t length, bool is_last)
{
    const uint64_t ends[] = {walk->source, walk->destination};
    const uint64_t datagram = hash(hash(0, ends, sizeof(ends)), number, length);

    walk->flow.datagram = datagram != 0 ? datagram : 1;
    walk->flow.is_last = is_last;
}

static void read_ip4(hr_walk *walk)
{
    if (!hr_walk_has(walk, 20)) {
        return;
    }
    const size_t header = (size_t)(walk->at[0] & 0x0f) * 4;
    const unsigned protocol = walk->at[9];
    walk->source = hash(0, walk->at + 12, 4);
    walk->destination = hash(0, walk->at + 16, 4);
    const unsigned fragment = hr_walk_u16(walk, 6);
    if ((fragment & 0x3fff) != 0) {
        const uint8_t number[] = {walk->at[4], walk->at[5], (uint8_t)protocol};
        set_datagram(walk, number, sizeof(number), (fragment & 0x2000) == 0);
    }
    if ((fragment & 0x1fff) != 0) {
        walk->flow.kind = HR_FLOW_FRAGMENT;
    } else if (header >= 20 && hr_walk_has(walk, header)) {
        walk->at += header;
        read_protocol(walk, protocol);
    }
}

static bool is_extension(unsigned next)
{
    return next == IP6_HOP_BY_HOP || next == IP6_ROUTING || next == IP6_DESTINATION ||
           next == IP6_FRAGMENT;
}

static void read_ip6(hr_walk *walk)
{
    if (!hr_walk_has(walk, 40)) {
        return;
    }
    unsigned next = walk->at[6];
    walk->source = hash(0, walk->at + 8, 16);
    walk->destination = hash(0, walk->at + 24, 16);
    walk->at += 40;
    while (is_extension(next) && hr_walk_has(walk, 8)) {
        const size_t length = next == IP6_FRAGMENT ? 8 : ((size_t)walk->at[1] + 1) * 8;
        if (next == IP6_FRAGMENT && (hr_walk_u16(walk, 2) & 0xfff9) != 0) {
            set_datagram(walk, walk->at + 4, 4, (walk->at[3] & 1) == 0);
        }
        if (next == IP6_FRAGMENT && (hr_walk_u16(walk, 2) & 0xfff8) != 0) {
            walk->flow.kind = HR_FLOW_FRAGMENT;
            return;
        }
        if (!hr_walk_has(walk, length)) {
            return;
        }
        next = walk->at[0];
        walk->at += length;
    }
    read_protocol(walk, next);
}

void hr_walk_ip(hr_walk *walk)
{
    if (++walk->layers > LAYERS_MAX || !hr_walk_has(walk, 1)) {
        return;
    }
    if (walk->at[0] >> 4 == 4) {
        read_ip4(walk);
    } else if (walk->at[0] >> 4 == 6) {
        read_ip6(walk);
    }
}

/* ---- link ---- */

void hr_walk_type(hr_walk *walk, unsigned type)
{
    while ((type == TYPE_VLAN || type == TYPE_SERVICE_VLAN || type == TYPE_OLD_QINQ) &&
           hr_walk_has(walk, 4)) {
        type = hr_walk_u16(walk, 2);
        walk->at += 4;
    }
    if (type == TYPE_IP4 || type == TYPE_IP6) {
        hr_walk_ip(walk);
    } else if (type == TYPE_MPLS || type == TYPE_MPLS_UPSTREAM) {
        hr_walk_mpls(walk);
    } else if (type == TYPE_PPPOE && hr_walk_has(walk, 8)) {
        walk->at += 8; /* its header, and PPP's protocol */
        hr_walk_ip(walk);
    } else if (type == HR_TYPE_BRIDGED) {
        hr_walk_ethernet(walk);
    }
}

void hr_walk_ethernet(hr_walk *walk)
{
    if (++walk->layers > LAYERS_MAX || !hr_walk_has(walk, 14)) {
        return;
    }
    const unsigned type = hr_walk_u16(walk, 12);
    walk->at += 14;
    hr_walk_type(walk, type);
}

/* @type stands at @offset of a header of @length bytes. */
static void read_cooked(hr_walk *walk, size_t offset, size_t length)
{
    if (hr_walk_has(walk, length)) {
        const unsigned type = hr_walk_u16(walk, offset);
        walk->at += length;
        hr_walk_type(walk, type);
    }
}

hr_flow hr_flow_of(hr_link link, const uint8_t *data, size_t length, const hr_tls_servers *servers)
{
    hr_walk walk = {.at = data, .end = data + length, .servers = servers};

    walk.flow.kind = HR_FLOW_UNKNOWN;
    switch (link) {
    case HR_LINK_ETHERNET:
        hr_walk_ethernet(&walk);
        break;
    case HR_LINK_IP:
        hr_walk_ip(&walk);
        break;
    case HR_LINK_NULL:
        if (hr_walk_has(&walk, 4)) {
            walk.at += 4;
            hr_walk_ip(&walk);
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

/* tunnels.c
 * What carries other packets, and begins with a header of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "many/walk.h"

enum {
    /* EtherTypes, beside that of a bridged frame */
    TYPE_ERSPAN = 0x88be,
    TYPE_ERSPAN3 = 0x22eb,
    /* UDP ports */
    PORT_GTP_U = 2152,
    PORT_VXLAN = 4789,
    PORT_VXLAN_LINUX = 8472, /* of the kernel and of Flannel; tshark is told with -d */
    PORT_GENEVE = 6081,
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

/* ---- in UDP ---- */

/* RFC 7348 §5: the flag says that there is a network's number. */
static void read_vxlan(hr_walk *walk)
{
    if (hr_walk_has(walk, 8) && (walk->at[0] & 0x08) != 0) {
        walk->at += 8;
        hr_walk_ethernet(walk);
    }
}

static void read_geneve(hr_walk *walk)
{
    if (hr_walk_has(walk, 8)) {
        const size_t options = (size_t)(walk->at[0] & 0x3f) * 4;
        const unsigned type = hr_walk_u16(walk, 2);
        if (hr_walk_has(walk, 8 + options)) {
            walk->at += 8 + options;
            hr_walk_type(walk, type);
        }
    }
}

/* 3GPP TS 29.281 §5.1: a G-PDU, with its optional fields and extension headers. */
static void read_gtp(hr_walk *walk)
{
    size_t length = 8;

    if (!hr_walk_has(walk, 12) || walk->at[1] != 255) {
        return;
    }
    if ((walk->at[0] & 7) != 0) {
        uint8_t next = walk->at[11];
        length = 12;
        while (next != 0 && hr_walk_has(walk, length + 4) && walk->at[length] != 0) {
            const size_t extension = (size_t)walk->at[length] * 4;
            if (!hr_walk_has(walk, length + extension)) {
                return;
            }
            next = walk->at[length + extension - 1];
            length += extension;
        }
    }
    if (hr_walk_has(walk, length)) {
        walk->at += length;
        hr_walk_ip(walk);
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

bool hr_walk_udp_tunnel(hr_walk *walk, unsigned from, unsigned to)
{
    if (to == PORT_VXLAN || to == PORT_VXLAN_LINUX) {
        read_vxlan(walk);
    } else if (to == PORT_GENEVE) {
        read_geneve(walk);
    } else if (to == PORT_GTP_U || from == PORT_GTP_U) {
        read_gtp(walk);
    } else {
        return is_other_tunnel(to) || is_other_tunnel(from);
    }
    return true;
}

/* ---- in others ---- */

/* RFC 2784, RFC 2890; ERSPAN has a header of its own before the frame. */
void hr_walk_gre(hr_walk *walk)
{
    if (!hr_walk_has(walk, 4)) {
        return;
    }
    const unsigned flags = walk->at[0];
    const unsigned type = hr_walk_u16(walk, 2);
    /* A checksum, a key, a number: 4 bytes each. */
    size_t length = (size_t)4 * (1U + (flags >> 7 & 1) + (flags >> 5 & 1) + (flags >> 4 & 1));
    if (type == TYPE_ERSPAN && (flags & 0x10) != 0) {
        length += 8;
    } else if (type == TYPE_ERSPAN3) {
        length += 12;
    }
    if (!hr_walk_has(walk, length)) {
        return;
    }
    walk->at += length;
    if (type == HR_TYPE_BRIDGED || type == TYPE_ERSPAN || type == TYPE_ERSPAN3) {
        hr_walk_ethernet(walk);
    } else {
        hr_walk_type(walk, type);
    }
}

void hr_walk_mpls(hr_walk *walk)
{
    bool is_last = false;

    while (!is_last && hr_walk_has(walk, 4)) {
        is_last = (walk->at[2] & 1) != 0;
        walk->at += 4;
    }
    if (!is_last || !hr_walk_has(walk, 1)) {
        return;
    }
    if (walk->at[0] >> 4 == 0 && hr_walk_has(walk, 4)) { /* a control word: Ethernet (RFC 4448) */
        walk->at += 4;
        hr_walk_ethernet(walk);
    } else {
        hr_walk_ip(walk);
    }
}

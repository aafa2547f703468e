/* walk.h
 * The cursor that goes from header to header of a packet. Each function reads the header that the
 * cursor is at, and goes on with what is inside.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_MANY_WALK_H
#define HR_MANY_WALK_H

#include "many/flow.h"

enum {
    HR_TYPE_BRIDGED = 0x6558, /* the EtherType of a frame of Ethernet in something else */
};

typedef struct {
    const uint8_t *at, *end;
    const hr_tls_servers *servers;
    uint64_t source, destination; /* hashes of the innermost addresses */
    int layers;
    hr_flow flow;
} hr_walk;

static inline bool hr_walk_has(const hr_walk *walk, size_t length)
{
    return (size_t)(walk->end - walk->at) >= length;
}

static inline unsigned hr_walk_u16(const hr_walk *walk, size_t offset)
{
    return (unsigned)walk->at[offset] << 8 | walk->at[offset + 1];
}

/* ---- flow.c ---- */

void hr_walk_ethernet(hr_walk *walk);

/** What @type, an EtherType, announces. */
void hr_walk_type(hr_walk *walk, unsigned type);

void hr_walk_ip(hr_walk *walk);

/* ---- tunnels.c ---- */

/** Behind a header of UDP; false where neither port is that of a tunnel. */
bool hr_walk_udp_tunnel(hr_walk *walk, unsigned from, unsigned to);

void hr_walk_gre(hr_walk *walk);
void hr_walk_mpls(hr_walk *walk);

#endif

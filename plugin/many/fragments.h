/* fragments.h
 * Where the first fragments of IP datagrams went: the later ones have no ports, and follow them. It
 * keeps what fits into a fixed room; what it has forgotten it does not know.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_MANY_FRAGMENTS_H
#define HR_MANY_FRAGMENTS_H

#include "many/flow.h"

typedef struct hr_fragments hr_fragments;

hr_fragments *hr_fragments_new(void);
void hr_fragments_free(hr_fragments *fragments);

/** The packet of @flow, a datagram's first fragment, goes to @piece. */
void hr_fragments_add(hr_fragments *fragments, const hr_flow *flow, uint32_t piece);

/** Where the first fragment of @flow's datagram went, of which this is a later one; false where
 * that is not known. The last one ends the datagram: its number may be used again (RFC 6864 §4). */
bool hr_fragments_find(hr_fragments *fragments, const hr_flow *flow, uint32_t *piece);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(hr_fragments, hr_fragments_free)

#endif

/* fragments.c
 * A table in which a new datagram takes the place of the one that was there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "many/fragments.h"

enum {
    DATAGRAMS_MAX = 1 << 16
};

typedef struct {
    uint64_t datagram; /* 0: none */
    uint32_t piece;
} place;

struct hr_fragments {
    place places[DATAGRAMS_MAX];
};

hr_fragments *hr_fragments_new(void)
{
    return g_new0(hr_fragments, 1);
}

void hr_fragments_free(hr_fragments *fragments)
{
    g_free(fragments);
}

void hr_fragments_add(hr_fragments *fragments, const hr_flow *flow, uint32_t piece)
{
    fragments->places[flow->datagram % DATAGRAMS_MAX] = (place){flow->datagram, piece};
}

bool hr_fragments_find(hr_fragments *fragments, const hr_flow *flow, uint32_t *piece)
{
    place *found = &fragments->places[flow->datagram % DATAGRAMS_MAX];

    if (flow->datagram == 0 || found->datagram != flow->datagram) {
        return false;
    }
    *piece = found->piece;
    if (flow->is_last) {
        found->datagram = 0;
    }
    return true;
}

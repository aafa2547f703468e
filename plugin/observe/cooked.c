/* cooked.c
 * Sources: LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 of tcpdump.org.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cooked.h"

#include <wiretap/wtap.h>

#include "octets.h"

enum {
    SENT_BY_US = 4
};

typedef struct {
    int encapsulation;
    int length;  /* of its header */
    int type_at; /* of the packet: an octet */
} cooked_header;

static const cooked_header cooked_headers[] = {
    {WTAP_ENCAP_SLL, 16, 1},
    {WTAP_ENCAP_SLL2, 20, 10},
};

static const cooked_header *header_of(const packet_info *pinfo)
{
    const int encapsulation =
        pinfo->rec != NULL ? pinfo->rec->rec_header.packet_header.pkt_encap : WTAP_ENCAP_UNKNOWN;

    for (size_t i = 0; i < G_N_ELEMENTS(cooked_headers); i++) {
        if (cooked_headers[i].encapsulation == encapsulation) {
            return &cooked_headers[i];
        }
    }
    return NULL;
}

hr_way hr_cooked_way(const packet_info *pinfo, tvbuff_t *tvb, int start)
{
    const cooked_header *header = header_of(pinfo);
    tvbuff_t *frame = header != NULL && pinfo->data_src != NULL
                          ? get_data_source_tvb(pinfo->data_src->data)
                          : NULL;

    if (frame == NULL || tvb_get_ds_tvb(tvb) != frame ||
        tvb_raw_offset(tvb) + start != header->length) {
        return HR_WAY_UNKNOWN;
    }
    return tvb_get_ptr(frame, header->type_at, 1)[0] == SENT_BY_US ? HR_WAY_OUT : HR_WAY_IN;
}

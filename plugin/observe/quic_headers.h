/* quic_headers.h
 * Which decoded header section of HTTP/3 belongs to which STREAM frame of a packet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_OBSERVE_QUIC_HEADERS_H
#define HR_OBSERVE_QUIC_HEADERS_H

#include "observe.h"

/** A STREAM frame, where its data lies, and the headers that it completed. */
typedef struct {
    hr_quic_stream stream;
    tvbuff_t *tvb; /**< the data source of the decrypted packet */
    int data;      /**< of its data in tvb */
    bool has_headers;
    hr_h3_headers headers;
} hr_quic_piece;

void hr_quic_headers_init(GArray *wanted);

/** Gives the headers that @tree shows to @pieces, which are in the order of the packet. */
void hr_quic_headers_read(proto_tree *tree, wmem_array_t *pieces);

#endif

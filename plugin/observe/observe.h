/* observe.h
 * Observers turn the fields of one packet into the core's events. They read Wireshark's tree
 * and the packet's bytes, and never what the core made of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_OBSERVE_H
#define HR_OBSERVE_H

#include "../compat.h"

#include <epan/packet.h>

#include "events/recorded.h"

/** A TCP layer of a packet: where its payload lies and whose it is. */
typedef struct {
    hr_connection *connection;
    unsigned from;                  /**< the sending end's index in the connection */
    tvbuff_t *tvb;                  /**< the data source that holds the header */
    int payload_offset;             /**< of the payload in tvb */
    uint32_t payload_length;        /**< on the wire */
    uint32_t seq;                   /**< raw sequence number of the payload */
    struct hr_http1_lines *message; /**< without a tree: the payload is this; else NULL */
    bool is_bare;                   /**< without a tree: there are no fields of it */
} hr_tcp_layer;

/** Looks up the ids of the wanted fields; called in the handoff. */
void hr_observe_tcp_init(GArray *wanted);
void hr_observe_http1_init(GArray *wanted);
void hr_observe_tls_init(GArray *wanted);
void hr_observe_http2_init(GArray *wanted);
void hr_observe_quic_init(GArray *wanted);

/** Adds the field called @name to @wanted where this Wireshark has it; returns its id or -1. */
int hr_observe_want(GArray *wanted, const char *name);

/** The fields with the id @hf, which may be -1, in the order of the tree; NULL: there are none. */
const GPtrArray *hr_observe_fields(proto_tree *tree, int hf);

/** Before the packets of a file: @prime has the tree of the present packet keep the wanted fields,
 * and is called for those that need them, see bare.h; NULL: all packets have such a tree. */
void hr_observe_bare(void (*prime)(void));

/** Whether the packet is an ICMP error: what it quotes travelled in another packet. */
bool hr_observe_is_quoted(const packet_info *pinfo);

/**
 * Reports the packet's TCP layers. Returns false where it has none that could be followed;
 * else *layer is the innermost one.
 */
bool hr_observe_tcp(hr_model *model, const packet_info *pinfo, proto_tree *tree,
                    hr_tcp_layer *layer);

/** Reports for whom a proxy opened the connection, if the segment begins with that; before the
 * messages. */
void hr_observe_proxy_header(hr_model *model, const packet_info *pinfo, const hr_tcp_layer *layer);

/** Whether the packet has HTTP/1 messages, HTTP/2 frames. */
bool hr_observe_has_http1(proto_tree *tree, const hr_tcp_layer *layer);
bool hr_observe_has_http2(proto_tree *tree, const hr_tcp_layer *layer);

/** Reports the packet's TLS records; @has_message: HTTP was found in them. */
void hr_observe_tls(hr_model *model, packet_info *pinfo, proto_tree *tree,
                    const hr_tcp_layer *layer, bool has_message);

/** Reports only its TLS handshake messages; of @layer the connection and the sender count. */
void hr_observe_tls_handshake(hr_model *model, packet_info *pinfo, proto_tree *tree,
                              const hr_tcp_layer *layer);

/** Reports the QUIC packets of a datagram, with the HTTP/3 in them. */
void hr_observe_quic(hr_model *model, packet_info *pinfo, proto_tree *tree);

/** Reports the packet's HTTP/2 frames in the order of the wire. */
void hr_observe_http2(hr_model *model, proto_tree *tree, const hr_tcp_layer *layer);

/** Reports the packet's HTTP/1 messages in the order of the wire. */
void hr_observe_http1(hr_model *model, packet_info *pinfo, proto_tree *tree,
                      const hr_tcp_layer *layer);

/** Reports what begins in the segment's bytes and was not shown; after the messages. */
void hr_observe_http1_bytes(hr_model *model, const packet_info *pinfo, const hr_tcp_layer *layer);

/** ... what the server begins with, where that is of another protocol. */
void hr_observe_first_words(hr_model *model, const hr_tcp_layer *layer);

#endif

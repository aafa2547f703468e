/* flow.h
 * What a packet belongs to, as far as dissection goes: packets with equal keys have to be dissected
 * by one tshark. It reads headers and keeps nothing but the servers that saw a ClientHello.
 *
 *   TCP    both ends; of a TLS server the client's address and the server's end, since a resumed
 *          session needs the one before (RFC 5246 §7.3)
 *   UDP    the end with the lower port: a QUIC client may move (RFC 9000 §9), its server does not
 *   ICMP   an error: the packet that it quotes
 *   else   a later fragment of IP goes where the first one went (fragments.h), since it has no
 *          ports; what cannot be read goes to one place
 *
 * Of a tunnel (VLAN, MPLS, PPPoE, IP in IP, GRE, ERSPAN, VXLAN, Geneve, GTP-U) the innermost
 * counts; what is inside others that tshark knows cannot be read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_MANY_FLOW_H
#define HR_MANY_FLOW_H

#include "many/tls_servers.h"

/** What a frame begins with. */
typedef enum {
    HR_LINK_OTHER,
    HR_LINK_ETHERNET,
    HR_LINK_IP,        /**< no header at all */
    HR_LINK_NULL,      /**< 4 bytes of BSD's loopback */
    HR_LINK_COOKED,    /**< Linux's "any" device */
    HR_LINK_COOKED_V2, /**< likewise */
} hr_link;

typedef enum {
    HR_FLOW_KEYED,
    HR_FLOW_FRAGMENT, /**< not the first one: it belongs to the flow of that */
    HR_FLOW_UNKNOWN,
} hr_flow_kind;

typedef struct {
    hr_flow_kind kind;
    uint64_t key;      /**< of HR_FLOW_KEYED */
    uint64_t server;   /**< of a packet that begins with a ClientHello: where it goes to; else 0 */
    uint64_t datagram; /**< that the innermost fragment is of; 0: it is whole */
    bool is_last;      /**< its last fragment */
} hr_flow;

/** The flow of a packet, whose first @length bytes were captured. */
hr_flow hr_flow_of(hr_link link, const uint8_t *data, size_t length, const hr_tls_servers *servers);

#endif

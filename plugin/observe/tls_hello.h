/* tls_hello.h
 * ClientHello, ServerHello and EncryptedExtensions as bytes: the few parts that say whom the
 * client asked for, what was agreed, and whether a session was resumed (RFC 8446 §4,
 * RFC 5246 §7.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_OBSERVE_TLS_HELLO_H
#define HR_OBSERVE_TLS_HELLO_H

#include "../compat.h"

#include <epan/packet.h>

#include "core/model/event.h"

/** A handshake message, its header read; slices point into the packet or the pool. */
typedef struct {
    hr_tls_message type;
    hr_tls_client_hello client; /**< of a ClientHello */
    hr_tls_server_hello server; /**< of a ServerHello */
    hr_alpn alpn;               /**< of EncryptedExtensions */
    bool accepts_early_data;    /**< of EncryptedExtensions */
    bool is_retry;              /**< a ServerHello that asks for another ClientHello */
    bool has_quic;              /**< quic is valid: ClientHello and EncryptedExtensions */
    hr_quic_parameters quic;
} hr_tls_handshake_message;

/** Reads the handshake message at @offset; what was not captured stays absent. */
hr_tls_handshake_message hr_tls_handshake_read(wmem_allocator_t *pool, tvbuff_t *tvb, int offset);

#endif

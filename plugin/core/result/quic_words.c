/* quic_words.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/quic_words.h"

#include "core/result/fix_kinds.h"

static bool is_quic(const hr_connection *connection)
{
    return connection->transport == HR_TRANSPORT_QUIC;
}

/* A client that has another token, of the program before, takes the reset for noise. */
bool hr_append_forgotten(const hr_told *told, const hr_fix *fix)
{
    if (!hr_fix_is_forgotten(fix)) {
        return false;
    }
    hr_tell(
        told,
        "The server's program was started anew, or a balancer sent the packets to another host or"
        " worker. Let it end by GOAWAY and CONNECTION_CLOSE, let the balancer go by connection"
        " ids, and keep the key of its tokens over a restart (nginx quic_host_key, which is drawn"
        " anew without): a client that cannot tell the reset from noise waits on until a timeout"
        " of its own.",
        "RFC 9000 sections 5.2 and 10.3; ngx_http_v3_module, quic_host_key");
    return true;
}

const char *hr_fix_unheard_over_quic(const hr_fix *fix)
{
    return fix->change == HR_CHANGE_DETECT_DEAD && hr_fix_are_all(fix, is_quic)
               ? "the server's program was started anew: over UDP nothing need say so"
               : NULL;
}

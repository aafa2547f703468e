/* types.c
 * The tokens of the enumerations, one table each, in the order of the enumeration.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/types.h"

static const char *token_of(const char *const *tokens, size_t count, size_t value)
{
    g_return_val_if_fail(value < count, NULL);
    return tokens[value];
}

const char *hr_status_token(hr_status status)
{
    static const char *const tokens[] = {"unknown", "new", "reused"};
    return token_of(tokens, G_N_ELEMENTS(tokens), (size_t)status);
}

const char *hr_delivery_token(hr_delivery delivery)
{
    static const char *const tokens[] = {NULL, "sequential", "pipelined", "multiplexed"};
    return token_of(tokens, G_N_ELEMENTS(tokens), (size_t)delivery);
}

const char *hr_protocol_token(hr_protocol protocol)
{
    static const char *const tokens[] = {NULL, "http/1.0", "http/1.1", "h2", "h3"};
    return token_of(tokens, G_N_ELEMENTS(tokens), (size_t)protocol);
}

const char *hr_transport_token(hr_transport transport)
{
    static const char *const tokens[] = {"tcp", "quic", "tunnel"};
    return token_of(tokens, G_N_ELEMENTS(tokens), (size_t)transport);
}

const char *hr_side_token(hr_side side)
{
    static const char *const tokens[] = {NULL, "client", "server", "both"};
    return token_of(tokens, G_N_ELEMENTS(tokens), (size_t)side);
}

const char *hr_why_token(hr_why why)
{
    static const char *const tokens[] = {
        NULL,
        "first-contact",
        "all-busy",
        "streams-exhausted",
        "previous-closed",
        "idle-available",
        "capture-started-late",
        "other-address",
    };
    return token_of(tokens, G_N_ELEMENTS(tokens), (size_t)why);
}

const char *hr_close_cause_token(hr_close_cause cause)
{
    static const char *const tokens[HR_CLOSE_COUNT] = {
        [HR_CLOSE_NONE] = NULL,
        [HR_CLOSE_SETUP_FAILED] = "setup-failed",
        [HR_CLOSE_UPGRADED] = "upgraded",
        [HR_CLOSE_TUNNELLED] = "tunnelled",
        [HR_CLOSE_STALE_RACE] = "stale-race",
        [HR_CLOSE_REQUEST_ABORTED] = "request-aborted",
        [HR_CLOSE_HTTP10] = "http10",
        [HR_CLOSE_SERVER_ERROR_CLOSE] = "server-error-close",
        [HR_CLOSE_MAX_AGE] = "max-age",
        [HR_CLOSE_REQUEST_LIMIT] = "request-limit",
        [HR_CLOSE_GOAWAY] = "goaway",
        [HR_CLOSE_CLIENT_CLOSE_HEADER] = "client-close-header",
        [HR_CLOSE_SERVER_CLOSE_HEADER] = "server-close-header",
        [HR_CLOSE_UNUSED] = "unused",
        [HR_CLOSE_CLIENT_EXIT] = "client-exit",
        [HR_CLOSE_SERVER_EXIT] = "server-exit",
        [HR_CLOSE_SERVER_RELOAD] = "server-reload",
        [HR_CLOSE_IDLE_DROPPED] = "idle-dropped",
        [HR_CLOSE_REQUEST_CANCELLED] = "request-cancelled",
        [HR_CLOSE_BODY_UNDRAINED] = "body-undrained",
        [HR_CLOSE_POOL_LIMIT] = "pool-limit",
        [HR_CLOSE_SERVER_IDLE_TIMEOUT] = "server-idle-timeout",
        [HR_CLOSE_CLIENT_IDLE_TIMEOUT] = "client-idle-timeout",
        [HR_CLOSE_CLIENT_CLOSE] = "client-close",
        [HR_CLOSE_SERVER_CLOSE] = "server-close",
        [HR_CLOSE_OPEN_AT_END] = "open-at-end",
        [HR_CLOSE_UNKNOWN] = "unknown",
    };
    return token_of(tokens, G_N_ELEMENTS(tokens), (size_t)cause);
}

const char *hr_certainty_token(hr_certainty certainty)
{
    static const char *const tokens[] = {NULL, "certain", "likely"};
    return token_of(tokens, G_N_ELEMENTS(tokens), (size_t)certainty);
}

const char *hr_tls_handshake_token(hr_tls_handshake handshake)
{
    static const char *const tokens[] = {NULL, "none", "full", "resumed", "early-data"};
    return token_of(tokens, G_N_ELEMENTS(tokens), (size_t)handshake);
}

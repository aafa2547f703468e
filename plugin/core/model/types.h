/* types.h
 * The words of the product as enumerations, and the tokens that every output prints for them.
 *
 * Times are int64_t nanoseconds since the epoch, durations int64_t nanoseconds; a time that is
 * not known is HR_TIME_NONE, never 0. Tokens are static strings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_TYPES_H
#define HR_CORE_MODEL_TYPES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define HR_TIME_NONE INT64_MIN
#define HR_NS_PER_US INT64_C(1000)
#define HR_NS_PER_MS INT64_C(1000000)
#define HR_NS_PER_S INT64_C(1000000000)

/** How long TCP waits before it takes what nobody acknowledged for lost: RFC 6298 §2.1. */
#define HR_INITIAL_RTO_NS (1 * HR_NS_PER_S)

/** A server that says GOAWAY closes soon: Go's after 1 s (http2 goAwayTimeout), Envoy's after 5 s
 * (drain_timeout). What comes later is another event. */
#define HR_FAREWELL_WITHIN_NS (6 * HR_NS_PER_S)

/** What comes before 1970 or after pcap's last second, in 2106, is taken for its limit: a capture
 * may claim any time, and neither differences nor sums of two of these overflow. */
#define HR_TIME_LATEST (((INT64_C(1) << 32) - 1) * HR_NS_PER_S + (HR_NS_PER_S - 1))

/** Whether a request paid for its connection. */
typedef enum {
    HR_STATUS_UNKNOWN,
    HR_STATUS_NEW,
    HR_STATUS_REUSED,
} hr_status;

/** What was outstanding on the connection when a request was sent. */
typedef enum {
    HR_DELIVERY_UNKNOWN, /**< something may have been: an answer that nobody was shown */
    HR_DELIVERY_SEQUENTIAL,
    HR_DELIVERY_PIPELINED,
    HR_DELIVERY_MULTIPLEXED,
} hr_delivery;

typedef enum {
    HR_PROTOCOL_UNKNOWN,
    HR_PROTOCOL_HTTP10,
    HR_PROTOCOL_HTTP11,
    HR_PROTOCOL_H2,
    HR_PROTOCOL_H3,
} hr_protocol;

/** What the first bytes of a server say that it speaks. */
typedef enum {
    HR_SPOKEN_UNKNOWN,
    HR_SPOKEN_HTTP1, /**< a status line of HTTP/1 */
    HR_SPOKEN_H2,    /**< SETTINGS (RFC 9113 section 3.4) */
    HR_SPOKEN_TLS,   /**< an alert (RFC 8446 section 6) */
} hr_spoken;

typedef enum {
    HR_TRANSPORT_TCP,
    HR_TRANSPORT_QUIC,
    HR_TRANSPORT_TUNNEL,
} hr_transport;

/** One of the two ends; HR_SIDE_NONE where nobody, or nobody known, did it. */
typedef enum {
    HR_SIDE_NONE,
    HR_SIDE_CLIENT,
    HR_SIDE_SERVER,
    HR_SIDE_BOTH,
} hr_side;

/** Why a connection was opened; HR_WHY_NONE: its opening is not in the capture. */
typedef enum {
    HR_WHY_NONE,
    HR_WHY_FIRST_CONTACT,
    HR_WHY_ALL_BUSY,
    HR_WHY_STREAMS_EXHAUSTED,
    HR_WHY_PREVIOUS_CLOSED,
    HR_WHY_IDLE_AVAILABLE,
    HR_WHY_CAPTURE_STARTED_LATE,
    HR_WHY_OTHER_ADDRESS,
    HR_WHY_COUNT,
} hr_why;

/** Why a connection ended. The order is the order of judgement: the first that applies is it. */
typedef enum {
    HR_CLOSE_NONE,
    HR_CLOSE_SETUP_FAILED,
    HR_CLOSE_UPGRADED,
    HR_CLOSE_TUNNELLED,
    HR_CLOSE_STALE_RACE,
    HR_CLOSE_REQUEST_ABORTED,
    HR_CLOSE_HTTP10,
    HR_CLOSE_SERVER_ERROR_CLOSE,
    HR_CLOSE_MAX_AGE,
    HR_CLOSE_REQUEST_LIMIT,
    HR_CLOSE_GOAWAY,
    HR_CLOSE_CLIENT_CLOSE_HEADER,
    HR_CLOSE_SERVER_CLOSE_HEADER,
    HR_CLOSE_UNUSED,
    HR_CLOSE_CLIENT_EXIT,
    HR_CLOSE_SERVER_EXIT,
    HR_CLOSE_SERVER_RELOAD,
    HR_CLOSE_IDLE_DROPPED,
    HR_CLOSE_REQUEST_CANCELLED,
    HR_CLOSE_BODY_UNDRAINED,
    HR_CLOSE_POOL_LIMIT,
    HR_CLOSE_SERVER_IDLE_TIMEOUT,
    HR_CLOSE_CLIENT_IDLE_TIMEOUT,
    HR_CLOSE_CLIENT_CLOSE,
    HR_CLOSE_SERVER_CLOSE,
    HR_CLOSE_OPEN_AT_END,
    HR_CLOSE_UNKNOWN,
    HR_CLOSE_COUNT,
} hr_close_cause;

/** How sure a cause is: a message says so, or a pattern does. */
typedef enum {
    HR_CERTAINTY_NONE,
    HR_CERTAINTY_CERTAIN,
    HR_CERTAINTY_LIKELY,
} hr_certainty;

/** The TLS handshake of a connection; HR_TLS_UNKNOWN: the opening is not in the capture. */
typedef enum {
    HR_TLS_UNKNOWN,
    HR_TLS_NONE,
    HR_TLS_FULL,
    HR_TLS_RESUMED,
    HR_TLS_EARLY_DATA,
} hr_tls_handshake;

/** Whether the whole answer was seen on the wire. */
typedef enum {
    HR_COMPLETE_UNKNOWN,
    HR_COMPLETE_NO,
    HR_COMPLETE_YES,
} hr_complete;

/**
 * The token of an enumeration's value, or NULL where the value means that the fact is absent
 * (HR_WHY_NONE, HR_SIDE_NONE, ...). HR_STATUS_UNKNOWN and HR_CLOSE_UNKNOWN are facts: "unknown".
 */
const char *hr_status_token(hr_status status);
const char *hr_delivery_token(hr_delivery delivery);
const char *hr_protocol_token(hr_protocol protocol);
const char *hr_transport_token(hr_transport transport);
const char *hr_side_token(hr_side side);
const char *hr_why_token(hr_why why);
const char *hr_close_cause_token(hr_close_cause cause);
const char *hr_certainty_token(hr_certainty certainty);
const char *hr_tls_handshake_token(hr_tls_handshake handshake);

#endif

/* fields.h
 * The fields of the protocol, one row each: the name in the source, the filter name behind
 * "http_reuse.", the label, the type, and what it means. Registration, the enumeration and the
 * reference in plugin/doc all come from here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_TREE_FIELDS_H
#define HR_PRESENT_TREE_FIELDS_H

/* clang-format off */
#define HR_FIELDS(X) \
    X(THING, "thing", "Thing", NONE, "One of several things that a frame shows: a request, an answer, an opening, an ending") \
    X(CONNECTION, "connection", "Connection", UINT32, "Ordinal by opening among all connections of the capture") \
    X(REQUEST, "request", "Request", BOOLEAN, "Present once for each request, on its frame") \
    X(STATUS, "status", "Status", STRING, "new, reused or unknown: whether the request paid for its connection") \
    X(REUSED, "reused", "Reused", BOOLEAN, "The request ran on a connection that had carried another; absent when unknown") \
    X(NUMBER, "number", "Request number", UINT32, "Ordinal of the request on its connection") \
    X(NUMBER_LOWER_BOUND, "number.lower_bound", "Number is a lower bound", BOOLEAN, "Requests that are not in the capture may have gone before") \
    X(DELIVERY, "delivery", "Delivery", STRING, "sequential, pipelined or multiplexed") \
    X(CONCURRENCY, "concurrency", "Concurrency", UINT32, "Requests outstanding on the connection when it was sent, itself included") \
    X(IDLE, "idle", "Idle", RELATIVE_TIME, "How long the connection had been idle when the request was sent") \
    X(SETUP, "setup", "Setup", RELATIVE_TIME, "From the SYN to the moment the connection could carry a request") \
    X(SETUP_TCP, "setup.tcp", "TCP handshake", RELATIVE_TIME, "From the SYN to the client's ACK") \
    X(SETUP_TLS, "setup.tls", "TLS handshake", RELATIVE_TIME, "The TLS handshake's share of the setup") \
    X(PROTOCOL, "protocol", "Protocol", STRING, "http/1.0, http/1.1, h2 or h3") \
    X(STREAM, "stream", "Stream", UINT64, "HTTP/2 or HTTP/3 stream id") \
    X(AUTHORITY, "authority", "Authority", STRING, "Host or :authority of the request") \
    X(TLS_HANDSHAKE, "tls.handshake", "TLS handshake kind", STRING, "none, full, resumed or early-data") \
    X(TLS_VERSION, "tls.version", "TLS version", STRING, "Negotiated TLS version") \
    X(TLS_ALPN, "tls.alpn", "ALPN", STRING, "Application protocol of the TLS connection") \
    X(TLS_ALPN_OFFERED, "tls.alpn.offered", "ALPN is the offer", BOOLEAN, "What was agreed cannot be seen; this is what the client offered") \
    X(TLS_SNI, "tls.sni", "Server name", STRING, "Name in the ClientHello") \
    X(WHY_NEW, "why_new", "Why new", STRING, "Why the connection was opened") \
    X(WHY_NEW_CONNECTION, "why_new.connection", "Explained by connection", UINT32, "The connection that explains the opening") \
    X(WHY_NEW_FRAME, "why_new.opened_in", "Explained by the one opened in", FRAMENUM, "The opening, else the first packet, of the connection that explains this one") \
    X(WHY_NEW_SHARED, "why_new.shares_address", "Another name at this address", BOOLEAN, "A first contact with this name at an address that served another one before") \
    X(CLOSE_CAUSE, "close.cause", "Close cause", STRING, "Why the connection ended") \
    X(CLOSE_BY, "close.by", "Close decided by", STRING, "client or server: who decided to end it") \
    X(CLOSE_FIRST_FIN, "close.first_fin", "First FIN or RST", STRING, "client or server: who sent the first FIN or RST") \
    X(CLOSE_RESET_HOPS, "close.reset_hops", "Hop limit of the reset", UINT32, "TTL or hop limit of the reset that ended the connection, where it differs from all other packets of that end: another host may have sent it") \
    X(CLOSE_USUAL_HOPS, "close.usual_hops", "Hop limit of the others", UINT32, "TTL or hop limit of all other packets of the end in whose name that reset came") \
    X(CLOSE_CERTAINTY, "close.certainty", "Close certainty", STRING, "certain: a message says so; likely: a pattern does") \
    X(CLOSE_AFTER_IDLE, "close.after_idle", "Closed after idle", RELATIVE_TIME, "How long the connection had been idle when it was closed") \
    X(CLOSE_TIMER, "close.timer", "Fitting timeout", STRING, "A default timeout of common software that fits the idle time") \
    X(CLOSE_LIMIT, "close.limit", "Limit", UINT32, "Requests on a connection (request-limit) or idle connections in the pool (pool-limit), as announced or inferred") \
    X(CLOSE_TIME_WAIT, "close.time_wait", "TIME_WAIT", STRING, "client, server or both: whose socket stays in TIME_WAIT") \
    X(ADVICE, "advice", "Advice", STRING, "What to do about the findings here, in the words of the library that User-Agent names") \
    X(FIRST_REQUEST_IN, "first_request_in", "First request in", FRAMENUM, "The first request on this connection") \
    X(PREVIOUS_REQUEST_IN, "previous_request_in", "Previous request in", FRAMENUM, "The request before this one on the connection") \
    X(NEXT_REQUEST_IN, "next_request_in", "Next request in", FRAMENUM, "The request after this one on the connection") \
    X(REQUEST_IN, "request_in", "Request in", FRAMENUM, "The request that this answers") \
    X(RESPONSE_IN, "response_in", "Response in", FRAMENUM, "The answer to this request") \
    X(UPSTREAM_IN, "upstream_in", "Upstream request in", FRAMENUM, "The request of a proxy that passes this one on to its upstream; where both sides were captured") \
    X(DOWNSTREAM_IN, "downstream_in", "Downstream request in", FRAMENUM, "The request of a proxy's client that this one passes on; where both sides were captured") \
    X(OPENED_IN, "opened_in", "Opened in", FRAMENUM, "The SYN of this connection") \
    X(CLOSED_IN, "closed_in", "Closed in", FRAMENUM, "The first FIN or RST of this connection") \
    X(TIME, "time", "Time", RELATIVE_TIME, "From the first byte of the request to the last byte of its answer") \
    X(COMPLETE, "complete", "Answer complete", BOOLEAN, "Whether the whole answer was seen; absent when unknown") \
    X(GOAWAY_BY, "goaway.by", "GOAWAY by", STRING, "client or server: who sent the first GOAWAY") \
    X(GOAWAY_ERROR, "goaway.error", "GOAWAY error", UINT32, "Error code in the GOAWAYs of the side that sent one first: the first that is not 0") \
    X(GOAWAY_DEBUG, "goaway.debug", "GOAWAY debug data", STRING, "Debug data of the GOAWAY with the error code, else of the first: a text for people") \
    X(GOAWAY_LAST_STREAM, "goaway.last_stream", "GOAWAY last stream", UINT32, "Last stream id in the last GOAWAY of the side that sent one first") \
    X(PROBE_BY, "probe.by", "Probe by", STRING, "client or server: who sent the TCP keep-alive probe") \
    X(PROBE_INTERVAL, "probe.interval", "Probe interval", RELATIVE_TIME, "Since the packet before the probe") \
    X(CALL_SITE, "call.site", "Called from", STRING, "The line of the program's code that made the request, as the program told it (-X http_reuse:trace=FILE)") \
    X(CALL_FUNCTION, "call.function", "Function", STRING, "The function that the line of code stands in, as the program told it") \
    X(CALL_METHOD, "call.method", "Method", STRING, "The method of the request, as the program told it: of a call in TLS that nobody can read") \
    X(CALL_HOST, "call.host", "Host", STRING, "The host that the program asked, as it told it: of a call in TLS that nobody can read") \
    X(CALL_PATH, "call.path", "Path", STRING, "The path that the program asked for, without the query, as it told it: of a call in TLS that nobody can read") \
    X(CALL_ERROR, "call.error", "Error", STRING, "With what the call failed, as the program told it") \
    X(LEFT_OUT, "left_out", "Left out", UINT32, "Further requests, answers, openings and endings of this frame, which only the reports have") \
    X(SHOW_WITH, "show_with", "Shown with", STRING, "The option that would show what looks like HTTP as such") \
    X(SUMMARY_REQUESTS, "summary.requests", "Requests", UINT32, "Requests in the capture") \
    X(SUMMARY_NEW, "summary.new", "New", UINT32, "Requests on a new connection") \
    X(SUMMARY_REUSED, "summary.reused", "Reused", UINT32, "Requests on a reused connection") \
    X(SUMMARY_UNKNOWN, "summary.unknown", "Unknown", UINT32, "Requests of which it is not known whether they ran on a new connection") \
    X(SUMMARY_REUSE_RATIO, "summary.reuse_ratio", "Reuse ratio", DOUBLE, "Reused over new and reused") \
    X(SUMMARY_CONNECTIONS, "summary.connections", "Connections", UINT32, "Connections that are judged: with HTTP, TLS that may carry it, or nothing to a server that speaks it elsewhere") \
    X(SUMMARY_UNUSED, "summary.unused", "Unused connections", UINT32, "Connections that carried no request") \
    X(SUMMARY_OPAQUE, "summary.opaque", "Opaque connections", UINT32, "TLS connections without keys") \
    X(SUMMARY_TLS_FULL, "summary.tls_full", "Full TLS handshakes", UINT32, "Full TLS handshakes") \
    X(SUMMARY_TLS_RESUMED, "summary.tls_resumed", "Resumed TLS handshakes", UINT32, "Resumed TLS handshakes") \
    X(SUMMARY_AVOIDABLE, "summary.avoidable_connections", "Avoidable connections", UINT32, "Opened connections that a perfect pool would not have opened") \
    X(SUMMARY_AVOIDABLE_SETUP, "summary.avoidable_setup", "Avoidable setup", RELATIVE_TIME, "Setup time of the avoidable connections") \
    X(SUMMARY_SAVED_SETUP, "summary.saved_setup", "Saved setup", RELATIVE_TIME, "What the reused requests would have paid at the median setup") \
    X(SUMMARY_TIME_WAIT_CLIENT, "summary.time_wait_client", "Peak TIME_WAIT, clients", UINT32, "Most sockets in TIME_WAIT on the clients' side at one time") \
    X(SUMMARY_TIME_WAIT_SERVER, "summary.time_wait_server", "Peak TIME_WAIT, servers", UINT32, "Most sockets in TIME_WAIT on the servers' side at one time") \
    X(SUMMARY_OTHER, "summary.other_connections", "Other connections", UINT32, "TCP connections that carried no HTTP") \
    X(SUMMARY_COPIES, "summary.captured_twice", "Captured twice", UINT32, "Connections that are others again, behind a NAT by their sequence numbers, and count once")
/* clang-format on */

typedef enum {
#define HR_FIELD_ID(id, name, label, type, blurb) HR_FIELD_##id,
    HR_FIELDS(HR_FIELD_ID)
#undef HR_FIELD_ID
    HR_FIELD_COUNT,
} hr_field;

#endif

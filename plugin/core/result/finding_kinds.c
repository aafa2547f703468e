/* finding_kinds.c
 * The table of findings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/findings.h"

static const hr_finding_kind kinds[HR_FINDING_COUNT] = {
    [HR_FINDING_NEW_CONNECTION] = {"new_connection", HR_SEVERITY_CHAT, HR_GROUP_SEQUENCE,
                                   "Request on a new connection",
                                   "The request waited for a connection to be set up.", "",
                                   "RFC 9112 section 9.3"},
    [HR_FINDING_MISSED_REUSE] =
        {"missed_reuse", HR_SEVERITY_WARNING, HR_GROUP_SEQUENCE,
         "Connection opened although an idle one was available",
         "An open, idle connection to the same origin could have carried this request.",
         "Share one client object (in Go one http.Client and its Transport) among all callers, and"
         " read every answer to its end. Another process or pool at the same address, or an answer"
         " that was never read to its end, explains it as well; and after a long rest a device on"
         " the client's side that had forgotten the idle one, where the capture was made at the"
         " server.",
         "RFC 9112 section 9.3"},
    [HR_FINDING_BODY_UNDRAINED] =
        {"body_undrained", HR_SEVERITY_WARNING, HR_GROUP_SEQUENCE,
         "Connection lost, likely because the answer was not read to its end",
         "A client that closes an answer unread cannot use its connection again.",
         "Read each body to its end before closing it (in Go io.Copy(io.Discard, resp.Body), then"
         " resp.Body.Close()). A cancelled request looks the same where the answer was cut short.",
         "Go net/http, Response.Body; RFC 9112 section 9.6"},
    [HR_FINDING_CLOSED_AFTER_ANSWER] =
        {"closed_after_answer", HR_SEVERITY_NOTE, HR_GROUP_SEQUENCE,
         "Client closed the connection right after a complete answer",
         "Nothing announced it. An unread body, a client object or process for each call, the end"
         " of the program, and a pool that keeps only a few connections all look like this.",
         "If more requests follow: read bodies to their end and share one client object.",
         "RFC 9112 section 9.6"},
    [HR_FINDING_POOL_LIMIT] =
        {"pool_limit", HR_SEVERITY_WARNING, HR_GROUP_SEQUENCE,
         "Connection closed, likely because the client's pool keeps only a few idle ones",
         "More requests ran at once than the pool keeps idle connections; the rest are closed and"
         " opened again with the next burst.",
         "Raise the number of idle connections kept for a host (in Go"
         " Transport.MaxIdleConnsPerHost, 2 by default), or bound the concurrency.",
         "Go net/http, Transport.MaxIdleConnsPerHost"},
    [HR_FINDING_STALE_REUSE] =
        {"stale_reuse", HR_SEVERITY_ERROR, HR_GROUP_SEQUENCE,
         "Request died on a connection that the server was closing",
         "The server, or a device between in its name, closed the idle connection while the request"
         " was on its way.",
         "Let the client drop idle connections before the server does (a shorter idle timeout), and"
         " retry what is idempotent.",
         "RFC 9112 section 9.5, RFC 9110 section 9.2.2"},
    [HR_FINDING_REQUEST_ABORTED] =
        {"request_aborted", HR_SEVERITY_ERROR, HR_GROUP_SEQUENCE,
         "Request that the server took and never answered",
         "The server acknowledged the request and ended the connection without one byte of an"
         " answer. It may have had an effect.",
         "Look into the server's log for that moment: a crash, a killed worker, a deadline of its"
         " own, or its upstream. Keep-alive has no part in it.",
         "RFC 9110 section 9.2.2"},
    [HR_FINDING_ANSWER_CUT] =
        {"answer_cut", HR_SEVERITY_WARNING, HR_GROUP_SEQUENCE,
         "Answer cut short: the server closed in the middle of it",
         "Its length, or its last chunk, was not reached. The client has a part of it, and has to"
         " take it for an error.",
         "Look into the server's log for that moment: a crash, a killed worker, a deadline of its"
         " own, its upstream, or a Content-Length that is larger than what it sends.",
         "RFC 9112 section 8"},
    [HR_FINDING_UPSTREAM_FAILURE] =
        {"upstream_failure", HR_SEVERITY_NOTE, HR_GROUP_SEQUENCE,
         "Request failed because the proxy's own request to its upstream did",
         "The proxy passed it on and got no answer. It is one loss: the finding of the proxy's"
         " request, behind it, tells what happened.",
         "", "RFC 9110 sections 15.6.3 and 15.6.5"},
    [HR_FINDING_REQUEST_CANCELLED] =
        {"request_cancelled", HR_SEVERITY_NOTE, HR_GROUP_SEQUENCE,
         "Request given up by the client before a byte of its answer",
         "A cancel, or a timeout of the client's own: on HTTP/1 it costs the connection.",
         "Where several waited equally long, it is a timeout: raise it, or make the server faster.",
         "RFC 9112 section 9.5"},
    [HR_FINDING_SERVER_CLOSED_AFTER_ANSWER] =
        {"server_closed_after_answer", HR_SEVERITY_NOTE, HR_GROUP_SEQUENCE,
         "Server closed the connection right after a complete answer",
         "No Connection: close announced it: the client may have sent another request already.",
         "Let the server keep connections alive, or say Connection: close.",
         "RFC 9112 section 9.6"},
    [HR_FINDING_IDLE_CLOSE] =
        {"idle_close", HR_SEVERITY_NOTE, HR_GROUP_SEQUENCE, "Idle connection closed by a timeout",
         "It was idle for as long as a timeout allows.",
         "Where requests come less often than that, the timeout decides whether they find a"
         " connection. The client's should be the shorter one.",
         "RFC 9112 section 9.5"},
    [HR_FINDING_CLOSE_ANNOUNCED] =
        {"close_announced", HR_SEVERITY_NOTE, HR_GROUP_PROTOCOL,
         "Message announces the end of the connection",
         "Connection: close, or HTTP/1.0 without keep-alive: no request may follow.", "",
         "RFC 9112 section 9.6"},
    [HR_FINDING_REQUEST_LIMIT] =
        {"request_limit", HR_SEVERITY_NOTE, HR_GROUP_PROTOCOL,
         "Connection ended after a fixed number of requests",
         "Servers bound how many requests a connection may carry, and so do proxies towards their"
         " upstream.",
         "Raise the limit (nginx keepalive_requests, in the upstream block where it is the proxy's;"
         " Apache MaxKeepAliveRequests) where clients are trusted and busy.",
         "RFC 9112 section 9.5"},
    [HR_FINDING_MAX_AGE] =
        {"max_age", HR_SEVERITY_NOTE, HR_GROUP_PROTOCOL,
         "Connection ended at an age that others ended at as well",
         "Servers, proxies and pools bound how old a connection may become, whatever it carries.",
         "Where a new connection is dear, raise the age (gRPC MAX_CONNECTION_AGE, nginx"
         " keepalive_time, a pool's time to live).",
         "gRFC A9; nginx, keepalive_time"},
    [HR_FINDING_GOAWAY] =
        {"goaway", HR_SEVERITY_NOTE, HR_GROUP_PROTOCOL, "GOAWAY: no new request may follow",
         "Streams up to the last stream id it names are finished, later ones were not processed.",
         "Requests on later streams can be sent again on another connection.",
         "RFC 9113 section 6.8"},
    [HR_FINDING_STREAMS_EXHAUSTED] =
        {"streams_exhausted", HR_SEVERITY_NOTE, HR_GROUP_PROTOCOL,
         "Connection opened because the other had all its streams open",
         "The server allows only so many streams at a time on a connection.",
         "Raise SETTINGS_MAX_CONCURRENT_STREAMS at the server, or bound the concurrency.",
         "RFC 9113 section 5.1.2"},
    [HR_FINDING_HANDSHAKE_RACE] =
        {"handshake_race", HR_SEVERITY_NOTE, HR_GROUP_SEQUENCE,
         "Parallel connection that was opened and carried no request",
         "Several connections were opened at the same time, and this one was not needed.",
         "Warm the pool with one request before a burst, or bound the number of connections.",
         "RFC 9113 section 9.1"},
    [HR_FINDING_UNUSED_CONNECTION] = {"unused_connection", HR_SEVERITY_NOTE, HR_GROUP_SEQUENCE,
                                      "Connection closed without having carried a request",
                                      "It was opened, and closed by the client, without a byte.",
                                      "", "RFC 9112 section 9.4"},
    [HR_FINDING_FULL_HANDSHAKE] =
        {"full_handshake", HR_SEVERITY_NOTE, HR_GROUP_PROTOCOL,
         "Full TLS handshake although a session of this name could be resumed",
         "A session ticket or id for this name had reached this client before.",
         "See whether the ClientHello offers the session: if not, give the client a session cache"
         " (in Go tls.Config.ClientSessionCache) and share it; if it does, the server refused it"
         " (ticket keys that are not shared among servers, or too old a ticket).",
         "RFC 8446 section 2.2, RFC 5077"},
    [HR_FINDING_MISDIRECTED] =
        {"misdirected", HR_SEVERITY_NOTE, HR_GROUP_RESPONSE_CODE, "421 Misdirected Request",
         "The server does not serve this name on this connection; the client has to open another.",
         "", "RFC 9110 section 15.5.20"},
    [HR_FINDING_IDLE_DROPPED] =
        {"idle_dropped", HR_SEVERITY_WARNING, HR_GROUP_SEQUENCE,
         "Request into a connection that was forgotten or cut on the way",
         "Not one packet comes back, no acknowledgement either: after a long idle time a NAT or"
         " load balancer may have forgotten the connection, in use the way is cut. Over QUIC the"
         " server forgets it without a word once its idle timeout has passed. Or a reset, whose hop"
         " limit tells that a device between may have sent it.",
         "Close idle connections sooner than the middlebox forgets them, or probe more often. In"
         " use, let the client notice it: by PINGs over HTTP/2, by a deadline over HTTP/1, or by"
         " TCP_USER_TIMEOUT on Linux.",
         "RFC 5382 section 5, RFC 5482"},
    [HR_FINDING_UNSOLICITED_BYTES] =
        {"unsolicited_bytes", HR_SEVERITY_WARNING, HR_GROUP_PROTOCOL,
         "Connection lost: the server sent bytes beyond the end of its answer",
         "The answer was over by its own length. What follows it answers nothing, and a client that"
         " finds it has to give the connection up.",
         "Let the server, or what writes its answers, send exactly what Content-Length or the"
         " chunks announce, and no body to HEAD and with 204 and 304.",
         "RFC 9112 section 6.3"},
    [HR_FINDING_KEEP_ALIVE_PROBE] = {"keep_alive_probe", HR_SEVERITY_CHAT, HR_GROUP_SEQUENCE,
                                     "TCP keep-alive probe",
                                     "It holds the TCP connection, but resets no timer of HTTP.",
                                     "", "RFC 9293 section 3.8.4"},
    [HR_FINDING_TLS_OPAQUE] =
        {"tls_opaque", HR_SEVERITY_NOTE, HR_GROUP_PROTOCOL,
         "TLS connection without keys: its requests cannot be seen",
         "It is judged as a connection: why it was opened, how it was set up, why it ended.",
         "Give Wireshark the TLS keys (SSLKEYLOGFILE; in Go tls.Config.KeyLogWriter) to see the"
         " requests.",
         "Wireshark wiki, TLS"},
    [HR_FINDING_NOT_DISSECTED] =
        {"not_dissected", HR_SEVERITY_NOTE, HR_GROUP_PROTOCOL,
         "What looks like HTTP, or is TLS that may be, and is not shown as HTTP",
         "HTTP/2's preface on a port that Wireshark does not know, HTTP/2 of which the"
         " answers are shown and the requests are not, TLS on a port that it takes for another"
         " protocol's, TLS without ALPN and keys on one that is not among those of HTTP, or"
         " TLS whose ClientHello is not in the capture. One finding a server.",
         "Tell Wireshark what it is (Decode As, or -d tcp.port==PORT,http2 or ...,tls; the"
         " preference http.tls.port), or give it the TLS keys (SSLKEYLOGFILE); begin the capture"
         " before the connections.",
         "RFC 9113 section 3.4, RFC 7301"},
    [HR_FINDING_SUMMARY] = {"summary", HR_SEVERITY_NOTE, HR_GROUP_COMMENTS,
                            "HTTP connection reuse of the whole capture", "Totals of the capture.",
                            "", ""},
};

const hr_finding_kind *hr_finding_kind_of(hr_finding_code code)
{
    g_return_val_if_fail(code < HR_FINDING_COUNT, NULL);
    return &kinds[code];
}

const char *hr_severity_token(hr_severity severity)
{
    static const char *const tokens[] = {"chat", "note", "warning", "error"};
    return tokens[severity];
}

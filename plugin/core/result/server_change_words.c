/* server_change_words.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/server_change_words.h"

static const hr_change_words rows[HR_CHANGE_COUNT] = {
    [HR_CHANGE_NO_SERVER_CLOSE] =
        {false,
         " whose server said Connection: close with an answer",
         {0},
         HR_TOPIC_SERVE,
         "Turn on the server's keep-alive, or raise what bounds it (nginx: keepalive_timeout 0"
         " turns it off, 75 s by default; Apache: KeepAlive On; HAProxy: option httpclose;"
         " gunicorn: the sync worker has none, gthread does; unicorn and php -S have none; Node.js:"
         " maxRequestsPerSocket; Go: SetKeepAlivesEnabled). Where it says so with errors only, mend"
         " these.",
         NULL,
         NULL,
         "ngx_http_core_module, keepalive_timeout; Apache httpd, core, KeepAlive; HAProxy, option"
         " httpclose; gunicorn, Settings, keepalive; unicorn, lib/unicorn/http_response.rb; PHP,"
         " sapi/cli/php_cli_server.c; Node.js, server.maxRequestsPerSocket; net/http,"
         " Server.SetKeepAlivesEnabled",
         NULL},
    [HR_CHANGE_MEND_ERRORS] =
        {false,
         " that ended on an error answer",
         {0},
         HR_TOPIC_NONE,
         "Mend what the error is about, not keep-alive: a server that does not read a request to"
         " its end has to close (413: the body is larger than it takes, in nginx"
         " client_max_body_size; 400: the request is malformed, or it came in the clear to a port"
         " that speaks TLS, http:// for https://; 408: it came too slowly; 401 and 403: it was sent"
         " with its body before it was allowed, Expect: 100-continue would ask first).",
         NULL,
         NULL,
         "RFC 9110 sections 10.1.1, 15.5.9 and 15.5.14; RFC 9112 section 9.6;"
         " ngx_http_core_module, client_max_body_size",
         NULL},
    [HR_CHANGE_RAISE_REQUEST_LIMIT] =
        {false,
         " ended after a fixed number of requests",
         {0},
         HR_TOPIC_NONE,
         "Raise the limit of requests on a connection (nginx keepalive_requests, 1000 by default;"
         " Apache MaxKeepAliveRequests, 100; Tomcat maxKeepAliveRequests, 100; Node.js"
         " server.maxRequestsPerSocket, none) where clients are trusted and busy.",
         NULL,
         NULL,
         "ngx_http_core_module, keepalive_requests; Apache httpd, core, MaxKeepAliveRequests;"
         " Tomcat, HTTP Connector; Node.js, server.maxRequestsPerSocket",
         NULL},
    [HR_CHANGE_RAISE_MAX_AGE] =
        {false,
         " ended at the same age",
         {0},
         HR_TOPIC_NONE,
         "Where new connections are dear, raise the age that is allowed: the server's (gRPC"
         " MAX_CONNECTION_AGE, none by default; nginx keepalive_time, 1 h), a proxy's (nginx"
         " keepalive_time in the upstream block, 1 h), or the time to live in the client's pool.",
         NULL,
         "runs of a program that all take as long",
         "gRPC, Keepalive; ngx_http_core_module and ngx_http_upstream_module, keepalive_time",
         NULL},
    [HR_CHANGE_SEND_EXACT] =
        {false,
         " given up by the client because the server's answer ended otherwise than it said",
         {0},
         HR_TOPIC_NONE,
         "Let the server, or what writes its answers, say one Content-Length at most, send exactly"
         " what that or the chunks announce, and no body to HEAD and with 204 and 304.",
         NULL,
         NULL,
         "RFC 9112 sections 6.3 and 9.6; RFC 9110 sections 9.3.2, 15.3.5 and 15.4.5",
         NULL},
    [HR_CHANGE_LENGTHEN_SERVER_IDLE] =
        {false,
         " closed by the server's idle timeout",
         {0},
         HR_TOPIC_NONE,
         "Let the server's idle timeout be longer than the pauses between requests (nginx"
         " keepalive_timeout, 75 s by default; Apache KeepAliveTimeout, 5 s; Node.js"
         " server.keepAliveTimeout, 65 s, before 26: 5 s; uvicorn timeout_keep_alive, 5 s; HAProxy"
         " timeout http-keep-alive; Go Server.IdleTimeout, none; gRPC MAX_CONNECTION_IDLE, none),"
         " and the client's a little shorter than the server's.",
         NULL,
         NULL,
         "ngx_http_core_module, keepalive_timeout; Apache httpd, core, KeepAliveTimeout; Node.js,"
         " server.keepAliveTimeout; uvicorn, Settings, Timeouts; HAProxy, timeout http-keep-alive;"
         " net/http, Server.IdleTimeout; gRFC A9, MAX_CONNECTION_IDLE",
         NULL},
    [HR_CHANGE_MEND_SERVER] =
        {true,
         " that the server took and never answered",
         {0},
         HR_TOPIC_NONE,
         "Look into the server's log for that moment: a crash, a killed worker, a deadline of its"
         " own, or its upstream. Keep-alive has no part in it.",
         NULL,
         NULL,
         "RFC 9112 section 9.3.1",
         NULL},
    [HR_CHANGE_KEEP_OPEN] =
        {false,
         " closed by the server unannounced",
         {0},
         HR_TOPIC_SERVE,
         "Let the server keep connections alive (uWSGI: http-socket closes each, http11-socket or"
         " a front proxy does not), or say Connection: close.",
         NULL,
         "the end of the server's program",
         "uWSGI, Native HTTP support; RFC 9112 section 9.6",
         NULL},
    [HR_CHANGE_STAY_UP] =
        {false,
         " closed as the server's program ended or was loaded again",
         {0},
         HR_TOPIC_NONE,
         "Restart the server less often, and let it finish and announce (Connection: close, GOAWAY)"
         " before it does.",
         NULL,
         NULL,
         "RFC 9112 section 9.6; RFC 9113 section 6.8",
         NULL},
    [HR_CHANGE_AVOID_GOAWAY] =
        {false,
         " that may carry no more requests after a GOAWAY",
         {0},
         HR_TOPIC_NONE,
         "See the GOAWAY's error: with none the server drains, or bounds a connection's age or"
         " requests (gRPC MAX_CONNECTION_AGE, nginx keepalive_requests, 1000 by default, and"
         " keepalive_time, 1 h); ENHANCE_YOUR_CALM means that the client pings too often.",
         NULL,
         NULL,
         "RFC 9113 sections 6.8 and 7; gRPC, Keepalive; ngx_http_core_module, keepalive_requests,"
         " keepalive_time",
         NULL},
    [HR_CHANGE_MORE_STREAMS] =
        {false,
         " opened because all streams that the server allows were open",
         {0},
         HR_TOPIC_NONE,
         "Raise the streams that the server allows (SETTINGS_MAX_CONCURRENT_STREAMS; nginx"
         " http2_max_concurrent_streams, 128 by default; Apache H2MaxSessionStreams, 100; Go"
         " http2.Server.MaxConcurrentStreams, 250), or bound the concurrency.",
         NULL,
         NULL,
         "RFC 9113 section 5.1.2; ngx_http_v2_module, http2_max_concurrent_streams; Apache httpd,"
         " mod_http2, H2MaxSessionStreams; golang.org/x/net/http2, Server.MaxConcurrentStreams",
         NULL},
};

const hr_change_words *hr_server_change_words_of(hr_change change)
{
    return &rows[change];
}

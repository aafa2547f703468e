/* change_words.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/change_words.h"

#include "core/result/server_change_words.h"

#define RFC_CLOSE "RFC 9112 section 9.6"

#define UPSTREAM_WORDS                                                                             \
    "A proxy opened these: let it keep idle connections to its upstream, and as many as requests"  \
    " run at once (nginx: keepalive in the upstream block that proxy_pass names, with"             \
    " proxy_http_version 1.1, an empty Connection header and keepalive_requests; HAProxy:"         \
    " http-reuse and pool-max-conn; a gateway of one's own: one client object for all requests)."

#define UPSTREAM_SOURCE                                                                            \
    "ngx_http_upstream_module, keepalive; ngx_http_proxy_module, proxy_http_version; HAProxy,"     \
    " http-reuse; pool-max-conn"

#define NO_CLOSE_UPSTREAM_WORDS                                                                    \
    "A proxy says Connection: close to its upstream: let it keep connections (nginx:"              \
    " proxy_http_version 1.1, proxy_set_header Connection \"\" and keepalive in the upstream"      \
    " block; HAProxy: neither option httpclose nor http-server-close, and http-reuse; Apache: no"  \
    " proxy-nokeepalive, disablereuse=Off; Caddy: keepalive of its transport; Squid:"              \
    " server_persistent_connections; Varnish: no return (pipe); Node.js http-proxy: an agent with" \
    " keepAlive: true)."

#define NO_CLOSE_UPSTREAM_SOURCE                                                                   \
    UPSTREAM_SOURCE "; Apache httpd, mod_proxy, ProxyPass; mod_proxy_http; Caddy, reverse_proxy,"  \
                    " keepalive; Squid, server_persistent_connections; VCL, return (pipe);"        \
                    " http-proxy, Options, agent"

#define SHARED                                                                                     \
    "(in Go one http.Client and its Transport; in Python a requests.Session or an httpx.Client;"   \
    " in Node.js an http.Agent with keepAlive: true; in Java one HttpClient; in PHP one curl"      \
    " handle; in Ruby Net::HTTP.start with a block)"

#define SHARED_SOURCE                                                                              \
    "net/http, Clients and Transports; requests, Session Objects; httpx, Clients; Node.js, new"    \
    " Agent([options]); java.net.http, HttpClient; libcurl-easy, reuse; Ruby, Net::HTTP.start"

/* Those that ask a server for something are in server_change_words.c. */
static const hr_change_words rows[HR_CHANGE_COUNT] = {
    [HR_CHANGE_SHARE_POOL] =
        {false,
         " opened while another one to this origin was open and idle",
         {HR_TOPIC_SHARE},
         HR_TOPIC_NONE,
         "Share one client object among all calls to an origin " SHARED ".",
         UPSTREAM_WORDS " Each of its workers and processes (nginx, Apache) has a pool of its own.",
         "another process or pool at the same address (a worker's, or one with other connection or"
         " TLS options); an answer there that was never read to its end; calls of one moment, each"
         " of which dialled before the first was answered",
         SHARED_SOURCE,
         UPSTREAM_SOURCE},
    [HR_CHANGE_READ_BODIES] =
        {false,
         " closed by the client with an answer left unread",
         {HR_TOPIC_DRAIN},
         HR_TOPIC_NONE,
         "Read each body to its end before closing it (in Go io.Copy(io.Discard, resp.Body), then"
         " resp.Body.Close(); in Python's requests with stream=True .content, or iter_content() to"
         " its end; in Python's http.client read(); in Node.js response.resume(); in Java"
         " EntityUtils.consume(), or the stream to its end).",
         "A proxy stopped in the middle of its upstream's answers, and each costs a connection:"
         " unless its own clients had gone away, let it take each to its end (a gateway of one's"
         " own: also that of an answer which it does not pass on, or puts another in place of).",
         NULL,
         "net/http, Response.Body; requests, Body Content Workflow; Python, http.client,"
         " HTTPResponse; Node.js, http.ClientRequest; HttpClient Tutorial, Ensuring release of low"
         " level resources",
         "RFC 9112 sections 9.3 and 9.6; RFC 9110 section 15.6.3"},
    [HR_CHANGE_KEEP_MORE_IDLE] =
        {false,
         " closed by the client soon after an answer, while others stayed open and idle",
         {HR_TOPIC_KEEP},
         HR_TOPIC_NONE,
         "Raise the number of idle connections that the client's pool keeps for a host (in Go"
         " Transport.MaxIdleConnsPerHost, 2 by default; Python's requests"
         " HTTPAdapter(pool_maxsize=), 10; Node.js http.Agent maxFreeSockets, 256; Apache"
         " HttpClient setMaxConnPerRoute, 2 in 4.x, 5 in 5.x), or bound the concurrency.",
         UPSTREAM_WORDS,
         "an answer left unread; the end of a client object; several client objects or threads,"
         " each with one connection of its own",
         "net/http, Transport.MaxIdleConnsPerHost; requests, HTTPAdapter; Node.js, new"
         " Agent([options]); PoolingHttpClientConnectionManager",
         UPSTREAM_SOURCE},
    [HR_CHANGE_KEEP_MORE_IN_ALL] =
        {false,
         " closed by the client when idle for longest, as a full pool made room for another",
         {HR_TOPIC_KEEP_IN_ALL},
         HR_TOPIC_NONE,
         "Raise the number of connections that the client's pool keeps for all hosts together (in"
         " Go Transport.MaxIdleConns, 100 in DefaultTransport; Python's requests"
         " HTTPAdapter(pool_connections=), 10 hosts, and httpx max_keepalive_connections, 20;"
         " libcurl CURLMOPT_MAXCONNECTS; OkHttp ConnectionPool, 5; Apache HttpClient"
         " setMaxConnTotal, 20 in 4.x, 25 in 5.x) above what they need at once.",
         UPSTREAM_WORDS,
         "a client object or process that ended",
         "net/http, Transport.MaxIdleConns; requests, HTTPAdapter; httpx, Resource Limits;"
         " CURLMOPT_MAXCONNECTS; okhttp3, ConnectionPool; PoolingHttpClientConnectionManager",
         UPSTREAM_SOURCE},
    [HR_CHANGE_KEEP_CLIENT] =
        {false,
         " closed by the client unannounced",
         {HR_TOPIC_SHARE, HR_TOPIC_DRAIN},
         HR_TOPIC_NONE,
         "If more requests follow: share one client object among all calls " SHARED
         ", and read each"
         " answer to its end.",
         UPSTREAM_WORDS,
         "an answer left unread; a client object or process for each call; the end of the program;"
         " a pool that keeps no more idle connections",
         RFC_CLOSE "; " SHARED_SOURCE,
         UPSTREAM_SOURCE},
    [HR_CHANGE_KEEP_PROCESS] =
        {false,
         " closed as the client's program ended",
         {HR_TOPIC_PROCESS},
         HR_TOPIC_NONE,
         "Let one process make all calls, or hand them to one that stays (a daemon, a local proxy):"
         " connections end with the program that holds them.",
         NULL,
         "a client object that was closed with all its connections",
         RFC_CLOSE,
         NULL},
    [HR_CHANGE_NO_CLIENT_CLOSE] =
        {false,
         " whose client said Connection: close with a request",
         {HR_TOPIC_NO_CLOSE},
         HR_TOPIC_NONE,
         "Let the client keep connections alive: in Go leave DisableKeepAlives and Request.Close"
         " unset; in Node.js give all calls an Agent with keepAlive: true; in Python use a"
         " requests.Session (urllib.request always says close); in PHP curl with one handle; in"
         " nginx, as a proxy, proxy_http_version 1.1, an empty Connection header and keepalive in"
         " the upstream block.",
         NO_CLOSE_UPSTREAM_WORDS,
         NULL,
         "net/http, Transport.DisableKeepAlives, Request.Close; Node.js, http.globalAgent; Python,"
         " urllib/request.py, AbstractHTTPHandler.do_open; requests, Session Objects;"
         " ngx_http_upstream_module, keepalive",
         NO_CLOSE_UPSTREAM_SOURCE},
    [HR_CHANGE_SPEAK_HTTP11] =
        {false,
         " of HTTP/1.0 without keep-alive",
         {HR_TOPIC_HTTP11},
         HR_TOPIC_HTTP11,
         "Let the side that speaks HTTP/1.0 speak HTTP/1.1: a server (Python's http.server:"
         " protocol_version), an old client (ab: -k), or nginx as a proxy (proxy_http_version 1.1,"
         " an empty Connection header, keepalive in the upstream block).",
         "A proxy speaks HTTP/1.0 to its upstream: let it speak HTTP/1.1 and keep connections"
         " (nginx: proxy_http_version 1.1, proxy_set_header Connection \"\" and keepalive in the"
         " upstream block).",
         NULL,
         "RFC 9112 section 9.3; Python, http.server, BaseHTTPRequestHandler.protocol_version; "
         "ab(1), -k;"
         " ngx_http_upstream_module, keepalive",
         "ngx_http_upstream_module, keepalive; ngx_http_proxy_module, proxy_http_version"},
    [HR_CHANGE_LENGTHEN_CLIENT_IDLE] =
        {false,
         " closed by the client's idle timeout",
         {0},
         HR_TOPIC_NONE,
         "Let the client's idle timeout be longer than the pauses between requests, and yet"
         " shorter than the server's (in Go Transport.IdleConnTimeout, 90 s by default; Python's"
         " httpx keepalive_expiry, 5 s, and aiohttp keepalive_timeout, 15 s; Node.js http.Agent"
         " timeout, 5 s in the global one; Ruby Net::HTTP keep_alive_timeout, 2 s).",
         "Let the proxy keep idle connections to its upstream for longer than the pauses between"
         " requests, and yet shorter than the upstream does (nginx: keepalive_timeout in the"
         " upstream block, 60 s by default; Apache: ttl in ProxyPass; HAProxy: pool-purge-delay,"
         " 5 s; Varnish: backend_idle_timeout, 60 s; Squid: server_idle_pconn_timeout, 60 s;"
         " Traffic Server: keep_alive_no_activity_timeout_out, 120 s).",
         NULL,
         "net/http, Transport.IdleConnTimeout; httpx, Resource Limits; aiohttp, Client Reference,"
         " TCPConnector; Node.js, http.globalAgent; Ruby, Net::HTTP#keep_alive_timeout",
         "ngx_http_upstream_module, keepalive_timeout; HAProxy, pool-purge-delay; varnishd(1),"
         " backend_idle_timeout; Apache httpd, mod_proxy, ttl; squid.conf, "
         "server_idle_pconn_timeout;"
         " Traffic Server, records.config, keep_alive_no_activity_timeout_out"},
    [HR_CHANGE_EXPIRE_SOONER] =
        {true,
         " sent on an idle connection that the server closed without an answer",
         {HR_TOPIC_EXPIRE},
         HR_TOPIC_NONE,
         "Let the client drop idle connections before the server does (a shorter idle timeout: in"
         " Go Transport.IdleConnTimeout, 90 s by default; Python's httpx keepalive_expiry, 5 s;"
         " Node.js http.Agent timeout; Apache HttpClient evictIdleConnections()), and retry what is"
         " idempotent.",
         "Let the proxy drop idle connections before its upstream does (nginx: keepalive_timeout in"
         " the upstream block), and retry what is idempotent.",
         NULL,
         "RFC 9112 section 9.3.1; net/http, Transport.IdleConnTimeout; httpx, Resource Limits;"
         " Node.js, new Agent([options]); HttpClientBuilder.evictIdleConnections",
         "RFC 9112 section 9.3.1; ngx_http_upstream_module, keepalive_timeout",
         .happened_on_many = " sent on idle connections that the server closed without an answer"},
    [HR_CHANGE_OUTLAST_DEVICE] =
        {true,
         " sent on a connection that was forgotten or cut on the way",
         {HR_TOPIC_OUTLAST},
         HR_TOPIC_NONE,
         "Close idle connections sooner than the device between (a NAT, a load balancer: AWS NLB"
         " after 350 s by default, Azure's after 240 s) forgets them, or probe them more often (TCP"
         " keep-alive; Linux net.ipv4.tcp_keepalive_time, 7200 s by default).",
         NULL,
         "the server, or the way to it, was down",
         "Elastic Load Balancing, Network Load Balancers, idle timeout; Azure Load Balancer, TCP"
         " reset and idle timeout; tcp(7), tcp_keepalive_time",
         NULL,
         .happened_on_many = " sent on connections that were forgotten or cut on the way"},
    [HR_CHANGE_DETECT_DEAD] =
        {true,
         " sent on a connection in use from which nothing came back any more, not one"
         " acknowledgement",
         {HR_TOPIC_PING, HR_TOPIC_DEADLINE},
         HR_TOPIC_NONE,
         "Let the client notice that the way is cut, and open another connection. Over HTTP/2 by"
         " its PINGs (in Go http2.Transport.ReadIdleTimeout, off by default; OkHttp"
         " pingInterval; gRPC keepalive time; .NET SocketsHttpHandler.KeepAlivePingDelay): a"
         " call that times out ends its stream alone there. Over HTTP/1 by a deadline for each"
         " call (in Go Client.Timeout or a context, none by default; Python's requests timeout=,"
         " none; curl --max-time), which gives its connection up.",
         "Let the proxy notice that the way to its upstream is cut: by a deadline (nginx"
         " proxy_read_timeout, 60 s by default; HAProxy timeout server, and tcp-ut of the server"
         " line; Apache ProxyTimeout), and over HTTP/2 by PINGs (Envoy: connection_keepalive of"
         " http2_protocol_options, off by default).",
         "the server's host was down; a device between that was loaded anew, or forgets what rests"
         " for some seconds",
         "golang.org/x/net/http2, Transport.ReadIdleTimeout; RFC 9113 sections 6.7 and 8.7; "
         "okhttp3,"
         " OkHttpClient.Builder.pingInterval; gRPC, Keepalive; .NET,"
         " SocketsHttpHandler.KeepAlivePingDelay; net/http, Client.Timeout; requests, Timeouts;"
         " curl, --max-time",
         "ngx_http_proxy_module, proxy_read_timeout; HAProxy, timeout server, tcp-ut; Apache httpd,"
         " mod_proxy, ProxyTimeout; Envoy, config.core.v3.KeepaliveSettings",
         .happened_on_many =
             " sent on connections in use from which nothing came back any more, not one"
             " acknowledgement"},
    [HR_CHANGE_FIND_DEVICE] =
        {false,
         " reset in use by what may be a device between",
         {0},
         HR_TOPIC_NONE,
         "See which device between sends such resets: a firewall or an intrusion prevention system"
         " that refuses what passes, a NAT or load balancer that was loaded anew or had no place"
         " for more connections (its log of that moment). A capture on its other side shows whether"
         " the end in whose name they come sent them.",
         NULL,
         NULL,
         "RFC 3360; RFC 5382 section 5",
         NULL},
    [HR_CHANGE_WAIT_LONGER] =
        {true,
         " given up by the client before the answer was there",
         {0},
         HR_TOPIC_NONE,
         "On HTTP/1 a cancel or a timeout costs the connection: raise the client's timeout (in Go"
         " http.Client.Timeout, none by default; Python's requests timeout=, none, and httpx"
         " timeout, 5 s; curl --max-time), cancel less, or make the server faster.",
         "A proxy gave its upstream up, and the connection with it: make the upstream faster, or"
         " raise how long the proxy waits (nginx proxy_read_timeout, 60 s by default; HAProxy"
         " timeout server; Apache ProxyTimeout), unless its own client had gone away.",
         NULL,
         "RFC 9112 section 9.6; net/http, Client.Timeout; requests, Timeouts; httpx, Timeouts;"
         " curl, --max-time",
         "ngx_http_proxy_module, proxy_read_timeout; HAProxy, timeout server; Apache httpd,"
         " mod_proxy, ProxyTimeout"},
    [HR_CHANGE_BOUND_DIALS] =
        {false,
         " opened beside others and not needed",
         {HR_TOPIC_BOUND},
         HR_TOPIC_NONE,
         "Warm the pool with one request before a burst, or bound the number of connections (in Go"
         " Transport.MaxConnsPerHost, none by default; Node.js http.Agent maxSockets, none;"
         " Python's requests HTTPAdapter(pool_maxsize=, pool_block=True)).",
         NULL,
         "a pool for each worker or process; several tries at the addresses of one name",
         "net/http, Transport.MaxConnsPerHost; Node.js, new Agent([options]); requests, "
         "HTTPAdapter",
         NULL},
    [HR_CHANGE_LEAVE_UNUSED] =
        {false,
         " opened and closed without a request",
         {0},
         HR_TOPIC_NONE,
         "See who opens them and whether they are wanted: a health check of TCP alone (HAProxy"
         " check without option httpchk, a balancer's TCP target check), a preconnect, or a program"
         " that tries the port first.",
         NULL,
         NULL,
         "HAProxy, option httpchk; Resource Hints, preconnect",
         NULL},
    [HR_CHANGE_REACH_SERVER] =
        {false,
         " that could not be set up",
         {0},
         HR_TOPIC_NONE,
         "See why the server refused it, did not answer, or ended the TLS handshake.",
         NULL,
         NULL,
         "RFC 9293 sections 3.5.2 and 3.8.3; RFC 8446 section 6.2",
         NULL},
    [HR_CHANGE_LOOK] =
        {false,
         " after which another was opened, for a reason that is not known",
         {0},
         HR_TOPIC_NONE,
         "Capture from the client's start to its end, and with the TLS keys, to see why; a file"
         " that is not in the order of time, as of several interfaces, is sorted by reordercap.",
         NULL,
         NULL,
         "Wireshark wiki, TLS",
         NULL},
};

const hr_change_words *hr_change_words_of(hr_change change)
{
    g_return_val_if_fail(change < HR_CHANGE_COUNT, NULL);
    return rows[change].happened != NULL ? &rows[change] : hr_server_change_words_of(change);
}

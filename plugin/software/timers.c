/* timers.c
 * The table of default idle timers, each row with its source: the file that sets it, the page that
 * says it, or "measured". Where two versions of a product differ, each has its row.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/software.h"

#define CLIENT HR_SIDE_CLIENT
#define SERVER HR_SIDE_SERVER
#define DEVICE HR_SIDE_NONE

#define S(seconds) ((seconds)*HR_NS_PER_S)
#define MS(milliseconds) ((milliseconds)*HR_NS_PER_MS)
#define BEFORE(seconds) (-S(seconds))

#define BY_TIMER false
#define AT_USE true

static const hr_timer timers[] = {
    /* clients */
    {HR_PRODUCT_GO, CLIENT, S(90), 0, BY_TIMER, "Transport.IdleConnTimeout",
     "net/http/transport.go, DefaultTransport"},
    {HR_PRODUCT_FASTHTTP, CLIENT, S(10), 0, BY_TIMER, "MaxIdleConnDuration",
     "fasthttp, client.go, DefaultMaxIdleConnDuration"},
    {HR_PRODUCT_HTTPX, CLIENT, S(5), 0, AT_USE, "keepalive_expiry",
     "httpx, _config.py, Limits; httpcore, connection_pool.py; measured"},
    /* It looks at all of a connector's each 15 s, at whole seconds; a lone one is found at once. */
    {HR_PRODUCT_AIOHTTP, CLIENT, S(15), S(16), BY_TIMER, "keepalive_timeout",
     "aiohttp, connector.py, BaseConnector._cleanup; measured: up to a second late"},
    {HR_PRODUCT_AIOHTTP, SERVER, S(75), S(1), BY_TIMER, "keepalive_timeout",
     "aiohttp, web_protocol.py, RequestHandler; measured"},
    {HR_PRODUCT_AIOHTTP, SERVER, S(3630), S(1), BY_TIMER, "keepalive_timeout of later versions",
     "aiohttp, web_protocol.py, RequestHandler, \"longer than a reverse proxy\""},
    {HR_PRODUCT_TORNADO, SERVER, S(3600), 0, BY_TIMER, "idle_connection_timeout",
     "tornado, httpserver.py, initialize"},
    {HR_PRODUCT_TWISTED, CLIENT, S(240), 0, BY_TIMER, "cachedConnectionTimeout",
     "twisted, web/client.py, HTTPConnectionPool"},
    {HR_PRODUCT_TWISTED, SERVER, S(60), 0, BY_TIMER, "timeout",
     "twisted, web/http.py, _REQUEST_TIMEOUT"},
    {HR_PRODUCT_NODE_HTTP, CLIENT, S(5), 0, BY_TIMER, "Agent timeout",
     "lib/_http_agent.js, globalAgent since 19"},
    {HR_PRODUCT_NODE_HTTP, CLIENT, BEFORE(1), 0, BY_TIMER,
     "before the server's Keep-Alive: timeout",
     "lib/_http_agent.js, agentKeepAliveTimeoutBuffer; 20.20, 22.20, 24.7"},
    {HR_PRODUCT_NODE_HTTP, CLIENT, BEFORE(0), 0, BY_TIMER,
     "the server's Keep-Alive: timeout in versions between",
     "lib/_http_agent.js of 20.10; that of 18 heeds none"},
    {HR_PRODUCT_NODE_HTTP, SERVER, S(5), 0, BY_TIMER, "server.keepAliveTimeout",
     "lib/_http_server.js"},
    {HR_PRODUCT_NODE_HTTP, SERVER, S(6), 0, BY_TIMER,
     "server.keepAliveTimeout with keepAliveTimeoutBuffer", "lib/_http_server.js; measured"},
    {HR_PRODUCT_UNDICI, CLIENT, S(4), MS(500), BY_TIMER, "keepAliveTimeout",
     "undici, lib/dispatcher/client.js; lateness: lib/util/timers.js"},
    {HR_PRODUCT_UNDICI, CLIENT, BEFORE(2), MS(500), BY_TIMER, "keepAliveTimeoutThreshold",
     "undici since 6, lib/dispatcher/client.js; measured"},
    {HR_PRODUCT_UNDICI, CLIENT, BEFORE(1), 0, BY_TIMER, "keepAliveTimeoutThreshold before 6",
     "undici docs 5.25, Client"},
    {HR_PRODUCT_CURL, CLIENT, S(118), 0, AT_USE, "CURLOPT_MAXAGE_CONN", "curl, lib/url.c"},
    {HR_PRODUCT_JAVA_HTTP, CLIENT, S(30), 0, BY_TIMER, "jdk.httpclient.keepalive.timeout",
     "java.net.http, module-info"},
    {HR_PRODUCT_JAVA_HTTP, CLIENT, S(1200), 0, BY_TIMER,
     "jdk.httpclient.keepalive.timeout before JDK 20",
     "jdk.internal.net.http.ConnectionPool of JDK 17"},
    /* It looks each 5 s. */
    {HR_PRODUCT_JAVA_URL, CLIENT, S(5), S(5), BY_TIMER, "http.keepAlive.time.server",
     "sun/net/www/http/KeepAliveCache.java, LIFETIME; measured"},
    {HR_PRODUCT_JAVA_URL, CLIENT, S(60), S(5), BY_TIMER, "http.keepAlive.time.proxy",
     "sun/net/www/http/KeepAliveCache.java"},
    {HR_PRODUCT_JAVA_URL, CLIENT, BEFORE(0), S(5), BY_TIMER, "the server's Keep-Alive: timeout",
     "sun/net/www/http/KeepAliveCache.java; measured: 10 s of 7"},
    {HR_PRODUCT_APACHE_HC, CLIENT, S(180), 0, AT_USE, "connectionKeepAlive of 5.x",
     "httpclient5, RequestConfig, DEFAULT_CONN_KEEP_ALIVE"},
    /* It looks each minute. */
    {HR_PRODUCT_AWS_JAVA, CLIENT, S(60), S(60), BY_TIMER, "connectionMaxIdleMillis",
     "aws-java-sdk-core, ClientConfiguration, IdleConnectionReaper"},
    {HR_PRODUCT_OKHTTP, CLIENT, S(300), 0, BY_TIMER, "ConnectionPool keepAliveDuration",
     "okhttp3, ConnectionPool"},
    {HR_PRODUCT_PEKKO, CLIENT, S(30), 0, BY_TIMER, "host-connection-pool.idle-timeout",
     "pekko-http, reference.conf"},
    {HR_PRODUCT_PEKKO, SERVER, S(60), 0, BY_TIMER, "server.idle-timeout",
     "pekko-http, reference.conf"},
    {HR_PRODUCT_AHC, CLIENT, S(60), S(1), BY_TIMER, "pooledConnectionIdleTimeout",
     "async-http-client, ahc-default.properties"},
    {HR_PRODUCT_RUBY, CLIENT, S(2), 0, AT_USE, "keep_alive_timeout", "net/http.rb; measured"},
    {HR_PRODUCT_RUBY_PERSISTENT, CLIENT, S(5), 0, AT_USE, "idle_timeout",
     "net/http/persistent.rb; measured"},
    {HR_PRODUCT_AWS_RUBY, CLIENT, S(5), 0, AT_USE, "http_idle_timeout",
     "aws-sdk-core, seahorse/client/net_http/connection_pool.rb"},
    {HR_PRODUCT_HTTP_RB, CLIENT, S(5), 0, AT_USE, "keep_alive_timeout", "http, options.rb"},
    {HR_PRODUCT_RUBY_HTTPCLIENT, CLIENT, S(15), 0, AT_USE, "keep_alive_timeout",
     "httpclient, session.rb"},
    {HR_PRODUCT_MOJOLICIOUS, CLIENT, S(40), 0, BY_TIMER, "inactivity_timeout", "Mojo/UserAgent.pm"},
    {HR_PRODUCT_MOJOLICIOUS, SERVER, S(5), 0, BY_TIMER, "keep_alive_timeout",
     "Mojo/Server/Daemon.pm"},
    /* It looks four times in that time. */
    {HR_PRODUCT_DOTNET, CLIENT, S(60), S(15), BY_TIMER, "PooledConnectionIdleTimeout",
     "SocketsHttpHandler.PooledConnectionIdleTimeout, .NET 6 and later; HttpConnectionPoolManager,"
     " ScavengesPerIdle"},
    {HR_PRODUCT_DOTNET, CLIENT, S(120), S(30), BY_TIMER,
     "PooledConnectionIdleTimeout before .NET 6", "dotnet/runtime pull request 52687"},
    {HR_PRODUCT_DOTNET, CLIENT, S(100), 0, BY_TIMER, "MaxServicePointIdleTime of .NET Framework",
     "ServicePointManager.MaxServicePointIdleTime"},
    /* The pool of hyper looks once in that time. */
    {HR_PRODUCT_REQWEST, CLIENT, S(90), S(90), BY_TIMER, "pool_idle_timeout",
     "reqwest, async_impl/client.rs; hyper-util, client/legacy/pool.rs, IdleTask"},
    {HR_PRODUCT_AWS_RUST, CLIENT, S(90), S(90), BY_TIMER, "pool_idle_timeout",
     "smithy-rs pull request 4282; hyper-util, client/legacy/pool.rs, IdleTask"},
    {HR_PRODUCT_UREQ, CLIENT, S(15), 0, AT_USE, "max_idle_age of 3.x", "ureq 3, src/config.rs"},
    {HR_PRODUCT_DART, CLIENT, S(15), 0, BY_TIMER, "idleTimeout", "dart:io, HttpClient.idleTimeout"},
    {HR_PRODUCT_HACKNEY, CLIENT, S(2), 0, BY_TIMER, "keepalive_timeout of its pool",
     "hackney since 2, src/hackney_pool.erl, DEFAULT_KEEPALIVE_TIMEOUT"},
    {HR_PRODUCT_PROMETHEUS, CLIENT, S(300), 0, BY_TIMER, "IdleConnTimeout",
     "prometheus/common, config/http_config.go, defaultHTTPClientOptions"},
    {HR_PRODUCT_GRPC_CORE, CLIENT, S(1800), 0, BY_TIMER, "GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS",
     "grpc, channel_arg_names.h"},
    {HR_PRODUCT_GRPC_GO, CLIENT, S(1800), 0, BY_TIMER, "WithIdleTimeout",
     "grpc-go pull request 6585, since 1.59"},
    {HR_PRODUCT_GRPC_NODE, CLIENT, S(1800), 0, BY_TIMER, "grpc.client_idle_timeout_ms",
     "@grpc/grpc-js, src/internal-channel.ts, DEFAULT_IDLE_TIMEOUT_MS"},
    {HR_PRODUCT_GRPC_JAVA, CLIENT, S(1800), 0, BY_TIMER, "idleTimeout",
     "grpc-java, ManagedChannelImplBuilder, IDLE_MODE_DEFAULT_TIMEOUT_MILLIS"},
    {HR_PRODUCT_CHROME, CLIENT, S(300), 0, AT_USE, "used idle socket timeout",
     "net/socket/client_socket_pool.cc, g_used_idle_socket_timeout_s"},
    {HR_PRODUCT_FIREFOX, CLIENT, S(115), S(1), BY_TIMER, "network.http.keep-alive.timeout",
     "modules/libpref/init/all.js"},

    /* servers */
    {HR_PRODUCT_APACHE, SERVER, S(5), 0, BY_TIMER, "KeepAliveTimeout",
     "include/httpd.h, DEFAULT_KEEPALIVE_TIMEOUT; measured"},
    {HR_PRODUCT_LIGHTTPD, SERVER, S(5), S(2), BY_TIMER, "server.max-keep-alive-idle",
     "lighttpd, src/configfile.c; measured, 1.4.69: 5.0 to 6.6 s, looked at once a second, by times"
     " in whole seconds"},
    {HR_PRODUCT_IIS, SERVER, S(120), 0, BY_TIMER, "connectionTimeout",
     "IIS, Default Limits for Web Sites"},
    {HR_PRODUCT_KESTREL, SERVER, S(130), S(1), BY_TIMER, "KeepAliveTimeout",
     "KestrelServerLimits.KeepAliveTimeout"},
    {HR_PRODUCT_KESTREL, SERVER, S(120), S(1), BY_TIMER, "KeepAliveTimeout before .NET 6",
     "dotnet/aspnetcore pull request 32636"},
    {HR_PRODUCT_TOMCAT, SERVER, S(60), 0, BY_TIMER, "keepAliveTimeout",
     "org.apache.coyote.http11.Constants, DEFAULT_CONNECTION_TIMEOUT"},
    {HR_PRODUCT_TOMCAT, SERVER, S(20), 0, BY_TIMER, "connectionTimeout of the shipped server.xml",
     "config/http"},
    {HR_PRODUCT_JETTY, SERVER, S(30), 0, BY_TIMER, "idleTimeout",
     "org.eclipse.jetty.server.AbstractConnector"},
    {HR_PRODUCT_UVICORN, SERVER, S(5), 0, BY_TIMER, "timeout_keep_alive",
     "uvicorn, config.py; measured"},
    {HR_PRODUCT_HYPERCORN, SERVER, S(5), 0, BY_TIMER, "keep_alive_timeout", "hypercorn, config.py"},
    {HR_PRODUCT_GUNICORN, SERVER, S(2), S(1), BY_TIMER, "keepalive",
     "gunicorn, config.py; workers/gthread.py; measured"},
    /* It looks each 30 s. */
    {HR_PRODUCT_WAITRESS, SERVER, S(120), S(30), BY_TIMER, "channel_timeout",
     "waitress, adjustments.py, channel_timeout, cleanup_interval; measured: 147 s"},
    {HR_PRODUCT_CHEROOT, SERVER, S(10), S(1), BY_TIMER, "timeout",
     "cheroot, server.py, HTTPServer.timeout; measured: 10.3 s"},
    {HR_PRODUCT_FASTIFY, SERVER, S(72), 0, BY_TIMER, "keepAliveTimeout",
     "fastify, lib/config-validator.js"},
    {HR_PRODUCT_PUMA, SERVER, S(65), 0, BY_TIMER, "persistent_timeout", "puma 7, configuration.rb"},
    {HR_PRODUCT_PUMA, SERVER, S(20), 0, BY_TIMER, "persistent_timeout before 7",
     "puma 5.6, const.rb, PERSISTENT_TIMEOUT"},
    {HR_PRODUCT_WEBRICK, SERVER, S(30), S(1), BY_TIMER, "RequestTimeout",
     "webrick, config.rb; httpserver.rb, run"},
    {HR_PRODUCT_THIN, SERVER, S(30), 0, BY_TIMER, "timeout", "thin, server.rb, DEFAULT_TIMEOUT"},
    /* That of HTTP/1 runs where no request does; idle_timeout is looked at during one. */
    {HR_PRODUCT_COWBOY, SERVER, S(5), 0, BY_TIMER, "request_timeout",
     "cowboy_http(3); cowboy_http.erl, set_timeout"},
    {HR_PRODUCT_COWBOY, SERVER, S(60), 0, BY_TIMER, "idle_timeout of HTTP/2", "cowboy_http2(3)"},

    /* proxies */
    {HR_PRODUCT_NGINX, SERVER, S(75), 0, BY_TIMER, "keepalive_timeout", "ngx_http_core_module"},
    {HR_PRODUCT_NGINX, CLIENT, S(60), 0, BY_TIMER, "upstream keepalive_timeout",
     "ngx_http_upstream_keepalive_module"},
    {HR_PRODUCT_CADDY, SERVER, S(300), 0, BY_TIMER, "idle timeout",
     "modules/caddyhttp/app.go; measured: 300.1 s"},
    {HR_PRODUCT_CADDY, CLIENT, S(120), 0, BY_TIMER, "reverse_proxy keepalive",
     "reverseproxy/httptransport.go, NewTransport"},
    {HR_PRODUCT_TRAEFIK, SERVER, S(180), 0, BY_TIMER, "respondingTimeouts.idleTimeout",
     "traefik, pkg/config/static, DefaultIdleTimeout"},
    {HR_PRODUCT_TRAEFIK, CLIENT, S(90), 0, BY_TIMER, "forwardingTimeouts.idleConnTimeout",
     "Traefik, serversTransport, forwardingTimeouts"},
    {HR_PRODUCT_ENVOY, SERVER, S(3600), 0, BY_TIMER, "idle_timeout", "Envoy FAQ, timeouts"},
    {HR_PRODUCT_ENVOY, CLIENT, S(3600), 0, BY_TIMER, "idle_timeout of the cluster",
     "Envoy FAQ, timeouts"},
    {HR_PRODUCT_HAPROXY, SERVER, S(50), 0, BY_TIMER, "timeout client of Debian's haproxy.cfg",
     "HAProxy, timeout http-keep-alive, timeout client; measured, 2.6: 50.0 s"},
    {HR_PRODUCT_H2O, SERVER, S(10), 0, BY_TIMER, "http1-request-timeout, http2-idle-timeout",
     "h2o, HTTP/1 directives, HTTP/2 directives; measured: 10.0 s"},
    {HR_PRODUCT_H2O, CLIENT, S(2), 0, BY_TIMER, "proxy.timeout.keepalive", "h2o, proxy directives"},
    {HR_PRODUCT_NGHTTPX, SERVER, S(60), 0, BY_TIMER, "frontend-keep-alive-timeout", "nghttpx(1)"},
    {HR_PRODUCT_NGHTTPX, SERVER, S(180), 0, BY_TIMER, "frontend-http2-read-timeout",
     "nghttpx(1); frontend-http2-idle-timeout in later versions"},
    {HR_PRODUCT_NGHTTPX, CLIENT, S(2), 0, BY_TIMER, "backend-keep-alive-timeout", "nghttpx(1)"},
    {HR_PRODUCT_VARNISH, SERVER, S(5), 0, BY_TIMER, "timeout_idle",
     "varnishd, params.h; measured: 5.0 s"},
    {HR_PRODUCT_VARNISH, CLIENT, S(60), 0, BY_TIMER, "backend_idle_timeout", "varnishd, params.h"},
    {HR_PRODUCT_SQUID, SERVER, S(120), 0, BY_TIMER, "client_idle_pconn_timeout",
     "squid.conf.documented"},
    {HR_PRODUCT_SQUID, CLIENT, S(60), 0, BY_TIMER, "server_idle_pconn_timeout",
     "squid.conf.documented"},
    {HR_PRODUCT_TRAFFIC_SERVER, SERVER, S(120), 0, BY_TIMER, "keep_alive_no_activity_timeout_in",
     "records.config"},
    {HR_PRODUCT_TRAFFIC_SERVER, CLIENT, S(120), 0, BY_TIMER, "keep_alive_no_activity_timeout_out",
     "records.config"},
    {HR_PRODUCT_AWS_ALB, SERVER, S(60), 0, BY_TIMER, "idle_timeout.timeout_seconds",
     "ALB attributes page"},
    {HR_PRODUCT_AWS_ALB, CLIENT, S(60), 0, BY_TIMER, "idle_timeout.timeout_seconds",
     "ALB attributes page"},
    {HR_PRODUCT_GOOGLE_ALB, SERVER, S(610), 0, BY_TIMER, "client HTTP keepalive timeout",
     "request distribution page"},
    {HR_PRODUCT_GOOGLE_ALB, CLIENT, S(600), 0, BY_TIMER, "backend keepalive timeout",
     "request distribution page"},
    {HR_PRODUCT_CLOUDFRONT, CLIENT, S(5), 0, BY_TIMER, "origin keep-alive timeout",
     "CloudFront, CustomOriginConfig.OriginKeepaliveTimeout"},
    {HR_PRODUCT_CLOUDFLARE, SERVER, S(400), 0, BY_TIMER, "Connection Keep-Alive HTTP/1.1",
     "Cloudflare, Connection limits"},
    {HR_PRODUCT_CLOUDFLARE, CLIENT, S(900), 0, BY_TIMER, "Proxy Idle Timeout",
     "Cloudflare, Connection limits"},
    {HR_PRODUCT_AZURE_APP_GATEWAY, SERVER, S(120), 0, BY_TIMER, "Keep-Alive timeout",
     "Application Gateway, FAQ, Keep-Alive timeout and TCP idle timeout, HTTP/1.1"},
    {HR_PRODUCT_AKAMAI, SERVER, S(500), 0, BY_TIMER, "Persistent Connections: Client to Edge",
     "Akamai, Property Manager behaviors, persistentClientConnection"},
    {HR_PRODUCT_AKAMAI, CLIENT, S(300), 0, BY_TIMER, "Persistent Connections: Edge to Origin",
     "Akamai, Property Manager behaviors, persistentConnection"},

    /* what lies between */
    {HR_PRODUCT_AWS_NLB, DEVICE, S(350), 0, BY_TIMER, "TCP idle timeout",
     "NLB, listeners, connection idle timeout"},
    {HR_PRODUCT_AWS_NAT, DEVICE, S(350), 0, BY_TIMER, "idle timeout",
     "Amazon VPC, Troubleshoot NAT gateways"},
    {HR_PRODUCT_AZURE_LB, DEVICE, S(240), 0, BY_TIMER, "TCP idle timeout",
     "load-balancer-tcp-idle-timeout"},
    {HR_PRODUCT_GOOGLE_VPC, DEVICE, S(600), 0, BY_TIMER, "connection tracking",
     "Compute Engine, Troubleshooting, idle connections"},
};

const hr_timer *hr_timers(size_t *count)
{
    *count = G_N_ELEMENTS(timers);
    return timers;
}

const hr_timer *hr_ending_timer(const hr_ending *ending, size_t index)
{
    g_return_val_if_fail(index < ending->timer_count, NULL);
    return &timers[ending->seldom->timers[index]];
}

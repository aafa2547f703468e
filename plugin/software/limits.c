/* limits.c
 * The table of default limits: requests on a connection, its age, and how many idle ones a pool
 * keeps; each row with its source. A bound on all connections of a host bounds its idle ones.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/software.h"

#define CLIENT HR_SIDE_CLIENT
#define SERVER HR_SIDE_SERVER
#define REQUESTS HR_LIMIT_REQUESTS, false
#define HTTP1_REQUESTS HR_LIMIT_REQUESTS, true
#define AGE HR_LIMIT_AGE, false
#define PER_HOST HR_LIMIT_IDLE_PER_HOST, false
#define IN_ALL HR_LIMIT_IDLE_IN_ALL, false

#define S(seconds) ((seconds)*HR_NS_PER_S)

static const hr_limit limits[] = {
    {HR_PRODUCT_NGINX, SERVER, REQUESTS, 1000, "keepalive_requests", "ngx_http_core_module"},
    {HR_PRODUCT_NGINX, SERVER, REQUESTS, 100, "keepalive_requests before 1.19.10",
     "ngx_http_core_module"},
    {HR_PRODUCT_NGINX, CLIENT, REQUESTS, 1000, "upstream keepalive_requests",
     "ngx_http_upstream_module"},
    {HR_PRODUCT_NGINX, CLIENT, REQUESTS, 100, "upstream keepalive_requests before 1.19.10",
     "ngx_http_upstream_module"},
    {HR_PRODUCT_KONG, SERVER, REQUESTS, 10000, "nginx_http_keepalive_requests",
     "Kong Gateway, changelog, 2.8.4.8 (2024)"},
    {HR_PRODUCT_KONG, SERVER, REQUESTS, 1000, "nginx_http_keepalive_requests before 2024",
     "Kong Gateway, changelog, 2.8.4.8; ngx_http_core_module"},
    {HR_PRODUCT_KONG, CLIENT, REQUESTS, 10000, "upstream_keepalive_max_requests",
     "Kong Gateway, changelog, 2.8.4.8 (2024)"},
    {HR_PRODUCT_KONG, CLIENT, REQUESTS, 1000, "upstream_keepalive_max_requests before 2024",
     "Kong Gateway, changelog, 2.8.4.3 (2023)"},
    {HR_PRODUCT_KONG, CLIENT, REQUESTS, 100, "upstream_keepalive_max_requests before 2023",
     "kong, kong/templates/kong_defaults.lua"},
    /* MaxKeepAliveRequests is 100, which is how many may go before the last one. */
    {HR_PRODUCT_APACHE, SERVER, HTTP1_REQUESTS, 101, "MaxKeepAliveRequests",
     "modules/http/http_protocol.c, ap_set_keepalive; measured, 2.4.71: none over HTTP/2"},
    {HR_PRODUCT_TOMCAT, SERVER, HTTP1_REQUESTS, 100, "maxKeepAliveRequests",
     "org.apache.tomcat.util.net.AbstractEndpoint"},
    {HR_PRODUCT_LIGHTTPD, SERVER, HTTP1_REQUESTS, 1001, "server.max-keep-alive-requests",
     "lighttpd, src/configfile.c, 1000; measured, 1.4.69: the 1001st answer says close; none over"
     " HTTP/2"},
    {HR_PRODUCT_LIGHTTPD, SERVER, HTTP1_REQUESTS, 101,
     "server.max-keep-alive-requests before 1.4.65", "lighttpd, NEWS, 1.4.46 and 1.4.65"},
    {HR_PRODUCT_PUMA, SERVER, HTTP1_REQUESTS, 999, "max_keep_alive",
     "puma 7, pull request 3719; response.rb, prepare_response"},
    {HR_PRODUCT_COWBOY, SERVER, HTTP1_REQUESTS, 1000, "max_keepalive", "cowboy_http(3)"},
    {HR_PRODUCT_COWBOY, SERVER, HTTP1_REQUESTS, 100, "max_keepalive of 1.x", "cowboy_protocol(3)"},
    {HR_PRODUCT_HYPERCORN, SERVER, REQUESTS, 1000, "keep_alive_max_requests",
     "hypercorn, config.py, later than 0.15; protocol/h11.py, stream_send"},
    {HR_PRODUCT_MOJOLICIOUS, SERVER, HTTP1_REQUESTS, 100, "max_requests", "Mojo/Server/Daemon.pm"},

    {HR_PRODUCT_ORACLE_LB, SERVER, REQUESTS, 10000, "keep-alive to clients",
     "Oracle Cloud, Load Balancer Timeout Connection Settings"},

    {HR_PRODUCT_NGINX, SERVER, AGE, S(3600), "keepalive_time", "ngx_http_core_module"},
    {HR_PRODUCT_NGINX, CLIENT, AGE, S(3600), "upstream keepalive_time", "ngx_http_upstream_module"},
    {HR_PRODUCT_AWS_ALB, SERVER, AGE, S(3600), "client_keep_alive.seconds", "ALB attributes page"},

    {HR_PRODUCT_GO, CLIENT, PER_HOST, 2, "Transport.MaxIdleConnsPerHost",
     "net/http/transport.go, DefaultMaxIdleConnsPerHost"},
    {HR_PRODUCT_GO, CLIENT, IN_ALL, 100, "Transport.MaxIdleConns",
     "net/http/transport.go, DefaultTransport"},
    {HR_PRODUCT_AWS_GO_V2, CLIENT, PER_HOST, 10, "BuildableClient, MaxIdleConnsPerHost",
     "aws-sdk-go-v2, aws/transport/http/client.go, DefaultHTTPTransportMaxIdleConnsPerHost"},
    {HR_PRODUCT_REQUESTS, CLIENT, PER_HOST, 10, "HTTPAdapter pool_maxsize",
     "requests, adapters.py, DEFAULT_POOLSIZE"},
    {HR_PRODUCT_REQUESTS, CLIENT, IN_ALL, 10, "HTTPAdapter pool_connections, hosts",
     "requests, adapters.py, DEFAULT_POOLSIZE"},
    {HR_PRODUCT_URLLIB3, CLIENT, PER_HOST, 1, "PoolManager maxsize",
     "urllib3, connectionpool.py, HTTPConnectionPool"},
    {HR_PRODUCT_URLLIB3, CLIENT, IN_ALL, 10, "PoolManager num_pools, hosts",
     "urllib3, poolmanager.py, PoolManager"},
    {HR_PRODUCT_BOTO, CLIENT, PER_HOST, 10, "Config max_pool_connections",
     "botocore, httpsession.py, MAX_POOL_CONNECTIONS"},
    {HR_PRODUCT_BOTO, CLIENT, IN_ALL, 10, "its PoolManager's num_pools, hosts",
     "botocore, httpsession.py, _get_pool_manager_kwargs; urllib3, poolmanager.py, PoolManager"},
    {HR_PRODUCT_ELASTIC_PYTHON, CLIENT, PER_HOST, 10, "connections_per_node",
     "elastic-transport-python, _models.py, NodeConfig"},
    {HR_PRODUCT_HTTPX, CLIENT, IN_ALL, 20, "Limits max_keepalive_connections",
     "httpx, _config.py, DEFAULT_LIMITS"},
    {HR_PRODUCT_TWISTED, CLIENT, PER_HOST, 2, "maxPersistentPerHost",
     "twisted, web/client.py, HTTPConnectionPool"},
    {HR_PRODUCT_NODE_HTTP, CLIENT, PER_HOST, 256, "Agent maxFreeSockets", "lib/_http_agent.js"},
    {HR_PRODUCT_AWS_JS, CLIENT, PER_HOST, 50, "NodeHttpHandler maxSockets",
     "@smithy/node-http-handler"},
    {HR_PRODUCT_ELASTIC_JS, CLIENT, PER_HOST, 256, "connections of its undici pool",
     "@elastic/transport 9.4, lib/connection/UndiciConnection.js"},
    {HR_PRODUCT_CURL, CLIENT, IN_ALL, 5, "CURLOPT_MAXCONNECTS",
     "curl, lib/urldata.h, DEFAULT_CONNCACHE_SIZE"},
    {HR_PRODUCT_WGET, CLIENT, IN_ALL, 1, "the last connection", "wget, src/http.c, pconn"},
    {HR_PRODUCT_WGET2, CLIENT, IN_ALL, 5, "--max-threads, one connection each",
     "wget2, src/options.c, max_threads; src/wget.c, try_connection"},
    {HR_PRODUCT_JAVA_URL, CLIENT, PER_HOST, 5, "http.maxConnections",
     "sun/net/www/http/KeepAliveCache.java, MAX_CONNECTIONS"},
    {HR_PRODUCT_APACHE_HC, CLIENT, PER_HOST, 2, "setMaxConnPerRoute of 4.x",
     "httpclient 4.5, PoolingHttpClientConnectionManager"},
    {HR_PRODUCT_APACHE_HC, CLIENT, IN_ALL, 20, "setMaxConnTotal of 4.x",
     "httpclient 4.5, PoolingHttpClientConnectionManager"},
    {HR_PRODUCT_APACHE_HC, CLIENT, PER_HOST, 5, "setMaxConnPerRoute of 5.x",
     "httpclient5, PoolingHttpClientConnectionManager"},
    {HR_PRODUCT_APACHE_HC, CLIENT, IN_ALL, 25, "setMaxConnTotal of 5.x",
     "httpclient5, PoolingHttpClientConnectionManager"},
    {HR_PRODUCT_ELASTIC_JAVA, CLIENT, PER_HOST, 10, "setMaxConnPerRoute",
     "elasticsearch, RestClientBuilder, DEFAULT_MAX_CONN_PER_ROUTE"},
    {HR_PRODUCT_ELASTIC_JAVA, CLIENT, IN_ALL, 30, "setMaxConnTotal",
     "elasticsearch, RestClientBuilder, DEFAULT_MAX_CONN_TOTAL"},
    {HR_PRODUCT_AWS_JAVA, CLIENT, PER_HOST, 50, "maxConnections",
     "aws-sdk-java-v2, SdkHttpConfigurationOption; aws-java-sdk-core, ClientConfiguration"},
    {HR_PRODUCT_AWS_JAVA, CLIENT, IN_ALL, 50, "maxConnections",
     "aws-sdk-java-v2, SdkHttpConfigurationOption; aws-java-sdk-core, ClientConfiguration"},
    {HR_PRODUCT_PEKKO, CLIENT, PER_HOST, 4, "host-connection-pool.max-connections",
     "pekko-http, reference.conf"},
    {HR_PRODUCT_AWS_CPP, CLIENT, PER_HOST, 25, "ClientConfiguration::maxConnections",
     "aws-sdk-cpp, ClientConfiguration.cpp"},
    {HR_PRODUCT_REACTOR_NETTY, CLIENT, PER_HOST, 500, "ConnectionProvider maxConnections",
     "Reactor Netty, HTTP Client, Connection Pool"},
    {HR_PRODUCT_VERTX, CLIENT, PER_HOST, 5, "maxPoolSize",
     "vertx-core, HttpClientOptions, DEFAULT_MAX_POOL_SIZE"},
    {HR_PRODUCT_JETTY_CLIENT, CLIENT, PER_HOST, 64, "maxConnectionsPerDestination",
     "jetty-client, HttpClient"},
    {HR_PRODUCT_OKHTTP, CLIENT, IN_ALL, 5, "ConnectionPool maxIdleConnections",
     "okhttp3, ConnectionPool"},
    {HR_PRODUCT_LWP, CLIENT, IN_ALL, 1, "keep_alive => N, total_capacity", "LWP/ConnCache.pm"},
    {HR_PRODUCT_HTTP_TINY, CLIENT, IN_ALL, 1, "keep_alive", "HTTP/Tiny.pm"},
    {HR_PRODUCT_MOJOLICIOUS, CLIENT, IN_ALL, 5, "max_connections", "Mojo/UserAgent.pm"},
    {HR_PRODUCT_PROMETHEUS, CLIENT, PER_HOST, 1000, "MaxIdleConnsPerHost",
     "prometheus/common, config/http_config.go"},
    {HR_PRODUCT_MINT, CLIENT, PER_HOST, 50, "size of Finch's pool",
     "finch, lib/finch.ex, @default_pool_size"},
    {HR_PRODUCT_UREQ, CLIENT, PER_HOST, 3, "max_idle_connections_per_host",
     "ureq 3, src/config.rs"},
    {HR_PRODUCT_UREQ, CLIENT, IN_ALL, 10, "max_idle_connections", "ureq 3, src/config.rs"},
    {HR_PRODUCT_UREQ, CLIENT, PER_HOST, 1, "max_idle_connections_per_host of 2.x",
     "ureq, agent.rs, DEFAULT_MAX_IDLE_CONNECTIONS_PER_HOST"},
    {HR_PRODUCT_UREQ, CLIENT, IN_ALL, 100, "max_idle_connections of 2.x",
     "ureq, agent.rs, DEFAULT_MAX_IDLE_CONNECTIONS"},
    {HR_PRODUCT_CHROME, CLIENT, PER_HOST, 6, "sockets per group",
     "net/socket/client_socket_pool_manager.cc"},
    {HR_PRODUCT_FIREFOX, CLIENT, PER_HOST, 6, "network.http.max-persistent-connections-per-server",
     "modules/libpref/init/all.js"},
    {HR_PRODUCT_CADDY, CLIENT, PER_HOST, 32, "keepalive_idle_conns_per_host",
     "reverseproxy/httptransport.go, NewTransport"},
    {HR_PRODUCT_TRAEFIK, CLIENT, PER_HOST, 200, "serversTransport.maxIdleConnsPerHost",
     "Traefik, serversTransport"},
};

const hr_limit *hr_limits(size_t *count)
{
    *count = G_N_ELEMENTS(limits);
    return limits;
}

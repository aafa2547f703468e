/* software.c
 * One table of timers, one of limits; each row with its source. `header` is what the product
 * says of itself in Server, Via or User-Agent.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software.h"

#include <string.h>

#define S(seconds) ((seconds)*HR_NS_PER_S)

static const hr_timer timers[] = {
    {"Go net/http client", HR_SIDE_CLIENT, S(90), "Transport.IdleConnTimeout", "go-http-client",
     "net/http/transport.go"},
    {"nginx (clients)", HR_SIDE_SERVER, S(75), "keepalive_timeout", "nginx",
     "ngx_http_core_module"},
    {"nginx (upstream)", HR_SIDE_CLIENT, S(60), "upstream keepalive_timeout", "nginx",
     "ngx_http_upstream_module"},
    {"Apache httpd", HR_SIDE_SERVER, S(5), "KeepAliveTimeout", "apache", "include/httpd.h"},
    {"Node.js http server", HR_SIDE_SERVER, S(5), "server.keepAliveTimeout", NULL,
     "lib/_http_server.js"},
    {"Node.js http server (with 1 s buffer)", HR_SIDE_SERVER, S(6), "server.keepAliveTimeoutBuffer",
     NULL, "lib/_http_server.js"},
    {"Node.js Agent", HR_SIDE_CLIENT, S(5), "agent timeout", "node", "lib/_http_agent.js"},
    {"undici", HR_SIDE_CLIENT, S(4), "keepAliveTimeout", "undici", "undici docs, Client"},
    {"Caddy", HR_SIDE_SERVER, S(300), "idle timeout", "caddy", "modules/caddyhttp"},
    {"Caddy reverse_proxy", HR_SIDE_CLIENT, S(120), "keepalive", "caddy",
     "reverseproxy/httptransport.go"},
    {"Envoy", HR_SIDE_BOTH, S(3600), "idle_timeout", "envoy", "Envoy FAQ, timeouts"},
    {"AWS ALB", HR_SIDE_BOTH, S(60), "idle_timeout.timeout_seconds", "awselb",
     "ALB attributes page"},
    {"GCP external ALB (clients)", HR_SIDE_SERVER, S(610), "client HTTP keepalive timeout", "gws",
     "request distribution page"},
    {"GCP external ALB (backends)", HR_SIDE_CLIENT, S(600), "backend keepalive timeout", "google",
     "request distribution page"},
    {"Tomcat", HR_SIDE_SERVER, S(60), "keepAliveTimeout", "apache-coyote", "config/http"},
    {"Tomcat (shipped server.xml)", HR_SIDE_SERVER, S(20), "connectionTimeout", "apache-coyote",
     "config/http"},
    {"Jetty", HR_SIDE_SERVER, S(30), "idleTimeout", "jetty", "Jetty, HttpConfiguration"},
    {"Java HttpClient", HR_SIDE_CLIENT, S(30), "jdk.httpclient.keepalive.timeout",
     "java-http-client", "java.net.http module-info"},
    {"curl", HR_SIDE_CLIENT, S(118), "CURLOPT_MAXAGE_CONN", "curl", "CURLOPT_MAXAGE_CONN"},
    {"Chrome", HR_SIDE_CLIENT, S(300), "used idle socket timeout", "mozilla", "net/socket"},
    {"Firefox", HR_SIDE_CLIENT, S(115), "network.http.keep-alive.timeout", "mozilla",
     "modules/libpref"},
    {"Gunicorn", HR_SIDE_SERVER, S(2), "keepalive", "gunicorn", "Gunicorn settings"},
    {"Puma", HR_SIDE_SERVER, S(20), "persistent_timeout", "puma", "Puma configuration"},
    {"Fastify", HR_SIDE_SERVER, S(72), "keepAliveTimeout", NULL, "Fastify server options"},
};

static const hr_request_limit limits[] = {
    {"nginx", 1000, "keepalive_requests", "nginx", "ngx_http_core_module"},
    {"nginx before 1.19.10, Apache httpd, Tomcat", 100,
     "keepalive_requests, MaxKeepAliveRequests, maxKeepAliveRequests", NULL,
     "ngx_http_core_module, include/httpd.h, config/http"},
};

const hr_timer *hr_timers(size_t *count)
{
    *count = G_N_ELEMENTS(timers);
    return timers;
}

const hr_request_limit *hr_request_limits(size_t *count)
{
    *count = G_N_ELEMENTS(limits);
    return limits;
}

bool hr_software_is_named(const char *value, const char *header)
{
    if (value == NULL || header == NULL) {
        return false;
    }
    /* Via puts the protocol version before the name; products follow each other with blanks. */
    for (const char *word = value; word != NULL; word = strchr(word, ' ')) {
        word += *word == ' ';
        if (g_ascii_strncasecmp(word, header, strlen(header)) == 0) {
            return true;
        }
    }
    return false;
}

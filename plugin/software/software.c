/* software.c
 * One table of timers, one of limits; each row with its source. `header` is what the product
 * says of itself in Server, Via or User-Agent, lower case, several parted by "|".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/software.h"

#include <string.h>

#define S(seconds) ((seconds)*HR_NS_PER_S)
#define BEFORE(seconds) (-S(seconds))

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
    {"Node.js Agent", HR_SIDE_CLIENT, S(5), "agent timeout", "node-fetch|axios",
     "lib/_http_agent.js"},
    {"Node.js Agent", HR_SIDE_CLIENT, BEFORE(1), "before the server's Keep-Alive: timeout",
     "node-fetch|axios", "lib/_http_agent.js"},
    {"undici", HR_SIDE_CLIENT, S(4), "keepAliveTimeout", "undici", "undici docs, Client"},
    {"Node.js fetch (undici)", HR_SIDE_CLIENT, S(4), "keepAliveTimeout", "node",
     "undici docs, Client"},
    {"Node.js fetch (undici)", HR_SIDE_CLIENT, BEFORE(2), "keepAliveTimeoutThreshold", "node",
     "undici 6, lib/dispatcher/client.js"},
    {"undici before 6", HR_SIDE_CLIENT, BEFORE(1), "keepAliveTimeoutThreshold", "undici",
     "undici docs 5.25, Client"},
    {"Caddy", HR_SIDE_SERVER, S(300), "idle timeout", "caddy", "modules/caddyhttp"},
    {"Caddy reverse_proxy", HR_SIDE_CLIENT, S(120), "keepalive", "caddy",
     "reverseproxy/httptransport.go"},
    {"Envoy", HR_SIDE_BOTH, S(3600), "idle_timeout", "envoy", "Envoy FAQ, timeouts"},
    {"AWS ALB", HR_SIDE_BOTH, S(60), "idle_timeout.timeout_seconds", "awselb",
     "ALB attributes page"},
    {"GCP external ALB (clients)", HR_SIDE_SERVER, S(610), "client HTTP keepalive timeout",
     "google", "request distribution page"},
    {"GCP external ALB (backends)", HR_SIDE_CLIENT, S(600), "backend keepalive timeout", "google",
     "request distribution page"},
    {"Tomcat", HR_SIDE_SERVER, S(60), "keepAliveTimeout", "apache-coyote", "config/http"},
    {"Tomcat (shipped server.xml)", HR_SIDE_SERVER, S(20), "connectionTimeout", "apache-coyote",
     "config/http"},
    {"Jetty", HR_SIDE_SERVER, S(30), "idleTimeout", "jetty", "Jetty, HttpConfiguration"},
    {"Java HttpClient", HR_SIDE_CLIENT, S(30), "jdk.httpclient.keepalive.timeout",
     "java-http-client", "java.net.http module-info"},
    {"curl", HR_SIDE_CLIENT, S(118), "CURLOPT_MAXAGE_CONN", "curl", "CURLOPT_MAXAGE_CONN"},
    {"Chrome", HR_SIDE_CLIENT, S(300), "used idle socket timeout", "chrome|headlesschrome",
     "net/socket"},
    {"Firefox", HR_SIDE_CLIENT, S(115), "network.http.keep-alive.timeout", "firefox",
     "modules/libpref"},
    {"Gunicorn", HR_SIDE_SERVER, S(2), "keepalive", "gunicorn", "Gunicorn settings"},
    {"Puma", HR_SIDE_SERVER, S(20), "persistent_timeout", "puma", "Puma configuration"},
    {"AWS Network Load Balancer", HR_SIDE_NONE, S(350), "TCP idle timeout", NULL,
     "NLB, listeners, connection idle timeout"},
    {"Azure Load Balancer", HR_SIDE_NONE, S(240), "TCP idle timeout", NULL,
     "load-balancer-tcp-idle-timeout"},
    {"Fastify", HR_SIDE_SERVER, S(72), "keepAliveTimeout", NULL, "Fastify server options"},
};

static const hr_request_limit limits[] = {
    {"nginx", 1000, "keepalive_requests", "nginx", "ngx_http_core_module"},
    {"nginx before 1.19.10, Tomcat", 100, "keepalive_requests, maxKeepAliveRequests", NULL,
     "ngx_http_core_module, config/http"},
    /* MaxKeepAliveRequests is 100, which is how many may go before the last one. */
    {"Apache httpd", 101, "MaxKeepAliveRequests", "apache",
     "modules/http/http_protocol.c, ap_set_keepalive"},
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

int64_t hr_timer_idle_ns(const hr_timer *timer, const hr_connection *connection)
{
    const int64_t announced_ns = connection->keep_alive.timeout_s * HR_NS_PER_S;

    if (timer->idle_ns > 0) {
        return timer->idle_ns;
    }
    return announced_ns + timer->idle_ns > 0 ? announced_ns + timer->idle_ns : HR_TIME_NONE;
}

/* Whether the product at @word is @name, of @length bytes: what follows is no letter of it. */
static bool is_product(const char *word, const char *name, size_t length)
{
    return g_ascii_strncasecmp(word, name, length) == 0 &&
           (word[length] == '\0' || strchr(" /(),;", word[length]) != NULL);
}

static bool is_one_of(const char *word, const char *names)
{
    for (const char *name = names; name != NULL; name = strchr(name, '|')) {
        name += *name == '|';
        if (is_product(word, name, strcspn(name, "|"))) {
            return true;
        }
    }
    return false;
}

bool hr_software_is_named(const char *value, const char *header)
{
    if (value == NULL || header == NULL) {
        return false;
    }
    /* Via puts the protocol before the name, and may have a product in a comment behind it;
     * products follow each other with blanks. */
    for (const char *word = value; word != NULL; word = strchr(word, ' ')) {
        word += *word == ' ';
        word += *word == '(';
        if (is_one_of(word, header)) {
            return true;
        }
    }
    return false;
}

bool hr_timer_is_named(const hr_timer *timer, const hr_connection *connection)
{
    const bool is_clients = timer->role == HR_SIDE_CLIENT || timer->role == HR_SIDE_BOTH;
    const bool is_servers = timer->role == HR_SIDE_SERVER || timer->role == HR_SIDE_BOTH;

    return (is_clients && hr_software_is_named(connection->products.user_agent, timer->header)) ||
           (is_servers && (hr_software_is_named(connection->products.server, timer->header) ||
                           hr_software_is_named(connection->products.via, timer->header)));
}

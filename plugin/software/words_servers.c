/* words_servers.c
 * Words of advice for servers, and for proxies as clients of their upstreams.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/words.h"

#define SERVE HR_TOPIC_SERVE
#define HTTP11 HR_TOPIC_HTTP11
#define UPSTREAM HR_TOPIC_UPSTREAM

static const hr_words words[] = {
    {HR_PRODUCT_NGINX, SERVE,
     "give keepalive_timeout a value above 0 (75 s by default), and see that keepalive_requests and"
     " keepalive_disable do not meet these clients.",
     "ngx_http_core_module"},
    {HR_PRODUCT_NGINX, UPSTREAM,
     "set keepalive N in the upstream block, with N as many as requests run at once,"
     " proxy_http_version 1.1 and proxy_set_header Connection \"\" (since 1.29.7 by default, with"
     " 32 for each worker); keepalive_requests (1000) and keepalive_timeout (60 s) there bound"
     " each connection. A proxy_pass to an address, also one"
     " in a variable, goes past the upstream block: name that block.",
     "ngx_http_upstream_module, keepalive; ngx_http_proxy_module, proxy_pass; measured, 1.22;"
     " nginx, CHANGES, 1.29.7"},
    {HR_PRODUCT_APACHE, SERVE,
     "set KeepAlive On, and see that no BrowserMatch sets nokeepalive or force-response-1.0 for"
     " these clients.",
     "Apache httpd, core, KeepAlive; env"},
    {HR_PRODUCT_APACHE, UPSTREAM,
     "set enablereuse=On in ProxyPass, and no proxy-nokeepalive or force-proxy-request-1.0 in the"
     " environment.",
     "Apache httpd, mod_proxy, ProxyPass; mod_proxy_http"},
    {HR_PRODUCT_LIGHTTPD, SERVE,
     "let server.max-keep-alive-requests (1000 by default) and server.max-keep-alive-idle (5 s) be"
     " above 0.",
     "lighttpd, server.max-keep-alive-requests"},
    {HR_PRODUCT_HAPROXY, SERVE,
     "remove option httpclose, which closes after each answer: keep-alive is its default.",
     "HAProxy, option httpclose"},
    {HR_PRODUCT_HAPROXY, UPSTREAM,
     "set http-reuse always (its default is safe) in the backend, remove option httpclose and"
     " option http-server-close, see that pool-max-conn of its servers is not 0, and raise their"
     " pool-purge-delay (5 s by default), after each of which it closes half of the idle ones.",
     "HAProxy, http-reuse; pool-max-conn; pool-purge-delay; measured, 2.6"},
    {HR_PRODUCT_SQUID, SERVE,
     "let client_persistent_connections be on (its default), and client_lifetime and"
     " client_idle_pconn_timeout (120 s) long enough.",
     "squid.conf.documented; measured, 5.7"},
    {HR_PRODUCT_SQUID, UPSTREAM,
     "let server_persistent_connections be on (its default); server_idle_pconn_timeout (60 s) and"
     " pconn_lifetime bound each connection.",
     "squid.conf.documented; measured, 5.7"},
    {HR_PRODUCT_TOMCAT, SERVE,
     "let maxKeepAliveRequests of the Connector (100 by default) be above 1 and keepAliveTimeout"
     " above 0.",
     "Tomcat, HTTP Connector"},
    {HR_PRODUCT_GUNICORN, SERVE,
     "choose a worker class that keeps connections (gthread, gevent): sync, the default, closes"
     " after each answer whatever --keep-alive says.",
     "gunicorn, Settings, keepalive"},
    {HR_PRODUCT_PYTHON_SERVER, SERVE | HTTP11,
     "set protocol_version = \"HTTP/1.1\" in its handler's class (HTTP/1.0 by default), and send"
     " Content-Length.",
     "Python, http.server, BaseHTTPRequestHandler.protocol_version"},
    {HR_PRODUCT_WSGIREF, SERVE | HTTP11,
     "serve the application with one that keeps connections (gunicorn's gthread, waitress,"
     " uvicorn): wsgiref answers one request a connection, whatever is set. Django's runserver,"
     " which has the same name, keeps those whose answer says Content-Length, unless it runs with"
     " --nothreading.",
     "Python, wsgiref/simple_server.py, WSGIRequestHandler.handle; Django,"
     " core/servers/basehttp.py"},
    {HR_PRODUCT_WERKZEUG, SERVE | HTTP11,
     "serve the application with one that keeps connections (gunicorn's gthread, waitress): it says"
     " Connection: close in each answer, whatever is set.",
     "werkzeug, serving.py, WSGIRequestHandler.run_wsgi"},
    {HR_PRODUCT_COWBOY, SERVE,
     "raise max_keepalive (1000 by default) and request_timeout (5 s) of the listener's protocol"
     " options.",
     "cowboy_http(3)"},
    {HR_PRODUCT_PUMA, SERVE,
     "leave enable_keep_alives on, and raise max_fast_inline (before 7) where it closes after some"
     " requests.",
     "Puma, DSL"},
};

const hr_words *hr_words_of_servers(size_t *count)
{
    *count = G_N_ELEMENTS(words);
    return words;
}

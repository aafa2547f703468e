/* test_items_party.c
 * Who has to act: a proxy is called what it calls itself, not what it passes on, and a server that
 * answers through one is nobody. The traces are of programs that were captured: ab, and nginx,
 * HAProxy, lighttpd, Apache and tinyproxy as proxies.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "trace.h"
#include "trace_fixes.h"

#define REQUESTS "python-requests/2.28.1"
#define NGINX "nginx/1.22.1"
#define GUNICORN "gunicorn"
#define PROXY "10.0.0.50"
#define BACKEND "10.0.0.80"

/* ---- whether it is a proxy, and which ---- */

/* ab speaks HTTP/1.0 itself. */
static void http10_alone_is_no_proxy(void)
{
    g_autoptr(trace) t = trace_new();
    trace_calls(t, (trace_message){.user_agent = "ApacheBench/2.3", .is_http10 = true},
                (trace_message){.server = NGINX, .connection = "close"});

    g_assert_false(trace_advises(t, "speak_http11", "A proxy"));
    g_assert_true(trace_advises(t, "speak_http11", "(ab: -k)"));
}

/* requests does not: nginx asks so for it. */
static void http10_of_a_library_that_speaks_http11_may_be_a_proxys(void)
{
    g_autoptr(trace) t = trace_new();
    trace_calls(t, (trace_message){.user_agent = REQUESTS, .is_http10 = true},
                (trace_message){.server = GUNICORN, .connection = "close"});

    g_assert_true(trace_advises(t, "speak_http11", "If a proxy is between"));
}

/* With a line of its own it says so itself. */
static void http10_that_was_relayed_is_a_proxys(void)
{
    g_autoptr(trace) t = trace_new();
    trace_calls(t, (trace_message){.user_agent = REQUESTS, .is_http10 = true, .is_relayed = true},
                (trace_message){.server = GUNICORN, .connection = "close"});

    g_assert_false(trace_advises(t, "speak_http11", "If a proxy is between"));
    g_assert_true(trace_advises(t, "speak_http11", "A proxy speaks HTTP/1.0 to its upstream"));
}

/* A client's connection to a proxy, which has one to its upstream for each request. */
static void pass_on(trace *t, const char *front_server, const char *via, const char *back_server)
{
    trace_connection *front = trace_open_between(t, "10.0.0.1", PROXY, 8080, AT_MS(0));

    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(1 + i);
        trace_request(front, at, .user_agent = REQUESTS);
        trace_connection *back = trace_open_between(t, PROXY, BACKEND, 80, at + AT_US(100));
        trace_request(back, at + AT_US(400), .user_agent = REQUESTS, .connection = "close");
        trace_answer(back, at + AT_MS(1), .server = back_server, .connection = "close");
        trace_answer(front, at + AT_MS(2), .server = front_server, .via = via);
        trace_close(back, SERVER, at + AT_MS(3));
    }
}

/* nginx puts its own Server in the place of the upstream's. */
static void a_proxy_that_names_itself_has_its_words(void)
{
    g_autoptr(trace) t = trace_new();
    pass_on(t, NGINX, NULL, GUNICORN);

    g_assert_true(trace_advises(t, "no_client_close", "If it is nginx, as its answers"));
}

/* Three connections of nginx to its upstream that carry @requests each, and that it closes @idle_ns
 * after the last answer. */
static trace *nginx_closes(int requests, int64_t idle_ns)
{
    trace *t = trace_new();
    trace_connection *front = trace_open_between(t, "10.0.0.1", PROXY, 8080, AT_MS(0));

    for (int i = 0; i < 3; i++) {
        int64_t at = AT_S(1 + 20 * i);
        trace_request(front, at, .user_agent = REQUESTS);
        trace_connection *back = trace_open_between(t, PROXY, BACKEND, 80, at + AT_US(100));
        for (int n = 0; n < requests; n++, at += AT_MS(100)) {
            if (n > 0) {
                trace_request(front, at, .user_agent = REQUESTS);
            }
            trace_request(back, at + AT_US(400), .user_agent = REQUESTS);
            trace_answer(back, at + AT_MS(1), .server = GUNICORN);
            trace_answer(front, at + AT_MS(2), .server = NGINX);
        }
        trace_close(back, CLIENT, at - AT_MS(100) + AT_MS(3) + idle_ns);
    }
    return t;
}

static void a_proxy_that_names_itself_has_its_limits(void)
{
    g_autoptr(trace) limit = nginx_closes(4, 0);
    g_autoptr(trace) idle = nginx_closes(1, AT_S(2));

    g_assert_true(trace_advises(limit, "raise_request_limit",
                                "If it is nginx, as its answers to its clients say: raise upstream"
                                " keepalive_requests (1000 by default)"));
    g_assert_true(
        trace_advises(idle, "lengthen_client_idle",
                      "raise upstream keepalive_timeout (60 s by default) above the pauses"
                      " between requests, and keep it shorter than the upstream's"));
}

/* One after the other, each on a connection that its client closes; to port 80, for @host. */
static trace *closes_each(const char *host)
{
    trace *t = trace_new();

    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1), .user_agent = REQUESTS, .host = host);
        trace_answer(c, AT_S(i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(3));
    }
    return t;
}

/* HAProxy and Caddy pass Host and User-Agent on: the port is that of their own front. */
static void a_host_of_another_port_may_be_a_proxys(void)
{
    static const char *const hosts[] = {"a.example:8080", "[2001:db8::1]:8080", "a.example:80",
                                        "a.example", "[2001:db8::80]"};

    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
        g_autoptr(trace) t = closes_each(hosts[i]);

        g_assert_true(trace_advises(t, "keep_client", "If this client is Python's requests"));
        g_assert_cmpint(trace_may_be_else(t, "keep_client", "a proxy between"), ==, i < 2);
    }
}

/* nginx with two workers: each keeps a connection of its own. */
static void a_proxy_that_keeps_some_has_workers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = trace_open_between(t, "10.0.0.1", PROXY, 8080, AT_MS(0));
    trace_connection *back[2];

    for (int i = 0; i < 4; i++) {
        const int64_t at = AT_S(1 + i);
        trace_request(front, at, .user_agent = REQUESTS);
        if (i < 2) {
            back[i] = trace_open_between(t, PROXY, BACKEND, 80, at + AT_US(100));
        }
        trace_request(back[i % 2], at + AT_US(400), .user_agent = REQUESTS);
        trace_answer(back[i % 2], at + AT_MS(1), .server = GUNICORN);
        trace_answer(front, at + AT_MS(2), .server = NGINX);
    }

    g_assert_true(trace_advises(t, "share_pool", "Each of its workers"));
    g_assert_false(trace_advises(t, "share_pool", "set keepalive N"));
}

/* nginx with keepalive 2 before three servers in turn: each pushes out the one that is next. */
static void a_proxy_has_places_for_all_servers_together(void)
{
    static const char *const servers[] = {"10.0.0.81", "10.0.0.82", "10.0.0.83"};
    g_autoptr(trace) t = trace_new();
    trace_connection *front = trace_open_between(t, "10.0.0.1", PROXY, 8080, AT_MS(0));
    trace_connection *back[9];

    for (int i = 0; i < 9; i++) {
        const int64_t at = AT_S(1) + AT_MS(100 * i);
        trace_request(front, at, .user_agent = REQUESTS);
        back[i] = trace_open_between(t, PROXY, servers[i % 3], 80, at + AT_US(100));
        trace_request(back[i], at + AT_US(400), .user_agent = REQUESTS);
        trace_answer(back[i], at + AT_MS(1), .server = GUNICORN);
        trace_answer(front, at + AT_MS(2), .server = NGINX);
        if (i >= 2) {
            trace_close(back[i - 2], CLIENT, at + AT_US(2100));
        }
    }

    g_assert_true(trace_advises(t, "keep_more_in_all", "at least as many as servers"));
}

/* HAProxy, lighttpd and Apache pass Server on. */
static void a_server_that_is_passed_on_names_no_proxy(void)
{
    g_autoptr(trace) t = trace_new();
    pass_on(t, NGINX, NULL, NGINX);

    g_assert_false(trace_advises(t, "no_client_close", "If it is nginx"));
    g_assert_true(trace_advises(t, "no_client_close", "HAProxy"));
}

/* On one machine all have one address: what answers there beside the proxy is not the proxy. */
static void several_names_at_one_address_name_no_proxy(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_connect_between(t, "10.0.0.1", 0, PROXY, 9000);
    trace_syn(other, AT_MS(0));
    trace_syn_ack(other, AT_US(100));
    trace_ack(other, CLIENT, AT_US(200));
    trace_request(other, AT_US(300));
    trace_answer(other, AT_US(400), .server = "Caddy");
    g_autoptr(trace) alone = trace_new();
    pass_on(alone, NGINX, NULL, GUNICORN);

    trace_connection *front = trace_connect_between(t, "10.0.0.1", 0, PROXY, 8080);
    trace_syn(front, AT_MS(1));
    trace_syn_ack(front, AT_MS(1));
    trace_ack(front, CLIENT, AT_MS(1));
    trace_request(front, AT_MS(2));
    trace_answer(front, AT_MS(3), .server = NGINX);
    for (int i = 0; i < 3; i++) {
        trace_connection *back = trace_connect_between(t, PROXY, 0, BACKEND, 80);
        trace_syn(back, AT_S(1 + i));
        trace_syn_ack(back, AT_S(1 + i));
        trace_ack(back, CLIENT, AT_S(1 + i));
        trace_request(back, AT_S(1 + i) + AT_MS(1), .is_relayed = true, .connection = "close");
        trace_answer(back, AT_S(1 + i) + AT_MS(2), .connection = "close");
        trace_close(back, SERVER, AT_S(1 + i) + AT_MS(3));
    }

    g_assert_false(trace_advises(t, "no_client_close", "If it is"));
    g_assert_true(trace_advises(alone, "no_client_close", "If it is nginx"));
}

/* tinyproxy closes after each answer, which is nginx's. */
static void a_server_behind_a_proxy_is_not_asked(void)
{
    g_autoptr(trace) t = trace_new();
    trace_calls(t, (trace_message){.user_agent = REQUESTS},
                (trace_message){.server = NGINX,
                                .via = "1.1 tinyproxy (tinyproxy/1.11.1)",
                                .connection = "close"});

    g_assert_false(trace_advises(t, "no_server_close", "If this server is nginx"));
}

static void two_of_one_name_at_one_address_are_that(void)
{
    g_autoptr(trace) t = trace_new();
    pass_on(t, NGINX, NULL, GUNICORN);
    trace_connection *other = trace_open_between(t, "10.0.0.1", PROXY, 9000, AT_S(5));
    trace_request(other, AT_S(6));
    trace_answer(other, AT_S(7), .server = NGINX);

    g_assert_true(trace_advises(t, "no_client_close", "If it is nginx"));
}

/* What a program on the server's machine is answered elsewhere, no proxy passes on. */
static void a_program_beside_a_server_is_no_proxy(void)
{
    g_autoptr(trace) t = trace_new();
    trace_calls(t, (trace_message){.user_agent = REQUESTS},
                (trace_message){.server = NGINX, .connection = "close"});
    trace_connection *own = trace_open_between(t, BACKEND, "10.0.0.90", 80, AT_S(5));
    trace_request(own, AT_S(6), .user_agent = "curl/8.0");
    trace_answer(own, AT_S(7), .server = NGINX);

    g_assert_true(trace_advises(t, "no_server_close", "If this server is nginx"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/party/proxy/host", a_host_of_another_port_may_be_a_proxys);
    g_test_add_func("/party/proxy/places", a_proxy_has_places_for_all_servers_together);
    g_test_add_func("/party/proxy/workers", a_proxy_that_keeps_some_has_workers);
    g_test_add_func("/party/proxy/http10", http10_alone_is_no_proxy);
    g_test_add_func("/party/proxy/http10-passed-on",
                    http10_of_a_library_that_speaks_http11_may_be_a_proxys);
    g_test_add_func("/party/proxy/http10-relayed", http10_that_was_relayed_is_a_proxys);
    g_test_add_func("/party/proxy/named", a_proxy_that_names_itself_has_its_words);
    g_test_add_func("/party/proxy/limits", a_proxy_that_names_itself_has_its_limits);
    g_test_add_func("/party/proxy/passed-on", a_server_that_is_passed_on_names_no_proxy);
    g_test_add_func("/party/proxy/several", several_names_at_one_address_name_no_proxy);
    g_test_add_func("/party/proxy/server", a_server_behind_a_proxy_is_not_asked);
    g_test_add_func("/party/proxy/one-name", two_of_one_name_at_one_address_are_that);
    g_test_add_func("/party/server/beside", a_program_beside_a_server_is_no_proxy);
    return g_test_run();
}

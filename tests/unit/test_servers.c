/* test_servers.c
 * Which product a server or a proxy is, by what it answers: of two at one address each by its own, and
 * of what a proxy passed on nobody. RFC 9110 section 10.2.4 (Server).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_legs.h"
#include "trace_tls.h"

#define GO "Go-http-client/1.1"

enum {
    INNER = 8080, /* at the proxy's address */
    APP = 8000,
};

/* The item of what the server at @port closes. */
static const hr_fix *closes_at(trace *t, uint16_t port)
{
    const hr_analysis *analysis = trace_analysis(t);

    for (size_t i = 0; i < hr_analysis_item_count(analysis); i++) {
        const hr_fix *fix = hr_analysis_item(analysis, i);
        if (fix->change == HR_CHANGE_NO_SERVER_CLOSE && fix->origin->server.port == port) {
            return fix;
        }
    }
    g_assert_not_reached();
}

/* A connection from @client to @server, whose only answer comes from @product and says close. */
static void call_once(trace *t, const char *client, const char *server, uint16_t port,
                      bool is_relayed, const char *product, int64_t at)
{
    trace_connection *c = legs_open_at(t, client, server, port, at);

    trace_request(c, at + AT_MS(1), .is_relayed = is_relayed);
    trace_answer(c, at + AT_MS(2), .server = product, .connection = "close");
    trace_close(c, SERVER, at + AT_MS(3));
}

/* A host that is asked, at two ports, and asks another one: what it calls itself on one of them says
 * what it is, if it is a proxy. */
static void one_that_is_asked_and_asks(void)
{
    static const struct {
        const char *names[2];
        hr_product_id proxy;
    } rows[] = {
        {{"nginx/1.22.1", NULL}, HR_PRODUCT_NGINX},
        {{NULL, "nginx/1.22.1"}, HR_PRODUCT_NGINX},
        {{"nginx/1.22.1", "Caddy"}, HR_PRODUCT_NONE},
        {{"gunicorn", NULL}, HR_PRODUCT_NONE}, /* an application that calls another one */
    };
    for (size_t row = 0; row < G_N_ELEMENTS(rows); row++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 2; i++) {
            trace_connection *front =
                legs_open_at(t, LEGS_BROWSER, LEGS_PROXY, (uint16_t)(80 + i), AT_MS(100 * i));
            trace_request(front, AT_MS(100 * i + 1));
            trace_answer(front, AT_MS(100 * i + 2), .server = rows[row].names[i]);
        }
        for (int i = 0; i < 3; i++) {
            call_once(t, LEGS_PROXY, LEGS_APP, APP, false, NULL, AT_S(i + 1));
        }

        g_assert_cmpint(closes_at(t, APP)->proxy, ==, rows[row].proxy);
    }
}

/* What a proxy was told by its upstream may be passed on, later and from its cache: who answers in
 * front is not known. Its upstream is. */
static void name_that_is_passed_on(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        call_once(t, LEGS_PROXY, LEGS_APP, APP, true, "gunicorn", AT_S(i));
    }
    for (int i = 0; i < 3; i++) {
        call_once(t, LEGS_BROWSER, LEGS_PROXY, 80, false, "gunicorn", AT_S(100 + i));
    }

    g_assert_cmpint(closes_at(t, 80)->server, ==, HR_PRODUCT_NONE);
    g_assert_cmpint(closes_at(t, APP)->server, ==, HR_PRODUCT_GUNICORN);
}

/* nginx, behind it Caddy at the same address, and behind that an application: each of both asks for
 * what it is asked. One of nginx's answers does not name it. */
static void two_proxies_at_one_address(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(i);
        const char *path = i == 0 ? "/0" : i == 1 ? "/1" : "/2";
        trace_connection *front = legs_open(t, LEGS_BROWSER, LEGS_PROXY, at);
        trace_connection *inner = legs_open_at(t, LEGS_PROXY, LEGS_PROXY, INNER, at + AT_US(1200));
        trace_connection *back = legs_open_at(t, LEGS_PROXY, LEGS_APP, APP, at + AT_US(1400));

        trace_request(front, at + AT_US(2000), .target = path, .user_agent = "Mozilla/5.0");
        trace_request(inner, at + AT_US(2100), .target = path, .user_agent = "Mozilla/5.0",
                      .is_relayed = true);
        trace_request(back, at + AT_US(2200), .target = path, .user_agent = "Mozilla/5.0",
                      .is_relayed = true);
        trace_answer(back, at + AT_US(2300), .server = "gunicorn", .connection = "close");
        trace_fin(back, SERVER, at + AT_US(2310));
        trace_answer(inner, at + AT_US(2400), .server = "Caddy", .connection = "close");
        trace_fin(inner, SERVER, at + AT_US(2410));
        trace_answer(front, at + AT_US(2500), .server = i == 0 ? NULL : "nginx/1.22.1");
    }

    g_assert_cmpint(closes_at(t, INNER)->server, ==, HR_PRODUCT_CADDY);
    g_assert_cmpint(closes_at(t, INNER)->proxy, ==, HR_PRODUCT_NGINX);
    g_assert_cmpint(closes_at(t, APP)->server, ==, HR_PRODUCT_GUNICORN);
    g_assert_cmpint(closes_at(t, APP)->proxy, ==, HR_PRODUCT_CADDY);
}

/* Inside of what a proxy was asked to CONNECT who asks says so there, where at all, and who answers only
 * where that can be read: what says nothing contradicts nobody. */
static void inside_of_tunnels(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(10 * i);
        const tls_kind how = {.is_12 = true, .agrees = "http/1.1", .has_keys = i == 2};
        trace_connection *c = trace_open_to(t, "10.0.0.3", 3128, at);
        trace_request(c, at + AT_MS(1), .method = "CONNECT", .target = "a.example:443",
                      .host = "a.example:443", .user_agent = i == 1 ? NULL : GO);
        trace_answer(c, at + AT_MS(2), .is_header_only = true, .server = "squid/5.7");
        tls_handshake(c, at + AT_MS(3), &how);
        if (i == 2) {
            trace_request(c, at + AT_MS(10), .user_agent = GO);
            trace_answer(c, at + AT_MS(11), .server = "nginx/1.22.1");
        } else {
            tls_hidden_exchange(c, at + AT_MS(10), at + AT_MS(11));
        }
        trace_close(c, SERVER, at + AT_S(5) + AT_MS(11 + i));
    }

    const hr_fix *fix = hr_analysis_item(trace_analysis(t), 0);
    g_assert_cmpuint(fix->connections->len, ==, 3);
    g_assert_cmpint(fix->library, ==, HR_PRODUCT_GO);
    g_assert_cmpint(fix->server, ==, HR_PRODUCT_NGINX);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/servers/asks", one_that_is_asked_and_asks);
    g_test_add_func("/servers/passed-on", name_that_is_passed_on);
    g_test_add_func("/servers/two-proxies", two_proxies_at_one_address);
    g_test_add_func("/servers/tunnels", inside_of_tunnels);
    return g_test_run();
}

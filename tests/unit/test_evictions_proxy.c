/* test_evictions_proxy.c
 * A proxy with one place for idle connections to all servers behind it, and what only looks like
 * that. DESIGN section 5, pool-limit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

/* A proxy asks two servers in turn for what its client asks; as one is answered, the other's idle
 * connection goes. It calls itself @proxy, and the servers @upstream. */
static void proxy_in_turn_via(trace *t, trace_connection **c, const char *proxy,
                              const char *upstream, const char *via, int64_t every)
{
    trace_connection *front = trace_open_between(t, "10.0.0.7", "10.0.0.1", 8000, AT_MS(0));
    for (int i = 0; i < 6; i++) {
        const int64_t at = AT_MS(10) + every * i;
        trace_request(front, at, .target = "/a", .user_agent = "Mozilla/5.0");
        c[i] = trace_open_to(t, i % 2 == 0 ? "10.0.0.80" : "10.0.0.81", 80, at + AT_US(100));
        trace_request(c[i], at + AT_US(400), .target = "/a", .user_agent = "Mozilla/5.0");
        trace_answer(c[i], at + AT_MS(3), .server = i % 2 == 0 ? upstream : NULL);
        trace_answer(front, at + AT_US(3100), .server = proxy, .via = via);
        if (i > 0) {
            trace_close(c[i - 1], CLIENT, at + AT_US(3300));
        }
    }
}

static void proxy_in_turn(trace *t, trace_connection **c, const char *proxy, const char *upstream,
                          int64_t every)
{
    proxy_in_turn_via(t, c, proxy, upstream, NULL, every);
}

/* keepalive 1, over two servers of the upstream. */
static void one_place_of_nginx(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    proxy_in_turn(t, c, "nginx/1.22.1", "uvicorn", AT_MS(100));

    for (int i = 0; i < 5; i++) {
        assert_cause(c[i], "pool-limit");
        g_assert_cmpuint(trace_ending(c[i])->limit, ==, 1);
    }
    g_assert_nonnull(trace_fix(t, "keep_more_in_all"));
}

/* A gateway of one's own may have a client object for each call, also where one of its upstreams
 * calls itself nginx, as it passes on. */
static void no_place_of_another_proxy(void)
{
    static const char *const names[][2] = {
        {"uvicorn", NULL}, {NULL, NULL}, {"nginx/1.22.1", "nginx/1.22.1"}, {"envoy", NULL}};

    for (size_t name = 0; name < G_N_ELEMENTS(names); name++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[6];
        proxy_in_turn(t, c, names[name][0], names[name][1], AT_MS(100));

        for (int i = 0; i < 5; i++) {
            assert_cause(c[i], "client-close");
        }
    }
}

/* It says that it passes on what another one answers, which calls itself nginx, behind it. */
static void no_place_of_a_gateway_that_says_so(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    proxy_in_turn_via(t, c, "nginx/1.22.1", "uvicorn", "1.1 gateway", AT_MS(100));

    assert_cause(c[0], "client-close");
    assert_cause(c[4], "client-close");
}

/* Equal pauses of two seconds, and a keepalive_timeout as long: that may be what closes. */
static void place_of_nginx_or_its_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    proxy_in_turn(t, c, "nginx/1.22.1", NULL, AT_S(2));

    g_assert_cmpuint(trace_totals(t)->ended[HR_CLOSE_POOL_LIMIT], ==, 0);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evictions/proxy/nginx", one_place_of_nginx);
    g_test_add_func("/evictions/proxy/not-another", no_place_of_another_proxy);
    g_test_add_func("/evictions/proxy/not-gateway", no_place_of_a_gateway_that_says_so);
    g_test_add_func("/evictions/proxy/not-timeout", place_of_nginx_or_its_timeout);
    return g_test_run();
}

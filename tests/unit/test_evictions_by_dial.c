/* test_evictions_by_dial.c
 * A pool for all hosts that is full drops the idle connection that was used least recently as another
 * one is dialled. DESIGN section 5, pool-limit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

enum {
    DIALS = 12
};

/* @hosts hosts in turn, from the tenth second on; the first pools are closed as another host is
 * asked. */
static void by_dial_of(trace *t, trace_connection **c, const char *user_agent, int hosts, int kept,
                       int64_t every)
{
    for (int i = 0; i < DIALS; i++) {
        const int64_t at = AT_S(10) + every * i;
        if (i >= kept) {
            trace_close(c[i - kept], CLIENT, at - AT_US(400));
        }
        c[i] = trace_ask_host(t, i % hosts, user_agent, at);
    }
}

static void by_dial(trace *t, trace_connection **c, int hosts, int kept, int64_t every)
{
    by_dial_of(t, c, "myservice/2.3", hosts, kept, every);
}

/* requests.Session, pool_connections: the pool that was asked least recently goes before the dial
 * to another host, long after the last answer. */
static void as_another_host_is_dialled(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[DIALS];
    by_dial(t, c, 5, 4, AT_MS(50));

    for (int i = 0; i < DIALS - 4; i++) {
        assert_cause(c[i], "pool-limit");
        g_assert_cmpuint(trace_ending(c[i])->limit, ==, 4);
    }
}

/* ... within a moment of each other, where none has rested. A limit for each host keeps one of it: who
 * goes alone of its host goes by one of all hosts; beside another one nobody knows. */
static void alone_of_its_host(void)
{
    for (int hosts = 3; hosts <= 5; hosts += 2) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[DIALS];
        by_dial_of(t, c, "python-requests/2.28.1", hosts, 4, AT_MS(2));
        for (int i = DIALS - 4; i < DIALS; i++) {
            trace_close(c[i], CLIENT, AT_S(10) + AT_US(2000 * DIALS + 300 * i)); /* the end */
        }

        assert_cause(c[0], "pool-limit");
        g_assert_true((trace_fix(t, "keep_more_in_all") != NULL) == (hosts == 5));
        g_assert_true((trace_fix(t, "keep_more_idle") != NULL) == (hosts == 3));
        g_assert_cmpuint(trace_ending(c[0])->limit, ==, 4);
    }
}

/* As fast, but each goes as another one comes into the pool, and not for the next dial, which is
 * further off: of four the pool keeps three. */
static void fast_as_another_becomes_idle(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[DIALS];
    for (int i = 0; i < DIALS; i++) {
        const int64_t at = AT_S(10) + AT_MS(2) * i;
        c[i] = trace_ask_host(t, i % 5, "python-requests/2.28.1", at);
        if (i >= 3) {
            trace_close(c[i - 3], CLIENT, at + AT_US(700));
        }
    }

    assert_cause(c[0], "pool-limit");
    g_assert_cmpuint(trace_ending(c[0])->limit, ==, 3);
}

/* httpx looks at each call which connections have expired, to whatever host: at such a pace that
 * looks like a pool of two hosts. */
static void expired_or_dropped_as_another_host_is_dialled(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[DIALS];
    by_dial(t, c, 3, 2, AT_MS(2500));

    trace_close(c[DIALS - 2], CLIENT, AT_S(10) + AT_MS(2500) * DIALS - AT_US(400));

    for (int i = 0; i < DIALS - 1; i++) {
        assert_cause(c[i], "client-close");
    }
}

/* ... and one that its server closes, after as long as its client would keep it, is the server's. */
static void closed_by_a_server_among_them(void)
{
    for (int is_server = 0; is_server < 2; is_server++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[DIALS];
        by_dial_of(t, c, "Go-http-client/1.1", 3, 2, AT_S(47));
        const int64_t last = AT_S(10) + AT_S(47) * (DIALS - 2) + AT_US(600);
        trace_close(c[DIALS - 2], is_server ? SERVER : CLIENT, last + AT_S(90) + AT_MS(10));
        trace_ask_host(t, 5, "Go-http-client/1.1", AT_S(1000));

        assert_cause(c[DIALS - 2], is_server ? "server-close" : "client-idle-timeout");
    }
}

/* ... and its server's own timer, of httpd, needs no name. */
static void a_servers_timer_among_them(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[DIALS];
    by_dial(t, c, 3, 2, AT_MS(2500));
    const int64_t last = AT_S(10) + AT_MS(2500) * (DIALS - 1) + AT_US(600);
    trace_close(c[DIALS - 1], SERVER, last + AT_MS(5002));

    assert_cause(c[DIALS - 1], "server-idle-timeout");
}

/* ... also where the client closes most of what it opens for other reasons. */
static void expired_or_dropped_among_others(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[DIALS];
    by_dial(t, c, 3, 2, AT_MS(2500));
    trace_close(c[DIALS - 2], CLIENT, AT_S(10) + AT_MS(2500) * DIALS - AT_US(400));
    for (int i = 0; i < 10; i++) {
        const int64_t at = AT_S(100 + 20 * i);
        trace_close(trace_ask_host(t, 0, "myservice/2.3", at), CLIENT, at + AT_MS(1500 + 400 * i));
    }
    trace_ask_host(t, 0, "myservice/2.3", AT_S(400));

    assert_cause(c[0], "client-close");
    assert_cause(c[3], "client-close");
}

/* ... but not where one that had been idle for longer was used. */
static void no_expiry_where_longer_idle_are_used(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[DIALS];
    trace_connection *rested = trace_ask_host(t, 9, "myservice/2.3", AT_S(0));
    trace_exchange(rested, AT_MS(8500), AT_MS(8501));
    trace_exchange(rested, AT_S(9), AT_S(9) + AT_MS(1));
    trace_close(rested, CLIENT, AT_S(9) + AT_MS(500));
    by_dial(t, c, 5, 4, AT_S(2));

    assert_cause(c[4], "pool-limit");
}

/* A client object a host, one after the other, beside a download: it is the only one that is idle, and
 * no pool makes room of that. */
static void objects_in_turn_beside_a_download(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    trace_connection *download = trace_open_to(t, "10.0.0.99", 80, AT_MS(0));
    trace_request(download, AT_MS(1), .user_agent = "myservice/2.3");
    for (int i = 0; i < 6; i++) {
        c[i] = trace_ask_host(t, i % 3, "myservice/2.3", AT_MS(100 * (i + 1)));
        trace_close(c[i], CLIENT, AT_MS(100 * (i + 2)) - AT_MS(1));
    }
    trace_answer(download, AT_S(1));
    trace_exchange(download, AT_S(2), AT_S(2) + AT_MS(1));

    for (int i = 0; i < 6; i++) {
        assert_cause(c[i], "client-close");
    }
}

/* It is the same host that is dialled: what was there had expired, or was of no use. */
static void not_as_the_same_host_is_dialled(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[DIALS];
    by_dial(t, c, 4, 4, AT_MS(50));

    assert_cause(c[0], "client-close");
    assert_cause(c[5], "client-close");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evictions/by-dial/servers", closed_by_a_server_among_them);
    g_test_add_func("/evictions/by-dial/servers-timer", a_servers_timer_among_them);
    g_test_add_func("/evictions/by-dial", as_another_host_is_dialled);
    g_test_add_func("/evictions/by-dial/alone-of-its-host", alone_of_its_host);
    g_test_add_func("/evictions/by-dial/fast", fast_as_another_becomes_idle);
    g_test_add_func("/evictions/by-dial/not-expired",
                    expired_or_dropped_as_another_host_is_dialled);
    g_test_add_func("/evictions/by-dial/not-expired-among-others", expired_or_dropped_among_others);
    g_test_add_func("/evictions/by-dial/longer-idle", no_expiry_where_longer_idle_are_used);
    g_test_add_func("/evictions/by-dial/not-same-host", not_as_the_same_host_is_dialled);
    g_test_add_func("/evictions/by-dial/not-beside-a-download", objects_in_turn_beside_a_download);
    return g_test_run();
}

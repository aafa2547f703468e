/* test_ending_stale_timer.c
 * A request that the server's kernel acknowledged, and whose connection its program closed at that
 * moment, by its timeout (asyncio.wait_for, captured: idle for 2.000 s, FIN 1.3 ms after the
 * request). What tells it from a request that was taken and failed: others ended after as long.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

typedef struct {
    int timeouts;     /* of other connections, after 2 s of rest */
    int64_t rest;     /* before the request; 0: 2 s */
    int64_t waits;    /* from the request to the FIN; 0: 1 ms */
    int64_t survived; /* a rest after which one was answered */
    bool is_first;    /* of its connection */
    bool is_reset;    /* ... a while after that, and not closed */
    bool refuses;     /* the server, right after it */
    const char *server;
} hr_race;

static trace_connection *answered(trace *t, const hr_race *it, int64_t at)
{
    trace_connection *c = trace_open(t, at);

    trace_request(c, at + AT_MS(1));
    trace_answer(c, at + AT_MS(2), .server = it->server);
    trace_ack(c, CLIENT, at + AT_MS(2));
    return c;
}

/* The one that the request died on. */
static trace_connection *race(trace *t, hr_race it)
{
    int64_t at = AT_MS(0);

    for (int i = 0; i < it.timeouts; i++) {
        trace_close(answered(t, &it, at), SERVER, at + AT_MS(2) + AT_S(2) + AT_US(300));
        at += AT_S(5);
    }
    if (it.survived > 0) {
        trace_connection *c = answered(t, &it, at);
        trace_exchange(c, at + it.survived, at + it.survived + AT_MS(1));
        at += it.survived + AT_S(5);
    }
    trace_connection *c = it.is_first ? trace_open(t, at) : answered(t, &it, at);
    const int64_t sent = at + AT_MS(2) + (it.rest > 0 ? it.rest : AT_S(2));
    const int64_t closed = sent + (it.waits > 0 ? it.waits : AT_MS(1));
    trace_request(c, sent);
    trace_ack(c, SERVER, sent + AT_US(20));
    if (it.is_reset) {
        trace_rst(c, SERVER, closed);
    } else {
        trace_close(c, SERVER, closed);
    }
    if (it.refuses) {
        trace_refuse(t, closed + AT_MS(1));
    }
    trace_analysis(t);
    return c;
}

static void a_close_at_the_servers_own_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = race(t, (hr_race){.timeouts = 3});

    assert_cause(c, "stale-race");
    assert_closed_by(c, "server");
    assert_certainty(c, "likely");
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(2));
    g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, 1);

    g_autoptr(trace) named = trace_new(); /* gunicorn: 2 s by default */
    assert_cause(race(named, (hr_race){.server = "gunicorn"}), "stale-race");
}

/* Nothing shows a timeout, or another moment than its own: the server took the request. */
static void a_close_at_another_time(void)
{
    const hr_race taken[] = {
        {.timeouts = 0},
        {.timeouts = 1}, /* may be chance */
        {.timeouts = 3, .rest = AT_MS(1500)},
        {.timeouts = 3, .waits = AT_MS(200)},
        {.timeouts = 3, .survived = AT_S(3)},
        {.survived = AT_S(3), .server = "gunicorn"}, /* not its default, then */
        {.timeouts = 3, .is_first = true},
        {.timeouts = 3, .refuses = true}, /* its program ended */
        {.timeouts = 3, .waits = AT_MS(200), .is_reset = true},
        {.server = "uvicorn"}, /* 5 s by default */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(taken); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = race(t, taken[i]);
        assert_cause(c, "request-aborted");
        g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, HR_TIME_NONE);
        g_assert_cmpuint(trace_ending(c)->timer_count, ==, 0);
        g_assert_false(trace_ending(c)->is_timer_named);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/stale/timeout", a_close_at_the_servers_own_timeout);
    g_test_add_func("/ending/stale/other-time", a_close_at_another_time);
    return g_test_run();
}

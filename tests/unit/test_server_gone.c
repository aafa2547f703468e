/* test_server_gone.c
 * A server that is stopped and started again: it refuses between, and what ran or was idle when it
 * stopped ended with it. Captured: gunicorn under requests, stopped and started by hand.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

static void accept(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
}

/* At @at it stops. One was idle, another carried a request. */
static trace_connection *stops_under_a_request_at(trace *t, int64_t at)
{
    trace_connection *idle = trace_idle_from(t, "10.0.0.2", AT_MS(50));
    trace_connection *busy = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_request(busy, at - AT_MS(100));
    trace_ack(busy, SERVER, at - AT_US(99900));
    trace_rst(busy, SERVER, at + AT_MS(3));
    trace_close(idle, SERVER, at + AT_MS(10));
    return idle;
}

static trace_connection *stops_under_a_request(trace *t)
{
    return stops_under_a_request_at(t, AT_MS(1500));
}

static void it_stops_refuses_and_returns(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = stops_under_a_request(t);
    trace_refuse(t, AT_MS(1600));
    accept(t, AT_S(3));

    assert_cause(idle, "server-reload");
    assert_certainty(idle, "likely");
}

/* That what was idle had been so for 5 s is chance. */
static void it_stops_after_five_seconds(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = stops_under_a_request_at(t, AT_MS(5050));
    trace_refuse(t, AT_MS(5200));
    accept(t, AT_S(7));

    assert_cause(idle, "server-reload");
}

/* Two that had been idle for 5 s had expired before it stopped. */
static void it_stops_after_a_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_idle_from(t, "10.0.0.2", AT_MS(50));
    trace_connection *two = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_close(one, SERVER, AT_MS(5051));
    trace_close(two, SERVER, AT_MS(5101));
    trace_refuse(t, AT_S(8));
    accept(t, AT_S(9));

    assert_cause(one, "server-idle-timeout");
    assert_cause(two, "server-idle-timeout");
}

/* It accepted again before it refused: the refusal is another story. */
static void it_accepted_in_between(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = stops_under_a_request(t);
    accept(t, AT_MS(1600));
    trace_refuse(t, AT_S(2));
    accept(t, AT_S(3));

    assert_cause(idle, "server-close");
}

/* A SYN that nobody answered may have been lost on the way: that is no refusal. */
static void it_was_silent_once_and_accepts(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = stops_under_a_request(t);
    trace_syn(trace_connect(t), AT_MS(1600));
    accept(t, AT_S(3));

    assert_cause(idle, "server-close");
}

/* Taken 3 ms before the program ended, which resets: no timer and no device had a part in it. */
static trace_connection *reset_under_a_request(trace *t)
{
    trace_connection *c = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_request(c, AT_MS(1500), .method = "POST");
    trace_ack(c, SERVER, AT_US(1500100));
    trace_rst(c, SERVER, AT_MS(1503));
    return c;
}

static void what_it_had_taken_was_aborted(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(50));
    trace_connection *one = reset_under_a_request(t);
    trace_close(two, SERVER, AT_MS(1510));
    trace_refuse(t, AT_MS(1600));

    assert_cause(one, "request-aborted");
}

/* The first sign of the request at the server is the reset: as well an answer of one that has just
 * started, or of a device, which know nothing of the connection. */
static void what_only_the_reset_acknowledges_is_a_race(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(50));
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_request(one, AT_S(60), .method = "POST");
    trace_rst(one, SERVER, AT_US(60000300));
    trace_request(two, AT_MS(60001), .method = "POST");
    trace_rst(two, SERVER, AT_US(60001300));
    trace_refuse(t, AT_MS(60010));
    accept(t, AT_S(70));

    assert_cause(one, "stale-race");
    assert_certainty(one, "likely");
    assert_cause(two, "stale-race");
}

/* Its program was over: no timeout of the client would have saved the request, however long the
 * connection had been idle. */
static void what_met_nobody_asks_no_client_to_expire(void)
{
    for (int i = 0; i < 2; i++) {
        const int64_t at = i == 0 ? AT_MS(408) : AT_MS(5110);
        g_autoptr(trace) t = trace_new();
        trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
        trace_request(one, at, .method = "POST");
        trace_rst(one, SERVER, at + AT_US(300));
        trace_refuse(t, at + AT_MS(2));

        assert_cause(one, "stale-race");
        g_assert_true(trace_happened(t, "stay_up", "under requests that got no answer"));
        g_assert_null(trace_fix(t, "expire_sooner"));
    }
}

/* A timeout of the server that fits had closed it, whoever refuses later. */
static void what_a_timer_closed_had_expired(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_fin(one, SERVER, AT_MS(5101));
    trace_request(one, AT_MS(5102), .method = "POST");
    trace_rst(one, SERVER, AT_MS(5103));
    trace_refuse(t, AT_MS(5200));

    assert_cause(one, "stale-race");
    g_assert_nonnull(trace_fix(t, "expire_sooner"));
    g_assert_null(trace_fix(t, "stay_up"));
}

/* A refusal hours later is of another stop. */
static void it_refused_hours_later(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(50));
    trace_connection *one = reset_under_a_request(t);
    trace_close(two, SERVER, AT_MS(1510));
    trace_refuse(t, AT_S(7200));
    accept(t, AT_S(7300));

    assert_cause(one, "stale-race");
    assert_cause(two, "server-close");
}

/* Alone it says that the server closes what is idle. */
static void alone_it_is_a_race(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = reset_under_a_request(t);
    accept(t, AT_MS(1600));

    assert_cause(one, "stale-race");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gone/returns", it_stops_refuses_and_returns);
    g_test_add_func("/gone/five-seconds", it_stops_after_five_seconds);
    g_test_add_func("/gone/timeout", it_stops_after_a_timeout);
    g_test_add_func("/gone/accepted", it_accepted_in_between);
    g_test_add_func("/gone/silent", it_was_silent_once_and_accepts);
    g_test_add_func("/gone/aborted", what_it_had_taken_was_aborted);
    g_test_add_func("/gone/only-by-reset", what_only_the_reset_acknowledges_is_a_race);
    g_test_add_func("/gone/met-nobody", what_met_nobody_asks_no_client_to_expire);
    g_test_add_func("/gone/expired", what_a_timer_closed_had_expired);
    g_test_add_func("/gone/hours-later", it_refused_hours_later);
    g_test_add_func("/gone/race", alone_it_is_a_race);
    return g_test_run();
}

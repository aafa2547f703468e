/* test_forecast_pool.c
 * What a change to the client's pool would bring: one for all calls, or one that keeps more. DESIGN
 * section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"
#include "trace_fixes.h"
#include "trace_forecast.h"

static void clients_of_one_call_that_share_a_pool(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        trace_connection *c = trace_call(t, AT_MS(100 * i), "python-requests/2.31");
        trace_close(c, CLIENT, AT_MS(100 * i) + AT_US(1300));
    }

    assert_forecast(t, "no-close", 4);
    assert_forecast(t, "shared-pool", 1);
}

/* Both stay open, and are used in turns. */
static void two_pools_that_are_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_call(t, AT_MS(0), NULL);
    trace_connection *two = trace_call(t, AT_MS(50), NULL);
    for (int i = 1; i < 4; i++) {
        trace_exchange(one, AT_MS(100 * i), AT_MS(100 * i + 1));
        trace_exchange(two, AT_MS(100 * i + 50), AT_MS(100 * i + 51));
    }

    assert_opened(two, "idle-available", one);
    assert_forecast(t, "bodies-read", 2);
    assert_forecast(t, "shared-pool", 1);
}

/* Two programs cannot share one. */
static void pools_of_two_programs(void)
{
    g_autoptr(trace) t = trace_new();
    trace_call(t, AT_MS(0), "curl/8.5.0");
    trace_call(t, AT_MS(50), GO);

    assert_forecast(t, "shared-pool", 2);
}

/* Four at once, twice; the pool keeps two, so that the second burst opens two more. */
static void idle_connections_that_are_kept(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_open(t, AT_MS(i));
        trace_request(c[i], AT_MS(i) + SETUP);
    }
    for (int i = 0; i < 4; i++) {
        trace_answer(c[i], AT_MS(20 + i));
        if (i >= 2) {
            trace_close(c[i], CLIENT, AT_MS(20 + i) + AT_US(100));
        }
    }
    trace_request(c[0], AT_MS(500));
    trace_request(c[1], AT_MS(501));
    for (int i = 4; i < 6; i++) {
        c[i] = trace_open(t, AT_MS(498 + i));
        trace_request(c[i], AT_MS(498 + i) + SETUP);
    }
    trace_answer(c[0], AT_MS(520));
    trace_answer(c[1], AT_MS(521));
    for (int i = 4; i < 6; i++) {
        trace_answer(c[i], AT_MS(518 + i));
        trace_close(c[i], CLIENT, AT_MS(518 + i) + AT_US(100));
    }
    trace_exchange(c[0], AT_S(1), AT_MS(1001));

    assert_cause(c[3], "pool-limit");
    assert_forecast(t, "bodies-read", 6);
    assert_forecast(t, "idle-kept:3", 5);
    assert_forecast(t, "idle-kept:4", 4);
    assert_forecast(t, "idle-kept:1", 7);
}

/* Three at once for a pool that keeps two, and drops the one that was idle for longest: what is
 * left is younger than in a pool that drops the one that comes. */
static void pool_that_drops_the_oldest(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = trace_open(t, AT_MS(i));
        trace_request(c[i], AT_MS(i) + SETUP);
    }
    trace_answer(c[0], AT_MS(20));
    trace_answer(c[1], AT_MS(40));
    trace_answer(c[2], AT_S(5));
    trace_close(c[0], CLIENT, AT_S(5) + AT_US(200));
    trace_request(c[2], AT_S(8));
    trace_request(c[1], AT_S(8) + AT_MS(1));
    trace_answer(c[1], AT_S(9));
    trace_answer(c[2], AT_S(9) + AT_MS(1));
    trace_exchange(c[2], AT_S(10), AT_S(11));

    assert_cause(c[0], "pool-limit");
    assert_forecast(t, "bodies-read", 3);
    assert_forecast(t, "server-idle:6", 4); /* c[1] is 8 s old, c[2] 3 s */
}

/* Two hosts with two calls at once each, for a pool that keeps two connections in all: it has room
 * for one host's, and drops the other's. To each host alone two were never too many. */
static void pool_of_all_hosts(void)
{
    g_autoptr(trace) t = trace_new();
    trace_two_of_two_hosts(t, 6);

    assert_forecast(t, "bodies-read", 6);
    assert_forecast(t, "idle-kept:4", 2);
}

static void bursts_of_an_event_loop(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[10];
    trace_loop_burst(t, NULL, c, 6, AT_MS(0));
    trace_loop_burst(t, c, c + 6, 4, AT_S(1));
    trace_exchange(c[0], AT_S(2), AT_S(2) + AT_MS(1));

    assert_opened(c[6], "all-busy", c[1]);
    assert_cause(c[5], "pool-limit");
    assert_cause(c[9], "pool-limit");
    assert_forecast(t, "bodies-read", 10);
    assert_forecast(t, "idle-kept:6", 6);
    hr_forecast forecast; /* of a pool that is large enough, though no two requests ran at once */
    g_assert_true(hr_fix_forecast(trace_analysis(t), trace_fix(t, "keep_more_idle"), &forecast));
    g_assert_cmpuint(forecast.changed.connections, ==, 6);
}

/* Ready for long before its request: a loop that is busy sends it then. */
static void call_that_was_sent_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int i = 0; i < 3; i++) {
        trace_exchange(c[i], AT_MS(50 + 2 * i), AT_MS(51 + 2 * i));
        trace_close(c[i], SERVER, AT_MS(51 + 2 * i) + AT_US(500));
    }

    assert_forecast(t, "server-idle:60", 3);
}

/* Four threads of a program that is slow to read and to send, and a pool that keeps two: three
 * answers are on the wire before the first of the next requests is, and none of their connections
 * had to go. */
static void threads_that_are_slow(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int i = 0; i < 4; i++) {
        trace_request(c[i], AT_MS(5 + i));
    }
    for (int round = 0; round < 5; round++) {
        const int64_t at = AT_MS(20 * (round + 1));
        for (int i = 0; i < 3; i++) {
            trace_answer(c[i], at + AT_US(300) * i);
        }
        for (int i = 0; i < 3; i++) {
            trace_request(c[i], at + AT_US(1600) + AT_US(300) * i);
        }
    }
    for (int i = 0; i < 4; i++) {
        trace_answer(c[i], AT_MS(200 + 10 * i));
        if (i >= 2) {
            trace_close(c[i], CLIENT, AT_MS(200 + 10 * i) + AT_US(200));
        }
    }
    trace_exchange(c[0], AT_S(1), AT_MS(1001));
    trace_exchange(c[1], AT_S(2), AT_MS(2001));

    assert_cause(c[2], "pool-limit");
    assert_forecast(t, "idle-kept:4", 4);
}

/* So many connections the item of @change would save. */
static uint32_t saved_by(trace *t, const char *change)
{
    hr_forecast forecast;

    g_assert_nonnull(trace_fix(t, change));
    g_assert_true(hr_fix_forecast(trace_analysis(t), trace_fix(t, change), &forecast));
    g_assert_true(forecast.is_given);
    return forecast.captured.connections - forecast.changed.connections;
}

/* Behind one address @agent opens a second one beside an idle one, and curl is run for each call. */
static void two_pools_beside_one_call_each(trace *t, const char *agent)
{
    trace_connection *one = trace_call(t, AT_MS(0), agent);
    trace_connection *two = trace_call(t, AT_MS(30), agent);
    for (int i = 1; i <= 4; i++) {
        trace_close(trace_call(t, AT_MS(100 * i), "curl/8.5.0"), CLIENT,
                    AT_MS(100 * i) + AT_US(1300));
    }
    trace_exchange(one, AT_MS(450), AT_MS(451));
    trace_exchange(two, AT_MS(470), AT_MS(471));
    assert_opened(two, "idle-available", one);
}

/* Two items at one origin: each brings what its own program would win. */
static void change_of_one_of_two_programs(void)
{
    g_autoptr(trace) t = trace_new();
    two_pools_beside_one_call_each(t, GO);

    g_assert_cmpuint(trace_cost(t, "keep_client"), ==, 3);
    g_assert_cmpuint(saved_by(t, "keep_client"), ==, 3);
    g_assert_cmpuint(trace_cost(t, "share_pool"), ==, 1);
    g_assert_cmpuint(saved_by(t, "share_pool"), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/forecast_pool/shared-pool/one-call", clients_of_one_call_that_share_a_pool);
    g_test_add_func("/forecast_pool/shared-pool/two", two_pools_that_are_one);
    g_test_add_func("/forecast_pool/shared-pool/two-programs", pools_of_two_programs);
    g_test_add_func("/forecast_pool/items/two-programs", change_of_one_of_two_programs);
    g_test_add_func("/forecast_pool/idle-kept", idle_connections_that_are_kept);
    g_test_add_func("/forecast_pool/idle-kept/oldest", pool_that_drops_the_oldest);
    g_test_add_func("/forecast_pool/idle-kept/all-hosts", pool_of_all_hosts);
    g_test_add_func("/forecast_pool/idle-kept/slow-threads", threads_that_are_slow);
    g_test_add_func("/forecast_pool/event-loop/bursts", bursts_of_an_event_loop);
    g_test_add_func("/forecast_pool/event-loop/sent-late", call_that_was_sent_late);
    return g_test_run();
}

/* test_pool_busy_too.c
 * A pool that counts its busy connections, too: while more are open than it keeps idle ones, each is
 * closed after its answer, also before any of them is idle. httpcore, connection_pool.py; truth: 36
 * calls of httpx.AsyncClient(limits=Limits(max_connections=12, max_keepalive_connections=4)), 12 at
 * a time, opened 28 connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"

#define HTTPX "python-httpx/0.23.3"

/* Six calls at once by @user_agent: the first four are closed after their answers, two stay and
 * serve again. */
static void burst(trace *t, const char *user_agent, trace_connection *c[6])
{
    for (int i = 0; i < 6; i++) {
        c[i] = trace_open(t, AT_MS(2 * i));
    }
    for (int i = 0; i < 6; i++) {
        trace_request(c[i], AT_MS(20) + AT_US(i), .user_agent = user_agent);
    }
    for (int i = 0; i < 6; i++) {
        trace_answer(c[i], AT_MS(30 + 5 * i));
        if (i < 4) {
            trace_close(c[i], CLIENT, AT_MS(30 + 5 * i) + AT_US(300));
        }
    }
    for (int i = 4; i < 6; i++) {
        trace_request(c[i], AT_MS(100 * i), .user_agent = user_agent);
        trace_answer(c[i], AT_MS(100 * i + 10));
    }
    trace_request(c[5], AT_S(2), .user_agent = user_agent);
    trace_answer(c[5], AT_S(2) + AT_MS(1));
}

static void each_above_the_limit_is_closed_after_its_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    burst(t, HTTPX, c);

    for (int i = 0; i < 4; i++) {
        assert_cause(c[i], "pool-limit");
        g_assert_cmpuint(trace_ending(c[i])->limit, ==, 2);
    }
    g_assert_true(trace_advises(t, "keep_more_idle", "max_keepalive_connections"));
}

/* Of one that counts its idle ones alone no place was taken when the first ones came back. */
static void another_librarys_pool_had_room(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    burst(t, "python-requests/2.28.1", c);

    assert_cause(c[0], "client-close");
}

/* httpx.get() beside a client whose connection is idle: its own client object ends with it. */
static void an_object_of_its_own_is_no_full_pool(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = trace_open(t, AT_MS(0));
    trace_request(kept, AT_MS(5), .user_agent = HTTPX);
    trace_answer(kept, AT_MS(6));
    trace_connection *own = trace_open(t, AT_MS(100));
    trace_request(own, AT_MS(105), .user_agent = HTTPX);
    trace_answer(own, AT_MS(106));
    trace_close(own, CLIENT, AT_MS(106) + AT_US(300));
    trace_request(kept, AT_S(1), .user_agent = HTTPX);
    trace_answer(kept, AT_S(1) + AT_MS(1));
    trace_request(kept, AT_S(2), .user_agent = HTTPX);
    trace_answer(kept, AT_S(2) + AT_MS(1));

    assert_cause(own, "client-close");
}

/* ... as it does beside a pool that keeps several, and once dropped some. */
static void an_object_beside_several_is_no_full_pool(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    burst(t, HTTPX, c);
    trace_connection *own = trace_open(t, AT_S(3));
    trace_request(own, AT_S(3) + AT_MS(5), .user_agent = HTTPX);
    trace_answer(own, AT_S(3) + AT_MS(6));
    trace_close(own, CLIENT, AT_S(3) + AT_MS(6) + AT_US(300));
    trace_request(c[5], AT_S(4), .user_agent = HTTPX);
    trace_answer(c[5], AT_S(4) + AT_MS(1));

    assert_cause(own, "client-close");
}

/* ... or beside one whose connection is busy. */
static void an_object_beside_a_busy_one_is_no_full_pool(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = trace_open(t, AT_MS(0));
    trace_request(kept, AT_MS(5), .user_agent = HTTPX);
    trace_connection *own = trace_open(t, AT_MS(100));
    trace_request(own, AT_MS(105), .user_agent = HTTPX);
    trace_answer(own, AT_MS(106));
    trace_close(own, CLIENT, AT_MS(106) + AT_US(300));
    trace_answer(kept, AT_MS(200));
    trace_request(kept, AT_S(1), .user_agent = HTTPX);
    trace_answer(kept, AT_S(1) + AT_MS(1));
    trace_request(kept, AT_S(2), .user_agent = HTTPX);
    trace_answer(kept, AT_S(2) + AT_MS(1));

    assert_cause(own, "client-close");
}

/* It keeps six at another time: none of them was too many. */
static void who_kept_as_many_had_room(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    trace_connection *later[6];
    burst(t, HTTPX, c);
    for (int i = 0; i < 6; i++) {
        later[i] = trace_open(t, AT_S(3) + AT_MS(2 * i));
    }
    for (int i = 0; i < 6; i++) {
        trace_request(later[i], AT_S(3) + AT_MS(20), .user_agent = HTTPX);
    }
    for (int i = 0; i < 6; i++) {
        trace_answer(later[i], AT_S(3) + AT_MS(30 + i));
    }
    trace_request(later[0], AT_S(5), .user_agent = HTTPX);
    trace_answer(later[0], AT_S(5) + AT_MS(1));

    assert_cause(c[0], "client-close");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool-busy-too/httpx", each_above_the_limit_is_closed_after_its_answer);
    g_test_add_func("/pool-busy-too/other", another_librarys_pool_had_room);
    g_test_add_func("/pool-busy-too/own-object", an_object_of_its_own_is_no_full_pool);
    g_test_add_func("/pool-busy-too/own-beside-several", an_object_beside_several_is_no_full_pool);
    g_test_add_func("/pool-busy-too/own-beside-busy", an_object_beside_a_busy_one_is_no_full_pool);
    g_test_add_func("/pool-busy-too/kept-more", who_kept_as_many_had_room);
    return g_test_run();
}

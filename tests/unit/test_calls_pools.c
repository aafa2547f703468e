/* test_calls_pools.c
 * What a replay is told of the pools of a client: which connections were in one, who waited for whose answer,
 * and when a busy client had called. seen_pools.h, follows.h, full_pools.h, unread.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_forecast.h"
#include "trace_h2.h"

#define CURL "curl/8.5.0"

/* ---- which pools there were ---- */

static void assert_pools(trace *t, const char *pools)
{
    g_autoptr(hr_calls) calls = trace_asked(t);

    for (uint32_t i = 0; pools[i] != '\0'; i++) {
        g_assert_cmpuint(calls->carriers[i].pool, ==, (uint32_t)(pools[i] - '0'));
    }
}

/* Two pools, of which one has its connection in use, or lost it: a third connection beside the idle one of
 * the other pool is of the first, not of another one. */
static void a_pool_without_an_idle_one_opens(void)
{
    enum {
        IN_USE,
        SAID,
        AT_REST,
        WAYS
    };
    for (int way = IN_USE; way < WAYS; way++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[3];
        c[0] = trace_call(t, AT_MS(0), GO);
        c[1] = trace_call(t, AT_MS(50), GO);
        assert_opened(c[1], "idle-available", c[0]);
        trace_request(c[0], AT_MS(100));
        if (way != IN_USE) {
            trace_answer(c[0], AT_MS(110), .connection = way == SAID ? "close" : NULL);
        }
        trace_exchange(c[1], AT_MS(150), AT_MS(151));
        if (way == AT_REST) {
            trace_close(c[0], SERVER, AT_MS(310));
        }
        c[2] = trace_call(t, AT_MS(400), GO);
        if (way == IN_USE) {
            trace_answer(c[0], AT_MS(500));
        }
        assert_opened(c[2], "idle-available", c[1]);
        assert_pools(t, "010");
    }
}

/* ... but not of another program's. */
static void pools_are_of_programs(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    c[0] = trace_call(t, AT_MS(0), CURL);
    trace_request(c[0], AT_MS(10), .user_agent = CURL);
    c[1] = trace_call(t, AT_MS(50), GO);
    c[2] = trace_call(t, AT_MS(100), GO);
    assert_opened(c[2], "idle-available", c[1]);
    c[3] = trace_open(t, AT_MS(200)); /* nobody knows whose: it is of the first */
    trace_answer(c[0], AT_MS(300));
    g_autoptr(hr_calls) calls = trace_asked(t);

    assert_pools(t, "0120");
    g_assert_cmpuint(calls->first_pools->len, ==, 3);
    for (uint32_t i = 0; i < 3; i++) {
        g_assert_cmpuint(g_array_index(calls->first_pools, uint32_t, i), ==, MIN(i, 1));
    }
}

/* What nobody knows the program of leaves the pool to whose it is. */
static void a_dial_changes_no_program(void)
{
    g_autoptr(trace) t = trace_new();
    trace_call(t, AT_MS(0), CURL);
    trace_open(t, AT_MS(50));
    trace_call(t, AT_MS(100), GO);

    assert_pools(t, "001");
}

/* A third one that was needed since the second pool's was busy is of that. */
static void a_pool_whose_all_are_busy_opens(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    c[0] = trace_call(t, AT_MS(0), NULL);
    c[1] = trace_call(t, AT_MS(50), NULL);
    trace_request(c[0], AT_MS(90));
    trace_request(c[1], AT_MS(100));
    c[2] = trace_call(t, AT_MS(110), NULL);
    trace_answer(c[0], AT_MS(200));
    trace_answer(c[1], AT_MS(210));
    g_assert_cmpstr(hr_why_token(trace_opening(c[2])->why), ==, "all-busy");

    assert_pools(t, trace_opening(c[2])->connection == c[1]->model ? "011" : "010");
}

/* What has carried nothing is being set up, not idle: the call beside it may be of its pool. */
static void a_dial_is_not_idle(void)
{
    g_autoptr(trace) t = trace_new();
    trace_open(t, AT_MS(0));
    trace_call(t, AT_MS(500), NULL);

    assert_pools(t, "00");
}

/* A connection of several streams is idle as long as one is free, and counts once. */
static void a_connection_of_streams_is_idle_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    for (int i = 0; i < 2; i++) {
        c[i] = h2_open_limited(t, AT_MS(100 * i), 2);
        h2_exchange(c[i], 1, AT_MS(100 * i + 10), AT_MS(100 * i + 11));
    }
    assert_opened(c[1], "idle-available", c[0]);
    h2_ask(c[0], 3, AT_MS(210));
    h2_ask(c[0], 5, AT_MS(211)); /* both of its streams run */
    c[2] = h2_open_limited(t, AT_MS(300), 2);
    h2_exchange(c[2], 1, AT_MS(310), AT_MS(311));
    h2_answer(c[0], 3, AT_MS(400));
    h2_answer(c[0], 5, AT_MS(401));
    assert_opened(c[2], "idle-available", c[1]);

    assert_pools(t, "010");
}

/* ---- who waited for whom ---- */

/* The call whose answer call @index waited for, or HR_CALL_NONE. */
static uint32_t leader_of(const hr_calls *calls, uint32_t index)
{
    uint32_t leader = HR_CALL_NONE;

    for (uint32_t i = 0; i < calls->calls->len; i++) {
        for (uint32_t at = hr_calls_at(calls, i)->first_follower; at != HR_CALL_NONE;
             at = hr_calls_at(calls, at)->next_follower) {
            leader = at == index ? i : leader;
        }
    }
    g_assert_true(call_at(calls, index)->is_follower == (leader != HR_CALL_NONE));
    return leader;
}

/* Workers: what is called at rest waited for the last answer, what is called beside others for the latest
 * that nobody waited for; a dial takes none away. */
static void who_waited_for_whom(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *a = trace_open(t, AT_MS(0));
    trace_exchange(a, AT_MS(1), AT_MS(10)); /* 0 */
    trace_request(a, AT_MS(20));            /* 1 */
    trace_connection *b = trace_open(t, AT_MS(21));
    trace_request(b, AT_MS(22)); /* 2, wanted at 21 */
    trace_answer(a, AT_MS(30));
    trace_request(a, AT_MS(35)); /* 3 */
    trace_connection *c = trace_open(t, AT_MS(37));
    trace_request(c, AT_MS(38)); /* 4, wanted at 37: no answer is left */
    trace_answer(b, AT_MS(50));
    trace_open(t, AT_MS(70));    /* 5, a dial */
    trace_request(b, AT_MS(72)); /* 6 */
    trace_answer(a, AT_MS(80));
    trace_request(a, AT_MS(80)); /* 7, at the very time of the answer */
    trace_answer(a, AT_MS(100));
    trace_answer(b, AT_MS(101));
    trace_answer(c, AT_MS(102));
    trace_exchange(a, AT_MS(110), AT_MS(111)); /* 8, at rest */
    g_autoptr(hr_calls) calls = trace_asked(t);
    static const uint32_t leaders[] = {HR_CALL_NONE, 0, 0, 1, HR_CALL_NONE, HR_CALL_NONE, 2, 3, 4};

    g_assert_cmpuint(calls->calls->len, ==, G_N_ELEMENTS(leaders));
    for (uint32_t i = 0; i < G_N_ELEMENTS(leaders); i++) {
        g_assert_cmpuint(leader_of(calls, i), ==, leaders[i]);
    }
}

/* ---- a full pool ---- */

/* A pool that keeps two, as the end shows; three answers come within a millisecond. The third came into the
 * pool when there was room, @room_ns after the first of the answers. */
static int64_t third_came_at(int64_t room_ns, bool is_first_to_go)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int i = 0; i < 4; i++) {
        trace_request(c[i], AT_MS(5 + i));
    }
    for (int i = 0; i < 3; i++) {
        trace_answer(c[i], AT_MS(20) + AT_US(300) * i);
    }
    for (int i = 0; i < 3; i++) {
        trace_request(c[is_first_to_go ? (i + 2) % 3 : i], AT_MS(20) + room_ns + AT_US(300) * i);
    }
    for (int i = 0; i < 4; i++) {
        trace_answer(c[i], AT_MS(200 + 10 * i));
        if (i >= 2) {
            trace_close(c[i], CLIENT, AT_MS(200 + 10 * i) + AT_US(200));
        }
        if (i == 2) { /* a moment later there would have been room for what was dropped */
            trace_exchange(c[1], AT_MS(221), AT_MS(225));
        }
    }
    trace_exchange(c[0], AT_S(1), AT_MS(1001));
    trace_exchange(c[1], AT_S(2), AT_MS(2001));
    g_autoptr(hr_calls) calls = trace_asked(t);
    assert_cause(c[2], "pool-limit");

    g_assert_cmpuint(calls->habits.idle_kept, ==, 2);
    g_assert_cmpuint(call_at(calls, 2)->connection, ==, 2);
    g_assert_cmpint(call_at(calls, 0)->end_ns, ==, AT_MS(20));
    g_assert_cmpint(call_at(calls, 1)->end_ns, ==, AT_MS(20) + AT_US(300));
    for (uint32_t i = 3; i < calls->calls->len; i++) {
        const hr_call *call = call_at(calls, i);
        if (call->connection == 2 && call->is_final) {
            g_assert_cmpint(call->end_ns, ==, AT_MS(220));
        }
    }
    return call_at(calls, 2)->end_ns - AT_MS(20);
}

static void who_comes_when_there_is_room(void)
{
    g_assert_cmpint(third_came_at(AT_US(1600), false), ==, AT_US(1600));
    g_assert_cmpint(third_came_at(AT_US(1600), true), ==, AT_US(1600));  /* it went at once */
    g_assert_cmpint(third_came_at(AT_US(2600), false), ==, AT_US(2600)); /* 2 ms after it */
}

/* ---- what was called before answers were read ---- */

/* An event loop asks on the two that it keeps, and dials for four more calls of the same moment: it had
 * called for all before the first of these answers, and what was idle went first. */
static void a_burst_was_called_at_once(void)
{
    g_autoptr(trace) t = trace_new();
    const int64_t at = AT_S(1);
    trace_connection *c[10];
    trace_loop_burst(t, NULL, c, 6, AT_MS(0));
    trace_loop_burst(t, c, c + 6, 4, at);
    trace_exchange(c[1], AT_S(2), AT_S(2) + AT_MS(1));
    assert_opened(c[6], "all-busy", c[1]);
    g_autoptr(hr_calls) calls = trace_asked(t);
    unsigned moved = 0;

    for (uint32_t i = 0; i < calls->calls->len; i++) {
        const hr_call *call = call_at(calls, i);
        if (call->connection >= 6) {
            g_assert_cmpint(call->call_ns, ==, at + AT_US(100) - 1);
            moved++;
        } else if (call->end_ns == at + AT_US(300)) { /* of the second of the two */
            g_assert_cmpint(call->call_ns, ==, at + AT_US(100) - 2);
            moved++;
        } else if (call->end_ns == at + AT_US(100)) { /* it had the first answer */
            g_assert_cmpint(call->call_ns, ==, at);
            moved++;
        }
    }
    g_assert_cmpuint(moved, ==, 6);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pools/exhausted", a_pool_without_an_idle_one_opens);
    g_test_add_func("/pools/programs", pools_are_of_programs);
    g_test_add_func("/pools/programs/unknown", a_dial_changes_no_program);
    g_test_add_func("/pools/busy", a_pool_whose_all_are_busy_opens);
    g_test_add_func("/pools/dial", a_dial_is_not_idle);
    g_test_add_func("/pools/streams", a_connection_of_streams_is_idle_once);
    g_test_add_func("/follows/workers", who_waited_for_whom);
    g_test_add_func("/full/room", who_comes_when_there_is_room);
    g_test_add_func("/unread/burst", a_burst_was_called_at_once);
    return g_test_run();
}

/* test_ending_pattern.c
 * A timeout that is in no table shows by itself: several connections end after the same idle time,
 * at moments of their own, and none was used again after a longer one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

static trace_connection *answered(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at - AT_MS(10));
    trace_exchange(c, at - AT_MS(5), at);
    return c;
}

/* The client goes on, elsewhere. */
static void go_on(trace *t, int64_t at)
{
    trace_connection *c = trace_open_to(t, "10.0.0.99", 80, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
}

static const char *cause_of_two(int64_t first_idle, int64_t second_idle)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = answered(t, AT_MS(10));
    trace_close(one, SERVER, AT_MS(10) + first_idle);
    trace_connection *two = answered(t, AT_S(20));
    trace_close(two, SERVER, AT_S(20) + second_idle);
    g_assert_cmpstr(hr_close_cause_token(trace_ending(one)->cause), ==,
                    hr_close_cause_token(trace_ending(two)->cause));
    g_assert_cmpuint(trace_ending(two)->timer_count, ==, 0); /* no candidate is named */
    return hr_close_cause_token(trace_ending(two)->cause);
}

static void same_idle_time_twice(void)
{
    g_assert_cmpstr(cause_of_two(AT_MS(1700), AT_MS(1703)), ==, "server-idle-timeout");
}

static void within_1_percent(void)
{
    g_assert_cmpstr(cause_of_two(AT_MS(1000), AT_MS(1010)), ==, "server-idle-timeout");
    g_assert_cmpstr(cause_of_two(AT_MS(1000), AT_MS(1011)), ==, "server-close");
}

/* Node's agent with a timeout of 1 s: 1.005, 1.002 and 1.003 s, and once, as it was busy, 1.024
 * s. */
static const char *cause_beside_two(int64_t idle, int64_t second_at)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = answered(t, AT_MS(10));
    trace_connection *two = answered(t, second_at - AT_MS(1005));
    trace_close(one, CLIENT, AT_MS(10) + AT_MS(1002));
    trace_close(two, CLIENT, second_at);
    trace_connection *last = answered(t, AT_S(10));
    trace_close(last, CLIENT, AT_S(10) + idle);
    go_on(t, AT_S(20));
    trace_analysis(t);
    return hr_close_cause_token(trace_ending(last)->cause);
}

static void late_by_a_little(void)
{
    g_assert_cmpstr(cause_beside_two(AT_MS(1024), AT_MS(1500)), ==, "client-idle-timeout");
    g_assert_cmpstr(cause_beside_two(AT_MS(1050), AT_MS(1500)), ==, "client-idle-timeout");
    g_assert_cmpstr(cause_beside_two(AT_MS(1060), AT_MS(1500)), ==, "client-close");
    g_assert_cmpstr(cause_beside_two(AT_MS(980), AT_MS(1500)), ==, "client-close"); /* early */
    /* The two that it is late for are one event. */
    g_assert_cmpstr(cause_beside_two(AT_MS(1024), AT_MS(1025)), ==, "client-close");
}

/* curl -X HEAD --max-time 1, three runs: each waits for the body that the answer announces. */
static const char *cause_after_one(const char *method)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *last = NULL;
    for (int i = 0; i < 3; i++) {
        last = trace_open(t, AT_S(2 * i));
        trace_request(last, AT_S(2 * i) + AT_MS(1), .method = method);
        trace_answer(last, AT_S(2 * i) + AT_MS(2), .is_header_only = method[0] == 'H');
        trace_close(last, CLIENT, AT_S(2 * i) + AT_MS(1003));
    }
    go_on(t, AT_S(20));
    trace_analysis(t);
    return hr_close_cause_token(trace_ending(last)->cause);
}

static void wait_for_the_body_of_head(void)
{
    g_assert_cmpstr(cause_after_one("HEAD"), ==, "client-close");
    g_assert_cmpstr(cause_after_one("GET"), ==, "client-idle-timeout");
}

/* requests' timeout of 1 s, three calls whose answers never end, and a snap length that leaves nothing of how
 * long they are to be: each may have been waited for. Where what was asked was answered alike before,
 * and the connection went on, such an answer is over, and the client has a timer. */
static const char *cause_of_cut(bool was_asked_before, const char *target, trace_side by)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *last = NULL;
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(4 * i);
        last = trace_open(t, at);
        if (was_asked_before) {
            trace_request(last, at + AT_MS(1), .target = target);
            trace_answer(last, at + AT_MS(2), .is_cut = true);
        }
        trace_request(last, at + AT_MS(100), .target = "/events?since=2");
        trace_answer(last, at + AT_MS(101), .is_cut = true);
        trace_close(last, by, at + AT_MS(1102));
    }
    go_on(t, AT_S(20));
    trace_analysis(t);
    return hr_close_cause_token(trace_ending(last)->cause);
}

static void wait_for_what_a_snap_length_hides(void)
{
    g_assert_cmpstr(cause_of_cut(false, NULL, CLIENT), ==, "client-close");
    g_assert_cmpstr(cause_of_cut(true, "/other", CLIENT), ==, "client-close");
    g_assert_cmpstr(cause_of_cut(true, "/events?since=1", CLIENT), ==, "client-idle-timeout");
    g_assert_cmpstr(cause_of_cut(false, NULL, SERVER), ==, "server-idle-timeout");
}

/* DESIGN section 5: without a default that fits, less than a second is a program's own time. Of a
 * server of Node.js with a timeout of 1 s one of three connections ended after 999.9 ms. */
static void under_a_second_is_no_timer(void)
{
    g_assert_cmpstr(cause_of_two(AT_MS(1000), AT_MS(1000)), ==, "server-idle-timeout");
    g_assert_cmpstr(cause_of_two(AT_MS(1001), AT_US(999900)), ==, "server-idle-timeout");
    g_assert_cmpstr(cause_of_two(AT_MS(990), AT_MS(990)), ==, "server-close");
}

/* A server that closes whenever it likes: idle times that are all over a decade meet by chance. */
static void closes_at_random_are_no_timer(void)
{
    g_autoptr(trace) t = trace_new();
    uint32_t seed = 12345;
    int64_t at = 0;
    for (int i = 0; i < 200; i++) {
        seed = seed * 1664525u + 1013904223u; /* an LCG of Numerical Recipes */
        const int64_t decade = AT_MS(1000) << ((seed >> 24) % 6);
        const int64_t idle = decade + decade / 65536 * ((seed >> 8) & 0xffff);
        trace_connection *c = trace_open(t, at);
        trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
        trace_close(c, SERVER, at + AT_MS(2) + idle);
        at += idle + AT_S(1);
    }

    g_assert_cmpuint(trace_totals(t)->ended[HR_CLOSE_SERVER_IDLE_TIMEOUT], <, 20);
}

/* An idle time that was longer, and still ended with a request, shows that there is no timer. */
static void longer_idle_that_was_reused_refutes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = answered(t, AT_MS(10));
    trace_close(one, SERVER, AT_MS(10) + AT_MS(1700));
    trace_connection *two = answered(t, AT_S(20));
    trace_close(two, SERVER, AT_S(20) + AT_MS(1700));
    trace_connection *three = answered(t, AT_S(40));
    trace_exchange(three, AT_S(43), AT_S(43) + AT_MS(1));

    assert_cause(one, "server-close");
    assert_cause(two, "server-close");
}

/* A restart closes them all in one moment, whatever they had been idle for. */
static void ends_at_one_instant_are_one_event(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_connection *two = trace_open(t, AT_MS(1));
    trace_exchange(one, AT_MS(5), AT_MS(10));
    trace_exchange(two, AT_MS(10), AT_MS(11));
    trace_fin(one, SERVER, AT_MS(1710));
    trace_fin(two, SERVER, AT_MS(1711));

    assert_cause(one, "server-close");
}

static void same_idle_time_by_different_sides(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = answered(t, AT_MS(10));
    trace_close(one, SERVER, AT_MS(710));
    trace_connection *two = answered(t, AT_S(20));
    trace_close(two, CLIENT, AT_S(20) + AT_MS(700));
    go_on(t, AT_S(30));

    assert_cause(one, "server-close");
    assert_cause(two, "client-close");
}

static void same_idle_time_at_different_servers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = answered(t, AT_MS(10));
    trace_close(one, SERVER, AT_MS(710));
    trace_connection *two = trace_open_to(t, "10.0.0.81", 80, AT_S(19));
    trace_exchange(two, AT_MS(19500), AT_S(20));
    trace_close(two, SERVER, AT_S(20) + AT_MS(700));

    assert_cause(one, "server-close");
    assert_cause(two, "server-close");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/idle-timeout/twice", same_idle_time_twice);
    g_test_add_func("/ending/idle-timeout/twice-1-percent", within_1_percent);
    g_test_add_func("/ending/idle-timeout/late", late_by_a_little);
    g_test_add_func("/ending/idle-timeout/head", wait_for_the_body_of_head);
    g_test_add_func("/ending/idle-timeout/cut", wait_for_what_a_snap_length_hides);
    g_test_add_func("/ending/idle-timeout/twice-1-s", under_a_second_is_no_timer);
    g_test_add_func("/ending/idle-timeout/random", closes_at_random_are_no_timer);
    g_test_add_func("/ending/idle-timeout/longer-reused", longer_idle_that_was_reused_refutes);
    g_test_add_func("/ending/idle-timeout/one-instant", ends_at_one_instant_are_one_event);
    g_test_add_func("/ending/idle-timeout/twice-not-sides", same_idle_time_by_different_sides);
    g_test_add_func("/ending/idle-timeout/twice-not-servers", same_idle_time_at_different_servers);
    return g_test_run();
}

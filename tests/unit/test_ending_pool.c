/* test_ending_pool.c
 * The client's pool keeps only N idle connections: told from an unread body by the siblings that
 * stay. DESIGN section 5, pool-limit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#define GO "Go-http-client/1.1"

/* @count connections, a request on each, all outstanding at @at. */
static void burst(trace *t, trace_connection **c, int count, int64_t at)
{
    for (int i = 0; i < count; i++) {
        c[i] = trace_open(t, at - AT_MS(count - i) * 2);
    }
    for (int i = 0; i < count; i++) {
        trace_request(c[i], at, .user_agent = GO);
    }
}

/* The client goes on, elsewhere. */
static void go_on(trace *t, int64_t at)
{
    trace_connection *c = trace_open_to(t, "10.0.0.99", 80, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
}

static void two_of_four_stay(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    burst(t, c, 4, AT_MS(10));
    trace_answer(c[0], AT_MS(20));
    trace_answer(c[1], AT_MS(21));
    trace_answer(c[2], AT_MS(22));
    trace_close(c[2], CLIENT, AT_US(22100));
    trace_answer(c[3], AT_MS(23));
    trace_close(c[3], CLIENT, AT_US(23100));
    trace_request(c[0], AT_MS(500), .user_agent = GO);
    trace_answer(c[0], AT_MS(501));

    assert_cause(c[2], "pool-limit");
    assert_cause(c[3], "pool-limit");
    assert_closed_by(c[2], "client");
    assert_certainty(c[2], "likely");
    g_assert_cmpuint(trace_ending(c[2])->limit, ==, 2);
    g_assert_cmpuint(trace_ending(c[3])->limit, ==, 2);
    assert_cause(c[0], "open-at-end");
}

/* HAProxy resets what it has no place for, and has read the answer: it came in one segment. With a
 * FIN it does not matter how long that was. */
static void a_reset_may_be_how_it_closes(void)
{
    for (int how = 0; how < 4; how++) {
        const bool is_long = how % 2 != 0;
        const bool is_reset = how < 2;
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2];
        burst(t, c, 2, AT_MS(10));
        trace_answer(c[0], AT_MS(20));
        trace_answer(c[1], AT_MS(22), .body = is_long ? 5000 : TRACE_ANSWER_BODY);
        if (is_reset) {
            trace_rst(c[1], CLIENT, AT_US(22100));
        } else {
            trace_close(c[1], CLIENT, AT_US(22100));
        }
        trace_request(c[0], AT_MS(500), .user_agent = GO);
        trace_answer(c[0], AT_MS(501));

        assert_cause(c[1], is_long && is_reset ? "body-undrained" : "pool-limit");
    }
}

/* Its answer says close, and the end of its request, which may have said so before, was cut off. */
static void who_said_close_may_not_be_known(void)
{
    for (int is_cut = 0; is_cut < 2; is_cut++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1))};
        trace_exchange(c[1], AT_MS(2), AT_MS(3));
        trace_request(c[0], AT_MS(10));
        trace_request(c[1], AT_MS(10), .is_cut = is_cut);
        trace_answer(c[0], AT_MS(20));
        trace_answer(c[1], AT_MS(21), .connection = "close");
        trace_close(c[1], CLIENT, AT_MS(22));
        go_on(t, AT_S(1));

        assert_cause(c[1], is_cut ? "unknown" : "server-close-header");
    }
}

static void it_needs_no_name_of_a_client(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1))};
    trace_request(c[0], AT_MS(10));
    trace_request(c[1], AT_MS(10));
    trace_answer(c[0], AT_MS(20));
    trace_answer(c[1], AT_MS(21));
    trace_close(c[1], CLIENT, AT_MS(22));
    go_on(t, AT_S(1));

    assert_cause(c[1], "pool-limit");
    g_assert_cmpuint(trace_ending(c[1])->limit, ==, 1);
}

static void sibling_becomes_idle_just_after_the_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    burst(t, c, 2, AT_MS(10));
    trace_answer(c[1], AT_MS(20));
    trace_close(c[1], CLIENT, AT_MS(21));
    trace_answer(c[0], AT_MS(23)); /* 2 ms after the close */
    go_on(t, AT_S(1));

    assert_cause(c[1], "pool-limit");
}

static void sibling_becomes_idle_too_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    burst(t, c, 2, AT_MS(10));
    trace_answer(c[1], AT_MS(20));
    trace_close(c[1], CLIENT, AT_MS(21));
    trace_answer(c[0], AT_MS(23) + AT_US(1));
    go_on(t, AT_S(1));

    assert_cause(c[1], "client-close");
}

static void sibling_stays_100_ms(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    burst(t, c, 2, AT_MS(10));
    trace_answer(c[0], AT_MS(20));
    trace_answer(c[1], AT_MS(20));
    trace_close(c[1], CLIENT, AT_MS(21));
    trace_close(c[0], SERVER, AT_MS(121));
    go_on(t, AT_S(1));

    assert_cause(c[1], "pool-limit");
}

static void sibling_leaves_too_early(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    burst(t, c, 2, AT_MS(10));
    trace_answer(c[0], AT_MS(20));
    trace_answer(c[1], AT_MS(20));
    trace_close(c[1], CLIENT, AT_MS(21));
    trace_close(c[0], SERVER, AT_MS(121) - AT_US(1));
    go_on(t, AT_S(1));

    assert_cause(c[1], "client-close");
}

/* It was kept: that it was used again soon shows it best. */
static void sibling_is_used_again_at_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    burst(t, c, 2, AT_MS(10));
    trace_answer(c[0], AT_MS(20));
    trace_answer(c[1], AT_MS(20));
    trace_close(c[1], CLIENT, AT_MS(21));
    trace_request(c[0], AT_MS(22), .user_agent = GO);
    trace_answer(c[0], AT_MS(23));
    go_on(t, AT_S(1));

    assert_cause(c[1], "pool-limit");
}

/* Nothing follows, but the program has not ended: it holds what its pool keeps. */
static void last_burst_of_a_program(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    burst(t, c, 4, AT_MS(10));
    for (int i = 0; i < 4; i++) {
        trace_answer(c[i], AT_MS(20) + AT_US(10) * i);
    }
    trace_close(c[2], CLIENT, AT_US(20200));
    trace_close(c[3], CLIENT, AT_US(20400));
    trace_close(c[0], CLIENT, AT_MS(320));
    trace_close(c[1], CLIENT, AT_MS(321));

    assert_cause(c[2], "pool-limit");
    assert_cause(c[3], "pool-limit");
    assert_cause(c[0], "client-exit");
    assert_cause(c[1], "client-exit");
}

/* Workers without a pause: what is kept at the close is used at once, and lost soon after. */
static void siblings_are_used_again_and_lost(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    burst(t, c, 4, AT_MS(10));
    trace_answer(c[0], AT_MS(20));
    trace_answer(c[1], AT_MS(21));
    trace_answer(c[2], AT_MS(24));
    trace_request(c[0], AT_US(24050), .user_agent = GO); /* a moment before the FIN */
    trace_close(c[2], CLIENT, AT_US(24100));
    trace_request(c[1], AT_MS(25), .user_agent = GO);
    trace_answer(c[3], AT_MS(26));
    trace_answer(c[1], AT_MS(30));
    trace_answer(c[0], AT_MS(31));
    trace_close(c[0], CLIENT, AT_US(31100));
    trace_close(c[1], SERVER, AT_MS(60));
    go_on(t, AT_S(1));

    assert_cause(c[2], "pool-limit");
    g_assert_cmpuint(trace_ending(c[2])->limit, ==, 2);
}

static void siblings_of_another_server_do_not_count(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_open_to(t, "10.0.0.81", 80, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(1));
    trace_request(other, AT_MS(10), .user_agent = GO);
    trace_request(c, AT_MS(10), .user_agent = GO);
    trace_answer(other, AT_MS(20));
    trace_answer(c, AT_MS(20));
    trace_close(c, CLIENT, AT_MS(21));
    go_on(t, AT_S(1));

    assert_cause(c, "client-close");
}

/* ---- looks alike: an unread body ---- */

/* All of a burst are closed: none is kept, so nothing limits the kept ones. */
static void none_stays(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    burst(t, c, 4, AT_MS(10));
    for (int i = 0; i < 4; i++) {
        trace_answer(c[i], AT_MS(20 + i));
        trace_close(c[i], CLIENT, AT_MS(20 + i) + AT_US(50));
    }
    trace_connection *next = trace_open(t, AT_MS(30));
    trace_request(next, AT_MS(31), .user_agent = GO);
    trace_answer(next, AT_MS(32));

    for (int i = 0; i < 4; i++) {
        assert_cause(c[i], "body-undrained");
        g_assert_cmpint(trace_ending(c[i])->form, ==, 'c');
    }
}

/* A sibling stays, but the requests came one by one: there were never too many. */
static void one_stays_of_requests_in_turn(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = trace_open(t, AT_MS(0));
    trace_request(kept, AT_MS(1), .user_agent = GO);
    trace_answer(kept, AT_MS(2));
    trace_connection *one = trace_open(t, AT_MS(100));
    trace_request(one, AT_MS(101), .user_agent = GO);
    trace_answer(one, AT_MS(102));
    trace_close(one, CLIENT, AT_US(102050));
    trace_connection *two = trace_open(t, AT_MS(110));
    trace_request(two, AT_MS(111), .user_agent = GO);
    trace_answer(two, AT_MS(112));

    assert_cause(one, "body-undrained");
}

/* As many overlapped as stay idle: the pool had room for this one, too. */
static void not_more_than_stay(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = trace_open(t, AT_MS(0));
    trace_request(kept, AT_MS(1), .user_agent = GO);
    trace_answer(kept, AT_MS(2));
    trace_connection *c[2];
    burst(t, c, 2, AT_MS(100));
    trace_answer(c[0], AT_MS(110));
    trace_answer(c[1], AT_MS(111));
    trace_close(c[1], CLIENT, AT_MS(112));
    go_on(t, AT_S(1));

    assert_cause(c[1], "client-close"); /* two overlapped, and two stay */
}

/* It kept all four before: three are not the most that it keeps. */
static void more_were_kept_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    burst(t, c, 4, AT_MS(10));
    for (int i = 0; i < 4; i++) {
        trace_answer(c[i], AT_MS(20 + i));
    }
    for (int i = 0; i < 4; i++) {
        trace_request(c[i], AT_MS(300 + i), .user_agent = GO);
    }
    for (int i = 0; i < 4; i++) {
        trace_answer(c[i], AT_MS(320) + AT_US(i));
    }
    trace_close(c[3], CLIENT, AT_US(320100));
    go_on(t, AT_S(1));

    assert_cause(c[3], "client-close");
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

/* The kernel's RST shows unread bytes, whatever siblings do. */
static void reset_is_an_unread_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    burst(t, c, 2, AT_MS(10));
    trace_answer(c[0], AT_MS(20));
    trace_answer(c[1], AT_MS(20), .body = 9000);
    trace_rst(c[1], CLIENT, AT_MS(21));
    go_on(t, AT_S(1));

    assert_cause(c[1], "body-undrained");
    g_assert_cmpint(trace_ending(c[1])->form, ==, 'b');
}

static void long_after_the_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    burst(t, c, 2, AT_MS(10));
    trace_answer(c[0], AT_MS(20));
    trace_answer(c[1], AT_MS(20));
    trace_close(c[1], CLIENT, AT_MS(80));
    go_on(t, AT_S(1));

    assert_cause(c[1], "client-close");
}

/* @stay of @stay + 1 connections stay, and the first of them is then closed after an answer, too, if
 * @goes_later, beside fewer. */
static uint32_t limit_told(const char *agent, int stay, bool goes_later)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i <= stay; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int i = 0; i <= stay; i++) {
        trace_request(c[i], AT_MS(10), .user_agent = agent);
    }
    for (int i = 0; i <= stay; i++) {
        trace_answer(c[i], AT_MS(20 + i));
    }
    trace_close(c[stay], CLIENT, AT_MS(20 + stay) + AT_US(100));
    trace_request(c[0], AT_MS(500), .user_agent = agent);
    trace_answer(c[0], AT_MS(501));
    if (goes_later) {
        trace_close(c[0], CLIENT, AT_US(501100));
        assert_cause(c[0], "client-close");
    }
    go_on(t, AT_S(1));

    assert_cause(c[stay], "pool-limit");
    return hr_ending_limit(trace_ending(c[stay]));
}

/* urllib3 in threads, pool_maxsize=1: three are idle between calls, none of them in the pool yet. */
static void number_is_in_doubt_where_others_go(void)
{
    g_assert_cmpuint(limit_told("myservice/2.3", 3, false), ==, 3);
    g_assert_cmpuint(limit_told("myservice/2.3", 3, true), ==, 0);
    g_assert_cmpuint(limit_told(GO, 2, true), ==, 2); /* as it is by default */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/pool-limit/said-close", who_said_close_may_not_be_known);
    g_test_add_func("/ending/pool-limit/two-stay", two_of_four_stay);
    g_test_add_func("/ending/pool-limit/reset", a_reset_may_be_how_it_closes);
    g_test_add_func("/ending/pool-limit/any-client", it_needs_no_name_of_a_client);
    g_test_add_func("/ending/pool-limit/idle-within-2-ms",
                    sibling_becomes_idle_just_after_the_close);
    g_test_add_func("/ending/pool-limit/not-idle-later", sibling_becomes_idle_too_late);
    g_test_add_func("/ending/pool-limit/stays-100-ms", sibling_stays_100_ms);
    g_test_add_func("/ending/pool-limit/not-shorter", sibling_leaves_too_early);
    g_test_add_func("/ending/pool-limit/used-again", sibling_is_used_again_at_once);
    g_test_add_func("/ending/pool-limit/last-burst", last_burst_of_a_program);
    g_test_add_func("/ending/pool-limit/used-and-lost", siblings_are_used_again_and_lost);
    g_test_add_func("/ending/pool-limit/not-if-more-were-kept", more_were_kept_before);
    g_test_add_func("/ending/pool-limit/not-other-server", siblings_of_another_server_do_not_count);
    g_test_add_func("/ending/pool-limit/not-if-none-stays", none_stays);
    g_test_add_func("/ending/pool-limit/not-in-turn", one_stays_of_requests_in_turn);
    g_test_add_func("/ending/pool-limit/not-with-room", not_more_than_stay);
    g_test_add_func("/ending/pool-limit/not-by-rst", reset_is_an_unread_body);
    g_test_add_func("/ending/pool-limit/not-late", long_after_the_answer);
    g_test_add_func("/ending/pool-limit/number-in-doubt", number_is_in_doubt_where_others_go);
    return g_test_run();
}

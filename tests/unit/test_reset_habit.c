/* test_reset_habit.c
 * Clients that close by a reset whatever they have read (SO_LINGER of 0: load generators, Python,
 * Perl and Erlang programs, AsyncHttpClient): those of their resets that cannot be for bytes left
 * unread show it, and then none of them is. DESIGN section 5, body-undrained (b); socket(7),
 * SO_LINGER.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/ending.h"
#include "trace_fixes.h"
#include "trace_tls.h"

#define LOAD "loadgen/1.0"

/* So that nothing ends with the program. */
static void go_on(trace *t, const char *user_agent)
{
    trace_get_body(t, user_agent, 300, AT_S(9));
}

static void small_answers_show_that_resets_are_a_habit(void)
{
    for (int is_first = 0; is_first < 2; is_first++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *large = trace_get_body_and_reset(t, LOAD, 9000, AT_S(2));
        if (is_first) {
            trace_get_body_and_reset(t, LOAD, 300, AT_S(3));
        }
        go_on(t, LOAD);

        assert_cause(large, is_first ? "client-close" : "body-undrained");
        g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, is_first ? 0 : 1);
    }
}

static void answers_without_a_body_show_it_too(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *none = trace_open(t, AT_S(1));
    trace_request(none, AT_S(1) + AT_MS(1), .user_agent = LOAD);
    trace_answer(none, AT_S(1) + AT_MS(2), .code = 204);
    trace_rst(none, CLIENT, AT_S(1) + AT_MS(3));
    trace_connection *large = trace_get_body_and_reset(t, LOAD, 9000, AT_S(2));
    go_on(t, LOAD);

    assert_cause(large, "client-close");
}

/* A FIN after what was read, and a reset after what may not have been: the kernel decides. */
static void who_else_closes_by_a_fin_left_it_unread(void)
{
    g_autoptr(trace) t = trace_new();
    trace_close(trace_get_body(t, LOAD, 300, AT_S(1)), CLIENT, AT_S(1) + AT_MS(3));
    trace_connection *large = trace_get_body_and_reset(t, LOAD, 9000, AT_S(2));
    go_on(t, LOAD);

    assert_cause(large, "body-undrained");
}

static void another_programs_habit_is_not_this_ones(void)
{
    g_autoptr(trace) t = trace_new();
    trace_get_body_and_reset(t, LOAD, 300, AT_S(1));
    trace_connection *large = trace_get_body_and_reset(t, "python-requests/2.28.1", 9000, AT_S(2));
    go_on(t, LOAD);

    assert_cause(large, "body-undrained");
}

/* The server had closed: what comes then is answered by resets of any client's. */
static void a_reset_behind_the_servers_fin_is_no_habit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *closed = trace_open(t, AT_S(1));
    trace_request(closed, AT_S(1) + AT_MS(1), .user_agent = LOAD);
    trace_answer(closed, AT_S(1) + AT_MS(2), .body = 300, .has_fin = true);
    trace_rst(closed, CLIENT, AT_S(1) + AT_MS(3));
    trace_connection *large = trace_get_body_and_reset(t, LOAD, 9000, AT_S(2));
    go_on(t, LOAD);

    assert_cause(large, "body-undrained");
}

/* What followed the answer's end was unread, whatever the answer was. */
static void a_reset_for_surplus_is_no_habit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *surplus = trace_get_body(t, LOAD, 300, AT_S(1));
    trace_data(surplus, SERVER, 4, AT_S(1) + AT_US(2200));
    trace_ack(surplus, CLIENT, AT_S(1) + AT_US(2300));
    trace_rst(surplus, CLIENT, AT_S(1) + AT_MS(3));
    trace_connection *large = trace_get_body_and_reset(t, LOAD, 9000, AT_S(2));
    go_on(t, LOAD);

    assert_cause(large, "body-undrained");
    g_assert_true(hr_connection_ended_with_surplus(surplus->model));
}

/* A device that forgot it resets it as well (a load balancer after 350 s), and a host that was
 * started anew. */
static void a_reset_out_of_long_rest_is_no_habit(void)
{
    for (int is_soon = 0; is_soon < 2; is_soon++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *small = trace_get_body(t, LOAD, 300, AT_S(1));
        trace_connection *large = trace_get_body_and_reset(t, LOAD, 9000, AT_S(2));
        go_on(t, LOAD);
        trace_rst(small, CLIENT, is_soon ? AT_S(20) : AT_S(351));
        trace_get_body(t, LOAD, 300, AT_S(400));

        assert_cause(large, is_soon ? "client-close" : "body-undrained");
    }
}

/* It was sending, and read nothing: not its answer either. */
static void who_was_sending_had_not_read(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *upload = trace_open(t, AT_S(1));
    trace_begin(upload, AT_S(1) + AT_MS(1), .user_agent = LOAD, .method = "POST", .body = 100000,
                .rest = 90000);
    trace_answer(upload, AT_S(1) + AT_MS(2), .code = 413);
    trace_rst(upload, CLIENT, AT_S(1) + AT_MS(3));
    trace_connection *large = trace_get_body_and_reset(t, LOAD, 9000, AT_S(2));
    go_on(t, LOAD);

    assert_cause(large, "body-undrained");
}

static trace_connection *tls_get(trace *t, uint32_t body, int64_t at)
{
    trace_connection *c = tls_open(t, at, .has_keys = true);

    trace_request(c, at + AT_MS(10), .user_agent = LOAD);
    trace_answer(c, at + AT_MS(11), .body = body);
    return c;
}

/* The server's close_notify is bytes as well. */
static void who_left_a_close_notify_resets_for_that(void)
{
    for (int is_closed = 0; is_closed < 2; is_closed++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *small = tls_get(t, 300, AT_S(1));
        if (is_closed) {
            tls_close_notify(small, SERVER, AT_S(1) + AT_MS(12));
        }
        trace_rst(small, CLIENT, AT_S(1) + AT_MS(13));
        trace_connection *large = tls_get(t, 9000, AT_S(2));
        trace_rst(large, CLIENT, AT_S(2) + AT_MS(12));
        tls_get(t, 300, AT_S(9));

        assert_cause(large, is_closed ? "body-undrained" : "client-close");
    }
}

/* On one connection the same answer twice, the first of them read, then a reset. */
static trace_connection *read_then_reset(trace *t, const char *user_agent, const char *before)
{
    trace_connection *c = trace_open(t, AT_S(1));

    trace_request(c, AT_S(1) + AT_MS(1), .user_agent = user_agent, .target = before);
    trace_answer(c, AT_S(1) + AT_MS(2), .body = 9000);
    trace_request(c, AT_S(1) + AT_MS(3), .user_agent = user_agent, .target = "/list");
    trace_answer(c, AT_S(1) + AT_MS(4), .body = 9000);
    trace_rst(c, CLIENT, AT_S(1) + AT_MS(5));
    go_on(t, user_agent);
    return c;
}

/* Who has no name may be anything; a library that has one resets for what is unread. */
static void who_read_the_same_before_may_close_so(void)
{
    g_autoptr(trace) nameless = trace_new();
    g_autoptr(trace) other = trace_new();
    g_autoptr(trace) named = trace_new();

    const trace_connection *read = read_then_reset(nameless, LOAD, "/list");
    assert_cause(read, "client-close");
    g_assert_false(hr_ending_left_unread(read->model));
    assert_cause(read_then_reset(other, LOAD, "/other"), "body-undrained");
    assert_cause(read_then_reset(named, "python-requests/2.28.1", "/list"), "body-undrained");
}

/* Another was opened beside an idle one, which was reset later: its answer had not been read, where
 * resets are no habit. */
static void a_late_reset_has_nothing_unread_either(void)
{
    for (int is_habit = 0; is_habit < 2; is_habit++) {
        g_autoptr(trace) t = trace_new();
        if (is_habit) {
            trace_get_body_and_reset(t, LOAD, 300, AT_S(1));
        }
        trace_connection *idle = trace_get_body(t, LOAD, 9000, AT_S(2));
        trace_connection *beside = trace_get_body(t, LOAD, 300, AT_S(3));
        trace_rst(idle, CLIENT, AT_S(4));
        trace_request(beside, AT_S(9), .user_agent = LOAD);

        assert_opened(beside, "idle-available", idle);
        g_assert_cmpint(trace_happened(t, "share_pool", "not read to its end"), ==, !is_habit);
    }
}

/* HAProxy resets what it keeps no longer, whatever the length of the answer that it passed on. */
static void a_proxy_leaves_nothing_unread(void)
{
    for (int is_proxy = 0; is_proxy < 2; is_proxy++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *large = trace_open(t, AT_S(2));
        trace_request(large, AT_S(2) + AT_MS(1), .is_relayed = is_proxy);
        trace_answer(large, AT_S(2) + AT_MS(2), .body = 9000);
        trace_rst(large, CLIENT, AT_S(2) + AT_MS(3));
        trace_connection *next = trace_open(t, AT_S(9));
        trace_request(next, AT_S(9) + AT_MS(1), .is_relayed = is_proxy);
        trace_answer(next, AT_S(9) + AT_MS(2));

        assert_cause(large, is_proxy ? "client-close" : "body-undrained");
    }
}

/* Nor does one that is known by its other side. */
static void nor_does_one_of_both_sides(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = trace_open_between(t, "10.0.0.1", "10.0.0.7", 80, AT_MS(0));
    trace_connection *back = NULL;
    for (int i = 1; i <= 3; i++) {
        trace_request(front, AT_S(i), .user_agent = LOAD);
        back = trace_open_between(t, "10.0.0.7", "10.0.0.9", 8080, AT_S(i) + AT_MS(1));
        trace_request(back, AT_S(i) + AT_MS(2), .user_agent = LOAD);
        trace_answer(back, AT_S(i) + AT_MS(3), .body = 9000);
        trace_rst(back, CLIENT, AT_S(i) + AT_MS(4));
        trace_answer(front, AT_S(i) + AT_MS(5), .body = 9000);
    }

    assert_cause(back, "client-close");
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reset-habit/small", small_answers_show_that_resets_are_a_habit);
    g_test_add_func("/reset-habit/no-body", answers_without_a_body_show_it_too);
    g_test_add_func("/reset-habit/fin", who_else_closes_by_a_fin_left_it_unread);
    g_test_add_func("/reset-habit/program", another_programs_habit_is_not_this_ones);
    g_test_add_func("/reset-habit/server-fin", a_reset_behind_the_servers_fin_is_no_habit);
    g_test_add_func("/reset-habit/surplus", a_reset_for_surplus_is_no_habit);
    g_test_add_func("/reset-habit/sending", who_was_sending_had_not_read);
    g_test_add_func("/reset-habit/close-notify", who_left_a_close_notify_resets_for_that);
    g_test_add_func("/reset-habit/device", a_reset_out_of_long_rest_is_no_habit);
    g_test_add_func("/reset-habit/read-before", who_read_the_same_before_may_close_so);
    g_test_add_func("/reset-habit/late", a_late_reset_has_nothing_unread_either);
    g_test_add_func("/reset-habit/proxy", a_proxy_leaves_nothing_unread);
    g_test_add_func("/reset-habit/both-sides", nor_does_one_of_both_sides);
    return g_test_run();
}

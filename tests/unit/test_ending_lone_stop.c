/* test_ending_lone_stop.c
 * A server's program is stopped while it has one connection, or some that were asked as often. What
 * looks alike is a timeout, and a limit of requests. DESIGN section 5, server-exit, request-limit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* A client that asks each 200 ms; in its third pause its server goes. */
static trace_connection *ask_until_stopped(trace *t, int64_t at, int64_t rest)
{
    trace_connection *c = trace_open(t, at);

    for (int i = 0; i < 3; i++) {
        trace_exchange(c, at + AT_MS(1 + 200 * i), at + AT_MS(2 + 200 * i));
    }
    trace_close(c, SERVER, at + AT_MS(402) + rest);
    return c;
}

static void restarted_twice(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = ask_until_stopped(t, AT_S(1), AT_MS(90));
    trace_refuse(t, AT_S(1) + AT_MS(600));
    trace_connection *two = ask_until_stopped(t, AT_S(2), AT_MS(120));
    trace_refuse(t, AT_S(2) + AT_MS(600));
    trace_connection *three = ask_until_stopped(t, AT_S(3), AT_MS(60));
    trace_refuse(t, AT_S(3) + AT_MS(600));

    assert_cause(one, "server-reload");
    assert_cause(two, "server-reload");
    assert_cause(three, "server-exit");
    assert_certainty(one, "likely");
    assert_closed_by(one, "server");
    assert_closed_by(three, "server");
}

/* Another one was accepted before: the refusal has another reason. */
static void refused_after_one_was_accepted(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = ask_until_stopped(t, AT_S(1), AT_MS(90));
    trace_exchange(trace_open(t, AT_S(1) + AT_MS(550)), AT_S(1) + AT_MS(551), AT_S(1) + AT_MS(552));
    trace_refuse(t, AT_S(1) + AT_MS(600));

    assert_cause(one, "server-close");
}

/* It is killed 3 ms after it answered two of three: these as well. Where nobody was refused, or another
 * was taken before, a close after an answer has other reasons. */
static void killed_right_after_answers(void)
{
    enum {
        REFUSED,
        NOT_REFUSED,
        TOOK_ANOTHER,
        WAYS
    };

    for (int way = 0; way < WAYS; way++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[3];
        for (int i = 0; i < 3; i++) {
            c[i] = trace_open(t, AT_MS(i));
        }
        for (int i = 0; i < 3; i++) {
            trace_exchange(c[i], AT_MS(10 + 4 * i), AT_MS(12 + 4 * i));
        }
        for (int i = 0; i < 3; i++) {
            trace_exchange(c[i], AT_MS(i == 0 ? 400 : 487 + 3 * i),
                           AT_MS(i == 0 ? 401 : 489 + 3 * i));
        }
        for (int i = 0; i < 3; i++) {
            trace_close(c[i], SERVER, AT_MS(500 + i));
        }
        if (way == TOOK_ANOTHER) {
            trace_exchange(trace_open(t, AT_MS(550)), AT_MS(551), AT_MS(552));
        }
        if (way != NOT_REFUSED) {
            trace_refuse(t, AT_MS(600));
        }
        trace_exchange(trace_open(t, AT_S(2)), AT_S(2) + AT_MS(1), AT_S(2) + AT_MS(2));

        assert_cause(c[1], way == REFUSED ? "server-reload" : "server-close");
        assert_cause(c[2], way == REFUSED ? "server-reload" : "server-close");
        if (way == REFUSED) {
            assert_cause(c[0], "server-reload");
            g_assert_cmpuint(trace_found(t, HR_FINDING_SERVER_CLOSED_AFTER_ANSWER), ==, 0);
        }
    }
}

static void refused_long_after(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = ask_until_stopped(t, AT_S(1), AT_MS(90));
    trace_refuse(t, AT_S(9));

    assert_cause(one, "server-close");
}

/* It serves another client on. */
static void refused_beside_one_that_stays(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_open_from(t, "10.0.0.9", AT_MS(900));
    trace_exchange(other, AT_MS(910), AT_MS(911));
    trace_connection *one = ask_until_stopped(t, AT_S(1), AT_MS(90));
    trace_refuse(t, AT_S(1) + AT_MS(600));
    trace_exchange(other, AT_S(2), AT_S(2) + AT_MS(1));
    assert_cause(one, "server-close");

    trace_exchange(trace_open(t, AT_S(3)), AT_S(3) + AT_MS(1), AT_S(3) + AT_MS(2));
    assert_cause(one, "server-close");
}

/* So long a rest may have been a timeout's: none as long was survived. */
static void refused_after_what_may_be_a_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = ask_until_stopped(t, AT_S(1), AT_MS(1500));
    trace_refuse(t, AT_S(3));

    assert_cause(one, "server-close");
}

/* ... but one that was longer had been survived. */
static void refused_after_less_than_was_survived(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *before = trace_open_used(t, AT_S(1));
    trace_exchange(before, AT_S(6), AT_S(6) + AT_MS(1));
    trace_close(before, CLIENT, AT_S(6) + AT_MS(2));
    trace_connection *one = ask_until_stopped(t, AT_S(10), AT_MS(1500));
    trace_refuse(t, AT_S(13));

    assert_cause(one, "server-exit");
}

/* A test's server is closed: two had asked it three times each, one of them a moment ago. */
static void as_many_requests_at_one_instant(void)
{
    for (int is_limit = 0; is_limit < 2; is_limit++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2];
        for (int i = 0; i < 2; i++) {
            c[i] = trace_open(t, AT_MS(10 * i));
            for (int n = 0; n < 3; n++) {
                trace_exchange(c[i], AT_MS(10 * i + 1 + n), AT_MS(10 * i + 1 + n) + AT_US(300));
            }
            if (is_limit) {
                trace_close(c[i], SERVER, AT_MS(10 * i + 4));
            }
        }
        if (!is_limit) {
            trace_close(c[0], SERVER, AT_MS(14));
            trace_close(c[1], SERVER, AT_MS(14) + AT_US(200));
        }

        for (int i = 0; i < 2; i++) {
            assert_cause(c[i], is_limit ? "request-limit" : "server-close");
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/lone-stop/restarts", restarted_twice);
    g_test_add_func("/ending/lone-stop/not-accepted", refused_after_one_was_accepted);
    g_test_add_func("/ending/lone-stop/after-answers", killed_right_after_answers);
    g_test_add_func("/ending/lone-stop/not-later", refused_long_after);
    g_test_add_func("/ending/lone-stop/not-beside", refused_beside_one_that_stays);
    g_test_add_func("/ending/lone-stop/not-timeout", refused_after_what_may_be_a_timeout);
    g_test_add_func("/ending/lone-stop/survived", refused_after_less_than_was_survived);
    g_test_add_func("/ending/lone-stop/no-limit", as_many_requests_at_one_instant);
    return g_test_run();
}

/* test_pool_given_up.c
 * Connections that were given up at about the moment of a dial, or may have been, and answers that
 * nobody had read yet: whether they were there to be used.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

static void assert_unknown_why(const trace_connection *c)
{
    g_assert_cmpint(trace_opening(c)->why, ==, HR_WHY_NONE);
}

/* ---- given up at the moment of the dial, or not ---- */

static void given_up_and_the_new_one_never_answered(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *c = trace_open(t, AT_MS(3));
    trace_request(c, AT_MS(4));
    trace_close(idle, CLIENT, AT_MS(5));

    assert_opened(c, "previous-closed", idle);
}

static void used_once_more_before_it_was_given_up(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *c = trace_open(t, AT_MS(3));
    trace_request(c, AT_MS(4));
    trace_exchange(idle, AT_MS(100), AT_MS(101));
    trace_close(idle, CLIENT, AT_MS(102));
    trace_answer(c, AT_MS(200));

    assert_opened(c, "idle-available", idle);
}

/* Its FIN is not in the capture, and may have been sent before the SYN. */
static void fin_that_is_missing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *gone = trace_open(t, AT_MS(0));
    trace_exchange(gone, AT_MS(1), AT_MS(2));
    trace_connection *c = trace_open(t, AT_S(1));
    trace_exchange(c, AT_S(1) + AT_MS(1), AT_S(1) + AT_MS(2));
    trace_lose_fin(gone, CLIENT);
    trace_fin(gone, SERVER, AT_S(1) + AT_MS(10));

    assert_unknown_why(c);
}

/* An answer whose head was cut off, and its close at 50 ms; another connection beside them. */
static trace_connection *open_beside_what_was_cut(trace *t, int64_t rest_at)
{
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_request(idle, AT_MS(1));
    trace_answer(idle, AT_MS(2), .is_cut = true);
    if (rest_at != 0) {
        trace_data(idle, SERVER, 1000, rest_at);
        trace_ack(idle, CLIENT, rest_at);
    }
    trace_connection *c = trace_open(t, AT_MS(46));
    trace_request(c, AT_MS(47));
    trace_close(idle, SERVER, AT_MS(50));
    trace_answer(c, AT_MS(60));
    return c;
}

/* What was cut off may have said that the connection closes, which it then did: after its head, or
 * after the rest of its body. */
static void close_may_have_been_said_in_what_was_cut(void)
{
    g_autoptr(trace) goes_on = trace_new();
    g_autoptr(trace) is_over = trace_new();

    assert_unknown_why(open_beside_what_was_cut(goes_on, AT_MS(45)));
    g_assert_cmpstr(hr_why_token(trace_opening(open_beside_what_was_cut(is_over, 0))->why), ==,
                    "idle-available");
}

/* A large answer that its client leaves unread, until it ends: where its head was cut off, it looks
 * as if it had been over. */
static void what_was_cut_may_go_on_until_its_reset(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_request(idle, AT_MS(1));
    trace_answer(idle, AT_MS(2), .is_cut = true);
    trace_connection *c = trace_open(t, AT_MS(46));
    trace_exchange(c, AT_MS(47), AT_MS(60));
    trace_rst(idle, CLIENT, AT_MS(100));

    assert_unknown_why(c);
}

/* Only the client's packets are there, which its first request does not show yet. */
static void other_direction_is_missing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *half = trace_connect(t);
    trace_syn(half, AT_MS(0));
    trace_ack(half, CLIENT, AT_MS(1));
    trace_request(half, AT_MS(2));
    trace_connection *c = trace_open(t, AT_MS(3));
    trace_request(c, AT_MS(4));
    trace_lose(half, SERVER, 420);
    trace_ack(half, CLIENT, AT_MS(5));

    assert_unknown_why(c);
}

/* ---- an answer that nobody has read yet ---- */

/* An event loop dials for all of its calls in one go; the answer came in that moment. */
static void burst_in_the_moment_of_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_open(t, AT_MS(3 + 6 * i)); /* the last is 19 ms after the answer */
    }
    for (int i = 0; i < 4; i++) {
        trace_exchange(c[3 - i], AT_MS(30 + 2 * i), AT_MS(31 + 2 * i));
    }

    assert_opened(c[3], "all-busy", idle);
    for (int i = 0; i < 3; i++) {
        g_assert_cmpint(trace_opening(c[i])->why, ==, HR_WHY_ALL_BUSY);
    }
}

/* One call after the other: the caller has read the answer. */
static void dials_in_turn(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_open(t, AT_MS(3 + 3 * i));
        trace_exchange(c[i], AT_MS(4 + 3 * i), AT_MS(5 + 3 * i));
    }
    trace_exchange(c[1], AT_MS(100), AT_MS(101));

    assert_opened(c[0], "idle-available", idle);
}

/* It had been idle for longer than an answer waits to be read. */
static void burst_beside_what_was_idle(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *c[2] = {trace_open(t, AT_MS(30)), trace_open(t, AT_MS(31))};
    for (int i = 0; i < 2; i++) {
        trace_exchange(c[i], AT_MS(40 + 2 * i), AT_MS(41 + 2 * i));
    }

    assert_opened(c[0], "idle-available", idle);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/siblings/given-up/unanswered", given_up_and_the_new_one_never_answered);
    g_test_add_func("/siblings/given-up/used", used_once_more_before_it_was_given_up);
    g_test_add_func("/siblings/given-up/fin", fin_that_is_missing);
    g_test_add_func("/siblings/given-up/cut", close_may_have_been_said_in_what_was_cut);
    g_test_add_func("/siblings/given-up/until-reset", what_was_cut_may_go_on_until_its_reset);
    g_test_add_func("/siblings/one-way", other_direction_is_missing);
    g_test_add_func("/siblings/unread/burst", burst_in_the_moment_of_an_answer);
    g_test_add_func("/siblings/unread/in-turn", dials_in_turn);
    g_test_add_func("/siblings/unread/idle", burst_beside_what_was_idle);
    return g_test_run();
}

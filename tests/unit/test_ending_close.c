/* test_ending_close.c
 * A close by the client around an answer, and what an end that a message announced is not: each of
 * the signs that a rule asks for, and the same without it. DESIGN section 5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

#define GO "Go-http-client/1.1"

static void assert_not(const trace_connection *c, hr_close_cause cause)
{
    g_assert_cmpint(trace_ending(c)->cause, !=, cause);
}

/* The client goes on, by another connection. */
static void go_on(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1), .user_agent = GO);
    trace_answer(c, at + AT_MS(2));
}

/* ---- a half close ---- */

/* The client ended its sending, and the server broke the answer off: nobody waited for its end. */
static void half_close_without_the_end_of_the_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_fin(c, CLIENT, AT_MS(2));
    trace_answer(c, AT_MS(10), .is_until_close = true);
    trace_rst(c, SERVER, AT_MS(20));
    go_on(t, AT_S(1));

    assert_cause(c, "request-cancelled");
}

static void half_close_with_the_end_of_the_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_fin(c, CLIENT, AT_MS(2));
    trace_answer(c, AT_MS(10), .is_until_close = true);
    trace_fin(c, SERVER, AT_MS(20));
    go_on(t, AT_S(1));

    assert_cause(c, "client-close");
}

/* ---- form (a): cut off in the middle ---- */

/* The client closed in the middle of an answer, or bytes are missing there: nobody knows. */
static trace_connection *closed_in_the_middle(trace *t, uint32_t lost)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .is_chunked = true, .rest = 5000);
    c->is_deaf[CLIENT] = true;
    trace_lose(c, SERVER, lost);
    trace_data(c, SERVER, 100, AT_MS(3));
    trace_fin(c, CLIENT, AT_MS(4));
    go_on(t, AT_MS(50));
    return c;
}

static void half_an_answer(void)
{
    g_autoptr(trace) whole = trace_new();
    g_autoptr(trace) gap = trace_new();

    assert_cause(closed_in_the_middle(whole, 0), "body-undrained");
    assert_not(closed_in_the_middle(gap, 100), HR_CLOSE_BODY_UNDRAINED);
}

/* ---- form (b): a reset right after the answer ---- */

/* Large enough to be left in the kernel. */
static void answer_in_two_segments(trace_connection *c, int64_t at, bool is_empty)
{
    trace_data(c, SERVER, 60, at);
    trace_answer(c, at + AT_US(100), .before = 60, .is_empty = is_empty);
}

static void reset_after_an_answer_in_two_segments(void)
{
    g_autoptr(trace) body = trace_new();
    g_autoptr(trace) none = trace_new();

    trace_connection *c = trace_open(body, AT_MS(0));
    trace_request(c, AT_MS(1));
    answer_in_two_segments(c, AT_MS(2), false);
    trace_rst(c, CLIENT, AT_MS(3));
    go_on(body, AT_MS(50));
    assert_cause(c, "body-undrained");
    g_assert_cmpint(trace_ending(c)->form, ==, 'b');

    c = trace_open(none, AT_MS(0));
    trace_request(c, AT_MS(1));
    answer_in_two_segments(c, AT_MS(2), true);
    trace_rst(c, CLIENT, AT_MS(3));
    go_on(none, AT_MS(50));
    assert_cause(c, "client-close"); /* there was nothing to read */
}

/* The server ended as well, at the same time: both were done with it. */
static void reset_that_crosses_the_servers_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    answer_in_two_segments(c, AT_MS(2), false);
    trace_rst(c, CLIENT, AT_MS(3));
    trace_fin(c, SERVER, AT_MS(3) + AT_US(50));
    go_on(t, AT_MS(50));

    assert_not(c, HR_CLOSE_BODY_UNDRAINED);
}

/* The server had said that it closes; only who was the first to is not known. */
static void reset_after_the_server_said_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .is_cut = true);
    trace_data(c, SERVER, 60, AT_MS(2));
    trace_answer(c, AT_MS(2) + AT_US(100), .before = 60, .connection = "close");
    trace_rst(c, CLIENT, AT_MS(3));
    go_on(t, AT_MS(50));

    assert_not(c, HR_CLOSE_BODY_UNDRAINED);
    assert_not(c, HR_CLOSE_SERVER_CLOSE_HEADER);
}

/* ---- form (c): a FIN of Go's right after the answer ---- */

static trace_connection *go_answered(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = GO);
    trace_answer(c, AT_MS(10));
    return c;
}

static void go_dials_again(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = go_answered(t);
    trace_close(c, CLIENT, AT_MS(11));
    go_on(t, AT_MS(50));

    assert_cause(c, "body-undrained");
    g_assert_cmpint(trace_ending(c)->form, ==, 'c');
}

/* What it does with unread bytes is a FIN: it reads no more, and closes. */
static void go_resets(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = go_answered(t);
    trace_rst(c, CLIENT, AT_MS(11));
    go_on(t, AT_MS(50));

    assert_cause(c, "client-close");
}

/* The next request goes to a connection that it had opened before it had the answer. */
static void go_had_dialled_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = GO);
    trace_connection *ahead = trace_open(t, AT_MS(5));
    trace_answer(c, AT_MS(10));
    trace_close(c, CLIENT, AT_MS(11));
    trace_request(ahead, AT_MS(50), .user_agent = GO);
    trace_answer(ahead, AT_MS(51));

    assert_cause(c, "client-close");
}

/* ---- announced ends ---- */

/* Three requests, each answered by how many more there may be. */
static trace_connection *counted_down(trace *t, const char *last)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .keep_alive = "timeout=5, max=3");
    trace_request(c, AT_MS(3));
    trace_answer(c, AT_MS(4), .keep_alive = "timeout=5, max=2");
    trace_request(c, AT_MS(5));
    trace_answer(c, AT_MS(6), .keep_alive = last);
    return c;
}

/* max counts the answer that says it, or begins with the next one: servers differ. */
static void limit_is_counted_with_the_answer_that_says_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = counted_down(t, "timeout=5, max=1");
    trace_close(c, SERVER, AT_MS(7));

    assert_cause(c, "request-limit");
    assert_certainty(c, "certain");
    g_assert_cmpuint(trace_ending(c)->limit, ==, 3);
}

static void limit_is_counted_from_the_next_answer_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = counted_down(t, "timeout=5, max=1");
    trace_request(c, AT_MS(7));
    trace_answer(c, AT_MS(8));
    trace_close(c, SERVER, AT_MS(9));

    assert_cause(c, "request-limit");
    g_assert_cmpuint(trace_ending(c)->limit, ==, 4);
}

static void one_sooner_is_not_the_limit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = counted_down(t, "timeout=5, max=2");
    trace_close(c, SERVER, AT_MS(7));

    assert_not(c, HR_CLOSE_REQUEST_LIMIT);
}

/* The client's head was cut by the snap length, and may have said close. */
static void server_says_close_to_what_was_cut(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .is_cut = true);
    trace_answer(c, AT_MS(2), .connection = "close");
    trace_close(c, SERVER, AT_MS(3));

    assert_not(c, HR_CLOSE_SERVER_CLOSE_HEADER);
    g_assert_cmpint(trace_ending(c)->by, ==, HR_SIDE_NONE);
}

/* A 101 that was cut may be an upgrade to HTTP/2, where HTTP goes on. */
static void upgrade_that_was_cut(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .upgrade = "websocket");
    trace_answer(c, AT_MS(2), .code = 101, .upgrade = "websocket", .is_cut = true);
    trace_close(c, CLIENT, AT_S(5));

    assert_not(c, HR_CLOSE_UPGRADED);
}

/* The server was heard, but not its SYN/ACK: parts of the handshake are missing. */
static void half_a_handshake_is_no_failed_setup(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_syn(c, AT_S(1));
    trace_segment(c, SERVER, HR_TCP_ACK, c->next[SERVER], c->next[CLIENT], 0, AT_S(2));
    trace_connection *other = trace_open(t, AT_S(3));
    trace_exchange(other, AT_S(3) + AT_MS(1), AT_S(3) + AT_MS(2));

    assert_not(c, HR_CLOSE_SETUP_FAILED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/close/half/broken", half_close_without_the_end_of_the_answer);
    g_test_add_func("/close/half/whole", half_close_with_the_end_of_the_answer);
    g_test_add_func("/close/cut", half_an_answer);
    g_test_add_func("/close/reset/segments", reset_after_an_answer_in_two_segments);
    g_test_add_func("/close/reset/crossing", reset_that_crosses_the_servers_fin);
    g_test_add_func("/close/reset/announced", reset_after_the_server_said_close);
    g_test_add_func("/close/go/dials", go_dials_again);
    g_test_add_func("/close/go/resets", go_resets);
    g_test_add_func("/close/go/before", go_had_dialled_before);
    g_test_add_func("/close/limit/with", limit_is_counted_with_the_answer_that_says_it);
    g_test_add_func("/close/limit/next", limit_is_counted_from_the_next_answer_on);
    g_test_add_func("/close/limit/sooner", one_sooner_is_not_the_limit);
    g_test_add_func("/close/said/cut", server_says_close_to_what_was_cut);
    g_test_add_func("/close/said/upgrade", upgrade_that_was_cut);
    g_test_add_func("/close/setup/half", half_a_handshake_is_no_failed_setup);
    return g_test_run();
}

/* test_pool_past.c
 * What the others were doing at the SYN is judged when the first request is sent, and again when
 * the whole capture is known. What happened between decides nothing; what cannot be known explains
 * nothing. DESIGN section 4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_quic.h"

#define OTHER "another-tool/1.0"
#define OURS "tool/1.0"

static void assert_unknown_why(const trace_connection *c)
{
    g_assert_cmpint(trace_opening(c)->why, ==, HR_WHY_NONE);
}

/* ---- between the SYN and the first request ---- */

static void busy_then_and_closing_since(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open(t, AT_MS(0));
    trace_request(busy, AT_MS(1));
    trace_connection *c = trace_open(t, AT_MS(10));
    trace_answer(busy, AT_MS(12), .connection = "close");
    trace_request(c, AT_MS(13));

    assert_opened(c, "all-busy", busy);
}

static void of_before_the_capture_and_silent_until_then(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *late = trace_connect(t);
    trace_ack(late, CLIENT, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(10));
    trace_request(late, AT_MS(11));
    trace_request(c, AT_MS(12));

    assert_opened(c, "capture-started-late", late);
}

/* Its answer cannot be read, but it was idle at the SYN: the next request shows it. */
static void idle_then_and_taken_since(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_request(idle, AT_MS(1));
    trace_answer(idle, AT_MS(2), .is_cut = true);
    trace_connection *c = trace_open(t, AT_MS(500));
    trace_request(idle, AT_MS(501));
    trace_request(c, AT_MS(502));

    assert_opened(c, "all-busy", idle);
}

static void other_address_was_idle_then(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open_to(t, "10.0.0.81", 80, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *c = trace_open_to(t, "10.0.0.82", 80, AT_MS(500));
    trace_request(idle, AT_MS(501));
    trace_request(c, AT_MS(502));

    assert_opened(c, "other-address", idle);
    g_assert_true(trace_opening(c)->was_idle);
}

static void other_address_was_busy_then(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open_to(t, "10.0.0.81", 80, AT_MS(0));
    trace_request(busy, AT_MS(1));
    trace_connection *c = trace_open_to(t, "10.0.0.82", 80, AT_MS(500));
    trace_answer(busy, AT_MS(501));
    trace_request(c, AT_MS(502));

    assert_opened(c, "other-address", busy);
    g_assert_false(trace_opening(c)->was_idle);
}

/* ---- what cannot be read ---- */

/* Bytes of the server are missing: it may have been free, and explains nothing. */
static void illegible_beside_a_busy_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = tls_open(t, AT_MS(0), .has_keys = true);
    trace_request(busy, AT_MS(10));
    trace_connection *gap = tls_open(t, AT_MS(20), .has_keys = true);
    trace_exchange(gap, AT_MS(30), AT_MS(31));
    trace_lose(gap, SERVER, 100);
    tls_data(gap, SERVER, 50, AT_MS(40));
    trace_ack(gap, CLIENT, AT_MS(41));
    trace_connection *c = tls_open(t, AT_MS(100), .has_keys = true);
    trace_request(c, AT_MS(110));

    assert_unknown_why(c);
}

/* ... but hides no other that was idle. */
static void illegible_beside_an_idle_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(idle, AT_MS(10), AT_MS(11));
    trace_connection *gap = tls_open(t, AT_MS(11), .has_keys = true);
    trace_exchange(gap, AT_MS(30), AT_MS(31));
    trace_lose(gap, SERVER, 100);
    tls_data(gap, SERVER, 50, AT_MS(40));
    trace_ack(gap, CLIENT, AT_MS(41));
    trace_probe(idle, SERVER, AT_MS(450)); /* it is there still */
    trace_connection *c = tls_open(t, AT_MS(500), .has_keys = true);
    trace_request(c, AT_MS(510));

    assert_opened(c, "idle-available", idle);
}

/* A request is not in the capture, as its answer shows later: it had not been idle. */
static void illegible_as_it_turns_out(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *gap = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(gap, AT_MS(10), AT_MS(11));
    trace_lose(gap, CLIENT, 150);
    trace_connection *c = tls_open(t, AT_MS(100), .has_keys = true);
    trace_request(c, AT_MS(110));
    tls_data(gap, SERVER, 50, AT_MS(120));
    trace_answer(c, AT_MS(121));

    assert_unknown_why(c);
}

/* What the server said before the SYN is missing, as its FIN shows later: a close_notify
 * perhaps. */
static void close_notify_may_be_missing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *gap = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(gap, AT_MS(10), AT_MS(11));
    trace_lose(gap, SERVER, 24);
    trace_connection *c = tls_open(t, AT_MS(100), .has_keys = true);
    trace_request(c, AT_MS(110));
    trace_fin(gap, SERVER, AT_MS(120));
    trace_ack(gap, CLIENT, AT_MS(121));
    trace_answer(c, AT_MS(122));

    assert_unknown_why(c);
}

/* The client sends bare ACKs, and sent none for the last answer: somebody waits there, so that the
 * one that was idle for a moment may have been taken by another. */
static void unacknowledged_is_busy(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *dead = trace_open(t, AT_MS(0));
    trace_exchange(dead, AT_MS(1), AT_MS(2));
    trace_ack(dead, CLIENT, AT_MS(3));
    trace_request(dead, AT_MS(4));
    dead->is_deaf[CLIENT] = true;
    trace_answer(dead, AT_MS(5));
    trace_connection *recent = trace_open(t, AT_MS(2900));
    trace_exchange(recent, AT_MS(2990), AT_MS(2995));
    trace_connection *c = trace_open(t, AT_MS(3000));
    trace_request(c, AT_MS(3001));

    assert_opened(c, "all-busy", dead);
}

/* ---- whose it was ---- */

static void own_one_is_found_behind_those_of_another_program(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *own = trace_open(t, AT_MS(0));
    trace_request(own, AT_MS(1), .user_agent = OURS);
    trace_answer(own, AT_MS(2));
    trace_connection *others[20];
    for (unsigned i = 0; i < 20; i++) {
        others[i] = trace_open(t, AT_MS(10 + i));
        trace_request(others[i], AT_MS(10 + i) + AT_US(500), .user_agent = OTHER);
    }
    for (unsigned i = 0; i < 20; i++) {
        trace_answer(others[i], AT_MS(40));
    }
    trace_connection *c = trace_open(t, AT_MS(500));
    trace_request(c, AT_MS(501), .user_agent = OURS);

    assert_opened(c, "idle-available", own);
}

static void own_one_is_found_before_those_of_another_program(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *others[20];
    for (unsigned i = 0; i < 20; i++) {
        others[i] = trace_open(t, AT_MS(i));
        trace_request(others[i], AT_MS(i) + AT_US(500), .user_agent = OTHER);
    }
    for (unsigned i = 0; i < 20; i++) {
        trace_answer(others[i], AT_MS(40));
    }
    trace_connection *own = trace_open(t, AT_MS(50));
    trace_request(own, AT_MS(51), .user_agent = OURS);
    trace_answer(own, AT_MS(52));
    trace_connection *c = trace_open(t, AT_MS(500));
    trace_request(c, AT_MS(501), .user_agent = OURS);

    assert_opened(c, "idle-available", own);
}

/* It said who it is only later. */
static void program_that_names_itself_later(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *c = trace_open(t, AT_MS(500));
    trace_request(c, AT_MS(501), .user_agent = OURS);
    trace_answer(c, AT_MS(502));
    trace_request(idle, AT_S(2), .user_agent = OTHER);

    assert_first_contact(c);
}

/* It keeps none, whatever was idle. */
static void opener_that_says_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *c = trace_open(t, AT_MS(500));
    trace_request(c, AT_MS(501), .connection = "close");

    assert_first_contact(c);
}

/* ---- HTTP/2: whose streams were all open ---- */

/* It had said GOAWAY: whatever was on its way to it, no new request could have gone there. */
static void exhausted_after_goaway(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 443, .has_keys = true, .agrees = "h2"};
    trace_connection *gone = h2_open_limited(t, AT_MS(0), 1);
    h2_exchange(gone, 1, AT_MS(10), AT_MS(11));
    h2_goaway(gone, SERVER, 3, H2_NO_ERROR, AT_MS(20));
    trace_connection *c = tls_connect(t, AT_MS(30), &how);
    h2_ask(gone, 3, AT_MS(31));
    tls_handshake(c, AT_MS(40), &how);
    h2_prefaces(c, 0, AT_MS(50));
    h2_ask(c, 1, AT_MS(51));

    assert_opened(c, "previous-closed", gone);
}

/* One waits whose last answer is not acknowledged, with streams to spare. */
static void open_unacknowledged(trace *t, int64_t at, const char *authority)
{
    trace_connection *c = h2_open_plain(t, at, 0);
    h2_ask(c, 1, at + AT_MS(2), .authority = authority);
    h2_answer(c, 1, at + AT_MS(3));
    trace_ack(c, CLIENT, at + AT_MS(4));
    h2_ask(c, 3, at + AT_MS(5), .authority = authority);
    c->is_deaf[CLIENT] = true;
    h2_answer(c, 3, at + AT_MS(6));
}

static void exhausted_of_another_name_beside_another(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *full = h2_open_plain(t, AT_MS(0), 1);
    h2_ask(full, 1, AT_MS(10));
    open_unacknowledged(t, AT_MS(20), "");
    trace_connection *c = h2_open_plain(t, AT_S(3), 0);
    h2_ask(c, 1, AT_S(3) + AT_MS(10), .authority = "");

    assert_opened(c, "streams-exhausted", full);
}

static void exhausted_without_a_name_beside_another(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *full = h2_open_plain(t, AT_MS(0), 1);
    h2_ask(full, 1, AT_MS(10), .authority = "");
    open_unacknowledged(t, AT_MS(20), "a.example");
    trace_connection *c = h2_open_plain(t, AT_S(3), 0);
    h2_ask(c, 1, AT_S(3) + AT_MS(10));

    assert_opened(c, "streams-exhausted", full);
}

/* The last one whose streams were all open has gone; the first still has none to spare. */
static void exhausted_before_another_that_has_gone(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *full = h2_open_limited(t, AT_MS(0), 1);
    h2_ask(full, 1, AT_MS(10));
    trace_connection *gone = h2_open_limited(t, AT_MS(20), 1);
    h2_exchange(gone, 1, AT_MS(30), AT_MS(31));
    trace_close(gone, SERVER, AT_MS(32));
    trace_connection *c = h2_open(t, AT_MS(40));
    h2_ask(c, 1, AT_MS(50));

    assert_opened(c, "streams-exhausted", full);
}

/* Idle at the SYN, and taken and full since; the last to be full was opened later. */
static void exhausted_since_before_one_that_came_later(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *full = h2_open_limited(t, AT_MS(0), 1);
    trace_connection *c = tls_connect(t, AT_MS(10), &(tls_kind){.port = 443, .has_keys = true});
    h2_ask(full, 1, AT_MS(11));
    trace_connection *later = h2_open_limited(t, AT_MS(20), 1);
    h2_ask(later, 1, AT_MS(30));
    tls_handshake(c, AT_MS(40), &(tls_kind){.port = 443, .has_keys = true, .agrees = "h2"});
    h2_prefaces(c, 0, AT_MS(50));
    h2_ask(c, 1, AT_MS(51));

    assert_opened(c, "streams-exhausted", full);
}

/* One has just become idle, beside one that may be busy: another caller may have dialed then. */
static void unreadable_beside_one_just_idle(void)
{
    for (int is_gap = 0; is_gap < 2; is_gap++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *other = tls_open(t, AT_MS(0), .has_keys = true);
        trace_exchange(other, AT_MS(10), AT_MS(11));
        trace_connection *idle = tls_open(t, AT_MS(20), .has_keys = true);
        trace_request(idle, AT_MS(30));
        if (is_gap) {
            trace_lose(other, SERVER, 100);
            tls_data(other, SERVER, 50, AT_MS(40));
            trace_ack(other, CLIENT, AT_MS(41));
        }
        trace_answer(idle, AT_MS(100));
        trace_connection *c = tls_open(t, AT_MS(100) + AT_US(50), .has_keys = true);
        trace_exchange(c, AT_MS(110), AT_MS(111));
        trace_exchange(idle, AT_S(1), AT_S(2));

        if (is_gap) {
            assert_unknown_why(c);
        } else {
            g_assert_cmpint(trace_opening(c)->why, ==, HR_WHY_IDLE_AVAILABLE);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/past/illegible-behind", illegible_beside_an_idle_one);
    g_test_add_func("/past/busy-and-closing", busy_then_and_closing_since);
    g_test_add_func("/past/before-capture", of_before_the_capture_and_silent_until_then);
    g_test_add_func("/past/idle-and-taken", idle_then_and_taken_since);
    g_test_add_func("/past/other-address/idle", other_address_was_idle_then);
    g_test_add_func("/past/other-address/busy", other_address_was_busy_then);
    g_test_add_func("/past/illegible", illegible_beside_a_busy_one);
    g_test_add_func("/past/illegible-later", illegible_as_it_turns_out);
    g_test_add_func("/past/illegible-close", close_notify_may_be_missing);
    g_test_add_func("/past/unacknowledged", unacknowledged_is_busy);
    g_test_add_func("/past/program/behind", own_one_is_found_behind_those_of_another_program);
    g_test_add_func("/past/program/before", own_one_is_found_before_those_of_another_program);
    g_test_add_func("/past/program/later", program_that_names_itself_later);
    g_test_add_func("/past/program/says-close", opener_that_says_close);
    g_test_add_func("/past/exhausted/goaway", exhausted_after_goaway);
    g_test_add_func("/past/exhausted/other-name", exhausted_of_another_name_beside_another);
    g_test_add_func("/past/exhausted/no-name", exhausted_without_a_name_beside_another);
    g_test_add_func("/past/exhausted/gone", exhausted_before_another_that_has_gone);
    g_test_add_func("/past/exhausted/later", exhausted_since_before_one_that_came_later);
    g_test_add_func("/pool/past/unreadable", unreadable_beside_one_just_idle);
    return g_test_run();
}

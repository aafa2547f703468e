/* test_pool_idle.c
 * The missed reuse: an idle connection was there, and another was opened nevertheless. Each case
 * that looks like one and is none stands beside it. DESIGN section 4, idle-available.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* A connection that has had its exchange and is idle from @at on. */
static trace_connection *open_idle(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at - AT_MS(10));
    trace_exchange(c, at - AT_MS(5), at);
    return c;
}

static void assert_no_missed_reuse(const trace_connection *c)
{
    g_assert_cmpint(trace_opening(c)->why, !=, HR_WHY_IDLE_AVAILABLE);
    g_assert_cmpuint(trace_found(c->owner, HR_FINDING_MISSED_REUSE), ==, 0);
}

/* ---- it is one ---- */

/* NTLM authenticates a connection (RFC 4559 section 4 of Negotiate), and not each request. */
static void bound_to_another_user(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_request(one, AT_MS(1), .binds_user = true);
    trace_answer(one, AT_MS(2));
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_request(two, AT_MS(501), .binds_user = true);
    trace_answer(two, AT_MS(502));

    assert_no_missed_reuse(two);
}

static void idle_all_the_time(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_exchange(two, AT_MS(501), AT_MS(502));

    assert_opened(two, "idle-available", idle);
}

static void busy_sibling_is_no_excuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = open_idle(t, AT_MS(20));
    trace_connection *busy = trace_open(t, AT_MS(100));
    trace_request(busy, AT_MS(101));
    trace_answer(busy, AT_MS(150));
    trace_request(busy, AT_MS(160));
    trace_connection *three = trace_open(t, AT_MS(500));
    trace_exchange(three, AT_MS(501), AT_MS(502));

    assert_opened(three, "idle-available", idle);
}

static void closed_long_after_is_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_exchange(two, AT_MS(501), AT_MS(502));
    trace_close(idle, CLIENT, AT_MS(900));
    trace_exchange(two, AT_MS(950), AT_MS(951));

    assert_opened(two, "idle-available", idle);
}

/* ---- it is none: nobody could know yet that it was idle ---- */

/* Callers run side by side: one dials while another's answer has come but is not read yet. */
static void answered_a_moment_ago_beside_a_busy_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open(t, AT_MS(0));
    trace_request(busy, AT_MS(1));
    open_idle(t, AT_MS(20));
    trace_connection *three = trace_open(t, AT_US(20100));
    trace_exchange(three, AT_US(20400), AT_MS(24));

    assert_opened(three, "all-busy", busy);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

/* One call after the other: when it dials, it has had the answer before. */
static void answered_a_moment_ago_in_turn(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_US(20100));
    trace_exchange(two, AT_US(20400), AT_MS(24));

    /* The capture may end before its client, which reads no answer to the end, drops it. */
    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE);
    trace_exchange(two, AT_MS(100), AT_MS(101));
    assert_opened(two, "idle-available", idle);
}

static void another_is_idle_for_long(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open(t, AT_MS(0));
    trace_request(busy, AT_MS(1));
    trace_connection *idle = open_idle(t, AT_MS(20));
    open_idle(t, AT_MS(120));
    trace_connection *four = trace_open(t, AT_US(120100));
    trace_exchange(four, AT_US(120400), AT_MS(124));

    assert_opened(four, "idle-available", idle);
}

/* A burst: the idle one was taken first, and its request comes second to the wire. */
static void taken_in_the_same_moment(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_request(two, AT_US(500300));
    trace_request(one, AT_US(500900));
    trace_answer(two, AT_MS(520));
    trace_answer(one, AT_MS(521));

    assert_opened(two, "all-busy", one);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

/* ... by the request that names it: the ones before were sent before the capture began. */
static void taken_by_what_names_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_connect(t);
    trace_answer_alone(idle, AT_MS(2));
    trace_connection *c = trace_open(t, AT_MS(500));
    trace_request(c, AT_MS(501));
    trace_request(idle, AT_MS(501) + AT_US(50));
    trace_answer(idle, AT_MS(503));
    trace_answer(c, AT_MS(504));

    assert_opened(c, "all-busy", idle);
}

/* In turn: the other call had not begun when the connection was opened. */
static void taken_after_the_first_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_exchange(two, AT_US(500300), AT_US(500600));
    trace_exchange(one, AT_US(500900), AT_MS(501));

    assert_opened(two, "idle-available", one);
}

static void taken_long_after_the_first_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_request(two, AT_MS(501));
    trace_request(one, AT_MS(517)); /* 15 ms and the handshake's 0.2 are over */
    trace_answer(two, AT_MS(600));
    trace_answer(one, AT_MS(601));

    assert_opened(two, "idle-available", one);
}

/* ---- it is none: what happened between the SYN and the first request ---- */

static void overtaken_dial(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_request(one, AT_MS(1));
    trace_connection *two = trace_connect(t);
    trace_syn(two, AT_MS(10));
    trace_answer(one, AT_MS(11)); /* it comes free while the second is being set up */
    trace_syn_ack(two, AT_MS(12));
    trace_ack(two, CLIENT, AT_MS(12));
    trace_exchange(two, AT_MS(13), AT_MS(14));

    assert_opened(two, "all-busy", one);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

static void taken_by_another_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_connection *two = trace_connect(t);
    trace_syn(two, AT_MS(100));
    trace_request(one, AT_MS(101));
    trace_syn_ack(two, AT_MS(102));
    trace_ack(two, CLIENT, AT_MS(102));
    trace_exchange(two, AT_MS(103), AT_MS(104));

    assert_opened(two, "all-busy", one);
}

/* Taken and given back: it did not stay idle either. */
static void taken_and_idle_again(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_connection *two = trace_connect(t);
    trace_syn(two, AT_MS(100));
    trace_exchange(one, AT_MS(101), AT_MS(102));
    trace_syn_ack(two, AT_MS(103));
    trace_ack(two, CLIENT, AT_MS(103));
    trace_exchange(two, AT_MS(104), AT_MS(105));

    assert_opened(two, "all-busy", one);
}

static void closed_by_the_server_meanwhile(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_connection *two = trace_connect(t);
    trace_syn(two, AT_MS(100));
    trace_fin(one, SERVER, AT_MS(101));
    trace_syn_ack(two, AT_MS(102));
    trace_ack(two, CLIENT, AT_MS(102));
    trace_exchange(two, AT_MS(103), AT_MS(104));

    assert_no_missed_reuse(two);
}

/* ---- it is none: the client had given the idle one up already ---- */

/* Go closes an unread body's connection a moment after it has dialled the next. */
static void close_was_on_its_way(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_US(20100));
    trace_request(two, AT_US(20400));
    trace_close(one, CLIENT, AT_US(20500));
    trace_answer(two, AT_US(20800));

    assert_opened(two, "previous-closed", one);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

/* On a busy machine that moment is long enough for the next answer. */
static void unread_bytes_show_it_later(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(10));
    trace_request(one, AT_MS(15));
    trace_answer(one, AT_MS(20), .body = 9000);
    trace_connection *two = trace_open(t, AT_US(20100));
    trace_exchange(two, AT_US(20400), AT_US(20800));
    trace_rst(one, CLIENT, AT_US(22500));
    trace_exchange(two, AT_MS(30), AT_MS(31));

    assert_cause(one, "body-undrained");
    assert_opened(two, "previous-closed", one);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

/* Two pools of a program that ends: the first one's connection could have been taken. */
static void end_of_the_program_shows_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_US(20100));
    trace_exchange(two, AT_US(20400), AT_US(20800));
    trace_close(one, CLIENT, AT_US(21000));
    trace_close(two, CLIENT, AT_US(21300));

    assert_opened(two, "idle-available", one);
}

static void reason_waits_until_the_close_can_be_told(void)
{
    g_autoptr(trace) t = trace_new();
    open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_US(20100));
    trace_request(two, AT_US(20400));

    g_assert_cmpint(hr_connection_opening(two->model)->why, ==,
                    HR_WHY_NONE); /* in the first pass */
    trace_answer(two, AT_MS(100));
    g_assert_cmpstr(hr_why_token(trace_opening(two)->why), ==, "idle-available");
}

/* The server's close shows nothing about what the client meant to do. */
static void servers_close_right_after_is_no_excuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_US(20100));
    trace_request(two, AT_US(20400));
    trace_close(one, SERVER, AT_US(20500));
    trace_answer(two, AT_US(20800));

    assert_opened(two, "idle-available", one);
}

/* ---- one idle connection explains one opening at a time ---- */

static void second_opening_is_all_busy(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_connection *three = trace_open(t, AT_MS(501));
    trace_request(two, AT_MS(502));
    trace_request(three, AT_MS(503));

    assert_opened(two, "idle-available", idle);
    g_assert_cmpstr(hr_why_token(trace_opening(three)->why), ==, "all-busy");
}

static void two_idle_ones_explain_two_openings(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_request(one, AT_MS(1));
    trace_connection *two = trace_open(t, AT_MS(2));
    trace_request(two, AT_MS(3));
    trace_answer(one, AT_MS(4));
    trace_answer(two, AT_MS(5));
    trace_connection *three = trace_open(t, AT_MS(500));
    trace_connection *four = trace_open(t, AT_MS(500) + AT_US(300));
    trace_request(three, AT_MS(501));
    trace_request(four, AT_MS(502));

    g_assert_cmpstr(hr_why_token(trace_opening(three)->why), ==, "idle-available");
    g_assert_cmpstr(hr_why_token(trace_opening(four)->why), ==, "idle-available");
    g_assert_true(trace_opening(three)->connection != trace_opening(four)->connection);
}

static void free_again_when_the_first_exchange_ends(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_exchange(two, AT_MS(501), AT_MS(502));
    trace_request(two, AT_MS(600)); /* busy: only the first can be the idle one */
    trace_connection *three = trace_open(t, AT_MS(700));
    trace_exchange(three, AT_MS(701), AT_MS(702));

    assert_opened(two, "idle-available", idle);
    assert_opened(three, "idle-available", idle);
}

static void free_again_when_it_was_used(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_request(two, AT_MS(501)); /* its first exchange lasts */
    trace_exchange(idle, AT_MS(600), AT_MS(601));
    trace_connection *three = trace_open(t, AT_MS(900));
    trace_exchange(three, AT_MS(901), AT_MS(902));

    assert_opened(two, "idle-available", idle);
    assert_opened(three, "idle-available", idle);
}

/* The SYN decides whose opening it is, also where a later dial is ready first. */
static void free_again_when_the_explained_one_is_gone(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = open_idle(t, AT_MS(20));
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_request(two, AT_MS(501));
    trace_rst(two, SERVER, AT_MS(502)); /* no answer, ever */
    trace_connection *three = trace_open(t, AT_MS(900));
    trace_exchange(three, AT_MS(901), AT_MS(902));

    assert_opened(three, "idle-available", idle);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/idle/not-if-bound-to-a-user", bound_to_another_user);
    g_test_add_func("/pool/idle-available/idle", idle_all_the_time);
    g_test_add_func("/pool/idle-available/beside-busy", busy_sibling_is_no_excuse);
    g_test_add_func("/pool/idle-available/closed-long-after", closed_long_after_is_one);
    g_test_add_func("/pool/idle-available/servers-close", servers_close_right_after_is_no_excuse);
    g_test_add_func("/pool/not-idle/not-read-yet", answered_a_moment_ago_beside_a_busy_one);
    g_test_add_func("/pool/not-idle/taken-in-the-moment", taken_in_the_same_moment);
    g_test_add_func("/pool/not-idle/taken-and-named", taken_by_what_names_it);
    g_test_add_func("/pool/idle-available/taken-in-turn", taken_after_the_first_answer);
    g_test_add_func("/pool/idle-available/taken-later", taken_long_after_the_first_request);
    g_test_add_func("/pool/idle-available/in-turn", answered_a_moment_ago_in_turn);
    g_test_add_func("/pool/idle-available/another", another_is_idle_for_long);
    g_test_add_func("/pool/not-idle/overtaken-dial", overtaken_dial);
    g_test_add_func("/pool/not-idle/taken", taken_by_another_request);
    g_test_add_func("/pool/not-idle/taken-and-idle-again", taken_and_idle_again);
    g_test_add_func("/pool/not-idle/closed-meanwhile", closed_by_the_server_meanwhile);
    g_test_add_func("/pool/not-idle/given-up", close_was_on_its_way);
    g_test_add_func("/pool/not-idle/unread", unread_bytes_show_it_later);
    g_test_add_func("/pool/idle-available/exit", end_of_the_program_shows_nothing);
    g_test_add_func("/pool/not-idle/provisional", reason_waits_until_the_close_can_be_told);
    g_test_add_func("/pool/one-at-a-time/second-is-busy", second_opening_is_all_busy);
    g_test_add_func("/pool/one-at-a-time/two-for-two", two_idle_ones_explain_two_openings);
    g_test_add_func("/pool/one-at-a-time/until-first-exchange",
                    free_again_when_the_first_exchange_ends);
    g_test_add_func("/pool/one-at-a-time/until-used", free_again_when_it_was_used);
    g_test_add_func("/pool/one-at-a-time/until-gone", free_again_when_the_explained_one_is_gone);
    return g_test_run();
}

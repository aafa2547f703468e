/* test_lost_opening.c
 * Why a connection was opened, where packets that would tell are not in the capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

/* A sibling that never said what it is for does not turn "may have been free" into "was busy". */
static void free_or_busy_stays_open_beside_a_sibling(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_open(t, AT_MS(2)); /* a preconnect */
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_ack(c, CLIENT, AT_MS(3));
    trace_connection *two = trace_open(t, AT_MS(50));
    trace_exchange(two, AT_MS(51), AT_MS(52));

    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE);
}

/* Only the client's next request acknowledges the answer: when it was over nobody saw. */
static void busy_until_nobody_knows_when(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_lose(c, SERVER, TRACE_ANSWER);
    const uint32_t told = c->received[CLIENT];
    c->received[CLIENT] = told - TRACE_ANSWER;
    trace_connection *two = trace_open(t, AT_MS(50));
    trace_exchange(two, AT_MS(51), AT_MS(52));
    c->received[CLIENT] = told;
    trace_exchange(c, AT_MS(60), AT_MS(61));

    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE);
}

static void busy_until_the_answer_is_there(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_connection *two = trace_open(t, AT_MS(50));
    trace_exchange(two, AT_MS(51), AT_MS(52));
    trace_answer(c, AT_MS(60));

    assert_opened(two, "all-busy", c);
}

/* What it asked for may have told that it keeps no connection, or that it is another program. */
static void whose_request_is_lost_missed_no_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_connection *two = trace_open(t, AT_MS(500));
    trace_answer_alone(two, AT_MS(501));

    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

/* A body of 3000 bytes, of which the second third is not in the capture; and the answer. */
static void upload_in_part(trace_connection *c, int64_t at)
{
    trace_begin(c, at, .method = "POST", .body = 3000, .rest = 2000);
    trace_lose(c, CLIENT, 1000);
    trace_data(c, CLIENT, 1000, at + AT_US(100));
    trace_answer(c, at + AT_MS(1));
    trace_ack(c, CLIENT, at + AT_MS(1) + AT_US(100));
}

static trace_connection *open_another(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    return c;
}

/* Whatever was lost before it: the answer was read whole, and then nothing was asked. */
static void idle_whatever_was_lost_before(void)
{
    g_autoptr(trace) in_its_body = trace_new();
    trace_connection *c = trace_open(in_its_body, AT_MS(0));
    upload_in_part(c, AT_MS(1));
    trace_connection *two = open_another(in_its_body, AT_MS(500));
    assert_opened(two, "idle-available", c);

    g_autoptr(trace) before = trace_new();
    c = trace_open(before, AT_MS(0));
    trace_answer_alone(c, AT_MS(1));
    trace_exchange(c, AT_MS(20), AT_MS(21));
    two = open_another(before, AT_MS(500));
    assert_opened(two, "idle-available", c);

    g_autoptr(trace) later = trace_new();
    c = trace_open(later, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    two = open_another(later, AT_MS(500));
    upload_in_part(c, AT_MS(600));
    assert_opened(two, "idle-available", c);
}

/* ... but for what was lost behind it: of that nobody knows when it was asked. */
static void not_idle_for_what_was_lost_behind(void)
{
    g_autoptr(trace) head = trace_new();
    trace_connection *c = trace_open(head, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_connection *two = open_another(head, AT_MS(500));
    trace_exchange(c, AT_MS(600), AT_MS(601));
    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE);

    g_autoptr(trace) answered = trace_new();
    c = trace_open(answered, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    two = open_another(answered, AT_MS(500));
    trace_answer_alone(c, AT_MS(550));
    trace_exchange(c, AT_MS(600), AT_MS(601));
    g_assert_cmpint(trace_opening(two)->why, ==, HR_WHY_NONE);
}

/* It waited for an answer, whatever had been lost before. */
static void busy_whatever_was_lost_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    upload_in_part(c, AT_MS(1));
    trace_request(c, AT_MS(490));
    trace_connection *two = open_another(t, AT_MS(500));
    trace_answer(c, AT_MS(600));

    assert_opened(two, "all-busy", c);
}

/* The first of two connections, each for a name of its own. */
static trace_connection *ask_for_two(trace *t)
{
    static const char *const hosts[] = {"one.example", "two.example"};
    trace_connection *c[2];

    for (int i = 0; i < 2; i++) {
        c[i] = trace_open(t, AT_MS(100 + 100 * i));
        trace_request(c[i], AT_MS(101 + 100 * i), .host = hosts[i]);
        trace_answer(c[i], AT_MS(102 + 100 * i));
    }
    return c[0];
}

/* The first one is for a name that nobody saw, and two names are asked for. */
static void name_is_lost_with_its_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *lost = trace_open(t, AT_MS(0));
    trace_answer_alone(lost, AT_MS(1));
    trace_connection *one = ask_for_two(t);

    g_assert_cmpint(trace_opening(one)->why, ==, HR_WHY_NONE);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

/* The capture began after its request; the next one has another name. */
static void name_was_before_the_capture(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = trace_connect(t);
    trace_answer(kept, AT_MS(1));
    trace_ack(kept, CLIENT, AT_MS(2));
    trace_connection *one = ask_for_two(t);
    trace_request(kept, AT_MS(300), .host = "kept.example");
    trace_answer(kept, AT_MS(301));

    g_assert_cmpint(trace_opening(one)->why, ==, HR_WHY_NONE);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

/* As mirror ports make them: nobody waited in vain. */
static void copy_of_a_syn_is_no_second_try(void)
{
    g_autoptr(trace) t = trace_new();
    trace_exchange(trace_open(t, AT_MS(0)), AT_MS(1), AT_MS(2));
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(10));
    trace_segment(c, CLIENT, HR_TCP_SYN, TRACE_CLIENT_ISN, 0, 0, AT_MS(10) + AT_US(30));

    assert_cause(c, "open-at-end");
}

/* Two programs ask, and whose this connection was is not in the capture. */
static void program_is_lost_with_its_request(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1), .user_agent = i == 0 ? "one/1" : "two/1");
        trace_answer(c, AT_S(i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(3));
    }
    trace_connection *lost = trace_open(t, AT_S(2));
    trace_answer_alone(lost, AT_S(2) + AT_MS(1));
    trace_close(lost, CLIENT, AT_S(2) + AT_MS(2));
    trace_connection *three = trace_open(t, AT_S(3));
    trace_request(three, AT_S(3) + AT_MS(1), .user_agent = "three/1");
    trace_answer(three, AT_S(3) + AT_MS(2));

    g_assert_cmpint(trace_opening(lost)->why, ==, HR_WHY_NONE);
    g_assert_cmpint(trace_opening(three)->why, ==, HR_WHY_NONE);
}

/* What was closed before, without a name, may have been for another one that its client asks
 * for. */
static void name_of_what_was_closed_is_lost(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_open(t, AT_S(0));
    trace_request(other, AT_S(0) + AT_MS(1), .host = "b.example");
    trace_answer(other, AT_S(0) + AT_MS(2));
    trace_connection *lost = trace_open(t, AT_S(1));
    trace_answer_alone(lost, AT_S(1) + AT_MS(1));
    trace_close(lost, CLIENT, AT_S(1) + AT_MS(2));
    trace_connection *next = trace_open(t, AT_S(2));
    trace_exchange(next, AT_S(2) + AT_MS(1), AT_S(2) + AT_MS(2));

    g_assert_cmpint(trace_opening(next)->why, ==, HR_WHY_NONE);
}

static void add(const char *path, GTestFunc test)
{
    g_test_add_func(path, test);
}

/* ---- openings that are not in the capture ---- */

typedef enum {
    IN_SIGHT,
    BETWEEN,
    BEHIND,
    LATE,
    ELSEWHERE,
} where_unopened;

/* @where a connection whose opening nobody saw appears, beside the one that stays idle. */
static hr_why opened_beside_unopened(where_unopened where)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = where == ELSEWHERE
                                  ? trace_connect_between(t, "10.0.0.1", 0, "10.0.0.99", 80)
                                  : trace_connect(t);
    if (where == IN_SIGHT) {
        trace_exchange(other, AT_MS(1), AT_MS(2));
    }
    trace_connection *idle = trace_open(t, AT_MS(10));
    trace_exchange(idle, AT_MS(11), AT_MS(12));
    if (where == BETWEEN || where == ELSEWHERE) {
        trace_exchange(other, AT_MS(500), AT_MS(501));
        trace_close(other, CLIENT, AT_MS(502));
    }
    trace_connection *two = trace_open(t, AT_S(1));
    trace_exchange(two, AT_S(1) + AT_MS(1), AT_S(1) + AT_MS(2));
    if (where == BEHIND || where == LATE) {
        const int64_t at = where == LATE ? AT_S(60) : AT_MS(1500);
        trace_exchange(other, at, at + AT_MS(1));
    }
    return trace_opening(two)->why;
}

static void gap_that_hides_an_opening(void)
{
    g_assert_cmpint(opened_beside_unopened(BETWEEN), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_beside_unopened(BEHIND), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_beside_unopened(ELSEWHERE), ==, HR_WHY_IDLE_AVAILABLE);
    g_assert_cmpint(opened_beside_unopened(IN_SIGHT), ==, HR_WHY_IDLE_AVAILABLE);
}

/* Of a system that ran before: it rested for a minute, and hides nothing of that time. */
static void old_one_that_rested_hides_nothing(void)
{
    g_assert_cmpint(opened_beside_unopened(LATE), ==, HR_WHY_IDLE_AVAILABLE);
}

/* Behind one that agreed on HTTP/2, one of which it is lost what it agreed on: it may be of that
 * pool, and is no first contact. */
static void first_contact_of_what_is_not_known(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        const tls_kind how = {.port = 443, .has_keys = true, .agrees = "http/1.1"};
        trace_close(h2_open_used(t, AT_MS(0)), SERVER, AT_MS(30));
        trace_connection *two = tls_connect(t, AT_S(1), &how);
        tls_client_hello(two, AT_S(1) + AT_MS(1), &how);
        if (is_lost) {
            trace_lose(two, SERVER, 1200);
        } else {
            tls_server_hello(two, AT_S(1) + AT_MS(2), &how);
        }
        tls_client_finished(two, AT_S(1) + AT_MS(3), &how);
        if (is_lost) {
            tls_hidden_exchange(two, AT_S(1) + AT_MS(10), AT_S(1) + AT_MS(20));
        } else {
            trace_exchange(two, AT_S(1) + AT_MS(10), AT_S(1) + AT_MS(20));
        }

        g_assert_cmpstr(hr_why_token(trace_opening(two)->why), ==,
                        is_lost ? hr_why_token(HR_WHY_NONE) : "first-contact");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/lost/opening/name", name_is_lost_with_its_request);
    add("/lost/opening/name-before", name_was_before_the_capture);
    add("/lost/opening/syn-copied", copy_of_a_syn_is_no_second_try);
    add("/lost/opening/sibling", free_or_busy_stays_open_beside_a_sibling);
    add("/lost/opening/busy-until-when", busy_until_nobody_knows_when);
    add("/lost/opening/busy", busy_until_the_answer_is_there);
    add("/lost/opening/missed-reuse", whose_request_is_lost_missed_no_reuse);
    add("/lost/opening/idle-before", idle_whatever_was_lost_before);
    add("/lost/opening/idle-behind", not_idle_for_what_was_lost_behind);
    add("/lost/opening/busy-before", busy_whatever_was_lost_before);
    add("/lost/opening/name-closed", name_of_what_was_closed_is_lost);
    add("/lost/opening/program", program_is_lost_with_its_request);
    add("/lost/opening/unopened", gap_that_hides_an_opening);
    add("/lost/opening/old", old_one_that_rested_hides_nothing);
    add("/lost/opening/protocol", first_contact_of_what_is_not_known);

    return g_test_run();
}

/* test_ending_limit.c
 * The server allows so many requests on a connection: said, known, or seen twice. What looks
 * like it is an announced close, and a timer. A client's limit: test_ending_limit_client.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* A connection whose @count-th answer says close; the server's FIN follows. */
static trace_connection *ends_by_message(trace *t, unsigned count, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    at = trace_exchanges(c, count - 1, at + AT_MS(1));
    trace_request(c, at);
    trace_answer(c, at + AT_US(500), .connection = "close");
    trace_close(c, SERVER, at + AT_US(600));
    return c;
}

/* A connection whose @count-th answer is followed by the server's FIN, unannounced. */
static trace_connection *ends_by_fin(trace *t, unsigned count, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    at = trace_exchanges(c, count, at + AT_MS(1));
    trace_close(c, SERVER, at);
    return c;
}

static void announced_limit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .keep_alive = "timeout=5, max=2");
    trace_request(c, AT_MS(3));
    trace_answer(c, AT_MS(4), .keep_alive = "timeout=5, max=1");
    trace_request(c, AT_MS(5));
    trace_answer(c, AT_MS(6), .connection = "close");
    const uint32_t answer_frame = trace_frame(t);
    trace_close(c, SERVER, AT_MS(7));

    assert_cause(c, "request-limit");
    assert_closed_by(c, "server");
    assert_certainty(c, "certain");
    g_assert_cmpuint(trace_ending(c)->limit, ==, 3);
    g_assert_true(trace_ending(c)->is_limit_announced);
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, answer_frame);
}

static void closed_before_the_announced_limit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .keep_alive = "timeout=5, max=99");
    trace_request(c, AT_MS(3));
    trace_answer(c, AT_MS(4), .connection = "close");
    trace_close(c, SERVER, AT_MS(5));

    assert_cause(c, "server-close-header");
}

static void known_limit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = ends_by_message(t, 1000, AT_MS(0));

    assert_cause(c, "request-limit");
    assert_certainty(c, "likely");
    g_assert_cmpuint(trace_ending(c)->limit, ==, 1000);
    g_assert_false(trace_ending(c)->is_limit_announced);
}

/* MaxKeepAliveRequests 100 lets httpd answer 101: testcaptures' apache-limit-default. */
static void known_limit_of_httpd(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = ends_by_message(t, 101, AT_MS(0));

    assert_cause(c, "request-limit");
    assert_certainty(c, "likely");
    g_assert_cmpuint(trace_ending(c)->limit, ==, 101);
}

static void near_a_known_limit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = ends_by_message(t, 99, AT_MS(0));

    assert_cause(c, "server-close-header");
}

static void known_limit_of_requests_that_were_not_all_seen(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c =
        trace_connect(t); /* open before the capture: the count is a lower bound */
    const int64_t at = trace_exchanges(c, 99, AT_MS(0));
    trace_request(c, at);
    trace_answer(c, at + AT_US(500), .connection = "close");
    trace_close(c, SERVER, at + AT_MS(1));

    assert_cause(c, "server-close-header");
}

static void same_number_twice(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = ends_by_message(t, 7, AT_MS(0));
    trace_connection *two = ends_by_message(t, 7, AT_MS(100));

    assert_cause(one, "request-limit");
    assert_cause(two, "request-limit");
    assert_certainty(one, "likely");
    g_assert_cmpuint(trace_ending(two)->limit, ==, 7);
}

static void same_number_twice_unannounced(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = ends_by_fin(t, 7, AT_MS(0));
    trace_connection *two = ends_by_fin(t, 7, AT_MS(500));

    assert_cause(one, "request-limit");
    assert_cause(two, "request-limit");
}

static void a_number_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = ends_by_message(t, 7, AT_MS(0));

    assert_cause(one, "server-close-header");
}

static void another_number_by_announcement(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = ends_by_message(t, 7, AT_MS(0));
    trace_connection *two = ends_by_message(t, 7, AT_MS(100));
    trace_connection *three = ends_by_message(t, 5, AT_MS(200));

    assert_cause(one, "server-close-header");
    assert_cause(two, "server-close-header");
    assert_cause(three, "server-close-header");
}

/* A single odd one comes first: the number that two share is still no limit. */
static void another_number_by_announcement_first(void)
{
    g_autoptr(trace) t = trace_new();
    ends_by_message(t, 5, AT_MS(0));
    trace_connection *two = ends_by_message(t, 7, AT_MS(100));
    trace_connection *three = ends_by_message(t, 7, AT_MS(200));

    assert_cause(two, "server-close-header");
    assert_cause(three, "server-close-header");
}

/* An unannounced close at another number, say by a timer, is no counter-evidence. */
static void another_number_unannounced_first(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = ends_by_fin(t, 5, AT_MS(0));
    trace_connection *two = ends_by_message(t, 7, AT_MS(500));
    trace_connection *three = ends_by_message(t, 7, AT_S(1));

    assert_cause(one, "server-close");
    assert_cause(two, "request-limit");
    assert_cause(three, "request-limit");
}

static void another_server_is_another_count(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = ends_by_message(t, 7, AT_MS(0));
    trace_connection *other = trace_open_to(t, "10.0.0.81", 80, AT_MS(100));
    const int64_t at = trace_exchanges(other, 6, AT_MS(101));
    trace_request(other, at);
    trace_answer(other, at + AT_US(500), .connection = "close");
    trace_close(other, SERVER, at + AT_MS(1));

    assert_cause(one, "server-close-header");
    assert_cause(other, "server-close-header");
}

/* ---- counted by answers ---- */

/* apt's: the fifth answer says close, and what was sent behind it is discarded. */
static trace_connection *pipelines(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    for (int i = 0; i < 8; i++) {
        trace_request(c, at + AT_MS(1));
    }
    for (int i = 0; i < 5; i++) {
        trace_answer(c, at + AT_MS(2), .connection = i == 4 ? "close" : NULL);
    }
    trace_close(c, SERVER, at + AT_MS(3));
    return c;
}

static void answers_count(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = pipelines(t, AT_MS(0));
    trace_connection *two = pipelines(t, AT_MS(100));

    assert_cause(one, "request-limit");
    assert_cause(two, "request-limit");
    assert_closed_by(one, "server");
    g_assert_cmpuint(trace_ending(one)->limit, ==, 5);
    g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, 0);
}

/* ---- looks alike: an idle timer ---- */

static void idle_timeout_after_the_number(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const int64_t at = trace_exchanges(c, 100, AT_MS(1)) - AT_US(500); /* of the last answer */
    trace_close(c, SERVER, at + AT_MS(5001));

    assert_cause(c, "server-idle-timeout");
}

/* ---- looks alike: a limit on age, an error, a number that a longer connection refutes ---- */

/* One poll each 10 s: the sixth answer says close, at an age of 50 s each time, or not. */
static trace_connection *polls(trace *t, int64_t at, int64_t interval)
{
    trace_connection *c = trace_open(t, at);
    for (int i = 0; i < 6; i++, at += interval) {
        trace_request(c, at + AT_MS(1));
        trace_answer(c, at + AT_MS(2), .connection = i == 5 ? "close" : NULL);
    }
    trace_close(c, SERVER, at - interval + AT_MS(3));
    return c;
}

static void same_age_each_time(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = polls(t, AT_S(0), AT_S(10));
    trace_connection *two = polls(t, AT_S(65), AT_S(10));

    assert_cause(one, "server-close-header");
    assert_cause(two, "server-close-header");
}

/* nginx with keepalive_time 1s: the first request after that is the last, whatever the rate. */
static void one_age_under_a_steady_rate(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = polls(t, AT_S(0), AT_MS(250));
    trace_connection *two = polls(t, AT_S(5), AT_MS(270));

    assert_cause(one, "server-close-header");
    assert_cause(two, "server-close-header");
}

/* ... which another connection outlived by far: it is a limit after all. */
static void one_age_that_was_survived(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = polls(t, AT_S(0), AT_MS(250));
    trace_connection *two = polls(t, AT_S(5), AT_MS(270));
    trace_connection *slow = trace_open(t, AT_S(10));
    for (int i = 0; i < 4; i++) {
        trace_exchange(slow, AT_S(11 + 5 * i), AT_S(11 + 5 * i) + AT_MS(1));
    }

    assert_cause(one, "request-limit");
    assert_cause(two, "request-limit");
}

static void same_number_at_another_age(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = polls(t, AT_S(0), AT_S(10));
    trace_connection *two = polls(t, AT_S(65), AT_S(7));

    assert_cause(one, "request-limit");
    assert_cause(two, "request-limit");
}

static void longer_connection_refutes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *longer = ends_by_message(t, 250, AT_MS(0));
    trace_connection *c = ends_by_message(t, 100, AT_S(1));

    assert_cause(longer, "server-close-header");
    assert_cause(c, "server-close-header");
}

/* The last answer that the limit allows is a 404. */
static void announced_limit_reached_by_an_error(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .keep_alive = "timeout=5, max=1");
    trace_request(c, AT_MS(3));
    trace_answer(c, AT_MS(4), .code = 404, .connection = "close");
    trace_close(c, SERVER, AT_MS(5));

    assert_cause(c, "request-limit");
}

static trace_connection *one_answer(trace *t, int64_t at, unsigned code, const char *connection)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1));
    trace_answer(c, at + AT_MS(2), .code = code, .connection = connection);
    trace_close(c, SERVER, at + AT_MS(3));
    return c;
}

static void error_of_a_server_that_always_closes(void)
{
    g_autoptr(trace) t = trace_new();
    one_answer(t, AT_MS(0), 200, "close");
    trace_connection *c = one_answer(t, AT_MS(100), 404, "close");

    assert_cause(c, "server-close-header");
}

static void error_of_a_server_that_keeps(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = trace_open(t, AT_MS(0));
    trace_exchanges(kept, 3, AT_MS(1));
    trace_connection *c = one_answer(t, AT_MS(100), 404, "close");

    assert_cause(c, "server-error-close");
}

/* Twice the server ends without a word after seven, and once it says so after nine: no more than nine
 * are ever answered, and seven are not the limit. */
static void number_that_is_not_the_one_said(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *said[2] = {ends_by_message(t, 5, AT_MS(0)),
                                 ends_by_message(t, 5, AT_MS(500))};
    trace_connection *unsaid[2] = {ends_by_fin(t, 7, AT_S(1)), ends_by_fin(t, 7, AT_S(2))};

    assert_cause(said[0], "server-close-header");
    assert_cause(unsaid[0], "server-close");
}

/* Of one more the last answer is not in the capture: nothing was said with it. */
static void number_of_a_lost_answer_is_not_said(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = ends_by_message(t, 7, AT_MS(0));
    ends_by_message(t, 7, AT_MS(500));
    trace_connection *lost = trace_open(t, AT_S(1));
    trace_exchanges(lost, 3, AT_S(1) + AT_MS(1));
    trace_request(lost, AT_S(1) + AT_MS(10));
    trace_lose(lost, SERVER, 420);
    trace_ack(lost, CLIENT, AT_S(1) + AT_MS(11));
    trace_close(lost, SERVER, AT_S(1) + AT_MS(12));

    assert_cause(one, "request-limit");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/request-limit/answer-lost", number_of_a_lost_answer_is_not_said);
    g_test_add_func("/ending/request-limit/said-elsewhere", number_that_is_not_the_one_said);
    g_test_add_func("/ending/request-limit/announced", announced_limit);
    g_test_add_func("/ending/request-limit/not-yet", closed_before_the_announced_limit);
    g_test_add_func("/ending/request-limit/known", known_limit);
    g_test_add_func("/ending/request-limit/known-httpd", known_limit_of_httpd);
    g_test_add_func("/ending/request-limit/near-a-known", near_a_known_limit);
    g_test_add_func("/ending/request-limit/count-uncertain",
                    known_limit_of_requests_that_were_not_all_seen);
    g_test_add_func("/ending/request-limit/twice", same_number_twice);
    g_test_add_func("/ending/request-limit/twice-unannounced", same_number_twice_unannounced);
    g_test_add_func("/ending/request-limit/once", a_number_once);
    g_test_add_func("/ending/request-limit/mixed", another_number_by_announcement);
    g_test_add_func("/ending/request-limit/mixed-first", another_number_by_announcement_first);
    g_test_add_func("/ending/request-limit/unannounced-first", another_number_unannounced_first);
    g_test_add_func("/ending/request-limit/another-server", another_server_is_another_count);
    g_test_add_func("/ending/request-limit/pipelined", answers_count);
    g_test_add_func("/ending/request-limit/idle-timeout", idle_timeout_after_the_number);
    g_test_add_func("/ending/request-limit/age", same_age_each_time);
    g_test_add_func("/ending/request-limit/steady", one_age_under_a_steady_rate);
    g_test_add_func("/ending/request-limit/survived", one_age_that_was_survived);
    g_test_add_func("/ending/request-limit/no-age", same_number_at_another_age);
    g_test_add_func("/ending/request-limit/longer", longer_connection_refutes);
    g_test_add_func("/ending/request-limit/announced-error", announced_limit_reached_by_an_error);
    g_test_add_func("/ending/error-close/habit", error_of_a_server_that_always_closes);
    g_test_add_func("/ending/error-close/kept", error_of_a_server_that_keeps);
    return g_test_run();
}

/* test_ending_limit.c
 * The server allows so many requests on a connection: said, known, or seen twice. What looks
 * like it is an announced close, and a timer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* A connection of @count exchanges, 1 ms apart, the last answer at the returned time. */
static int64_t exchanges(trace_connection *c, unsigned count, int64_t at)
{
    for (unsigned i = 0; i < count; i++, at += AT_MS(1)) {
        trace_exchange(c, at, at + AT_US(500));
    }
    return at;
}

/* A connection whose @count-th answer says close; the server's FIN follows. */
static trace_connection *ends_by_message(trace *t, unsigned count, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    at = exchanges(c, count - 1, at + AT_MS(1));
    trace_request(c, at);
    trace_answer(c, at + AT_US(500), .connection = "close");
    trace_close(c, SERVER, at + AT_US(600));
    return c;
}

/* A connection whose @count-th answer is followed by the server's FIN, unannounced. */
static trace_connection *ends_by_fin(trace *t, unsigned count, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    at = exchanges(c, count, at + AT_MS(1));
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
    const int64_t at = exchanges(c, 99, AT_MS(0));
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
    const int64_t at = exchanges(other, 6, AT_MS(101));
    trace_request(other, at);
    trace_answer(other, at + AT_US(500), .connection = "close");
    trace_close(other, SERVER, at + AT_MS(1));

    assert_cause(one, "server-close-header");
    assert_cause(other, "server-close-header");
}

/* ---- counted by answers, and by the client ---- */

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

/* A connection to the upstream that ends, by the client, right after its @count-th answer. */
static trace_connection *upstream(trace *t, unsigned count, bool is_relayed, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    for (unsigned i = 0; i < count; i++, at += AT_MS(1)) {
        trace_request(c, at + AT_MS(1), .is_relayed = is_relayed);
        trace_answer(c, at + AT_US(1500));
    }
    trace_close(c, CLIENT, at + AT_US(600));
    return c;
}

/* nginx: keepalive_requests 5 in the upstream block. */
static void limit_of_a_proxy(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = upstream(t, 5, true, AT_MS(0));
    trace_connection *two = upstream(t, 5, true, AT_MS(100));
    trace_connection *last = upstream(t, 2, true, AT_MS(200)); /* its end comes at any number */

    assert_cause(one, "request-limit");
    assert_cause(two, "request-limit");
    assert_closed_by(one, "client");
    assert_certainty(one, "likely");
    g_assert_cmpuint(trace_ending(one)->limit, ==, 5);
    g_assert_cmpint(trace_ending(last)->cause, !=, HR_CLOSE_REQUEST_LIMIT);
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_LIMIT), ==, 2);
}

static void proxy_that_ends_at_other_numbers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = upstream(t, 5, true, AT_MS(0));
    upstream(t, 5, true, AT_MS(100));
    upstream(t, 3, true, AT_MS(200));
    upstream(t, 2, true, AT_MS(300));

    assert_cause(one, "client-close");
}

static void proxy_that_left_one_open(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = upstream(t, 5, true, AT_MS(0));
    upstream(t, 5, true, AT_MS(100));
    trace_connection *more = trace_open(t, AT_MS(200));
    for (int i = 0; i < 7; i++) {
        trace_request(more, AT_MS(201 + i), .is_relayed = true);
        trace_answer(more, AT_MS(201 + i) + AT_US(100));
    }

    assert_cause(one, "client-close");
}

/* How many it carried on another one, nobody knows. */
static void proxy_of_which_some_is_lost(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = upstream(t, 5, true, AT_MS(0));
    upstream(t, 5, true, AT_MS(100));
    trace_connection *lost = trace_open(t, AT_MS(200));
    trace_request(lost, AT_MS(201), .is_relayed = true);
    trace_answer(lost, AT_MS(202));
    trace_answer_alone(lost, AT_MS(203));
    trace_close(lost, CLIENT, AT_MS(204));

    assert_cause(one, "client-close");
}

/* A tool that makes five requests, run three times. */
static void runs_of_a_program(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = upstream(t, 5, false, AT_MS(0));
    trace_connection *two = upstream(t, 5, false, AT_MS(100));
    upstream(t, 5, false, AT_MS(200));

    assert_cause(one, "client-close");
    assert_cause(two, "client-close");
}

/* undici's maxRequestsPerClient: its last request says close. */
static void limit_that_the_client_says(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_MS(100 * i);
        c[i] = trace_open(t, at);
        exchanges(c[i], 2, at + AT_MS(1));
        trace_request(c[i], at + AT_MS(4), .connection = "close");
        trace_answer(c[i], at + AT_MS(5), .connection = "close");
        trace_close(c[i], SERVER, at + AT_MS(6));
    }

    assert_cause(c[0], "request-limit");
    assert_closed_by(c[0], "client");
    g_assert_cmpuint(trace_ending(c[0])->limit, ==, 3);
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_LIMIT), ==, 2);
}

/* ---- looks alike: the client's own close, and an idle timer ---- */

static void client_closes_at_the_number(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const int64_t at = exchanges(c, 99, AT_MS(1));
    trace_request(c, at, .connection = "close");
    trace_answer(c, at + AT_US(500), .connection = "close");
    trace_close(c, SERVER, at + AT_MS(1));

    assert_cause(c, "client-close-header");
}

static void idle_timeout_after_the_number(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const int64_t at = exchanges(c, 100, AT_MS(1)) - AT_US(500); /* of the last answer */
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
    exchanges(kept, 3, AT_MS(1));
    trace_connection *c = one_answer(t, AT_MS(100), 404, "close");

    assert_cause(c, "server-error-close");
}

/* The client sends two at once and says close with the second, which its server does not answer. */
static void close_said_in_what_was_not_answered(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_MS(100 * i);
        c[i] = trace_open(t, at);
        exchanges(c[i], 2, at + AT_MS(1));
        trace_hold(c[i]);
        trace_request(c[i], at + AT_MS(4));
        trace_request(c[i], at + AT_MS(4), .connection = "close");
        trace_release(c[i]);
        trace_answer(c[i], at + AT_MS(5));
        trace_close(c[i], CLIENT, at + AT_MS(6));
    }

    assert_cause(c[0], "client-close-header");
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
    exchanges(lost, 3, AT_S(1) + AT_MS(1));
    trace_request(lost, AT_S(1) + AT_MS(10));
    trace_lose(lost, SERVER, 420);
    trace_ack(lost, CLIENT, AT_S(1) + AT_MS(11));
    trace_close(lost, SERVER, AT_S(1) + AT_MS(12));

    assert_cause(one, "request-limit");
}

/* The server says close with the fifth answer of one, and takes its time: the proxy did not keep it. */
static void proxy_whose_server_ended_one(void)
{
    for (int is_said = 0; is_said < 2; is_said++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = upstream(t, 5, true, AT_MS(0));
        upstream(t, 5, true, AT_MS(100));
        trace_connection *c = trace_open(t, AT_MS(200));
        for (int i = 1; i <= 5; i++) {
            trace_request(c, AT_MS(200 + i), .is_relayed = true);
            trace_answer(c, AT_MS(200 + i) + AT_US(500),
                         .connection = i == 5 && is_said ? "close" : NULL);
        }
        trace_close(c, SERVER, AT_MS(400));

        assert_cause(one, is_said ? "request-limit" : "client-close");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/request-limit/proxy/ended-by-server", proxy_whose_server_ended_one);
    g_test_add_func("/ending/request-limit/answer-lost", number_of_a_lost_answer_is_not_said);
    g_test_add_func("/ending/request-limit/said-elsewhere", number_that_is_not_the_one_said);
    g_test_add_func("/ending/request-limit/not-behind-said", close_said_in_what_was_not_answered);
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
    g_test_add_func("/ending/request-limit/proxy", limit_of_a_proxy);
    g_test_add_func("/ending/request-limit/proxy-mixed", proxy_that_ends_at_other_numbers);
    g_test_add_func("/ending/request-limit/proxy-more", proxy_that_left_one_open);
    g_test_add_func("/ending/request-limit/proxy-lost", proxy_of_which_some_is_lost);
    g_test_add_func("/ending/request-limit/runs", runs_of_a_program);
    g_test_add_func("/ending/request-limit/client-says", limit_that_the_client_says);
    g_test_add_func("/ending/request-limit/clients-close", client_closes_at_the_number);
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

/* test_ending_last.c
 * The client's FIN right after a complete answer, on a connection that carried more: whether it left
 * that answer unread, or ended, as it may that reads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#define GO "Go-http-client/1.1"

static void assert_undrained(const trace_connection *c)
{
    assert_cause(c, "body-undrained");
    assert_closed_by(c, "client");
    assert_certainty(c, "likely");
    g_assert_cmpint(trace_ending(c)->form, ==, 'c');
}

/* Some answers were left unread, but others were not: the last one may have been read. */
static void last_of_a_client_that_reads_some(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *unread = trace_get(t, GO, AT_MS(10));
    trace_close(unread, CLIENT, AT_US(10100));
    trace_connection *reused = trace_get(t, GO, AT_MS(20));
    trace_request(reused, AT_MS(21), .user_agent = GO);
    trace_answer(reused, AT_MS(22));
    trace_close(reused, CLIENT, AT_US(22100));
    trace_connection *last = trace_get(t, GO, AT_MS(30));
    trace_close(last, CLIENT, AT_US(30500));

    assert_cause(unread, "body-undrained");
    assert_cause(reused, "body-undrained");
    assert_cause(last, "client-close");
}

typedef struct {
    uint32_t longer; /* so many bytes the second answer is */
    unsigned code;   /* of the first one, of the second it is 200 */
    bool is_at_once; /* the next dial */
} again;

/* The same is asked for twice; then the client closes, and dials. */
static trace_connection *ask_again(trace *t, again how)
{
    const int64_t at = AT_S(1);
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1), .user_agent = GO);
    trace_answer(c, at + AT_MS(2), .code = how.code);
    trace_request(c, at + AT_MS(21), .user_agent = GO);
    trace_answer(c, at + AT_MS(22), .body = TRACE_ANSWER_BODY + how.longer);
    trace_close(c, CLIENT, at + AT_US(22100));
    trace_get(t, GO, at + AT_US(22800) + AT_MS(how.is_at_once ? 2 : 8));
    return c;
}

static void assert_again(const char *cause, again how)
{
    g_autoptr(trace) t = trace_new();
    assert_cause(ask_again(t, how), cause);
}

/* The same had been asked for here before, answered alike, and read: a program that ends closes like
 * one that leaves the last answer unread. Who dials at once has not ended. */
static void last_of_a_client_that_reads(void)
{
    assert_again("client-close", (again){.code = 200});
    assert_again("body-undrained", (again){.code = 200, .is_at_once = true});
    assert_again("body-undrained", (again){.code = 200, .longer = 1});
    assert_again("body-undrained", (again){.code = 404});
}

/* What came before on a connection that is older than the capture nobody knows. */
static void after_an_opening_that_is_not_there(void)
{
    for (int is_seen = 0; is_seen < 2; is_seen++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = is_seen ? trace_open(t, AT_MS(0)) : trace_connect(t);
        trace_request(c, AT_MS(1), .user_agent = GO);
        trace_answer(c, AT_MS(2));
        trace_close(c, CLIENT, AT_US(2100));
        trace_get(t, GO, AT_MS(30));

        assert_cause(c, is_seen ? "body-undrained" : "client-close");
    }
}

/* Turns of a loop: two calls each, to targets of their own, the last one unread. */
static void loop_of_calls(trace *t, trace_connection **c, bool is_relayed)
{
    static const char *const targets[][2] = {
        {"/user/1", "/mail/1"}, {"/user/2", "/mail/2"}, {"/user/3", "/mail/3"}};

    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_MS(100 * (i + 1));
        c[i] = trace_open(t, at);
        for (int k = 0; k < 2; k++) {
            trace_request(c[i], at + AT_MS(1 + 5 * k), .user_agent = GO, .target = targets[i][k],
                          .is_relayed = is_relayed);
            trace_answer(c[i], at + AT_MS(2 + 5 * k));
        }
        trace_close(c[i], CLIENT, at + AT_MS(8));
        trace_exchange(trace_open(t, at + AT_MS(9)), at + AT_MS(10), at + AT_MS(11));
    }
}

static void as_many_calls_each_turn(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    loop_of_calls(t, c, false);

    assert_undrained(c[0]);
    assert_undrained(c[1]);
}

/* A proxy has limits, and passes User-Agent on. */
static void as_many_calls_by_a_proxy(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    loop_of_calls(t, c, true);

    g_assert_cmpint(trace_ending(c[0])->cause, !=, HR_CLOSE_BODY_UNDRAINED);
}

/* Four calls of one line of code on each connection, then CloseIdleConnections() and a pause. */
static trace_connection *closed_after_four(trace *t, const char *const targets[4])
{
    trace_connection *c = NULL;

    for (int turn = 0; turn < 2; turn++) {
        const int64_t at = AT_MS(100 + 500 * turn);
        trace_connection *next = trace_open(t, at);
        for (int k = 0; k < 4; k++) {
            trace_request(next, at + AT_MS(1 + 5 * k), .user_agent = GO, .target = targets[k]);
            trace_answer(next, at + AT_MS(2 + 5 * k));
        }
        if (turn == 0) {
            trace_close(next, CLIENT, at + AT_MS(18));
            c = next;
        }
    }
    return c;
}

/* What was asked of the same path, with other words behind it, was read each time. */
static void last_of_one_line_of_code(void)
{
    static const char *const queries[] = {"/s?q=1", "/s?q=2", "/s", "/s?q=4"};
    static const char *const paths[] = {"/s/1", "/s/2", "/s/3", "/s/4"};
    static const char *const longer[] = {"/s?q=1", "/s?q=2", "/s?q=3", "/st?q=4"};
    g_autoptr(trace) same = trace_new();
    g_autoptr(trace) other = trace_new();
    g_autoptr(trace) prefix = trace_new();

    g_assert_cmpint(trace_ending(closed_after_four(same, queries))->cause, ==,
                    HR_CLOSE_CLIENT_CLOSE);
    assert_undrained(closed_after_four(other, paths));
    assert_undrained(closed_after_four(prefix, longer));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/body-undrained/c-not-if-some-are-read",
                    last_of_a_client_that_reads_some);
    g_test_add_func("/ending/body-undrained/c-not-if-read-before", last_of_a_client_that_reads);
    g_test_add_func("/ending/body-undrained/c-not-without-opening",
                    after_an_opening_that_is_not_there);
    g_test_add_func("/ending/body-undrained/c-not-if-path-read-before", last_of_one_line_of_code);
    g_test_add_func("/ending/body-undrained/c-as-many", as_many_calls_each_turn);
    g_test_add_func("/ending/body-undrained/c-as-many-by-proxy", as_many_calls_by_a_proxy);
    return g_test_run();
}

/* test_items_server.c
 * A server that closes unannounced: in the middle of an answer it, or what is behind it, failed;
 * where nobody can read what was said, it may have been asked to; and a proxy may only pass on a
 * close that it asked its upstream for. The traces are of programs that were captured: nginx before
 * a stream that falls silent, Python's urllib.request over TLS without keys, Node.js' http-proxy.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "trace.h"
#include "trace_fixes.h"
#include "trace_tls.h"

#define BROWSER "10.0.0.1"
#define PROXY "10.0.0.7"
#define APP "10.0.0.9"
#define FIREFOX "Mozilla/5.0"

/* ---- in the middle of an answer ---- */

static void an_answer_that_is_cut_off_is_no_keep_alive(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1));
        trace_begin_answer(c, AT_S(i) + AT_MS(2), .body = 100000, .rest = 90000);
        trace_fin(c, SERVER, AT_S(i) + AT_MS(500));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(501));
    }

    g_assert_true(trace_happened(t, "keep_open", "in the middle of an answer"));
    g_assert_true(trace_advises(t, "keep_open", "proxy_read_timeout"));
    g_assert_false(trace_advises(t, "keep_open", "uWSGI"));
}

/* One download, and nothing after it: no connection was avoidable, and yet an answer is lost. */
static void one_that_is_cut_off_is_told(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *cut = trace_request(c, AT_MS(1));
    const uint32_t frame = trace_frame(t);
    trace_begin_answer(c, AT_MS(2), .body = 100000, .rest = 90000);
    trace_fin(c, SERVER, AT_MS(500));
    trace_close(c, CLIENT, AT_MS(501));

    g_assert_true(trace_has_finding(t, HR_FINDING_ANSWER_CUT, frame, c, cut));
    g_assert_true(trace_happened(t, "keep_open", "in the middle of an answer"));
}

/* Two whole answers before it: the server has two things to mend. */
static void one_that_is_cut_off_among_others_is_told(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1));
        trace_begin_answer(c, AT_S(i) + AT_MS(2), .body = 100000, .rest = 90000);
        if (i < 2) {
            trace_end_answer(c, 90000, AT_S(i) + AT_MS(3));
        }
        trace_fin(c, SERVER, AT_S(i) + AT_MS(500));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(501));
    }

    g_assert_true(trace_happened(t, "keep_open", "1 of them in the middle of an answer"));
    g_assert_true(trace_advises(t, "keep_open", "its log says why"));
}

/* The server asked for the body, and died: that it said so is no part of an answer. */
static void what_was_only_to_come_is_not_cut_off(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "POST", .body = 900, .rest = 900);
    trace_answer(c, AT_MS(2), .code = 100);
    trace_data(c, CLIENT, 900, AT_MS(3));
    trace_ack(c, SERVER, AT_MS(4));
    trace_close(c, SERVER, AT_MS(500));

    assert_cause(c, "request-aborted");
    g_assert_cmpuint(trace_found(t, HR_FINDING_ANSWER_CUT), ==, 0);
}

/* It was announced that this answer is the last one; its length is not kept all the same. */
static void what_was_announced_is_cut_off_as_well(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .body = 1000, .rest = 900, .connection = "close");
    trace_fin(c, SERVER, AT_MS(3));
    trace_close(c, CLIENT, AT_MS(4));

    g_assert_cmpuint(trace_found(t, HR_FINDING_ANSWER_CUT), ==, 1);
    g_assert_true(trace_happened(t, "keep_open", "in the middle of an answer"));
}

/* The client took what it wanted; or bytes are missing, and nobody knows. */
static void what_the_client_cuts_off_is_not_the_servers(void)
{
    g_autoptr(trace) left = trace_new();
    trace_connection *c = trace_open(left, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .body = 100000, .rest = 90000);
    trace_close(c, CLIENT, AT_MS(3));
    g_assert_cmpuint(trace_found(left, HR_FINDING_ANSWER_CUT), ==, 0);

    g_autoptr(trace) lost = trace_new();
    c = trace_open(lost, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .body = 100000, .rest = 90000);
    trace_lose(c, SERVER, 90000);
    trace_close(c, SERVER, AT_MS(500));
    g_assert_cmpuint(trace_found(lost, HR_FINDING_ANSWER_CUT), ==, 0);
}

static void a_whole_answer_is(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_exchange(c, AT_S(i) + AT_MS(1), AT_S(i) + AT_MS(2));
        trace_close(c, SERVER, AT_S(i) + AT_MS(3));
    }

    g_assert_false(trace_happened(t, "keep_open", "in the middle of an answer"));
    g_assert_true(trace_advises(t, "keep_open", "uWSGI"));
}

/* ---- on both sides of a proxy ---- */

/* The stream falls silent; the proxy gives it up, and with it what its client reads. */
static void what_is_cut_behind_a_proxy_is_mended_there(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *front = trace_open_between(t, BROWSER, PROXY, 80, AT_S(3 * i));
        trace_request(front, AT_S(3 * i) + AT_MS(1), .user_agent = FIREFOX);
        trace_connection *back = trace_open_between(t, PROXY, APP, 80, AT_S(3 * i) + AT_MS(2));
        trace_request(back, AT_S(3 * i) + AT_MS(3), .user_agent = FIREFOX);
        trace_begin_answer(back, AT_S(3 * i) + AT_MS(4), .body = 100000, .rest = 90000);
        trace_begin_answer(front, AT_S(3 * i) + AT_MS(5), .body = 100000, .rest = 90000);
        trace_close(back, CLIENT, AT_S(3 * i) + AT_MS(1005));
        trace_fin(front, SERVER, AT_S(3 * i) + AT_MS(1006));
        trace_close(front, CLIENT, AT_S(3 * i) + AT_MS(1007));
    }

    g_assert_null(trace_fix(t, "keep_open"));
    g_assert_cmpuint(trace_fix(t, "read_bodies")->avoidable->len, ==, 4);
}

/* It answers for itself, and does not take the rest of what it was answered: its pool is not at
 * fault, and its settings are no help. */
static void a_proxy_that_stops_in_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = trace_open_between(t, BROWSER, PROXY, 80, AT_MS(0));
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(3 * i) + AT_MS(100);
        trace_request(front, at, .user_agent = FIREFOX);
        trace_connection *back = trace_open_between(t, PROXY, APP, 80, at + AT_MS(1));
        trace_request(back, at + AT_MS(2), .user_agent = FIREFOX);
        trace_begin_answer(back, at + AT_MS(3), .body = 100000, .rest = 90000);
        trace_rst(back, CLIENT, at + AT_MS(4 + 300 * i));
        trace_answer(front, at + AT_MS(5 + 300 * i), .server = "nginx/1.22.1");
    }

    g_assert_true(trace_advises(t, "read_bodies", "in the middle of its upstream's answers"));
    g_assert_false(trace_advises(t, "read_bodies", "keepalive"));
    g_assert_false(trace_advises(t, "read_bodies", "resp.Body"));
}

/* @name: the Server that the proxy's own answers name. */
static void ask_through(trace *t, const char *asks, const char *answers, const char *name)
{
    for (int i = 0; i < 3; i++) {
        trace_connection *front = trace_open_between(t, BROWSER, PROXY, 80, AT_S(i));
        trace_request(front, AT_S(i) + AT_MS(1), .user_agent = FIREFOX);
        trace_connection *back = trace_open_between(t, PROXY, APP, 80, AT_S(i) + AT_MS(2));
        trace_request(back, AT_S(i) + AT_MS(3), .user_agent = FIREFOX, .connection = asks);
        trace_answer(back, AT_S(i) + AT_MS(4), .connection = answers);
        trace_answer(front, AT_S(i) + AT_MS(5), .connection = answers, .server = name);
        trace_close(back, SERVER, AT_S(i) + AT_MS(6));
        trace_close(front, SERVER, AT_S(i) + AT_MS(7));
    }
}

/* Whose settings are known says so for reasons of its own; who asked for it may have passed it on. */
static void a_close_that_was_asked_for_may_be_passed_on(void)
{
    g_autoptr(trace) asked = trace_new();
    ask_through(asked, "close", "close", "nginx/1.22.1");
    g_assert_true(trace_may_be_else(asked, "no_server_close", "passes on"));
    g_assert_true(trace_advises(asked, "no_client_close", "nginx"));

    g_autoptr(trace) unasked = trace_new();
    ask_through(unasked, NULL, "close", "nginx/1.22.1");
    g_assert_false(trace_may_be_else(unasked, "no_server_close", "passes on"));
}

/* Node.js http-proxy without an agent: it asks for the close that it then passes on. */
static void a_close_on_both_sides_is_told_once(void)
{
    g_autoptr(trace) asked = trace_new();
    ask_through(asked, "close", "close", NULL);
    g_assert_null(trace_fix(asked, "no_server_close"));
    g_assert_cmpuint(trace_fix(asked, "no_client_close")->avoidable->len, ==, 2 + 2);
    g_assert_true(trace_happened(asked, "no_client_close", ", and 2 in front of it"));
    g_assert_true(trace_advises(asked, "no_client_close", "http-proxy"));
    g_assert_true(trace_advises(asked, "no_client_close", "to its own clients goes with it"));
    g_assert_false(trace_advises(asked, "no_client_close", "TCP relay"));

    g_autoptr(trace) unasked = trace_new();
    ask_through(unasked, NULL, "close", NULL);
    g_assert_cmpuint(trace_fix(unasked, "no_server_close")->avoidable->len, ==, 2 + 2);
}

/* One side of it was captured: the name is its client's, or one that it passes on. */
static void a_close_under_a_name_may_be_a_proxys(void)
{
    const trace_message answer = {.connection = "close"};
    g_autoptr(trace) named = trace_new();
    trace_calls(named, (trace_message){.user_agent = "Go-http-client/1.1", .connection = "close"},
                answer);
    g_assert_true(trace_may_be_else(named, "no_client_close", "passes User-Agent on"));
}

/* ---- where nobody can read ---- */

static void hidden_close_may_have_been_the_clients(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = tls_open(t, AT_S(i));
        tls_hidden_exchange(c, AT_S(i) + AT_MS(10), AT_S(i) + AT_MS(11));
        tls_hidden_alert_13(c, SERVER, AT_S(i) + AT_MS(12));
        trace_close(c, SERVER, AT_S(i) + AT_MS(12));
    }

    g_assert_true(trace_advises(t, "keep_open", "the client may have said Connection: close"));
    g_assert_false(trace_advises(t, "keep_open", "uWSGI"));
}

static void clients_close_may_have_been_asked_for(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = tls_open(t, AT_S(i));
        tls_hidden_exchange(c, AT_S(i) + AT_MS(10), AT_S(i) + AT_MS(11));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(12));
    }

    g_assert_true(trace_may_be_else(t, "keep_client", "said by either side"));
}

/* It was asked once and waited for more: this server keeps connections, for 300 ms or so. */
static void closed_out_of_a_pause_is_kept_for_a_while(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_exchange(c, AT_S(i) + AT_MS(1), AT_S(i) + AT_MS(2));
        trace_close(c, SERVER, AT_S(i) + AT_MS(302 + 20 * i));
    }

    g_assert_true(trace_advises(t, "keep_open", "It keeps connections, for a while"));
}

/* One of them came late: a busy server is no reason to look for its limits. */
static void closed_late_once_is_not_kept(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_exchange(c, AT_S(i) + AT_MS(1), AT_S(i) + AT_MS(2));
        trace_close(c, SERVER, AT_S(i) + AT_MS(i == 2 ? 52 : 3));
    }

    g_assert_false(trace_advises(t, "keep_open", "It keeps connections, for a while"));
}

/* Of one that had begun before the capture the FIN alone is there: a timeout, a message, whatever. */
static void an_end_alone_tells_nothing(void)
{
    for (int is_used = 0; is_used < 2; is_used++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *late = trace_connect(t);
        if (is_used) {
            trace_exchange(late, AT_MS(1), AT_MS(2));
        }
        trace_close(late, SERVER, AT_MS(600));
        trace_exchange(trace_open(t, AT_S(1)), AT_S(1) + AT_MS(1), AT_S(1) + AT_MS(2));

        assert_cause(late, "server-close");
        g_assert_cmpuint(trace_cost(t, "look"), ==, is_used ? 0 : 1);
        g_assert_cmpuint(trace_cost(t, "keep_open"), ==, is_used ? 1 : 0);
    }
}

/* ... and one that its client closes was not opened in vain, as far as is seen. */
static void an_end_alone_of_the_client_tells_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *late = trace_connect(t);
    trace_close(late, CLIENT, AT_MS(600));
    trace_exchange(trace_open(t, AT_S(1)), AT_S(1) + AT_MS(1), AT_S(1) + AT_MS(2));

    assert_cause(late, "client-close");
    g_assert_cmpuint(trace_cost(t, "look"), ==, 1);
    g_assert_true(trace_advises(t, "look", "Capture from the client's start"));
    g_assert_false(trace_advises(t, "look", "TLS keys")); /* it is in the clear */
    g_assert_cmpuint(trace_totals(t)->sums.unused, ==, 0);
}

/* It was asked before, and is cut off: its server does that, whatever went before. */
static void an_end_of_one_that_was_asked_is_the_servers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *late = trace_connect(t);
    trace_request(late, AT_MS(1));
    trace_begin_answer(late, AT_MS(2), .body = 3000, .rest = 2000);
    trace_close(late, SERVER, AT_MS(3));
    trace_exchange(trace_open(t, AT_S(1)), AT_S(1) + AT_MS(1), AT_S(1) + AT_MS(2));

    assert_cause(late, "server-close");
    g_assert_cmpint(trace_ending(late)->after_rest_ns, ==, HR_TIME_NONE);
    g_assert_cmpuint(trace_cost(t, "look"), ==, 0);
    g_assert_cmpuint(trace_cost(t, "keep_open"), ==, 1);
}

/* A server that turns away at once, whoever comes: each was seen from its SYN on, and nothing is missing
 * that may have ended it. */
static void what_is_turned_away_is_no_end_alone(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_close(trace_open(t, AT_S(2 * i)), SERVER, AT_S(2 * i) + AT_MS(1));
    }
    trace_exchange(trace_open(t, AT_S(8)), AT_S(8) + AT_MS(1), AT_S(8) + AT_MS(2));

    g_assert_cmpuint(trace_cost(t, "keep_open"), ==, 2); /* the second, and the third */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/server/cut", an_answer_that_is_cut_off_is_no_keep_alive);
    g_test_add_func("/server/once", one_that_is_cut_off_is_told);
    g_test_add_func("/server/among-others", one_that_is_cut_off_among_others_is_told);
    g_test_add_func("/server/interim", what_was_only_to_come_is_not_cut_off);
    g_test_add_func("/server/announced", what_was_announced_is_cut_off_as_well);
    g_test_add_func("/server/not-by-client", what_the_client_cuts_off_is_not_the_servers);
    g_test_add_func("/server/whole", a_whole_answer_is);
    g_test_add_func("/server/proxy/cut", what_is_cut_behind_a_proxy_is_mended_there);
    g_test_add_func("/server/proxy/stops", a_proxy_that_stops_in_an_answer);
    g_test_add_func("/server/proxy/close", a_close_that_was_asked_for_may_be_passed_on);
    g_test_add_func("/server/proxy/close-on-both", a_close_on_both_sides_is_told_once);
    g_test_add_func("/server/proxy/name", a_close_under_a_name_may_be_a_proxys);
    g_test_add_func("/server/hidden", hidden_close_may_have_been_the_clients);
    g_test_add_func("/server/hidden/client", clients_close_may_have_been_asked_for);
    g_test_add_func("/server/late-once", closed_late_once_is_not_kept);
    g_test_add_func("/server/kept-for-a-while", closed_out_of_a_pause_is_kept_for_a_while);
    g_test_add_func("/server/end-alone", an_end_alone_tells_nothing);
    g_test_add_func("/server/end-alone/turned-away", what_is_turned_away_is_no_end_alone);
    g_test_add_func("/server/end-alone/client", an_end_alone_of_the_client_tells_nothing);
    g_test_add_func("/server/end-alone/asked", an_end_of_one_that_was_asked_is_the_servers);
    return g_test_run();
}

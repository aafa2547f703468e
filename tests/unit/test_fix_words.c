/* test_fix_words.c
 * What happened is told in whole sentences: how many, of what, how sure, and which of them. Nothing
 * stands there that is not so of the story, and the advice has no more beside it. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"
#include "trace_h2.h"
#include "trace_stories.h"

#define CLOSE .connection = "close"

static void of_closes_of_the_server(void)
{
    const trace_story stories[] = {
        {.change = "keep_open",
         .happened = "3 connections closed by the server unannounced right after a complete answer",
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        {.change = "keep_open",
         .happened = "4 connections closed by the server unannounced, after equally long idle times"
                     " (at most 300 ms)",
         .told = SERVERS_SHORT_TIMEOUT,
         .kinds = IDLE_EQUALLY | KEEPS,
         .rest_ns = AT_MS(300),
         .closes = SERVER,
         .calls = 5},
        {.change = "no_server_close",
         .happened = "3 connections whose server said Connection: close with an answer",
         .answer = {CLOSE},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        {.change = "mend_errors",
         .happened = "3 connections that ended on an error answer: 503",
         .errors = 3,
         .answer = {.code = 503, CLOSE},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        {.change = "lengthen_server_idle",
         .happened = "3 connections closed by the server's idle timeout (likely)",
         .advice = "If this server is nginx",
         .rest_ns = AT_S(75),
         .closes = SERVER,
         .answer = {.server = "nginx/1.22.1"}},
        {.change = "mend_server",
         .happened = "3 requests that the server took and never answered, after equally long waits"
                     " (at most 101 ms): a timeout of its own",
         .rest_ns = AT_MS(100),
         .closes = SERVER,
         .is_unanswered = true},
    };
    assert_stories(stories);
}

static void of_closes_of_the_client(void)
{
    const trace_story stories[] = {
        {.change = "keep_client",
         .happened = "3 connections closed by the client unannounced right after a complete answer",
         .advice = "If this client is ",
         .told = CALL_OBJECTS,
         .request = {.user_agent = REQUESTS},
         .rest_ns = AT_MS(1)},
        {.change = "read_bodies",
         .happened = "3 connections closed by the client with an answer left unread (likely)",
         .advice = "If this client is ",
         .told = CALL_OBJECTS,
         .request = {.user_agent = GO},
         .rest_ns = AT_MS(1)},
        {.change = "read_bodies",
         .happened = "3 connections closed by the client with an answer left unread (likely)",
         .told = LEAVES,
         .answer = {.body = 90000, .rest = 80000},
         .is_begun = true,
         .rest_ns = AT_MS(1)},
        {.change = "no_client_close",
         .happened = "3 connections whose client said Connection: close with a request",
         .told = CHECK,
         .request = {CLOSE},
         .rest_ns = AT_MS(1)},
        {.change = "wait_longer",
         .happened = "3 requests given up by the client before the answer was there, after equally"
                     " long waits (at most 1001 ms): a timeout of its own (likely)",
         .rest_ns = AT_S(1),
         .is_unanswered = true},
    };
    assert_stories(stories);
}

/* ---- some of them ---- */

/* One request meets a FIN, which is certain. The other is answered by a reset, which is not: and as
 * not all were, the server is named. */
static void some_are_likely(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_S(20 * i) + AT_S(5) + AT_MS(2);
        trace_connection *c = trace_open(t, AT_S(20 * i));
        trace_exchange(c, AT_S(20 * i) + AT_MS(1), AT_S(20 * i) + AT_MS(2));
        if (i == 0) {
            trace_fin(c, SERVER, at);
        }
        trace_request(c, at + AT_US(100));
        trace_rst(c, SERVER, at + AT_US(200));
    }

    assert_words(
        t, "expire_sooner",
        "2 requests sent on idle connections that the server closed without an answer (1 of"
        " them likely)",
        "Let the client drop idle connections before the server does", 0);
}

/* After 350 s of silence a balancer may have forgotten it: what is reset then was no server's for
 * sure, though the reset comes unasked as well. */
static void what_a_device_may_have_reset(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, 0);
    c->is_deaf[SERVER] = true;
    trace_request(c, AT_S(351));
    trace_rst(c, SERVER, AT_S(351) + AT_US(200));

    assert_words(t, "outlast_device",
                 "1 request sent on a connection that was forgotten or cut on the way",
                 "Close idle connections sooner than the device between", 0);
}

/* Three waits are as long as each other, and one is not. */
static void some_waited_as_long(void)
{
    static const int64_t waits[] = {200, 201, 200, 60};
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1));
        trace_ack(c, SERVER, AT_S(i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(1 + waits[i]));
    }
    trace_exchange(trace_open(t, AT_S(5)), AT_S(6), AT_S(6) + AT_MS(1));

    assert_words(t, "wait_longer",
                 "4 requests given up by the client before the answer was there, 3 of them after"
                 " equally long waits (at most 201 ms): a timeout of its own (likely)",
                 "On HTTP/1 a cancel or a timeout costs the connection", 0);
}

/* Three rests are equal, and one is not; what was opened last cost nothing. */
static void some_rested_as_long(void)
{
    static const int64_t rests[] = {500, 501, 700, 502, 900};
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 5; i++) {
        trace_connection *c = trace_open_used(t, AT_S(2 * i));
        trace_close(c, CLIENT, AT_S(2 * i) + AT_MS(2 + rests[i]));
    }

    assert_words(t, "keep_client",
                 "4 connections closed by the client unannounced, 3 of them after equally long idle"
                 " times (at most 502 ms)",
                 "If more requests follow: share one client object", 0);
}

/* Each waits for what does not come, and for unequally long. */
static void all_waited_for_the_rest(void)
{
    static const int64_t waits[] = {AT_S(3), AT_S(2), AT_MS(1500)};
    g_autoptr(trace) t = trace_new();
    trace_stopped_answers(t, waits);

    assert_words(t, "read_bodies",
                 "3 connections closed by the client while it waited for the rest of an answer (for"
                 " at most 3 s) (likely)",
                 "All that had come was read", 0);
    hr_forecast forecast; /* of answers that would have taken nobody knows how long */
    g_assert_false(hr_fix_forecast(trace_analysis(t), trace_fix(t, "read_bodies"), &forecast));
}

/* ---- limits of requests ---- */

/* The last of three requests, or its answer, says close, each time. */
static void limits_have_a_side_and_a_number(void)
{
    for (int by = CLIENT; by <= SERVER; by++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            trace_connection *c = trace_open(t, AT_S(10 * i));
            for (int n = 1; n <= 3; n++) {
                const char *said = n == 3 ? "close" : NULL;
                const int64_t at = AT_S(10 * i) + AT_MS(10 * n + i * n);
                trace_request(c, at, .connection = by == CLIENT ? said : NULL);
                trace_answer(c, at + AT_MS(1), .connection = by == SERVER ? said : NULL);
            }
            trace_close(c, (trace_side)by, AT_S(10 * i) + AT_MS(100));
        }

        assert_words(t, "raise_request_limit",
                     by == CLIENT
                         ? "3 connections ended after a fixed number of requests by the client: 3"
                           " (likely)"
                         : "3 connections ended after a fixed number of requests by the server: 3"
                           " (likely)",
                     by == CLIENT ? "The client bounds the requests on a connection"
                                  : "Raise the limit of requests on a connection",
                     0);
    }
}

/* Opened beside an idle one, and an error on it was left unread: it is told where it was left. */
static void errors_are_told_where_they_were_left(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open_used(t, 0);
    trace_ack(idle, CLIENT, AT_MS(3));
    trace_connection *c = trace_open_used(t, AT_S(1));
    trace_request(c, AT_S(1) + AT_MS(50));
    trace_answer(c, AT_S(1) + AT_MS(51), .code = 404, .body = 9000);
    trace_rst(c, CLIENT, AT_S(1) + AT_MS(52));

    assert_words(t, "share_pool",
                 "1 connection opened while another one to this origin was open and idle", NULL, 0);
    assert_words(t, "read_bodies",
                 "1 connection closed by the client with an answer left unread, all of errors: 404"
                 " (likely)",
                 NULL, ERRORS_HAVE_BODIES);
}

/* ---- ends that have words of their own ---- */

static void leave_is_taken_by_a_goaway(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = h2_open_used(t, AT_S(i));
        h2_goaway(c, CLIENT, 0, H2_NO_ERROR, AT_S(i) + AT_MS(12));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(13));
    }

    assert_words(t, "keep_client", "3 connections that the client ended by a GOAWAY",
                 "If more requests follow: share one client object", 0);
}

/* Answers are cut off in all, or in one of them. */
static void answers_that_were_cut_off(void)
{
    for (int all = 0; all < 2; all++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            trace_connection *c = trace_open(t, AT_S(i));
            trace_request(c, AT_S(i) + AT_MS(1));
            trace_begin_answer(c, AT_S(i) + AT_MS(2), .body = 100000, .rest = 90000);
            if (i < 2 && !all) {
                trace_end_answer(c, 90000, AT_S(i) + AT_MS(3));
            }
            trace_fin(c, SERVER, AT_S(i) + AT_MS(500 + 30 * i));
            trace_close(c, CLIENT, AT_S(i) + AT_MS(501 + 30 * i));
        }

        assert_words(t, "keep_open",
                     all ? "3 connections closed by the server in the middle of an answer"
                         : "3 connections closed by the server unannounced, 1 of them in the middle"
                           " of an answer",
                     all ? "Look into the server's log" : "Let the server keep connections alive",
                     all ? 0 : LOG_SAYS_WHY);
    }
}

/* What a snap length cut off may have said close. */
static void heads_that_were_cut_short(void)
{
    for (int by = CLIENT; by <= SERVER; by++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            trace_connection *c = trace_open(t, AT_S(20 * i));
            trace_request(c, AT_S(20 * i) + AT_MS(1), .is_cut = true);
            trace_answer(c, AT_S(20 * i) + AT_MS(2), .is_cut = true);
            trace_close(c, (trace_side)by, AT_S(20 * i) + AT_MS(3 + 137 * i));
        }

        assert_words(t, by == CLIENT ? "keep_client" : "keep_open",
                     by == CLIENT ? "2 connections closed by the client, announced or not"
                                  : "2 connections closed by the server, announced or not",
                     NULL, WHOLE_PACKETS);
    }
}

/* Two calls of one connection are lost with it. */
static void calls_are_counted_and_not_connections(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, 0);
    trace_ack(c, CLIENT, AT_MS(12));
    const uint32_t unheard = c->next[CLIENT];
    h2_ask(c, 3, AT_MS(100));
    h2_ask(c, 5, AT_MS(200));
    for (int i = 1; i <= 3; i++) {
        trace_segment(c, CLIENT, HR_TCP_ACK, unheard, c->next[SERVER], c->next[CLIENT] - unheard,
                      AT_S(i));
    }

    assert_words(t, "detect_dead",
                 "2 requests sent on a connection in use from which nothing came back any more, not"
                 " one acknowledgement (likely)",
                 "Let the client notice that the way is cut", 0);
}

/* Each is given up after as long: of a way that is dead that is said, and no timeout of its own. */
static void equally_long_in_vain(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open_used(t, AT_S(100 * i));
        trace_ack(c, CLIENT, AT_S(100 * i) + AT_MS(3));
        const uint32_t unheard = c->next[CLIENT];
        trace_request(c, AT_S(100 * i) + AT_MS(50));
        for (int k = 1; k <= 3; k++) {
            trace_segment(c, CLIENT, HR_TCP_ACK, unheard, c->next[SERVER],
                          c->next[CLIENT] - unheard, AT_S(100 * i + k));
        }
        trace_rst(c, CLIENT, AT_S(100 * i + 5));
    }

    assert_words(t, "detect_dead",
                 "3 requests sent on connections in use from which nothing came back any more, not"
                 " one acknowledgement (likely)",
                 "Let the client notice that the way is cut", 0);
}

/* Two clients' are idle: the server ends both at one moment, and is gone, which one of them notices. */
static void servers_that_stop(void)
{
    g_autoptr(trace) t = trace_new();
    trace_end_two(t);
    trace_refuse(t, AT_MS(1600));

    assert_words(t, "stay_up",
                 "1 connection closed as the server's program ended or was loaded again (likely)",
                 "Restart the server less often", 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/words/server", of_closes_of_the_server);
    g_test_add_func("/words/client", of_closes_of_the_client);
    g_test_add_func("/words/some/likely", some_are_likely);
    g_test_add_func("/words/device", what_a_device_may_have_reset);
    g_test_add_func("/words/some/waits", some_waited_as_long);
    g_test_add_func("/words/some/rests", some_rested_as_long);
    g_test_add_func("/words/all/waited", all_waited_for_the_rest);
    g_test_add_func("/words/limits", limits_have_a_side_and_a_number);
    g_test_add_func("/words/errors", errors_are_told_where_they_were_left);
    g_test_add_func("/words/goaway", leave_is_taken_by_a_goaway);
    g_test_add_func("/words/cut-off", answers_that_were_cut_off);
    g_test_add_func("/words/cut-short", heads_that_were_cut_short);
    g_test_add_func("/words/calls", calls_are_counted_and_not_connections);
    g_test_add_func("/words/in-vain", equally_long_in_vain);
    g_test_add_func("/words/stops", servers_that_stop);
    return g_test_run();
}

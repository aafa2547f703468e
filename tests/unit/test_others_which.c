/* test_others_which.c
 * Of what kind an item is, and what else it may be: each other explanation is told where it leaves the
 * same packets, and of no other item. Stories of calls in turn against all that may be told of them.
 * DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_stories.h"

#define CLOSE .connection = "close"

static void of_announced_closes(void)
{
    const trace_story stories[] = {
        {.change = "no_client_close",
         .told = PROXY_SAYS,
         .kinds = CLOSE_BY_NAME,
         .request = {.user_agent = GO, CLOSE},
         .rest_ns = AT_MS(1)},
        {.change = "no_client_close", .told = CHECK, .request = {CLOSE}, .rest_ns = AT_MS(1)},
        {.change = "no_server_close", .answer = {CLOSE}, .rest_ns = AT_MS(1), .closes = SERVER},
        {.change = "speak_http11",
         .told = CHECK,
         .request = {.is_http10 = true},
         .answer = {.is_http10 = true},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        {.change = "speak_http11",
         .request = {.is_http10 = true, .user_agent = "ApacheBench/2.3"},
         .answer = {.is_http10 = true},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
    };
    assert_stories(stories);
}

static void of_closes_of_the_client(void)
{
    const trace_story stories[] = {
        {.change = "keep_client",
         .told = CALL_OBJECTS,
         .request = {.user_agent = REQUESTS},
         .rest_ns = AT_MS(1)},
        {.change = "keep_client",
         .told = CALL_OBJECTS | MONITOR,
         .kinds = MAY_MONITOR,
         .request = {.user_agent = REQUESTS},
         .rest_ns = AT_MS(1),
         .calls = 5},
        {.change = "keep_client",
         .told = CALL_OBJECTS,
         .request = {.user_agent = REQUESTS},
         .rest_ns = AT_MS(1),
         .calls = 5,
         .each_ns = AT_MS(200)},
        {.change = "keep_client",
         .told = CALL_OBJECTS | CLIENTS_TIMEOUT | CLIENTS_SHORT_TIMEOUT | MONITOR,
         .kinds = IDLE_EQUALLY | MAY_MONITOR,
         .request = {.user_agent = REQUESTS},
         .rest_ns = AT_MS(300),
         .calls = 5},
        {.change = "keep_client",
         .told = CALL_OBJECTS | CLIENTS_TIMEOUT | CLIENTS_SHORT_TIMEOUT | OWN_CLOSES,
         .kinds = IDLE_EQUALLY | KEEPS,
         .request = {.user_agent = REQUESTS},
         .rest_ns = AT_MS(300),
         .requests = 2,
         .calls = 5},
        {.change = "read_bodies",
         .told = CALL_OBJECTS,
         .request = {.user_agent = GO},
         .rest_ns = AT_MS(1)},
        {.change = "keep_client",
         .told = CALL_OBJECTS,
         .kinds = KEEPS,
         .request = {.user_agent = REQUESTS},
         .requests = 2,
         .rest_ns = AT_MS(1)},
        {.change = "send_exact", .rest_ns = AT_MS(1), .surplus = 2},
        {.change = "lengthen_client_idle",
         .told = PROXY_TIMEOUT,
         .kinds = TIMER_BY_NAME,
         .request = {.user_agent = OKHTTP},
         .rest_ns = AT_S(5)},
        {.change = "keep_client",
         .told = CALL_OBJECTS | OTHER_PORT,
         .kinds = ASKED_ELSEWHERE,
         .request = {.user_agent = REQUESTS, .host = "a.example:8080"},
         .rest_ns = AT_MS(1)},
    };
    assert_stories(stories);
}

static void of_closes_of_the_server(void)
{
    const trace_story stories[] = {
        {.change = "keep_open", .rest_ns = AT_MS(1), .closes = SERVER},
        {.change = "keep_open",
         .told = SERVERS_SHORT_TIMEOUT,
         .kinds = IDLE_EQUALLY | KEEPS,
         .rest_ns = AT_MS(300),
         .closes = SERVER,
         .calls = 5},
        {.change = "lengthen_server_idle",
         .rest_ns = AT_S(75),
         .closes = SERVER,
         .answer = {.server = "nginx/1.22.1"}},
        {.change = "lengthen_server_idle",
         .told = RELAY_TIMEOUT,
         .kinds = TIMER_BY_SERVER,
         .rest_ns = AT_S(10),
         .closes = SERVER,
         .answer = {.server = "nginx/1.22.1"}},
        {.change = "lengthen_server_idle",
         .rest_ns = AT_S(10),
         .closes = SERVER,
         .answer = {.server = "nginx/1.22.1", .keep_alive = "timeout=10"}},
        {.change = "lengthen_server_idle",
         .told = DEVICE_TIMEOUT,
         .kinds = CUT_WHEN_IDLE | TIMER_BY_SERVER,
         .rest_ns = AT_S(10),
         .closes = SERVER,
         .by_reset = true,
         .answer = {.server = "nginx/1.22.1"}},
    };
    assert_stories(stories);
}

static void of_answers_in_part(void)
{
    const trace_story stories[] = {
        {.change = "read_bodies",
         .told = LEAVES,
         .answer = {.body = 90000, .rest = 80000},
         .is_begun = true,
         .rest_ns = AT_MS(1),
         .by_reset = true},
        {.change = "read_bodies",
         .told = LEAVES,
         .kinds = ENDLESS,
         .answer = {.body = 90000, .rest = 80000, .is_endless = true, .is_chunked = true},
         .is_begun = true,
         .rest_ns = AT_MS(1),
         .by_reset = true},
        {.change = "keep_open",
         .kinds = CUT_ANSWERS,
         .answer = {.body = 90000, .rest = 80000},
         .is_begun = true,
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        {.change = "wait_longer", .is_unanswered = true, .rest_ns = AT_MS(200)},
    };
    assert_stories(stories);
}

static void of_pools(void)
{
    const trace_story stories[] = {
        {.change = "share_pool",
         .kinds = KEEPS | MAY_HIDE_UNREAD,
         .request = {.user_agent = REQUESTS},
         .requests = 2},
        {.change = "share_pool",
         .kinds = KEEPS,
         .request = {.user_agent = REQUESTS},
         .answer = {.is_empty = true},
         .requests = 2},
        {.change = "share_pool",
         .told = OTHER_PORT,
         .kinds = KEEPS | ASKED_ELSEWHERE | MAY_HIDE_UNREAD,
         .request = {.user_agent = REQUESTS, .host = "a.example:8080"},
         .requests = 2},
    };
    assert_stories(stories);
}

/* A client sends its FIN right behind the request, or only later, and may reset what comes then: its
 * server ends the connection without an answer. */
static void of_a_half_close(void)
{
    enum {
        AT_ONCE,
        LATER,
        THEN_RESET,
        WAYS
    };

    for (int way = 0; way < WAYS; way++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 4; i++) {
            const int64_t at = AT_S(1 + 2 * i);
            const int64_t end = at + AT_MS(way == LATER ? 300 + 170 * i : 2);
            trace_connection *c = trace_open(t, at);
            trace_request(c, at + AT_MS(1));
            trace_fin(c, CLIENT, end);
            trace_ack(c, SERVER, end + AT_US(50));
            trace_fin(c, SERVER, end + AT_US(100));
            (way == THEN_RESET ? trace_rst : trace_ack)(c, CLIENT, end + AT_US(150));
        }

        g_assert_true(trace_may_be_else(t, "wait_longer", "nc -N") == (way == AT_ONCE));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/others/announced", of_announced_closes);
    g_test_add_func("/others/client", of_closes_of_the_client);
    g_test_add_func("/others/server", of_closes_of_the_server);
    g_test_add_func("/others/answers", of_answers_in_part);
    g_test_add_func("/others/pools", of_pools);
    g_test_add_func("/others/half-close", of_a_half_close);
    return g_test_run();
}

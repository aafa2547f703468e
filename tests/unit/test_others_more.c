/* test_others_more.c
 * What is told of a proxy is told of no client, and the other way round; of one that has no name; of
 * what nobody can read. As test_others_which.c does it, the stories here differ in one thing each from
 * one of which something is told. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_legs.h"
#include "trace_stories.h"

#define NGINX "nginx/1.22.1"
#define CLOSE .connection = "close"

/* What says that it was passed on is a proxy's: no timeout, no close and no port is its library's, and
 * it is no check of anybody's health. */
static void of_what_is_passed_on(void)
{
    const trace_story stories[] = {
        {.change = "no_client_close",
         .kinds = FOR_PROXY,
         .request = {.user_agent = GO, .is_relayed = true, CLOSE},
         .rest_ns = AT_MS(1)},
        {.change = "no_client_close",
         .kinds = FOR_PROXY,
         .request = {.is_relayed = true, CLOSE},
         .rest_ns = AT_MS(1)},
        {.change = "keep_client",
         .told = CALL_OBJECTS,
         .kinds = FOR_PROXY,
         .request = {.user_agent = REQUESTS, .is_relayed = true, .host = "a.example:8080"},
         .rest_ns = AT_MS(1)},
        {.change = "keep_client",
         .told = CALL_OBJECTS | HAPROXY,
         .kinds = FOR_PROXY,
         .request = {.is_relayed = true},
         .rest_ns = AT_MS(300)},
        {.change = "lengthen_client_idle",
         .kinds = FOR_PROXY,
         .request = {.user_agent = OKHTTP, .is_relayed = true},
         .rest_ns = AT_S(5)},
        {.change = "lengthen_client_idle",
         .kinds = FOR_PROXY,
         .request = {.is_relayed = true},
         .rest_ns = AT_S(5),
         .by_reset = true},
    };
    assert_stories(stories);
}

/* Nobody says what asks: nothing is told that only a name says. */
static void of_no_name(void)
{
    const trace_story stories[] = {
        {.change = "lengthen_client_idle", .rest_ns = AT_S(5)},
        {.change = "keep_client",
         .told = CALL_OBJECTS,
         .request = {.host = "a.example:8080"},
         .rest_ns = AT_MS(1)},
        {.change = "keep_client",
         .told = CALL_OBJECTS,
         .request = {.user_agent = REQUESTS, .host = ""},
         .rest_ns = AT_MS(1)},
        {.change = "no_server_close",
         .kinds = ASKED_ELSEWHERE,
         .request = {.user_agent = REQUESTS, .host = "a.example:8080"},
         .answer = {CLOSE},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        {.change = "read_bodies",
         .told = CALL_OBJECTS | OTHER_PORT,
         .kinds = ASKED_ELSEWHERE,
         .request = {.user_agent = GO, .host = "a.example:8080"},
         .rest_ns = AT_MS(1)},
    };
    assert_stories(stories);
}

/* HTTP/1.0 is no check where only its server speaks it, or where its client keeps connections. */
static void of_http10(void)
{
    const trace_story stories[] = {
        {.change = "speak_http11",
         .answer = {.is_http10 = true},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        {.change = "keep_open",
         .request = {.is_http10 = true, .connection = "keep-alive"},
         .answer = {.is_http10 = true, .connection = "keep-alive"},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
    };
    assert_stories(stories);
}

/* Which timeout it was, and whose: a name tells only of a timeout. */
static void of_timeouts(void)
{
    const trace_story stories[] = {
        {.change = "keep_open", .rest_ns = AT_MS(1), .closes = SERVER, .answer = {.server = NGINX}},
        {.change = "lengthen_client_idle",
         .told = DEVICE_TIMEOUT | PROXY_TIMEOUT,
         .kinds = CUT_WHEN_IDLE | TIMER_BY_NAME,
         .request = {.user_agent = OKHTTP},
         .rest_ns = AT_S(5),
         .by_reset = true},
        {.change = "lengthen_server_idle",
         .told = DEVICE_TIMEOUT,
         .kinds = CUT_WHEN_IDLE,
         .rest_ns = AT_S(10),
         .closes = SERVER,
         .by_reset = true,
         .answer = {.server = NGINX, .keep_alive = "timeout=10"}},
    };
    assert_stories(stories);
}

/* Errors are told where they are what ended it, or what was left unread. */
static void of_errors(void)
{
    const trace_story stories[] = {
        {.change = "keep_client",
         .told = CALL_OBJECTS,
         .request = {.user_agent = REQUESTS},
         .answer = {.code = 404},
         .rest_ns = AT_MS(1)},
        {.change = "mend_errors",
         .errors = 3,
         .answer = {.code = 500, CLOSE},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        {.change = "read_bodies",
         .told = CALL_OBJECTS,
         .errors = 3,
         .request = {.user_agent = GO},
         .answer = {.code = 404},
         .rest_ns = AT_MS(1)},
        {.change = "read_bodies",
         .told = RESETS,
         .errors = 3,
         .request = {.user_agent = GO},
         .answer = {.code = 400, .body = 90000},
         .rest_ns = AT_MS(1),
         .by_reset = true},
    };
    assert_stories(stories);
}

/* Heads that a snap length cut: what is said of a close in them is not known, of a timeout nothing was. */
static void of_cut_heads(void)
{
    const trace_story stories[] = {
        {.change = "lengthen_server_idle",
         .request = {.is_cut = true},
         .answer = {.is_cut = true},
         .rest_ns = AT_S(75),
         .closes = SERVER},
        {.change = "share_pool",
         .told = OTHER_NAME,
         .kinds = KEEPS | MAY_BE_OTHER_NAME,
         .request = {.is_cut = true},
         .answer = {.is_cut = true},
         .requests = 2},
    };
    assert_stories(stories);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/others/passed-on", of_what_is_passed_on);
    g_test_add_func("/others/no-name", of_no_name);
    g_test_add_func("/others/http10", of_http10);
    g_test_add_func("/others/timeouts", of_timeouts);
    g_test_add_func("/others/errors", of_errors);
    g_test_add_func("/others/cut-heads", of_cut_heads);
    return g_test_run();
}

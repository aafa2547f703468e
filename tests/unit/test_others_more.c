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
         .added = ERRORS_HAVE_BODIES,
         .request = {.user_agent = GO},
         .answer = {.code = 404},
         .rest_ns = AT_MS(1)},
        {.change = "read_bodies",
         .told = RESETS,
         .errors = 3,
         .added = ERRORS_HAVE_BODIES,
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

/* Six at once, of which four are closed after their answers: a pool keeps two. */
static void of_a_full_pool(void)
{
    static const struct {
        trace_message request;
        unsigned told, kinds;
    } rows[] = {
        {{.user_agent = "python-httpx/0.27.0"}, 0, 0},
        {{.user_agent = "python-httpx/0.27.0", .host = "a.example:8080"},
         OTHER_PORT,
         ASKED_ELSEWHERE},
    };
    for (size_t row = 0; row < G_N_ELEMENTS(rows); row++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[6];
        for (int i = 0; i < 6; i++) {
            c[i] = trace_open(t, AT_MS(4 * i));
        }
        for (int i = 0; i < 6; i++) {
            trace_message request = rows[row].request;
            request.at = AT_MS(30) + AT_US(i);
            trace_request_with(c[i], request);
        }
        for (int i = 0; i < 6; i++) {
            trace_answer(c[i], AT_MS(40 + 5 * i));
            if (i < 4) {
                trace_close(c[i], CLIENT, AT_MS(40 + 5 * i) + AT_US(300));
            }
        }
        for (int i = 4; i < 6; i++) {
            trace_exchange(c[i], AT_MS(100 * i), AT_MS(100 * i + 10));
        }
        trace_exchange(c[5], AT_S(2), AT_S(2) + AT_MS(1));
        assert_item(t, "keep_more_idle", rows[row].told, rows[row].kinds, 0);
    }
}

/* ---- both sides of a proxy ---- */

/* What asks for the same all the time, and passes it on on a connection of its own, that it closes after
 * a rest: no monitor. Half a pool is closed by HAProxy, or by what has no name. */
static void of_a_proxy_that_names_itself(void)
{
    static const struct {
        const char *name;
        unsigned told;
    } proxies[] = {{NULL, HAPROXY}, {"haproxy", HAPROXY}, {NGINX, 0}};

    for (size_t i = 0; i < G_N_ELEMENTS(proxies); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *front = trace_open_between(t, LEGS_BROWSER, LEGS_PROXY, 8118, AT_MS(0));
        for (int call = 1; call <= 5; call++) {
            const int64_t at = AT_S(10 * call);
            trace_request(front, at, .target = "http://app.example/a", .user_agent = "x/1");
            trace_connection *back =
                trace_open_between(t, LEGS_PROXY, LEGS_APP, 80, at + AT_US(100));
            trace_request(back, at + AT_MS(1), .target = "/a", .user_agent = "x/1",
                          .host = "app.example");
            trace_answer(back, at + AT_MS(2));
            trace_answer(front, at + AT_MS(3), .server = proxies[i].name);
            trace_close(back, CLIENT, at + AT_MS(302 + 100 * call));
        }
        assert_item(t, "keep_client", CALL_OBJECTS | proxies[i].told, FOR_PROXY | IS_PASSED_ON, 0);
    }
}

static bool front_may_pass_on(trace *t)
{
    const hr_analysis *analysis = trace_analysis(t);
    g_autoptr(GString) others = g_string_new(NULL);

    for (size_t i = 0; i < hr_analysis_item_count(analysis); i++) {
        const hr_fix *fix = hr_analysis_item(analysis, i);
        if (fix->change == HR_CHANGE_NO_SERVER_CLOSE &&
            g_str_equal(fix->origin->client_address, LEGS_BROWSER)) {
            hr_fix_append_others(others, fix);
            return g_str_has_prefix(others->str, "a proxy that passes on what its upstream");
        }
    }
    return false; /* it is told behind */
}

/* What the proxy says to its clients goes with what it said behind; not with what its upstream said, nor
 * with how the client leaves. */
static void of_closes_in_front(void)
{
    static const struct {
        trace_side says_behind;
        bool says_in_front;
    } rows[] = {{CLIENT, true}, {SERVER, true}, {CLIENT, false}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        const bool is_by_client = rows[i].says_behind == CLIENT;
        for (int call = 0; call < 4; call++) {
            const int64_t at = AT_S(1) * call;
            trace_connection *front = trace_open_between(t, LEGS_BROWSER, LEGS_PROXY, 80, at);
            trace_request(front, at + AT_MS(1), .user_agent = "x/1");
            trace_connection *back =
                trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, at + AT_US(1100));
            trace_request(back, at + AT_MS(2), .user_agent = "x/1",
                          .connection = is_by_client ? "close" : NULL);
            trace_answer(back, at + AT_MS(3), .connection = is_by_client ? NULL : "close");
            trace_close(back, SERVER, at + AT_MS(4));
            trace_answer(front, at + AT_MS(5), .server = NGINX,
                         .connection = rows[i].says_in_front ? "close" : NULL);
            trace_close(front, rows[i].says_in_front ? SERVER : CLIENT, at + AT_MS(6));
        }
        if (rows[i].says_in_front) {
            g_assert_true(front_may_pass_on(t) == is_by_client);
        } else {
            g_assert_false(trace_may_be_else(t, "keep_client", "passes on what its upstream"));
        }
    }
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
    g_test_add_func("/others/pool", of_a_full_pool);
    g_test_add_func("/others/proxy", of_a_proxy_that_names_itself);
    g_test_add_func("/others/front", of_closes_in_front);
    return g_test_run();
}

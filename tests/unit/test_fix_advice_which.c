/* test_fix_advice_which.c
 * Whose words the advice has: those of a client's library, of a server, of a proxy, or of nobody; and
 * what stands beside them. Stories of calls in turn, and of proxies. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_legs.h"
#include "trace_stories.h"

#define CLOSE .connection = "close"
#define KEEP_ALIVE .connection = "keep-alive"
#define SIEGE "Mozilla/5.0 (pc-x86_64-linux-gnu) Siege/4.0.7"
#define PYTHON_SERVER "SimpleHTTP/0.6 Python/3.11.2"

/* Who spoke HTTP/1.0 is told to speak HTTP/1.1, and nobody else. */
static void of_who_speaks_http10(void)
{
    const trace_story stories[] = {
        {.change = "speak_http11",
         .advice = "If this client is Siege, as its User-Agent says: ",
         .request = {.user_agent = SIEGE, .is_http10 = true},
         .answer = {.is_http10 = true, .server = PYTHON_SERVER},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        {.change = "speak_http11",
         .advice = "If this server is Python http.server",
         .request = {.user_agent = SIEGE},
         .answer = {.is_http10 = true, .server = PYTHON_SERVER},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        {.change = "speak_http11",
         .told = CHECK,
         .advice = "Let the side that speaks HTTP/1.0 speak HTTP/1.1",
         .request = {.is_http10 = true},
         .answer = {.is_http10 = true, .server = PYTHON_SERVER},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        /* What is kept in HTTP/1.0 says so: it was the server that closed. */
        {.change = "keep_open",
         .advice = "If this server is gunicorn",
         .request = {.is_http10 = true, KEEP_ALIVE},
         .answer = {.is_http10 = true, .server = "gunicorn", KEEP_ALIVE},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
    };
    assert_stories(stories);
}

/* Two of a library's rows are told, its condition once. */
static void of_two_things_to_do(void)
{
    const trace_story stories[] = {
        {.change = "keep_client",
         .told = CALL_OBJECTS,
         .advice = "If this client is Python's requests, as its User-Agent says: keep one"
                   " requests.Session",
         .request = {.user_agent = REQUESTS},
         .rest_ns = AT_MS(1)},
    };
    assert_stories(stories);
    g_autoptr(trace) t = trace_new();
    trace_tell(t, &stories[0]);
    g_assert_true(trace_advises(t, "keep_client", " And with stream=True read .content"));
}

/* ---- proxies that pass on what somebody else asks for ---- */

static void of_proxies(void)
{
    const trace_story stories[] = {
        /* Under a program's name, which speaks HTTP/1.1. */
        {.change = "lengthen_client_idle",
         .kinds = FOR_PROXY,
         .advice = "Let the proxy keep idle connections to its upstream for longer",
         .request = {.user_agent = GO, .is_http10 = true, KEEP_ALIVE},
         .answer = {.is_http10 = true, KEEP_ALIVE},
         .rest_ns = AT_S(60)},
        {.change = "speak_http11",
         .kinds = FOR_PROXY,
         .advice = "A proxy speaks HTTP/1.0 to its upstream",
         .request = {.user_agent = GO, .is_http10 = true, .is_relayed = true},
         .answer = {.is_http10 = true},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        {.change = "lengthen_client_idle",
         .kinds = FOR_PROXY | KEEPS,
         .advice = "Let the proxy keep idle connections to its upstream for longer",
         .request = {.user_agent = GO, .is_relayed = true},
         .requests = 2,
         .rest_ns = AT_S(60)},
        {.change = "read_bodies",
         .told = LEAVES,
         .kinds = FOR_PROXY,
         .errors = 3,
         .happened = "3 connections closed by the client with an answer left unread, all of errors:"
                     " 404 (likely)",
         .advice = "A proxy stopped in the middle of its upstream's answers",
         .request = {.user_agent = GO, .is_relayed = true},
         .answer = {.code = 404, .body = 90000, .rest = 80000},
         .rest_ns = AT_MS(1)},
    };
    assert_stories(stories);
}

/* The name of a program that speaks HTTP/1.1: it is passed on, and no check's. */
static void of_what_may_be_a_proxy(void)
{
    const trace_story stories[] = {
        {.change = "speak_http11",
         .kinds = FOR_PROXY,
         .advice = "If a proxy is between, as HTTP/1.0 under this User-Agent suggests",
         .request = {.user_agent = GO, .is_http10 = true},
         .answer = {.is_http10 = true},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
    };
    assert_stories(stories);
}

/* A proxy names itself to its clients: its own words are about its pool, and not about what only a
 * timer does. */
static void of_proxies_that_say_their_name(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    legs_ask_front(&it, AT_S(6));
    trace_fin(it.back, SERVER, AT_S(6));
    (void)legs_lose_behind(&it, AT_MS(6001));
    trace_answer(it.front, AT_MS(6002), .code = 502, .server = "nginx");

    g_assert_cmpint(trace_fix(t, "expire_sooner")->proxy, ==, HR_PRODUCT_NGINX);
    assert_words(t, "expire_sooner", NULL,
                 "Let the proxy drop idle connections before its upstream does", 0);
}

/* ... nor is a wait, or a dead way, mended by what its pool keeps. */
static void of_proxies_that_wait(void)
{
    for (int is_dead = 0; is_dead < 2; is_dead++) {
        g_autoptr(trace) t = trace_new();
        const legs_pair it = legs_begin(t, LEGS_PROXY);
        trace_ack(it.back, CLIENT, AT_MS(30));
        legs_ask_front(&it, AT_S(1));
        const uint32_t begin = it.back->next[CLIENT];
        legs_ask_back(&it, it.back, AT_MS(1001));
        if (is_dead) {
            for (int i = 1; i <= 3; i++) {
                trace_segment(it.back, CLIENT, HR_TCP_ACK, begin, it.back->next[SERVER],
                              it.back->next[CLIENT] - begin, AT_S(1 + i));
            }
        } else {
            trace_ack(it.back, SERVER, AT_MS(1002));
        }
        trace_rst(it.back, CLIENT, AT_S(9));
        trace_answer(it.front, AT_S(9), .code = 504, .server = "nginx");
        legs_pair next = it;
        next.back = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, AT_S(10));
        legs_ask_front(&next, AT_S(11));
        legs_ask_back(&next, next.back, AT_MS(11001));
        trace_answer(next.back, AT_MS(11002));
        trace_answer(next.front, AT_MS(11003), .server = "nginx");

        const char *change = is_dead ? "detect_dead" : "wait_longer";
        g_assert_nonnull(trace_fix(t, change));
        g_assert_cmpint(trace_fix(t, change)->proxy, ==, HR_PRODUCT_NGINX);
        assert_words(t, change, NULL,
                     is_dead ? "Let the proxy notice that the way to its upstream is cut"
                             : "A proxy gave its upstream up",
                     0);
    }
}

/* ---- bursts, and HTTP/2 ---- */

/* One of two dials serves all that was asked. */
static trace *dial_beside(trace_connection *(*open)(trace *t, int64_t at), const char *user_agent)
{
    trace *t = trace_new();
    trace_connection *busy = open(t, AT_MS(0));
    trace_request(busy, AT_MS(50), .user_agent = user_agent);
    trace_connection *more = open(t, AT_MS(200));
    trace_answer(busy, AT_S(6));
    trace_request(more, AT_S(7), .user_agent = user_agent);
    trace_answer(more, AT_S(7) + AT_MS(1));
    trace_close(more, CLIENT, AT_S(20));
    return t;
}

static trace_connection *open_http1_in_tls(trace *t, int64_t at)
{
    return tls_open(t, at, .has_keys = true, .agrees = "http/1.1");
}

static void over_http2_one_would_do(void)
{
    g_autoptr(trace) plain = dial_beside(trace_open, NULL);
    assert_words(plain, "bound_dials", "1 connection opened beside others and not needed", NULL, 0);
    g_autoptr(trace) in_tls = dial_beside(open_http1_in_tls, NULL);
    assert_words(in_tls, "bound_dials", "1 connection opened beside others and not needed", NULL,
                 OVER_HTTP2);
    g_autoptr(trace) go = dial_beside(open_http1_in_tls, GO); /* whose words say it by themselves */
    assert_words(go, "bound_dials", NULL, "If this client is Go's net/http", 0);
    g_assert_true(trace_advises(go, "bound_dials", "over HTTP/2"));

    g_autoptr(trace) h2 = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = h2_open(h2, AT_MS(10 * i));
    }
    for (unsigned i = 0; i < 4; i++) {
        h2_ask(c[3], 2 * i + 1, AT_MS(60 + (int64_t)i));
    }
    for (unsigned i = 0; i < 4; i++) {
        h2_answer(c[3], 2 * i + 1, AT_MS(70 + (int64_t)i));
    }
    assert_words(h2, "bound_dials", "3 connections opened beside others and not needed", NULL, 0);
}

/* ---- what timed out in the middle of an answer ---- */

/* Each is given up 2 s after it was asked, in an answer that goes on, or stops; of what has no
 * end, or is an error. */
static void of_answers_that_timed_out(void)
{
    static const struct {
        bool goes_on, is_endless;
        unsigned code;
        unsigned added;
    } rows[] = {
        {false, false, 200, STOPS_SHORT},
        {true, false, 200, 0},
        {false, true, 200, 0},
        {true, false, 404, 0},
        {false, false, 404, STOPS_SHORT},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        for (int call = 0; call < 3; call++) {
            const int64_t at = AT_S(5 * call);
            trace_connection *c = trace_open(t, at);
            trace_request(c, at + AT_MS(1));
            trace_answer(c, at + AT_MS(2), .code = rows[i].code, .body = 90000, .rest = 80000,
                         .is_endless = rows[i].is_endless);
            trace_ack(c, CLIENT, at + AT_MS(2));
            for (int part = 1; part < 20 && rows[i].goes_on; part++) {
                trace_data(c, SERVER, 100, at + AT_MS(2 + 100 * part));
                trace_ack(c, CLIENT, at + AT_MS(2 + 100 * part));
            }
            trace_close(c, CLIENT, at + AT_MS(2001));
        }
        g_assert_cmpuint(trace_fix(t, "read_bodies")->timed_out, ==, 3);
        assert_words(t, "read_bodies", NULL, NULL, rows[i].added);
    }
}

/* An error whose rest does not come was waited for, and not left. */
static void of_errors_that_were_waited_for(void)
{
    static const int64_t waits[] = {AT_S(3), AT_S(2), AT_MS(1500)};
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(100 * i);
        trace_connection *c = trace_open(t, at);
        trace_request(c, at + AT_MS(1));
        trace_answer(c, at + AT_MS(2), .code = 500, .body = 90000, .rest = 80000);
        trace_ack(c, CLIENT, at + AT_MS(2));
        trace_close(c, CLIENT, at + AT_MS(2) + waits[i]);
    }

    assert_words(t, "read_bodies",
                 "3 connections closed by the client while it waited for the rest of an answer, all"
                 " of errors: 500 (for at most 3 s) (likely)",
                 "All that had come was read", 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/advice-which/http10", of_who_speaks_http10);
    g_test_add_func("/advice-which/two", of_two_things_to_do);
    g_test_add_func("/advice-which/proxies", of_proxies);
    g_test_add_func("/advice-which/guessed", of_what_may_be_a_proxy);
    g_test_add_func("/advice-which/proxies/named", of_proxies_that_say_their_name);
    g_test_add_func("/advice-which/wait", of_proxies_that_wait);
    g_test_add_func("/advice-which/http2", over_http2_one_would_do);
    g_test_add_func("/advice-which/timed-out", of_answers_that_timed_out);
    g_test_add_func("/advice-which/waited", of_errors_that_were_waited_for);
    return g_test_run();
}

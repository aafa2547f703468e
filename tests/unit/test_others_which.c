/* test_others_which.c
 * Of what kind an item is, and what else it may be: each other explanation is told where it leaves the
 * same packets, and of no other item. Stories of calls in turn against all that may be told of them.
 * DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/fix_kinds.h"
#include "trace_fixes.h"

#define GO "Go-http-client/1.1"
#define REQUESTS "python-requests/2.31.0"
#define OKHTTP "okhttp/4.12.0"

enum {
    CALLS = 3
};

/* What may be told; a bit each. */
enum {
    FORGOTTEN = 1 << 0,
    CLIENTS_TIMEOUT = 1 << 1,
    CLIENTS_SHORT_TIMEOUT = 1 << 2,
    SERVERS_SHORT_TIMEOUT = 1 << 3,
    HAPROXY = 1 << 4,
    OWN_CLOSES = 1 << 5,
    HIDDEN_CLOSE = 1 << 6,
    PROXY_SAYS = 1 << 7,
    DEVICE_TIMEOUT = 1 << 8,
    RELAY_TIMEOUT = 1 << 9,
    CHECK = 1 << 10,
    MONITOR = 1 << 11,
    BLACK_HOLE = 1 << 12,
    HINT = 1 << 13,
    TUNNEL = 1 << 14,
    PROXY_TIMEOUT = 1 << 15,
    BROWSER = 1 << 16,
    OTHER_PORT = 1 << 17,
    PASSED_ON = 1 << 18,
    OTHER_ROUTE = 1 << 19,
    OTHER_NAME = 1 << 20,
    CLIENTS_DEVICE = 1 << 21,
    HEAD = 1 << 22,
};

static const char *const words[] = {
    "had forgotten the idle connection and answered by a reset",
    "an idle timeout of the client's own",
    "an idle timeout of the client's own, as short as that",
    "an idle timeout of the server's own, as short as that",
    "HAProxy's pool",
    "CloseIdleConnections",
    "said by either side where nobody can read it",
    "a proxy between that says it and passes User-Agent on",
    "a balancer, NAT or firewall between, whose idle timeout this is",
    "a balancer or TCP relay before it",
    "a health check, which has a connection of its own on purpose",
    "a health check or a monitor",
    "an MTU black hole",
    "the Keep-Alive: timeout that the server announces",
    "the proxy that carries the tunnel",
    "a proxy, or what ends TLS (stunnel), between",
    "a browser",
    "what was asked for is not at this port",
    "a proxy that passes on what its upstream answered",
    "the end in whose name the reset came",
    "another name at the same address and port",
    "a device on the client's side",
    "the body which an answer to HEAD announces",
};

/* Of what kind all of its connections are; a bit each. */
enum {
    IDLE_EQUALLY = 1 << 0,
    KEEPS = 1 << 1,
    TIMER_BY_NAME = 1 << 2,
    TIMER_BY_SERVER = 1 << 3,
    CLOSE_BY_NAME = 1 << 4,
    CUT_WHEN_IDLE = 1 << 5,
    ASKED_ELSEWHERE = 1 << 6,
    MAY_MONITOR = 1 << 7,
    CUT_ANSWERS = 1 << 8,
    ENDLESS = 1 << 9,
    MAY_HIDE_UNREAD = 1 << 10,
};

static bool (*const kinds[])(const hr_fix *fix) = {
    hr_fix_is_idle_equally,
    hr_fix_keeps_connections,
    hr_fix_is_timer_by_name,
    hr_fix_is_timer_by_server,
    hr_fix_is_close_by_name,
    hr_fix_is_cut_when_idle,
    hr_fix_is_asked_elsewhere,
    hr_fix_may_be_monitor,
    hr_fix_has_cut_answers,
    hr_fix_are_endless,
    hr_fix_may_hide_unread,
    /* none of these is one of those: */
    hr_fix_is_for_proxy,
    hr_fix_may_be_checks,
    hr_fix_is_passed_on,
    hr_fix_is_one_to_one,
    hr_fix_is_spoken_for,
    hr_fix_is_forgotten,
    hr_fix_is_timed_out_in_answers,
    hr_fix_is_left_waiting,
    hr_fix_is_cut_in_parts,
    hr_fix_is_dead_at_rest,
    hr_fix_has_lost_answers,
    hr_fix_is_left_unread,
    hr_fix_are_pools_in_use,
    hr_fix_may_be_forgotten,
    hr_fix_has_streams,
    hr_fix_may_wait_after_head,
    hr_fix_may_be_other_name,
    hr_fix_is_reset_at_rest,
    hr_fix_is_cut_short,
    hr_fix_may_have_been_announced,
    hr_fix_may_be_passed_on,
};

/* How each call goes, and ends. */
typedef struct {
    const char *change;
    unsigned told, kinds;
    trace_message request, answer;
    int requests;    /* 0: one */
    int64_t rest_ns; /* before its end; 0: it is left open */
    trace_side closes;
    bool by_reset;
    uint32_t surplus; /* bytes of the server's behind the answer */
    bool is_begun;    /* of the answer no more than its begin comes */
    bool is_unanswered;
    int calls;       /* 0: CALLS */
    int64_t each_ns; /* 0: 1000 s */
} story;

static void tell(trace *t, const story *it)
{
    const int calls = it->calls != 0 ? it->calls : CALLS;
    const int64_t each_ns = it->each_ns != 0 ? it->each_ns : AT_S(1000);

    for (int i = 0; i < calls; i++) {
        int64_t at = each_ns * i;
        trace_connection *c = trace_open(t, at);
        for (int j = 0; j < MAX(it->requests, 1); j++) {
            trace_message request = it->request;
            trace_message answer = it->answer;
            request.at = at + AT_MS(1);
            answer.at = at + AT_MS(2);
            trace_request_with(c, request);
            if (it->is_begun) {
                trace_begin_answer_with(c, answer);
            } else if (!it->is_unanswered) {
                trace_answer_with(c, answer);
            } else {
                trace_ack(c, SERVER, answer.at);
            }
            at += AT_MS(50);
        }
        at -= AT_MS(48);
        if (it->surplus > 0) {
            trace_data(c, SERVER, it->surplus, at + AT_US(100));
        }
        if (it->rest_ns > 0 && it->by_reset) {
            trace_rst(c, it->closes, at + it->rest_ns);
        } else if (it->rest_ns > 0) {
            trace_close(c, it->closes, at + it->rest_ns);
        }
    }
}

static void assert_told(const story *it)
{
    g_autoptr(trace) t = trace_new();

    tell(t, it);
    g_assert_nonnull(trace_fix(t, it->change));
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        const bool is_told = trace_may_be_else(t, it->change, words[i]);
        if (is_told != ((it->told >> i & 1) != 0)) {
            g_error("%s of %s is %s", words[i], it->change, is_told ? "told" : "not told");
        }
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const bool is_one = kinds[i](trace_fix(t, it->change));
        if (is_one != ((it->kinds >> i & 1) != 0)) {
            g_error("%s is %sof kind %u", it->change, is_one ? "" : "not ", i);
        }
    }
}

#define CLOSE .connection = "close"

static void of_announced_closes(void)
{
    const story stories[] = {
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
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
        assert_told(&stories[i]);
    }
}

static void of_closes_of_the_client(void)
{
    const story stories[] = {
        {.change = "keep_client", .request = {.user_agent = REQUESTS}, .rest_ns = AT_MS(1)},
        {.change = "keep_client",
         .told = MONITOR,
         .kinds = MAY_MONITOR,
         .request = {.user_agent = REQUESTS},
         .rest_ns = AT_MS(1),
         .calls = 5},
        {.change = "keep_client",
         .request = {.user_agent = REQUESTS},
         .rest_ns = AT_MS(1),
         .calls = 5,
         .each_ns = AT_MS(200)},
        {.change = "keep_client",
         .told = CLIENTS_TIMEOUT | CLIENTS_SHORT_TIMEOUT | MONITOR,
         .kinds = IDLE_EQUALLY | MAY_MONITOR,
         .request = {.user_agent = REQUESTS},
         .rest_ns = AT_MS(300),
         .calls = 5},
        {.change = "keep_client",
         .told = CLIENTS_TIMEOUT | CLIENTS_SHORT_TIMEOUT | OWN_CLOSES,
         .kinds = IDLE_EQUALLY | KEEPS,
         .request = {.user_agent = REQUESTS},
         .rest_ns = AT_MS(300),
         .requests = 2,
         .calls = 5},
        {.change = "read_bodies", .request = {.user_agent = GO}, .rest_ns = AT_MS(1)},
        {.change = "send_exact", .rest_ns = AT_MS(1), .surplus = 2},
        {.change = "lengthen_client_idle",
         .told = PROXY_TIMEOUT,
         .kinds = TIMER_BY_NAME,
         .request = {.user_agent = OKHTTP},
         .rest_ns = AT_S(5)},
        {.change = "keep_client",
         .told = OTHER_PORT,
         .kinds = ASKED_ELSEWHERE,
         .request = {.user_agent = REQUESTS, .host = "a.example:8080"},
         .rest_ns = AT_MS(1)},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
        assert_told(&stories[i]);
    }
}

static void of_closes_of_the_server(void)
{
    const story stories[] = {
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
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
        assert_told(&stories[i]);
    }
}

static void of_answers_in_part(void)
{
    const story stories[] = {
        {.change = "read_bodies",
         .answer = {.body = 90000, .rest = 80000},
         .is_begun = true,
         .rest_ns = AT_MS(1),
         .by_reset = true},
        {.change = "read_bodies",
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
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
        assert_told(&stories[i]);
    }
}

static void of_pools(void)
{
    const story stories[] = {
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
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
        assert_told(&stories[i]);
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
    return g_test_run();
}

/* test_setting_words.c
 * The words of settings: which of a product's timers and limits is named, whose they are, and where none
 * is. What a setting is by default stands in software/.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_legs.h"
#include "trace_quic.h"

#define GO "Go-http-client/1.1"
#define UNDICI "node"

/* Three calls, each on a connection that @by closes when it has rested for @rest. */
static trace *rests(trace_message request, const trace_message answers[3], trace_side by,
                    int64_t rest)
{
    trace *t = trace_new();
    int64_t at = 0;
    for (int i = 0; i < 3; i++) {
        trace_message answer = answers[i];
        trace_connection *c = trace_open(t, at);
        request.at = at + AT_MS(1);
        answer.at = at + AT_MS(2);
        trace_request_with(c, request);
        trace_answer_with(c, answer);
        at += AT_MS(3 + i) + rest;
        trace_close(c, by, at);
        at += AT_S(1);
    }
    return t;
}

static trace *server_rests(const char *one, const char *others, int64_t rest)
{
    const trace_message answers[3] = {{.server = one}, {.server = others}, {.server = others}};

    return rests((trace_message){.at = 0}, answers, SERVER, rest);
}

/* The timer that these rests show, of those that the named product has; under the name of what is built
 * on it, where all say that. */
static void timer_of_a_server(void)
{
    g_autoptr(trace) older = server_rests("Kestrel", "Kestrel", AT_S(120));
    g_autoptr(trace) newer = server_rests("Kestrel", "Kestrel", AT_S(130));
    g_autoptr(trace) built_on = server_rests("openresty/1.21.4.1", "openresty/1.21.4.1", AT_S(75));
    g_autoptr(trace) unnamed = server_rests(NULL, NULL, AT_S(75));
    g_autoptr(trace) several = server_rests("nginx/1.22.1", "Caddy", AT_S(75));

    g_assert_true(trace_advises(older, "lengthen_server_idle",
                                "raise KeepAliveTimeout before .NET 6 (120 s by default)"));
    g_assert_true(
        trace_advises(newer, "lengthen_server_idle", "raise KeepAliveTimeout (130 s by default)"));
    g_assert_true(trace_advises(built_on, "lengthen_server_idle", "If this server is OpenResty"));
    g_assert_false(trace_advises(unnamed, "lengthen_server_idle", "Server header"));
    g_assert_true(trace_advises(several, "lengthen_server_idle", "If this server is nginx"));
}

/* undici goes 2 s before the time that it is told; what is to be raised without that is its own. */
static void timer_of_a_client(void)
{
    const trace_message answers[3] = {
        {.keep_alive = "timeout=5"}, {.keep_alive = "timeout=5"}, {.keep_alive = "timeout=5"}};
    g_autoptr(trace) t = rests((trace_message){.user_agent = UNDICI}, answers, CLIENT, AT_S(3));

    g_assert_true(trace_advises(t, "lengthen_client_idle", "If this client is Node.js"));
    g_assert_true(trace_advises(t, "lengthen_client_idle", "raise keepAliveTimeout (4 s by"));
}

/* ---- a time that leaves nothing ---- */

static const char hint[] = "gives a connection up";
static const char may_be_hint[] = "the Keep-Alive: timeout that the server announces";

/* Of all connections, or it is not why. */
static void one_that_left_enough(void)
{
    const trace_message answers[3] = {
        {.keep_alive = "timeout=9"}, {.keep_alive = "timeout=2"}, {.keep_alive = "timeout=2"}};
    g_autoptr(trace) t = rests((trace_message){.user_agent = UNDICI}, answers, CLIENT, AT_US(500));
    g_autoptr(trace) nameless = rests((trace_message){.at = 0}, answers, CLIENT, AT_US(500));

    g_assert_false(trace_advises(t, "keep_client", hint));
    g_assert_false(trace_may_be_else(nameless, "keep_client", may_be_hint));
}

/* Who names itself is told that it is why; who does not, that it may be. */
static void told_once(void)
{
    const trace_message answers[3] = {
        {.keep_alive = "timeout=1"}, {.keep_alive = "timeout=1"}, {.keep_alive = "timeout=1"}};
    g_autoptr(trace) t = rests((trace_message){.user_agent = UNDICI}, answers, CLIENT, AT_US(500));
    g_autoptr(trace) nameless = rests((trace_message){.at = 0}, answers, CLIENT, AT_US(500));

    g_assert_true(trace_advises(t, "keep_client", hint));
    g_assert_false(trace_may_be_else(t, "keep_client", may_be_hint));
    g_assert_false(trace_advises(nameless, "keep_client", hint));
    g_assert_true(trace_may_be_else(nameless, "keep_client", may_be_hint));
}

/* A body that was left unread is why, whatever was announced. */
static void body_was_left(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1));
        trace_answer(c, AT_S(i) + AT_MS(2), .keep_alive = "timeout=1", .body = 9000);
        trace_rst(c, CLIENT, AT_S(i) + AT_MS(3));
    }

    g_assert_false(trace_may_be_else(t, "read_bodies", may_be_hint));
}

/* ---- limits ---- */

/* What is between, which names itself so to its clients, ends its connections to the server with their
 * third request. */
static trace *limited_by_client(const char *name)
{
    trace *t = trace_new();
    trace_connection *front = legs_open(t, LEGS_BROWSER, LEGS_BETWEEN, AT_MS(0));
    trace_request(front, AT_MS(1), .target = "/front");
    trace_answer(front, AT_MS(2), .server = name);
    for (int round = 0; round < 3; round++) {
        const int64_t at = AT_S(10 * (round + 1));
        trace_connection *c = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at);
        for (int i = 0; i < 3; i++) {
            trace_request(c, at + AT_MS(300 * i + 1), .is_relayed = true,
                          .connection = i == 2 ? "close" : NULL);
            trace_answer(c, at + AT_MS(300 * i + 2));
        }
        trace_close(c, CLIENT, at + AT_MS(603));
    }
    return t;
}

static void limit_of_a_client(void)
{
    g_autoptr(trace) named = limited_by_client("nginx/1.22.1");
    g_autoptr(trace) other = limited_by_client("Caddy");

    g_assert_true(trace_advises(named, "raise_request_limit",
                                "as its answers to its clients say: raise upstream"
                                " keepalive_requests (1000 by default)"));
    g_assert_false(trace_advises(named, "raise_request_limit", "The client bounds"));
    g_assert_false(trace_advises(named, "raise_request_limit", "All servers of an upstream"));
    g_assert_true(
        trace_advises(other, "raise_request_limit", "The client bounds the requests on a"));
}

/* What is before the server is a proxy with a limit of its own: the server's is the one to raise. */
static void limit_of_a_server(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = legs_open(t, LEGS_BROWSER, LEGS_BETWEEN, AT_MS(0));
    trace_request(front, AT_MS(1), .target = "/front");
    trace_answer(front, AT_MS(2), .server = "nginx/1.22.1");
    for (int round = 0; round < 3; round++) {
        const int64_t at = AT_S(10 * (round + 1));
        trace_connection *c = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at);
        for (int i = 0; i < 3; i++) {
            trace_request(c, at + AT_MS(300 * i + 1), .is_relayed = true);
            trace_answer(c, at + AT_MS(300 * i + 2), .connection = i == 2 ? "close" : NULL);
        }
        trace_close(c, SERVER, at + AT_MS(603));
    }

    g_assert_false(trace_advises(t, "raise_request_limit", "upstream keepalive_requests"));
    g_assert_false(trace_advises(t, "raise_request_limit", "The client bounds"));
}

/* 100 requests are the limit of an older nginx, which only one of these says to be. */
static void limit_of_another_product(void)
{
    g_autoptr(trace) t = trace_new();
    for (int round = 0; round < 3; round++) {
        const int64_t at = AT_S(10 * round);
        trace_connection *c = trace_open(t, at);
        for (int i = 1; i <= 100; i++) {
            trace_request(c, at + AT_MS(2 * i));
            trace_answer(c, at + AT_MS(2 * i + 1), .server = round == 0 ? "nginx/1.18.0" : "Caddy",
                         .connection = i == 100 ? "close" : NULL);
        }
        trace_close(c, SERVER, at + AT_MS(202));
    }

    g_assert_false(trace_advises(t, "raise_request_limit", "If this server is"));
}

/* ---- redirects ---- */

/* Go's answers, one of them what it follows by itself, are each left by a FIN. */
static trace *redirects(const char *user_agent, trace_message answer)
{
    trace *t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1), .user_agent = user_agent);
        answer.at = AT_S(i) + AT_MS(2);
        answer.code = 302;
        trace_answer_with(c, answer);
        trace_rst(c, CLIENT, AT_S(i) + AT_MS(3));
    }
    return t;
}

static void long_redirects(void)
{
    static const char words[] = "it follows redirects by itself";
    g_autoptr(trace) is_long = redirects(GO, (trace_message){.body = 9000});
    g_autoptr(trace) is_chunked = redirects(GO, (trace_message){.is_chunked = true, .body = 9000});
    g_autoptr(trace) of_python = redirects("python-requests/2.31.0", (trace_message){.body = 9000});

    g_assert_true(trace_advises(is_long, "read_bodies", words));
    g_assert_true(trace_advises(is_chunked, "read_bodies", words));
    g_assert_false(trace_advises(of_python, "read_bodies", words));
}

/* ---- devices ---- */

/* Asked again after such rests, of which the server hears nothing. */
static void what_a_device_forgot(void)
{
    static const int64_t rest[] = {AT_S(400), AT_S(360), AT_S(500)};
    g_autoptr(trace) t = trace_new();
    int64_t at = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(rest); i++) {
        trace_connection *c = trace_open(t, at);
        trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
        trace_ack(c, CLIENT, at + AT_MS(3));
        at += AT_MS(3) + rest[i];
        c->is_deaf[SERVER] = true;
        trace_request(c, at);
        for (int again = 1; again <= 5; again++) {
            trace_resend(c, CLIENT, at + AT_MS(200 << again));
        }
        at += AT_S(60);
    }
    trace_exchange(trace_open(t, at), at + AT_MS(1), at + AT_MS(2));

    g_assert_true(trace_advises(t, "outlast_device",
                                "it forgot what no packet had passed on for 360 s, or less."));
    g_assert_false(trace_advises(t, "outlast_device", "before the reset"));
}

/* A reset out of such a rest may be the server's, or a device's: who forgot is not known. */
static void what_a_device_may_have_forgotten(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_request(c, AT_S(350) + AT_MS(2));
    trace_rst(c, SERVER, AT_S(350) + AT_MS(2) + AT_US(200));
    trace_exchange(trace_open(t, AT_S(351)), AT_S(352), AT_S(353));

    assert_cause(c, "stale-race");
    g_assert_false(trace_advises(t, "outlast_device", "it forgot what"));
}

/* The path died in use, after a rest of two seconds: nothing was forgotten. */
static void what_died_in_use(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(3));
    c->is_deaf[SERVER] = true;
    trace_request(c, AT_S(2));
    for (int again = 1; again <= 5; again++) {
        trace_resend(c, CLIENT, AT_S(2) + AT_MS(200 << again));
    }
    trace_exchange(trace_open(t, AT_S(30)), AT_S(31), AT_S(32));

    g_assert_true(trace_advises(t, "detect_dead", "TCP_USER_TIMEOUT"));
    g_assert_false(trace_advises(t, "detect_dead", "it forgot what"));
    g_assert_false(trace_may_be_else(t, "detect_dead", "over UDP"));
}

/* A server that says so when its idle timeout is over ends nothing in silence. */
static void timeout_of_quic_that_is_said(void)
{
    const quic_kind how = {.has_keys = true, .client_idle_ms = 30000, .server_idle_ms = 5000};
    g_autoptr(trace) t = trace_new();
    for (uint32_t number = 0; number < 3; number++) {
        hr_connection *c = quic_open(t, number, AT_S(8 * number), &how);
        quic_exchange(t, c, 0, AT_S(8 * number) + AT_MS(30));
        quic_close(t, c, SERVER, H3_NO_ERROR, AT_S(8 * number) + AT_MS(5032));
    }

    g_assert_false(trace_advises(t, "lengthen_server_idle", "without a packet"));
}

/* TCP knows nothing of the tokens of QUIC. */
static void server_that_is_loaded_anew(void)
{
    g_autoptr(trace) t = trace_new();
    (void)trace_end_two(t);
    trace_idle_from(t, "10.0.0.1", AT_S(2));

    g_assert_false(trace_advises(t, "stay_up", "quic_host_key"));
}

/* Over QUIC there is no such option, and a server that is started anew need not say so. */
static void what_died_in_use_over_quic(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    quic_ask(t, c, 4, AT_S(2));
    for (int again = 1; again <= 5; again++) {
        quic_probe(t, c, AT_S(2) + AT_MS(200 << again));
    }
    quic_exchange(t, quic_open_with_keys(t, 1, AT_S(30)), 0, AT_S(31));

    g_assert_false(trace_advises(t, "detect_dead", "TCP_USER_TIMEOUT"));
    g_assert_true(trace_may_be_else(t, "detect_dead", "over UDP nothing need say so"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/setting-words/server", timer_of_a_server);
    g_test_add_func("/setting-words/client", timer_of_a_client);
    g_test_add_func("/setting-words/hint/not-all", one_that_left_enough);
    g_test_add_func("/setting-words/hint/once", told_once);
    g_test_add_func("/setting-words/hint/body", body_was_left);
    g_test_add_func("/setting-words/limit/client", limit_of_a_client);
    g_test_add_func("/setting-words/limit/server", limit_of_a_server);
    g_test_add_func("/setting-words/redirects", long_redirects);
    g_test_add_func("/setting-words/limit/another", limit_of_another_product);
    g_test_add_func("/setting-words/device/either", what_a_device_may_have_forgotten);
    g_test_add_func("/setting-words/dead", what_died_in_use);
    g_test_add_func("/setting-words/quic", timeout_of_quic_that_is_said);
    g_test_add_func("/setting-words/reload", server_that_is_loaded_anew);
    g_test_add_func("/setting-words/dead/quic", what_died_in_use_over_quic);
    g_test_add_func("/setting-words/device", what_a_device_forgot);
    return g_test_run();
}

/* test_forecast_fates.c
 * How each of three calls in turn loses its connection, and which change would have kept it: with it one
 * connection serves all, without it each call opens its own. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"
#include "trace_fixes.h"
#include "trace_forecast.h"
#include "trace_h2.h"
#include "trace_quic.h"

enum {
    CALLS = 3
};

typedef void (*call_kind)(trace *t, int64_t at);

/* The item that asks for @change promises so many connections. */
static void assert_brings(trace *t, const char *change, uint32_t connections)
{
    const hr_fix *fix = trace_fix(t, change);
    hr_forecast forecast;

    g_assert_nonnull(fix);
    g_assert_true(hr_fix_forecast(trace_analysis(t), fix, &forecast));
    g_assert_true(forecast.is_given);
    g_assert_cmpuint(forecast.changed.connections, ==, connections);
}

/* Each change of @kept keeps them, none of @lost does; both end with NULL. The item asks for
 * @change. */
static void assert_kept_by(call_kind call, const char *cause, const char *change,
                           const char *const *kept, const char *const *lost)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < CALLS; i++) {
        call(t, AT_S(10 * i));
    }

    g_assert_cmpstr(
        hr_close_cause_token(hr_analysis_connection(trace_analysis(t), 0)->ending.cause), ==,
        cause);
    assert_brings(t, change, 1);
    for (size_t i = 0; kept[i] != NULL; i++) {
        assert_forecast(t, kept[i], 1);
    }
    for (size_t i = 0; lost[i] != NULL; i++) {
        assert_forecast(t, lost[i], CALLS);
    }
}

#define WORDS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static void leave_in_the_middle(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + SETUP);
    trace_begin_answer(c, at + AT_MS(2), .body = 90000, .rest = 80000);
    trace_rst(c, CLIENT, at + AT_MS(3));
}

static void leave_unread_in_go(trace *t, int64_t at)
{
    trace_close(trace_call(t, at, GO), CLIENT, at + AT_US(1300));
}

static void close_after_the_answer(trace *t, int64_t at)
{
    trace_close(trace_call(t, at, "python-requests/2.31"), CLIENT, at + AT_US(1300));
}

static void close_at_rest(trace *t, int64_t at)
{
    trace_close(trace_call(t, at, NULL), CLIENT, at + AT_MS(300));
}

static void say_close(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + SETUP, .connection = "close");
    trace_answer(c, at + AT_MS(1));
    trace_close(c, CLIENT, at + AT_MS(2));
}

static void be_told_close(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + SETUP);
    trace_answer(c, at + AT_MS(1), .connection = "close");
    trace_close(c, SERVER, at + AT_MS(2));
}

static void be_answered_in_http10(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + SETUP, .is_http10 = true);
    trace_answer(c, at + AT_MS(1), .is_http10 = true);
    trace_close(c, SERVER, at + AT_MS(2));
}

static void be_closed_at_rest(trace *t, int64_t at)
{
    trace_close(trace_call(t, at, NULL), SERVER, at + AT_MS(300));
}

static void get_too_much(trace *t, int64_t at)
{
    trace_connection *c = trace_call(t, at, NULL);
    trace_data(c, SERVER, 2, at + AT_MS(3));
    trace_close(c, CLIENT, at + AT_MS(4));
}

static void time_out(trace *t, int64_t at)
{
    trace_close(trace_call(t, at, "okhttp/4.12.0"), CLIENT, at + AT_S(5) + AT_US(1200));
}

static void die_of_a_timeout(trace *t, int64_t at)
{
    trace_connection *c = trace_call(t, at, NULL);
    trace_request(c, at + AT_S(5) + AT_MS(1));
    trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, at + AT_S(5) + AT_MS(1));
}

static void close_is_a_fate(void)
{
    assert_kept_by(say_close, "client-close-header", "no_client_close", WORDS("no-close", "h2"),
                   WORDS("bodies-read", "shared-pool", "server-stays", "server-idle:60"));
    assert_kept_by(be_told_close, "server-close-header", "no_server_close", WORDS("no-close", "h2"),
                   WORDS("bodies-read", "shared-pool", "server-stays", "server-idle:60"));
    assert_kept_by(be_answered_in_http10, "http10", "speak_http11", WORDS("no-close", "h2"),
                   WORDS("bodies-read", "shared-pool", "server-stays", "server-idle:60"));
}

static void an_unread_body_is_a_fate(void)
{
    assert_kept_by(leave_in_the_middle, "body-undrained", "read_bodies", WORDS("bodies-read", "h2"),
                   WORDS("no-close", "shared-pool", "server-stays", "client-idle:60"));
}

/* Nothing on the wire tells an unread body from a client for each call, which one over HTTP/2 has as
 * well. */
static void a_close_after_the_answer_has_two(void)
{
    assert_kept_by(leave_unread_in_go, "body-undrained", "read_bodies",
                   WORDS("bodies-read", "shared-pool"), WORDS("no-close", "server-stays", "h2"));
    assert_kept_by(close_after_the_answer, "client-close", "keep_client",
                   WORDS("bodies-read", "shared-pool"),
                   WORDS("no-close", "server-stays", "h2", "idle-kept:2"));
}

static void a_close_at_rest_is_of_who_closes(void)
{
    assert_kept_by(close_at_rest, "client-close", "keep_client", WORDS("shared-pool"),
                   WORDS("bodies-read", "no-close", "server-stays", "h2"));
    assert_kept_by(be_closed_at_rest, "server-close", "keep_open", WORDS("server-stays"),
                   WORDS("bodies-read", "no-close", "shared-pool", "h2"));
    assert_kept_by(get_too_much, "client-close", "send_exact", WORDS("server-stays"),
                   WORDS("bodies-read", "no-close", "shared-pool"));
}

/* A request that died would have been answered with a longer timeout, or with a client that lets go
 * sooner. */
static void a_timeout_is_a_fate(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < CALLS; i++) {
        die_of_a_timeout(t, AT_S(10 * i));
    }
    assert_forecast(t, "server-idle:60", 1);
    assert_forecast(t, "shared-pool", CALLS);
    assert_forecast(t, "server-stays", CALLS);

    g_autoptr(trace) timed = trace_new();
    for (int i = 0; i < CALLS; i++) {
        time_out(timed, AT_S(10 * i));
    }
    assert_brings(timed, "lengthen_client_idle", 1);
    assert_forecast(timed, "client-idle:60", 1);
    assert_forecast(timed, "client-idle:9", CALLS);
    assert_forecast(timed, "shared-pool", CALLS);
}

/* Nobody reads on, and the ends come much later: until then each was free for nobody. */
static void an_unread_body_is_not_free(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[CALLS];
    for (int i = 0; i < CALLS; i++) {
        const int64_t at = AT_MS(100 * i);
        c[i] = trace_open(t, at);
        trace_request(c[i], at + SETUP, .user_agent = GO);
        trace_begin_answer(c[i], at + AT_MS(1), .body = 100000, .rest = 90000);
        c[i]->has_no_room[CLIENT] = true;
        trace_ack(c[i], CLIENT, at + AT_MS(3));
    }
    for (int i = 0; i < CALLS; i++) {
        trace_rst(c[i], CLIENT, AT_MS(800 + i));
    }

    assert_cause(c[0], "body-undrained");
    assert_forecast(t, "no-close", CALLS);
    assert_forecast(t, "bodies-read", 1);
}

/* Two pools; the server closes the first one's connection 300 ms after its answer. One pool for both
 * would have used it before, and so would have kept it. */
static void an_end_comes_when_it_came(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_call(t, AT_MS(0), NULL);
    trace_connection *two = trace_call(t, AT_MS(100), NULL);
    trace_exchange(two, AT_MS(200), AT_MS(201));
    trace_close(one, SERVER, AT_MS(301) + SETUP);
    trace_exchange(two, AT_MS(400), AT_MS(401));

    assert_opened(two, "idle-available", one);
    assert_cause(one, "server-close");
    assert_forecast(t, "bodies-read", 2);
    assert_forecast(t, "shared-pool", 1);
}

/* A timeout is the shortest that was seen to end one, and longer than what was used again: a change of
 * the pool leaves it. */
static void timeouts_stay(void)
{
    for (trace_side side = CLIENT; side <= SERVER; side++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 2; i++) {
            trace_connection *c = trace_call(t, AT_S(1000 * i), side == CLIENT ? GO : NULL);
            trace_exchange(c, AT_S(1000 * i + 60), AT_S(1000 * i + 60) + AT_MS(1));
            trace_close(c, side, AT_S(1000 * i + 60 + (side == CLIENT ? 90 : 75)) + AT_MS(2));
        }
        trace_connection *last = trace_call(t, AT_S(3000), side == CLIENT ? GO : NULL);
        trace_exchange(last, AT_S(3010), AT_S(3010) + AT_MS(1));

        assert_forecast(t, "bodies-read", 3);
        assert_forecast(t, "shared-pool", 3);
        assert_brings(t, side == CLIENT ? "lengthen_client_idle" : "lengthen_server_idle", 1);
        assert_forecast(t, side == CLIENT ? "client-idle:2000" : "server-idle:2000", 1);
        assert_forecast(t, side == CLIENT ? "client-idle:5" : "server-idle:5", 6);
    }
}

/* Over HTTP/2 a GOAWAY is of who says it. */
static void a_goaway_is_of_who_says_it(void)
{
    for (trace_side from = CLIENT; from <= SERVER; from++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < CALLS; i++) {
            trace_connection *c = h2_open_used(t, AT_S(10 * i));
            h2_goaway(c, from, from == SERVER ? 1 : 0, H2_NO_ERROR, AT_S(10 * i) + AT_MS(300));
            trace_close(c, from, AT_S(10 * i) + AT_MS(301));
        }

        assert_brings(t, from == CLIENT ? "keep_client" : "avoid_goaway", 1);
        assert_forecast(t, "shared-pool", from == CLIENT ? 1 : CALLS);
        assert_forecast(t, "server-stays", from == SERVER ? 1 : CALLS);
    }
}

/* A limit of requests is a rule: whatever else is changed, each third request needs a new one. */
static void a_limit_of_requests_stays(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < CALLS; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + SETUP);
        trace_answer(c, AT_S(i) + AT_MS(1), .keep_alive = "timeout=5, max=1");
        trace_request(c, AT_S(i) + AT_MS(10));
        trace_answer(c, AT_S(i) + AT_MS(11), .connection = "close");
        trace_close(c, SERVER, AT_S(i) + AT_MS(12));
    }

    assert_brings(t, "raise_request_limit", 1);
    assert_forecast(t, "no-close", 3);
    assert_forecast(t, "server-stays", 3);
    assert_forecast(t, "request-limit:6", 1);
    assert_forecast(t, "request-limit:4", 2);
}

/* HTTP/2 whose requests nobody can read (TLS 1.2, h2 in the open): what runs at once runs on one. */
static void hidden_streams_share_one(void)
{
    const tls_kind how = {.port = 443, .is_12 = true, .offers = "h2,http/1.1", .agrees = "h2"};
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < CALLS; i++) {
        trace_connection *c = tls_open_with(t, AT_S(10 * i), &how);
        tls_hidden_exchange(c, AT_S(10 * i) + AT_MS(10), AT_S(10 * i) + AT_MS(20));
        trace_close(c, SERVER, AT_S(10 * i) + AT_MS(400));
    }

    assert_forecast(t, "server-stays", 1);
    assert_forecast(t, "bodies-read", CALLS);
}

/* Two pools of one program, and bursts that find a pool full: one that is shared, and one that keeps as
 * many as run at once. */
static void pools_are_what_they_keep(void)
{
    g_autoptr(trace) shared = trace_new();
    trace_connection *one = trace_call(shared, AT_MS(0), NULL);
    trace_connection *two = trace_call(shared, AT_MS(50), NULL);
    for (int i = 1; i < 4; i++) {
        trace_exchange(one, AT_MS(100 * i), AT_MS(100 * i + 1));
        trace_exchange(two, AT_MS(100 * i + 50), AT_MS(100 * i + 51));
    }
    assert_brings(shared, "share_pool", 1);

    g_autoptr(trace) full = trace_new();
    trace_connection *kept = trace_two_for_one(full);
    trace_exchange(kept, AT_S(5), AT_S(5) + AT_MS(1));
    assert_brings(full, "keep_more_idle", 2);
}

/* A dial that the answer of the one before overtakes: with as many as are needed at most there is none
 * more. */
static void dials_that_are_bounded(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_call(t, AT_MS(0), NULL);
    trace_request(one, AT_MS(10));
    trace_connection *two = trace_open(t, AT_US(19500));
    trace_answer(one, AT_MS(20));
    trace_request(one, AT_US(20010));
    trace_answer(one, AT_MS(24));
    trace_exchange(two, AT_MS(25), AT_MS(26));

    assert_brings(t, "bound_dials", 1);
}

/* A call over QUIC and one 1.6 s later that nobody hears, which is made again on a connection of its
 * own: a path that is dead, or a server whose idle timeout is @server_idle_ms. */
static void ask_behind(trace *t, uint64_t server_idle_ms)
{
    const quic_kind how = {
        .has_keys = true, .client_idle_ms = 30000, .server_idle_ms = server_idle_ms};
    hr_connection *one = quic_open(t, 0, AT_MS(0), &how);
    quic_exchange(t, one, 0, AT_MS(30));
    quic_ask(t, one, 4, AT_MS(1631));
    for (unsigned i = 0; i < 5; i++) {
        quic_probe(t, one, AT_MS(1761 + 130 * ((1 << i) - 1)));
    }
    quic_exchange(t, quic_open(t, 1, AT_S(7), &how), 0, AT_MS(7030));
}

/* What the server had said over QUIC is its timeout, as if it had closed; a dead path is nobody's. */
static void a_timeout_of_quic_is_the_servers(void)
{
    g_autoptr(trace) late = trace_new();
    ask_behind(late, 1000);
    g_autoptr(trace) dead = trace_new();
    ask_behind(dead, 30000);

    assert_brings(late, "lengthen_server_idle", 1);
    assert_forecast(late, "server-idle:60", 1);
    assert_forecast(late, "bodies-read", 2);
    assert_forecast(dead, "server-idle:60", 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fates/close", close_is_a_fate);
    g_test_add_func("/fates/unread", an_unread_body_is_a_fate);
    g_test_add_func("/fates/after-answer", a_close_after_the_answer_has_two);
    g_test_add_func("/fates/rest", a_close_at_rest_is_of_who_closes);
    g_test_add_func("/fates/timeout", a_timeout_is_a_fate);
    g_test_add_func("/fates/timeout/quic", a_timeout_of_quic_is_the_servers);
    g_test_add_func("/fates/unread/free", an_unread_body_is_not_free);
    g_test_add_func("/fates/end", an_end_comes_when_it_came);
    g_test_add_func("/fates/timeouts", timeouts_stay);
    g_test_add_func("/fates/goaway", a_goaway_is_of_who_says_it);
    g_test_add_func("/fates/limit", a_limit_of_requests_stays);
    g_test_add_func("/fates/hidden", hidden_streams_share_one);
    g_test_add_func("/fates/pools", pools_are_what_they_keep);
    g_test_add_func("/fates/bounded", dials_that_are_bounded);
    return g_test_run();
}

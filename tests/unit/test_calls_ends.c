/* test_calls_ends.c
 * What a replay is told of ends: what became of a connection after its final call, and the limits and timers
 * that the ends of an origin show; and what a forecast makes of it where the model is a little off. calls.h,
 * fates.h, forecast.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_forecast.h"
#include "trace_h2.h"
#include "trace_quic.h"

static void assert_fate(const hr_calls *calls, uint32_t connection, hr_fate fate, bool is_last)
{
    g_assert_cmpint(calls->carriers[connection].fate, ==, fate);
    g_assert_true(calls->carriers[connection].is_last == is_last);
}

/* ---- limits ---- */

/* Rules are no fate, and what they end is last; what is still open is not. */
static void limits_of_requests(void)
{
    g_autoptr(trace) t = trace_new();
    static const int counts[] = {3, 2, 4};
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        for (int n = 1; n <= counts[i]; n++) {
            const bool is_last = n == counts[i];
            trace_request(c, AT_S(i) + AT_MS(10 * n));
            trace_answer(c, AT_S(i) + AT_MS(10 * n + 1),
                         .keep_alive = n == counts[i] - 1 ? "timeout=5, max=1" : NULL,
                         .connection = is_last ? "close" : NULL);
        }
        trace_close(c, SERVER, AT_S(i) + AT_MS(50));
    }
    trace_call(t, AT_S(5), NULL);
    g_autoptr(hr_calls) calls = trace_asked(t);

    assert_fate(calls, 0, HR_FATE_KEPT, true);
    assert_fate(calls, 3, HR_FATE_KEPT, false);
    g_assert_cmpuint(calls->habits.request_limit, ==, 2);
    g_assert_cmpuint(calls->habits.idle_kept, ==, UINT32_MAX);
    g_assert_cmpuint(calls->habits.streams, ==, 1);
    g_assert_cmpint(calls->habits.setup_ns, ==, SETUP);
}

/* Two at once for a pool of one. */
static void limits_of_pools(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = trace_two_for_one(t);
    trace_close(kept, SERVER, AT_S(4));
    g_autoptr(hr_calls) calls = trace_asked(t);

    assert_fate(calls, 0, HR_FATE_SERVER, true);
    assert_fate(calls, 1, HR_FATE_KEPT, true);
    g_assert_cmpuint(calls->habits.idle_kept, ==, 1);
    g_assert_false(calls->habits.is_pool_shared);
    g_assert_cmpuint(calls->habits.request_limit, ==, UINT32_MAX);
}

/* Two in all, of two hosts in turn: what went made room for the other host, to the very moment. */
static void limits_of_shared_pools(void)
{
    g_autoptr(trace) t = trace_new();
    trace_two_of_two_hosts(t, 5);
    g_autoptr(hr_calls) calls = trace_asked(t);

    g_assert_true(calls->habits.is_pool_shared);
    g_assert_cmpuint(calls->habits.idle_kept, ==, UINT32_MAX);
    assert_fate(calls, 0, HR_FATE_EVICTED, true);
    g_assert_cmpint(calls->carriers[0].delay_ns, ==, AT_S(1) + AT_US(200));
    assert_fate(calls, 5, HR_FATE_KEPT, false); /* still open */
}

/* ---- timers ---- */

/* The shortest that ended one, less the moment by which a client may be late, and no less than what was used
 * again after. */
static void timers_of_either_side(void)
{
    for (trace_side side = CLIENT; side <= SERVER; side++) {
        const bool is_client = side == CLIENT;
        const int64_t timeout = is_client ? AT_S(90) : AT_S(75);
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) { /* 3, 1 and 2 ms late */
            trace_connection *c = trace_call(t, AT_S(1000 * i), is_client ? GO : NULL);
            trace_close(c, side,
                        AT_S(1000 * i) + SETUP + AT_MS(1) + timeout + AT_MS(1 + (i + 2) % 3));
            assert_cause(c, is_client ? "client-idle-timeout" : "server-idle-timeout");
        }
        trace_call(t, AT_S(3000), NULL);
        g_autoptr(hr_calls) calls = trace_asked(t);
        const int64_t shown_ns = timeout + AT_MS(1) - AT_MS(15);

        g_assert_cmpint(calls->habits.client_idle_ns, ==, is_client ? shown_ns : INT64_MAX);
        g_assert_cmpint(calls->habits.server_idle_ns, ==, is_client ? INT64_MAX : shown_ns);
        assert_fate(calls, 0, is_client ? HR_FATE_CLIENT_TIMER : HR_FATE_SERVER_TIMER, true);
    }

    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_call(t, AT_S(0), NULL);
    const int64_t again = SETUP + AT_MS(1) + AT_S(75) - AT_MS(2);
    trace_exchange(c, again, again + AT_MS(1));
    trace_close(c, SERVER, again + AT_MS(1) + AT_S(75));
    assert_cause(c, "server-idle-timeout");
    g_autoptr(hr_calls) calls = trace_asked(t);
    g_assert_cmpint(calls->habits.server_idle_ns, ==, AT_S(75) - AT_MS(2) + 1);
}

/* ---- streams ---- */

static uint32_t streams_of(trace *t)
{
    g_autoptr(hr_calls) calls = trace_asked(t);

    return calls->habits.streams;
}

/* As many as the server allows, and two at least; where nobody can read that, as many as most allow. */
static void streams_of_a_connection(void)
{
    static const struct {
        uint32_t limit, streams;
    } rows[] = {{7, 7}, {1, 2}, {0, INT32_MAX}}; /* 0: it says nothing */
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        h2_exchange(h2_open_limited(t, AT_MS(0), rows[i].limit), 1, AT_MS(10), AT_MS(11));
        g_assert_cmpuint(streams_of(t), ==, rows[i].streams);
    }

    g_autoptr(trace) quic = trace_new();
    quic_exchange(quic, quic_open_with_keys(quic, 1, AT_MS(0)), 0, AT_MS(30));
    g_assert_cmpuint(streams_of(quic), ==, 100);

    static const char *const protocols[] = {"h2", "http/1.1"};
    for (size_t i = 0; i < G_N_ELEMENTS(protocols); i++) {
        const tls_kind how = {
            .port = 443, .is_12 = true, .offers = "h2,http/1.1", .agrees = protocols[i]};
        g_autoptr(trace) t = trace_new();
        tls_hidden_exchange(tls_open_with(t, AT_S(1), &how), AT_S(2), AT_S(3));
        g_assert_cmpuint(streams_of(t), ==, i == 0 ? HR_LEAST_STREAMS : 1);
    }
}

/* ---- fates ---- */

/* Its body was left long before its end: until then it was free for nobody. */
static void an_unread_body_was_never_free(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = GO);
    trace_begin_answer(c, AT_MS(2), .body = 100000, .rest = 90000);
    c->has_no_room[CLIENT] = true;
    trace_ack(c, CLIENT, AT_MS(3));
    trace_rst(c, CLIENT, AT_MS(800));
    trace_call(t, AT_MS(900), GO);
    assert_cause(c, "body-undrained");
    g_autoptr(hr_calls) calls = trace_asked(t);

    assert_fate(calls, 0, HR_FATE_UNREAD, true);
    g_assert_cmpint(calls->carriers[0].delay_ns, ==, 0);
    assert_call(calls, 0, AT_MS(0), AT_MS(3)); /* it read on no more */
}

/* What the server said goes before what was odd about its answer. */
static void a_close_that_was_said_is_that(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .connection = "close", .is_length_odd = true);
    trace_close(c, SERVER, AT_MS(3));
    assert_cause(c, "server-close-header");
    g_autoptr(hr_calls) calls = trace_asked(t);

    assert_fate(calls, 0, HR_FATE_SAID_BY_SERVER, true);
}

/* ---- what the model does not explain ---- */

/* Twenty calls that each cost a connection, and one that nobody needed beside the last: the model opens one
 * less, and what a change brings is taken in proportion. */
static void a_little_less_than_captured(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 20; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + SETUP);
        trace_answer(c, AT_S(i) + AT_MS(1), .connection = i < 19 ? "close" : NULL);
        if (i < 19) {
            trace_close(c, SERVER, AT_S(i) + AT_MS(2));
        }
    }
    trace_open(t, AT_S(30));
    const hr_forecast same = forecast_of(t, "client-idle:9999");

    g_assert_cmpuint(same.captured.connections, ==, 21);
    g_assert_cmpuint(same.modelled.connections, ==, 20);
    g_assert_true(same.is_given);
    g_assert_cmpuint(same.explained, ==, 20);
    g_assert_cmpuint(same.changed.connections, ==, 21);
    g_assert_cmpint(same.changed.setup_ns, ==, 21 * SETUP);
    g_assert_cmpuint(forecast_of(t, "no-close").changed.connections, ==, 1);
}

/* So many requests until the server's limit; of several the smallest is taken for the rule. */
static void ends_at_limit(trace *t, int64_t at, int requests)
{
    trace_connection *c = trace_open(t, at);
    for (int n = 1; n <= requests; n++) {
        trace_request(c, at + AT_MS(10 * n));
        trace_answer(c, at + AT_MS(10 * n + 1),
                     .keep_alive = n == requests - 1 ? "timeout=5, max=1" : NULL,
                     .connection = n == requests ? "close" : NULL);
    }
    trace_close(c, SERVER, at + AT_MS(10 * requests + 2));
}

static void a_little_more_than_captured(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect(t);
    trace_request(old, AT_MS(0));
    trace_answer(old, AT_MS(1), .connection = "close");
    trace_close(old, SERVER, AT_MS(2));
    for (int i = 1; i <= 10; i++) {
        ends_at_limit(t, AT_S(i), i == 10 ? 3 : 2);
    }
    const hr_forecast same = forecast_of(t, "bodies-read");

    g_assert_cmpuint(same.captured.connections, ==, 10);
    g_assert_cmpuint(same.modelled.connections, ==, 11);
    g_assert_true(same.is_given); /* off by 10 %, and no more */
    g_assert_cmpuint(same.explained, ==, 9);
    g_assert_cmpuint(same.changed.connections, ==, 10);
    const hr_forecast old_one = forecast_of(t, "no-close,request-limit:99"); /* serves all */
    g_assert_cmpuint(old_one.changed.connections, ==, 0);
    g_assert_cmpint(old_one.changed.setup_ns, ==, HR_TIME_NONE);

    g_autoptr(trace) off = trace_new();
    ends_at_limit(off, AT_S(0), 2);
    ends_at_limit(off, AT_S(1), 12);
    const hr_forecast none = forecast_of(off, "request-limit:1");
    g_assert_cmpuint(none.modelled.connections, ==, 7);
    g_assert_false(none.is_given);
    g_assert_cmpuint(none.explained, ==, 0);
    g_assert_cmpuint(none.changed.connections, ==, 2);
}

/* Where nothing was opened, what a change would open is not in proportion to anything. */
static void nothing_was_opened(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    for (int i = 0; i < 3; i++) {
        trace_exchange(c, AT_MS(100 * i), AT_MS(100 * i + 1));
    }
    g_autoptr(hr_calls) calls = trace_asked(t);
    g_assert_cmpint(calls->habits.setup_ns, ==, 0);
    const hr_forecast limited = forecast_of(t, "request-limit:1");

    g_assert_true(limited.is_given);
    g_assert_cmpuint(limited.changed.connections, ==, 2);
    g_assert_cmpint(limited.captured.setup_ns, ==, HR_TIME_NONE);

    /* ... nor does one take away what nobody had to open then */
    trace_close(c, CLIENT, AT_MS(300));
    trace_call(t, AT_MS(400), NULL);
    const hr_forecast shared = forecast_of(t, "shared-pool");
    g_assert_cmpuint(shared.captured.connections, ==, 1);
    g_assert_cmpuint(shared.changed.connections, ==, 0);
    g_assert_cmpint(shared.changed.setup_ns, ==, HR_TIME_NONE);
}

/* A change of programs that have nothing to do with it: a check's connection is in no pool. */
static void a_check_has_no_pool(void)
{
    g_autoptr(trace) t = trace_new();
    trace_call(t, AT_MS(0), NULL);
    trace_connection *check = trace_call(t, AT_S(1), "kube-probe/1.29");
    trace_close(check, CLIENT, AT_S(1) + AT_MS(2));
    g_autoptr(GPtrArray) of = g_ptr_array_new();
    g_ptr_array_add(of, check->model);
    hr_forecaster *forecaster = hr_analysis_forecaster(trace_analysis(t), 0);
    hr_whatif changes;

    g_assert_null(hr_whatif_parse("request-limit:1", &changes));
    g_assert_cmpuint(hr_forecaster_ask_of(forecaster, &changes, of).changed.connections, ==, 1);
    hr_forecaster_free(forecaster);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ends/requests", limits_of_requests);
    g_test_add_func("/ends/pool", limits_of_pools);
    g_test_add_func("/ends/pool/shared", limits_of_shared_pools);
    g_test_add_func("/ends/timers", timers_of_either_side);
    g_test_add_func("/ends/streams", streams_of_a_connection);
    g_test_add_func("/ends/unread", an_unread_body_was_never_free);
    g_test_add_func("/ends/said", a_close_that_was_said_is_that);
    g_test_add_func("/off/less", a_little_less_than_captured);
    g_test_add_func("/off/more", a_little_more_than_captured);
    g_test_add_func("/off/nothing", nothing_was_opened);
    g_test_add_func("/off/check", a_check_has_no_pool);
    return g_test_run();
}

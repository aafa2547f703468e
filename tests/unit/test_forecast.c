/* test_forecast.c
 * What a change would bring, for traces whose forecast can be worked out by hand. A setup takes
 * TRACE_HANDSHAKE_NS, 0.2 ms, unless the trace says otherwise. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"
#include "trace_forecast.h"
#include "trace_h2.h"

static void bodies_that_are_read(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        trace_close(trace_call(t, AT_MS(100 * i), GO), CLIENT, AT_MS(100 * i) + AT_US(1300));
    }

    g_assert_cmpuint(forecast_of(t, "no-close").captured.connections, ==, 4);
    g_assert_cmpint(forecast_of(t, "bodies-read").captured.setup_ns, ==, 4 * SETUP);
    assert_forecast(t, "no-close", 4);
    assert_forecast(t, "bodies-read", 1);
    g_assert_cmpint(forecast_of(t, "bodies-read").changed.setup_ns, ==, SETUP);
}

static void close_that_nobody_says(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 5; i++) {
        trace_connection *c = trace_open(t, AT_MS(10 * i));
        trace_request(c, AT_MS(10 * i) + SETUP, .connection = "close");
        trace_answer(c, AT_MS(10 * i + 1), .connection = "close");
        trace_close(c, SERVER, AT_MS(10 * i + 2));
    }

    assert_forecast(t, "bodies-read", 5);
    assert_forecast(t, "no-close", 1);
    assert_forecast(t, "no-close,request-limit:2", 3); /* 2 + 2 + 1 */
}

/* Whose FINs are not in the capture served nobody else all the same. */
static void close_that_is_said_and_not_seen(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_MS(10 * i));
        trace_request(c, AT_MS(10 * i) + SETUP, .connection = i == 0 ? "close" : NULL);
        trace_answer(c, AT_MS(10 * i + 1), .connection = "close");
    }

    assert_forecast(t, "bodies-read", 3);
    assert_forecast(t, "no-close", 1);
}

/* A call each 10 s; the server closes 5 s after each answer. */
static void servers_timer(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_close(trace_call(t, AT_S(10 * i), NULL), SERVER, AT_S(10 * i + 5) + AT_US(1200));
    }

    assert_forecast(t, "server-idle:5", 3);
    assert_forecast(t, "server-idle:60", 1);
    assert_forecast(t, "server-idle:60,client-idle:5", 3);
    assert_forecast(t, "client-idle:60", 3);
}

/* It looks for what has expired as it needs a connection: what it closes then was no use to the
 * call, be it closed a little later than the next one is dialled. */
static void timer_that_is_looked_at_late(void)
{
    for (int is_late = 0; is_late <= 1; is_late++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *last = trace_call(t, AT_S(0), "Ruby");
        for (int i = 1; i < 3; i++) {
            const int64_t at = AT_S(3 * i);
            trace_connection *next = is_late ? trace_open(t, at - SETUP) : NULL;
            trace_close(last, CLIENT, at + AT_MS(1));
            next = is_late ? next : trace_open(t, at + AT_MS(2));
            trace_request(next, at + AT_MS(5), .user_agent = "Ruby");
            trace_answer(next, at + AT_MS(6));
            last = next;
        }

        assert_forecast(t, "server-idle:60", 3);
        assert_forecast(t, "client-idle:60", 1);
    }
}

static void timers_that_nobody_had(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_call(t, AT_S(0), NULL);
    for (int i = 1; i < 4; i++) {
        trace_exchange(c, AT_S(4 * i), AT_S(4 * i) + AT_MS(1));
    }

    assert_forecast(t, "server-idle:5", 1);
    assert_forecast(t, "server-idle:3", 4);
    assert_forecast(t, "client-idle:3.5", 4);
}

/* Two requests a connection, and the server closes. */
static void requests_on_a_connection(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_call(t, AT_MS(100 * i), NULL);
        trace_request(c, AT_MS(100 * i + 10));
        trace_answer(c, AT_MS(100 * i + 11), .connection = "close");
        trace_close(c, SERVER, AT_MS(100 * i + 12));
    }

    assert_forecast(t, "request-limit:2", 3);
    assert_forecast(t, "request-limit:3", 2);
    assert_forecast(t, "request-limit:1", 6);
    assert_forecast(t, "request-limit:1000", 1);
}

/* Five at once on HTTP/1.1, answered in the order of sending after 20 ms. */
static void five_at_once(trace *t)
{
    trace_connection *c[5];
    for (int i = 0; i < 5; i++) {
        c[i] = trace_open(t, AT_MS(i));
        trace_request(c[i], AT_MS(i) + SETUP);
    }
    for (int i = 0; i < 5; i++) {
        trace_answer(c[i], AT_MS(20 + i) + SETUP);
    }
}

static void streams_instead_of_connections(void)
{
    g_autoptr(trace) t = trace_new();
    five_at_once(t);

    assert_forecast(t, "h2", 1);
    assert_forecast(t, "h2:2", 3);
    assert_forecast(t, "h2,request-limit:1", 5);
    assert_forecast(t, "h2,request-limit:2", 3);
}

static void bounded_burst_waits(void)
{
    g_autoptr(trace) t = trace_new();
    five_at_once(t);
    const hr_outcome changed = forecast_of(t, "bounded:2").changed;

    /* The third is called at 2 ms and waits for the first, which is over at 20.2 ms; so does the
     * fourth, from 3 to 21.2 ms. The fifth, from 4 ms on, waits until the third is over, 20 ms
     * after it was sent. */
    assert_forecast(t, "bounded:2", 2);
    g_assert_cmpuint(changed.waited, ==, 3);
    g_assert_cmpint(changed.longest_wait_ns, ==, AT_US(36200));
    g_assert_cmpint(changed.waited_ns, ==, AT_US(18200 + 18200 + 36200));
    g_assert_cmpuint(forecast_of(t, "bounded:5").changed.waited, ==, 0);
}

/* Setups of 50 ms that the calls of a sequential caller no longer wait for: each call is that
 * much earlier than in the capture, and so are all behind it. */
static void sequential_callers_move_earlier(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        const int64_t at = AT_MS(100 * i);
        trace_connection *c = trace_connect(t);
        trace_syn(c, at);
        trace_syn_ack(c, at + AT_MS(50));
        trace_ack(c, CLIENT, at + AT_MS(50));
        trace_request(c, at + AT_MS(50), .connection = "close");
        trace_answer(c, at + AT_MS(60), .connection = "close");
        trace_close(c, SERVER, at + AT_MS(61));
    }

    const hr_forecast forecast = forecast_of(t, "no-close");
    g_assert_cmpuint(forecast.changed.connections, ==, 1);
    g_assert_cmpint(forecast.changed.setup_ns, ==, AT_MS(50));
    g_assert_cmpint(forecast.captured.end_ns - forecast.changed.end_ns, ==, AT_MS(150));
}

/* Dials over HTTP/2 of which one would have done. */
static void dials_that_nobody_needed(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 443, .offers = "h2", .agrees = "h2", .has_keys = true};
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = tls_connect(t, AT_MS(i), &how);
    }
    for (int i = 0; i < 3; i++) {
        tls_handshake(c[i], AT_MS(10 + 10 * i), &how);
    }
    h2_prefaces(c[0], 100, AT_MS(60));
    h2_exchange(c[0], 1, AT_MS(61), AT_MS(70));
    for (int i = 1; i < 3; i++) {
        trace_close(c[i], CLIENT, AT_MS(70 + i));
    }

    g_assert_cmpuint(forecast_of(t, "bounded:1").captured.connections, ==, 3);
    g_assert_cmpuint(forecast_of(t, "bounded:1").changed.connections, ==, 1);
}

/* While the second call's connection is set up, the first one's becomes free and is handed to it.
 * What was dialled serves the third call, 5 ms later: that one did not begin at the SYN, so that
 * two connections with room for a call each are never needed. */
static void dial_that_was_overtaken(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_call(t, AT_MS(0), NULL);
    trace_request(one, AT_MS(10));
    trace_connection *two = trace_open(t, AT_US(19500));
    trace_answer(one, AT_MS(20));
    trace_request(one, AT_US(20010)); /* the second call */
    trace_answer(one, AT_MS(24));
    trace_exchange(two, AT_MS(25), AT_MS(26)); /* the third */

    assert_forecast(t, "no-close", 2);
    assert_forecast(t, "bounded:1", 1);
    g_assert_cmpuint(forecast_of(t, "bounded:1").changed.waited, ==, 0);
}

static void what_is_older_than_the_capture_is_not_opened(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect(t);
    trace_exchange(old, AT_MS(0), AT_MS(1));
    trace_exchange(old, AT_MS(10), AT_MS(11));
    trace_close(old, CLIENT, AT_MS(12));
    trace_call(t, AT_MS(20), NULL);

    assert_forecast(t, "no-close", 1);
    assert_forecast(t, "bodies-read", 0);
}

/* The others were opened although two were free: nothing in the model does that. */
static void no_forecast_without_an_explanation(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 5; i++) {
        trace_open(t, AT_MS(100 * i));
    }
    trace_call(t, AT_MS(600), NULL);
    const hr_forecast forecast = forecast_of(t, "bodies-read");

    g_assert_false(forecast.is_given);
    g_assert_cmpuint(forecast.captured.connections, ==, 6);
    g_assert_cmpuint(forecast.changed.connections, ==, 6);
    g_assert_cmpuint(forecast.explained, <, 6);
}

static void items_bring_what_their_change_does(void)
{
    g_autoptr(trace) t = trace_new();
    hr_forecast forecast;
    for (int i = 0; i < 4; i++) {
        trace_close(trace_call(t, AT_MS(100 * i), GO), CLIENT, AT_MS(100 * i) + AT_US(1300));
    }
    const hr_analysis *analysis = trace_analysis(t);

    g_assert_cmpuint(hr_analysis_item_count(analysis), ==, 1);
    g_assert_true(hr_fix_forecast(analysis, hr_analysis_item(analysis, 0), &forecast));
    g_assert_true(forecast.is_given);
    g_assert_cmpuint(forecast.changed.connections, ==, 1);
    g_assert_cmpuint(forecast.captured.connections, ==, 4);
}

/* The server's program ends between two calls. Had it stayed, one connection would do. */
static void server_that_stays(void)
{
    g_autoptr(trace) t = trace_new();
    trace_close(trace_call(t, AT_MS(0), NULL), SERVER, AT_MS(300));
    trace_call(t, AT_MS(400), NULL);

    assert_forecast(t, "no-close", 2);
    assert_forecast(t, "server-stays", 1);
}

static void empty_capture(void)
{
    const hr_forecast none = hr_forecast_none();

    g_assert_true(none.is_given);
    g_assert_cmpuint(none.changed.connections, ==, 0);
    g_assert_cmpint(none.changed.setup_ns, ==, HR_TIME_NONE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/forecast/bodies-read", bodies_that_are_read);
    g_test_add_func("/forecast/no-close", close_that_nobody_says);
    g_test_add_func("/forecast/no-close/unseen", close_that_is_said_and_not_seen);
    g_test_add_func("/forecast/idle/server", servers_timer);
    g_test_add_func("/forecast/idle/looked-at-late", timer_that_is_looked_at_late);
    g_test_add_func("/forecast/idle/new", timers_that_nobody_had);
    g_test_add_func("/forecast/request-limit", requests_on_a_connection);
    g_test_add_func("/forecast/h2", streams_instead_of_connections);
    g_test_add_func("/forecast/bounded/waits", bounded_burst_waits);
    g_test_add_func("/forecast/bounded/dials", dials_that_nobody_needed);
    g_test_add_func("/forecast/overtaken", dial_that_was_overtaken);
    g_test_add_func("/forecast/sequential", sequential_callers_move_earlier);
    g_test_add_func("/forecast/inherited", what_is_older_than_the_capture_is_not_opened);
    g_test_add_func("/forecast/unexplained", no_forecast_without_an_explanation);
    g_test_add_func("/forecast/server-stays", server_that_stays);
    g_test_add_func("/forecast/items", items_bring_what_their_change_does);
    g_test_add_func("/forecast/none", empty_capture);
    return g_test_run();
}

/* test_forecast.c
 * What a change would bring, for traces whose forecast can be worked out by hand. A setup takes
 * TRACE_HANDSHAKE_NS, 0.2 ms, unless the trace says otherwise. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"
#include "trace_h2.h"

#define GO "Go-http-client/1.1"
#define SETUP TRACE_HANDSHAKE_NS

/* The first origin of @t with the changes that @words name. */
static hr_forecast ask(trace *t, const char *words)
{
    hr_whatif changes;
    g_assert_null(hr_whatif_parse(words, &changes));
    hr_forecaster *forecaster = hr_analysis_forecaster(trace_analysis(t), 0);
    const hr_forecast forecast = hr_forecaster_ask(forecaster, &changes);
    hr_forecaster_free(forecaster);
    return forecast;
}

static void assert_connections(trace *t, const char *words, uint32_t connections)
{
    const hr_forecast forecast = ask(t, words);

    g_assert_true(forecast.is_given);
    g_assert_cmpuint(forecast.explained, ==, forecast.captured.connections);
    g_assert_cmpuint(forecast.changed.connections, ==, connections);
    g_assert_cmpint(forecast.modelled.setup_ns, ==, forecast.captured.setup_ns);
}

/* A connection that is opened for one call, which takes 1 ms. */
static trace_connection *call(trace *t, int64_t at, const char *user_agent)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + SETUP, .user_agent = user_agent);
    trace_answer(c, at + SETUP + AT_MS(1));
    return c;
}

static void bodies_that_are_read(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        trace_close(call(t, AT_MS(100 * i), GO), CLIENT, AT_MS(100 * i) + AT_US(1300));
    }

    g_assert_cmpuint(ask(t, "no-close").captured.connections, ==, 4);
    g_assert_cmpint(ask(t, "bodies-read").captured.setup_ns, ==, 4 * SETUP);
    assert_connections(t, "no-close", 4);
    assert_connections(t, "bodies-read", 1);
    g_assert_cmpint(ask(t, "bodies-read").changed.setup_ns, ==, SETUP);
}

static void clients_of_one_call_that_share_a_pool(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        trace_connection *c = call(t, AT_MS(100 * i), "python-requests/2.31");
        trace_close(c, CLIENT, AT_MS(100 * i) + AT_US(1300));
    }

    assert_connections(t, "no-close", 4);
    assert_connections(t, "shared-pool", 1);
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

    assert_connections(t, "bodies-read", 5);
    assert_connections(t, "no-close", 1);
    assert_connections(t, "no-close,request-limit:2", 3); /* 2 + 2 + 1 */
}

/* Four at once, twice; the pool keeps two, so that the second burst opens two more. */
static void idle_connections_that_are_kept(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_open(t, AT_MS(i));
        trace_request(c[i], AT_MS(i) + SETUP);
    }
    for (int i = 0; i < 4; i++) {
        trace_answer(c[i], AT_MS(20 + i));
        if (i >= 2) {
            trace_close(c[i], CLIENT, AT_MS(20 + i) + AT_US(100));
        }
    }
    trace_request(c[0], AT_MS(500));
    trace_request(c[1], AT_MS(501));
    for (int i = 4; i < 6; i++) {
        c[i] = trace_open(t, AT_MS(498 + i));
        trace_request(c[i], AT_MS(498 + i) + SETUP);
    }
    trace_answer(c[0], AT_MS(520));
    trace_answer(c[1], AT_MS(521));
    for (int i = 4; i < 6; i++) {
        trace_answer(c[i], AT_MS(518 + i));
        trace_close(c[i], CLIENT, AT_MS(518 + i) + AT_US(100));
    }
    trace_exchange(c[0], AT_S(1), AT_MS(1001));

    assert_cause(c[3], "pool-limit");
    assert_connections(t, "bodies-read", 6);
    assert_connections(t, "idle-kept:3", 5);
    assert_connections(t, "idle-kept:4", 4);
    assert_connections(t, "idle-kept:1", 7);
}

/* A call each 10 s; the server closes 5 s after each answer. */
static void servers_timer(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_close(call(t, AT_S(10 * i), NULL), SERVER, AT_S(10 * i + 5) + AT_US(1200));
    }

    assert_connections(t, "server-idle:5", 3);
    assert_connections(t, "server-idle:60", 1);
    assert_connections(t, "server-idle:60,client-idle:5", 3);
    assert_connections(t, "client-idle:60", 3);
}

static void timers_that_nobody_had(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = call(t, AT_S(0), NULL);
    for (int i = 1; i < 4; i++) {
        trace_exchange(c, AT_S(4 * i), AT_S(4 * i) + AT_MS(1));
    }

    assert_connections(t, "server-idle:5", 1);
    assert_connections(t, "server-idle:3", 4);
    assert_connections(t, "client-idle:3.5", 4);
}

/* Two requests a connection, and the server closes. */
static void requests_on_a_connection(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = call(t, AT_MS(100 * i), NULL);
        trace_request(c, AT_MS(100 * i + 10));
        trace_answer(c, AT_MS(100 * i + 11), .connection = "close");
        trace_close(c, SERVER, AT_MS(100 * i + 12));
    }

    assert_connections(t, "request-limit:2", 3);
    assert_connections(t, "request-limit:3", 2);
    assert_connections(t, "request-limit:1", 6);
    assert_connections(t, "request-limit:1000", 1);
}

/* Both stay open, and are used in turns. */
static void two_pools_that_are_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = call(t, AT_MS(0), NULL);
    trace_connection *two = call(t, AT_MS(50), NULL);
    for (int i = 1; i < 4; i++) {
        trace_exchange(one, AT_MS(100 * i), AT_MS(100 * i + 1));
        trace_exchange(two, AT_MS(100 * i + 50), AT_MS(100 * i + 51));
    }

    assert_opened(two, "idle-available", one);
    assert_connections(t, "bodies-read", 2);
    assert_connections(t, "shared-pool", 1);
}

/* Two programs cannot share one. */
static void pools_of_two_programs(void)
{
    g_autoptr(trace) t = trace_new();
    call(t, AT_MS(0), "curl/8.5.0");
    call(t, AT_MS(50), GO);

    assert_connections(t, "shared-pool", 2);
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

    assert_connections(t, "h2", 1);
    assert_connections(t, "h2:2", 3);
    assert_connections(t, "h2,request-limit:1", 5);
    assert_connections(t, "h2,request-limit:2", 3);
}

static void bounded_burst_waits(void)
{
    g_autoptr(trace) t = trace_new();
    five_at_once(t);
    const hr_outcome changed = ask(t, "bounded:2").changed;

    /* The third is called at 2 ms and waits for the first, which is over at 20.2 ms; so does the
     * fourth, from 3 to 21.2 ms. The fifth, from 4 ms on, waits until the third is over, 20 ms
     * after it was sent. */
    assert_connections(t, "bounded:2", 2);
    g_assert_cmpuint(changed.waited, ==, 3);
    g_assert_cmpint(changed.longest_wait_ns, ==, AT_US(36200));
    g_assert_cmpint(changed.waited_ns, ==, AT_US(18200 + 18200 + 36200));
    g_assert_cmpuint(ask(t, "bounded:5").changed.waited, ==, 0);
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

    const hr_forecast forecast = ask(t, "no-close");
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

    g_assert_cmpuint(ask(t, "bounded:1").captured.connections, ==, 3);
    g_assert_cmpuint(ask(t, "bounded:1").changed.connections, ==, 1);
}

/* While the second call's connection is set up, the first one's becomes free and is handed to it.
 * What was dialled serves the third call, 5 ms later: that one did not begin at the SYN, so that
 * two connections with room for a call each are never needed. */
static void dial_that_was_overtaken(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = call(t, AT_MS(0), NULL);
    trace_request(one, AT_MS(10));
    trace_connection *two = trace_open(t, AT_US(19500));
    trace_answer(one, AT_MS(20));
    trace_request(one, AT_US(20010)); /* the second call */
    trace_answer(one, AT_MS(24));
    trace_exchange(two, AT_MS(25), AT_MS(26)); /* the third */

    assert_connections(t, "no-close", 2);
    assert_connections(t, "bounded:1", 1);
    g_assert_cmpuint(ask(t, "bounded:1").changed.waited, ==, 0);
}

static void what_is_older_than_the_capture_is_not_opened(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect(t);
    trace_exchange(old, AT_MS(0), AT_MS(1));
    trace_exchange(old, AT_MS(10), AT_MS(11));
    trace_close(old, CLIENT, AT_MS(12));
    call(t, AT_MS(20), NULL);

    assert_connections(t, "no-close", 1);
    assert_connections(t, "bodies-read", 0);
}

/* The others were opened although two were free: nothing in the model does that. */
static void no_forecast_without_an_explanation(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 5; i++) {
        trace_open(t, AT_MS(100 * i));
    }
    call(t, AT_MS(600), NULL);
    const hr_forecast forecast = ask(t, "bodies-read");

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
        trace_close(call(t, AT_MS(100 * i), GO), CLIENT, AT_MS(100 * i) + AT_US(1300));
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
    trace_close(call(t, AT_MS(0), NULL), SERVER, AT_MS(300));
    call(t, AT_MS(400), NULL);

    assert_connections(t, "no-close", 2);
    assert_connections(t, "server-stays", 1);
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
    g_test_add_func("/forecast/shared-pool/one-call", clients_of_one_call_that_share_a_pool);
    g_test_add_func("/forecast/shared-pool/two", two_pools_that_are_one);
    g_test_add_func("/forecast/shared-pool/two-programs", pools_of_two_programs);
    g_test_add_func("/forecast/no-close", close_that_nobody_says);
    g_test_add_func("/forecast/idle-kept", idle_connections_that_are_kept);
    g_test_add_func("/forecast/idle/server", servers_timer);
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

/* test_forecast_which.c
 * What each change brings where nothing else stands in its way: of calls that each cost a connection one
 * is left. The numbers follow from what the changed program would do; doc/forecast.md.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"
#include "trace_forecast.h"
#include "trace_stories.h"

#define NGINX "nginx/1.22.1"
#define CLOSE .connection = "close"

/* ---- of items ---- */

/* Three calls in turn, of which the first connection could have served all. */
static void what_one_connection_could_have_served(void)
{
    const trace_story stories[] = {
        {.change = "keep_client", .request = {.user_agent = REQUESTS}, .rest_ns = AT_MS(1)},
        {.change = "read_bodies", .request = {.user_agent = GO}, .rest_ns = AT_MS(1)},
        {.change = "no_client_close", .request = {CLOSE}, .rest_ns = AT_MS(1)},
        {.change = "no_server_close", .answer = {CLOSE}, .rest_ns = AT_MS(1), .closes = SERVER},
        {.change = "mend_errors",
         .answer = {.code = 500, CLOSE},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        {.change = "speak_http11",
         .request = {.is_http10 = true},
         .answer = {.is_http10 = true},
         .rest_ns = AT_MS(1),
         .closes = SERVER},
        {.change = "keep_open", .rest_ns = AT_MS(1), .closes = SERVER},
        {.change = "send_exact", .rest_ns = AT_MS(1), .surplus = 2},
        {.change = "lengthen_server_idle", .rest_ns = AT_S(75), .closes = SERVER},
        {.change = "lengthen_client_idle", .request = {.user_agent = OKHTTP}, .rest_ns = AT_S(5)},
        {.change = "share_pool", .request = {.user_agent = REQUESTS}, .requests = 2},
        /* said, and the capture ends before it is done */
        {.change = "no_client_close", .request = {CLOSE}},
        {.change = "no_server_close", .answer = {CLOSE}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
        g_autoptr(trace) t = trace_new();
        trace_tell(t, &stories[i]);
        hr_forecast forecast;

        g_assert_true(
            hr_fix_forecast(trace_analysis(t), trace_fix(t, stories[i].change), &forecast));
        g_assert_true(forecast.is_given);
        g_assert_cmpuint(forecast.captured.connections, ==, 3);
        g_assert_cmpuint(forecast.explained, ==, 3);
        g_assert_cmpuint(forecast.changed.connections, ==, 1);
        g_assert_cmpint(forecast.changed.setup_ns, ==, TRACE_HANDSHAKE_NS);
    }
}

/* How long what was given up would have taken, or what a path would let through, nobody knows; and what
 * cost nothing brings nothing. */
static void what_nobody_knows(void)
{
    const trace_story stories[] = {
        {.change = "wait_longer", .is_unanswered = true, .rest_ns = AT_MS(200)},
        {.change = "keep_open",
         .answer = {.body = 90000, .rest = 80000},
         .is_begun = true,
         .rest_ns = AT_MS(1),
         .closes = SERVER,
         .calls = 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
        g_autoptr(trace) t = trace_new();
        trace_tell(t, &stories[i]);
        hr_forecast forecast;

        g_assert_false(
            hr_fix_forecast(trace_analysis(t), trace_fix(t, stories[i].change), &forecast));
    }
}

/* ---- of origins ---- */

/* A rest of a minute, and one of four, in which one side closes after the time that it is known for. */
static void timeouts_of_either_side(void)
{
    for (trace_side side = CLIENT; side <= SERVER; side++) {
        const bool is_client = side == CLIENT;
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        for (int i = 0; i < 2; i++) {
            trace_request(c, AT_S(60 * i) + AT_MS(1), .user_agent = GO);
            trace_answer(c, AT_S(60 * i) + AT_MS(2), .server = NGINX);
        }
        trace_close(c, side, AT_S(60) + AT_MS(3) + AT_S(is_client ? 90 : 75));
        c = trace_open(t, AT_S(300));
        trace_request(c, AT_S(300) + AT_MS(1), .user_agent = GO);
        trace_answer(c, AT_S(300) + AT_MS(2), .server = NGINX);

        assert_forecast(t, is_client ? "client-idle:300" : "server-idle:300", 1);
        assert_forecast(t, is_client ? "client-idle:100" : "server-idle:100", 2);
        assert_forecast(t, is_client ? "client-idle:30" : "server-idle:30", 3);
        /* the other's is not what ended it */
        assert_forecast(t, is_client ? "server-idle:300" : "client-idle:300", 2);
        assert_forecast(t, is_client ? "server-idle:30" : "client-idle:30", 3);
    }
}

/* Four at once: of a connection that carries several at a time as few are needed as carry them all, and
 * of a bounded pool no more than its bound. */
static void four_at_once(void)
{
    static const struct {
        const char *words;
        uint32_t connections;
    } rows[] = {{"h2", 1},   {"h2:4", 1},      {"h2:3", 2},      {"h2:2", 2},
                {"h2:1", 4}, {"bounded:1", 1}, {"bounded:3", 3}, {"bounded:9", 4}};

    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    trace_burst(t, c, 4, AT_MS(0));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        assert_forecast(t, rows[i].words, rows[i].connections);
    }
}

/* ---- of several origins ---- */

static void sums_of_two(void)
{
    hr_forecast sum = hr_forecast_none();
    const hr_outcome one = {.connections = 3,
                            .setup_ns = 30,
                            .waited = 1,
                            .waited_ns = 5,
                            .end_ns = 70,
                            .longest_wait_ns = 6};
    const hr_outcome other = {.connections = 5,
                              .setup_ns = 10,
                              .waited = 2,
                              .waited_ns = 7,
                              .end_ns = 60,
                              .longest_wait_ns = 4};

    for (int i = 0; i < 2; i++) {
        const hr_outcome *outcome = i == 0 ? &one : &other;
        const hr_forecast part = {*outcome, *outcome, *outcome, outcome->connections, true};
        hr_forecast_add(&sum, &part);
    }
    const hr_outcome *const sums[] = {&sum.captured, &sum.modelled, &sum.changed};
    for (size_t i = 0; i < G_N_ELEMENTS(sums); i++) {
        g_assert_cmpuint(sums[i]->connections, ==, 8);
        g_assert_cmpint(sums[i]->setup_ns, ==, 40);
        g_assert_cmpuint(sums[i]->waited, ==, 3);
        g_assert_cmpint(sums[i]->waited_ns, ==, 12);
        g_assert_cmpint(sums[i]->end_ns, ==, 70);
        g_assert_cmpint(sums[i]->longest_wait_ns, ==, 6);
    }
    g_assert_cmpuint(sum.explained, ==, 8);
    g_assert_true(sum.is_given);

    const hr_forecast none = {.is_given = false};
    hr_forecast_add(&sum, &none);
    g_assert_false(sum.is_given); /* one that is not known makes all unknown */
    const hr_forecast known = hr_forecast_none();
    hr_forecast_add(&sum, &known);
    g_assert_false(sum.is_given);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/forecast/items", what_one_connection_could_have_served);
    g_test_add_func("/forecast/unknown", what_nobody_knows);
    g_test_add_func("/forecast/timeouts", timeouts_of_either_side);
    g_test_add_func("/forecast/at-once", four_at_once);
    g_test_add_func("/forecast/sums", sums_of_two);
    return g_test_run();
}

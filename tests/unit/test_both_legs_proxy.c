/* test_both_legs_proxy.c
 * What a proxy of HTTP does to both of its sides is told once: it keeps nothing, leaves in the
 * middle of an answer, is reloaded or stops. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"
#include "trace_legs.h"

/* How each side of a proxy closes: what its requests say behind it, and its answers in front. */
typedef struct {
    const char *asks, *says;
    int64_t apart_ns;     /* it closes in front so much later than behind */
    bool is_kept_once;    /* one in front serves a second call */
    bool is_said_earlier; /* behind: by a call before the last, of two */
    bool is_used_before;  /* behind: for another client, once more each round */
} hr_both_closes;

static void call_and_close(trace *t, hr_both_closes it, int64_t at, int calls, int before)
{
    trace_connection *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, at);
    trace_connection *back = NULL;

    for (int i = 1; i <= calls; i++) {
        const bool is_last = i == calls;
        at += AT_MS(100);
        back = back == NULL || !it.is_said_earlier ? legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at)
                                                   : back;
        for (int k = 0; it.is_used_before && k < before; k++) {
            trace_connection *other = legs_open(t, "10.0.0.2", LEGS_BETWEEN, at + AT_MS(k + 1));
            legs_pass_on(other, back, at + AT_MS(k + 1) + AT_US(100));
        }
        at += AT_MS(10);
        trace_request(front, at + AT_MS(1), .user_agent = LEGS_REQUESTS);
        trace_request(back, at + AT_MS(2), .user_agent = LEGS_REQUESTS,
                      .connection = is_last != it.is_said_earlier ? it.asks : NULL);
        trace_answer(back, at + AT_MS(3));
        trace_answer(front, at + AT_MS(4), .connection = is_last ? it.says : NULL);
        if (is_last || !it.is_said_earlier) {
            trace_close(back, SERVER, at + AT_MS(5));
        }
    }
    trace_close(front, SERVER, at + AT_MS(6) + it.apart_ns);
}

static void close_each_round(trace *t, hr_both_closes it)
{
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        const bool is_again = (it.is_kept_once && round == 0) || it.is_said_earlier;
        call_and_close(t, it, AT_S(1) + round * LEGS_PERIOD_NS, is_again ? 2 : 1, round);
    }
}

/* How many that end in front are told behind the proxy. */
static uint32_t told_behind(hr_both_closes it)
{
    g_autoptr(trace) t = trace_new();
    close_each_round(t, it);
    const hr_fix *fix = trace_fix(t, "no_client_close");

    return fix != NULL ? fix->closed_with : 0;
}

/* It passes on what it is answered, or keeps nothing on either side (tinyproxy, which does not say
 * so to its clients). Else its sides have reasons of their own. */
static void a_proxy_that_keeps_nothing(void)
{
    const hr_both_closes said = {.asks = "close", .says = "close"};
    const hr_both_closes unsaid = {.asks = "close"};
    hr_both_closes it = said;

    g_assert_cmpuint(told_behind(said), ==, LEGS_ROUNDS - 1);
    g_assert_cmpuint(told_behind(unsaid), ==, LEGS_ROUNDS - 1);
    it.is_kept_once = true;
    g_assert_cmpuint(told_behind(it), ==, 0);
    it = said;
    it.is_said_earlier = true;
    g_assert_cmpuint(told_behind(it), ==, 0);
    it = said;
    it.is_used_before = true; /* but in the first round */
    g_assert_cmpuint(told_behind(it), ==, 1);
    it = unsaid;
    it.is_used_before = true;
    g_assert_cmpuint(told_behind(it), ==, 1);
    it = unsaid;
    it.apart_ns = AT_MS(200);
    g_assert_cmpuint(told_behind(it), ==, 0);
}

/* What both sides cost is what both would gain. */
static void the_gain_is_of_both_sides(void)
{
    g_autoptr(trace) t = trace_new();
    close_each_round(t, (hr_both_closes){.asks = "close", .says = "close"});
    const hr_fix *fix = trace_fix(t, "no_client_close");
    hr_forecast forecast;

    g_assert_cmpuint(fix->avoidable->len, ==, UINT64_C(2) * (LEGS_ROUNDS - 1));
    g_assert_true(hr_fix_forecast(trace_analysis(t), fix, &forecast));
    g_assert_true(forecast.is_given);
    g_assert_cmpuint(forecast.captured.connections, ==, UINT64_C(2) * LEGS_ROUNDS);
    g_assert_cmpuint(forecast.changed.connections, ==, 2);
}

/* Inside a tunnel to the app through a proxy on the same host. */
static trace_connection *tunnel_at(trace *t, uint16_t port, int64_t at)
{
    trace_connection *c = legs_open_at(t, "127.0.0.1", "127.0.0.1", port, at);

    trace_request(c, at + AT_US(100), .method = "CONNECT", .target = "app.example:80",
                  .host = "app.example:80");
    trace_answer(c, at + AT_US(200), .is_header_only = true);
    return c;
}

/* A program asks through a proxy on its host, which asks through another one there: what is inside
 * both tunnels is between the same two, and is one origin, which gains once. */
static void the_gain_of_one_origin_is_counted_once(void)
{
    g_autoptr(trace) t = trace_new();
    for (int round = 0; round < LEGS_ROUNDS; round++) {
        const int64_t at = AT_S(1) + round * LEGS_PERIOD_NS;
        trace_connection *front = tunnel_at(t, 3128, at);
        trace_connection *back = tunnel_at(t, 3129, at + AT_MS(1));
        trace_request(front, at + AT_MS(2), .user_agent = LEGS_REQUESTS);
        trace_request(back, at + AT_MS(3), .user_agent = LEGS_REQUESTS, .connection = "close");
        trace_answer(back, at + AT_MS(4));
        trace_answer(front, at + AT_MS(5), .connection = "close");
        trace_close(back, SERVER, at + AT_MS(6));
        trace_close(front, SERVER, at + AT_MS(7));
    }
    const hr_fix *fix = trace_fix(t, "no_client_close");
    hr_forecast forecast;

    g_assert_cmpuint(fix->closed_with, ==, LEGS_ROUNDS - 1);
    g_assert_true(hr_fix_forecast(trace_analysis(t), fix, &forecast));
    g_assert_cmpuint(forecast.captured.connections, ==, UINT64_C(2) * LEGS_ROUNDS);
}

/* Behind it nobody said so: that its server closes there is another story. */
static void a_proxy_that_says_so_in_front(void)
{
    g_autoptr(trace) t = trace_new();
    close_each_round(t, (hr_both_closes){.says = "close"});

    g_assert_cmpuint(trace_cost(t, "no_server_close"), ==, LEGS_ROUNDS - 1);
    g_assert_cmpuint(trace_cost(t, "keep_open"), ==, LEGS_ROUNDS - 1);
}

static void begin_answer(trace_connection *c, int64_t at)
{
    trace_answer(c, at, .body = 90000, .rest = 80000);
}

/* A client that leaves in the middle of an answer, and what is between, which then leaves, too; or
 * which had left before. */
static void who_leaves_in_an_answer_is_told_once(void)
{
    for (int is_after = 0; is_after < 2; is_after++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *front = NULL;
        trace_connection *back = NULL;
        trace_connection *next[2] = {NULL};
        const int64_t at = legs_call(t, &front, &back, 0) + AT_MS(100);
        trace_request(front, at, .user_agent = LEGS_REQUESTS);
        trace_request(back, at + AT_MS(1), .user_agent = LEGS_REQUESTS);
        begin_answer(back, at + AT_MS(2));
        begin_answer(front, at + AT_MS(3));
        if (!is_after) {
            trace_rst(back, CLIENT, at + AT_MS(500));
        }
        trace_rst(front, CLIENT, at + AT_MS(501));
        if (is_after) {
            trace_rst(back, CLIENT, at + AT_MS(502));
        }
        (void)legs_call(t, &next[0], &next[1], 1);

        assert_cause(front, "body-undrained");
        assert_cause(back, is_after ? "client-close" : "body-undrained");
        g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, is_after ? 1 : 2);
    }
}

/* Two clients and a connection for each of them behind the proxy, which it closes @before_ns before
 * it stops; then again, at that @port of the proxy. Another one than before is another program's: the
 * first is there no longer. */
static void reload(trace *t, int64_t before_ns, uint16_t port)
{
    for (int round = 0; round < 2; round++) {
        trace_connection *front[2] = {NULL};
        trace_connection *back[2] = {NULL};
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_S(1 + round) + AT_MS(20 * i);
            front[i] = legs_open_at(t, i == 0 ? "10.0.0.1" : "10.0.0.2", LEGS_BETWEEN,
                                    round == 0 ? 80 : port, at);
            back[i] = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_US(100));
        }
        for (int i = 0; i < 2; i++) {
            legs_pass_on(front[i], back[i], AT_S(1 + round) + AT_MS(100 + 200 * i));
            legs_pass_on(front[i], back[i], AT_S(1 + round) + AT_MS(110 + 200 * i));
        }
        for (int i = 0; i < 2 && round == 0; i++) {
            trace_close(back[i], CLIENT, AT_S(1) + AT_MS(700 + i) - before_ns);
        }
        for (int i = 0; i < 2 && round == 0; i++) {
            trace_close(front[i], SERVER, AT_S(1) + AT_MS(702 + i));
        }
        if (round == 0 && port != 80) {
            trace_connection *refused = trace_connect_between(t, "10.0.0.1", 0, LEGS_BETWEEN, 80);
            trace_syn(refused, AT_S(1) + AT_MS(800));
            trace_rst(refused, SERVER, AT_S(1) + AT_MS(800) + AT_US(100));
        }
    }
}

/* nginx on SIGHUP: the old worker closes what is idle, to its clients and to its upstream. */
static void a_proxy_that_is_reloaded_closes_both_sides(void)
{
    g_autoptr(trace) at_once = trace_new();
    g_autoptr(trace) before = trace_new();
    reload(at_once, 0, 80);
    reload(before, AT_MS(200), 80);

    g_assert_null(trace_fix(at_once, "keep_client"));
    g_assert_cmpuint(trace_cost(at_once, "stay_up"), >=, 2);
    g_assert_cmpuint(trace_cost(before, "stay_up"), <, trace_cost(at_once, "stay_up"));
}

/* The one of two programs at a proxy's address stops, and the other one goes on: what the first had
 * open behind it ended with it. */
static void a_proxy_that_stops_closes_both_sides(void)
{
    g_autoptr(trace) at_once = trace_new();
    g_autoptr(trace) before = trace_new();
    reload(at_once, 0, 81);
    reload(before, AT_MS(200), 81);

    g_assert_null(trace_fix(at_once, "keep_client"));
    g_assert_cmpuint(trace_cost(at_once, "stay_up"), ==, 2); /* with what was refused then */
    g_assert_cmpuint(trace_cost(before, "keep_client"), ==, 2);
}

/* What the reload ended counts, whether another was opened in its place or not. */
static void all_that_a_reload_ended_is_told(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3] = {NULL};
    for (int i = 0; i < 3; i++) {
        c[i] = trace_open(t, AT_MS(20 * i));
    }
    for (int i = 0; i < 3; i++) {
        trace_exchange(c[i], AT_MS(100 + 20 * i), AT_MS(110 + 20 * i));
    }
    for (int i = 0; i < 3; i++) {
        trace_close(c[i], SERVER, AT_MS(700 + i));
    }
    trace_exchange(trace_open(t, AT_S(2)), AT_S(2) + AT_MS(1), AT_S(2) + AT_MS(2));

    assert_cause(c[0], "server-reload");
    g_assert_cmpuint(trace_cost(t, "stay_up"), ==, 1);
    g_assert_true(trace_happened(t, "stay_up", "3 connections"));
}

/* An hour later it stops again, and nobody of this client replaces what that ends. */
static void a_stop_is_of_one_moment(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(20))};
    for (int i = 0; i < 2; i++) {
        trace_request(c[i], AT_MS(100 + 20 * i));
    }
    for (int i = 0; i < 2; i++) {
        trace_answer(c[i], AT_MS(150 + 20 * i));
    }
    for (int i = 0; i < 2; i++) {
        trace_close(c[i], SERVER, AT_MS(700 + i));
    }
    trace_connection *next = trace_open(t, AT_S(2));
    trace_exchange(next, AT_S(2) + AT_MS(1), AT_S(2) + AT_MS(2));
    trace_connection *other = trace_open_from(t, "10.0.0.2", AT_S(3000));
    trace_exchange(other, AT_S(3001), AT_S(3002));
    trace_close(next, SERVER, AT_S(3600));
    trace_close(other, SERVER, AT_S(3600) + AT_MS(1));
    trace_exchange(trace_open_from(t, "10.0.0.3", AT_S(3602)), AT_S(3603), AT_S(3604));

    assert_cause(c[0], "server-reload");
    assert_cause(next, "server-reload");
    g_assert_cmpuint(trace_cost(t, "stay_up"), ==, 1);
    g_assert_true(trace_happened(t, "stay_up", "2 connections"));
}

/* nginx, and behind it at its address another proxy, whose name its answers do not say: what that
 * asks for with Connection: close is no business of nginx. */
static void a_proxy_behind_a_proxy_at_its_address(void)
{
    for (int is_chain = 0; is_chain < 2; is_chain++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, AT_MS(1));
        trace_connection *between =
            is_chain ? legs_open_at(t, LEGS_BETWEEN, LEGS_BETWEEN, 8102, AT_MS(2)) : NULL;
        for (int i = 0; i < LEGS_ROUNDS; i++) {
            const int64_t at = AT_S(1 + i);
            trace_request(front, at, .user_agent = LEGS_REQUESTS);
            if (is_chain) {
                trace_request(between, at + AT_US(100), .user_agent = LEGS_REQUESTS);
            }
            trace_connection *back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_US(200));
            trace_request(back, at + AT_US(300), .user_agent = LEGS_REQUESTS,
                          .connection = "close");
            trace_answer(back, at + AT_US(400), .connection = "close");
            trace_close(back, SERVER, at + AT_US(500));
            if (is_chain) {
                trace_answer(between, at + AT_MS(2));
            }
            trace_answer(front, at + AT_MS(3), .server = "nginx/1.22.1");
        }

        g_assert_cmpuint(trace_cost(t, "no_client_close"), ==, LEGS_ROUNDS - 1);
        g_assert_true(trace_advises(t, "no_client_close", "If it is nginx") == !is_chain);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/both_legs/left-in-answer", who_leaves_in_an_answer_is_told_once);
    g_test_add_func("/both_legs/keeps-nothing", a_proxy_that_keeps_nothing);
    g_test_add_func("/both_legs/gain", the_gain_is_of_both_sides);
    g_test_add_func("/both_legs/gain/once", the_gain_of_one_origin_is_counted_once);
    g_test_add_func("/both_legs/says-so-in-front", a_proxy_that_says_so_in_front);
    g_test_add_func("/both_legs/reload", a_proxy_that_is_reloaded_closes_both_sides);
    g_test_add_func("/both_legs/stop", a_proxy_that_stops_closes_both_sides);
    g_test_add_func("/both_legs/reload/all", all_that_a_reload_ended_is_told);
    g_test_add_func("/both_legs/reload/again", a_stop_is_of_one_moment);
    g_test_add_func("/both_legs/chain", a_proxy_behind_a_proxy_at_its_address);
    return g_test_run();
}

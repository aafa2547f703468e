/* test_ending_lazy.c
 * nginx sets a timer anew only where that moves it by 300 ms: an upstream connection that it keeps
 * for 60 s is closed 60 s after the request was sent, if the answer came in less. DESIGN section 5,
 * client-idle-timeout.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/software.h"
#include "trace.h"

/* One relayed request on a connection that its client closes at @close, in ms after the request;
 * its answer begins and ends at these. */
typedef struct {
    int64_t begins, ends, close;
    bool is_own; /* nobody relayed it */
} kept;

static trace_connection *keep(trace *t, kept it)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .is_relayed = !it.is_own);
    if (it.begins < it.ends) {
        trace_begin_answer(c, AT_MS(1 + it.begins), .body = 9000, .rest = 8000);
        trace_end_answer(c, 8000, AT_MS(1 + it.ends));
    } else {
        trace_answer(c, AT_MS(1 + it.ends));
    }
    trace_close(c, CLIENT, AT_MS(1 + it.close));
    trace_exchange(trace_open(t, AT_S(70)), AT_S(71), AT_S(72));
    return c;
}

static bool may_be_nginx(kept it)
{
    g_autoptr(trace) t = trace_new();
    const hr_ending *ending = trace_ending(keep(t, it));

    for (unsigned i = 0; i < ending->timer_count; i++) {
        if (hr_ending_timer(ending, i)->product == HR_PRODUCT_NGINX) {
            return ending->cause == HR_CLOSE_CLIENT_IDLE_TIMEOUT;
        }
    }
    return false;
}

static void from_the_request(void)
{
    g_assert_true(may_be_nginx((kept){100, 100, 60000, false}));
    g_assert_true(may_be_nginx((kept){250, 250, 60001, false}));
    g_assert_true(may_be_nginx((kept){150, 290, 59999, false}));
    g_assert_true(may_be_nginx((kept){250, 250, 61000, false})); /* late */
    g_assert_true(may_be_nginx((kept){90, 90, 61240, false}));   /* ... where it was set anew */
}

/* The answer's first byte moved it by as much. */
static void from_the_first_byte(void)
{
    g_assert_true(may_be_nginx((kept){400, 500, 60400, false}));
    g_assert_false(may_be_nginx((kept){400, 500, 60300, false}));
}

/* 59.6 s after an answer that took longer: it would have been set anew. */
static void not_after_a_slow_answer(void)
{
    g_assert_false(may_be_nginx((kept){400, 400, 60000, false}));
    g_assert_false(may_be_nginx((kept){100, 400, 60000, false}));
    g_assert_true(may_be_nginx((kept){400, 400, 60401, false}));
    g_assert_false(may_be_nginx((kept){400, 400, 60399, false})); /* ... and none is early */
}

static void not_before_its_time(void)
{
    g_assert_false(may_be_nginx((kept){100, 100, 59900, false}));
    g_assert_false(may_be_nginx((kept){100, 100, 59990, false}));
}

/* A program that asks each minute lets go of the connection as its minute is over. */
static void not_of_a_client_itself(void)
{
    g_assert_false(may_be_nginx((kept){100, 100, 60000, true}));
    g_assert_true(may_be_nginx((kept){100, 100, 60101, true})); /* it may be one */
}

/* No header of it says so: what it asks for it was asked for, each time. */
static void of_what_is_seen_to_pass_requests_on(void)
{
    for (int is_proxy = 0; is_proxy < 2; is_proxy++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *front =
            trace_open_between(t, "10.0.0.9", is_proxy ? "10.0.0.1" : "10.0.0.2", 80, AT_MS(0));
        trace_connection *back = trace_open(t, AT_MS(1));
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_S(i) + AT_MS(10);
            trace_request(front, at, .user_agent = "curl/8.5");
            trace_request(back, at + AT_MS(1), .user_agent = "curl/8.5");
            trace_answer(back, at + AT_MS(101));
            trace_answer(front, at + AT_MS(102));
        }
        trace_close(back, CLIENT, AT_S(61) + AT_MS(11));
        trace_exchange(trace_open(t, AT_S(70)), AT_S(71), AT_S(72));

        assert_cause(back, is_proxy ? "client-idle-timeout" : "client-close");
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/lazy/leg", of_what_is_seen_to_pass_requests_on);
    g_test_add_func("/ending/lazy/request", from_the_request);
    g_test_add_func("/ending/lazy/first-byte", from_the_first_byte);
    g_test_add_func("/ending/lazy/not-slow", not_after_a_slow_answer);
    g_test_add_func("/ending/lazy/not-early", not_before_its_time);
    g_test_add_func("/ending/lazy/not-own", not_of_a_client_itself);
    return g_test_run();
}

/* test_ending_parties.c
 * What one side did on its other connections refutes that it ended: it went on, it had been refused
 * before, it was counted twice. And times that no timer of its own explains. DESIGN section 5,
 * client-exit and server-exit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

static trace_connection *open_idle(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    return c;
}

/* ---- the client ---- */

/* Two that the client ends at 1 s, having been idle for long. */
static trace_connection *end_two(trace_connection *c[2])
{
    trace_close(c[0], CLIENT, AT_S(1));
    trace_close(c[1], CLIENT, AT_S(1) + AT_MS(1));
    return c[0];
}

static void nothing_more(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[] = {open_idle(t, AT_MS(0)), open_idle(t, AT_MS(10))};

    assert_cause(end_two(c), "client-exit");
}

/* A dial is life as well, be it given up at once. */
static void it_dials_once_more(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[] = {open_idle(t, AT_MS(0)), open_idle(t, AT_MS(10))};
    end_two(c);
    trace_connection *dial = trace_open(t, AT_S(1) + AT_MS(20));
    trace_close(dial, CLIENT, AT_S(1) + AT_MS(50));

    assert_cause(c[0], "client-close");
}

/* The last answer came a moment after: these two were closed by a program that lived. */
static void it_waits_for_one_more_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *last = trace_open(t, AT_MS(0));
    trace_connection *c[] = {open_idle(t, AT_MS(1)), open_idle(t, AT_MS(10))};
    trace_request(last, AT_MS(900));
    end_two(c);
    trace_answer(last, AT_S(1) + AT_MS(20));
    trace_close(last, CLIENT, AT_S(1) + AT_MS(50));

    assert_cause(c[0], "client-close");
}

/* An answer that comes when it has gone is not its doing. */
static void an_answer_comes_too_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *last = trace_open(t, AT_MS(0));
    trace_connection *c[] = {open_idle(t, AT_MS(1)), open_idle(t, AT_MS(10))};
    trace_request(last, AT_MS(900));
    end_two(c);
    trace_fin(last, CLIENT, AT_S(1) + AT_MS(2));
    trace_answer(last, AT_S(1) + AT_MS(20));
    trace_fin(last, SERVER, AT_S(1) + AT_MS(21));

    assert_cause(c[0], "client-exit");
}

/* The same where nobody can read what was asked and answered. */
static void it_sends_what_nobody_can_read(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *last = tls_open(t, AT_MS(0), .offers = "http/1.1");
    trace_connection *c[] = {open_idle(t, AT_MS(10)), open_idle(t, AT_MS(20))};
    end_two(c);
    tls_data(last, CLIENT, 100, AT_S(1) + AT_MS(20));
    trace_close(last, CLIENT, AT_S(1) + AT_MS(50));

    assert_cause(c[0], "client-close");
}

static void it_takes_what_nobody_can_read(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *last = tls_open(t, AT_MS(0), .offers = "http/1.1");
    trace_connection *c[] = {open_idle(t, AT_MS(10)), open_idle(t, AT_MS(20))};
    tls_data(last, CLIENT, 100, AT_MS(900));
    end_two(c);
    tls_data(last, SERVER, 100, AT_S(1) + AT_MS(20));
    trace_close(last, CLIENT, AT_S(1) + AT_MS(50));

    assert_cause(c[0], "client-close");
}

/* A tunnel ends with the connection that carries it: that is one end. */
static void tunnel_and_what_carries_it_are_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_to(t, "10.0.0.3", 3128, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "CONNECT", .target = "b.example:80",
                  .host = "b.example:80");
    trace_answer(c, AT_MS(2), .is_header_only = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_close(c, CLIENT, AT_MS(12));

    trace_analysis(t);
    g_assert_cmpstr(hr_close_cause_token(c->model->tunnel->ending.cause), ==, "client-close");
}

/* ---- the server ---- */

static trace_connection *of(trace *t, const char *client, int64_t at)
{
    trace_connection *c = trace_open_from(t, client, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    return c;
}

static void refuse(trace *t, int64_t at)
{
    trace_connection *c = trace_connect(t);
    trace_syn(c, at);
    trace_rst(c, SERVER, at);
}

/* It was down before, not after. */
static void refused_before_the_ends(void)
{
    g_autoptr(trace) t = trace_new();
    refuse(t, AT_MS(0));
    trace_connection *one = of(t, "10.0.0.1", AT_MS(500));
    trace_connection *two = of(t, "10.0.0.2", AT_MS(600));
    trace_close(one, SERVER, AT_MS(2000));
    trace_close(two, SERVER, AT_MS(2050));

    assert_cause(one, "server-close");
}

/* It refuses one, and answers on another after that: it has not gone. */
static void refused_and_went_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = of(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = of(t, "10.0.0.2", AT_MS(200));
    trace_connection *kept = of(t, "10.0.0.3", AT_MS(300));
    trace_close(one, SERVER, AT_MS(1500));
    trace_close(two, SERVER, AT_MS(1501));
    refuse(t, AT_S(2));
    trace_exchange(kept, AT_S(3), AT_S(3) + AT_MS(1));

    g_assert_cmpint(trace_ending(one)->cause, !=, HR_CLOSE_SERVER_EXIT);
}

/* One of the two had announced its end: that was no exit. */
static void one_end_was_announced(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *said = trace_open_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *other = of(t, "10.0.0.2", AT_MS(200));
    trace_request(said, AT_MS(1490));
    trace_answer(said, AT_MS(1499), .connection = "close");
    trace_close(said, SERVER, AT_MS(1500));
    trace_close(other, SERVER, AT_MS(1501));
    refuse(t, AT_S(2));

    assert_cause(other, "server-close");
}

/* ---- timers ---- */

/* curl looks at its 118 s when the next request comes; who says nothing is not known to. */
static void times_that_are_looked_at_later_need_a_name(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t, AT_MS(0));
    trace_close(c, CLIENT, AT_MS(2) + AT_S(118));
    open_idle(t, AT_S(200));

    assert_cause(c, "client-close");
    g_assert_cmpuint(trace_ending(c)->timer_count, ==, 0);
}

/* A preference says what is too short for a timeout. */
static void pauses_that_are_too_short(void)
{
    hr_settings settings = hr_settings_default();
    g_autoptr(trace) any = trace_new_with(&settings);
    settings.timer_min_ns = AT_S(10);
    g_autoptr(trace) long_ones = trace_new_with(&settings);

    trace_connection *c = open_idle(any, AT_MS(0));
    trace_close(c, SERVER, AT_MS(2) + AT_S(5));
    assert_cause(c, "server-idle-timeout");

    c = open_idle(long_ones, AT_MS(0));
    trace_close(c, SERVER, AT_MS(2) + AT_S(5));
    assert_cause(c, "server-close");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/parties/client/nothing-more", nothing_more);
    g_test_add_func("/parties/client/dials", it_dials_once_more);
    g_test_add_func("/parties/client/waits", it_waits_for_one_more_answer);
    g_test_add_func("/parties/client/too-late", an_answer_comes_too_late);
    g_test_add_func("/parties/client/opaque-request", it_sends_what_nobody_can_read);
    g_test_add_func("/parties/client/opaque-answer", it_takes_what_nobody_can_read);
    g_test_add_func("/parties/client/tunnel", tunnel_and_what_carries_it_are_one);
    g_test_add_func("/parties/server/refused-before", refused_before_the_ends);
    g_test_add_func("/parties/server/went-on", refused_and_went_on);
    g_test_add_func("/parties/server/announced", one_end_was_announced);
    g_test_add_func("/parties/timer/unnamed", times_that_are_looked_at_later_need_a_name);
    g_test_add_func("/parties/timer/short", pauses_that_are_too_short);
    return g_test_run();
}

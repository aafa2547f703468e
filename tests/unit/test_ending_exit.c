/* test_ending_exit.c
 * The end of a program: the client's (nothing of it follows) and the server's (it refuses, or is
 * silent). What looks like it is a timer, a close after an answer, and a client that returns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* An exchange that ends at @at; from then on it is idle. */
static trace_connection *open_idle(trace *t, const char *server, int64_t at)
{
    trace_connection *c = trace_open_to(t, server, 80, at - AT_MS(10));
    trace_exchange(c, at - AT_MS(5), at);
    return c;
}

/* ---- the client's ---- */

static void group_ends_together(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, "10.0.0.80", AT_MS(100));
    trace_connection *two = open_idle(t, "10.0.0.81", AT_MS(200)); /* to any servers */
    trace_close(one, CLIENT, AT_MS(1500));
    trace_close(two, CLIENT, AT_MS(1501));

    assert_cause(one, "client-exit");
    assert_cause(two, "client-exit");
    assert_closed_by(one, "client");
    assert_certainty(one, "likely");
}

static void group_within_100_ms(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, "10.0.0.80", AT_MS(100));
    trace_connection *two = open_idle(t, "10.0.0.81", AT_MS(200));
    trace_close(one, CLIENT, AT_MS(1500));
    trace_close(two, CLIENT, AT_MS(1600));

    assert_cause(one, "client-exit");
}

static void no_group_after_100_ms(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, "10.0.0.80", AT_MS(100));
    trace_connection *two = open_idle(t, "10.0.0.81", AT_MS(200));
    trace_close(one, CLIENT, AT_MS(1500));
    trace_close(two, CLIENT, AT_MS(1600) + AT_US(1));

    assert_cause(one, "client-close");
    assert_cause(two, "client-exit"); /* its only open one, by then */
}

static void group_right_after_answers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, "10.0.0.80", AT_MS(100));
    trace_connection *two = open_idle(t, "10.0.0.81", AT_MS(200));
    trace_close(one, CLIENT, AT_MS(201));
    trace_close(two, CLIENT, AT_MS(202));

    assert_cause(one, "client-exit");
    assert_cause(two, "client-exit");
}

static void alone_while_idle(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t, "10.0.0.80", AT_MS(100));
    trace_close(c, CLIENT, AT_MS(1500));

    assert_cause(c, "client-exit");
}

static void alone_right_after_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t, "10.0.0.80", AT_MS(100));
    trace_close(c, CLIENT, AT_MS(101));

    assert_cause(c, "client-close");
}

static void alone_with_a_request_outstanding(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_rst(c, CLIENT, AT_S(2));

    assert_cause(c, "client-exit");
}

static void not_alone(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, "10.0.0.80", AT_MS(100));
    open_idle(t, "10.0.0.81", AT_MS(200));
    trace_close(one, CLIENT, AT_MS(1500));

    assert_cause(one, "client-close");
}

/* A program that ends takes all its connections with it. */
static void group_while_another_stays(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, "10.0.0.80", AT_MS(100));
    trace_connection *two = open_idle(t, "10.0.0.81", AT_MS(200));
    trace_connection *three = open_idle(t, "10.0.0.82", AT_MS(300));
    trace_close(one, CLIENT, AT_MS(1500));
    trace_close(two, CLIENT, AT_MS(1501));
    trace_close(three, CLIENT, AT_MS(1602));

    assert_cause(one, "client-close");
    assert_cause(two, "client-close");
    assert_cause(three, "client-exit");
}

/* The capture is over before it could be seen whether the third follows. */
static void group_at_the_end_of_the_capture(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, "10.0.0.80", AT_MS(100));
    trace_connection *two = open_idle(t, "10.0.0.81", AT_MS(200));
    open_idle(t, "10.0.0.82", AT_MS(300));
    trace_close(one, CLIENT, AT_MS(1500));
    trace_close(two, CLIENT, AT_MS(1501));

    assert_cause(one, "client-exit");
    assert_cause(two, "client-exit");
}

static void answers_cut_while_another_stays(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = open_idle(t, "10.0.0.80", AT_MS(100));
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_open(t, AT_MS(200 + 10 * i));
        trace_request(c[i], AT_MS(205 + 10 * i));
        trace_data(c[i], SERVER, 1000, AT_MS(206 + 10 * i));
        trace_rst(c[i], CLIENT, AT_MS(207 + 10 * i));
    }
    trace_close(kept, CLIENT, AT_MS(600));

    assert_cause(c[0], "body-undrained");
    assert_cause(c[1], "body-undrained");
    assert_cause(kept, "client-exit");
}

static void client_returns_later(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, "10.0.0.80", AT_MS(100));
    trace_connection *two = open_idle(t, "10.0.0.81", AT_MS(200));
    trace_close(one, CLIENT, AT_MS(1500));
    trace_close(two, CLIENT, AT_MS(1501));
    trace_connection *three = trace_open_to(t, "10.0.0.82", 80, AT_S(9));
    trace_exchange(three, AT_S(10), AT_S(11));

    assert_cause(one, "client-close");
    assert_cause(two, "client-close");
}

static void another_client_goes_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, "10.0.0.80", AT_MS(100));
    trace_close(one, CLIENT, AT_MS(1500));
    trace_connection *other = trace_open_from(t, "10.0.0.2", AT_S(9));
    trace_exchange(other, AT_S(10), AT_S(11));

    assert_cause(one, "client-exit");
}

/* Go's IdleConnTimeout closes them all at once, and nothing follows either. */
static void timer_that_user_agent_names(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_connection *two = trace_open(t, AT_MS(1));
    trace_request(one, AT_MS(2), .user_agent = "Go-http-client/1.1");
    trace_request(two, AT_MS(3), .user_agent = "Go-http-client/1.1");
    trace_answer(one, AT_MS(10));
    trace_answer(two, AT_MS(11));
    trace_close(one, CLIENT, AT_MS(90011));
    trace_close(two, CLIENT, AT_MS(90012));

    assert_cause(one, "client-idle-timeout");
    assert_cause(two, "client-idle-timeout");
}

static void timer_of_software_that_is_not_named(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t, "10.0.0.80", AT_MS(100));
    trace_close(c, CLIENT, AT_MS(30101)); /* Java's 30 s, and nothing says that it is not Java */

    assert_cause(c, "client-idle-timeout");
}

static void timer_that_was_seen_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, "10.0.0.80", AT_S(1));
    trace_close(one, CLIENT, AT_S(1) + AT_MS(2700));
    trace_connection *two = open_idle(t, "10.0.0.80", AT_S(10));
    trace_close(two, CLIENT, AT_S(10) + AT_MS(2710));

    assert_cause(two, "client-idle-timeout");
}

/* ---- the server's ---- */

static trace_connection *open_from(trace *t, const char *client, int64_t at)
{
    trace_connection *c = trace_open_from(t, client, at - AT_MS(10));
    trace_exchange(c, at - AT_MS(5), at);
    return c;
}

static void server_ends_all_and_refuses(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = open_from(t, "10.0.0.2", AT_MS(200));
    trace_close(one, SERVER, AT_MS(1500));
    trace_close(two, SERVER, AT_MS(1501));
    trace_connection *three = trace_connect(t);
    trace_syn(three, AT_S(2));
    trace_rst(three, SERVER, AT_S(2));

    assert_cause(one, "server-exit");
    assert_cause(two, "server-exit");
    assert_closed_by(one, "server");
    assert_certainty(one, "likely");
}

static void server_ends_all_and_is_silent(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = open_from(t, "10.0.0.2", AT_MS(200));
    trace_rst(one, SERVER, AT_MS(1500));
    trace_rst(two, SERVER, AT_MS(1501));
    trace_connection *three = trace_connect(t);
    trace_syn(three, AT_S(2));
    trace_syn(three, AT_S(3));
    trace_syn(three, AT_S(5));

    assert_cause(one, "server-exit");
}

/* nginx-reload: the old worker closes its idle connections, the new one accepts. */
static void server_goes_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = open_from(t, "10.0.0.2", AT_MS(200));
    trace_close(one, SERVER, AT_MS(1500));
    trace_close(two, SERVER, AT_MS(1501));
    open_from(t, "10.0.0.1", AT_S(2));

    assert_cause(one, "server-reload");
    assert_cause(two, "server-reload");
    assert_closed_by(one, "server");
    assert_certainty(one, "likely");
    g_assert_cmpuint(trace_found(t, HR_FINDING_IDLE_CLOSE), ==, 0);
}

static void nobody_asks_again(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = open_from(t, "10.0.0.2", AT_MS(200));
    trace_close(one, SERVER, AT_MS(1500));
    trace_close(two, SERVER, AT_MS(1501));

    assert_cause(one, "server-close");
}

static void server_keeps_another(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = open_from(t, "10.0.0.2", AT_MS(200));
    trace_connection *kept = open_from(t, "10.0.0.3", AT_MS(300));
    trace_close(one, SERVER, AT_MS(1500));
    trace_close(two, SERVER, AT_MS(1501));
    trace_exchange(kept, AT_MS(1700), AT_MS(1701));
    open_from(t, "10.0.0.1", AT_S(2));

    assert_cause(one, "server-close"); /* a program that ends keeps none */
}

/* A burst's connections become idle together, and expire together. */
static void server_times_out_together(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = open_from(t, "10.0.0.2", AT_MS(110));
    trace_close(one, SERVER, AT_MS(5101));
    trace_close(two, SERVER, AT_MS(5111));
    open_from(t, "10.0.0.1", AT_S(6));

    assert_cause(one, "server-idle-timeout");
    assert_cause(two, "server-idle-timeout");
}

/* A timeout that is in no table: idle together, gone together. */
static void server_times_out_together_untold(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = open_from(t, "10.0.0.2", AT_MS(110));
    trace_close(one, SERVER, AT_MS(100) + AT_S(47));
    trace_close(two, SERVER, AT_MS(110) + AT_S(47));
    open_from(t, "10.0.0.1", AT_S(60));

    assert_cause(one, "server-close");
}

/* Others that came and went in that moment are none that lived on, nor is a SYN without an answer. */
static void server_goes_on_among_others(void)
{
    g_autoptr(trace) t = trace_new();
    trace_syn(trace_connect(t), AT_MS(1));
    trace_connection *one = open_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = open_from(t, "10.0.0.2", AT_MS(200));
    trace_close(one, SERVER, AT_MS(1500));
    trace_close(two, SERVER, AT_MS(1501));
    open_from(t, "10.0.0.1", AT_S(2));

    assert_cause(one, "server-reload");
}

static void server_keeps_another_beside_a_short_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = open_from(t, "10.0.0.2", AT_MS(200));
    trace_connection *kept = open_from(t, "10.0.0.3", AT_MS(300));
    trace_close(one, SERVER, AT_MS(1500));
    trace_close(two, SERVER, AT_MS(1501));
    trace_close(open_from(t, "10.0.0.4", AT_MS(1520)), CLIENT, AT_MS(1540));
    trace_exchange(kept, AT_MS(1700), AT_MS(1701));
    open_from(t, "10.0.0.1", AT_S(2));

    assert_cause(one, "server-close");
}

/* It closes after each answer, of several clients at the same time. */
static void server_closes_after_answers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_from(t, "10.0.0.1", AT_MS(100));
    trace_close(one, SERVER, AT_MS(101));
    trace_connection *two = open_from(t, "10.0.0.2", AT_MS(120));
    trace_close(two, SERVER, AT_MS(121));
    open_from(t, "10.0.0.1", AT_MS(300));

    assert_cause(one, "server-close");
    assert_cause(two, "server-close");
}

/* A snap length cut the heads off: they may have said close. */
static void server_closes_what_was_cut(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2] = {trace_open_from(t, "10.0.0.1", AT_MS(0)),
                              trace_open_from(t, "10.0.0.2", AT_MS(1))};
    for (int i = 0; i < 2; i++) {
        trace_request(c[i], AT_MS(10 + 20 * i));
        trace_answer(c[i], AT_MS(15 + 20 * i), .is_cut = true);
    }
    trace_close(c[0], SERVER, AT_MS(1500));
    trace_close(c[1], SERVER, AT_MS(1501));
    open_from(t, "10.0.0.1", AT_S(2));

    assert_cause(c[0], "server-close");
}

static void server_ends_one_and_refuses(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_from(t, "10.0.0.1", AT_MS(100));
    trace_close(one, SERVER, AT_MS(1500));
    trace_connection *two = trace_connect(t);
    trace_syn(two, AT_S(2));
    trace_rst(two, SERVER, AT_S(2));

    assert_cause(one, "server-close");
}

static void server_announced_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2] = {trace_open_from(t, "10.0.0.1", AT_MS(0)),
                              trace_open_from(t, "10.0.0.2", AT_MS(1))};
    for (int i = 0; i < 2; i++) {
        trace_request(c[i], AT_MS(10 + i));
    }
    for (int i = 0; i < 2; i++) {
        trace_answer(c[i], AT_MS(20 + i), .connection = "close", .has_fin = true);
    }
    trace_connection *three = trace_connect(t);
    trace_syn(three, AT_S(2));
    trace_rst(three, SERVER, AT_S(2));

    assert_cause(c[0], "server-close-header");
    assert_cause(c[1], "server-close-header");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/client-exit/group", group_ends_together);
    g_test_add_func("/ending/client-exit/100-ms", group_within_100_ms);
    g_test_add_func("/ending/client-exit/not-over-100-ms", no_group_after_100_ms);
    g_test_add_func("/ending/client-exit/group-after-answers", group_right_after_answers);
    g_test_add_func("/ending/client-exit/alone", alone_while_idle);
    g_test_add_func("/ending/client-exit/alone-outstanding", alone_with_a_request_outstanding);
    g_test_add_func("/ending/client-exit/not-after-answer", alone_right_after_an_answer);
    g_test_add_func("/ending/client-exit/not-alone", not_alone);
    g_test_add_func("/ending/client-exit/not-if-another-stays", group_while_another_stays);
    g_test_add_func("/ending/client-exit/end-of-capture", group_at_the_end_of_the_capture);
    g_test_add_func("/ending/client-exit/not-cut-if-another-stays",
                    answers_cut_while_another_stays);
    g_test_add_func("/ending/client-exit/not-if-it-returns", client_returns_later);
    g_test_add_func("/ending/client-exit/other-client", another_client_goes_on);
    g_test_add_func("/ending/client-exit/not-named-timer", timer_that_user_agent_names);
    g_test_add_func("/ending/client-exit/unnamed-timer", timer_of_software_that_is_not_named);
    g_test_add_func("/ending/client-exit/not-seen-timer", timer_that_was_seen_before);
    g_test_add_func("/ending/server-exit/refuses", server_ends_all_and_refuses);
    g_test_add_func("/ending/server-exit/silent", server_ends_all_and_is_silent);
    g_test_add_func("/ending/server-reload/accepts", server_goes_on);
    g_test_add_func("/ending/server-reload/not-silent", nobody_asks_again);
    g_test_add_func("/ending/server-reload/not-if-another-lives", server_keeps_another);
    g_test_add_func("/ending/server-reload/not-a-timer", server_times_out_together);
    g_test_add_func("/ending/server-reload/not-after-answers", server_closes_after_answers);
    g_test_add_func("/ending/server-reload/not-a-timer-untold", server_times_out_together_untold);
    g_test_add_func("/ending/server-reload/among-others", server_goes_on_among_others);
    g_test_add_func("/ending/server-reload/not-if-another-lives-beside",
                    server_keeps_another_beside_a_short_one);
    g_test_add_func("/ending/server-reload/not-of-cut-heads", server_closes_what_was_cut);
    g_test_add_func("/ending/server-exit/not-one", server_ends_one_and_refuses);
    g_test_add_func("/ending/server-exit/not-announced", server_announced_it);
    return g_test_run();
}

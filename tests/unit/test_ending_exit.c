/* test_ending_exit.c
 * The end of a client's program: nothing of it follows. What looks like it is a timer, a close
 * after an answer, and a client that goes on elsewhere. DESIGN section 5, client-exit; the server's
 * is in test_ending_reload.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

/* An exchange that ends at @at; from then on it is idle. */
static trace_connection *open_idle(trace *t, const char *server, int64_t at)
{
    trace_connection *c = trace_open_to(t, server, 80, at - AT_MS(10));
    trace_exchange(c, at - AT_MS(5), at);
    return c;
}

/* ---- nothing of it follows ---- */

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

/* One with an answer that was not over, as another from before the capture is reset. */
static void group_with_one_of_before(void)
{
    for (int64_t apart = AT_MS(5); apart <= AT_MS(205); apart += AT_MS(200)) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = open_idle(t, "10.0.0.80", AT_MS(100));
        trace_request(one, AT_MS(110));
        trace_begin_answer(one, AT_MS(111), .rest = 5000);
        trace_rst(one, CLIENT, AT_MS(1500));
        trace_rst(trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 80), CLIENT,
                  AT_MS(1500) + apart);

        assert_cause(one, apart < AT_MS(100) ? "client-exit" : "body-undrained");
    }
}

/* ... or as its server resets that, or takes leave of it before its client resets it. */
static void group_with_one_that_the_server_left(void)
{
    for (int is_said = 0; is_said < 2; is_said++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = open_idle(t, "10.0.0.80", AT_MS(100));
        trace_connection *left = is_said ? tls_open(t, AT_MS(105), .has_keys = true)
                                         : trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 80);
        trace_request(one, AT_MS(110));
        trace_begin_answer(one, AT_MS(111), .rest = 5000);
        if (is_said) {
            trace_exchange(left, AT_MS(120), AT_MS(121));
            tls_close_notify(left, SERVER, AT_MS(1499));
        }
        trace_rst(one, CLIENT, AT_MS(1500));
        trace_rst(left, is_said ? CLIENT : SERVER, AT_MS(1505));

        assert_cause(one, "body-undrained");
    }
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

/* What is missing of the answer may have come just before the close. */
static void alone_after_what_was_lost_of_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .body = 5000, .rest = 4000);
    trace_lose(c, SERVER, 4000);
    trace_ack(c, CLIENT, AT_MS(900));
    trace_close(c, CLIENT, AT_MS(901));

    assert_cause(c, "client-close");
}

static trace_connection *cut_an_answer(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1));
    trace_begin_answer(c, at + AT_MS(2), .body = 90000, .rest = 80000);
    trace_ack(c, CLIENT, at + AT_MS(3));
    trace_rst(c, CLIENT, at + AT_MS(4));
    return c;
}

/* It cuts answers off as it goes; the last one was cut for the same reason, not by the program's
 * end. */
static void alone_in_an_answer_as_before(void)
{
    g_autoptr(trace) once = trace_new();
    g_autoptr(trace) again = trace_new();
    trace_connection *only = cut_an_answer(once, AT_S(1));
    cut_an_answer(again, AT_S(1));
    trace_connection *last = cut_an_answer(again, AT_S(2));

    assert_cause(only, "client-exit");
    assert_cause(last, "body-undrained");
}

static void alone_with_a_request_outstanding(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_rst(c, CLIENT, AT_S(2));

    assert_cause(c, "client-exit");
}

/* It cut an answer off before; of the last one nothing had come, and that was the program's end. */
static void alone_with_a_request_after_it_cut_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *cut = trace_open(t, AT_MS(0));
    trace_request(cut, AT_MS(1));
    trace_data(cut, SERVER, 64000, AT_MS(2));
    trace_rst(cut, CLIENT, AT_MS(3));
    trace_connection *c = trace_open(t, AT_S(1));
    trace_request(c, AT_S(1) + AT_MS(1));
    trace_close(c, CLIENT, AT_S(2));

    assert_cause(cut, "body-undrained");
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

/* The capture is over before it could be seen whether the third follows; that it stayed for longer than
 * the others took would say so, were it of their pool. */
static void group_at_the_end_of_the_capture(void)
{
    for (int is_own = 0; is_own < 2; is_own++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = open_idle(t, "10.0.0.80", AT_MS(100));
        trace_connection *two = open_idle(t, "10.0.0.81", AT_MS(200));
        open_idle(t, is_own ? "10.0.0.80" : "10.0.0.82", AT_MS(300));
        trace_close(one, CLIENT, AT_MS(1500));
        trace_close(two, CLIENT, AT_MS(1501));
        trace_exchange(trace_open_from(t, "10.0.0.2", AT_MS(1520)), AT_MS(1521), AT_MS(1522));

        assert_cause(one, is_own ? "client-close" : "client-exit");
        assert_cause(two, "client-exit");
    }
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

/* ---- a timer ---- */

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

/* ---- what it did on another connection ---- */

static void open_two(trace *t, trace_connection *c[2])
{
    c[0] = open_idle(t, "10.0.0.80", AT_MS(20));
    c[1] = open_idle(t, "10.0.0.80", AT_MS(40));
}

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
    trace_connection *c[2];
    open_two(t, c);

    assert_cause(end_two(c), "client-exit");
}

/* A dial is life as well, be it given up at once. */
static void it_dials_once_more(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    open_two(t, c);
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
    trace_connection *c[2];
    open_two(t, c);
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
    trace_connection *c[2];
    open_two(t, c);
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
    trace_connection *c[2];
    open_two(t, c);
    end_two(c);
    tls_data(last, CLIENT, 100, AT_S(1) + AT_MS(20));
    trace_close(last, CLIENT, AT_S(1) + AT_MS(50));

    assert_cause(c[0], "client-close");
}

static void it_takes_what_nobody_can_read(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *last = tls_open(t, AT_MS(0), .offers = "http/1.1");
    trace_connection *c[2];
    open_two(t, c);
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
    g_assert_cmpstr(hr_close_cause_token(c->model->seldom->tunnel->ending.cause), ==,
                    "client-close");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/client-exit/waits-after-cutting",
                    alone_with_a_request_after_it_cut_one);
    g_test_add_func("/ending/client-exit/group", group_ends_together);
    g_test_add_func("/ending/client-exit/100-ms", group_within_100_ms);
    g_test_add_func("/ending/client-exit/with-one-of-before", group_with_one_of_before);
    g_test_add_func("/ending/client-exit/with-one-left", group_with_one_that_the_server_left);
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
    g_test_add_func("/ending/client-exit/elsewhere/nothing-more", nothing_more);
    g_test_add_func("/ending/client-exit/elsewhere/dials", it_dials_once_more);
    g_test_add_func("/ending/client-exit/elsewhere/waits", it_waits_for_one_more_answer);
    g_test_add_func("/ending/client-exit/elsewhere/too-late", an_answer_comes_too_late);
    g_test_add_func("/ending/client-exit/elsewhere/opaque-request", it_sends_what_nobody_can_read);
    g_test_add_func("/ending/client-exit/elsewhere/opaque-answer", it_takes_what_nobody_can_read);
    g_test_add_func("/ending/client-exit/elsewhere/tunnel", tunnel_and_what_carries_it_are_one);
    g_test_add_func("/ending/client-exit/not-as-before", alone_in_an_answer_as_before);
    g_test_add_func("/ending/client-exit/not-after-what-was-lost",
                    alone_after_what_was_lost_of_an_answer);
    return g_test_run();
}

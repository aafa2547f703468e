/* test_lifetimes_numbers.c
 * Which ends, and which connections that did not end, speak for a limit of requests, and which
 * against it. DESIGN section 5, request-limit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_h2.h"

/* Seven answers; the server closes behind the last, or says so with it. */
static trace_connection *seven(trace *t, int64_t at, bool is_said)
{
    trace_connection *c = trace_open(t, at);
    at = trace_exchanges(c, 6, at + AT_MS(1));
    trace_request(c, at);
    trace_answer(c, at + AT_US(500), .connection = is_said ? "close" : NULL);
    trace_close(c, SERVER, at + AT_US(600));
    return c;
}

/* Of two others, that show it. */
static trace_connection *two_of_seven(trace *t, int64_t at)
{
    trace_connection *one = seven(t, at, false);

    seven(t, at + AT_MS(500), false);
    return one;
}

/* The client leaves right after the seventh: whether the server would have closed nobody sees. */
static void client_leaves_at_the_number(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = two_of_seven(t, AT_S(0));
    trace_connection *left = trace_open(t, AT_S(2));
    trace_close(left, CLIENT, trace_exchanges(left, 7, AT_S(2) + AT_MS(1)));

    assert_cause(one, "request-limit");
}

/* The capture ends with the seventh. */
static void capture_ends_at_the_number(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = two_of_seven(t, AT_S(0));
    trace_connection *left = trace_open(t, AT_S(2));
    const int64_t at = trace_exchanges(left, 7, AT_S(2) + AT_MS(1));
    trace_ack(left, CLIENT, at);

    assert_cause(one, "request-limit");
}

/* Two of HTTP/2 that the server ends with their third answers. A third one, whose answer still comes as
 * the capture ends, or that rests for a while before the server takes its leave. */
static void third_answer_of_another(bool is_over, const char *cause)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    for (unsigned i = 0; i < 3; i++) {
        const int64_t at = AT_S(i);
        c[i] = h2_open_plain(t, at, 0);
        h2_exchange(c[i], 1, at + AT_MS(10), at + AT_MS(11));
        h2_exchange(c[i], 3, at + AT_MS(20), at + AT_MS(21));
        h2_ask(c[i], 5, at + AT_MS(30));
        h2_answer(c[i], 5, at + AT_MS(31), .is_cut = i == 2 && !is_over);
        if (i < 2) {
            trace_close(c[i], SERVER, at + AT_US(31300));
        }
    }
    if (is_over) {
        h2_goaway(c[2], SERVER, 5, H2_NO_ERROR, AT_S(4));
        trace_close(c[2], SERVER, AT_S(4) + AT_MS(1));
    } else {
        h2_data(c[2], SERVER, 5, false, AT_S(4));
    }

    assert_cause(c[0], cause);
    assert_cause(c[1], cause);
}

static void capture_ends_within_an_answer(void)
{
    third_answer_of_another(false, "request-limit");
}

static void goaway_after_a_rest(void)
{
    third_answer_of_another(true, "server-close");
}

/* It went on after the seventh for seconds: until the client resets it, until its probe is heard, or
 * until the capture ends, in which others go on. */
static void one_stays_at_the_number(void)
{
    for (int how = 0; how < 3; how++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = two_of_seven(t, AT_S(0));
        trace_connection *stays = trace_open(t, AT_S(2));
        trace_exchanges(stays, 7, AT_S(2) + AT_MS(1));
        if (how == 0) {
            trace_rst(stays, CLIENT, AT_S(4));
        } else if (how == 1) {
            trace_probe(stays, CLIENT, AT_S(20));
            trace_ack(stays, SERVER, AT_S(20) + AT_US(100));
        } else {
            trace_open_used(t, AT_S(20));
        }

        assert_cause(one, "server-close");
    }
}

/* An eighth was asked, which is not in the capture, and answered as that ends. */
static void more_than_the_number_unseen(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = two_of_seven(t, AT_S(0));
    trace_connection *more = trace_open(t, AT_S(2));
    trace_answer_alone(more, trace_exchanges(more, 7, AT_S(2) + AT_MS(1)));

    assert_cause(one, "server-close");
}

/* How many one carried is not known: it may have been as many. */
static void end_at_a_number_unknown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *lost = trace_open(t, AT_S(0));
    trace_answer_alone(lost, AT_MS(1));
    trace_close(lost, SERVER, trace_exchanges(lost, 3, AT_MS(2)));
    trace_connection *one = two_of_seven(t, AT_S(1));

    g_assert_cmpint(trace_ending(lost)->cause, !=, HR_CLOSE_REQUEST_LIMIT);
    assert_cause(one, "request-limit");
}

/* The program ends: its latest connection with its second answer, another one with its seventh. */
static void latest_opened_ends_before_another(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = two_of_seven(t, AT_S(0));
    trace_connection *other = trace_open(t, AT_S(2));
    trace_exchanges(other, 6, AT_S(2) + AT_MS(1));
    trace_connection *latest = trace_open(t, AT_S(3));
    trace_close(latest, SERVER, trace_exchanges(latest, 2, AT_S(3) + AT_MS(1)));
    trace_close(other, SERVER, trace_exchanges(other, 1, AT_S(3) + AT_MS(500)));

    assert_cause(one, "request-limit");
}

/* A timer's end at another number is none of an answer. */
static void idle_end_at_another_number(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_S(0));
    const int64_t at = trace_exchanges(idle, 3, AT_MS(1)) - AT_US(500);
    trace_close(idle, SERVER, at + AT_MS(5001));
    trace_connection *one = two_of_seven(t, AT_S(10));

    assert_cause(idle, "server-idle-timeout");
    assert_cause(one, "request-limit");
}

/* Two within a moment, of which one says it: that is no act on all, whichever is first. */
static void one_of_two_at_once_says_it(void)
{
    for (int is_said_first = 0; is_said_first < 2; is_said_first++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *said = trace_open(t, AT_MS(0));
        trace_connection *unsaid = trace_open(t, AT_MS(1));
        trace_exchanges(said, 6, AT_MS(10));
        trace_exchanges(unsaid, 7, AT_MS(100)); /* the last is answered at 106.5 ms */
        trace_request(said, AT_MS(107));
        if (is_said_first) {
            trace_answer(said, AT_US(116450), .connection = "close");
            trace_fin(unsaid, SERVER, AT_US(116500));
        } else {
            trace_fin(unsaid, SERVER, AT_US(116500));
            trace_answer(said, AT_US(116550), .connection = "close");
        }
        trace_fin(unsaid, CLIENT, AT_US(116600));
        trace_close(said, SERVER, AT_US(116700));

        assert_cause(said, "request-limit");
        assert_cause(unsaid, "request-limit");
    }
}

/* The server resets behind the seventh, as it does with what else was sent: a limit as well. */
static void server_resets_at_the_number(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_open(t, AT_MS(500 * i));
        trace_rst(c[i], SERVER, trace_exchanges(c[i], 7, AT_MS(500 * i + 1)));
    }

    assert_cause(c[0], "request-limit");
    assert_closed_by(c[1], "server");
}

/* Three calls of a proxy on each of two; it ends them by a reset, for what it left unread, or by a
 * FIN, since the server sent more than the answer. */
static void client_has_to_end_at_a_number(void)
{
    for (int is_surplus = 0; is_surplus < 2; is_surplus++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2];
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_MS(500 * i);
            c[i] = trace_open(t, at);
            for (int k = 1; k <= 3; k++) {
                trace_request(c[i], at + AT_MS(2 * k), .is_relayed = true);
                trace_answer(c[i], at + AT_MS(2 * k + 1));
            }
            if (is_surplus) {
                trace_data(c[i], SERVER, 20, at + AT_US(7100));
                trace_close(c[i], CLIENT, at + AT_US(7200));
            } else {
                trace_rst(c[i], CLIENT, at + AT_US(7200));
            }
        }

        g_assert_cmpint(trace_ending(c[0])->cause, !=, HR_CLOSE_REQUEST_LIMIT);
        g_assert_cmpint(trace_ending(c[1])->cause, !=, HR_CLOSE_REQUEST_LIMIT);
    }
}

/* It says close with the second, and sends a third that was on its way. */
static void client_said_it_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_MS(500 * i);
        c[i] = trace_open(t, at);
        trace_exchange(c[i], at + AT_MS(1), at + AT_MS(2));
        trace_request(c[i], at + AT_MS(3), .connection = "close");
        trace_request(c[i], at + AT_MS(3));
        trace_answer(c[i], at + AT_MS(4));
        trace_answer(c[i], at + AT_MS(4));
        trace_close(c[i], CLIENT, at + AT_MS(5));
    }

    assert_cause(c[0], "client-close-header");
    assert_cause(c[1], "client-close-header");
}

/* nginx, keepalive_requests 1000: GOAWAY right behind the last answer, and the client closes when it
 * wants to. */
static void goaway_right_behind_the_last(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_plain(t, AT_S(0), 0);
    for (unsigned i = 0; i < 1000; i++) {
        h2_exchange(c, 1 + 2 * i, AT_MS(10 + 2 * i), AT_MS(11 + 2 * i));
    }
    h2_goaway(c, SERVER, 1999, H2_NO_ERROR, AT_US(2009100));
    trace_close(c, CLIENT, AT_S(4));

    assert_cause(c, "request-limit");
    g_assert_cmpuint(trace_ending(c)->limit, ==, 1000);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lifetimes/number/client-leaves", client_leaves_at_the_number);
    g_test_add_func("/lifetimes/number/capture-ends", capture_ends_at_the_number);
    g_test_add_func("/lifetimes/number/capture-ends-within", capture_ends_within_an_answer);
    g_test_add_func("/lifetimes/number/rests", goaway_after_a_rest);
    g_test_add_func("/lifetimes/number/stays", one_stays_at_the_number);
    g_test_add_func("/lifetimes/number/more-unseen", more_than_the_number_unseen);
    g_test_add_func("/lifetimes/number/unknown", end_at_a_number_unknown);
    g_test_add_func("/lifetimes/number/latest-ends-first", latest_opened_ends_before_another);
    g_test_add_func("/lifetimes/number/idle-end", idle_end_at_another_number);
    g_test_add_func("/lifetimes/number/one-says-it", one_of_two_at_once_says_it);
    g_test_add_func("/lifetimes/number/server-resets", server_resets_at_the_number);
    g_test_add_func("/lifetimes/number/client-has-to", client_has_to_end_at_a_number);
    g_test_add_func("/lifetimes/number/client-said-before", client_said_it_before);
    g_test_add_func("/lifetimes/number/goaway-behind", goaway_right_behind_the_last);
    return g_test_run();
}

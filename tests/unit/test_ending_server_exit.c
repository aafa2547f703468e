/* test_ending_server_exit.c
 * A server's program ends: it ends its connections at one instant, and then refuses or is silent.
 * DESIGN section 5, server-exit; one that is stopped under a request is in test_server_gone.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

static void server_ends_all_and_refuses(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_pair ended = trace_end_two(t);
    trace_refuse(t, AT_S(2));

    assert_cause(ended.one, "server-exit");
    assert_cause(ended.two, "server-exit");
    assert_closed_by(ended.one, "server");
    assert_certainty(ended.one, "likely");
}

static void server_ends_all_and_is_silent(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(200));
    trace_rst(one, SERVER, AT_MS(1500));
    trace_rst(two, SERVER, AT_MS(1501));
    trace_connection *three = trace_connect(t);
    trace_syn(three, AT_S(2));
    trace_syn(three, AT_S(3));
    trace_syn(three, AT_S(5));

    assert_cause(one, "server-exit");
}

/* Its clients let go of theirs only later: what answers them then is the kernel. */
static void clients_close_after_it_refused(void)
{
    enum {
        FIN_AND_ACK,
        FIN_AND_RESET,
        RESET_TWICE,
        WAYS
    };

    for (int way = FIN_AND_ACK; way < WAYS; way++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2] = {trace_idle_from(t, "10.0.0.1", AT_MS(100)),
                                  trace_idle_from(t, "10.0.0.2", AT_MS(200))};
        for (int i = 0; i < 2; i++) {
            (way == RESET_TWICE ? trace_rst : trace_fin)(c[i], SERVER, AT_MS(1500 + i));
            trace_ack(c[i], CLIENT, AT_MS(1500 + i));
        }
        trace_refuse(t, AT_S(2));
        for (int i = 0; i < 2; i++) {
            trace_fin(c[i], CLIENT, AT_S(4));
            (way == FIN_AND_ACK ? trace_ack : trace_rst)(c[i], SERVER, AT_S(4));
        }

        assert_cause(c[0], "server-exit");
        assert_cause(c[1], "server-exit");
    }
}

static void server_ends_one_and_refuses(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *other = trace_idle_from(t, "10.0.0.2", AT_MS(200)); /* its client does */
    trace_close(one, SERVER, AT_MS(1500));
    trace_close(other, CLIENT, AT_MS(1501));
    trace_refuse(t, AT_S(2));

    assert_cause(one, "server-close");
}

static void server_announced_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2] = {trace_idle_from(t, "10.0.0.1", AT_MS(0)),
                              trace_open_from(t, "10.0.0.2", AT_MS(1))};
    for (int i = 0; i < 2; i++) {
        trace_request(c[i], AT_MS(10 + i));
    }
    for (int i = 0; i < 2; i++) {
        trace_answer(c[i], AT_MS(20 + i), .connection = "close", .has_fin = true);
    }
    trace_refuse(t, AT_S(2));

    assert_cause(c[0], "server-close-header");
    assert_cause(c[1], "server-close-header");
}

/* It was down before, not after. */
static void refused_before_the_ends(void)
{
    g_autoptr(trace) t = trace_new();
    trace_refuse(t, AT_MS(0));
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(500));
    trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(600));
    trace_close(one, SERVER, AT_MS(2000));
    trace_close(two, SERVER, AT_MS(2050));

    assert_cause(one, "server-close");
}

/* It refuses one, and answers on another after that: it has not gone. */
static void refused_and_went_on(void)
{
    for (int is_asked_before = 0; is_asked_before < 2; is_asked_before++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *kept = trace_idle_from(t, "10.0.0.3", AT_MS(50));
        if (is_asked_before) {
            trace_request(kept, AT_MS(60));
        }
        const trace_pair ended = trace_end_two(t);
        trace_refuse(t, AT_S(2));
        if (!is_asked_before) {
            trace_request(kept, AT_S(3));
        }
        trace_answer(kept, AT_MS(3001));

        g_assert_cmpint(trace_ending(ended.one)->cause, !=, HR_CLOSE_SERVER_EXIT);
    }
}

/* It accepts others, or answers on one that it kept, and refuses only after that: what had ended
 * before did not end with its program. */
static void went_on_and_refused_later(void)
{
    enum {
        OPENED,
        ACCEPTED,
        KEPT,
        KEPT_HIDDEN,
        WAYS
    };
    static const tls_kind hidden = {.client = "10.0.0.3", .port = 80};

    for (int way = OPENED; way < WAYS; way++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *used = way == KEPT          ? trace_idle_from(t, "10.0.0.3", AT_MS(50))
                                 : way == KEPT_HIDDEN ? tls_open_with(t, AT_MS(50), &hidden)
                                                      : NULL;
        const trace_pair ended = trace_end_two(t);
        if (way <= ACCEPTED) {
            used = trace_open_from(t, "10.0.0.3", AT_S(2));
        }
        if (way == KEPT_HIDDEN) {
            tls_hidden_exchange(used, AT_S(3), AT_MS(3001));
        } else if (way != ACCEPTED) {
            trace_exchange(used, AT_S(3), AT_MS(3001));
        }
        trace_close(used, SERVER, AT_S(60));
        trace_refuse(t, AT_S(61));

        g_assert_cmpint(trace_ending(ended.one)->cause, !=, HR_CLOSE_SERVER_EXIT);
        g_assert_cmpint(trace_ending(ended.two)->cause, !=, HR_CLOSE_SERVER_EXIT);
    }
}

/* With the last answers of both, each of which carried another number. */
static void ends_right_after_answers_and_refuses(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(130));
    trace_exchange(one, AT_MS(140), AT_MS(141));
    trace_exchange(one, AT_MS(142), AT_MS(150));
    trace_exchange(two, AT_MS(151), AT_MS(152));
    trace_close(one, SERVER, AT_MS(155));
    trace_close(two, SERVER, AT_MS(156));
    trace_refuse(t, AT_S(1));

    assert_cause(one, "server-exit");
    assert_cause(two, "server-exit");
}

static void ends_one_after_its_answer_and_refuses(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_close(one, SERVER, AT_MS(101));
    trace_refuse(t, AT_S(1));

    assert_cause(one, "server-close");
}

/* A request that was under way is answered by a program that is being stopped. */
static void answers_what_was_under_way(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_idle_from(t, "10.0.0.3", AT_MS(50));
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(200));
    trace_request(busy, AT_S(1));
    trace_close(one, SERVER, AT_MS(1500));
    trace_close(two, SERVER, AT_MS(1501));
    trace_answer(busy, AT_S(3));
    trace_close(busy, SERVER, AT_MS(3001));
    trace_refuse(t, AT_S(4));

    assert_cause(one, "server-exit");
    assert_cause(two, "server-exit");
}

/* Both had been idle for a known timeout, 5 s, and nobody asked before it was stopped: they had
 * expired. What else ends with them does not expire. */
static void expired_before_it_refused(void)
{
    for (int is_used = 0; is_used < 2; is_used++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
        trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(110));
        trace_connection *busy = is_used ? trace_idle_from(t, "10.0.0.3", AT_MS(120)) : NULL;
        if (is_used) {
            trace_request(busy, AT_S(5));
            trace_ack(busy, SERVER, AT_S(5) + AT_MS(1));
        }
        trace_close(one, SERVER, AT_MS(5101));
        trace_close(two, SERVER, AT_MS(5111));
        if (is_used) {
            trace_rst(busy, SERVER, AT_MS(5112));
        }
        trace_refuse(t, AT_S(60));

        assert_cause(one, is_used ? "server-exit" : "server-idle-timeout");
        assert_cause(two, is_used ? "server-exit" : "server-idle-timeout");
    }
}

/* The capture ends before anybody knows whether the SYN is answered. One that is sent again is
 * not. */
static void dialled_as_the_capture_ends(void)
{
    for (int is_again = 0; is_again < 2; is_again++) {
        g_autoptr(trace) t = trace_new();
        const trace_pair ended = trace_end_two(t);
        trace_connection *dialled = trace_connect(t);
        trace_syn(dialled, AT_S(2));
        if (is_again) {
            trace_syn(dialled, AT_S(3));
        }

        assert_cause(ended.one, is_again ? "server-exit" : "server-close");
    }
}

/* One of the two had announced its end: that was no exit. */
static void one_end_was_announced(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *said = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *other = trace_idle_from(t, "10.0.0.2", AT_MS(200));
    trace_request(said, AT_MS(1490));
    trace_answer(said, AT_MS(1499), .connection = "close");
    trace_close(said, SERVER, AT_MS(1500));
    trace_close(other, SERVER, AT_MS(1501));
    trace_refuse(t, AT_S(2));

    assert_cause(other, "server-close");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/server-exit/refuses", server_ends_all_and_refuses);
    g_test_add_func("/ending/server-exit/silent", server_ends_all_and_is_silent);
    g_test_add_func("/ending/server-exit/late-clients", clients_close_after_it_refused);
    g_test_add_func("/ending/server-exit/not-one", server_ends_one_and_refuses);
    g_test_add_func("/ending/server-exit/not-announced", server_announced_it);
    g_test_add_func("/ending/server-exit/refused-before", refused_before_the_ends);
    g_test_add_func("/ending/server-exit/went-on", refused_and_went_on);
    g_test_add_func("/ending/server-exit/later", went_on_and_refused_later);
    g_test_add_func("/ending/server-exit/after-answers", ends_right_after_answers_and_refuses);
    g_test_add_func("/ending/server-exit/one-after-answer", ends_one_after_its_answer_and_refuses);
    g_test_add_func("/ending/server-exit/under-way", answers_what_was_under_way);
    g_test_add_func("/ending/server-exit/expired", expired_before_it_refused);
    g_test_add_func("/ending/server-exit/capture-end", dialled_as_the_capture_ends);
    g_test_add_func("/ending/server-exit/announced", one_end_was_announced);
    return g_test_run();
}

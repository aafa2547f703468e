/* test_fins.c
 * Which end was the first to leave: by what FINs acknowledge, where one is not in the capture, where
 * only one direction is, where times went back, where both hosts' clocks differ. DESIGN section 5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

static hr_side first_of(const trace_connection *c)
{
    return trace_ending(c)->first_fin;
}

/* ---- what is there ---- */

/* A reset that the other end does not heed; then both take leave. The first word counts. */
static void reset_before_the_fins(void)
{
    for (trace_side by = CLIENT; by <= SERVER; by++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open_used(t, AT_MS(0));
        trace_rst(c, by, AT_S(1));
        trace_close(c, trace_other_side(by), AT_S(1) + AT_MS(50));

        g_assert_cmpint(first_of(c), ==, by == CLIENT ? HR_SIDE_CLIENT : HR_SIDE_SERVER);
    }
}

/* ---- one direction ---- */

static trace_connection *to_the_server(trace *t)
{
    trace_connection *c = trace_connect(t);

    trace_syn(c, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(1));
    trace_request(c, AT_MS(2));
    trace_lose(c, SERVER, 420);
    trace_ack(c, CLIENT, AT_MS(10));
    return c;
}

/* The server's FIN is acknowledged after the client's own: it may have come before that. */
static void fin_of_who_is_not_heard(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = to_the_server(t);
    trace_fin(c, CLIENT, AT_S(4));
    trace_lose_fin(c, SERVER);
    trace_ack(c, CLIENT, AT_S(4) + AT_MS(50));

    g_assert_cmpint(first_of(c), ==, HR_SIDE_NONE);
}

/* ... and before any of the client's it is the first. */
static void fin_of_who_is_not_heard_alone(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = to_the_server(t);
    trace_lose_fin(c, SERVER);
    trace_ack(c, CLIENT, AT_S(4));

    g_assert_cmpint(first_of(c), ==, HR_SIDE_SERVER);
}

/* ---- times that went back ---- */

/* Both FINs, the second one's sender first in the file; what that acknowledges shows it. */
static void close_in_disorder(trace *t, trace_connection *c)
{
    trace_unsorted(t);
    trace_segment(c, SERVER, HR_TCP_FIN | HR_TCP_ACK, c->next[SERVER], c->next[CLIENT] + 1, 0,
                  AT_MS(606));
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, c->next[CLIENT], c->next[SERVER], 0,
                  AT_MS(605));
}

/* That is enough of HTTP/1 that had rested. In TLS and HTTP/2 a farewell may have been said before; and
 * an upload that is answered early does not rest. */
static void numbers_tell_of_what_rested(void)
{
    enum {
        RESTED,
        IN_TLS,
        IN_H2,
        UPLOADING,
        WAYS
    };

    for (int way = 0; way < WAYS; way++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = way == IN_TLS  ? tls_open(t, AT_MS(0), .has_keys = true)
                              : way == IN_H2 ? h2_open_plain(t, AT_MS(0), 0)
                                             : trace_open(t, AT_MS(0));
        if (way == IN_H2) {
            h2_exchange(c, 1, AT_MS(10), AT_MS(11));
        } else if (way == UPLOADING) {
            trace_begin(c, AT_MS(10), .method = "POST", .body = 9000, .rest = 8000);
            trace_answer(c, AT_MS(11));
        } else {
            trace_exchange(c, AT_MS(10), AT_MS(11));
        }
        trace_ack(c, CLIENT, AT_MS(12));
        close_in_disorder(t, c);

        g_assert_true(trace_ending(c)->is_in_disorder == (way != RESTED));
        g_assert_cmpint(first_of(c), ==, HR_SIDE_CLIENT);
    }
}

/* ---- clocks that differ ---- */

/* The server's clock is 3 ms behind: so late its SYN/ACK comes behind the client's ACK. */
static trace_connection *open_apart(trace *t, uint16_t port, int64_t at)
{
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", port);

    trace_syn(c, at);
    trace_ack(c, CLIENT, at + AT_US(100));
    trace_syn_ack(c, at + AT_US(100) + AT_MS(3));
    return c;
}

/* An answer that was long in coming, and a close as soon after it as that, or much later: of what can be
 * read in the clear, of HTTP/2, and of what nobody reads. */
static void close_after_a_long_answer(void)
{
    enum {
        CLEAR,
        H2,
        HIDDEN,
        WAYS
    };
    const tls_kind how = {.agrees = "http/1.1"};

    for (int way = 0; way < 2 * WAYS; way++) {
        const bool is_soon = way < WAYS;
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_apart(t, way % WAYS == HIDDEN ? 443 : 80, AT_MS(0));
        if (way % WAYS == HIDDEN) {
            tls_handshake(c, AT_MS(50), &how);
            tls_hidden_exchange(c, AT_S(1), AT_S(2));
        } else if (way % WAYS == H2) {
            h2_prefaces(c, 0, AT_MS(50));
            h2_exchange(c, 1, AT_S(1), AT_S(2));
        } else {
            trace_exchange(c, AT_S(1), AT_S(2));
        }
        trace_close(c, CLIENT, AT_S(2) + (is_soon ? AT_MS(2) : AT_MS(500)));

        g_assert_true(trace_ending(c)->is_in_disorder == is_soon);
    }
}

/* ... and of HTTP/2 whatever else its server said, which may have been a GOAWAY. */
static void close_after_another_word(void)
{
    for (int is_soon = 0; is_soon < 2; is_soon++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_apart(t, 80, AT_MS(0));
        h2_prefaces(c, 0, AT_MS(50));
        h2_exchange(c, 1, AT_S(1), AT_S(2));
        h2_other_frame(c, SERVER, AT_S(4));
        trace_close(c, CLIENT, AT_S(4) + (is_soon ? AT_MS(2) : AT_MS(500)));

        g_assert_true(trace_ending(c)->is_in_disorder == is_soon);
    }
}

/* Others tell of the clocks, and this one was open before the capture: when its records were sent nobody
 * noted; of what can be read that is known. One that stays open has no end that could lie elsewhere. */
static void close_of_hosts_known_from_others(void)
{
    enum {
        CLEAR,
        HIDDEN,
        OPEN,
        WAYS
    };

    for (int way = 0; way < WAYS; way++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c =
            trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", way == CLEAR ? 80 : 443);
        if (way == CLEAR) {
            trace_exchange(c, AT_S(1), AT_S(2));
        } else {
            tls_hidden_exchange(c, AT_S(1), AT_S(2));
        }
        if (way != OPEN) {
            trace_close(c, CLIENT, AT_S(3));
        }
        for (int i = 0; i < 3; i++) {
            trace_exchange(open_apart(t, 80, AT_S(5 + 3 * i)), AT_S(6 + 3 * i), AT_S(7 + 3 * i));
        }

        g_assert_true(trace_ending(c)->is_in_disorder == (way == HIDDEN));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fins/reset", reset_before_the_fins);
    g_test_add_func("/fins/one-way", fin_of_who_is_not_heard);
    g_test_add_func("/fins/one-way/alone", fin_of_who_is_not_heard_alone);
    g_test_add_func("/fins/disorder", numbers_tell_of_what_rested);
    g_test_add_func("/fins/apart", close_after_a_long_answer);
    g_test_add_func("/fins/apart/another-word", close_after_another_word);
    g_test_add_func("/fins/apart/others", close_of_hosts_known_from_others);
    return g_test_run();
}

/* test_lost_end.c
 * Who ended a connection, where few packets of its end are in the capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

enum {
    REQUEST = TRACE_REQUEST_HEADER,
};

static trace_connection *rested(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(2));
    return c;
}

/* One packet counts its sender's FIN, and acknowledges the other's: neither is in the capture. */
static void both_fins_in_one_packet(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = rested(t);
    trace_segment(c, SERVER, HR_TCP_ACK, c->next[SERVER] + 1, c->next[CLIENT] + 1, 0, AT_S(10));

    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_NONE);
    assert_cause(c, "unknown");
}

/* It is a FIN or a reset itself: what it acknowledges came before. */
static void end_that_acknowledges_a_lost_fin(void)
{
    for (int i = 0; i < 4; i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = rested(t);
        const trace_side from = i % 2 == 0 ? CLIENT : SERVER;
        trace_segment(c, from, (i < 2 ? HR_TCP_FIN : HR_TCP_RST) | HR_TCP_ACK, c->next[from],
                      c->next[trace_other_side(from)] + 1, 0, AT_S(1));

        g_assert_cmpint(trace_ending(c)->first_fin, ==,
                        from == CLIENT ? HR_SIDE_SERVER : HR_SIDE_CLIENT);
    }
}

/* Bytes of the client are missing, and one number more: the packet that proves the server's FIN may
 * hide the client's. */
static void fin_behind_lost_bytes(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = rested(t);
        if (is_lost) {
            trace_lose(c, CLIENT, REQUEST);
            trace_answer(c, AT_MS(11));
            c->next[CLIENT]++;
        } else {
            trace_exchange(c, AT_MS(10), AT_MS(11));
        }
        trace_segment(c, CLIENT, HR_TCP_ACK, c->next[CLIENT], c->next[SERVER] + 1, 0, AT_S(2));

        g_assert_cmpint(trace_ending(c)->first_fin, ==, is_lost ? HR_SIDE_NONE : HR_SIDE_SERVER);
    }
}

/* A reset tells by its number that bytes were sent, or that none were. */
static void reset_behind_lost_bytes(void)
{
    for (int is_used = 0; is_used < 2; is_used++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_connect(t);
        trace_syn(c, AT_MS(0));
        trace_syn_ack(c, AT_MS(1));
        trace_exchange(trace_open(t, AT_MS(2)), AT_MS(3), AT_MS(4));
        trace_segment(c, CLIENT, HR_TCP_RST, c->next[CLIENT] + (is_used ? REQUEST + 1 : 0), 0, 0,
                      AT_MS(10));
        assert_cause(c, is_used ? "client-close" : "unused");
    }
}

/* The last record of the client has an alert's length, and of the server's the last is missing: that
 * may have been its alert, and come before. */
static void alert_beside_a_lost_record(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = tls_open(t, AT_MS(0));
        tls_hidden_exchange(c, AT_MS(10), AT_MS(20));
        if (is_lost) {
            trace_lose(c, SERVER, 24);
        }
        tls_hidden_alert_13(c, CLIENT, AT_MS(30));
        trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER] + 1, 0, 0, AT_MS(31));

        g_assert_cmpint(trace_ending(c)->by, ==, is_lost ? HR_SIDE_NONE : HR_SIDE_CLIENT);
    }
}

/* What is missing lies before what the server said last: its alert it was not. */
static void alert_beside_a_record_lost_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0));
    tls_data(c, CLIENT, 200, AT_MS(10));
    trace_lose(c, SERVER, 400);
    tls_data(c, SERVER, 800, AT_MS(20));
    tls_hidden_alert_13(c, CLIENT, AT_MS(30));
    trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, AT_MS(31));

    g_assert_cmpint(trace_ending(c)->by, ==, HR_SIDE_CLIENT);
}

/* The server's FIN is not in the capture, its client's ACK proves it. What that FIN acknowledged nobody saw:
 * only a request that it never acknowledged was sent in vain. */
static void request_before_a_lost_fin(void)
{
    for (int is_taken = 0; is_taken < 2; is_taken++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(200));
        const uint32_t taken = c->received[SERVER];
        trace_lose_fin(c, SERVER);
        trace_ack(c, CLIENT, AT_MS(205));
        if (is_taken) {
            trace_ack(c, SERVER, AT_MS(240));
        } else {
            trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], taken, 0, AT_MS(240));
        }

        assert_cause(c, is_taken ? "request-aborted" : "stale-race");
    }
}

/* Both FINs are lost, and one packet of the server's tells of them, which has sent nothing else: who was
 * first nobody knows, nor that a request was given up. */
static void both_fins_of_a_server_without_a_word(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(20));
        if (is_lost) {
            trace_lose_fin(c, SERVER);
        }
        trace_lose_fin(c, CLIENT);
        trace_ack(c, SERVER, AT_MS(30));
        trace_exchange(trace_open(t, AT_S(5)), AT_S(6), AT_S(7)); /* the program goes on */

        assert_cause(c, is_lost ? "unknown" : "request-cancelled");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lost-end/fins/one-packet", both_fins_in_one_packet);
    g_test_add_func("/lost-end/fins/acknowledged", end_that_acknowledges_a_lost_fin);
    g_test_add_func("/lost-end/fins/lost-bytes", fin_behind_lost_bytes);
    g_test_add_func("/lost-end/reset", reset_behind_lost_bytes);
    g_test_add_func("/lost-end/alert/last", alert_beside_a_lost_record);
    g_test_add_func("/lost-end/alert/before", alert_beside_a_record_lost_before);
    g_test_add_func("/lost-end/fins/request", request_before_a_lost_fin);
    g_test_add_func("/lost-end/fins/without-a-word", both_fins_of_a_server_without_a_word);

    return g_test_run();
}

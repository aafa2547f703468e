/* test_openings_more.c
 * Why a connection was opened, where more than one beside it could be the reason, or none of which all was
 * seen. DESIGN section 4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_quic.h"

/* ---- dials that nobody answered ---- */

/* QUIC asks again after other times than TCP: whether its client still waits is not known by these. */
static void a_dial_over_udp_may_go_on(void)
{
    g_autoptr(trace) t = trace_new();
    quic_begin(t, 0, AT_MS(0));
    hr_connection *second = quic_open_with_keys(t, 1, AT_S(9));
    quic_exchange(t, second, 0, AT_S(10));

    trace_analysis(t);
    g_assert_cmpint(hr_connection_opening(second)->why, !=, HR_WHY_FIRST_CONTACT);
}

/* Of its packets the client's alone are there, and it was accepted, as its ACK says. */
static void a_dial_that_was_accepted_out_of_sight(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_connect(t);
        trace_syn(c, AT_S(9 * i));
        c->received[CLIENT] = TRACE_SERVER_ISN + 1;
        trace_ack(c, CLIENT, AT_S(9 * i) + AT_US(200));
        if (i == 1) {
            trace_request(c, AT_S(9) + AT_MS(1));
            trace_analysis(t);
            g_assert_cmpint(trace_opening(c)->why, !=, HR_WHY_FIRST_CONTACT);
        }
    }
}

/* ---- bodies that were lost ---- */

/* Of a body in chunks the rest is not in the capture. Where it was the idle one's, another request may
 * have been in it; where it is the new one's, it was asked first all the same. */
static void chunks_that_are_lost(void)
{
    for (int is_own = 0; is_own < 2; is_own++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2];
        for (int i = 0; i < 2; i++) {
            c[i] = trace_open(t, AT_S(i));
            const bool is_lost = i == is_own;
            trace_request(c[i], AT_S(i) + AT_MS(1), .method = "POST", .body = 500,
                          .rest = is_lost ? 300 : 0, .is_chunked = is_lost);
            if (is_lost) {
                trace_lose(c[i], CLIENT, 300);
            }
            trace_answer(c[i], AT_S(i) + AT_MS(2));
            trace_ack(c[i], CLIENT, AT_S(i) + AT_MS(3));
        }
        trace_exchange(c[0], AT_S(5), AT_S(5) + AT_MS(1));

        trace_analysis(t);
        g_assert_cmpint(trace_opening(c[1])->why, ==, is_own ? HR_WHY_IDLE_AVAILABLE : HR_WHY_NONE);
    }
}

/* ---- names ---- */

/* Two names at one address: the one that became idle just now is of the other, and says nothing of the
 * one that had been there for long. */
static void the_other_names_idle_one_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *a = trace_open(t, AT_MS(0));
    trace_request(a, AT_MS(1), .host = "a.example");
    trace_connection *b = trace_open(t, AT_MS(2));
    trace_request(b, AT_MS(3), .host = "b.example");
    trace_answer(b, AT_MS(10));
    trace_ack(b, CLIENT, AT_MS(10));
    trace_answer(a, AT_US(100050));
    trace_ack(a, CLIENT, AT_US(100050));
    trace_connection *c[2] = {trace_connect(t), trace_connect(t)};
    for (int i = 0; i < 2; i++) {
        trace_syn(c[i], AT_US(100100 + 10 * i));
    }
    for (int i = 0; i < 2; i++) {
        trace_syn_ack(c[i], AT_US(100200 + 10 * i));
        trace_ack(c[i], CLIENT, AT_US(100205 + 10 * i));
    }
    for (int i = 0; i < 2; i++) {
        trace_request(c[i], AT_US(100400 + 10 * i), .host = "b.example");
    }
    for (int i = 0; i < 2; i++) {
        trace_answer(c[i], AT_MS(110 + i));
    }

    assert_opened(c[0], "idle-available", b);
}

/* ---- which of two ---- */

/* Both had begun before the capture: the latest explains. */
static void the_latest_that_began_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *late[2] = {trace_connect(t), trace_connect(t)};
    for (int i = 0; i < 2; i++) {
        trace_lose(late[i], CLIENT, TRACE_REQUEST_HEADER);
        trace_data(late[i], SERVER, 100, AT_MS(i + 1));
    }
    for (int i = 0; i < 2; i++) {
        trace_request(late[i], AT_S(5 + i));
    }
    trace_connection *c = trace_open(t, AT_S(7));
    trace_exchange(c, AT_S(7) + AT_MS(1), AT_S(7) + AT_MS(2));
    for (int i = 0; i < 2; i++) {
        trace_answer(late[i], AT_S(8 + i));
    }

    g_assert_cmpint(trace_opening(c)->why, !=, HR_WHY_FIRST_CONTACT);
    g_assert_true(trace_opening(c)->connection == late[1]->model);
}

/* Both close between its SYN and its request. One of them was busy as it was opened, and closed first. */
static void busy_at_the_syn_and_closed_since(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open(t, AT_MS(0));
    trace_connection *idle = trace_open(t, AT_MS(1));
    trace_exchange(idle, AT_MS(10), AT_MS(11));
    trace_ack(idle, CLIENT, AT_MS(11));
    trace_request(busy, AT_MS(50));
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(100));
    trace_answer(busy, AT_MS(110));
    trace_close(busy, SERVER, AT_MS(115));
    trace_close(idle, SERVER, AT_MS(120));
    trace_syn_ack(c, AT_MS(130));
    trace_ack(c, CLIENT, AT_MS(131));
    trace_exchange(c, AT_MS(200), AT_MS(201));

    assert_opened(c, "all-busy", busy);
}

/* ---- ports that are taken again ---- */

/* The client's host has lost one when it takes its port again: not before. */
static void lost_after_the_opening(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_connect_between(t, "10.0.0.1", 4000, "10.0.0.80", 80);
    trace_syn(idle, AT_MS(0));
    trace_syn_ack(idle, AT_US(100));
    trace_ack(idle, CLIENT, AT_US(200));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_ack(idle, CLIENT, AT_MS(3));
    trace_connection *c = trace_open(t, AT_S(1));
    trace_exchange(c, AT_S(1) + AT_MS(1), AT_S(1) + AT_MS(2));
    trace_exchange(c, AT_S(2) + AT_MS(1), AT_S(2) + AT_MS(2));
    trace_connection *again = trace_connect_between(t, "10.0.0.1", 4000, "10.0.0.80", 80);
    again->next[CLIENT] = 900000;
    again->next[SERVER] = 990000;
    trace_syn(again, AT_S(60));
    trace_syn_ack(again, AT_S(60) + AT_US(100));
    trace_ack(again, CLIENT, AT_S(60) + AT_US(200));
    trace_exchange(again, AT_S(60) + AT_MS(1), AT_S(60) + AT_MS(2));

    assert_opened(c, "idle-available", idle);
    g_assert_true(idle->model != again->model);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/openings/more/udp", a_dial_over_udp_may_go_on);
    g_test_add_func("/openings/more/accepted", a_dial_that_was_accepted_out_of_sight);
    g_test_add_func("/openings/more/chunks", chunks_that_are_lost);
    g_test_add_func("/openings/more/names", the_other_names_idle_one_is_none);
    g_test_add_func("/openings/more/late", the_latest_that_began_before);
    g_test_add_func("/openings/more/busy-since", busy_at_the_syn_and_closed_since);
    g_test_add_func("/openings/more/lost-later", lost_after_the_opening);
    return g_test_run();
}

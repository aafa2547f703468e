/* test_destinations.c
 * How many of its ports a client spends on one server: while connections are open, and for a
 * minute more where it keeps TIME_WAIT (RFC 9293 section 3.6; 60 s on Linux). Ports run out for
 * each client address, server address and port by itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

static const hr_destination_peak *ports(trace *t)
{
    return &trace_totals(t)->ports_peak;
}

static void one_call(trace *t, const char *client, const char *server, trace_side closes,
                     int64_t at)
{
    trace_connection *c = trace_connect_between(t, client, 0, server, 80);
    trace_syn(c, at);
    trace_syn_ack(c, at + AT_US(100));
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    trace_close(c, closes, at + AT_MS(3));
}

static void open_connections_take_a_port_each(void)
{
    g_autoptr(trace) t = trace_new();
    trace_open(t, AT_MS(0));
    trace_open(t, AT_MS(10));
    trace_connection *c = trace_open(t, AT_MS(20));
    trace_exchange(c, AT_MS(21), AT_MS(22));

    g_assert_cmpuint(ports(t)->count, ==, 3);
    g_assert_cmpint(ports(t)->at_ns, ==, AT_MS(20));
    g_assert_cmpstr(ports(t)->client_address, ==, "10.0.0.1");
    g_assert_cmpstr(ports(t)->server.address, ==, "10.0.0.80");
    g_assert_cmpuint(ports(t)->server.port, ==, 80);
}

static void time_wait_keeps_the_port_for_a_minute(void)
{
    g_autoptr(trace) t = trace_new();
    one_call(t, "10.0.0.1", "10.0.0.80", CLIENT, AT_S(0));
    one_call(t, "10.0.0.1", "10.0.0.80", CLIENT, AT_S(30));
    one_call(t, "10.0.0.1", "10.0.0.80", CLIENT, AT_S(61));

    g_assert_cmpuint(ports(t)->count, ==, 2);
    g_assert_cmpint(ports(t)->at_ns, ==, AT_S(30));
}

static void what_the_server_closes_is_free_at_once(void)
{
    g_autoptr(trace) t = trace_new();
    one_call(t, "10.0.0.1", "10.0.0.80", SERVER, AT_S(0));
    one_call(t, "10.0.0.1", "10.0.0.80", SERVER, AT_S(1));

    g_assert_cmpuint(ports(t)->count, ==, 1);
}

static void reset_frees_the_port(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_S(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_rst(c, CLIENT, AT_MS(3));
    one_call(t, "10.0.0.1", "10.0.0.80", SERVER, AT_S(1));

    g_assert_cmpuint(ports(t)->count, ==, 1);
}

static void each_destination_has_ports_of_its_own(void)
{
    g_autoptr(trace) t = trace_new();
    one_call(t, "10.0.0.1", "10.0.0.80", CLIENT, AT_S(0));
    one_call(t, "10.0.0.1", "10.0.0.81", CLIENT, AT_S(1));
    one_call(t, "10.0.0.2", "10.0.0.81", CLIENT, AT_S(2));
    one_call(t, "10.0.0.1", "10.0.0.81", CLIENT, AT_S(3));

    g_assert_cmpuint(trace_totals(t)->time_wait_client, ==, 4);
    g_assert_cmpuint(ports(t)->count, ==, 2);
    g_assert_cmpstr(ports(t)->client_address, ==, "10.0.0.1");
    g_assert_cmpstr(ports(t)->server.address, ==, "10.0.0.81");
    g_assert_cmpint(ports(t)->at_ns, ==, AT_S(3));
}

/* Linux' tcp_tw_reuse: a port in TIME_WAIT is taken again. */
static void same_port_again_is_one_port(void)
{
    g_autoptr(trace) t = trace_new();
    for (int64_t i = 0; i < 3; i++) {
        trace_connection *c = trace_connect_between(t, "10.0.0.1", 40000, "10.0.0.80", 80);
        trace_syn(c, AT_S(i));
        trace_syn_ack(c, AT_S(i) + AT_US(100));
        trace_exchange(c, AT_S(i) + AT_MS(1), AT_S(i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(3));
    }

    g_assert_cmpuint(ports(t)->count, ==, 1);
}

/* Its use before was over when it is taken again: another one had it to itself between. */
static void same_port_again_was_free_between(void)
{
    g_autoptr(trace) t = trace_new();
    for (int64_t i = 0; i < 3; i++) {
        trace_connection *c =
            trace_connect_between(t, "10.0.0.1", i == 1 ? 40001 : 40000, "10.0.0.80", 80);
        trace_syn(c, AT_S(5 * i));
        trace_syn_ack(c, AT_S(5 * i) + AT_US(100));
        trace_exchange(c, AT_S(5 * i) + AT_MS(1), AT_S(5 * i) + AT_MS(2));
        trace_close(c, SERVER, AT_S(5 * i) + AT_MS(3));
    }

    g_assert_cmpuint(ports(t)->count, ==, 1);
}

/* Half closed for 30 s: the port is free, or in TIME_WAIT, from the other side's FIN on. */
static void half_closed_keeps_the_port(void)
{
    for (int first = CLIENT; first <= SERVER; first++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_S(0));
        trace_exchange(c, AT_MS(1), AT_MS(2));
        trace_fin(c, (trace_side)first, AT_MS(3));
        trace_ack(c, trace_other_side((trace_side)first), AT_MS(3));
        if (first == CLIENT) {
            trace_fin(c, SERVER, AT_S(30));
            trace_ack(c, CLIENT, AT_S(30));
            one_call(t, "10.0.0.1", "10.0.0.80", SERVER, AT_S(70));
        } else {
            one_call(t, "10.0.0.1", "10.0.0.80", SERVER, AT_S(20));
            trace_fin(c, CLIENT, AT_S(30));
            trace_ack(c, SERVER, AT_S(30));
        }

        g_assert_cmpuint(ports(t)->count, ==, 2);
    }
}

/* The capture's clock ticks once a second, so that one is reset as it is opened. */
static void opened_and_reset_in_one_tick(void)
{
    g_autoptr(trace) t = trace_new();
    trace_ticks(t, AT_S(1));
    trace_connection *c = trace_open(t, AT_MS(10));
    trace_exchange(c, AT_MS(11), AT_MS(12));
    trace_rst(c, CLIENT, AT_MS(13));

    g_assert_cmpuint(ports(t)->count, ==, 1);
}

/* What was open before the capture was opened at no time that is known. */
static void opened_before_the_capture(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_connect(t);
        trace_exchange(c, AT_MS(10 * i + 1), AT_MS(10 * i + 2));
    }

    g_assert_cmpuint(ports(t)->count, ==, 3);
    g_assert_cmpuint(trace_totals(t)->openings_peak.count, ==, 0);
}

/* In a file without order one ends before it begins, which takes no other's port away. */
static void ends_before_it_begins(void)
{
    g_autoptr(trace) t = trace_new();
    trace_unsorted(t);
    trace_connection *c = trace_open(t, AT_S(10));
    trace_exchange(c, AT_S(10), AT_S(10));
    trace_rst(c, CLIENT, AT_S(5));
    for (int i = 0; i < 2; i++) {
        trace_connection *beside = trace_open(t, AT_S(6 + i));
        trace_exchange(beside, AT_S(7) + AT_MS(10 + i), AT_S(7) + AT_MS(20 + i));
        trace_rst(beside, CLIENT, AT_S(8 + i));
    }

    g_assert_cmpuint(ports(t)->count, ==, 2);
    g_assert_cmpint(ports(t)->at_ns, ==, AT_S(7));
}

static void fastest_second_of_a_destination(void)
{
    g_autoptr(trace) t = trace_new();
    one_call(t, "10.0.0.1", "10.0.0.80", SERVER, AT_S(0));
    one_call(t, "10.0.0.1", "10.0.0.80", SERVER, AT_MS(5000));
    one_call(t, "10.0.0.1", "10.0.0.80", SERVER, AT_MS(5500));
    one_call(t, "10.0.0.1", "10.0.0.80", SERVER, AT_MS(5900));
    one_call(t, "10.0.0.1", "10.0.0.80", SERVER, AT_MS(6000));
    const hr_destination_peak *fastest = &trace_totals(t)->openings_peak;

    g_assert_cmpuint(fastest->count, ==, 3);
    g_assert_cmpint(fastest->at_ns, ==, AT_S(5));
    g_assert_cmpstr(fastest->server.address, ==, "10.0.0.80");
}

static void without_connections_there_is_no_peak(void)
{
    g_autoptr(trace) t = trace_new();

    g_assert_cmpuint(ports(t)->count, ==, 0);
    g_assert_cmpint(ports(t)->at_ns, ==, HR_TIME_NONE);
    g_assert_cmpuint(trace_totals(t)->openings_peak.count, ==, 0);
}

/* 28232 ports in 60 s are "about 470 new connections a second to one destination" (ip-sysctl). */
static void limits_are_those_of_linux(void)
{
    g_assert_cmpint(HR_EPHEMERAL_PORTS, ==, 60999 - 32768 + 1);
    g_assert_cmpint(HR_EPHEMERAL_PORTS_PER_S, ==, 470);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/destinations/open", open_connections_take_a_port_each);
    g_test_add_func("/destinations/time-wait", time_wait_keeps_the_port_for_a_minute);
    g_test_add_func("/destinations/server-closes", what_the_server_closes_is_free_at_once);
    g_test_add_func("/destinations/reset", reset_frees_the_port);
    g_test_add_func("/destinations/apart", each_destination_has_ports_of_its_own);
    g_test_add_func("/destinations/port-again", same_port_again_is_one_port);
    g_test_add_func("/destinations/port-between", same_port_again_was_free_between);
    g_test_add_func("/destinations/half-closed", half_closed_keeps_the_port);
    g_test_add_func("/destinations/tick", opened_and_reset_in_one_tick);
    g_test_add_func("/destinations/before", opened_before_the_capture);
    g_test_add_func("/destinations/unsorted", ends_before_it_begins);
    g_test_add_func("/destinations/rate", fastest_second_of_a_destination);
    g_test_add_func("/destinations/none", without_connections_there_is_no_peak);
    g_test_add_func("/destinations/limits", limits_are_those_of_linux);
    return g_test_run();
}

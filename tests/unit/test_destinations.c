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
    g_test_add_func("/destinations/rate", fastest_second_of_a_destination);
    g_test_add_func("/destinations/none", without_connections_there_is_no_peak);
    g_test_add_func("/destinations/limits", limits_are_those_of_linux);
    return g_test_run();
}

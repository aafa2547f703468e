/* test_time_wait.c
 * Whose socket stays in TIME_WAIT, and how many of them `netstat` would have shown. RFC 9293
 * section 3.6: the side whose FIN came first, unless an RST ends the connection sooner.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

static void who_closes_first_waits(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *by_client = trace_open(t, AT_MS(0));
    trace_exchange(by_client, AT_MS(1), AT_MS(2));
    trace_close(by_client, CLIENT, AT_MS(3));
    trace_connection *by_server = trace_open(t, AT_MS(10));
    trace_exchange(by_server, AT_MS(11), AT_MS(12));
    trace_close(by_server, SERVER, AT_MS(13));

    assert_time_wait(by_client, "client");
    assert_time_wait(by_server, "server");
}

static void last_ack_may_be_missing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_fin(c, CLIENT, AT_MS(3));
    trace_fin(c, SERVER, AT_MS(4));

    assert_time_wait(c, "client");
}

static void open_ones_wait_for_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));

    assert_time_wait(c, NULL);
}

static void half_closed_ones_do_not_wait(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_fin(c, SERVER, AT_MS(3));
    trace_ack(c, CLIENT, AT_MS(3));

    assert_time_wait(c, NULL);
}

static void reset_instead_of_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_rst(c, CLIENT, AT_MS(3));

    assert_time_wait(c, NULL);
}

static void reset_answers_the_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_fin(c, SERVER, AT_MS(3));
    trace_rst(c, CLIENT, AT_MS(4));

    assert_time_wait(c, NULL);
}

static void reset_before_both_fins_are_acknowledged(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_fin(c, CLIENT, AT_MS(3));
    trace_fin(c, SERVER, AT_MS(4));
    trace_rst(c, CLIENT, AT_MS(5));

    assert_time_wait(c, NULL);
}

static void reset_after_both_fins_are_acknowledged(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_close(c, CLIENT, AT_MS(3));
    trace_rst(c, SERVER, AT_MS(5));

    assert_time_wait(c, "client");
}

static void crossing_fins(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    c->is_deaf[SERVER] = true; /* the client's FIN is still on its way */
    trace_fin(c, CLIENT, AT_MS(3));
    trace_fin(c, SERVER, AT_MS(3));
    trace_ack(c, CLIENT, AT_MS(4));
    c->received[SERVER] = c->next[CLIENT];
    trace_ack(c, SERVER, AT_MS(4));

    assert_time_wait(c, "both");
}

/* The answer to the client's FIN was captured before it. */
static void later_fin_is_captured_first(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    const uint32_t seq = c->next[CLIENT];
    c->received[SERVER] = seq + 1;
    trace_fin(c, SERVER, AT_MS(3));
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, seq, c->next[SERVER] - 1, 0, AT_MS(4));
    trace_segment(c, CLIENT, HR_TCP_ACK, seq + 1, c->next[SERVER], 0, AT_MS(5));

    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_CLIENT);
    assert_time_wait(c, "client");
}

/* It may have crossed the client's. */
static void later_fin_is_not_captured(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_fin(c, CLIENT, AT_MS(3));
    trace_lose_fin(c, SERVER);
    trace_ack(c, CLIENT, AT_MS(4));

    assert_time_wait(c, NULL);
}

static void repeated_fins_change_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_fin(c, CLIENT, AT_MS(3));
    const uint32_t seq = c->next[CLIENT] - 1;
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, seq, c->received[CLIENT], 0, AT_MS(203));
    trace_fin(c, SERVER, AT_MS(204));
    trace_ack(c, CLIENT, AT_MS(204));

    g_assert_cmpint(hr_connection_client(c->model)->fin.ns, ==, AT_MS(3));
    assert_time_wait(c, "client");
}

static void fin_with_the_last_data(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .connection = "close", .has_fin = true);
    trace_fin(c, CLIENT, AT_MS(3));
    trace_ack(c, SERVER, AT_MS(4));

    assert_time_wait(c, "server");
}

static void fin_that_only_the_ack_shows(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_lose_fin(c, SERVER);
    trace_ack(c, CLIENT, AT_MS(3));
    trace_fin(c, CLIENT, AT_MS(4));
    trace_ack(c, SERVER, AT_MS(5));

    assert_time_wait(c, "server");
}

/* ---- what netstat shows at its worst: 60 s each ---- */

static void close_one(trace *t, trace_side first, int64_t at)
{
    trace_connection *c = trace_open(t, at - AT_MS(500));
    trace_exchange(c, at - AT_MS(400), at - AT_MS(300));
    trace_close(c, first, at);
}

static void peak_counts_those_of_a_minute(void)
{
    g_autoptr(trace) t = trace_new();
    close_one(t, CLIENT, AT_S(1));
    close_one(t, CLIENT, AT_S(20));
    close_one(t, CLIENT, AT_S(40));

    g_assert_cmpuint(trace_totals(t)->time_wait_client, ==, 3);
    g_assert_cmpuint(trace_totals(t)->time_wait_server, ==, 0);
}

static void peak_forgets_those_of_before(void)
{
    g_autoptr(trace) t = trace_new();
    close_one(t, CLIENT, AT_S(1));
    close_one(t, CLIENT, AT_S(2));
    close_one(t, CLIENT, AT_S(62));
    close_one(t, CLIENT, AT_S(63));
    close_one(t, CLIENT, AT_S(64));

    g_assert_cmpuint(trace_totals(t)->time_wait_client, ==, 3);
}

/* RFC 9293 section 3.6: it begins once the other side has closed as well, whichever that is. */
static void it_begins_with_the_later_fin(void)
{
    for (int first = CLIENT; first <= SERVER; first++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *slow = trace_open(t, AT_S(1));
        trace_exchange(slow, AT_S(2), AT_S(3));
        trace_fin(slow, first, AT_S(4));
        trace_ack(slow, trace_other_side(first), AT_S(4));
        trace_fin(slow, trace_other_side(first), AT_S(30));
        trace_ack(slow, first, AT_S(30));
        close_one(t, first, AT_S(75)); /* after a minute of the first FIN, and before one of both */

        g_assert_cmpuint(first == CLIENT ? trace_totals(t)->time_wait_client
                                         : trace_totals(t)->time_wait_server,
                         ==, 2);
    }
}

static void each_side_has_its_peak(void)
{
    g_autoptr(trace) t = trace_new();
    close_one(t, CLIENT, AT_S(1));
    close_one(t, SERVER, AT_S(2));
    close_one(t, SERVER, AT_S(3));

    g_assert_cmpuint(trace_totals(t)->time_wait_client, ==, 1);
    g_assert_cmpuint(trace_totals(t)->time_wait_server, ==, 2);
}

static void stay_is_a_setting(void)
{
    hr_settings settings = hr_settings_default();
    settings.time_wait_ns = AT_S(1);
    g_autoptr(trace) t = trace_new_with(&settings);
    close_one(t, CLIENT, AT_S(1));
    close_one(t, CLIENT, AT_S(3));

    g_assert_cmpuint(trace_totals(t)->time_wait_client, ==, 1);
}

/* One client port, used a hundred times within 50 s: netstat shows one socket, never more. */
static void one_port_is_one_socket(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 100; i++) {
        trace_connection *c = trace_connect_between(t, "10.0.0.1", 40000, "10.0.0.80", 80);
        c->next[CLIENT] = c->received[SERVER] = (uint32_t)(100000 * (i + 1));
        trace_syn(c, AT_MS(500 * i));
        trace_syn_ack(c, AT_MS(500 * i) + AT_US(100));
        trace_ack(c, CLIENT, AT_MS(500 * i) + AT_US(200));
        trace_exchange(c, AT_MS(500 * i + 1), AT_MS(500 * i + 2));
        trace_close(c, CLIENT, AT_MS(500 * i + 3));
    }

    g_assert_cmpuint(trace_totals(t)->ports_peak.count, ==, 1);
    g_assert_cmpuint(trace_totals(t)->time_wait_client, ==, 1);
}

/* The same port again after 200 s: its first socket had been gone for long when another one closed. */
static void one_port_after_its_minute(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c =
            trace_connect_between(t, "10.0.0.1", i == 1 ? 40001 : 40000, "10.0.0.80", 80);
        c->next[CLIENT] = c->received[SERVER] = (uint32_t)(100000 * (i + 1));
        trace_syn(c, AT_S(100 * i));
        trace_syn_ack(c, AT_S(100 * i) + AT_US(100));
        trace_exchange(c, AT_S(100 * i) + AT_MS(1), AT_S(100 * i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(100 * i) + AT_MS(3));
    }

    g_assert_cmpuint(trace_totals(t)->time_wait_client, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/time-wait/first-fin", who_closes_first_waits);
    g_test_add_func("/time-wait/last-ack-missing", last_ack_may_be_missing);
    g_test_add_func("/time-wait/open", open_ones_wait_for_nothing);
    g_test_add_func("/time-wait/half-closed", half_closed_ones_do_not_wait);
    g_test_add_func("/time-wait/rst", reset_instead_of_fin);
    g_test_add_func("/time-wait/rst-after-fin", reset_answers_the_fin);
    g_test_add_func("/time-wait/rst-before-ack", reset_before_both_fins_are_acknowledged);
    g_test_add_func("/time-wait/rst-after-ack", reset_after_both_fins_are_acknowledged);
    g_test_add_func("/time-wait/crossing", crossing_fins);
    g_test_add_func("/time-wait/captured-first", later_fin_is_captured_first);
    g_test_add_func("/time-wait/not-captured", later_fin_is_not_captured);
    g_test_add_func("/time-wait/repeated", repeated_fins_change_nothing);
    g_test_add_func("/time-wait/fin-with-data", fin_with_the_last_data);
    g_test_add_func("/time-wait/inferred", fin_that_only_the_ack_shows);
    g_test_add_func("/time-wait/peak/minute", peak_counts_those_of_a_minute);
    g_test_add_func("/time-wait/peak/before", peak_forgets_those_of_before);
    g_test_add_func("/time-wait/peak/sides", each_side_has_its_peak);
    g_test_add_func("/time-wait/peak/sides/later-fin", it_begins_with_the_later_fin);
    g_test_add_func("/time-wait/peak/setting", stay_is_a_setting);
    g_test_add_func("/time-wait/peak/one-port", one_port_is_one_socket);
    g_test_add_func("/time-wait/peak/one-port-later", one_port_after_its_minute);
    return g_test_run();
}

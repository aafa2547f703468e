/* test_ending_stop.c
 * A program ends, at the server or at the client, or it only looks so: what stays, what a slow clock
 * does not tell, and who was first. DESIGN section 5, server-exit, server-reload and client-exit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* ---- the server's ---- */

/* It takes a request and resets it at once, and then refuses: nothing else that ended with it shows
 * that it stopped, and not that it had just closed. */
static void stopped_alone(void)
{
    for (int is_alone = 0; is_alone < 2; is_alone++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *other = trace_idle_from(t, "10.0.0.2", AT_MS(100));
        trace_connection *c = trace_idle_from(t, "10.0.0.1", AT_MS(200));
        trace_request(c, AT_MS(1500));
        trace_ack(c, SERVER, AT_MS(1501));
        trace_rst(c, SERVER, AT_MS(1503));
        trace_close(other, is_alone ? CLIENT : SERVER, AT_MS(1504));
        trace_refuse(t, AT_S(2));

        assert_cause(c, is_alone ? "stale-race" : "request-aborted");
    }
}

/* One was closed by its client at that very moment. */
static void left_by_its_client(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *left = trace_idle_from(t, "10.0.0.3", AT_MS(50));
    const trace_pair ended = trace_end_two(t);
    trace_close(left, CLIENT, AT_MS(1510));
    trace_connection *again = trace_connect_between(t, "10.0.0.3", 0, "10.0.0.80", 80);
    trace_syn(again, AT_S(2));
    trace_segment(again, SERVER, HR_TCP_RST | HR_TCP_ACK, 0, again->next[CLIENT], 0, AT_S(2));

    assert_cause(ended.one, "server-exit");
    assert_cause(left, "client-close");
}

/* Two that end within 100 ms by a clock that ticks in 40 ms may have ended apart. */
static void by_a_slow_clock(void)
{
    for (int goes_on = 0; goes_on < 2; goes_on++) {
        g_autoptr(trace) t = trace_new();
        trace_ticks(t, AT_MS(40));
        const trace_pair ended = trace_end_two(t);
        if (goes_on) {
            trace_idle_from(t, "10.0.0.1", AT_S(2));
        } else {
            trace_refuse(t, AT_S(2));
        }

        assert_cause(ended.one, "server-close");
    }
}

/* A reload is told from a timeout by less than that. */
static void by_a_clock_that_tells_no_timeouts(void)
{
    for (int is_slow = 0; is_slow < 2; is_slow++) {
        g_autoptr(trace) t = trace_new();
        trace_ticks(t, is_slow ? AT_MS(15) : AT_MS(5));
        const trace_pair ended = trace_end_two(t);
        trace_idle_from(t, "10.0.0.1", AT_S(2));

        assert_cause(ended.one, is_slow ? "server-close" : "server-reload");
    }
}

/* Two that became idle together end together: a timeout, but for one as short as a program's own
 * pauses, or one that another pause outlasted. */
static void after_equal_rests(void)
{
    static const struct {
        int64_t rest_ns, pause_ns;
        const char *cause;
    } rows[] = {
        {AT_S(7), AT_S(1), "server-close"},
        {AT_MS(700), AT_MS(100), "server-reload"},
        {AT_S(7), AT_S(8), "server-reload"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
        trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(110));
        const int64_t at = AT_MS(120) + rows[i].pause_ns;
        trace_exchange(one, at, at + AT_MS(1));
        trace_exchange(two, at + AT_MS(2), at + AT_MS(3));
        trace_close(one, SERVER, at + AT_MS(1) + rows[i].rest_ns);
        trace_close(two, SERVER, at + AT_MS(3) + rows[i].rest_ns);
        trace_idle_from(t, "10.0.0.1", AT_S(60));

        assert_cause(one, rows[i].cause);
    }
}

/* ---- the client's ---- */

/* Two of three end. The third one stays for longer than it took to end these, or the capture is over
 * before that. */
static void one_stays_at_the_end_of_the_capture(void)
{
    for (int stays = 0; stays < 2; stays++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[3];
        for (int i = 0; i < 3; i++) {
            c[i] = trace_idle_from(t, "10.0.0.1", AT_MS(100 + 10 * i));
        }
        trace_fin(c[0], CLIENT, AT_S(2));
        trace_fin(c[1], CLIENT, AT_S(2) + AT_MS(20));
        trace_ack(c[1], SERVER, AT_S(2) + (stays ? AT_MS(50) : AT_MS(21)));

        assert_cause(c[0], stays ? "client-close" : "client-exit");
    }
}

/* Two captures in one file, not sorted: by its time its client is there after that, and by its place
 * in the file it was so before. Nobody knows whether the program had ended. */
static void its_client_is_there_in_no_order(void)
{
    for (int is_sorted = 0; is_sorted < 2; is_sorted++) {
        g_autoptr(trace) t = trace_new();
        trace_unsorted(t);
        trace_connection *other = trace_idle_from(t, "10.0.0.1", AT_S(1));
        trace_exchange(other, is_sorted ? AT_MS(1500) : AT_S(9), AT_MS(is_sorted ? 1501 : 9001));
        trace_connection *c = trace_open(t, AT_S(5));
        trace_request(c, AT_MS(5001));
        trace_answer(c, AT_MS(5002), .body = 9000);
        trace_rst(c, CLIENT, AT_MS(5003));
        trace_close(other, CLIENT, AT_S(20));

        assert_cause(c, is_sorted ? "body-undrained" : "client-close");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/stop/alone", stopped_alone);
    g_test_add_func("/ending/stop/left-by-client", left_by_its_client);
    g_test_add_func("/ending/stop/slow-clock", by_a_slow_clock);
    g_test_add_func("/ending/stop/clock/timeouts", by_a_clock_that_tells_no_timeouts);
    g_test_add_func("/ending/stop/equal-rests", after_equal_rests);
    g_test_add_func("/ending/stop/client/stays", one_stays_at_the_end_of_the_capture);
    g_test_add_func("/ending/stop/client/no-order", its_client_is_there_in_no_order);
    return g_test_run();
}

/* test_ends.c
 * What a connection's own packets say of its end: who was first, how long it had been idle, and of
 * which answer it took the rest away. DESIGN section 5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_quic.h"

/* ---- QUIC: ended in silence ---- */

/* With a request outstanding it was not idle. */
static void quic_silent_in_a_call(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000, .server_idle_ms = 30000};
    hr_connection *c = quic_open(t, 0, AT_MS(0), &how);
    quic_ask(t, c, 0, AT_MS(30));
    quic_wait_until(t, AT_S(10));

    trace_analysis(t);
    g_assert_cmpint(c->ending.after_idle_ns, ==, HR_TIME_NONE);
}

/* It was over when it was closed, whenever its timeout would have passed. */
static void quic_closed_before_its_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000, .server_idle_ms = 30000};
    hr_connection *c = quic_open(t, 0, AT_MS(0), &how);
    quic_exchange(t, c, 0, AT_MS(30));
    quic_close(t, c, CLIENT, H3_NO_ERROR, AT_S(1));
    quic_wait_until(t, AT_S(60));

    trace_analysis(t);
    g_assert_cmpint(hr_connection_ended_ns(c), ==, AT_S(1));
}

/* Somebody looks as the timeout has passed; but what came late says that it had not ended. */
static void quic_goes_on_after_somebody_looked(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000, .server_idle_ms = 30000};
    hr_connection *c = quic_open(t, 0, AT_MS(0), &how);
    quic_exchange(t, c, 0, AT_MS(30));
    quic_wait_until(t, AT_S(6));
    quic_assert_cause(t, c, "client-idle-timeout", "likely");
    quic_exchange(t, c, 4, AT_S(7));

    quic_assert_cause(t, c, "open-at-end", NULL);
    g_assert_cmpint(hr_connection_ended_ns(c), ==, INT64_MAX);
}

/* ---- answers that were under way ---- */

/* A Content-Length that the bytes do not reach, also where a reset ends them; of a pipeline that is said
 * of the oldest alone. */
static void length_that_a_reset_cuts(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *one = trace_request(c, AT_MS(1));
    const hr_request *two = trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .body = 9000, .rest = 8000);
    trace_ack(c, CLIENT, AT_MS(3));
    trace_rst(c, SERVER, AT_MS(4));

    trace_analysis(t);
    g_assert_cmpint(one->complete, ==, HR_COMPLETE_NO);
    g_assert_cmpint(two->complete, ==, HR_COMPLETE_UNKNOWN);
}

/* A stream that was over before another one, which was asked first and is still open at the end. */
static void stream_that_was_over_is_whole(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_plain(t, AT_MS(0), 0);
    h2_ask(c, 1, AT_MS(10));
    const hr_request *over = h2_exchange(c, 3, AT_MS(11), AT_MS(12));
    trace_close(c, SERVER, AT_MS(500));

    trace_analysis(t);
    g_assert_cmpint(over->complete, ==, HR_COMPLETE_YES);
}

/* ---- who was first ---- */

/* The server's alert can be read, and comes before the client's FIN: that is certain. */
static void alert_before_the_other_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    tls_close_notify(c, SERVER, AT_MS(300));
    trace_close(c, CLIENT, AT_MS(301));
    trace_exchange(tls_open(t, AT_S(1), .has_keys = true), AT_S(2), AT_S(3));

    assert_cause(c, "server-close");
    assert_certainty(c, "certain");
}

/* ... also where that FIN is not in the capture, and the server's own acknowledges it. */
static void alert_before_a_lost_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    tls_close_notify(c, SERVER, AT_MS(300));
    trace_lose_fin(c, CLIENT);
    trace_fin(c, SERVER, AT_MS(302));
    trace_exchange(tls_open(t, AT_S(1), .has_keys = true), AT_S(2), AT_S(3));

    assert_closed_by(c, "server");
}

/* The client's FIN, without an alert; that the server says farewell after it is its answer. */
static void alert_behind_the_other_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_fin(c, CLIENT, AT_MS(600));
    tls_close_notify(c, SERVER, AT_MS(601));
    trace_fin(c, SERVER, AT_MS(602));
    trace_exchange(tls_open(t, AT_S(1), .has_keys = true), AT_S(2), AT_S(3));

    assert_closed_by(c, "client");
}

/* Without keys an answer is the last data that the server sent: what the client closes seconds after
 * that, or behind data that were not answered, it does not close for it. */
static void right_after_what_nobody_can_read(void)
{
    for (int how = 0; how < 3; how++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = tls_open(t, AT_MS(0), .has_keys = false);
        if (how < 2) {
            tls_hidden_exchange(c, AT_MS(10), AT_MS(20));
            trace_ack(c, CLIENT, AT_MS(20));
        }
        trace_close(c, CLIENT, how == 1 ? AT_S(3) : AT_MS(21));

        g_assert_true(trace_ending(c)->is_after_answer == (how == 0));
    }
}

/* With keys what is as short as an alert is none: it can be read. */
static void short_record_that_can_be_read(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    tls_data(c, SERVER, TLS_ALERT_RECORD, AT_MS(300));
    trace_close(c, CLIENT, AT_MS(700));
    trace_exchange(tls_open(t, AT_S(1), .has_keys = true), AT_S(2), AT_S(3));

    assert_closed_by(c, "client");
}

/* Open before the capture, and used in it: the one FIN that is there is the first. */
static void one_fin_of_what_was_used(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(3));
    trace_fin(c, SERVER, AT_MS(500));
    trace_ack(c, CLIENT, AT_MS(501));

    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_SERVER);
}

/* ... but of one that had all its life before, the other may have come then, whoever is seen first. */
static void one_fin_of_what_had_its_life_before(void)
{
    for (int from = CLIENT; from <= SERVER; from++) {
        g_autoptr(trace) t = trace_new();
        trace_open_used(t, AT_MS(0));
        trace_connection *c = trace_connect(t);
        trace_ack(c, trace_other_side((trace_side)from), AT_MS(400));
        trace_fin(c, (trace_side)from, AT_MS(500));

        g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_NONE);
    }
}

/* ---- how sure ---- */

/* A reset by the server's name out of a silence of 30 s may be a device's: on a connection of a minute
 * that was used a moment ago it is not, and on one that nobody used since it was opened it is. */
static void reset_that_may_be_a_devices(void)
{
    for (int is_used = 0; is_used < 2; is_used++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        if (is_used) {
            trace_exchange(c, AT_S(1), AT_MS(1001));
            trace_exchange(c, AT_S(25), AT_S(25) + AT_MS(1));
            trace_exchange(c, AT_S(45), AT_S(45) + AT_MS(1));
        }
        trace_rst(c, SERVER, AT_MS(45700));
        trace_open_used(t, AT_S(50));

        assert_cause(c, "server-close");
        assert_certainty(c, is_used ? "certain" : "likely");
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ends/quic/in-a-call", quic_silent_in_a_call);
    g_test_add_func("/ends/quic/closed", quic_closed_before_its_timeout);
    g_test_add_func("/ends/quic/looked-at", quic_goes_on_after_somebody_looked);
    g_test_add_func("/ends/answers/reset", length_that_a_reset_cuts);
    g_test_add_func("/ends/answers/stream", stream_that_was_over_is_whole);
    g_test_add_func("/ends/first/alert", alert_before_the_other_fin);
    g_test_add_func("/ends/first/alert/fin-lost", alert_before_a_lost_fin);
    g_test_add_func("/ends/first/alert/behind", alert_behind_the_other_fin);
    g_test_add_func("/ends/hidden-answer", right_after_what_nobody_can_read);
    g_test_add_func("/ends/first/short-record", short_record_that_can_be_read);
    g_test_add_func("/ends/first/used", one_fin_of_what_was_used);
    g_test_add_func("/ends/first/life-before", one_fin_of_what_had_its_life_before);
    g_test_add_func("/ends/certain/device", reset_that_may_be_a_devices);
    return g_test_run();
}

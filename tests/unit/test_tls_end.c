/* test_tls_end.c
 * Ends of TLS connections, with keys and without: alerts in the handshake, who sent close_notify
 * first, what an opaque connection is said to be. RFC 8446 §6, RFC 5246 §7.2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

/* Another connection, so that the client is known to go on. */
static void go_on(trace *t, int64_t at)
{
    trace_connection *c = tls_open(t, at, .has_keys = true);
    trace_exchange(c, at + AT_MS(10), at + AT_MS(11));
}

/* ---- setup-failed ---- */

static void server_refuses_in_its_first_flight(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 443};
    trace_connection *c = tls_connect(t, AT_MS(0), &how);
    tls_client_hello(c, AT_MS(1), &how);
    tls_alert(c, SERVER, TLS_ALERT_HANDSHAKE_FAILURE, AT_MS(2));
    trace_close(c, CLIENT, AT_MS(3));

    assert_cause(c, "setup-failed");
    assert_closed_by(c, "server"); /* the alert, whoever sends the first FIN */
    assert_certainty(c, "certain");
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_CLIENT);
    g_assert_cmpint(hr_connection_setup_ns(c->model), ==, HR_TIME_NONE);
}

/* The client does not trust the certificate. */
static trace_connection *reject_certificate(trace *t, const tls_kind *how)
{
    trace_connection *c = tls_connect(t, AT_MS(0), how);
    tls_client_hello(c, AT_MS(1), how);
    tls_server_hello(c, AT_MS(2), how);
    return c;
}

static void client_rejects_the_certificate_in_12(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = reject_certificate(t, &(tls_kind){.is_12 = true});
    tls_alert(c, CLIENT, TLS_ALERT_UNKNOWN_CA, AT_MS(3));
    trace_close(c, CLIENT, AT_MS(4));
    go_on(t, AT_S(1));

    assert_cause(c, "setup-failed");
    assert_closed_by(c, "client");
}

static void client_rejects_the_certificate_in_13(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = reject_certificate(t, &(tls_kind){.has_keys = true});
    tls_alert(c, CLIENT, TLS_ALERT_UNKNOWN_CA, AT_MS(3));
    trace_close(c, SERVER, AT_MS(4));
    go_on(t, AT_S(1));

    assert_cause(c, "setup-failed");
    assert_closed_by(c, "client");
    g_assert_cmpuint(trace_found(t, HR_FINDING_UNUSED_CONNECTION), ==, 0);
}

/* A Finished is 53 bytes or more: the client's first encrypted record cannot be one. */
static void client_rejects_the_certificate_without_keys(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = reject_certificate(t, &(tls_kind){.port = 443});
    tls_hidden_alert_13(c, CLIENT, AT_MS(3));
    trace_close(c, CLIENT, AT_MS(4));
    go_on(t, AT_S(1));

    assert_cause(c, "setup-failed");
    assert_closed_by(c, "client");
    g_assert_cmpint(hr_connection_setup_ns(c->model), ==, HR_TIME_NONE);
}

static void end_in_the_handshake_without_an_alert(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 443};
    trace_connection *c = tls_connect(t, AT_MS(0), &how);
    tls_client_hello(c, AT_MS(1), &how);
    trace_rst(c, SERVER, AT_MS(2));

    assert_cause(c, "setup-failed");
    assert_closed_by(c, "server");
}

/* ---- who closed: close_notify comes before FIN ---- */

static trace_connection *open_idle(trace *t, int64_t at)
{
    trace_connection *c = tls_open(t, at, .has_keys = true);
    trace_exchange(c, at + AT_MS(10), at + AT_MS(11));
    return c;
}

static void close_notify_by_the_client(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t, AT_MS(0));
    tls_close_notify(c, CLIENT, AT_MS(500));
    trace_fin(c, SERVER, AT_MS(500));
    trace_fin(c, CLIENT, AT_MS(501));
    trace_ack(c, SERVER, AT_MS(501));
    go_on(t, AT_S(1));

    assert_cause(c, "client-close");
    assert_closed_by(c, "client");
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_SERVER);
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_MS(489));
    assert_time_wait(c, "server"); /* TCP's matter: whose FIN came first */
}

static void close_notify_by_the_server(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t, AT_MS(0));
    tls_close_notify(c, SERVER, AT_MS(11) + AT_S(5));
    trace_close(c, CLIENT, AT_MS(20) + AT_S(5));
    go_on(t, AT_S(6));

    assert_cause(c, "server-idle-timeout");
    assert_closed_by(c, "server");
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_CLIENT);
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(5));
    assert_time_wait(c, "client");
}

/* Once close_notify was said nothing can follow: the next connection is no missed reuse. */
static void close_notify_is_closing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(0));
    tls_close_notify(one, SERVER, AT_MS(300));
    trace_connection *two = open_idle(t, AT_MS(400));
    trace_close(one, SERVER, AT_MS(500));

    assert_opened(two, "previous-closed", one);
}

/* Two equal idle times show a timer that nobody knows; both by whom they were decided. */
static void unknown_timer_of_the_server(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = open_idle(t, AT_S(100 * i));
        tls_close_notify(c, SERVER, AT_S(100 * i) + AT_MS(11) + AT_S(12));
        trace_close(c, CLIENT, AT_S(100 * i) + AT_MS(12) + AT_S(12));
    }
    go_on(t, AT_S(300));

    const hr_analysis *analysis = trace_analysis(t);
    for (size_t i = 0; i < 2; i++) {
        const hr_connection *c = hr_analysis_connection(analysis, i);
        g_assert_cmpstr(hr_close_cause_token(c->ending.cause), ==, "server-idle-timeout");
        g_assert_cmpuint(c->ending.timer_count, ==, 0);
    }
}

/* A client that closes since the server said so has not ended. */
static void server_said_so_is_no_exit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(0));
    trace_connection *two = open_idle(t, AT_MS(20));
    tls_close_notify(one, SERVER, AT_MS(700));
    trace_close(one, CLIENT, AT_MS(701));
    tls_close_notify(two, SERVER, AT_MS(720));
    trace_close(two, CLIENT, AT_MS(721));

    assert_closed_by(one, "server");
    g_assert_cmpuint(trace_totals(t)->ended[HR_CLOSE_CLIENT_EXIT], ==, 0);
}

/* ---- without keys ---- */

/* TLS 1.3 hides what a record is; an alert's length gives it away. */
static void last_short_record_is_likely_a_close_notify(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0));
    tls_hidden_exchange(c, AT_MS(10), AT_MS(11));
    tls_hidden_alert_13(c, SERVER, AT_MS(11) + AT_S(5));
    trace_close(c, CLIENT, AT_MS(12) + AT_S(5));
    go_on(t, AT_S(6));

    assert_cause(c, "server-idle-timeout");
    assert_certainty(c, "likely");
    assert_closed_by(c, "server");
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_CLIENT);
}

/* The client's program was killed: its kernel closes, and the server takes its leave of that. A piece
 * of what the client sent before may be missing. */
static void short_record_behind_the_fin_answers_it(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = tls_open(t, AT_MS(0));
        tls_hidden_exchange(c, AT_MS(10), AT_MS(11));
        if (is_lost) {
            trace_lose(c, CLIENT, 200);
        }
        tls_data(c, CLIENT, 300, AT_MS(20));
        tls_data(c, SERVER, 400, AT_MS(21));
        trace_fin(c, CLIENT, AT_MS(700));
        tls_hidden_alert_13(c, SERVER, AT_MS(701));
        trace_fin(c, SERVER, AT_MS(701));
        go_on(t, AT_S(6));

        assert_closed_by(c, "client");
    }
}

static void short_record_that_is_not_the_last_is_data(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0));
    tls_hidden_exchange(c, AT_MS(10), AT_MS(11));
    tls_hidden_alert_13(c, SERVER, AT_MS(12));
    tls_data(c, SERVER, 300, AT_MS(13));
    trace_close(c, CLIENT, AT_MS(700));
    go_on(t, AT_S(6));

    assert_cause(c, "client-close");
    assert_closed_by(c, "client");
}

/* TLS 1.2 shows that it is an alert, and hides which. */
static void hidden_alert_of_12_is_a_close_notify(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .is_12 = true);
    tls_hidden_exchange(c, AT_MS(10), AT_MS(11));
    tls_hidden_alert_12(c, SERVER, AT_MS(700));
    trace_close(c, CLIENT, AT_MS(701));
    go_on(t, AT_S(6));

    assert_closed_by(c, "server");
}

static void opaque_with_data_is_never_unused(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c13 = tls_open(t, AT_MS(0));
    tls_hidden_exchange(c13, AT_MS(10), AT_MS(11));
    trace_close(c13, CLIENT, AT_MS(500));
    trace_connection *c12 = tls_open(t, AT_S(1), .is_12 = true);
    tls_data(c12, CLIENT, 200, AT_MS(1010));
    trace_close(c12, CLIENT, AT_MS(1500));
    go_on(t, AT_S(6));

    assert_cause(c13, "client-close");
    g_assert_cmpstr(hr_close_cause_token(trace_ending(c12)->cause), !=, "unused");
    g_assert_cmpuint(trace_totals(t)->sums.unused, ==, 0);
    g_assert_cmpuint(trace_totals(t)->sums.opaque, ==, 2);
    g_assert_cmpuint(trace_found(t, HR_FINDING_UNUSED_CONNECTION), ==, 0);
}

/* The client's Finished is a record of its own, and no request. */
static void opaque_without_data_is_unused(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c13 = tls_open(t, AT_MS(0));
    trace_close(c13, CLIENT, AT_MS(500));
    trace_connection *c12 = tls_open(t, AT_S(1), .is_12 = true);
    trace_close(c12, CLIENT, AT_MS(1500));
    go_on(t, AT_S(6));

    assert_cause(c13, "unused");
    assert_cause(c12, "unused");
    g_assert_cmpuint(trace_totals(t)->sums.unused, ==, 2);
}

/* A client that is done says close_notify: no request either. */
static void opaque_with_a_close_notify_only_is_unused(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c13 = tls_open(t, AT_MS(0));
    tls_hidden_alert_13(c13, CLIENT, AT_MS(499));
    trace_close(c13, CLIENT, AT_MS(500));
    trace_connection *c12 = tls_open(t, AT_S(1), .is_12 = true);
    tls_hidden_alert_12(c12, CLIENT, AT_MS(1499));
    trace_close(c12, CLIENT, AT_MS(1500));
    go_on(t, AT_S(6));

    assert_cause(c12, "unused");
    assert_cause(c13, "unused");
}

static void opaque_is_said_once(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 443};
    trace_connection *c = tls_connect(t, AT_MS(0), &how);
    tls_client_hello(c, AT_MS(1), &how);
    tls_server_hello(c, AT_MS(2), &how);
    const uint32_t hello = trace_frame(t);
    tls_client_finished(c, AT_MS(3), &how);
    tls_hidden_exchange(c, AT_MS(10), AT_MS(11));
    go_on(t, AT_S(1)); /* with keys */

    assert_found(t, HR_FINDING_TLS_OPAQUE, hello, c, NULL);
    g_assert_cmpuint(trace_found(t, HR_FINDING_TLS_OPAQUE), ==, 1);
    g_assert_cmpuint(c->model->request_count, ==, 0); /* none is invented */
}

/* Who spoke last tells whether it rested: enough for the reason of the next one. */
static void opaque_connections_have_reasons(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = tls_open(t, AT_MS(0));
    tls_hidden_exchange(one, AT_MS(10), AT_MS(11));
    trace_connection *two = tls_open(t, AT_MS(500));
    tls_data(two, CLIENT, 200, AT_MS(510));
    tls_data(one, CLIENT, 200, AT_MS(520));
    trace_connection *three = tls_open(t, AT_MS(600));
    tls_hidden_exchange(three, AT_MS(610), AT_MS(611));

    assert_first_contact(one);
    assert_opened(two, "idle-available", one);
    g_assert_cmpstr(hr_why_token(trace_opening(three)->why), ==, "all-busy");
}

/* ---- TIME_WAIT ---- */

static void time_wait_after_both_alerts(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t, AT_MS(0));
    tls_close_notify(c, CLIENT, AT_MS(100));
    trace_fin(c, CLIENT, AT_MS(100));
    tls_close_notify(c, SERVER, AT_MS(101));
    trace_fin(c, SERVER, AT_MS(101));
    trace_ack(c, CLIENT, AT_MS(102));

    assert_time_wait(c, "client");
}

/* A close_notify to a socket that is closed already: the kernel answers it by RST. */
static void no_time_wait_after_a_reset(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t, AT_MS(0));
    tls_close_notify(c, CLIENT, AT_MS(100));
    trace_fin(c, CLIENT, AT_MS(100));
    tls_close_notify(c, SERVER, AT_MS(101));
    trace_rst(c, CLIENT, AT_MS(101));
    trace_fin(c, SERVER, AT_MS(101));

    assert_time_wait(c, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tls-end/short-record/behind-fin", short_record_behind_the_fin_answers_it);
    g_test_add_func("/tls/setup-failed/by-server", server_refuses_in_its_first_flight);
    g_test_add_func("/tls/setup-failed/by-client-12", client_rejects_the_certificate_in_12);
    g_test_add_func("/tls/setup-failed/by-client-13", client_rejects_the_certificate_in_13);
    g_test_add_func("/tls/setup-failed/by-client-hidden",
                    client_rejects_the_certificate_without_keys);
    g_test_add_func("/tls/setup-failed/no-alert", end_in_the_handshake_without_an_alert);
    g_test_add_func("/tls/close-notify/client", close_notify_by_the_client);
    g_test_add_func("/tls/close-notify/server", close_notify_by_the_server);
    g_test_add_func("/tls/close-notify/closing", close_notify_is_closing);
    g_test_add_func("/tls/close-notify/unknown-timer", unknown_timer_of_the_server);
    g_test_add_func("/tls/close-notify/no-exit", server_said_so_is_no_exit);
    g_test_add_func("/tls/opaque/short-record", last_short_record_is_likely_a_close_notify);
    g_test_add_func("/tls/opaque/short-record-in-between",
                    short_record_that_is_not_the_last_is_data);
    g_test_add_func("/tls/opaque/alert-12", hidden_alert_of_12_is_a_close_notify);
    g_test_add_func("/tls/opaque/never-unused", opaque_with_data_is_never_unused);
    g_test_add_func("/tls/opaque/unused", opaque_without_data_is_unused);
    g_test_add_func("/tls/opaque/unused-close-notify", opaque_with_a_close_notify_only_is_unused);
    g_test_add_func("/tls/opaque/finding", opaque_is_said_once);
    g_test_add_func("/tls/opaque/reasons", opaque_connections_have_reasons);
    g_test_add_func("/tls/time-wait/alerts", time_wait_after_both_alerts);
    g_test_add_func("/tls/time-wait/reset", no_time_wait_after_a_reset);
    return g_test_run();
}

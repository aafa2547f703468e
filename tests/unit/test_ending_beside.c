/* test_ending_beside.c
 * What lies beside an end and does not make it an exit, a reload, a limit or a failed setup: what other
 * connections of the same client or server did at that moment. DESIGN section 5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_legs.h"

/* ---- the client's program ---- */

/* It closes two of its connections, and takes an answer on a third one, whose server closes with it. */
static void an_answer_that_ends_its_connection(void)
{
    for (int is_later = 0; is_later < 2; is_later++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = trace_open_used(t, AT_MS(0));
        trace_connection *other = trace_open_used(t, AT_MS(5));
        trace_connection *two = trace_open(t, AT_MS(10));
        trace_request(two, AT_MS(500));
        if (!is_later) {
            trace_answer(two, AT_MS(950), .connection = "close", .has_fin = true);
        }
        trace_close(one, CLIENT, AT_S(1));
        trace_close(other, CLIENT, AT_S(1) + AT_MS(1));
        if (is_later) {
            trace_answer(two, AT_MS(1050), .connection = "close", .has_fin = true);
        }

        assert_cause(one, is_later ? "client-close" : "client-exit");
    }
}

/* It closes one right after its answer, and its server another one a moment later. */
static void what_its_server_ends_is_no_act_of_it(void)
{
    for (int is_server = 0; is_server < 2; is_server++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *other = trace_open_to(t, "10.0.0.90", 80, AT_MS(0));
        trace_connection *c = trace_open(t, AT_MS(1));
        trace_exchange(other, AT_MS(10), AT_MS(11));
        trace_exchange(c, AT_MS(500), AT_MS(501));
        trace_close(c, CLIENT, AT_MS(502));
        trace_close(other, is_server ? SERVER : CLIENT, AT_MS(550));

        assert_cause(c, is_server ? "client-close" : "client-exit");
    }
}

/* What comes for it after that, which nobody can read, it does not take any more. */
static void records_that_come_too_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = tls_open(t, AT_MS(100 * i), .agrees = "");
        tls_hidden_exchange(c[i], AT_MS(50 + 100 * i), AT_MS(51 + 100 * i));
    }
    tls_data(c[0], CLIENT, 100, AT_MS(900));
    for (int i = 0; i < 2; i++) {
        trace_fin(c[i], CLIENT, AT_S(1) + AT_MS(i));
    }
    tls_data(c[0], SERVER, 500, AT_S(1) + AT_MS(40));

    assert_cause(c[1], "client-exit");
}

/* A proxy gives up what its client does not wait for any more, be it that this one's program ended. */
static void a_proxy_whose_client_ends(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = NULL;
    trace_connection *back = NULL;
    const int64_t at = legs_call(t, &front, &back, 0) + AT_MS(100);
    trace_request(front, at, .user_agent = LEGS_REQUESTS);
    trace_request(back, at + AT_US(100), .user_agent = LEGS_REQUESTS);
    trace_rst(front, CLIENT, at + AT_S(1));
    trace_rst(back, CLIENT, at + AT_S(1) + AT_MS(30));

    assert_cause(front, "client-exit");
    assert_cause(back, "request-cancelled");
}

/* ---- the server's program ---- */

/* Two that were open before the capture end at once, and it then refuses. */
static void it_ends_what_was_open_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_connect(t);
        trace_exchange(c[i], AT_MS(10 * i), AT_MS(10 * i + 1));
    }
    for (int i = 0; i < 2; i++) {
        trace_close(c[i], SERVER, AT_MS(700 + i));
    }
    trace_refuse(t, AT_S(1));

    assert_cause(c[0], "server-exit");
}

/* What its client sends after that, which nobody can read, nothing answers any more. */
static void records_that_nobody_answers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = tls_open(t, AT_MS(100 * i), .agrees = "");
        tls_hidden_exchange(c[i], AT_MS(50 + 100 * i), AT_MS(51 + 100 * i));
    }
    for (int i = 0; i < 2; i++) {
        trace_close(c[i], SERVER, AT_MS(700 + i));
    }
    tls_data(c[2], CLIENT, 100, AT_MS(1500));
    trace_resend(c[2], CLIENT, AT_MS(1700));
    trace_connection *refused = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 443);
    trace_syn(refused, AT_S(2));
    trace_rst(refused, SERVER, AT_S(2) + AT_US(100));

    assert_cause(c[0], "server-exit");
}

/* A reset of what was open before the capture is no refusal of a new one. */
static void a_reset_is_no_refusal(void)
{
    for (int is_refused = 0; is_refused < 2; is_refused++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *before = trace_connect(t);
        trace_exchange(before, AT_MS(1), AT_MS(2));
        trace_connection *c = trace_open_used(t, AT_MS(10));
        trace_fin(c, SERVER, AT_MS(900));
        trace_request(c, AT_MS(901));
        trace_rst(c, SERVER, AT_MS(902));
        if (is_refused) {
            trace_refuse(t, AT_S(2));
        } else {
            trace_rst(before, SERVER, AT_S(2));
        }

        assert_cause(c, "stale-race");
        g_assert_true(trace_ending(c)->is_program_over == is_refused);
    }
}

/* It closes what it answers in HTTP/1.0, as that has it, and what is wrong: it keeps all others. */
static void old_answers_make_no_habit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_open_from(t, "10.0.0.2", AT_MS(0));
    trace_request(old, AT_MS(1));
    trace_answer(old, AT_MS(2), .is_http10 = true);
    trace_close(old, SERVER, AT_MS(3));
    trace_connection *c = trace_open_used(t, AT_MS(10));
    trace_request(c, AT_S(1));
    trace_answer(c, AT_MS(1001), .code = 400, .connection = "close");
    trace_close(c, SERVER, AT_MS(1002));

    assert_cause(old, "http10");
    assert_cause(c, "server-error-close");
}

/* ---- limits ---- */

/* A client takes leave of HTTP/2 after as many calls as its server lets it make: nobody had said that
 * it may make no more. */
static void calls_of_a_client_that_takes_leave(void)
{
    for (int is_server = 0; is_server < 2; is_server++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[3];
        for (int i = 0; i < 3; i++) {
            const int64_t at = AT_S(10 * i);
            c[i] = h2_open_plain(t, at, 0);
            for (uint32_t k = 0; k < 3; k++) {
                h2_exchange(c[i], 1 + 2 * k, at + AT_MS(10 + 100 * k), at + AT_MS(11 + 100 * k));
            }
            h2_goaway(c[i], is_server || i < 2 ? SERVER : CLIENT, 5, H2_NO_ERROR, at + AT_MS(212));
            trace_close(c[i], CLIENT, at + AT_MS(213 + i));
        }
        h2_exchange(h2_open_plain(t, AT_S(30), 0), 1, AT_S(31), AT_S(32));

        assert_cause(c[2], is_server ? "request-limit" : "goaway");
        assert_closed_by(c[2], is_server ? "server" : "client");
    }
}

/* ---- setup ---- */

/* In TLS 1.3 a client that does not like the certificate says so in a record that nobody can read. */
static void a_certificate_that_is_refused(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 443};
    trace_connection *c = tls_connect(t, AT_MS(0), &how);
    tls_client_hello(c, AT_MS(1), &how);
    tls_server_hello(c, AT_MS(2), &how);
    tls_hidden_alert_13(c, CLIENT, AT_MS(3));
    trace_close(c, CLIENT, AT_MS(4));

    assert_cause(c, "setup-failed");
}

/* 400, with close, to what was no request (a scan, TLS at a port of HTTP): nothing was asked. */
static void what_is_no_request_is_refused(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_data(c, CLIENT, 40, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 400, .connection = "close");
    trace_close(c, SERVER, AT_MS(3));

    assert_cause(c, "server-close");
    assert_closed_by(c, NULL); /* what it got may have said close */
}

/* A CONNECT that says close, and is not answered at all, opened no tunnel. */
static void a_connect_that_is_not_answered(void)
{
    for (int has_answer = 0; has_answer < 2; has_answer++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(1), .method = "CONNECT", .target = "b.example:443",
                      .connection = "close");
        if (has_answer) {
            trace_lose(c, SERVER, TRACE_ANSWER);
            trace_ack(c, CLIENT, AT_MS(2));
        }
        trace_fin(c, CLIENT, AT_S(1));
        trace_fin(c, SERVER, AT_S(1));
        trace_exchange(trace_open(t, AT_S(2)), AT_S(3), AT_S(4));

        trace_analysis(t);
        g_assert_true((trace_ending(c)->cause == HR_CLOSE_CLIENT_CLOSE_HEADER) == !has_answer);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(path, function) g_test_add_func("/ending/beside/" path, function)
    T("client/answer", an_answer_that_ends_its_connection);
    T("client/server", what_its_server_ends_is_no_act_of_it);
    T("client/records", records_that_come_too_late);
    T("client/proxy", a_proxy_whose_client_ends);
    T("server/before", it_ends_what_was_open_before);
    T("server/reset", a_reset_is_no_refusal);
    T("server/http10", old_answers_make_no_habit);
    T("limit/goaway", calls_of_a_client_that_takes_leave);
    T("setup/certificate", a_certificate_that_is_refused);
    T("setup/nothing-asked", what_is_no_request_is_refused);
    T("setup/connect", a_connect_that_is_not_answered);
    T("server/records", records_that_nobody_answers);
    return g_test_run();
}

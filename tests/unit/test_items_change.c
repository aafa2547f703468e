/* test_items_change.c
 * What is asked for: nothing that the capture shows to be done already, and nothing that would not
 * have kept the connection. The traces are of programs that were captured: Node.js' http2, wrk,
 * gunicorn, nginx that refuses an upload, siege.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/result/brings.h"
#include "trace.h"
#include "trace_fixes.h"
#include "trace_h2.h"
#include "trace_tls.h"

#define REQUESTS "python-requests/2.28.1"
#define NGINX "nginx/1.22.1"
#define GUNICORN "gunicorn"

/* ---- what it does already ---- */

/* Node.js' http2: a session for each call, each closed by its client. */
static void a_client_that_says_goaway_keeps_no_client(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = h2_open(t, AT_S(i));
        h2_exchange(c, 1, AT_S(i) + AT_MS(50), AT_S(i) + AT_MS(51));
        h2_goaway(c, CLIENT, 0, H2_NO_ERROR, AT_S(i) + AT_MS(52));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(53));
    }

    g_assert_cmpuint(trace_fix(t, "keep_client")->avoidable->len, ==, 2);
    g_assert_null(trace_fix(t, "avoid_goaway"));
    hr_forecast forecast;
    g_assert_true(hr_fix_forecast(trace_analysis(t), trace_fix(t, "keep_client"), &forecast));
    g_assert_cmpuint(forecast.changed.connections, ==, 1);
}

/* https:// for a port that speaks HTTP: nginx and Go answer 400 in the clear, and close. */
static void tls_at_a_port_of_http_fails(void)
{
    for (int is_hidden = 0; is_hidden < 2; is_hidden++) {
        g_autoptr(trace) t = trace_new();
        const tls_kind how = {.port = 5000, .offers = "http/1.1"};
        for (int i = 0; i < 3; i++) {
            trace_connection *c = tls_connect(t, AT_S(i), &how);
            if (is_hidden) {
                trace_begin_segment(c, CLIENT, HR_TCP_ACK, 200, AT_S(i) + AT_MS(1));
                hr_tls_hello_hidden(trace_model(t), c->model);
                trace_end_segment(c);
            } else {
                tls_client_hello(c, AT_S(i) + AT_MS(1), &how);
            }
            trace_answer(c, AT_S(i) + AT_MS(2), .code = 400, .connection = "close");
            trace_close(c, SERVER, AT_S(i) + AT_MS(3));
        }

        g_assert_cmpuint(trace_cost(t, "reach_server"), ==, 2);
        g_assert_true(trace_advises(t, "reach_server", "The client spoke TLS"));
        g_assert_false(trace_advises(t, "reach_server", "SSLKEYLOGFILE"));
        g_assert_null(trace_fix(t, "keep_open"));
    }
}

/* @server ends two connections with their 1000th request. */
static trace *ends_at_1000(const char *server)
{
    trace *t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_open(t, AT_S(10 * i));
        for (int n = 1; n <= 1000; n++) {
            const int64_t at = AT_S(10 * i) + AT_MS(n);
            trace_request(c, at);
            trace_answer(c, at + AT_US(500), .server = server,
                         .connection = n == 1000 ? "close" : NULL);
        }
        trace_close(c, SERVER, AT_S(10 * i) + AT_MS(1002));
    }
    return t;
}

/* nginx 1.22 has another limit than nginx 1.18: the capture says which; and what is built on nginx
 * has it, too. */
static void the_limit_that_was_met_is_named(void)
{
    g_autoptr(trace) nginx = ends_at_1000(NGINX);
    g_autoptr(trace) tengine = ends_at_1000("Tengine/3.1.0");

    g_assert_true(trace_advises(
        nginx, "raise_request_limit",
        "raise keepalive_requests, which by default ends a connection with request 1000"));
    g_assert_true(trace_advises(
        tengine, "raise_request_limit",
        "If this server is Tengine, as its Server header says: raise keepalive_requests"));
}

/* Its last answer says close: that belongs to the limit, which is told by a finding of its own. What an
 * error says belongs to the error. */
static void a_close_that_is_said_counts_where_it_is_the_reason(void)
{
    g_autoptr(trace) nginx = ends_at_1000(NGINX);
    g_autoptr(trace) errors = trace_new();
    trace_calls(errors, (trace_message){.user_agent = REQUESTS},
                (trace_message){.code = 500, .connection = "close"});

    g_assert_cmpuint(
        trace_fix(nginx, "raise_request_limit")->codes & (1U << HR_FINDING_CLOSE_ANNOUNCED), ==, 0);
    g_assert_cmpuint(trace_fix(errors, "mend_errors")->codes & (1U << HR_FINDING_CLOSE_ANNOUNCED),
                     !=, 0);
}

/* What the caller gave up is counted where that is what ended the connection. */
static void what_was_cancelled_is_counted(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(5 * i));
        trace_request(c, AT_S(5 * i) + AT_MS(1));
        trace_ack(c, SERVER, AT_S(5 * i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(5 * i) + AT_S(1) + AT_MS(300 * i));
    }

    g_assert_cmpuint(trace_fix(t, "wait_longer")->codes & (1U << HR_FINDING_REQUEST_CANCELLED), !=,
                     0);
}

/* It kept connections until it was ended: it is no worker that keeps none. */
static void a_server_that_keeps_is_not_told_to_keep(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_open(t, AT_S(10 * i));
        for (int n = 1; n <= 3; n++) {
            trace_request(c, AT_S(10 * i) + AT_MS(300 * n));
            trace_answer(c, AT_S(10 * i) + AT_MS(300 * n + 1), .server = GUNICORN);
        }
        trace_close(c, SERVER, AT_S(10 * i) + AT_MS(950 + 40 * i));
    }

    g_assert_false(trace_advises(t, "keep_open", "worker class"));
}

/* A body that is too large costs the connection: keep-alive settings are not to blame. */
static void an_error_that_closes_is_to_be_mended(void)
{
    g_autoptr(trace) t = trace_new();
    trace_calls(t, (trace_message){.method = "POST", .user_agent = REQUESTS},
                (trace_message){.code = 413, .server = NGINX, .connection = "close"});

    g_assert_false(trace_advises(t, "mend_errors", "keepalive_"));
    g_assert_true(trace_advises(t, "mend_errors", "client_max_body_size"));
    g_assert_true(trace_happened(t, "mend_errors", "error answer: 413"));
}

/* What it leaves unread of a request it has to close on, whatever it answers. */
static void an_early_answer_is_no_error(void)
{
    for (int is_error = 0; is_error < 2; is_error++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            const int64_t at = AT_MS(100) * i;
            trace_connection *c = trace_open(t, at);
            trace_request(c, at + AT_MS(1), .method = "POST", .body = 600000, .rest = 500000);
            trace_answer(c, at + AT_MS(2), .code = is_error && i == 2 ? 413 : 200,
                         .connection = "close");
            trace_fin(c, SERVER, at + AT_MS(3));
            trace_fin(c, CLIENT, at + AT_MS(4));
        }
        g_assert_true(trace_happened(t, "mend_errors", "before the request's end") == !is_error);
        g_assert_true(trace_advises(t, "mend_errors", "reads up to 256 KiB") == !is_error);
        g_assert_true(trace_advises(t, "mend_errors", "413") == is_error);
    }
}

/* Nothing of the request was left unread. */
static void an_error_of_the_servers_own_is_no_unread_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_calls(t, (trace_message){.user_agent = REQUESTS},
                (trace_message){.code = 500, .server = NGINX, .connection = "close"});

    g_assert_false(trace_advises(t, "mend_errors", "client_max_body_size"));
    g_assert_false(trace_advises(t, "mend_errors", "read a request"));
    g_assert_true(trace_happened(t, "mend_errors", "error answer: 500"));
}

/* ---- whose loss it is ---- */

static void refuse(trace *t, int64_t at)
{
    trace_connection *c = trace_connect(t);

    trace_syn(c, at);
    trace_segment(c, SERVER, HR_TCP_RST | HR_TCP_ACK, 0, TRACE_CLIENT_ISN + 1, 0, at + AT_US(50));
}

/* While the server was down each try was refused: no setting of keep-alive would have helped, and the
 * stop that cost the connection before cost these, too. Where the server had said that it closes that
 * one, they are of something else. */
static void refused_tries_are_of_the_stop(void)
{
    for (int is_said = 0; is_said < 2; is_said++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(1));
        trace_answer(c, AT_MS(2), .connection = is_said ? "close" : NULL);
        trace_close(c, SERVER, AT_MS(400));
        const uint32_t first_refused = trace_frame(t) + 1;
        for (int i = 0; i < 3; i++) {
            refuse(t, AT_S(1 + i));
        }
        c = trace_open(t, AT_S(5));
        trace_exchange(c, AT_S(5) + AT_MS(1), AT_S(5) + AT_MS(2));

        g_assert_cmpuint(hr_analysis_item_count(trace_analysis(t)), ==, is_said ? 2 : 1);
        g_assert_cmpuint(trace_cost(t, "stay_up"), ==, is_said ? 0 : 4);
        g_assert_cmpuint(trace_cost(t, "reach_server"), ==, is_said ? 3 : 0);
        g_assert_true(is_said || trace_happened(t, "stay_up", "1 connection closed"));
        const hr_fix *fix = trace_fix(t, is_said ? "reach_server" : "stay_up");
        g_assert_cmpuint(fix->refused, ==, is_said ? 0 : 3);
        g_assert_cmpuint(fix->refused_frame, ==, is_said ? 0 : first_refused);
    }
}

/* A health check of TCP alone, or a program that looks whether the server is there: nothing was
 * opened beside it. */
static void a_lone_connection_without_a_request_is_looked_into(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *probe = trace_open(t, AT_MS(0));
    trace_close(probe, CLIENT, AT_MS(1));
    trace_connection *c = trace_open(t, AT_S(1));
    trace_exchange(c, AT_S(1) + AT_MS(1), AT_S(1) + AT_MS(2));

    g_assert_null(trace_fix(t, "bound_dials"));
}

/* Two at a time, and each says that it is the last: the second of a pair is no burst. */
static void a_pair_that_keeps_none_is_one_item(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        trace_connection *c[2];
        for (int k = 0; k < 2; k++) {
            c[k] = trace_open(t, AT_S(i) + AT_MS(k));
        }
        for (int k = 0; k < 2; k++) {
            trace_request(c[k], AT_S(i) + AT_MS(2 + 2 * k), .connection = "close");
            trace_answer(c[k], AT_S(i) + AT_MS(3 + 2 * k), .connection = "close");
        }
        for (int k = 0; k < 2; k++) {
            trace_close(c[k], SERVER, AT_S(i) + AT_MS(10 + 2 * k));
        }
    }

    g_assert_cmpuint(trace_fix(t, "no_client_close")->avoidable->len, ==, 7);
    g_assert_null(trace_fix(t, "bound_dials"));
}

/* A server that allows one stream: each call beside it dials, and then finds another free. */
static void want_of_streams_is_no_burst(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_limited(t, AT_MS(0), 1);
    h2_ask(one, 1, AT_MS(100));
    trace_connection *spare = h2_open(t, AT_MS(110));
    h2_answer(one, 1, AT_MS(200));
    h2_ask(one, 3, AT_MS(201));
    h2_answer(one, 3, AT_MS(210));
    trace_close(spare, CLIENT, AT_MS(300));

    g_assert_cmpuint(trace_fix(t, "more_streams")->avoidable->len, ==, 1);
    g_assert_null(trace_fix(t, "bound_dials"));
}

/* ... but where it is dialled beside, before anybody could know of the limit, it is one. */
static void want_of_streams_in_a_burst(void)
{
    static const tls_kind how = {.agrees = "h2", .has_keys = true};
    g_autoptr(trace) t = trace_new();
    trace_connection *one = tls_connect(t, AT_MS(0), &how);
    trace_connection *spare = tls_connect(t, AT_MS(0) + AT_US(300), &how);
    tls_handshake(one, AT_MS(1), &how);
    h2_prefaces(one, 1, AT_MS(4));
    h2_ask(one, 1, AT_MS(5));
    tls_handshake(spare, AT_MS(6), &how);
    h2_prefaces(spare, 1, AT_MS(9));
    h2_answer(one, 1, AT_MS(200));
    h2_ask(one, 3, AT_MS(201));
    h2_answer(one, 3, AT_MS(210));
    trace_close(spare, CLIENT, AT_MS(300));

    assert_opened(spare, "streams-exhausted", one);
    g_assert_cmpuint(trace_fix(t, "bound_dials")->avoidable->len, ==, 1);
    g_assert_null(trace_fix(t, "more_streams"));
}

/* ---- whose setting it is ---- */

/* A probe that opens a connection each time sees whether the server still accepts. */
static void a_probe_is_left_alone(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_message answer = {.connection = "close"};
    trace_calls(t, (trace_message){.user_agent = "kube-probe/1.28", .connection = "close"}, answer);

    g_assert_cmpuint(hr_analysis_item_count(trace_analysis(t)), ==, 0);

    for (int i = 10; i < 12; i++) {
        trace_connection *c = trace_open_to(t, "10.0.0.81", 80, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1), .connection = "close", .user_agent = REQUESTS);
        trace_answer(c, AT_S(i) + AT_MS(2), .connection = "close");
        trace_close(c, SERVER, AT_S(i) + AT_MS(3));
    }
    g_assert_cmpuint(trace_cost(t, "no_client_close"), ==, 1);
}

/* The client did not trust the certificate: the server refused nothing. */
static void who_ended_the_handshake_is_asked(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        const tls_kind how = {.port = 443, .is_12 = true};
        trace_connection *c = tls_connect(t, AT_S(i), &how);
        tls_client_hello(c, AT_S(i) + AT_MS(1), &how);
        tls_server_hello(c, AT_S(i) + AT_MS(2), &how);
        tls_alert(c, CLIENT, TLS_ALERT_UNKNOWN_CA, AT_S(i) + AT_MS(3));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(4));
    }

    g_assert_true(trace_advises(t, "reach_server", "client ended the TLS handshake"));
    g_assert_false(trace_advises(t, "reach_server", "refused"));
}

/* It was shown nothing: what it gave up on was silence. */
static void a_server_that_says_nothing_is_not_declined(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        const tls_kind how = {.port = 443, .is_12 = true};
        trace_connection *c = tls_connect(t, AT_S(20 * i), &how);
        tls_client_hello(c, AT_S(20 * i) + AT_MS(1), &how);
        trace_ack(c, SERVER, AT_S(20 * i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(20 * i + 10));
    }

    g_assert_false(trace_advises(t, "reach_server", "certificate"));
    g_assert_true(trace_advises(t, "reach_server", "did not answer"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/items/change/tls-in-plain", tls_at_a_port_of_http_fails);
    g_test_add_func("/change/loss/mute", a_server_that_says_nothing_is_not_declined);
    g_test_add_func("/change/does/goaway", a_client_that_says_goaway_keeps_no_client);
    g_test_add_func("/change/does/limit", the_limit_that_was_met_is_named);
    g_test_add_func("/change/does/limit/said", a_close_that_is_said_counts_where_it_is_the_reason);
    g_test_add_func("/change/does/cancelled", what_was_cancelled_is_counted);
    g_test_add_func("/change/does/keep", a_server_that_keeps_is_not_told_to_keep);
    g_test_add_func("/change/does/own-error", an_error_of_the_servers_own_is_no_unread_body);
    g_test_add_func("/change/does/error", an_error_that_closes_is_to_be_mended);
    g_test_add_func("/change/does/error/early", an_early_answer_is_no_error);
    g_test_add_func("/change/loss/refused", refused_tries_are_of_the_stop);
    g_test_add_func("/change/loss/lone", a_lone_connection_without_a_request_is_looked_into);
    g_test_add_func("/change/loss/pair", a_pair_that_keeps_none_is_one_item);
    g_test_add_func("/change/whose/probe", a_probe_is_left_alone);
    g_test_add_func("/change/whose/handshake", who_ended_the_handshake_is_asked);
    g_test_add_func("/items/streams", want_of_streams_is_no_burst);
    g_test_add_func("/items/change/streams-in-a-burst", want_of_streams_in_a_burst);
    return g_test_run();
}

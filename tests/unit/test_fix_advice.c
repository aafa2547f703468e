/* test_fix_advice.c
 * Who has to change what: of a GOAWAY and a timeout what the packets say, and what else it may be.
 * Idle timeouts and setups that failed have files of their own, test_fix_advice_idle.c and _refused.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"
#include "trace.h"
#include "trace_fixes.h"
#include "trace_h2.h"

/* ---- what the packets say ---- */

static void too_many_pings(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = h2_open_used(t, AT_S(i));
        h2_goaway(c, SERVER, 1, 11, AT_S(i) + AT_MS(50));
        trace_close(c, SERVER, AT_S(i) + AT_MS(51));
    }

    g_assert_true(trace_advises(t, "avoid_goaway", "more pings than the server allows"));
    g_assert_true(
        trace_happened(t, "avoid_goaway", "that may carry no more requests after a GOAWAY"));

    g_autoptr(trace) drained = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = h2_open_used(drained, AT_S(i));
        h2_goaway(c, SERVER, 1, i == 0 ? 11 : 2, AT_S(i) + AT_MS(50));
        trace_close(c, SERVER, AT_S(i) + AT_MS(51));
    }
    g_assert_true(trace_advises(drained, "avoid_goaway", "See the GOAWAY's error"));
}

/* The capture ends before the connection does that the server said it would close. */
static void close_said_of_one_that_is_open_at_the_end(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1));
        trace_answer(c, AT_S(i) + AT_MS(2), .connection = "close");
    }

    g_assert_null(trace_fix(t, "look"));
    hr_forecast forecast;
    g_assert_true(hr_fix_forecast(trace_analysis(t), trace_fix(t, "no_server_close"), &forecast));
    g_assert_true(forecast.is_given);
    g_assert_cmpuint(forecast.changed.connections, ==, 1);
}

/* Nobody knows how long an answer would have taken that was given up in the middle. */
static void no_forecast_of_what_timed_out(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(5 * i));
        trace_request(c, AT_S(5 * i) + AT_MS(1));
        trace_begin_answer(c, AT_S(5 * i) + AT_MS(2), .body = 5000, .rest = 4000);
        trace_close(c, CLIENT, AT_S(5 * i) + AT_MS(401));
    }

    hr_forecast forecast;
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_CANCELLED), ==, 0); /* an answer had begun */
    g_assert_cmpuint(trace_fix(t, "read_bodies")->timed_out, ==, 3);
    g_assert_cmpuint(trace_fix(t, "read_bodies")->forms[0], ==, 3);
    g_assert_true(trace_advises(t, "read_bodies", "raise the client's timeout"));
    g_assert_false(hr_fix_forecast(trace_analysis(t), trace_fix(t, "read_bodies"), &forecast));
}

/* A timeout that a name explains is one thing; what the server closes has nothing to do with it. */
static void what_a_server_closes_of_a_named_client(void)
{
    g_autoptr(trace) t = trace_new();
    trace_calls(t, (trace_message){.user_agent = "python-requests/2.31.0"}, (trace_message){0});

    g_assert_false(trace_may_be_else(t, "keep_open", "passes User-Agent on"));
}

/* Two requests met the server's close after 5 s. The second was reset before any FIN, or behind one:
 * only the former may be a device that forgot. */
static void what_was_reset_before_a_fin(void)
{
    for (int has_fin = 0; has_fin < 2; has_fin++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 2; i++) {
            const int64_t close_at = AT_S(20 * i) + AT_S(5) + AT_MS(2);
            trace_connection *c = trace_open(t, AT_S(20 * i));
            trace_exchange(c, AT_S(20 * i) + AT_MS(1), AT_S(20 * i) + AT_MS(2));
            if (i == 0 || has_fin) {
                trace_fin(c, SERVER, close_at);
            }
            c->is_deaf[SERVER] = true;
            trace_request(c, close_at + AT_US(100));
            trace_rst(c, SERVER, close_at + AT_US(200));
        }

        g_assert_true(trace_may_be_else(t, "expire_sooner", "no FIN had come before") == !has_fin);
    }
}

/* After a FIN the server had closed; a reset alone may be a device's, and nobody is named. */
static void what_met_a_close_is_told_as_it_was(void)
{
    static const char *const words[][2] = {
        {"1 request sent on an idle connection and answered by a reset",
         "2 requests sent on idle connections and answered by resets"},
        {"1 request sent on an idle connection that the server closed",
         "2 requests sent on idle connections that the server closed"},
    };
    for (int has_fin = 0; has_fin < 2; has_fin++) {
        for (int count = 1; count <= 2; count++) {
            g_autoptr(trace) t = trace_new();
            for (int i = 0; i < count; i++) {
                trace_connection *c = trace_open(t, AT_S(20 * i));
                trace_exchange(c, AT_S(20 * i) + AT_MS(1), AT_S(20 * i) + AT_MS(2));
                if (has_fin) {
                    trace_fin(c, SERVER, AT_S(20 * i + 7));
                }
                c->is_deaf[SERVER] = true;
                trace_request(c, AT_S(20 * i + 7) + AT_US(100));
                trace_rst(c, SERVER, AT_S(20 * i + 7) + AT_US(200));
            }

            g_assert_true(trace_happened(t, "expire_sooner", words[has_fin][count - 1]));
        }
    }
}

/* An error of its own, before it had read the upload: it closes for that, too. */
static void an_error_before_the_end_of_an_upload(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1), .method = "POST", .body = 5000, .rest = 4000);
        trace_answer(c, AT_S(i) + AT_MS(2), .code = 500, .connection = "close");
        trace_close(c, SERVER, AT_S(i) + AT_MS(3));
    }

    g_assert_true(trace_advises(t, "mend_errors", "does not read a request"));
}

/* A server that closes connections with streams: what their client may do is no reason. */
static void what_a_server_closes_with_streams(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = h2_open_used(t, AT_S(i));
        trace_close(c, SERVER, AT_S(i) + AT_MS(12));
    }

    g_assert_false(trace_may_be_else(t, "keep_open", "client"));
}

/* ---- HTTP/2 instead of a burst ---- */

/* httpx, 2 kept idle: six ask at once, each second, and four are closed after their answers. */
static trace *closed_beyond_the_limit(bool is_tls)
{
    trace *t = trace_new();
    trace_connection *c[6];
    for (int i = 0; i < 6; i++) {
        c[i] = is_tls ? tls_open(t, AT_MS(4 * i), .has_keys = true, .agrees = "http/1.1")
                      : trace_open(t, AT_MS(4 * i));
    }
    for (int i = 0; i < 6; i++) {
        trace_request(c[i], AT_MS(30) + AT_US(i), .user_agent = "python-httpx/0.27.0");
    }
    for (int i = 0; i < 6; i++) {
        trace_answer(c[i], AT_MS(40 + 5 * i));
        if (i < 4) {
            trace_close(c[i], CLIENT, AT_MS(40 + 5 * i) + AT_US(300));
        }
    }
    for (int i = 4; i < 6; i++) {
        trace_exchange(c[i], AT_MS(100 * i), AT_MS(100 * i + 10));
    }
    trace_exchange(c[5], AT_S(2), AT_S(2) + AT_MS(1));
    return t;
}

/* It is agreed on in TLS, and would mend nothing of what the server closes. */
static void what_http2_would_carry(void)
{
    g_autoptr(trace) in_tls = closed_beyond_the_limit(true);
    g_assert_true(trace_advises(in_tls, "keep_more_idle", "(ALPN)"));
    g_autoptr(trace) plain = closed_beyond_the_limit(false);
    g_assert_false(trace_advises(plain, "keep_more_idle", "ALPN"));

    g_autoptr(trace) closed = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = tls_open(closed, AT_S(i), .has_keys = true, .agrees = "http/1.1");
        trace_exchange(c, AT_S(i) + AT_MS(10), AT_S(i) + AT_MS(11));
        trace_close(c, SERVER, AT_S(i) + AT_MS(12));
    }
    g_assert_false(trace_advises(closed, "keep_open", "ALPN"));
}

/* ---- errors that are left unread ---- */

/* Go code that returns at a status, before it reads; some, or all, of what it leaves are errors. */
static trace *leave_unread(const unsigned codes[3])
{
    trace *t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1), .user_agent = "Go-http-client/1.1");
        trace_answer(c, AT_S(i) + AT_MS(2), .code = codes[i], .body = 9000);
        trace_rst(c, CLIENT, AT_S(i) + AT_MS(3));
    }
    return t;
}

static void errors_that_are_left_unread_are_named(void)
{
    static const unsigned all[] = {404, 500, 404};
    static const unsigned some[] = {404, 200, 200};
    static const unsigned none[] = {200, 200, 200};
    g_autoptr(trace) errors = leave_unread(all);
    g_autoptr(trace) mixed = leave_unread(some);
    g_autoptr(trace) others = leave_unread(none);

    g_assert_true(trace_happened(errors, "read_bodies", ", all of errors: 404, 500"));
    g_assert_true(trace_advises(errors, "read_bodies", "What was left unread were errors"));
    g_assert_true(trace_happened(mixed, "read_bodies", ", 1 of them of errors: 404"));
    g_assert_false(trace_advises(mixed, "read_bodies", "What was left unread were errors"));
    g_assert_false(trace_happened(others, "read_bodies", "errors"));
}

/* A call's timeout runs while the name is looked up, which is not in the capture: the first wait of
 * all is shorter. Reading on would not help the others. */
static void one_shorter_wait_among_those_that_timed_out(void)
{
    static const int waits[] = {390, 399, 399, 399};
    g_autoptr(trace) t = trace_new();
    g_autoptr(trace) unread = trace_new();
    trace *const traces[] = {t, unread};
    for (int i = 0; i < 8; i++) {
        trace_connection *c = trace_open(traces[i / 4], AT_S(5 * (i % 4)));
        trace_request(c, AT_S(5 * (i % 4)) + AT_MS(1));
        trace_begin_answer(c, AT_S(5 * (i % 4)) + AT_MS(2), .body = 5000,
                           .rest = i == 4 ? 0 : 4000);
        if (i == 4) { /* read to its end by nobody, whatever its wait */
            trace_rst(c, CLIENT, AT_MS(3));
            continue;
        }
        trace_close(c, CLIENT, AT_S(5 * (i % 4)) + AT_MS(waits[i % 4]));
    }

    hr_forecast forecast;
    g_assert_cmpuint(trace_fix(t, "read_bodies")->timed_out, ==, 3);
    g_assert_true(trace_advises(t, "read_bodies", "raise the client's timeout"));
    g_assert_false(hr_fix_forecast(trace_analysis(t), trace_fix(t, "read_bodies"), &forecast));
    g_assert_cmpuint(trace_fix(unread, "read_bodies")->timed_out, ==, 3);
    g_assert_false(trace_advises(unread, "read_bodies", "raise the client's timeout"));
}

/* ---- what else it may be ---- */

/* HAProxy's option httpchk asks so, and says no name; ab does. */
static void a_check_of_no_name(void)
{
    g_autoptr(trace) check = trace_new();
    g_autoptr(trace) ab = trace_new();
    trace_calls(check, (trace_message){.method = "OPTIONS", .is_http10 = true},
                (trace_message){.connection = "close"});
    trace_calls(ab, (trace_message){.user_agent = "ApacheBench/2.3", .is_http10 = true},
                (trace_message){.connection = "close"});

    g_assert_true(trace_may_be_else(check, "speak_http11", "a health check"));
    g_assert_false(trace_may_be_else(ab, "speak_http11", "a health check"));
}

/* Of HTTP/2 an answer that is not read costs its stream: no connection ends for that. */
static void no_body_costs_a_connection_of_streams(void)
{
    for (int is_h2 = 0; is_h2 < 2; is_h2++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_S(20 * i);
            trace_connection *c = is_h2 ? h2_open(t, at) : trace_open(t, at);
            if (is_h2) {
                h2_ask(c, 1, at + AT_MS(50), .user_agent = "Go-http-client/2.0");
                h2_answer(c, 1, at + AT_MS(51));
            } else {
                trace_request(c, at + AT_MS(50), .user_agent = "Go-http-client/1.1");
                trace_answer(c, at + AT_MS(51));
            }
            trace_close(c, CLIENT, at + AT_MS(551 + 100 * i));
        }

        g_assert_true(trace_advises(t, "keep_client", "make one http.Client"));
        g_assert_true(trace_advises(t, "keep_client", "io.Copy") == !is_h2);
        g_assert_true(trace_may_be_else(t, "keep_client", "an answer left unread") == !is_h2);
        g_assert_true(trace_may_be_else(t, "keep_client", "an idle timeout") == is_h2);
    }
}

/* What net/http follows by itself it also closes by itself: no caller can read it. Up to 2 KiB it
 * reads, and then it was the caller who did not. */
static void redirects_are_no_callers_business(void)
{
    static const struct {
        unsigned code;
        uint32_t body;
        bool is_followed;
    } kinds[] = {
        {301, 60000, true}, {302, 60000, true},  {303, 60000, true},  {307, 60000, true},
        {308, 60000, true}, {300, 60000, false}, {305, 60000, false}, {200, 60000, false},
        {302, 2048, false}, {302, 2049, true},
    };

    for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            const int64_t at = AT_MS(20 * i);
            trace_connection *c = trace_open(t, at);
            trace_request(c, at + AT_MS(1), .user_agent = "Go-http-client/1.1");
            trace_begin_answer(c, at + AT_US(1900), .code = kinds[k].code, .body = kinds[k].body,
                               .rest = 1000);
            trace_end_answer(c, 1000, at + AT_MS(2));
            trace_rst(c, CLIENT, at + AT_MS(3));
        }

        g_assert_true(trace_advises(t, "read_bodies", "follows redirects") == kinds[k].is_followed);
        g_assert_true(trace_advises(t, "read_bodies", "io.Copy") == !kinds[k].is_followed);
    }
}

static void squid_keeps_its_clients_connections_by_a_setting(void)
{
    g_autoptr(trace) t = trace_new();
    trace_calls(t, (trace_message){.user_agent = "python-requests/2.28.1"},
                (trace_message){.via = "1.1 cache (squid/5.7)", .connection = "close"});

    g_assert_true(trace_advises(t, "no_server_close", "client_persistent_connections"));
}

/* A snap length of 96: of each head its first line is there, and what it says of Connection not. */
static trace *cut_short(trace_side closes, bool is_cut, int64_t rest)
{
    trace *t = trace_new();

    for (int i = 0; i < 4; i++) {
        const int64_t at = AT_S(20 * i);
        trace_connection *c = trace_open(t, at);
        trace_request(c, at + AT_MS(1), .is_cut = is_cut);
        trace_answer(c, at + AT_MS(2), .is_cut = is_cut);
        if (i < 3) {
            trace_close(c, closes, at + AT_MS(3) + rest + i * AT_MS(137));
        }
    }
    return t;
}

/* Two names at one server are asked for in turn, and the snap length cuts Host off. */
static void what_is_cut_short_may_be_for_another_name(void)
{
    for (int cut = 0; cut < 3; cut++) { /* none, the idle one's, its own */
        g_autoptr(trace) t = trace_new();
        trace_connection *one = trace_open(t, AT_MS(0));
        trace_request(one, AT_MS(1), .is_cut = cut == 1);
        trace_answer(one, AT_MS(2));
        trace_connection *two = trace_open(t, AT_MS(100));
        trace_request(two, AT_MS(101), .is_cut = cut == 2);
        trace_answer(two, AT_MS(102));
        trace_exchange(two, AT_MS(200), AT_MS(201));

        assert_opened(two, "idle-available", one);
        g_assert_true(trace_may_be_else(t, "share_pool", "another name at the same address") ==
                      (cut > 0));
    }
}

static void what_is_cut_short_may_have_been_announced(void)
{
    g_autoptr(trace) by_server = cut_short(SERVER, true, 0);
    g_assert_true(trace_happened(by_server, "keep_open", "announced or not"));
    g_assert_true(trace_advises(by_server, "keep_open", "Nobody can read who asked for it"));
    g_assert_true(trace_advises(by_server, "keep_open", "whole packets"));

    g_autoptr(trace) by_client = cut_short(CLIENT, true, 0);
    g_assert_true(trace_happened(by_client, "keep_client", "announced or not"));
    g_assert_true(trace_may_be_else(by_client, "keep_client", "Connection: close"));

    g_autoptr(trace) whole = cut_short(SERVER, false, 0);
    g_assert_true(trace_happened(whole, "keep_open", "unannounced"));
    g_assert_false(trace_advises(whole, "keep_open", "whole packets"));

    /* Of the request alone, of which more is said than of the answer. */
    for (int is_cut = 0; is_cut < 2; is_cut++) {
        for (int by = CLIENT; by <= SERVER; by++) {
            g_autoptr(trace) t = trace_new();
            trace_connection *c = trace_open(t, AT_MS(0));
            trace_request(c, AT_MS(1), .user_agent = "Go-http-client/1.1", .is_cut = is_cut);
            trace_answer(c, AT_MS(2));
            trace_close(c, (trace_side)by, AT_MS(3));
            trace_exchange(trace_open(t, AT_MS(100)), AT_MS(101), AT_MS(102));
            const size_t told = trace_found(t, HR_FINDING_CLOSED_AFTER_ANSWER) +
                                trace_found(t, HR_FINDING_BODY_UNDRAINED) +
                                trace_found(t, HR_FINDING_SERVER_CLOSED_AFTER_ANSWER);
            g_assert_cmpuint(told, ==, is_cut ? 0 : 1);
        }
    }

    g_autoptr(trace) late = cut_short(SERVER, true, AT_MS(3100));
    g_assert_true(trace_happened(late, "keep_open", "unannounced"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fix_advice/pings", too_many_pings);
    g_test_add_func("/fix_advice/open-at-end", close_said_of_one_that_is_open_at_the_end);
    g_test_add_func("/fix_advice/timed-out", no_forecast_of_what_timed_out);
    g_test_add_func("/fix_advice/error-in-upload", an_error_before_the_end_of_an_upload);
    g_test_add_func("/fix_advice/server/streams", what_a_server_closes_with_streams);
    g_test_add_func("/fix_advice/server/named", what_a_server_closes_of_a_named_client);
    g_test_add_func("/fix_advice/device/reset", what_was_reset_before_a_fin);
    g_test_add_func("/fix_advice/device/words", what_met_a_close_is_told_as_it_was);
    g_test_add_func("/fix_advice/http2", what_http2_would_carry);
    g_test_add_func("/fix_advice/timed-out/most", one_shorter_wait_among_those_that_timed_out);
    g_test_add_func("/fix_advice/check", a_check_of_no_name);
    g_test_add_func("/fix_advice/streams", no_body_costs_a_connection_of_streams);
    g_test_add_func("/fix_advice/redirects", redirects_are_no_callers_business);
    g_test_add_func("/fix_advice/squid", squid_keeps_its_clients_connections_by_a_setting);
    g_test_add_func("/fix_advice/cut-short/name", what_is_cut_short_may_be_for_another_name);
    g_test_add_func("/fix_advice/cut-short", what_is_cut_short_may_have_been_announced);
    g_test_add_func("/advice/errors-left", errors_that_are_left_unread_are_named);
    return g_test_run();
}

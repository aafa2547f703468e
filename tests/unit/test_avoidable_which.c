/* test_avoidable_which.c
 * Which connections were needed and which were not, and whose each is: of dials side by side, of what
 * left HTTP, of what nobody can read. DESIGN sections 4 and 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_h2.h"

static void assert_avoidable(trace *t, uint32_t connections)
{
    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, connections);
}

/* Two dials at once that nobody can read; on one of them nothing was asked. */
static void hidden_dial_that_lost(void)
{
    static const tls_kind how = {.port = 443, .is_12 = true, .agrees = "http/1.1"};
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2] = {tls_connect(t, AT_MS(0), &how), tls_connect(t, AT_MS(1), &how)};
    for (int i = 0; i < 2; i++) {
        tls_handshake(c[i], AT_MS(10 + 10 * i), &how);
    }
    tls_hidden_exchange(c[0], AT_MS(30), AT_MS(31));
    trace_close(c[1], CLIENT, AT_S(5));

    assert_avoidable(t, 1);
    g_assert_true(c[1]->model->is_avoidable);
}

/* Two dials of HTTP/2, and nothing asked on either: one would have done for whatever was to come. */
static void dials_of_streams_without_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 443, .agrees = "h2", .has_keys = true};
    trace_connection *c[2] = {tls_connect(t, AT_MS(0), &how), tls_connect(t, AT_MS(20), &how)};
    for (int i = 0; i < 2; i++) {
        tls_handshake(c[i], AT_MS(30 + 10 * i), &how);
        h2_prefaces(c[i], 100, AT_MS(36 + 10 * i));
    }
    for (int i = 0; i < 2; i++) {
        trace_close(c[i], CLIENT, AT_S(5 + i));
    }

    assert_avoidable(t, 1);
}

/* A check's connection that is older than the capture was not opened in it. */
static void checks_of_before(void)
{
    for (int is_seen = 0; is_seen < 2; is_seen++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *check = is_seen ? trace_open(t, AT_MS(0)) : trace_connect(t);
        trace_request(check, AT_MS(1), .user_agent = "kube-probe/1.27");
        trace_answer(check, AT_MS(2));

        g_assert_cmpint(hr_analysis_origin(trace_analysis(t), 0)->needed_connections, ==, is_seen);
    }
}

/* A WebSocket needs its own, and is not what need not have been, whenever it was opened. */
static void what_left_http_came_last(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = trace_open(t, AT_S(i));
        if (i < 2) {
            trace_exchange(c[i], AT_S(i) + AT_MS(1), AT_S(i) + AT_MS(2));
        } else {
            trace_request(c[i], AT_S(i) + AT_MS(1), .upgrade = "websocket");
            trace_answer(c[i], AT_S(i) + AT_MS(2), .code = 101, .upgrade = "websocket");
        }
    }
    trace_exchange(c[0], AT_S(10), AT_S(10) + AT_MS(1));
    trace_exchange(c[1], AT_S(11), AT_S(11) + AT_MS(1));

    assert_avoidable(t, 1);
    g_assert_true(c[1]->model->is_avoidable);
    g_assert_false(c[2]->model->is_avoidable);
}

/* What was opened needlessly is to be looked at where it was opened. */
static void needless_dial_is_shown_at_its_opening(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open(t, AT_MS(0));
    trace_request(busy, AT_MS(1));
    trace_connection *more = trace_open(t, AT_MS(200));
    trace_answer(busy, AT_S(6));
    trace_exchange(more, AT_S(7), AT_S(7) + AT_MS(1));
    trace_exchange(more, AT_S(8), AT_S(8) + AT_MS(1));
    trace_close(more, CLIENT, AT_S(20));

    const hr_fix *fix = trace_fix(t, "bound_dials");
    g_assert_nonnull(fix);
    g_assert_false(hr_fix_shows_ends(fix));
    g_assert_cmpuint(fix->findings, ==, 0);
    g_assert_cmpuint(fix->frames[0], ==, more->model->opened.frame);
    g_assert_cmpuint(fix->frames[1], ==, hr_request_frame(more->model->first_request));
    g_assert_cmpuint(fix->frame_count, ==, 2);
}

/* Bursts of two on connections that messages keep from serving again: what to change is that, and not
 * the burst. */
static void bursts_that_keep_none(void)
{
    static const struct {
        trace_message request, answer;
        trace_side closes;
        const char *change;
    } rows[] = {
        {{.connection = "close"}, {.at = 0}, CLIENT, "no_client_close"},
        {{.at = 0}, {.connection = "close"}, SERVER, "no_server_close"},
        {{.is_http10 = true}, {.is_http10 = true}, SERVER, "speak_http11"},
    };
    for (size_t row = 0; row < G_N_ELEMENTS(rows); row++) {
        g_autoptr(trace) t = trace_new();
        for (int round = 0; round < 3; round++) {
            trace_connection *c[2];
            for (int i = 0; i < 2; i++) {
                trace_message request = rows[row].request;
                request.at = AT_S(round) + AT_MS(10 * i + 1);
                c[i] = trace_open(t, AT_S(round) + AT_MS(10 * i));
                trace_request_with(c[i], request);
            }
            for (int i = 0; i < 2; i++) {
                trace_message answer = rows[row].answer;
                answer.at = AT_S(round) + AT_MS(100 + 10 * i);
                trace_answer_with(c[i], answer);
                trace_close(c[i], rows[row].closes, AT_S(round) + AT_MS(101 + 10 * i));
            }
        }

        assert_avoidable(t, 4);
        g_assert_cmpuint(trace_cost(t, rows[row].change), ==, 4);
    }
}

/* One of two says close, and the other is kept: the one that was dialled meanwhile was not for want of
 * keeping. */
static void dial_beside_one_that_is_kept(void)
{
    for (int which = 0; which < 2; which++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = trace_open(t, AT_MS(0));
        trace_request(one, AT_MS(1));
        trace_connection *two = trace_open(t, AT_MS(30));
        trace_answer(one, AT_MS(50), .connection = which == 0 ? "close" : NULL);
        if (which == 0) {
            trace_close(one, SERVER, AT_MS(51));
        }
        trace_request(two, AT_MS(100), .connection = which == 1 ? "close" : NULL);
        trace_answer(two, AT_MS(101));
        if (which == 1) {
            trace_close(two, SERVER, AT_MS(102));
        }

        assert_opened(two, "all-busy", one);
        assert_avoidable(t, 1);
        g_assert_cmpuint(trace_cost(t, "bound_dials"), ==, 1);
    }
}

/* Of two proxies that an answer came through nobody knows which is the nearest, and so whose settings
 * to name. */
static void server_behind_two_proxies(void)
{
    for (int has_two = 0; has_two < 2; has_two++) {
        g_autoptr(trace) t = trace_new();
        trace_calls(t, (trace_message){.host = "a.example"},
                    (trace_message){.connection = "close",
                                    .server = "nginx/1.22.1",
                                    .via = has_two ? "1.1 varnish (Varnish/6.0), 1.1 x (squid/5.7)"
                                                   : "1.1 x (squid/5.7)"});

        const hr_fix *fix = trace_fix(t, "no_server_close");
        g_assert_nonnull(fix);
        g_assert_true((fix->server == HR_PRODUCT_NONE) == has_two);
    }
}

/* net/http closes it right after an answer with a body, and has dialled already. Where its opening is not
 * in the capture, nobody knows how much its pool kept: it was dropped for that, or for the body. */
static void dropped_by_a_client_that_had_dialled(void)
{
    for (int is_seen = 0; is_seen < 2; is_seen++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = is_seen ? trace_open(t, AT_MS(0)) : trace_connect(t);
        trace_request(idle, AT_MS(1), .user_agent = "Go-http-client/1.1");
        trace_answer(idle, AT_MS(2));
        trace_connection *c = trace_open(t, AT_MS(2) + AT_US(100));
        trace_request(c, AT_US(2400), .user_agent = "Go-http-client/1.1");
        trace_answer(c, AT_US(2500));
        trace_close(idle, CLIENT, AT_US(2700));
        trace_request(c, AT_S(1), .user_agent = "Go-http-client/1.1");
        trace_answer(c, AT_S(1) + AT_MS(1));

        g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==,
                        is_seen ? "previous-closed" : NULL);
    }
}

/* TLS failed at one address of a name: it is known what became of it, and the next address was the
 * first that served. */
static void failed_at_another_address(void)
{
    static const tls_kind how = {.port = 443, .has_keys = true};
    for (int is_known = 0; is_known < 2; is_known++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *failed = tls_connect(t, AT_MS(0), &how);
        tls_client_hello(failed, AT_MS(1), &how);
        if (is_known) {
            tls_alert(failed, SERVER, TLS_ALERT_HANDSHAKE_FAILURE, AT_MS(2));
            trace_close(failed, SERVER, AT_MS(3));
        }
        trace_connection *c = tls_open(t, AT_S(1), .has_keys = true, .address = "10.0.0.81");
        trace_exchange(c, AT_S(1) + AT_MS(10), AT_S(1) + AT_MS(11));

        g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==, is_known ? "first-contact" : NULL);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/needed/hidden", hidden_dial_that_lost);
    g_test_add_func("/needed/streams", dials_of_streams_without_a_request);
    g_test_add_func("/needed/checks", checks_of_before);
    g_test_add_func("/needed/left-http", what_left_http_came_last);
    g_test_add_func("/needed/frames", needless_dial_is_shown_at_its_opening);
    g_test_add_func("/needed/keeps-none", bursts_that_keep_none);
    g_test_add_func("/needed/kept", dial_beside_one_that_is_kept);
    g_test_add_func("/needed/proxies", server_behind_two_proxies);
    g_test_add_func("/needed/dropped", dropped_by_a_client_that_had_dialled);
    g_test_add_func("/needed/failed", failed_at_another_address);
    return g_test_run();
}

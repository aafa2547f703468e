/* test_ending_dead.c
 * What is told of a request that died, and of those ends that only look like one: its retry, what
 * the server and the client had said before, and what a message that came first means for a limit.
 * DESIGN section 5; RFC 9110 section 9.2.2, RFC 9113 section 6.8.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_quic.h"

static trace_connection *open_idle(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    return c;
}

/* ---- its retry ---- */

/* A GET / dies at 5 s; @later on another connection there is one for @target. */
static const hr_request *retry_after(trace *t, int64_t later, const char *target)
{
    trace_connection *c = open_idle(t);
    trace_fin(c, SERVER, AT_S(5));
    trace_request(c, AT_S(5));
    trace_rst(c, SERVER, AT_S(5));
    trace_connection *again = trace_open(t, AT_S(5) + later - AT_MS(1));
    trace_request(again, AT_S(5) + later, .target = target);

    assert_cause(c, "stale-race");
    return trace_ending(c)->seldom->retry;
}

static void retry_comes_soon_and_asks_for_the_same(void)
{
    g_autoptr(trace) soon = trace_new();
    g_autoptr(trace) late = trace_new();
    g_autoptr(trace) other = trace_new();

    g_assert_nonnull(retry_after(soon, AT_MS(4900), "/"));
    g_assert_null(retry_after(late, AT_MS(5100), "/"));
    g_assert_null(retry_after(other, AT_MS(100), "/other"));
}

/* It asks for the same every other second, and does so @later after one was lost. */
static const hr_request *poll_after_a_loss(trace *t, int64_t later)
{
    trace_connection *c = trace_open(t, AT_MS(990));
    for (int i = 0; i < 2; i++) {
        trace_exchange(c, AT_S(1 + 2 * i), AT_S(1 + 2 * i) + AT_MS(5));
    }
    trace_fin(c, SERVER, AT_MS(4900));
    trace_request(c, AT_S(5));
    trace_rst(c, SERVER, AT_S(5));
    trace_exchange(trace_open(t, AT_S(5) + later), AT_S(5) + later + AT_MS(30),
                   AT_S(5) + later + AT_MS(35));

    assert_cause(c, "stale-race");
    return trace_ending(c)->seldom->retry;
}

/* What comes as it would have come anyway is no retry. */
static void what_is_asked_in_rhythm_is_no_retry(void)
{
    g_autoptr(trace) in_rhythm = trace_new();
    g_autoptr(trace) sooner = trace_new();
    g_autoptr(trace) later = trace_new();

    g_assert_null(poll_after_a_loss(in_rhythm, AT_S(2) + AT_MS(1)));
    g_assert_nonnull(poll_after_a_loss(sooner, AT_MS(1900)));
    g_assert_nonnull(poll_after_a_loss(later, AT_MS(2100)));
}

/* What was sent behind it on the same connection died with it. */
static void pipelined_request_is_no_retry(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_fin(c, SERVER, AT_S(5));
    trace_request(c, AT_S(5));
    trace_request(c, AT_S(5) + AT_US(10));
    trace_rst(c, SERVER, AT_S(5) + AT_US(20));

    assert_cause(c, "stale-race");
    g_assert_null(trace_ending(c)->seldom->retry);
}

/* ---- what the client could know ---- */

/* The FIN had arrived when it sent, or only then. */
static void fin_was_known_before_the_request_or_not(void)
{
    g_autoptr(trace) known = trace_new();
    trace_connection *c = open_idle(known);
    trace_fin(c, SERVER, AT_S(5));
    trace_ack(c, CLIENT, AT_S(5) + AT_US(100));
    trace_request(c, AT_S(6));
    trace_rst(c, SERVER, AT_S(6) + AT_US(100));
    assert_cause(c, "stale-race");
    g_assert_true(trace_ending(c)->is_fin_known);

    g_autoptr(trace) unknown = trace_new();
    c = open_idle(unknown);
    c->is_deaf[CLIENT] = true;
    trace_fin(c, SERVER, AT_S(5));
    trace_request(c, AT_S(5) + AT_US(50));
    trace_segment(c, CLIENT, HR_TCP_ACK, c->next[CLIENT], c->next[SERVER], 0, AT_S(5) + AT_US(100));
    trace_rst(c, SERVER, AT_S(5) + AT_US(200));
    assert_cause(c, "stale-race");
    g_assert_false(trace_ending(c)->is_fin_known);
}

/* ---- what the server had said ---- */

/* The kernel acknowledges what the program never reads: it had said before that it closes. */
static void request_behind_a_408(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    c->is_deaf[CLIENT] = true;
    trace_answer(c, AT_S(30), .code = 408, .connection = "close");
    trace_request(c, AT_S(30) + AT_US(50));
    trace_fin(c, SERVER, AT_S(30) + AT_US(100));

    assert_cause(c, "stale-race");
    assert_certainty(c, "certain");
}

static void request_behind_a_close_notify(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    tls_close_notify(c, SERVER, AT_S(30));
    trace_request(c, AT_S(30) + AT_US(50));
    trace_fin(c, SERVER, AT_S(30) + AT_US(100));

    assert_cause(c, "stale-race");
    assert_certainty(c, "certain");
}

static void request_before_a_close_notify(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_request(c, AT_S(30));
    trace_ack(c, SERVER, AT_S(30) + AT_MS(50));
    tls_close_notify(c, SERVER, AT_S(31));
    trace_fin(c, SERVER, AT_S(31) + AT_US(100));

    assert_cause(c, "request-aborted");
}

/* ---- GOAWAY ---- */

/* The client's says which of the server's streams it took: none of its own requests is left out. */
static void goaway_of_the_client_leaves_nothing_out(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_ask(c, 1, AT_MS(10));
    h2_goaway(c, CLIENT, 0, H2_NO_ERROR, AT_MS(20));
    trace_ack(c, SERVER, AT_MS(100));
    trace_fin(c, SERVER, AT_S(1));

    assert_cause(c, "request-aborted");
}

static void goaway_of_the_server_leaves_later_ones_out(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_exchange(c, 1, AT_MS(10), AT_MS(11));
    h2_ask(c, 3, AT_MS(20));
    h2_goaway(c, SERVER, 1, H2_NO_ERROR, AT_MS(21));
    trace_ack(c, SERVER, AT_MS(100));
    trace_fin(c, SERVER, AT_S(1));

    assert_cause(c, "goaway");
}

/* Over HTTP/2, @asked requests of @server, answered but for the last one. */
static trace_connection *server_asked(trace *t, const char *server, uint32_t asked)
{
    trace_connection *c = h2_open(t, AT_MS(0));

    for (uint32_t i = 1; i <= asked; i++) {
        h2_ask(c, 2 * i - 1, AT_MS(10) + AT_US(20) * i);
        if (i < asked) {
            h2_answer(c, 2 * i - 1, AT_MS(10) + AT_US(20) * i + AT_US(10), .server = server);
        }
    }
    return c;
}

/* keepalive_requests, 100 before 1.19.10, also over HTTP/2. */
static trace_connection *nginx_asked(trace *t, uint32_t asked)
{
    return server_asked(t, "nginx/1.18.0", asked);
}

/* It says so as it takes the last request; the client closes when it likes. */
static void goaway_with_the_last_answer_is_the_limits(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = nginx_asked(t, 100);
    h2_goaway(c, SERVER, 199, H2_NO_ERROR, AT_MS(20));
    h2_answer(c, 199, AT_MS(21));
    trace_close(c, CLIENT, AT_S(1));

    assert_cause(c, "request-limit");
    assert_closed_by(c, "server");
    g_assert_cmpuint(trace_ending(c)->limit, ==, 100);
}

/* MaxKeepAliveRequests is of HTTP/1 only: h2load has 150 answers of Apache httpd 2.4.71 on a
 * connection, and 1100 of lighttpd 1.4.69. */
static void goaway_at_a_limit_of_http1_is_no_limits(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = server_asked(t, "Apache/2.4.71 (Debian)", 101);
    h2_goaway(c, SERVER, 201, H2_NO_ERROR, AT_MS(20));
    h2_answer(c, 201, AT_MS(21));
    trace_close(c, CLIENT, AT_S(1));

    assert_cause(c, "goaway");
}

static void goaway_of_an_error_is_no_limits(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = nginx_asked(t, 100);
    h2_goaway(c, SERVER, 199, H2_ENHANCE_YOUR_CALM, AT_MS(20));
    h2_answer(c, 199, AT_MS(21));
    trace_close(c, CLIENT, AT_S(1));

    assert_cause(c, "goaway");
}

static void goaway_before_the_last_request_is_no_limits(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = nginx_asked(t, 99);
    h2_goaway(c, SERVER, 199, H2_NO_ERROR, AT_MS(20));
    h2_answer(c, 197, AT_MS(21));
    h2_exchange(c, 199, AT_MS(22), AT_MS(23));
    trace_close(c, CLIENT, AT_S(1));

    assert_cause(c, "goaway");
}

static void goaway_long_after_the_last_answer_is_no_limits(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = nginx_asked(t, 100);
    h2_answer(c, 199, AT_MS(21));
    h2_goaway(c, SERVER, 199, H2_NO_ERROR, AT_MS(700));
    trace_close(c, CLIENT, AT_S(1));

    assert_cause(c, "goaway");
}

/* Some of the client's bytes are missing: it may have said GOAWAY before. */
static void goaway_after_a_gap_of_the_other_side(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_ask(c, 1, AT_MS(10));
    trace_lose(c, CLIENT, 100);
    h2_other_frame(c, CLIENT, AT_MS(11));
    h2_goaway(c, SERVER, 1, H2_NO_ERROR, AT_MS(20));
    trace_close(c, SERVER, AT_MS(21));

    assert_cause(c, "goaway");
    g_assert_cmpint(trace_ending(c)->by, ==, HR_SIDE_NONE);
}

/* ---- QUIC: nobody sends any more ---- */

/* A request waits: what passed in silence was not idle time. */
static void silence_with_a_request_outstanding(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000, .server_idle_ms = 30000};
    hr_connection *c = quic_open(t, 0, AT_MS(0), &how);
    quic_ask(t, c, 0, AT_MS(30));
    quic_wait_until(t, AT_S(60));

    trace_analysis(t);
    g_assert_cmpint(c->ending.cause, !=, HR_CLOSE_CLIENT_IDLE_TIMEOUT);
}

/* 100 answers of nginx, and the GOAWAY so much later than the last. */
static trace_connection *left_after_100(trace *t, int64_t at, int64_t later)
{
    trace_connection *c = h2_open(t, at);
    for (uint32_t i = 0; i < 100; i++) {
        h2_ask(c, 2 * i + 1, at + AT_MS(10 + i));
        h2_answer(c, 2 * i + 1, at + AT_MS(10 + i) + AT_US(500), .server = "nginx/1.18.0");
    }
    trace_ack(c, CLIENT, at + AT_MS(110));
    h2_goaway(c, SERVER, 199, H2_NO_ERROR, at + AT_MS(111) + later);
    trace_close(c, CLIENT, at + AT_MS(120) + later);
    return c;
}

/* One that was kept after as many, until it had been idle for long, refutes the limit of another. */
static void goaway_of_one_that_was_kept_refutes_a_limit(void)
{
    for (int is_kept = 0; is_kept < 2; is_kept++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = left_after_100(t, AT_S(0), 0);
        left_after_100(t, AT_S(2), is_kept ? AT_S(7) : 0);

        assert_cause(c, is_kept ? "goaway" : "request-limit");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dead/goaway/kept", goaway_of_one_that_was_kept_refutes_a_limit);
    g_test_add_func("/dead/retry/soon", retry_comes_soon_and_asks_for_the_same);
    g_test_add_func("/dead/retry/in-rhythm", what_is_asked_in_rhythm_is_no_retry);
    g_test_add_func("/dead/retry/pipelined", pipelined_request_is_no_retry);
    g_test_add_func("/dead/fin-known", fin_was_known_before_the_request_or_not);
    g_test_add_func("/dead/said/408", request_behind_a_408);
    g_test_add_func("/dead/said/close-notify", request_behind_a_close_notify);
    g_test_add_func("/dead/said/nothing", request_before_a_close_notify);
    g_test_add_func("/dead/goaway/client", goaway_of_the_client_leaves_nothing_out);
    g_test_add_func("/dead/goaway/server", goaway_of_the_server_leaves_later_ones_out);
    g_test_add_func("/dead/goaway/limit", goaway_with_the_last_answer_is_the_limits);
    g_test_add_func("/ending/goaway/limit/http1", goaway_at_a_limit_of_http1_is_no_limits);
    g_test_add_func("/dead/goaway/error", goaway_of_an_error_is_no_limits);
    g_test_add_func("/dead/goaway/before", goaway_before_the_last_request_is_no_limits);
    g_test_add_func("/dead/goaway/late", goaway_long_after_the_last_answer_is_no_limits);
    g_test_add_func("/dead/goaway/gap", goaway_after_a_gap_of_the_other_side);
    g_test_add_func("/dead/quic/silence", silence_with_a_request_outstanding);
    return g_test_run();
}

/* test_ending_taken.c
 * A request runs into an end of which one thing or another is not as usual: who else may have ended
 * it, whether its client knew, and what nobody saw. DESIGN section 5, stale-race.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_elsewhere.h"
#include "trace_h2.h"

static trace_connection *open_idle(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(0));

    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .server = "nginx/1.22.1");
    return c;
}

/* The client has the server's FIN, and acknowledges it, or not yet, before it sends. */
static void known_to_its_client(void)
{
    for (int is_known = 0; is_known < 2; is_known++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_idle(t);
        c->is_deaf[CLIENT] = !is_known;
        trace_fin(c, SERVER, AT_S(5));
        trace_ack(c, CLIENT, AT_S(5));
        trace_request(c, AT_MS(5001));
        trace_rst(c, SERVER, AT_MS(5002));

        assert_cause(c, "stale-race");
        g_assert_cmpint(trace_ending(c)->is_fin_known, ==, is_known);
    }
}

/* After six minutes a device has forgotten it, and resets what comes. A FIN is no device's. */
static void out_of_long_silence(void)
{
    for (int is_reset = 0; is_reset < 2; is_reset++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_idle(t);
        c->is_deaf[SERVER] = true;
        trace_request(c, AT_S(360));
        if (is_reset) {
            trace_rst(c, SERVER, AT_S(360) + AT_MS(1));
        } else {
            trace_fin(c, SERVER, AT_S(360) + AT_MS(1));
        }

        assert_cause(c, "stale-race");
        assert_closed_by(c, is_reset ? NULL : "server");
    }
}

/* Its FIN is not in the capture; after nginx's 75 s its kernel answers by a reset. */
static void reset_after_its_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    c->is_deaf[SERVER] = true;
    trace_request(c, AT_MS(75100));
    trace_rst(c, SERVER, AT_MS(75101));

    assert_cause(c, "stale-race");
    assert_closed_by(c, "server");
    g_assert_cmpuint(trace_ending(c)->timer_count, >, 0);
    g_assert_true(trace_ending(c)->is_timer_named);
}

/* Only the client's packets: it acknowledges a FIN that came after its request. Whether the server had
 * acknowledged that, and so taken it, nobody saw. */
static void in_a_capture_of_one_direction(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(1));
    trace_request(c, AT_MS(2));
    trace_lose(c, SERVER, 420);
    trace_ack(c, CLIENT, AT_MS(10));
    trace_request(c, AT_S(6));
    trace_lose_fin(c, SERVER);
    trace_ack(c, CLIENT, AT_S(8));
    trace_fin(c, CLIENT, AT_S(8));
    trace_exchange(trace_open(t, AT_S(8)), AT_S(9), AT_S(10));

    assert_cause(c, "server-close");
    g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, 0);
}

/* Another host resets it in the server's name as its first request comes. One that was open before
 * the capture may have been at rest, and forgotten; one that was just opened was not. */
static void reset_by_another_host_at_its_first_request(void)
{
    for (int is_opened = 0; is_opened < 2; is_opened++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = is_opened ? trace_open(t, AT_MS(0)) : trace_connect(t);
        trace_data(c, SERVER, 10, AT_MS(1)); /* so its hops are known */
        trace_ack(c, SERVER, AT_MS(2));
        c->is_deaf[SERVER] = true;
        trace_request(c, AT_S(1));
        elsewhere_reset(c, SERVER, 60, AT_S(1) + AT_MS(1));
        trace_exchange(trace_open(t, AT_S(8)), AT_S(9), AT_S(10));

        assert_cause(c, is_opened ? "idle-dropped" : "stale-race");
        assert_closed_by(c, NULL);
    }
}

/* A reset that came before the request answers nothing: after six minutes a device would have stayed
 * silent until it was asked. */
static void reset_before_it_was_asked(void)
{
    for (int is_asked = 0; is_asked < 2; is_asked++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_idle(t);
        c->is_deaf[SERVER] = true;
        if (!is_asked) {
            trace_rst(c, SERVER, AT_S(360));
        }
        trace_request(c, AT_S(360) + AT_US(100));
        if (is_asked) {
            trace_rst(c, SERVER, AT_S(360) + AT_MS(1));
        }

        assert_cause(c, "stale-race");
        assert_closed_by(c, is_asked ? NULL : "server");
    }
}

/* Its client had said close before: what it sends behind that nobody answers (RFC 9112 §9.6). */
static void behind_a_close_that_its_client_said(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_request(c, AT_S(1), .connection = "close");
    trace_request(c, AT_S(1) + AT_US(10));
    trace_answer(c, AT_S(1) + AT_MS(1));
    trace_fin(c, SERVER, AT_S(1) + AT_MS(2));

    assert_cause(c, "client-close-header");
}

/* In TLS a request is taken, and no answer comes; or, where bytes of the server are missing, it may have
 * said that it goes. */
static void one_of_tls(void)
{
    for (int i = 0; i < 4; i++) {
        const bool is_lost = i % 2 != 0;
        const bool is_first = i < 2;
        g_autoptr(trace) t = trace_new();
        trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true, .agrees = "http/1.1");
        if (!is_first) {
            trace_exchange(c, AT_MS(50), AT_MS(51));
        }
        if (is_lost) {
            trace_lose(c, SERVER, 60);
        }
        trace_request(c, AT_MS(100));
        trace_ack(c, SERVER, AT_MS(101));
        trace_fin(c, SERVER, AT_S(1));

        trace_analysis(t);
        g_assert_true((trace_ending(c)->cause == HR_CLOSE_REQUEST_ABORTED) == !is_lost);
    }
}

/* Of HTTP/2 the same, wherever the bytes are missing: each header builds on those before. */
static void one_of_http2(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_plain(t, AT_MS(0), 0);
        h2_exchange(c, 1, AT_MS(10), AT_MS(11));
        if (is_lost) {
            trace_lose(c, SERVER, 60);
        }
        h2_exchange(c, 3, AT_MS(20), AT_MS(21));
        h2_ask(c, 5, AT_MS(100));
        trace_ack(c, SERVER, AT_MS(101));
        trace_fin(c, SERVER, AT_S(1));

        trace_analysis(t);
        g_assert_true((trace_ending(c)->cause == HR_CLOSE_REQUEST_ABORTED) == !is_lost);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(path, function) g_test_add_func("/ending/taken/" path, function)
    T("known", known_to_its_client);
    T("silence", out_of_long_silence);
    T("timeout", reset_after_its_timeout);
    T("one-way", in_a_capture_of_one_direction);
    T("first", reset_by_another_host_at_its_first_request);
    T("before", reset_before_it_was_asked);
    T("said", behind_a_close_that_its_client_said);
    T("tls", one_of_tls);
    T("h2", one_of_http2);
    return g_test_run();
}

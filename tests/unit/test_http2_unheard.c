/* test_http2_unheard.c
 * A way that is dead: what the client of HTTP/2 sends goes unheard, again and again, and it gives the
 * connection up or does not. DESIGN section 5, idle-dropped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_h2.h"

/* A connection that was used, and whose client sends a PING at 1 s, and @repeats times again. */
static trace_connection *open_and_ping(trace *t, unsigned repeats, uint32_t *ping)
{
    trace_connection *c = h2_open_used(t, AT_MS(0));

    trace_ack(c, CLIENT, AT_MS(20));
    *ping = c->next[CLIENT];
    h2_other_frame(c, CLIENT, AT_S(1));
    for (unsigned i = 0; i < repeats; i++) {
        trace_segment(c, CLIENT, HR_TCP_ACK, *ping, c->next[SERVER], c->next[CLIENT] - *ping,
                      AT_MS(1200) + i * AT_MS(400));
    }
    return c;
}

/* Nobody hears its client's PING, which is sent again and again: the way is dead, and no offer. */
static void unheard_ping_is_no_offer(void)
{
    for (unsigned repeats = 1; repeats <= 3; repeats++) {
        g_autoptr(trace) t = trace_new();
        uint32_t ping = 0;
        trace_connection *one = open_and_ping(t, repeats, &ping);
        trace_connection *two = h2_open_used(t, AT_S(3));

        assert_opened(two, repeats == 1 ? "idle-available" : "all-busy", one);
        assert_cause(one, repeats < 3 ? "open-at-end" : "idle-dropped");
    }
}

/* What nobody heard for so long is answered after all: it was no loss. */
static void unheard_and_answered_after_all(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(20));
    const uint32_t unheard = c->next[CLIENT];
    const hr_request *request = h2_ask(c, 3, AT_S(1));
    for (int i = 0; i < 3; i++) {
        trace_segment(c, CLIENT, HR_TCP_ACK, unheard, c->next[SERVER], c->next[CLIENT] - unheard,
                      AT_S(2 + i));
    }
    g_assert_cmpuint(trace_found(t, HR_FINDING_IDLE_DROPPED), ==, 1);
    g_assert_true(hr_finding_set_has(request->findings, HR_FINDING_IDLE_DROPPED));

    h2_answer(c, 3, AT_S(6));
    g_assert_cmpuint(trace_found(t, HR_FINDING_IDLE_DROPPED), ==, 0);
    g_assert_false(hr_finding_set_has(request->findings, HR_FINDING_IDLE_DROPPED));
}

/* Three streams that their client cancels after as long, on a way that is dead: that is one loss, and no
 * timeouts of three calls. */
static void unheard_streams_are_no_timeouts(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(20));
    const uint32_t unheard = c->next[CLIENT];
    for (unsigned i = 0; i < 3; i++) {
        h2_ask(c, 3 + 2 * i, AT_MS(100 + 10 * (int64_t)i));
    }
    for (unsigned i = 0; i < 3; i++) {
        h2_reset(c, CLIENT, 3 + 2 * i, AT_S(1) + AT_MS(100 + 10 * (int64_t)i));
    }
    for (int i = 0; i < 3; i++) {
        trace_segment(c, CLIENT, HR_TCP_ACK, unheard, c->next[SERVER], c->next[CLIENT] - unheard,
                      AT_S(2 + i));
    }

    assert_cause(c, "idle-dropped");
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_CANCELLED), ==, 0);
}

/* The client's FIN behind what it sends from @farewell on, which nobody hears; later traffic. */
static void close_unheard(trace_connection *c, uint32_t farewell)
{
    const uint32_t length = c->next[CLIENT] - farewell;

    trace_fin(c, CLIENT, AT_S(2) + AT_US(10));
    for (unsigned i = 0; i < 3; i++) {
        trace_segment(c, CLIENT, HR_TCP_ACK, farewell, c->next[SERVER], length,
                      AT_MS(2200) + i * AT_MS(400));
    }
    trace_exchange(trace_open_to(c->owner, "10.0.0.90", 80, AT_S(4)), AT_S(4) + AT_MS(1),
                   AT_S(4) + AT_MS(2));
}

/* Its client had closed before, and nobody hears that. */
static void unheard_after_its_client_closed(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(20));
    const uint32_t farewell = c->next[CLIENT];
    h2_goaway(c, CLIENT, 0, H2_NO_ERROR, AT_S(2));
    close_unheard(c, farewell);

    g_assert_cmpstr(hr_close_cause_token(trace_ending(c)->cause), !=, "idle-dropped");
}

/* ... nor its close_notify, sent again and again with its FIN. */
static void unheard_close_notify(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(20));
    const uint32_t farewell = c->next[CLIENT];
    tls_close_notify(c, CLIENT, AT_S(2));
    close_unheard(c, farewell);

    assert_cause(c, "client-close");
}

/* It gives up as nobody hears its PING (ReadIdleTimeout and PingTimeout of Go): what it found dead
 * it closes. Not where somebody had heard it. */
static void given_up_as_nobody_hears_its_ping(void)
{
    for (unsigned is_heard = 0; is_heard < 2; is_heard++) {
        g_autoptr(trace) t = trace_new();
        uint32_t ping = 0;
        trace_connection *c = open_and_ping(t, 4, &ping);
        const uint32_t length = c->next[CLIENT] - ping;
        if (is_heard) {
            trace_ack(c, SERVER, AT_S(3));
        }
        trace_fin(c, CLIENT, AT_S(4));
        trace_segment(c, CLIENT, HR_TCP_ACK | HR_TCP_FIN, ping, c->next[SERVER], length, AT_S(5));
        trace_exchange(trace_open_to(t, "10.0.0.90", 80, AT_S(9)), AT_S(9) + AT_MS(1),
                       AT_S(9) + AT_MS(2));

        assert_cause(c, is_heard ? "client-close" : "idle-dropped");
    }
}

/* No device forgets within a second: the way was cut. After a minute one may have. */
static void unheard_after_a_short_rest_is_cut_in_use(void)
{
    for (int is_long = 0; is_long < 2; is_long++) {
        const int64_t at = is_long ? AT_S(60) : AT_S(1);
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_used(t, AT_MS(0));
        trace_ack(c, CLIENT, AT_MS(20));
        const uint32_t ping = c->next[CLIENT];
        h2_other_frame(c, CLIENT, at);
        for (int i = 1; i <= 4; i++) {
            trace_segment(c, CLIENT, HR_TCP_ACK, ping, c->next[SERVER], c->next[CLIENT] - ping,
                          at + i * AT_MS(400));
        }
        trace_fin(c, CLIENT, at + AT_S(3));
        h2_open_used(t, at + AT_S(4));

        assert_cause(c, "idle-dropped");
        g_assert_true(trace_ending(c)->is_cut_in_use == !is_long);
        g_assert_true((trace_fix(t, "outlast_device") != NULL) == is_long);
    }
}

/* On its way, and each packet of it captured twice: nobody had the time to answer yet. */
static void captured_twice_is_not_unheard(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_used(t, AT_MS(0));
    trace_ack(one, CLIENT, AT_MS(20));
    for (unsigned i = 0; i < 4; i++) {
        const int64_t at = AT_S(1) + i * AT_US(100);
        const uint32_t ping = one->next[CLIENT];
        h2_other_frame(one, CLIENT, at);
        trace_segment(one, CLIENT, HR_TCP_ACK, ping, one->next[SERVER], one->next[CLIENT] - ping,
                      at + AT_US(30));
    }
    trace_connection *two = h2_open_used(t, AT_S(1) + AT_MS(5));

    assert_opened(two, "idle-available", one);
    assert_cause(one, "open-at-end");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http2/unheard/ping", unheard_ping_is_no_offer);
    g_test_add_func("/http2/unheard/farewell", unheard_after_its_client_closed);
    g_test_add_func("/http2/unheard/close-notify", unheard_close_notify);
    g_test_add_func("/http2/unheard/given-up", given_up_as_nobody_hears_its_ping);
    g_test_add_func("/http2/unheard/short-rest", unheard_after_a_short_rest_is_cut_in_use);
    g_test_add_func("/http2/unheard/captured-twice", captured_twice_is_not_unheard);
    g_test_add_func("/http2/unheard/answered", unheard_and_answered_after_all);
    g_test_add_func("/http2/unheard/streams", unheard_streams_are_no_timeouts);
    return g_test_run();
}

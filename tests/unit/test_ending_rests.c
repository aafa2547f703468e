/* test_ending_rests.c
 * What had rested when it ended: whose timer it may be, and whose not; which devices may have forgotten
 * it. DESIGN section 5, idle timeouts and idle-dropped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/software.h"
#include "trace_elsewhere.h"
#include "trace_h2.h"
#include "trace_quic.h"

static bool has_timer(const trace_connection *c, hr_product_id product, int64_t timer_ns)
{
    const hr_ending *ending = trace_ending(c);

    for (unsigned i = 0; i < ending->timer_count; i++) {
        const hr_timer *timer = hr_ending_timer(ending, i);
        if (timer->product == product && timer->idle_ns == timer_ns) {
            return true;
        }
    }
    return false;
}

/* ---- timers of a client ---- */

/* httpx looks at its 5 s at each call, also to another host. */
static void named_and_looked_at_as_another_host_is_asked(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_ask_host(t, 0, "python-httpx/0.28.1", AT_S(0));
    trace_close(c, CLIENT, AT_MS(5020));
    trace_ask_host(t, 1, "python-httpx/0.28.1", AT_MS(5021));
    trace_ask_host(t, 2, "python-httpx/0.28.1", AT_S(9));

    assert_cause(c, "client-idle-timeout");
    g_assert_true(trace_ending(c)->is_timer_named);
    g_assert_true(has_timer(c, HR_PRODUCT_HTTPX, AT_S(5)));
}

/* Apache's client heeds what the server announces; this one announced nothing, and 1.5 s are none of
 * its other times. */
static void not_announced_is_no_timer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_ask_host(t, 0, "Apache-HttpClient/5.2.1 (Java/17.0.15)", AT_S(0));
    trace_close(c, CLIENT, AT_MS(1500));
    trace_ask_host(t, 0, "Apache-HttpClient/5.2.1 (Java/17.0.15)", AT_MS(1501));
    trace_ask_host(t, 0, "Apache-HttpClient/5.2.1 (Java/17.0.15)", AT_S(5));

    assert_cause(c, "client-close");
}

/* Four that end after one idle time, and one that a full pool of all hosts or a timeout may have taken
 * as another host was dialled: the four are a timer's all the same. */
static void timer_beside_one_that_may_be_evicted(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_ask_host(t, 0, "myservice/2.3", AT_S(10 * i));
        trace_close(c[i], CLIENT, AT_S(10 * i) + AT_US(600) + AT_MS(3210 + i));
    }
    trace_connection *either = trace_ask_host(t, 0, "myservice/2.3", AT_S(50));
    trace_ask_host(t, 1, "myservice/2.3", AT_S(51));
    trace_close(either, CLIENT, AT_MS(52500));
    trace_ask_host(t, 2, "myservice/2.3", AT_US(52500400));
    trace_ask_host(t, 3, "myservice/2.3", AT_S(70));

    for (int i = 0; i < 4; i++) {
        assert_cause(c[i], "client-idle-timeout");
    }
    assert_cause(either, "client-close");
}

/* ---- QUIC ---- */

/* It says so of a connection on which nothing was asked. */
static void quic_without_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_close(t, c, SERVER, H3_NO_ERROR, AT_S(3));
    quic_wait_until(t, AT_S(5));

    trace_analysis(t);
    g_assert_cmpint(c->ending.by, ==, HR_SIDE_SERVER);
    g_assert_cmpint(c->ending.cause, !=, HR_CLOSE_IDLE_DROPPED);
}

/* The client leaves in the middle of an answer: a stream has its own end, and says nothing of a body
 * that was left. */
static void quic_left_in_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_ask(t, c, 0, AT_MS(30));
    quic_stream(t, c, SERVER, 0, false, AT_MS(40));
    quic_close(t, c, CLIENT, H3_NO_ERROR, AT_MS(50));
    hr_connection *next = quic_open_with_keys(t, 1, AT_S(2));
    quic_exchange(t, next, 0, AT_S(2) + AT_MS(30));

    trace_analysis(t);
    g_assert_cmpint(c->ending.cause, !=, HR_CLOSE_BODY_UNDRAINED);
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
}

/* Both had said after which silence it ends. */
static void quic_silence_is_announced(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000, .server_idle_ms = 30000};
    hr_connection *c = quic_open(t, 0, AT_MS(0), &how);
    quic_exchange(t, c, 0, AT_MS(30));
    quic_wait_until(t, AT_S(6));

    quic_assert_cause(t, c, "client-idle-timeout", "likely");
    g_assert_true(c->ending.is_timer_announced);
}

/* A request after 400 s, and its probes, of which nobody hears: timers for TCP say nothing of it. */
static void quic_unheard_out_of_rest(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    quic_ask(t, c, 4, AT_S(400));
    quic_wait_until(t, AT_S(410));

    quic_assert_cause(t, c, "idle-dropped", "likely");
    g_assert_false(c->ending.is_cut_in_use);
    g_assert_cmpuint(c->ending.timer_count, ==, 0);
}

/* ---- devices ---- */

/* A PING after @rest that nobody hears. */
static trace_connection *ping_unheard_after(trace *t, int64_t rest)
{
    trace_connection *c = h2_open_used(t, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(20));
    const uint32_t ping = c->next[CLIENT];
    h2_other_frame(c, CLIENT, rest);
    for (int i = 1; i <= 4; i++) {
        trace_segment(c, CLIENT, HR_TCP_ACK, ping, c->next[SERVER], c->next[CLIENT] - ping,
                      rest + i * AT_MS(400));
    }
    trace_fin(c, CLIENT, rest + AT_S(3));
    h2_open_used(t, rest + AT_S(4));
    return c;
}

/* When it was forgotten nobody knows: by all whose time was over. */
static void forgotten_by_all_whose_time_was_over(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = ping_unheard_after(t, AT_S(500));

    assert_cause(c, "idle-dropped");
    g_assert_true(has_timer(c, HR_PRODUCT_AWS_NLB, AT_S(350)));
    g_assert_true(has_timer(c, HR_PRODUCT_AZURE_LB, AT_S(240)));
    g_assert_false(has_timer(c, HR_PRODUCT_GOOGLE_NAT, AT_S(1200)));
}

/* A probe was answered long before the reset, which answers nothing: it comes as the time is over. */
static void probe_long_before_asks_for_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = elsewhere_open_used(t, AT_MS(0));
    trace_probe(c, CLIENT, AT_S(100));
    trace_ack(c, SERVER, AT_S(100) + AT_US(200));
    elsewhere_reset(c, SERVER, 243, AT_S(450) + AT_MS(1));
    trace_exchange(trace_open(t, AT_S(460)), AT_S(460) + AT_MS(1), AT_S(460) + AT_MS(2));

    assert_cause(c, "idle-dropped");
    g_assert_true(has_timer(c, HR_PRODUCT_AWS_NLB, AT_S(350)));
    g_assert_false(has_timer(c, HR_PRODUCT_AZURE_LB, AT_S(240)));
}

/* Idle for a minute, and probed half a second before: no request was under way. */
static void probed_at_rest_is_not_in_use(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = elsewhere_open_used(t, AT_MS(0));
    trace_probe(c, CLIENT, AT_MS(59500));
    trace_ack(c, SERVER, AT_US(59500200));
    elsewhere_reset(c, SERVER, 243, AT_S(60));
    trace_exchange(trace_open(t, AT_S(61)), AT_S(61) + AT_MS(1), AT_S(61) + AT_MS(2));

    assert_cause(c, "idle-dropped");
    g_assert_false(trace_ending(c)->is_cut_in_use);
}

/* A request after 250 s was taken, and cut by a reset 3 s later: nobody had forgotten it. */
static void no_timers_of_what_was_in_use(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = elsewhere_open_used(t, AT_MS(0));
    trace_request(c, AT_S(250));
    trace_ack(c, SERVER, AT_S(250) + AT_MS(1));
    elsewhere_reset(c, SERVER, 243, AT_S(253));

    assert_cause(c, "idle-dropped");
    g_assert_true(trace_ending(c)->is_cut_in_use);
    g_assert_cmpuint(trace_ending(c)->timer_count, ==, 0);
}

/* The server's PING after a minute, or a second, comes back as nothing, and it closes: its client was
 * last heard before that rest. */
static void server_finds_its_client_gone(void)
{
    for (int is_long = 0; is_long < 2; is_long++) {
        const int64_t at = is_long ? AT_S(60) : AT_S(1);
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_used(t, AT_MS(0));
        trace_ack(c, CLIENT, AT_MS(20));
        c->is_deaf[CLIENT] = true;
        const uint32_t ping = c->next[SERVER];
        h2_other_frame(c, SERVER, at);
        for (int i = 1; i <= 4; i++) {
            trace_segment(c, SERVER, HR_TCP_ACK, ping, c->next[CLIENT], c->next[SERVER] - ping,
                          at + i * AT_MS(400));
        }
        trace_fin(c, SERVER, at + AT_S(3));
        trace_open_used(t, at + AT_S(10));

        assert_cause(c, "idle-dropped");
        g_assert_true(trace_ending(c)->is_cut_in_use == !is_long);
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rests/client/another-host", named_and_looked_at_as_another_host_is_asked);
    g_test_add_func("/rests/client/not-announced", not_announced_is_no_timer);
    g_test_add_func("/rests/client/beside-evicted", timer_beside_one_that_may_be_evicted);
    g_test_add_func("/rests/quic/no-request", quic_without_a_request);
    g_test_add_func("/rests/quic/left", quic_left_in_an_answer);
    g_test_add_func("/rests/quic/silence", quic_silence_is_announced);
    g_test_add_func("/rests/quic/unheard", quic_unheard_out_of_rest);
    g_test_add_func("/rests/device/all-over", forgotten_by_all_whose_time_was_over);
    g_test_add_func("/rests/device/probe-before", probe_long_before_asks_for_nothing);
    g_test_add_func("/rests/device/probed", probed_at_rest_is_not_in_use);
    g_test_add_func("/rests/device/in-use", no_timers_of_what_was_in_use);
    g_test_add_func("/rests/server/client-gone", server_finds_its_client_gone);
    return g_test_run();
}

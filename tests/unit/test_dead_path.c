/* test_dead_path.c
 * A request that nobody hears: where the connection had rested for long a device may have forgotten
 * it, and an idle timeout helps; in use the way was cut, and what helps is to notice that. DESIGN
 * section 5, idle-dropped; golang/go issue 31643 (HTTP/2: a call's timeout ends its stream alone).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_h2.h"
#include "trace_quic.h"

#define GO "Go-http-client/2.0"

/* What the client sent from @seq on, three times again: a second apart, none heard. */
static void resend_unheard(trace_connection *c, uint32_t seq, int64_t at)
{
    for (int i = 1; i <= 3; i++) {
        trace_segment(c, CLIENT, HR_TCP_ACK, seq, c->next[SERVER], c->next[CLIENT] - seq,
                      at + AT_S(i));
    }
}

/* HTTP/2: one call at 10 ms, another after @idle, which nobody hears. */
static trace *h2_dead(const char *user_agent, int64_t idle)
{
    trace *t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));

    h2_ask(c, 1, AT_MS(10), .user_agent = user_agent);
    h2_answer(c, 1, AT_MS(11));
    trace_ack(c, CLIENT, AT_MS(12));
    const uint32_t seq = c->next[CLIENT];
    h2_ask(c, 3, AT_MS(12) + idle, .user_agent = user_agent);
    resend_unheard(c, seq, AT_MS(12) + idle);
    assert_cause(c, "idle-dropped");
    return t;
}

/* HTTP/1: one call at 10 ms. */
static trace_connection *open_used(trace *t, const char *user_agent)
{
    trace_connection *c = trace_open(t, AT_MS(0));

    trace_request(c, AT_MS(10), .user_agent = user_agent);
    trace_answer(c, AT_MS(11));
    trace_ack(c, CLIENT, AT_MS(12));
    return c;
}

/* ... another, which nobody hears. */
static void ask_unheard(trace_connection *c, const char *user_agent, int64_t at)
{
    const uint32_t seq = c->next[CLIENT];

    trace_request(c, at, .user_agent = user_agent);
    resend_unheard(c, seq, at);
    assert_cause(c, "idle-dropped");
}

static trace *h1_dead(const char *user_agent, int64_t idle)
{
    trace *t = trace_new();

    ask_unheard(open_used(t, user_agent), user_agent, AT_MS(12) + idle);
    return t;
}

static void in_use_over_http2_pings_find_it(void)
{
    g_autoptr(trace) t = h2_dead(GO, AT_MS(100));

    g_assert_null(trace_fix(t, "outlast_device"));
    g_assert_true(trace_advises(t, "detect_dead", "ReadIdleTimeout"));
    g_assert_true(trace_advises(t, "detect_dead", "SendPingTimeout"));
    g_assert_true(trace_advises(t, "detect_dead", "TCP_USER_TIMEOUT"));
    g_assert_false(trace_advises(t, "detect_dead", "IdleConnTimeout"));
    g_assert_false(trace_advises(t, "detect_dead", "ResponseHeaderTimeout"));
}

static void in_use_over_http1_a_deadline_ends_it(void)
{
    g_autoptr(trace) t = h1_dead("Go-http-client/1.1", AT_MS(100));

    g_assert_true(trace_advises(t, "detect_dead", "Client.Timeout"));
    g_assert_true(trace_advises(t, "detect_dead", "TCP_USER_TIMEOUT"));
    g_assert_false(trace_advises(t, "detect_dead", "ReadIdleTimeout"));
    g_assert_false(trace_advises(t, "detect_dead", "IdleConnTimeout"));
}

/* Each library has a setting of its own; who names none has all of them. */
static void the_setting_is_the_named_librarys(void)
{
    static const struct {
        const char *user_agent;
        bool has_streams;
        const char *words;
    } kinds[] = {
        {"okhttp/4.12.0", true, "pingInterval()"},
        {"okhttp/4.12.0", false, "callTimeout()"},
        {"grpc-go/1.60.0", true, "grpc.WithKeepaliveParams"},
        {"grpc-c++/1.51.1 grpc-c/29.0.0 (linux; chttp2)", true, "grpc.keepalive_time_ms"},
        {"grpc-java-netty/1.60.0", true, "keepAliveTime()"},
        {"curl/7.88.1", true, "--max-time"},
        {"curl/7.88.1", false, "--max-time"},
        {"python-requests/2.28.1", false, "timeout="},
        {"Java-http-client/17.0.1", false, "timeout()"},
        {NULL, true, "OkHttp pingInterval"},
        {NULL, false, "Client.Timeout or a context"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = kinds[i].has_streams ? h2_dead(kinds[i].user_agent, AT_MS(100))
                                                  : h1_dead(kinds[i].user_agent, AT_MS(100));
        g_assert_true(trace_advises(t, "detect_dead", kinds[i].words));
        g_assert_true(trace_advises(t, "detect_dead", "Let the client notice") ==
                      (kinds[i].user_agent == NULL));
    }
}

/* A path that lets no packets of full size through: of a POST the head is acknowledged, and its body is
 * sent again and again. */
static trace *post_in_parts_until(bool is_heard, bool is_again, uint8_t end)
{
    trace *t = trace_new();
    trace_connection *c = open_used(t, NULL);

    trace_request(c, AT_MS(100), .method = "POST", .body = 20000, .rest = 20000);
    trace_ack(c, SERVER, AT_MS(140));
    const uint32_t seq = c->next[CLIENT];
    trace_data(c, CLIENT, 20000, AT_MS(141));
    for (int i = 1; i <= (is_again ? 3 : 2); i++) {
        trace_segment(c, CLIENT, HR_TCP_ACK, seq, c->next[SERVER], 1448, AT_MS(141) + AT_S(i));
    }
    if (is_heard) {
        trace_ack(c, SERVER, AT_S(4));
    }
    if (end != 0) { /* the server gives up: what it acknowledges is still the head alone */
        trace_segment(c, SERVER, HR_TCP_ACK | end, c->next[SERVER], seq, 0, AT_MS(4500));
    }
    trace_get(t, NULL, AT_S(5));
    trace_analysis(t);
    return t;
}

static trace *post_in_parts(bool is_heard, bool is_again)
{
    return post_in_parts_until(is_heard, is_again, 0);
}

static void what_lets_no_large_packets_through_is_told(void)
{
    g_autoptr(trace) t = post_in_parts(false, true);

    g_assert_cmpuint(trace_found(t, HR_FINDING_IDLE_DROPPED), ==, 1);
    g_assert_true(trace_may_be_else(t, "detect_dead", "MTU"));

    g_autoptr(trace) closed = post_in_parts_until(false, true, HR_TCP_FIN);
    g_assert_cmpuint(trace_found(closed, HR_FINDING_IDLE_DROPPED), ==, 1);
    g_autoptr(trace) reset = post_in_parts_until(false, true, HR_TCP_RST);
    g_assert_cmpuint(trace_found(reset, HR_FINDING_IDLE_DROPPED), ==, 1);

    g_autoptr(trace) late = post_in_parts(true, true);
    g_autoptr(trace) seldom = post_in_parts(false, false);
    g_assert_cmpuint(trace_found(late, HR_FINDING_IDLE_DROPPED), ==, 0);
    g_assert_cmpuint(trace_found(seldom, HR_FINDING_IDLE_DROPPED), ==, 0);

    g_autoptr(trace) dead = h1_dead(NULL, AT_MS(100)); /* not even its head */
    g_assert_false(trace_may_be_else(dead, "detect_dead", "MTU"));
}

/* The first of two small requests in a pipeline came through whole; of the second nothing did. */
static void what_is_sent_behind_it_is_no_part_of_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, NULL);
    trace_request(c, AT_MS(100));
    trace_ack(c, SERVER, AT_MS(140));
    trace_request(c, AT_MS(150));
    for (int i = 1; i <= 3; i++) {
        trace_resend(c, CLIENT, AT_MS(150) + AT_S(i));
    }
    trace_get(t, NULL, AT_S(5));

    g_assert_cmpuint(trace_found(t, HR_FINDING_IDLE_DROPPED), >=, 1);
    g_assert_false(trace_may_be_else(t, "detect_dead", "MTU"));
}

/* An answer comes slowly meanwhile: the path is there. */
static void what_is_answered_goes_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, NULL);
    trace_request(c, AT_MS(100), .method = "POST", .body = 20000, .rest = 20000);
    const uint32_t seq = c->next[CLIENT];
    trace_data(c, CLIENT, 20000, AT_MS(141));
    trace_begin_answer(c, AT_MS(150), .body = 1000, .rest = 900);
    for (int i = 1; i <= 3; i++) {
        trace_segment(c, CLIENT, HR_TCP_ACK, seq, c->next[SERVER], 1448, AT_MS(150) + AT_S(i));
    }
    trace_analysis(t);

    g_assert_cmpuint(trace_found(t, HR_FINDING_IDLE_DROPPED), ==, 0);
}

/* RFC 5382 section 5: what forgets does so after idle time. */
static void after_a_long_idle_time_a_shorter_timeout_helps(void)
{
    g_autoptr(trace) t = h1_dead("Go-http-client/1.1", AT_MS(40400));
    g_autoptr(trace) streams = h2_dead(GO, AT_S(40));

    g_assert_null(trace_fix(t, "detect_dead"));
    g_assert_true(trace_advises(t, "outlast_device", "IdleConnTimeout"));
    g_assert_true(trace_advises(t, "outlast_device", "for 40 s, or less"));
    g_assert_false(trace_advises(t, "outlast_device", "TCP_USER_TIMEOUT"));
    g_assert_true(trace_advises(streams, "outlast_device", "IdleConnTimeout"));
}

/* The server answered a probe 5 s before: no device had forgotten the connection then. */
static void who_answered_a_probe_was_not_forgotten(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, NULL);
    trace_segment(c, CLIENT, HR_TCP_ACK, c->next[CLIENT] - 1, c->next[SERVER], 0, AT_S(45));
    trace_ack(c, SERVER, AT_S(45) + AT_US(50));
    ask_unheard(c, NULL, AT_S(50));

    g_assert_nonnull(trace_fix(t, "detect_dead"));
    g_assert_null(trace_fix(t, "outlast_device"));
}

/* Of what the server's packets on QUIC held, and when, little is kept. */
static void on_quic_it_is_an_idle_connection(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 90000, .server_idle_ms = 90000};
    hr_connection *c = quic_open(t, 0, AT_MS(0), &how);
    quic_exchange(t, c, 0, AT_MS(30));
    quic_ask(t, c, 4, AT_S(40));
    quic_wait_until(t, AT_S(50));

    g_assert_nonnull(trace_fix(t, "outlast_device"));
    g_assert_cmpint(c->ending.cause, ==, HR_CLOSE_IDLE_DROPPED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dead-path/http2", in_use_over_http2_pings_find_it);
    g_test_add_func("/dead-path/http1", in_use_over_http1_a_deadline_ends_it);
    g_test_add_func("/dead-path/libraries", the_setting_is_the_named_librarys);
    g_test_add_func("/dead-path/idle", after_a_long_idle_time_a_shorter_timeout_helps);
    g_test_add_func("/dead-path/probe", who_answered_a_probe_was_not_forgotten);
    g_test_add_func("/dead-path/quic", on_quic_it_is_an_idle_connection);
    g_test_add_func("/dead-path/in-parts/behind", what_is_sent_behind_it_is_no_part_of_it);
    g_test_add_func("/dead-path/in-parts", what_lets_no_large_packets_through_is_told);
    g_test_add_func("/dead-path/answered", what_is_answered_goes_on);
    return g_test_run();
}

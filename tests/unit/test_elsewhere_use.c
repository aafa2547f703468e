/* test_elsewhere_use.c
 * Resets of another hop limit than all else of their end, on connections in use: in the client's name,
 * with a request outstanding, in the handshake, and of what runs in a tunnel.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_elsewhere.h"
#include "trace_tls.h"

/* ---- in the client's name ---- */

/* As a server sees it of a balancer that resets both sides: no body was left, and no pool full. */
static void the_client_is_not_told_either(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .body = 100000);
    elsewhere_reset(c, CLIENT, 61, AT_MS(2) + AT_US(100));
    trace_exchange(trace_open(t, AT_MS(10)), AT_MS(11), AT_MS(12));

    assert_cause(c, "idle-dropped");
    elsewhere_assert_nobody(c);
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
    g_assert_true(trace_advises(t, "find_device", "packets of the client have 64"));
    g_assert_true(trace_happened(t, "find_device", "reset in use by what may be a device"));

    g_autoptr(trace) own = trace_new();
    c = trace_open(own, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .body = 100000);
    trace_rst(c, CLIENT, AT_MS(2) + AT_US(100));
    assert_closed_by(c, "client");
}

/* ---- with a request outstanding ---- */

static void a_request_in_use_is_not_said_to_be_the_servers_loss(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = elsewhere_open_used(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(50));
    trace_ack(c, SERVER, AT_MS(51));
    elsewhere_reset(c, SERVER, 243, AT_S(3));

    assert_cause(c, "idle-dropped");
    elsewhere_assert_nobody(c);
    g_assert_true(trace_ending(c)->is_cut_in_use);
    g_assert_true(trace_has_finding(t, HR_FINDING_IDLE_DROPPED, trace_frame(t) - 2, c, request));
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 0);
    g_assert_true(trace_advises(t, "find_device", "(TTL) of the reset: 243"));
}

/* As soon as it was sent, by what looks into it: no idle connection was stale. */
static void a_request_that_is_refused_on_the_way(void)
{
    const int64_t pauses[] = {AT_MS(50), AT_MS(900), AT_S(2)};

    for (size_t i = 0; i < G_N_ELEMENTS(pauses); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = elsewhere_open_used(t, AT_MS(0));
        const bool is_rest = pauses[i] > AT_S(1);
        c->is_deaf[SERVER] = true;
        trace_request(c, pauses[i]);
        elsewhere_reset(c, SERVER, 243, pauses[i] + AT_US(100));

        assert_cause(c, is_rest ? "stale-race" : "idle-dropped");
        elsewhere_assert_nobody(c);
        g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, is_rest);
        g_assert_cmpint(trace_fix(t, "find_device") != NULL, ==, !is_rest);
    }
}

static void an_answer_that_is_cut_is_not_the_servers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = elsewhere_open_used(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(50));
    trace_begin_answer(c, AT_MS(60), .body = 10000, .rest = 5000);
    elsewhere_reset(c, SERVER, 243, AT_MS(61));

    assert_cause(c, "idle-dropped");
    elsewhere_assert_nobody(c);
    g_assert_cmpuint(trace_found(t, HR_FINDING_ANSWER_CUT), ==, 0);
    g_assert_true(trace_has_finding(t, HR_FINDING_IDLE_DROPPED, trace_frame(t) - 2, c, request));
}

/* A request finds an idle connection gone, whoever forgot it, however short the rest. */
static trace_connection *ask_after(trace *t, int64_t rest, int64_t wait, uint8_t hops)
{
    trace_connection *c = elsewhere_open_used(t, AT_MS(0));

    trace_request(c, AT_MS(2) + rest);
    elsewhere_reset(c, SERVER, hops, AT_MS(2) + rest + wait);
    trace_exchange(trace_open(t, AT_MS(20) + rest + wait), AT_MS(30) + rest + wait,
                   AT_MS(40) + rest + wait);
    return c;
}

static void a_request_out_of_rest_dies_by_a_device(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = ask_after(t, AT_S(40), AT_US(300), 243);
    assert_cause(c, "stale-race");
    assert_certainty(c, "likely");
    elsewhere_assert_nobody(c);
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(40));
    g_assert_nonnull(trace_ending(c)->seldom->retry);
    g_assert_true(trace_advises(t, "outlast_device", "(TTL) of the reset: 243"));
    g_assert_null(trace_fix(t, "expire_sooner"));

    /* It may have been over for long: it was asked. */
    g_autoptr(trace) longer = trace_new();
    c = ask_after(longer, AT_S(250), AT_US(300), 243);
    assert_cause(c, "stale-race");
    g_assert_cmpuint(trace_ending(c)->timer_count, ==, 1); /* Azure's */

    g_autoptr(trace) own = trace_new();
    c = ask_after(own, AT_S(40), AT_US(300), 64);
    assert_cause(c, "stale-race");
    assert_closed_by(c, "server");
    g_assert_nonnull(trace_fix(own, "expire_sooner"));
}

/* It was taken, and worked on. */
static void a_request_that_was_taken_was_in_use(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = ask_after(t, AT_S(250), AT_S(3), 243);

    assert_cause(c, "idle-dropped");
    g_assert_true(trace_ending(c)->is_cut_in_use);
}

/* ... and not at all, however late the reset comes. */
static void a_request_that_nobody_took(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = elsewhere_open_used(t, AT_MS(0));
    c->is_deaf[SERVER] = true;
    trace_request(c, AT_S(250));
    elsewhere_reset(c, SERVER, 243, AT_S(251));

    assert_cause(c, "stale-race");
    assert_certainty(c, "likely");
    elsewhere_assert_nobody(c);
}

/* ---- setup ---- */

/* One packet of the server is there before: enough to accuse nobody. */
static void a_handshake_that_is_broken_off(void)
{
    for (int is_elsewhere = 0; is_elsewhere < 2; is_elsewhere++) {
        g_autoptr(trace) t = trace_new();
        const tls_kind how = {.port = 443};
        trace_connection *c = tls_connect(t, AT_MS(0), &how);
        tls_client_hello(c, AT_MS(1), &how);
        elsewhere_reset(c, SERVER, is_elsewhere != 0 ? 60 : 64, AT_MS(2));

        assert_cause(c, "setup-failed");
        assert_closed_by(c, is_elsewhere != 0 ? NULL : "server");
    }
}

/* What refuses a SYN may be anybody; nothing is known of its hops before. */
static void a_refusal_is_a_refusal(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    elsewhere_reset(c, SERVER, 243, AT_MS(1));
    trace_exchange(trace_open(t, AT_MS(10)), AT_MS(11), AT_MS(12));

    assert_cause(c, "setup-failed");
}

/* ---- tunnels ---- */

static void what_a_tunnel_carries_ends_with_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_to(t, "10.0.0.2", 3128, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "CONNECT", .target = "b.example:80");
    trace_answer(c, AT_MS(2), .is_header_only = true);
    trace_exchange(c, AT_MS(3), AT_MS(4));
    const hr_connection *inner = trace_carrier(c);
    elsewhere_reset(c, SERVER, 243, AT_S(350) + AT_MS(4));
    trace_connection *next = trace_open_to(t, "10.0.0.2", 3128, AT_S(360));
    trace_request(next, AT_S(361), .method = "CONNECT", .target = "b.example:80");
    trace_answer(next, AT_S(362), .is_header_only = true);
    trace_exchange(next, AT_S(363), AT_S(364));

    g_assert_true(trace_advises(t, "outlast_device", "packets of the proxy have 64"));
    g_assert_true(inner != c->model);
    g_assert_false(inner->ending.is_cut_in_use);
    g_assert_cmpuint(inner->ending.timer_count, ==, 3); /* as without a tunnel: those of AWS */
    g_assert_cmpstr(hr_close_cause_token(inner->ending.cause), ==, "idle-dropped");
    g_assert_cmpint(inner->ending.by, ==, HR_SIDE_NONE);
    g_assert_cmpint(trace_ending(c)->by, ==, HR_SIDE_NONE);
}

/* ---- resets that were not captured ---- */

/* A capture at the server: the client's ACK comes 10 ms behind the SYN/ACK, that at once. */
static trace_connection *open_at_server(trace *t, int64_t at)
{
    trace_connection *c = trace_connect(t);

    trace_syn(c, at);
    trace_syn_ack(c, at + AT_US(20));
    trace_ack(c, CLIENT, at + AT_MS(10));
    return c;
}

static trace_connection *call_after_rest(trace *t, int64_t rest, bool is_at_server)
{
    trace_connection *idle = is_at_server ? open_at_server(t, 0) : trace_open(t, 0);
    trace_exchange(idle, AT_MS(20), AT_MS(21));
    trace_ack(idle, CLIENT, AT_MS(31));
    const int64_t at = AT_MS(31) + rest;
    trace_connection *c = is_at_server ? open_at_server(t, at) : trace_open(t, at);
    trace_exchange(c, at + AT_MS(20), at + AT_MS(21));
    trace_ack(c, CLIENT, at + AT_MS(31));
    return idle;
}

#define FORGOTTEN "a device on the client's side"

/* The client asked on the idle one, and a firewall at its side answered: no packet of that is here. */
static void what_a_device_answers_elsewhere_is_not_here(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = call_after_rest(t, AT_S(350), true);
    g_assert_true(trace_may_be_else(t, "share_pool", FORGOTTEN));

    /* The server's FIN finds it gone, too. */
    trace_fin(idle, SERVER, AT_S(400));
    trace_rst(idle, CLIENT, AT_S(400) + AT_MS(5));
    g_assert_true(trace_may_be_else(t, "share_pool", FORGOTTEN));

    g_autoptr(trace) at_client = trace_new();
    call_after_rest(at_client, AT_S(350), false);
    g_assert_false(trace_may_be_else(at_client, "share_pool", FORGOTTEN));

    g_autoptr(trace) soon = trace_new();
    call_after_rest(soon, AT_S(20), true);
    g_assert_false(trace_may_be_else(soon, "share_pool", FORGOTTEN));
}

/* The way was open: its client closes it at last, or had probed it. */
static void what_its_client_goes_on_with_is_not_forgotten(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = call_after_rest(t, AT_S(350), true);
    trace_fin(idle, CLIENT, AT_S(400));
    g_assert_false(trace_may_be_else(t, "share_pool", FORGOTTEN));

    for (int side = 0; side < 2; side++) {
        g_autoptr(trace) probed = trace_new();
        trace_connection *rests = open_at_server(probed, 0);
        trace_exchange(rests, AT_MS(20), AT_MS(21));
        trace_ack(rests, CLIENT, AT_MS(31));
        trace_probe(rests, side == 0 ? CLIENT : SERVER, AT_S(45));
        trace_ack(rests, side == 0 ? SERVER : CLIENT, AT_S(45) + AT_MS(10));
        trace_connection *c = open_at_server(probed, AT_S(60));
        trace_exchange(c, AT_S(61), AT_S(61) + AT_MS(1));
        g_assert_cmpuint(trace_cost(probed, "share_pool"), ==, 1);
        g_assert_false(trace_may_be_else(probed, "share_pool", FORGOTTEN));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/elsewhere/client", the_client_is_not_told_either);
    g_test_add_func("/elsewhere/request/taken",
                    a_request_in_use_is_not_said_to_be_the_servers_loss);
    g_test_add_func("/elsewhere/request/refused", a_request_that_is_refused_on_the_way);
    g_test_add_func("/elsewhere/request/cut", an_answer_that_is_cut_is_not_the_servers);
    g_test_add_func("/elsewhere/request/rest", a_request_out_of_rest_dies_by_a_device);
    g_test_add_func("/elsewhere/request/worked-on", a_request_that_was_taken_was_in_use);
    g_test_add_func("/elsewhere/request/untaken", a_request_that_nobody_took);
    g_test_add_func("/elsewhere/setup/tls", a_handshake_that_is_broken_off);
    g_test_add_func("/elsewhere/setup/refused", a_refusal_is_a_refusal);
    g_test_add_func("/elsewhere/tunnel", what_a_tunnel_carries_ends_with_it);
    g_test_add_func("/elsewhere/uncaptured/rest", what_a_device_answers_elsewhere_is_not_here);
    g_test_add_func("/elsewhere/uncaptured/heard", what_its_client_goes_on_with_is_not_forgotten);
    return g_test_run();
}

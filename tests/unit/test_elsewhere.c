/* test_elsewhere.c
 * Resets in the name of an end that another host may have sent: their TTL or hop limit differs from
 * all other packets of that end. They accuse neither end. Where these packets had no one value, where
 * few of them are known, or the reset has the same, nothing is told by that. DESIGN section 5,
 * idle-dropped; RFC 791 section 3.2, RFC 8200 section 3 (hop limits); RFC 3360 (resets of devices).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_tls.h"

/* A reset of @side with so many hops left. */
static void reset_with(trace_connection *c, trace_side side, uint8_t hops, int64_t at)
{
    const uint8_t usual = c->hops[side];

    c->hops[side] = hops;
    trace_rst(c, side, at);
    c->hops[side] = usual;
}

static trace_connection *open_used(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);

    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    trace_ack(c, CLIENT, at + AT_MS(2));
    return c;
}

/* ... that rests for @rest and is reset. */
static trace_connection *reset_at_rest(trace *t, uint8_t hops, int64_t rest)
{
    trace_connection *c = open_used(t, AT_MS(0));

    reset_with(c, SERVER, hops, AT_MS(2) + rest);
    trace_exchange(trace_open(t, AT_MS(10) + rest), AT_MS(11) + rest, AT_MS(12) + rest);
    return c;
}

static void assert_nobody_is_told(const trace_connection *c)
{
    assert_closed_by(c, NULL);
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_NONE);
    g_assert_true(trace_ending(c)->is_from_elsewhere);
}

/* ---- out of rest ---- */

static void out_of_rest_a_device_may_have_forgotten_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = reset_at_rest(t, 243, AT_S(350));

    assert_cause(c, "idle-dropped");
    assert_certainty(c, "likely");
    assert_nobody_is_told(c);
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(350));
    g_assert_false(trace_ending(c)->is_cut_in_use);
    g_assert_cmpuint(trace_ending(c)->timer_count, ==,
                     2); /* both of AWS: Azure's was over before */
    g_assert_true(trace_happened(t, "outlast_device", "1 connection reset out of rest"));
    g_assert_true(trace_advises(t, "outlast_device",
                                "(TTL) of the reset: 243, where all other"
                                " packets of the server have 64"));
    g_assert_true(trace_advises(t, "outlast_device", "before the reset for 350 s"));
    g_assert_true(trace_may_be_else(t, "outlast_device", "another route"));
    g_assert_false(trace_may_be_else(t, "outlast_device", "was down"));
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

/* The client's probe is what it answers: it may have forgotten long before. */
static void a_probe_asks_for_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_MS(0));
    trace_probe(c, CLIENT, AT_MS(2) + AT_S(400));
    reset_with(c, SERVER, 243, AT_MS(3) + AT_S(400));
    trace_exchange(trace_open(t, AT_S(410)), AT_S(410) + AT_MS(1), AT_S(410) + AT_MS(2));

    assert_cause(c, "idle-dropped");
    assert_nobody_is_told(c);
    g_assert_cmpuint(trace_ending(c)->timer_count, ==, 3); /* both of AWS, and Azure's */
    g_assert_true(trace_advises(t, "outlast_device", "before the reset for 400 s"));
}

/* A pause of a tenth of a second is no time to forget in. */
static void short_rest_is_use(void)
{
    g_autoptr(trace) rest = trace_new();
    g_autoptr(trace) use = trace_new();

    g_assert_false(trace_ending(reset_at_rest(rest, 63, AT_S(2)))->is_cut_in_use);
    trace_connection *c = reset_at_rest(use, 63, AT_MS(90));
    assert_cause(c, "idle-dropped");
    g_assert_true(trace_ending(c)->is_cut_in_use);
    g_assert_nonnull(trace_fix(use, "find_device"));
}

static void what_has_the_usual_hops_is_the_ends_own(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = reset_at_rest(t, 64, AT_S(350));

    assert_cause(c, "server-close");
    assert_closed_by(c, "server");
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_SERVER);
    g_assert_false(trace_ending(c)->is_from_elsewhere);
}

/* Not known of the reset. */
static void unknown_hops_tell_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    assert_closed_by(reset_at_rest(t, 0, AT_S(350)), "server");
}

/* Since when it is idle is not known, as a piece of the answer is missing; but how long no packet
 * passed is. */
static void out_of_a_rest_that_begins_unseen(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_lose(c, SERVER, 100);
    trace_data(c, SERVER, 100, AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(2));
    reset_with(c, SERVER, 243, AT_S(350));
    trace_exchange(trace_open(t, AT_S(351)), AT_S(351) + AT_MS(1), AT_S(351) + AT_MS(2));

    assert_cause(c, "idle-dropped");
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, HR_TIME_NONE);
    g_assert_false(trace_ending(c)->is_cut_in_use);
}

/* Of the server the reset alone is in the capture, which has @hops. */
static trace_connection *reset_alone(trace *t, uint8_t hops)
{
    trace_connection *c = trace_connect(t);

    c->is_deaf[SERVER] = true;
    trace_request(c, AT_S(1));
    reset_with(c, SERVER, hops, AT_S(1) + AT_MS(1));
    return c;
}

/* How many hops the server's packets have on other connections. */
typedef enum {
    UNKNOWN,
    EQUAL,
    OTHERS,
    SEVERAL,
    CHANGED,
    WAYS
} ways;

static void show_server(trace *t, ways way)
{
    if (way == UNKNOWN) {
        return;
    }
    trace_connection *c = trace_open(t, AT_S(2));
    trace_exchange(c, AT_S(2) + AT_MS(1), AT_S(2) + AT_MS(2));
    if (way == CHANGED) {
        c->hops[SERVER] = 60;
        trace_exchange(c, AT_S(2) + AT_MS(3), AT_S(2) + AT_MS(4));
    } else if (way == SEVERAL) {
        c = trace_connect(t);
        c->hops[SERVER] = 60;
        trace_syn(c, AT_S(3));
        trace_syn_ack(c, AT_S(3) + AT_MS(1));
        trace_ack(c, CLIENT, AT_S(3) + AT_MS(2));
    }
}

/* It may be anybody's, unless the server's packets on other connections tell. */
static void a_reset_alone_is_judged_by_its_host(void)
{
    for (ways way = UNKNOWN; way < WAYS; way++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = reset_alone(t, way == OTHERS ? 243 : 64);

        show_server(t, way);
        assert_cause(c, "stale-race");
        if (way == EQUAL) {
            assert_closed_by(c, "server");
        } else {
            assert_certainty(c, "likely");
            assert_nobody_is_told(c);
        }
    }
}

/* Extension headers, or options of IP, stand before all else of the server's. */
static void hops_of_all_else_are_not_known(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    c->hops[SERVER] = 0;
    trace_syn(c, AT_MS(0));
    trace_syn_ack(c, AT_MS(1));
    trace_ack(c, CLIENT, AT_MS(1));
    trace_exchange(c, AT_MS(2), AT_MS(3));
    reset_with(c, SERVER, 64, AT_S(5));

    assert_closed_by(c, "server");
}

/* What refuses a SYN acknowledges it. */
static void a_reset_of_nothing_refuses_nothing(void)
{
    for (int k = 0; k < 2; k++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_connect(t);

        trace_exchange(trace_open(t, AT_MS(0)), AT_MS(1), AT_MS(2));
        trace_syn(c, AT_S(1));
        c->hops[SERVER] = k == 1 ? 243 : 64;
        trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, AT_S(2));
        assert_cause(c, k == 1 ? "unknown" : "server-close");
        g_assert_true(trace_ending(c)->is_from_elsewhere == (k == 1));
    }
}

/* Routes changed in the middle of it, or packets take one of several. */
static void where_routes_change_nothing_is_told(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_MS(0));
    c->hops[SERVER] = 63;
    trace_exchange(c, AT_MS(10), AT_MS(11));
    reset_with(c, SERVER, 62, AT_S(350));

    assert_cause(c, "server-close");
    assert_closed_by(c, "server");
}

/* Its next packets came as the reset did: that was its new way. */
static void what_comes_later_has_the_new_way(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_MS(0));
    reset_with(c, SERVER, 62, AT_S(350));
    c->hops[SERVER] = 62;
    trace_ack(c, SERVER, AT_S(350) + AT_MS(1));

    assert_closed_by(c, "server");
}

/* Of a capture that begins late: one packet shows no habit, two do. None accuses the server. */
static void one_packet_shows_no_habit(void)
{
    for (int answers = 1; answers <= 2; answers++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_connect(t);
        for (int i = 0; i < answers; i++) {
            trace_exchange(c, AT_MS(10 * i + 1), AT_MS(10 * i + 2));
        }
        reset_with(c, SERVER, 243, AT_S(40));
        assert_cause(c, answers == 1 ? "unknown" : "idle-dropped");
        assert_nobody_is_told(c);
    }
}

/* A connection that carried nothing rests as well. */
static void what_was_never_used_rests(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *used = trace_open(t, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(1));
    trace_exchange(used, AT_MS(3), AT_MS(4));
    trace_ack(c, SERVER, AT_MS(5));
    reset_with(c, SERVER, 243, AT_S(350));

    assert_cause(c, "idle-dropped");
    g_assert_false(trace_ending(c)->is_cut_in_use);
}

/* The same time again and again is no timer of the server's, nor explains what it closes. */
static void no_timer_of_the_servers_is_learnt(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = open_used(t, AT_S(100 * i));
        reset_with(c, SERVER, 243, AT_S(100 * i) + AT_MS(2) + AT_S(7));
    }
    trace_connection *own = open_used(t, AT_S(300));
    trace_close(own, SERVER, AT_S(300) + AT_MS(2) + AT_S(7));

    assert_cause(own, "server-close");
    assert_closed_by(own, "server");
}

/* It closed first, and said so. */
static void what_comes_behind_a_fin_is_no_end(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_MS(0));
    trace_fin(c, SERVER, AT_S(20));
    reset_with(c, SERVER, 243, AT_S(20) + AT_MS(1));

    assert_closed_by(c, "server");
    g_assert_false(trace_ending(c)->is_from_elsewhere);
}

static void what_was_said_before_stands(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .connection = "close");
    reset_with(c, SERVER, 243, AT_S(20));

    assert_cause(c, "server-close-header");
    assert_closed_by(c, "server");
}

/* ---- in the client's name ---- */

/* As a server sees it of a balancer that resets both sides: no body was left, and no pool full. */
static void the_client_is_not_told_either(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .body = 100000);
    reset_with(c, CLIENT, 61, AT_MS(2) + AT_US(100));
    trace_exchange(trace_open(t, AT_MS(10)), AT_MS(11), AT_MS(12));

    assert_cause(c, "idle-dropped");
    assert_nobody_is_told(c);
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
    g_assert_true(trace_advises(t, "find_device", "packets of the client have 64"));

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
    trace_connection *c = open_used(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(50));
    trace_ack(c, SERVER, AT_MS(51));
    reset_with(c, SERVER, 243, AT_S(3));

    assert_cause(c, "idle-dropped");
    assert_nobody_is_told(c);
    g_assert_true(trace_ending(c)->is_cut_in_use);
    g_assert_true(trace_has_finding(t, HR_FINDING_IDLE_DROPPED, trace_frame(t) - 2, c, request));
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 0);
    g_assert_true(trace_advises(t, "find_device", "(TTL) of the reset: 243"));
}

/* As soon as it was sent, by what looks into it: no idle connection was stale. */
static void a_request_that_is_refused_on_the_way(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_MS(0));
    c->is_deaf[SERVER] = true;
    trace_request(c, AT_MS(50));
    reset_with(c, SERVER, 243, AT_MS(50) + AT_US(100));

    assert_cause(c, "idle-dropped");
    assert_nobody_is_told(c);
    g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, 0);
}

static void an_answer_that_is_cut_is_not_the_servers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(50));
    trace_begin_answer(c, AT_MS(60), .body = 10000, .rest = 5000);
    reset_with(c, SERVER, 243, AT_MS(61));

    assert_cause(c, "idle-dropped");
    assert_nobody_is_told(c);
    g_assert_cmpuint(trace_found(t, HR_FINDING_ANSWER_CUT), ==, 0);
    g_assert_true(trace_has_finding(t, HR_FINDING_IDLE_DROPPED, trace_frame(t) - 2, c, request));
}

/* A request finds an idle connection gone, whoever forgot it, however short the rest. */
static trace_connection *ask_after(trace *t, int64_t rest, int64_t wait, uint8_t hops)
{
    trace_connection *c = open_used(t, AT_MS(0));

    trace_request(c, AT_MS(2) + rest);
    reset_with(c, SERVER, hops, AT_MS(2) + rest + wait);
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
    assert_nobody_is_told(c);
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
    trace_connection *c = open_used(t, AT_MS(0));
    c->is_deaf[SERVER] = true;
    trace_request(c, AT_S(250));
    reset_with(c, SERVER, 243, AT_S(251));

    assert_cause(c, "stale-race");
    assert_certainty(c, "likely");
    assert_nobody_is_told(c);
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
        reset_with(c, SERVER, is_elsewhere != 0 ? 60 : 64, AT_MS(2));

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
    reset_with(c, SERVER, 243, AT_MS(1));
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
    reset_with(c, SERVER, 243, AT_S(350) + AT_MS(4));
    (void)trace_analysis(t);

    g_assert_true(inner != c->model);
    g_assert_false(inner->ending.is_cut_in_use);
    g_assert_cmpuint(inner->ending.timer_count, ==, 2); /* as without a tunnel: both of AWS */
    g_assert_cmpstr(hr_close_cause_token(inner->ending.cause), ==, "idle-dropped");
    g_assert_cmpint(inner->ending.by, ==, HR_SIDE_NONE);
    g_assert_cmpint(trace_ending(c)->by, ==, HR_SIDE_NONE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/elsewhere/rest/device", out_of_rest_a_device_may_have_forgotten_it);
    g_test_add_func("/elsewhere/rest/probe", a_probe_asks_for_it);
    g_test_add_func("/elsewhere/rest/short", short_rest_is_use);
    g_test_add_func("/elsewhere/rest/usual", what_has_the_usual_hops_is_the_ends_own);
    g_test_add_func("/elsewhere/rest/unknown", unknown_hops_tell_nothing);
    g_test_add_func("/elsewhere/rest/alone", a_reset_alone_is_judged_by_its_host);
    g_test_add_func("/elsewhere/rest/begins-unseen", out_of_a_rest_that_begins_unseen);
    g_test_add_func("/elsewhere/rest/hidden-hops", hops_of_all_else_are_not_known);
    g_test_add_func("/elsewhere/rest/nothing", a_reset_of_nothing_refuses_nothing);
    g_test_add_func("/elsewhere/rest/routes", where_routes_change_nothing_is_told);
    g_test_add_func("/elsewhere/rest/later", what_comes_later_has_the_new_way);
    g_test_add_func("/elsewhere/rest/few", one_packet_shows_no_habit);
    g_test_add_func("/elsewhere/rest/unused", what_was_never_used_rests);
    g_test_add_func("/elsewhere/rest/timer", no_timer_of_the_servers_is_learnt);
    g_test_add_func("/elsewhere/rest/fin", what_comes_behind_a_fin_is_no_end);
    g_test_add_func("/elsewhere/rest/said", what_was_said_before_stands);
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
    return g_test_run();
}

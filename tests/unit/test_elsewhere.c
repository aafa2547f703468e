/* test_elsewhere.c
 * Resets in the name of an end that another host may have sent: their TTL or hop limit differs from
 * all other packets of that end. They accuse neither end. Where these packets had no one value, where
 * few of them are known, or the reset has the same, nothing is told by that. DESIGN section 5,
 * idle-dropped; RFC 791 section 3.2, RFC 8200 section 3 (hop limits); RFC 3360 (resets of devices).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/hops.h"

#include "trace_elsewhere.h"

/* ... that rests for @rest and is reset. */
static trace_connection *reset_at_rest(trace *t, uint8_t hops, int64_t rest)
{
    trace_connection *c = elsewhere_open_used(t, AT_MS(0));

    elsewhere_reset(c, SERVER, hops, AT_MS(2) + rest);
    trace_exchange(trace_open(t, AT_MS(10) + rest), AT_MS(11) + rest, AT_MS(12) + rest);
    return c;
}

/* ---- out of rest ---- */

static void out_of_rest_a_device_may_have_forgotten_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = reset_at_rest(t, 243, AT_S(350));

    assert_cause(c, "idle-dropped");
    assert_certainty(c, "likely");
    elsewhere_assert_nobody(c);
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(350));
    g_assert_false(trace_ending(c)->is_cut_in_use);
    g_assert_cmpuint(trace_ending(c)->timer_count, ==,
                     3); /* those of AWS: Azure's was over before */
    g_assert_true(trace_happened(t, "outlast_device", "1 connection reset at rest"));
    g_assert_true(trace_advises(t, "outlast_device",
                                "(TTL) of the reset: 243, where all other"
                                " packets of the server have 64"));
    g_assert_true(trace_advises(t, "outlast_device", "before the reset for 350 s."));
    g_assert_true(trace_may_be_else(t, "outlast_device", "another route"));
    g_assert_false(trace_may_be_else(t, "outlast_device", "was down"));
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

/* The client's probe is what it answers: it may have forgotten long before. */
static void a_probe_asks_for_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = elsewhere_open_used(t, AT_MS(0));
    trace_probe(c, CLIENT, AT_MS(2) + AT_S(400));
    elsewhere_reset(c, SERVER, 243, AT_MS(3) + AT_S(400));
    trace_exchange(trace_open(t, AT_S(410)), AT_S(410) + AT_MS(1), AT_S(410) + AT_MS(2));

    assert_cause(c, "idle-dropped");
    elsewhere_assert_nobody(c);
    g_assert_cmpuint(trace_ending(c)->timer_count, ==, 4); /* those of AWS, and Azure's */
    g_assert_true(trace_advises(t, "outlast_device", "before the reset for 400 s"));
}

/* A pause of less than a second is no time to forget in. */
static void short_rest_is_use(void)
{
    g_autoptr(trace) rest = trace_new();
    g_autoptr(trace) use = trace_new();

    g_assert_false(trace_ending(reset_at_rest(rest, 63, AT_S(2)))->is_cut_in_use);
    trace_connection *c = reset_at_rest(use, 63, AT_MS(900));
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
    elsewhere_reset(c, SERVER, 243, AT_S(350));
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
    elsewhere_reset(c, SERVER, hops, AT_S(1) + AT_MS(1));
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
            elsewhere_assert_nobody(c);
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
    elsewhere_reset(c, SERVER, 64, AT_S(5));

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
    trace_connection *c = elsewhere_open_used(t, AT_MS(0));
    c->hops[SERVER] = 63;
    trace_exchange(c, AT_MS(10), AT_MS(11));
    elsewhere_reset(c, SERVER, 62, AT_S(350));

    assert_cause(c, "server-close");
    assert_closed_by(c, "server");
}

/* Its next packets came as the reset did: that was its new way. */
static void what_comes_later_has_the_new_way(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = elsewhere_open_used(t, AT_MS(0));
    elsewhere_reset(c, SERVER, 62, AT_S(350));
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
        elsewhere_reset(c, SERVER, 243, AT_S(40));
        assert_cause(c, answers == 1 ? "unknown" : "idle-dropped");
        elsewhere_assert_nobody(c);
    }
}

/* ... nor that another host reset what a request found gone. */
static void one_packet_tells_no_hops(void)
{
    for (int answers = 1; answers <= 2; answers++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_connect(t);
        for (int i = 0; i < answers; i++) {
            trace_exchange(c, AT_MS(10 * i + 1), AT_MS(10 * i + 2));
        }
        trace_request(c, AT_S(40));
        elsewhere_reset(c, SERVER, 243, AT_S(40) + AT_US(300));
        trace_exchange(trace_open(t, AT_S(41)), AT_S(42), AT_S(43));
        hr_reset_hops hops;

        assert_cause(c, "stale-race");
        elsewhere_assert_nobody(c);
        g_assert_true(hr_hops_of_end(c->model, &hops) == (answers == 2));
        g_assert_true(trace_advises(t, "outlast_device", "(TTL)") == (answers == 2));
        g_assert_true(trace_may_be_else(t, "outlast_device", "the end in whose name"));
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
    elsewhere_reset(c, SERVER, 243, AT_S(350));

    assert_cause(c, "idle-dropped");
    g_assert_false(trace_ending(c)->is_cut_in_use);
}

/* The same time again and again is no timer of the server's, nor explains what it closes. */
static void no_timer_of_the_servers_is_learnt(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = elsewhere_open_used(t, AT_S(100 * i));
        elsewhere_reset(c, SERVER, 243, AT_S(100 * i) + AT_MS(2) + AT_S(7));
    }
    trace_connection *own = elsewhere_open_used(t, AT_S(300));
    trace_close(own, SERVER, AT_S(300) + AT_MS(2) + AT_S(7));

    assert_cause(own, "server-close");
    assert_closed_by(own, "server");
}

/* It closed first, and said so. */
static void what_comes_behind_a_fin_is_no_end(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = elsewhere_open_used(t, AT_MS(0));
    trace_fin(c, SERVER, AT_S(20));
    elsewhere_reset(c, SERVER, 243, AT_S(20) + AT_MS(1));

    assert_closed_by(c, "server");
    g_assert_false(trace_ending(c)->is_from_elsewhere);
}

static void what_was_said_before_stands(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .connection = "close");
    elsewhere_reset(c, SERVER, 243, AT_S(20));

    assert_cause(c, "server-close-header");
    assert_closed_by(c, "server");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/elsewhere/rest/few-asked", one_packet_tells_no_hops);
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
    return g_test_run();
}

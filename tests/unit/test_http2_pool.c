/* test_http2_pool.c
 * Why another connection of HTTP/2 was opened: free streams are room, a limit that was reached is
 * none; dials side by side. Several names on one connection are in test_http2_names.c. DESIGN
 * sections 2 and 4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

/* @count requests from stream 1 on, in one segment, unanswered. */
static void fill(trace_connection *c, uint32_t count, int64_t at)
{
    h2_begin(c, CLIENT, at);
    for (uint32_t i = 0; i < count; i++) {
        h2_ask(c, 2 * i + 1, 0);
    }
    h2_end(c);
}

/* ---- idle-available ---- */

static void idle_one_is_available(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_used(t, AT_MS(0));
    trace_connection *two = h2_open_used(t, AT_MS(500));

    assert_first_contact(one);
    assert_opened(two, "idle-available", one);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 1);
}

static void free_streams_are_available(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_limited(t, AT_MS(0), 4);
    fill(one, 3, AT_MS(10));
    trace_connection *two = h2_open_used(t, AT_MS(500));

    assert_opened(two, "idle-available", one);
}

/* Also where it is used while the other is being set up: its other streams stay free. */
static void used_during_the_setup_and_still_free(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_used(t, AT_MS(0));
    trace_connection *two = h2_open(t, AT_MS(500));
    h2_ask(one, 3, AT_MS(505));
    h2_ask(two, 1, AT_MS(510));

    assert_opened(two, "idle-available", one);
}

/* Set up with free streams counts as idle, though nothing was asked on it yet. */
static void ready_and_never_used_is_available(void)
{
    static const uint32_t limits[] = {100, 0};

    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = h2_open_limited(t, AT_MS(0), limits[i]);
        trace_connection *two = h2_open_used(t, AT_MS(500));

        assert_opened(two, "idle-available", one);
    }
}

/* RFC 9113 §6.5.2: without the setting there is no limit. */
static void no_limit_was_said(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_limited(t, AT_MS(0), 0);
    fill(one, 150, AT_MS(10));
    trace_connection *two = h2_open_used(t, AT_MS(500));

    assert_opened(two, "idle-available", one);
}

/* It explains one opening at a time, until it is used: then it is there for others again. */
static void used_again_explains_again(void)
{
    for (int is_used = 0; is_used < 2; is_used++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = h2_open_used(t, AT_MS(0));
        trace_connection *two = h2_open_limited(t, AT_MS(500), 1);
        h2_ask(two, 1, AT_MS(510));
        if (is_used) {
            h2_exchange(one, 3, AT_MS(520), AT_MS(521));
        }
        trace_connection *three = h2_open(t, AT_S(1));
        h2_exchange(three, 1, AT_S(1) + AT_MS(10), AT_S(1) + AT_MS(11));
        h2_answer(two, 1, AT_S(2));

        assert_opened(two, "idle-available", one);
        g_assert_true((trace_opening(three)->why == HR_WHY_IDLE_AVAILABLE) == (is_used != 0));
    }
}

/* What it explained before is over: that leaves what it explains now as it is. */
static void explained_before_releases_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_used(t, AT_MS(0));
    trace_connection *two = h2_open_limited(t, AT_MS(500), 1);
    h2_ask(two, 1, AT_MS(510));
    h2_exchange(one, 3, AT_MS(520), AT_MS(521));
    trace_connection *three = h2_open_limited(t, AT_S(1), 1);
    h2_ask(three, 1, AT_S(1) + AT_MS(10));
    h2_answer(two, 1, AT_S(2));
    h2_ask(two, 3, AT_S(2) + AT_MS(1));
    trace_connection *four = h2_open(t, AT_S(3));
    h2_ask(four, 1, AT_S(3) + AT_MS(10));
    h2_answer(three, 1, AT_S(4));

    assert_opened(three, "idle-available", one);
    g_assert_cmpint(trace_opening(four)->why, !=, HR_WHY_IDLE_AVAILABLE);
}

/* It had been free for long, and closes only once what still runs there is answered: the client had
 * it when it opened the other. */
static void closed_behind_its_last_stream(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_used(t, AT_MS(0));
    h2_ask(one, 3, AT_MS(400));
    trace_connection *two = h2_open(t, AT_MS(500));
    h2_ask(two, 1, AT_MS(510));
    h2_answer(one, 3, AT_MS(515));
    trace_close(one, CLIENT, AT_MS(516));
    h2_answer(two, 1, AT_MS(600));

    assert_opened(two, "idle-available", one);
}

/* ---- all-busy ---- */

static void being_set_up_is_busy(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.agrees = "h2", .has_keys = true};
    trace_connection *one = tls_connect(t, AT_MS(0), &how);
    trace_connection *two = tls_connect(t, AT_MS(1), &how);
    tls_handshake(one, AT_MS(2), &how);
    h2_prefaces(one, 100, AT_MS(5));
    h2_ask(one, 1, AT_MS(5));
    tls_handshake(two, AT_MS(6), &how);
    h2_prefaces(two, 100, AT_MS(10));
    h2_ask(two, 1, AT_MS(10));

    assert_first_contact(one);
    assert_opened(two, "all-busy", one);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

/* ---- streams-exhausted ---- */

static void all_streams_are_open(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_limited(t, AT_MS(0), 4);
    fill(one, 4, AT_MS(10));
    trace_connection *two = h2_open(t, AT_MS(500));
    const hr_request *first = h2_ask(two, 1, AT_MS(510));

    assert_opened(two, "streams-exhausted", one);
    assert_found(t, HR_FINDING_STREAMS_EXHAUSTED, trace_frame(t), two, first);
    g_assert_cmpuint(trace_found(t, HR_FINDING_STREAMS_EXHAUSTED), ==, 1);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
}

/* It suffices that they reached the limit between the SYN and the end of setup. */
static void limit_reached_during_the_setup(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.agrees = "h2", .has_keys = true};
    trace_connection *one = h2_open_limited(t, AT_MS(0), 4);
    fill(one, 3, AT_MS(10));
    trace_connection *two = tls_connect(t, AT_MS(500), &how);
    h2_ask(one, 7, AT_MS(501));
    tls_handshake(two, AT_MS(502), &how);
    h2_prefaces(two, 4, AT_MS(506));
    h2_ask(two, 1, AT_MS(507));

    assert_opened(two, "streams-exhausted", one);
}

/* Each of several dials is explained by the limit, not by a sibling that is being set up. */
static void three_dials_at_the_limit(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.agrees = "h2", .has_keys = true};
    trace_connection *one = h2_open_limited(t, AT_MS(0), 4);
    fill(one, 4, AT_MS(10));
    trace_connection *more[3];
    for (int i = 0; i < 3; i++) {
        more[i] = tls_connect(t, AT_MS(20 + i), &how);
    }
    for (int i = 0; i < 3; i++) {
        tls_handshake(more[i], AT_MS(30 + 10 * i), &how);
        h2_prefaces(more[i], 4, AT_MS(34 + 10 * i));
        h2_ask(more[i], 1, AT_MS(35 + 10 * i));
    }

    for (int i = 0; i < 3; i++) {
        assert_opened(more[i], "streams-exhausted", one);
    }
    g_assert_cmpuint(trace_found(t, HR_FINDING_STREAMS_EXHAUSTED), ==, 3);
}

/* A stream that ended made room before the SYN: then it was there. */
static void room_again_before_the_dial(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_limited(t, AT_MS(0), 4);
    fill(one, 4, AT_MS(10));
    h2_answer(one, 3, AT_MS(20));
    trace_connection *two = h2_open_used(t, AT_MS(500));

    assert_opened(two, "idle-available", one);
}

static void reset_makes_room_too(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_limited(t, AT_MS(0), 2);
    fill(one, 2, AT_MS(10));
    h2_reset(one, CLIENT, 1, AT_MS(20));
    trace_connection *two = h2_open_used(t, AT_MS(500));

    assert_opened(two, "idle-available", one);
}

/* The server may say another limit at any time (RFC 9113 §6.5). */
static void limit_is_the_one_said_last(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_limited(t, AT_MS(0), 100);
    fill(one, 3, AT_MS(10));
    h2_settings(one, 3, AT_MS(20));
    trace_connection *two = h2_open_used(t, AT_MS(500));
    h2_settings(one, 10, AT_MS(600));
    h2_reset(two, SERVER, 1, AT_MS(600));
    trace_close(two, SERVER, AT_MS(601));
    trace_connection *three = h2_open_used(t, AT_MS(700));

    assert_opened(two, "streams-exhausted", one);
    assert_opened(three, "idle-available", one);
}

/* ---- closing ---- */

static void goaway_is_closing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_used(t, AT_MS(0));
    h2_goaway(one, SERVER, 1, H2_NO_ERROR, AT_MS(400));
    trace_connection *two = h2_open_used(t, AT_MS(500)); /* the FIN is still to come */
    trace_close(one, SERVER, AT_MS(600));

    assert_opened(two, "previous-closed", one);
}

static void refused_stream_leaves_its_connection_available(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_used(t, AT_MS(0));
    h2_ask(one, 3, AT_MS(100));
    h2_reset(one, SERVER, 3, AT_MS(101));
    trace_connection *two = h2_open_used(t, AT_MS(500));

    assert_opened(two, "idle-available", one);
}

/* ---- the state of a connection from before the capture ---- */

static void opening_before_the_capture(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 80);
    trace_ack(old, CLIENT, AT_MS(0));
    h2_exchange(old, 21, AT_MS(0), AT_MS(1));
    trace_connection *two = h2_open_plain(t, AT_MS(500), 100);
    h2_ask(two, 1, AT_MS(510));

    assert_opened(two, "idle-available", old);
}

/* ---- HTTP/1 beside it ---- */

static void version_is_part_of_the_key(void)
{
    g_autoptr(trace) t = trace_new();
    h2_open_used(t, AT_MS(0));
    trace_connection *http1 = tls_open(t, AT_MS(500), .has_keys = true, .agrees = "http/1.1");
    trace_exchange(http1, AT_MS(510), AT_MS(511));

    assert_first_contact(http1);
    g_assert_cmpuint(hr_analysis_origin_count(trace_analysis(t)), ==, 2);
}

/* Whether the one had a stream free nobody can read: that another was being set up is no reason. */
static void dialled_beside_what_nobody_can_read(void)
{
    static const tls_kind how = {.agrees = "h2", .has_keys = true};
    g_autoptr(trace) t = trace_new();
    trace_connection *hidden = h2_open_used(t, AT_MS(0));
    trace_lose(hidden, SERVER, 500);
    trace_ack(hidden, CLIENT, AT_MS(20));
    trace_connection *sibling = tls_connect(t, AT_MS(100), &how);
    trace_connection *c = h2_open_used(t, AT_MS(101));
    tls_handshake(sibling, AT_MS(200), &how);
    h2_prefaces(sibling, 100, AT_MS(204));
    h2_exchange(sibling, 1, AT_MS(210), AT_MS(211));

    trace_analysis(t);
    g_assert_cmpint(trace_opening(c)->why, ==, HR_WHY_NONE);
}

/* ---- dials side by side ---- */

static void loser_of_a_race(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.agrees = "h2", .has_keys = true};
    trace_connection *used = tls_connect(t, AT_MS(0), &how);
    trace_connection *loser = tls_connect(t, AT_MS(0) + AT_US(300), &how);
    const uint32_t syn = loser->model->opened.frame;
    tls_handshake(used, AT_MS(1), &how);
    h2_prefaces(used, 100, AT_MS(4));
    fill(used, 8, AT_MS(4));
    tls_handshake(loser, AT_MS(5), &how);
    h2_prefaces(loser, 100, AT_MS(8));
    tls_close_notify(loser, CLIENT, AT_MS(9));
    trace_fin(loser, CLIENT, AT_MS(9));
    const uint32_t fin = trace_frame(t);
    trace_fin(loser, SERVER, AT_MS(10));
    h2_answer(used, 1, AT_MS(200));

    assert_cause(loser, "unused");
    assert_opened(loser, "all-busy", used);
    assert_found(t, HR_FINDING_HANDSHAKE_RACE, syn, loser, NULL);
    assert_found(t, HR_FINDING_UNUSED_CONNECTION, fin, loser, NULL);
    g_assert_cmpuint(trace_found(t, HR_FINDING_HANDSHAKE_RACE), ==, 1);
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
    g_assert_cmpuint(trace_totals(t)->sums.unused, ==, 1);
}

/* ---- what a perfect pool would have opened ---- */

static const hr_origin *only_origin(trace *t)
{
    g_assert_cmpuint(hr_analysis_origin_count(trace_analysis(t)), ==, 1);
    return hr_analysis_origin(trace_analysis(t), 0);
}

static void one_connection_serves_all(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open(t, AT_MS(0));
    fill(one, 10, AT_MS(10));
    trace_connection *two = h2_open(t, AT_MS(100));
    fill(two, 10, AT_MS(110));

    const hr_origin *origin = only_origin(t);
    g_assert_cmpuint(origin->peak_concurrency, ==, 20);
    g_assert_cmpuint(origin->needed_connections, ==, 1);
    g_assert_cmpuint(origin->sums.avoidable_connections, ==, 1);
    g_assert_cmpint(origin->sums.avoidable_setup_ns, ==, H2_READY_NS);
    g_assert_true(two->model->is_avoidable);
    g_assert_cmpint(origin->sums.saved_setup_ns, ==, 18 * H2_READY_NS);
}

static void limits_force_more(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = h2_open_limited(t, AT_MS(100 * i), 4);
        fill(c[i], 4, AT_MS(100 * i + 10));
    }

    g_assert_cmpuint(only_origin(t)->needed_connections, ==, 3);
    g_assert_cmpuint(only_origin(t)->sums.avoidable_connections, ==, 0);
    g_assert_cmpint(only_origin(t)->sums.avoidable_setup_ns, ==, HR_TIME_NONE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http2/pool/idle", idle_one_is_available);
    g_test_add_func("/http2/pool/beside-unreadable", dialled_beside_what_nobody_can_read);
    g_test_add_func("/http2/pool/free-streams", free_streams_are_available);
    g_test_add_func("/http2/pool/used-during-setup", used_during_the_setup_and_still_free);
    g_test_add_func("/http2/pool/used-again", used_again_explains_again);
    g_test_add_func("/http2/pool/explained-before", explained_before_releases_nothing);
    g_test_add_func("/http2/pool/closed-behind", closed_behind_its_last_stream);
    g_test_add_func("/http2/pool/never-used", ready_and_never_used_is_available);
    g_test_add_func("/http2/pool/no-limit", no_limit_was_said);
    g_test_add_func("/http2/pool/being-set-up", being_set_up_is_busy);
    g_test_add_func("/http2/pool/exhausted", all_streams_are_open);
    g_test_add_func("/http2/pool/exhausted-during-setup", limit_reached_during_the_setup);
    g_test_add_func("/http2/pool/exhausted-three-dials", three_dials_at_the_limit);
    g_test_add_func("/http2/pool/room-again", room_again_before_the_dial);
    g_test_add_func("/http2/pool/room-by-reset", reset_makes_room_too);
    g_test_add_func("/http2/pool/new-limit", limit_is_the_one_said_last);
    g_test_add_func("/http2/pool/goaway", goaway_is_closing);
    g_test_add_func("/http2/pool/refused", refused_stream_leaves_its_connection_available);
    g_test_add_func("/http2/pool/opening-unseen", opening_before_the_capture);
    g_test_add_func("/http2/pool/version", version_is_part_of_the_key);
    g_test_add_func("/http2/race/loser", loser_of_a_race);
    g_test_add_func("/http2/needed/one", one_connection_serves_all);
    g_test_add_func("/http2/needed/limits", limits_force_more);
    return g_test_run();
}

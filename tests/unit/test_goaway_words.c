/* test_goaway_words.c
 * What a server's GOAWAY says to people, and what it takes for it to be the reason. RFC 9113 §6.8.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_h2.h"

/* What the server's program says to people is more than a time: one such end will do. */
static void idle_goaway_that_says_so(void)
{
    static const struct {
        const char *said;
        trace_side by;
        uint32_t error;
        bool is_said;
    } cases[] = {
        {"max_idle", SERVER, H2_NO_ERROR, true},
        {"enter idle", SERVER, H2_NO_ERROR, true},
        {"timeout", SERVER, H2_NO_ERROR, true},
        {"max_idle_or_so", SERVER, H2_NO_ERROR, false},
        {"max_idle", CLIENT, H2_NO_ERROR, false},
        {"timeout", SERVER, H2_ENHANCE_YOUR_CALM, false},
        {"enter idle", SERVER, H2_INTERNAL_ERROR, true},
        {"max_idle", SERVER, H2_INTERNAL_ERROR, false},
        {"enter idle", SERVER, H2_ENHANCE_YOUR_CALM, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_used(t, AT_MS(0));
        h2_goaway_saying(c, cases[i].by, cases[i].error, cases[i].said, AT_S(13));
        const uint32_t frame = trace_frame(t);
        trace_close(c, cases[i].by, AT_S(14));
        h2_open_used(t, AT_S(20));

        assert_cause(c, cases[i].is_said ? "server-idle-timeout" : "goaway");
        assert_certainty(c, "certain");
        g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, frame);
        g_assert_cmpint(trace_ending(c)->is_timer_announced, ==, cases[i].is_said);
    }
}

/* It answers the client's FIN, or comes with a stream open: nothing was idle. */
static void goaway_that_says_idle_too_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2] = {h2_open_used(t, AT_MS(0)), h2_open_plain(t, AT_MS(50), 100)};
    trace_fin(c[0], CLIENT, AT_S(13));
    h2_goaway_saying(c[0], SERVER, H2_NO_ERROR, "timeout", AT_S(13) + AT_MS(1));
    trace_rst(c[0], CLIENT, AT_S(13) + AT_MS(2));
    h2_ask(c[1], 1, AT_S(30));
    h2_goaway_saying(c[1], SERVER, H2_NO_ERROR, "timeout", AT_S(31));
    h2_answer(c[1], 1, AT_S(32));
    trace_close(c[1], SERVER, AT_S(33));
    h2_open_used(t, AT_S(40));

    assert_cause(c[0], "client-close");
    assert_cause(c[1], "goaway");
}

/* Timeouts that two connections met at one instant are no reload. */
static void idle_goaways_at_one_instant(void)
{
    for (int is_said = 0; is_said <= 1; is_said++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2] = {h2_open_used(t, AT_MS(0)), h2_open_used(t, AT_S(3))};
        for (int i = 0; i < 2; i++) {
            h2_goaway_saying(c[i], SERVER, H2_NO_ERROR, is_said ? "max_idle" : "bye",
                             AT_S(14) + AT_MS(4 * i));
            trace_close(c[i], SERVER, AT_S(14) + AT_MS(4 * i + 1));
        }
        h2_open_used(t, AT_S(20));

        assert_cause(c[0], is_said ? "server-idle-timeout" : "goaway");
        assert_cause(c[1], is_said ? "server-idle-timeout" : "goaway");
    }
}

/* gRPC: MAX_CONNECTION_AGE, said of a single connection with a call open. */
static void goaway_that_says_age(void)
{
    static const struct {
        const char *said;
        trace_side by;
        uint32_t error;
        const char *cause;
    } cases[] = {
        {"max_age", SERVER, H2_NO_ERROR, "max-age"},
        {"max_ages", SERVER, H2_NO_ERROR, "goaway"},
        {"max_age", CLIENT, H2_NO_ERROR, "goaway"},
        {"max_age", SERVER, H2_ENHANCE_YOUR_CALM, "goaway"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_used(t, AT_MS(0));
        h2_ask(c, 3, AT_MS(2000));
        h2_goaway_saying(c, cases[i].by, cases[i].error, cases[i].said, AT_MS(2001));
        const uint32_t frame = trace_frame(t);
        h2_answer(c, 3, AT_MS(2300));
        trace_close(c, CLIENT, AT_MS(2301));
        h2_open_used(t, AT_S(3));

        const bool is_age = g_str_equal(cases[i].cause, "max-age");
        assert_cause(c, cases[i].cause);
        assert_certainty(c, "certain");
        assert_closed_by(c, cases[i].by == SERVER ? "server" : "client");
        g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, frame);
        g_assert_cmpuint(trace_found(t, HR_FINDING_MAX_AGE), ==, is_age);
        if (is_age) {
            g_assert_cmpint(trace_ending(c)->seldom->age_ns, ==, AT_MS(2001));
        }
    }
}

/* The client had closed before: a server that then says so ended nothing. */
static void goaway_that_says_age_too_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    trace_fin(c, CLIENT, AT_MS(2000));
    h2_goaway_saying(c, SERVER, H2_NO_ERROR, "max_age", AT_MS(2001));
    trace_rst(c, CLIENT, AT_MS(2002));
    h2_open_used(t, AT_S(3));

    assert_cause(c, "client-close");
}

/* gRPC on its core, without a call, reads the GOAWAY only as it asks again. */
static void request_after_the_age_was_said(void)
{
    for (int is_age = 0; is_age <= 1; is_age++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_used(t, AT_MS(0));
        h2_goaway_saying(c, SERVER, H2_NO_ERROR, is_age ? "max_age" : "bye", AT_MS(2001));
        trace_fin(c, SERVER, AT_MS(2002));
        trace_ack(c, CLIENT, AT_MS(2003));
        h2_ask(c, 3, AT_MS(2300));
        trace_rst(c, SERVER, AT_MS(2301));
        h2_open_used(t, AT_MS(2302));

        assert_cause(c, "stale-race");
        g_assert_cmpint(trace_fix(t, "raise_max_age") != NULL, ==, is_age);
        g_assert_cmpint(trace_fix(t, "expire_sooner") != NULL, ==, !is_age);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/goaway/says/idle", idle_goaway_that_says_so);
    g_test_add_func("/goaway/says/idle-too-late", goaway_that_says_idle_too_late);
    g_test_add_func("/goaway/says/idle-at-once", idle_goaways_at_one_instant);
    g_test_add_func("/goaway/says/age", goaway_that_says_age);
    g_test_add_func("/goaway/says/age-too-late", goaway_that_says_age_too_late);
    g_test_add_func("/goaway/says/age-stale", request_after_the_age_was_said);
    return g_test_run();
}

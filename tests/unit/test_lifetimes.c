/* test_lifetimes.c
 * Which ends, and which connections that did not end, speak for a limit of age, and which
 * against it. DESIGN section 5, max-age.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_h2.h"

/* keepalive_time of 3 s: two that it ended, at other numbers. */
static trace_connection *two_ages(trace *t, int64_t at)
{
    trace_connection *one = trace_ages(t, at, AT_MS(400), AT_MS(3000));

    trace_ages(t, at + AT_S(10), AT_MS(250), AT_MS(3020));
    return one;
}

/* One that is open as the capture ends, and young, has no age yet. */
static void young_one_is_open(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = two_ages(t, AT_S(0));
    trace_open_used(t, AT_S(20));

    assert_cause(one, "max-age");
}

/* It was there before the capture, and was asked 5 s later: so old it was at least. */
static void older_one_from_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *before = trace_connect(t);
    trace_exchange(before, AT_S(0), AT_MS(1));
    trace_exchange(before, AT_S(5), AT_S(5) + AT_MS(1));
    trace_connection *one = two_ages(t, AT_S(10));

    assert_cause(one, "server-close-header");
}

/* How old it was nobody knows: 3 s after the capture began it may have been any age. */
static void end_of_one_from_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *before = trace_connect(t);
    trace_exchange(before, AT_S(0), AT_MS(1));
    trace_request(before, AT_MS(3000));
    trace_answer(before, AT_MS(3005), .connection = "close");
    trace_close(before, SERVER, AT_MS(3010));
    trace_connection *one = two_ages(t, AT_S(10));

    assert_cause(before, "server-close-header");
    assert_cause(one, "max-age");
}

/* The older one is the first, not the last. */
static void older_one_comes_first(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_open(t, AT_S(0));
    trace_exchange(old, AT_MS(1), AT_MS(2));
    trace_exchange(old, AT_S(4), AT_S(4) + AT_MS(1));
    trace_connection *one = two_ages(t, AT_S(10));

    assert_cause(one, "server-close-header");
}

/* The ages differ by 3 %, the greater first, whose last answer took long. */
static void older_end_comes_first(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_open(t, AT_S(0));
    trace_exchange(old, AT_MS(1), AT_MS(2));
    trace_request(old, AT_MS(2900));
    trace_answer(old, AT_MS(3100), .connection = "close");
    trace_close(old, SERVER, AT_US(3100100));
    trace_connection *one = trace_ages(t, AT_S(10), AT_MS(250), AT_MS(3000));

    assert_cause(one, "server-close-header");
}

/* Answers that the server held for most of the connection's life, and that were over with it. */
static void busy_for_most_of_its_life(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_S(10) * i;
        c[i] = trace_open(t, at);
        for (int k = 0; k <= i; k++) {
            trace_exchange(c[i], at + AT_MS(1 + 2 * k), at + AT_MS(2 + 2 * k));
        }
        trace_request(c[i], at + AT_MS(500));
        trace_answer(c[i], at + AT_MS(3000 + 10 * i), .connection = "close");
        trace_close(c[i], SERVER, at + AT_MS(3001 + 10 * i));
    }

    assert_cause(c[0], "max-age");
    assert_cause(c[1], "max-age");
}

/* What nobody used any more, and that the server closed as old by chance, is no limit of age: it may
 * be that of idle times. */
static void idle_one_of_that_age(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = two_ages(t, AT_S(0));
    trace_connection *idle = trace_open_used(t, AT_S(20));
    trace_close(idle, SERVER, AT_S(20) + AT_MS(3010));

    assert_cause(one, "max-age");
    g_assert_cmpint(trace_ending(idle)->cause, !=, HR_CLOSE_MAX_AGE);
}

/* How many one carried is not known, so that it does not count; that it ended much younger, or much
 * older, is. */
static void uncounted_one_of_another_age(void)
{
    for (int is_older = 0; is_older < 2; is_older++) {
        g_autoptr(trace) t = trace_new();
        two_ages(t, AT_S(0));
        trace_connection *lost = trace_open(t, AT_S(20));
        trace_answer_alone(lost, AT_S(20) + AT_MS(300));
        trace_exchange(lost, AT_S(20) + AT_MS(900), AT_S(20) + AT_MS(1000));
        if (is_older) {
            trace_request(lost, AT_MS(22900));
            trace_answer(lost, AT_MS(22901));
        }
        trace_close(lost, SERVER, AT_S(20) + (is_older ? AT_S(4) : AT_MS(1100)));

        g_assert_cmpint(trace_ending(lost)->cause, !=, HR_CLOSE_MAX_AGE);
    }
}

/* An error, and what the server waited for in vain, end younger ones. */
static void ends_that_an_error_explains(void)
{
    for (unsigned code = 404; code <= 408; code += 4) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = two_ages(t, AT_S(0));
        trace_connection *failed = trace_open(t, AT_S(20));
        trace_exchange(failed, AT_S(20) + AT_MS(1), AT_S(20) + AT_MS(2));
        trace_exchange(failed, AT_S(21), AT_S(21) + AT_MS(1));
        if (code == 404) {
            trace_request(failed, AT_MS(21400));
        }
        trace_answer(failed, AT_MS(21401), .code = code, .connection = "close");
        trace_close(failed, SERVER, AT_MS(21402));

        assert_cause(one, "max-age");
        g_assert_cmpint(trace_ending(failed)->cause, !=, HR_CLOSE_MAX_AGE);
    }
}

/* gRPC's age without jitter: calls at other intervals, then GOAWAY, and the close. */
static trace_connection *goes_away(trace *t, int64_t at, unsigned calls)
{
    trace_connection *c = h2_open_plain(t, at, 0);
    for (unsigned i = 0; i < calls; i++) {
        const int64_t sent = at + AT_MS(10) + AT_S(2) / (calls + 1) * i;
        h2_exchange(c, 1 + 2 * i, sent, sent + AT_MS(1));
    }
    h2_goaway(c, SERVER, 2 * calls - 1, H2_NO_ERROR, at + AT_S(2));
    trace_close(c, SERVER, at + AT_S(2) + AT_MS(1));
    return c;
}

/* The client says GOAWAY after 1 s; or the server does for an error, and the client closes. Neither
 * is an end by the server as it grows old. */
static void goaways_of_other_reasons(void)
{
    for (int is_error = 0; is_error < 2; is_error++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = goes_away(t, AT_S(0), 10);
        goes_away(t, AT_S(10), 12);
        trace_connection *other = h2_open_plain(t, AT_S(20), 0);
        h2_exchange(other, 1, AT_S(20) + AT_MS(990), AT_S(20) + AT_MS(991));
        if (is_error) {
            h2_goaway(other, SERVER, 1, H2_ENHANCE_YOUR_CALM, AT_S(21));
        } else {
            h2_goaway(other, CLIENT, 0, H2_NO_ERROR, AT_S(21));
        }
        trace_close(other, CLIENT, AT_S(21) + AT_MS(1));

        assert_cause(one, "max-age");
        assert_closed_by(one, "server");
    }
}

/* Its last call crosses the GOAWAY, which says that it was not looked at: it is in use. */
static void goes_away_in_a_call(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (unsigned i = 0; i < 2; i++) {
        const int64_t at = AT_S(10) * i;
        c[i] = h2_open_plain(t, at, 0);
        for (unsigned k = 0; k <= i; k++) {
            h2_exchange(c[i], 1 + 2 * k, at + AT_MS(10 + 10 * k), at + AT_MS(15 + 10 * k));
        }
        h2_ask(c[i], 3 + 2 * i, at + AT_MS(1900));
        h2_goaway(c[i], SERVER, 1 + 2 * i, H2_NO_ERROR, at + AT_S(2));
        trace_close(c[i], SERVER, at + AT_S(2) + AT_MS(50));
    }

    assert_cause(c[0], "max-age");
    assert_cause(c[1], "max-age");
}

/* ---- a number, or an age ---- */

/* Six polls, with the last of which the server says close. */
static trace_connection *polls(trace *t, int64_t at, int64_t interval)
{
    trace_connection *c = trace_open(t, at);
    for (int i = 0; i < 6; i++, at += interval) {
        trace_request(c, at + AT_MS(1));
        trace_answer(c, at + AT_MS(2), .connection = i == 5 ? "close" : NULL);
    }
    trace_close(c, SERVER, at - interval + AT_MS(3));
    return c;
}

/* Two of nearly one age, the older one first, and one that is asked at the age of @asked_ns. */
static trace_connection *polls_and_one_asked_at(trace *t, int64_t asked_ns)
{
    trace_connection *one = polls(t, AT_S(0), AT_MS(252));

    polls(t, AT_S(5), AT_MS(250));
    trace_connection *other = trace_open(t, AT_S(10));
    trace_exchange(other, AT_S(10) + asked_ns, AT_S(10) + asked_ns + AT_MS(1));
    trace_probe(other, CLIENT, AT_S(20));
    return one;
}

/* Asked between the ages of the two it may have been younger than the limit: age explains all. */
static void one_age_within_its_spread(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = polls_and_one_asked_at(t, AT_MS(1255));

    assert_cause(one, "server-close-header");
}

/* It outlived both, and was asked but once. */
static void one_age_outlived(void)
{
    for (int is_much = 0; is_much < 2; is_much++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = polls_and_one_asked_at(t, AT_MS(is_much ? 5000 : 1500));

        assert_cause(one, "request-limit");
    }
}

/* What ended early at a smaller number is no limit's, and makes the others no less of one age. */
static void one_age_beside_an_early_end(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *early = trace_open(t, AT_S(0));
    trace_close(early, SERVER, trace_exchanges(early, 2, AT_MS(1)));
    trace_connection *one = polls(t, AT_S(1), AT_MS(250));
    polls(t, AT_S(5), AT_MS(270));

    assert_cause(one, "server-close-header");
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lifetimes/age/young-open", young_one_is_open);
    g_test_add_func("/lifetimes/age/from-before-older", older_one_from_before);
    g_test_add_func("/lifetimes/age/from-before-ends", end_of_one_from_before);
    g_test_add_func("/lifetimes/age/older-first", older_one_comes_first);
    g_test_add_func("/lifetimes/age/older-end-first", older_end_comes_first);
    g_test_add_func("/lifetimes/age/busy", busy_for_most_of_its_life);
    g_test_add_func("/lifetimes/age/idle-beside", idle_one_of_that_age);
    g_test_add_func("/lifetimes/age/uncounted", uncounted_one_of_another_age);
    g_test_add_func("/lifetimes/age/errors", ends_that_an_error_explains);
    g_test_add_func("/lifetimes/age/other-goaways", goaways_of_other_reasons);
    g_test_add_func("/lifetimes/age/in-a-call", goes_away_in_a_call);
    g_test_add_func("/lifetimes/either/within-spread", one_age_within_its_spread);
    g_test_add_func("/lifetimes/either/outlived", one_age_outlived);
    g_test_add_func("/lifetimes/either/early-end", one_age_beside_an_early_end);
    return g_test_run();
}

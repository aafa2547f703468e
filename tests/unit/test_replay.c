/* test_replay.c
 * Calls that are written down against a replay of them: who takes which connection, who opens one, who
 * waits. Times are plain numbers of ns. What a replay is to do stands in replay.h and doc/forecast.md.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_replay.h"

#define assert_opens(calls, words, value)                                                          \
    g_assert_cmpuint(replayed((calls), (words)).connections, ==, (value))

/* ---- what opening takes ---- */

/* Its own time where it had one, else the median; a call that waits for it is over that much later. */
static void a_setup_is_its_own_or_the_median(void)
{
    g_autoptr(hr_calls) two = calls_on(2);
    for (uint32_t i = 0; i < 2; i++) {
        const int64_t at = INT64_C(10000) * i;
        call_ends(two, call_open(two, i, at, at + 5000), HR_FATE_LOST, 0);
    }
    two->carriers[1].setup_ns = INT64_C(3) * SETUP;
    g_assert_cmpint(replayed(two, NULL).setup_ns, ==, INT64_C(4) * SETUP);
    g_assert_cmpint(replayed(two, NULL).end_ns, ==, 15000);

    g_autoptr(hr_calls) one = calls_on(1);
    call_open(one, 0, 0, 5000);
    call_add(one, 0, 10000, 12000);
    call_add(one, 0, 20000, 22000);
    const hr_outcome limited = replayed(one, "request-limit:1");
    g_assert_cmpuint(limited.connections, ==, 3);
    g_assert_cmpint(limited.setup_ns, ==, SETUP + 2 * MEDIAN);
    g_assert_cmpint(limited.end_ns, ==, 22000 + MEDIAN);

    /* nobody knows what it took */
    g_autoptr(hr_calls) unknown = calls_on(1);
    call_open(unknown, 0, 0, 5000);
    unknown->carriers[0].setup_ns = HR_TIME_NONE;
    g_assert_cmpint(replayed(unknown, NULL).setup_ns, ==, HR_TIME_NONE);
    g_assert_cmpint(replayed(unknown, NULL).end_ns, ==, 5000);
}

/* What is older than the capture is there, each for its own first call. */
static void inherited_ones_are_there(void)
{
    g_autoptr(hr_calls) calls = calls_on(2);
    call_add(calls, 0, 0, 100)->is_inherited = true;
    call_add(calls, 1, 200, 300)->is_inherited = true;
    call_add(calls, 0, 400, 500);
    call_add(calls, 1, 400, 500);
    const hr_outcome outcome = replayed(calls, NULL);

    g_assert_cmpuint(outcome.connections, ==, 0);
    g_assert_cmpint(outcome.setup_ns, ==, HR_TIME_NONE);
    g_assert_cmpint(outcome.end_ns, ==, 500);
}

/* ---- one that is being set up ---- */

/* A client of several streams that waits for one joins it, as many as it has room for; as captured, each
 * call that came during the setup had opened its own. */
static void calls_join_what_is_set_up(void)
{
    g_autoptr(hr_calls) calls = calls_on(3);
    for (uint32_t i = 0; i < 3; i++) {
        call_open(calls, i, i, 5000 + i);
    }
    assert_opens(calls, "h2", 1);
    assert_opens(calls, "h2:2", 2);
    assert_opens(calls, "h2,request-limit:2", 2);
    assert_opens(calls, "h2,request-limit:1", 3);
    calls->habits.streams = 100;
    assert_opens(calls, NULL, 3);
}

/* As it comes up the answer to one is there already, and it ends with that: the next call finds none,
 * though another one still runs on it. */
static void what_ends_as_it_comes_up(void)
{
    g_autoptr(hr_calls) calls = calls_on(2);
    call_ends(calls, call_open(calls, 0, 0, SETUP), HR_FATE_LOST, 0);
    call_open(calls, 1, 10, 9000);
    call_add(calls, 1, 5000, 6000);

    assert_opens(calls, "h2", 2);
}

/* It came up, and was closed: nobody joins it. */
static void what_was_closed_is_not_joined(void)
{
    g_autoptr(hr_calls) calls = calls_on(2);
    call_ends(calls, call_open(calls, 0, 0, 2000), HR_FATE_LOST, 0);
    call_open(calls, 1, 5000, 7000);

    assert_opens(calls, "h2", 2);
}

/* What was dialled for nothing ends as it comes up; unless a call has taken it by then. */
static void dials_are_there_for_calls(void)
{
    g_autoptr(hr_calls) calls = calls_on(2);
    call_ends(calls, call_dial(calls, 0, 0), HR_FATE_LOST, 0);
    call_open(calls, 1, 500, 3000);
    call_add(calls, 1, 4000, 5000);

    assert_opens(calls, NULL, 2);
    assert_opens(calls, "bounded:1", 1);
    g_assert_cmpuint(replayed(calls, "bounded:1").waited, ==, 0);

    /* it rests when it is ready, and is no use to what came sooner */
    g_autoptr(hr_calls) kept = calls_on(2);
    call_dial(kept, 0, 0);
    call_add(kept, 0, 3000, 4000);
    assert_opens(kept, NULL, 1);
    g_autoptr(hr_calls) sooner = calls_on(2);
    call_dial(sooner, 0, 0);
    call_add(sooner, 0, 500, 4000);
    assert_opens(sooner, NULL, 2);
}

/* ---- a bound ---- */

/* Who finds one idle waits for nobody; who does not waits until one is free. */
static void who_waits_for_a_bound(void)
{
    g_autoptr(hr_calls) calls = calls_on(3);
    call_open(calls, 0, 0, 5000);      /* over at 5000 */
    call_open(calls, 1, 1000, 9000);   /* waits for 4000, and takes 7000: until 12000 */
    call_open(calls, 2, 11000, 15000); /* waits for 1000, and takes 3000 */
    call_add(calls, 0, 20000, 21000);  /* finds it idle */
    const hr_outcome bounded = replayed(calls, "bounded:1");

    g_assert_cmpuint(bounded.connections, ==, 1);
    g_assert_cmpuint(bounded.waited, ==, 2);
    g_assert_cmpint(bounded.waited_ns, ==, 5000);
    g_assert_cmpint(bounded.longest_wait_ns, ==, 4000);
    g_assert_cmpint(bounded.end_ns, ==, 21000);
}

/* What it waits for is lost: there is room for one of its own. */
static void who_waits_may_have_to_open(void)
{
    g_autoptr(hr_calls) calls = calls_on(2);
    call_ends(calls, call_open(calls, 0, 0, 5000), HR_FATE_LOST, 0);
    call_open(calls, 1, 1000, 3000);
    const hr_outcome bounded = replayed(calls, "bounded:1");

    g_assert_cmpuint(bounded.connections, ==, 2);
    g_assert_cmpuint(bounded.waited, ==, 1);
    g_assert_cmpint(bounded.end_ns, ==, 5000 + 2000);
}

/* ---- a full pool ---- */

/* It has room again at the very time at which one comes. */
static void room_at_the_same_time(void)
{
    g_autoptr(hr_calls) calls = calls_on(2);
    call_ends(calls, call_open(calls, 0, 0, 5000), HR_FATE_SERVER, 5000); /* closed at 10000 */
    call_open(calls, 1, 100, 10000);
    call_add(calls, 1, 12000, 13000);
    calls->habits.idle_kept = 1;

    assert_opens(calls, NULL, 2);
}

/* What comes is taken at once: a pool of one that has one keeps both. */
static void taken_at_the_same_time(void)
{
    g_autoptr(hr_calls) calls = calls_on(2);
    call_open(calls, 0, 0, 5000);
    call_open(calls, 1, 100, 10000);
    call_add(calls, 1, 10000, 13000);
    call_add(calls, 0, 11000, 12000);
    calls->habits.idle_kept = 1;

    assert_opens(calls, NULL, 2);
}

/* Which of two goes: that which comes, or that which was idle for longest, and so expires first. */
static void which_one_goes(void)
{
    g_autoptr(hr_calls) calls = calls_on(2);
    call_open(calls, 0, 0, 2000);
    call_open(calls, 1, 100, 10000);
    call_add(calls, 1, 13000, 14000);
    calls->habits.idle_kept = 1;
    calls->habits.server_idle_ns = 5000;

    assert_opens(calls, NULL, 3);
    calls->habits.drops_oldest = true;
    assert_opens(calls, NULL, 2);
}

/* One that still has a stream is in no idle pool, and does not go when that is full. */
static void what_is_shared_does_not_go(void)
{
    g_autoptr(hr_calls) calls = calls_on(3);
    call_open(calls, 0, 0, 10000);
    call_open(calls, 1, 1, 5000);    /* idle from then on */
    call_open(calls, 2, 2, 10000);   /* comes at the same time as the first one's stream ends */
    call_add(calls, 0, 2000, 20000); /* the latest that was ready, with its second stream ... */
    call_add(calls, 0, 2001, 20000);
    call_add(calls, 0, 2002, 20000); /* ... and one of each of the others */
    calls->habits.streams = 2;
    calls->habits.idle_kept = 1;

    assert_opens(calls, NULL, 3);
}

/* ---- the time of an end ---- */

/* It would have come while another stream runs: nothing ends there. */
static void an_end_finds_it_in_use(void)
{
    g_autoptr(hr_calls) calls = calls_on(1);
    call_ends(calls, call_open(calls, 0, 0, 5000), HR_FATE_SERVER, 1000);
    call_add(calls, 0, 2000, 20000);
    call_add(calls, 0, 10000, 11000);
    calls->habits.streams = 2;

    assert_opens(calls, NULL, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/replay/setup", a_setup_is_its_own_or_the_median);
    g_test_add_func("/replay/inherited", inherited_ones_are_there);
    g_test_add_func("/replay/join", calls_join_what_is_set_up);
    g_test_add_func("/replay/join/ended", what_ends_as_it_comes_up);
    g_test_add_func("/replay/join/closed", what_was_closed_is_not_joined);
    g_test_add_func("/replay/dial", dials_are_there_for_calls);
    g_test_add_func("/replay/bound", who_waits_for_a_bound);
    g_test_add_func("/replay/bound/lost", who_waits_may_have_to_open);
    g_test_add_func("/replay/full/room", room_at_the_same_time);
    g_test_add_func("/replay/full/taken", taken_at_the_same_time);
    g_test_add_func("/replay/full/which", which_one_goes);
    g_test_add_func("/replay/full/shared", what_is_shared_does_not_go);
    g_test_add_func("/replay/end", an_end_finds_it_in_use);
    return g_test_run();
}

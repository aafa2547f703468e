/* test_replayed.c
 * A pool of a replay: where calls find its connections, and what becomes of those that are closed. What it
 * is to do stands in replayed.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/replayed.h"

static hr_replayed connection(void)
{
    return (hr_replayed){0};
}

/* It comes into its pool, which counts it as open. */
static void open_in(hr_replayed_pool *pool, hr_replayed *c)
{
    c->link.data = c;
    pool->open++;
}

static hr_habits habits(uint32_t streams)
{
    return (hr_habits){.request_limit = UINT32_MAX,
                       .streams = streams,
                       .client_idle_ns = INT64_MAX,
                       .server_idle_ns = INT64_MAX};
}

static void one_has_one_place(void)
{
    const hr_habits two = habits(2);
    hr_replayed_pool pool = {0};
    hr_replayed c = connection();

    open_in(&pool, &c);
    g_assert_null(hr_replayed_available(&pool, &two, 0)); /* it is being set up */
    for (uint32_t outstanding = 0; outstanding <= 2; outstanding++) {
        c.outstanding = outstanding;
        hr_replayed_settle(&pool, &c, &two, 10);

        g_assert_cmpuint(pool.idle.length, ==, outstanding == 0);
        g_assert_cmpuint(pool.shared.length, ==, outstanding == 1);
        g_assert_true(hr_replayed_available(&pool, &two, 10) == (outstanding < 2 ? &c : NULL));
    }
}

/* A stream that is free is no use where the connection has carried all that it may. */
static void what_has_carried_all_is_not_shared(void)
{
    hr_habits two = habits(2);
    two.request_limit = 5;
    hr_replayed_pool pool = {0};
    hr_replayed c = connection();

    open_in(&pool, &c);
    c.outstanding = 1;
    c.served = 5;
    hr_replayed_settle(&pool, &c, &two, 0);
    g_assert_null(hr_replayed_available(&pool, &two, 0));
    c.served = 4;
    hr_replayed_settle(&pool, &c, &two, 0);
    g_assert_true(hr_replayed_available(&pool, &two, 0) == &c);
}

/* What is shared first, and of those that are idle the latest. */
static void which_is_taken(void)
{
    const hr_habits two = habits(2);
    hr_replayed_pool pool = {0};
    hr_replayed c[3] = {connection(), connection(), connection()};

    for (int i = 0; i < 3; i++) {
        open_in(&pool, &c[i]);
        hr_replayed_settle(&pool, &c[i], &two, i);
    }
    g_assert_true(hr_replayed_available(&pool, &two, 3) == &c[2]);
    c[0].outstanding = 1;
    hr_replayed_settle(&pool, &c[0], &two, 3);
    g_assert_true(hr_replayed_available(&pool, &two, 3) == &c[0]);
}

/* After just as long as the shorter timeout is. */
static void timeouts_close(void)
{
    for (int is_client = 0; is_client <= 1; is_client++) {
        hr_habits timed = habits(1);
        *(is_client ? &timed.client_idle_ns : &timed.server_idle_ns) = 100;
        hr_replayed_pool pool = {0};
        hr_replayed one = connection(), two = connection();

        open_in(&pool, &one);
        open_in(&pool, &two);
        hr_replayed_settle(&pool, &one, &timed, 0);
        hr_replayed_settle(&pool, &two, &timed, 50);
        g_assert_true(hr_replayed_available(&pool, &timed, 99) == &two);
        g_assert_cmpuint(pool.open, ==, 2);
        g_assert_true(hr_replayed_available(&pool, &timed, 100) == &two);
        g_assert_true(one.is_closed);
        g_assert_null(hr_replayed_available(&pool, &timed, 150));
        g_assert_cmpuint(pool.open, ==, 0);
    }
}

/* Once: a second close of the same one is none. What nobody asks for any more is opened anew, with
 * another stamp; what an event or an answer is still to come for is not. */
static void what_is_closed_is_opened_anew(void)
{
    const hr_habits two = habits(2);
    hr_replayed_pool pool = {0};
    hr_replayed busy = connection(), awaited = connection(), idle = connection();

    open_in(&pool, &busy);
    open_in(&pool, &awaited);
    open_in(&pool, &idle);
    busy.outstanding = 1;
    awaited.is_awaited = true;
    idle.served = 7;
    hr_replayed_settle(&pool, &busy, &two, 0);
    hr_replayed_settle(&pool, &idle, &two, 0);
    const uint32_t stamp = idle.stamp;
    for (int i = 0; i < 2; i++) {
        hr_replayed_close(&pool, &busy);
        hr_replayed_close(&pool, &awaited);
        hr_replayed_close(&pool, &idle);
        g_assert_cmpuint(pool.open, ==, 0);
        g_assert_null(hr_replayed_available(&pool, &two, 0));
    }

    g_assert_true(hr_replayed_reopen(&pool) == &idle);
    g_assert_cmpuint(idle.served, ==, 0);
    g_assert_cmpuint(idle.stamp, !=, stamp);
    g_assert_false(idle.is_closed);
    g_assert_null(hr_replayed_reopen(&pool));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/replayed/place", one_has_one_place);
    g_test_add_func("/replayed/limit", what_has_carried_all_is_not_shared);
    g_test_add_func("/replayed/which", which_is_taken);
    g_test_add_func("/replayed/timeouts", timeouts_close);
    g_test_add_func("/replayed/anew", what_is_closed_is_opened_anew);
    return g_test_run();
}

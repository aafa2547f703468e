/* test_changed.c
 * What changes leave of the habits of a pool and of the fates of its calls: of each change by itself, what
 * it undoes, and nothing else. doc/forecast.md, "Fates".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/changed.h"

static hr_whatif change_of(const char *words)
{
    hr_whatif changes;

    g_assert_null(hr_whatif_parse(words, &changes));
    return changes;
}

static const hr_habits captured = {
    .idle_kept = 3, .request_limit = 7, .streams = 5, .client_idle_ns = 11, .server_idle_ns = 13};

static void habits_stay_or_change(void)
{
    static const struct {
        const char *words;
        uint32_t idle_kept, request_limit, streams;
        int64_t client_idle_ns, server_idle_ns;
    } rows[] = {{"bodies-read,no-close,shared-pool,server-stays,bounded:2", 3, 7, 5, 11, 13},
                {"idle-kept:20", 20, 7, 5, 11, 13},
                {"request-limit:20", 3, 20, 5, 11, 13},
                {"h2:20", 3, 7, 20, 11, 13},
                {"client-idle:1", 3, 7, 5, HR_NS_PER_S, 13},
                {"server-idle:1", 3, 7, 5, 11, HR_NS_PER_S}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const hr_whatif changes = change_of(rows[i].words);
        const hr_habits habits = hr_changed_habits(captured, &changes);
        g_assert_cmpuint(habits.idle_kept, ==, rows[i].idle_kept);
        g_assert_cmpuint(habits.request_limit, ==, rows[i].request_limit);
        g_assert_cmpuint(habits.streams, ==, rows[i].streams);
        g_assert_cmpint(habits.client_idle_ns, ==, rows[i].client_idle_ns);
        g_assert_cmpint(habits.server_idle_ns, ==, rows[i].server_idle_ns);
    }
    hr_whatif more = hr_whatif_none(); /* of a connection that speaks HTTP/2 already */
    more.more_streams = 20;
    g_assert_cmpuint(hr_changed_habits(captured, &more).streams, ==, 20);
}

/* A client of several streams, or of no more connections than so many, waits for one that comes up. */
static void who_joins(void)
{
    const hr_whatif none = hr_whatif_none(), h2 = change_of("h2"), bounded = change_of("bounded:1"),
                    kept = change_of("idle-kept:9");
    hr_whatif more = none;
    more.more_streams = 20;

    g_assert_false(hr_whatif_joins(&none));
    g_assert_false(hr_whatif_joins(&kept));
    g_assert_true(hr_whatif_joins(&h2));
    g_assert_true(hr_whatif_joins(&more));
    g_assert_true(hr_whatif_joins(&bounded));
}

/* ---- fates ---- */

static const char *const all_words[] = {
    "bodies-read", "no-close",      "shared-pool",   "server-stays",    "idle-kept:9",
    "h2",          "client-idle:9", "server-idle:9", "request-limit:9", "bounded:9"};

static bool is_in(const char *words, const char *word)
{
    char **parts = g_strsplit(words, " ", -1);
    const bool is_there = g_strv_contains((const char *const *)parts, word);

    g_strfreev(parts);
    return is_there;
}

/* A call after which its connection had that fate. */
static bool is_still(hr_fate fate, const hr_habits *habits, const hr_whatif *changes)
{
    hr_carrier carrier = {.fate = fate};
    const hr_calls calls = {.carriers = &carrier, .habits = *habits};
    const hr_call call = {.is_final = true};

    return hr_is_still_fate(&calls, &call, changes);
}

/* Each change of @undone undoes it, and no other. */
static void assert_undone_by(hr_fate fate, const hr_habits *habits, const char *undone)
{
    for (size_t i = 0; i < G_N_ELEMENTS(all_words); i++) {
        const hr_whatif changes = change_of(all_words[i]);
        g_assert_true(is_still(fate, habits, &changes) != is_in(undone, all_words[i]));
    }
}

static void what_undoes_a_fate(void)
{
    const hr_habits unlimited = {.idle_kept = UINT32_MAX}, limited = {.idle_kept = 2},
                    shared = {.idle_kept = UINT32_MAX, .is_pool_shared = true};

    assert_undone_by(HR_FATE_LOST, &unlimited, "");
    assert_undone_by(HR_FATE_UNREAD, &unlimited, "bodies-read h2");
    assert_undone_by(HR_FATE_SAID_BY_CLIENT, &unlimited, "no-close h2");
    assert_undone_by(HR_FATE_SAID_BY_SERVER, &unlimited, "no-close h2");
    assert_undone_by(HR_FATE_HTTP10, &unlimited, "no-close h2");
    assert_undone_by(HR_FATE_AFTER_ANSWER, &unlimited, "bodies-read shared-pool");
    assert_undone_by(HR_FATE_CLIENT, &unlimited, "shared-pool");
    assert_undone_by(HR_FATE_EVICTED, &shared, "idle-kept:9");
    assert_undone_by(HR_FATE_CLIENT_TIMER, &unlimited, "client-idle:9");
    assert_undone_by(HR_FATE_SERVER_TIMER, &unlimited, "server-idle:9");
    assert_undone_by(HR_FATE_SERVER, &unlimited, "server-stays");
    assert_undone_by(HR_FATE_STALE, &unlimited, "client-idle:9 server-idle:9");

    /* a pool that keeps more, where others' ends show that it may have been full */
    assert_undone_by(HR_FATE_UNEXPLAINED, &unlimited, "bodies-read shared-pool");
    assert_undone_by(HR_FATE_UNEXPLAINED, &limited, "bodies-read shared-pool idle-kept:9");
    assert_undone_by(HR_FATE_UNEXPLAINED, &shared, "bodies-read shared-pool idle-kept:9");
}

/* What one side says the other one does not take back; what could go on has no fate to undo. */
static void what_each_side_says(void)
{
    const hr_habits habits = {.idle_kept = UINT32_MAX};
    const hr_whatif none = hr_whatif_none();
    hr_whatif client = none, server = none, newer = none;
    client.client_says_no_close = server.server_says_no_close = newer.speaks_http11 = true;

    g_assert_false(is_still(HR_FATE_SAID_BY_CLIENT, &habits, &client));
    g_assert_true(is_still(HR_FATE_SAID_BY_CLIENT, &habits, &server));
    g_assert_true(is_still(HR_FATE_SAID_BY_SERVER, &habits, &client));
    g_assert_false(is_still(HR_FATE_SAID_BY_SERVER, &habits, &server));
    g_assert_true(is_still(HR_FATE_HTTP10, &habits, &client));
    g_assert_false(is_still(HR_FATE_HTTP10, &habits, &newer));
    g_assert_false(is_still(HR_FATE_KEPT, &habits, &none));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/changed/habits", habits_stay_or_change);
    g_test_add_func("/changed/joins", who_joins);
    g_test_add_func("/changed/fates", what_undoes_a_fate);
    g_test_add_func("/changed/sides", what_each_side_says);
    return g_test_run();
}

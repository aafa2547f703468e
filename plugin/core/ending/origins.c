/* origins.c
 * The facts of one pool key in sorted arrays, so that each later judgement is a binary search.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/origin_facts.h"

enum {
    MAX_EQUAL_ENDS = 64, /* looked at for another moment: if there is none, nothing is said */
    /* Of ends spread over a decade of idle times, one in twenty has another within 1 %: half of
     * that is asked for. */
    ENDS_PER_MATCH = 10,
};

/* Interned, so that its address is the key; those that are not known are one. */
gconstpointer hr_origin_program_key(const hr_connection *connection)
{
    static const char unknown[] = "";
    const char *program = hr_connection_owner(connection);
    return program != NULL ? program : unknown;
}

hr_origin_facts *hr_origin_new(const hr_model *model)
{
    hr_origin_facts *facts = g_new0(hr_origin_facts, 1);

    facts->model = model;
    facts->connections = g_ptr_array_new();
    facts->requests = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    facts->incomplete_from_ns = hr_times_new();
    facts->incomplete_until_ns = hr_times_new();
    facts->idle_begin_ns = hr_times_new();
    facts->idle_expiry_ns = hr_times_new();
    hr_kept_init(&facts->kept);
    hr_lifetimes_init(&facts->lifetimes);
    hr_waits_init(&facts->waits, HR_SIDE_CLIENT);
    hr_waits_init(&facts->server_waits, HR_SIDE_SERVER);
    for (unsigned side = 0; side < 2; side++) {
        facts->idle_ends[side] = g_array_new(FALSE, FALSE, sizeof(hr_idle_end));
    }
    return facts;
}

void hr_origin_forget_evidence(hr_origin_facts *facts)
{
    GHashTableIter iter;
    gpointer program;

    g_clear_pointer(&facts->requests, g_array_unref);
    g_clear_pointer(&facts->incomplete_from_ns, g_array_unref);
    g_clear_pointer(&facts->incomplete_until_ns, g_array_unref);
    g_clear_pointer(&facts->opened_ns, g_array_unref);
    g_clear_pointer(&facts->closed_ns, g_array_unref);
    g_clear_pointer(&facts->called_ns, g_array_unref);
    g_clear_pointer(&facts->ended_ns, g_array_unref);
    g_clear_pointer(&facts->idle_begin_ns, g_array_unref);
    g_clear_pointer(&facts->idle_expiry_ns, g_array_unref);
    hr_kept_clear(&facts->kept);
    hr_lifetimes_clear(&facts->lifetimes);
    hr_waits_clear(&facts->waits);
    hr_waits_clear(&facts->server_waits);
    g_clear_pointer(&facts->idle_ends[0], g_array_unref);
    g_clear_pointer(&facts->idle_ends[1], g_array_unref);
    if (facts->programs != NULL) {
        g_hash_table_iter_init(&iter, facts->programs);
        while (g_hash_table_iter_next(&iter, NULL, &program)) {
            hr_origin_forget_evidence(program);
        }
    }
}

void hr_origin_free(gpointer data)
{
    hr_origin_facts *facts = data;

    hr_origin_forget_evidence(facts);
    g_ptr_array_free(facts->connections, TRUE);
    if (facts->programs != NULL) {
        g_hash_table_destroy(facts->programs);
    }
    g_free(facts);
}

void hr_origin_add(hr_origin_facts *facts, const hr_connection *connection)
{
    const hr_connection *first = facts->connections->len > 0 ? facts->connections->pdata[0] : NULL;

    g_ptr_array_add(facts->connections, (gpointer)connection);
    facts->request_count += connection->request_count;
    facts->has_programs |= first != NULL && hr_connection_is_other_program(first, connection);
}

static bool is_idle_for_less(gconstpointer data, guint index, int64_t idle_ns)
{
    const GArray *ends = data;
    return g_array_index(ends, hr_idle_end, index).idle_ns < idle_ns;
}

/* Among many ends some are near each other by chance: an equal one has to be more than that. */
static guint matches_needed(guint ends)
{
    return 2 + ends / ENDS_PER_MATCH;
}

/* After how long an idle time @side is known not to have closed yet. */
static int64_t survived_ns(const hr_origin_facts *facts, hr_side side)
{
    return side == HR_SIDE_SERVER ? facts->longest_survived_ns : facts->longest_reused_ns;
}

bool hr_origin_has_equal_idle_end(const hr_origin_facts *facts, hr_side side, hr_idle_end end,
                                  unsigned percent, bool is_earlier, int64_t window_ns)
{
    const GArray *ends = facts->idle_ends[side == HR_SIDE_SERVER];
    const int64_t tolerance_ns = end.idle_ns / 100 * percent;
    const guint first = hr_partition(ends->len, is_idle_for_less, ends, end.idle_ns - tolerance_ns);
    const guint behind =
        hr_partition(ends->len, is_idle_for_less, ends, end.idle_ns + tolerance_ns + 1);

    if (survived_ns(facts, side) > end.idle_ns + tolerance_ns ||
        behind - first < matches_needed(ends->len)) {
        return false; /* a longer idle time was survived, or chance does as well */
    }
    for (guint i = first; i < behind && i - first < MAX_EQUAL_ENDS; i++) {
        const hr_idle_end *other = &g_array_index(ends, hr_idle_end, i);
        const bool is_other_event = other->at_ns < end.at_ns - window_ns ||
                                    (!is_earlier && other->at_ns > end.at_ns + window_ns);
        if (is_other_event) {
            return true; /* ends at one instant are one event */
        }
    }
    return false;
}

/* Those of [@from, @behind), two at least, are more than one event. */
static bool are_several_events(const GArray *ends, guint from, guint behind, int64_t window_ns)
{
    int64_t first_ns = INT64_MAX;
    int64_t last_ns = INT64_MIN;

    for (guint i = from; i < behind && i - from < MAX_EQUAL_ENDS; i++) {
        const int64_t at_ns = g_array_index(ends, hr_idle_end, i).at_ns;
        first_ns = MIN(first_ns, at_ns);
        last_ns = MAX(last_ns, at_ns);
    }
    return last_ns - first_ns > window_ns;
}

bool hr_origin_has_sooner_idle_ends(const hr_origin_facts *facts, hr_side side, int64_t idle_ns,
                                    int64_t late_ns, const hr_settings *settings)
{
    const GArray *ends = facts->idle_ends[side == HR_SIDE_SERVER];
    const guint sooner = hr_partition(ends->len, is_idle_for_less, ends, idle_ns);
    const guint first = hr_partition(ends->len, is_idle_for_less, ends, idle_ns - late_ns);

    if (survived_ns(facts, side) > idle_ns) {
        return false; /* a longer idle time was survived */
    }
    for (guint i = first; i < sooner && i - first < MAX_EQUAL_ENDS; i++) {
        const int64_t timer_ns = g_array_index(ends, hr_idle_end, i).idle_ns;
        const int64_t equal_ns = timer_ns / 100 * settings->timer_match_percent;
        const guint behind =
            MIN(sooner, hr_partition(ends->len, is_idle_for_less, ends, timer_ns + equal_ns + 1));
        if (behind - i >= matches_needed(ends->len) &&
            are_several_events(ends, i, behind, settings->exit_window_ns)) {
            return true;
        }
    }
    return false;
}

bool hr_origin_goes_on_after_idle_ends(const hr_origin_facts *facts, int64_t idle_ns,
                                       int64_t active_ns, int64_t window_ns)
{
    const GArray *ends = facts->idle_ends[0];
    const guint first = hr_partition(ends->len, is_idle_for_less, ends, idle_ns / 2);
    const guint behind = hr_partition(ends->len, is_idle_for_less, ends, 2 * idle_ns + 1);
    int64_t first_ns = INT64_MAX;

    for (guint i = first; i < behind && i - first < MAX_EQUAL_ENDS; i++) {
        const int64_t at_ns = g_array_index(ends, hr_idle_end, i).at_ns;
        if (at_ns >= active_ns) {
            continue;
        }
        if (first_ns != INT64_MAX && ABS(at_ns - first_ns) > window_ns) {
            return true;
        }
        first_ns = MIN(first_ns, at_ns);
    }
    return false;
}

static bool is_opened_before(gconstpointer data, guint index, int64_t ns)
{
    const GPtrArray *connections = data;
    return ((const hr_connection *)connections->pdata[index])->first_seen.ns < ns;
}

bool hr_origin_opens_near(const hr_origin_facts *facts, int64_t at_ns, int64_t window_ns)
{
    const GPtrArray *all = facts->connections;
    const guint index = hr_partition(all->len, is_opened_before, all, at_ns - window_ns);
    const hr_connection *next = index < all->len ? all->pdata[index] : NULL;
    return next != NULL && next->opened.frame != 0 && next->opened.ns <= at_ns + window_ns;
}

guint hr_origin_request_count(const hr_origin_facts *facts)
{
    return facts->requests->len;
}

const hr_request *hr_origin_request(const hr_origin_facts *facts, guint index)
{
    return hr_model_request(facts->model, g_array_index(facts->requests, uint32_t, index) - 1);
}

static bool is_sent_up_to(gconstpointer data, guint index, int64_t frame)
{
    return hr_origin_request(data, index)->sent.frame <= frame;
}

guint hr_origin_requests_until(const hr_origin_facts *facts, uint32_t frame)
{
    return hr_partition(facts->requests->len, is_sent_up_to, facts, frame);
}

/* eviction_rule.c
 * A limit of the pool closes one connection more than it keeps, each time, and most of what the
 * client closes while it goes on. What closes fewer and fewer, or others as well, is something else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/eviction_rule.h"

#include "software/software.h"

enum {
    ENDS_MIN = 2, /* where no moment of rest shows how many the pool keeps */
};

/* One kept and one dropped may be two client objects in turn: its name has to say that it keeps
 * one, in whatever version. */
static bool keeps_one(const hr_connection *connection)
{
    static const hr_limit_kind kinds[] = {HR_LIMIT_IDLE_IN_ALL, HR_LIMIT_IDLE_PER_HOST};

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const hr_limit *latest = hr_limit_met(connection, HR_SIDE_CLIENT, kinds[i], 0);
        if (latest != NULL && latest->value == 1) {
            return true;
        }
    }
    return false;
}

/* ... or that of the proxy, to its clients: nginx drops the least recently used one whatever number
 * it keeps, as another of the upstream becomes idle (ngx_http_upstream_module, keepalive). A gateway
 * that passes on what its upstream calls itself is not known by that. */
static bool is_of_nginx(const hr_connection *connection)
{
    const hr_request *asked = connection->last_request->ties->passes_on;

    if (asked == NULL || !connection->products.is_leg) {
        return false;
    }
    const hr_products *to_clients = &asked->connection->products;
    return asked->connection->seldom->via == NULL &&
           to_clients->server != connection->products.server &&
           hr_product_is_built_on(hr_product_named(to_clients->server, HR_ROLE_PROXY),
                                  HR_PRODUCT_NGINX);
}

/* Each of them, since which upstream a name came from is not known; and what may have expired after
 * equal pauses is none. */
static bool are_of_nginx(const GArray *found)
{
    for (guint i = 0; i < found->len; i++) {
        const hr_eviction_candidate *one = &g_array_index(found, hr_eviction_candidate, i);
        if (one->may_have_expired || !is_of_nginx(one->connection)) {
            return false;
        }
    }
    return true;
}

static gint compare_kept(gconstpointer left, gconstpointer right)
{
    const guint a = ((const hr_eviction_candidate *)left)->kept;
    const guint b = ((const hr_eviction_candidate *)right)->kept;
    return (a > b) - (a < b);
}

/* How many were kept beside the one that was closed, most of the times: a program's end closes one
 * after the other, beside fewer and fewer. 0: that is not seen ENDS_MIN times. */
static guint mostly_kept(GArray *found)
{
    guint mostly = 0;
    guint most = ENDS_MIN - 1;
    guint run = 0;

    g_array_sort(found, compare_kept);
    for (guint i = 0; i < found->len; i++) {
        const guint kept = g_array_index(found, hr_eviction_candidate, i).kept;
        run = i > 0 && kept > 0 && kept == g_array_index(found, hr_eviction_candidate, i - 1).kept
                  ? run + 1
                  : 1;
        if (run > most) {
            most = run;
            mostly = kept;
        }
    }
    return mostly;
}

static bool was_at_rest(const hr_settings *settings, const hr_connection *connection)
{
    return hr_moment_elapsed_ns(connection->last_request->ended, connection->ending.at) >=
           settings->right_after_ns;
}

/* Whether most of what the client closed while it went on goes to a limit of @kept. Client objects
 * for one call each, of several threads, also close one that was idle for longest now and then, and
 * once so may a busy program that is late to drop the one that came. */
static bool is_rule(const GArray *found, const hr_settings *settings, uint32_t last_use, guint kept)
{
    guint evicted = 0;
    guint others = 0;
    guint total = 0;
    bool is_certain = false;

    for (guint i = 0; i < found->len; i++) {
        const hr_eviction_candidate *one = &g_array_index(found, hr_eviction_candidate, i);
        if (one->kept >= kept) {
            total++;
            is_certain |= total >= ENDS_MIN || was_at_rest(settings, one->connection);
        }
        if (one->connection->ending.at.frame < last_use) {
            evicted += one->kept >= kept;
            others += one->kept < kept;
        }
    }
    return is_certain && evicted >= others;
}

/* Of calls that end in one moment nobody sees which one came into the pool last, and a limit for each
 * host drops that one. */
static bool has_rested(const GArray *found, const hr_settings *settings, guint kept)
{
    for (guint i = 0; i < found->len; i++) {
        const hr_eviction_candidate *one = &g_array_index(found, hr_eviction_candidate, i);
        if (one->kept >= kept && was_at_rest(settings, one->connection)) {
            return true;
        }
    }
    return false;
}

void hr_evictions_conclude(GHashTable *evicted, GArray *found, const hr_settings *settings,
                           uint32_t last_use, guint most)
{
    const guint kept = MAX(most, mostly_kept(found));

    for (guint i = 0; i < found->len; i++) {
        const hr_eviction_candidate *one = &g_array_index(found, hr_eviction_candidate, i);
        if (one->is_open) {
            g_hash_table_insert(evicted, one->connection, NULL);
        }
    }
    if (!is_rule(found, settings, last_use, kept)) {
        return;
    }
    const hr_evicted one_evicted = {kept, has_rested(found, settings, kept)};
    const bool is_known_pool = kept > 1 || are_of_nginx(found);
    for (guint i = 0; i < found->len && kept > 0; i++) {
        const hr_eviction_candidate *one = &g_array_index(found, hr_eviction_candidate, i);
        if (one->kept >= kept && (is_known_pool || keeps_one(one->connection))) {
            g_hash_table_insert(evicted, one->connection, hr_evicted_pack(one_evicted));
        }
    }
}

/* items.c
 * Avoidable connections make items; findings join them, and from a Warning on make items of their
 * own. What is told of an item's connections is read when all are there (item_read.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/items.h"

#include "core/ending/both_legs.h"
#include "core/ending/ends.h"
#include "core/ending/legs.h"
#include "core/result/brings.h"
#include "core/result/item_places.h"
#include "core/result/item_read.h"
#include "core/result/item_stops.h"
#include "core/result/servers.h"

/* Where a connection is filed. */
typedef struct {
    uint32_t origin; /* 1 + its index; 0: it is of none */
    uint32_t fix;    /* the rank that the item has meanwhile that it was told to last; 0: none */
} filing;

typedef struct {
    const hr_facts *facts;
    const hr_origin *origins; /* one for each of the facts' */
    GPtrArray *fixes;
    GHashTable *by_key; /* of hr_fix, by origin and change */
    filing *filed;      /* by a connection's id */
    hr_servers *servers;
} hr_builder;

static guint fix_hash(gconstpointer key)
{
    const hr_fix *fix = key;
    return g_direct_hash(fix->origin) * HR_CHANGE_COUNT + fix->change;
}

static gboolean fix_equal(gconstpointer left, gconstpointer right)
{
    const hr_fix *one = left;
    const hr_fix *other = right;
    return one->origin == other->origin && one->change == other->change;
}

static void fix_free(gpointer data)
{
    hr_fix *fix = data;

    g_ptr_array_free(fix->connections, TRUE);
    g_ptr_array_free(fix->avoidable, TRUE);
    g_array_free(fix->beyond, TRUE);
    g_free(fix);
}

/* NULL: it is of none, as where one client or server was selected and it is not of these. */
static const hr_origin *origin_of(const hr_builder *builder, const hr_connection *connection)
{
    const uint32_t index = builder->filed[connection->id].origin;
    return index != 0 ? &builder->origins[index - 1] : NULL;
}

static hr_fix *find_fix(const hr_builder *builder, const hr_connection *connection,
                        hr_change change)
{
    const hr_fix key = {.origin = origin_of(builder, connection), .change = change};
    return g_hash_table_lookup(builder->by_key, &key);
}

static hr_fix *ensure_fix(const hr_builder *builder, const hr_connection *connection,
                          hr_change change)
{
    hr_fix *fix = find_fix(builder, connection, change);

    if (fix == NULL) {
        fix = g_new0(hr_fix, 1);
        fix->change = change;
        fix->origin = origin_of(builder, connection);
        fix->code = HR_FINDING_COUNT;
        fix->severity = HR_SEVERITY_NOTE;
        fix->connections = g_ptr_array_new();
        fix->avoidable = g_ptr_array_new();
        fix->beyond = g_array_new(FALSE, FALSE, sizeof(hr_fix_beyond));
        fix->avoidable_ns = fix->longest_idle_ns = fix->longest_wait_ns = HR_TIME_NONE;
        fix->longest_rest_ns = fix->longest_equal_ns = HR_TIME_NONE;
        g_ptr_array_add(builder->fixes, fix);
        fix->rank = builder->fixes->len; /* until they are put in order */
        g_hash_table_add(builder->by_key, fix);
    }
    return fix;
}

/* It is one of those that are told of, and stands there once (item_read.c); most are added by what
 * follows each other. */
static void tell_of(const hr_builder *builder, hr_fix *fix, const hr_connection *connection)
{
    uint32_t *last = &builder->filed[connection->id].fix;

    if (*last != fix->rank) {
        *last = fix->rank;
        g_ptr_array_add(fix->connections, (gpointer)connection);
    }
}

static const hr_connection *of_request(const hr_request *request)
{
    return request != NULL ? request->connection : NULL;
}

/* What is between may say close for reasons of its own, where it has a name, or keeps others of
 * these: nobody passes on what its upstream says whose settings are known. */
static const hr_connection *said_behind(const hr_builder *builder, const hr_connection *front)
{
    const hr_origin *origin = origin_of(builder, front);
    const hr_connection *back = hr_both_legs_said(builder->facts->model, front);

    return origin != NULL && origin->sums.reused == 0 &&
                   hr_servers_of(builder->servers, front) == HR_PRODUCT_NONE
               ? back
               : NULL;
}

/* What the end of @connection that was lost is to be laid to: one behind the proxy that it was to,
 * where that failed first, was closed idle with it or is said to close as it is; one in front of the
 * proxy that it was of, where its client gave up first, or the proxy's program stopped; of a relay
 * the side that ended. One client or server that was selected may not have it. */
static const hr_connection *first_to_fail(const hr_builder *builder,
                                          const hr_connection *connection)
{
    const hr_model *model = builder->facts->model;
    const hr_request *left = hr_legs_given_up_before(hr_ending_outstanding_request(connection));
    const hr_connection *const others[] = {
        of_request(hr_legs_end_behind(connection)), of_request(left),
        hr_both_legs_idle(model, connection),       hr_both_legs_stopped(model, connection),
        hr_both_legs_begun_at(model, connection),   said_behind(builder, connection),
    };

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        if (others[i] != NULL) {
            return origin_of(builder, others[i]) != NULL ? others[i] : connection;
        }
    }
    return connection;
}

/* What is between ended both its sides, idle or by what it said. */
static bool is_ended_on_both(const hr_builder *builder, const hr_connection *front,
                             const hr_connection *back)
{
    return (back->ending.cause == HR_CLOSE_CLIENT_IDLE_TIMEOUT &&
            back == hr_both_legs_idle(builder->facts->model, front)) ||
           back == said_behind(builder, front);
}

/* What its client had let expire by then is told of, not what it opened instead, beside an idle one. */
static const hr_connection *told_of(const hr_connection *opened, hr_change change)
{
    return change == HR_CHANGE_LENGTHEN_CLIENT_IDLE ? hr_connection_opening(opened)->connection
                                                    : opened;
}

/* -1 where @one comes before @other, 1 where it comes after, 0 where this decides nothing. */
static int compare(int64_t one, int64_t other)
{
    return one < other ? -1 : one > other;
}

/* It is of @connection's origin, and would not have been opened if @lost had not ended as it did. */
static void add_beyond(const hr_builder *builder, hr_fix *fix, const hr_connection *connection,
                       const hr_connection *lost)
{
    const hr_fix_beyond one = {origin_of(builder, connection), hr_change_after(lost)};

    if (one.origin != fix->origin) { /* that of tunnels through two proxies of one host is one */
        g_array_append_val(fix->beyond, one);
    }
}

static gint compare_beyond(gconstpointer left, gconstpointer right)
{
    const hr_fix_beyond *one = left;
    const hr_fix_beyond *other = right;

    return compare(one->origin - other->origin, 0);
}

/* What stopped its server cost the dial that was refused then. */
static void add_refused(hr_fix *fix, const hr_connection *connection)
{
    fix->refused_frame = fix->refused == 0 ? connection->opened.frame : fix->refused_frame;
    fix->refused++;
}

static void add_avoidable(const hr_builder *builder, hr_connection *connection)
{
    const bool is_lost_known = connection->replaces != NULL;
    const hr_connection *lost =
        is_lost_known ? first_to_fail(builder, connection->replaces) : connection;
    const bool is_passed_on = is_lost_known && lost != connection->replaces;
    hr_fix *fix = is_passed_on
                      ? ensure_fix(builder, lost, hr_change_after(lost))
                      : ensure_fix(builder, connection, hr_change_for_avoidable(connection));

    if (is_passed_on) {
        add_beyond(builder, fix, connection, connection->replaces);
    }
    fix->closed_with += is_passed_on && is_ended_on_both(builder, connection->replaces, lost);
    if (hr_is_refused_after_stop(connection)) {
        add_refused(fix, connection);
    }
    g_ptr_array_add(fix->avoidable, connection);
    hr_duration_add(&fix->avoidable_ns, hr_connection_setup_ns(connection));
    tell_of(builder, fix, is_lost_known ? lost : told_of(connection, fix->change));
}

/* What came to nothing is told whole: a perfect pool would have dialled once as well, in vain. */
static void add_failed(const hr_builder *builder, const hr_connection *connection)
{
    if (!connection->is_avoidable && connection->ending.cause == HR_CLOSE_SETUP_FAILED) {
        tell_of(builder, ensure_fix(builder, connection, HR_CHANGE_REACH_SERVER), connection);
    }
}

/* One loss on both sides of a proxy: what happened behind it has the item. */
static void add_passed_on(const hr_builder *builder, const hr_finding *finding)
{
    const hr_connection *behind = hr_legs_failure_behind(finding->request)->connection;
    hr_fix *fix = find_fix(builder, behind, hr_change_after(behind));

    if (fix != NULL) {
        fix->passed_on_frame = fix->passed_on == 0 ? finding->frame : fix->passed_on_frame;
        fix->passed_on++;
        fix->is_passed_on_likely |= !hr_legs_is_taken(finding->request);
    }
}

static void add_finding(const hr_builder *builder, const hr_finding *finding)
{
    const hr_connection *connection = finding->connection;
    const hr_change change = hr_change_for_finding(finding->code, connection);
    if (change == HR_CHANGE_COUNT) {
        return;
    }
    const hr_severity severity = hr_finding_kind_of(finding->code)->severity;
    hr_fix *fix = severity >= HR_SEVERITY_WARNING ? ensure_fix(builder, connection, change)
                                                  : find_fix(builder, connection, change);
    if (fix == NULL) {
        return;
    }
    const hr_request *request = finding->request;
    if (severity >= fix->severity) { /* none that asks for a change is less than a Note */
        fix->code = finding->code;
    }
    fix->codes |= 1u << finding->code;
    fix->severity = MAX(fix->severity, severity);
    fix->findings++;
    fix->not_idempotent +=
        request != NULL && request->method != NULL && !hr_method_is_idempotent(request->method);
    hr_item_add_frame(fix, finding->frame);
    const bool is_opening = finding->code == HR_FINDING_MISSED_REUSE;
    tell_of(builder, fix, is_opening ? told_of(connection, change) : connection);
}

static void finish(const hr_builder *builder, hr_fix *fix)
{
    const hr_origin_facts *origin = builder->facts->origins->pdata[fix->origin - builder->origins];

    if (fix->change == HR_CHANGE_STAY_UP) {
        hr_item_add_stopped_with(fix, origin, builder->facts->model->settings.exit_window_ns);
    }
    hr_sort(fix->beyond, compare_beyond);
    hr_item_read(fix, &builder->facts->model->settings, builder->servers, origin->connections);
    if (fix->findings == 0) {
        hr_item_find_frames(fix);
    }
}

/* ---- their order ---- */

/* Errors, then what took longest, then the most connections, the most
 * findings, the first. */
static gint compare_fixes(gconstpointer left, gconstpointer right)
{
    const hr_fix *one = *(const hr_fix *const *)left;
    const hr_fix *other = *(const hr_fix *const *)right;
    const int orders[] = {
        compare(other->severity == HR_SEVERITY_ERROR, one->severity == HR_SEVERITY_ERROR),
        compare(other->avoidable_ns, one->avoidable_ns),
        compare(other->avoidable->len, one->avoidable->len),
        compare(other->findings, one->findings),
        compare(one->frames[0], other->frames[0]),
        compare(hr_fix_example(one)->id, hr_fix_example(other)->id),
        compare(one->change, other->change),
    };

    for (size_t i = 0; i < G_N_ELEMENTS(orders); i++) {
        if (orders[i] != 0) {
            return orders[i];
        }
    }
    return 0;
}

/* ---- all ---- */

static filing *file_connections(const hr_facts *facts)
{
    filing *filed = g_new0(filing, facts->model->connections.count + 1);

    for (guint i = 0; i < facts->origins->len; i++) {
        const hr_origin_facts *origin = facts->origins->pdata[i];
        for (guint j = 0; j < origin->connections->len; j++) {
            const hr_connection *connection = origin->connections->pdata[j];
            filed[connection->id].origin = i + 1;
        }
    }
    return filed;
}

/* A finding that is passed over asks for nothing, whatever it is about. */
static void check_passed_over(const hr_facts *facts, const GArray *findings, guint index)
{
#ifdef HR_CHECKED
    const hr_finding finding = hr_item_finding_at(facts, findings, index);
    g_assert_true(finding.connection == NULL ||
                  hr_change_for_finding(finding.code, finding.connection) == HR_CHANGE_COUNT);
#else
    (void)facts;
    (void)findings;
    (void)index;
#endif
}

static void add_findings(const hr_builder *builder, const GArray *findings)
{
    const hr_finding_set asking = hr_changes_asked_by();

    for (guint i = 0; i < findings->len; i++) {
        if (hr_item_finding_is_of(asking, findings, i)) {
            const hr_finding finding = hr_item_finding_at(builder->facts, findings, i);
            add_finding(builder, &finding);
        } else {
            check_passed_over(builder->facts, findings, i);
        }
    }
    for (guint i = 0; i < findings->len; i++) {
        if (hr_item_finding_is_of(1u << HR_FINDING_UPSTREAM_FAILURE, findings, i)) {
            const hr_finding finding = hr_item_finding_at(builder->facts, findings, i);
            add_passed_on(builder, &finding);
        }
    }
}

GPtrArray *hr_items_find(const hr_facts *facts, const hr_origin *origins, const GArray *findings)
{
    hr_builder builder = {
        .facts = facts,
        .origins = origins,
        .fixes = g_ptr_array_new_with_free_func(fix_free),
        .by_key = g_hash_table_new(fix_hash, fix_equal),
        .filed = file_connections(facts),
        .servers = hr_servers_new(facts),
    };

    for (guint i = 0; i < facts->connections->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        if (connection->is_avoidable) {
            add_avoidable(&builder, connection);
        }
        add_failed(&builder, connection);
    }
    add_findings(&builder, findings);
    for (guint i = 0; i < builder.fixes->len; i++) {
        finish(&builder, builder.fixes->pdata[i]);
    }
    hr_items_count_on_routes(facts, builder.fixes, findings);
    g_ptr_array_sort(builder.fixes, compare_fixes);
    for (guint i = 0; i < builder.fixes->len; i++) {
        ((hr_fix *)builder.fixes->pdata[i])->rank = i + 1;
    }
    g_free(builder.filed);
    hr_servers_free(builder.servers);
    g_hash_table_destroy(builder.by_key);
    return builder.fixes;
}

const hr_connection *hr_fix_example(const hr_fix *fix)
{
    return fix->connections->pdata[0];
}

bool hr_fix_shows_ends(const hr_fix *fix)
{
    if (hr_change_is_about_openings(fix->change)) {
        return false;
    }
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        if (connection->ending.at.frame == 0 && connection->last_request == NULL) {
            return false;
        }
    }
    return true;
}

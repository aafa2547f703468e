/* ending.c
 * Why a connection ended: one rule a cause, tried in the order of the table; the first that
 * applies is it. A rule that reads a message is certain, one that reads a pattern is likely.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/case.h"
#include "core/ending/ends.h"
#include "core/ending/evictions.h"
#include "core/model/ahead.h"
#include "core/model/quic.h"
#include "core/model/sort.h"
#include "core/model/store.h"
#include "software/software.h"

/* Where the server said close, whoever was asked for it by whom, its client did no more than that. */
static bool is_client_close(const hr_case *it)
{
    return hr_case_is_first(it, HR_SIDE_CLIENT) &&
           it->connection->seldom->close_said.by != HR_SIDE_SERVER &&
           hr_case_decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_CERTAIN);
}

/* Who had said so first is not known where the server did, and the client may have. A reset out of
 * long silence may be a device's that had forgotten the connection. */
static bool is_server_close(const hr_case *it)
{
    const hr_ending *ending = it->ending;
    const hr_side by =
        it->connection->seldom->close_said.by == HR_SIDE_NONE ? HR_SIDE_SERVER : HR_SIDE_NONE;
    const int64_t min_ns = it->facts->model->settings.idle_dropped_min_ns;
    const bool may_be_a_device = ending->is_first_rst && !hr_ending_is_forgotten(it->connection) &&
                                 (ending->after_idle_ns == HR_TIME_NONE
                                      ? ending->at.ns - it->connection->first_seen.ns >= min_ns
                                      : ending->after_idle_ns >= min_ns);
    /* That it had asked its client to close is told by a length only. */
    const bool is_by_farewell =
        ending->first_fin == HR_SIDE_CLIENT && it->connection->seldom->tls->farewell.frame != 0;
    const hr_certainty certainty =
        may_be_a_device || is_by_farewell ? HR_CERTAINTY_LIKELY : HR_CERTAINTY_CERTAIN;

    return hr_case_is_first(it, HR_SIDE_SERVER) && hr_case_decide(it, by, certainty);
}

/* It ended, and nobody knows by whom; or nothing ended it, but its addresses and ports were taken
 * for another connection later, or the idle timeout of QUIC has passed, nobody knows whose, or the
 * end would be encrypted, or its client had given it up. */
static bool is_unknown(const hr_case *it)
{
    const hr_connection *connection = it->connection;
    const bool is_hidden = connection->seldom->quic != NULL && hr_connection_is_opaque(connection);

    const bool is_hidden_end = connection->is_replaced || is_hidden ||
                               hr_quic_is_abandoned(connection, it->facts->model->now.ns) ||
                               hr_case_is_silent_end(it) || hr_case_is_ended(it);

    return is_hidden_end && hr_case_decide(it, HR_SIDE_NONE, HR_CERTAINTY_NONE);
}

static bool is_open_at_end(const hr_case *it)
{
    return hr_case_decide(it, HR_SIDE_NONE, HR_CERTAINTY_NONE);
}

static const struct {
    hr_close_cause cause;
    hr_ending_rule *applies;
    bool needs_no_order; /* it holds whatever came first */
} rules[] = {
    {HR_CLOSE_SETUP_FAILED, hr_is_setup_failed, true},
    {HR_CLOSE_UPGRADED, hr_is_upgraded, true},
    {HR_CLOSE_TUNNELLED, hr_is_tunnelled, true},
    {HR_CLOSE_STALE_RACE, hr_is_stale_race, false},
    {HR_CLOSE_REQUEST_ABORTED, hr_is_request_aborted, false},
    {HR_CLOSE_HTTP10, hr_is_http10, true},
    {HR_CLOSE_SERVER_ERROR_CLOSE, hr_is_server_error_close, false},
    {HR_CLOSE_MAX_AGE, hr_is_max_age, false},
    {HR_CLOSE_REQUEST_LIMIT, hr_is_request_limit, false},
    {HR_CLOSE_GOAWAY, hr_is_goaway, true},
    {HR_CLOSE_CLIENT_CLOSE_HEADER, hr_is_client_close_header, true},
    {HR_CLOSE_SERVER_CLOSE_HEADER, hr_is_server_close_header, true},
    {HR_CLOSE_UNUSED, hr_is_unused, false},
    {HR_CLOSE_CLIENT_EXIT, hr_is_client_exit, false},
    {HR_CLOSE_SERVER_EXIT, hr_is_server_exit, false},
    {HR_CLOSE_SERVER_RELOAD, hr_is_server_reload, false},
    {HR_CLOSE_IDLE_DROPPED, hr_is_idle_dropped, false},
    {HR_CLOSE_REQUEST_CANCELLED, hr_is_request_cancelled, false},
    {HR_CLOSE_BODY_UNDRAINED, hr_is_body_undrained, false},
    {HR_CLOSE_POOL_LIMIT, hr_is_pool_limit, false},
    {HR_CLOSE_SERVER_IDLE_TIMEOUT, hr_is_server_idle_timeout, false},
    {HR_CLOSE_CLIENT_IDLE_TIMEOUT, hr_is_client_idle_timeout, false},
    {HR_CLOSE_CLIENT_CLOSE, is_client_close, true},
    {HR_CLOSE_SERVER_CLOSE, is_server_close, true},
    {HR_CLOSE_UNKNOWN, is_unknown, true},
    {HR_CLOSE_OPEN_AT_END, is_open_at_end, false},
};

/* In the order of the ends: "the same happened before" looks back in time. */
static GPtrArray *by_ending(const hr_facts *facts)
{
    const guint count = facts->connections->len;
    g_autoptr(GArray) numbers = g_array_sized_new(FALSE, FALSE, sizeof(uint64_t), count);
    GPtrArray *ordered = g_ptr_array_sized_new(count);

    for (guint i = 0; i < count; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        const uint64_t number = (uint64_t)connection->ending.at.frame << 32 | connection->id;
        g_array_append_val(numbers, number);
    }
    hr_sort_numbers(numbers);
    for (guint i = 0; i < count; i++) {
        const uint32_t id = (uint32_t)g_array_index(numbers, uint64_t, i);
        g_ptr_array_add(ordered, hr_model_connection(facts->model, id - 1));
    }
    return ordered;
}

/* One whose answer may have been captured before it is not known to have been left. */
static hr_request *left_outstanding(const hr_facts *facts, const hr_connection *connection)
{
    hr_request *oldest = hr_ending_outstanding_request(connection);

    return oldest != NULL && hr_connection_is_in_disorder(facts->model, connection, oldest->sent)
               ? NULL
               : oldest;
}

static hr_case case_of(const hr_facts *facts, hr_connection *connection)
{
    return (hr_case){
        .facts = facts,
        .connection = connection,
        .ending = &connection->ending,
        .dead = left_outstanding(facts, connection),
        .last = connection->last_request,
    };
}

/* Its siblings were idle and stayed, as far as that can be seen; and nothing else explains the close. */
static bool is_unexplained(const hr_ending *ending)
{
    return ending->cause == HR_CLOSE_CLIENT_CLOSE && ending->is_after_answer;
}

static bool is_crowded_out(const hr_ending *ending)
{
    return ending->cause == HR_CLOSE_POOL_LIMIT && ending->eviction == HR_EVICTION_NONE;
}

static bool is_known_limit(const hr_connection *connection, uint32_t limit)
{
    const hr_limit *known = hr_limit_met(connection, HR_SIDE_CLIENT, HR_LIMIT_IDLE_PER_HOST, limit);

    return known != NULL && known->value == limit;
}

/* Of a pool that keeps N each goes beside N. Where a program closed as many others after their answers
 * beside whatever there was, it may keep fewer: what seemed to rest in the pool was on its way there,
 * or from it. */
static void doubt_limits(const hr_facts *facts)
{
    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        hr_origin_facts *program = hr_facts_program_of(facts, connection);
        if (program != NULL) {
            program->crowded_out += is_crowded_out(&connection->ending);
            program->unexplained += is_unexplained(&connection->ending);
        }
    }
    for (guint i = 0; i < facts->connections->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        const hr_origin_facts *program = hr_facts_program_of(facts, connection);
        hr_ending *ending = &connection->ending;
        ending->is_limit_unsure = is_crowded_out(ending) && program != NULL &&
                                  program->unexplained >= program->crowded_out &&
                                  !is_known_limit(connection, ending->limit);
    }
}

void hr_endings_decide(hr_facts *facts)
{
    hr_evictions_find(facts);
    for (guint i = 0; i < facts->connections->len; i++) {
        hr_fetch_ahead(facts->connections, i);
        const hr_case it = case_of(facts, facts->connections->pdata[i]);
        const hr_origin_facts *program = hr_facts_program_of(facts, it.connection);
        it.ending->is_reset_habit = program != NULL && program->resets_at_will;
        hr_case_look_at_stop(&it);
    }
    GPtrArray *ordered = by_ending(facts);

    for (guint i = 0; i < ordered->len; i++) {
        hr_fetch_ahead(ordered, i);
        const hr_case it = case_of(facts, ordered->pdata[i]);
        for (size_t rule = 0; rule < G_N_ELEMENTS(rules); rule++) {
            if ((rules[rule].needs_no_order || !it.ending->is_in_disorder) &&
                rules[rule].applies(&it)) {
                it.ending->cause = rules[rule].cause;
                break;
            }
        }
    }
    g_ptr_array_free(ordered, TRUE);
    doubt_limits(facts);
}

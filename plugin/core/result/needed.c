/* needed.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/needed.h"

/* Names that one connection answered by 421, and another one was opened for: that one has to be. */
static uint32_t misdirected_names(const GPtrArray *connections)
{
    GHashTable *names = g_hash_table_new(g_direct_hash, g_direct_equal); /* interned */
    uint32_t count = 0;

    for (guint i = 0; i < connections->len; i++) {
        const hr_connection *connection = connections->pdata[i];
        if (connection->seldom->tls->misdirected != NULL) {
            g_hash_table_add(names, (gpointer)connection->seldom->tls->misdirected);
        }
    }
    for (guint i = 0; i < connections->len && g_hash_table_size(names) > 0; i++) {
        const hr_connection *connection = connections->pdata[i];
        count += g_hash_table_remove(names, connection->name) ? 1 : 0;
    }
    g_hash_table_destroy(names);
    return count;
}

static bool carries_streams(hr_protocol protocol)
{
    return protocol == HR_PROTOCOL_H2 || protocol == HR_PROTOCOL_H3;
}

/* HTTP/2 was agreed on in the open (TLS 1.2), and it was dialled while the other was: what waits for
 * that can run on it, up to its limit of streams, of which there are 100 at least. */
static bool is_needless_h2_dial(const hr_connection *connection, guint among)
{
    const hr_connection *busy = hr_connection_opening(connection)->connection;

    return hr_connection_agreed_on_h2(connection) && among <= HR_LEAST_STREAMS && busy != NULL &&
           (hr_connection_ready(busy).frame == 0 ||
            hr_connection_ready(busy).frame > connection->opened.frame);
}

/* Where nothing could be read, or nothing was carried: those that were opened beside busy ones may
 * have had to be, unless one carries all that runs at a time. */
static uint32_t needed_unread(const hr_origin_facts *facts)
{
    uint32_t needed = 0;

    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        const hr_why why = hr_connection_opening(connection)->why;
        needed += !connection->is_race_loser &&
                  !is_needless_h2_dial(connection, facts->connections->len) &&
                  (why == HR_WHY_ALL_BUSY || why == HR_WHY_FIRST_CONTACT);
    }
    return MAX(needed, 1);
}

/* HTTP/1 needs a connection for each request that runs at a time, HTTP/2 and 3 one for as many
 * as the server allows streams, and for each name that it does not serve there. */
static uint32_t needed_for_http(const hr_origin_facts *facts, uint32_t peak)
{
    uint32_t streams = UINT32_MAX;

    if (!carries_streams(facts->key.protocol)) {
        return peak;
    }
    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        streams = MIN(streams, MAX(connection->seldom->streams->limit, 1));
    }
    return peak / streams + (peak % streams != 0) + misdirected_names(facts->connections);
}

/* Nobody's earlier connection could have served: that of another program, or of another user where
 * NTLM bound it, is none. */
static bool is_first_contact(const hr_connection *connection)
{
    return hr_connection_opening(connection)->why == HR_WHY_FIRST_CONTACT &&
           !hr_connection_carried_nothing(connection);
}

static uint32_t first_contacts(const hr_origin_facts *facts)
{
    uint32_t count = 0;

    for (guint i = 0; i < facts->connections->len; i++) {
        count += is_first_contact(facts->connections->pdata[i]);
    }
    return count;
}

/* Each is there to see whether the server still accepts one. */
static uint32_t opened_to_check(const hr_origin_facts *facts)
{
    uint32_t count = 0;

    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        count += connection->is_opening_seen && hr_connection_is_check(connection);
    }
    return count;
}

static bool has_others_than_checks(const hr_origin_facts *facts)
{
    for (guint i = 0; i < facts->connections->len; i++) {
        if (!hr_connection_is_check(facts->connections->pdata[i])) {
            return true;
        }
    }
    return false;
}

/* For all but checks, each of which needs its own. */
static uint32_t needed_connections(const hr_origin_facts *facts, uint32_t peak)
{
    if (!has_others_than_checks(facts)) {
        return 0;
    }
    return peak == 0 ? needed_unread(facts)
                     : MAX(needed_for_http(facts, peak), first_contacts(facts));
}

/* An answer without an end can only be left, and on HTTP/1 the connection goes with it. */
static bool has_left_stream(const hr_connection *connection)
{
    const hr_request *about = connection->ending.about;

    return about != NULL && about->is_answer_endless;
}

/* It left HTTP (a CONNECT, an upgrade), with its first request or with a later one, and served
 * nobody from then on: whether another could have been used up instead, or had to stay for what
 * came after, nobody can tell. */
static bool is_used_up(const hr_connection *connection)
{
    return (connection->seldom->left.at.frame != 0 && connection->first_request != NULL) ||
           has_left_stream(connection);
}

/* It served nobody in the capture, and cannot have: nobody knows what closed it. */
static bool was_over_before(const hr_connection *connection)
{
    return !connection->is_opening_seen && hr_connection_carried_nothing(connection) &&
           connection->ending.cause == HR_CLOSE_UNKNOWN;
}

static void set_avoidable(hr_connection *connection, hr_origin *origin)
{
    connection->is_avoidable = true;
    origin->sums.avoidable_connections++;
    hr_duration_add(&origin->sums.avoidable_setup_ns, hr_connection_setup_ns(connection));
}

/* How many of those opened are beyond what was needed; what was open before the capture served as
 * well. */
static uint32_t count_avoidable(const hr_origin_facts *facts, uint32_t needed)
{
    uint32_t count = 0;

    for (guint i = 0; i < facts->connections->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        connection->is_avoidable = false;
        if (is_used_up(connection) || was_over_before(connection) ||
            hr_connection_is_check(connection)) {
            continue;
        }
        count += connection->is_opening_seen && needed == 0;
        needed -= needed > 0;
    }
    return count;
}

/* So many, those first that carried nothing, then the last opened: the first count as needed. */
static void judge_avoidable(const hr_origin_facts *facts, uint32_t needed, hr_origin *origin)
{
    uint32_t count = count_avoidable(facts, needed);

    for (unsigned pass = 0; pass < 2; pass++) {
        for (guint i = facts->connections->len; i > 0 && count > 0; i--) {
            hr_connection *connection = facts->connections->pdata[i - 1];
            if (connection->is_opening_seen && !connection->is_avoidable &&
                !is_used_up(connection) && !is_first_contact(connection) &&
                !hr_connection_is_check(connection) &&
                (pass == 1 || hr_connection_carried_nothing(connection))) {
                set_avoidable(connection, origin);
                count--;
            }
        }
    }
}

/* What dials that nobody named asked for, is left to those that did. */
static uint32_t needed_by_program(const hr_origin_facts *program)
{
    const uint32_t peak = program->most_at_once;
    const bool is_named = hr_connection_owner(program->connections->pdata[0]) != NULL;

    return peak == 0 && !is_named ? 0 : needed_connections(program, peak);
}

/* Who only looks whether the server accepts one is refused while it does not, and has no request to
 * lose. */
static bool are_checks(const hr_origin_facts *facts)
{
    bool is_any_check = false;

    for (guint i = 0; i < facts->connections->len; i++) {
        const hr_connection *connection = facts->connections->pdata[i];
        if (!hr_connection_is_check(connection) && !hr_connection_was_refused(connection)) {
            return false;
        }
        is_any_check |= hr_connection_is_check(connection);
    }
    return is_any_check;
}

/* Each was opened on purpose. */
static void judge_checks(const hr_origin_facts *facts, hr_origin *origin)
{
    origin->needed_connections = 0;
    for (guint i = 0; i < facts->connections->len; i++) {
        hr_connection *connection = facts->connections->pdata[i];
        connection->is_avoidable = false;
        origin->needed_connections += connection->is_opening_seen;
    }
}

/* Each program has a pool of its own, however perfect. */
void hr_needed_judge(const hr_origin_facts *facts, hr_origin *origin)
{
    GHashTableIter iter;
    gpointer program = NULL;

    if (are_checks(facts)) {
        judge_checks(facts, origin);
        return;
    }
    if (facts->programs == NULL) {
        const uint32_t needed = needed_connections(facts, origin->peak_concurrency);
        origin->needed_connections = needed + opened_to_check(facts);
        judge_avoidable(facts, needed, origin);
        return;
    }
    origin->needed_connections = 0;
    g_hash_table_iter_init(&iter, facts->programs);
    while (g_hash_table_iter_next(&iter, NULL, &program)) {
        const uint32_t needed = needed_by_program(program);
        origin->needed_connections += needed + opened_to_check(program);
        judge_avoidable(program, needed, origin);
    }
}

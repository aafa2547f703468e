/* changes.c
 * Which change belongs to which cause and finding. A finding that has no row in `findings` asks
 * for nothing by itself; where it is a note, what its connection's end cost is found by the cause.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/changes.h"

#include "core/ending/ending.h"
#include "software/software.h"

static const char *const tokens[HR_CHANGE_COUNT] = {
    [HR_CHANGE_SHARE_POOL] = "share_pool",
    [HR_CHANGE_READ_BODIES] = "read_bodies",
    [HR_CHANGE_KEEP_MORE_IDLE] = "keep_more_idle",
    [HR_CHANGE_KEEP_MORE_IN_ALL] = "keep_more_in_all",
    [HR_CHANGE_KEEP_CLIENT] = "keep_client",
    [HR_CHANGE_KEEP_PROCESS] = "keep_process",
    [HR_CHANGE_NO_CLIENT_CLOSE] = "no_client_close",
    [HR_CHANGE_NO_SERVER_CLOSE] = "no_server_close",
    [HR_CHANGE_MEND_ERRORS] = "mend_errors",
    [HR_CHANGE_SPEAK_HTTP11] = "speak_http11",
    [HR_CHANGE_RAISE_REQUEST_LIMIT] = "raise_request_limit",
    [HR_CHANGE_RAISE_MAX_AGE] = "raise_max_age",
    [HR_CHANGE_SEND_EXACT] = "send_exact",
    [HR_CHANGE_LENGTHEN_SERVER_IDLE] = "lengthen_server_idle",
    [HR_CHANGE_LENGTHEN_CLIENT_IDLE] = "lengthen_client_idle",
    [HR_CHANGE_EXPIRE_SOONER] = "expire_sooner",
    [HR_CHANGE_OUTLAST_DEVICE] = "outlast_device",
    [HR_CHANGE_DETECT_DEAD] = "detect_dead",
    [HR_CHANGE_FIND_DEVICE] = "find_device",
    [HR_CHANGE_MEND_SERVER] = "mend_server",
    [HR_CHANGE_WAIT_LONGER] = "wait_longer",
    [HR_CHANGE_KEEP_OPEN] = "keep_open",
    [HR_CHANGE_STAY_UP] = "stay_up",
    [HR_CHANGE_AVOID_GOAWAY] = "avoid_goaway",
    [HR_CHANGE_BOUND_DIALS] = "bound_dials",
    [HR_CHANGE_LEAVE_UNUSED] = "leave_unused",
    [HR_CHANGE_MORE_STREAMS] = "more_streams",
    [HR_CHANGE_REACH_SERVER] = "reach_server",
    [HR_CHANGE_LOOK] = "look",
};

static const hr_change after[HR_CLOSE_COUNT] = {
    [HR_CLOSE_NONE] = HR_CHANGE_LOOK,
    [HR_CLOSE_SETUP_FAILED] = HR_CHANGE_REACH_SERVER,
    [HR_CLOSE_UPGRADED] = HR_CHANGE_LOOK,
    [HR_CLOSE_TUNNELLED] = HR_CHANGE_LOOK,
    [HR_CLOSE_STALE_RACE] = HR_CHANGE_EXPIRE_SOONER,
    [HR_CLOSE_REQUEST_ABORTED] = HR_CHANGE_MEND_SERVER,
    [HR_CLOSE_HTTP10] = HR_CHANGE_SPEAK_HTTP11,
    [HR_CLOSE_SERVER_ERROR_CLOSE] = HR_CHANGE_MEND_ERRORS,
    [HR_CLOSE_MAX_AGE] = HR_CHANGE_RAISE_MAX_AGE,
    [HR_CLOSE_REQUEST_LIMIT] = HR_CHANGE_RAISE_REQUEST_LIMIT,
    [HR_CLOSE_GOAWAY] = HR_CHANGE_AVOID_GOAWAY,
    [HR_CLOSE_CLIENT_CLOSE_HEADER] = HR_CHANGE_NO_CLIENT_CLOSE,
    [HR_CLOSE_SERVER_CLOSE_HEADER] = HR_CHANGE_NO_SERVER_CLOSE,
    [HR_CLOSE_UNUSED] = HR_CHANGE_LEAVE_UNUSED,
    [HR_CLOSE_CLIENT_EXIT] = HR_CHANGE_KEEP_PROCESS,
    [HR_CLOSE_SERVER_EXIT] = HR_CHANGE_STAY_UP,
    [HR_CLOSE_SERVER_RELOAD] = HR_CHANGE_STAY_UP,
    [HR_CLOSE_IDLE_DROPPED] = HR_CHANGE_OUTLAST_DEVICE,
    [HR_CLOSE_REQUEST_CANCELLED] = HR_CHANGE_WAIT_LONGER,
    [HR_CLOSE_BODY_UNDRAINED] = HR_CHANGE_READ_BODIES,
    [HR_CLOSE_POOL_LIMIT] = HR_CHANGE_KEEP_MORE_IDLE,
    [HR_CLOSE_SERVER_IDLE_TIMEOUT] = HR_CHANGE_LENGTHEN_SERVER_IDLE,
    [HR_CLOSE_CLIENT_IDLE_TIMEOUT] = HR_CHANGE_LENGTHEN_CLIENT_IDLE,
    [HR_CLOSE_CLIENT_CLOSE] = HR_CHANGE_KEEP_CLIENT,
    [HR_CLOSE_SERVER_CLOSE] = HR_CHANGE_KEEP_OPEN,
    [HR_CLOSE_OPEN_AT_END] = HR_CHANGE_LOOK,
    [HR_CLOSE_UNKNOWN] = HR_CHANGE_LOOK,
};

/* Findings of the codes that are about how a connection ended ask for what its cause asks for, if
 * that is the cause that they are about. */
static bool is_about(hr_finding_code code, hr_close_cause cause)
{
    switch (code) {
    case HR_FINDING_BODY_UNDRAINED:
        return cause == HR_CLOSE_BODY_UNDRAINED;
    case HR_FINDING_POOL_LIMIT:
        return cause == HR_CLOSE_POOL_LIMIT;
    case HR_FINDING_STALE_REUSE:
        return cause == HR_CLOSE_STALE_RACE;
    case HR_FINDING_REQUEST_CANCELLED:
        return cause == HR_CLOSE_REQUEST_CANCELLED;
    case HR_FINDING_IDLE_DROPPED:
        return cause == HR_CLOSE_IDLE_DROPPED;
    case HR_FINDING_CLOSED_AFTER_ANSWER:
        return cause == HR_CLOSE_CLIENT_CLOSE;
    case HR_FINDING_SERVER_CLOSED_AFTER_ANSWER:
        return cause == HR_CLOSE_SERVER_CLOSE;
    case HR_FINDING_IDLE_CLOSE:
        return cause == HR_CLOSE_SERVER_IDLE_TIMEOUT || cause == HR_CLOSE_CLIENT_IDLE_TIMEOUT;
    case HR_FINDING_MAX_AGE:
        return cause == HR_CLOSE_MAX_AGE;
    case HR_FINDING_UNSOLICITED_BYTES:
        return cause == HR_CLOSE_CLIENT_CLOSE;
    case HR_FINDING_REQUEST_LIMIT:
        return cause == HR_CLOSE_REQUEST_LIMIT;
    case HR_FINDING_GOAWAY:
        return cause == HR_CLOSE_GOAWAY;
    case HR_FINDING_CLOSE_ANNOUNCED:
        return cause == HR_CLOSE_HTTP10 || cause == HR_CLOSE_CLIENT_CLOSE_HEADER ||
               cause == HR_CLOSE_SERVER_CLOSE_HEADER || cause == HR_CLOSE_SERVER_ERROR_CLOSE;
    default:
        return false;
    }
}

const char *hr_change_token(hr_change change)
{
    g_return_val_if_fail(change < HR_CHANGE_COUNT, NULL);
    return tokens[change];
}

static bool is_by_client_at_will(const hr_connection *connection)
{
    return connection->ending.by == HR_SIDE_CLIENT && connection->seldom->goaway->error == 0;
}

static hr_change after_what_was_said(const hr_connection *connection)
{
    const hr_request *last = connection->last_request;

    if (connection->seldom->close_said.by == HR_SIDE_CLIENT) {
        return HR_CHANGE_NO_CLIENT_CLOSE;
    }
    return last != NULL && last->response_code >= 400 ? HR_CHANGE_MEND_ERRORS
                                                      : HR_CHANGE_NO_SERVER_CLOSE;
}

static bool is_limit_per_host(const hr_connection *connection)
{
    return hr_limit_named(connection, HR_SIDE_CLIENT, HR_LIMIT_IDLE_PER_HOST) != NULL &&
           hr_limit_named(connection, HR_SIDE_CLIENT, HR_LIMIT_IDLE_IN_ALL) == NULL;
}

/* A limit for each host drops the one that comes, mostly: HttpURLConnection, whose only limit is
 * that, drops the one idle for longest, too. */
static bool is_limit_of_all_hosts(const hr_connection *connection)
{
    return connection->ending.is_oldest_dropped && !is_limit_per_host(connection);
}

/* Of one that had begun before the capture no more than its end is there: it may have rested for as
 * long as a timeout, or something may have been said. */
static bool is_end_alone(const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    return (ending->cause == HR_CLOSE_CLIENT_CLOSE || ending->cause == HR_CLOSE_SERVER_CLOSE) &&
           !connection->is_opening_seen && connection->request_count == 0 &&
           ending->after_rest_ns == HR_TIME_NONE;
}

/* Who cannot read a request that says HTTP/1.1 answers in the lowest version, whatever it speaks
 * else: net/http's server says so to what comes in the clear to a port of TLS. */
static bool was_not_understood(const hr_connection *connection)
{
    const hr_request *last = connection->last_request;

    return last != NULL && last->response_code == 400 && !last->is_http10;
}

hr_change hr_change_after(const hr_connection *connection)
{
    const hr_close_cause cause = connection->ending.cause;

    if (is_end_alone(connection)) {
        return HR_CHANGE_LOOK;
    }
    if (cause == HR_CLOSE_HTTP10 && was_not_understood(connection)) {
        return HR_CHANGE_MEND_ERRORS;
    }
    if (cause == HR_CLOSE_CLIENT_CLOSE && hr_connection_was_given_up_on(connection)) {
        return HR_CHANGE_SEND_EXACT;
    }
    if (is_limit_of_all_hosts(connection)) {
        return HR_CHANGE_KEEP_MORE_IN_ALL;
    }
    if (cause == HR_CLOSE_STALE_RACE && connection->ending.by == HR_SIDE_NONE) {
        return HR_CHANGE_OUTLAST_DEVICE;
    }
    if (cause == HR_CLOSE_IDLE_DROPPED && connection->ending.by == HR_SIDE_SERVER) {
        return HR_CHANGE_LENGTHEN_SERVER_IDLE; /* over QUIC it says so, and nothing when it does */
    }
    if (connection->ending.is_cut_in_use) {
        return connection->ending.is_from_elsewhere ? HR_CHANGE_FIND_DEVICE : HR_CHANGE_DETECT_DEAD;
    }
    if (cause == HR_CLOSE_STALE_RACE && hr_ending_is_age_said(connection)) {
        return HR_CHANGE_RAISE_MAX_AGE; /* however soon its client lets go of what is idle */
    }
    if ((cause == HR_CLOSE_STALE_RACE || cause == HR_CLOSE_SERVER_CLOSE) &&
        hr_ending_is_forgotten(connection)) {
        return HR_CHANGE_STAY_UP;
    }
    if (connection->ending.is_program_over) {
        return HR_CHANGE_STAY_UP; /* no timeout of either side had a part in it */
    }
    if (cause == HR_CLOSE_GOAWAY && is_by_client_at_will(connection)) {
        return HR_CHANGE_KEEP_CLIENT; /* it is how a client takes its leave (RFC 9113 §6.8) */
    }
    if (cause == HR_CLOSE_OPEN_AT_END && connection->seldom->close_said.by != HR_SIDE_NONE) {
        return after_what_was_said(connection); /* the capture ended before it was done */
    }
    return after[cause];
}

/* A timer of the client that is named had passed when it opened another: to the client it was not
 * there any more, although some look only now and then and close it later (HttpURLConnection). */
static bool had_expired(const hr_connection *idle, const hr_connection *opened)
{
    const hr_ending *ending = &idle->ending;
    const bool is_timed = ending->cause == HR_CLOSE_CLIENT_IDLE_TIMEOUT && ending->is_timer_named &&
                          ending->after_idle_ns != HR_TIME_NONE;
    const int64_t timer_ns =
        is_timed ? hr_timer_idle_ns(hr_ending_timer(ending, 0), idle) : HR_TIME_NONE;

    return timer_ns != HR_TIME_NONE &&
           opened->opened.ns >= ending->at.ns - ending->after_idle_ns + timer_ns;
}

static hr_change for_missed_reuse(const hr_connection *connection)
{
    const hr_connection *idle = hr_connection_opening(connection)->connection;

    return had_expired(idle, connection) ? HR_CHANGE_LENGTHEN_CLIENT_IDLE : HR_CHANGE_SHARE_POOL;
}

/* All streams were taken of one that had been set up before: no burst of dials would have been. */
static bool is_for_want_of_streams(const hr_connection *connection)
{
    const hr_connection *full = hr_connection_opening(connection)->connection;

    return hr_connection_opening(connection)->why == HR_WHY_STREAMS_EXHAUSTED &&
           hr_connection_ready(full).frame != 0 &&
           hr_connection_ready(full).frame < connection->opened.frame;
}

/* What one end of a connection cut is one loss, whatever of it had been answered. */
static hr_change for_what_was_lost(const hr_connection *connection)
{
    const hr_change change = hr_change_after(connection);

    return change == HR_CHANGE_STAY_UP || change == HR_CHANGE_MEND_SERVER ? change
                                                                          : HR_CHANGE_KEEP_OPEN;
}

hr_change hr_change_for_finding(hr_finding_code code, const hr_connection *connection)
{
    switch (code) {
    case HR_FINDING_ANSWER_CUT:
    case HR_FINDING_REQUEST_ABORTED:
        return for_what_was_lost(connection);
    case HR_FINDING_MISSED_REUSE:
        return for_missed_reuse(connection);
    case HR_FINDING_HANDSHAKE_RACE:
        return is_for_want_of_streams(connection) ? HR_CHANGE_MORE_STREAMS : HR_CHANGE_BOUND_DIALS;
    case HR_FINDING_STREAMS_EXHAUSTED:
        return HR_CHANGE_MORE_STREAMS;
    default:
        return is_about(code, connection->ending.cause) ? hr_change_after(connection)
                                                        : HR_CHANGE_COUNT;
    }
}

/* As hr_change_for_finding() says of some connection. */
static bool may_ask(hr_finding_code code)
{
    bool may = code == HR_FINDING_ANSWER_CUT || code == HR_FINDING_REQUEST_ABORTED ||
               code == HR_FINDING_MISSED_REUSE || code == HR_FINDING_HANDSHAKE_RACE ||
               code == HR_FINDING_STREAMS_EXHAUSTED;

    for (hr_close_cause cause = 0; !may && cause < G_N_ELEMENTS(after); cause++) {
        may = is_about(code, cause);
    }
    return may;
}

hr_finding_set hr_changes_asked_by(void)
{
    hr_finding_set codes = 0;

    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        codes |= may_ask(code) ? 1u << code : 0;
    }
    return codes;
}

bool hr_change_is_about_openings(hr_change change)
{
    return change == HR_CHANGE_SHARE_POOL || change == HR_CHANGE_BOUND_DIALS ||
           change == HR_CHANGE_MORE_STREAMS;
}

/* Messages say that none of these serves again: what was opened beside them was no burst. */
static bool keeps_none(const hr_connection *connection)
{
    const hr_close_cause cause = connection->ending.cause;

    return cause == HR_CLOSE_HTTP10 || cause == HR_CLOSE_CLIENT_CLOSE_HEADER ||
           cause == HR_CLOSE_SERVER_CLOSE_HEADER;
}

bool hr_is_left_unused(const hr_connection *connection)
{
    const hr_close_cause cause = connection->ending.cause;
    const bool is_silent =
        connection->transport == HR_TRANSPORT_TCP && connection->request_count == 0 &&
        hr_bytes_end(&hr_connection_client(connection)->out) == HR_POSITION_START;
    /* What turns away at once had waited for nobody. */
    const bool was_awaited =
        hr_moment_elapsed_ns(connection->opened, connection->ending.at) >= HR_UNNAMED_TIMER_MIN_NS;

    return (cause == HR_CLOSE_SERVER_IDLE_TIMEOUT || cause == HR_CLOSE_SERVER_CLOSE ||
            cause == HR_CLOSE_SERVER_CLOSE_HEADER || cause == HR_CLOSE_SERVER_ERROR_CLOSE) &&
           is_silent && was_awaited;
}

bool hr_is_refused_after_stop(const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const hr_opening *opening = hr_connection_opening(connection);

    return ending->cause == HR_CLOSE_SETUP_FAILED && ending->by == HR_SIDE_SERVER &&
           connection->established.frame == 0 && opening->why == HR_WHY_PREVIOUS_CLOSED &&
           opening->connection != NULL && hr_change_after(opening->connection) == HR_CHANGE_STAY_UP;
}

/* Nobody was heard there any more: what was opened beside it takes its place. */
static bool was_dead(const hr_connection *busy, const hr_connection *opened)
{
    return busy != NULL && busy->ending.cause == HR_CLOSE_IDLE_DROPPED &&
           hr_connection_server(busy)->last_sent.frame < opened->opened.frame;
}

static hr_change for_all_busy(const hr_connection *connection)
{
    const hr_connection *busy = hr_connection_opening(connection)->connection;

    if (was_dead(busy, connection)) {
        return hr_change_after(busy);
    }
    return keeps_none(connection) && busy != NULL && keeps_none(busy) ? hr_change_after(connection)
                                                                      : HR_CHANGE_BOUND_DIALS;
}

hr_change hr_change_for_avoidable(const hr_connection *connection)
{
    const hr_close_cause cause = connection->ending.cause;

    if (is_for_want_of_streams(connection)) {
        return HR_CHANGE_MORE_STREAMS;
    }
    if (connection->is_race_loser) {
        return HR_CHANGE_BOUND_DIALS;
    }
    if ((cause == HR_CLOSE_SETUP_FAILED && connection->replaces == NULL) ||
        cause == HR_CLOSE_UNUSED) {
        return after[cause]; /* whatever had gone before */
    }
    if (hr_is_left_unused(connection)) {
        return HR_CHANGE_LEAVE_UNUSED;
    }
    if (connection->replaces != NULL) {
        return hr_change_after(connection->replaces);
    }
    switch (hr_connection_opening(connection)->why) {
    case HR_WHY_IDLE_AVAILABLE:
        return for_missed_reuse(connection);
    case HR_WHY_STREAMS_EXHAUSTED:
        return HR_CHANGE_MORE_STREAMS;
    case HR_WHY_ALL_BUSY:
        return for_all_busy(connection);
    default:
        return HR_CHANGE_LOOK;
    }
}

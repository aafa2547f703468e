/* fix_kinds.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/fix_kinds.h"

#include "core/ending/ending.h"
#include "core/ending/ends.h"
#include "core/result/brings.h"

enum {
    FIRST_FINAL = 200, /* RFC 9110 section 15.3 */
    FIRST_ERROR = 400, /* RFC 9110 section 15.5 */
    PACE_MIN = 4,      /* two pauses may be equal by chance */
    PACE_SPREAD = 10,  /* of the shortest pause, one part in so many */
};

/* A loop of calls has no shorter pauses than its answers leave it, which are as steady. */
#define PACE_PAUSE_MIN_NS (HR_NS_PER_S / 2)

bool hr_fix_are_all(const hr_fix *fix, bool (*is_one)(const hr_connection *connection))
{
    for (guint i = 0; i < fix->connections->len; i++) {
        if (!is_one(fix->connections->pdata[i])) {
            return false;
        }
    }
    return true;
}

bool hr_fix_is_for_proxy(const hr_fix *fix)
{
    return fix->by_proxy == fix->connections->len;
}

/* Each of its requests asks for what @first does; methods and targets are interned. */
static bool asks_for(const hr_connection *connection, const hr_request *first)
{
    const hr_request *each = connection->first_request;

    while (each != NULL && each->method == first->method && each->target == first->target) {
        each = each->next;
    }
    return each == NULL;
}

static bool is_passed_on(const hr_connection *connection)
{
    return connection->first_request != NULL && connection->first_request->ties->passes_on != NULL;
}

bool hr_fix_is_passed_on(const hr_fix *fix)
{
    return hr_fix_are_all(fix, is_passed_on);
}

bool hr_fix_may_be_monitor(const hr_fix *fix)
{
    const hr_request *first = hr_fix_example(fix)->first_request;
    int64_t least_ns = INT64_MAX;
    int64_t most_ns = 0;

    if (fix->change != HR_CHANGE_KEEP_CLIENT || fix->connections->len < PACE_MIN || first == NULL ||
        hr_fix_is_passed_on(fix)) {
        return false;
    }
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        const hr_connection *before = i > 0 ? fix->connections->pdata[i - 1] : connection;
        const int64_t pause_ns = connection->opened.ns - before->opened.ns;
        if (connection->opened.frame == 0 || connection->request_count != 1 ||
            !asks_for(connection, first)) {
            return false;
        }
        least_ns = i > 0 ? MIN(least_ns, pause_ns) : least_ns;
        most_ns = MAX(most_ns, pause_ns);
    }
    return least_ns >= PACE_PAUSE_MIN_NS && most_ns - least_ns <= least_ns / PACE_SPREAD;
}

static bool may_be_check(const hr_connection *connection, const hr_request *first)
{
    const hr_products *products = &connection->products;

    return connection->first_request != NULL && products->is_leg && !products->is_relayed &&
           products->user_agent == NULL && asks_for(connection, first);
}

bool hr_fix_may_be_checks(const hr_fix *fix)
{
    const hr_request *first = hr_fix_example(fix)->first_request;

    if (fix->change != HR_CHANGE_SPEAK_HTTP11 && fix->change != HR_CHANGE_NO_CLIENT_CLOSE) {
        return false;
    }
    for (guint i = 0; i < fix->connections->len; i++) {
        if (!may_be_check(fix->connections->pdata[i], first)) {
            return false;
        }
    }
    return fix->connections->len > 1;
}

bool hr_fix_is_one_to_one(const hr_fix *fix)
{
    return fix->one_to_one == fix->connections->len;
}

static bool is_spoken_for(const hr_connection *connection)
{
    return connection->seldom->spoken_for != NULL;
}

bool hr_fix_is_spoken_for(const hr_fix *fix)
{
    return hr_fix_are_all(fix, is_spoken_for);
}

bool hr_fix_is_forgotten(const hr_fix *fix)
{
    return fix->change == HR_CHANGE_STAY_UP && hr_fix_are_all(fix, hr_ending_is_forgotten);
}

bool hr_fix_has_cut_answers(const hr_fix *fix)
{
    return fix->cut_answers == fix->connections->len;
}

/* A wait is shorter by what a call did before its first packet. One that ended behind its answer
 * was left unread, whatever became of the others. */
bool hr_fix_is_timed_out_in_answers(const hr_fix *fix)
{
    if (2 * fix->timed_out <= fix->connections->len) {
        return false;
    }
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        if (connection->ending.form != 'a') {
            return false;
        }
    }
    return true;
}

bool hr_fix_is_left_waiting(const hr_fix *fix)
{
    return fix->waited == fix->connections->len;
}

/* The beginning of a request, its head, came through, and of its rest nothing did. What was sent
 * behind it is another's. */
static bool is_cut_in_parts(const hr_connection *connection)
{
    const hr_request *dead = hr_ending_outstanding_request(connection);
    const hr_bytes *sent = &hr_connection_client(connection)->out;

    if (dead == NULL || dead->begin == HR_POSITION_NONE) {
        return false;
    }
    const uint64_t next = dead->next != NULL ? dead->next->begin : HR_POSITION_NONE;
    const uint64_t end = next != HR_POSITION_NONE ? next : hr_bytes_end(sent);
    return sent->acked > dead->begin && sent->acked < end;
}

bool hr_fix_is_cut_in_parts(const hr_fix *fix)
{
    for (guint i = 0; i < fix->connections->len; i++) {
        if (!is_cut_in_parts(fix->connections->pdata[i])) {
            return false;
        }
    }
    return fix->change == HR_CHANGE_DETECT_DEAD;
}

bool hr_fix_is_dead_at_rest(const hr_fix *fix)
{
    return fix->change == HR_CHANGE_DETECT_DEAD && fix->findings == 0;
}

bool hr_fix_has_lost_answers(const hr_fix *fix)
{
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_request *dead = hr_ending_outstanding_request(fix->connections->pdata[i]);

        if (dead == NULL || !hr_ending_lost_answer(dead)) {
            return false;
        }
    }
    return fix->change == HR_CHANGE_WAIT_LONGER;
}

/* A proxy may reset what it keeps no longer as routine (HAProxy). */
bool hr_fix_is_left_unread(const hr_fix *fix)
{
    return fix->left_unread == fix->connections->len && !hr_fix_is_for_proxy(fix);
}

bool hr_fix_may_hide_unread(const hr_fix *fix)
{
    return fix->may_hide_unread == fix->connections->len;
}

static bool is_endless(const hr_connection *connection)
{
    const hr_request *about = connection->ending.about;

    return about != NULL && about->is_answer_endless;
}

bool hr_fix_are_endless(const hr_fix *fix)
{
    return hr_fix_are_all(fix, is_endless);
}

static bool is_used_beside_another(const hr_connection *connection)
{
    const hr_connection *idle = hr_connection_opening(connection)->connection;

    return connection->request_count >= 2 && idle != NULL && idle->last_request != NULL &&
           idle->last_request->sent.frame > connection->first_request->sent.frame;
}

bool hr_fix_are_pools_in_use(const hr_fix *fix)
{
    return hr_fix_are_all(fix, is_used_beside_another);
}

bool hr_fix_may_be_forgotten(const hr_fix *fix)
{
    return fix->may_be_forgotten == fix->connections->len;
}

uint16_t hr_fix_error_of(const hr_fix *fix, const hr_connection *connection)
{
    const hr_request *request = fix->change == HR_CHANGE_MEND_ERRORS   ? connection->last_request
                                : fix->change == HR_CHANGE_READ_BODIES ? connection->ending.about
                                                                       : NULL;

    return request != NULL && request->response_code >= FIRST_ERROR ? request->response_code : 0;
}

static bool is_answered_early(const hr_connection *connection)
{
    const hr_request *last = connection->last_request;

    return last != NULL && last->has_body_unfinished && last->response_code >= FIRST_FINAL &&
           last->response_code < FIRST_ERROR;
}

bool hr_fix_is_answered_early(const hr_fix *fix)
{
    return fix->change == HR_CHANGE_MEND_ERRORS && hr_fix_are_all(fix, is_answered_early);
}

uint32_t hr_fix_errors(const hr_fix *fix)
{
    uint32_t count = 0;

    for (guint i = 0; i < fix->connections->len; i++) {
        count += hr_fix_error_of(fix, fix->connections->pdata[i]) != 0;
    }
    return count;
}

bool hr_fix_has_streams(const hr_fix *fix)
{
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        if (connection->protocol != HR_PROTOCOL_H2 && connection->protocol != HR_PROTOCOL_H3) {
            return false;
        }
    }
    return true;
}

bool hr_fix_may_wait_after_head(const hr_fix *fix)
{
    for (guint i = 0; i < fix->connections->len; i++) {
        if (!hr_ending_may_wait_after_head(fix->connections->pdata[i])) {
            return false;
        }
    }
    return fix->change == HR_CHANGE_KEEP_CLIENT;
}

static bool is_name_cut_off(const hr_connection *connection)
{
    const hr_request *first = connection->first_request;

    return !connection->is_tls && first != NULL && first->is_head_cut && first->authority == NULL;
}

bool hr_fix_may_be_other_name(const hr_fix *fix)
{
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        const hr_connection *idle = hr_connection_opening(connection)->connection;
        if (is_name_cut_off(connection) || (idle != NULL && is_name_cut_off(idle))) {
            return fix->change == HR_CHANGE_SHARE_POOL;
        }
    }
    return false;
}

/* Connections of this server served more than once before it closed them, or all waited for
 * more. */
bool hr_fix_keeps_connections(const hr_fix *fix)
{
    bool are_all_rested = true;

    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        const hr_ending *ending = &connection->ending;
        if (connection->request_count > 1) {
            return true;
        }
        are_all_rested &= ending->cause == HR_CLOSE_SERVER_CLOSE && !ending->is_after_answer &&
                          ending->after_rest_ns != HR_TIME_NONE;
    }
    return are_all_rested;
}

/* What a proxy says to its clients may be what it was answered, and had asked for. */
bool hr_fix_may_be_passed_on(const hr_fix *fix)
{
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *front = fix->connections->pdata[i];
        const hr_request *back =
            front->last_request != NULL ? front->last_request->ties->passed_on : NULL;
        if (back == NULL || back->connection->ending.cause != HR_CLOSE_CLIENT_CLOSE_HEADER) {
            return false;
        }
    }
    return fix->change == HR_CHANGE_NO_SERVER_CLOSE;
}

bool hr_fix_is_close_by_name(const hr_fix *fix)
{
    return fix->change == HR_CHANGE_NO_CLIENT_CLOSE && fix->library != HR_LIBRARY_UNKNOWN;
}

/* findings.c
 * The rule of each finding: to which item of a frame it belongs.
 * The rules read what observation and analysis decided; they decide nothing themselves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/findings.h"

#include "core/ending/ending.h"
#include "core/ending/ends.h"
#include "core/ending/legs.h"

const hr_request *hr_finding_behind(const hr_request *front)
{
    return hr_legs_failure_behind(front);
}

hr_certainty hr_finding_behind_certainty(const hr_request *front)
{
    return hr_legs_is_taken(front) ? HR_CERTAINTY_CERTAIN : HR_CERTAINTY_LIKELY;
}

G_STATIC_ASSERT(HR_FINDING_COUNT <= 8 * sizeof(hr_finding_set));

bool hr_finding_set_has(hr_finding_set set, hr_finding_code code)
{
    return (set & (1u << code)) != 0;
}

/* ---- the rules, each asked at items of the kinds that HR_RULES says ---- */

static bool has_cause(const hr_item *item, hr_close_cause cause)
{
    return item->connection->ending.cause == cause;
}

static bool is_new_connection(const hr_item *item)
{
    return item->request->status == HR_STATUS_NEW;
}

static bool is_missed_reuse(const hr_item *item)
{
    return item->request == item->connection->first_request &&
           hr_connection_opening(item->connection)->why == HR_WHY_IDLE_AVAILABLE &&
           !item->request->leaves_http && !item->request->is_head_cut;
}

static bool is_body_undrained(const hr_item *item)
{
    return has_cause(item, HR_CLOSE_BODY_UNDRAINED);
}

/* A client that went on had not minded. */
static bool is_unsolicited_bytes(const hr_item *item)
{
    return has_cause(item, HR_CLOSE_CLIENT_CLOSE) &&
           hr_connection_ended_with_surplus(item->connection);
}

/* Right after an answer, and nothing announced it that a snap length may have cut off. */
static bool is_after_answer_unsaid(const hr_connection *connection)
{
    return connection->ending.is_after_answer && connection->last_request != NULL &&
           !connection->http1.is_head_cut;
}

static bool is_closed_after_answer(const hr_item *item)
{
    return !is_unsolicited_bytes(item) && has_cause(item, HR_CLOSE_CLIENT_CLOSE) &&
           is_after_answer_unsaid(item->connection);
}

static bool is_pool_limit(const hr_item *item)
{
    return has_cause(item, HR_CLOSE_POOL_LIMIT);
}

static bool is_stale_reuse(const hr_item *item)
{
    return item->connection->ending.cause == HR_CLOSE_STALE_RACE && !item->request->is_done &&
           item->request->answered.frame == 0;
}

static bool is_upstream_failure(const hr_item *item)
{
    return hr_legs_failure_behind(item->request) != NULL;
}

/* The oldest outstanding request decides why a connection ended; other streams are lost with it. */
static bool is_request_aborted(const hr_item *item)
{
    const bool is_cause = item->connection->ending.cause == HR_CLOSE_REQUEST_ABORTED &&
                          !item->request->is_done &&
                          (item->request->answered.frame == 0 ||
                           hr_ending_spoken_instead(item->connection) != HR_SPOKEN_UNKNOWN);

    return (is_cause || hr_ending_was_taken_in_vain(item->request)) && !is_upstream_failure(item);
}

/* The server's program, or the server on its own, whether it had announced that it closes. */
static bool is_end_of_server(const hr_connection *connection)
{
    switch (connection->ending.cause) {
    case HR_CLOSE_SERVER_CLOSE:
    case HR_CLOSE_SERVER_CLOSE_HEADER:
    case HR_CLOSE_HTTP10:
    case HR_CLOSE_SERVER_EXIT:
    case HR_CLOSE_SERVER_RELOAD:
        return true;
    default:
        return false;
    }
}

/* As the bytes say, whatever was announced. Where a proxy passes it on, it failed behind that. */
static bool is_answer_cut(const hr_item *item)
{
    const hr_request *request = item->request;
    const bool is_stream = hr_request_stream(request) >= 0;

    return item->connection->ending.first_closer == HR_SIDE_SERVER && !request->is_done &&
           request->complete == HR_COMPLETE_NO &&
           (is_stream || is_end_of_server(item->connection)) &&
           hr_legs_end_behind(item->connection) == NULL;
}

/* A stream that is taken back costs nothing but itself: only a timeout is told. */
static bool is_stream_timed_out(const hr_item *item)
{
    return item->request->is_given_up && item->request->equal_waits > 0 &&
           item->connection->ending.cause != HR_CLOSE_IDLE_DROPPED;
}

/* An answer that comes after the close changes nothing. */
static bool is_request_cancelled(const hr_item *item)
{
    const uint32_t closed_frame = item->connection->ending.at.frame;

    if (is_stream_timed_out(item)) {
        return true;
    }
    return item->connection->ending.cause == HR_CLOSE_REQUEST_CANCELLED &&
           (!item->request->is_done || item->request->ended.frame > closed_frame) &&
           (item->request->answered.frame == 0 || item->request->answered.frame > closed_frame ||
            hr_ending_took_no_answer(item->request));
}

static bool is_server_closed_after_answer(const hr_item *item)
{
    return has_cause(item, HR_CLOSE_SERVER_CLOSE) && is_after_answer_unsaid(item->connection);
}

static bool is_idle_close(const hr_item *item)
{
    return has_cause(item, HR_CLOSE_SERVER_IDLE_TIMEOUT) ||
           has_cause(item, HR_CLOSE_CLIENT_IDLE_TIMEOUT);
}

static uint32_t frame_of(const hr_request *request, hr_item_kind kind)
{
    return kind == HR_ITEM_REQUEST ? hr_request_frame(request) : request->response_frame;
}

/* The message that said close in @frame: of several there the last one, behind which nothing comes
 * (RFC 9112 §9.6). */
static bool is_said_by(const hr_item *item, uint32_t frame)
{
    const hr_request *next = item->request->next;

    return frame_of(item->request, item->kind) == frame &&
           (next == NULL || frame_of(next, item->kind) != frame);
}

/* In the frame that said so first: one side's. */
static bool is_close_announced(const hr_item *item)
{
    return is_said_by(item, item->connection->seldom->close_said.at.frame);
}

/* At the message that ended @item's connection, or at its end. */
static bool is_at_evidence(const hr_item *item)
{
    const hr_connection *connection = item->connection;
    const uint32_t evidence = connection->ending.evidence_frame;

    if (evidence == 0) {
        return item->kind == HR_ITEM_CLOSING;
    }
    if (connection->seldom->close_said.at.frame != evidence) {
        return item->kind == HR_ITEM_GOAWAY;
    }
    return item->kind == (connection->seldom->close_said.by == HR_SIDE_CLIENT ? HR_ITEM_REQUEST
                                                                              : HR_ITEM_RESPONSE) &&
           is_said_by(item, evidence);
}

static bool is_request_limit(const hr_item *item)
{
    return item->connection->ending.cause == HR_CLOSE_REQUEST_LIMIT && is_at_evidence(item);
}

static bool is_max_age(const hr_item *item)
{
    return item->connection->ending.cause == HR_CLOSE_MAX_AGE && is_at_evidence(item);
}

static bool is_goaway(const hr_item *item)
{
    return item->kind == HR_ITEM_GOAWAY;
}

static bool is_streams_exhausted(const hr_item *item)
{
    return item->request == item->connection->first_request &&
           hr_connection_opening(item->connection)->why == HR_WHY_STREAMS_EXHAUSTED;
}

static bool is_full_handshake(const hr_item *item)
{
    return item->connection->seldom->tls->handshake == HR_TLS_FULL &&
           item->connection->seldom->tls->had_ticket;
}

/* Known only after the whole capture: keys may make a later record readable. */
static bool is_tls_opaque(const hr_item *item)
{
    return item->connection->ending.cause != HR_CLOSE_NONE &&
           hr_connection_is_opaque(item->connection);
}

static bool is_not_dissected(const hr_item *item)
{
    return item->connection->seldom->left_out != 0;
}

static bool is_handshake_race(const hr_item *item)
{
    return item->connection->is_race_loser;
}

static bool is_unused_connection(const hr_item *item)
{
    return has_cause(item, HR_CLOSE_UNUSED);
}

static bool is_misdirected(const hr_item *item)
{
    return item->request->response_code == 421;
}

static bool is_idle_dropped(const hr_item *item)
{
    return item->connection->ending.cause == HR_CLOSE_IDLE_DROPPED && !item->request->is_done;
}

static bool is_keep_alive_probe(const hr_item *item)
{
    return item->kind == HR_ITEM_PROBE;
}

#define AT(kind) (1u << HR_ITEM_##kind)
#define AT_EVIDENCE (AT(REQUEST) | AT(RESPONSE) | AT(GOAWAY) | AT(CLOSING))

/* At items of which kinds, and at which of these; the summary is at none. */
#define HR_RULES(RULE)                                                                             \
    RULE(NEW_CONNECTION, AT(REQUEST), is_new_connection)                                           \
    RULE(MISSED_REUSE, AT(REQUEST), is_missed_reuse)                                               \
    RULE(BODY_UNDRAINED, AT(CLOSING), is_body_undrained)                                           \
    RULE(CLOSED_AFTER_ANSWER, AT(CLOSING), is_closed_after_answer)                                 \
    RULE(POOL_LIMIT, AT(CLOSING), is_pool_limit)                                                   \
    RULE(STALE_REUSE, AT(REQUEST), is_stale_reuse)                                                 \
    RULE(REQUEST_ABORTED, AT(REQUEST), is_request_aborted)                                         \
    RULE(ANSWER_CUT, AT(REQUEST), is_answer_cut)                                                   \
    RULE(UPSTREAM_FAILURE, AT(REQUEST), is_upstream_failure)                                       \
    RULE(REQUEST_CANCELLED, AT(REQUEST), is_request_cancelled)                                     \
    RULE(SERVER_CLOSED_AFTER_ANSWER, AT(CLOSING), is_server_closed_after_answer)                   \
    RULE(IDLE_CLOSE, AT(CLOSING), is_idle_close)                                                   \
    RULE(CLOSE_ANNOUNCED, AT(REQUEST) | AT(RESPONSE), is_close_announced)                          \
    RULE(REQUEST_LIMIT, AT_EVIDENCE, is_request_limit)                                             \
    RULE(MAX_AGE, AT_EVIDENCE, is_max_age)                                                         \
    RULE(GOAWAY, AT(GOAWAY), is_goaway)                                                            \
    RULE(STREAMS_EXHAUSTED, AT(REQUEST), is_streams_exhausted)                                     \
    RULE(FULL_HANDSHAKE, AT(HELLO), is_full_handshake)                                             \
    RULE(TLS_OPAQUE, AT(HELLO), is_tls_opaque)                                                     \
    RULE(NOT_DISSECTED, AT(HELLO) | AT(PREFACE), is_not_dissected)                                 \
    RULE(HANDSHAKE_RACE, AT(OPENING), is_handshake_race)                                           \
    RULE(UNUSED_CONNECTION, AT(CLOSING), is_unused_connection)                                     \
    RULE(MISDIRECTED, AT(RESPONSE), is_misdirected)                                                \
    RULE(IDLE_DROPPED, AT(REQUEST), is_idle_dropped)                                               \
    RULE(UNSOLICITED_BYTES, AT(CLOSING), is_unsolicited_bytes)                                     \
    RULE(KEEP_ALIVE_PROBE, AT(PROBE), is_keep_alive_probe)

/* Of an item of a known kind the compiler leaves out what is not for it. */
#define IF_APPLIES(code, kinds, rule)                                                              \
    if (((kinds) >> kind & 1) != 0 && rule(item)) {                                                \
        set |= 1u << HR_FINDING_##code;                                                            \
    }
static inline hr_finding_set all_at(const hr_item *item, hr_item_kind kind)
{
    hr_finding_set set = 0;

    HR_RULES(IF_APPLIES)
    return set;
}

hr_finding_set hr_findings_at(const hr_item *item)
{
    switch (item->kind) {
    case HR_ITEM_REQUEST:
        return all_at(item, HR_ITEM_REQUEST);
    case HR_ITEM_RESPONSE:
        return all_at(item, HR_ITEM_RESPONSE);
    case HR_ITEM_CLOSING:
        return all_at(item, HR_ITEM_CLOSING);
    default:
        return all_at(item, item->kind);
    }
}

bool hr_finding_applies(hr_finding_code code, const hr_item *item)
{
    return hr_finding_set_has(hr_findings_at(item), code);
}

hr_kept_finding hr_finding_keep(const hr_finding *finding)
{
    const hr_request *request = finding->request;
    const hr_connection *connection = finding->connection;

    return (hr_kept_finding){
        .frame = finding->frame,
        .of = request != NULL      ? request->id
              : connection != NULL ? connection->id
                                   : 0,
        .code = finding->code,
        .has_request = request != NULL,
    };
}

hr_finding hr_finding_of(const hr_model *model, const hr_kept_finding *kept)
{
    hr_finding finding = {.code = kept->code, .frame = kept->frame};

    if (kept->has_request) {
        finding.request = hr_model_request(model, kept->of - 1);
        finding.connection = finding.request->connection;
    } else if (kept->of != 0) {
        finding.connection = hr_model_connection(model, kept->of - 1);
    }
    return finding;
}

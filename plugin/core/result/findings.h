/* findings.h
 * The table of findings: what each is called, how grave it is, what it means and what to do
 * about it. The texts are constant, so that `tshark -z expert` counts them; the numbers of a
 * case are in its data.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_FINDINGS_H
#define HR_CORE_RESULT_FINDINGS_H

#include "core/model/model.h"

typedef enum {
    HR_FINDING_NEW_CONNECTION,
    HR_FINDING_MISSED_REUSE,
    HR_FINDING_BODY_UNDRAINED,
    HR_FINDING_CLOSED_AFTER_ANSWER,
    HR_FINDING_POOL_LIMIT,
    HR_FINDING_STALE_REUSE,
    HR_FINDING_REQUEST_ABORTED,
    HR_FINDING_ANSWER_CUT,
    HR_FINDING_UPSTREAM_FAILURE,
    HR_FINDING_REQUEST_CANCELLED,
    HR_FINDING_SERVER_CLOSED_AFTER_ANSWER,
    HR_FINDING_IDLE_CLOSE,
    HR_FINDING_CLOSE_ANNOUNCED,
    HR_FINDING_REQUEST_LIMIT,
    HR_FINDING_MAX_AGE,
    HR_FINDING_GOAWAY,
    HR_FINDING_STREAMS_EXHAUSTED,
    HR_FINDING_HANDSHAKE_RACE,
    HR_FINDING_UNUSED_CONNECTION,
    HR_FINDING_FULL_HANDSHAKE,
    HR_FINDING_MISDIRECTED,
    HR_FINDING_IDLE_DROPPED,
    HR_FINDING_UNSOLICITED_BYTES,
    HR_FINDING_KEEP_ALIVE_PROBE,
    HR_FINDING_TLS_OPAQUE,
    HR_FINDING_NOT_DISSECTED,
    HR_FINDING_SUMMARY,
    HR_FINDING_COUNT,
} hr_finding_code;

typedef enum {
    HR_SEVERITY_CHAT,
    HR_SEVERITY_NOTE,
    HR_SEVERITY_WARNING,
    HR_SEVERITY_ERROR,
} hr_severity;

/** Wireshark's expert groups that the findings use. */
typedef enum {
    HR_GROUP_SEQUENCE,
    HR_GROUP_PROTOCOL,
    HR_GROUP_RESPONSE_CODE,
    HR_GROUP_COMMENTS,
} hr_group;

typedef struct {
    const char *token; /**< "missed_reuse" */
    hr_severity severity;
    hr_group group;
    const char *sentence; /**< what happened: the expert info's text */
    const char *meaning;  /**< what it means */
    const char *advice;   /**< what to do about it; may be "" */
    const char *source;   /**< RFC section or documentation */
} hr_finding_kind;

const hr_finding_kind *hr_finding_kind_of(hr_finding_code code);
const char *hr_severity_token(hr_severity severity);

/** A finding at its place. request is NULL where it belongs to the connection as a whole. */
typedef struct {
    hr_finding_code code;
    uint32_t frame;
    const hr_connection *connection; /**< NULL for the summary; out of scope where its HTTP is not
                                        dissected */
    const hr_request *request;
} hr_finding;

/** The same as an analysis keeps it: a capture may have two for each connection. A request is one of
 * the finding's connection. */
typedef struct {
    uint32_t frame;
    uint32_t of; /**< the id of its request, or else of its connection; 0: it has neither */
    hr_finding_code code : 8;
    bool has_request : 1;
} hr_kept_finding;

hr_kept_finding hr_finding_keep(const hr_finding *finding);
hr_finding hr_finding_of(const hr_model *model, const hr_kept_finding *kept);

/**
 * The findings that belong to @item of a frame. In the first pass, before hr_analyse(), only
 * findings that look back apply. The summary belongs to no item.
 */
hr_finding_set hr_findings_at(const hr_item *item);

/** Whether @code is one of them. */
bool hr_finding_applies(hr_finding_code code, const hr_item *item);

/** The request behind the proxy that was lost with @front, of HR_FINDING_UPSTREAM_FAILURE; or
 * NULL. */
const hr_request *hr_finding_behind(const hr_request *front);

/** How sure it is that this one passes @front on. */
hr_certainty hr_finding_behind_certainty(const hr_request *front);

/** Whether @set has @code. */
bool hr_finding_set_has(hr_finding_set set, hr_finding_code code);

#endif

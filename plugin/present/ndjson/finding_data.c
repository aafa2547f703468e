/* finding_data.c
 * One small function a finding, in a table by code. They look up what the model and the
 * analysis say about the case, and judge nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/ndjson/finding_data.h"

#include "core/result/advice.h"
#include "present/ndjson/finding_case.h"

static void put_summary(hr_json *json, const hr_totals *totals)
{
    hr_json_uint(json, "requests", totals->sums.requests);
    hr_json_uint(json, "new", totals->sums.new_requests);
    hr_json_uint(json, "reused", totals->sums.reused);
    hr_json_uint(json, "unknown", totals->sums.unknown);
    hr_json_uint(json, "connections", totals->sums.connections);
    hr_json_uint(json, "avoidable_connections", totals->sums.avoidable_connections);
    hr_json_ms(json, "avoidable_setup_ms", totals->sums.avoidable_setup_ns);
}

static hr_finding_writer *const writers[HR_FINDING_COUNT] = {
    [HR_FINDING_NEW_CONNECTION] = hr_put_new_connection,
    [HR_FINDING_MISSED_REUSE] = hr_put_missed_reuse,
    [HR_FINDING_BODY_UNDRAINED] = hr_put_body_undrained,
    [HR_FINDING_CLOSED_AFTER_ANSWER] = hr_put_closed_after_answer,
    [HR_FINDING_POOL_LIMIT] = hr_put_pool_limit,
    [HR_FINDING_STALE_REUSE] = hr_put_stale_reuse,
    [HR_FINDING_REQUEST_ABORTED] = hr_put_request_aborted,
    [HR_FINDING_ANSWER_CUT] = hr_put_answer_cut,
    [HR_FINDING_UPSTREAM_FAILURE] = hr_put_upstream_failure,
    [HR_FINDING_REQUEST_CANCELLED] = hr_put_request_cancelled,
    [HR_FINDING_SERVER_CLOSED_AFTER_ANSWER] = hr_put_server_closed_after_answer,
    [HR_FINDING_IDLE_CLOSE] = hr_put_idle_close,
    [HR_FINDING_CLOSE_ANNOUNCED] = hr_put_close_announced,
    [HR_FINDING_REQUEST_LIMIT] = hr_put_request_limit,
    [HR_FINDING_MAX_AGE] = hr_put_max_age,
    [HR_FINDING_UNSOLICITED_BYTES] = hr_put_unsolicited_bytes,
    [HR_FINDING_GOAWAY] = hr_put_goaway,
    [HR_FINDING_STREAMS_EXHAUSTED] = hr_put_streams_exhausted,
    [HR_FINDING_FULL_HANDSHAKE] = hr_put_full_handshake,
    [HR_FINDING_TLS_OPAQUE] = hr_put_tls_opaque,
    [HR_FINDING_NOT_DISSECTED] = hr_put_not_dissected,
    [HR_FINDING_HANDSHAKE_RACE] = hr_put_handshake_race,
    [HR_FINDING_UNUSED_CONNECTION] = hr_put_unused_connection,
    [HR_FINDING_MISDIRECTED] = hr_put_misdirected,
    [HR_FINDING_IDLE_DROPPED] = hr_put_idle_dropped,
    [HR_FINDING_KEEP_ALIVE_PROBE] = hr_put_keep_alive_probe,
};

void hr_finding_data_write(hr_json *json, const hr_model *model, const hr_analysis *analysis,
                           const hr_finding *finding)
{
    const hr_finding_case the = {
        json, model, analysis, finding->connection, finding->request, finding->frame};

    hr_json_begin_object(json, "data");
    if (finding->code == HR_FINDING_SUMMARY) {
        put_summary(json, hr_analysis_totals(analysis));
    } else if (finding->connection != NULL && writers[finding->code] != NULL) {
        writers[finding->code](&the);
        if (hr_advice_is_for(finding->code)) {
            hr_json_string(json, "client_library",
                           hr_library_name(hr_library_of(finding->connection)));
        }
    }
    hr_json_end_object(json);
}

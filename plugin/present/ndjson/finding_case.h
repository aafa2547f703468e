/* finding_case.h
 * One case of a finding, and the functions that write what there is to say about it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_NDJSON_FINDING_CASE_H
#define HR_PRESENT_NDJSON_FINDING_CASE_H

#include "core/result/analysis.h"
#include "present/ndjson/json.h"

typedef struct {
    hr_json *json;
    const hr_model *model;
    const hr_analysis *analysis;
    const hr_connection *connection; /**< never NULL */
    const hr_request *request;       /**< NULL where the finding is of the connection as a whole */
    uint32_t frame;
} hr_finding_case;

typedef void hr_finding_writer(const hr_finding_case *the);

/* finding_opening.c: why a connection was opened, its handshake, and what happened on it */
hr_finding_writer hr_put_new_connection, hr_put_missed_reuse, hr_put_streams_exhausted,
    hr_put_full_handshake, hr_put_tls_opaque, hr_put_handshake_race, hr_put_unused_connection,
    hr_put_misdirected, hr_put_keep_alive_probe, hr_put_not_dissected;

/* finding_ending.c: how it ended */
hr_finding_writer hr_put_body_undrained, hr_put_closed_after_answer, hr_put_pool_limit,
    hr_put_stale_reuse, hr_put_request_aborted, hr_put_answer_cut, hr_put_upstream_failure,
    hr_put_request_cancelled, hr_put_server_closed_after_answer, hr_put_idle_close,
    hr_put_close_announced, hr_put_request_limit, hr_put_max_age, hr_put_unsolicited_bytes,
    hr_put_goaway, hr_put_idle_dropped;

#endif

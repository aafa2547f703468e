/* brings.c
 * Limits and timeouts are taken to be as large as is needed: how large that is, the advice says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"

#include "core/result/change_words.h"
#include "core/result/fix_kinds.h"
#include "software/words.h"

/* Sets in @changes what @fix asks for; false where it changes nothing that a replay knows of. */
static bool set_changes(hr_whatif *changes, const hr_fix *fix)
{
    switch (fix->change) {
    case HR_CHANGE_SHARE_POOL:
    case HR_CHANGE_KEEP_CLIENT:
    case HR_CHANGE_KEEP_PROCESS:
        changes->shares_pool = true;
        return true;
    case HR_CHANGE_READ_BODIES: /* what timed out would have taken nobody knows how long */
        changes->reads_bodies = true;
        return !hr_fix_is_timed_out_in_answers(fix) && !hr_fix_is_left_waiting(fix);
    case HR_CHANGE_KEEP_MORE_IDLE:
    case HR_CHANGE_KEEP_MORE_IN_ALL:
        changes->idle_kept = UINT32_MAX;
        return true;
    case HR_CHANGE_NO_CLIENT_CLOSE:
        changes->client_says_no_close = true;
        return true;
    case HR_CHANGE_NO_SERVER_CLOSE:
    case HR_CHANGE_MEND_ERRORS:
        changes->server_says_no_close = true;
        return true;
    case HR_CHANGE_SPEAK_HTTP11:
        changes->speaks_http11 = true;
        return true;
    case HR_CHANGE_RAISE_REQUEST_LIMIT:
        changes->request_limit = UINT32_MAX;
        return true;
    case HR_CHANGE_LENGTHEN_SERVER_IDLE:
        changes->server_idle_ns = INT64_MAX;
        return true;
    case HR_CHANGE_LENGTHEN_CLIENT_IDLE:
        changes->client_idle_ns = INT64_MAX;
        return true;
    case HR_CHANGE_SEND_EXACT:
    case HR_CHANGE_KEEP_OPEN:
    case HR_CHANGE_STAY_UP:
    case HR_CHANGE_AVOID_GOAWAY:
        changes->server_stays = true;
        return true;
    case HR_CHANGE_BOUND_DIALS:
        changes->bound = MAX(fix->origin->needed_connections, 1);
        return true;
    case HR_CHANGE_MORE_STREAMS:
        changes->more_streams = MAX(fix->origin->peak_concurrency, 2);
        return true;
    default:
        return false;
    }
}

bool hr_fix_forecast(const hr_analysis *analysis, const hr_fix *fix, hr_forecast *forecast)
{
    hr_whatif changes = hr_whatif_none();

    if (fix->avoidable->len == 0 || !set_changes(&changes, fix)) {
        return false;
    }
    const size_t index = (size_t)(fix->origin - hr_analysis_origin(analysis, 0));
    hr_forecaster *forecaster = hr_analysis_forecaster(analysis, index);
    *forecast = hr_forecaster_ask(forecaster, &changes);
    hr_forecaster_free(forecaster);
    return true;
}

/* brings.c
 * Limits and timeouts are taken to be as large as is needed: how large that is, the advice says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"

#include "core/result/change_words.h"
#include "core/result/fix_kinds.h"
#include "software/words.h"

/* Sets in @changes what @change is; false where that is nothing that a replay knows of. */
static bool set_change(hr_whatif *changes, hr_change change, const hr_origin *origin)
{
    switch (change) {
    case HR_CHANGE_SHARE_POOL:
    case HR_CHANGE_KEEP_CLIENT:
    case HR_CHANGE_KEEP_PROCESS:
        changes->shares_pool = true;
        return true;
    case HR_CHANGE_READ_BODIES:
        changes->reads_bodies = true;
        return true;
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
        changes->bound = MAX(origin->needed_connections, 1);
        return true;
    case HR_CHANGE_MORE_STREAMS:
        changes->more_streams = MAX(origin->peak_concurrency, 2);
        return true;
    default:
        return false;
    }
}

/* What timed out in the middle of an answer would have taken nobody knows how long. */
static bool is_unknown(const hr_fix *fix)
{
    return hr_fix_is_timed_out_in_answers(fix) || hr_fix_is_left_waiting(fix);
}

/* What another program at the same origin does is told elsewhere, and stays as it is. */
static hr_forecast ask(const hr_analysis *analysis, const hr_fix *fix, const hr_origin *origin,
                       const hr_whatif *changes)
{
    const size_t index = (size_t)(origin - hr_analysis_origin(analysis, 0));
    hr_forecaster *forecaster = hr_analysis_forecaster(analysis, index);
    GPtrArray *connections = g_ptr_array_copy(fix->connections, NULL, NULL);

    g_ptr_array_extend(connections, fix->avoidable, NULL, NULL);
    const hr_forecast forecast = hr_forecaster_ask_of(forecaster, changes, connections);
    g_ptr_array_free(connections, TRUE);
    hr_forecaster_free(forecaster);
    return forecast;
}

/* All that kept connections of one origin there from being used again is one replay of it: those of
 * @fix->beyond from *@at on, which it goes past. False where a replay does not know all of it. */
static bool add_beyond(const hr_analysis *analysis, const hr_fix *fix, guint *at, hr_forecast *sum)
{
    const hr_origin *origin = g_array_index(fix->beyond, hr_fix_beyond, *at).origin;
    hr_whatif changes = hr_whatif_none();

    for (; *at < fix->beyond->len; ++*at) {
        const hr_fix_beyond *beyond = &g_array_index(fix->beyond, hr_fix_beyond, *at);
        if (beyond->origin != origin) {
            break;
        }
        if (!set_change(&changes, beyond->change, origin)) {
            return false;
        }
    }
    const hr_forecast forecast = ask(analysis, fix, origin, &changes);
    hr_forecast_add(sum, &forecast);
    return true;
}

bool hr_fix_forecast(const hr_analysis *analysis, const hr_fix *fix, hr_forecast *forecast)
{
    hr_whatif changes = hr_whatif_none();

    if (fix->avoidable->len == 0 || is_unknown(fix) ||
        !set_change(&changes, fix->change, fix->origin)) {
        return false;
    }
    *forecast = ask(analysis, fix, fix->origin, &changes);
    for (guint at = 0; at < fix->beyond->len;) {
        if (!add_beyond(analysis, fix, &at, forecast)) {
            return false;
        }
    }
    return true;
}

/* changed.c
 * What changes leave of what was so in the capture: of the habits of a pool, and of the fate of its
 * calls.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/changed.h"

bool hr_whatif_joins(const hr_whatif *changes)
{
    return MAX(changes->streams, changes->more_streams) > 0 || changes->bound > 0;
}

hr_habits hr_changed_habits(hr_habits habits, const hr_whatif *changes)
{
    if (changes->idle_kept > 0) {
        habits.idle_kept = changes->idle_kept;
    }
    if (changes->request_limit > 0) {
        habits.request_limit = changes->request_limit;
    }
    if (MAX(changes->streams, changes->more_streams) > 0) {
        habits.streams = MAX(changes->streams, changes->more_streams);
    }
    if (changes->client_idle_ns != HR_TIME_NONE) {
        habits.client_idle_ns = changes->client_idle_ns;
    }
    if (changes->server_idle_ns != HR_TIME_NONE) {
        habits.server_idle_ns = changes->server_idle_ns;
    }
    return habits;
}

static bool has_limited_pool(const hr_habits *habits)
{
    return habits->idle_kept != UINT32_MAX || habits->is_pool_shared;
}

bool hr_is_still_fate(const hr_calls *calls, const hr_call *call, const hr_whatif *changes)
{
    switch (hr_call_fate(calls, call)) {
    case HR_FATE_KEPT:
        return false;
    case HR_FATE_UNREAD:
        return !changes->reads_bodies && changes->streams == 0;
    case HR_FATE_SAID_BY_CLIENT:
        return !changes->says_no_close && !changes->client_says_no_close && changes->streams == 0;
    case HR_FATE_SAID_BY_SERVER:
        return !changes->says_no_close && !changes->server_says_no_close && changes->streams == 0;
    case HR_FATE_HTTP10:
        return !changes->says_no_close && !changes->speaks_http11 && changes->streams == 0;
    case HR_FATE_AFTER_ANSWER: /* a client for each call has one over HTTP/2 as well */
        return !changes->reads_bodies && !changes->shares_pool;
    case HR_FATE_UNEXPLAINED:
        return !changes->reads_bodies && !changes->shares_pool &&
               (changes->idle_kept == 0 || !has_limited_pool(&calls->habits));
    case HR_FATE_CLIENT:
        return !changes->shares_pool;
    case HR_FATE_EVICTED:
        return changes->idle_kept == 0;
    case HR_FATE_CLIENT_TIMER:
        return changes->client_idle_ns == HR_TIME_NONE;
    case HR_FATE_SERVER_TIMER:
        return changes->server_idle_ns == HR_TIME_NONE;
    case HR_FATE_SERVER:
        return !changes->server_stays;
    case HR_FATE_STALE:
        return changes->server_idle_ns == HR_TIME_NONE && changes->client_idle_ns == HR_TIME_NONE;
    case HR_FATE_LOST:
        return true;
    }
    return true;
}

/* trace_replay.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_replay.h"

hr_calls *calls_on(guint connections)
{
    const uint32_t pool = 0;
    hr_calls *calls = g_new0(hr_calls, 1);

    calls->calls = g_array_new(FALSE, FALSE, sizeof(hr_call));
    calls->carriers = g_new0(hr_carrier, connections);
    calls->first_pools = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_append_val(calls->first_pools, pool);
    calls->habits = (hr_habits){.idle_kept = UINT32_MAX,
                                .request_limit = UINT32_MAX,
                                .streams = 1,
                                .client_idle_ns = INT64_MAX,
                                .server_idle_ns = INT64_MAX,
                                .setup_ns = MEDIAN};
    for (guint i = 0; i < connections; i++) {
        calls->carriers[i] = (hr_carrier){.setup_ns = HR_TIME_NONE, .fate = HR_FATE_KEPT};
    }
    return calls;
}

hr_call *call_add(hr_calls *calls, uint32_t connection, int64_t call_ns, int64_t end_ns)
{
    const hr_call call = {.call_ns = call_ns,
                          .end_ns = end_ns,
                          .connection = connection,
                          .requests = 1,
                          .first_follower = HR_CALL_NONE,
                          .next_follower = HR_CALL_NONE};

    g_array_append_val(calls->calls, call);
    return hr_calls_at(calls, calls->calls->len - 1);
}

hr_call *call_open(hr_calls *calls, uint32_t connection, int64_t call_ns, int64_t end_ns)
{
    hr_call *call = call_add(calls, connection, call_ns, end_ns);

    call->is_opener = true;
    calls->carriers[connection].setup_ns = SETUP;
    return call;
}

hr_call *call_dial(hr_calls *calls, uint32_t connection, int64_t call_ns)
{
    hr_call *call = call_open(calls, connection, call_ns, call_ns + SETUP);

    call->is_dial = true;
    return call;
}

void call_ends(hr_calls *calls, hr_call *call, hr_fate fate, int64_t delay_ns)
{
    call->is_final = true;
    hr_calls_carrier(calls, call)->fate = fate;
    hr_calls_carrier(calls, call)->delay_ns = delay_ns;
}

hr_outcome replayed(const hr_calls *calls, const char *words)
{
    hr_whatif changes = hr_whatif_none();

    if (words != NULL) {
        g_assert_null(hr_whatif_parse(words, &changes));
    }
    return hr_replay(calls, &changes, NULL);
}

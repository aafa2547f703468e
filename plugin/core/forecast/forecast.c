/* forecast.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/forecast.h"

struct hr_forecaster {
    const hr_origin_facts *facts;
    hr_calls *calls;
    hr_outcome captured;
    hr_outcome modelled;
};

hr_forecaster *hr_forecaster_new(const hr_origin_facts *facts, const hr_settings *settings)
{
    const hr_whatif none = hr_whatif_none();
    hr_forecaster *forecaster = g_new0(hr_forecaster, 1);

    forecaster->facts = facts;
    forecaster->calls = hr_calls_new(facts, settings);
    forecaster->captured.connections = forecaster->calls->opened;
    forecaster->captured.setup_ns = forecaster->calls->setup_ns;
    forecaster->modelled = hr_replay(forecaster->calls, &none, NULL);
    forecaster->captured.end_ns = forecaster->modelled.end_ns;
    return forecaster;
}

void hr_forecaster_free(hr_forecaster *forecaster)
{
    hr_calls_free(forecaster->calls);
    g_free(forecaster);
}

/* @changed, as much more or less as what was captured is than the model gives for it. */
static int64_t scaled(int64_t changed, int64_t captured, int64_t modelled)
{
    return modelled > 0 ? (int64_t)((double)changed * (double)captured / (double)modelled + 0.5)
                        : changed;
}

/* What the model does not explain is no gain: with nothing changed it gives what was captured. */
static void take_error_out(hr_forecast *forecast)
{
    const hr_outcome *captured = &forecast->captured;
    const hr_outcome *modelled = &forecast->modelled;
    hr_outcome *changed = &forecast->changed;

    changed->connections =
        (uint32_t)scaled(changed->connections, captured->connections, modelled->connections);
    if (changed->setup_ns != HR_TIME_NONE) {
        changed->setup_ns = scaled(changed->setup_ns, captured->setup_ns, modelled->setup_ns);
    }
}

static hr_forecast ask(const hr_forecaster *forecaster, const hr_whatif *changes,
                       const bool *is_changed)
{
    const uint32_t captured = forecaster->captured.connections;
    const uint32_t modelled = forecaster->modelled.connections;
    const uint32_t off = captured > modelled ? captured - modelled : modelled - captured;
    hr_forecast forecast = {.captured = forecaster->captured,
                            .modelled = forecaster->modelled,
                            .changed = forecaster->captured,
                            .explained = captured - MIN(off, captured)};

    forecast.is_given = (uint64_t)off * 100 <= (uint64_t)captured * HR_FORECAST_TOLERANCE_PERCENT;
    if (forecast.is_given) {
        forecast.changed = hr_replay(forecaster->calls, changes, is_changed);
        take_error_out(&forecast);
    }
    return forecast;
}

hr_forecast hr_forecaster_ask(const hr_forecaster *forecaster, const hr_whatif *changes)
{
    return ask(forecaster, changes, NULL);
}

/* The first pool of the program that @connection is of, or HR_CALL_NONE. */
static uint32_t first_pool(const hr_forecaster *forecaster, const hr_connection *connection)
{
    const guint index = hr_origin_index_of(forecaster->facts, connection);
    const hr_calls *calls = forecaster->calls;

    if (index == forecaster->facts->connections->len ||
        calls->carriers[index].pool == HR_CALL_NONE) {
        return HR_CALL_NONE;
    }
    return g_array_index(calls->first_pools, uint32_t, calls->carriers[index].pool);
}

hr_forecast hr_forecaster_ask_of(const hr_forecaster *forecaster, const hr_whatif *changes,
                                 const GPtrArray *connections)
{
    const GArray *first_pools = forecaster->calls->first_pools;
    bool *is_changed = g_new0(bool, first_pools->len);

    for (guint i = 0; i < connections->len; i++) {
        const uint32_t pool = first_pool(forecaster, connections->pdata[i]);
        if (pool != HR_CALL_NONE) {
            is_changed[pool] = true;
        }
    }
    for (guint i = 0; i < first_pools->len; i++) { /* of a program the first is the first */
        is_changed[i] = is_changed[g_array_index(first_pools, uint32_t, i)];
    }
    const hr_forecast forecast = ask(forecaster, changes, is_changed);
    g_free(is_changed);
    return forecast;
}

hr_forecast hr_forecast_none(void)
{
    const hr_outcome nothing = {.setup_ns = HR_TIME_NONE, .end_ns = HR_TIME_NONE};

    return (hr_forecast){nothing, nothing, nothing, 0, true};
}

static void add_outcome(hr_outcome *sum, const hr_outcome *outcome)
{
    sum->connections += outcome->connections;
    hr_duration_add(&sum->setup_ns, outcome->setup_ns);
    sum->waited += outcome->waited;
    hr_duration_add(&sum->waited_ns, outcome->waited_ns);
    sum->end_ns = MAX(sum->end_ns, outcome->end_ns);
    sum->longest_wait_ns = MAX(sum->longest_wait_ns, outcome->longest_wait_ns);
}

void hr_forecast_add(hr_forecast *sum, const hr_forecast *forecast)
{
    add_outcome(&sum->captured, &forecast->captured);
    add_outcome(&sum->modelled, &forecast->modelled);
    add_outcome(&sum->changed, &forecast->changed);
    sum->explained += forecast->explained;
    sum->is_given = sum->is_given && forecast->is_given;
}

/* trace_forecast.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_forecast.h"

hr_forecast forecast_of(trace *t, const char *words)
{
    hr_whatif changes;
    g_assert_null(hr_whatif_parse(words, &changes));
    hr_forecaster *forecaster = hr_analysis_forecaster(trace_analysis(t), 0);
    const hr_forecast forecast = hr_forecaster_ask(forecaster, &changes);
    hr_forecaster_free(forecaster);
    return forecast;
}

void assert_forecast(trace *t, const char *words, uint32_t connections)
{
    const hr_forecast forecast = forecast_of(t, words);

    g_assert_true(forecast.is_given);
    g_assert_cmpuint(forecast.explained, ==, forecast.captured.connections);
    g_assert_cmpuint(forecast.changed.connections, ==, connections);
    g_assert_cmpint(forecast.modelled.setup_ns, ==, forecast.captured.setup_ns);
}

trace_connection *trace_call(trace *t, int64_t at, const char *user_agent)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + SETUP, .user_agent = user_agent);
    trace_answer(c, at + SETUP + AT_MS(1));
    return c;
}

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

void trace_loop_burst(trace *t, trace_connection **kept, trace_connection **dialled, int count,
                      int64_t at)
{
    for (int i = 0; i < 2 && kept != NULL; i++) {
        trace_exchange(kept[i], at + AT_US(200) * i, at + AT_US(200) * i + AT_US(100));
    }
    for (int i = 0; i < count; i++) {
        dialled[i] = trace_open(t, at + AT_MS(1) + AT_US(500) * i);
    }
    for (int i = 0; i < count; i++) {
        const int64_t ready = at + AT_MS(1 + count) + AT_US(500) * i;
        trace_exchange(dialled[i], ready, ready + AT_US(200));
    }
    for (int i = kept == NULL ? 2 : 0; i < count; i++) {
        trace_close(dialled[i], CLIENT, at + AT_MS(2 + 2 * count) + AT_US(300) * i);
    }
}

hr_calls *trace_asked(trace *t)
{
    (void)trace_analysis(t);
    hr_facts *facts = hr_facts_gather(trace_model(t));
    hr_calls *calls = hr_calls_new(facts->origins->pdata[0], &trace_model(t)->settings);

    hr_facts_free(facts);
    return calls;
}

const hr_call *call_at(const hr_calls *calls, uint32_t index)
{
    g_assert_cmpuint(index, <, calls->calls->len);
    return hr_calls_at(calls, index);
}

const hr_carrier *carrier_of(const hr_calls *calls, uint32_t index)
{
    return hr_calls_carrier(calls, call_at(calls, index));
}

void assert_call(const hr_calls *calls, uint32_t index, int64_t call_ns, int64_t end_ns)
{
    g_assert_cmpint(call_at(calls, index)->call_ns, ==, call_ns);
    g_assert_cmpint(call_at(calls, index)->end_ns, ==, end_ns);
}

void assert_kind(const hr_calls *calls, uint32_t index, bool is_dial, bool is_opener)
{
    g_assert_true(call_at(calls, index)->is_dial == is_dial);
    g_assert_true(call_at(calls, index)->is_opener == is_opener);
}

trace_connection *trace_two_for_one(trace *t)
{
    trace_connection *kept = trace_open(t, AT_S(0));

    for (int round = 0; round < 3; round++) {
        const int64_t at = AT_S(round);
        trace_request(kept, at + AT_MS(1));
        trace_connection *c = trace_open(t, at + AT_MS(2));
        trace_request(c, at + AT_MS(2) + SETUP);
        trace_answer(kept, at + AT_MS(20));
        trace_answer(c, at + AT_MS(21));
        trace_close(c, CLIENT, at + AT_US(21100));
    }
    return kept;
}

void trace_two_of_two_hosts(trace *t, int rounds)
{
    trace_connection *before[2] = {NULL, NULL};

    for (int round = 0; round < rounds; round++) {
        const char *host = round % 2 == 0 ? "10.0.0.80" : "10.0.0.81";
        trace_connection *c[2];
        for (int i = 0; i < 2; i++) {
            c[i] = trace_open_to(t, host, 80, AT_S(round) + AT_MS(i));
            trace_request(c[i], AT_S(round) + AT_MS(i) + SETUP);
        }
        for (int i = 0; i < 2; i++) {
            trace_answer(c[i], AT_S(round) + AT_MS(10 * (i + 1)));
            if (before[i] != NULL) {
                trace_close(before[i], CLIENT, AT_S(round) + AT_MS(10 * (i + 1)) + AT_US(200));
                assert_cause(before[i], "pool-limit");
            }
            before[i] = c[i];
        }
    }
}

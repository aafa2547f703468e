/* trace_forecast.h
 * Forecasts of what a trace tells.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_TRACE_FORECAST_H
#define HR_TESTS_TRACE_FORECAST_H

#include "trace.h"

#define GO "Go-http-client/1.1"
#define SETUP TRACE_HANDSHAKE_NS

/** The first origin of @t with the changes that @words name. */
hr_forecast forecast_of(trace *t, const char *words);

/** The same has so many connections, and with nothing changed what the trace shows. */
void assert_forecast(trace *t, const char *words, uint32_t connections);

/** A connection that is opened for one call, which takes 1 ms. */
trace_connection *trace_call(trace *t, int64_t at, const char *user_agent);

#endif

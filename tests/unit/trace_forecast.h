/* trace_forecast.h
 * Forecasts of what a trace tells.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_TRACE_FORECAST_H
#define HR_TESTS_TRACE_FORECAST_H

#include "core/forecast/calls.h"
#include "trace.h"

#define GO "Go-http-client/1.1"
#define SETUP TRACE_HANDSHAKE_NS

/** The first origin of @t with the changes that @words name. */
hr_forecast forecast_of(trace *t, const char *words);

/** The same has so many connections, and with nothing changed what the trace shows. */
void assert_forecast(trace *t, const char *words, uint32_t connections);

/** A connection that is opened for one call, which takes 1 ms. */
trace_connection *trace_call(trace *t, int64_t at, const char *user_agent);

/** An event loop sends as connections become ready, and reads answers when it comes to that: it dials in the
 * moment in which two are free already. */
void trace_loop_burst(trace *t, trace_connection **kept, trace_connection **dialled, int count,
                      int64_t at);

/** Two calls at once, each second of three, for a pool of one: the connection that it keeps. */
trace_connection *trace_two_for_one(trace *t);

/** Two calls at once, each second, to one host and another in turn, for a pool of two in all: what goes
 * makes room for the other host's, to the very moment. */
void trace_two_of_two_hosts(trace *t, int rounds);

/** What the client of the first origin of @t asked, as a replay is told of it. */
hr_calls *trace_asked(trace *t);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hr_calls, hr_calls_free)

const hr_call *call_at(const hr_calls *calls, uint32_t index);
const hr_carrier *carrier_of(const hr_calls *calls, uint32_t index);

/** When it was wanted, and when its answer was there. */
void assert_call(const hr_calls *calls, uint32_t index, int64_t call_ns, int64_t end_ns);
void assert_kind(const hr_calls *calls, uint32_t index, bool is_dial, bool is_opener);

#endif

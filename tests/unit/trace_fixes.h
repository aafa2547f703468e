/* trace_fixes.h
 * What a trace is told to change.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TRACE_FIXES_H
#define HR_TRACE_FIXES_H

#include "core/result/fix_words.h"
#include "trace.h"

/**
 * Three calls, a second apart, each on a connection that the server then closes: what a message
 * says of that is for @request and @answer. Their times are set here.
 */
void trace_calls(trace *t, trace_message request, trace_message answer);

/** The first item that asks for @change ("read_bodies"), or NULL. */
const hr_fix *trace_fix(trace *t, const char *change);

/** How many connections it costs: 0 without such an item. */
uint32_t trace_cost(trace *t, const char *change);

/** The advice of @fix, which says nothing twice. */
void trace_append_advice(GString *text, const hr_fix *fix);

/** Whether the advice of that item, which has to be there, has @words. */
bool trace_advises(trace *t, const char *change, const char *words);

/** ... or what it says of what happened; or of what else it may be. */
bool trace_happened(trace *t, const char *change, const char *words);
bool trace_may_be_else(trace *t, const char *change, const char *words);

/** Three calls, each on a connection of its own and 100 s after the one before, whose answers stop in
 * the middle; their clients close so long after that. */
void trace_stopped_answers(trace *t, const int64_t waits[3]);

#endif

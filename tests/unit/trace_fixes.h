/* trace_fixes.h
 * What a trace is told to change.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TRACE_FIXES_H
#define HR_TRACE_FIXES_H

#include "core/result/fix_words.h"
#include "trace.h"

/** The first item that asks for @change ("read_bodies"), or NULL. */
const hr_fix *trace_fix(trace *t, const char *change);

/** Whether the advice of that item, which has to be there, has @words. */
bool trace_advises(trace *t, const char *change, const char *words);

#endif

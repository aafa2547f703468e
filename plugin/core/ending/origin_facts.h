/* origin_facts.h
 * How the facts of a pool key are put together, for the room's own files.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_ORIGIN_FACTS_H
#define HR_CORE_ENDING_ORIGIN_FACTS_H

#include "core/ending/origins.h"

/** Of no connection yet. Free it with hr_origin_free(), a GDestroyNotify. */
hr_origin_facts *hr_origin_new(const hr_model *model);
void hr_origin_free(gpointer data);

/** Frees what only causes are looked up in, of its programs as well. */
void hr_origin_forget_evidence(hr_origin_facts *facts);

void hr_origin_add(hr_origin_facts *facts, const hr_connection *connection);

/** When all are added: takes from them what is looked up, also for each of its programs. */
void hr_origin_gather(hr_origin_facts *facts);

/** When a request was over: answered, or left unread, or its connection ended; INT64_MAX: it runs beyond
 * the capture. */
int64_t hr_request_over_ns(const hr_settings *settings, const hr_request *request);

/** What names the program that opened @connection: the key of hr_origin_facts.programs. */
gconstpointer hr_origin_program_key(const hr_connection *connection);

#endif

/* call_sites.h
 * Which lines of the program's code stand behind what the capture shows, where the program told of
 * its calls (core/model/traced.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_CALL_SITES_H
#define HR_CORE_RESULT_CALL_SITES_H

#include "core/model/traced.h"
#include "core/result/items.h"

/** What became of the calls. */
typedef struct {
    uint32_t calls;          /**< that were told and got a connection */
    uint32_t on_requests;    /**< each is a request of the capture */
    uint32_t on_connections; /**< it went over a connection whose requests cannot be read */
    uint32_t ambiguous;      /**< a request may be it, or a call of another line of code */
    uint32_t unmatched;      /**< nothing in the capture fits */
    uint32_t
        contradicted; /**< whose connection is there, but not then, or without such a request */
} hr_traced_totals;

/**
 * Gives the calls that are no request their connections, by port and time; fills the `calls` of
 * connections, and returns what became of all. It may be called again. O(n log n).
 */
hr_traced_totals hr_traced_settle(hr_model *model, const GPtrArray *connections);

/** Calls of one line of code. */
typedef struct {
    const char *site;
    const char *function;
    uint32_t connections;
} hr_call_site;

/**
 * Whose calls the connections of @fix carried when they were lost, or were opened for: an array of
 * hr_call_site, the most frequent first, then by name; empty where nothing is known. Owned by the
 * caller: g_array_free().
 */
GArray *hr_fix_call_sites(const hr_fix *fix);

#endif

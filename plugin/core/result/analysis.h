/* analysis.h
 * What only the whole capture can tell: which connections without payload are in scope, why
 * each connection ended, the findings at their places, and the totals. Nothing here changes
 * what the observation decided (status, number, reason), except that a reason which rested on
 * a connection whose name came later is set right.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_ANALYSIS_H
#define HR_CORE_RESULT_ANALYSIS_H

#include "core/forecast/forecast.h"
#include "core/result/call_sites.h"
#include "core/result/items.h"
#include "core/result/left_out.h"
#include "core/result/totals.h"

typedef struct hr_analysis hr_analysis;

/**
 * Analyses @model as it stands and returns the result, owned by the caller (free it with
 * hr_analysis_free() before the model). It also fills the `ending`, `time_wait`,
 * `is_avoidable` and `findings` members of the model's connections and requests, and gives
 * ordinals to connections without payload; it may be called again when more frames came.
 * O(n log n) in connections and requests.
 */
hr_analysis *hr_analyse(hr_model *model);
void hr_analysis_free(hr_analysis *analysis);

/**
 * Of @whole what concerns one client or server: its origins, with their connections, requests,
 * findings and items, and the totals of these. @who is an address, "address:port", or the name of a
 * server, with or without ":port". Owned by the caller, to be freed before @whole; @whole is as it
 * was. Nothing may match: then it is empty.
 */
hr_analysis *hr_analysis_select(const hr_analysis *whole, const char *who);

/** @who of hr_analysis_select(), or NULL. */
const char *hr_analysis_selected(const hr_analysis *analysis);

const hr_totals *hr_analysis_totals(const hr_analysis *analysis);

/** What became of the calls that the program told of. */
const hr_traced_totals *hr_analysis_traced(const hr_analysis *analysis);

/** Pool keys in the order of their first connections. */
size_t hr_analysis_origin_count(const hr_analysis *analysis);
const hr_origin *hr_analysis_origin(const hr_analysis *analysis, size_t index);

/** What forecasts of that origin are made with; made anew each time, and freed by the caller. */
hr_forecaster *hr_analysis_forecaster(const hr_analysis *analysis, size_t index);

/** Findings in the order of frame, then code, then connection, then request. */
size_t hr_analysis_finding_count(const hr_analysis *analysis);
hr_finding hr_analysis_finding(const hr_analysis *analysis, size_t index);

/** What to change, by rank. */
size_t hr_analysis_item_count(const hr_analysis *analysis);
const hr_fix *hr_analysis_item(const hr_analysis *analysis, size_t index);

/** What looks like HTTP and is not shown as such, by server. */
size_t hr_analysis_left_out_count(const hr_analysis *analysis);
const hr_left_out *hr_analysis_left_out(const hr_analysis *analysis, size_t index);

/** Requests in the order of their frames (hr_request_frame()), then of observation. */
size_t hr_analysis_request_count(const hr_analysis *analysis);
const hr_request *hr_analysis_request(const hr_analysis *analysis, size_t index);

/** Connections in scope in the order of opening, else of their first frame. */
size_t hr_analysis_connection_count(const hr_analysis *analysis);
const hr_connection *hr_analysis_connection(const hr_analysis *analysis, size_t index);

#endif

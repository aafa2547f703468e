/* records.h
 * The records of DESIGN section 9, one function a type; each writes one line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_NDJSON_RECORDS_H
#define HR_PRESENT_NDJSON_RECORDS_H

#include "core/result/analysis.h"
#include "present/ndjson/json.h"

void hr_record_write_request(hr_json *json, const hr_request *request);
void hr_record_write_connection(hr_json *json, const hr_connection *connection);
void hr_record_write_finding(hr_json *json, const hr_model *model, const hr_analysis *analysis,
                             const hr_finding *finding);

/** A call that the program told of, on @connection. */
void hr_record_write_call(hr_json *json, const hr_traced *call, const hr_connection *connection);

void hr_record_write_origin(hr_json *json, const hr_origin *origin);
void hr_record_write_fix(hr_json *json, const hr_analysis *analysis, const hr_fix *fix);
/** texts.c: the members of the capture's record that hold what there is to say about findings. */
void hr_record_put_texts(hr_json *json, const hr_analysis *analysis);

void hr_record_write_capture(hr_json *json, const hr_model *model, const hr_analysis *analysis);

#endif

/* finding_data.h
 * The numbers of one case of a finding, as the `data` object of its NDJSON record. Its members
 * differ by code; plugin/doc/ndjson.md lists them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_NDJSON_FINDING_DATA_H
#define HR_PRESENT_NDJSON_FINDING_DATA_H

#include "core/result/analysis.h"
#include "present/ndjson/json.h"

/** Writes the member `data` for @finding, {} where its code has no numbers. */
void hr_finding_data_write(hr_json *json, const hr_model *model, const hr_analysis *analysis,
                           const hr_finding *finding);

#endif

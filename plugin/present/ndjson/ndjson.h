/* ndjson.h
 * The machine-readable records, one JSON object a line; plugin/doc/ndjson.md is their
 * reference, plugin/doc/ndjson.schema.json their schema.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_NDJSON_NDJSON_H
#define HR_PRESENT_NDJSON_NDJSON_H

#include <stdio.h>

#include "core/model/model.h"
#include "core/result/analysis.h"
#include "present/ndjson/places.h"

/**
 * Writes requests, connections and findings in the order of their frames, then the origins,
 * then the capture. Takes linear time and constant memory. A write error shows in ferror(@out)
 * and ends it early; nothing is flushed or closed here.
 */
void hr_ndjson_write(FILE *out, const hr_model *model, const hr_analysis *analysis);

/** The same of many captures: records that have a frame also say by @places where it is from. */
void hr_ndjson_write_many(FILE *out, const hr_model *model, const hr_analysis *analysis,
                          const hr_places *places);

#endif

/* sources.h
 * What is judged: event logs, and the logs of the pieces that http_reuse_cut made, told to one
 * model in the order of time. The pieces of one cut are one source, in the order of its index.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_MANY_SOURCES_H
#define HR_MANY_SOURCES_H

#include "core/model/event.h"
#include "present/ndjson/places.h"

typedef struct hr_sources hr_sources;

/** Called with one line about a source that is missing, or a part of one. */
typedef void (*hr_source_complaint)(const char *path, const char *reason);

/** @has_places: where frames are from will be asked, which takes time for each. */
hr_sources *hr_sources_new(hr_source_complaint complain, bool has_places);
void hr_sources_free(hr_sources *sources);

/**
 * Adds a log, or a folder of http_reuse_cut with a log for each of its pieces (piece-0000.hre).
 * Records name it by @label, or NULL. @is_apart: its addresses are its own, and are told apart by
 * the label. What cannot be read is complained about and left out.
 */
void hr_sources_add(hr_sources *sources, const char *path, const char *label, bool is_apart);

/** Reads the indexes of folders to their ends, instead of telling: of logs all is known by then. */
void hr_sources_check(const hr_sources *sources);

/** How many logs there are to be told. */
guint hr_sources_count(const hr_sources *sources);

/** How many bytes these have. */
size_t hr_sources_size(const hr_sources *sources);

/** Tells all of it to a new model, owned by the caller; the sources have to outlive it. False where
 * a log lies: what it told until then is in the model. */
bool hr_sources_tell(hr_sources *sources, hr_model **model);

/** Where the frames that were told are from; NULL where all are of one capture without a label, or
 * where it was not to be asked. */
const hr_places *hr_sources_places(const hr_sources *sources);

#endif

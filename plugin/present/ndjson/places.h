/* places.h
 * Where the frames of many captures come from: of each frame, in their common order, its source,
 * its file, and the number it has in that file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_NDJSON_PLACES_H
#define HR_PRESENT_NDJSON_PLACES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hr_places hr_places;

typedef struct {
    const char *source; /**< the label of the source, or NULL */
    const char *file;
    uint32_t frame; /**< in the file, 1-based */
} hr_place;

hr_places *hr_places_new(void);
void hr_places_free(hr_places *places);

/** Adds a file and returns its number. The texts are borrowed. */
uint32_t hr_places_add_file(hr_places *places, const char *source, const char *file);

/** The next frame is @frame of @file. It costs memory only where the frame does not follow the
 * one before it in its file, too. */
void hr_places_add_frame(hr_places *places, uint32_t file, uint32_t frame);

/** Where @frame is from; false where there is no such frame. */
bool hr_places_find(const hr_places *places, uint32_t frame, hr_place *place);

#endif

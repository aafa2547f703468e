/* places.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/ndjson/places.h"

typedef struct {
    const char *source, *file;
} place_file;

/* Frames that follow each other here and in their file. */
typedef struct {
    uint32_t first;   /* here */
    uint32_t file;    /* its number */
    uint32_t in_file; /* the number of the first in it */
} place_run;

struct hr_places {
    GArray *files; /* place_file */
    GArray *runs;  /* place_run, ascending */
    uint32_t frames;
};

hr_places *hr_places_new(void)
{
    hr_places *places = g_new0(hr_places, 1);

    places->files = g_array_new(FALSE, FALSE, sizeof(place_file));
    places->runs = g_array_new(FALSE, FALSE, sizeof(place_run));
    return places;
}

void hr_places_free(hr_places *places)
{
    g_array_free(places->files, TRUE);
    g_array_free(places->runs, TRUE);
    g_free(places);
}

uint32_t hr_places_add_file(hr_places *places, const char *source, const char *file)
{
    const place_file added = {source, file};

    g_array_append_val(places->files, added);
    return places->files->len - 1;
}

static const place_run *run_at(const hr_places *places, guint index)
{
    return &g_array_index(places->runs, place_run, index);
}

void hr_places_add_frame(hr_places *places, uint32_t file, uint32_t frame)
{
    const place_run added = {++places->frames, file, frame};
    const place_run *last = places->runs->len > 0 ? run_at(places, places->runs->len - 1) : NULL;

    if (last == NULL || last->file != file ||
        last->in_file + (added.first - last->first) != frame) {
        g_array_append_val(places->runs, added);
    }
}

bool hr_places_find(const hr_places *places, uint32_t frame, hr_place *place)
{
    guint low = 0;
    guint high = places->runs->len;

    if (frame == 0 || frame > places->frames) {
        return false;
    }
    while (high - low > 1) { /* the run at low begins at or before the frame */
        const guint middle = low + (high - low) / 2;
        if (run_at(places, middle)->first <= frame) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const place_run *run = run_at(places, low);
    const place_file *file = &g_array_index(places->files, place_file, run->file);
    *place = (hr_place){file->source, file->file, run->in_file + (frame - run->first)};
    return true;
}

/* idle_places.h
 * Which connections are idle, in the order in which they became so: a list through an array that has
 * a place for each id, of 12 bytes where a link of GLib's takes 24.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_ENDING_IDLE_PLACES_H
#define HR_CORE_ENDING_IDLE_PLACES_H

#include <stdbool.h>
#include <stdint.h>

/** All zero: it is nowhere. */
typedef struct {
    uint32_t before, behind; /**< ids of connections; 0: none */
    uint32_t request;        /**< the id of that since whose answer it is idle; 0: it is not */
} hr_idle_place;

typedef struct {
    hr_idle_place *of;    /**< by a connection's id; that of 0 is nobody's */
    uint32_t first, last; /**< the least recently used, and the most; 0: none */
    uint32_t count;
} hr_idle_places;

static inline bool hr_idle_places_has(const hr_idle_places *places, uint32_t id)
{
    return places->of[id].request != 0;
}

/** @id, which is nowhere, became idle as @request was over. */
static inline void hr_idle_places_enter(hr_idle_places *places, uint32_t id, uint32_t request)
{
    places->of[id] = (hr_idle_place){.before = places->last, .request = request};
    *(places->last != 0 ? &places->of[places->last].behind : &places->first) = id;
    places->last = id;
    places->count++;
}

/** @id is idle no more, if it was. */
static inline void hr_idle_places_leave(hr_idle_places *places, uint32_t id)
{
    const hr_idle_place place = places->of[id];

    if (place.request != 0) {
        *(place.before != 0 ? &places->of[place.before].behind : &places->first) = place.behind;
        *(place.behind != 0 ? &places->of[place.behind].before : &places->last) = place.before;
        places->of[id] = (hr_idle_place){0};
        places->count--;
    }
}

/** Nothing is. */
static inline void hr_idle_places_clear(hr_idle_places *places)
{
    while (places->first != 0) {
        hr_idle_places_leave(places, places->first);
    }
}

#endif

/* frames.c
 * A frame whose number repeats that of the frame before shows that the one before was dropped.
 * Nothing shows it of the last frame: if any was dropped, the last is taken for dropped too,
 * since a missing link is better than a false one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "frames.h"

struct hr_frame_map {
    uint32_t position;    /* of the latest frame */
    uint32_t last_number; /* ... and its number */
    GArray *dropped;      /* positions, rising */
};

hr_frame_map *hr_frame_map_new(void)
{
    hr_frame_map *map = g_new0(hr_frame_map, 1);
    map->dropped = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return map;
}

void hr_frame_map_free(hr_frame_map *map)
{
    if (map != NULL) {
        g_array_free(map->dropped, TRUE);
        g_free(map);
    }
}

uint32_t hr_frame_map_next(hr_frame_map *map, uint32_t number)
{
    if (map->position > 0 && number == map->last_number) {
        g_array_append_val(map->dropped, map->position);
    }
    map->last_number = number;
    return ++map->position;
}

uint32_t hr_frame_map_number(const hr_frame_map *map, uint32_t position)
{
    guint low = 0;
    guint high = map->dropped->len;

    if (high == 0 || position == 0) {
        return position;
    }
    if (position >= map->position) {
        return 0;
    }
    while (low < high) { /* how many dropped positions lie before this one? */
        const guint middle = low + (high - low) / 2;
        if (g_array_index(map->dropped, uint32_t, middle) < position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < map->dropped->len && g_array_index(map->dropped, uint32_t, low) == position) {
        return 0;
    }
    return position - low;
}

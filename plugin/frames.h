/* frames.h
 * From positions in the file to the frame numbers that Wireshark shows. They are the same but
 * under a read filter in two passes (-2 -R): there the first pass numbers every frame as if
 * those before it had been kept or dropped already, and only kept frames can be linked to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_FRAMES_H
#define HR_FRAMES_H

#include <glib.h>
#include <stdint.h>

typedef struct hr_frame_map hr_frame_map;

hr_frame_map *hr_frame_map_new(void);
void hr_frame_map_free(hr_frame_map *map);

/** The next frame of the first pass, which Wireshark gives @number; returns its position. */
uint32_t hr_frame_map_next(hr_frame_map *map, uint32_t number);

/** The number of the frame at @position, or 0 where it was dropped. */
uint32_t hr_frame_map_number(const hr_frame_map *map, uint32_t position);

#endif

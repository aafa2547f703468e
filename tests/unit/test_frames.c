/* test_frames.c
 * Frame numbers under -2 -R: Wireshark numbers a frame of the first pass before it is filtered,
 * so that the frame after a dropped one repeats its number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdbool.h>

#include "frames.c" // NOLINT(bugprone-suspicious-include)

static void without_a_filter_numbers_are_positions(void)
{
    hr_frame_map *map = hr_frame_map_new();
    for (uint32_t number = 1; number <= 5; number++) {
        const uint32_t position = hr_frame_map_next(map, number);
        g_assert_cmpuint(position, ==, number);
    }

    g_assert_cmpuint(hr_frame_map_number(map, 1), ==, 1);
    g_assert_cmpuint(hr_frame_map_number(map, 5), ==, 5);
    g_assert_cmpuint(hr_frame_map_number(map, 0), ==, 0); /* no frame */
    hr_frame_map_free(map);
}

/* Of six frames the third and the fifth are kept. */
static void kept_frames_are_counted(void)
{
    static const uint32_t numbers[] = {1, 1, 1, 2, 2, 3};
    hr_frame_map *map = hr_frame_map_new();
    for (uint32_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        const uint32_t position = hr_frame_map_next(map, numbers[i]);
        g_assert_cmpuint(position, ==, i + 1);
    }

    g_assert_cmpuint(hr_frame_map_number(map, 1), ==, 0);
    g_assert_cmpuint(hr_frame_map_number(map, 2), ==, 0);
    g_assert_cmpuint(hr_frame_map_number(map, 3), ==, 1);
    g_assert_cmpuint(hr_frame_map_number(map, 4), ==, 0);
    g_assert_cmpuint(hr_frame_map_number(map, 5), ==, 2);
    hr_frame_map_free(map);
}

/* Whether the last was kept nothing shows: a missing link is better than a false one. */
static void last_frame_is_not_linked(void)
{
    static const uint32_t numbers[] = {1, 1, 2};
    hr_frame_map *map = hr_frame_map_new();
    for (uint32_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        hr_frame_map_next(map, numbers[i]);
    }

    g_assert_cmpuint(hr_frame_map_number(map, 2), ==, 1);
    g_assert_cmpuint(hr_frame_map_number(map, 3), ==, 0);
    hr_frame_map_free(map);
}

static void random_filters(void)
{
    enum {
        FRAMES = 500
    };
    bool is_kept[FRAMES + 1];
    uint32_t kept_number[FRAMES + 1];
    hr_frame_map *map = hr_frame_map_new();
    uint32_t kept = 0;
    for (uint32_t position = 1; position <= FRAMES; position++) {
        is_kept[position] = g_test_rand_int_range(0, 3) == 0;
        hr_frame_map_next(map, kept + 1);
        kept += is_kept[position];
        kept_number[position] = is_kept[position] ? kept : 0;
    }

    for (uint32_t position = 1; position < FRAMES; position++) {
        g_assert_cmpuint(hr_frame_map_number(map, position), ==, kept_number[position]);
    }
    hr_frame_map_free(map);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/frames/no-filter", without_a_filter_numbers_are_positions);
    g_test_add_func("/frames/filter/kept", kept_frames_are_counted);
    g_test_add_func("/frames/filter/last", last_frame_is_not_linked);
    g_test_add_func("/frames/filter/random", random_filters);
    return g_test_run();
}

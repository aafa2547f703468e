/* times.h
 * Arrays of times: filled, sorted once, and then looked things up in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_TIMES_H
#define HR_CORE_MODEL_TIMES_H

#include "core/model/types.h"

/** An empty array of int64_t, in ns; free it with g_array_free(). */
GArray *hr_times_new(void);
GArray *hr_times_for(guint count); /**< with room for so many */
void hr_times_add(GArray *times, int64_t ns);

/** The number by which @ns is sorted, see sort.h. */
uint64_t hr_time_number(int64_t ns);

/** -1, 0 or 1: two elements that begin with a time, the earliest first. */
gint hr_times_compare(gconstpointer left, gconstpointer right);

/** Sorts elements that begin with a time, the earliest first. Equal ones keep their order. */
void hr_times_sort(GArray *times);

/** As g_array_sort() and g_ptr_array_sort(), by which equal elements keep their order. What is in
 * order already, as most of what a capture tells is, costs one look. */
void hr_sort(GArray *array, GCompareFunc compare);
void hr_sort_pointers(GPtrArray *array, GCompareFunc compare);

/** How many values of a sorted array are below @limit, or not above it. O(log n). */
guint hr_sorted_below(const GArray *sorted, int64_t limit);
guint hr_sorted_up_to(const GArray *sorted, int64_t limit);

/**
 * How many of the first elements lie before a limit: @is_before(@data, index, @limit) has to be
 * true for these and false for all others. A binary search over @length of them.
 */
guint hr_partition(guint length, bool (*is_before)(gconstpointer data, guint index, int64_t limit),
                   gconstpointer data, int64_t limit);

/** Adds @ns to *@sum; HR_TIME_NONE counts as nothing, and a sum that runs over stays at its limit:
 * times of a capture may be nonsense. */
void hr_duration_add(int64_t *sum, int64_t ns);

#endif

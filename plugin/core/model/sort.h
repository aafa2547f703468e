/* sort.h
 * Arrays are sorted by a number of each element, digit by digit: nothing is compared, but what has
 * the same number. Elements that are equal keep their order. What is in order already, as most of
 * what a capture tells is, costs one look.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_SORT_H
#define HR_CORE_MODEL_SORT_H

#include <glib.h>
#include <stdint.h>

/** The number of @element: what has a lower one comes first. */
typedef uint64_t (*hr_sort_number)(gconstpointer element);

/** Sorts by @number, and by @compare with @data where numbers are equal, which may be NULL. As for
 * g_ptr_array_sort() an element of the second is a pointer to what is in the array. */
void hr_sort_by(GArray *array, hr_sort_number number, GCompareDataFunc compare, gpointer data);
void hr_sort_pointers_by(GPtrArray *array, hr_sort_number number);

/** Sorts an array of uint64_t, in its own place. */
void hr_sort_numbers(GArray *array);

#endif

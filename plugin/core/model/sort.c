/* sort.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/sort.h"

#include <stdbool.h>
#include <string.h>

enum {
    DIGIT_BITS = 8,
    DIGITS = 1 << DIGIT_BITS,
    FEW = 64, /* so many are compared sooner than their digits are counted */
};

typedef struct {
    uint64_t number;
    guint index; /* before */
} place;

typedef struct {
    guint size; /* of an element */
    hr_sort_number number;
    GCompareFunc compare;
} order;

static gint compare_elements(gconstpointer left, gconstpointer right, gpointer by)
{
    const order *the = by;
    const uint64_t one = the->number(left);
    const uint64_t other = the->number(right);

    if (one != other) {
        return one < other ? -1 : 1;
    }
    return the->compare != NULL ? the->compare(left, right) : 0;
}

static bool is_in_order(const char *elements, guint count, order *by)
{
    for (guint i = 1; i < count; i++, elements += by->size) {
        if (compare_elements(elements, elements + by->size, by) > 0) {
            return false;
        }
    }
    return true;
}

/* By one digit, from @from to @to. */
static void take_digit(const place *from, place *to, guint count, unsigned shift)
{
    guint next[DIGITS] = {0};
    guint sum = 0;

    for (guint i = 0; i < count; i++) {
        next[from[i].number >> shift & (DIGITS - 1)]++;
    }
    for (guint i = 0; i < DIGITS; i++) {
        const guint here = next[i];
        next[i] = sum;
        sum += here;
    }
    for (guint i = 0; i < count; i++) {
        to[next[from[i].number >> shift & (DIGITS - 1)]++] = from[i];
    }
}

/* Where each element belongs by its number; digits that all have in common are passed over. */
static place *find_places(const char *elements, guint count, const order *by)
{
    place *places = g_new(place, count);
    place *others = g_new(place, count);
    uint64_t differs = 0;

    for (guint i = 0; i < count; i++) {
        places[i] = (place){by->number(elements + (gsize)i * by->size), i};
        differs |= places[i].number ^ places[0].number;
    }
    for (unsigned shift = 0; shift < 64; shift += DIGIT_BITS) {
        if ((differs >> shift & (DIGITS - 1)) != 0) {
            place *const sorted = others;
            take_digit(places, sorted, count, shift);
            others = places;
            places = sorted;
        }
    }
    g_free(others);
    return places;
}

static void sort_equal(char *elements, const place *places, guint count, order *by)
{
    guint end = 0;

    for (guint begin = 0; begin < count; begin = end) {
        char *first = elements + (gsize)begin * by->size;
        for (end = begin + 1; end < count && places[end].number == places[begin].number; end++) {}
        if (!is_in_order(first, end - begin, by)) {
            g_qsort_with_data(first, (gint)(end - begin), by->size, compare_elements, by);
        }
    }
}

static void sort(char *elements, guint count, order *by)
{
    if (is_in_order(elements, count, by)) {
        return;
    }
    if (count <= FEW) {
        g_qsort_with_data(elements, (gint)count, by->size, compare_elements, by);
        return;
    }
    place *places = find_places(elements, count, by);
    char *before = g_memdup2(elements, (gsize)count * by->size);
    for (guint i = 0; i < count; i++) {
        memcpy(elements + (gsize)i * by->size, before + (gsize)places[i].index * by->size,
               by->size);
    }
    g_free(before);
    if (by->compare != NULL) {
        sort_equal(elements, places, count, by);
    }
    g_free(places);
}

void hr_sort_by(GArray *array, hr_sort_number number, GCompareFunc compare)
{
    order by = {g_array_get_element_size(array), number, compare};

    sort(array->data, array->len, &by);
}

void hr_sort_pointers_by(GPtrArray *array, hr_sort_number number, GCompareFunc compare)
{
    order by = {sizeof(gpointer), number, compare};

    sort((char *)array->pdata, array->len, &by);
}

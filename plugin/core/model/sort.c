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
    GCompareDataFunc compare;
    gpointer data; /* for compare */
} order;

static gint compare_elements(gconstpointer left, gconstpointer right, gpointer by)
{
    const order *the = by;
    const uint64_t one = the->number(left);
    const uint64_t other = the->number(right);

    if (one != other) {
        return one < other ? -1 : 1;
    }
    return the->compare != NULL ? the->compare(left, right, the->data) : 0;
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

void hr_sort_by(GArray *array, hr_sort_number number, GCompareDataFunc compare, gpointer data)
{
    order by = {g_array_get_element_size(array), number, compare, data};

    sort(array->data, array->len, &by);
}

void hr_sort_pointers_by(GPtrArray *array, hr_sort_number number)
{
    order by = {sizeof(gpointer), number, NULL, NULL};

    sort((char *)array->pdata, array->len, &by);
}

/* ---- numbers alone ---- */

static bool are_numbers_in_order(const uint64_t *numbers, guint count)
{
    for (guint i = 1; i < count; i++) {
        if (numbers[i - 1] > numbers[i]) {
            return false;
        }
    }
    return true;
}

static void insert_each(uint64_t *numbers, guint count)
{
    for (guint i = 1; i < count; i++) {
        const uint64_t number = numbers[i];
        guint at = i;
        for (; at > 0 && numbers[at - 1] > number; at--) {
            numbers[at] = numbers[at - 1];
        }
        numbers[at] = number;
    }
}

static guint digit_of(uint64_t number, unsigned shift)
{
    return (guint)(number >> shift & (DIGITS - 1));
}

/* Puts each number among those of its digit; @ends then tells where these end. */
static void part_by_digit(uint64_t *numbers, guint count, unsigned shift, guint ends[DIGITS])
{
    guint next[DIGITS];
    guint sum = 0;

    memset(ends, 0, DIGITS * sizeof(*ends));
    for (guint i = 0; i < count; i++) {
        ends[digit_of(numbers[i], shift)]++;
    }
    for (guint digit = 0; digit < DIGITS; digit++) {
        next[digit] = sum;
        sum += ends[digit];
        ends[digit] = sum;
    }
    for (guint digit = 0; digit < DIGITS; digit++) {
        while (next[digit] < ends[digit]) {
            const uint64_t number = numbers[next[digit]];
            const guint to = digit_of(number, shift);
            numbers[next[digit]] = numbers[next[to]];
            numbers[next[to]++] = number;
        }
    }
}

/* By the digit at @shift and those below it; what has a digit in common lies together then. */
static void sort_numbers(uint64_t *numbers, guint count, unsigned shift)
{
    guint ends[DIGITS];

    if (count <= FEW) {
        insert_each(numbers, count);
        return;
    }
    part_by_digit(numbers, count, shift, ends);
    for (guint digit = 0, begin = 0; digit < DIGITS && shift > 0; begin = ends[digit++]) {
        if (ends[digit] - begin > 1) {
            sort_numbers(numbers + begin, ends[digit] - begin, shift - DIGIT_BITS);
        }
    }
}

void hr_sort_numbers(GArray *array)
{
    uint64_t *numbers = (uint64_t *)(void *)array->data;

    if (!are_numbers_in_order(numbers, array->len)) {
        sort_numbers(numbers, array->len, 64 - DIGIT_BITS);
    }
}

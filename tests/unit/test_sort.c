/* test_sort.c
 * What is sorted by numbers is as GLib sorts it, which compares.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/sort.h"

#include <string.h>

#include "core/model/times.h"

typedef struct {
    int64_t time_ns; /* the first member: hr_times_sort() */
    uint32_t rank;
    uint32_t before; /* where it was */
} element;

static uint64_t number_of(gconstpointer data)
{
    return (uint64_t)((const element *)data)->time_ns;
}

static gint compare_ranks(gconstpointer left, gconstpointer right, gpointer data)
{
    const uint32_t one = ((const element *)left)->rank;
    const uint32_t other = ((const element *)right)->rank;

    (void)data;
    return one < other ? -1 : one > other;
}

static gint compare(gconstpointer left, gconstpointer right)
{
    const uint64_t one = number_of(left);
    const uint64_t other = number_of(right);
    return one < other ? -1 : one > other ? 1 : compare_ranks(left, right, NULL);
}

static GArray *elements(guint count, int64_t step_ns, gint32 values, GRand *random)
{
    GArray *array = g_array_new(FALSE, FALSE, sizeof(element));

    for (guint i = 0; i < count; i++) {
        const element added = {g_rand_int_range(random, 0, values) * step_ns,
                               (uint32_t)g_rand_int_range(random, 0, 3), i};
        g_array_append_val(array, added);
    }
    return array;
}

static GArray *copy_of(const GArray *array)
{
    GArray *copy = g_array_new(FALSE, FALSE, sizeof(element));
    return g_array_append_vals(copy, array->data, array->len);
}

static void expect_same(const GArray *array, const GArray *expected)
{
    g_assert_cmpuint(array->len, ==, expected->len);
    g_assert_true(array->len == 0 ||
                  memcmp(array->data, expected->data, array->len * sizeof(element)) == 0);
}

/* Few and many, of few values and of many, with digits that all have in common. */
static void as_by_comparing(void)
{
    static const guint counts[] = {0, 1, 2, 63, 64, 65, 300, 5000};
    static const int64_t steps[] = {0, 1, 256, 1000003, INT64_C(1) << 32};
    static const gint32 values[] = {2, 300, 1 << 30};
    GRand *random = g_rand_new_with_seed(7);

    for (guint i = 0; i < G_N_ELEMENTS(counts) * G_N_ELEMENTS(steps) * G_N_ELEMENTS(values); i++) {
        const guint rest = i / G_N_ELEMENTS(counts);
        GArray *array =
            elements(counts[i % G_N_ELEMENTS(counts)], steps[rest % G_N_ELEMENTS(steps)],
                     values[rest / G_N_ELEMENTS(steps)], random);
        GArray *expected = copy_of(array);
        hr_sort_by(array, number_of, compare_ranks, NULL);
        g_array_sort(expected, compare);
        expect_same(array, expected);
        g_array_free(expected, TRUE);
        g_array_free(array, TRUE);
    }
    g_rand_free(random);
}

/* Times may be below zero; those that are equal stay as they were. */
static void times(void)
{
    GRand *random = g_rand_new_with_seed(8);

    for (guint count = 10; count <= 1000; count *= 10) {
        GArray *array = elements(count, 1000, 50, random);
        for (guint i = 0; i < count; i++) {
            g_array_index(array, element, i).time_ns -= INT64_C(25000);
        }
        GArray *expected = copy_of(array);
        hr_times_sort(array);
        g_array_sort(expected, hr_times_compare);
        expect_same(array, expected);
        g_array_free(expected, TRUE);
        g_array_free(array, TRUE);
    }
    g_rand_free(random);
}

/* Numbers alone, near each other and far apart, below zero as well. */
static void expect_sorted_times(guint count, unsigned shift, GRand *random)
{
    GArray *array = hr_times_new();

    for (guint i = 0; i < count; i++) {
        hr_times_add(array, g_rand_int_range(random, -3000, 3000) * (INT64_C(1) << shift));
    }
    GArray *expected = g_array_copy(array);
    hr_times_sort(array);
    g_array_sort(expected, hr_times_compare);
    for (guint i = 0; i < count; i++) {
        g_assert_cmpint(g_array_index(array, int64_t, i), ==, g_array_index(expected, int64_t, i));
    }
    g_array_free(expected, TRUE);
    g_array_free(array, TRUE);
}

static void numbers(void)
{
    GRand *random = g_rand_new_with_seed(10);

    for (guint count = 0; count <= 1200; count += 60) {
        expect_sorted_times(count, 0, random);
        expect_sorted_times(count, 20, random);
        expect_sorted_times(count, 40, random);
    }
    g_rand_free(random);
}

static uint64_t number_at(gconstpointer pointer)
{
    return number_of(*(const element *const *)pointer);
}

static void pointers(void)
{
    GRand *random = g_rand_new_with_seed(9);
    GArray *array = elements(500, 77, 40, random);
    GPtrArray *sorted = g_ptr_array_new();

    for (guint i = 0; i < array->len; i++) {
        g_ptr_array_add(sorted, &g_array_index(array, element, i));
    }
    hr_sort_pointers_by(sorted, number_at);
    for (guint i = 1; i < sorted->len; i++) {
        const element *one = sorted->pdata[i - 1];
        const element *other = sorted->pdata[i];
        g_assert_true(one->time_ns < other->time_ns ||
                      (one->time_ns == other->time_ns && one->before < other->before));
    }
    g_ptr_array_free(sorted, TRUE);
    g_array_free(array, TRUE);
    g_rand_free(random);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sort/as-by-comparing", as_by_comparing);
    g_test_add_func("/sort/times", times);
    g_test_add_func("/sort/numbers", numbers);
    g_test_add_func("/sort/pointers", pointers);
    return g_test_run();
}

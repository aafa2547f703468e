/* times.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/times.h"

#include "core/model/sort.h"

GArray *hr_times_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(int64_t));
}

GArray *hr_times_for(guint count)
{
    return g_array_sized_new(FALSE, FALSE, sizeof(int64_t), count);
}

void hr_times_add(GArray *times, int64_t ns)
{
    g_array_append_val(times, ns);
}

gint hr_times_compare(gconstpointer left, gconstpointer right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

uint64_t hr_time_number(int64_t ns)
{
    return (uint64_t)ns ^ UINT64_C(1) << 63;
}

static uint64_t number_of_time(gconstpointer element)
{
    return hr_time_number(*(const int64_t *)element);
}

/* Times alone have no order among equal ones, and need no other place: there may be millions. */
static void sort_alone(GArray *times)
{
    uint64_t *numbers = (uint64_t *)(void *)times->data;

    for (guint i = 0; i < times->len; i++) {
        numbers[i] = number_of_time(&numbers[i]);
    }
    hr_sort_numbers(times);
    for (guint i = 0; i < times->len; i++) {
        numbers[i] ^= UINT64_C(1) << 63;
    }
}

void hr_times_sort(GArray *times)
{
    if (g_array_get_element_size(times) == sizeof(int64_t)) {
        sort_alone(times);
    } else {
        hr_sort_by(times, number_of_time, NULL, NULL);
    }
}

static bool is_in_order(gconstpointer elements, guint length, guint size, GCompareFunc compare)
{
    const char *element = elements;

    for (guint i = 1; i < length; i++, element += size) {
        if (compare(element, element + size) > 0) {
            return false;
        }
    }
    return true;
}

void hr_sort(GArray *array, GCompareFunc compare)
{
    if (!is_in_order(array->data, array->len, g_array_get_element_size(array), compare)) {
        g_array_sort(array, compare);
    }
}

void hr_sort_pointers(GPtrArray *array, GCompareFunc compare)
{
    if (!is_in_order(array->pdata, array->len, sizeof(gpointer), compare)) {
        g_ptr_array_sort(array, compare);
    }
}

guint hr_partition(guint length, bool (*is_before)(gconstpointer data, guint index, int64_t limit),
                   gconstpointer data, int64_t limit)
{
    guint low = 0;
    guint high = length;

    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (is_before(data, middle, limit)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_up_to(gconstpointer data, guint index, int64_t limit)
{
    const GArray *times = data;
    return g_array_index(times, int64_t, index) <= limit;
}

guint hr_sorted_up_to(const GArray *sorted, int64_t limit)
{
    return hr_partition(sorted->len, is_up_to, sorted, limit);
}

guint hr_sorted_below(const GArray *sorted, int64_t limit)
{
    return limit == INT64_MIN ? 0 : hr_sorted_up_to(sorted, limit - 1);
}

void hr_duration_add(int64_t *sum, int64_t ns)
{
    if (ns != HR_TIME_NONE) {
        const int64_t before = *sum == HR_TIME_NONE ? 0 : *sum;
        *sum = ns > 0 && before > INT64_MAX - ns ? INT64_MAX : before + ns;
    }
}

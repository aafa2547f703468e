/* times.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/times.h"

GArray *hr_times_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(int64_t));
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

guint hr_sorted_up_to(const GArray *sorted, int64_t limit)
{
    guint low = 0;
    guint high = sorted->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (g_array_index(sorted, int64_t, middle) <= limit) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

guint hr_sorted_below(const GArray *sorted, int64_t limit)
{
    return limit == INT64_MIN ? 0 : hr_sorted_up_to(sorted, limit - 1);
}

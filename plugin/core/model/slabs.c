/* slabs.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/slabs.h"

void hr_slabs_init(hr_slabs *slabs, gsize size, guint per_slab)
{
    *slabs = (hr_slabs){g_ptr_array_new_with_free_func(g_free), size, per_slab, 0};
}

void hr_slabs_clear(hr_slabs *slabs)
{
    g_ptr_array_free(slabs->slabs, TRUE);
}

gpointer hr_slabs_add(hr_slabs *slabs)
{
    if (slabs->count == slabs->slabs->len * slabs->per_slab) {
        g_ptr_array_add(slabs->slabs, g_malloc0_n(slabs->per_slab, slabs->size));
    }
    return hr_slabs_at(slabs, slabs->count++);
}

gpointer hr_slabs_at(const hr_slabs *slabs, guint index)
{
    char *slab = slabs->slabs->pdata[index / slabs->per_slab];
    return slab + index % slabs->per_slab * slabs->size;
}

/* slabs.h
 * Many objects of one size, none of which ever moves or goes before all do: a million of them cost
 * no allocation each, and no pointer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_SLABS_H
#define HR_CORE_MODEL_SLABS_H

#include <glib.h>

typedef struct {
    GPtrArray *slabs; /* owns them */
    gsize size;       /* of an object */
    guint per_slab;
    guint count; /* of objects */
} hr_slabs;

void hr_slabs_init(hr_slabs *slabs, gsize size, guint per_slab);
void hr_slabs_clear(hr_slabs *slabs);

/** A further object, all zero. */
gpointer hr_slabs_add(hr_slabs *slabs);

/** That of @index, which is below the count. */
gpointer hr_slabs_at(const hr_slabs *slabs, guint index);

#endif

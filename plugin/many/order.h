/* order.h
 * Whose turn it is, where several things (files, logs) each have a next packet: the one with the
 * earliest. Of equal ones it is the one that began first, so that the files of a ring follow each
 * other whatever their names are (mergecap would begin the next file before it ends this one). A
 * turn costs next to nothing while it stays with the same, else the logarithm of how many there
 * are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_MANY_ORDER_H
#define HR_MANY_ORDER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hr_order hr_order;

hr_order *hr_order_new(void);
void hr_order_free(hr_order *order);

/** Adds @number, whose first packet has @time_ns. */
void hr_order_add(hr_order *order, uint32_t number, int64_t time_ns);

/** Whose turn it is; false where nobody is left. */
bool hr_order_first(const hr_order *order, uint32_t *number);

/** The one whose turn it is now has its next packet at @time_ns. */
void hr_order_move(hr_order *order, int64_t time_ns);

/** The one whose turn it is has no more. */
void hr_order_remove(hr_order *order);

#endif

/* order.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "many/order.h"

typedef struct {
    int64_t time_ns;
    int64_t began_ns;
    uint32_t number;
} turn;

struct hr_order {
    GSequence *turns;
    GSequenceIter *iter; /* of the first */
    turn *first;         /* NULL: nobody is left */
    const turn *second;  /* or NULL */
};

static gint compare(gconstpointer a, gconstpointer b, gpointer unused)
{
    const turn *one = a;
    const turn *other = b;

    (void)unused;
    if (one->time_ns != other->time_ns) {
        return one->time_ns < other->time_ns ? -1 : 1;
    }
    if (one->began_ns != other->began_ns) {
        return one->began_ns < other->began_ns ? -1 : 1;
    }
    return one->number < other->number ? -1 : 1;
}

/* A turn mostly stays with the same one: who it is, and who is next, is looked up when it
 * changes. */
static void look(hr_order *order)
{
    order->iter = g_sequence_get_begin_iter(order->turns);
    order->first = NULL;
    order->second = NULL;
    if (!g_sequence_iter_is_end(order->iter)) {
        GSequenceIter *next = g_sequence_iter_next(order->iter);
        order->first = g_sequence_get(order->iter);
        order->second = g_sequence_iter_is_end(next) ? NULL : g_sequence_get(next);
    }
}

hr_order *hr_order_new(void)
{
    hr_order *order = g_new0(hr_order, 1);
    order->turns = g_sequence_new(g_free);
    return order;
}

void hr_order_free(hr_order *order)
{
    g_sequence_free(order->turns);
    g_free(order);
}

void hr_order_add(hr_order *order, uint32_t number, int64_t time_ns)
{
    turn *added = g_new(turn, 1);

    *added = (turn){time_ns, time_ns, number};
    (void)g_sequence_insert_sorted(order->turns, added, compare, NULL);
    look(order);
}

bool hr_order_first(const hr_order *order, uint32_t *number)
{
    if (order->first == NULL) {
        return false;
    }
    *number = order->first->number;
    return true;
}

void hr_order_move(hr_order *order, int64_t time_ns)
{
    order->first->time_ns = time_ns;
    if (order->second != NULL && compare(order->first, order->second, NULL) > 0) {
        g_sequence_sort_changed(order->iter, compare, NULL);
        look(order);
    }
}

void hr_order_remove(hr_order *order)
{
    g_sequence_remove(order->iter);
    look(order);
}

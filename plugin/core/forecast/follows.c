/* follows.c
 * One walk over calls and ends. The answers that nobody waits for yet are a stack; it is empty
 * again whenever nothing is outstanding.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/follows.h"

typedef struct {
    const hr_calls *calls;
    GArray *free;       /* of uint32_t: calls whose answers nobody waits for, the latest last */
    uint32_t running;   /* calls without an answer */
    uint32_t rest_from; /* after whose answer nothing was outstanding, or HR_CALL_NONE */
} walk;

static gint compare_ends(gconstpointer left, gconstpointer right, gpointer data)
{
    const hr_call *one = hr_calls_at(data, *(const uint32_t *)left);
    const hr_call *other = hr_calls_at(data, *(const uint32_t *)right);

    return hr_times_compare(&one->end_ns, &other->end_ns);
}

/* The indices of all calls that are requests, in the order of their ends. */
static GArray *calls_by_end(hr_calls *calls)
{
    GArray *order = g_array_sized_new(FALSE, FALSE, sizeof(uint32_t), calls->calls->len);

    for (uint32_t i = 0; i < calls->calls->len; i++) {
        if (!hr_calls_at(calls, i)->is_dial) {
            g_array_append_val(order, i);
        }
    }
    g_array_sort_with_data(order, compare_ends, calls);
    return order;
}

static void end_call(walk *w, uint32_t index)
{
    w->running--;
    w->rest_from = HR_CALL_NONE;
    if (w->running == 0) {
        w->rest_from = index;
        g_array_set_size(w->free, 0);
    } else {
        g_array_append_val(w->free, index);
    }
}

/* A dial is made for some call, and takes no answer away from it. */
static uint32_t find_leader(walk *w, const hr_call *call)
{
    if (w->free->len == 0 || call->is_dial) { /* as long as it is at rest there is none */
        return w->rest_from;
    }
    const uint32_t leader = g_array_index(w->free, uint32_t, w->free->len - 1);
    g_array_set_size(w->free, w->free->len - 1);
    return leader;
}

static void follow(const hr_calls *calls, uint32_t index, uint32_t leader)
{
    hr_call *call = hr_calls_at(calls, index);

    if (leader != HR_CALL_NONE) {
        call->is_follower = true;
        call->next_follower = hr_calls_at(calls, leader)->first_follower;
        hr_calls_at(calls, leader)->first_follower = index;
    }
}

void hr_follows_find(hr_calls *calls)
{
    GArray *order = calls_by_end(calls);
    walk w = {calls, g_array_new(FALSE, FALSE, sizeof(uint32_t)), 0, HR_CALL_NONE};
    guint ended = 0;

    for (uint32_t i = 0; i < calls->calls->len; i++) {
        const hr_call *call = hr_calls_at(calls, i);
        while (ended < order->len) {
            const uint32_t index = g_array_index(order, uint32_t, ended);
            if (index >= i || hr_calls_at(calls, index)->end_ns > call->call_ns) {
                break;
            }
            end_call(&w, index);
            ended++;
        }
        follow(calls, i, find_leader(&w, call));
        w.running += !call->is_dial;
    }
    g_array_free(w.free, TRUE);
    g_array_free(order, TRUE);
}

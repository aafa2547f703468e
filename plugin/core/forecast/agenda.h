/* agenda.h
 * What is going to happen in a replay, the earliest first: a binary heap.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_FORECAST_AGENDA_H
#define HR_CORE_FORECAST_AGENDA_H

#include "core/model/types.h"

/** In the order in which events of one instant happen. */
typedef enum {
    HR_EVENT_END,   /**< the answer to a call is there */
    HR_EVENT_READY, /**< a connection can carry a request */
    HR_EVENT_CLOSE, /**< somebody closes a connection */
    HR_EVENT_CALL,  /**< the client wants to send a request */
    HR_EVENT_FULL,  /**< a pool has more than it keeps: what was not taken at once goes */
} hr_event_kind;

typedef struct {
    int64_t ns;
    hr_event_kind kind;
    uint32_t call;       /**< of END and CALL: its index */
    uint32_t connection; /**< of the others: its index */
    uint32_t stamp;      /**< of CLOSE and FULL: how much it had carried then */
} hr_event;

/** An empty agenda; free it with g_array_free(). */
GArray *hr_agenda_new(void);

/** O(log n), both. take returns false where there is nothing left. */
void hr_agenda_add(GArray *agenda, hr_event event);
bool hr_agenda_take(GArray *agenda, hr_event *event);

/** Whether what happens at @ns or later may come before all that is left. */
bool hr_agenda_is_due(const GArray *agenda, int64_t ns);

#endif

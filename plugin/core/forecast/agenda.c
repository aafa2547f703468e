/* agenda.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/forecast/agenda.h"

GArray *hr_agenda_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(hr_event));
}

/* Ties are broken by what does not depend on the shape of the heap. */
static bool is_before(const hr_event *one, const hr_event *other)
{
    if (one->ns != other->ns) {
        return one->ns < other->ns;
    }
    if (one->kind != other->kind) {
        return one->kind < other->kind;
    }
    return one->call != other->call ? one->call < other->call : one->connection < other->connection;
}

static hr_event *at(const GArray *agenda, guint index)
{
    return &g_array_index(agenda, hr_event, index);
}

void hr_agenda_add(GArray *agenda, hr_event event)
{
    guint index = agenda->len;

    g_array_append_val(agenda, event);
    while (index > 0 && is_before(&event, at(agenda, (index - 1) / 2))) {
        *at(agenda, index) = *at(agenda, (index - 1) / 2);
        index = (index - 1) / 2;
    }
    *at(agenda, index) = event;
}

bool hr_agenda_is_due(const GArray *agenda, int64_t ns)
{
    return agenda->len == 0 || ns <= at(agenda, 0)->ns;
}

bool hr_agenda_take(GArray *agenda, hr_event *event)
{
    guint index = 0;

    if (agenda->len == 0) {
        return false;
    }
    *event = *at(agenda, 0);
    const hr_event last = *at(agenda, agenda->len - 1);
    agenda->len--; /* g_array_set_size() is a call, and there are millions */
    while (2 * index + 1 < agenda->len) {
        guint child = 2 * index + 1;
        child += child + 1 < agenda->len && is_before(at(agenda, child + 1), at(agenda, child));
        if (!is_before(at(agenda, child), &last)) {
            break;
        }
        *at(agenda, index) = *at(agenda, child);
        index = child;
    }
    if (agenda->len > 0) {
        *at(agenda, index) = last;
    }
    return true;
}

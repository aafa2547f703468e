/* losses.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/losses.h"

#include "core/model/times.h"

typedef struct {
    uint32_t since, until;
} hr_lossy_span;

void hr_losses_init(hr_losses *losses)
{
    losses->spans = g_array_new(FALSE, FALSE, sizeof(hr_lossy_span));
}

void hr_losses_clear(hr_losses *losses)
{
    g_array_free(losses->spans, TRUE);
}

/* Frames only rise, so that no span ends behind a later one. */
void hr_losses_tell(hr_losses *losses, uint32_t since, uint32_t until)
{
    GArray *spans = losses->spans;
    hr_lossy_span span = {since, until};

    while (spans->len > 0 &&
           g_array_index(spans, hr_lossy_span, spans->len - 1).until >= span.since) {
        span.since = MIN(span.since, g_array_index(spans, hr_lossy_span, spans->len - 1).since);
        g_array_set_size(spans, spans->len - 1);
    }
    g_array_append_val(spans, span);
}

static bool is_over_by(gconstpointer data, guint index, int64_t limit)
{
    const GArray *spans = data;
    return g_array_index(spans, hr_lossy_span, index).until <= limit;
}

bool hr_losses_are_between(const hr_losses *losses, uint32_t after, uint32_t before)
{
    const guint first = hr_partition(losses->spans->len, is_over_by, losses->spans, after);

    return first < losses->spans->len &&
           g_array_index(losses->spans, hr_lossy_span, first).since < before;
}

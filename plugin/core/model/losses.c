/* losses.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/losses.h"

#include "core/model/sort.h"
#include "core/model/times.h"

typedef struct {
    const hr_bytes *bytes; /* NULL: no bytes, it stays missing */
    hr_range missing;
    hr_frames frames;
} told_loss;

enum {
    FEW = 1024
};

static bool is_missing(const told_loss *loss)
{
    return loss->bytes == NULL ||
           !hr_bytes_is_whole(loss->bytes, loss->missing.begin, loss->missing.end);
}

/* Once for as many as were kept, so that it costs O(1) for each that is told. */
static void forget_what_came(hr_losses *losses)
{
    guint count = 0;

    for (guint i = 0; i < losses->told->len; i++) {
        const told_loss loss = g_array_index(losses->told, told_loss, i);
        if (is_missing(&loss)) {
            g_array_index(losses->told, told_loss, count) = loss;
            count++;
        }
    }
    g_array_set_size(losses->told, count);
    losses->most = MAX(FEW, 2 * count);
}

void hr_losses_init(hr_losses *losses)
{
    losses->most = FEW;
    losses->told = g_array_new(FALSE, FALSE, sizeof(told_loss));
    losses->spans = g_array_new(FALSE, FALSE, sizeof(hr_frames));
}

void hr_losses_clear(hr_losses *losses)
{
    g_array_free(losses->told, TRUE);
    g_array_free(losses->spans, TRUE);
}

void hr_losses_tell(hr_losses *losses, const hr_bytes *bytes, hr_range missing, hr_frames frames)
{
    const told_loss loss = {bytes, missing, frames};
    g_array_append_val(losses->told, loss);
    if (losses->told->len >= losses->most) {
        forget_what_came(losses);
    }
}

static uint64_t number_by_since(gconstpointer frames)
{
    return ((const hr_frames *)frames)->since;
}

void hr_losses_settle(hr_losses *losses, const GArray *more)
{
    GArray *spans = losses->spans;
    guint count = 0;

    g_array_set_size(spans, 0);
    for (guint i = 0; i < losses->told->len; i++) {
        const told_loss *loss = &g_array_index(losses->told, told_loss, i);
        if (is_missing(loss)) {
            g_array_append_val(spans, loss->frames);
        }
    }
    if (more->len > 0) {
        g_array_append_vals(spans, more->data, more->len);
    }
    hr_sort_by(spans, number_by_since, NULL, NULL);
    for (guint i = 0; i < spans->len; i++) {
        const hr_frames next = g_array_index(spans, hr_frames, i);
        hr_frames *last = count > 0 ? &g_array_index(spans, hr_frames, count - 1) : NULL;
        if (last != NULL && next.since <= last->until) {
            last->until = MAX(last->until, next.until);
        } else {
            g_array_index(spans, hr_frames, count) = next;
            count++;
        }
    }
    g_array_set_size(spans, count);
}

static bool is_over_by(gconstpointer data, guint index, int64_t limit)
{
    const GArray *spans = data;
    return g_array_index(spans, hr_frames, index).until <= limit;
}

bool hr_losses_are_between(const hr_losses *losses, uint32_t after, uint32_t before)
{
    const guint first = hr_partition(losses->spans->len, is_over_by, losses->spans, after);

    return first < losses->spans->len &&
           g_array_index(losses->spans, hr_frames, first).since < before;
}

int64_t hr_losses_next_ns(const hr_losses *losses, uint32_t after)
{
    const guint first = hr_partition(losses->spans->len, is_over_by, losses->spans, after);

    return first < losses->spans->len ? g_array_index(losses->spans, hr_frames, first).since_ns
                                      : INT64_MAX;
}

bool hr_losses_begin_by(const hr_losses *losses, uint32_t after, int64_t until_ns)
{
    return hr_losses_next_ns(losses, after) <= until_ns;
}

/* kept.c
 * Counts the idle times that there are at a time by walking their begins and ends in order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/kept.h"

#include "core/model/model.h"
#include "core/model/times.h"

#pragma pack(push, 4) /* there are two for each request */
typedef struct {
    int64_t at_ns;
    int8_t by;       /* 1 where an idle time begins, -1 where it ends */
    bool is_certain; /* else it may have been one */
} hr_kept_step;
#pragma pack(pop)

void hr_kept_init(hr_kept *kept)
{
    *kept = (hr_kept){.steps = g_array_new(FALSE, FALSE, sizeof(hr_kept_step))};
}

void hr_kept_clear(hr_kept *kept)
{
    g_clear_pointer(&kept->steps, g_array_unref);
}

void hr_kept_add_time(hr_kept *kept, int64_t begin_ns, int64_t end_ns, bool is_certain)
{
    if (begin_ns < end_ns) {
        const hr_kept_step steps[] = {{begin_ns, 1, is_certain}, {end_ns, -1, is_certain}};
        g_array_append_vals(kept->steps, steps, G_N_ELEMENTS(steps));
        kept->longest_ns = MAX(kept->longest_ns, is_certain ? end_ns - begin_ns : 0);
    }
}

/* When it was over is not in the capture. */
static bool is_end_unseen(const hr_request *request)
{
    return request->is_done ? request->complete == HR_COMPLETE_UNKNOWN
                            : hr_connection_head_may_be_over(request->connection);
}

/* Others ran behind it, and when is not in the capture; what is missing of a connection that was
 * open before the capture may have been there. */
static bool is_followed_unseen(const hr_request *request)
{
    const hr_connection *connection = request->connection;

    return connection->is_opening_seen &&
           (request->next != NULL ? request->next->number > request->number + 1
                                  : hr_connection_went_on_unseen(connection));
}

int64_t hr_kept_until_ns(const hr_model *model, const hr_connection *connection)
{
    const int64_t ended_ns = hr_connection_ended_ns(connection);

    if (ended_ns != INT64_MAX) {
        return ended_ns;
    }
    return MAX(hr_losses_next_ns(&model->losses, connection->last_seen.frame),
               connection->last_seen.ns);
}

static void add_after(hr_kept *kept, const hr_model *model, const hr_request *request)
{
    const hr_settings *settings = &model->settings;
    const bool is_unseen = is_end_unseen(request);
    const int64_t over_ns = is_unseen ? request->sent.ns : request->ended.ns;
    const int64_t begin_ns = over_ns + settings->pool_settle_ns;
    int64_t end_ns = hr_kept_until_ns(model, request->connection);

    if (request->next == NULL) { /* it may have been over, too */
        hr_kept_add_time(kept, end_ns, hr_connection_ended_ns(request->connection), false);
    }
    if (!is_unseen && !request->is_done) {
        return;
    }
    if (request->next != NULL) {
        end_ns = request->next->sent.ns;
    } else if (end_ns < over_ns + settings->pool_stay_ns) {
        return;
    }
    hr_kept_add_time(kept, begin_ns, end_ns, !is_unseen && !is_followed_unseen(request));
}

/* The first that is seen of it is a request: until then nothing kept it busy. */
static bool was_idle_before_capture(const hr_connection *connection)
{
    const hr_request *first = connection->first_request;

    return !connection->is_opening_seen && first != NULL &&
           first->sent.frame == connection->first_seen.frame;
}

void hr_kept_add(hr_kept *kept, const hr_model *model, const hr_connection *connection)
{
    const hr_request *first = connection->first_request;

    if (!hr_connection_is_legible(connection)) {
        hr_kept_add_time(kept, connection->first_seen.ns, hr_connection_ended_ns(connection),
                         false);
        return;
    }
    if (was_idle_before_capture(connection)) {
        hr_kept_add_time(kept, 0, first->sent.ns, false);
    }
    if (connection->is_opening_seen && first != NULL && first->number > 1) {
        hr_kept_add_time(kept, connection->first_seen.ns, first->sent.ns, false);
    }
    for (const hr_request *request = first; request != NULL; request = request->next) {
        add_after(kept, model, request);
    }
}

/* What ends makes room for what begins at the same time. */
static gint compare_steps(gconstpointer left, gconstpointer right)
{
    const hr_kept_step *a = left;
    const hr_kept_step *b = right;

    if (a->at_ns != b->at_ns) {
        return a->at_ns < b->at_ns ? -1 : 1;
    }
    return a->by - b->by;
}

void hr_kept_count(hr_kept *kept)
{
    int certain = 0;
    int possible = 0;

    hr_sort(kept->steps, compare_steps);
    for (guint i = 0; i < kept->steps->len; i++) {
        const hr_kept_step step = g_array_index(kept->steps, hr_kept_step, i);
        possible += step.by;
        certain += step.is_certain ? step.by : 0;
        kept->most = MAX(kept->most, (guint)certain);
        kept->most_possible = MAX(kept->most_possible, (guint)possible);
    }
    hr_kept_clear(kept);
}

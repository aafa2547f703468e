/* http1_held.c
 * Answers of HTTP/1 that were captured before their requests: directions came through queues, or by
 * clocks that differ.
 *
 * What an answer acknowledges tells whose it is: the first that follows once its server had bytes of
 * a request. Answers come in the order of their requests (RFC 9112 §9.3.2). Where more than one may be
 * meant, nobody knows which.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/http1.h"

enum {
    MOST_HELD = 1024, /* of a connection; if more wait, their requests are not in the capture */
};

static hr_held_answer *held_at(const hr_http1_seldom *seldom, guint index)
{
    return &g_array_index(seldom->held, hr_held_answer, index);
}

static void forget_all(hr_http1_seldom *seldom)
{
    if (seldom->held != NULL) {
        g_array_set_size(seldom->held, 0);
    }
    seldom->held_next = 0;
    seldom->held_before = 0;
}

static void keep(hr_http1_seldom *seldom, const hr_held_answer *answer)
{
    if (seldom->held == NULL) {
        seldom->held = g_array_new(FALSE, FALSE, sizeof(hr_held_answer));
    }
    if (seldom->held_next == seldom->held->len) {
        g_array_set_size(seldom->held, 0);
        seldom->held_next = 0;
    }
    if (seldom->held->len == MOST_HELD) {
        forget_all(seldom);
    }
    g_array_append_val(seldom->held, *answer);
}

void hr_http1_hold(const hr_model *model, hr_connection *connection,
                   const hr_http1_response *response, bool is_legible, bool is_exchange)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;
    const hr_bytes *server = &hr_connection_server(connection)->out;
    const hr_http1_extent *extent = &response->extent;
    bool is_until_close = false;
    const uint64_t length = hr_http1_message_length(
        extent, hr_http1_is_bodyless(NULL, response->code), &is_until_close);

    if (!extent->is_on_tcp ||
        (is_legible && client->captured > 0 && client->acked <= client->sent)) {
        return;
    }
    const uint64_t answered = MAX(connection->http1.answered_until, HR_POSITION_START);
    const uint64_t begin = extent->is_begin_known
                               ? hr_bytes_position(server, extent->begin_seq)
                               : server->sent - MIN(extent->available, server->sent);
    keep(hr_http1_seldom_of(&connection->http1),
         &(hr_held_answer){
             .at = model->now,
             .begin = begin,
             .until = client->acked,
             .bytes = extent->available,
             .code = (uint16_t)response->code,
             .is_whole = (extent->is_whole && !hr_http1_is_length_odd(extent)) ||
                         length <= extent->available,
             .is_behind_gap = begin > answered,
             .is_counted = true,
             .is_exchange = is_exchange,
         });
    connection->http1.answered_until = MAX(connection->http1.answered_until, server->sent);
}

/* Those that may be of requests from @first on do not count among what is not in the capture. */
static void uncount(hr_connection *connection, const hr_http1_seldom *seldom, guint first)
{
    for (guint i = seldom->held->len; i-- > first && held_at(seldom, i)->is_counted;) {
        hr_held_answer *held = held_at(seldom, i);
        connection->unseen_count -= MIN(connection->unseen_count, 1);
        connection->exchange_count -= MIN(connection->exchange_count, held->is_exchange ? 1U : 0U);
        held->is_counted = false;
    }
}

/* No other request than the one at @begin, and no other answer, can be meant. */
static bool is_sure(const hr_connection *connection, const hr_held_answer *held, uint64_t begin,
                    bool is_last)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;
    const uint64_t before = connection->http1.seldom->held_before;

    if (held->is_behind_gap || before > begin) {
        return false;
    }
    return (is_last && before == 0) ||
           hr_bytes_is_whole(client, MAX(before, HR_POSITION_START), begin);
}

bool hr_http1_claim_held(hr_connection *connection, hr_exchange_start *start, hr_held_answer *held)
{
    const GArray *all = connection->http1.seldom->held;

    if (all == NULL || connection->http1.seldom->held_next == all->len) {
        return false;
    }
    hr_http1_seldom *seldom = hr_http1_seldom_of(&connection->http1);
    guint next = seldom->held_next;
    while (next < all->len && held_at(seldom, next)->until <= start->begin) {
        next++;
    }
    if (next == all->len) {
        forget_all(seldom); /* of requests before this one */
        return false;
    }
    if (next > seldom->held_next) {
        seldom->held_before = held_at(seldom, next - 1)->until;
    }
    uncount(connection, seldom, next);
    *held = *held_at(seldom, next);
    held->is_behind_gap = !is_sure(connection, held, start->begin, next + 1 == all->len);
    start->idle_ns = HR_TIME_NONE; /* it was sent before that answer, nobody knows when */
    seldom->held_before = held->until;
    seldom->held_next = next + 1;
    return true;
}

void hr_http1_take_held(hr_model *model, hr_connection *connection, hr_request *request,
                        const hr_held_answer *held)
{
    request->ended = held->at;
    request->is_answered = true;
    if (hr_connection_server(connection)->out.acked < held->begin) {
        request->delivery = HR_DELIVERY_UNKNOWN; /* sent before its client had the one before */
    }
    if (held->is_behind_gap) { /* it is one of several: nobody knows which */
        hr_exchange_end(model, connection, request, HR_COMPLETE_UNKNOWN);
        connection->is_rest_unknown = true;
        return;
    }
    request->answered = held->at;
    request->response_frame = held->at.frame;
    request->response_code = held->code;
    request->answer_bytes = held->bytes;
    hr_exchange_end(model, connection, request,
                    held->is_whole ? HR_COMPLETE_YES : HR_COMPLETE_UNKNOWN);
}

/* halves.c
 * Two halves have one end in common, address and port, whose numbers go on from one to the other,
 * and each is captured in the other direction only. The one that began first is followed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/halves.h"

#include "core/follow/translated.h"
#include "core/model/route.h"

/* Of connections that had begun before: as much as lies between packets of two directions that are
 * captured one behind the other. With both numbers there it is chance once in 2^22. */
#define APART_MAX (UINT32_C(1) << 20)

/* Numbers that nobody drew say nothing, as those of two connections that somebody wrote down. */
static bool is_drawn(const hr_tcp_segment *segment)
{
    return MIN(segment->seq, segment->ack) >= HR_WRITTEN_MAX;
}

static bool is_same(const hr_tcp_end *one, const hr_tcp_end *other)
{
    return hr_endpoint_equal(&one->endpoint, &other->endpoint);
}

static bool is_near(const hr_bytes *bytes, uint32_t seq)
{
    const uint64_t end = MAX(bytes->sent, bytes->acked);
    const uint64_t position = hr_bytes_position(bytes, seq);

    return hr_bytes_is_known(bytes) &&
           (position > end ? position - end : end - position) <= APART_MAX;
}

/* @segment of the end @from of @whole, of which nothing was captured, goes on where @whole is. */
static bool goes_on(const hr_connection *whole, unsigned from, const hr_tcp_segment *segment)
{
    const hr_bytes *sent = &whole->ends[from].out;
    const hr_bytes *heard = &whole->ends[1 - from].out;
    uint32_t isn = 0;

    if ((segment->flags & HR_TCP_SYN) != 0) {
        return hr_bytes_isn(heard, &isn) && segment->ack == isn + 1;
    }
    return is_near(heard, segment->ack) && is_near(sent, segment->seq);
}

/* Whether the end @from of @whole is that of @half which sent @segment: exactly one of both ends is
 * the same. */
static bool is_other_half(const hr_connection *whole, unsigned from, const hr_connection *half,
                          const hr_tcp_segment *segment)
{
    return whole->ends[from].state == HR_END_UNSEEN &&
           whole->ends[1 - from].state != HR_END_UNSEEN &&
           is_same(&whole->ends[from], &half->ends[segment->from]) !=
               is_same(&whole->ends[1 - from], &half->ends[1 - segment->from]) &&
           goes_on(whole, from, segment);
}

static bool become_half(hr_connection *half, hr_connection *whole, const hr_tcp_segment *segment)
{
    if (whole == half || hr_connection_is_copy(whole)) {
        return false;
    }
    for (unsigned from = 0; from < 2; from++) {
        if (is_other_half(whole, from, half, segment)) {
            hr_seldom *seldom = hr_connection_seldom(half);
            seldom->copy_of = whole;
            seldom->is_half = true;
            seldom->is_turned = from != segment->from;
            seldom->tells_of = (uint8_t)from;
            half->client = seldom->is_turned ? 1 - whole->client : whole->client;
            hr_connection_seldom(whole)->half = half;
            return true;
        }
    }
    return false;
}

/* @segment is the first of @half. A SYN alone is nobody's answer. */
static void look_for_whole(hr_model *model, hr_connection *half, const hr_tcp_segment *segment)
{
    const uint64_t kept = MIN(model->beginning_count, HR_RECENT_BEGINNINGS);

    if ((segment->flags & HR_TCP_ACK) == 0 || !is_drawn(segment)) {
        return;
    }
    for (uint64_t i = 1; i <= kept; i++) {
        const uint64_t number = model->beginning_count - i;
        if (become_half(half, model->beginnings[number % HR_RECENT_BEGINNINGS].connection,
                        segment)) {
            return;
        }
    }
}

/* Both directions of @whole are there after all: what was taken for a half was captured behind a
 * translator, and its handshake was not. */
static void part(hr_connection *whole)
{
    hr_seldom *seldom = hr_connection_seldom(whole);

    hr_connection_seldom(seldom->half)->is_half = false;
    seldom->behind = seldom->half;
    seldom->half = NULL;
}

hr_connection *hr_halves_whole(hr_model *model, hr_connection *connection, hr_tcp_segment *segment)
{
    if (connection->ends[0].state == HR_END_UNSEEN && connection->ends[1].state == HR_END_UNSEEN &&
        !hr_connection_is_copy(connection)) {
        look_for_whole(model, connection, segment);
    }
    const hr_connection *half = connection->seldom->half;
    if (half != NULL && segment->from == half->seldom->tells_of) {
        part(connection);
    }
    if (hr_connection_is_half(connection)) {
        segment->from = connection->seldom->is_turned ? 1 - segment->from : segment->from;
        return connection->seldom->copy_of;
    }
    return connection;
}

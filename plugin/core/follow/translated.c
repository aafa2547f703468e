/* translated.c
 * What translates addresses leaves the sequence numbers as they are (RFC 3022 section 4), and passes
 * each segment on: the handshake behind it lies within the one in front of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/translated.h"

#include "core/model/route.h"
#include "core/opening/pool.h"

/* Initial numbers are drawn at random (RFC 9293 section 3.4.1). Those that somebody wrote down, for
 * a capture that no network made, are small, and say nothing. */
#define WRITTEN_MAX (UINT32_C(1) << 20)

static hr_beginning *beginning_at(hr_model *model, uint64_t number)
{
    return &model->beginnings[number % HR_RECENT_BEGINNINGS];
}

static hr_beginning *add_beginning(hr_model *model, hr_connection *connection, uint32_t seq)
{
    hr_beginning *beginning = beginning_at(model, model->beginning_count++);

    *beginning = (hr_beginning){.connection = connection, .seq = seq};
    return beginning;
}

/* Two of one client and one server are two, whatever their numbers. */
static bool is_of_same_ends(const hr_connection *one, const hr_connection *other)
{
    return hr_connection_client(one)->endpoint.address ==
               hr_connection_client(other)->endpoint.address &&
           hr_endpoint_equal(&hr_connection_server(one)->endpoint,
                             &hr_connection_server(other)->endpoint);
}

static bool is_again(const hr_beginning *one, const hr_beginning *other)
{
    return one->is_whole && other->is_whole && one->is_handshake == other->is_handshake &&
           one->seq == other->seq && one->ack == other->ack &&
           MIN(one->seq, one->ack) >= WRITTEN_MAX &&
           !is_of_same_ends(one->connection, other->connection);
}

/* A request in its SYN, or before the handshake in front was captured: it is known already, and its
 * answer would be lost with the copy. Then both count. */
static bool has_carried(const hr_connection *connection)
{
    return connection->ends[0].out.captured > 0 || connection->ends[1].out.captured > 0;
}

static void become_copy(hr_connection *copy, hr_connection *of)
{
    if (hr_connection_is_copy(copy)) {
        return;
    }
    hr_connection_seldom(copy)->copy_of = of;
    hr_connection_seldom(of)->behind = hr_connection_behind(copy);
    hr_pool_leave(copy);
}

void hr_translated_syn_seen(hr_model *model, hr_connection *connection, uint32_t isn)
{
    add_beginning(model, connection, isn)->is_handshake = true;
}

void hr_translated_syn_ack_seen(hr_model *model, hr_connection *connection, uint32_t isn)
{
    const uint64_t end = model->beginning_count;
    const uint64_t begin = end - MIN(end, HR_RECENT_BEGINNINGS);
    uint64_t own = end;

    while (own > begin && beginning_at(model, own - 1)->connection != connection) {
        own--;
    }
    if (own == begin) {
        return; /* its SYN is not in the capture, or too many came since */
    }
    hr_beginning *front = beginning_at(model, own - 1);
    front->ack = isn;
    front->is_whole = true;
    for (uint64_t i = own; i < end; i++) {
        const hr_beginning *back = beginning_at(model, i);
        if (is_again(front, back) && !has_carried(back->connection)) {
            become_copy(back->connection, connection);
        }
    }
}

void hr_translated_begun_seen(hr_model *model, hr_connection *connection,
                              const hr_tcp_segment *segment)
{
    /* Which of them is in front the whole tells, of which this may be a piece: it hears of both. */
    if (hr_model_recorder(model) != NULL) {
        return;
    }
    hr_beginning *beginning = add_beginning(model, connection, segment->seq);
    const uint64_t end = model->beginning_count - 1;

    beginning->ack = segment->ack;
    beginning->is_whole = (segment->flags & HR_TCP_ACK) != 0;
    for (uint64_t i = end - MIN(end, HR_RECENT_BEGINNINGS - 1); i < end; i++) {
        const hr_beginning *before = beginning_at(model, i);
        if (is_again(before, beginning)) {
            become_copy(connection, before->connection);
            return;
        }
    }
}

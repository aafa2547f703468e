/* translated.c
 * What translates addresses leaves the sequence numbers as they are (RFC 3022 section 4), and passes
 * each segment on: the handshake behind it lies within the one in front of it, or, where two devices
 * were captured, begins at least before that one is over.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/translated.h"

#include <string.h>

#include "core/model/route.h"
#include "core/opening/pool.h"

/* Of packets that lie side by side in either order the one behind may be captured first. */
#define NEAR 16

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

/* Of captures that are judged as one each may have a name before its addresses (hr_playback_new()):
 * they are told apart, also where one connection is in both. */
static bool is_of_one_capture(const hr_connection *one, const hr_connection *other)
{
    const char *address = hr_connection_client(one)->endpoint.address;
    const char *others = hr_connection_client(other)->endpoint.address;
    const size_t length = strcspn(address, "/") + 1;

    return strchr(address, '/') == NULL ? strchr(others, '/') == NULL
                                        : strncmp(address, others, length) == 0;
}

static bool is_again(const hr_beginning *one, const hr_beginning *other)
{
    return one->is_whole && other->is_whole && one->is_handshake == other->is_handshake &&
           one->seq == other->seq && one->ack == other->ack &&
           MIN(one->seq, one->ack) >= HR_WRITTEN_MAX &&
           is_of_one_capture(one->connection, other->connection) &&
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
    if (hr_connection_accepted(connection).frame == 0) {
        add_beginning(model, connection, isn)->is_handshake = true;
    }
}

/* The place of the beginning of @connection, or the end of those that are kept. */
static uint64_t beginning_of(hr_model *model, const hr_connection *connection, uint64_t oldest)
{
    for (uint64_t i = model->beginning_count; i > oldest; i--) {
        if (beginning_at(model, i - 1)->connection == connection) {
            return i - 1;
        }
    }
    return model->beginning_count;
}

void hr_translated_syn_ack_seen(hr_model *model, hr_connection *connection,
                                const hr_tcp_segment *segment)
{
    const uint64_t oldest =
        model->beginning_count - MIN(model->beginning_count, HR_RECENT_BEGINNINGS - 1);
    const uint64_t own = beginning_of(model, connection, oldest);
    const bool is_syn_seen = own < model->beginning_count;
    hr_beginning *now =
        is_syn_seen ? beginning_at(model, own) : add_beginning(model, connection, segment->ack - 1);

    now->ack = segment->seq;
    now->is_handshake = now->is_whole = true;
    now->whole_at = model->beginning_count;
    for (uint64_t i = MAX(oldest, own - MIN(own, NEAR)); i < model->beginning_count; i++) {
        const hr_beginning *other = beginning_at(model, i);
        if (i == own || !is_again(now, other) || (is_syn_seen && other->whole_at <= own)) {
            continue;
        }
        const hr_beginning *front = i < own ? other : now;
        const hr_beginning *back = i < own ? now : other;
        if (!has_carried(back->connection)) {
            become_copy(back->connection, front->connection);
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

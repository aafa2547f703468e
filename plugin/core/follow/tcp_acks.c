/* tcp_acks.c
 * What numbers and acknowledgements tell of bytes and FINs that are not in the capture.
 *
 * Sources: RFC 9293 (sequence numbers §3.4, closing §3.6, acceptable segments §3.10.7).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/tcp.h"

#include "core/follow/state.h"

void hr_tcp_hold(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment)
{
    const hr_held_segment held = {connection, *segment};
    g_array_append_val(model->segments, held);
}

void hr_tcp_tell_loss(hr_model *model, const hr_tcp_end *end, uint64_t begin, uint64_t until)
{
    if (end->last_sent.frame != 0) {
        hr_losses_tell(&model->losses, &end->out, (hr_range){begin, until},
                       (hr_frames){end->last_sent.frame, model->now.frame, end->last_sent.ns});
    }
}

/* A FIN of the end @from that was not captured stood before the sequence number after @seq. */
static void prove_fin(hr_model *model, hr_connection *connection, unsigned from, uint32_t seq,
                      hr_fin_proof proof)
{
    const hr_tcp_segment fin = {.from = from, .flags = HR_TCP_FIN, .seq = seq};
    hr_tcp_end *end = &connection->ends[from];

    end->fin_proof = proof;
    hr_tcp_seldom_of(end)->before_fin_ns = end->last_sent.ns;
    if (end->last_sent.frame != 0) {
        hr_losses_tell(&model->losses, NULL, (hr_range){0, 0},
                       (hr_frames){end->last_sent.frame, model->now.frame, end->last_sent.ns});
    }
    hr_tcp_hold(model, connection, &fin);
}

void hr_tcp_look_for_own_fin(hr_model *model, hr_connection *connection,
                             const hr_tcp_segment *segment)
{
    const hr_tcp_end *end = &connection->ends[segment->from];

    const bool is_begin_known = end->out.captured > 0 || end->is_syn_answer;

    if (segment->length == 0 && end->fin.frame == 0 && is_begin_known &&
        (segment->flags & (HR_TCP_SYN | HR_TCP_FIN)) == 0 && segment->seq == end->out.seq + 1 &&
        end->out.acked <= end->out.sent) {
        prove_fin(model, connection, segment->from, end->out.seq, HR_FIN_NUMBERED);
    }
}

void hr_tcp_look_for_lost(hr_connection *connection, const hr_tcp_segment *segment)
{
    hr_bytes *out = &connection->ends[segment->from].out;

    if (segment->length == 0 &&
        (connection->established.frame != 0 || hr_connection_accepted(connection).frame != 0) &&
        hr_bytes_position(out, segment->seq) > hr_bytes_end(out) + 1) {
        hr_bytes_stands_at(out, segment->seq);
    }
}

/* Before the handshake the answer to a SYN acknowledges the SYN, or it is a stray. */
static bool is_stray_ack(const hr_connection *connection, const hr_tcp_segment *segment)
{
    const hr_tcp_end *end = &connection->ends[segment->from];
    const hr_tcp_end *other = &connection->ends[1 - segment->from];

    return connection->established.frame == 0 && end->syn.frame == 0 &&
           other->state == HR_END_OPENED && other->out.captured == 0 &&
           segment->ack != other->out.seq;
}

/* Whether a number beyond what is known of the other end's bytes may be that of one byte, and not
 * of a FIN. Heads of messages are longer, and so are records of TLS and frames of HTTP/2; a body or
 * its last segment may be one byte. */
static bool may_be_data(const hr_model *model, const hr_connection *connection,
                        const hr_tcp_segment *segment)
{
    const hr_tcp_end *end = &connection->ends[segment->from];
    const hr_bytes *other = &connection->ends[1 - segment->from].out;
    const hr_http1 *http1 = &connection->http1;
    const bool is_clients = segment->from == connection->client;

    if (connection->is_tls || connection->seldom->streams->table != NULL) {
        return false;
    }
    if (other->captured > 0) {
        const uint64_t until = is_clients               ? http1->answer_end
                               : http1->is_request_open ? connection->last_request->end
                                                        : HR_POSITION_NONE;
        return until == other->sent + 1;
    }
    /* Only ACKs tell of them. A server has nothing more to take of what it has begun to answer; the
     * end of an answer comes soon after what is before it. */
    return other->acked > HR_POSITION_START &&
           (is_clients
                ? end->last_sent.frame == 0 || model->now.ns - end->last_sent.ns <=
                                                   hr_connection_right_after_ns(model, connection)
                : segment->length > 0 || other->acked != end->heeded);
}

/* One ACK at a time is waited for: the next counts once the bytes of this one are there. */
static void note_ahead(const hr_model *model, hr_tcp_end *end)
{
    if (end->seldom->ahead_until <= end->out.sent) {
        hr_tcp_seldom *seldom = hr_tcp_seldom_of(end);
        seldom->ahead = model->now;
        seldom->ahead_until = end->out.acked;
    }
}

void hr_tcp_ack_seen(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment)
{
    hr_tcp_end *end = &connection->ends[segment->from];
    hr_tcp_end *other = &connection->ends[1 - segment->from];
    const uint64_t before = other->out.acked;

    if (is_stray_ack(connection, segment) ||
        ((segment->flags & HR_TCP_RST) != 0 && !hr_bytes_is_known(&other->out))) {
        return;
    }
    /* An ACK one number beyond all data: the other end's FIN, which was not captured. */
    if (hr_bytes_acknowledge(&other->out, segment->ack, may_be_data(model, connection, segment)) &&
        other->fin.frame == 0) {
        prove_fin(model, connection, 1 - segment->from, segment->ack - 1, HR_FIN_ACKNOWLEDGED);
        other->out.is_fin_acked = true;
    }
    if (other->out.is_fin_acked && other->fin_acked == 0) {
        other->fin_acked = model->now.frame;
    }
    if (other->out.acked > MAX(before, other->out.sent)) {
        note_ahead(model, other);
        hr_tcp_tell_loss(model, other, MAX(before, other->out.sent), other->out.acked);
    }
    if (other->out.acked > before) {
        end->has_bare_acks |= segment->length == 0 && before >= HR_POSITION_START;
        end->has_acked_by_rst |= (segment->flags & HR_TCP_RST) != 0;
    }
    if (end->out.is_fin_acked && other->out.is_fin_acked && connection->torn_down_frame == 0) {
        connection->torn_down_frame = model->now.frame;
    }
    if (segment->from == connection->client) {
        hr_connection_acknowledged(model, connection);
    }
}

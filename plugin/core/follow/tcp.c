/* tcp.c
 * What TCP headers tell: who opened and who ended a connection, which bytes are new, when it
 * was probed. It follows Wireshark's tcp.stream and reassembles nothing.
 *
 * Sources: RFC 9293 (sequence numbers §3.4, closing §3.6), RFC 9293 §3.8.4 (keep-alives).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/store.h"
#include "core/opening/pool.h"

/* A one-byte segment below the next byte is a probe only after a silence; sooner it may be a
 * retransmission of a last byte (the initial retransmission timeout is 1 s, RFC 6298 §2.1). */
#define PROBE_MIN_SILENCE_NS (1 * HR_NS_PER_S)

static void syn_seen(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment)
{
    hr_tcp_end *end = &connection->ends[segment->from];
    const bool is_answer = (segment->flags & HR_TCP_ACK) != 0;

    if (end->syn_count < UINT16_MAX) {
        end->syn_count++;
    }
    if (end->syn.frame != 0) {
        return; /* a retransmission: the first counts */
    }
    end->syn = model->now;
    end->first_seq = segment->seq + 1;
    end->is_first_seq_known = true;
    if (connection->first_request == NULL) {
        hr_connection_set_client(connection, is_answer ? 1 - segment->from : segment->from);
    }
    if (is_answer) {
        connection->accepted = model->now;
    }
    if (!connection->is_opening_seen) {
        connection->is_opening_seen = true;
        connection->opened = model->now;
        hr_model_add_item(model, HR_ITEM_OPENING, connection, NULL);
    }
}

static void look_for_establishment(hr_model *model, hr_connection *connection,
                                   const hr_tcp_segment *segment)
{
    if (connection->established.frame == 0 && connection->accepted.frame != 0 &&
        segment->from == connection->client && (segment->flags & HR_TCP_ACK) != 0 &&
        (segment->flags & (HR_TCP_SYN | HR_TCP_RST)) == 0) {
        connection->established = connection->ready = model->now;
    }
}

static bool is_probe(const hr_model *model, const hr_connection *connection,
                     const hr_tcp_segment *segment)
{
    const hr_tcp_end *end = &connection->ends[segment->from];
    const int64_t silence = model->now.ns - connection->last_seen.ns;

    return end->is_seen && segment->length <= 1 && segment->seq == end->next_seq - 1 &&
           (segment->flags & (HR_TCP_SYN | HR_TCP_FIN | HR_TCP_RST)) == 0 &&
           (segment->length == 0 || silence >= PROBE_MIN_SILENCE_NS) && end->fin.frame == 0;
}

static void probe_seen(hr_model *model, hr_connection *connection, unsigned from)
{
    connection->ends[from].probes++;
    if (connection->is_probed) {
        return; /* the gap has its first probe */
    }
    connection->is_probed = true;
    hr_model_add_probe(model, connection, hr_connection_side_of(connection, from),
                       model->now.ns - connection->last_seen.ns);
}

/* Bytes of @begin..@end_seq that fill the latest hole, which others had overtaken. */
static uint32_t fill_hole(hr_tcp_end *end, uint32_t begin, uint32_t end_seq)
{
    const bool is_at_begin = !hr_seq_before(end->hole_begin, begin);
    const bool is_at_end = !hr_seq_before(end_seq, end->hole_end);
    const uint32_t from = is_at_begin ? end->hole_begin : begin;
    const uint32_t to = is_at_end ? end->hole_end : end_seq;

    if (!end->has_gap || !hr_seq_before(from, to)) {
        return 0;
    }
    if (is_at_begin) {
        end->hole_begin = to;
    } else if (is_at_end) {
        end->hole_end = from;
    }
    end->has_gap = end->hole_begin != end->hole_end;
    return to - from;
}

/* Follows @segment's bytes; returns how many of them were not seen before, from *first on. */
static uint32_t fresh_bytes(hr_tcp_end *end, const hr_tcp_segment *segment, uint32_t *first)
{
    const uint32_t begin = segment->seq + ((segment->flags & HR_TCP_SYN) != 0 ? 1 : 0);
    const uint32_t end_seq = begin + segment->length;
    uint32_t fresh = 0;

    if (!end->is_seen) {
        end->is_seen = true;
        end->next_seq = begin;
    }
    *first = begin;
    if (!hr_seq_before(end->next_seq, end_seq)) {
        fresh = fill_hole(end, begin, end_seq);
        end->bytes += fresh;
        return fresh;
    }
    if (hr_seq_before(end->next_seq, begin)) {
        /* Bytes are missing, or the segment overtook another; a bare ACK tells of them too. */
        end->has_gap = true;
        end->hole_begin = end->next_seq;
        end->hole_end = begin;
        fresh = segment->length;
    } else {
        *first = end->next_seq;
        fresh = end_seq - end->next_seq;
    }
    end->position += end_seq - end->next_seq;
    end->next_seq = end_seq;
    end->bytes += fresh;
    return fresh;
}

static void hold(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment)
{
    const hr_held_segment held = {connection, *segment};
    g_array_append_val(model->segments, held);
}

/* An ACK one byte beyond all data: the other end's FIN, which was not captured. */
static void ack_seen(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment)
{
    hr_tcp_end *end = &connection->ends[segment->from];
    hr_tcp_end *other = &connection->ends[1 - segment->from];

    if (end->last_ack == 0 || hr_seq_before(end->last_ack, segment->ack)) {
        end->last_ack = segment->ack;
    }
    if (!other->is_seen || (segment->flags & HR_TCP_RST) != 0) {
        return;
    }
    /* Of an end that sent neither SYN nor data, the first packet may have been a probe. */
    const bool is_position_known = other->syn.frame != 0 || other->bytes > 0;
    if (is_position_known && other->fin.frame == 0 && segment->ack == other->next_seq + 1) {
        const hr_tcp_segment fin = {
            .from = 1 - segment->from, .flags = HR_TCP_FIN, .seq = other->next_seq};
        other->is_fin_inferred = true;
        hold(model, connection, &fin);
    } else if (other->fin.frame != 0 && hr_seq_before(other->fin_seq, segment->ack)) {
        other->is_fin_acked = true;
        if (end->is_fin_acked && connection->torn_down.frame == 0) {
            connection->torn_down = model->now;
        }
    }
}

/* What the client sends begins a request: how long no packet had passed, also no probe. */
static void note_silence(const hr_model *model, hr_connection *connection, unsigned from)
{
    if (from == connection->client && connection->outstanding == 0 &&
        connection->http1.pending.frame == 0 && !connection->http1.is_request_open) {
        connection->silence_ns = model->now.ns - connection->last_seen.ns;
    }
}

void hr_tcp_segment_seen(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment)
{
    hr_tcp_end *end = &connection->ends[segment->from];
    const bool is_first = connection->first_seen.frame == model->now.frame && !end->is_seen &&
                          !connection->ends[1 - segment->from].is_seen;

    if ((segment->flags & HR_TCP_SYN) != 0) {
        syn_seen(model, connection, segment);
    }
    if (is_first) {
        hr_pool_connection_appeared(model, connection);
    }
    if (is_probe(model, connection, segment)) {
        probe_seen(model, connection, segment->from);
    }
    uint32_t first = 0;
    const uint32_t fresh = fresh_bytes(end, segment, &first);
    if ((segment->flags & HR_TCP_ACK) != 0) {
        ack_seen(model, connection, segment);
        look_for_establishment(model, connection, segment);
    }
    if (fresh > 0) {
        connection->is_probed = false;
        note_silence(model, connection, segment->from);
        if (segment->from == connection->client) {
            hr_http1_client_bytes(model, connection, first);
        } else {
            hr_http1_server_bytes(model, connection, fresh);
        }
    }
    if (connection->tunnel != NULL) {
        hr_tunnel_follow(model, connection, segment->from, fresh);
    }
    if ((segment->flags & (HR_TCP_FIN | HR_TCP_RST)) != 0) {
        hold(model, connection, segment);
    }
    connection->last_seen = end->last_sent = model->now;
}

static bool is_ended(const hr_connection *connection)
{
    return connection->ends[0].fin.frame != 0 || connection->ends[0].rst.frame != 0 ||
           connection->ends[1].fin.frame != 0 || connection->ends[1].rst.frame != 0;
}

static void end_seen(hr_model *model, const hr_held_segment *held)
{
    hr_connection *connection = held->connection;
    const hr_tcp_segment *segment = &held->segment;
    hr_tcp_end *end = &connection->ends[segment->from];
    const hr_tcp_end *other = &connection->ends[1 - segment->from];
    const bool was_ended = is_ended(connection);

    if ((segment->flags & HR_TCP_RST) != 0) {
        if (end->rst.frame == 0) {
            end->rst = model->now;
        }
    } else if (end->fin.frame == 0) {
        end->fin = model->now;
        end->fin_seq = segment->seq + segment->length;
        end->is_fin_crossing = other->fin.frame != 0 && (segment->flags & HR_TCP_ACK) != 0 &&
                               !hr_seq_before(other->fin_seq, segment->ack);
    }
    hr_connection_become_closing(model, connection);
    if (segment->from != connection->client) {
        hr_http1_server_ended(model, connection);
    }
    if (connection->tunnel != NULL) {
        hr_tunnel_end(model, connection, segment->from, !was_ended);
    }
    if (!was_ended) {
        hr_model_add_item(model, HR_ITEM_CLOSING, connection, NULL);
    }
}

const hr_item *hr_model_end_frame(hr_model *model, size_t *count)
{
    for (guint i = 0; i < model->segments->len; i++) {
        end_seen(model, &g_array_index(model->segments, hr_held_segment, i));
    }
    g_array_set_size(model->segments, 0);
    *count = model->items->len;
    return &g_array_index(model->items, hr_item, 0);
}

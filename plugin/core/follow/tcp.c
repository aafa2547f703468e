/* tcp.c
 * What TCP headers tell: who opened and who ended a connection, which bytes are new, which were
 * acknowledged, when it was probed. It follows Wireshark's tcp.stream and reassembles nothing.
 *
 * Strays of an older connection on the same ports change nothing: an ACK, data or a reset counts
 * only where its number can belong to this one.
 *
 * Sources: RFC 9293 (sequence numbers §3.4, closing §3.6, acceptable segments §3.10.7),
 * RFC 9293 §3.8.4 (keep-alives).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/exchange.h"
#include "core/follow/http1.h"
#include "core/follow/tls.h"
#include "core/follow/translated.h"
#include "core/follow/tunnel.h"
#include "core/model/traced.h"
#include "core/opening/pool.h"

/* Sooner than what is sent again for want of an answer comes (RFC 6298 §2.1; Linux waits 200 ms at
 * least): a copy, as mirror ports make. */
#define AGAIN_NS (100 * HR_NS_PER_MS)

enum {
    /* How far behind or ahead of an end's bytes its reset may stand: data that nobody captured. By
     * chance one number in 2,000 does, from a connection before on the same ports. The less, the
     * more of a dropped burst hides a reset; the more, the more strangers end a connection. In none
     * of 289 captures does one of 2^16 or 2^24 change what is said, in 32 one of 0. */
    RESET_REACH = 1 << 20,
};

/* ---- the handshake ---- */

/* A reset during the setup that was none: the handshake goes on. */
static void forget_reset(hr_model *model, hr_connection *connection)
{
    if (connection->established.frame != 0 || connection->request_count > 0) {
        return;
    }
    bool was_reset = false;
    for (unsigned i = 0; i < 2; i++) {
        hr_tcp_end *end = &connection->ends[i];
        if (end->state == HR_END_RESET && end->seldom->rst.ns <= model->now.ns) {
            hr_tcp_seldom_of(end)->rst = HR_MOMENT_NONE;
            end->state = end->syn.frame != 0 ? HR_END_OPENED : HR_END_PARTIAL;
            was_reset = true;
        }
    }
    if (was_reset) {
        hr_connection_reopen(model, connection); /* once, where both ends seemed to reset it */
    }
}

/* What @from sends now was there by @since, as its other side shows. */
static void came_late(hr_model *model, hr_connection *connection, unsigned from, hr_moment since)
{
    if (since.frame != 0) {
        hr_apart_tell(&model->apart, connection, from, model->now.ns - since.ns);
    }
}

static void syn_seen(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment)
{
    hr_tcp_end *end = &connection->ends[segment->from];
    const bool is_answer = (segment->flags & HR_TCP_ACK) != 0;

    const bool is_copy = end->syn.frame != 0 && model->now.ns - end->syn.ns < AGAIN_NS;
    if (end->syn_count < UINT16_MAX && !is_copy) {
        end->syn_count++;
    }
    if (end->syn.frame != 0) {
        return; /* a retransmission: the first counts */
    }
    end->syn = model->now;
    came_late(model, connection, segment->from,
              is_answer ? connection->established : connection->accepted);
    if (model->now.ns >= connection->last_seen.ns &&
        connection->ends[1 - segment->from].syn.frame == 0) {
        hr_bytes_forget_guess(&end->out); /* ACKs of it come later */
    }
    hr_bytes_begin(&end->out, segment->seq + 1, true);
    if (end->state < HR_END_OPENED) {
        end->state = HR_END_OPENED;
    }
    if (connection->first_request == NULL) {
        hr_connection_set_client(connection, is_answer ? 1 - segment->from : segment->from);
    }
    if (is_answer) {
        hr_bytes_begin(&connection->ends[1 - segment->from].out, segment->ack, true);
        connection->accepted = model->now;
        forget_reset(model, connection);
        hr_translated_syn_ack_seen(model, connection, segment->seq);
    } else {
        hr_translated_syn_seen(model, connection, segment->seq);
    }
    if (!connection->is_opening_seen) {
        connection->is_opening_seen = true;
        connection->opened = model->now;
        hr_model_add_item(model, HR_ITEM_OPENING, connection, NULL);
        hr_pool_opening_seen(model, connection);
    }
}

/* The client's ACK ends the handshake, also where the server's packets were not captured. */
static void look_for_establishment(hr_model *model, hr_connection *connection,
                                   const hr_tcp_segment *segment)
{
    const bool is_answered =
        connection->accepted.frame != 0 || hr_connection_client(connection)->syn.frame != 0;

    if (connection->established.frame == 0 && is_answered && segment->from == connection->client &&
        (segment->flags & HR_TCP_ACK) != 0 && (segment->flags & (HR_TCP_SYN | HR_TCP_RST)) == 0) {
        connection->established = connection->ready = model->now;
        if (segment->length == 0 && connection->accepted.frame != 0) {
            connection->client_leg_ns = MAX(model->now.ns - connection->accepted.ns, 0);
        }
    }
}

/* ---- probes and silence ---- */

/* Whether its reader takes more (RFC 9293 §3.8.6). The windows of a SYN and of what closes a socket
 * say nothing of that, nor does that of an older segment (SND.WL2, §3.10.7.4). */
static void note_room(const hr_model *model, hr_connection *connection,
                      const hr_tcp_segment *segment)
{
    hr_tcp_end *end = &connection->ends[segment->from];
    const hr_bytes *heard = &connection->ends[1 - segment->from].out;

    if ((segment->flags & (HR_TCP_SYN | HR_TCP_FIN | HR_TCP_RST)) != 0 ||
        (segment->flags & HR_TCP_ACK) == 0 ||
        segment->has_no_room == (end->seldom->no_room.frame != 0) ||
        hr_bytes_position(heard, segment->ack) < heard->acked) {
        return;
    }
    hr_tcp_seldom *seldom = hr_tcp_seldom_of(end);
    seldom->no_room = segment->has_no_room ? model->now : (hr_moment){0};
    seldom->made_room = segment->has_no_room ? seldom->made_room : model->now;
}

/* A one-byte segment below the next byte is one only after a silence: sooner it may be a
 * retransmission of a last byte. Where the other end has no room it asks for that. */
static bool is_probe(const hr_model *model, const hr_connection *connection,
                     const hr_tcp_segment *segment)
{
    const hr_tcp_end *end = &connection->ends[segment->from];
    const int64_t silence = model->now.ns - connection->last_seen.ns;

    return hr_bytes_is_known(&end->out) && segment->length <= 1 &&
           segment->seq == end->out.seq - 1 &&
           (segment->flags & (HR_TCP_SYN | HR_TCP_FIN | HR_TCP_RST)) == 0 &&
           (segment->length == 0 || silence >= HR_INITIAL_RTO_NS) && end->fin.frame == 0 &&
           connection->ends[1 - segment->from].seldom->no_room.frame == 0;
}

static void probe_seen(hr_model *model, hr_connection *connection, unsigned from)
{
    hr_tcp_seldom_of(&connection->ends[from])->probes++;
    if (connection->is_probed) {
        return; /* the gap has its first probe */
    }
    connection->is_probed = true;
    hr_model_add_probe(model, connection, hr_connection_side_of(connection, from),
                       hr_moment_elapsed_ns(connection->last_seen, model->now));
}

/* What the client sends begins a request: how long no packet had passed, also no probe. */
static void note_silence(const hr_model *model, hr_connection *connection, unsigned from)
{
    if (from == connection->client && connection->outstanding == 0 &&
        connection->http1.pending.frame == 0 && !connection->http1.is_request_open) {
        connection->silence_ns = model->now.ns - connection->last_seen.ns;
    }
}

/* ---- acknowledgements ---- */

static void hold(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment)
{
    const hr_held_segment held = {connection, *segment};
    g_array_append_val(model->segments, held);
}

/* Bytes from @begin to @until, which @end sent since its last packet, are not in the capture yet. Of
 * a direction of which nothing is, nothing was lost. */
static void tell_loss(hr_model *model, const hr_tcp_end *end, uint64_t begin, uint64_t until)
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
    hold(model, connection, &fin);
}

/* Its own packet without payload that counts one number more than there are bytes. */
static void look_for_own_fin(hr_model *model, hr_connection *connection,
                             const hr_tcp_segment *segment)
{
    const hr_tcp_end *end = &connection->ends[segment->from];

    if (segment->length == 0 && end->fin.frame == 0 && end->out.captured > 0 &&
        (segment->flags & (HR_TCP_SYN | HR_TCP_FIN)) == 0 && segment->seq == end->out.seq + 1 &&
        end->out.acked <= end->out.sent) {
        prove_fin(model, connection, segment->from, end->out.seq, HR_FIN_NUMBERED);
    }
}

/* ... or that counts more: they were sent, and are not in the capture, or not yet. */
static void look_for_lost(hr_connection *connection, const hr_tcp_segment *segment)
{
    hr_bytes *out = &connection->ends[segment->from].out;

    if (segment->length == 0 &&
        (connection->established.frame != 0 || connection->accepted.frame != 0) &&
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

static void ack_seen(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment)
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
    if (other->out.is_fin_acked && other->fin_acked.frame == 0) {
        other->fin_acked = model->now;
    }
    if (other->out.acked > MAX(before, other->out.sent)) {
        if (before <= other->out.sent) {
            hr_tcp_seldom_of(other)->ahead = model->now;
        }
        tell_loss(model, other, MAX(before, other->out.sent), other->out.acked);
    }
    end->has_bare_acks |=
        segment->length == 0 && other->out.acked > before && before >= HR_POSITION_START;
    end->has_acked_by_rst |= (segment->flags & HR_TCP_RST) != 0 && other->out.acked > before;
    if (end->out.is_fin_acked && other->out.is_fin_acked && connection->torn_down_frame == 0) {
        connection->torn_down_frame = model->now.frame;
    }
    if (segment->from == connection->client) {
        hr_connection_acknowledged(model, connection);
    }
}

/* ---- the segment ---- */

/* What a snap length cuts off leaves the next message of HTTP/1 legible, but not the records of
 * TLS or the headers of HTTP/2. */
static bool is_chained(const hr_connection *connection)
{
    return connection->is_tls || connection->seldom->streams->table != NULL ||
           connection->protocol == HR_PROTOCOL_UNKNOWN;
}

static void payload_seen(hr_model *model, hr_connection *connection, unsigned from,
                         const hr_fresh *fresh, bool is_cut)
{
    const uint64_t heard = connection->ends[1 - from].out.acked;

    if (connection->ends[0].seldom->late_ns + connection->ends[1].seldom->late_ns > 0) {
        hr_tcp_seldom_of(&connection->ends[from])->spoke = model->now;
    }
    connection->is_probed = false;
    if (is_cut && is_chained(connection)) {
        hr_bytes_disturb(&connection->ends[from].out);
    }
    connection->ends[from].latest = fresh->begin;
    connection->ends[from].latest_length = (uint32_t)(fresh->end - fresh->begin);
    if (heard != connection->ends[from].heeded + 1) {
        connection->ends[from].heeded = heard;
    }
    if (is_cut) {
        hr_tcp_seldom *seldom = hr_tcp_seldom_of(&connection->ends[from]);
        seldom->cut_end = fresh->end;
        seldom->is_begin_cut |= fresh->begin == HR_POSITION_START;
    }
    note_silence(model, connection, from);
    if (from == connection->client) {
        hr_http1_client_bytes(model, connection, fresh);
    } else {
        hr_http1_server_bytes(model, connection, fresh);
    }
}

void hr_tcp_segment_seen(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment)
{
    hr_tcp_end *end = &connection->ends[segment->from];
    const bool is_first = connection->first_seen.frame == model->now.frame &&
                          end->state == HR_END_UNSEEN &&
                          connection->ends[1 - segment->from].state == HR_END_UNSEEN;
    const uint32_t first_seq = segment->seq + ((segment->flags & HR_TCP_SYN) != 0 ? 1 : 0);

    if (is_first && (segment->flags & HR_TCP_SYN) == 0) {
        hr_translated_begun_seen(model, connection, segment);
    }
    if (hr_connection_is_copy(connection)) {
        hr_connection_seen(model, connection);
        return;
    }
    if (end->state == HR_END_UNSEEN) {
        end->state = HR_END_PARTIAL;
    }
    if ((segment->flags & HR_TCP_SYN) != 0) {
        syn_seen(model, connection, segment);
    }
    if (is_first) {
        hr_pool_connection_appeared(model, connection);
    }
    note_room(model, connection, segment);
    if (is_probe(model, connection, segment)) {
        probe_seen(model, connection, segment->from);
    }
    look_for_own_fin(model, connection, segment);
    if ((segment->flags & (HR_TCP_SYN | HR_TCP_FIN | HR_TCP_RST)) == 0) {
        look_for_lost(connection, segment);
    }
    const uint64_t sent_before = end->out.sent;
    const hr_fresh fresh = (segment->flags & HR_TCP_RST) == 0
                               ? hr_bytes_add(&end->out, first_seq, segment->length)
                               : (hr_fresh){0, 0, 0};
    if (sent_before != 0 && fresh.fresh > 0 && fresh.begin > sent_before) {
        tell_loss(model, end, sent_before, fresh.begin);
    }
    if (fresh.fresh > 1 && fresh.begin < end->out.acked) { /* one byte is a probe's */
        came_late(model, connection, segment->from, end->seldom->ahead);
    }
    if ((segment->flags & HR_TCP_ACK) != 0) {
        ack_seen(model, connection, segment);
        look_for_establishment(model, connection, segment);
    }
    if (connection->ends[1 - segment->from].seldom->repeats > 0) {
        hr_tcp_seldom *other = hr_tcp_seldom_of(&connection->ends[1 - segment->from]);
        other->repeats = 0;
        other->in_vain = HR_MOMENT_NONE;
    }
    if (segment->length > 1 && fresh.fresh == 0 &&
        hr_moment_elapsed_ns(end->last_sent, model->now) >= AGAIN_NS) {
        hr_tcp_seldom *seldom = hr_tcp_seldom_of(end);
        seldom->repeats++;
        seldom->in_vain = seldom->repeats == HR_REPEATS_IN_VAIN ? model->now : seldom->in_vain;
    }
    if (fresh.fresh > 0) {
        payload_seen(model, connection, segment->from, &fresh, segment->is_cut);
    }
    if (connection->seldom->tunnel != NULL) {
        hr_tunnel_follow(model, connection, segment->from, &fresh);
    }
    if ((segment->flags & (HR_TCP_FIN | HR_TCP_RST)) != 0) {
        hold(model, connection, segment);
    }
    end->last_sent = model->now;
    hr_connection_seen(model, connection);
}

/* ---- ends ---- */

static bool is_ended(const hr_connection *connection)
{
    return connection->ends[0].state >= HR_END_CLOSED || connection->ends[1].state >= HR_END_CLOSED;
}

/* RFC 9293 §3.10.7.3: during the setup a reset has to acknowledge the SYN, later it has to stand
 * in the window. */
static bool is_reset_of_this(const hr_connection *connection, const hr_tcp_segment *segment)
{
    const hr_tcp_end *end = &connection->ends[segment->from];
    const hr_tcp_end *other = &connection->ends[1 - segment->from];

    if ((segment->flags & HR_TCP_ACK) != 0 && connection->accepted.frame == 0 &&
        connection->established.frame == 0 && other->state == HR_END_OPENED) {
        return segment->ack == other->out.seq || other->out.captured > 0;
    }
    if (!hr_bytes_is_known(&end->out)) {
        return true;
    }
    const uint64_t position = hr_bytes_position(&end->out, segment->seq);
    const uint64_t first =
        end->out.is_from_start ? HR_POSITION_START - 1 : hr_bytes_end(&end->out) - RESET_REACH;
    return position >= first && position <= hr_bytes_end(&end->out) + RESET_REACH;
}

static void fin_seen(hr_model *model, hr_connection *connection, hr_tcp_end *end,
                     const hr_tcp_segment *segment)
{
    const hr_tcp_end *other = &connection->ends[1 - segment->from];

    hr_bytes_finish(&end->out, hr_bytes_position(&end->out, segment->seq) + segment->length);
    hr_bytes_stands_at(&end->out, segment->seq);
    if ((segment->flags & HR_TCP_ACK) != 0 && end->fin_ack == 0) {
        end->fin_ack = hr_bytes_position(&other->out, segment->ack);
    }
    if (end->fin.frame != 0) {
        if (end->fin_proof == HR_FIN_ACKNOWLEDGED && end->fin.frame != model->now.frame &&
            (segment->flags & HR_TCP_ACK) != 0) {
            came_late(model, connection, segment->from, end->fin);
        }
        return;
    }
    end->fin = model->now;
    if (end->state < HR_END_CLOSED) {
        end->state = HR_END_CLOSED;
    }
}

/* A client that leaves in the middle of an answer may have waited for the rest; sooner what was lost
 * of it may have come again. */
static void note_wait(const hr_model *model, const hr_connection *connection, hr_tcp_end *client,
                      const hr_tcp_end *server)
{
    const hr_request *head = connection->head;
    const int64_t waited_ns = hr_moment_elapsed_ns(server->last_sent, model->now);

    if (head != NULL && head->answered.frame != 0 && waited_ns >= HR_INITIAL_RTO_NS &&
        server->out.acked >= hr_bytes_end(&server->out) && server->fin.frame == 0) {
        hr_tcp_seldom_of(client)->waited_ns = waited_ns;
    }
}

static void end_seen(hr_model *model, const hr_held_segment *held)
{
    hr_connection *connection = held->connection;
    const hr_tcp_segment *segment = &held->segment;
    hr_tcp_end *end = &connection->ends[segment->from];
    const bool was_ended = is_ended(connection);
    const hr_tcp_end *other = &connection->ends[1 - segment->from];

    if ((segment->flags & HR_TCP_RST) == 0) {
        fin_seen(model, connection, end, segment);
    } else if (!is_reset_of_this(connection, segment)) {
        return;
    } else if (end->seldom->rst.frame == 0) {
        look_for_lost(connection, segment);
        hr_tcp_seldom_of(end)->rst = model->now;
        end->state = HR_END_RESET;
    }
    if (end->took == 0) {
        end->took = other->out.acked;
        end->heard = other->latest_length;
    }
    if (segment->from == connection->client && !was_ended) {
        note_wait(model, connection, end, other);
    }
    hr_exchange_settle(model, connection);
    hr_connection_become_closing(model, connection);
    if (segment->from != connection->client) {
        hr_http1_server_ended(model, connection);
        hr_tls_server_ended(model, connection);
    }
    if (connection->seldom->tunnel != NULL) {
        hr_tunnel_end(model, connection, segment->from, !was_ended);
    }
    if (!was_ended) {
        hr_model_add_item(model, HR_ITEM_CLOSING, connection, NULL);
    }
}

const hr_item *hr_model_end_frame(hr_model *model, size_t *count)
{
    hr_http1_end_frame(model);
    if (model->segments->len > 0) {
        for (guint i = 0; i < model->segments->len; i++) {
            end_seen(model, &g_array_index(model->segments, hr_held_segment, i));
        }
        g_array_set_size(model->segments, 0);
    }
    hr_traced_join_requests(model);
    *count = model->items->len;
    return *count > 0 ? &g_array_index(model->items, hr_item, 0) : NULL;
}

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
#include "core/follow/tcp.h"

#include "core/follow/halves.h"
#include "core/follow/http1.h"
#include "core/follow/translated.h"
#include "core/follow/tunnel.h"
#include "core/model/traced.h"
#include "core/opening/pool.h"

/* Sooner than what is sent again for want of an answer comes (RFC 6298 §2.1; Linux waits 200 ms at
 * least): a copy, as mirror ports make. */
#define AGAIN_NS (100 * HR_NS_PER_MS)

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

void hr_tcp_came_late(hr_model *model, hr_connection *connection, unsigned from, hr_moment since)
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
    if (end->syn_count < UINT8_MAX && !is_copy) {
        end->syn_count++;
    }
    if (end->syn.frame != 0) {
        return; /* a retransmission: the first counts */
    }
    end->syn = model->now;
    hr_tcp_came_late(model, connection, segment->from,
                     is_answer ? connection->established : hr_connection_accepted(connection));
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
        end->is_syn_answer = true;
        if (connection->first_request != NULL && connection->first_request->answer_floor == 0) {
            connection->first_request->answer_floor = HR_POSITION_START; /* RFC 7413: in the SYN */
        }
        forget_reset(model, connection);
        hr_translated_syn_ack_seen(model, connection, segment);
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
    if (connection->established.frame != 0 || segment->from != connection->client ||
        (segment->flags & HR_TCP_ACK) == 0 || (segment->flags & (HR_TCP_SYN | HR_TCP_RST)) != 0) {
        return;
    }
    const hr_moment accepted = hr_connection_accepted(connection);
    if (accepted.frame == 0 && hr_connection_client(connection)->syn.frame == 0) {
        return;
    }
    connection->established = model->now;
    if (segment->length == 0 && accepted.frame != 0) {
        connection->client_leg_ns = MAX(model->now.ns - accepted.ns, 0);
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
    if (segment->has_no_room) {
        seldom->no_room = model->now;
        return;
    }
    seldom->no_room_ns = MAX(seldom->no_room_ns, hr_moment_elapsed_ns(seldom->no_room, model->now));
    seldom->no_room = (hr_moment){0};
    seldom->made_room = model->now;
}

/* Which way its packets come is a matter of routes; a reset that had another way, or another host
 * behind it, is told by that all others had one (model/hops.h). */
static void note_hops(const hr_model *model, hr_connection *connection,
                      const hr_tcp_segment *segment)
{
    hr_tcp_end *end = &connection->ends[segment->from];

    if (segment->hops == 0) {
        return;
    }
    if ((segment->flags & HR_TCP_RST) != 0) {
        if (segment->hops != end->hops && end->hops_count > 0 && end->seldom->rst.frame == 0) {
            const hr_tcp_seldom *other = connection->ends[1 - segment->from].seldom;
            hr_tcp_seldom_of(end)->rst_after_ns = other->probe.frame == connection->last_seen.frame
                                                      ? other->unprobed_ns
                                                      : model->now.ns - connection->last_seen.ns;
        }
    } else if (segment->hops == end->hops) {
        end->hops_count = MIN(end->hops_count + 1u, HR_HOPS_COUNT_MAX) & HR_HOPS_COUNT_MAX;
    } else if (end->hops == 0) {
        end->hops = segment->hops;
        end->hops_count = 1;
    } else {
        hr_tcp_seldom_of(end)->has_other_hops = true;
    }
}

static void note_way(hr_connection *connection, const hr_tcp_segment *segment)
{
    hr_tcp_end *end = &connection->ends[segment->from];

    end->has_come_in |= segment->way == HR_WAY_IN;
    end->has_gone_out |= segment->way == HR_WAY_OUT;
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

/* Once more the same, and nothing of the other end since. */
static void sent_in_vain(const hr_model *model, hr_tcp_seldom *seldom)
{
    seldom->repeats++;
    seldom->in_vain = seldom->repeats == HR_REPEATS_IN_VAIN ? model->now : seldom->in_vain;
}

static void probe_seen(hr_model *model, hr_connection *connection, unsigned from)
{
    hr_tcp_seldom *seldom = hr_tcp_seldom_of(&connection->ends[from]);

    if (seldom->probe.frame == connection->last_seen.frame &&
        hr_moment_elapsed_ns(seldom->probe, model->now) >= AGAIN_NS) {
        sent_in_vain(model, seldom); /* nobody has answered the one before */
    }
    seldom->probes++;
    seldom->probe = model->now;
    seldom->unprobed_ns = hr_moment_elapsed_ns(connection->last_seen, model->now);
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
        connection->http1.pending->at.frame == 0 && !connection->http1.is_request_open) {
        connection->silence_ns = model->now.ns - connection->last_seen.ns;
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

/* Linux delays an ACK by 40 ms at least (net/tcp.h: TCP_DELACK_MIN, HZ/25), others by up to 500 ms
 * (RFC 9293 §3.8.6.3). A clock's tick less. */
#define DELAYED_ACK_MIN_NS (36 * HR_NS_PER_MS)

/* How long a kernel takes to send what waited for an ACK. */
#define FREED_WITHIN_NS HR_NS_PER_MS

/* The last packet was an ACK that the client had delayed, of all that the server had sent; what
 * follows has the way from the server behind it. */
static bool is_freed(const hr_connection *connection, const hr_tcp_end *server,
                     const hr_fresh *fresh, int64_t since_ns)
{
    const hr_tcp_end *client = hr_connection_client(connection);
    const int64_t handshake_ns = hr_connection_tcp_handshake_ns(connection);
    const int64_t leg_ns = connection->client_leg_ns;
    const int64_t way_ns = handshake_ns == HR_TIME_NONE ? 0 : handshake_ns - leg_ns;
    const int64_t acked_ns = hr_moment_elapsed_ns(server->last_sent, client->last_sent);

    return acked_ns >= leg_ns + DELAYED_ACK_MIN_NS && server->out.acked == fresh->begin &&
           server->out.acked > client->heeded && since_ns <= way_ns + FREED_WITHIN_NS;
}

/* Nagle's algorithm (RFC 9293 §3.7.4) keeps what is less than a segment until all is acknowledged:
 * the server's program had written it before. What follows at once was written with it. */
static void note_held_back(const hr_model *model, const hr_connection *connection,
                           hr_tcp_end *server, const hr_fresh *fresh)
{
    const int64_t since_ns = model->now.ns - connection->last_seen.ns;

    if (is_freed(connection, server, fresh, since_ns)) {
        hr_tcp_seldom_of(server)->held_back_until = fresh->end;
        hr_tcp_seldom_of(server)->held_back_ns = model->now.ns - server->last_sent.ns;
    } else if (server->seldom->held_back_until == fresh->begin && since_ns <= FREED_WITHIN_NS &&
               server->last_sent.frame == connection->last_seen.frame) {
        hr_tcp_seldom_of(server)->held_back_until = fresh->end;
        hr_tcp_seldom_of(server)->held_back_ns += since_ns;
    }
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
    hr_tcp_set_latest(&connection->ends[from], fresh->begin, (uint32_t)(fresh->end - fresh->begin));
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
        note_held_back(model, connection, &connection->ends[from], fresh);
        hr_http1_server_bytes(model, connection, fresh);
    }
}

/* What the other end sent again was in vain until now; an end that acknowledges nothing of it does not
 * change that. */
static void heard_of_other(hr_connection *connection, const hr_tcp_segment *segment)
{
    const hr_tcp_end *other = &connection->ends[1 - segment->from];
    const bool is_end = (segment->flags & (HR_TCP_FIN | HR_TCP_RST)) != 0;

    if (other->seldom->repeats > 0 || other->seldom->in_vain.frame != 0) {
        hr_tcp_seldom *seldom = hr_tcp_seldom_of(&connection->ends[1 - segment->from]);
        seldom->repeats = 0;
        if (!is_end || hr_bytes_is_all_acked(&other->out)) {
            seldom->in_vain = HR_MOMENT_NONE;
        }
    }
}

static void follow_segment(hr_model *model, hr_connection *connection,
                           const hr_tcp_segment *segment)
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
    note_hops(model, connection, segment);
    note_way(connection, segment);
    if (is_probe(model, connection, segment)) {
        probe_seen(model, connection, segment->from);
    }
    hr_tcp_look_for_own_fin(model, connection, segment);
    if ((segment->flags & (HR_TCP_SYN | HR_TCP_FIN | HR_TCP_RST)) == 0) {
        hr_tcp_look_for_lost(connection, segment);
    }
    const uint64_t sent_before = end->out.sent;
    const hr_fresh fresh = (segment->flags & HR_TCP_RST) == 0
                               ? hr_bytes_add(&end->out, first_seq, segment->length)
                               : (hr_fresh){0, 0, 0};
    if (sent_before != 0 && fresh.fresh > 0 && fresh.begin > sent_before) {
        hr_tcp_tell_loss(model, end, sent_before, fresh.begin);
    }
    if (fresh.fresh > 1 && fresh.begin < end->seldom->ahead_until) { /* one byte is a probe's */
        hr_tcp_came_late(model, connection, segment->from, end->seldom->ahead);
    }
    if ((segment->flags & HR_TCP_ACK) != 0) {
        hr_tcp_ack_seen(model, connection, segment);
        look_for_establishment(model, connection, segment);
    }
    heard_of_other(connection, segment);
    if (segment->length > 1 && fresh.fresh == 0 &&
        hr_moment_elapsed_ns(end->last_sent, model->now) >= AGAIN_NS) {
        sent_in_vain(model, hr_tcp_seldom_of(end));
    }
    if (fresh.fresh > 0) {
        payload_seen(model, connection, segment->from, &fresh, segment->is_cut);
    }
    end->last_sent = model->now;
    if (connection->seldom->tunnel != NULL) {
        hr_tunnel_follow(model, connection, segment->from, &fresh);
    }
    if ((segment->flags & (HR_TCP_FIN | HR_TCP_RST)) != 0) {
        hr_tcp_hold(model, connection, segment);
    }
    hr_connection_seen(model, connection);
}

void hr_tcp_segment_seen(hr_model *model, hr_connection *connection, const hr_tcp_segment *segment)
{
    hr_tcp_segment there = *segment;
    hr_connection *whole = hr_halves_whole(model, connection, &there);

    if (whole != connection) {
        hr_connection_seen(model, connection);
    }
    follow_segment(model, whole, &there);
}

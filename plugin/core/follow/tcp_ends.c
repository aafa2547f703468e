/* tcp_ends.c
 * FINs and resets, once all that the frame shows was told: what they carried came before them.
 *
 * Sources: RFC 9293 (closing §3.6, resets §3.10.7).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/exchange.h"
#include "core/follow/http1.h"
#include "core/follow/tcp.h"
#include "core/follow/tls.h"
#include "core/follow/tunnel.h"
#include "core/model/traced.h"

enum {
    /* How far behind or ahead of an end's bytes its reset may stand: data that nobody captured. By
     * chance one number in 2,000 does, from a connection before on the same ports. The less, the
     * more of a dropped burst hides a reset; the more, the more strangers end a connection. In none
     * of 289 captures does one of 2^16 or 2^24 change what is said, in 32 one of 0. */
    RESET_REACH = 1 << 20,
};

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

    if ((segment->flags & HR_TCP_ACK) != 0 && hr_connection_accepted(connection).frame == 0 &&
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

/* What it took is known by then, and stays as it is where it is anything. */
static void note_fin_ack(hr_tcp_end *end, uint64_t position)
{
    if (hr_tcp_fin_ack(end) != 0 || position == 0) {
        return;
    }
    end->fin_acks = end->took != 0 && position == end->took       ? HR_FIN_ACKS_TOOK
                    : end->took != 0 && position == end->took + 1 ? HR_FIN_ACKS_ONE_MORE
                                                                  : HR_FIN_ACKS_OTHERWISE;
    if (end->fin_acks == HR_FIN_ACKS_OTHERWISE) {
        hr_tcp_seldom_of(end)->fin_ack = position;
    }
}

static void fin_seen(hr_model *model, hr_connection *connection, hr_tcp_end *end,
                     const hr_tcp_segment *segment)
{
    hr_bytes_finish(&end->out, hr_bytes_position(&end->out, segment->seq) + segment->length);
    hr_bytes_stands_at(&end->out, segment->seq);
    if (end->fin.frame != 0) {
        if (end->fin_proof == HR_FIN_ACKNOWLEDGED && end->fin.frame != model->now.frame &&
            (segment->flags & HR_TCP_ACK) != 0) {
            hr_tcp_came_late(model, connection, segment->from, end->fin);
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
    const int64_t waited_ns = hr_moment_elapsed_ns(server->last_sent, model->now);

    if (connection->head != NULL && waited_ns >= HR_INITIAL_RTO_NS &&
        server->out.acked >= hr_bytes_end(&server->out)) {
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
        hr_tcp_look_for_lost(connection, segment);
        hr_tcp_seldom_of(end)->rst = model->now;
        hr_tcp_seldom_of(end)->rst_hops = segment->hops;
        hr_tcp_seldom_of(end)->has_rst_ack = (segment->flags & HR_TCP_ACK) != 0;
        end->state = HR_END_RESET;
    }
    if (end->took == 0) {
        end->took = other->out.acked;
        end->heard = (uint8_t)MIN(other->latest_length, UINT8_MAX);
    }
    if ((segment->flags & (HR_TCP_RST | HR_TCP_ACK)) == HR_TCP_ACK) {
        note_fin_ack(end, hr_bytes_position(&other->out, segment->ack));
    }
    if (segment->from == connection->client && !was_ended) {
        note_wait(model, connection, end, other);
    }
    hr_exchange_settle(model, connection);
    hr_connection_become_closing(model, connection);
    if (segment->from != connection->client) {
        hr_http1_server_ended(model, connection);
        if (!was_ended) { /* what came before the client's end was for it to read */
            hr_tls_server_ended(model, connection);
        }
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

/* quic.c
 * What QUIC itself tells of a connection: who opened it, when it could carry requests, how many
 * streams the server allows, who closed it. Addresses play no part after the first packet: a
 * connection that migrates, or changes its connection ids, stays one.
 *
 * An idle timeout ends a connection without a packet. The transport parameters say when: so a
 * connection that is silent for longer is not taken for one that could have been reused.
 *
 * Sources: RFC 9000 (connection ids §5.1, stream limits §4.6, idle timeout §10.1, close §10.2,
 * transport parameters §18.2), RFC 9001 (the TLS handshake §4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/follow/state.h"
#include "core/model/hash.h"
#include "core/model/quic.h"
#include "core/opening/pool.h"

enum {
    SCAN_SILENT = 64,     /* connections looked at for one that has timed out */
    CRYPTO_ERROR = 0x100, /* a TLS alert's description behind it (RFC 9001 §4.8) */
    CRYPTO_ERROR_LAST = 0x1ff,
};

/* What comes within a round trip and this was sent before an answer could be there. */
#define PROBE_NS (100 * HR_NS_PER_MS)

static void leave_queue(hr_model *model, hr_quic *quic)
{
    if (quic->is_queued) {
        g_queue_unlink(&model->quic_open, &quic->open_link);
        quic->is_queued = false;
    }
}

/* Those that timed out in silence can take no request any more. The queue is in the order of
 * their last packets, its head the longest silent. */
static void expire_silent(hr_model *model)
{
    GList *link = model->quic_open.head;

    for (unsigned budget = SCAN_SILENT; link != NULL && budget > 0; budget--) {
        hr_connection *connection = link->data;
        const int64_t deadline_ns = hr_quic_idle_deadline_ns(connection);
        link = link->next;
        if (deadline_ns != HR_TIME_NONE && deadline_ns <= model->now.ns) {
            leave_queue(model, connection->seldom->quic);
            connection->seldom->quic->expired_frame = model->now.frame;
            hr_model_add_item(model, HR_ITEM_CLOSING, connection, NULL);
            hr_connection_become_closing(model, connection);
            connection->closing.ns = MIN(connection->closing.ns, deadline_ns);
        }
    }
}

/* ---- the handshake ---- */

/* A connection whose first packet is not a client's Initial was open before the capture. */
static void initial_seen(hr_model *model, hr_connection *connection, unsigned from)
{
    if (connection->first_seen.frame != model->now.frame || connection->is_opening_seen ||
        connection->seldom->tls->hello.frame != 0) {
        return;
    }
    hr_connection_set_client(connection, from);
    connection->is_opening_seen = true;
    connection->opened = connection->ends[from].syn = model->now;
    hr_model_add_item(model, HR_ITEM_OPENING, connection, NULL);
}

/* By a CONNECTION_CLOSE or a stateless reset of either end, or by its timeout. */
static bool is_over(const hr_connection *connection)
{
    return connection->seldom->quic->is_closed || connection->seldom->quic->expired_frame != 0 ||
           connection->ends[0].seldom->rst.frame != 0 || connection->ends[1].seldom->rst.frame != 0;
}

/* What resets a connection is nobody's who knows it: its program, or its host, is another one since.
 * No other packet bears the token (RFC 9000 §10.3.1), which may have been its client's secret: the
 * second one with the same end tells of the first. */
static void stateless_reset_seen(hr_model *model, hr_connection *connection, unsigned from,
                                 hr_moment first)
{
    hr_tcp_end *end = &connection->ends[from];
    const bool was_over = is_over(connection);

    if (end->seldom->rst.frame != 0 || end->fin.frame != 0) {
        return; /* as an answer to each packet that still comes */
    }
    hr_tcp_seldom_of(end)->rst = first;
    end->state = HR_END_RESET;
    hr_connection_become_closing(model, connection);
    leave_queue(model, connection->seldom->quic);
    if (!was_over) {
        hr_model_add_item(model, HR_ITEM_CLOSING, connection, NULL);
    }
}

/* A client whose packets are not acknowledged probes (RFC 9002 §6.2): what it sends behind a request,
 * later than an answer to the packet before could have been there. The handshake takes a round trip
 * at least, wherever the capture was made. Before its request a client need not be answered. */
static void follow_probes(hr_connection *connection, unsigned from, hr_moment now)
{
    hr_tcp_end *client = &connection->ends[connection->client];
    const hr_tcp_end *server = &connection->ends[1 - connection->client];
    const int64_t setup_ns = hr_connection_setup_ns(connection);

    if (from != connection->client) {
        if (client->seldom->repeats > 0) {
            hr_tcp_seldom_of(client)->repeats = 0;
        }
        return;
    }
    if (setup_ns == HR_TIME_NONE || connection->outstanding == 0 ||
        client->last_sent.frame <= server->last_sent.frame) {
        return;
    }
    if (hr_moment_elapsed_ns(client->last_sent, now) >= PROBE_NS + setup_ns) {
        hr_tcp_seldom_of(client)->repeats++;
    }
}

void hr_quic_packet_seen(hr_model *model, hr_connection *connection, unsigned from,
                         hr_quic_packet type)
{
    const bool is_client = from == connection->client;

    if (type == HR_QUIC_STATELESS_RESET || type == HR_QUIC_STATELESS_RESETS) {
        const bool is_second = type == HR_QUIC_STATELESS_RESETS;
        const hr_moment before = connection->ends[from].last_sent;
        stateless_reset_seen(model, connection, from,
                             is_second && before.frame != 0 ? before : model->now);
        return;
    }
    if (type == HR_QUIC_STRANGE) {
        follow_probes(connection, from, model->now);
        connection->ends[from].last_sent = model->now; /* there is somebody, whatever it is */
        if (!is_client) {
            connection->seldom->quic->strange_frame = model->now.frame;
        }
        return;
    }
    connection->seldom->quic->client_packets += is_client ? 1 : 0;
    if (type == HR_QUIC_HANDSHAKE && connection->first_seen.frame == model->now.frame) {
        connection->seldom->quic->begins_inside = true; /* it takes an answer (RFC 9001 §4.1.4) */
    }
    if (type == HR_QUIC_INITIAL) {
        initial_seen(model, connection, from);
    } else if (type == HR_QUIC_1RTT && is_client) {
        if (connection->seldom->tls->client_records < UINT32_MAX) {
            hr_connection_tls(connection)->client_records++;
        }
        if (!connection->seldom->tls->is_readable) {
            /* The client has the keys for it once its handshake is over (RFC 9001 §4.1.1). */
            hr_connection_become_ready(model, connection, true);
        }
    } else if (type == HR_QUIC_1RTT && connection->seldom->quic->unread != model->now.frame) {
        connection->seldom->quic->unread_before = connection->seldom->quic->unread;
        connection->seldom->quic->unread = model->now.frame; /* unless its number is read */
    }
}

void hr_quic_number_seen(hr_model *model, hr_connection *connection, unsigned from, uint64_t number)
{
    hr_bytes *numbers = &connection->seldom->quic->numbers;
    const uint64_t expected = numbers->sent;

    if (from == connection->client) {
        /* They count up by one, whether each kind by itself or all together (RFC 9000 §12.3). */
        connection->seldom->quic->is_client_gapped |=
            number >= connection->seldom->quic->client_packets;
        return;
    }
    if (connection->seldom->quic->unread == model->now.frame) {
        connection->seldom->quic->unread = connection->seldom->quic->unread_before;
    }
    hr_bytes_add(numbers, (uint32_t)number, 1);
    if (expected == 0 || numbers->sent <= expected + 1) {
        return;
    }
    /* What was missed may have answered the requests before those that were sent since. */
    for (hr_request *request = connection->last_request;
         request != NULL && request->answer_floor == expected; request = request->previous) {
        if (request->delivery == HR_DELIVERY_MULTIPLEXED) {
            request->delivery = HR_DELIVERY_UNKNOWN;
        }
    }
}

void hr_quic_handshake_done_seen(hr_model *model, hr_connection *connection, unsigned from)
{
    if (from != connection->client) {
        hr_connection_become_ready(model, connection, false); /* RFC 9001 §4.1.2 */
    }
}

/* What was agreed, or the only thing that was offered. */
static bool is_http3(const hr_connection *connection)
{
    const char *name = connection->seldom->tls->alpn;

    while (name != NULL && strncmp(name, "h3", 2) == 0) {
        name = strchr(name, ',');
        if (name == NULL) {
            return true;
        }
        name++;
    }
    return false;
}

void hr_quic_datagram_seen(hr_model *model, hr_connection *connection, unsigned from,
                           uint32_t length)
{
    hr_tcp_end *end = &connection->ends[from];
    hr_quic *quic = connection->seldom->quic;
    const bool is_first =
        connection->ends[0].state == HR_END_UNSEEN && connection->ends[1].state == HR_END_UNSEEN;

    if (is_first) {
        expire_silent(model);
        hr_pool_connection_appeared(model, connection);
    }
    if (from != connection->client && hr_connection_accepted(connection).frame == 0 &&
        connection->is_opening_seen) {
        hr_connection_seldom(connection)->accepted = model->now;
    }
    if (end->state == HR_END_UNSEEN) {
        end->state = HR_END_OPENED;
    }
    end->out.captured += length;
    follow_probes(connection, from, model->now);
    if (from != connection->client) {
        quic->outlived_frame = 0;
    } else if (quic->outlived_frame == 0 && hr_quic_outlives_server(connection, model->now.ns)) {
        quic->outlived_frame = model->now.frame;
    }
    end->last_sent = model->now;
    hr_connection_seen(model, connection);
    if (quic->is_queued) {
        g_queue_unlink(&model->quic_open, &quic->open_link);
        g_queue_push_tail_link(&model->quic_open, &quic->open_link);
    }
    if (connection->protocol == HR_PROTOCOL_UNKNOWN && is_http3(connection)) {
        connection->protocol = HR_PROTOCOL_H3;
        hr_connection_streams(connection)->table = g_hash_table_new(hr_number_hash, g_direct_equal);
        connection->is_in_scope = true;
    }
    if (connection->is_in_scope && hr_connection_ready(connection).frame != 0 &&
        connection->place.pool == NULL) {
        hr_pool_enter(model, connection,
                      connection->seldom->tls->sni); /* it could carry requests */
        hr_connection_become_available(model, connection);
    }
}

/* ---- parameters and the end ---- */

void hr_quic_parameters_seen(hr_model *model, hr_connection *connection, unsigned from,
                             const hr_quic_parameters *parameters)
{
    hr_quic *quic = connection->seldom->quic;

    if (quic == NULL) {
        return; /* TLS over TCP has no say in this */
    }
    quic->has_parameters[from] = true;
    quic->idle_timeout_ms[from] = parameters->idle_timeout_ms;
    if (from != connection->client) {
        hr_connection_streams(connection)->limit = (uint32_t)MIN(parameters->streams, UINT32_MAX);
        quic->streams_allowed = 0;
        hr_quic_max_streams_seen(model, connection, from, parameters->streams);
    }
}

void hr_quic_max_streams_seen(hr_model *model, hr_connection *connection, unsigned from,
                              uint64_t streams)
{
    hr_quic *quic = connection->seldom->quic;

    if (from == connection->client || streams <= quic->streams_allowed) {
        return; /* a smaller one came late (RFC 9000 §4.6) */
    }
    quic->streams_allowed = streams;
    if (connection->place.pool != NULL && quic->streams_opened < streams) {
        hr_connection_become_available(model, connection);
    }
}

void hr_quic_close_seen(hr_model *model, hr_connection *connection, unsigned from, uint64_t code,
                        bool is_by_application)
{
    hr_quic *quic = connection->seldom->quic;
    hr_tcp_end *end = &connection->ends[from];
    const bool was_over = is_over(connection);

    if (end->fin.frame != 0) {
        return; /* sent again, as an answer to each packet that still comes (RFC 9000 §10.2.1) */
    }
    end->fin = model->now;
    end->state = HR_END_CLOSED;
    hr_connection_become_closing(model, connection);
    if (!was_over) {
        quic->is_closed = true;
        quic->close_code = code;
        quic->is_close_by_application = is_by_application;
        if (!is_by_application && code >= CRYPTO_ERROR && code <= CRYPTO_ERROR_LAST &&
            hr_connection_ready(connection).frame == 0) {
            hr_connection_tls(connection)->failed_by = hr_connection_side_of(connection, from);
        }
        leave_queue(model, quic);
        hr_model_add_item(model, HR_ITEM_CLOSING, connection, NULL);
    }
}

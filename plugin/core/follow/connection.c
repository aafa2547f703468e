/* connection.c
 * A connection's roles and its states: busy, idle, closing. Whatever protocol it carries ends
 * up here, so that the pools see one kind of connection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/model/store.h"
#include "core/opening/pool.h"

const hr_tcp_end *hr_connection_client(const hr_connection *connection)
{
    return &connection->ends[connection->client];
}

const hr_tcp_end *hr_connection_server(const hr_connection *connection)
{
    return &connection->ends[1 - connection->client];
}

hr_side hr_connection_side_of(const hr_connection *connection, unsigned from)
{
    return from == connection->client ? HR_SIDE_CLIENT : HR_SIDE_SERVER;
}

void hr_connection_set_client(hr_connection *connection, unsigned end)
{
    if (connection->client != end) {
        /* What was taken for a client's bytes were a server's, and the other way round. */
        connection->has_stray_answer = connection->pending.frame != 0;
        connection->pending = HR_MOMENT_NONE;
    }
    connection->client = (uint8_t)end;
    connection->is_client_guessed = false;
}

bool hr_connection_is_opaque(const hr_connection *connection)
{
    return connection->is_tls && !connection->is_tls_readable && connection->request_count == 0;
}

bool hr_connection_carried_nothing(const hr_connection *connection)
{
    if (connection->request_count > 0 || connection->unseen_count > 0) {
        return false;
    }
    if (hr_connection_is_opaque(connection)) {
        /* Of TLS 1.3 the first encrypted record of the client is its Finished. */
        return connection->client_records == 0 ||
               (connection->client_records == 1 && connection->is_setup_estimated &&
                connection->transport != HR_TRANSPORT_QUIC);
    }
    return connection->protocol != HR_PROTOCOL_UNKNOWN || connection->is_tls ||
           (connection->ends[0].bytes == 0 && connection->ends[1].bytes == 0);
}

static int64_t between(hr_moment begin, hr_moment end)
{
    /* Where the clock of the capture went back nothing was measured. */
    return begin.frame != 0 && end.frame != 0 && begin.ns <= end.ns ? end.ns - begin.ns
                                                                    : HR_TIME_NONE;
}

int64_t hr_connection_tcp_handshake_ns(const hr_connection *connection)
{
    return between(hr_connection_client(connection)->syn, connection->established);
}

/* QUIC sets up both at once (RFC 9001 §4): its TLS handshake is all of the setup. */
int64_t hr_connection_tls_handshake_ns(const hr_connection *connection)
{
    if (connection->transport == HR_TRANSPORT_QUIC) {
        return hr_connection_setup_ns(connection);
    }
    return connection->tls == HR_TLS_NONE ? HR_TIME_NONE
                                          : between(connection->established, connection->ready);
}

int64_t hr_connection_setup_ns(const hr_connection *connection)
{
    return between(hr_connection_client(connection)->syn, connection->ready);
}

hr_protocol hr_request_protocol(const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const bool asks_for_h2c = connection->is_h2c_upgrade && request->stream == 1;

    if (request->stream >= 0 && !asks_for_h2c) {
        return connection->protocol;
    }
    return request->is_http10 ? HR_PROTOCOL_HTTP10 : HR_PROTOCOL_HTTP11;
}

int64_t hr_request_response_time_ns(const hr_request *request)
{
    return request->response_frame != 0 ? between(request->sent, request->ended) : HR_TIME_NONE;
}

int64_t hr_connection_right_after_ns(const hr_model *model, const hr_connection *connection)
{
    const int64_t handshake_ns = connection->transport == HR_TRANSPORT_QUIC
                                     ? between(connection->opened, connection->accepted)
                                     : hr_connection_tcp_handshake_ns(connection);
    return model->settings.right_after_ns + (handshake_ns == HR_TIME_NONE ? 0 : handshake_ns);
}

void hr_connection_become_available(hr_model *model, hr_connection *connection)
{
    if (connection->closing.frame == 0 && connection->available_since.frame == 0) {
        connection->available_since = model->now;
        hr_pool_available(connection);
    }
}

/* Callers run side by side: a request that follows on the idle connection while the first one on
 * the new connection waits had taken it before, and only came second to the wire. */
static void note_overtaken(const hr_model *model, const hr_connection *idle)
{
    hr_connection *opened = (hr_connection *)idle->explains;
    const hr_request *first = opened != NULL ? opened->first_request : NULL;

    if (first != NULL &&
        model->now.ns - first->sent.ns <= hr_connection_right_after_ns(model, opened)) {
        opened->is_opening_overtaken = true;
    }
}

void hr_connection_become_taken(hr_model *model, hr_connection *connection)
{
    note_overtaken(model, connection);
    if (connection->available_since.frame != 0) {
        connection->available_before[0] = connection->available_since;
        connection->available_before[1] = model->now;
        connection->available_since = HR_MOMENT_NONE;
    }
    hr_pool_taken(connection);
}

void hr_connection_become_exhausted(hr_model *model, hr_connection *connection)
{
    connection->exhausted = model->now;
    hr_connection_become_taken(model, connection);
    hr_pool_exhausted(connection);
}

void hr_connection_become_idle(hr_model *model, hr_connection *connection)
{
    if (connection->closing.frame == 0) {
        connection->idle_since = model->now;
        hr_connection_become_available(model, connection);
    }
}

void hr_connection_become_busy(hr_model *model, hr_connection *connection)
{
    connection->idle_since = HR_MOMENT_NONE;
    hr_connection_become_taken(model, connection);
}

void hr_connection_become_closing(hr_model *model, hr_connection *connection)
{
    if (connection->closing.frame == 0) {
        connection->closing = model->now;
        hr_pool_closing(connection);
    }
}

void hr_connection_announce_close(hr_model *model, hr_connection *connection, hr_side side)
{
    if (connection->announced_by == HR_SIDE_NONE) {
        connection->announced_by = side;
        connection->announced = model->now;
    }
    hr_connection_become_closing(model, connection);
}

void hr_connection_end_exchange(hr_model *model, hr_connection *connection, hr_request *request)
{
    if (request->is_done) {
        return;
    }
    request->is_done = true;
    connection->outstanding--;
    connection->exchange_count++;
    connection->last_ended = request;
    while (connection->head != NULL && connection->head->is_done) {
        connection->head = connection->head->next;
    }
    if (connection->exchange_count == 1) {
        hr_pool_first_exchange_over(connection);
    }
    if (connection->outstanding == 0) {
        hr_connection_become_idle(model, connection);
    }
}

void hr_connection_place_on_stream(hr_connection *connection, hr_request *request, bool is_later)
{
    const bool is_proof =
        is_later && connection->request_count == 0 && !connection->is_opening_seen;

    if (is_proof) {
        /* Stream ids count up; the streams before may have been refused or idle. */
        connection->unseen_count = 1;
    }
    request->status = connection->request_count > 0 || is_proof ? HR_STATUS_REUSED
                      : connection->is_opening_seen             ? HR_STATUS_NEW
                                                                : HR_STATUS_UNKNOWN;
    request->number = connection->unseen_count + connection->request_count + 1;
    request->is_number_exact = connection->is_opening_seen;
    connection->request_count++;
    request->delivery =
        connection->outstanding > 0 ? HR_DELIVERY_MULTIPLEXED : HR_DELIVERY_SEQUENTIAL;
    request->concurrency = connection->outstanding + 1;
    if (connection->outstanding == 0 && connection->idle_since.frame != 0) {
        request->idle_ns = MAX(request->sent.ns - connection->idle_since.ns, 0);
    }
}

/* RFC 9110 §7.2 */
const char *hr_connection_pool_name(hr_model *model, const hr_connection *connection, hr_slice host)
{
    if (connection->tls_sni != NULL) {
        return connection->tls_sni;
    }
    const char *port = strcmp(connection->scheme, "https") == 0 ? ":443" : ":80";
    const size_t port_length = strlen(port);
    if (host.text == NULL || host.length == 0) {
        return NULL;
    }
    if (host.length > port_length &&
        memcmp(host.text + host.length - port_length, port, port_length) == 0) {
        host.length -= port_length;
    }
    return hr_model_intern_lower(model, host);
}

/* All Hosts of one connection have the same port, said or not (RFC 9110 §4.2.2). */
static const char *host_without_port(hr_model *model, const char *authority)
{
    const char *colon = strrchr(authority, ':');
    const bool has_port = colon != NULL && strchr(colon, ']') == NULL;
    const size_t length = has_port ? (size_t)(colon - authority) : strlen(authority);

    return hr_model_intern_lower(model, (hr_slice){authority, length});
}

void hr_connection_host_answered(hr_model *model, hr_connection *connection,
                                 const hr_request *request)
{
    if (connection->tls_sni == NULL || request->authority == NULL ||
        (request->authority == connection->authority && request->response_code != 421)) {
        return;
    }
    const char *host = host_without_port(model, request->authority);
    if (request->response_code == 421) {
        connection->misdirected = host;
        return;
    }
    connection->authority = request->authority;
    if (connection->host == NULL) {
        connection->host = host;
    } else if (connection->host != host) {
        hr_pool_serves_several(connection);
    }
}

/* What several programs asked through one connection, a proxy has collected. */
void hr_connection_take_user_agent(hr_model *model, hr_connection *connection, hr_slice user_agent,
                                   bool is_relayed)
{
    const char *now = hr_model_intern_slice(model, user_agent);

    connection->is_relayed |= is_relayed;
    if (now != NULL) {
        connection->is_relayed |= connection->user_agent != NULL && connection->user_agent != now;
        connection->user_agent = now;
    }
}

int64_t hr_connection_ended_ns(const hr_connection *connection)
{
    if (connection->quic != NULL && connection->quic->silent_end_ns != HR_TIME_NONE) {
        return connection->quic->silent_end_ns;
    }
    return connection->ending.at.frame != 0 ? connection->ending.at.ns : INT64_MAX;
}

guint hr_endpoint_hash(gconstpointer data)
{
    const hr_endpoint *endpoint = data;
    return g_direct_hash(endpoint->address) * 31 + endpoint->port;
}

gboolean hr_endpoint_equal(gconstpointer left, gconstpointer right)
{
    const hr_endpoint *a = left;
    const hr_endpoint *b = right;
    return a->address == b->address && a->port == b->port;
}

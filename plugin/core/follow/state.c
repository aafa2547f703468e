/* state.c
 * The states of a connection: busy, idle, closing. Whatever protocol it carries ends up here, so
 * that the pools see one kind of connection.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/follow/state.h"
#include "core/opening/pool.h"
#include "software/products.h"

void hr_connection_set_client(hr_connection *connection, unsigned end)
{
    if (connection->client != end) {
        /* What was taken for a client's bytes were a server's, and the other way round. */
        connection->http1.has_stray_answer = connection->http1.pending->at.frame != 0;
        hr_http1_forget_pending(&connection->http1);
    }
    connection->client = (uint8_t)end;
    connection->is_client_guessed = false;
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
    hr_connection *opened = hr_pool_explained_by(idle);
    const hr_request *first = opened != NULL ? opened->first_request : NULL;

    if (first != NULL &&
        model->now.ns - first->sent.ns <= hr_connection_right_after_ns(model, opened)) {
        opened->judged.is_overtaken = true;
    }
}

void hr_connection_still_answers(const hr_connection *connection)
{
    hr_connection *opened = hr_pool_explained_by(connection);

    if (opened != NULL) {
        opened->judged.is_overtaken = true;
    }
}

/* It can take no other request. */
static void become_taken(hr_model *model, hr_connection *connection)
{
    note_overtaken(model, connection);
    if (connection->available_since.frame != 0) {
        connection->available_before_ns[0] = connection->available_since.ns;
        connection->available_before_ns[1] = model->now.ns;
        connection->available_since = HR_MOMENT_NONE;
    }
    hr_pool_taken(connection);
}

void hr_connection_follow_limit(hr_model *model, hr_connection *connection, bool has_room)
{
    if (has_room) {
        hr_connection_become_available(model, connection);
        return;
    }
    hr_connection_streams(connection)->exhausted = model->now;
    become_taken(model, connection);
    hr_pool_exhausted(connection);
}

void hr_connection_become_ready(const hr_model *model, hr_connection *connection, bool is_estimated)
{
    if (hr_connection_ready(connection).frame == 0 && connection->seldom->tls->hello.frame != 0) {
        hr_connection_tls(connection)->ready = model->now;
        hr_connection_tls(connection)->is_setup_estimated = is_estimated;
    }
}

/* The client has the answer one way later than it passed where the capture was made, and says so
 * one more way later; an ACK that comes sooner says it better. Clients may delay ACKs, up to 500 ms
 * (RFC 1122 §4.2.3.2), or let them ride on the next request. */
void hr_connection_rested_at(hr_connection *connection, hr_moment at)
{
    const bool was_available = connection->available_since.frame != 0 &&
                               connection->available_since.frame == connection->idle_since.frame;

    if (connection->idle_since.frame == 0) {
        return;
    }
    connection->rest.since_ns = at.ns;
    connection->idle_since.ns = at.ns + connection->client_leg_ns;
    if (was_available) {
        connection->available_since.ns = connection->idle_since.ns;
    }
}

void hr_connection_become_idle(hr_model *model, hr_connection *connection)
{
    if (connection->closing.frame == 0) {
        const hr_tcp_end *server = hr_connection_server(connection);
        connection->idle_since = model->now;
        hr_connection_become_available(model, connection);
        connection->rest.end = hr_bytes_end(&server->out);
        connection->rest.client_end = hr_bytes_end(&hr_connection_client(connection)->out);
        connection->is_rest_unknown = false;
        connection->is_answer_held_back = server->seldom->held_back_until == connection->rest.end;
        hr_connection_rested_at(connection, model->now);
        hr_connection_acknowledged(model, connection);
    }
}

void hr_connection_acknowledged(const hr_model *model, hr_connection *connection)
{
    const hr_bytes *server = &hr_connection_server(connection)->out;

    if (connection->rest.end == 0 || connection->idle_since.frame == 0 ||
        server->acked < connection->rest.end) {
        return;
    }
    connection->rest.end = 0;
    if (model->now.ns < connection->idle_since.ns &&
        connection->idle_since.frame != model->now.frame) {
        const bool was_available = connection->available_since.ns == connection->idle_since.ns;
        connection->idle_since.ns = MAX(model->now.ns, connection->rest.since_ns);
        if (was_available) {
            connection->available_since.ns = connection->idle_since.ns;
        }
    }
}

void hr_connection_become_busy(hr_model *model, hr_connection *connection)
{
    connection->idle_since = HR_MOMENT_NONE;
    become_taken(model, connection);
}

void hr_connection_reopen(hr_model *model, hr_connection *connection)
{
    connection->closing = HR_MOMENT_NONE;
    hr_pool_connection_reappeared(model, connection);
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
    if (connection->seldom->close_said.by == HR_SIDE_NONE) {
        hr_close_said *said = &hr_connection_seldom(connection)->close_said;
        said->by = side;
        said->at = model->now;
    }
    hr_connection_become_closing(model, connection);
}

/* RFC 9110 §7.2 */
const char *hr_connection_pool_name(hr_model *model, const hr_connection *connection, hr_slice host)
{
    if (connection->seldom->tls->sni != NULL) {
        return connection->seldom->tls->sni;
    }
    const char *port = connection->is_https ? ":443" : ":80";
    const size_t port_length = strlen(port);
    if (host.text == NULL || host.length == 0) {
        return NULL;
    }
    if (host.length > port_length &&
        memcmp(host.text + host.length - port_length, port, port_length) == 0) {
        host.length -= port_length;
    }
    return hr_model_intern_host(model, host);
}

/* All Hosts of one connection have the same port, said or not (RFC 9110 §4.2.2). */
static const char *host_without_port(hr_model *model, const char *authority)
{
    const char *colon = strrchr(authority, ':');
    const bool has_port = colon != NULL && strchr(colon, ']') == NULL;
    const size_t length = has_port ? (size_t)(colon - authority) : strlen(authority);

    return hr_model_intern_host(model, (hr_slice){authority, length});
}

void hr_connection_host_answered(hr_model *model, hr_connection *connection,
                                 const hr_request *request)
{
    if (connection->seldom->tls->sni == NULL || request->authority == NULL ||
        (request->authority == connection->seldom->tls->authority &&
         request->response_code != 421)) {
        return;
    }
    hr_tls *tls = hr_connection_tls(connection);
    const char *host = host_without_port(model, request->authority);
    if (request->response_code == 421) {
        tls->misdirected = host;
        return;
    }
    tls->authority = request->authority;
    if (tls->host == NULL) {
        tls->host = host;
    } else if (tls->host != host) {
        hr_pool_serves_several(connection);
    }
}

/* The same for all calls of a program. */
static const char *steady_name(hr_model *model, const char *user_agent)
{
    char buffer[256];
    const size_t size = strlen(user_agent);
    g_autofree char *more = size > sizeof(buffer) ? g_malloc(size) : NULL;
    char *steady = more != NULL ? more : buffer;
    const size_t length = hr_user_agent_steady(user_agent, steady);

    return length > 0 ? hr_model_intern(model, steady, length) : user_agent;
}

/* What several programs asked through one connection, a proxy has collected. */
void hr_connection_take_user_agent(hr_model *model, hr_connection *connection, hr_slice user_agent,
                                   bool is_relayed)
{
    hr_products *products = &connection->products;
    const char *said = hr_model_intern_slice(model, user_agent);

    products->is_relayed |= is_relayed;
    if (said == NULL || said == products->user_agent) {
        return;
    }
    const char *now = steady_name(model, said);
    if (now != products->user_agent) {
        products->is_check = hr_product_named(now, HR_ROLE_CLIENT) == HR_PRODUCT_HEALTH_CHECK;
        products->is_relayed |= products->user_agent != NULL;
        products->user_agent = now;
    }
}

/* leg_match.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/leg_match.h"

#include <string.h>

#include "core/ending/here.h"
#include "core/model/route.h"
#include "software/products.h"

bool hr_leg_is_a_proxys(const hr_connection *connection)
{
    return connection->products.is_relayed || connection->products.is_below_its_program;
}

bool hr_leg_has_failed_by(const hr_request *request, uint32_t frame)
{
    const uint32_t closed = request->connection->ending.at.frame;

    return (request->answered.frame == 0 || request->answered.frame > frame) &&
           ((request->is_done && request->ended.frame <= frame) ||
            (closed != 0 && closed <= frame));
}

enum {
    PARTIAL_CONTENT = 206 /* RFC 9110 §15.3.7: nginx asks for slices */
};

/* The proxy that its answer names, or NULL. */
static const hr_product *proxy_of(const hr_connection *front)
{
    return hr_product_get(hr_product_named(front->products.server, HR_ROLE_PROXY));
}

/* ... and that says nothing of itself to servers. */
bool hr_leg_is_front_of_silent(const hr_connection *front)
{
    const hr_product *proxy = proxy_of(front);

    return proxy != NULL && proxy->unseen_as == HR_SIDE_CLIENT;
}

/* When the answer from behind could begin to be passed on: what comes after the proxy had closed is
 * not; or, without one, when it was asked for. */
static uint32_t passable_in(const hr_request *back)
{
    const hr_ending *ending = &back->connection->ending;
    const uint32_t answered = back->answered.frame;
    const bool is_too_late = ending->first_closer == HR_SIDE_CLIENT && ending->at.frame < answered;

    return answered != 0 && !is_too_late ? answered : hr_request_frame(back);
}

static bool is_open_during(const hr_request *front, const hr_request *back)
{
    const uint32_t until_frame = passable_in(back);

    return hr_request_frame(front) < hr_request_frame(back) &&
           (front->answered.frame == 0 || front->answered.frame > until_frame) &&
           !hr_leg_has_failed_by(front, hr_request_frame(back));
}

static const hr_tcp_end *asked_end(const hr_connection *connection)
{
    while (connection->seldom->parent != NULL) {
        connection = connection->seldom->parent;
    }
    const hr_connection *behind = hr_connection_behind(connection);
    return &behind->ends[1 - hr_connection_client_of_copy(behind)];
}

const hr_endpoint *hr_leg_asked_at(const hr_connection *connection)
{
    return &asked_end(connection)->endpoint;
}

const char *hr_leg_asked_host(const hr_connection *connection)
{
    return hr_here_host(asked_end(connection));
}

const char *hr_leg_asking_host(const hr_connection *connection)
{
    return hr_here_host(hr_connection_client(connection));
}

bool hr_leg_is_asked_there(const hr_request *front, const hr_request *back)
{
    return hr_leg_asked_host(front->connection) == hr_leg_asking_host(back->connection);
}

/* A proxy may have several addresses; those of the host that captured are known. Two clients of one
 * name that ask two servers for "/" at once are no proxy: at another address the same Host has to be
 * asked for, and what asks has to say that it is one. That a Host names another port or address than
 * the one that is asked does not: port mappings and NAT make that of any client. */
static bool may_be_asked_at(const hr_request *front, const hr_request *back)
{
    return hr_leg_is_asked_there(front, back) ||
           (hr_leg_is_a_proxys(back->connection) && back->authority != NULL &&
            front->authority == back->authority);
}

/* Whether @target, in absolute form, names the host of @authority, whatever the port. */
static bool names_host(const char *target, const char *authority)
{
    const char *scheme_end = strstr(target, "://");
    const size_t bracketed = authority[0] == '[' ? strcspn(authority, "]") : 0;
    const size_t length = bracketed + strcspn(authority + bracketed, ":");
    const char *host = scheme_end + 3;

    return g_ascii_strncasecmp(host, authority, length) == 0 && strchr(":/?", host[length]) != NULL;
}

/* A forward proxy is asked in absolute form, and asks that server for the path; another proxy it
 * asks as it was asked. */
static bool is_for_same(const hr_request *back, const hr_request *front)
{
    return front->target == back->target ||
           (strcmp(hr_target_path(front->target), back->target) == 0 &&
            (back->authority == NULL || names_host(front->target, back->authority)));
}

const char *hr_leg_tail(const char *target)
{
    const char *path = hr_target_path(target);
    const char *tail = NULL;

    for (const char *at = path; *at != '\0' && *at != '?'; at++) {
        tail = *at == '/' && at[1] != '\0' && at[1] != '?' ? at : tail;
    }
    return tail;
}

/* A proxy that takes the first segments of a path away, or puts some before it (nginx: proxy_pass
 * with a path), leaves the rest as it is. */
static bool is_for_tail(const hr_request *back, const hr_request *front)
{
    const char *one = front->target;
    const char *other = back->target;

    return one[0] == '/' && (g_str_has_suffix(one, other) || g_str_has_suffix(other, one));
}

static bool is_full_success(const hr_request *request)
{
    return request->response_code >= 200 && request->response_code < 300 &&
           request->response_code != PARTIAL_CONTENT;
}

static bool differ(uint32_t length, uint32_t other)
{
    return length != 0 && other != 0 && length != other;
}

/* What is passed on stays as long as it is. A proxy that changes an answer (gzip, SSI) says no
 * length any more; but one that is asked in absolute form (Privoxy) is a proxy, whatever it does.
 * Errors are its own, or it asked somebody else after that. */
static bool differ_in_length(const hr_request *back, const hr_request *front)
{
    return front->target[0] == '/' && (differ(back->length, front->length) ||
                                       (is_full_success(back) && is_full_success(front) &&
                                        (back->response_code != front->response_code ||
                                         differ(back->answer_length, front->answer_length))));
}

static bool may_pass_on(const hr_request *back, const hr_request *front)
{
    const hr_connection *from = front->connection;
    const hr_connection *to = back->connection;

    return front->method == back->method && from->products.user_agent == to->products.user_agent &&
           may_be_asked_at(front, back) &&
           !hr_endpoint_equal(hr_leg_asked_at(from), hr_leg_asked_at(to)) &&
           is_open_during(front, back) && !differ_in_length(back, front);
}

/* It dials for what it was asked, not before. */
static bool is_dialed_before(const hr_request *back, const hr_request *front)
{
    return back->previous == NULL && back->connection->opened.frame < hr_request_frame(front);
}

bool hr_leg_may_be_asked_within(const hr_request *back, const hr_request *front)
{
    const hr_connection *from = front->connection;
    const hr_connection *to = back->connection;
    const uint32_t frame = hr_request_frame(back);

    return (front->answered.frame == 0 || front->answered.frame > frame) &&
           !hr_leg_has_failed_by(front, frame) && !is_dialed_before(back, front) &&
           from->products.user_agent == to->products.user_agent &&
           hr_leg_is_asked_there(front, back) &&
           !hr_endpoint_equal(hr_leg_asked_at(from), hr_leg_asked_at(to)) &&
           (front->method == back->method || g_strcmp0(back->method, "GET") == 0) &&
           hr_leg_is_front_of_silent(from);
}

bool hr_leg_passes_on(const hr_request *back, const hr_request *front)
{
    return is_for_same(back, front) && may_pass_on(back, front);
}

bool hr_leg_may_pass_tail_on(const hr_request *back, const hr_request *front)
{
    return is_for_tail(back, front) && may_pass_on(back, front);
}

/* A service that asks another one for what it is asked for looks the same, but for the length. */
bool hr_leg_passes_tail_on(const hr_request *back, const hr_request *front)
{
    const bool is_as_long = back->answer_length != 0 && back->answer_length == front->answer_length;
    const bool is_unknown = front->answered.frame == 0 || back->answered.frame == 0;

    return (is_as_long || is_unknown || hr_leg_is_a_proxys(back->connection) ||
            proxy_of(front->connection) != NULL) &&
           hr_leg_may_pass_tail_on(back, front);
}

/* http1_expect.c
 * Expect: 100-continue (RFC 9110 §10.1.1). A client that waits for leave to send its body may get
 * the final answer instead; then it need not send the body, and some go on with the next request on
 * the same connection (Go's net/http does). The head said how long the body is, so that dissectors
 * take the next requests for it. The bytes decide: where they could not have been under way before
 * the answer was there, and begin with a whole head of the same host that ends elsewhere than the
 * body would, they are a request. All else is a body, as the head said.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/http1.h"

void hr_http1_expect(hr_connection *connection, hr_request *request, const hr_http1_request *seen)
{
    if (seen->expects_continue && connection->http1.is_request_open &&
        request->begin != HR_POSITION_NONE && !seen->extent.is_header_cut) {
        hr_http1_expecting *expecting = &hr_http1_seldom_of(&connection->http1)->expecting;
        expecting->request = request;
        expecting->body = request->begin + seen->extent.header_length;
        expecting->found = 0;
    }
}

void hr_http1_expectation_met(hr_connection *connection)
{
    if (connection->http1.seldom->expecting.request != NULL) {
        hr_http1_seldom_of(&connection->http1)->expecting.request = NULL;
    }
}

/* The last request, whose body is to come, had its whole final answer. */
static bool is_answered_instead(const hr_connection *connection)
{
    const hr_http1 *http1 = &connection->http1;
    const hr_request *request = http1->seldom->expecting.request;

    return request != NULL && request == connection->last_request && http1->is_request_open &&
           request->is_done && request->complete == HR_COMPLETE_YES &&
           request->response_code >= 200 && hr_request_is_server_intact_since(request);
}

void hr_http1_look_for_body(const hr_model *model, hr_connection *connection, const hr_fresh *fresh)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;
    const hr_bytes *server = &hr_connection_server(connection)->out;
    const uint64_t body = connection->http1.seldom->expecting.body;

    if (is_answered_instead(connection) && fresh->begin == body && client->sent == fresh->end &&
        client->acked <= body && server->acked >= connection->http1.answered_until &&
        hr_bytes_is_whole(client, connection->last_request->begin, fresh->end)) {
        hr_http1_seldom_of(&connection->http1)->expecting.found = model->now.frame;
    }
}

static bool is_found(const hr_model *model, const hr_connection *connection)
{
    const hr_http1_expecting *expecting = &connection->http1.seldom->expecting;

    return expecting->request == connection->last_request && expecting->found == model->now.frame;
}

bool hr_http1_wants_request_instead(const hr_model *model, const hr_connection *connection,
                                    unsigned from, uint32_t *seq)
{
    const hr_bytes *client = &connection->ends[from].out;

    if (from != connection->client || !hr_http1_is_ours(connection) ||
        !is_found(model, connection)) {
        return false;
    }
    *seq = client->seq - (uint32_t)(client->sent - connection->http1.seldom->expecting.body);
    return true;
}

bool hr_http1_is_instead(const hr_model *model, const hr_connection *connection, uint64_t position)
{
    return is_found(model, connection) && position == connection->http1.seldom->expecting.body;
}

/* A body that looks like a request ends where the head said, or more of it stands behind what it
 * looks like. */
bool hr_http1_may_be_instead(hr_model *model, const hr_connection *connection,
                             const hr_http1_request *seen)
{
    const hr_http1_expecting *expecting = &connection->http1.seldom->expecting;
    const hr_http1_extent *extent = &seen->extent;
    const bool has_body = extent->is_chunked || extent->has_content_length;
    const uint64_t sent = hr_connection_client(connection)->out.sent;
    const uint64_t body_end = expecting->request->end;
    bool is_until_close = false;
    const uint64_t length = hr_http1_message_length(extent, !has_body, &is_until_close);

    if (extent->is_header_cut || seen->host.length == 0 ||
        expecting->request->authority != hr_model_intern_slice(model, seen->host)) {
        return false;
    }
    if (length == UINT64_MAX) {
        return sent != body_end;
    }
    return sent <= expecting->body + length && expecting->body + length != body_end;
}

/* Dissectors show it when they have read its body's length from what follows. */
static void note_read_on(hr_http1_seldom *seldom, const hr_request *request)
{
    if (!hr_request_is_shown(request) &&
        (seldom->read_on.request == NULL || seldom->read_on.until <= seldom->expecting.body)) {
        seldom->read_on.request = seldom->expecting.request;
        seldom->read_on.until = request->end;
    }
}

void hr_http1_end_at_head(hr_model *model, hr_connection *connection)
{
    hr_http1_seldom *seldom = hr_http1_seldom_of(&connection->http1);
    hr_request *request = seldom->expecting.request;

    note_read_on(seldom, request);
    request->end = seldom->expecting.body;
    connection->http1.is_request_open = false;
    seldom->expecting.request = NULL;
    hr_connection_become_idle(model, connection);
    hr_connection_rested_at(connection, request->ended); /* it had no more to send */
}

hr_request *hr_http1_read_on(hr_model *model, hr_connection *connection, uint64_t position,
                             const hr_http1_request *seen)
{
    const hr_tcp_end *client = hr_connection_client(connection);
    const hr_read_on *read_on = &connection->http1.seldom->read_on;
    hr_request *request = read_on->request;

    if (position != HR_POSITION_NONE || connection->is_tls || request == NULL ||
        request->target != hr_model_intern_slice(model, seen->target) ||
        (read_on->until != HR_POSITION_NONE &&
         (hr_tcp_latest(client) >= read_on->until || client->out.sent < read_on->until))) {
        return NULL;
    }
    hr_http1_seldom_of(&connection->http1)->read_on.request = NULL;
    return request;
}

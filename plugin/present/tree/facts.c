/* facts.c
 * Which facts belong to which kind of thing that a frame shows, in the order in which they are
 * read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/tree/facts.h"

#include "core/model/hops.h"
#include "core/model/traced.h"
#include "software/software.h"

static struct {
    gint opening, tls, ending;
} subtrees = {-1, -1, -1};

static void add_opening(const hr_tree_writer *parent, const hr_connection *connection)
{
    const hr_opening *opening = hr_connection_opening(connection);
    proto_item *line = NULL;
    const hr_tree_writer below = hr_tree_begin(parent, subtrees.opening, "Opening", &line);
    const hr_tree_writer *out = &below;

    hr_tree_put_frame(out, HR_FIELD_OPENED_IN, connection->opened.frame);
    hr_tree_put_time(out, HR_FIELD_SETUP, hr_connection_setup_ns(connection));
    hr_tree_put_time(out, HR_FIELD_SETUP_TCP, hr_connection_tcp_handshake_ns(connection));
    hr_tree_put_time(out, HR_FIELD_SETUP_TLS, hr_connection_tls_handshake_ns(connection));
    hr_tree_put_string(out, HR_FIELD_WHY_NEW, hr_why_token(opening->why));
    if (opening->connection != NULL && opening->connection->is_in_scope) {
        hr_tree_put_uint(out, HR_FIELD_WHY_NEW_CONNECTION, opening->connection->id);
        hr_tree_put_frame(out, HR_FIELD_WHY_NEW_FRAME,
                          opening->connection->opened.frame != 0
                              ? opening->connection->opened.frame
                              : opening->connection->first_seen.frame);
    }
    if (opening->shares_address) {
        hr_tree_put_boolean(out, HR_FIELD_WHY_NEW_SHARED, true);
    }
}

static void add_timers(const hr_tree_writer *out, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    for (size_t i = 0; i < ending->timer_count; i++) {
        const hr_timer *timer = hr_ending_timer(ending, i);
        hr_tree_put_string(
            out, HR_FIELD_CLOSE_TIMER,
            wmem_strdup_printf(out->context->pinfo->pool, "%s %s (%g s)",
                               hr_product_name(timer->product), timer->setting,
                               (double)hr_timer_idle_ns(timer, connection) / HR_NS_PER_S));
    }
}

static void add_ending(const hr_tree_writer *parent, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    proto_item *line = NULL;
    const hr_tree_writer below = hr_tree_begin(parent, subtrees.ending, "Ending", &line);
    const hr_tree_writer *out = &below;

    hr_tree_put_frame(out, HR_FIELD_CLOSED_IN, ending->at.frame);
    hr_tree_put_string(out, HR_FIELD_CLOSE_CAUSE, hr_close_cause_token(ending->cause));
    hr_tree_put_string(out, HR_FIELD_CLOSE_BY, hr_side_token(ending->by));
    hr_tree_put_string(out, HR_FIELD_CLOSE_FIRST_FIN, hr_side_token(ending->first_fin));
    hr_reset_hops hops;
    if (hr_hops_of_end(connection, &hops)) {
        hr_tree_put_uint(out, HR_FIELD_CLOSE_RESET_HOPS, hops.reset);
        hr_tree_put_uint(out, HR_FIELD_CLOSE_USUAL_HOPS, hops.usual);
    }
    hr_tree_put_string(out, HR_FIELD_CLOSE_CERTAINTY, hr_certainty_token(ending->certainty));
    hr_tree_put_time(out, HR_FIELD_CLOSE_AFTER_IDLE, ending->after_idle_ns);
    add_timers(out, connection);
    if (hr_ending_limit(ending) != 0) {
        hr_tree_put_uint(out, HR_FIELD_CLOSE_LIMIT, hr_ending_limit(ending));
    }
    hr_tree_put_string(out, HR_FIELD_CLOSE_TIME_WAIT, hr_side_token(connection->time_wait));
}

static void add_tls(const hr_tree_writer *parent, const hr_connection *connection)
{
    const hr_tls_handshake handshake = connection->seldom->tls->handshake;
    const bool is_plain = handshake == HR_TLS_NONE || handshake == HR_TLS_UNKNOWN;
    proto_item *line = NULL;
    const hr_tree_writer below = is_plain && connection->seldom->tls->sni == NULL
                                     ? hr_tree_unless(parent, true)
                                     : hr_tree_begin(parent, subtrees.tls, "TLS", &line);
    const hr_tree_writer *out = &below;

    hr_tree_put_string(out, HR_FIELD_TLS_HANDSHAKE, hr_tls_handshake_token(handshake));
    hr_tree_put_string(out, HR_FIELD_TLS_VERSION, connection->seldom->tls->version);
    hr_tree_put_string(out, HR_FIELD_TLS_ALPN, connection->seldom->tls->alpn);
    if (connection->seldom->tls->is_alpn_offer) {
        hr_tree_put_boolean(out, HR_FIELD_TLS_ALPN_OFFERED, true);
    }
    hr_tree_put_string(out, HR_FIELD_TLS_SNI, connection->seldom->tls->sni);
}

/* Where the connection began and ends, of an item that has not a subtree which says it. */
static void add_places(const hr_tree_writer *out, const hr_item *item, bool has_opening,
                       bool has_ending)
{
    const hr_connection *connection = item->connection;
    const hr_request *first = connection->first_request;
    const hr_tree_writer other = hr_tree_unless(out, first != NULL && first == item->request);

    hr_tree_put_frame(&other, HR_FIELD_FIRST_REQUEST_IN,
                      first != NULL ? hr_request_frame(first) : 0);
    if (!has_opening) {
        hr_tree_put_frame(out, HR_FIELD_OPENED_IN, connection->opened.frame);
    }
    if (!has_ending) {
        hr_tree_put_frame(out, HR_FIELD_CLOSED_IN, connection->ending.at.frame);
    }
}

static void add_connection(const hr_tree_writer *out, const hr_item *item)
{
    const hr_connection *connection = item->connection;

    hr_tree_put_string(out, HR_FIELD_PROTOCOL, hr_protocol_token(connection->protocol));
    add_places(out, item, item->kind == HR_ITEM_OPENING, item->kind == HR_ITEM_CLOSING);
    add_tls(out, connection);
}

static void add_request(const hr_tree_writer *out, const hr_request *request)
{
    const hr_tree_writer twice = hr_tree_unless(out, true);
    const hr_tree_writer delivery =
        hr_tree_unless(out, request->delivery == HR_DELIVERY_SEQUENTIAL);
    const hr_tree_writer alone = hr_tree_unless(out, request->concurrency == 1);

    hr_tree_put_string(out, HR_FIELD_STATUS, hr_status_token(request->status));
    if (request->status != HR_STATUS_UNKNOWN) {
        hr_tree_put_boolean(&twice, HR_FIELD_REUSED, request->status == HR_STATUS_REUSED);
    }
    hr_tree_put_uint(out, HR_FIELD_NUMBER, request->number);
    if (!request->is_number_exact) {
        hr_tree_put_boolean(out, HR_FIELD_NUMBER_LOWER_BOUND, true);
    }
    hr_tree_put_string(&delivery, HR_FIELD_DELIVERY, hr_delivery_token(request->delivery));
    hr_tree_put_uint(&alone, HR_FIELD_CONCURRENCY, request->concurrency);
    hr_tree_put_time(out, HR_FIELD_IDLE, request->idle_ns);
    if (hr_request_stream(request) >= 0) {
        hr_tree_put_uint64(out, HR_FIELD_STREAM, (uint64_t)hr_request_stream(request));
    }
    hr_tree_put_string(out, HR_FIELD_AUTHORITY, request->authority);
    hr_tree_put_string(out, HR_FIELD_PROTOCOL, hr_protocol_token(hr_request_protocol(request)));
}

static void add_neighbours(const hr_tree_writer *out, const hr_request *request)
{
    hr_tree_put_frame(out, HR_FIELD_PREVIOUS_REQUEST_IN,
                      request->previous != NULL ? hr_request_frame(request->previous) : 0);
    if (out->context->analysis != NULL && request->next != NULL) {
        hr_tree_put_frame(out, HR_FIELD_NEXT_REQUEST_IN, hr_request_frame(request->next));
    }
}

static void add_other_leg(const hr_tree_writer *out, const hr_request *request)
{
    if (out->context->analysis == NULL) {
        return;
    }
    if (request->ties->passed_on != NULL) {
        hr_tree_put_frame(out, HR_FIELD_UPSTREAM_IN, hr_request_frame(request->ties->passed_on));
    }
    if (request->ties->passes_on != NULL) {
        hr_tree_put_frame(out, HR_FIELD_DOWNSTREAM_IN, hr_request_frame(request->ties->passes_on));
    }
}

static void add_time_and_completeness(const hr_tree_writer *out, const hr_request *request)
{
    hr_tree_put_time(out, HR_FIELD_TIME, hr_request_response_time_ns(request));
    if (request->complete != HR_COMPLETE_UNKNOWN) {
        const hr_tree_writer whole = hr_tree_unless(out, request->complete == HR_COMPLETE_YES);
        hr_tree_put_boolean(&whole, HR_FIELD_COMPLETE, request->complete == HR_COMPLETE_YES);
    }
}

static void add_call_site(const hr_tree_writer *out, const hr_traced *call)
{
    if (call != NULL) {
        hr_tree_put_string(out, HR_FIELD_CALL_SITE, call->site);
        hr_tree_put_string(out, HR_FIELD_CALL_FUNCTION, call->function);
        hr_tree_put_string(out, HR_FIELD_CALL_ERROR, call->error);
    }
}

/* ---- items ---- */

static void add_request_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    const hr_request *request = item->request;
    const hr_connection *connection = item->connection;
    const hr_tree_writer count = hr_tree_unless(out, true);
    const bool is_first = request == connection->first_request;
    const bool is_last = out->context->analysis != NULL && request == connection->last_request;

    (void)model;
    hr_tree_put_boolean(&count, HR_FIELD_REQUEST, true);
    add_call_site(out, request->ties->traced);
    add_request(out, request);
    if (out->context->analysis != NULL) {
        hr_tree_put_frame(out, HR_FIELD_RESPONSE_IN, request->response_frame);
        add_time_and_completeness(out, request);
    }
    add_neighbours(out, request);
    add_other_leg(out, request);
    add_places(out, item, is_first, is_last);
    if (is_first) {
        add_opening(out, connection);
    }
    add_tls(out, connection);
    if (is_last) {
        add_ending(out, connection);
    }
}

static void add_response_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    (void)model;
    add_request(out, item->request);
    hr_tree_put_frame(out, HR_FIELD_REQUEST_IN, hr_request_frame(item->request));
    if (item->request->is_done || out->context->analysis != NULL) {
        add_time_and_completeness(out, item->request);
    }
    add_places(out, item, false, false);
    add_tls(out, item->connection);
}

static void add_opening_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    (void)model;
    add_opening(out, item->connection);
    add_connection(out, item);
}

static void add_closing_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    (void)model;
    add_ending(out, item->connection);
    add_connection(out, item);
}

static void add_probe_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    const hr_probe *probe = hr_model_probe(model, item->probe);

    hr_tree_put_string(out, HR_FIELD_PROBE_BY, hr_side_token(probe->by));
    hr_tree_put_time(out, HR_FIELD_PROBE_INTERVAL, probe->interval_ns);
    add_connection(out, item);
}

static void add_hello_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    (void)model;
    add_connection(out, item);
}

static void add_goaway_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    const hr_connection *connection = item->connection;

    (void)model;
    hr_tree_put_string(out, HR_FIELD_GOAWAY_BY, hr_side_token(connection->seldom->goaway->by));
    hr_tree_put_uint(out, HR_FIELD_GOAWAY_ERROR, connection->seldom->goaway->error);
    hr_tree_put_string(out, HR_FIELD_GOAWAY_DEBUG, connection->seldom->goaway->debug);
    hr_tree_put_uint(out, HR_FIELD_GOAWAY_LAST_STREAM, connection->seldom->goaway->last_stream);
    add_connection(out, item);
}

static void add_call_item(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    const hr_traced *call = item->call;

    (void)model;
    add_call_site(out, call);
    hr_tree_put_string(out, HR_FIELD_CALL_METHOD, call->method);
    hr_tree_put_string(out, HR_FIELD_CALL_HOST, call->host);
    hr_tree_put_string(out, HR_FIELD_CALL_PATH, call->path);
    add_connection(out, item);
}

static void (*const presenters[])(const hr_tree_writer *out, const hr_model *model,
                                  const hr_item *item) = {
    [HR_ITEM_REQUEST] = add_request_item, [HR_ITEM_RESPONSE] = add_response_item,
    [HR_ITEM_OPENING] = add_opening_item, [HR_ITEM_CLOSING] = add_closing_item,
    [HR_ITEM_PROBE] = add_probe_item,     [HR_ITEM_HELLO] = add_hello_item,
    [HR_ITEM_GOAWAY] = add_goaway_item,   [HR_ITEM_CALL] = add_call_item,
};

void hr_tree_add_facts(const hr_tree_writer *out, const hr_model *model, const hr_item *item)
{
    hr_tree_put_uint(out, HR_FIELD_CONNECTION, item->connection->id);
    if (presenters[item->kind] != NULL) {
        presenters[item->kind](out, model, item);
    }
}

void hr_tree_register_facts(void)
{
    static gint *all[] = {&subtrees.opening, &subtrees.tls, &subtrees.ending};

    proto_register_subtree_array(all, G_N_ELEMENTS(all));
}

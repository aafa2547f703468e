/* records.c
 * The records that have a frame: requests, connections and findings. Members are in the order of
 * the reference.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/ndjson/records.h"

#include "core/model/hops.h"
#include "core/model/traced.h"
#include "present/ndjson/finding_data.h"

/* ---- requests ---- */

static void put_transport(hr_json *json, const hr_connection *connection)
{
    hr_json_token(json, "transport", hr_transport_token(connection->transport));
    if (connection->transport == HR_TRANSPORT_TCP) {
        hr_json_uint(json, "tcp_stream", connection->tcp_stream);
    } else {
        hr_json_null(json, "tcp_stream");
    }
    if (connection->seldom->quic != NULL) {
        hr_json_uint(json, "quic_connection", connection->seldom->quic->number);
    } else {
        hr_json_null(json, "quic_connection");
    }
}

static void put_ends(hr_json *json, const hr_connection *connection)
{
    const hr_endpoint *client = &hr_connection_client(connection)->endpoint;
    const hr_endpoint *server = &hr_connection_server(connection)->endpoint;

    hr_json_endpoint(json, "client", client->address, client->port);
    hr_json_endpoint(json, "server", server->address, server->port);
}

static void put_what(hr_json *json, const hr_request *request)
{
    if (hr_request_stream(request) < 0) {
        hr_json_null(json, "stream");
    } else {
        hr_json_uint(json, "stream", (uint64_t)hr_request_stream(request));
    }
    hr_json_token(json, "protocol", hr_protocol_token(hr_request_protocol(request)));
    hr_json_string(json, "method", request->method);
    hr_json_string(json, "scheme", hr_connection_scheme(request->connection));
    hr_json_string(json, "authority", request->authority);
    hr_json_string(json, "target", request->target);
}

static void put_reuse(hr_json *json, const hr_request *request)
{
    hr_json_token(json, "status", hr_status_token(request->status));
    if (request->status == HR_STATUS_UNKNOWN) {
        hr_json_null(json, "reused");
    } else {
        hr_json_bool(json, "reused", request->status == HR_STATUS_REUSED);
    }
    hr_json_uint(json, "number", request->number);
    hr_json_bool(json, "number_exact", request->is_number_exact);
    hr_json_token(json, "delivery", hr_delivery_token(request->delivery));
    hr_json_uint(json, "concurrency", request->concurrency);
    hr_json_ms(json, "idle_ms", request->idle_ns);
}

/* What the connection cost belongs to the one request that paid for it. */
static void put_price(hr_json *json, const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const bool is_payer = request->status == HR_STATUS_NEW;

    hr_json_ms(json, "setup_ms", is_payer ? hr_connection_setup_ns(connection) : HR_TIME_NONE);
    hr_json_token(json, "tls_handshake",
                  is_payer ? hr_tls_handshake_token(connection->seldom->tls->handshake) : NULL);
    hr_json_token(json, "why_new",
                  is_payer ? hr_why_token(hr_connection_opening(connection)->why) : NULL);
}

static void put_answer(hr_json *json, const hr_request *request)
{
    hr_json_ordinal(json, "response_frame", request->response_frame);
    hr_json_ordinal(json, "response_code", request->response_code);
    hr_json_ms(json, "answer_begin_ms", hr_moment_elapsed_ns(request->sent, request->answered));
    hr_json_ms(json, "response_time_ms", hr_request_response_time_ns(request));
    if (request->complete == HR_COMPLETE_UNKNOWN) {
        hr_json_null(json, "complete");
    } else {
        hr_json_bool(json, "complete", request->complete == HR_COMPLETE_YES);
    }
}

void hr_record_write_request(hr_json *json, const hr_request *request)
{
    hr_json_begin_line(json, "request");
    hr_json_moment(json, "frame", "time", hr_request_moment(request));
    hr_json_place(json, hr_request_frame(request));
    hr_json_time(json, "sent_time", request->sent.ns);
    hr_json_connection(json, "connection", request->connection);
    put_transport(json, request->connection);
    put_what(json, request);
    put_reuse(json, request);
    put_price(json, request);
    put_ends(json, request->connection);
    put_answer(json, request);
    hr_json_string(json, "call_site",
                   request->ties->traced != NULL ? request->ties->traced->site : NULL);
    hr_json_findings(json, request->findings);
    hr_json_end_line(json);
}

/* ---- connections ---- */

static void put_isn(hr_json *json, const char *name, const hr_bytes *bytes)
{
    uint32_t isn = 0;

    if (hr_bytes_isn(bytes, &isn)) {
        hr_json_uint(json, name, isn);
    } else {
        hr_json_null(json, name);
    }
}

/* What is the same wherever and with whatever else it was captured. */
static void put_identity(hr_json *json, const hr_connection *connection)
{
    hr_json_moment(json, "first_frame", "first_time", connection->first_seen);
    hr_json_place(json, connection->first_seen.frame);
    put_isn(json, "client_isn", &hr_connection_client(connection)->out);
    put_isn(json, "server_isn", &hr_connection_server(connection)->out);
}

static void put_setup(hr_json *json, const hr_connection *connection)
{
    hr_json_moment(json, "opened_frame", "opened_time", connection->opened);
    hr_json_bool(json, "opening_seen", connection->is_opening_seen);
    hr_json_token(json, "protocol", hr_protocol_token(connection->protocol));
    hr_json_string(json, "sni", connection->seldom->tls->sni);
    hr_json_string(json, "alpn", connection->seldom->tls->alpn);
    hr_json_bool(json, "alpn_is_offer", connection->seldom->tls->is_alpn_offer);
    hr_json_string(json, "tls_version", connection->seldom->tls->version);
    hr_json_token(json, "tls_handshake",
                  hr_tls_handshake_token(connection->seldom->tls->handshake));
    hr_json_ms(json, "tcp_handshake_ms", hr_connection_tcp_handshake_ns(connection));
    hr_json_ms(json, "tls_handshake_ms", hr_connection_tls_handshake_ns(connection));
    hr_json_ms(json, "setup_ms", hr_connection_setup_ns(connection));
    hr_json_bool(json, "avoidable", connection->is_avoidable);
}

static void put_why_new(hr_json *json, const hr_connection *connection)
{
    const hr_opening *opening = hr_connection_opening(connection);
    const bool has_cause = opening->why == HR_WHY_PREVIOUS_CLOSED && opening->connection != NULL;

    hr_json_token(json, "why_new", hr_why_token(opening->why));
    hr_json_connection(json, "why_new_connection", opening->connection);
    hr_json_token(json, "why_new_cause",
                  has_cause ? hr_close_cause_token(opening->connection->ending.cause) : NULL);
}

static void put_hops(hr_json *json, const hr_connection *connection)
{
    hr_reset_hops hops;
    const bool is_elsewhere = hr_hops_of_end(connection, &hops);

    hr_json_ordinal(json, "close_reset_hops", is_elsewhere ? hops.reset : 0);
    hr_json_ordinal(json, "close_usual_hops", is_elsewhere ? hops.usual : 0);
}

static void put_ending(hr_json *json, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    hr_json_moment(json, "closed_frame", "closed_time", ending->at);
    hr_json_token(json, "close_cause", hr_close_cause_token(ending->cause));
    hr_json_token(json, "close_by", hr_side_token(ending->by));
    hr_json_token(json, "close_first_fin", hr_side_token(ending->first_fin));
    if (connection->seldom->quic != NULL && connection->seldom->quic->is_closed) {
        hr_json_uint(json, "close_code", connection->seldom->quic->close_code);
    } else {
        hr_json_null(json, "close_code");
    }
    put_hops(json, connection);
    hr_json_token(json, "close_certainty", hr_certainty_token(ending->certainty));
    hr_json_ms(json, "idle_before_close_ms", ending->after_idle_ns);
    hr_json_token(json, "time_wait", hr_side_token(connection->time_wait));
    hr_json_time(json, "last_time", connection->last_seen.ns);
}

void hr_record_write_connection(hr_json *json, const hr_connection *connection)
{
    hr_json_begin_line(json, "connection");
    hr_json_uint(json, "id", connection->id);
    put_transport(json, connection);
    hr_json_connection(json, "parent", connection->seldom->parent);
    put_ends(json, connection);
    put_identity(json, connection);
    put_setup(json, connection);
    hr_json_uint(json, "requests", connection->request_count);
    put_why_new(json, connection);
    put_ending(json, connection);
    hr_json_uint(json, "keep_alive_probes",
                 (uint64_t)connection->ends[0].seldom->probes + connection->ends[1].seldom->probes);
    hr_json_uint(json, "bytes_to_client", hr_connection_server(connection)->out.captured);
    hr_json_uint(json, "bytes_to_server", hr_connection_client(connection)->out.captured);
    hr_json_findings(json, connection->findings);
    hr_json_end_line(json);
}

/* ---- calls ---- */

void hr_record_write_call(hr_json *json, const hr_traced *call, const hr_connection *connection)
{
    hr_json_begin_line(json, "call");
    hr_json_time(json, "time", call->got_ns);
    hr_json_string(json, "site", call->site);
    hr_json_string(json, "function", call->function);
    hr_json_string(json, "method", call->method);
    hr_json_string(json, "host", call->host);
    hr_json_string(json, "path", call->path);
    hr_json_string(json, "error", call->error);
    hr_json_endpoint(json, "local", call->local.address, call->local.port);
    hr_json_endpoint(json, "remote", call->remote.address, call->remote.port);
    hr_json_connection(json, "connection", connection);
    hr_json_ordinal(json, "frame", call->seen.frame);
    hr_json_ordinal(json, "request_frame",
                    call->request != NULL ? hr_request_frame(call->request) : 0);
    hr_json_end_line(json);
}

/* ---- findings ---- */

void hr_record_write_finding(hr_json *json, const hr_model *model, const hr_analysis *analysis,
                             const hr_finding *finding)
{
    const hr_finding_kind *kind = hr_finding_kind_of(finding->code);

    hr_json_begin_line(json, "finding");
    hr_json_ordinal(json, "frame", finding->frame);
    hr_json_place(json, finding->frame);
    hr_json_string(json, "code", kind->token);
    hr_json_token(json, "severity", hr_severity_token(kind->severity));
    hr_json_connection(json, "connection", finding->connection);
    hr_json_ordinal(json, "request_frame",
                    finding->request != NULL ? hr_request_frame(finding->request) : 0);
    hr_finding_data_write(json, model, analysis, finding);
    hr_json_end_line(json);
}

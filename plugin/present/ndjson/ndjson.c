/* ndjson.c
 * The records of DESIGN section 9, one function a type, each in the order of the reference. The
 * three kinds that have a frame are in order already, each for itself, and are merged here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/ndjson/ndjson.h"

#include "compat.h"

#include <epan/epan.h>

#include "present/ndjson/finding_data.h"
#include "present/ndjson/json.h"

enum {
    SCHEMA = 1, /* of the records; rises when an existing field changes its meaning */
};

/* ---- requests ---- */

static void put_transport(hr_json *json, const hr_connection *connection)
{
    hr_json_string(json, "transport", hr_transport_token(connection->transport));
    if (connection->transport == HR_TRANSPORT_TCP) {
        hr_json_uint(json, "tcp_stream", connection->tcp_stream);
    } else {
        hr_json_null(json, "tcp_stream");
    }
    if (connection->quic != NULL) {
        hr_json_uint(json, "quic_connection", connection->quic->number);
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
    if (request->stream < 0) {
        hr_json_null(json, "stream");
    } else {
        hr_json_uint(json, "stream", (uint64_t)request->stream);
    }
    hr_json_string(json, "protocol", hr_protocol_token(hr_request_protocol(request)));
    hr_json_string(json, "method", request->method);
    hr_json_string(json, "scheme", request->connection->scheme);
    hr_json_string(json, "authority", request->authority);
    hr_json_string(json, "target", request->target);
}

static void put_reuse(hr_json *json, const hr_request *request)
{
    hr_json_string(json, "status", hr_status_token(request->status));
    if (request->status == HR_STATUS_UNKNOWN) {
        hr_json_null(json, "reused");
    } else {
        hr_json_bool(json, "reused", request->status == HR_STATUS_REUSED);
    }
    hr_json_uint(json, "number", request->number);
    hr_json_bool(json, "number_exact", request->is_number_exact);
    hr_json_string(json, "delivery", hr_delivery_token(request->delivery));
    hr_json_uint(json, "concurrency", request->concurrency);
    hr_json_ms(json, "idle_ms", request->idle_ns);
}

/* What the connection cost belongs to the one request that paid for it. */
static void put_price(hr_json *json, const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const bool is_payer = request->status == HR_STATUS_NEW;

    hr_json_ms(json, "setup_ms", is_payer ? hr_connection_setup_ns(connection) : HR_TIME_NONE);
    hr_json_string(json, "tls_handshake",
                   is_payer ? hr_tls_handshake_token(connection->tls.handshake) : NULL);
    hr_json_string(json, "why_new", is_payer ? hr_why_token(connection->opening.why) : NULL);
}

static void put_answer(hr_json *json, const hr_request *request)
{
    hr_json_ordinal(json, "response_frame", request->response_frame);
    hr_json_ordinal(json, "response_code", request->response_code);
    hr_json_ms(json, "response_time_ms", hr_request_response_time_ns(request));
    if (request->complete == HR_COMPLETE_UNKNOWN) {
        hr_json_null(json, "complete");
    } else {
        hr_json_bool(json, "complete", request->complete == HR_COMPLETE_YES);
    }
}

static void write_request(hr_json *json, const hr_request *request)
{
    hr_json_begin_line(json, "request");
    hr_json_moment(json, "frame", "time", request->shown);
    hr_json_connection(json, "connection", request->connection);
    put_transport(json, request->connection);
    put_what(json, request);
    put_reuse(json, request);
    put_price(json, request);
    put_ends(json, request->connection);
    put_answer(json, request);
    hr_json_findings(json, request->findings);
    hr_json_end_line(json);
}

/* ---- connections ---- */

static void put_setup(hr_json *json, const hr_connection *connection)
{
    hr_json_moment(json, "opened_frame", "opened_time", connection->opened);
    hr_json_bool(json, "opening_seen", connection->is_opening_seen);
    hr_json_string(json, "protocol", hr_protocol_token(connection->protocol));
    hr_json_string(json, "sni", connection->tls.sni);
    hr_json_string(json, "alpn", connection->tls.alpn);
    hr_json_bool(json, "alpn_is_offer", connection->tls.is_alpn_offer);
    hr_json_string(json, "tls_version", connection->tls.version);
    hr_json_string(json, "tls_handshake", hr_tls_handshake_token(connection->tls.handshake));
    hr_json_ms(json, "tcp_handshake_ms", hr_connection_tcp_handshake_ns(connection));
    hr_json_ms(json, "tls_handshake_ms", hr_connection_tls_handshake_ns(connection));
}

static void put_why_new(hr_json *json, const hr_connection *connection)
{
    const hr_opening *opening = &connection->opening;
    const bool has_cause = opening->why == HR_WHY_PREVIOUS_CLOSED && opening->connection != NULL;

    hr_json_string(json, "why_new", hr_why_token(opening->why));
    hr_json_connection(json, "why_new_connection", opening->connection);
    hr_json_string(json, "why_new_cause",
                   has_cause ? hr_close_cause_token(opening->connection->ending.cause) : NULL);
}

static void put_ending(hr_json *json, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    hr_json_moment(json, "closed_frame", "closed_time", ending->at);
    hr_json_string(json, "close_cause", hr_close_cause_token(ending->cause));
    hr_json_string(json, "close_by", hr_side_token(ending->by));
    hr_json_string(json, "close_first_fin", hr_side_token(ending->first_fin));
    if (connection->quic != NULL && connection->quic->is_closed) {
        hr_json_uint(json, "close_code", connection->quic->close_code);
    } else {
        hr_json_null(json, "close_code");
    }
    hr_json_string(json, "close_certainty", hr_certainty_token(ending->certainty));
    hr_json_ms(json, "idle_before_close_ms", ending->after_idle_ns);
    hr_json_string(json, "time_wait", hr_side_token(connection->time_wait));
}

static void write_connection(hr_json *json, const hr_connection *connection)
{
    hr_json_begin_line(json, "connection");
    hr_json_uint(json, "id", connection->id);
    put_transport(json, connection);
    hr_json_connection(json, "parent", connection->parent);
    put_ends(json, connection);
    put_setup(json, connection);
    hr_json_uint(json, "requests", connection->request_count);
    put_why_new(json, connection);
    put_ending(json, connection);
    hr_json_uint(json, "keep_alive_probes",
                 (uint64_t)connection->ends[0].probes + connection->ends[1].probes);
    hr_json_uint(json, "bytes_to_client", hr_connection_server(connection)->bytes);
    hr_json_uint(json, "bytes_to_server", hr_connection_client(connection)->bytes);
    hr_json_findings(json, connection->findings);
    hr_json_end_line(json);
}

/* ---- findings ---- */

static void write_finding(hr_json *json, const hr_model *model, const hr_analysis *analysis,
                          const hr_finding *finding)
{
    const hr_finding_kind *kind = hr_finding_kind_of(finding->code);
    char *text = kind->advice[0] != '\0' ? g_strdup_printf("%s. %s", kind->sentence, kind->advice)
                                         : g_strdup_printf("%s.", kind->sentence);

    hr_json_begin_line(json, "finding");
    hr_json_ordinal(json, "frame", finding->frame);
    hr_json_string(json, "code", kind->token);
    hr_json_string(json, "severity", hr_severity_token(kind->severity));
    hr_json_connection(json, "connection", finding->connection);
    hr_json_ordinal(json, "request_frame",
                    finding->request != NULL ? finding->request->shown.frame : 0);
    hr_json_string(json, "text", text);
    hr_finding_data_write(json, model, analysis, finding);
    hr_json_end_line(json);
    g_free(text);
}

/* ---- what has a frame, merged ---- */

/* A connection stands at its opening, else where it was first seen. */
static uint32_t frame_of_connection(const hr_connection *connection)
{
    return connection->opened.frame != 0 ? connection->opened.frame : connection->first_seen.frame;
}

/* Positions in the three lists. */
typedef struct {
    const hr_model *model;
    const hr_analysis *analysis;
    size_t connection, finding, request;
} merge;

static uint32_t next_connection_frame(const merge *at)
{
    return at->connection < hr_analysis_connection_count(at->analysis)
               ? frame_of_connection(hr_analysis_connection(at->analysis, at->connection))
               : UINT32_MAX;
}

static uint32_t next_finding_frame(const merge *at)
{
    return at->finding < hr_analysis_finding_count(at->analysis)
               ? hr_analysis_finding(at->analysis, at->finding)->frame
               : UINT32_MAX;
}

static uint32_t next_request_frame(const merge *at)
{
    return at->request < hr_model_request_count(at->model)
               ? hr_model_request(at->model, at->request)->shown.frame
               : UINT32_MAX;
}

/* Writes the next record; false where none is left. In one frame: connections, findings,
 * requests, which is the order of their names too. */
static bool write_next(hr_json *json, merge *at)
{
    const uint32_t connection = next_connection_frame(at);
    const uint32_t finding = next_finding_frame(at);
    const uint32_t request = next_request_frame(at);

    if (MIN(MIN(connection, finding), request) == UINT32_MAX) {
        return false;
    }
    if (connection <= finding && connection <= request) {
        write_connection(json, hr_analysis_connection(at->analysis, at->connection++));
    } else if (finding <= request) {
        write_finding(json, at->model, at->analysis,
                      hr_analysis_finding(at->analysis, at->finding++));
    } else {
        write_request(json, hr_model_request(at->model, at->request++));
    }
    return true;
}

/* ---- origins and the capture ---- */

static void put_sums(hr_json *json, const hr_sums *sums)
{
    hr_json_uint(json, "connections", sums->connections);
    hr_json_uint(json, "requests", sums->requests);
    hr_json_uint(json, "new", sums->new_requests);
    hr_json_uint(json, "reused", sums->reused);
    hr_json_uint(json, "unknown", sums->unknown);
    hr_json_ratio(json, "reuse_ratio", hr_sums_reuse_ratio(sums));
}

/* The time that @count cases took together: none took none, but what nobody measured is absent. */
static void put_total_ms(hr_json *json, const char *name, int64_t ns, uint32_t count)
{
    hr_json_ms(json, name, count == 0 ? 0 : ns);
}

static void put_costs(hr_json *json, const hr_sums *sums)
{
    hr_json_ms(json, "setup_median_ms", sums->setup_median_ns);
    put_total_ms(json, "setup_total_ms", sums->setup_total_ns, sums->opened);
    hr_json_uint(json, "avoidable_connections", sums->avoidable_connections);
    put_total_ms(json, "avoidable_setup_ms", sums->avoidable_setup_ns, sums->avoidable_connections);
    put_total_ms(json, "saved_setup_ms", sums->saved_setup_ns, sums->reused);
}

static void write_origin(hr_json *json, const hr_origin *origin)
{
    hr_json_begin_line(json, "origin");
    hr_json_endpoint(json, "client", origin->client_address, -1);
    hr_json_endpoint(json, "server", origin->server.address, origin->server.port);
    hr_json_string(json, "scheme", origin->scheme);
    hr_json_string(json, "name", origin->name);
    hr_json_string(json, "protocol", hr_protocol_token(origin->protocol));
    put_sums(json, &origin->sums);
    hr_json_uint(json, "peak_concurrency", origin->peak_concurrency);
    hr_json_uint(json, "needed_connections", origin->needed_connections);
    put_costs(json, &origin->sums);
    hr_json_end_line(json);
}

static uint64_t count_needed_connections(const hr_analysis *analysis)
{
    uint64_t needed = 0;

    for (size_t i = 0; i < hr_analysis_origin_count(analysis); i++) {
        needed += hr_analysis_origin(analysis, i)->needed_connections;
    }
    return needed;
}

static void put_transports(hr_json *json, const hr_sums *sums)
{
    hr_json_begin_object(json, "connections_by_transport");
    for (hr_transport i = HR_TRANSPORT_TCP; i <= HR_TRANSPORT_TUNNEL; i++) {
        hr_json_uint(json, hr_transport_token(i), sums->by_transport[i]);
    }
    hr_json_end_object(json);
}

static void put_tls_handshakes(hr_json *json, const hr_analysis *analysis)
{
    uint64_t counts[HR_TLS_EARLY_DATA + 1] = {0};

    for (size_t i = 0; i < hr_analysis_connection_count(analysis); i++) {
        counts[hr_analysis_connection(analysis, i)->tls.handshake]++;
    }
    hr_json_begin_object(json, "connections_by_tls_handshake");
    for (hr_tls_handshake i = HR_TLS_NONE; i <= HR_TLS_EARLY_DATA; i++) {
        hr_json_uint(json, hr_tls_handshake_token(i), counts[i]);
    }
    hr_json_uint(json, "unknown", counts[HR_TLS_UNKNOWN]);
    hr_json_end_object(json);
}

static void put_finding_counts(hr_json *json, const hr_totals *totals)
{
    hr_json_begin_object(json, "findings");
    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        if (totals->findings[code] > 0) {
            hr_json_uint(json, hr_finding_kind_of(code)->token, totals->findings[code]);
        }
    }
    hr_json_end_object(json);
}

static void put_destination(hr_json *json, const hr_destination_peak *peak)
{
    hr_json_endpoint(json, "client", peak->client_address, -1);
    hr_json_endpoint(json, "server", peak->server.address, peak->server.port);
    hr_json_time(json, "time", peak->at_ns);
}

/* How near a client came to having no port left for one server. */
static void put_port_peaks(hr_json *json, const hr_totals *totals)
{
    if (totals->ports_peak.count == 0) {
        hr_json_null(json, "ports_peak");
    } else {
        hr_json_begin_object(json, "ports_peak");
        hr_json_uint(json, "ports", totals->ports_peak.count);
        hr_json_ratio(json, "share", (double)totals->ports_peak.count / HR_EPHEMERAL_PORTS);
        put_destination(json, &totals->ports_peak);
        hr_json_end_object(json);
    }
    if (totals->openings_peak.count == 0) {
        hr_json_null(json, "openings_peak");
    } else {
        hr_json_begin_object(json, "openings_peak");
        hr_json_uint(json, "per_second", totals->openings_peak.count);
        put_destination(json, &totals->openings_peak);
        hr_json_end_object(json);
    }
}

static void put_span(hr_json *json, const hr_model *model)
{
    const bool is_empty = hr_model_frame_count(model) == 0;

    hr_json_time(json, "first_time", is_empty ? HR_TIME_NONE : hr_model_first_moment(model).ns);
    hr_json_time(json, "last_time", is_empty ? HR_TIME_NONE : hr_model_last_moment(model).ns);
}

static void write_capture(hr_json *json, const hr_model *model, const hr_analysis *analysis)
{
    const hr_totals *totals = hr_analysis_totals(analysis);

    hr_json_begin_line(json, "capture");
    hr_json_uint(json, "schema", SCHEMA);
    hr_json_string(json, "plugin_version", PLUGIN_VERSION);
    hr_json_string(json, "wireshark_version", epan_get_version());
    hr_json_uint(json, "frames", hr_model_frame_count(model));
    put_span(json, model);
    put_sums(json, &totals->sums);
    hr_json_uint(json, "needed_connections", count_needed_connections(analysis));
    put_costs(json, &totals->sums);
    hr_json_uint(json, "unused", totals->sums.unused);
    hr_json_uint(json, "opaque", totals->sums.opaque);
    hr_json_uint(json, "requests_without_headers", totals->sums.headerless);
    hr_json_uint(json, "other_connections", totals->other_connections);
    put_transports(json, &totals->sums);
    put_tls_handshakes(json, analysis);
    put_finding_counts(json, totals);
    hr_json_begin_object(json, "time_wait_peak");
    hr_json_uint(json, "client", totals->time_wait_client);
    hr_json_uint(json, "server", totals->time_wait_server);
    hr_json_end_object(json);
    put_port_peaks(json, totals);
    hr_json_end_line(json);
}

void hr_ndjson_write(FILE *out, const hr_model *model, const hr_analysis *analysis)
{
    hr_json json;
    merge at = {.model = model, .analysis = analysis};
    bool has_more = true;

    hr_json_open(&json, out);
    while (has_more && !ferror(out)) {
        has_more = write_next(&json, &at);
    }
    for (size_t i = 0; !ferror(out) && i < hr_analysis_origin_count(analysis); i++) {
        write_origin(&json, hr_analysis_origin(analysis, i));
    }
    write_capture(&json, model, analysis);
    hr_json_close(&json);
}

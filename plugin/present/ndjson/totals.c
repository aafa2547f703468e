/* totals.c
 * The records that sum up: an origin's, and the capture's. Members are in the order of the
 * reference.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/ndjson/records.h"

enum {
    SCHEMA = 1, /* of the records; rises when an existing field changes its meaning */
};

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

void hr_record_write_origin(hr_json *json, const hr_origin *origin)
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
        counts[hr_analysis_connection(analysis, i)->seldom->tls->handshake]++;
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

/* What became of what the program told of its calls; null where it told nothing. */
static void put_trace(hr_json *json, const hr_model *model, const hr_analysis *analysis)
{
    const hr_traced_totals *traced = hr_analysis_traced(analysis);
    const hr_traced_rest rest = hr_model_traced_rest(model);

    if (!hr_model_has_trace(model)) {
        hr_json_null(json, "trace");
        return;
    }
    hr_json_begin_object(json, "trace");
    hr_json_uint(json, "calls", traced->calls);
    hr_json_uint(json, "on_requests", traced->on_requests);
    hr_json_uint(json, "on_connections", traced->on_connections);
    hr_json_uint(json, "ambiguous", traced->ambiguous);
    hr_json_uint(json, "unmatched", traced->unmatched);
    hr_json_uint(json, "without_connection", rest.without_connection);
    hr_json_uint(json, "left_out", rest.left_out);
    hr_json_uint(json, "damaged_lines", rest.damaged);
    hr_json_end_object(json);
}

static void put_span(hr_json *json, const hr_model *model)
{
    const bool is_empty = hr_model_frame_count(model) == 0;

    hr_json_time(json, "first_time", is_empty ? HR_TIME_NONE : hr_model_first_moment(model).ns);
    hr_json_time(json, "last_time", is_empty ? HR_TIME_NONE : hr_model_last_moment(model).ns);
}

static void put_order(hr_json *json, const hr_model *model)
{
    int64_t most_ns = 0;
    const uint32_t count = hr_model_frames_back(model, &most_ns);

    hr_json_begin_object(json, "out_of_order");
    hr_json_uint(json, "frames", count);
    hr_json_ms(json, "back_ms", count > 0 ? most_ns : HR_TIME_NONE);
    hr_json_end_object(json);
    hr_json_ms(json, "clock_tick_ms", hr_model_clock_tick_ns(model));
}

void hr_record_write_capture(hr_json *json, const hr_model *model, const hr_analysis *analysis)
{
    const hr_totals *totals = hr_analysis_totals(analysis);

    hr_json_begin_line(json, "capture");
    hr_json_uint(json, "schema", SCHEMA);
    hr_json_string(json, "plugin_version", PLUGIN_VERSION);
    hr_json_string(json, "wireshark_version", hr_model_dissector(model));
    hr_json_string(json, "file", hr_model_source(model)->file);
    hr_json_string(json, "interface", hr_model_source(model)->device);
    hr_json_string(json, "filter", hr_analysis_selected(analysis));
    hr_json_uint(json, "frames", hr_model_frame_count(model));
    put_span(json, model);
    put_order(json, model);
    hr_json_uint(json, "origins", hr_analysis_origin_count(analysis));
    put_sums(json, &totals->sums);
    hr_json_uint(json, "needed_connections", count_needed_connections(analysis));
    put_costs(json, &totals->sums);
    hr_json_uint(json, "unused", totals->sums.unused);
    hr_json_uint(json, "opaque", totals->sums.opaque);
    hr_json_uint(json, "requests_without_headers", totals->sums.headerless);
    hr_json_uint(json, "other_connections", totals->other_connections);
    hr_json_uint(json, "other_connections_cut", totals->cut_connections);
    hr_json_uint(json, "other_connections_unseen", totals->unseen_connections);
    hr_json_uint(json, "other_connections_unread", totals->unread_connections);
    hr_json_uint(json, "other_connections_refused", totals->refused_connections);
    hr_json_uint(json, "captured_twice", totals->copies);
    hr_json_begin_object(json, "clocks_apart");
    hr_json_uint(json, "connections", totals->apart);
    hr_json_ms(json, "most_ms", totals->apart > 0 ? totals->apart_ns : HR_TIME_NONE);
    hr_json_end_object(json);
    hr_json_begin_object(json, "one_way");
    hr_json_uint(json, "only_client", totals->one_way[0]);
    hr_json_uint(json, "only_server", totals->one_way[1]);
    hr_json_end_object(json);
    put_transports(json, &totals->sums);
    put_tls_handshakes(json, analysis);
    put_finding_counts(json, totals);
    hr_record_put_texts(json, analysis);
    hr_json_begin_object(json, "time_wait_peak");
    hr_json_uint(json, "client", totals->time_wait_client);
    hr_json_uint(json, "server", totals->time_wait_server);
    hr_json_end_object(json);
    put_port_peaks(json, totals);
    put_trace(json, model, analysis);
    hr_json_end_line(json);
}

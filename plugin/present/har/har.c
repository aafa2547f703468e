/* har.c
 * An entry a request. The format has a place for headers, cookies and bodies; the model keeps none
 * of them, so that these are empty and their sizes -1, which means not known. What it has no place
 * for stands in members that begin with an underscore, as it allows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/har/har.h"

#include <string.h>

#include "present/har/timings.h"
#include "present/ndjson/json.h"

static const char *const versions[] = {
    [HR_PROTOCOL_UNKNOWN] = "unknown", [HR_PROTOCOL_HTTP10] = "HTTP/1.0",
    [HR_PROTOCOL_HTTP11] = "HTTP/1.1", [HR_PROTOCOL_H2] = "HTTP/2.0",
    [HR_PROTOCOL_H3] = "HTTP/3.0",
};

static void put_empty_array(hr_json *json, const char *name)
{
    hr_json_begin_array(json, name);
    hr_json_end_array(json);
}

static void put_not_known(hr_json *json, const char *name)
{
    hr_json_ms(json, name, HR_HAR_NOT_KNOWN);
}

static void put_moment(hr_json *json, const char *name, int64_t ns)
{
    int64_t fraction = ns % HR_NS_PER_S;
    int64_t seconds = ns / HR_NS_PER_S;

    if (fraction < 0) {
        fraction += HR_NS_PER_S;
        seconds--;
    }
    GDateTime *time = g_date_time_new_from_unix_utc(seconds);
    char *day = time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%S") : NULL;
    char *text = g_strdup_printf("%s.%06dZ", day != NULL ? day : "1970-01-01T00:00:00",
                                 (int)(fraction / 1000));
    hr_json_string(json, name, text);
    g_free(text);
    g_free(day);
    g_clear_pointer(&time, g_date_time_unref);
}

/* ---- the request ---- */

/* An address as it stands in a URL. */
static void append_server(GString *url, const hr_endpoint *server)
{
    const char *address = server->address != NULL ? server->address : "";
    const bool is_ipv6 = strchr(address, ':') != NULL;

    g_string_append_printf(url, "%s%s%s:%u", is_ipv6 ? "[" : "", address, is_ipv6 ? "]" : "",
                           server->port);
}

/* The target URI (RFC 9110 §7.1), as far as it is known: without a Host it has the address. */
static void append_url(GString *url, const hr_request *request)
{
    const char *target = request->target != NULL ? request->target : "/";
    const char *scheme = hr_connection_scheme(request->connection);

    if (strstr(target, "://") != NULL && target[0] != '/') {
        g_string_append(url, target); /* to a proxy */
        return;
    }
    g_string_append_printf(url, "%s://", scheme != NULL ? scheme : "http");
    if (g_strcmp0(request->method, "CONNECT") == 0) {
        g_string_append(url, target);
        return;
    }
    if (request->authority != NULL) {
        g_string_append(url, request->authority);
    } else {
        append_server(url, &hr_connection_server(request->connection)->endpoint);
    }
    if (target[0] == '/') {
        g_string_append(url, target);
    }
}

static void put_request(hr_json *json, const hr_request *request)
{
    GString *url = g_string_new(NULL);

    append_url(url, request);
    hr_json_begin_object(json, "request");
    hr_json_string(json, "method", request->method != NULL ? request->method : "");
    hr_json_string(json, "url", url->str);
    hr_json_string(json, "httpVersion", versions[hr_request_protocol(request)]);
    put_empty_array(json, "cookies");
    put_empty_array(json, "headers");
    put_empty_array(json, "queryString");
    put_not_known(json, "headersSize");
    put_not_known(json, "bodySize");
    hr_json_end_object(json);
    g_string_free(url, TRUE);
}

/* A status of 0 is how browsers say that there was no answer. */
static void put_response(hr_json *json, const hr_request *request)
{
    hr_json_begin_object(json, "response");
    hr_json_uint(json, "status", request->response_code);
    hr_json_string(json, "statusText", "");
    hr_json_string(json, "httpVersion", versions[hr_request_protocol(request)]);
    put_empty_array(json, "cookies");
    put_empty_array(json, "headers");
    hr_json_begin_object(json, "content");
    hr_json_uint(json, "size", 0);
    hr_json_string(json, "mimeType", "");
    hr_json_end_object(json);
    hr_json_string(json, "redirectURL", "");
    put_not_known(json, "headersSize");
    put_not_known(json, "bodySize");
    hr_json_end_object(json);
}

/* ---- the entry ---- */

static void put_timings(hr_json *json, const hr_har_timings *timings)
{
    hr_json_begin_object(json, "timings");
    hr_json_ms(json, "blocked", timings->blocked_ns);
    put_not_known(json, "dns");
    hr_json_ms(json, "connect", timings->connect_ns);
    hr_json_ms(json, "ssl", timings->ssl_ns);
    hr_json_ms(json, "send", timings->send_ns);
    hr_json_ms(json, "wait", timings->wait_ns);
    hr_json_ms(json, "receive", timings->receive_ns);
    hr_json_end_object(json);
}

static void put_reuse(hr_json *json, const hr_request *request)
{
    const hr_connection *connection = request->connection;
    const bool is_payer = request->status == HR_STATUS_NEW;

    hr_json_uint(json, "_frame", hr_request_frame(request));
    hr_json_string(json, "_status", hr_status_token(request->status));
    hr_json_uint(json, "_number", request->number);
    hr_json_string(json, "_why_new",
                   is_payer ? hr_why_token(hr_connection_opening(connection)->why) : NULL);
    hr_json_string(json, "_close_cause", hr_close_cause_token(connection->ending.cause));
}

/* Of a tunnel only the name is known: the proxy looked it up. */
static void put_server(hr_json *json, const hr_connection *connection)
{
    if (connection->transport != HR_TRANSPORT_TUNNEL) {
        hr_json_string(json, "serverIPAddress", hr_connection_server(connection)->endpoint.address);
    }
}

static void put_entry(hr_json *json, const hr_request *request)
{
    const hr_har_timings timings = hr_har_timings_of(request);
    char *connection = g_strdup_printf("%u", request->connection->id);

    hr_json_begin_object(json, NULL);
    put_moment(json, "startedDateTime", timings.begin_ns);
    hr_json_ms(json, "time", timings.total_ns);
    put_request(json, request);
    put_response(json, request);
    hr_json_begin_object(json, "cache");
    hr_json_end_object(json);
    put_timings(json, &timings);
    put_server(json, request->connection);
    hr_json_string(json, "connection", connection);
    put_reuse(json, request);
    hr_json_end_object(json);
    g_free(connection);
}

void hr_har_write(FILE *out, const hr_model *model, const hr_analysis *analysis)
{
    hr_json json;

    (void)model;
    hr_json_open(&json, out);
    hr_json_begin_object(&json, NULL);
    hr_json_begin_object(&json, "log");
    hr_json_string(&json, "version", "1.2");
    hr_json_begin_object(&json, "creator");
    hr_json_string(&json, "name", "http_reuse");
    hr_json_string(&json, "version", PLUGIN_VERSION);
    hr_json_end_object(&json);
    hr_json_begin_array(&json, "entries");
    for (size_t i = 0; !ferror(out) && i < hr_analysis_request_count(analysis); i++) {
        put_entry(&json, hr_analysis_request(analysis, i));
    }
    hr_json_end_array(&json);
    hr_json_end_object(&json);
    hr_json_end_line(&json);
    hr_json_close(&json);
}

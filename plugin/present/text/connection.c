/* connection.c
 * A block of the text report: how the connection was opened, a row a request, and how it ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/connection.h"

#include "core/model/times.h"
#include "core/model/traced.h"
#include "present/text/ending.h"

enum {
    REQUESTS_FIRST = 3, /* of a connection; and its last one */
    INDENT = 4,
    FACT_COLUMN = 12, /* where "opened" and "ended" are followed by their text */
    ROW_FRAME_COLUMN = 10,
    ROW_STATUS_COLUMN = 22,
    ROW_LINE_COLUMN = 30,
    ROW_CODE_COLUMN = 63,
    ROW_TIME_COLUMN = 75,
    ROW_IDLE_COLUMN = 86,
    METHOD_COLUMNS = 12,
    LINE_COLUMNS = ROW_CODE_COLUMN - ROW_LINE_COLUMN - 2,
    TLS_COLUMNS = 24,
};

/* What the reasons mean. */
static const struct {
    const char *alone; /* no connection explains it */
    const char *with;  /* followed by "#3" */
} reasons[] = {
    [HR_WHY_NONE] = {"", ""},
    [HR_WHY_FIRST_CONTACT] = {"no earlier connection to this origin", "no earlier one, see "},
    [HR_WHY_ALL_BUSY] = {"the earlier ones were busy", "the earlier ones were busy, see "},
    [HR_WHY_STREAMS_EXHAUSTED] = {"no stream was free", "no stream was free on "},
    [HR_WHY_PREVIOUS_CLOSED] = {"the earlier ones were closed",
                                "the earlier ones were closed, last "},
    [HR_WHY_IDLE_AVAILABLE] = {"another one was open and idle", "open and idle was "},
    [HR_WHY_CAPTURE_STARTED_LATE] = {"the earlier ones were open before the capture began",
                                     "open before the capture began was "},
    [HR_WHY_OTHER_ADDRESS] = {"the same name was asked at another address before",
                              "the same name was asked at another address before, see "},
};

static void append_handshake(GString *line, const hr_connection *connection)
{
    int64_t tls_ns = hr_connection_tls_handshake_ns(connection);

    g_string_append(line, "; setup" HR_TEXT_JOIN);
    hr_text_duration(line, hr_connection_setup_ns(connection), "unknown");
    if (connection->seldom->tls->handshake == HR_TLS_UNKNOWN ||
        connection->seldom->tls->handshake == HR_TLS_NONE) {
        return;
    }
    if (connection->seldom->quic != NULL) {
        g_string_append(line, " (QUIC with TLS");
    } else {
        g_string_append(line, " (TCP ");
        hr_text_duration(line, hr_connection_tcp_handshake_ns(connection), "unknown");
        g_string_append(line, ", TLS ");
        hr_text_duration(line, tls_ns, "unknown");
    }
    g_string_append_printf(line, ", %s",
                           hr_tls_handshake_token(connection->seldom->tls->handshake));
    if (connection->seldom->tls->version != NULL) {
        g_string_append(line, " ");
        hr_text_captured(line, connection->seldom->tls->version, TLS_COLUMNS);
    }
    if (connection->seldom->tls->alpn != NULL) {
        g_string_append(line, ", ");
        hr_text_captured(line, connection->seldom->tls->alpn, TLS_COLUMNS);
    }
    g_string_append_c(line, ')');
}

static void append_reason(GString *line, const hr_opening *opening)
{
    const hr_connection *other = opening->connection;

    if (opening->why == HR_WHY_NONE) {
        g_string_append(line, "for a reason that is not known");
        return;
    }
    g_string_append_printf(line, "%s (", hr_why_token(opening->why));
    if (other == NULL) {
        g_string_append(line, reasons[opening->why].alone);
    } else {
        g_string_append_printf(line, "%s#%u", reasons[opening->why].with, other->id);
    }
    if (other != NULL && opening->why == HR_WHY_PREVIOUS_CLOSED &&
        hr_close_cause_token(other->ending.cause) != NULL) {
        g_string_append_printf(line, ": %s", hr_close_cause_token(other->ending.cause));
    }
    if (opening->was_idle) {
        g_string_append(line, ", which was idle; a client that pools by name had used it");
    }
    if (opening->shares_address) {
        g_string_append(line, "; another name was served at this address and port before");
    }
    g_string_append_c(line, ')');
}

static void write_opening(const hr_text_report *report, const hr_connection *connection)
{
    GString *line = report->line;

    hr_text_pad(line, INDENT);
    g_string_append(line, "opened");
    hr_text_pad(line, FACT_COLUMN);
    if (!connection->is_opening_seen) {
        g_string_append_printf(line, "before the capture began; first seen in frame %u",
                               connection->first_seen.frame);
    } else {
        g_string_append_printf(line, "frame %u: ", connection->opened.frame);
        append_reason(line, hr_connection_opening(connection));
        append_handshake(line, connection);
    }
    if (connection->seldom->spoken_for != NULL && connection->seldom->spoken_for[0] != '\0') {
        g_string_append(line, "; of the proxy's client ");
        hr_text_captured(line, connection->seldom->spoken_for, HR_TEXT_COLUMNS);
        g_string_append(line, " alone, as its PROXY header says");
    }
    hr_text_write_wrapped(report->out, line, FACT_COLUMN);
}

/* The method and where it went. The authority is left out where the block's head has it, or where
   an absolute target (to a proxy) names it. */
static void append_request_line(GString *line, const hr_request *request)
{
    const char *authority = request->authority;
    const char *name = request->connection->name;
    const char *target = request->target != NULL ? request->target : "";
    size_t begin = line->len;

    if (authority == NULL || (target[0] != '/' && target[0] != '*' && target[0] != '\0') ||
        (name != NULL && g_ascii_strcasecmp(authority, name) == 0)) {
        authority = "";
    }
    char *where = g_strconcat(authority, target, NULL);
    hr_text_captured(line, request->method, METHOD_COLUMNS);
    g_string_append_c(line, ' ');
    hr_text_captured(line, where[0] != '\0' ? where : "-",
                     LINE_COLUMNS - hr_text_width(line->str + begin));
    g_free(where);
}

static void append_answer(GString *line, const hr_request *request)
{
    g_string_append(line, "-> ");
    if (request->response_code != 0) {
        g_string_append_printf(line, "%u", (unsigned)request->response_code);
    } else {
        const bool may_have_come =
            request->answer_bytes > 0 || request->complete == HR_COMPLETE_UNKNOWN;
        g_string_append(line, may_have_come ? "?" : "none");
    }
    if (request->complete == HR_COMPLETE_NO && request->answer_bytes > 0) {
        g_string_append(line, " cut");
    }
}

/* The line of the program's code: the row before has no room for it. */
static void write_call_site(const hr_text_report *report, const hr_traced *call)
{
    if (call != NULL && call->site != NULL) {
        hr_text_pad(report->line, ROW_LINE_COLUMN);
        g_string_append(report->line, "called from ");
        hr_text_captured(report->line, call->site,
                         HR_TEXT_COLUMNS - hr_text_width(report->line->str));
        hr_text_write_line(report->out, report->line);
    }
}

static void write_request(const hr_text_report *report, const hr_request *request)
{
    GString *line = report->line;

    hr_text_pad(line, INDENT);
    g_string_append_printf(line, "#%u%s", request->number, request->is_number_exact ? "" : "+");
    hr_text_pad(line, ROW_FRAME_COLUMN);
    g_string_append_printf(line, "frame %u", hr_request_frame(request));
    hr_text_pad(line, ROW_STATUS_COLUMN);
    g_string_append(line, hr_status_token(request->status));
    hr_text_pad(line, ROW_LINE_COLUMN);
    append_request_line(line, request);
    hr_text_pad(line, ROW_CODE_COLUMN);
    append_answer(line, request);
    hr_text_pad(line, ROW_TIME_COLUMN);
    hr_text_duration(line, hr_request_response_time_ns(request), "-");
    if (request->idle_ns != HR_TIME_NONE) {
        hr_text_pad(line, ROW_IDLE_COLUMN);
        g_string_append(line, "idle ");
        hr_text_duration(line, request->idle_ns, "-");
    }
    if (request->delivery == HR_DELIVERY_PIPELINED ||
        request->delivery == HR_DELIVERY_MULTIPLEXED) {
        hr_text_pad(line, ROW_IDLE_COLUMN);
        g_string_append(line, hr_delivery_token(request->delivery));
    }
    hr_text_write_line(report->out, line);
    write_call_site(report, request->ties->traced);
}

static void write_requests(const hr_text_report *report, const hr_connection *connection)
{
    const hr_request *request = connection->first_request;
    uint32_t shown = 0;

    for (; request != NULL && shown < REQUESTS_FIRST; request = request->next, shown++) {
        write_request(report, request);
    }
    if (request == NULL) {
        return;
    }
    if (request != connection->last_request) {
        hr_text_pad(report->line, INDENT);
        g_string_append_printf(report->line, "... %u more", connection->request_count - shown - 1);
        hr_text_write_line(report->out, report->line);
    }
    write_request(report, connection->last_request);
}

/* A call inside of TLS that nobody can read, as the program told it. */
static void write_call(const hr_text_report *report, const hr_traced *call)
{
    GString *line = report->line;

    hr_text_pad(line, INDENT);
    g_string_append(line, "call");
    hr_text_pad(line, ROW_FRAME_COLUMN);
    if (call->seen.frame != 0) {
        g_string_append_printf(line, "frame %u", call->seen.frame);
    }
    hr_text_pad(line, ROW_LINE_COLUMN);
    const size_t begin = line->len;
    hr_text_captured(line, call->method != NULL ? call->method : "-", METHOD_COLUMNS);
    g_string_append_c(line, ' ');
    hr_text_captured(line, call->path != NULL ? call->path : "-",
                     LINE_COLUMNS - hr_text_width(line->str + begin));
    if (call->error != NULL) {
        hr_text_pad(line, ROW_CODE_COLUMN);
        hr_text_captured(line, call->error, HR_TEXT_COLUMNS - ROW_CODE_COLUMN);
    }
    hr_text_write_line(report->out, line);
    write_call_site(report, call);
}

static void write_calls(const hr_text_report *report, const hr_connection *connection)
{
    const hr_traced *call = connection->seldom->calls;
    uint32_t shown = 0;
    uint32_t more = 0;

    for (; call != NULL && shown < REQUESTS_FIRST; call = call->next, shown++) {
        write_call(report, call);
    }
    for (; call != NULL; call = call->next) {
        more++;
    }
    if (more > 0) {
        hr_text_pad(report->line, INDENT);
        g_string_append_printf(report->line, "... %u more", more);
        hr_text_write_line(report->out, report->line);
    }
}

static void append_request_counts(GString *line, const hr_connection *connection)
{
    if (connection->request_count > 0) {
        hr_text_count(line, connection->request_count, "request");
    } else {
        g_string_append(line, "no request");
    }
    if (connection->unseen_count > 0) {
        g_string_append_printf(line, " and %u not seen", connection->unseen_count);
    }
}

static void write_head(const hr_text_report *report, const hr_connection *connection)
{
    GString *line = report->line;

    g_string_append_printf(line, "#%u", connection->id);
    hr_text_pad(line, INDENT);
    if (connection->transport == HR_TRANSPORT_TCP) {
        g_string_append_printf(line, "tcp.stream %u, ", connection->tcp_stream);
    } else if (connection->seldom->quic != NULL) {
        g_string_append_printf(line, "QUIC connection %u, ", connection->seldom->quic->number);
    } else {
        g_string_append_printf(line, "%s, ", hr_transport_token(connection->transport));
    }
    if (connection->seldom->parent != NULL) {
        g_string_append_printf(line, "inside #%u, ", connection->seldom->parent->id);
    }
    append_request_counts(line, connection);
    g_string_append(line, ": ");
    hr_text_endpoint(line, &hr_connection_client(connection)->endpoint);
    g_string_append(line, " ->" HR_TEXT_JOIN);
    /* One that carried nothing is in no pool by its name. */
    hr_text_server(line, hr_connection_scheme(connection),
                   connection->name != NULL ? connection->name : connection->seldom->tls->sni,
                   &hr_connection_server(connection)->endpoint);
    if (connection->is_client_guessed) {
        g_string_append(line, " (which side is the client is a guess)");
    }
    hr_text_write_wrapped(report->out, line, INDENT);
}

void hr_text_write_connection(const hr_text_report *report, const hr_connection *connection)
{
    write_head(report, connection);
    write_opening(report, connection);
    write_requests(report, connection);
    if (connection->request_count == 0) {
        write_calls(report, connection);
    }
    hr_text_write_ending(report, connection);
}

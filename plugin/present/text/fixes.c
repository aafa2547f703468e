/* fixes.c
 * "What to fix first" in the text report: findings of severity warning and error, one item per
 * code and origin, errors first and then the dearest. The words of an item state what was seen.
 * Where a cause is inferred the item says likely, and other explanations stand beside it: this
 * file never says whose fault it is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/contents.h"
#include "present/text/filter.h"
#include "present/text/items.h"

enum {
    ITEMS_SHOWN = 20,
    INDENT = 4,
};

/* How an item of a code is worded; codes without a row are worded by the table of findings. */
typedef struct {
    bool is_per_request;  /* counts requests, else connections */
    const char *happened; /* after "3 connections" or "3 requests" */
    const char *others;   /* other explanations that the general advice does not name, or NULL */
} wording;

static const wording wordings[HR_FINDING_COUNT] = {
    [HR_FINDING_MISSED_REUSE] = {false,
                                 " opened while another one to this origin was open and idle",
                                 NULL},
    [HR_FINDING_BODY_UNDRAINED] = {false, " closed by the client with an answer left unread", NULL},
    [HR_FINDING_POOL_LIMIT] =
        {false, " closed by the client right after an answer, while others stayed open and idle",
         "an answer left unread; the end of a client object"},
    [HR_FINDING_STALE_REUSE] =
        {true, " sent on an idle connection that the server closed without an answer", NULL},
    [HR_FINDING_REQUEST_ABORTED] = {true, " that the server took and never answered", NULL},
    [HR_FINDING_CLOSED_AFTER_ANSWER] =
        {false, " closed by the client right after a complete answer",
         "an answer left unread; the end of the program; a pool that keeps no more idle"
         " connections"},
    [HR_FINDING_SERVER_CLOSED_AFTER_ANSWER] =
        {false, " closed by the server right after a complete answer, unannounced",
         "the end of the server's program"},
    [HR_FINDING_CLOSE_ANNOUNCED] = {false, " whose end a message announced", NULL},
    [HR_FINDING_REQUEST_LIMIT] = {false, " ended by the server after a fixed number of requests",
                                  NULL},
    [HR_FINDING_GOAWAY] = {false, " that may carry no more requests after a GOAWAY", NULL},
    [HR_FINDING_IDLE_CLOSE] = {false, " closed by a timeout while idle", NULL},
    [HR_FINDING_REQUEST_CANCELLED] = {true, " given up by the client before a byte of the answer",
                                      NULL},
    [HR_FINDING_HANDSHAKE_RACE] = {false, " opened at the same time as another and not needed",
                                   NULL},
    [HR_FINDING_IDLE_DROPPED] = {true, " sent on a long-idle connection got no answer at all",
                                 "the server, or the way to it, was down"},
};

static void append_likely(GString *line, const hr_text_item *item)
{
    if (item->likely == 0) {
        return;
    }
    if (item->likely == item->connections) {
        g_string_append(line, " (likely)");
    } else {
        g_string_append_printf(line, " (%u of them likely)", item->likely);
    }
}

static void write_happened(const hr_text_report *report, const hr_text_item *item, guint ordinal)
{
    GString *line = report->line;
    const wording *words = &wordings[item->code];
    const hr_finding_kind *kind = hr_finding_kind_of(item->code);

    g_string_append_printf(line, "%u.", ordinal);
    hr_text_pad(line, INDENT);
    if (kind->severity == HR_SEVERITY_ERROR) {
        g_string_append(line, "Error: ");
    }
    if (words->happened != NULL) {
        hr_text_count(line, words->is_per_request ? item->findings : item->connections,
                      words->is_per_request ? "request" : "connection");
        g_string_append(line, words->happened);
    } else {
        hr_text_count(line, item->findings, "time");
        g_string_append_printf(line, ": %s", kind->sentence);
    }
    append_likely(line, item);
    hr_text_write_wrapped(report->out, line, INDENT);
}

static void begin_detail(const hr_text_report *report, const char *label)
{
    hr_text_pad(report->line, INDENT);
    g_string_append(report->line, label);
}

static void end_detail(const hr_text_report *report)
{
    hr_text_write_wrapped(report->out, report->line, INDENT + 2);
}

/* Who has to change what, where a message ended connections. */
static void append_close_advice(GString *line, const hr_text_item *item)
{
    const struct {
        uint32_t count;
        const char *text;
    } rows[] = {
        {item->said_by_client, "The client says Connection: close with its requests: let it keep"
                               " connections alive (an agent, a session or a client object that all"
                               " calls share; in nginx, as a proxy, proxy_http_version 1.1 and an"
                               " empty Connection header)."},
        {item->said_by_server, "The server says Connection: close with its answers: turn its"
                               " keep-alive on, or raise its limit."},
        {item->http10, "HTTP/1.0 without keep-alive is spoken: let the side that speaks it, a"
                       " client, a proxy or a server, use HTTP/1.1 (nginx, to its upstream:"
                       " proxy_http_version 1.1 and an empty Connection header)."},
    };
    const char *between = "";

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].count > 0) {
            g_string_append_printf(line, "%s%s", between, rows[i].text);
            between = " ";
        }
    }
}

/* What a proxy's own configuration decides; the words of its clients' libraries are not for it. */
static bool is_for_proxy(const hr_text_item *item)
{
    return item->by_proxy == item->connections &&
           (item->code == HR_FINDING_MISSED_REUSE || item->code == HR_FINDING_BODY_UNDRAINED ||
            item->code == HR_FINDING_POOL_LIMIT || item->code == HR_FINDING_CLOSED_AFTER_ANSWER);
}

/* In the words of the client's library, else in general. */
static void write_advice(const hr_text_report *report, const hr_text_item *item)
{
    hr_text_pad(report->line, INDENT);
    if (is_for_proxy(item)) {
        g_string_append(report->line,
                        "A proxy opened these: let it keep idle connections to its upstream, and"
                        " as many as requests run at once (nginx: keepalive in the upstream block,"
                        " with proxy_http_version 1.1, an empty Connection header and"
                        " keepalive_requests; HAProxy: http-reuse and pool-max-conn).");
    } else if (item->code == HR_FINDING_CLOSE_ANNOUNCED) {
        append_close_advice(report->line, item);
    } else if (!hr_advice_append(report->line, item->code, item->library)) {
        g_string_append(report->line, hr_finding_kind_of(item->code)->advice);
    }
    hr_text_write_wrapped(report->out, report->line, INDENT);
}

static void write_where(const hr_text_report *report, const hr_text_item *item)
{
    const hr_connection *connection = item->first->connection;

    begin_detail(report, "Where: ");
    hr_text_endpoint(report->line,
                     &(hr_endpoint){hr_connection_client(connection)->endpoint.address, 0});
    g_string_append(report->line, " ->" HR_TEXT_JOIN);
    hr_text_server(report->line, connection->scheme, connection->name,
                   &hr_connection_server(connection)->endpoint);
    end_detail(report);
}

/* The facts of an item that its first line has no room for. */
static void write_evidence(const hr_text_report *report, const hr_text_item *item)
{
    GString *line = report->line;
    const hr_connection *connection = item->first->connection;
    const bool is_unanswered =
        item->code == HR_FINDING_STALE_REUSE || item->code == HR_FINDING_REQUEST_ABORTED;

    if (item->code == HR_FINDING_MISSED_REUSE && connection->opening.connection != NULL) {
        begin_detail(report, "For example: connection ");
        g_string_append_printf(line, "#%u was idle when #%u was opened in frame %u",
                               connection->opening.connection->id, connection->id,
                               connection->opened.frame);
        end_detail(report);
    }
    if (item->code == HR_FINDING_POOL_LIMIT && item->limit_max > 0) {
        begin_detail(report, "The pool seems to keep ");
        if (item->limit_min != item->limit_max) {
            g_string_append_printf(line, "%u to ", item->limit_min);
        }
        hr_text_count(line, item->limit_max, "idle connection");
        end_detail(report);
    }
    if (is_unanswered && connection->ending.retry != NULL) {
        begin_detail(report, "Sent again: ");
        g_string_append_printf(line, "for example in frame %u on connection #%u",
                               hr_request_frame(connection->ending.retry),
                               connection->ending.retry->connection->id);
        end_detail(report);
    }
    if (is_unanswered && item->not_idempotent > 0) {
        begin_detail(report, "Not safe to send again by itself: ");
        hr_text_count(line, item->not_idempotent, "request");
        g_string_append(line, " (the method is not idempotent)");
        end_detail(report);
    }
}

/* By form of body_undrained, DESIGN section 5: what else looks like it. */
static const char *const undrained_others[] = {
    "a request that was cancelled or timed out while its answer came",
    "a socket that was set to close by a reset",
    "a client object or process for each call; the end of the program; a pool that keeps no more"
    " idle connections",
};

static void append_others(GString *line, const hr_text_item *item)
{
    const char *between = "";

    if (wordings[item->code].others != NULL) {
        g_string_append(line, wordings[item->code].others);
    } else if (item->code == HR_FINDING_MISSED_REUSE && item->library != HR_LIBRARY_UNKNOWN) {
        g_string_append(line, "another process or pool at the same address; an answer there that"
                              " was never read to its end"); /* what the general advice says */
    } else if (item->code == HR_FINDING_STALE_REUSE && item->reset_unasked > 0) {
        g_string_append(line, "a device on the way (NAT, load balancer, firewall) that had"
                              " forgotten the idle connection and answered by a reset: no FIN had"
                              " come before");
    }
    for (size_t form = 0; form < G_N_ELEMENTS(undrained_others); form++) {
        if (item->forms[form] == 0) {
            continue;
        }
        g_string_append_printf(line, "%s%s", between, undrained_others[form]);
        between = "; ";
    }
}

static void write_others(const hr_text_report *report, const hr_text_item *item)
{
    begin_detail(report, "It may also be: ");
    size_t empty = report->line->len;
    append_others(report->line, item);
    if (report->line->len > empty) {
        end_detail(report);
    } else {
        g_string_truncate(report->line, 0);
    }
}

static void write_cost(const hr_text_report *report, const hr_text_item *item)
{
    begin_detail(report, "Cost: ");
    if (item->avoidable == 0) {
        g_string_append(report->line, "no avoidable connection in this capture");
    } else {
        hr_text_count(report->line, item->avoidable, "avoidable connection");
        g_string_append(report->line, ", setup ");
        hr_text_duration(report->line, item->cost_ns, "unknown");
    }
    end_detail(report);
}

static void append_frames(GString *line, const hr_text_item *item)
{
    uint32_t shown = MIN(item->frame_count, HR_TEXT_FRAMES_SHOWN);

    g_string_append(line, item->frame_count == 1 ? "frame" : "frames");
    for (uint32_t i = 0; i < shown; i++) {
        g_string_append_printf(line, "%s %u", i > 0 ? "," : "", item->frames[i]);
    }
    if (item->frame_count > shown) {
        g_string_append_printf(line, ", ... (%u in all)", item->frame_count);
    }
}

static void write_item(const hr_text_report *report, const hr_text_items *items, guint index)
{
    const hr_text_item *item = hr_text_items_get(items, index);

    write_happened(report, item, index + 1);
    write_advice(report, item);
    write_where(report, item);
    write_evidence(report, item);
    write_others(report, item);
    write_cost(report, item);
    begin_detail(report, "Look at: ");
    append_frames(report->line, item);
    end_detail(report);
    begin_detail(report, "Filter: ");
    hr_text_filter(report->line, item, items);
    hr_text_write_line(report->out, report->line);
}

/* Where no finding says why connections were opened that a perfect pool would not have. */
static void write_unexplained(const hr_text_report *report, uint32_t explained)
{
    const hr_sums *sums = &hr_analysis_totals(report->analysis)->sums;

    hr_text_count(report->line, sums->avoidable_connections - explained,
                  explained > 0 ? "more avoidable connection" : "avoidable connection");
    g_string_append(report->line, " that no finding explains: see below why each was opened.");
    hr_text_write_wrapped(report->out, report->line, 0);
}

static void write_nothing(const hr_text_report *report)
{
    const hr_sums *sums = &hr_analysis_totals(report->analysis)->sums;

    if (sums->connections == 0 && hr_analysis_left_out_count(report->analysis) > 0) {
        g_string_append(report->line,
                        "Nothing can be said: what looks like HTTP was not shown as such, see"
                        " \"Left out\" above.");
    } else if (sums->connections == 0) {
        g_string_append(report->line, "Nothing to fix: there is no HTTP in this capture.");
    } else if (sums->requests == 0) {
        g_string_append(report->line, "Nothing to fix: no request was seen.");
    } else {
        g_string_append(report->line, "Nothing to fix: no warning and no error, and no avoidable"
                                      " connection.");
    }
    hr_text_write_line(report->out, report->line);
}

static void write_items(const hr_text_report *report, const hr_text_items *items)
{
    const uint32_t avoidable = hr_analysis_totals(report->analysis)->sums.avoidable_connections;
    guint count = hr_text_items_count(items);
    guint shown = MIN(count, ITEMS_SHOWN);
    uint32_t explained = 0;

    if (shown == 0 && avoidable == 0) {
        write_nothing(report);
    }
    for (guint i = 0; i < shown; i++) {
        if (i > 0) {
            hr_text_write_line(report->out, report->line);
        }
        write_item(report, items, i);
    }
    if (count > shown) {
        g_string_append(report->line, "\n... ");
        hr_text_count(report->line, count - shown, "more item");
        g_string_append(report->line, "; the NDJSON has all findings");
        hr_text_write_line(report->out, report->line);
    }
    for (guint i = 0; i < count; i++) {
        explained += hr_text_items_get(items, i)->avoidable;
    }
    if (explained < avoidable) {
        if (shown > 0) {
            hr_text_write_line(report->out, report->line);
        }
        write_unexplained(report, explained);
    }
}

void hr_text_write_fixes(const hr_text_report *report)
{
    hr_text_items *items = hr_text_items_new(report->analysis);

    hr_text_write_heading(report, "What to fix first");
    write_items(report, items);
    hr_text_items_free(items);
}

/* ending.c
 * How a connection ended, in words: the cause as it was judged, how sure it is, what was seen
 * on the wire, and what else would look the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/ending.h"

#include <inttypes.h>

#include "core/model/hops.h"
#include "software/software.h"

enum {
    INDENT = 4,
    FACT_COLUMN = 12,
    TIMERS_SHOWN = 3,
};

/* What the causes mean, as far as their tokens leave it open. */
static const char *const meanings[HR_CLOSE_COUNT] = {
    [HR_CLOSE_SETUP_FAILED] = "refused, unanswered or broken off",
    [HR_CLOSE_UPGRADED] = "it left HTTP for another protocol",
    [HR_CLOSE_TUNNELLED] = "it became a tunnel",
    [HR_CLOSE_STALE_RACE] = "a request was on its way and got no answer",
    [HR_CLOSE_REQUEST_ABORTED] = "the server took a request and did not answer it",
    [HR_CLOSE_HTTP10] = "HTTP/1.0 without keep-alive",
    [HR_CLOSE_SERVER_ERROR_CLOSE] = "an error, or an answer before the request's end",
    [HR_CLOSE_MAX_AGE] = "only so old may a connection become",
    [HR_CLOSE_REQUEST_LIMIT] = "only so many requests on a connection",
    [HR_CLOSE_GOAWAY] = "no more requests on this connection",
    [HR_CLOSE_CLIENT_CLOSE_HEADER] = "it said Connection: close",
    [HR_CLOSE_SERVER_CLOSE_HEADER] = "it said Connection: close",
    [HR_CLOSE_UNUSED] = "it carried nothing",
    [HR_CLOSE_CLIENT_EXIT] = "the end of the client's program",
    [HR_CLOSE_SERVER_EXIT] = "the end of the server's program",
    [HR_CLOSE_SERVER_RELOAD] = "the server's program was reloaded or restarted, and goes on",
    [HR_CLOSE_IDLE_DROPPED] = "no answer after a long idle time: forgotten on the way",
    [HR_CLOSE_REQUEST_CANCELLED] = "no answer had come: a cancel or a timeout",
    [HR_CLOSE_POOL_LIMIT] = "only so many idle connections are kept",
    [HR_CLOSE_CLIENT_CLOSE] = "not announced, and no known timer fits",
    [HR_CLOSE_SERVER_CLOSE] = "not announced, and no known timer fits",
    [HR_CLOSE_OPEN_AT_END] = "the capture ended before it did",
};

/* The forms of body-undrained, DESIGN section 5. */
static const char *const undrained_meanings[] = {
    "cut short: unread, or cancelled",
    "a reset after an answer: bytes of it were unread",
    "an answer with a body, perhaps unread",
};

static const char *meaning_of(const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    if (connection->http1.is_head_cut &&
        (ending->cause == HR_CLOSE_CLIENT_CLOSE || ending->cause == HR_CLOSE_SERVER_CLOSE)) {
        return "no known timer fits; what may have announced it is cut short";
    }
    if (ending->cause == HR_CLOSE_BODY_UNDRAINED && ending->form == 'a' &&
        ending->is_rest_awaited) {
        return "cut short: given up while the rest was awaited";
    }
    if (ending->cause == HR_CLOSE_BODY_UNDRAINED && ending->form >= 'a' && ending->form <= 'c') {
        return undrained_meanings[ending->form - 'a'];
    }
    if (ending->cause == HR_CLOSE_IDLE_DROPPED && ending->is_from_elsewhere) {
        return ending->is_cut_in_use ? "in use, reset by what may be a device on the way"
                                     : "at rest, reset by what may be a device on the way";
    }
    if (ending->cause == HR_CLOSE_IDLE_DROPPED && ending->by == HR_SIDE_SERVER) {
        return "used after the idle timeout that the server had said: it had forgotten it";
    }
    if (ending->cause == HR_CLOSE_IDLE_DROPPED && ending->is_cut_in_use) {
        return "in use, and nothing came back any more: cut on the way";
    }
    return meanings[ending->cause];
}

static void begin_fact(const hr_text_report *report, const char *label)
{
    hr_text_pad(report->line, INDENT);
    g_string_append(report->line, label);
    hr_text_pad(report->line, FACT_COLUMN);
}

/* RFC 9113 section 7. */
static const char *const h2_errors[] = {
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
};

static void append_goaway_error(GString *line, uint32_t error)
{
    if (error < G_N_ELEMENTS(h2_errors)) {
        g_string_append_printf(line, "; GOAWAY error %s", h2_errors[error]);
    } else {
        g_string_append_printf(line, "; GOAWAY error 0x%" PRIx32, error);
    }
}

static void append_cause(GString *line, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const char *token = hr_close_cause_token(ending->cause);
    const char *meaning = meaning_of(connection);

    g_string_append(line, token != NULL ? token : "unknown");
    if (ending->certainty == HR_CERTAINTY_LIKELY) {
        g_string_append(line, ", likely");
    }
    if (hr_text_side(ending->by) != NULL) {
        g_string_append_printf(line, ", by %s", hr_text_side(ending->by));
    }
    if (meaning != NULL) {
        g_string_append_printf(line, " (%s)", meaning);
    }
    if (connection->seldom->goaway->error > 0) {
        append_goaway_error(line, connection->seldom->goaway->error);
    }
    if (connection->seldom->goaway->debug != NULL) {
        g_string_append_printf(line, "%s \"%s\"",
                               connection->seldom->goaway->error > 0 ? "," : "; GOAWAY says",
                               connection->seldom->goaway->debug);
    }
    if (hr_ending_limit(ending) > 0) {
        g_string_append_printf(line, "; limit %u, %s", hr_ending_limit(ending),
                               ending->is_limit_announced ? "announced" : "inferred");
    }
    if (ending->evidence_frame != 0 && ending->evidence_frame != ending->at.frame) {
        g_string_append_printf(line, "; see frame %u", ending->evidence_frame);
    }
}

static void append_idle_timeout(GString *line, const char *before, const hr_quic *quic,
                                unsigned end)
{
    if (quic->has_parameters[end] && quic->idle_timeout_ms[end] > 0) {
        g_string_append_printf(line, "%s%" PRIu64 " ms", before, quic->idle_timeout_ms[end]);
    }
}

/* RFC 9000 §10: QUIC ends by a message, or in silence. */
static void append_quic_close(GString *line, const hr_connection *connection)
{
    const hr_quic *quic = connection->seldom->quic;

    if (quic->is_closed) {
        g_string_append_printf(line, "CONNECTION_CLOSE by %s, %s code 0x%" PRIx64,
                               hr_text_side(connection->ending.first_fin),
                               quic->is_close_by_application ? "HTTP/3" : "QUIC", quic->close_code);
    } else if (connection->ending.is_first_rst) {
        g_string_append_printf(line, "stateless reset by %s, which knew nothing of it any more",
                               hr_text_side(connection->ending.first_fin));
    } else {
        g_string_append(line, "no CONNECTION_CLOSE was seen: QUIC's idle timeout is silent");
        append_idle_timeout(line, ", announced by the client as ", quic, connection->client);
        append_idle_timeout(line, ", by the server as ", quic, 1 - connection->client);
    }
}

static bool append_hops(GString *line, const hr_connection *connection)
{
    hr_reset_hops hops;
    const bool is_elsewhere = hr_hops_of_end(connection, &hops);

    if (is_elsewhere) {
        g_string_append_printf(line,
                               "first RST in the name of the %s, its hop limit (TTL) %u where all"
                               " other packets in that name have %u: another host may have sent"
                               " it, or it came another way, or that system gives resets another",
                               hops.whose, hops.reset, hops.usual);
    }
    return is_elsewhere;
}

/* In TLS and HTTP/2 a side says that it closes, and its FIN may come after the other's. */
static bool is_said_before(const hr_ending *ending)
{
    return hr_text_side(ending->first_closer) != NULL && hr_text_side(ending->first_fin) != NULL &&
           ending->first_closer != ending->first_fin;
}

static void append_idle(GString *line, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    if (ending->after_idle_ns != HR_TIME_NONE) {
        g_string_append(line, ", after ");
        hr_text_duration(line, ending->after_idle_ns, "-");
        g_string_append(line, " idle");
    } else if (ending->cause == HR_CLOSE_SERVER_IDLE_TIMEOUT && connection->is_opening_seen &&
               connection->request_count == 0 && connection->unseen_count == 0 &&
               connection->seldom->close_said.is_timeout) {
        g_string_append(line, ", after ");
        hr_text_duration(line, connection->seldom->close_said.at.ns - connection->opened.ns, "-");
        g_string_append(line, " without a request");
    }
}

/* What was seen on the wire, whoever decided it. */
static void write_wire(const hr_text_report *report, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    GString *line = report->line;

    if (hr_text_side(ending->first_fin) == NULL && ending->after_idle_ns == HR_TIME_NONE &&
        !ending->is_from_elsewhere) {
        return;
    }
    begin_fact(report, "");
    if (connection->seldom->quic != NULL) {
        append_quic_close(line, connection);
    } else if (is_said_before(ending)) {
        g_string_append_printf(line, "first close_notify or GOAWAY by %s",
                               hr_text_side(ending->first_closer));
    } else if (hr_text_side(ending->first_fin) != NULL) {
        g_string_append_printf(line, "first %s by %s", ending->is_first_rst ? "RST" : "FIN",
                               hr_text_side(ending->first_fin));
    } else if (!append_hops(line, connection) && ending->at.frame != 0) {
        g_string_append(line, "who closed first was not seen");
    } else if (ending->at.frame == 0) {
        g_string_append(line, "no FIN or RST was seen");
    }
    append_idle(line, connection);
    if (connection->seldom->quic == NULL && is_said_before(ending)) {
        g_string_append_printf(line, "; first %s by %s", ending->is_first_rst ? "RST" : "FIN",
                               hr_text_side(ending->first_fin));
    }
    if (ending->cause == HR_CLOSE_SERVER_CLOSE && ending->certainty == HR_CERTAINTY_LIKELY) {
        g_string_append(line, "; a reset out of long silence: it may be that of a device on the way"
                              " (NAT, load balancer, firewall)");
    }
    if (hr_text_side(connection->time_wait) != NULL) {
        g_string_append_printf(line, "; TIME_WAIT stays with %s",
                               hr_text_side(connection->time_wait));
    }
    hr_text_write_wrapped(report->out, line, FACT_COLUMN);
}

/* Values of common software collide, so that each is a candidate only. */
static void write_timers(const hr_text_report *report, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    GString *line = report->line;

    if (ending->timer_count == 0) {
        return;
    }
    begin_fact(report, "");
    if (hr_ending_timer(ending, 0)->side == HR_SIDE_NONE) {
        g_string_append(line, "if one is on the way, it may have forgotten the connection after ");
    } else {
        g_string_append(line, ending->is_timer_named ? "fits " : "fits, by the time alone, ");
    }
    for (uint8_t i = 0; i < ending->timer_count && i < TIMERS_SHOWN; i++) {
        const hr_timer *timer = hr_ending_timer(ending, i);
        if (i > 0) {
            g_string_append(line, "; ");
        }
        g_string_append_printf(line, "%u" HR_TEXT_JOIN "s: %s",
                               (unsigned)(hr_timer_idle_ns(timer, connection) / HR_NS_PER_S),
                               hr_product_name(timer->product));
        if (timer->setting != NULL && timer->setting[0] != '\0') {
            g_string_append_printf(line, " %s", timer->setting);
        }
        if (i == 0 && ending->is_timer_named) {
            g_string_append(line, " (a header names it)");
        }
    }
    if (ending->timer_count > TIMERS_SHOWN) {
        g_string_append_printf(line, "; ... %d more", ending->timer_count - TIMERS_SHOWN);
    }
    hr_text_write_wrapped(report->out, line, FACT_COLUMN);
}

/* The client looked at the time only as it asked again: of its timeout there are bounds. */
static void write_bounds(const hr_text_report *report, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    GString *line = report->line;

    if (!ending->is_at_next_use) {
        return;
    }
    begin_fact(report, "");
    g_string_append(line, "closed as the client's next request came: the pause is the caller's, the"
                          " timeout is at most ");
    hr_text_duration(line, ending->after_idle_ns, "-");
    if (ending->seldom->longest_reused_ns != HR_TIME_NONE) {
        g_string_append(line, " and above ");
        hr_text_duration(line, ending->seldom->longest_reused_ns, "-");
    }
    hr_text_write_wrapped(report->out, line, FACT_COLUMN);
}

static void write_candidates(const hr_text_report *report, const hr_connection *connection)
{
    if (!hr_finding_set_has(connection->findings, HR_FINDING_CLOSED_AFTER_ANSWER)) {
        return;
    }
    /* An unread body costs HTTP/2 and 3 a stream, not the connection. */
    const bool has_streams = hr_request_stream(connection->last_request) >= 0;
    const bool may_be_unread = !has_streams && !connection->last_request->is_answer_bodyless;
    begin_fact(report, "");
    g_string_append_printf(report->line,
                           "right after a complete answer: it may be %sa client object or process"
                           " per call, or the end of the program",
                           may_be_unread ? "an unread body, " : "");
    hr_text_write_wrapped(report->out, report->line, FACT_COLUMN);
}

void hr_text_write_ending(const hr_text_report *report, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;

    begin_fact(report, "ended");
    if (ending->at.frame != 0) {
        g_string_append_printf(report->line, "frame %u: ", ending->at.frame);
    }
    append_cause(report->line, connection);
    hr_text_write_wrapped(report->out, report->line, FACT_COLUMN);
    write_wire(report, connection);
    write_timers(report, connection);
    write_bounds(report, connection);
    write_candidates(report, connection);
}

/* totals.c
 * The head of the text report: the totals of the capture, a line each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/contents.h"

enum {
    LEFT_OUT_SHOWN = 5,
};

/* "Near" running out of a destination's ports: from a tenth of them on, and from half the rate on
   that uses them up, the report says what that means. Below a hundredth nobody looks for where. */
enum {
    PORTS_MANY = HR_EPHEMERAL_PORTS / 100,
    PORTS_NEAR = HR_EPHEMERAL_PORTS / 10,
    PORTS_PER_S_NEAR = HR_EPHEMERAL_PORTS_PER_S / 2,
};

static void write_requests(const hr_text_report *report, const hr_sums *sums)
{
    hr_text_begin_total(report, "Requests");
    g_string_append_printf(report->line, "%u: %u new, %u reused, %u unknown; reuse ratio ",
                           sums->requests, sums->new_requests, sums->reused, sums->unknown);
    hr_text_percent(report->line, hr_sums_reuse_ratio(sums));
    if (sums->headerless > 0) {
        g_string_append_printf(report->line,
                               "; %u of HTTP/3 without method, target and status code: this"
                               " Wireshark shows no headers of HTTP/3 (4.4 and later do)",
                               sums->headerless);
    }
    hr_text_end_total(report);
}

/* Those in which no HTTP is shown, and why that may be, as far as it is known. */
static void append_others(const hr_text_report *report, const hr_totals *totals)
{
    const struct {
        uint32_t count;
        bool may_be_http;
        const char *why;
    } reasons[] = {
        {totals->unseen_connections, true, "of which nothing that they carried was captured"},
        {totals->cut_connections, true, "whose first packets are cut short by a snap length"},
        {totals->unread_connections, true, "of QUIC whose begin cannot be read"},
        {totals->refused_connections, false, "that the server refused"},
    };
    bool may_be_http = hr_analysis_left_out_count(report->analysis) > 0;

    hr_text_count(report->line, totals->other_connections, "other connection");
    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
        may_be_http |= reasons[i].may_be_http && reasons[i].count > 0;
    }
    g_string_append(report->line, may_be_http ? " in which no HTTP is shown" : " without HTTP");
    const char *before = " (";
    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
        if (reasons[i].count > 0) {
            g_string_append_printf(report->line, "%s%u" HR_TEXT_JOIN "%s", before, reasons[i].count,
                                   reasons[i].why);
            before = ", ";
        }
    }
    g_string_append(report->line, before[0] == ',' ? ")" : "");
}

static void write_connection_counts(const hr_text_report *report, const hr_totals *totals)
{
    const hr_sums *sums = &totals->sums;

    hr_text_begin_total(report, "Connections");
    g_string_append_printf(report->line, "%u: %u opened in the capture, %u unused, %u opaque",
                           sums->connections, sums->opened, sums->unused, sums->opaque);
    if (sums->opaque > 0) {
        g_string_append(report->line, " (TLS without keys: their requests cannot be seen)");
    }
    if (totals->other_connections > 0) {
        g_string_append(report->line, "; besides, ");
        append_others(report, totals);
    }
    hr_text_end_total(report);
}

/* "3 first-contact, 7 all-busy": the values of an enumeration that occurred. */
static void append_tally(GString *line, const char *token, uint32_t count)
{
    if (count == 0) {
        return;
    }
    if (line->str[line->len - 1] != ' ') {
        g_string_append(line, ", ");
    }
    g_string_append_printf(line, "%u" HR_TEXT_JOIN "%s", count, token != NULL ? token : "-");
}

static void write_tallies(const hr_text_report *report, const hr_totals *totals)
{
    if (totals->sums.opened > 0) {
        hr_text_begin_total(report, "Why opened");
        for (unsigned i = HR_WHY_NONE + 1; i < G_N_ELEMENTS(totals->why); i++) {
            append_tally(report->line, hr_why_token((hr_why)i), totals->why[i]);
        }
        if (report->line->len == HR_TEXT_LABEL_COLUMN) {
            g_string_append(report->line, "for reasons that are not known");
        }
        hr_text_end_total(report);
    }
    if (totals->sums.connections > 0) {
        hr_text_begin_total(report, "How ended");
        for (unsigned i = HR_CLOSE_NONE + 1; i < G_N_ELEMENTS(totals->ended); i++) {
            append_tally(report->line, hr_close_cause_token((hr_close_cause)i), totals->ended[i]);
        }
        hr_text_end_total(report);
    }
}

static void write_costs(const hr_text_report *report, const hr_sums *sums)
{
    hr_text_begin_total(report, "Handshakes");
    hr_text_duration(report->line, sums->setup_total_ns, "cost unknown: none is in the capture");
    if (sums->setup_median_ns != HR_TIME_NONE) {
        g_string_append(report->line, " in all, median ");
        hr_text_duration(report->line, sums->setup_median_ns, "");
        g_string_append(report->line, " a connection");
    }
    if (sums->tls_full + sums->tls_resumed > 0) {
        g_string_append_printf(report->line, "; TLS: %u full, %u resumed", sums->tls_full,
                               sums->tls_resumed);
    }
    hr_text_end_total(report);

    hr_text_begin_total(report, "Reuse saved");
    if (sums->saved_setup_ns != HR_TIME_NONE) {
        g_string_append(report->line, "about ");
    }
    hr_text_duration(report->line, sums->saved_setup_ns,
                     sums->reused > 0 ? "unknown" : "nothing: no request was reused");
    hr_text_end_total(report);

    hr_text_begin_total(report, "Avoidable");
    if (sums->avoidable_connections > 0) {
        hr_text_count(report->line, sums->avoidable_connections, "connection");
        g_string_append(report->line, ", setup ");
        hr_text_duration(report->line, sums->avoidable_setup_ns, "unknown");
    } else {
        g_string_append(report->line, "nothing");
    }
    hr_text_end_total(report);
}

static void write_time_wait(const hr_text_report *report, const hr_totals *totals)
{
    hr_text_begin_total(report, "TIME_WAIT");
    g_string_append_printf(report->line, "at its peak %u on the client side, %u on the server side",
                           totals->time_wait_client, totals->time_wait_server);
    hr_text_end_total(report);
}

static void append_destination(const hr_text_report *report, const hr_destination_peak *peak)
{
    hr_text_endpoint(report->line, &(hr_endpoint){peak->client_address, 0});
    g_string_append(report->line, " ->" HR_TEXT_JOIN);
    hr_text_endpoint(report->line, &peak->server);
    g_string_append(report->line, ", ");
    hr_text_duration(report->line, peak->at_ns - hr_model_first_moment(report->model).ns, "");
    g_string_append(report->line, " after the start");
}

/* Ports run out for one server address and port, not for all together. */
static void write_ports(const hr_text_report *report, const hr_totals *totals)
{
    const hr_destination_peak *ports = &totals->ports_peak;
    const hr_destination_peak *openings = &totals->openings_peak;

    if (ports->count == 0) {
        return;
    }
    hr_text_begin_total(report, "Ports");
    g_string_append_printf(report->line, "at most %u of the %d that Linux has by default (",
                           ports->count, HR_EPHEMERAL_PORTS);
    hr_text_percent(report->line, (double)ports->count / HR_EPHEMERAL_PORTS);
    g_string_append(report->line, ") in use for one server");
    if (ports->count >= PORTS_MANY) {
        g_string_append(report->line, ": ");
        append_destination(report, ports);
    }
    if (ports->count >= PORTS_NEAR) {
        g_string_append(report->line, ports->count < HR_EPHEMERAL_PORTS
                                          ? "; without a free port no connection can be opened"
                                          : "; no connection can be opened then");
    }
    hr_text_end_total(report);
    if (openings->count >= PORTS_PER_S_NEAR) {
        hr_text_begin_total(report, "");
        g_string_append_printf(report->line,
                               "%u connections opened within a second: ", openings->count);
        append_destination(report, openings);
        g_string_append_printf(report->line,
                               "; about %d a second, closed by the client, use up all ports for"
                               " one server within the 60 s of TIME_WAIT",
                               HR_EPHEMERAL_PORTS_PER_S);
        hr_text_end_total(report);
    }
}

/* What would show it, in the words of tshark's command line. */
static void append_how_to_show(GString *line, const hr_left_out *left_out)
{
    const bool is_one = left_out->connections == 1;

    if (left_out->kind == HR_LEFT_OUT_BEGUN_TLS) {
        g_string_append(line, is_one ? " is" : " are");
        g_string_append(line,
                        " TLS whose ClientHello is not in the capture, and may be HTTP: without"
                        " that no key shows it");
    } else if (left_out->kind == HR_LEFT_OUT_H2_REQUESTS) {
        g_string_append_printf(
            line, " ha%s requests of HTTP/2 that are not shown: ", is_one ? "s" : "ve");
        hr_left_out_append_option(line, left_out);
        g_string_append(line, " shows them");
    } else if (left_out->kind != HR_LEFT_OUT_TLS) {
        g_string_append_printf(line, " begin%s as %s does: ", is_one ? "s" : "",
                               left_out->kind == HR_LEFT_OUT_H2 ? "HTTP/2" : "TLS");
        hr_left_out_append_option(line, left_out);
        g_string_append(line, is_one ? " shows it" : " shows them");
    } else {
        g_string_append(line, is_one ? " is" : " are");
        g_string_append(line, " TLS that may be HTTP: the keys (SSLKEYLOGFILE; in Go"
                              " tls.Config.KeyLogWriter) show it, and ");
        hr_left_out_append_option(line, left_out);
        g_string_append(line, is_one ? " has it judged as a connection"
                                     : " has them judged as connections");
    }
}

static void write_left_out(const hr_text_report *report)
{
    const size_t count = hr_analysis_left_out_count(report->analysis);

    for (size_t i = 0; i < MIN(count, LEFT_OUT_SHOWN); i++) {
        const hr_left_out *left_out = hr_analysis_left_out(report->analysis, i);
        hr_text_begin_total(report, i == 0 ? "Left out" : "");
        hr_text_count(report->line, left_out->connections, "connection");
        g_string_append(report->line, " to" HR_TEXT_JOIN);
        hr_text_endpoint(report->line, &left_out->server);
        append_how_to_show(report->line, left_out);
        hr_text_end_total(report);
    }
    if (count > LEFT_OUT_SHOWN) {
        hr_text_begin_total(report, "");
        g_string_append_printf(report->line, "... and to %zu more servers", count - LEFT_OUT_SHOWN);
        hr_text_end_total(report);
    }
}

/* What became of the calls that the program told of. */
static void write_trace(const hr_text_report *report)
{
    const hr_traced_totals *traced = hr_analysis_traced(report->analysis);
    const hr_traced_rest rest = hr_model_traced_rest(report->model);

    if (!hr_model_has_trace(report->model)) {
        return;
    }
    hr_text_begin_total(report, "Trace");
    hr_text_count(report->line, traced->calls, "call");
    g_string_append_printf(report->line, " of the program: %u found as requests",
                           traced->on_requests);
    if (traced->on_connections > 0) {
        g_string_append_printf(report->line, ", %u on connections where requests cannot be read",
                               traced->on_connections);
    }
    if (traced->ambiguous > 0) {
        g_string_append_printf(report->line,
                               ", %u each fit a request no better than other lines of"
                               " code do",
                               traced->ambiguous);
    }
    if (traced->unmatched > 0) {
        g_string_append_printf(report->line, ", %u fit nothing in this capture", traced->unmatched);
    }
    if (rest.without_connection > 0) {
        g_string_append_printf(report->line, "; %u more got no connection",
                               rest.without_connection);
    }
    if (rest.left_out > 0) {
        g_string_append_printf(report->line, "; %u more were left out", rest.left_out);
    }
    if (rest.damaged > 0) {
        g_string_append(report->line, "; ");
        hr_text_count(report->line, rest.damaged, "line");
        g_string_append(report->line, " could not be read");
    }
    hr_text_end_total(report);
    if (traced->on_requests == 0 &&
        (traced->contradicted > 0 || (traced->calls > 0 && traced->unmatched == traced->calls))) {
        hr_text_begin_total(report, "");
        g_string_append_printf(report->line,
                               "%s: the trace is of another run, or the clocks of program and"
                               " capture differ (editcap -t shifts a capture)",
                               traced->unmatched == traced->calls ? "none fits"
                                                                  : "times do not fit");
        hr_text_end_total(report);
    }
}

void hr_text_write_totals(const hr_text_report *report)
{
    const hr_totals *totals = hr_analysis_totals(report->analysis);

    hr_text_write_capture(report);
    write_requests(report, &totals->sums);
    write_connection_counts(report, totals);
    write_left_out(report);
    write_trace(report);
    if (totals->sums.connections == 0) {
        return;
    }
    hr_text_write_points(report);
    write_tallies(report, totals);
    write_costs(report, &totals->sums);
    write_time_wait(report, totals);
    write_ports(report, totals);
}

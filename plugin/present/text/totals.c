/* totals.c
 * The head of the text report: the totals of the capture, a line each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/contents.h"

#include <string.h>

enum {
    LABEL_COLUMN = 14,
    LEFT_OUT_SHOWN = 5,
};

/* "Near" running out of a destination's ports: from a tenth of them on, and from half the rate on
   that uses them up, the report says what that means. */
enum {
    PORTS_NEAR = HR_EPHEMERAL_PORTS / 10,
    PORTS_PER_S_NEAR = HR_EPHEMERAL_PORTS_PER_S / 2,
};

static void begin_total(const hr_text_report *report, const char *label)
{
    g_string_append(report->line, label);
    hr_text_pad(report->line, LABEL_COLUMN);
}

static void end_total(const hr_text_report *report)
{
    hr_text_write_wrapped(report->out, report->line, LABEL_COLUMN);
}

/* A path that is too long for the line loses its folders. */
static void append_path(GString *line, const char *path)
{
    const size_t room = HR_TEXT_COLUMNS - LABEL_COLUMN;
    char *name = hr_text_width(path) > room ? g_path_get_basename(path) : g_strdup(path);

    hr_text_captured(line, name, room);
    g_free(name);
}

static void write_source(const hr_text_report *report)
{
    const hr_source *source = hr_model_source(report->model);

    if (source->file != NULL) {
        begin_total(report, "File");
        if (strcmp(source->file, "-") == 0) {
            g_string_append(report->line, "standard input");
        } else {
            append_path(report->line, source->file);
        }
        hr_text_write_line(report->out, report->line);
    } else if (source->device != NULL) {
        begin_total(report, "Interface");
        hr_text_captured(report->line, source->device, HR_TEXT_COLUMNS - LABEL_COLUMN);
        hr_text_write_line(report->out, report->line);
    }
}

/* The numbers below are of these only, but for the capture's own. */
static void write_selection(const hr_text_report *report)
{
    const char *who = hr_analysis_selected(report->analysis);

    if (who == NULL) {
        return;
    }
    begin_total(report, "Only");
    g_string_append(report->line, "the client or server ");
    hr_text_captured(report->line, who, HR_TEXT_COLUMNS / 2);
    if (hr_analysis_connection_count(report->analysis) == 0) {
        g_string_append(report->line, ", which has no HTTP connection in this capture");
    }
    end_total(report);
}

static void write_capture(const hr_text_report *report)
{
    hr_moment first = hr_model_first_moment(report->model);
    hr_moment last = hr_model_last_moment(report->model);

    begin_total(report, "Capture");
    hr_text_count(report->line, hr_model_frame_count(report->model), "frame");
    if (first.frame != 0 && last.frame != 0) {
        g_string_append(report->line, " in ");
        hr_text_duration(report->line, hr_moment_elapsed_ns(first, last), "unknown time");
    }
    end_total(report);
}

/* What would rest on the order of these frames is not claimed, and this says why. */
static void write_order(const hr_text_report *report)
{
    int64_t most_ns = 0;
    const uint32_t count = hr_model_frames_back(report->model, &most_ns);

    if (count == 0) {
        return;
    }
    begin_total(report, "Order");
    hr_text_count(report->line, count, "frame");
    g_string_append(report->line, count == 1 ? " is earlier than the one before it, by "
                                             : " are earlier than the one before them, by up to ");
    hr_text_duration(report->line, most_ns, "");
    g_string_append(report->line, ": the file is not in the order of time (reordercap sorts it), or"
                                  " the clock was set back. What would rest on the order there is"
                                  " left open");
    end_total(report);
}

/* ... and so for what would rest on shorter times. */
static void write_clock(const hr_text_report *report)
{
    const int64_t tick_ns = hr_model_clock_tick_ns(report->model);

    if (tick_ns == HR_TIME_NONE) {
        return;
    }
    begin_total(report, "Clock");
    g_string_append(report->line, "times are multiples of ");
    hr_text_duration(report->line, tick_ns, "");
    g_string_append(report->line,
                    ": the clock ticks as slowly, or the file keeps no more. What would"
                    " rest on shorter times is left open");
    end_total(report);
}

static void write_requests(const hr_text_report *report, const hr_sums *sums)
{
    begin_total(report, "Requests");
    g_string_append_printf(report->line, "%u: %u new, %u reused, %u unknown; reuse ratio ",
                           sums->requests, sums->new_requests, sums->reused, sums->unknown);
    hr_text_percent(report->line, hr_sums_reuse_ratio(sums));
    if (sums->headerless > 0) {
        g_string_append_printf(report->line,
                               "; %u of HTTP/3 without method, target and status code: this"
                               " Wireshark shows no headers of HTTP/3 (4.4 and later do)",
                               sums->headerless);
    }
    end_total(report);
}

static void write_connection_counts(const hr_text_report *report, const hr_totals *totals)
{
    const hr_sums *sums = &totals->sums;

    begin_total(report, "Connections");
    g_string_append_printf(report->line, "%u: %u opened in the capture, %u unused, %u opaque",
                           sums->connections, sums->opened, sums->unused, sums->opaque);
    if (sums->opaque > 0) {
        g_string_append(report->line, " (TLS without keys: their requests cannot be seen)");
    }
    if (totals->other_connections > 0) {
        g_string_append(report->line, "; besides, ");
        hr_text_count(report->line, totals->other_connections, "other connection");
        const bool may_be_http = totals->unseen_connections > 0 || totals->cut_connections > 0 ||
                                 hr_analysis_left_out_count(report->analysis) > 0;
        g_string_append(report->line, may_be_http ? " in which no HTTP is shown" : " without HTTP");
        if (totals->unseen_connections > 0) {
            g_string_append_printf(report->line, ": of %u nothing that they carried was captured",
                                   totals->unseen_connections);
        }
        if (totals->cut_connections > 0) {
            g_string_append_printf(report->line,
                                   ": of %u the first packets are cut short (a snap"
                                   " length)",
                                   totals->cut_connections);
        }
    }
    end_total(report);
}

/* What the missing direction would have shown is not claimed, and this says why. */
static void write_one_way(const hr_text_report *report, const hr_totals *totals)
{
    static const char *const whose[] = {"client", "server"};

    for (size_t i = 0; i < G_N_ELEMENTS(whose); i++) {
        if (totals->one_way[i] > 0) {
            begin_total(report, "One direction");
            g_string_append(report->line, "of ");
            hr_text_count(report->line, totals->one_way[i], "connection");
            g_string_append_printf(report->line,
                                   " only the packets of the %s were captured: what the other side"
                                   " did is known by acknowledgements alone",
                                   whose[i]);
            end_total(report);
        }
    }
}

static void append_route(GString *line, const hr_connection *connection)
{
    const unsigned client = hr_connection_client_of_copy(connection);

    g_string_append_printf(line, "%s -> ", connection->ends[client].endpoint.address);
    hr_text_endpoint(line, &connection->ends[1 - client].endpoint);
}

static void write_copies(const hr_text_report *report, const hr_totals *totals)
{
    if (totals->copies == 0) {
        return;
    }
    begin_total(report, "Seen twice");
    hr_text_count(report->line, totals->copies, "connection");
    g_string_append(report->line, ", on both sides of a NAT by their equal sequence numbers,"
                                  " and counted once:" HR_TEXT_JOIN);
    append_route(report->line, hr_connection_original(totals->first_copy));
    g_string_append(report->line, " is also" HR_TEXT_JOIN);
    append_route(report->line, totals->first_copy);
    end_total(report);
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
        begin_total(report, "Why opened");
        for (unsigned i = HR_WHY_NONE + 1; i < G_N_ELEMENTS(totals->why); i++) {
            append_tally(report->line, hr_why_token((hr_why)i), totals->why[i]);
        }
        if (report->line->len == LABEL_COLUMN) {
            g_string_append(report->line, "for reasons that are not known");
        }
        end_total(report);
    }
    if (totals->sums.connections > 0) {
        begin_total(report, "How ended");
        for (unsigned i = HR_CLOSE_NONE + 1; i < G_N_ELEMENTS(totals->ended); i++) {
            append_tally(report->line, hr_close_cause_token((hr_close_cause)i), totals->ended[i]);
        }
        end_total(report);
    }
}

static void write_costs(const hr_text_report *report, const hr_sums *sums)
{
    begin_total(report, "Handshakes");
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
    end_total(report);

    begin_total(report, "Reuse saved");
    if (sums->saved_setup_ns != HR_TIME_NONE) {
        g_string_append(report->line, "about ");
    }
    hr_text_duration(report->line, sums->saved_setup_ns,
                     sums->reused > 0 ? "unknown" : "nothing: no request was reused");
    end_total(report);

    begin_total(report, "Avoidable");
    if (sums->avoidable_connections > 0) {
        hr_text_count(report->line, sums->avoidable_connections, "connection");
        g_string_append(report->line, ", setup ");
        hr_text_duration(report->line, sums->avoidable_setup_ns, "unknown");
    } else {
        g_string_append(report->line, "nothing");
    }
    end_total(report);
}

static void write_time_wait(const hr_text_report *report, const hr_totals *totals)
{
    begin_total(report, "TIME_WAIT");
    g_string_append_printf(report->line, "at its peak %u on the client side, %u on the server side",
                           totals->time_wait_client, totals->time_wait_server);
    end_total(report);
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
    begin_total(report, "Ports");
    g_string_append_printf(report->line, "at most %u of the %d that Linux has by default (",
                           ports->count, HR_EPHEMERAL_PORTS);
    hr_text_percent(report->line, (double)ports->count / HR_EPHEMERAL_PORTS);
    g_string_append(report->line, ") in use for one server: ");
    append_destination(report, ports);
    if (ports->count >= PORTS_NEAR) {
        g_string_append(report->line, ports->count < HR_EPHEMERAL_PORTS
                                          ? "; without a free port no connection can be opened"
                                          : "; no connection can be opened then");
    }
    end_total(report);
    if (openings->count >= PORTS_PER_S_NEAR) {
        begin_total(report, "");
        g_string_append_printf(report->line,
                               "%u connections opened within a second: ", openings->count);
        append_destination(report, openings);
        g_string_append_printf(report->line,
                               "; about %d a second, closed by the client, use up all ports for"
                               " one server within the 60 s of TIME_WAIT",
                               HR_EPHEMERAL_PORTS_PER_S);
        end_total(report);
    }
}

/* What would show it, in the words of tshark's command line. */
static void append_how_to_show(GString *line, const hr_left_out *left_out)
{
    const bool is_one = left_out->connections == 1;

    if (left_out->kind == HR_LEFT_OUT_BEGUN_TLS) {
        g_string_append(line, is_one ? " is" : " are");
        g_string_append(line, " TLS from before the capture, and may be HTTP: no key shows it"
                              " without its handshake");
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
        begin_total(report, i == 0 ? "Left out" : "");
        hr_text_count(report->line, left_out->connections, "connection");
        g_string_append(report->line, " to" HR_TEXT_JOIN);
        hr_text_endpoint(report->line, &left_out->server);
        append_how_to_show(report->line, left_out);
        end_total(report);
    }
    if (count > LEFT_OUT_SHOWN) {
        begin_total(report, "");
        g_string_append_printf(report->line, "... and to %zu more servers", count - LEFT_OUT_SHOWN);
        end_total(report);
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
    begin_total(report, "Trace");
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
    end_total(report);
    if (traced->on_requests == 0 &&
        (traced->contradicted > 0 || (traced->calls > 0 && traced->unmatched == traced->calls))) {
        begin_total(report, "");
        g_string_append_printf(report->line,
                               "%s: the trace is of another run, or the clocks of program and"
                               " capture differ (editcap -t shifts a capture)",
                               traced->unmatched == traced->calls ? "none fits"
                                                                  : "times do not fit");
        end_total(report);
    }
}

void hr_text_write_totals(const hr_text_report *report)
{
    const hr_totals *totals = hr_analysis_totals(report->analysis);

    write_source(report);
    write_selection(report);
    write_capture(report);
    write_order(report);
    write_clock(report);
    write_requests(report, &totals->sums);
    write_connection_counts(report, totals);
    write_left_out(report);
    write_trace(report);
    if (totals->sums.connections == 0) {
        return;
    }
    write_copies(report, totals);
    write_one_way(report, totals);
    write_tallies(report, totals);
    write_costs(report, &totals->sums);
    write_time_wait(report, totals);
    write_ports(report, totals);
}

/* capture.c
 * What the capture is: its file, its length, its times, and from where it was taken. The first lines
 * of the text report.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/contents.h"

#include <string.h>

/* A path that is too long for the line loses its folders. */
static void append_path(GString *line, const char *path)
{
    const size_t room = HR_TEXT_COLUMNS - HR_TEXT_LABEL_COLUMN;
    char *name = hr_text_width(path) > room ? g_path_get_basename(path) : g_strdup(path);

    hr_text_captured(line, name, room);
    g_free(name);
}

static void write_source(const hr_text_report *report)
{
    const hr_source *source = hr_model_source(report->model);

    if (source->file != NULL) {
        hr_text_begin_total(report, "File");
        if (strcmp(source->file, "-") == 0) {
            g_string_append(report->line, "standard input");
        } else {
            append_path(report->line, source->file);
        }
        hr_text_write_line(report->out, report->line);
    } else if (source->device != NULL) {
        hr_text_begin_total(report, "Interface");
        hr_text_captured(report->line, source->device, HR_TEXT_COLUMNS - HR_TEXT_LABEL_COLUMN);
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
    hr_text_begin_total(report, "Only");
    g_string_append(report->line, "the client or server ");
    hr_text_captured(report->line, who, HR_TEXT_COLUMNS / 2);
    if (hr_analysis_connection_count(report->analysis) == 0) {
        g_string_append(report->line, ", of which this capture shows no HTTP connection");
    }
    hr_text_end_total(report);
}

static void write_span(const hr_text_report *report)
{
    hr_moment first = hr_model_first_moment(report->model);
    hr_moment last = hr_model_last_moment(report->model);

    hr_text_begin_total(report, "Capture");
    hr_text_count(report->line, hr_model_frame_count(report->model), "frame");
    if (first.frame != 0 && last.frame != 0) {
        g_string_append(report->line, " in ");
        hr_text_duration(report->line, hr_moment_elapsed_ns(first, last), "unknown time");
    }
    hr_text_end_total(report);
}

/* What would rest on the order of these frames is not claimed, and this says why. */
static void write_order(const hr_text_report *report)
{
    int64_t most_ns = 0;
    const uint32_t count = hr_model_frames_back(report->model, &most_ns);

    if (count == 0) {
        return;
    }
    hr_text_begin_total(report, "Order");
    hr_text_count(report->line, count, "frame");
    g_string_append(report->line, count == 1 ? " is earlier than the one before it, by "
                                             : " are earlier than the one before them, by up to ");
    hr_text_duration(report->line, most_ns, "");
    g_string_append(report->line, ": the file is not in the order of time (reordercap sorts it), or"
                                  " the clock was set back. What would rest on the order there is"
                                  " left open");
    hr_text_end_total(report);
}

/* ... and so for what would rest on shorter times. */
static void write_clock(const hr_text_report *report)
{
    const int64_t tick_ns = hr_model_clock_tick_ns(report->model);

    if (tick_ns == HR_TIME_NONE) {
        return;
    }
    hr_text_begin_total(report, "Clock");
    g_string_append(report->line, "times are multiples of ");
    hr_text_duration(report->line, tick_ns, "");
    g_string_append(report->line,
                    ": the clock ticks as slowly, or the file keeps no more. What would"
                    " rest on shorter times is left open");
    hr_text_end_total(report);
}

void hr_text_write_capture(const hr_text_report *report)
{
    write_source(report);
    write_selection(report);
    write_span(report);
    write_order(report);
    write_clock(report);
}

/* What the missing direction would have shown is not claimed, and this says why. */
static void write_one_way(const hr_text_report *report, const hr_totals *totals)
{
    static const char *const whose[] = {"client", "server"};

    for (size_t i = 0; i < G_N_ELEMENTS(whose); i++) {
        if (totals->one_way[i] > 0) {
            hr_text_begin_total(report, "One direction");
            hr_text_count(report->line, totals->one_way[i], "connection");
            g_string_append_printf(report->line,
                                   ", of which only the packets of the %s were captured: what the"
                                   " other side did is known by acknowledgements alone",
                                   whose[i]);
            hr_text_end_total(report);
        }
    }
}

static void append_route(GString *line, const hr_connection *connection)
{
    const unsigned client = hr_connection_client_of_copy(connection);

    g_string_append_printf(line, "%s -> ", connection->ends[client].endpoint.address);
    hr_text_endpoint(line, &connection->ends[1 - client].endpoint);
}

/* What would rest on a closer order is not claimed, and this says why. */
static void write_apart(const hr_text_report *report, const hr_totals *totals)
{
    if (totals->apart == 0) {
        return;
    }
    hr_text_begin_total(report, "Two clocks");
    hr_text_count(report->line, totals->apart, "connection");
    g_string_append(report->line, ", of which what one side sent stands up to ");
    hr_text_duration(report->line, totals->apart_ns, "");
    g_string_append(report->line, " behind what acknowledges it, as of" HR_TEXT_JOIN);
    append_route(report->line, totals->most_apart);
    g_string_append(
        report->line,
        ": each host captured what it sent, and their clocks differ"
        " (editcap -t shifts a capture), or the directions were captured"
        " at two places, or out of order. What would rest on a closer order is left open");
    hr_text_end_total(report);
}

static void write_copies(const hr_text_report *report, const hr_totals *totals)
{
    if (totals->copies == 0) {
        return;
    }
    hr_text_begin_total(report, "Seen twice");
    hr_text_count(report->line, totals->copies, "connection");
    g_string_append(report->line, ", on both sides of a NAT by their equal sequence numbers,"
                                  " and counted once:" HR_TEXT_JOIN);
    append_route(report->line, hr_connection_original(totals->first_copy));
    g_string_append(report->line, " is also" HR_TEXT_JOIN);
    append_route(report->line, totals->first_copy);
    hr_text_end_total(report);
}

/* How its answers are seen by their client, which is what it asked for. */
static void write_halves(const hr_text_report *report, const hr_totals *totals)
{
    if (totals->halves == 0) {
        return;
    }
    hr_text_begin_total(report, "Redirected");
    hr_text_count(report->line, totals->halves, "connection");
    g_string_append(report->line,
                    ", of which each direction bears another address of the server"
                    " (iptables REDIRECT), joined by their sequence numbers:" HR_TEXT_JOIN);
    append_route(report->line, hr_connection_original(totals->first_half));
    g_string_append(report->line, " is heard as" HR_TEXT_JOIN);
    append_route(report->line, totals->first_half);
    hr_text_end_total(report);
}

void hr_text_write_points(const hr_text_report *report)
{
    const hr_totals *totals = hr_analysis_totals(report->analysis);

    write_copies(report, totals);
    write_halves(report, totals);
    write_one_way(report, totals);
    write_apart(report, totals);
}

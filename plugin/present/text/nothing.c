/* nothing.c
 * "What to fix first" where there is nothing: because all is well, or since nobody could see.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/contents.h"

/* Of a server that only refuses nobody knows what it would have spoken. */
static void append_refused(const hr_text_report *report)
{
    const hr_totals *totals = hr_analysis_totals(report->analysis);
    const bool is_one = totals->refused_connections == 1;

    if (totals->refused_connections == 0) {
        return;
    }
    g_string_append(report->line, " But ");
    hr_text_count(report->line, totals->refused_connections, "connection");
    g_string_append_printf(report->line, " %s refused where no HTTP was seen (%sin frame %u, by ",
                           is_one ? "was" : "were", is_one ? "" : "the first ",
                           totals->first_refused->opened.frame);
    hr_text_endpoint(report->line, &hr_connection_server(totals->first_refused)->endpoint);
    g_string_append_printf(report->line, "): whether a request needed %s is not known.",
                           is_one ? "it" : "them");
}

void hr_text_write_nothing(const hr_text_report *report)
{
    const hr_totals *totals = hr_analysis_totals(report->analysis);
    const hr_sums *sums = &totals->sums;

    if (sums->connections == 0 && totals->unseen_connections > 0) {
        g_string_append(report->line, "Nothing can be said: what the connections carried was not"
                                      " captured. A capture filter that lets all packets of the"
                                      " server pass, such as \"tcp port 80\", shows it.");
        hr_text_write_wrapped(report->out, report->line, 0);
        return;
    }
    if (sums->connections == 0 && totals->cut_connections > 0) {
        g_string_append(report->line,
                        "Nothing can be said: the packets were cut short as they were"
                        " captured (a snap length), so that no HTTP can be read. Whole"
                        " packets show it: tcpdump -s 0, or dumpcap and tshark without"
                        " -s.");
        hr_text_write_wrapped(report->out, report->line, 0);
        return;
    }
    if (sums->connections == 0 && totals->unread_connections > 0) {
        g_string_append(report->line,
                        "Nothing can be said: what QUIC connections begin with cannot be read, and"
                        " they may be HTTP/3. It is cut short (a snap length), lies before the"
                        " capture, or the client's packets are not in it. Whole packets of both"
                        " directions show it: tcpdump -s 0, or dumpcap and tshark without -s.");
        hr_text_write_wrapped(report->out, report->line, 0);
        return;
    }
    if (hr_model_frame_count(report->model) == 0) {
        g_string_append(report->line, "Nothing can be said: there is no packet in this capture.");
    } else if (sums->requests == 0 && hr_analysis_left_out_count(report->analysis) > 0) {
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
        append_refused(report);
        if (hr_analysis_left_out_count(report->analysis) > 0) {
            g_string_append(report->line, " What looks like HTTP and was not shown as such is not"
                                          " judged: see \"Left out\" above.");
        }
    }
    hr_text_write_wrapped(report->out, report->line, 0);
}

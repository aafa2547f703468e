/* section.c
 * How headings are drawn, and how endpoints, servers and sides are called.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/section.h"

#include <string.h>

enum {
    NAME_COLUMNS = 48,
    ADDRESS_COLUMNS = 40,
    SCHEME_COLUMNS = 8,
};

void hr_text_write_heading(const hr_text_report *report, const char *title)
{
    size_t width = strlen(title);

    g_string_append_printf(report->line, "\n%s\n", title);
    for (size_t i = 0; i < width; i++) {
        g_string_append_c(report->line, '-');
    }
    hr_text_write_line(report->out, report->line);
}

const char *hr_text_side(hr_side side)
{
    static const char *const names[] = {
        [HR_SIDE_NONE] = NULL,
        [HR_SIDE_CLIENT] = "the client",
        [HR_SIDE_SERVER] = "the server",
        [HR_SIDE_BOTH] = "both sides",
    };

    return names[side];
}

void hr_text_endpoint(GString *line, const hr_endpoint *endpoint)
{
    bool is_ipv6 =
        endpoint->port != 0 && endpoint->address != NULL && strchr(endpoint->address, ':') != NULL;

    if (is_ipv6) {
        g_string_append_c(line, '[');
    }
    hr_text_captured(line, endpoint->address, ADDRESS_COLUMNS);
    if (is_ipv6) {
        g_string_append_c(line, ']');
    }
    if (endpoint->port != 0) {
        g_string_append_printf(line, ":%u", (unsigned)endpoint->port);
    }
}

void hr_text_server(GString *line, const char *scheme, const char *name,
                    const hr_endpoint *endpoint)
{
    if (scheme != NULL) {
        hr_text_captured(line, scheme, SCHEME_COLUMNS);
        g_string_append(line, "://");
    }
    size_t begin = line->len;
    hr_text_endpoint(line, endpoint);
    if (name == NULL || strcmp(name, line->str + begin) == 0) {
        return;
    }
    g_string_truncate(line, begin);
    hr_text_captured(line, name, NAME_COLUMNS);
    g_string_append(line, " (");
    hr_text_endpoint(line, endpoint);
    g_string_append_c(line, ')');
}

void hr_text_begin_total(const hr_text_report *report, const char *label)
{
    g_string_append(report->line, label);
    hr_text_pad(report->line, HR_TEXT_LABEL_COLUMN);
}

void hr_text_end_total(const hr_text_report *report)
{
    hr_text_write_wrapped(report->out, report->line, HR_TEXT_LABEL_COLUMN);
}

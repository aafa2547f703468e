/* page.c
 * Both formats. In a man page a line that begins with a dot or an apostrophe is a request, a
 * backslash begins an escape, and a plain "-" may become a hyphen.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "reference/page.h"

#include <string.h>

/* ---- man ---- */

static void append_roff(GString *page, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n')) {
            g_string_append(page, "\\&");
        }
        if (*c == '\\') {
            g_string_append(page, "\\e");
        } else if (*c == '-') {
            g_string_append(page, "\\-");
        } else {
            g_string_append_c(page, *c);
        }
    }
}

static void man_begin(GString *page, const char *title, const char *summary)
{
    char *upper = g_ascii_strup(title, -1);

    g_string_append_printf(
        page, ".TH %s 4 \"\" http_reuse \"Wireshark plugins\"\n.SH NAME\n%s \\- ", upper, title);
    append_roff(page, summary);
    g_string_append_c(page, '\n');
    g_free(upper);
}

static void man_section(GString *page, const char *title)
{
    char *upper = g_ascii_strup(title, -1);

    g_string_append(page, ".SH ");
    append_roff(page, upper);
    g_string_append_c(page, '\n');
    g_free(upper);
}

static void man_paragraph(GString *page, const char *text)
{
    g_string_append(page, ".PP\n");
    append_roff(page, text);
    g_string_append_c(page, '\n');
}

static void man_command(GString *page, const char *command)
{
    g_string_append(page, ".PP\n.RS 4\n.EX\n");
    append_roff(page, command);
    g_string_append(page, "\n.EE\n.RE\n");
}

static void man_begin_list(GString *page, const char *name, const char *kind, const char *text)
{
    (void)page;
    (void)name;
    (void)kind;
    (void)text;
}

static void man_entry(GString *page, const char *name, const char *kind, const char *text)
{
    g_string_append(page, ".TP\n\\fB");
    append_roff(page, name);
    g_string_append(page, "\\fR");
    if (kind != NULL) {
        g_string_append(page, " (");
        append_roff(page, kind);
        g_string_append_c(page, ')');
    }
    g_string_append_c(page, '\n');
    append_roff(page, text);
    g_string_append_c(page, '\n');
}

static void man_end_list(GString *page)
{
    (void)page;
}

const hr_page_format hr_page_man = {
    man_begin, man_section, man_paragraph, man_command, man_begin_list, man_entry, man_end_list,
};

/* ---- Markdown ---- */

static void markdown_begin(GString *page, const char *title, const char *summary)
{
    g_string_append_printf(page, "# %s: %s\n", title, summary);
}

static void markdown_section(GString *page, const char *title)
{
    g_string_append_printf(page, "\n## %s\n", title);
}

static void markdown_paragraph(GString *page, const char *text)
{
    g_string_append_printf(page, "\n%s\n", text);
}

static void markdown_command(GString *page, const char *command)
{
    char **lines = g_strsplit(command, "\n", -1);

    g_string_append_c(page, '\n');
    for (guint i = 0; lines[i] != NULL; i++) {
        g_string_append_printf(page, "    %s\n", lines[i]);
    }
    g_strfreev(lines);
}

/* Of a table: "|" parts its cells. */
static void append_cell(GString *page, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '|' || *c == '<') {
            g_string_append_c(page, '\\');
        }
        g_string_append_c(page, *c);
    }
}

static void markdown_begin_list(GString *page, const char *name, const char *kind, const char *text)
{
    g_string_append_printf(page, "\n| %s | %s | %s |\n| --- | --- | --- |\n", name,
                           kind != NULL ? kind : "", text);
}

static void markdown_entry(GString *page, const char *name, const char *kind, const char *text)
{
    g_string_append(page, "| `");
    append_cell(page, name);
    g_string_append(page, "` | ");
    append_cell(page, kind != NULL ? kind : "");
    g_string_append(page, " | ");
    append_cell(page, text);
    g_string_append(page, " |\n");
}

static void markdown_end_list(GString *page)
{
    (void)page;
}

const hr_page_format hr_page_markdown = {
    markdown_begin,      markdown_section, markdown_paragraph, markdown_command,
    markdown_begin_list, markdown_entry,   markdown_end_list,
};

/* reference.c
 * The manual's reference, from the tables that the plugin itself uses:
 *   reference man FILE       the man page http_reuse(4), made by the build
 *   reference markdown FILE  plugin/doc/reference.md, kept with the source
 * The sentences around the tables are the only ones that stand here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/forecast/whatif.h"
#include "core/model/meanings.h"
#include "core/model/settings.h"
#include "core/result/findings.h"
#include "http_reuse.h"
#include "present/output/options.h"
#include "present/tree/fields.h"
#include "reference/page.h"
#include "software/software.h"

static const hr_page_format *to;
static GString *page;

/* A word without a meaning is a table that somebody forgot. */
static void write_word(const char *token, const char *meaning)
{
    if (token == NULL || meaning == NULL) {
        fprintf(stderr, "%s has no meaning: give it one (core/model/meanings.c, options.c)\n",
                token != NULL ? token : "an option");
        exit(EXIT_FAILURE);
    }
    to->entry(page, token, NULL, meaning);
}

static void write_introduction(void)
{
    to->begin(page, "http_reuse",
              "were HTTP connections reused, and why not: a plugin for Wireshark and tshark");
    to->section(page, "Synopsis");
    to->command(page, "tshark -q -r CAPTURE -X http_reuse:report\n"
                      "tshark -q -r CAPTURE -X http_reuse:ndjson=FILE\n"
                      "tshark -q -r CAPTURE -z http_reuse,tree[,FILTER]\n"
                      "tshark -2 -r CAPTURE -Y http_reuse.status -T fields -e http_reuse.status\n"
                      "wireshark -C \"HTTP Reuse\" CAPTURE");
    to->section(page, "Description");
    to->paragraph(page,
                  "For each HTTP request in a capture the plugin says whether it ran on a new or a"
                  " reused connection, why its connection was opened, who ended it and how, what"
                  " that cost and what to change.");
    to->paragraph(
        page,
        "Nothing is guessed: what the capture does not show is absent, null or unknown."
        " What a message says, or packets show, is certain; what rests on a pattern is likely.");
    to->paragraph(page,
                  "Fields that look back (status, number, idle, why_new) are there in one pass of"
                  " tshark. Those that need later packets (close.*, next_request_in, response_in on"
                  " a request, advice) need -2; the GUI, sharkd and all reports have them.");
}

static void write_options(void)
{
    to->section(page, "Options");
    to->paragraph(page, "Each is given as -X http_reuse:OPTION, as often as wanted. FILE may be -"
                        " for standard output, with -q. An option that is wrong, or a file that"
                        " cannot be written, ends tshark with one line and a status other than 0.");
    to->begin_list(page, "option", NULL, "what is written");
    for (size_t i = 0; i < hr_option_count(); i++) {
        write_word(hr_option_spelling(i), hr_option_meaning(i));
    }
    to->end_list(page);
}

static void write_changes(void)
{
    to->section(page, "Changes to forecast");
    to->paragraph(page, "With -X http_reuse:whatif=CHANGE[,CHANGE...].");
    to->begin_list(page, "change", NULL, "what is changed");
    for (size_t i = 0; hr_whatif_word(i) != NULL; i++) {
        write_word(hr_whatif_word(i), hr_whatif_meaning(i));
    }
    to->end_list(page);
}

static void write_statistics(void)
{
    to->section(page, "Statistics");
    to->paragraph(page, "In Wireshark they are in the menu Statistics; Tools > HTTP Reuse report"
                        " shows the report. FILTER is about frames: a request counts if its own"
                        " frame passes, a connection if any frame does that shows something of it."
                        " A FILTER with fields that look ahead needs -2.");
    to->begin_list(page, "statistic", NULL, "what is printed");
    to->entry(page, "-z http_reuse,report", NULL, "The same as -X http_reuse:report.");
    to->entry(page, "-z http_reuse,tree[,FILTER]", NULL,
              "Counts: requests by status, connections by reason, cause, side and TLS handshake,"
              " what to change, all by server.");
    to->entry(page, "-z http_reuse,connections[,FILTER]", NULL,
              "A row a connection, those first that need not have been opened, by what they cost."
              " Of two in one run, each shows the rows of both.");
    to->end_list(page);
}

/* What the types of fields are to a reader. */
#define TYPE_NONE "subtree"
#define TYPE_UINT32 "number"
#define TYPE_UINT64 "number"
#define TYPE_DOUBLE "number"
#define TYPE_STRING "text"
#define TYPE_BOOLEAN "boolean"
#define TYPE_RELATIVE_TIME "duration"
#define TYPE_FRAMENUM "frame"

static void write_fields(void)
{
    static const struct {
        const char *name, *type, *blurb;
    } fields[] = {
#define HR_FIELD_ROW(id, name, label, type, blurb) {"http_reuse." name, TYPE_##type, blurb},
        HR_FIELDS(HR_FIELD_ROW)
#undef HR_FIELD_ROW
    };

    to->section(page, "Fields");
    to->paragraph(page, "Each finding is a field too, and true where it is there:"
                        " http_reuse.finding.NAME.");
    to->begin_list(page, "field", "type", "meaning");
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        to->entry(page, fields[i].name, fields[i].type, fields[i].blurb);
    }
    to->end_list(page);
}

static void write_findings(void)
{
    to->section(page, "Findings");
    to->begin_list(page, "finding", "severity", "what, what it means, what to do, source");
    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        const hr_finding_kind *kind = hr_finding_kind_of(code);
        const char *const parts[] = {kind->meaning, kind->advice};
        GString *text = g_string_new(kind->sentence);
        g_string_append_c(text, '.');
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
            if (parts[i][0] != '\0') {
                g_string_append_printf(text, " %s", parts[i]);
            }
        }
        if (kind->source[0] != '\0') {
            g_string_append_printf(text, " (%s)", kind->source);
        }
        to->entry(page, kind->token, hr_severity_token(kind->severity), text->str);
        g_string_free(text, TRUE);
    }
    to->end_list(page);
}

static void write_reasons(void)
{
    to->section(page, "Why a connection was opened");
    to->begin_list(page, "http_reuse.why_new", NULL, "meaning");
    for (hr_why why = HR_WHY_NONE + 1; why < HR_WHY_COUNT; why++) {
        write_word(hr_why_token(why), hr_why_meaning(why));
    }
    to->end_list(page);
}

static void write_causes(void)
{
    to->section(page, "Why a connection ended");
    to->paragraph(page, "The first that applies, in this order, but open-at-end last.");
    to->begin_list(page, "http_reuse.close.cause", NULL, "meaning");
    for (hr_close_cause cause = HR_CLOSE_NONE + 1; cause < HR_CLOSE_COUNT; cause++) {
        write_word(hr_close_cause_token(cause), hr_close_cause_meaning(cause));
    }
    to->end_list(page);
}

static void write_preferences(void)
{
    static const struct {
        const char *name, *tooltip;
        unsigned initial;
    } numbers[] = {
#define HR_PREFERENCE_ROW(kind, member, preference, unit, initial, title, tooltip)                 \
    {"http_reuse." #preference, tooltip, initial},
        HR_SETTINGS(HR_PREFERENCE_ROW)
#undef HR_PREFERENCE_ROW
    };

    to->section(page, "Preferences");
    to->paragraph(page, "In Wireshark: Edit > Preferences > Protocols > HTTP Reuse; in tshark:"
                        " -o NAME:VALUE.");
    to->begin_list(page, "preference", "default", "meaning");
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        char *initial = g_strdup_printf("%u", numbers[i].initial);
        to->entry(page, numbers[i].name, initial, numbers[i].tooltip);
        g_free(initial);
    }
    to->entry(page, "http_reuse.summary", "TRUE", HR_PREFERENCE_SUMMARY_TOOLTIP);
    to->end_list(page);
}

static void append_seconds(GString *text, int64_t ns)
{
    char seconds[G_ASCII_DTOSTR_BUF_SIZE];

    (void)g_ascii_formatd(seconds, sizeof(seconds), "%g", (double)ns / HR_NS_PER_S);
    g_string_append_printf(text, "%s s", seconds);
}

static char *timer_text(const hr_timer *timer)
{
    const char *side = hr_side_token(timer->side);
    GString *text = g_string_new(side != NULL ? side : "between");

    g_string_append(text, ": ");
    append_seconds(text, timer->idle_ns);
    if (timer->idle_ns <= 0) {
        g_string_append(text, " from the end of Keep-Alive: timeout");
    }
    if (timer->late_ns > 0) {
        g_string_append(text, ", up to ");
        append_seconds(text, timer->late_ns);
        g_string_append(text, " late");
    }
    if (timer->is_at_use) {
        g_string_append(text, ", looked at when the next request comes");
    }
    g_string_append_printf(text, " (%s)", timer->source);
    return g_string_free(text, FALSE);
}

static char *limit_text(const hr_limit *limit)
{
    const char *side = hr_side_token(limit->side);
    const char *const words[] = {
        [HR_LIMIT_REQUESTS] = "requests on a connection",
        [HR_LIMIT_AGE] = "seconds of age",
        [HR_LIMIT_IDLE_PER_HOST] = "idle connections for a host",
        [HR_LIMIT_IDLE_IN_ALL] = "idle connections in all",
    };
    const int64_t value = limit->kind == HR_LIMIT_AGE ? limit->value / HR_NS_PER_S : limit->value;

    return g_strdup_printf("%s, %s: %" G_GINT64_FORMAT " (%s)", side != NULL ? side : "between",
                           words[limit->kind], value, limit->source);
}

static void write_default(hr_product_id product, const char *setting, char *text)
{
    char *name = g_strdup_printf("%s, %s", hr_product_name(product), setting);

    to->entry(page, name, NULL, text);
    g_free(name);
    g_free(text);
}

static void write_defaults(void)
{
    size_t count = 0;

    to->section(page, "Defaults of common software");
    to->paragraph(page, "What an observed idle time or number of requests is compared with. Values"
                        " collide: a match is a candidate, never a proof, and a message that names"
                        " another product rules it out.");
    to->begin_list(page, "setting", NULL, "value and source");
    const hr_timer *timers = hr_timers(&count);
    for (size_t i = 0; i < count; i++) {
        write_default(timers[i].product, timers[i].setting, timer_text(&timers[i]));
    }
    const hr_limit *limits = hr_limits(&count);
    for (size_t i = 0; i < count; i++) {
        write_default(limits[i].product, limits[i].setting, limit_text(&limits[i]));
    }
    to->end_list(page);
}

static void write_end(void)
{
    to->section(page, "Files");
    to->paragraph(page, "The plugin is http_reuse.so in the folder epan of Wireshark's plugins, the"
                        " profile \"HTTP Reuse\" among its profiles: tshark -G folders names both."
                        " Root loads no plugins of its own home.");
    to->section(page, "See also");
    to->paragraph(page, "wireshark(1), tshark(1), wireshark-filter(4), editcap(1), dumpcap(1),"
                        " http-reuse-many(1)");
}

int main(int argc, char **argv)
{
    static void (*const parts[])(void) = {
        write_introduction, write_options,  write_changes, write_statistics,
        write_fields,       write_findings, write_reasons, write_causes,
        write_preferences,  write_defaults, write_end,
    };
    GError *error = NULL;

    if (argc != 3 || (strcmp(argv[1], "man") != 0 && strcmp(argv[1], "markdown") != 0)) {
        fputs("usage: reference man|markdown FILE\n", stderr);
        return EXIT_FAILURE;
    }
    to = strcmp(argv[1], "man") == 0 ? &hr_page_man : &hr_page_markdown;
    page = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        parts[i]();
    }
    const bool is_written = g_file_set_contents(argv[2], page->str, (gssize)page->len, &error);
    if (!is_written) {
        fprintf(stderr, "%s\n", error->message);
        g_clear_error(&error);
    }
    g_string_free(page, TRUE);
    return is_written ? EXIT_SUCCESS : EXIT_FAILURE;
}

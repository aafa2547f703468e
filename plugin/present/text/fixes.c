/* fixes.c
 * "What to fix first" in the text report: the items of the core in their order, errors first and
 * then the dearest. Their words are the core's (fix_words.h), which never say whose fault it is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"
#include "core/result/call_sites.h"
#include "core/result/fix_words.h"
#include "present/filter/filter.h"
#include "present/text/alike.h"
#include "present/text/contents.h"
#include "present/text/evidence.h"

enum {
    ITEMS_SHOWN = 20,
    SITES_SHOWN = 5,
    LIKE_SHOWN = 3,
    INDENT = HR_TEXT_ITEM_INDENT,
};

static void write_happened(const hr_text_report *report, const hr_fix *fix)
{
    g_string_append_printf(report->line, "%u.", fix->rank);
    hr_text_pad(report->line, INDENT);
    if (fix->severity == HR_SEVERITY_ERROR) {
        g_string_append(report->line, "Error: ");
    }
    hr_fix_append_happened(report->line, fix);
    hr_text_write_wrapped(report->out, report->line, INDENT);
}

/* What to change: once for all items that say the same of other origins, of which @first is it. */
static void write_advice(const hr_text_report *report, const hr_fix *fix, const hr_fix *first)
{
    hr_text_pad(report->line, INDENT);
    if (fix != first) {
        g_string_append_printf(report->line, "What to change: see %u.", first->rank);
    } else {
        hr_fix_append_advice(&(hr_told){.text = report->line}, fix);
    }
    hr_text_write_wrapped(report->out, report->line, INDENT);
}

static void append_where(GString *line, const hr_fix *fix)
{
    const hr_connection *connection = hr_fix_example(fix);

    const char *name = connection->name != NULL ? connection->name : connection->seldom->tls->sni;

    hr_text_endpoint(line, &(hr_endpoint){hr_connection_client(connection)->endpoint.address, 0});
    g_string_append(line, " ->" HR_TEXT_JOIN);
    hr_text_server(line, hr_connection_scheme(connection), name,
                   &hr_connection_server(connection)->endpoint);
}

static void write_where(const hr_text_report *report, const hr_fix *fix)
{
    hr_text_begin_detail(report, "Where: ");
    append_where(report->line, fix);
    hr_text_end_detail(report);
}

/* Which lines of code stand behind it, where the program told of its calls. */
static void write_call_sites(const hr_text_report *report, const hr_fix *fix)
{
    GArray *sites = hr_fix_call_sites(fix);

    for (guint i = 0; i < MIN(sites->len, SITES_SHOWN); i++) {
        const hr_call_site *site = &g_array_index(sites, hr_call_site, i);
        if (i == 0) {
            hr_text_begin_detail(report, "Called from: ");
        }
        g_string_append(report->line, i > 0 ? ", " : "");
        hr_text_captured(report->line, site->site, HR_TEXT_SITE_COLUMNS);
        g_string_append_printf(report->line, " (%u of" HR_TEXT_JOIN "%u)", site->connections,
                               fix->connections->len);
    }
    if (sites->len > SITES_SHOWN) {
        g_string_append_printf(report->line, ", and %u more lines of code",
                               sites->len - SITES_SHOWN);
    }
    if (sites->len > 0) {
        hr_text_end_detail(report);
    }
    g_array_free(sites, TRUE);
}

static void write_others(const hr_text_report *report, const hr_fix *fix)
{
    hr_text_begin_detail(report, "It may also be: ");
    const size_t empty = report->line->len;
    hr_fix_append_others(report->line, fix);
    if (report->line->len > empty) {
        hr_text_end_detail(report);
    } else {
        g_string_truncate(report->line, 0);
    }
}

/* How many of them are on the other side of what is between, and of whom they are. */
static void append_beyond(GString *line, const hr_fix *fix)
{
    if (fix->beyond->len > 0) {
        const guint last = fix->beyond->len - 1;
        const hr_origin *first = g_array_index(fix->beyond, hr_fix_beyond, 0).origin;
        const bool is_one = g_array_index(fix->beyond, hr_fix_beyond, last).origin == first;
        g_string_append_printf(line, " (%u of them on the other side: ", fix->beyond->len);
        hr_text_endpoint(line, &(hr_endpoint){first->client_address, 0});
        g_string_append(line, " -> ");
        hr_text_server(line, first->scheme, first->name, &first->server);
        g_string_append(line, is_one ? ")" : " and others)");
    }
}

static void append_cost(GString *line, const hr_fix *fix)
{
    if (fix->avoidable->len == 0) {
        g_string_append(line, "no avoidable connection in this capture");
        return;
    }
    hr_text_count(line, fix->avoidable->len, "avoidable connection");
    if (fix->beyond != NULL) {
        append_beyond(line, fix);
    }
    g_string_append(line, ", setup ");
    hr_text_duration(line, fix->avoidable_ns, "unknown");
}

static void write_cost(const hr_text_report *report, const hr_fix *fix)
{
    hr_text_begin_detail(report, "Cost: ");
    append_cost(report->line, fix);
    hr_text_end_detail(report);
}

/* Items of one origin may bring the same: it is not to be added up. */
static void append_gain(GString *line, const hr_fix *fix, const hr_forecast *forecast)
{
    const hr_outcome *before = &forecast->captured;
    const hr_outcome *after = &forecast->changed;
    const int64_t left_ns = after->setup_ns == HR_TIME_NONE ? 0 : after->setup_ns;

    if (after->connections >= before->connections) {
        g_string_append(line, "no fewer connections by itself");
        return;
    }
    hr_text_count(line, after->connections, "connection");
    g_string_append_printf(line, " instead of" HR_TEXT_JOIN "%u", before->connections);
    if (before->setup_ns != HR_TIME_NONE && before->setup_ns >= left_ns) {
        g_string_append(line, ", ");
        hr_text_duration(line, before->setup_ns - left_ns, "-");
        g_string_append(line, " of setup saved");
    }
    const uint32_t saved = before->connections - after->connections;
    if (saved > fix->avoidable->len) {
        g_string_append_printf(line, "; of these %u, other items cost %u", saved,
                               saved - fix->avoidable->len);
    }
    if (after->waited > 0) {
        g_string_append(line, "; ");
        hr_text_count(line, after->waited, "request");
        g_string_append(line, " would wait for a connection, at most ");
        hr_text_duration(line, after->longest_wait_ns, "-");
    }
}

static void write_forecast(const hr_text_report *report, const hr_fix *fix)
{
    GString *line = report->line;
    hr_forecast forecast;

    if (!hr_fix_forecast(report->analysis, fix, &forecast)) {
        return;
    }
    hr_text_begin_detail(report, "Brings: ");
    if (forecast.is_given) {
        append_gain(line, fix, &forecast);
        g_string_append_printf(line, " (forecast; the model explains %u of ", forecast.explained);
        hr_text_count(line, forecast.captured.connections, "connection");
        g_string_append(line, fix->beyond->len > 0 ? " of both sides)" : " to this origin)");
    } else {
        g_string_append(line, "no forecast, since the model gives ");
        hr_text_count(line, forecast.modelled.connections, "connection");
        g_string_append_printf(line, " where the capture shows %u", forecast.captured.connections);
    }
    hr_text_end_detail(report);
}

static void append_frames(GString *line, const hr_fix *fix)
{
    uint32_t shown = MIN(fix->frame_count, HR_FIX_FRAMES);

    g_string_append(line, fix->frame_count == 1 ? "frame" : "frames");
    for (uint32_t i = 0; i < shown; i++) {
        g_string_append_printf(line, "%s %u", i > 0 ? "," : "", fix->frames[i]);
    }
    if (fix->frame_count > shown) {
        g_string_append_printf(line, ", ... (%u in all)", fix->frame_count);
    }
}

/* The others of @items, for which the first stands, and what all are together. */
static void write_folded(const hr_text_report *report, const GPtrArray *items)
{
    const guint shown = MIN(items->len, 1 + LIKE_SHOWN);
    hr_fix *sum = hr_alikes_sum(items);

    hr_text_pad(report->line, INDENT);
    g_string_append_printf(report->line, "And %u more like this:", items->len - 1);
    for (guint i = 1; i < shown; i++) {
        g_string_append(report->line, i > 1 ? ", " : " ");
        append_where(report->line, items->pdata[i]);
    }
    g_string_append(report->line, shown < items->len ? ", ..." : "");
    hr_text_end_detail(report);
    hr_text_begin_detail(report, "Cost of all: ");
    append_cost(report->line, sum);
    hr_text_end_detail(report);
    hr_text_begin_detail(report, "Filter of all: ");
    hr_fix_filter_append(report->line, report->analysis, sum);
    hr_text_write_line(report->out, report->line);
    hr_alikes_free_sum(sum);
}

static void write_item(const hr_text_report *report, const hr_fix *fix, const GPtrArray *alike)
{
    const hr_fix *first = alike->pdata[0];

    write_happened(report, fix);
    write_advice(report, fix, first);
    write_where(report, fix);
    write_call_sites(report, fix);
    hr_text_write_evidence(report, fix);
    if (fix == first) {
        write_others(report, fix);
    }
    write_cost(report, fix);
    write_forecast(report, fix);
    hr_text_begin_detail(report, "Look at: ");
    append_frames(report->line, fix);
    hr_text_end_detail(report);
    hr_text_begin_detail(report, "Filter: ");
    hr_fix_filter_append(report->line, report->analysis, fix);
    hr_text_write_line(report->out, report->line);
    if (hr_alikes_are_folded(alike)) {
        write_folded(report, alike);
    }
}

static bool is_told_before(const hr_fix *fix, const GPtrArray *alike)
{
    return hr_alikes_are_folded(alike) && alike->pdata[0] != fix;
}

/* Returns how many are told of by these. */
static size_t write_items(const hr_text_report *report, const hr_alikes *alikes)
{
    size_t shown = 0;
    size_t told = 0;

    for (size_t i = 0; i < hr_alikes_count(alikes) && shown < ITEMS_SHOWN; i++) {
        const hr_fix *fix = hr_analysis_item(report->analysis, i);
        const GPtrArray *alike = hr_alikes_of(alikes, i);
        if (is_told_before(fix, alike)) {
            continue;
        }
        if (shown++ > 0) {
            hr_text_write_line(report->out, report->line);
        }
        write_item(report, fix, alike);
        told += hr_alikes_are_folded(alike) ? alike->len : 1;
    }
    return told;
}

void hr_text_write_fixes(const hr_text_report *report)
{
    const size_t count = hr_analysis_item_count(report->analysis);
    hr_alikes *alikes = hr_alikes_new(report->analysis);

    hr_text_write_heading(report, "What to fix first");
    if (count == 0) {
        hr_text_write_nothing(report);
    }
    const size_t told = write_items(report, alikes);
    if (count > told) {
        g_string_append(report->line, "\n... ");
        hr_text_count(report->line, count - told, "more item");
        g_string_append(report->line, "; the NDJSON has all");
        hr_text_write_line(report->out, report->line);
    }
    hr_alikes_free(alikes);
}

/* connections.c
 * The list of connections in the text report. Neighbours that are alike are folded, and a list that
 * is still too long has the dearest ones.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/times.h"
#include "present/text/contents.h"

#include "present/text/connection.h"

enum {
    BLOCKS_SHOWN = 100, /* of connections */
    ALIKE_SHOWN = 2,    /* of neighbours that are alike; one more is not folded */
};

/* Nothing that a person would look at differs but its numbers and times. */
static bool are_alike(const hr_connection *one, const hr_connection *other)
{
    const hr_endpoint *server = &hr_connection_server(one)->endpoint;
    const hr_endpoint *other_server = &hr_connection_server(other)->endpoint;

    /* Strings are interned. */
    return hr_connection_client(one)->endpoint.address ==
               hr_connection_client(other)->endpoint.address &&
           server->address == other_server->address && server->port == other_server->port &&
           one->transport == other->transport && one->scheme == other->scheme &&
           one->name == other->name && one->is_opening_seen == other->is_opening_seen &&
           one->opening.why == other->opening.why && one->tls.handshake == other->tls.handshake &&
           one->request_count == other->request_count && one->ending.cause == other->ending.cause &&
           one->ending.by == other->ending.by && one->ending.certainty == other->ending.certainty;
}

/* How many of @listed from @first on are alike. */
static guint length_of_run(const GPtrArray *listed, guint first)
{
    guint next = first + 1;

    while (next < listed->len && are_alike(listed->pdata[first], listed->pdata[next])) {
        next++;
    }
    return next - first;
}

/* What is not shown of a run, and what their setups took. */
static void write_folded(const hr_text_report *report, const GPtrArray *listed, guint first,
                         guint count)
{
    const hr_connection *last = listed->pdata[first + count - 1];
    int64_t setup_ns = HR_TIME_NONE;

    for (guint i = first; i < first + count; i++) {
        hr_duration_add(&setup_ns, hr_connection_setup_ns(listed->pdata[i]));
    }
    g_string_append_printf(
        report->line, "\n... %u more like this, up to #%u in frame %u; setup" HR_TEXT_JOIN, count,
        last->id, last->opened.frame != 0 ? last->opened.frame : last->first_seen.frame);
    hr_text_duration(report->line, setup_ns, "unknown");
    g_string_append(report->line, " in all");
    hr_text_write_line(report->out, report->line);
}

/* Avoidable ones, then those that took the longest to set up, then by number. */
static gint compare_costs(gconstpointer left, gconstpointer right)
{
    const hr_connection *one = *(const hr_connection *const *)left;
    const hr_connection *other = *(const hr_connection *const *)right;
    const int64_t setup_ns = hr_connection_setup_ns(one);
    const int64_t other_ns = hr_connection_setup_ns(other);

    if (one->is_avoidable != other->is_avoidable) {
        return one->is_avoidable ? -1 : 1;
    }
    if (setup_ns != other_ns) {
        return setup_ns > other_ns ? -1 : 1;
    }
    return one->id < other->id ? -1 : one->id > other->id;
}

/* Blocks that a list takes, with those alike folded. */
static guint count_blocks(const GPtrArray *listed)
{
    guint blocks = 0;

    for (guint i = 0; i < listed->len;) {
        const guint run = length_of_run(listed, i);
        blocks += MIN(run, ALIKE_SHOWN);
        i += run;
    }
    return blocks;
}

/* In the order of their openings; where that would be too long, by cost. */
static GPtrArray *connections_listed(const hr_analysis *analysis, bool *is_by_cost)
{
    const size_t count = hr_analysis_connection_count(analysis);
    GPtrArray *listed = g_ptr_array_sized_new((guint)count);

    for (size_t i = 0; i < count; i++) {
        g_ptr_array_add(listed, (gpointer)hr_analysis_connection(analysis, i));
    }
    *is_by_cost = count_blocks(listed) > BLOCKS_SHOWN;
    if (*is_by_cost) {
        g_ptr_array_sort(listed, compare_costs);
    }
    return listed;
}

static void write_list(const hr_text_report *report, const GPtrArray *listed)
{
    guint blocks = 0;
    guint next = 0;

    while (next < listed->len && blocks < BLOCKS_SHOWN) {
        const guint run = length_of_run(listed, next);
        const guint shown = run > ALIKE_SHOWN + 1 ? ALIKE_SHOWN : run;
        for (guint i = 0; i < shown; i++) {
            if (blocks++ > 0) {
                hr_text_write_line(report->out, report->line);
            }
            hr_text_write_connection(report, listed->pdata[next + i]);
        }
        if (run > shown) {
            write_folded(report, listed, next + shown, run - shown);
        }
        next += run;
    }
    if (next < listed->len) {
        g_string_append(report->line, "\n... ");
        hr_text_count(report->line, listed->len - next, "more connection");
        g_string_append(report->line, "; the NDJSON has all");
        hr_text_write_line(report->out, report->line);
    }
}

void hr_text_write_connections(const hr_text_report *report)
{
    bool is_by_cost = false;

    if (hr_analysis_connection_count(report->analysis) == 0) {
        return;
    }
    GPtrArray *listed = connections_listed(report->analysis, &is_by_cost);
    hr_text_write_heading(report, is_by_cost ? "Connections, avoidable and dear ones first"
                                             : "Connections");
    write_list(report, listed);
    g_ptr_array_free(listed, TRUE);
}

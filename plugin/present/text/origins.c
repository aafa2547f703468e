/* origins.c
 * The table of origins in the text report. The columns are as wide as their cells; a label that
 * does not fit beside them stands on a line of its own above them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/contents.h"

enum {
    ORIGINS_SHOWN = 50,
    GAP = 2,
};

/* The columns after the label. */
enum {
    CELL_REQUESTS,
    CELL_CONNECTIONS,
    CELL_NEW,
    CELL_REUSED,
    CELL_RATIO,
    CELL_PEAK,
    CELL_NEEDED,
    CELL_SETUP,
    CELL_COUNT,
};

typedef struct {
    GString *label;
    GString *cells[CELL_COUNT];
} table_row;

typedef struct {
    size_t label_width;
    size_t widths[CELL_COUNT];
} table_layout;

static const char *const titles[CELL_COUNT] = {
    [CELL_REQUESTS] = "requests", [CELL_CONNECTIONS] = "conns", [CELL_NEW] = "new",
    [CELL_REUSED] = "reused",     [CELL_RATIO] = "ratio",       [CELL_PEAK] = "peak",
    [CELL_NEEDED] = "needed",     [CELL_SETUP] = "setup",
};

static void row_init(table_row *row)
{
    row->label = g_string_new(NULL);
    for (size_t i = 0; i < CELL_COUNT; i++) {
        row->cells[i] = g_string_new(NULL);
    }
}

static void row_clear(table_row *row)
{
    g_string_free(row->label, TRUE);
    for (size_t i = 0; i < CELL_COUNT; i++) {
        g_string_free(row->cells[i], TRUE);
    }
}

static void row_fill(table_row *row, const hr_origin *origin)
{
    const hr_sums *sums = &origin->sums;
    const hr_endpoint client = {origin->client_address, 0};

    hr_text_endpoint(row->label, &client);
    g_string_append(row->label, " -> ");
    hr_text_server(row->label, origin->scheme, origin->name, &origin->server);
    g_string_printf(row->cells[CELL_REQUESTS], "%u", sums->requests);
    g_string_printf(row->cells[CELL_CONNECTIONS], "%u", sums->connections);
    g_string_printf(row->cells[CELL_NEW], "%u", sums->new_requests);
    g_string_printf(row->cells[CELL_REUSED], "%u", sums->reused);
    hr_text_percent(row->cells[CELL_RATIO], hr_sums_reuse_ratio(sums));
    g_string_printf(row->cells[CELL_PEAK], "%u", origin->peak_concurrency);
    g_string_printf(row->cells[CELL_NEEDED], "%u", origin->needed_connections);
    hr_text_duration(row->cells[CELL_SETUP], sums->setup_median_ns, "-");
}

static void row_fill_titles(table_row *row)
{
    g_string_assign(row->label, "client -> origin");
    for (size_t i = 0; i < CELL_COUNT; i++) {
        g_string_assign(row->cells[i], titles[i]);
    }
}

static table_layout layout_rows(const table_row *rows, size_t count)
{
    table_layout layout = {HR_TEXT_COLUMNS, {0}};

    for (size_t row = 0; row < count; row++) {
        for (size_t i = 0; i < CELL_COUNT; i++) {
            layout.widths[i] = MAX(layout.widths[i], hr_text_width(rows[row].cells[i]->str));
        }
    }
    for (size_t i = 0; i < CELL_COUNT; i++) {
        layout.label_width -= layout.widths[i] + GAP;
    }
    return layout;
}

static void write_row(const hr_text_report *report, const table_row *row,
                      const table_layout *layout)
{
    size_t column = layout->label_width;

    g_string_append(report->line, row->label->str);
    if (hr_text_width(row->label->str) > layout->label_width) {
        hr_text_write_line(report->out, report->line);
    }
    for (size_t i = 0; i < CELL_COUNT; i++) {
        column += GAP + layout->widths[i];
        hr_text_pad(report->line, column - hr_text_width(row->cells[i]->str));
        g_string_append(report->line, row->cells[i]->str);
    }
    hr_text_write_line(report->out, report->line);
}

static void write_table(const hr_text_report *report, const size_t *order, size_t count)
{
    table_row *rows = g_new(table_row, count + 1);

    row_init(&rows[0]);
    row_fill_titles(&rows[0]);
    for (size_t i = 0; i < count; i++) {
        row_init(&rows[i + 1]);
        row_fill(&rows[i + 1], hr_analysis_origin(report->analysis, order[i]));
    }
    table_layout layout = layout_rows(rows, count + 1);
    for (size_t i = 0; i <= count; i++) {
        write_row(report, &rows[i], &layout);
        row_clear(&rows[i]);
    }
    g_free(rows);
}

/* Those whose avoidable connections cost most, then the busiest; equal ones in the order of their
 * first connections. */
static gint compare_costs(gconstpointer a, gconstpointer b, gpointer analysis)
{
    size_t one = *(const size_t *)a;
    size_t other = *(const size_t *)b;
    const hr_sums *sums = &hr_analysis_origin(analysis, one)->sums;
    const hr_sums *other_sums = &hr_analysis_origin(analysis, other)->sums;

    if (sums->avoidable_setup_ns != other_sums->avoidable_setup_ns) {
        return sums->avoidable_setup_ns > other_sums->avoidable_setup_ns ? -1 : 1;
    }
    if (sums->requests != other_sums->requests) {
        return sums->requests > other_sums->requests ? -1 : 1;
    }
    return one < other ? -1 : 1;
}

/* The order of the rows: that of the capture, unless some are left out. Freed with g_free(). */
static size_t *order_origins(const hr_analysis *analysis, size_t count)
{
    size_t *order = g_new(size_t, count);

    for (size_t i = 0; i < count; i++) {
        order[i] = i;
    }
    if (count > ORIGINS_SHOWN) {
        g_qsort_with_data(order, (gint)count, sizeof *order, compare_costs,
                          (gpointer)(uintptr_t)analysis);
    }
    return order;
}

void hr_text_write_origins(const hr_text_report *report)
{
    size_t count = hr_analysis_origin_count(report->analysis);
    size_t shown = MIN(count, ORIGINS_SHOWN);

    if (count == 0) {
        return;
    }
    hr_text_write_heading(report, "Origins");
    size_t *order = order_origins(report->analysis, count);
    write_table(report, order, shown);
    g_free(order);
    if (count > shown) {
        g_string_append(report->line, "... ");
        hr_text_count(report->line, count - shown, "more origin");
        g_string_append(report->line, " that cost less; the NDJSON has all");
        hr_text_write_line(report->out, report->line);
    }
    g_string_append(report->line, "peak: most requests at one time; needed: the connections of a "
                                  "perfect pool; setup: the median");
    hr_text_write_wrapped(report->out, report->line, 0);
}

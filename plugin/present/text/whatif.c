/* whatif.c
 * Origins that the model does not explain stay as they were captured, and are named.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/whatif.h"

#include "present/text/section.h"

enum {
    VALUE_COLUMN = 13,
    UNEXPLAINED_SHOWN = 10,
};

static void write_connections(FILE *out, GString *line, const hr_forecast *forecast)
{
    g_string_append(line, "connections");
    hr_text_pad(line, VALUE_COLUMN);
    g_string_append_printf(line, "%u instead of %u", forecast->changed.connections,
                           forecast->captured.connections);
    hr_text_write_line(out, line);
}

static void write_setup(FILE *out, GString *line, const hr_forecast *forecast)
{
    const int64_t before_ns = forecast->captured.setup_ns;
    const int64_t after_ns = forecast->changed.setup_ns;

    if (before_ns != HR_TIME_NONE) {
        g_string_append(line, "setup");
        hr_text_pad(line, VALUE_COLUMN);
        hr_text_duration(line, after_ns == HR_TIME_NONE ? 0 : after_ns, "-");
        g_string_append(line, " instead of ");
        hr_text_duration(line, before_ns, "-");
        hr_text_write_line(out, line);
    }
}

static void write_waiting(FILE *out, GString *line, const hr_outcome *changed)
{
    if (changed->waited > 0) {
        g_string_append(line, "waiting");
        hr_text_pad(line, VALUE_COLUMN);
        hr_text_count(line, changed->waited, "request");
        g_string_append(line, ", on average ");
        hr_text_duration(line, changed->waited_ns / changed->waited, "-");
        g_string_append(line, ", at most ");
        hr_text_duration(line, changed->longest_wait_ns, "-");
        hr_text_write_line(out, line);
    }
}

static void write_end(FILE *out, GString *line, const hr_forecast *forecast)
{
    const int64_t earlier_ns = forecast->captured.end_ns - forecast->changed.end_ns;

    if (earlier_ns != 0) {
        g_string_append(line, "last answer");
        hr_text_pad(line, VALUE_COLUMN);
        hr_text_duration(line, ABS(earlier_ns), "-");
        g_string_append(line, earlier_ns > 0 ? " earlier" : " later");
        hr_text_write_line(out, line);
    }
}

static void write_unexplained(FILE *out, GString *line, const hr_origin *origin,
                              const hr_forecast *forecast)
{
    g_string_append(line, "no forecast for ");
    hr_text_server(line, origin->scheme, origin->name, &origin->server);
    g_string_append(line, ", which stays as it was captured: the model gives ");
    hr_text_count(line, forecast->modelled.connections, "connection");
    g_string_append_printf(line, " and the capture shows %u", forecast->captured.connections);
    hr_text_write_wrapped(out, line, 2);
}

/* Adds up all origins, and writes those that there is no forecast for. */
static hr_forecast ask_all(FILE *out, GString *line, const hr_analysis *analysis,
                           const hr_whatif *changes)
{
    hr_forecast sum = hr_forecast_none();
    size_t unexplained = 0;

    for (size_t i = 0; i < hr_analysis_origin_count(analysis); i++) {
        hr_forecaster *forecaster = hr_analysis_forecaster(analysis, i);
        const hr_forecast forecast = hr_forecaster_ask(forecaster, changes);
        hr_forecast_add(&sum, &forecast);
        hr_forecaster_free(forecaster);
        if (!forecast.is_given && unexplained++ < UNEXPLAINED_SHOWN) {
            write_unexplained(out, line, hr_analysis_origin(analysis, i), &forecast);
        }
    }
    if (unexplained > UNEXPLAINED_SHOWN) {
        g_string_append_printf(line, "no forecast for %zu more", unexplained - UNEXPLAINED_SHOWN);
        hr_text_write_line(out, line);
    }
    return sum;
}

void hr_text_write_whatif(FILE *out, const hr_analysis *analysis, const char *words,
                          const hr_whatif *changes)
{
    GString *line = g_string_new("What if: ");

    hr_text_captured(line, words, HR_TEXT_COLUMNS);
    hr_text_write_line(out, line);
    const hr_forecast sum = ask_all(out, line, analysis, changes);
    write_connections(out, line, &sum);
    write_setup(out, line, &sum);
    write_waiting(out, line, &sum.changed);
    write_end(out, line, &sum);
    g_string_append_printf(line, "(forecast; the model explains %u of ", sum.explained);
    hr_text_count(line, sum.captured.connections, "connection");
    g_string_append(line, " of this capture)");
    hr_text_write_line(out, line);
    g_string_free(line, TRUE);
}

/* records.c
 * Which records the page has, and how they are made safe. What a record says is the NDJSON's
 * business alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/html/records.h"

#include <string.h>

#include "core/model/traced.h"
#include "present/ndjson/records.h"

enum {
    CONNECTIONS_SHOWN = 20000, /* a browser draws so many at once, and a person looks no further */
    REQUESTS_SHOWN = 100000,
    REQUESTS_OF_ONE_SHOWN = 1000,
    FINDINGS_SHOWN = 50000,
    FIXES_SHOWN = 100,
    ORIGINS_SHOWN = 1000,
};

typedef struct {
    FILE *out;
    hr_json json;
    GString *line; /* the record that is being written */
} writer;

/* What stands in JSON within strings only and may be written as an escape there. Without the first
 * three no text ends the script element or begins a comment; the others end lines, to
 * JavaScript. */
static const struct {
    const char *text;
    const char *escape;
} unsafe[] = {
    {"<", "\\u003c"},
    {">", "\\u003e"},
    {"&", "\\u0026"},
    {"\xe2\x80\xa8", "\\u2028"},
    {"\xe2\x80\xa9", "\\u2029"},
};

#define UNSAFE_FIRST_BYTES "<>&\xe2"

/* Writes the escape of what @text begins with, or its first byte as it is; returns how long that
 * was. */
static size_t put_first(FILE *out, const char *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(unsafe); i++) {
        if (g_str_has_prefix(text, unsafe[i].text)) {
            (void)fputs(unsafe[i].escape, out);
            return strlen(unsafe[i].text);
        }
    }
    (void)fputc(*text, out);
    return 1;
}

static void put_safe(FILE *out, const char *json)
{
    while (*json != '\0') {
        const size_t safe = strcspn(json, UNSAFE_FIRST_BYTES);
        (void)fwrite(json, 1, safe, out);
        json += safe;
        if (*json != '\0') {
            json += put_first(out, json);
        }
    }
}

static void end_record(writer *the)
{
    put_safe(the->out, the->line->str);
    g_string_truncate(the->line, 0);
}

static uint32_t frame_of(const hr_connection *connection)
{
    return connection->opened.frame != 0 ? connection->opened.frame : connection->first_seen.frame;
}

static void write_fixes(writer *the, const hr_analysis *analysis)
{
    const size_t count = MIN(hr_analysis_item_count(analysis), FIXES_SHOWN);

    for (size_t i = 0; i < count; i++) {
        hr_record_write_fix(&the->json, analysis, hr_analysis_item(analysis, i));
        end_record(the);
    }
}

/* Returns the frame of the last connection that the page has, in the order of opening. */
static uint32_t write_connections(writer *the, const hr_analysis *analysis)
{
    const size_t count = MIN(hr_analysis_connection_count(analysis), CONNECTIONS_SHOWN);

    for (size_t i = 0; i < count; i++) {
        hr_record_write_connection(&the->json, hr_analysis_connection(analysis, i));
        end_record(the);
    }
    return count > 0 ? frame_of(hr_analysis_connection(analysis, count - 1)) : 0;
}

/* What asks for attention, of a connection up to @last_frame; and what may be HTTP, and is none of
 * the connections. */
static bool is_for_page(const hr_finding *finding, uint32_t last_frame)
{
    return finding->code == HR_FINDING_NOT_DISSECTED ||
           (finding->connection != NULL && frame_of(finding->connection) <= last_frame &&
            hr_finding_kind_of(finding->code)->severity >= HR_SEVERITY_WARNING);
}

static void write_findings(writer *the, const hr_model *model, const hr_analysis *analysis,
                           uint32_t last_frame)
{
    size_t left = FINDINGS_SHOWN;

    for (size_t i = 0; left > 0 && i < hr_analysis_finding_count(analysis); i++) {
        const hr_finding finding = hr_analysis_finding(analysis, i);
        if (is_for_page(&finding, last_frame)) {
            hr_record_write_finding(&the->json, model, analysis, &finding);
            end_record(the);
            left--;
        }
    }
}

static void write_requests(writer *the, const hr_analysis *analysis, uint32_t last_frame)
{
    size_t left = REQUESTS_SHOWN;

    for (size_t i = 0; left > 0 && i < hr_analysis_request_count(analysis); i++) {
        const hr_request *request = hr_analysis_request(analysis, i);
        if (request->number <= REQUESTS_OF_ONE_SHOWN &&
            frame_of(request->connection) <= last_frame) {
            hr_record_write_request(&the->json, request);
            end_record(the);
            left--;
        }
    }
}

/* Those that are no requests: the records of requests have the rest. */
static void write_calls(writer *the, const hr_analysis *analysis)
{
    const size_t count = MIN(hr_analysis_connection_count(analysis), CONNECTIONS_SHOWN);
    size_t left = REQUESTS_SHOWN;

    for (size_t i = 0; i < count; i++) {
        const hr_connection *connection = hr_analysis_connection(analysis, i);
        const hr_traced *call = connection->request_count == 0 ? connection->seldom->calls : NULL;
        for (; call != NULL && left > 0; call = call->next, left--) {
            hr_record_write_call(&the->json, call, connection);
            end_record(the);
        }
    }
}

void hr_html_write_records(FILE *out, const hr_model *model, const hr_analysis *analysis)
{
    writer the = {.out = out, .line = g_string_new(NULL)};

    hr_json_open_sparse(&the.json, the.line);
    hr_record_write_capture(&the.json, model, analysis);
    end_record(&the);
    for (size_t i = 0; i < MIN(hr_analysis_origin_count(analysis), ORIGINS_SHOWN); i++) {
        hr_record_write_origin(&the.json, hr_analysis_origin(analysis, i));
        end_record(&the);
    }
    write_fixes(&the, analysis);
    const uint32_t last_frame = write_connections(&the, analysis);
    write_findings(&the, model, analysis, last_frame);
    write_requests(&the, analysis, last_frame);
    write_calls(&the, analysis);
    g_string_free(the.line, TRUE);
}

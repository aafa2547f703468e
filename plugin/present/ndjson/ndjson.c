/* ndjson.c
 * The order of the records. The three kinds that have a frame are in order already, each for
 * itself, and are merged here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/ndjson/ndjson.h"

#include "core/model/traced.h"
#include "present/ndjson/records.h"

/* A connection stands at its opening, else where it was first seen. */
static uint32_t frame_of_connection(const hr_connection *connection)
{
    return connection->opened.frame != 0 ? connection->opened.frame : connection->first_seen.frame;
}

/* Positions in the three lists. */
typedef struct {
    const hr_model *model;
    const hr_analysis *analysis;
    size_t connection, finding, request;
} merge;

static uint32_t next_connection_frame(const merge *at)
{
    return at->connection < hr_analysis_connection_count(at->analysis)
               ? frame_of_connection(hr_analysis_connection(at->analysis, at->connection))
               : UINT32_MAX;
}

static uint32_t next_finding_frame(const merge *at)
{
    return at->finding < hr_analysis_finding_count(at->analysis)
               ? hr_analysis_finding(at->analysis, at->finding).frame
               : UINT32_MAX;
}

static uint32_t next_request_frame(const merge *at)
{
    return at->request < hr_analysis_request_count(at->analysis)
               ? hr_request_frame(hr_analysis_request(at->analysis, at->request))
               : UINT32_MAX;
}

/* Writes the next record; false where none is left. In one frame: connections, findings,
 * requests, which is the order of their names too. */
static bool write_next(hr_json *json, merge *at)
{
    const uint32_t connection = next_connection_frame(at);
    const uint32_t finding = next_finding_frame(at);
    const uint32_t request = next_request_frame(at);

    if (MIN(MIN(connection, finding), request) == UINT32_MAX) {
        return false;
    }
    if (connection <= finding && connection <= request) {
        hr_record_write_connection(json, hr_analysis_connection(at->analysis, at->connection++));
    } else if (finding <= request) {
        const hr_finding next = hr_analysis_finding(at->analysis, at->finding++);
        hr_record_write_finding(json, at->model, at->analysis, &next);
    } else {
        hr_record_write_request(json, hr_analysis_request(at->analysis, at->request++));
    }
    return true;
}

static void write_calls(hr_json *json, const hr_connection *connection)
{
    for (const hr_traced *call = connection->seldom->calls; call != NULL; call = call->next) {
        hr_record_write_call(json, call, connection);
    }
}

void hr_ndjson_write(FILE *out, const hr_model *model, const hr_analysis *analysis)
{
    hr_ndjson_write_many(out, model, analysis, NULL);
}

void hr_ndjson_write_many(FILE *out, const hr_model *model, const hr_analysis *analysis,
                          const hr_places *places)
{
    hr_json json;
    merge at = {.model = model, .analysis = analysis};
    bool has_more = true;

    hr_json_open(&json, out);
    json.places = places;
    while (has_more && !ferror(out)) {
        has_more = write_next(&json, &at);
    }
    for (size_t i = 0; !ferror(out) && i < hr_analysis_connection_count(analysis); i++) {
        write_calls(&json, hr_analysis_connection(analysis, i));
    }
    for (size_t i = 0; !ferror(out) && i < hr_analysis_origin_count(analysis); i++) {
        hr_record_write_origin(&json, hr_analysis_origin(analysis, i));
    }
    for (size_t i = 0; !ferror(out) && i < hr_analysis_item_count(analysis); i++) {
        hr_record_write_fix(&json, analysis, hr_analysis_item(analysis, i));
    }
    hr_record_write_capture(&json, model, analysis);
    hr_json_close(&json);
}

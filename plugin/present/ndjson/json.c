/* json.c
 * How each kind of fact looks in JSON. Numbers are printed from integers: no nanosecond is lost
 * in a double. json_dumper escapes quotes, backslashes and control characters, but passes bytes
 * through that are not UTF-8 (4.0), so none reach it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/ndjson/json.h"

#include <inttypes.h>
#include <string.h>

enum {
    FRACTION_DIGITS = 6, /* of a millisecond, in nanoseconds */
};

void hr_json_open(hr_json *json, FILE *out)
{
    memset(&json->dumper, 0, sizeof(json->dumper));
    json->dumper.output_file = out;
    json->is_sparse = false;
}

void hr_json_open_sparse(hr_json *json, GString *text)
{
    memset(&json->dumper, 0, sizeof(json->dumper));
    json->dumper.output_string = text;
    json->is_sparse = true;
}

void hr_json_begin_line(hr_json *json, const char *type)
{
    json_dumper_begin_object(&json->dumper);
    hr_json_string(json, "type", type);
}

void hr_json_end_line(hr_json *json)
{
    json_dumper_end_object(&json->dumper);
    json_dumper_finish(&json->dumper); /* ends the line and is ready for the next */
}

void hr_json_begin_object(hr_json *json, const char *name)
{
    if (name != NULL) {
        json_dumper_set_member_name(&json->dumper, name);
    }
    json_dumper_begin_object(&json->dumper);
}

void hr_json_end_object(hr_json *json)
{
    json_dumper_end_object(&json->dumper);
}

void hr_json_begin_array(hr_json *json, const char *name)
{
    json_dumper_set_member_name(&json->dumper, name);
    json_dumper_begin_array(&json->dumper);
}

void hr_json_end_array(hr_json *json)
{
    json_dumper_end_array(&json->dumper);
}

void hr_json_null(hr_json *json, const char *name)
{
    if (json->is_sparse) {
        return;
    }
    json_dumper_set_member_name(&json->dumper, name);
    json_dumper_value_anyf(&json->dumper, "null");
}

void hr_json_bool(hr_json *json, const char *name, bool value)
{
    json_dumper_set_member_name(&json->dumper, name);
    json_dumper_value_anyf(&json->dumper, value ? "true" : "false");
}

void hr_json_uint(hr_json *json, const char *name, uint64_t value)
{
    json_dumper_set_member_name(&json->dumper, name);
    json_dumper_value_anyf(&json->dumper, "%" PRIu64, value);
}

void hr_json_element(hr_json *json, uint64_t value)
{
    json_dumper_value_anyf(&json->dumper, "%" PRIu64, value);
}

void hr_json_ordinal(hr_json *json, const char *name, uint64_t value)
{
    if (value == 0) {
        hr_json_null(json, name);
    } else {
        hr_json_uint(json, name, value);
    }
}

static void put_string(hr_json *json, const char *value)
{
    json_dumper_value_string(&json->dumper, value);
}

void hr_json_string(hr_json *json, const char *name, const char *value)
{
    if (value == NULL) {
        hr_json_null(json, name);
        return;
    }
    json_dumper_set_member_name(&json->dumper, name);
    put_string(json, value);
}

void hr_json_place(hr_json *json, uint32_t frame)
{
    hr_place place = {NULL, NULL, 0};

    if (json->places != NULL) {
        (void)hr_places_find(json->places, frame, &place);
        hr_json_string(json, "source", place.source);
        hr_json_string(json, "file", place.file);
        hr_json_ordinal(json, "file_frame", place.frame);
    }
}

void hr_json_strings(hr_json *json, const char *name, const char *const *values, size_t count)
{
    hr_json_begin_array(json, name);
    for (size_t i = 0; i < count; i++) {
        put_string(json, values[i]);
    }
    hr_json_end_array(json);
}

void hr_json_ms(hr_json *json, const char *name, int64_t ns)
{
    if (ns == HR_TIME_NONE) {
        hr_json_null(json, name);
        return;
    }
    const int64_t magnitude = ns < 0 ? -ns : ns;
    const char *sign = ns < 0 ? "-" : "";
    int64_t fraction = magnitude % HR_NS_PER_MS;
    int digits = FRACTION_DIGITS;

    json_dumper_set_member_name(&json->dumper, name);
    if (fraction == 0) {
        json_dumper_value_anyf(&json->dumper, "%s%" PRId64, sign, magnitude / HR_NS_PER_MS);
        return;
    }
    while (fraction % 10 == 0) {
        fraction /= 10;
        digits--;
    }
    json_dumper_value_anyf(&json->dumper, "%s%" PRId64 ".%0*" PRId64, sign,
                           magnitude / HR_NS_PER_MS, digits, fraction);
}

void hr_json_time(hr_json *json, const char *name, int64_t ns)
{
    if (ns == HR_TIME_NONE) {
        hr_json_null(json, name);
        return;
    }
    const int64_t magnitude = ns < 0 ? -ns : ns;

    json_dumper_set_member_name(&json->dumper, name);
    json_dumper_value_anyf(&json->dumper, "\"%s%" PRId64 ".%09" PRId64 "\"", ns < 0 ? "-" : "",
                           magnitude / HR_NS_PER_S, magnitude % HR_NS_PER_S);
}

void hr_json_moment(hr_json *json, const char *frame_name, const char *time_name, hr_moment moment)
{
    hr_json_ordinal(json, frame_name, moment.frame);
    hr_json_time(json, time_name, moment.frame != 0 ? moment.ns : HR_TIME_NONE);
}

void hr_json_ratio(hr_json *json, const char *name, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (value < 0) {
        hr_json_null(json, name);
        return;
    }
    /* 0.9 and not 0.90000000000000002, if that is the same double. */
    g_ascii_formatd(text, sizeof(text), "%.15g", value);
    if (g_ascii_strtod(text, NULL) != value) {
        g_ascii_dtostr(text, sizeof(text), value);
    }
    json_dumper_set_member_name(&json->dumper, name);
    json_dumper_value_anyf(&json->dumper, "%s", text);
}

void hr_json_endpoint(hr_json *json, const char *name, const char *address, int32_t port)
{
    hr_json_begin_object(json, name);
    hr_json_string(json, "address", address);
    if (port < 0) {
        hr_json_null(json, "port");
    } else {
        hr_json_uint(json, "port", (uint64_t)port);
    }
    hr_json_end_object(json);
}

void hr_json_connection(hr_json *json, const char *name, const hr_connection *connection)
{
    hr_json_ordinal(json, name, connection != NULL && connection->is_in_scope ? connection->id : 0);
}

void hr_json_findings(hr_json *json, hr_finding_set set)
{
    hr_json_begin_array(json, "findings");
    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        if (hr_finding_set_has(set, code)) {
            put_string(json, hr_finding_kind_of(code)->token);
        }
    }
    hr_json_end_array(json);
}

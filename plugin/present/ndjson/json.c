/* json.c
 * The structure of JSON (RFC 8259). The bytes are those of Wireshark's json_dumper, which takes
 * twenty times as long for them (doc/performance.md): it writes character by character, and formats
 * each number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/ndjson/json.h"

#include <string.h>

enum {
    PART = 32768 /* what is written at once, about */
};

/* ---- the text ---- */

static void begin_at_end(hr_json *json)
{
    json->at = json->text->str + json->text->len;
    json->limit = json->text->str + json->text->allocated_len - 1; /* for what ends it */
}

static void end_text(hr_json *json)
{
    json->text->len = (gsize)(json->at - json->text->str);
    *json->at = '\0';
}

void hr_json_open(hr_json *json, FILE *out)
{
    *json = (hr_json){.text = g_string_sized_new(PART + PART / 4), .out = out};
    begin_at_end(json);
}

void hr_json_open_sparse(hr_json *json, GString *text)
{
    *json = (hr_json){.text = text, .is_sparse = true};
    begin_at_end(json);
}

static void write_part(hr_json *json)
{
    (void)fwrite(json->text->str, 1, (size_t)(json->at - json->text->str), json->out);
    g_string_truncate(json->text, 0);
    begin_at_end(json);
}

static void write_large_part(hr_json *json)
{
    if (json->out != NULL && json->at - json->text->str >= PART) {
        write_part(json);
    }
}

void hr_json_close(hr_json *json)
{
    write_part(json);
    g_string_free(json->text, TRUE);
    json->text = NULL;
}

void hr_json_grow(hr_json *json, size_t size)
{
    const gsize length = (gsize)(json->at - json->text->str);

    g_string_set_size(json->text, length + size);
    json->text->len = length;
    begin_at_end(json);
}

/* ---- structure ---- */

static void put_character(hr_json *json, char c)
{
    *hr_json_room(json, 1) = c;
    json->at++;
}

static void put_comma(hr_json *json)
{
    if (json->has_element) {
        put_character(json, ',');
    }
    json->has_element = true;
}

static void begin(hr_json *json, char bracket)
{
    put_character(json, bracket);
    json->has_element = false;
}

/* What it ends was an element of something. */
static void end(hr_json *json, char bracket)
{
    put_character(json, bracket);
    json->has_element = true;
}

void hr_json_begin_line(hr_json *json, const char *type)
{
    begin_at_end(json); /* the caller may have taken what was there */
    hr_json_begin_object(json, NULL);
    hr_json_token(json, "type", type);
}

void hr_json_end_line(hr_json *json)
{
    end(json, '}');
    put_character(json, '\n');
    json->has_element = false;
    end_text(json);
    write_large_part(json);
}

void hr_json_begin_object(hr_json *json, const char *name)
{
    if (name != NULL) {
        hr_json_name(json, name);
    } else {
        put_comma(json);
    }
    begin(json, '{');
}

void hr_json_end_object(hr_json *json)
{
    end(json, '}');
    write_large_part(json);
}

void hr_json_begin_array(hr_json *json, const char *name)
{
    hr_json_name(json, name);
    begin(json, '[');
}

void hr_json_end_array(hr_json *json)
{
    end(json, ']');
}

/* ---- several members, and elements ---- */

void hr_json_element(hr_json *json, uint64_t value)
{
    put_comma(json);
    (void)hr_json_room(json, HR_JSON_ROOM);
    hr_json_put_uint(json, value);
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
        put_comma(json);
        (void)hr_json_room(json, HR_JSON_ROOM);
        hr_json_put_string(json, values[i]);
    }
    hr_json_end_array(json);
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
    hr_json_name(json, name);
    json->at = g_stpcpy(json->at, text);
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

void hr_json_findings(hr_json *json, hr_finding_set set)
{
    hr_json_begin_array(json, "findings");
    for (hr_finding_code code = 0; code < HR_FINDING_COUNT && set >> code != 0; code++) {
        if (hr_finding_set_has(set, code)) {
            put_comma(json);
            hr_json_put_token(json, hr_finding_kind_of(code)->token);
        }
    }
    hr_json_end_array(json);
}

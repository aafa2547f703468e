/* json.c
 * How each kind of fact looks in JSON (RFC 8259). Numbers are printed from integers: no nanosecond
 * is lost in a double. The bytes are those of Wireshark's json_dumper, which takes seven times as
 * long for them (doc/performance.md): it writes character by character, and formats each number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/ndjson/json.h"

#include <string.h>

enum {
    FRACTION_DIGITS = 6, /* of a millisecond, in nanoseconds */
    SECOND_DIGITS = 9,
    MOST_DIGITS = 20, /* of 64 bits */
    PART = 32768,     /* what is written at once, about */
};

void hr_json_open(hr_json *json, FILE *out)
{
    *json = (hr_json){.text = g_string_sized_new(PART + PART / 4), .out = out};
}

void hr_json_open_sparse(hr_json *json, GString *text)
{
    *json = (hr_json){.text = text, .is_sparse = true};
}

static void write_part(hr_json *json)
{
    (void)fwrite(json->text->str, 1, json->text->len, json->out);
    g_string_truncate(json->text, 0);
}

static void write_large_part(hr_json *json)
{
    if (json->out != NULL && json->text->len >= PART) {
        write_part(json);
    }
}

void hr_json_close(hr_json *json)
{
    write_part(json);
    g_string_free(json->text, TRUE);
    json->text = NULL;
}

/* ---- characters ---- */

/* Room for @size more of them, to be filled by the caller. */
static char *more(hr_json *json, size_t size)
{
    const gsize length = json->text->len;

    g_string_set_size(json->text, length + size);
    return json->text->str + length;
}

static void put(hr_json *json, const char *text, size_t length)
{
    memcpy(more(json, length), text, length);
}

static void put_character(hr_json *json, char c)
{
    *more(json, 1) = c;
}

static bool needs_escape(char c)
{
    return (unsigned char)c < ' ' || c == '"' || c == '\\';
}

static void put_escaped(hr_json *json, char c)
{
    if ((unsigned char)c < ' ') {
        g_string_append_printf(json->text, "\\u%04x", (unsigned char)c);
    } else {
        const char escaped[] = {'\\', c};
        put(json, escaped, sizeof(escaped));
    }
}

static size_t plain_length(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0' && !needs_escape(text[length])) {
        length++;
    }
    return length;
}

static void put_string(hr_json *json, const char *text)
{
    put_character(json, '"');
    while (*text != '\0') {
        const size_t plain = plain_length(text);
        put(json, text, plain);
        text += plain;
        if (*text != '\0') {
            put_escaped(json, *text++);
        }
    }
    put_character(json, '"');
}

/* With zeros in front, where it has less than @least digits. */
static void put_digits(hr_json *json, uint64_t value, int least)
{
    char digits[MOST_DIGITS];
    int count = 0;

    while (value > 0 || count < least) {
        digits[MOST_DIGITS - ++count] = (char)('0' + value % 10);
        value /= 10;
    }
    put(json, digits + MOST_DIGITS - count, (size_t)count);
}

/* ---- structure ---- */

static void put_comma(hr_json *json)
{
    if (json->has_element) {
        put_character(json, ',');
    }
    json->has_element = true;
}

/* The value follows. Names are the product's own, and need no escapes. There are three dozen in a
 * record, so that room is made once for all of it. */
static void put_name(hr_json *json, const char *name)
{
    const size_t comma = json->has_element ? 1 : 0;
    char *to = more(json, comma + strlen(name) + 3);

    to[0] = ','; /* or overwritten */
    to[comma] = '"';
    char *end = g_stpcpy(to + comma + 1, name);
    end[0] = '"';
    end[1] = ':';
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
    hr_json_begin_object(json, NULL);
    hr_json_string(json, "type", type);
}

void hr_json_end_line(hr_json *json)
{
    end(json, '}');
    put_character(json, '\n');
    json->has_element = false;
    write_large_part(json);
}

void hr_json_begin_object(hr_json *json, const char *name)
{
    if (name != NULL) {
        put_name(json, name);
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
    put_name(json, name);
    begin(json, '[');
}

void hr_json_end_array(hr_json *json)
{
    end(json, ']');
}

/* ---- values ---- */

static void put_word(hr_json *json, const char *name, const char *word)
{
    put_name(json, name);
    put(json, word, strlen(word));
}

void hr_json_null(hr_json *json, const char *name)
{
    if (!json->is_sparse) {
        put_word(json, name, "null");
    }
}

void hr_json_bool(hr_json *json, const char *name, bool value)
{
    put_word(json, name, value ? "true" : "false");
}

void hr_json_uint(hr_json *json, const char *name, uint64_t value)
{
    put_name(json, name);
    put_digits(json, value, 1);
}

void hr_json_element(hr_json *json, uint64_t value)
{
    put_comma(json);
    put_digits(json, value, 1);
}

void hr_json_ordinal(hr_json *json, const char *name, uint64_t value)
{
    if (value == 0) {
        hr_json_null(json, name);
    } else {
        hr_json_uint(json, name, value);
    }
}

void hr_json_string(hr_json *json, const char *name, const char *value)
{
    if (value == NULL) {
        hr_json_null(json, name);
        return;
    }
    put_name(json, name);
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
        put_comma(json);
        put_string(json, values[i]);
    }
    hr_json_end_array(json);
}

/* The beginning of a number; returns what is left of it. */
static uint64_t put_sign(hr_json *json, const char *name, const char *before, int64_t ns)
{
    put_word(json, name, before);
    if (ns < 0) {
        put_character(json, '-');
    }
    return ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
}

void hr_json_ms(hr_json *json, const char *name, int64_t ns)
{
    if (ns == HR_TIME_NONE) {
        hr_json_null(json, name);
        return;
    }
    const uint64_t magnitude = put_sign(json, name, "", ns);
    uint64_t fraction = magnitude % HR_NS_PER_MS;
    int digits = FRACTION_DIGITS;

    put_digits(json, magnitude / HR_NS_PER_MS, 1);
    if (fraction == 0) {
        return;
    }
    while (fraction % 10 == 0) {
        fraction /= 10;
        digits--;
    }
    put_character(json, '.');
    put_digits(json, fraction, digits);
}

void hr_json_time(hr_json *json, const char *name, int64_t ns)
{
    if (ns == HR_TIME_NONE) {
        hr_json_null(json, name);
        return;
    }
    const uint64_t magnitude = put_sign(json, name, "\"", ns);

    put_digits(json, magnitude / HR_NS_PER_S, 1);
    put_character(json, '.');
    put_digits(json, magnitude % HR_NS_PER_S, SECOND_DIGITS);
    put_character(json, '"');
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
    put_word(json, name, text);
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
            put_comma(json);
            put_string(json, hr_finding_kind_of(code)->token);
        }
    }
    hr_json_end_array(json);
}

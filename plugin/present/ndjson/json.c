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
    PART = 32768, /* what is written at once, about */
};

#define EACH_BYTE UINT64_C(0x0101010101010101)

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

/* Room for @size more of them, to be filled by the caller. What ends a GString is put down with the
 * line. */
static inline char *more(hr_json *json, size_t size)
{
    GString *text = json->text;
    const gsize length = text->len;

    if (size < text->allocated_len - length) {
        text->len = length + size;
    } else {
        g_string_set_size(text, length + size);
    }
    return text->str + length;
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

/* Not zero where a byte of @word is below @limit, which is at most 128, and perhaps where the byte
 * before it is. */
static uint64_t has_below(uint64_t word, unsigned char limit)
{
    return (word - EACH_BYTE * limit) & ~word & EACH_BYTE * 0x80;
}

static bool has_escape(uint64_t word)
{
    return (has_below(word, ' ') | has_below(word ^ EACH_BYTE * '"', 1) |
            has_below(word ^ EACH_BYTE * '\\', 1)) != 0;
}

/* How many of @size characters need no escape, up to the first that does. */
static size_t plain_length(const char *text, size_t size)
{
    size_t length = 0;
    uint64_t word = 0;

    for (; size - length >= sizeof(word); length += sizeof(word)) {
        memcpy(&word, text + length, sizeof(word));
        if (has_escape(word)) {
            break;
        }
    }
    while (length < size && !needs_escape(text[length])) {
        length++;
    }
    return length;
}

static void put_string(hr_json *json, const char *text)
{
    size_t left = strlen(text);

    put_character(json, '"');
    while (left > 0) {
        const size_t plain = plain_length(text, left);
        put(json, text, plain);
        text += plain;
        left -= plain;
        if (left > 0) {
            put_escaped(json, *text++);
            left--;
        }
    }
    put_character(json, '"');
}

static size_t digits_of(uint64_t value)
{
    size_t count = 1;

    for (; value >= 10000; value /= 10000) {
        count += 4;
    }
    return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* With zeros in front, where it has less than @count digits. */
static void put_fixed(hr_json *json, uint64_t value, size_t count)
{
    char *to = more(json, count);

    for (; count >= 2; value /= 100) {
        const size_t two = (size_t)(value % 100);
        to[--count] = (char)('0' + two % 10);
        to[--count] = (char)('0' + two / 10);
    }
    if (count > 0) {
        to[0] = (char)('0' + value);
    }
}

static void put_digits(hr_json *json, uint64_t value)
{
    put_fixed(json, value, digits_of(value));
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
    hr_json_token(json, "type", type);
}

void hr_json_end_line(hr_json *json)
{
    end(json, '}');
    put_character(json, '\n');
    json->has_element = false;
    json->text->str[json->text->len] = '\0'; /* more() keeps room for it */
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
    put_digits(json, value);
}

void hr_json_element(hr_json *json, uint64_t value)
{
    put_comma(json);
    put_digits(json, value);
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

static void put_token(hr_json *json, const char *token)
{
    char *to = more(json, strlen(token) + 2);

    to[0] = '"';
    *g_stpcpy(to + 1, token) = '"';
}

void hr_json_token(hr_json *json, const char *name, const char *token)
{
    if (token == NULL) {
        hr_json_null(json, name);
        return;
    }
    put_name(json, name);
    put_token(json, token);
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
    const uint64_t fraction = magnitude % HR_NS_PER_MS;
    GString *text = json->text;

    put_digits(json, magnitude / HR_NS_PER_MS);
    if (fraction == 0) {
        return;
    }
    put_character(json, '.');
    put_fixed(json, fraction, FRACTION_DIGITS);
    while (text->str[text->len - 1] == '0') {
        text->len--;
    }
}

void hr_json_time(hr_json *json, const char *name, int64_t ns)
{
    if (ns == HR_TIME_NONE) {
        hr_json_null(json, name);
        return;
    }
    const uint64_t magnitude = put_sign(json, name, "\"", ns);

    put_digits(json, magnitude / HR_NS_PER_S);
    put_character(json, '.');
    put_fixed(json, magnitude % HR_NS_PER_S, SECOND_DIGITS);
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
    for (hr_finding_code code = 0; code < HR_FINDING_COUNT && set >> code != 0; code++) {
        if (hr_finding_set_has(set, code)) {
            put_comma(json);
            put_token(json, hr_finding_kind_of(code)->token);
        }
    }
    hr_json_end_array(json);
}

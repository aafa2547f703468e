/* json_values.c
 * How each kind of fact looks in JSON (RFC 8259). Numbers are printed from integers: no nanosecond
 * is lost in a double.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/ndjson/json.h"

enum {
    FRACTION_DIGITS = 6, /* of a millisecond, in nanoseconds */
    SECOND_DIGITS = 9,
    ESCAPED = 6, /* characters that one becomes at most */
};

#define EACH_BYTE UINT64_C(0x0101010101010101)

/* ---- characters ---- */

static bool needs_escape(char c)
{
    return (unsigned char)c < ' ' || c == '"' || c == '\\';
}

/* Where the next character goes. */
static char *put_escaped(char *to, char c)
{
    static const char digits[] = "0123456789abcdef";

    *to++ = '\\';
    if ((unsigned char)c >= ' ') {
        *to++ = c;
        return to;
    }
    *to++ = 'u';
    *to++ = '0';
    *to++ = '0';
    *to++ = digits[(unsigned char)c >> 4];
    *to++ = digits[c & 15];
    return to;
}

/* Not zero where a byte of @word is below @limit, which is at most 128, and perhaps where the byte
 * before it is. */
static uint64_t has_below(uint64_t word, unsigned char limit)
{
    return (word - EACH_BYTE * limit) & ~word & EACH_BYTE * 0x80;
}

static uint64_t has_escape(uint64_t word)
{
    return has_below(word, ' ') | has_below(word ^ EACH_BYTE * '"', 1) |
           has_below(word ^ EACH_BYTE * '\\', 1);
}

static uint64_t copy_word(char *to, const char *text)
{
    uint64_t word = 0;

    memcpy(&word, text, sizeof(word));
    memcpy(to, &word, sizeof(word));
    return has_escape(word);
}

/* Copies @text; returns whether none of its characters needs an escape. Its last word may be copied
 * in part twice. */
static bool copy_plain(char *to, const char *text, size_t length)
{
    uint64_t found = 0;

    if (length < sizeof(found)) {
        for (size_t at = 0; at < length; at++) {
            to[at] = text[at];
            found |= needs_escape(text[at]);
        }
        return found == 0;
    }
    for (size_t at = 0; at < length - sizeof(found); at += sizeof(found)) {
        found |= copy_word(to + at, text + at);
    }
    found |= copy_word(to + length - sizeof(found), text + length - sizeof(found));
    return found == 0;
}

void hr_json_put_string(hr_json *json, const char *value)
{
    if (value == NULL) {
        hr_json_put_null(json);
        return;
    }
    const size_t length = strlen(value);
    char *to = hr_json_room(json, length * ESCAPED + 2);
    *to++ = '"';
    if (copy_plain(to, value, length)) {
        to += length;
    } else {
        for (const char *from = value; *from != '\0'; from++) {
            if (needs_escape(*from)) {
                to = put_escaped(to, *from);
            } else {
                *to++ = *from;
            }
        }
    }
    *to++ = '"';
    json->at = to;
}

/* ---- numbers ---- */

static size_t digits_of(uint64_t value)
{
    size_t count = 1;

    for (; value >= 10000; value /= 10000) {
        count += 4;
    }
    return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* With zeros in front, where it has less than @count digits. */
static char *put_fixed(char *to, uint64_t value, size_t count)
{
    static const char pairs[] = "0001020304050607080910111213141516171819202122232425262728293031"
                                "3233343536373839404142434445464748495051525354555657585960616263"
                                "6465666768697071727374757677787980818283848586878889909192939495"
                                "96979899";
    char *end = to + count;

    for (; count >= 2; value /= 100) {
        count -= 2;
        memcpy(to + count, pairs + value % 100 * 2, 2);
    }
    if (count > 0) {
        to[0] = (char)('0' + value);
    }
    return end;
}

static char *put_digits(char *to, uint64_t value)
{
    if (value < 10) {
        *to = (char)('0' + value);
        return to + 1;
    }
    return put_fixed(to, value, digits_of(value));
}

/* The sign of a number; returns what is left of it. */
static uint64_t put_sign(char **to, int64_t ns)
{
    if (ns < 0) {
        *(*to)++ = '-';
        return 0 - (uint64_t)ns;
    }
    return (uint64_t)ns;
}

/* ---- values ---- */

/* There is room for it. */
static void put_word(hr_json *json, const char *word, size_t length)
{
    memcpy(json->at, word, length);
    json->at += length;
}

void hr_json_put_null(hr_json *json)
{
    put_word(json, "null", 4);
}

void hr_json_put_bool(hr_json *json, bool value)
{
    if (value) {
        put_word(json, "true", 4);
    } else {
        put_word(json, "false", 5);
    }
}

void hr_json_put_uint(hr_json *json, uint64_t value)
{
    json->at = put_digits(json->at, value);
}

void hr_json_put_token(hr_json *json, const char *token)
{
    if (token == NULL) {
        hr_json_put_null(json);
        return;
    }
    const size_t length = strlen(token);
    char *to = hr_json_room(json, length + 2);
    to[0] = '"';
    memcpy(to + 1, token, length + 1);
    to[length + 1] = '"';
    json->at = to + length + 2;
}

void hr_json_put_ms(hr_json *json, int64_t ns)
{
    if (ns == HR_TIME_NONE) {
        hr_json_put_null(json);
        return;
    }
    char *to = json->at;
    const uint64_t magnitude = put_sign(&to, ns);
    const uint64_t fraction = magnitude % HR_NS_PER_MS;

    to = put_digits(to, magnitude / HR_NS_PER_MS);
    if (fraction != 0) {
        *to++ = '.';
        to = put_fixed(to, fraction, FRACTION_DIGITS);
        while (to[-1] == '0') {
            to--;
        }
    }
    json->at = to;
}

void hr_json_put_time(hr_json *json, int64_t ns)
{
    if (ns == HR_TIME_NONE) {
        hr_json_put_null(json);
        return;
    }
    char *to = json->at;
    *to++ = '"';
    const uint64_t magnitude = put_sign(&to, ns);
    to = put_digits(to, magnitude / HR_NS_PER_S);
    *to++ = '.';
    to = put_fixed(to, magnitude % HR_NS_PER_S, SECOND_DIGITS);
    *to++ = '"';
    json->at = to;
}

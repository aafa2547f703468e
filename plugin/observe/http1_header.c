/* http1_header.c
 * Reads header lines from the packet's bytes. The dissector's fields would do as well, but one
 * message has a dozen of them, each kept apart from the others; the bytes have them in order.
 * Every bound comes from the tvbuff; a header section is read once, to its end or to the end
 * of what was captured.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "http1_header.h"

#include <string.h>

enum {
    MAX_CHUNK_DIGITS = 15
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static hr_slice trimmed(hr_slice slice)
{
    while (slice.length > 0 && is_blank(slice.text[0])) {
        slice.text++;
        slice.length--;
    }
    while (slice.length > 0 && is_blank(slice.text[slice.length - 1])) {
        slice.length--;
    }
    return slice;
}

static bool is_same(char a, char b)
{
    return a == b || ((a ^ b) == ('a' ^ 'A') && g_ascii_isalpha(a));
}

/* How many characters both begin with, whatever their case. */
static size_t in_common(hr_slice slice, const char *text)
{
    size_t at = 0;

    while (at < slice.length && text[at] != '\0' && is_same(slice.text[at], text[at])) {
        at++;
    }
    return at;
}

bool hr_slice_begins(hr_slice slice, const char *text)
{
    return text[in_common(slice, text)] == '\0';
}

bool hr_slice_is(hr_slice slice, const char *text)
{
    const size_t length = in_common(slice, text);

    return length == slice.length && text[length] == '\0';
}

/* Cuts off what stands before the first @mark, which goes too. */
static hr_slice cut(hr_slice *rest, char mark)
{
    const char *end = rest->length > 0 ? memchr(rest->text, mark, rest->length) : NULL;
    const size_t length = end != NULL ? (size_t)(end - rest->text) : rest->length;
    const hr_slice part = {rest->text, length};
    const size_t gone = end != NULL ? length + 1 : length;

    rest->text += gone;
    rest->length -= gone;
    return part;
}

hr_slice hr_slice_word(hr_slice *rest)
{
    return cut(rest, ' ');
}

int64_t hr_slice_number(hr_slice slice, int64_t limit)
{
    int64_t number = 0;
    size_t digits = 0;

    for (; digits < slice.length && g_ascii_isdigit(slice.text[digits]); digits++) {
        number = MIN(number * 10 + (slice.text[digits] - '0'), limit);
    }
    return digits > 0 ? number : -1;
}

static void read_connection(hr_http1_lines *lines, hr_slice value)
{
    while (value.length > 0) {
        const hr_slice option = trimmed(cut(&value, ','));
        lines->says_close |= hr_slice_is(option, "close");
        lines->says_keep_alive |= hr_slice_is(option, "keep-alive");
    }
}

static void read_keep_alive(hr_http1_lines *lines, hr_slice value)
{
    while (value.length > 0) {
        hr_slice number = trimmed(cut(&value, ','));
        const hr_slice name = trimmed(cut(&number, '='));
        if (hr_slice_is(name, "max")) {
            lines->keep_alive_max = (int32_t)hr_slice_number(trimmed(number), INT32_MAX / 2);
        } else if (hr_slice_is(name, "timeout")) {
            lines->keep_alive_timeout = (int32_t)hr_slice_number(trimmed(number), INT32_MAX / 2);
        }
    }
}

static void note_length(hr_http1_lines *lines, bool is_usual)
{
    lines->has_odd_length |= lines->has_length || !is_usual;
    lines->has_length = true;
}

static bool is_digits(hr_slice slice)
{
    size_t digits = 0;

    while (digits < slice.length && g_ascii_isdigit(slice.text[digits])) {
        digits++;
    }
    return digits > 0 && digits == slice.length;
}

static void read_content_length(hr_http1_lines *lines, hr_slice value)
{
    const int64_t length = hr_slice_number(value, INT64_MAX / 16);

    note_length(lines, is_digits(value));
    if (length >= 0) {
        lines->extent.has_content_length = true;
        lines->extent.content_length = (uint64_t)length;
    }
}

static void read_content_type(hr_http1_lines *lines, hr_slice value)
{
    lines->content_type = value;
}

static void read_transfer_encoding(hr_http1_lines *lines, hr_slice value)
{
    note_length(lines, hr_slice_is(value, "chunked"));
    while (value.length > 0) {
        lines->extent.is_chunked |= hr_slice_is(trimmed(cut(&value, ',')), "chunked");
    }
}

static void read_upgrade(hr_http1_lines *lines, hr_slice value)
{
    lines->asks_upgrade = true;
    lines->upgrades_to_h2c = hr_slice_is(value, "h2c");
}

static void read_host(hr_http1_lines *lines, hr_slice value)
{
    lines->host = value;
}

static void read_user_agent(hr_http1_lines *lines, hr_slice value)
{
    lines->user_agent = value;
}

static void read_server(hr_http1_lines *lines, hr_slice value)
{
    lines->server = value;
}

static void read_via(hr_http1_lines *lines, hr_slice value)
{
    lines->via = value;
    lines->is_relayed = true;
}

/* Whom a proxy asks for (RFC 7239), or that one does. */
static void read_forwarded(hr_http1_lines *lines, hr_slice value)
{
    (void)value;
    lines->is_relayed = true;
}

static void read_authorization(hr_http1_lines *lines, hr_slice value)
{
    lines->binds_user |= hr_slice_begins(value, "ntlm ") || hr_slice_begins(value, "negotiate ");
}

#define READER(name, read)                                                                         \
    {                                                                                              \
        name, sizeof(name) - 1, read                                                               \
    }

static const struct {
    const char *name;
    size_t length;
    void (*read)(hr_http1_lines *lines, hr_slice value);
} readers[] = {
    READER("authorization", read_authorization),
    READER("cdn-loop", read_forwarded), /* RFC 8586 */
    READER("connection", read_connection),
    READER("content-length", read_content_length),
    READER("content-type", read_content_type),
    READER("forwarded", read_forwarded),
    READER("host", read_host),
    READER("keep-alive", read_keep_alive),
    READER("proxy-authorization", read_authorization),
    READER("server", read_server),
    READER("transfer-encoding", read_transfer_encoding),
    READER("upgrade", read_upgrade),
    READER("user-agent", read_user_agent),
    READER("via", read_via),
    READER("x-envoy-expected-rq-timeout-ms", read_forwarded),
    READER("x-forwarded-for", read_forwarded),
    READER("x-forwarded-host", read_forwarded),
    READER("x-forwarded-server", read_forwarded),
    READER("x-real-ip", read_forwarded),
    READER("x-varnish", read_forwarded),
};

static const char agent_name[] = "User-Agent";

/* The line that ends what some programs write first: Host, User-Agent. */
static void place_agent(hr_http1_lines *lines, hr_slice name)
{
    if (name.length == sizeof(agent_name) - 1 && hr_slice_begins(name, agent_name)) {
        lines->is_agent_moved = lines->line_count != 1 || lines->host.text == NULL ||
                                memcmp(name.text, agent_name, name.length) != 0;
    }
}

static void read_line(hr_http1_lines *lines, hr_slice line)
{
    hr_slice value = line;
    const hr_slice name = cut(&value, ':');

    place_agent(lines, name);
    lines->line_count++;
    for (size_t i = 0; i < G_N_ELEMENTS(readers); i++) {
        if (name.length == readers[i].length && hr_slice_begins(name, readers[i].name)) {
            readers[i].read(lines, trimmed(value));
            return;
        }
    }
}

/* The line at *offset without its end; *offset moves behind it. False where it is cut off. */
static bool next_line(tvbuff_t *tvb, int *offset, hr_slice *line)
{
    const int captured = (int)tvb_captured_length_remaining(tvb, *offset);
    const int end = captured > 0 ? tvb_find_uint8(tvb, *offset, captured, '\n') : -1;

    if (end < 0) {
        return false;
    }
    line->text = (const char *)tvb_get_ptr(tvb, *offset, end - *offset + 1);
    line->length = (size_t)(end - *offset);
    if (line->length > 0 && line->text[line->length - 1] == '\r') {
        line->length--;
    }
    *offset = end + 1;
    return true;
}

/* A chunk's size from its line, chunk extensions left out; -1 where it is none. */
static int64_t chunk_size(hr_slice line)
{
    int64_t size = 0;
    size_t digits = 0;

    for (; digits < line.length && g_ascii_isxdigit(line.text[digits]); digits++) {
        if (digits >= MAX_CHUNK_DIGITS) {
            return -1;
        }
        size = size * 16 + g_ascii_xdigit_value(line.text[digits]);
    }
    return digits > 0 ? size : -1;
}

/* Walks the chunks from @offset; each step reads one line and skips the data (RFC 9112 §7.1). */
static void read_chunks(hr_http1_lines *lines, tvbuff_t *tvb, int offset, int64_t end)
{
    const int begin = offset;
    hr_slice line;

    while (offset < end && next_line(tvb, &offset, &line)) {
        const int64_t size = chunk_size(line);
        if (size < 0 || size > end - offset) {
            return;
        }
        if (size > 0) {
            offset += (int)size + 2;
            continue;
        }
        do { /* the trailer section, to its empty line */
            if (offset >= end || !next_line(tvb, &offset, &line)) {
                return;
            }
        } while (line.length > 0);
        lines->extent.is_chunked_end_seen = true;
        lines->extent.chunked_length = (uint64_t)(offset - begin);
        return;
    }
}

hr_http1_lines hr_http1_lines_read(tvbuff_t *tvb, int offset, uint64_t available)
{
    hr_http1_lines lines = {.keep_alive_max = -1, .keep_alive_timeout = -1};
    const int begin = offset;
    const int64_t end = begin + (int64_t)MIN(available, (uint64_t)INT32_MAX / 2);
    hr_slice line = {NULL, 0};

    lines.extent.is_header_cut = true;
    if (!next_line(tvb, &offset, &lines.start_line)) {
        const int captured = (int)tvb_captured_length_remaining(tvb, begin);
        lines.start_line =
            (hr_slice){captured > 0 ? (const char *)tvb_get_ptr(tvb, begin, captured) : "",
                       (size_t)MAX(captured, 0)};
        return lines;
    }
    while (offset < end && next_line(tvb, &offset, &line)) {
        if (line.length == 0) {
            lines.extent.is_header_cut = false;
            break;
        }
        read_line(&lines, line);
    }
    lines.extent.header_length = (uint64_t)(offset - begin);
    if (!lines.extent.is_header_cut && lines.extent.is_chunked) {
        read_chunks(&lines, tvb, offset, end);
    }
    return lines;
}

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

static void read_connection(hr_http1_lines *lines, hr_slice value)
{
    while (value.length > 0) {
        const hr_slice option = hr_slice_trimmed(hr_slice_cut(&value, ','));
        lines->says_close |= hr_slice_is_mostly(option, "close");
        lines->says_keep_alive |= hr_slice_is_mostly(option, "keep-alive");
    }
}

static void read_keep_alive(hr_http1_lines *lines, hr_slice value)
{
    while (value.length > 0) {
        hr_slice number = hr_slice_trimmed(hr_slice_cut(&value, ','));
        const hr_slice name = hr_slice_trimmed(hr_slice_cut(&number, '='));
        if (hr_slice_is(name, "max")) {
            lines->keep_alive_max =
                (int32_t)hr_slice_number(hr_slice_trimmed(number), INT32_MAX / 2);
        } else if (hr_slice_is(name, "timeout")) {
            lines->keep_alive_timeout =
                (int32_t)hr_slice_number(hr_slice_trimmed(number), INT32_MAX / 2);
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

/* Of several, in one line or in more, all have to be the same (RFC 9112 §6.3). */
static void read_content_length(hr_http1_lines *lines, hr_slice value)
{
    hr_http1_extent *extent = &lines->extent;

    note_length(lines, is_digits(value));
    do {
        const hr_slice each = hr_slice_trimmed(hr_slice_cut(&value, ','));
        const uint64_t length = (uint64_t)MAX(hr_slice_number(each, INT64_MAX / 16), 0);
        extent->is_length_odd |=
            !is_digits(each) || (extent->has_content_length && extent->content_length != length);
        extent->has_content_length = true;
        extent->content_length = length;
    } while (value.length > 0);
}

static void read_content_type(hr_http1_lines *lines, hr_slice value)
{
    lines->content_type = value;
}

static void read_transfer_encoding(hr_http1_lines *lines, hr_slice value)
{
    note_length(lines, hr_slice_is(value, "chunked"));
    while (value.length > 0) {
        lines->extent.is_chunked |=
            hr_slice_is(hr_slice_trimmed(hr_slice_cut(&value, ',')), "chunked");
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

static void read_expect(hr_http1_lines *lines, hr_slice value)
{
    lines->expects_continue |= hr_slice_is(value, "100-continue");
}

#define READER(name, read)                                                                         \
    {                                                                                              \
        name, sizeof(name) - 1, read                                                               \
    }

/* As they are mostly written. */
static const struct {
    const char *name;
    size_t length;
    void (*read)(hr_http1_lines *lines, hr_slice value);
} readers[] = {
    READER("Authorization", read_authorization),
    READER("CDN-Loop", read_forwarded), /* RFC 8586 */
    READER("Connection", read_connection),
    READER("Content-Length", read_content_length),
    READER("Content-Type", read_content_type),
    READER("Expect", read_expect),
    READER("Forwarded", read_forwarded),
    READER("Host", read_host),
    READER("Keep-Alive", read_keep_alive),
    READER("Proxy-Authorization", read_authorization),
    READER("Server", read_server),
    READER("Transfer-Encoding", read_transfer_encoding),
    READER("Upgrade", read_upgrade),
    READER("User-Agent", read_user_agent),
    READER("Via", read_via),
    READER("x-envoy-expected-rq-timeout-ms", read_forwarded),
    READER("X-Forwarded-For", read_forwarded),
    READER("X-Forwarded-Host", read_forwarded),
    READER("X-Forwarded-Server", read_forwarded),
    READER("X-Real-IP", read_forwarded),
    READER("X-Varnish", read_forwarded),
};

static const char agent_name[] = "User-Agent";

/* The line that ends what some programs write first: Host, User-Agent. */
static void place_agent(hr_http1_lines *lines, hr_slice name)
{
    if (name.length == sizeof(agent_name) - 1) {
        const bool is_exact = memcmp(name.text, agent_name, name.length) == 0;
        if (is_exact || hr_slice_begins(name, agent_name)) {
            lines->is_agent_moved = lines->line_count != 1 || lines->host.text == NULL || !is_exact;
        }
    }
}

/* Whether @name is one of a field (RFC 9110 §5.1) in the usual characters only. */
static bool is_usual_name(hr_slice name)
{
    size_t length = 0;

    while (length < name.length && (g_ascii_isalnum(name.text[length]) ||
                                    name.text[length] == '-' || name.text[length] == '_')) {
        length++;
    }
    return length > 0 && length == name.length;
}

/* Returns whether its name is a usual one, and a colon follows. */
static bool read_line(hr_http1_lines *lines, hr_slice line)
{
    hr_slice value = line;
    const hr_slice name = hr_slice_cut(&value, ':');

    place_agent(lines, name);
    lines->line_count++;
    for (size_t i = 0; i < G_N_ELEMENTS(readers); i++) {
        if (name.length == readers[i].length &&
            (memcmp(name.text, readers[i].name, name.length) == 0 ||
             hr_slice_begins(name, readers[i].name))) {
            readers[i].read(lines, hr_slice_trimmed(value));
            return name.length < line.length;
        }
    }
    return name.length < line.length && is_usual_name(name);
}

/* What was captured of a message, and where its next line begins. */
typedef struct {
    const char *text;
    size_t length;
    size_t at;
    bool is_odd; /* a line was not as usual: its end, or a character in it */
} message_bytes;

enum {
    WORD = sizeof(uint64_t)
};

/* Whether one of the bytes of a word at @text is below ' '. */
static bool has_control(const char *text)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t word = 0;

    memcpy(&word, text, WORD);
    return ((word - each * ' ') & ~word & each * 0x80) != 0;
}

/* Whether what is a line, and what is in it, is the same to all. Its last word may be looked at in
 * part twice. */
static bool is_usual_text(hr_slice line)
{
    const size_t size = line.length;
    size_t at = 0;

    while (at + WORD <= size && !has_control(line.text + at)) {
        at += WORD;
    }
    if (at + WORD > size && size >= WORD && !has_control(line.text + size - WORD)) {
        return true;
    }
    while (at < size && ((unsigned char)line.text[at] >= ' ' || line.text[at] == '\t')) {
        at++;
    }
    return at == size;
}

/* The next line without its end. False where it is cut off. */
static bool next_line(message_bytes *bytes, hr_slice *line)
{
    if (bytes->at >= bytes->length) {
        return false;
    }
    const char *begin = bytes->text + bytes->at;
    const char *end = memchr(begin, '\n', bytes->length - bytes->at);
    if (end == NULL) {
        return false;
    }
    const bool has_return = end > begin && end[-1] == '\r';
    *line = (hr_slice){begin, (size_t)(end - begin) - (has_return ? 1 : 0)};
    bytes->at += (size_t)(end - begin) + 1;
    bytes->is_odd |= !has_return || !is_usual_text(*line);
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

/* Walks the chunks, up to @end; each step reads one line and skips the data (RFC 9112 §7.1). */
static void read_chunks(hr_http1_lines *lines, message_bytes *bytes, size_t end)
{
    const size_t begin = bytes->at;
    hr_slice line;

    while (bytes->at < end && next_line(bytes, &line)) {
        const int64_t size = chunk_size(line);
        if (size < 0 || size > (int64_t)end - (int64_t)bytes->at) {
            return;
        }
        if (size > 0) {
            bytes->at += (size_t)size + 2;
            continue;
        }
        do { /* the trailer section, to its empty line */
            if (bytes->at >= end || !next_line(bytes, &line)) {
                return;
            }
        } while (line.length > 0);
        lines->extent.is_chunked_end_seen = true;
        lines->extent.chunked_length = bytes->at - begin;
        return;
    }
}

static message_bytes bytes_at(tvbuff_t *tvb, int offset)
{
    const int captured = (int)tvb_captured_length_remaining(tvb, offset);

    if (captured <= 0) {
        return (message_bytes){.text = ""};
    }
    return (message_bytes){.text = (const char *)tvb_get_ptr(tvb, offset, captured),
                           .length = (size_t)captured};
}

void hr_http1_lines_read(hr_http1_lines *lines, tvbuff_t *tvb, int offset, uint64_t available)
{
    const size_t end = (size_t)MIN(available, (uint64_t)INT32_MAX / 2);
    message_bytes bytes = bytes_at(tvb, offset);
    hr_slice line = {NULL, 0};
    bool has_usual_names = true;

    *lines = (hr_http1_lines){.keep_alive_max = -1, .keep_alive_timeout = -1};
    lines->extent.is_header_cut = true;
    if (!next_line(&bytes, &lines->start_line)) {
        lines->start_line = (hr_slice){bytes.text, bytes.length};
        return;
    }
    while (bytes.at < end && next_line(&bytes, &line)) {
        if (line.length == 0) {
            lines->extent.is_header_cut = false;
            break;
        }
        has_usual_names &= read_line(lines, line);
    }
    lines->extent.header_length = bytes.at;
    lines->is_usual = has_usual_names && !bytes.is_odd;
    if (!lines->extent.is_header_cut && lines->extent.is_chunked) {
        read_chunks(lines, &bytes, end);
    }
}

/* trace.c
 * Lines and their members. JSON is Wireshark's own (wsutil/wsjson.h); members that are not asked
 * for are passed over.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace/trace.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <wsutil/wsjson.h>

enum {
    LINE_BYTES = 65536, /* a longer line is no call: paths are at most 8 KiB, see printable.h */
    LINE_TOKENS = 256,
    FILE_MAX_MIB = 1024,
    TIME_DECIMALS = 9,
};

/* A member that is a string; absent where there is none. json_get_string() decodes it in place. */
static hr_slice string_member(char *line, jsmntok_t *object, const char *name)
{
    const char *text = json_get_string(line, object, name);

    return (hr_slice){text, text != NULL ? strlen(text) : 0};
}

/* "1764162728.123456789", as in our own records: a double would lose the nanoseconds. */
static bool parse_time(hr_slice text, int64_t *ns)
{
    char *end = NULL;

    if (text.text == NULL || !g_ascii_isdigit(text.text[0])) {
        return false;
    }
    const gint64 seconds = g_ascii_strtoll(text.text, &end, 10);
    if (seconds > HR_TIME_LATEST / HR_NS_PER_S || *end != '.' ||
        strspn(end + 1, "0123456789") != TIME_DECIMALS || end[1 + TIME_DECIMALS] != '\0') {
        return false;
    }
    *ns = seconds * HR_NS_PER_S + g_ascii_strtoll(end + 1, NULL, 10);
    return true;
}

/* "127.0.0.1:8080", "[::1]:8080". */
static bool parse_endpoint(hr_slice text, hr_slice *address, uint16_t *port)
{
    const char *colon = text.text != NULL ? strrchr(text.text, ':') : NULL;
    char *end = NULL;

    if (colon == NULL || !g_ascii_isdigit(colon[1])) {
        return false;
    }
    const guint64 number = g_ascii_strtoull(colon + 1, &end, 10);
    if (*end != '\0' || number > G_MAXUINT16) {
        return false;
    }
    const bool is_bracketed = text.text[0] == '[' && colon[-1] == ']';
    *address = (hr_slice){text.text + is_bracketed,
                          (size_t)(colon - text.text) - 2 * (size_t)is_bracketed};
    *port = (uint16_t)number;
    return true;
}

/* NULL, or what is wrong with it. */
static const char *parse_call(char *line, jsmntok_t *object, hr_traced_call *call)
{
    const hr_slice local = string_member(line, object, "local");
    const hr_slice remote = string_member(line, object, "remote");

    memset(call, 0, sizeof(*call));
    if (!parse_time(string_member(line, object, "time"), &call->got_ns)) {
        return "it has no time";
    }
    (void)parse_time(string_member(line, object, "end"), &call->end_ns);
    if (!parse_time(string_member(line, object, "wrote"), &call->done_ns)) {
        call->done_ns = MAX(call->end_ns, call->got_ns);
    }
    /* Of a Unix socket the ends are "@" and a path: no connection that a capture can have. */
    if (!parse_endpoint(local, &call->local.address, &call->local.port) ||
        !parse_endpoint(remote, &call->remote.address, &call->remote.port)) {
        memset(&call->local, 0, sizeof(call->local));
    }
    call->site = string_member(line, object, "site");
    call->function = string_member(line, object, "function");
    call->method = string_member(line, object, "method");
    call->host = string_member(line, object, "host");
    call->path = string_member(line, object, "path");
    call->error = string_member(line, object, "error");
    return NULL;
}

/* The same of a line of text. */
static const char *take_line(hr_model *model, char *line)
{
    jsmntok_t tokens[LINE_TOKENS];
    hr_traced_call call;
    const int count = json_parse(line, tokens, LINE_TOKENS);

    if (count < 1 || tokens[0].type != JSMN_OBJECT) {
        return "it is no JSON object";
    }
    const char *why = parse_call(line, &tokens[0], &call);
    if (why == NULL) {
        hr_model_add_traced(model, &call);
    }
    return why;
}

/* Reads a line or so much of it as @chunk holds; any of its bytes may be NUL. False at the end. */
static bool read_chunk(FILE *in, char *chunk, bool *is_end)
{
    char *last = &chunk[LINE_BYTES - 2];

    *last = '\n'; /* stays where the line ends before */
    if (fgets(chunk, LINE_BYTES, in) == NULL) {
        return false;
    }
    *is_end = last[0] == '\n' || last[-1] == '\n';
    return true;
}

/* Reads a line, all of it, of which @line gets the beginning; false at the end. */
static bool read_line(FILE *in, char *line, bool *is_too_long)
{
    char rest[LINE_BYTES];
    bool is_end = false;

    *is_too_long = false;
    if (!read_chunk(in, line, &is_end)) {
        return false;
    }
    while (!is_end && read_chunk(in, rest, &is_end)) {
        *is_too_long = true;
    }
    return true;
}

/* What begins with NUL is not, but damaged. */
static bool is_blank(const char *line)
{
    const size_t blanks = strspn(line, " \t\r\n");

    return blanks > 0 && line[blanks] == '\0' && line[blanks - 1] == '\n';
}

static void take_lines(hr_model *model, FILE *in, hr_trace_damage *damage, uint64_t *calls)
{
    char *line = g_malloc(LINE_BYTES);
    bool is_too_long = false;

    for (uint64_t number = 1; read_line(in, line, &is_too_long); number++) {
        if (is_blank(line)) {
            continue;
        }
        const char *why = is_too_long ? "it is too long" : take_line(model, line);
        if (why == NULL) {
            ++*calls;
            continue;
        }
        hr_model_add_damaged_call(model);
        if (damage->lines++ == 0) {
            damage->first = number;
            damage->why = why;
        }
    }
    g_free(line);
}

bool hr_trace_read(hr_model *model, const char *file, hr_trace_damage *damage, char **error)
{
    GStatBuf about;
    uint64_t calls = 0;

    memset(damage, 0, sizeof(*damage));
    hr_model_begin_trace(model);
    const bool is_there = g_stat(file, &about) == 0;
    const bool is_file = is_there && S_ISREG(about.st_mode);
    FILE *in = is_file ? g_fopen(file, "rb") : NULL; /* a FIFO would wait for a writer */

    if (!is_there || (is_file && in == NULL)) {
        *error = g_strdup(g_strerror(errno));
    } else if (in == NULL) {
        *error = g_strdup("it is no file");
    } else if ((about.st_size >> 20) >= FILE_MAX_MIB) {
        *error = g_strdup_printf("it has more than %d MiB", FILE_MAX_MIB);
    } else {
        take_lines(model, in, damage, &calls);
        if (ferror(in)) {
            *error = g_strdup("it cannot be read to its end");
        } else if (calls == 0 && damage->lines > 0) {
            *error = g_strdup_printf("it is no trace: line %" G_GUINT64_FORMAT ": %s",
                                     damage->first, damage->why);
        }
    }
    if (in != NULL) {
        (void)fclose(in);
    }
    return *error == NULL;
}

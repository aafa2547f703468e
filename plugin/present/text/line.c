/* line.c
 * Escaping, cutting, units and wrapping for the text report. It knows nothing of what the
 * report says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/text/line.h"

#include <inttypes.h>
#include <string.h>

#include "core/model/printable.h"

#define CUT_MARK "..."
#define CUT_MARK_COLUMNS 3

/* A combining mark counts as a column too: else a name of thousands of them would never be cut. */
static size_t character_width(gunichar character)
{
    return g_unichar_iswide(character) ? 2 : 1;
}

static bool is_utf8(gunichar character)
{
    return character != (gunichar)-1 && character != (gunichar)-2;
}

/* Appends the character at *at, moves *at past it and returns the columns that it takes. */
static size_t append_character(GString *line, const char **at)
{
    gunichar character = g_utf8_get_char_validated(*at, -1);
    const char *end = is_utf8(character) ? g_utf8_next_char(*at) : *at + 1;

    if (is_utf8(character) && hr_is_printable(character)) {
        g_string_append_len(line, *at, end - *at);
        *at = end;
        return character_width(character);
    }
    size_t width = 0;
    for (; *at < end; ++*at, width += 4) {
        g_string_append_printf(line, "\\x%02x", (unsigned char)**at);
    }
    return width;
}

void hr_text_captured(GString *line, const char *value, size_t columns)
{
    size_t used = 0;
    size_t cut = line->len;

    g_return_if_fail(columns >= CUT_MARK_COLUMNS);
    if (value == NULL) {
        value = "-";
    }
    while (*value != '\0') {
        used += append_character(line, &value);
        if (used > columns) {
            g_string_truncate(line, cut);
            g_string_append(line, CUT_MARK);
            return;
        }
        if (used + CUT_MARK_COLUMNS <= columns) {
            cut = line->len;
        }
    }
}

void hr_text_count(GString *line, uint64_t count, const char *noun)
{
    g_string_append_printf(line, "%" PRIu64 HR_TEXT_JOIN "%s%s", count, noun,
                           count == 1 ? "" : "s");
}

/* Integers only: printf would print the decimal comma of the user's locale. */
void hr_text_duration(GString *line, int64_t ns, const char *absent)
{
    static const struct {
        uint64_t below_ns, step_ns;
        uint64_t steps; /* of one unit: as many decimals as it has zeros */
        int decimals;
        const char *unit;
    } scales[] = {
        {10000000, 1000, 1000, 3, "ms"},     {100000000, 10000, 100, 2, "ms"},
        {1000000000, 100000, 10, 1, "ms"},   {100000000000, 1000000, 1000, 3, "s"},
        {UINT64_MAX, 100000000, 10, 1, "s"},
    };

    if (ns == HR_TIME_NONE) {
        g_string_append(line, absent);
        return;
    }
    uint64_t magnitude = ns < 0 ? (uint64_t)-ns : (uint64_t)ns;
    size_t scale = 0;
    while (magnitude >= scales[scale].below_ns) {
        scale++;
    }
    uint64_t steps = (magnitude + scales[scale].step_ns / 2) / scales[scale].step_ns;
    g_string_append_printf(line, "%s%" PRIu64 ".%0*" PRIu64 HR_TEXT_JOIN "%s", ns < 0 ? "-" : "",
                           steps / scales[scale].steps, scales[scale].decimals,
                           steps % scales[scale].steps, scales[scale].unit);
}

void hr_text_percent(GString *line, double ratio)
{
    if (ratio < 0) {
        g_string_append_c(line, '-');
        return;
    }
    int permille = (int)(ratio * 1000 + 0.5);
    if (permille >= 1000 && ratio < 1) {
        permille = 999;
    }
    if (permille == 0 && ratio > 0) {
        g_string_append_c(line, '<');
        permille = 1;
    }
    g_string_append_printf(line, "%d.%d" HR_TEXT_JOIN "%%", permille / 10, permille % 10);
}

size_t hr_text_width(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        width += character_width(g_utf8_get_char(text));
    }
    return width;
}

void hr_text_pad(GString *line, size_t column)
{
    size_t width = hr_text_width(line->str);

    do {
        g_string_append_c(line, ' ');
    } while (++width < column);
}

static void write_slice(FILE *out, const char *text, size_t length)
{
    while (length > 0 && text[length - 1] == ' ') {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        putc(text[i] == HR_TEXT_JOIN[0] ? ' ' : text[i], out);
    }
    putc('\n', out);
}

void hr_text_write_line(FILE *out, GString *line)
{
    write_slice(out, line->str, line->len);
    g_string_truncate(line, 0);
}

/* Where the line that begins at @text has to end to take @room columns: at a space, else at the
   first space after that, or at the end. */
static const char *break_at(const char *text, size_t room)
{
    const char *fitting = NULL;
    const char *at = text + strspn(text, " ");
    size_t width = (size_t)(at - text);

    for (; *at != '\0'; at = g_utf8_next_char(at)) {
        if (*at == ' ') {
            if (width > room) {
                return fitting != NULL ? fitting : at;
            }
            fitting = at;
        }
        width += character_width(g_utf8_get_char(at));
    }
    return width > room && fitting != NULL ? fitting : at;
}

void hr_text_write_wrapped(FILE *out, GString *line, size_t indent)
{
    const char *at = line->str;
    size_t room = HR_TEXT_COLUMNS;

    do {
        const char *end = break_at(at, room);
        write_slice(out, at, (size_t)(end - at));
        at = end + strspn(end, " ");
        if (*at != '\0') {
            fprintf(out, "%*s", (int)indent, "");
        }
        room = HR_TEXT_COLUMNS - indent;
    } while (*at != '\0');
    g_string_truncate(line, 0);
}

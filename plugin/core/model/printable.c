/* printable.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/printable.h"

bool hr_is_printable(gunichar character)
{
    switch (g_unichar_type(character)) {
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR: /* they count as printable in GLib */
        return false;
    default:
        return g_unichar_isprint(character);
    }
}

static bool is_plain(char c)
{
    return c >= ' ' && c <= '~';
}

bool hr_is_plain(const char *text, size_t length)
{
    bool is_other = length > HR_PRINTABLE_BYTES;

    for (size_t at = 0; at < length && at < HR_PRINTABLE_BYTES; at++) { /* many at once */
        is_other |= !is_plain(text[at]);
    }
    return !is_other;
}

static bool is_utf8(gunichar character)
{
    return character != (gunichar)-1 && character != (gunichar)-2;
}

static void append_octet(GString *to, unsigned char octet)
{
    static const char digits[] = "0123456789abcdef";
    const char escape[] = {'\\', 'x', digits[octet >> 4], digits[octet & 0xf]};

    g_string_append_len(to, escape, sizeof(escape));
}

/* Appends what stands at @text, where @length bytes are left; returns how many it took. */
static size_t append_character(GString *to, const char *text, size_t length)
{
    /* A NUL would count as the end of the text. */
    const gunichar character =
        *text != '\0' ? g_utf8_get_char_validated(text, (gssize)length) : (gunichar)-1;
    const size_t size = is_utf8(character) ? (size_t)(g_utf8_next_char(text) - text) : 1;

    if (is_utf8(character) && hr_is_printable(character)) {
        g_string_append_len(to, text, (gssize)size);
        return size;
    }
    for (size_t i = 0; i < size; i++) {
        append_octet(to, (unsigned char)text[i]);
    }
    return size;
}

void hr_printable_append(GString *to, const char *text, size_t length)
{
    const size_t limit = to->len + HR_PRINTABLE_BYTES;
    size_t at = 0;

    while (at < length && to->len < limit) {
        const size_t most = MIN(length - at, limit - to->len);
        size_t plain = 0;
        while (plain < most && is_plain(text[at + plain])) {
            plain++;
        }
        g_string_append_len(to, text + at, (gssize)plain);
        at += plain;
        if (plain < most) {
            at += append_character(to, text + at, length - at);
        }
    }
    if (at < length) {
        g_string_append_printf(to, "...(%" G_GSIZE_FORMAT " bytes)", length);
    }
}

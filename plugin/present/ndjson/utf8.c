/* utf8.c
 * It knows what is not UTF-8 (as GLib does: surrogates, overlong forms and code points above
 * U+10FFFF are not) and nothing of the escapes of JSON or any other format.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/ndjson/utf8.h"

const char *hr_utf8_make_valid(const char *text, GString *scratch)
{
    const char *rest = text;
    const char *bad = NULL;

    if (g_utf8_validate(text, -1, NULL)) {
        return text;
    }
    g_string_truncate(scratch, 0);
    while (!g_utf8_validate(rest, -1, &bad)) {
        g_string_append_len(scratch, rest, bad - rest);
        g_string_append_printf(scratch, "\\x%02x", (unsigned)(unsigned char)*bad);
        rest = bad + 1;
    }
    g_string_append(scratch, rest);
    return scratch->str;
}

/* slices.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "slices.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

hr_slice hr_slice_trimmed(hr_slice slice)
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

bool hr_slice_is_mostly(hr_slice slice, const char *text)
{
    return hr_slice_is_exactly(slice, text) || hr_slice_is(slice, text);
}

hr_slice hr_slice_cut(hr_slice *rest, char mark)
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
    return hr_slice_cut(rest, ' ');
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

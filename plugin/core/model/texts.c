/* texts.c
 * Of equal texts the model has one, printable.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/model/hash.h"
#include "core/model/literal.h"
#include "core/model/printable.h"
#include "core/model/store.h"

/* The scratch's text. */
static const char *intern_scratch(hr_model *model)
{
    return hr_text_set_take(&model->interned, model->scratch->str, model->scratch->len);
}

static bool is_text(hr_slice slice, const char *text, size_t length)
{
    return slice.text != NULL && slice.length == length && memcmp(slice.text, text, length) == 0;
}

/* Where a text stands among the latest. Who makes some collide has them take the longer way, no
 * more: what is looked through has a keyed hash. */
static size_t place_of(const char *text, size_t length)
{
    const uint64_t mixing = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t hash = length;
    uint64_t word = 0;
    size_t at = 0;

    for (; at + sizeof(word) < length; at += sizeof(word)) {
        memcpy(&word, text + at, sizeof(word));
        hash = (hash ^ word) * mixing;
        hash ^= hash >> 32;
    }
    if (length >= sizeof(word)) {
        memcpy(&word, text + length - sizeof(word), sizeof(word));
    } else {
        for (; at < length; at++) {
            word = word << 8 | (unsigned char)text[at];
        }
    }
    /* In the highest bits of a product every bit has a say: names differ in their last letters. */
    return (size_t)(((hash ^ word) * mixing) >> (64 - HR_RECENT_BITS));
}

/* Most texts came a moment ago, and most are printable as they are: these need no copy. */
const char *hr_model_intern(hr_model *model, const char *text, size_t length)
{
    if (text == NULL) {
        return NULL;
    }
    hr_slice *recent = &model->recent[place_of(text, length)];
    if (is_text(*recent, text, length)) {
        return recent->text;
    }
    if (hr_is_plain(text, length)) {
        *recent = (hr_slice){hr_text_set_take(&model->interned, text, length), length};
        return recent->text;
    }
    g_string_truncate(model->scratch, 0);
    hr_printable_append(model->scratch, text, length);
    return intern_scratch(model);
}

const char *hr_model_intern_slice(hr_model *model, hr_slice slice)
{
    return hr_model_intern(model, slice.text, slice.length);
}

static bool has_upper(hr_slice slice)
{
    size_t at = 0;

    while (at < slice.length && !g_ascii_isupper(slice.text[at])) {
        at++;
    }
    return at < slice.length;
}

const char *hr_model_intern_lower(hr_model *model, hr_slice slice)
{
    if (slice.text == NULL || !has_upper(slice)) {
        return hr_model_intern_slice(model, slice);
    }
    g_string_truncate(model->scratch, 0);
    hr_printable_append(model->scratch, slice.text, slice.length);
    g_string_ascii_down(model->scratch);
    return intern_scratch(model);
}

/* Appends an address of IPv6, and the zone behind it (RFC 6874); false where it is none. */
static bool append_address(GString *to, hr_slice address)
{
    char canonical[HR_IPV6_TEXT_SIZE];
    const char *zone = memchr(address.text, '%', address.length);
    const size_t length = zone != NULL ? (size_t)(zone - address.text) : address.length;

    if (!hr_ipv6_text(address.text, length, canonical)) {
        return false;
    }
    g_string_append(to, canonical);
    if (zone != NULL) {
        hr_printable_append(to, zone, address.length - length);
    }
    return true;
}

const char *hr_model_intern_address(hr_model *model, hr_slice address)
{
    g_string_truncate(model->scratch, 0);
    return address.length > 0 && append_address(model->scratch, address)
               ? intern_scratch(model)
               : hr_model_intern_lower(model, address);
}

const char *hr_model_intern_host(hr_model *model, hr_slice host)
{
    const bool is_bracketed = host.length > 0 && host.text[0] == '[';
    const char *close = is_bracketed ? memchr(host.text, ']', host.length) : NULL;

    if (close == NULL) {
        return hr_model_intern_lower(model, host); /* most are names */
    }
    const size_t closed = (size_t)(close - host.text);
    g_string_assign(model->scratch, "[");
    if (!append_address(model->scratch, (hr_slice){host.text + 1, closed - 1})) {
        return hr_model_intern_lower(model, host);
    }
    hr_printable_append(model->scratch, close, host.length - closed);
    return intern_scratch(model);
}

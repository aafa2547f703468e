/* texts.c
 * Of equal texts the model has one, printable.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/model/hash.h"
#include "core/model/printable.h"
#include "core/model/store.h"

/* The scratch's text. */
static const char *intern_scratch(hr_model *model)
{
    const char *text = g_hash_table_lookup(model->interned, model->scratch->str);

    if (text == NULL) {
        text = g_string_chunk_insert_len(model->strings, model->scratch->str,
                                         (gssize)model->scratch->len);
        g_hash_table_add(model->interned, (gpointer)text);
    }
    return text;
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
    return (size_t)(((hash ^ word) * mixing) >> 32) % HR_RECENT_TEXTS;
}

/* Most texts came a moment ago: these are found without a copy. */
const char *hr_model_intern(hr_model *model, const char *text, size_t length)
{
    if (text == NULL) {
        return NULL;
    }
    hr_slice *recent = &model->recent[place_of(text, length)];
    if (is_text(*recent, text, length)) {
        return recent->text;
    }
    g_string_truncate(model->scratch, 0);
    hr_printable_append(model->scratch, text, length);
    const hr_slice interned = {intern_scratch(model), model->scratch->len};
    if (is_text(interned, text, length)) { /* nothing had to be made printable */
        *recent = interned;
    }
    return interned.text;
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

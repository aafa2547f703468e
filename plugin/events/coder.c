/* coder.c
 * A text that came before is written as its place in a table that writer and reader fill alike:
 * each text has one place by its hash, and takes it from the one before at the end of its event.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "events/coder.h"

#include <string.h>

enum {
    /* How a text begins: absent, the place of a known one follows, or its length + TEXT_NEW. */
    TEXT_ABSENT = 0,
    TEXT_KNOWN = 1,
    TEXT_NEW = 2,
};

void hr_coder_init_writer(hr_coder *coder, GByteArray *out)
{
    *coder = (hr_coder){.out = out, .texts = g_new0(hr_slice, HR_TEXTS)};
    coder->copies = g_malloc0_n(HR_TEXTS, sizeof(*coder->copies));
}

void hr_coder_init_reader(hr_coder *coder)
{
    *coder = (hr_coder){.texts = g_new0(hr_slice, HR_TEXTS)};
}

void hr_coder_clear(hr_coder *coder)
{
    g_clear_pointer(&coder->texts, g_free);
    g_clear_pointer(&coder->copies, g_free);
}

/* ---- numbers ---- */

void hr_coder_put_number(hr_coder *coder, uint64_t value)
{
    uint8_t bytes[10];
    guint count = 0;

    while (value >= HR_NUMBER_MORE) {
        bytes[count++] = (uint8_t)(value | HR_NUMBER_MORE);
        value >>= HR_NUMBER_BITS;
    }
    bytes[count++] = (uint8_t)value;
    g_byte_array_append(coder->out, bytes, count);
}

uint64_t hr_coder_take_long_number(hr_coder *coder)
{
    const uint8_t *at = coder->at;
    uint64_t value = 0;

    if (coder->end - at >= 2 && at[1] < HR_NUMBER_MORE) { /* as most of these have */
        coder->at += 2;
        return (at[0] & (HR_NUMBER_MORE - 1)) | (uint64_t)at[1] << HR_NUMBER_BITS;
    }
    for (unsigned shift = 0; shift < 64 && at < coder->end; shift += HR_NUMBER_BITS) {
        const uint8_t byte = *at++;
        value |= (uint64_t)(byte & (HR_NUMBER_MORE - 1)) << shift;
        if ((byte & HR_NUMBER_MORE) == 0) {
            coder->at = at;
            return value;
        }
    }
    hr_coder_fail(coder);
    return 0;
}

/* ---- texts ---- */

/* FNV-1a: any hash does that spreads. */
static guint place_of(const char *text, size_t length)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)text[i]) * 16777619U;
    }
    return (hash ^ hash >> 16) % HR_TEXTS;
}

static bool is_worth_keeping(size_t length)
{
    return length > 1 && length <= HR_TEXT_KEPT_MAX;
}

/* Not at once: the event may still point to what was in its place. */
static void keep(hr_coder *coder, hr_slice slice)
{
    if (is_worth_keeping(slice.length) && coder->fresh_count < HR_EVENT_TEXTS) {
        coder->fresh[coder->fresh_count++] = slice;
    }
}

void hr_coder_keep_texts(hr_coder *coder)
{
    for (unsigned i = 0; i < coder->fresh_count; i++) {
        hr_slice slice = coder->fresh[i];
        const guint place = place_of(slice.text, slice.length);
        if (coder->copies != NULL) {
            slice.text = memcpy(coder->copies[place], slice.text, slice.length);
        }
        coder->texts[place] = slice;
    }
    coder->fresh_count = 0;
}

void hr_coder_put_slice(hr_coder *coder, hr_slice slice)
{
    if (slice.text == NULL) {
        hr_coder_put_number(coder, TEXT_ABSENT);
        return;
    }
    slice.length = MIN(slice.length, HR_TEXT_MAX);
    const guint place = is_worth_keeping(slice.length) ? place_of(slice.text, slice.length) : 0;
    const hr_slice *known = &coder->texts[place];
    if (is_worth_keeping(slice.length) && known->length == slice.length &&
        memcmp(known->text, slice.text, slice.length) == 0) {
        hr_coder_put_number(coder, TEXT_KNOWN);
        hr_coder_put_number(coder, place);
    } else {
        hr_coder_put_number(coder, TEXT_NEW + slice.length);
        g_byte_array_append(coder->out, (const guint8 *)slice.text, (guint)slice.length);
        keep(coder, slice);
    }
}

hr_slice hr_coder_take_slice(hr_coder *coder)
{
    static const char nothing[] = "";
    const uint64_t begin = hr_coder_take_up_to(coder, TEXT_NEW + HR_TEXT_MAX);

    if (coder->is_bad || begin == TEXT_ABSENT) {
        return (hr_slice){NULL, 0};
    }
    if (begin == TEXT_KNOWN) {
        const uint64_t place = hr_coder_take_up_to(coder, HR_TEXTS - 1);
        if (coder->texts[place].text == NULL) {
            hr_coder_fail(coder);
        }
        return coder->texts[place];
    }
    const size_t length = (size_t)(begin - TEXT_NEW);
    if (length > (size_t)(coder->end - coder->at)) {
        hr_coder_fail(coder);
        return (hr_slice){NULL, 0};
    }
    const hr_slice slice = {length > 0 ? (const char *)coder->at : nothing, length};
    coder->at += length;
    keep(coder, slice);
    return slice;
}

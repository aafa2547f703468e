/* coder.c
 * A text that came before is written as its place in a table that writer and reader fill alike:
 * each text has one place by its hash, and takes it from the one before at the end of its event.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "events/coder.h"

#include <string.h>

enum {
    VARINT_BITS = 7,
    VARINT_MORE = 0x80,
    /* How a text begins: absent, the place of a known one follows, or its length + TEXT_NEW. */
    TEXT_ABSENT = 0,
    TEXT_KNOWN = 1,
    TEXT_NEW = 2,
};

/* As much as an observer reads from a header (http1_header.c), and more than any file has. */
#define LENGTH_MAX ((uint64_t)INT64_MAX / 16)

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

/* ---- bytes ---- */

static uint8_t take_byte(hr_coder *coder)
{
    if (coder->is_bad || coder->at == coder->end) {
        coder->is_bad = true;
        return 0;
    }
    return *coder->at++;
}

void hr_code_byte(hr_coder *coder, uint8_t *value)
{
    if (hr_coder_writes(coder)) {
        g_byte_array_append(coder->out, value, 1);
    } else {
        *value = take_byte(coder);
    }
}

/* ---- numbers ---- */

static void put_number(hr_coder *coder, uint64_t value)
{
    uint8_t bytes[10];
    guint count = 0;

    while (value >= VARINT_MORE) {
        bytes[count++] = (uint8_t)(value | VARINT_MORE);
        value >>= VARINT_BITS;
    }
    bytes[count++] = (uint8_t)value;
    g_byte_array_append(coder->out, bytes, count);
}

static uint64_t take_long_number(hr_coder *coder)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += VARINT_BITS) {
        const uint8_t byte = take_byte(coder);
        value |= (uint64_t)(byte & (VARINT_MORE - 1)) << shift;
        if ((byte & VARINT_MORE) == 0) {
            return coder->is_bad ? 0 : value;
        }
    }
    coder->is_bad = true;
    return 0;
}

static uint64_t take_number(hr_coder *coder)
{
    const uint8_t *at = coder->at;

    if (at < coder->end && *at < VARINT_MORE && !coder->is_bad) { /* as most do */
        coder->at++;
        return *at;
    }
    return take_long_number(coder);
}

static uint64_t take_up_to(hr_coder *coder, uint64_t limit)
{
    const uint64_t value = take_number(coder);

    if (value > limit) {
        coder->is_bad = true;
        return 0;
    }
    return value;
}

void hr_code_u64(hr_coder *coder, uint64_t *value)
{
    if (hr_coder_writes(coder)) {
        put_number(coder, *value);
    } else {
        *value = take_number(coder);
    }
}

void hr_code_u32(hr_coder *coder, uint32_t *value)
{
    if (hr_coder_writes(coder)) {
        put_number(coder, *value);
    } else {
        *value = (uint32_t)take_up_to(coder, UINT32_MAX);
    }
}

void hr_code_u16(hr_coder *coder, uint16_t *value)
{
    if (hr_coder_writes(coder)) {
        put_number(coder, *value);
    } else {
        *value = (uint16_t)take_up_to(coder, UINT16_MAX);
    }
}

void hr_code_i64(hr_coder *coder, int64_t *value)
{
    if (hr_coder_writes(coder)) {
        /* 0, -1, 1, -2 ... as 0, 1, 2, 3 ... */
        put_number(coder, ((uint64_t)*value << 1) ^ (*value < 0 ? UINT64_MAX : 0));
    } else {
        const uint64_t folded = take_number(coder);
        *value = (int64_t)(folded >> 1) ^ -(int64_t)(folded & 1);
    }
}

void hr_code_i32(hr_coder *coder, int32_t *value)
{
    int64_t wide = *value;

    hr_code_i64(coder, &wide);
    if (wide < INT32_MIN || wide > INT32_MAX) {
        coder->is_bad = true;
        wide = 0;
    }
    *value = (int32_t)wide;
}

void hr_code_length(hr_coder *coder, uint64_t *value)
{
    if (hr_coder_writes(coder)) {
        put_number(coder, MIN(*value, LENGTH_MAX));
    } else {
        *value = take_up_to(coder, LENGTH_MAX);
    }
}

void hr_code_choice(hr_coder *coder, unsigned *value, unsigned limit)
{
    if (hr_coder_writes(coder)) {
        put_number(coder, *value);
    } else {
        *value = (unsigned)take_up_to(coder, limit);
    }
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

void hr_coder_end_event(hr_coder *coder)
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

static void put_slice(hr_coder *coder, hr_slice slice)
{
    if (slice.text == NULL) {
        put_number(coder, TEXT_ABSENT);
        return;
    }
    slice.length = MIN(slice.length, HR_TEXT_MAX);
    const guint place = is_worth_keeping(slice.length) ? place_of(slice.text, slice.length) : 0;
    const hr_slice *known = &coder->texts[place];
    if (is_worth_keeping(slice.length) && known->length == slice.length &&
        memcmp(known->text, slice.text, slice.length) == 0) {
        put_number(coder, TEXT_KNOWN);
        put_number(coder, place);
    } else {
        put_number(coder, TEXT_NEW + slice.length);
        g_byte_array_append(coder->out, (const guint8 *)slice.text, (guint)slice.length);
        keep(coder, slice);
    }
}

static hr_slice take_slice(hr_coder *coder)
{
    static const char nothing[] = "";
    const uint64_t begin = take_up_to(coder, TEXT_NEW + HR_TEXT_MAX);

    if (coder->is_bad || begin == TEXT_ABSENT) {
        return (hr_slice){NULL, 0};
    }
    if (begin == TEXT_KNOWN) {
        const uint64_t place = take_up_to(coder, HR_TEXTS - 1);
        coder->is_bad |= coder->texts[place].text == NULL;
        return coder->texts[place];
    }
    const size_t length = (size_t)(begin - TEXT_NEW);
    if (length > (size_t)(coder->end - coder->at)) {
        coder->is_bad = true;
        return (hr_slice){NULL, 0};
    }
    const hr_slice slice = {length > 0 ? (const char *)coder->at : nothing, length};
    coder->at += length;
    keep(coder, slice);
    return slice;
}

void hr_code_slice(hr_coder *coder, hr_slice *slice)
{
    if (hr_coder_writes(coder)) {
        put_slice(coder, *slice);
    } else {
        *slice = take_slice(coder);
    }
}

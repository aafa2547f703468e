/* coder.h
 * Numbers and texts of an event log, in one description for both ways: a coder either writes what
 * it is given or fills it from a log, so that what is written and what is read cannot differ.
 *
 * A log may come from anybody. Reading never leaves its block; what cannot be is_bad, and then all
 * that is read is zero or absent. Memory is bounded: a text lies in the block that holds it, or in
 * the fixed table of texts that came before.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_EVENTS_CODER_H
#define HR_EVENTS_CODER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/model/event.h"

enum {
    HR_TEXTS = 2048,        /* places for texts that may come again */
    HR_TEXT_KEPT_MAX = 192, /* longer ones are not kept */
    HR_TEXT_MAX = 1 << 20,  /* longer ones are cut when they are written */
    HR_EVENT_TEXTS = 8,     /* of one event, so many are kept */
};

/** What each end of a TCP stream said last: the next segment mostly follows from it. */
typedef struct {
    uint32_t next_seq[2];
    uint32_t ack[2];
    uint8_t hops[2];
    hr_way way[2];
} hr_coded_flow;

typedef struct {
    GByteArray *out;                  /**< writing: the open block; reading: NULL */
    const uint8_t *at, *end;          /**< reading: what is left of the open block */
    hr_slice *texts;                  /**< HR_TEXTS places; reading: where the log has them */
    char (*copies)[HR_TEXT_KEPT_MAX]; /**< writing: of these texts; reading: NULL */
    hr_slice fresh[HR_EVENT_TEXTS];   /**< new in the present event, to be kept at its end */
    unsigned fresh_count;
    hr_coded_flow *flow; /**< of the TCP stream that the event is about */
    bool turns_ends;     /**< reading: the ends of what it is about are another one's, the other
                              way round (core/follow/halves.h) */
    bool is_bad;         /**< reading: the log says what no recorder writes */
} hr_coder;

void hr_coder_init_writer(hr_coder *coder, GByteArray *out);
void hr_coder_init_reader(hr_coder *coder); /**< what it reads has to outlive it */
void hr_coder_clear(hr_coder *coder);

/** A file that goes one way only says so before it includes this, by HR_CODER_WRITES as true or
 * false: then no field asks. */
static inline bool hr_coder_writes(const hr_coder *coder)
{
#ifdef HR_CODER_WRITES
    (void)coder;
    return HR_CODER_WRITES;
#else
    return coder->out != NULL;
#endif
}

/** Reading: what is there cannot be. Nothing more is read. */
static inline void hr_coder_fail(hr_coder *coder)
{
    coder->is_bad = true;
    coder->at = coder->end;
}

/* ---- numbers: small ones take one byte (LEB128) ---- */

enum {
    HR_NUMBER_BITS = 7,
    HR_NUMBER_MORE = 0x80, /* of a byte that is not the last */
};

/* As much as an observer reads from a header (http1_header.c), and more than any file has. */
#define HR_CODED_LENGTH_MAX ((uint64_t)INT64_MAX / 16)

void hr_coder_put_number(hr_coder *coder, uint64_t value);
uint64_t hr_coder_take_long_number(hr_coder *coder);

static inline uint64_t hr_coder_take_number(hr_coder *coder)
{
    const uint8_t *at = coder->at;

    if (at < coder->end && *at < HR_NUMBER_MORE) { /* as most do */
        coder->at++;
        return *at;
    }
    return hr_coder_take_long_number(coder);
}

static inline uint64_t hr_coder_take_up_to(hr_coder *coder, uint64_t limit)
{
    const uint64_t value = hr_coder_take_number(coder);

    if (value > limit) {
        hr_coder_fail(coder);
        return 0;
    }
    return value;
}

static inline void hr_code_byte(hr_coder *coder, uint8_t *value)
{
    if (hr_coder_writes(coder)) {
        g_byte_array_append(coder->out, value, 1);
    } else if (coder->at < coder->end) {
        *value = *coder->at++;
    } else {
        hr_coder_fail(coder);
        *value = 0;
    }
}

/** A number of 0 to @limit. */
static inline void hr_code_up_to(hr_coder *coder, uint64_t *value, uint64_t limit)
{
    if (hr_coder_writes(coder)) {
        hr_coder_put_number(coder, *value);
    } else {
        *value = hr_coder_take_up_to(coder, limit);
    }
}

static inline void hr_code_u64(hr_coder *coder, uint64_t *value)
{
    hr_code_up_to(coder, value, UINT64_MAX);
}

static inline void hr_code_u32(hr_coder *coder, uint32_t *value)
{
    uint64_t wide = *value;

    hr_code_up_to(coder, &wide, UINT32_MAX);
    *value = (uint32_t)wide;
}

static inline void hr_code_u16(hr_coder *coder, uint16_t *value)
{
    uint64_t wide = *value;

    hr_code_up_to(coder, &wide, UINT16_MAX);
    *value = (uint16_t)wide;
}

static inline void hr_code_choice(hr_coder *coder, unsigned *value, unsigned limit)
{
    uint64_t wide = *value;

    hr_code_up_to(coder, &wide, limit);
    *value = (unsigned)wide;
}

/** A number of bytes on the wire: sums of a few cannot overflow. */
static inline void hr_code_length(hr_coder *coder, uint64_t *value)
{
    *value = MIN(*value, HR_CODED_LENGTH_MAX);
    hr_code_up_to(coder, value, HR_CODED_LENGTH_MAX);
}

/** Numbers that are near zero on either side: 0, -1, 1, -2 ... as 0, 1, 2, 3 ... */
static inline void hr_code_i64(hr_coder *coder, int64_t *value)
{
    uint64_t folded = ((uint64_t)*value << 1) ^ (*value < 0 ? UINT64_MAX : 0);

    hr_code_u64(coder, &folded);
    *value = (int64_t)(folded >> 1) ^ -(int64_t)(folded & 1);
}

static inline void hr_code_i32(hr_coder *coder, int32_t *value)
{
    int64_t wide = *value;

    hr_code_i64(coder, &wide);
    if (wide < INT32_MIN || wide > INT32_MAX) {
        hr_coder_fail(coder);
        wide = 0;
    }
    *value = (int32_t)wide;
}

/** At most 8 booleans in one byte, hr_code_bools(coder, &one, &other). */
#define hr_code_bools(coder, ...)                                                                  \
    hr_code_bool_list((coder), (bool *const[]){__VA_ARGS__},                                       \
                      sizeof((bool *const[]){__VA_ARGS__}) / sizeof(bool *))
static inline void hr_code_bool_list(hr_coder *coder, bool *const *values, unsigned count)
{
    uint8_t bits = 0;

    g_assert(count <= 8);
    if (hr_coder_writes(coder)) {
        for (unsigned bit = 0; bit < count; bit++) {
            bits |= (uint8_t)(*values[bit] ? 1U << bit : 0);
        }
    }
    hr_code_byte(coder, &bits);
    if (!hr_coder_writes(coder)) {
        for (unsigned bit = 0; bit < count; bit++) {
            *values[bit] = (bits >> bit & 1) != 0;
        }
    }
}

/* ---- texts ---- */

void hr_coder_put_slice(hr_coder *coder, hr_slice slice);
hr_slice hr_coder_take_slice(hr_coder *coder);
void hr_coder_keep_texts(hr_coder *coder);

/** A text or NULL. What is read is valid until the end of the event. */
static inline void hr_code_slice(hr_coder *coder, hr_slice *slice)
{
    if (hr_coder_writes(coder)) {
        hr_coder_put_slice(coder, *slice);
    } else {
        *slice = hr_coder_take_slice(coder);
    }
}

/** The texts of an event are done with. */
static inline void hr_coder_end_event(hr_coder *coder)
{
    if (coder->fresh_count > 0) {
        hr_coder_keep_texts(coder);
    }
}

#endif

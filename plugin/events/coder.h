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
} hr_coded_flow;

typedef struct {
    GByteArray *out;                  /**< writing: the open block; reading: NULL */
    const uint8_t *at, *end;          /**< reading: what is left of the open block */
    hr_slice *texts;                  /**< HR_TEXTS places; reading: where the log has them */
    char (*copies)[HR_TEXT_KEPT_MAX]; /**< writing: of these texts; reading: NULL */
    hr_slice fresh[HR_EVENT_TEXTS];   /**< new in the present event, to be kept at its end */
    unsigned fresh_count;
    hr_coded_flow *flow; /**< of the TCP stream that the event is about */
    bool is_bad;         /**< reading: the log says what no recorder writes */
} hr_coder;

void hr_coder_init_writer(hr_coder *coder, GByteArray *out);
void hr_coder_init_reader(hr_coder *coder); /**< what it reads has to outlive it */
void hr_coder_clear(hr_coder *coder);

static inline bool hr_coder_writes(const hr_coder *coder)
{
    return coder->out != NULL;
}

void hr_code_byte(hr_coder *coder, uint8_t *value);

/** Any number: small ones take one byte (LEB128). */
void hr_code_u64(hr_coder *coder, uint64_t *value);
void hr_code_u32(hr_coder *coder, uint32_t *value);
void hr_code_u16(hr_coder *coder, uint16_t *value);

/** Numbers that are near zero on either side. */
void hr_code_i64(hr_coder *coder, int64_t *value);
void hr_code_i32(hr_coder *coder, int32_t *value);

/** A number of bytes on the wire: sums of a few cannot overflow. */
void hr_code_length(hr_coder *coder, uint64_t *value);

/** A number of 0 to @limit. */
void hr_code_choice(hr_coder *coder, unsigned *value, unsigned limit);

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

/** A text or NULL. What is read is valid until the end of the event. */
void hr_code_slice(hr_coder *coder, hr_slice *slice);

/** The texts of an event are done with. */
void hr_coder_end_event(hr_coder *coder);

#endif

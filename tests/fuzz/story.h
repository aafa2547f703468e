/* story.h
 * How far the story of input.h has been told, the bytes that tell it, and what they make the
 * packets say. Of bytes that are over each is 0.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_TESTS_FUZZ_STORY_H
#define HR_TESTS_FUZZ_STORY_H

#include "core/model/event.h"

enum {
    STREAMS = 8, /* of TCP */
};

typedef struct {
    const uint8_t *data;
    size_t size, at;
    hr_model *model;
    int64_t now_ns;
    uint32_t frame;
    uint32_t next[STREAMS][2]; /* sequence numbers, so that most segments follow each other */
    hr_connection *connection; /* of the present frame */
    unsigned from;
} story;

uint8_t story_byte(story *s);

/** Less than @limit. */
unsigned story_below(story *s, unsigned limit);

bool story_bit(story *s);
uint32_t story_word(story *s);

/** Mostly small, now and then anything. */
uint64_t story_length(story *s);

/** One of those that mean something, or what the input says. */
hr_slice story_text(story *s);

/** An event of what TCP or QUIC carries, on the present connection. */
void story_tell_tcp(story *s);
void story_tell_quic(story *s);

/** What begins or ends in the present segment and no dissector shows. */
void story_look_at_bytes(story *s);

#endif

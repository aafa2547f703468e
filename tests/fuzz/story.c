/* story.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story.h"

#include <string.h>

uint8_t story_byte(story *s)
{
    return s->at < s->size ? s->data[s->at++] : 0;
}

unsigned story_below(story *s, unsigned limit)
{
    return story_byte(s) % limit;
}

bool story_bit(story *s)
{
    return (story_byte(s) & 1) != 0;
}

uint32_t story_word(story *s)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        value = value << 8 | story_byte(s);
    }
    return value;
}

uint64_t story_length(story *s)
{
    const uint8_t kind = story_byte(s);

    switch (kind >> 5) {
    case 0:
        return 0;
    case 7:
        return (uint64_t)story_word(s) << 32 | story_word(s);
    case 6:
        return UINT64_MAX - (kind & 31);
    default:
        return (uint64_t)(kind & 31) * 20;
    }
}

hr_slice story_text(story *s)
{
    static const char *const texts[] = {
        NULL,
        "",
        "GET",
        "HEAD",
        "CONNECT",
        "POST",
        "a.example",
        "b.example:80",
        "[::1]:443",
        "b.example:99999",
        ":80",
        "\xff\x1b[m",
        "Go-http-client/1.1",
        "nginx/1.22.1",
        "1.1 proxy",
        "/x",
        "h2",
        "http/1.1",
    };
    const unsigned index = story_below(s, G_N_ELEMENTS(texts) + 1);

    if (index == G_N_ELEMENTS(texts)) { /* what the input says */
        const size_t wanted = story_byte(s);
        const size_t size = MIN(wanted, s->size - s->at);
        const hr_slice slice = {(const char *)s->data + s->at, size};
        s->at += size;
        return slice;
    }
    return (hr_slice){texts[index], texts[index] != NULL ? strlen(texts[index]) : 0};
}

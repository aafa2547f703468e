/* text_set.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/text_set.h"

#include <string.h>

#include "core/model/hash.h"

enum {
    SLOTS_AT_FIRST = 256
};

struct hr_text_slot {
    const char *text; /* NULL: it is empty */
    guint hash;
    guint length;
};

void hr_text_set_init(hr_text_set *set)
{
    *set = (hr_text_set){.strings = g_string_chunk_new(4096),
                         .slots = g_new0(hr_text_slot, SLOTS_AT_FIRST),
                         .mask = SLOTS_AT_FIRST - 1};
}

void hr_text_set_clear(hr_text_set *set)
{
    g_free(set->slots);
    g_string_chunk_free(set->strings);
}

static void put(hr_text_slot *slots, guint mask, hr_text_slot slot)
{
    guint at = slot.hash & mask;

    while (slots[at].text != NULL) {
        at = (at + 1) & mask;
    }
    slots[at] = slot;
}

static void grow(hr_text_set *set)
{
    const guint mask = 2 * set->mask + 1;
    hr_text_slot *slots = g_new0(hr_text_slot, mask + 1);

    for (guint i = 0; i <= set->mask; i++) {
        if (set->slots[i].text != NULL) {
            put(slots, mask, set->slots[i]);
        }
    }
    g_free(set->slots);
    set->slots = slots;
    set->mask = mask;
}

const char *hr_text_set_take(hr_text_set *set, const char *text, size_t length)
{
    const guint hash = hr_bytes_hash(text, length);
    guint at = hash & set->mask;

    for (; set->slots[at].text != NULL; at = (at + 1) & set->mask) {
        const hr_text_slot *slot = &set->slots[at];
        if (slot->hash == hash && slot->length == (guint)length &&
            memcmp(slot->text, text, length) == 0) {
            return slot->text;
        }
    }
    const char *added = g_string_chunk_insert_len(set->strings, text, (gssize)length);
    put(set->slots, set->mask, (hr_text_slot){added, hash, (guint)length});
    if (++set->count > set->mask / 4 * 3) {
        grow(set);
    }
    return added;
}

/* hash.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/hash.h"

#include <string.h>

enum {
    WORD = sizeof(uint64_t)
};

typedef struct {
    uint64_t low;
    uint64_t high;
} hash_key;

static const hash_key *key_of_this_run(void)
{
    static hash_key key;

    while (key.low == 0 || key.high == 0) {
        key.low = (uint64_t)g_random_int() << 32 | g_random_int();
        key.high = (uint64_t)g_random_int() << 32 | g_random_int();
    }
    return &key;
}

/* ---- SipHash (Aumasson, Bernstein 2012), with one round a word and three at the end ---- */

typedef struct {
    uint64_t v[4];
} sip;

static uint64_t rotated(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void sip_round(sip *s)
{
    uint64_t *v = s->v;

    v[0] += v[1];
    v[1] = rotated(v[1], 13) ^ v[0];
    v[0] = rotated(v[0], 32);
    v[2] += v[3];
    v[3] = rotated(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotated(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotated(v[1], 17) ^ v[2];
    v[2] = rotated(v[2], 32);
}

static void sip_take(sip *s, uint64_t word)
{
    s->v[3] ^= word;
    sip_round(s);
    s->v[0] ^= word;
}

guint hr_bytes_hash(const char *bytes, size_t length)
{
    const hash_key *key = key_of_this_run();
    size_t at = 0;
    uint64_t word = 0;
    sip s = {{key->low ^ UINT64_C(0x736f6d6570736575), key->high ^ UINT64_C(0x646f72616e646f6d),
              key->low ^ UINT64_C(0x6c7967656e657261), key->high ^ UINT64_C(0x7465646279746573)}};

    for (; length - at >= WORD; at += WORD) {
        memcpy(&word, bytes + at, WORD);
        sip_take(&s, word);
    }
    word = 0;
    memcpy(&word, bytes + at, length - at);
    sip_take(&s, word);
    sip_take(&s, length);
    s.v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) {
        sip_round(&s);
    }
    return (guint)(s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3]);
}

guint hr_text_hash(gconstpointer text)
{
    return hr_bytes_hash(text, strlen(text));
}

/* ---- numbers ---- */

uint64_t hr_hash_begin(void)
{
    return key_of_this_run()->low;
}

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014): each bit of @word changes half of the
 * result's. */
uint64_t hr_hash_add(uint64_t hash, uint64_t word)
{
    hash ^= word;
    hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ (hash >> 27)) * UINT64_C(0x94d049bb133111eb);
    return hash ^ (hash >> 31);
}

guint hr_number_hash(gconstpointer number)
{
    return (guint)hr_hash_add(hr_hash_begin(), (uintptr_t)number);
}

guint hr_int64_hash(gconstpointer number)
{
    return (guint)hr_hash_add(hr_hash_begin(), (uint64_t) * (const int64_t *)number);
}

/* blocks.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "events/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

enum {
    WORD = sizeof(uint64_t),
    LENGTH_AT = 1,
    SUM_AT = 5,
    HEAD = SUM_AT + WORD,
};

/* As PNG has it: damaged by what takes files for text. */
static const uint8_t magic[8] = {0x89, 'H', 'R', 'L', '\r', '\n', 0x1a, '\n'};

/* Until version 3, with other checksums. */
static const uint8_t old_magic[8] = {0x89, 'H', 'R', 'E', '\r', '\n', 0x1a, '\n'};

static void put_u32(uint8_t *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        to[i] = (uint8_t)(value >> 8 * i);
    }
}

static uint32_t get_u32(const uint8_t *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

static uint64_t word_at(const uint8_t *from, size_t length)
{
    uint64_t word = 0;

    memcpy(&word, from, length);
    return GUINT64_FROM_LE(word);
}

/* Of two that differ in one word the results differ: each step can be undone. */
static uint64_t sum_with(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ sum >> 32;
}

static uint64_t sum_of(uint32_t number, const uint8_t *head, const uint8_t *data, size_t length)
{
    uint64_t sum = sum_with(sum_with(0, number + UINT64_C(1)), word_at(head, SUM_AT));

    for (; length >= WORD; data += WORD, length -= WORD) {
        sum = sum_with(sum, word_at(data, WORD));
    }
    return length > 0 ? sum_with(sum, word_at(data, length)) : sum;
}

void hr_blocks_begin(FILE *out)
{
    (void)fwrite(magic, 1, sizeof(magic), out);
}

void hr_block_write(FILE *out, uint32_t number, const hr_block *block)
{
    uint8_t head[HEAD];

    g_assert(block->length <= HR_BLOCK_MAX);
    head[0] = (uint8_t)block->kind;
    put_u32(head + LENGTH_AT, block->length);
    const uint64_t sum = GUINT64_TO_LE(sum_of(number, head, block->data, block->length));
    memcpy(head + SUM_AT, &sum, WORD);
    (void)fwrite(head, 1, sizeof(head), out);
    (void)fwrite(block->data, 1, block->length, out);
}

GMappedFile *hr_blocks_map(const char *path, char **error)
{
    const int descriptor = g_open(path, O_RDONLY, 0);
    GError *reason = NULL;

    if (descriptor < 0) { /* GLib's words would name the file once more */
        *error = g_strdup(g_strerror(errno));
        return NULL;
    }
    GMappedFile *file = g_mapped_file_new_from_fd(descriptor, FALSE, &reason);
    if (file == NULL) {
        *error = g_strdup(reason->message);
        g_error_free(reason);
    }
    (void)g_close(descriptor, NULL);
    return file;
}

bool hr_blocks_open(hr_block_reader *reader, const uint8_t *data, size_t length, const char **error)
{
    if (length >= sizeof(magic) && memcmp(data, old_magic, sizeof(magic)) == 0) {
        *error = "it is of another version of http_reuse";
        return false;
    }
    if (length < sizeof(magic) || memcmp(data, magic, sizeof(magic)) != 0) {
        *error = length == 0 ? "it is empty" : "it is no event log";
        return false;
    }
    *reader = (hr_block_reader){data + sizeof(magic), data + length, 0};
    return true;
}

bool hr_block_again(hr_block_reader *reader, hr_block *block)
{
    const size_t left = (size_t)(reader->end - reader->at);
    const uint8_t *head = reader->at;

    if (left < HEAD || get_u32(head + LENGTH_AT) > left - HEAD) {
        return false;
    }
    *block = (hr_block){(hr_block_kind)head[0], head + HEAD, get_u32(head + LENGTH_AT)};
    reader->at = block->data + block->length;
    reader->count++;
    return true;
}

bool hr_block_next(hr_block_reader *reader, hr_block *block, const char **error)
{
    const uint32_t number = reader->count;
    const uint8_t *head = reader->at;

    if (!hr_block_again(reader, block)) {
        *error = "it ends in the middle: cut, damaged or not finished";
        return false;
    }
    if (block->length > HR_BLOCK_MAX ||
        sum_of(number, head, block->data, block->length) != word_at(head + SUM_AT, WORD)) {
        *error = "it is damaged";
        return false;
    }
    return true;
}

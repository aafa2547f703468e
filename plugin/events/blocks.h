/* blocks.h
 * The file of an event log: a magic, then blocks, the last of which marks the end. Of each block
 * its kind, its length and a checksum are there, so that a log that was cut, damaged or never
 * finished is known for what it is. Nothing here knows what is in a block.
 *
 *     magic           8 bytes
 *     block, at least two:
 *         kind        1 byte: H (header, the first), E (events), Z (the end, the last)
 *         length      4 bytes, little endian
 *         checksum    8 bytes, little endian, of the block's number, kind, length and contents
 *         contents    length bytes
 *
 * The checksum finds accidents. It keeps nobody from writing a log of lies, and readers of the
 * contents have to bear that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_EVENTS_BLOCKS_H
#define HR_EVENTS_BLOCKS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef enum {
    HR_BLOCK_HEADER = 'H',
    HR_BLOCK_EVENTS = 'E',
    HR_BLOCK_END = 'Z',
} hr_block_kind;

enum {
    HR_BLOCK_FULL = 64 * 1024,       /* a writer ends a block that is longer */
    HR_BLOCK_MAX = 16 * 1024 * 1024, /* a reader takes none that is longer */
};

/** One block, in the memory of the whole log. */
typedef struct {
    hr_block_kind kind;
    const uint8_t *data;
    uint32_t length;
} hr_block;

/** How far a log was read. */
typedef struct {
    const uint8_t *at, *end;
    uint32_t count; /* of blocks so far */
} hr_block_reader;

/** Writes the magic. What fails is seen with ferror(). */
void hr_blocks_begin(FILE *out);

/** Writes block @number (from 0). */
void hr_block_write(FILE *out, uint32_t number, const hr_block *block);

/** Maps the file at @path into memory, which leaves no descriptor open. NULL with the reason in
 * *error, to be freed with g_free(). */
GMappedFile *hr_blocks_map(const char *path, char **error);

/** Begins to read a whole log; false where it is none, with a reason that is not to be freed. */
bool hr_blocks_open(hr_block_reader *reader, const uint8_t *data, size_t length,
                    const char **error);

/** The next block. False where the log is damaged or ends without an end mark: see @error. */
bool hr_block_next(hr_block_reader *reader, hr_block *block, const char **error);

/** Likewise of a log that was read before: what its checksums found then is not looked for again.
 * False where it has changed so that there is no block. */
bool hr_block_again(hr_block_reader *reader, hr_block *block);

#endif

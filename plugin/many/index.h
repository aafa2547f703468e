/* index.h
 * What http_reuse_cut tells http_reuse_judge: for each frame of the captures together, in the order
 * of time, the file it came from and the piece it went to. In blocks, as an event log.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_MANY_INDEX_H
#define HR_MANY_INDEX_H

#include <stdio.h>

#include "events/blocks.h"
#include "events/coder.h"

#define HR_INDEX_NAME "index"

enum {
    HR_INDEX_VERSION = 2,
    HR_PIECES_MAX = 4096,
    HR_PIECE_EVERY = HR_PIECES_MAX, /* the frame is in every piece */
};

/* ---- to write one ---- */

typedef struct hr_index_writer hr_index_writer;

hr_index_writer *hr_index_writer_new(FILE *out, uint32_t pieces, char *const *files);

/** The next frame is of @file and went to @piece, or HR_PIECE_EVERY. */
void hr_index_writer_add(hr_index_writer *writer, uint32_t file, uint32_t piece);

/** Writes the end mark. */
void hr_index_writer_free(hr_index_writer *writer);

/* ---- to read one ---- */

typedef struct hr_index hr_index;

/** Opens the index at @path; NULL with *error, to be freed with g_free(), where it is none. */
hr_index *hr_index_open(const char *path, char **error);
void hr_index_free(hr_index *index);

uint32_t hr_index_pieces(const hr_index *index);
uint32_t hr_index_files(const hr_index *index);
const char *hr_index_file(const hr_index *index, uint32_t file);

/** The next frame. False at the end, or where the index is damaged. */
bool hr_index_next(hr_index *index, uint32_t *file, uint32_t *piece);
bool hr_index_is_bad(const hr_index *index);

#endif

/* pieces.h
 * What a cut writes: capture files (pcapng) that go into a folder as piece-0000.pcapng and so on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_MANY_PIECES_H
#define HR_MANY_PIECES_H

#include "many/capture.h"

typedef struct hr_pieces hr_pieces;

/** @count new files in @folder. NULL with *error, to be freed with g_free(). */
hr_pieces *hr_pieces_new(const char *folder, uint32_t count, char **error);

typedef enum {
    HR_WRITTEN,
    HR_UNFIT, /**< pcapng has no way to say it */
    HR_WRITE_FAILED,
} hr_written;

/** Writes the packet that was read last. *error says why it was not written. */
hr_written hr_pieces_add(hr_pieces *pieces, uint32_t index, hr_captures *captures, char **error);

/** Ends the files. False with *error where not all of them could be written. */
bool hr_pieces_close(hr_pieces *pieces, char **error);

#endif

/* told.h
 * Sentences of advice, and where they are from: what a product's documentation or source, or a
 * standard, says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_RESULT_TOLD_H
#define HR_CORE_RESULT_TOLD_H

#include <glib.h>

/** Where both are written; of the caller. */
typedef struct {
    GString *text;
    GString *sources; /**< parted by "; ", each once; NULL: nobody asks */
} hr_told;

/** Appends @text, and @source (may be NULL) unless it was named before. */
void hr_tell(const hr_told *told, const char *text, const char *source);

/** That what was appended to the text otherwise is from @source. */
void hr_tell_source(const hr_told *told, const char *source);

#endif

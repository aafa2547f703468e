/* slices.h
 * Parts of a line in a packet's bytes: cut, compared and read as numbers, in place.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_OBSERVE_SLICES_H
#define HR_OBSERVE_SLICES_H

#include <string.h>

#include "core/model/event.h"

/** Cuts the next word off @rest: what stands before the first blank. */
hr_slice hr_slice_word(hr_slice *rest);

/** ... what stands before the first @mark, which goes too. */
hr_slice hr_slice_cut(hr_slice *rest, char mark);

/** Without blanks at both ends. */
hr_slice hr_slice_trimmed(hr_slice slice);

/** Whether @slice is @text, to the case. */
static inline bool hr_slice_is_exactly(hr_slice slice, const char *text)
{
    return slice.length == strlen(text) && memcmp(slice.text, text, slice.length) == 0;
}

/** Whether @slice is @text, letters in either case. */
bool hr_slice_is(hr_slice slice, const char *text);

/** The same of what is mostly written as @text is. */
bool hr_slice_is_mostly(hr_slice slice, const char *text);

/** Whether @slice begins with @text, letters in either case. */
bool hr_slice_begins(hr_slice slice, const char *text);

/** The decimal number at the start of @slice, at most @limit; -1 where there is none. */
int64_t hr_slice_number(hr_slice slice, int64_t limit);

#endif

/* utf8.h
 * Text of a packet as valid UTF-8, for outputs that allow nothing else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_NDJSON_UTF8_H
#define HR_PRESENT_NDJSON_UTF8_H

#include <glib.h>

/**
 * @text itself where it is valid UTF-8; else @scratch's text, in which every byte that is not
 * part of a valid sequence stands as the four characters \xNN (lower-case hex). A backslash of
 * the packet stays single: the escape is for reading, not for going back. The result is valid
 * until the next call with this @scratch, and as long as @text.
 */
const char *hr_utf8_make_valid(const char *text, GString *scratch);

#endif

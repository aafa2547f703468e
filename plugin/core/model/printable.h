/* printable.h
 * Text of a packet as text for people and programs. A capture may say anything: bytes that are not
 * UTF-8, NUL, escape sequences of terminals, characters that turn the reading direction, a
 * megabyte. All text enters the model through here, so that no output has to think of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_CORE_MODEL_PRINTABLE_H
#define HR_CORE_MODEL_PRINTABLE_H

#include <glib.h>
#include <stdbool.h>

enum {
    /** What is longer when printed is cut. Servers take request lines of 8 KiB (nginx
     * large_client_header_buffers, Apache LimitRequestLine). */
    HR_PRINTABLE_BYTES = 8192,
};

/** Whether @character is shown as itself: no control or format character, no line separator. */
bool hr_is_printable(gunichar character);

/** Whether @text of @length bytes is short ASCII, of which hr_printable_append() changes nothing. */
bool hr_is_plain(const char *text, size_t length);

/**
 * Appends @text of @length bytes: every byte that is part of no printable character stands as the
 * four characters \xNN (lower-case hex), and what is cut says so: "...(20000 bytes)". A backslash
 * of the packet stays single: the escape is for reading, not for going back.
 */
void hr_printable_append(GString *to, const char *text, size_t length);

#endif

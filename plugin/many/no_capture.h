/* no_capture.h
 * What a file is that wiretap does not take for a capture, in words for those who gave it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_MANY_NO_CAPTURE_H
#define HR_MANY_NO_CAPTURE_H

/** What the file at @name begins like: "a text", or NULL where nobody knows. */
const char *hr_no_capture_kind(const char *name);

#endif

/* complaint.h
 * What is wrong with something that a user named.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_OUTPUT_COMPLAINT_H
#define HR_PRESENT_OUTPUT_COMPLAINT_H

/** "@what: @reason" as one line, to be freed: @what may name a file, and files are named by
 * anybody. */
char *hr_complaint(const char *what, const char *reason);

#endif

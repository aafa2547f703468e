/* capture.h
 * Capture files that are read one packet at a time, all together in the order of their times.
 * Wiretap does the work: it is what tshark reads with, so that a file is taken for what tshark
 * would take it for, compressed or not, and what a capture holds beside packets (interfaces,
 * secrets) gets into the pieces. libpcap gives neither of these two.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_MANY_CAPTURE_H
#define HR_MANY_CAPTURE_H

#include "many/flow.h"

/** Called with one line about a file that cannot be read, or not to its end. */
typedef void (*hr_capture_complaint)(const char *file, const char *reason);

/** Before anything else here. */
void hr_captures_init(void);

typedef struct hr_captures hr_captures;

/**
 * Captures to be read together. Of each file only the first packet is looked at: a file is open
 * from its first packet's time on until its last. Free with hr_captures_free(). @files is borrowed.
 */
hr_captures *hr_captures_new(char *const *files, hr_capture_complaint complain);
void hr_captures_free(hr_captures *captures);

/** A packet, valid until the next one is read. */
typedef struct {
    uint32_t file; /**< whose it is */
    hr_link link;
    const uint8_t *data;
    size_t length; /**< captured */
} hr_captured;

/** The next packet of all files; false at the end. */
bool hr_captures_next(hr_captures *captures, hr_captured *packet);

/** Bytes of all files that were read so far, as they lie on disk. */
int64_t hr_captures_offset(const hr_captures *captures);

#endif

/* target.h
 * What a path that a user gave for an output stands for, once symbolic links are followed: a
 * file that can be put in place by renaming, an open descriptor of this process, or something
 * that bytes are written through.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_PRESENT_OUTPUT_TARGET_H
#define HR_PRESENT_OUTPUT_TARGET_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    HR_TARGET_DESCRIPTOR, /**< standard output, /dev/stdout, /dev/fd/N */
    HR_TARGET_STREAM,     /**< a device or FIFO */
    HR_TARGET_FILE,       /**< a regular file, or none yet */
} hr_target_kind;

enum {
    HR_STANDARD_OUTPUT = 1, /* its descriptor */
};

typedef struct {
    hr_target_kind kind;
    int descriptor; /**< of DESCRIPTOR, else -1 */
    char *path;     /**< of STREAM and FILE, without links; else NULL */
    bool exists;
    uint64_t device; /**< as stat(2) says, if it exists */
    uint64_t inode;  /**< ... 0 where the platform has none */
} hr_target;

/**
 * What @path stands for; NULL is standard output. NULL is returned where it cannot be a target
 * (a folder, or in a folder that does not exist), with errno set. Free with hr_target_free().
 */
hr_target *hr_target_new(const char *path);
void hr_target_free(hr_target *target);

/** Whether what is written to one would go where the other goes; to the null device both go
 * nowhere. */
bool hr_target_is_same(const hr_target *one, const hr_target *other);

typedef enum {
    HR_USE_NONE,
    HR_USE_READ,
    HR_USE_WRITTEN,
} hr_target_use;

/** What this process has the file at @path open for: to rename another one onto it would take away
 * what it reads or writes. Nothing is known of that on Windows, where it would fail. */
hr_target_use hr_target_use_of(const char *path);

#endif

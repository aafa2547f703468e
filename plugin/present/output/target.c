/* target.c
 * Follows links one at a time, because the last but one step matters: /dev/stdout leads to
 * /proc/self/fd/1, which leads to a file, and a file put there by renaming would not be what
 * the process has open.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/output/target.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifndef G_OS_WIN32
#include <fcntl.h>
#include <unistd.h>
#endif

enum {
    LINKS_MAX = 40, /* as Linux has it */
};

/* @path without links and dots, or NULL with errno. Free with g_free(). */
static char *real_path(const char *path)
{
#ifdef G_OS_WIN32
    return g_canonicalize_filename(path, NULL);
#else
    char *real = realpath(path, NULL);
    char *copy = g_strdup(real);

    free(real);
    return copy;
#endif
}

/* Whether @folder, without links, holds this process's descriptors as files. */
static bool is_descriptor_folder(const char *folder)
{
#ifdef G_OS_WIN32
    (void)folder;
    return false;
#else
    char *proc = g_strdup_printf("/proc/%ld/fd", (long)getpid());
    const bool is_it = strcmp(folder, proc) == 0 || strcmp(folder, "/dev/fd") == 0;

    g_free(proc);
    return is_it;
#endif
}

static bool make_descriptor(hr_target *target, int descriptor)
{
    struct stat status;

    if (fstat(descriptor, &status) != 0) {
        return false;
    }
    target->kind = HR_TARGET_DESCRIPTOR;
    target->descriptor = descriptor;
    target->exists = true;
    target->device = (uint64_t)status.st_dev;
    target->inode = (uint64_t)status.st_ino;
    return true;
}

/* A file that this process has as its standard output: to rename another one onto it would take
 * away what was printed. */
static bool is_standard_output(const GStatBuf *status)
{
    struct stat output;

    return status->st_ino != 0 && fstat(HR_STANDARD_OUTPUT, &output) == 0 &&
           output.st_dev == status->st_dev && output.st_ino == status->st_ino;
}

/* @path has no links left in it. */
static bool make_path(hr_target *target, const char *path)
{
    GStatBuf status;

    target->exists = g_stat(path, &status) == 0;
    if (!target->exists && errno != ENOENT) {
        return false;
    }
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        errno = EISDIR;
        return false;
    }
    target->kind = HR_TARGET_FILE;
    if (target->exists) {
        target->device = (uint64_t)status.st_dev;
        target->inode = (uint64_t)status.st_ino;
        if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
            target->kind = HR_TARGET_STREAM;
        } else if (is_standard_output(&status)) {
            return make_descriptor(target, HR_STANDARD_OUTPUT);
        }
    }
    target->path = g_strdup(path);
    return true;
}

static bool parse_descriptor(const char *name, int *descriptor)
{
    uint64_t number = 0;

    if (!g_ascii_string_to_unsigned(name, 10, 0, INT32_MAX, &number, NULL)) {
        return false;
    }
    *descriptor = (int)number;
    return true;
}

typedef enum {
    STEP_DONE,
    STEP_LINK,
    STEP_FAILED
} step;

/* Looks at *path; where it is a link, *path becomes what it leads to. */
static step follow(hr_target *target, char **path)
{
    int descriptor = -1;
    step result = STEP_LINK;
    char *folder_as_spelled = g_path_get_dirname(*path);
    char *folder = real_path(folder_as_spelled);
    char *name = g_path_get_basename(*path);
    char *full = folder != NULL ? g_build_filename(folder, name, NULL) : NULL;
    char *link = NULL;

    if (folder == NULL || full == NULL) {
        result = STEP_FAILED;
    } else if (g_str_has_suffix(*path, "/")) {
        errno = EISDIR;
        result = STEP_FAILED;
    } else if (is_descriptor_folder(folder) && parse_descriptor(name, &descriptor)) {
        result = make_descriptor(target, descriptor) ? STEP_DONE : STEP_FAILED;
    } else if ((link = g_file_read_link(full, NULL)) != NULL) {
        g_free(*path);
        *path = g_path_is_absolute(link) ? g_strdup(link) : g_build_filename(folder, link, NULL);
    } else {
        result = make_path(target, full) ? STEP_DONE : STEP_FAILED;
    }
    const int error = errno;
    g_free(link);
    g_free(full);
    g_free(name);
    g_free(folder);
    g_free(folder_as_spelled);
    errno = error;
    return result;
}

static bool resolve(hr_target *target, const char *spelled)
{
    char *path = g_strdup(spelled);
    step result = STEP_LINK;

    for (int links = 0; result == STEP_LINK && links <= LINKS_MAX; links++) {
        result = follow(target, &path);
    }
    g_free(path);
    if (result == STEP_LINK) {
        errno = ELOOP;
    }
    return result == STEP_DONE;
}

hr_target *hr_target_new(const char *path)
{
    hr_target *target = g_new0(hr_target, 1);

    target->descriptor = -1;
    if (path == NULL ? make_descriptor(target, HR_STANDARD_OUTPUT) : resolve(target, path)) {
        return target;
    }
    const int error = errno;
    hr_target_free(target);
    errno = error;
    return NULL;
}

void hr_target_free(hr_target *target)
{
    if (target != NULL) {
        g_free(target->path);
        g_free(target);
    }
}

static bool is_null_device(const hr_target *target)
{
    GStatBuf status;

    return target->inode != 0 && g_stat("/dev/null", &status) == 0 &&
           target->device == (uint64_t)status.st_dev && target->inode == (uint64_t)status.st_ino;
}

bool hr_target_is_same(const hr_target *one, const hr_target *other)
{
    if (is_null_device(one)) {
        return false;
    }
    if (one->exists && other->exists && one->inode != 0) {
        return one->device == other->device && one->inode == other->inode;
    }
    return one->exists == other->exists && g_strcmp0(one->path, other->path) == 0 &&
           one->descriptor == other->descriptor;
}

#ifdef G_OS_WIN32

hr_target_use hr_target_use_of(const char *path)
{
    (void)path;
    return HR_USE_NONE;
}

#else

enum {
    DESCRIPTORS_MAX = 1024, /* a program has few, and the limit may be a billion */
};

hr_target_use hr_target_use_of(const char *path)
{
    struct stat wanted;
    struct stat status;
    hr_target_use use = HR_USE_NONE;
    const long limit = sysconf(_SC_OPEN_MAX);

    if (stat(path, &wanted) != 0) {
        return HR_USE_NONE;
    }
    for (int descriptor = 0;
         descriptor < (limit > 0 ? MIN(limit, DESCRIPTORS_MAX) : DESCRIPTORS_MAX); descriptor++) {
        if (fstat(descriptor, &status) == 0 && status.st_dev == wanted.st_dev &&
            status.st_ino == wanted.st_ino) {
            const bool is_read = (fcntl(descriptor, F_GETFL) & O_ACCMODE) == O_RDONLY;
            use = MAX(use, is_read ? HR_USE_READ : HR_USE_WRITTEN);
        }
    }
    return use;
}

#endif

/* output.c
 * Knows how bytes reach a target and what may go wrong on the way. It does not report: the
 * caller knows the option to name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/output/output.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>

#ifndef G_OS_WIN32
#include <unistd.h>
#endif

#include "present/output/target.h"
#include "present/output/unfinished.h"

#ifndef O_CLOEXEC
#define O_CLOEXEC 0
#endif

struct hr_output {
    hr_target *target;
    hr_output_patience patience;
    FILE *stream;        /* of what is written through */
    hr_unfinished *file; /* of a file: while it is written */
};

static char *reason(int error)
{
    return g_strdup(g_strerror(error));
}

static bool is_file(const hr_output *output)
{
    return output->target->kind == HR_TARGET_FILE;
}

/* ---- what is written through ---- */

#ifdef G_OS_WIN32

static int open_stream(const char *path, hr_output_patience patience)
{
    (void)patience;
    return g_open(path, O_WRONLY, 0);
}

static int copy_descriptor(int descriptor)
{
    return dup(descriptor);
}

static bool is_writable(int descriptor)
{
    (void)descriptor;
    return true;
}

#else

static int open_stream(const char *path, hr_output_patience patience)
{
    const int wait = patience == HR_OUTPUT_NEVER_WAIT ? O_NONBLOCK : 0;
    const int descriptor = g_open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC | wait, 0);

    if (descriptor >= 0 && wait != 0) {
        (void)fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
    }
    return descriptor;
}

static int copy_descriptor(int descriptor)
{
    return fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
}

static bool is_writable(int descriptor)
{
    const int flags = fcntl(descriptor, F_GETFL);

    if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) {
        errno = EBADF;
        return false;
    }
    return flags >= 0;
}

#endif

static bool open_through(hr_output *output)
{
    const hr_target *target = output->target;
    int descriptor = -1;

    if (target->kind == HR_TARGET_DESCRIPTOR) {
        if (!is_writable(target->descriptor)) {
            return false;
        }
        if (target->descriptor == HR_STANDARD_OUTPUT) {
            output->stream = stdout; /* its buffer keeps the order with what tshark prints */
            return true;
        }
        descriptor = copy_descriptor(target->descriptor);
    } else {
        descriptor = open_stream(target->path, output->patience);
    }
    if (descriptor < 0) {
        return false;
    }
    output->stream = fdopen(descriptor, "w");
    return output->stream != NULL;
}

/* ---- files ---- */

/* Renaming would replace a file that forbids writing; to write it would fail, and so do we. */
static bool check_file(hr_output *output)
{
    if (output->target->exists && g_access(output->target->path, W_OK) != 0) {
        return false;
    }
    hr_unfinished *file = hr_unfinished_new(output->target->path);
    const bool is_good = file != NULL;
    const int error = errno;
    hr_unfinished_drop(file);
    errno = error;
    return is_good;
}

/* ---- for callers ---- */

hr_output *hr_output_new(const char *path, hr_output_patience patience, char **error)
{
    hr_output *output = g_new0(hr_output, 1);
    bool is_good = false;

    output->patience = patience;
    output->target = hr_target_new(g_strcmp0(path, "-") == 0 ? NULL : path);
    if (output->target != NULL) {
        is_good = is_file(output) ? check_file(output) : open_through(output);
    }
    if (!is_good) {
        *error = reason(errno);
        hr_output_free(output);
        return NULL;
    }
    return output;
}

void hr_output_free(hr_output *output)
{
    if (output == NULL) {
        return;
    }
    hr_unfinished_drop(output->file);
    if (output->stream != NULL && output->stream != stdout) {
        (void)fclose(output->stream);
    }
    hr_target_free(output->target);
    g_free(output);
}

bool hr_output_is_stdout(const hr_output *output)
{
    return output->target->descriptor == HR_STANDARD_OUTPUT;
}

bool hr_output_is_same(const hr_output *one, const hr_output *other)
{
    return hr_target_is_same(one->target, other->target);
}

bool hr_output_goes_to(const hr_output *output, const char *path)
{
    hr_target *target = hr_target_new(path);
    const bool is_same = target != NULL && hr_target_is_same(output->target, target);

    hr_target_free(target);
    return is_same;
}

const char *hr_output_in_use(const hr_output *output)
{
    static const char *const uses[] = {
        [HR_USE_NONE] = NULL,
        [HR_USE_READ] = "that is the capture file",
        [HR_USE_WRITTEN] = "tshark writes that file",
    };

    return is_file(output) ? uses[hr_target_use_of(output->target->path)] : NULL;
}

FILE *hr_output_begin(hr_output *output, char **error)
{
    if (!is_file(output)) {
        return output->stream;
    }
    output->file = hr_unfinished_new(output->target->path);
    if (output->file == NULL) {
        *error = reason(errno);
        return NULL;
    }
    return hr_unfinished_stream(output->file);
}

/* Whether all bytes went out that anybody waits for, else with errno. What failed in the middle
 * of the stream is forgotten by now, so that one more byte has to ask for the reason. */
static bool flush(FILE *stream)
{
    errno = 0;
    if (fflush(stream) == 0 && !ferror(stream)) {
        return true;
    }
    if (errno == 0) {
        clearerr(stream);
        (void)(putc('\n', stream) == EOF || fflush(stream));
    }
    if (errno == 0) {
        errno = EIO;
    }
    /* As tshark has it: whoever reads standard output may have seen enough. */
    return errno == EPIPE && stream == stdout;
}

static bool put_in_place(hr_output *output)
{
    hr_unfinished *file = g_steal_pointer(&output->file);

    if (!flush(hr_unfinished_stream(file))) {
        const int error = errno;
        hr_unfinished_drop(file);
        errno = error;
        return false;
    }
    return hr_unfinished_place(file);
}

void hr_output_cancel(hr_output *output)
{
    hr_unfinished_drop(g_steal_pointer(&output->file));
}

bool hr_output_finish(hr_output *output, char **error)
{
    const bool is_good = is_file(output) ? put_in_place(output) : flush(output->stream);

    if (!is_good) {
        *error = reason(errno);
    }
    if (!is_file(output)) {
        clearerr(output->stream); /* the next time may go well */
    }
    return is_good;
}

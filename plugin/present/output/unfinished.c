/* unfinished.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/output/unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>

#ifndef G_OS_WIN32
#include <signal.h>
#include <unistd.h>
#endif

#ifndef O_CLOEXEC
#define O_CLOEXEC 0
#endif

#if defined(__linux__) && !defined(O_TMPFILE)
#define O_TMPFILE (020000000 | O_DIRECTORY) /* glibc hides it from programs that ask for POSIX */
#endif

enum {
    MODE = 0666, /* less the umask, as for every new file */
};

struct hr_unfinished {
    char *path; /* where it shall be */
    char *name; /* its name until then, NULL: none */
    FILE *stream;
};

/* The name of the file that is being written, for the signal handler. */
static const char *volatile name_to_remove;

/* ---- signals ---- */

#ifdef G_OS_WIN32

void hr_unfinished_heed_signals(void)
{
}

void hr_unfinished_restore_signals(void)
{
}

static void hold_signals(bool is_held)
{
    (void)is_held;
}

#else

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction actions_before[G_N_ELEMENTS(ending_signals)];
static struct sigaction size_action_before;
static sigset_t mask_before;

static void end_by_signal(int number)
{
    if (name_to_remove != NULL) {
        (void)unlink(name_to_remove);
    }
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

void hr_unfinished_heed_signals(void)
{
    struct sigaction end = {.sa_handler = end_by_signal};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};

    (void)sigfillset(&end.sa_mask);
    for (size_t i = 0; i < G_N_ELEMENTS(ending_signals); i++) {
        (void)sigaction(ending_signals[i], NULL, &actions_before[i]);
        if (actions_before[i].sa_handler != SIG_IGN) { /* nohup */
            (void)sigaction(ending_signals[i], &end, NULL);
        }
    }
    (void)sigaction(SIGXFSZ, &ignore, &size_action_before);
}

void hr_unfinished_restore_signals(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ending_signals); i++) {
        (void)sigaction(ending_signals[i], &actions_before[i], NULL);
    }
    (void)sigaction(SIGXFSZ, &size_action_before, NULL);
}

/* While a file has a name that the handler does not know. */
static void hold_signals(bool is_held)
{
    sigset_t set;

    if (!is_held) {
        (void)sigprocmask(SIG_SETMASK, &mask_before, NULL);
        return;
    }
    (void)sigemptyset(&set);
    for (size_t i = 0; i < G_N_ELEMENTS(ending_signals); i++) {
        (void)sigaddset(&set, ending_signals[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &set, &mask_before);
}

#endif

/* ---- names ---- */

static char *folder_of(const hr_unfinished *file)
{
    return g_path_get_dirname(file->path);
}

static char *name_template(const hr_unfinished *file)
{
    char *folder = folder_of(file);
    char *name = g_build_filename(folder, ".http_reuse-XXXXXX", NULL);

    g_free(folder);
    return name;
}

static int open_with_name(hr_unfinished *file)
{
    file->name = name_template(file);
    hold_signals(true);
    const int descriptor = g_mkstemp_full(file->name, O_WRONLY | O_CLOEXEC, MODE);
    if (descriptor >= 0) {
        name_to_remove = file->name;
    } else {
        const int error = errno;
        g_clear_pointer(&file->name, g_free);
        errno = error;
    }
    hold_signals(false);
    return descriptor;
}

static void remove_name(hr_unfinished *file)
{
    if (file->name != NULL) {
        (void)g_unlink(file->name);
        name_to_remove = NULL;
        g_clear_pointer(&file->name, g_free);
    }
}

#ifdef O_TMPFILE

static int open_without_name(const hr_unfinished *file)
{
    char *folder = folder_of(file);
    const int descriptor = g_open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, MODE);
    const int error = errno;

    g_free(folder);
    errno = error;
    return descriptor;
}

/* A new name in the folder, for a moment: a link cannot replace a file. */
static bool give_name(hr_unfinished *file)
{
    char *self = g_strdup_printf("/proc/self/fd/%d", fileno(file->stream));
    bool is_done = false;

    for (int tries = 0; !is_done && tries < 100; tries++) {
        char *folder = folder_of(file);
        char *leaf = g_strdup_printf(".http_reuse-%08x", g_random_int());
        g_free(file->name);
        file->name = g_build_filename(folder, leaf, NULL);
        g_free(leaf);
        g_free(folder);
        is_done = linkat(AT_FDCWD, self, AT_FDCWD, file->name, AT_SYMLINK_FOLLOW) == 0;
        if (!is_done && errno != EEXIST) {
            break;
        }
    }
    const int error = errno;
    if (!is_done) {
        g_clear_pointer(&file->name, g_free);
    }
    g_free(self);
    errno = error;
    return is_done;
}

#else

static int open_without_name(const hr_unfinished *file)
{
    (void)file;
    errno = ENOTSUP;
    return -1;
}

static bool give_name(hr_unfinished *file)
{
    return file->name != NULL;
}

#endif

/* ---- for callers ---- */

hr_unfinished *hr_unfinished_new(const char *path)
{
    hr_unfinished *file = g_new0(hr_unfinished, 1);

    file->path = g_strdup(path);
    /* Not every file system has files without a name; a real reason comes again. */
    int descriptor =
        g_file_test("/proc/self/fd", G_FILE_TEST_IS_DIR) ? open_without_name(file) : -1;
    if (descriptor < 0) {
        descriptor = open_with_name(file);
    }
    if (descriptor >= 0) {
        file->stream = fdopen(descriptor, "w");
    }
    if (file->stream == NULL) {
        const int error = errno;
        hr_unfinished_drop(file);
        errno = error;
        return NULL;
    }
    return file;
}

FILE *hr_unfinished_stream(const hr_unfinished *file)
{
    return file->stream;
}

/* Without the name the file is lost with its stream. */
static bool name_and_close(hr_unfinished *file)
{
    if (fflush(file->stream) != 0 || (file->name == NULL && !give_name(file))) {
        return false;
    }
    FILE *stream = file->stream;
    file->stream = NULL;
    return fclose(stream) == 0;
}

bool hr_unfinished_place(hr_unfinished *file)
{
    hold_signals(true);
    const bool is_good = name_and_close(file) && g_rename(file->name, file->path) == 0;
    const int error = errno;
    if (is_good) {
        name_to_remove = NULL;
        g_clear_pointer(&file->name, g_free);
    }
    hr_unfinished_drop(file);
    hold_signals(false);
    errno = error;
    return is_good;
}

void hr_unfinished_drop(hr_unfinished *file)
{
    if (file == NULL) {
        return;
    }
    if (file->stream != NULL) {
        (void)fclose(file->stream);
    }
    remove_name(file);
    g_free(file->path);
    g_free(file);
}

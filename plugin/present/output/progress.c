/* progress.c
 * The clock is looked at once in many packets: reading a clock costs as much as a short packet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/output/progress.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#ifdef _WIN32
#include <io.h>
#define isatty _isatty
#else
#include <unistd.h>
#endif

enum {
    STANDARD_ERROR = 2,
    PACKETS_A_LOOK = 256,
    INTERVAL_US = 500 * 1000, /* also before the first line: a short run shows none */
};

struct hr_progress {
    const char *program;
    unsigned pass;
    uint64_t packets; /* in this pass */
    int64_t size;     /* of all files in bytes; 0: not known */
    int64_t begin_us;
    int64_t shown_us;
    bool is_shown;
};

static int64_t size_of(const char *file)
{
    GStatBuf status;

    if (strcmp(file, "-") == 0 || g_stat(file, &status) != 0) {
        return 0;
    }
    return status.st_size;
}

static void begin_pass(hr_progress *progress, unsigned pass)
{
    progress->pass = pass;
    progress->packets = 0;
    progress->begin_us = g_get_monotonic_time();
    progress->shown_us = progress->begin_us;
}

hr_progress *hr_progress_begin(const char *program, char *const *files)
{
    if (isatty(STANDARD_ERROR) == 0) {
        return NULL;
    }
    hr_progress *progress = g_new0(hr_progress, 1);
    progress->program = program;
    for (; *files != NULL; files++) {
        progress->size += size_of(*files);
    }
    begin_pass(progress, 1);
    return progress;
}

/* The cursor goes back to the begin of the line ("\r"), so that whatever tshark says next is
 * written over it; what an earlier, longer one left there is erased (ECMA-48 EL). */
static void show(hr_progress *progress, int64_t offset, int64_t now_us)
{
    const double seconds = (double)(now_us - progress->begin_us) / G_USEC_PER_SEC;
    GString *line = g_string_new("\033[K");

    g_string_append_printf(line, "%s%s: %" G_GUINT64_FORMAT " packets", progress->program,
                           progress->pass == 1 ? "" : ", second pass", progress->packets);
    /* Of a compressed file the offset is that of what is in it. */
    if (offset > 0 && offset <= progress->size) {
        g_string_append_printf(line, ", %d %% of the bytes",
                               (int)((double)offset * 100 / (double)progress->size));
    }
    g_string_append_printf(line, ", %.0f packets/s\r", (double)progress->packets / seconds);
    (void)fputs(line->str, stderr);
    (void)fflush(stderr);
    g_string_free(line, TRUE);
    progress->shown_us = now_us;
    progress->is_shown = true;
}

void hr_progress_packet(hr_progress *progress, unsigned pass, int64_t offset)
{
    if (progress == NULL) {
        return;
    }
    if (pass != progress->pass) {
        begin_pass(progress, pass);
    }
    if (++progress->packets % PACKETS_A_LOOK != 0) {
        return;
    }
    const int64_t now_us = g_get_monotonic_time();
    if (now_us - progress->shown_us >= INTERVAL_US) {
        show(progress, offset, now_us);
    }
}

void hr_progress_hide(hr_progress *progress)
{
    if (progress != NULL && progress->is_shown) {
        (void)fputs("\033[K", stderr);
        (void)fflush(stderr);
        progress->is_shown = false;
    }
}

void hr_progress_end(hr_progress *progress)
{
    hr_progress_hide(progress);
    g_free(progress);
}

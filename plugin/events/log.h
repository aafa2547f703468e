/* log.h
 * An event log that was opened: its blocks are all there and unharmed, its header is known, and
 * its end mark. What its events say is for playback.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HR_EVENTS_LOG_H
#define HR_EVENTS_LOG_H

#include "events/blocks.h"
#include "events/header.h"

typedef struct {
    GMappedFile *file;     /* no descriptor stays open */
    hr_block_reader begin; /* at the first block of events */
    char *dissector;       /* or NULL */
    char *source_file;     /* or NULL */
    char *device;          /* or NULL */
    hr_settings settings;
    hr_log_end end;
} hr_log;

/**
 * Opens the log at @path, or of @length bytes at @data. NULL with the reason in *error, to be
 * freed with g_free(), where there is no whole log of this version. Free it with hr_log_free().
 */
hr_log *hr_log_open(const char *path, char **error);
hr_log *hr_log_open_bytes(const uint8_t *data, size_t length, char **error);
void hr_log_free(hr_log *log);

/** Whether the events of both were judged by the same settings. */
bool hr_log_has_settings(const hr_log *log, const hr_settings *settings);

#endif

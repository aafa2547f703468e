/* log.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "events/log.h"

static char *copy(hr_slice slice)
{
    return slice.text != NULL ? g_strndup(slice.text, slice.length) : NULL;
}

static bool read_header(hr_log *log, const hr_block *block, char **error)
{
    hr_log_header header = {0};
    hr_coder coder;

    hr_coder_init_reader(&coder);
    coder.at = block->data;
    coder.end = block->data + block->length;
    hr_field_header(&coder, &header);
    if (!coder.is_bad) {
        log->dissector = copy(header.dissector);
        log->source_file = copy(header.file);
        log->device = copy(header.device);
        log->settings = header.settings;
    }
    hr_coder_clear(&coder);
    const bool is_header = block->kind == HR_BLOCK_HEADER;
    if (is_header && (header.version != HR_LOG_VERSION || header.table != hr_log_table())) {
        *error = g_strdup("it is of another version of http_reuse");
    } else if (!is_header || coder.is_bad) {
        *error = g_strdup("it is damaged");
    }
    return *error == NULL;
}

static bool read_end(hr_log *log, const hr_block *block, char **error)
{
    hr_coder coder;

    hr_coder_init_reader(&coder);
    coder.at = block->data;
    coder.end = block->data + block->length;
    hr_field_end(&coder, &log->end);
    hr_coder_clear(&coder);
    if (coder.is_bad || coder.at != coder.end) {
        *error = g_strdup("it is damaged");
    }
    return *error == NULL;
}

/* All blocks, once: what is wrong is found before anything was made of it. */
static bool read_blocks(hr_log *log, const uint8_t *data, size_t length, char **error)
{
    hr_block_reader reader;
    hr_block block = {HR_BLOCK_EVENTS, NULL, 0};
    const char *reason = NULL;

    if (!hr_blocks_open(&reader, data, length, &reason) ||
        !hr_block_next(&reader, &block, &reason)) {
        *error = g_strdup(reason);
        return false;
    }
    if (!read_header(log, &block, error)) {
        return false;
    }
    log->begin = reader;
    do {
        if (!hr_block_next(&reader, &block, &reason)) {
            *error = g_strdup(reason);
            return false;
        }
    } while (block.kind == HR_BLOCK_EVENTS);
    if (block.kind != HR_BLOCK_END || reader.at != reader.end) {
        *error = g_strdup("it is damaged");
        return false;
    }
    return read_end(log, &block, error);
}

hr_log *hr_log_open_bytes(const uint8_t *data, size_t length, char **error)
{
    hr_log *log = g_new0(hr_log, 1);

    *error = NULL;
    if (!read_blocks(log, data, length, error)) {
        hr_log_free(log);
        return NULL;
    }
    return log;
}

hr_log *hr_log_open(const char *path, char **error)
{
    GMappedFile *file = hr_blocks_map(path, error);

    if (file == NULL) {
        return NULL;
    }
    hr_log *log = hr_log_open_bytes((const uint8_t *)g_mapped_file_get_contents(file),
                                    g_mapped_file_get_length(file), error);
    if (log == NULL) {
        g_mapped_file_unref(file);
    } else {
        log->file = file;
    }
    return log;
}

void hr_log_free(hr_log *log)
{
    if (log != NULL) {
        g_clear_pointer(&log->file, g_mapped_file_unref);
        g_free(log->dissector);
        g_free(log->source_file);
        g_free(log->device);
        g_free(log);
    }
}

bool hr_log_has_settings(const hr_log *log, const hr_settings *settings)
{
    return hr_settings_are_equal(&log->settings, settings);
}

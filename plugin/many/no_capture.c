/* no_capture.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "many/no_capture.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>

enum {
    LOOKED_AT = 512,
    UTF8_MAX = 4, /* bytes of a character: the last one may be cut */
};

typedef struct {
    const char *begin;
    size_t length;
    const char *kind;
} beginning;

#define BEGINS(begin, kind)                                                                        \
    {                                                                                              \
        (begin), sizeof(begin) - 1, (kind)                                                         \
    }

/* Wiretap decompresses gzip, and zstd and lz4 where it was built with them. */
static const beginning beginnings[] = {
    BEGINS("\x89HR", "an event log, whose name has to end in .hre"),
    BEGINS("\xfd"
           "7zXZ",
           "compressed by xz, which is not read"),
    BEGINS("BZh91AY&SY", "compressed by bzip2, which is not read"),
    BEGINS("\x28\xb5\x2f\xfd", "compressed by zstd, in which this Wireshark finds none"),
    BEGINS("\x04\x22\x4d\x18", "compressed by lz4, in which this Wireshark finds none"),
    BEGINS("PK\x03\x04", "a zip archive"),
};

static bool is_text(const char *data, size_t length)
{
    const char *end = NULL;

    if (length == 0 || memchr(data, 0, length) != NULL) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (g_ascii_iscntrl(data[i]) && !g_ascii_isspace(data[i]) && data[i] != '\x1b') {
            return false;
        }
    }
    return g_utf8_validate(data, (gssize)length, &end) ||
           (length == LOOKED_AT && data + length - end < UTF8_MAX);
}

const char *hr_no_capture_kind(const char *name)
{
    char data[LOOKED_AT];
    FILE *file = g_fopen(name, "rb");
    const size_t length = file != NULL ? fread(data, 1, sizeof(data), file) : 0;

    if (file != NULL) {
        (void)fclose(file);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        if (length >= beginnings[i].length &&
            memcmp(data, beginnings[i].begin, beginnings[i].length) == 0) {
            return beginnings[i].kind;
        }
    }
    return is_text(data, length) ? "a text" : NULL;
}

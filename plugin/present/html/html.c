/* html.c
 * The page from its template: page.html holds markers, "@NAME@", and each is a part of the page.
 * What style and script may run is said by their hashes, so that nothing that came in otherwise
 * ever would, if it could come in at all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/html/html.h"

#include <string.h>

#include "present/html/page.h"
#include "present/html/records.h"
#include "present/html/table.h"

typedef struct {
    FILE *out;
    const hr_model *model;
    const hr_analysis *analysis;
} page;

/* "sha256-...", as a Content-Security-Policy has it. */
static void put_hash(FILE *out, const char *source)
{
    guint8 digest[32];
    gsize length = sizeof(digest);
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);

    g_checksum_update(checksum, (const guchar *)source, -1);
    g_checksum_get_digest(checksum, digest, &length);
    g_checksum_free(checksum);
    char *text = g_base64_encode(digest, length);
    (void)fprintf(out, "'sha256-%s'", text);
    g_free(text);
}

static void put_style(const page *the)
{
    (void)fputs(hr_page_style, the->out);
}

static void put_script(const page *the)
{
    (void)fputs(hr_page_script, the->out);
}

static void put_style_hash(const page *the)
{
    put_hash(the->out, hr_page_style);
}

static void put_script_hash(const page *the)
{
    put_hash(the->out, hr_page_script);
}

static void put_table(const page *the)
{
    hr_html_write_table(the->out, the->model, the->analysis);
}

static void put_records(const page *the)
{
    hr_html_write_records(the->out, the->model, the->analysis);
}

static const struct {
    const char *name; /* in the template between two @ */
    void (*put)(const page *the);
} parts[] = {
    {"STYLE_HASH", put_style_hash}, {"SCRIPT_HASH", put_script_hash}, {"STYLE", put_style},
    {"TABLE", put_table},           {"RECORDS", put_records},         {"SCRIPT", put_script},
};

/* Writes the part that @marker ("@NAME@...") stands for; returns what follows the marker. */
static const char *put_part(const page *the, const char *marker)
{
    const char *end = strchr(marker + 1, '@');

    for (size_t i = 0; end != NULL && i < G_N_ELEMENTS(parts); i++) {
        const size_t length = strlen(parts[i].name);
        if (length == (size_t)(end - marker - 1) &&
            strncmp(parts[i].name, marker + 1, length) == 0) {
            parts[i].put(the);
            return end + 1;
        }
    }
    g_assert_not_reached();
}

void hr_html_write(FILE *out, const hr_model *model, const hr_analysis *analysis)
{
    const page the = {out, model, analysis};
    const char *rest = hr_page_template;
    const char *marker = NULL;

    while ((marker = strchr(rest, '@')) != NULL) {
        (void)fwrite(rest, 1, (size_t)(marker - rest), out);
        rest = put_part(&the, marker);
    }
    (void)fputs(rest, out);
}

/* cut.c
 * http_reuse_cut: captures in, pieces out. What has to be dissected together is in one piece, so
 * that one tshark a piece sees what one tshark would have seen of all, and http_reuse_judge can put
 * together what they wrote. The captures are read twice: first for who speaks TLS.
 *
 * Exit status: 0; 1 where nothing was cut; 2 where a file could not be read to its end, which is
 * named, and the rest was cut.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/hash.h"
#include "many/capture.h"
#include "many/fragments.h"
#include "many/index.h"
#include "many/pieces.h"
#include "present/output/complaint.h"
#include "present/output/progress.h"

enum {
    EXIT_INCOMPLETE = 2
};

static gint piece_count = 8;
static char *folder;
static char **capture_files;
static bool is_incomplete;
static hr_progress *progress;
static GHashTable *complaints; /* that were made: the captures are read twice */

static const GOptionEntry options[] = {
    {"pieces", 'n', 0, G_OPTION_ARG_INT, &piece_count, "How many pieces (8)", "N"},
    {"out", 'o', 0, G_OPTION_ARG_FILENAME, &folder, "Where they and their index go", "FOLDER"},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &capture_files, NULL, "FILE..."},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static void say(const char *what, const char *reason)
{
    char *line = hr_complaint(what, reason);

    hr_progress_hide(progress);
    g_printerr("http_reuse_cut: %s\n", line);
    g_free(line);
}

static void complain(const char *file, const char *reason)
{
    is_incomplete = true;
    if (g_hash_table_add(complaints, g_strconcat(file, ": ", reason, NULL))) {
        say(file, reason);
    }
}

static hr_tls_servers *find_tls_servers(void)
{
    hr_tls_servers *servers = hr_tls_servers_new();
    hr_captures *captures = hr_captures_new(capture_files, complain);
    hr_captured packet;

    while (hr_captures_next(captures, &packet)) {
        hr_progress_packet(progress, 1, hr_captures_offset(captures));
        const hr_flow flow = hr_flow_of(packet.link, packet.data, packet.length, servers);
        if (flow.server != 0) {
            hr_tls_servers_add(servers, flow.server);
        }
    }
    hr_captures_free(captures);
    return servers;
}

/* Writes the packet that was read last to @piece, or to every one. */
static hr_written add(hr_pieces *pieces, uint32_t piece, hr_captures *captures, char **error)
{
    const bool is_every = piece == HR_PIECE_EVERY;
    const uint32_t last = is_every ? (uint32_t)piece_count - 1 : piece;
    hr_written written = HR_WRITTEN;

    for (uint32_t i = is_every ? 0 : piece; written == HR_WRITTEN && i <= last; i++) {
        written = hr_pieces_add(pieces, i, captures, error);
    }
    return written;
}

static uint32_t piece_of(const hr_flow *flow, hr_fragments *fragments)
{
    uint32_t piece = HR_PIECE_EVERY;

    if (flow->kind == HR_FLOW_FRAGMENT) {
        return hr_fragments_find(fragments, flow, &piece) ? piece : HR_PIECE_EVERY;
    }
    piece = flow->kind == HR_FLOW_KEYED ? (uint32_t)(flow->key % (uint64_t)piece_count) : 0;
    if (flow->datagram != 0) {
        hr_fragments_add(fragments, flow, piece);
    }
    return piece;
}

static bool cut(hr_captures *captures, hr_pieces *pieces, hr_index_writer *index,
                const hr_tls_servers *servers, char **error)
{
    g_autoptr(hr_fragments) fragments = hr_fragments_new();
    hr_captured packet;

    while (hr_captures_next(captures, &packet)) {
        hr_progress_packet(progress, 2, hr_captures_offset(captures));
        const hr_flow flow = hr_flow_of(packet.link, packet.data, packet.length, servers);
        const uint32_t piece = piece_of(&flow, fragments);
        const hr_written written = add(pieces, piece, captures, error);
        if (written == HR_WRITE_FAILED) {
            return false;
        }
        if (written == HR_WRITTEN) {
            hr_index_writer_add(index, packet.file, piece);
        } else { /* a packet of this kind goes to one piece, and is in none */
            complain(capture_files[packet.file], *error);
            g_clear_pointer(error, g_free);
        }
    }
    return true;
}

static bool write_pieces(const hr_tls_servers *servers, FILE *out, char **error)
{
    hr_pieces *pieces = hr_pieces_new(folder, (uint32_t)piece_count, error);

    if (pieces == NULL) {
        return false;
    }
    hr_captures *captures = hr_captures_new(capture_files, complain);
    hr_index_writer *index = hr_index_writer_new(out, (uint32_t)piece_count, capture_files);
    bool is_good = cut(captures, pieces, index, servers, error);
    hr_index_writer_free(index);
    is_good = hr_pieces_close(pieces, is_good ? error : &(char *){NULL}) && is_good;
    hr_captures_free(captures);
    return is_good;
}

/* Closes @out. Why it could not be written before is not known any more: errno is then 0. */
static bool is_written(FILE *out)
{
    const bool was_good = ferror(out) == 0;

    errno = 0;
    return fclose(out) == 0 && was_good;
}

static int run(void)
{
    char *error = NULL;
    char *name = g_build_filename(folder, HR_INDEX_NAME, NULL);
    FILE *out = g_mkdir_with_parents(folder, 0777) == 0 ? g_fopen(name, "wb") : NULL;
    int status = EXIT_FAILURE;

    if (out == NULL) {
        say(name, g_strerror(errno));
        g_free(name);
        return EXIT_FAILURE;
    }
    hr_captures_init();
    complaints = g_hash_table_new_full(hr_text_hash, g_str_equal, g_free, NULL);
    progress = hr_progress_begin("http_reuse_cut", capture_files);
    hr_tls_servers *servers = find_tls_servers();
    const bool is_cut = write_pieces(servers, out, &error);
    hr_tls_servers_free(servers);
    hr_progress_end(progress);
    progress = NULL;
    g_hash_table_destroy(complaints);
    if (!is_cut) {
        say(folder, error);
    } else if (!is_written(out)) {
        say(name, errno != 0 ? g_strerror(errno) : "it could not be written");
    } else {
        status = is_incomplete ? EXIT_INCOMPLETE : EXIT_SUCCESS;
    }
    g_free(error);
    g_free(name);
    return status;
}

int main(int argc, char **argv)
{
    GOptionContext *context = g_option_context_new(NULL);
    GError *error = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    const bool is_good = g_option_context_parse(context, &argc, &argv, &error);
    g_option_context_free(context);
    if (!is_good || capture_files == NULL || folder == NULL || piece_count < 1 ||
        piece_count >= HR_PIECES_MAX) {
        say("usage", !is_good ? error->message : "http_reuse_cut --pieces N --out FOLDER FILE...");
        return EXIT_FAILURE;
    }
    return run();
}

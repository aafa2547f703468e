/* capture.c
 * Reads by wiretap, and hides it from those who cut.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib/gstdio.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <wiretap/wtap.h>
#include <wsutil/buffer.h>
#include <wsutil/wslog.h>

#include "many/captured.h"
#include "many/no_capture.h"
#include "many/order.h"

enum {
    NS_PER_S = 1000000000
};

/* A file, open while its packets are being read. */
typedef struct {
    const char *name;
    wtap *reader; /* or NULL */
    wtap_rec record;
    Buffer buffer;
    bool has_record;     /* the next packet was read */
    int64_t time_ns;     /* of the next packet */
    uint64_t packets;    /* read so far */
    int64_t packet_at;   /* where the latest of them begins, in what is not compressed */
    int64_t offset;      /* in the file, which may be compressed */
    GArray *interfaces;  /* wtap_block_t, of the file so far */
    wtap_dump_params of; /* for its secrets */
    guint secrets;       /* that were copied */
} capture_file;

struct hr_captures {
    GArray *files; /* capture_file */
    hr_order *order;
    hr_capture_complaint complain;
    capture_file *latest;
    int64_t offset;    /* the sum of those of the files */
    GArray *secrets;   /* wtap_block_t of all files, in the order of reading, each once */
    GHashTable *known; /* set of GBytes: what these say */
};

void hr_captures_init(void)
{
    struct rlimit files;

    hr_ws_log_init("http_reuse_cut");
    /* What Wireshark 4.6's readers find odd in a file that is none of theirs: we say it, once. */
    (void)ws_log_set_level(LOG_LEVEL_CRITICAL);
    wtap_init(FALSE);
    /* Each piece is an open file, and so is each capture whose time it is. */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

/* ---- one file ---- */

char *hr_wiretap_reason(int error, char *info)
{
    char *reason = info != NULL ? g_strdup_printf("%s (%s)", wtap_strerror(error), info)
                                : g_strdup(wtap_strerror(error));

    g_free(info);
    return reason;
}

static void complain(const hr_captures *captures, const capture_file *file, int error, char *info)
{
    char *reason = hr_wiretap_reason(error, info);

    if (captures->complain != NULL) {
        char *text = file->packets > 0
                         ? g_strdup_printf("read up to packet %" PRIu64 " at byte %" PRIi64 ": %s",
                                           file->packets, file->packet_at, reason)
                         : g_strdup(reason);
        captures->complain(file->name, text);
        g_free(text);
    }
    g_free(reason);
}

static void close_file(capture_file *file)
{
    if (file->reader != NULL) {
        wtap_rec_cleanup(&file->record);
        ws_buffer_free(&file->buffer);
        wtap_dump_params_cleanup(&file->of);
        wtap_close(file->reader);
        file->reader = NULL;
    }
    file->has_record = false;
}

static void complain_of(const hr_captures *captures, const capture_file *file, const char *reason)
{
    if (captures->complain != NULL) {
        captures->complain(file->name, reason);
    }
}

/* Of what cannot be opened, or is no capture of a network: wiretap reads JSON and programs, too. */
static void complain_of_kind(const hr_captures *captures, const capture_file *file, int encap)
{
    const char *kind = hr_no_capture_kind(file->name);
    const char *known =
        kind != NULL || encap == WTAP_ENCAP_UNKNOWN ? NULL : wtap_encap_description(encap);
    char *reason = kind != NULL    ? g_strdup_printf("it is no capture, but %s", kind)
                   : known != NULL ? g_strdup_printf("it cannot be cut: a pcapng has no place for "
                                                     "what is in it (%s)",
                                                     known)
                                   : g_strdup("it is no capture in a format that is known");

    complain_of(captures, file, reason);
    g_free(reason);
}

static wtap *open_reader(const hr_captures *captures, const capture_file *file)
{
    int error = 0;
    char *info = NULL;
    wtap *reader = wtap_open_offline(file->name, WTAP_TYPE_AUTO, &error, &info, FALSE);

    if (reader == NULL && error == WTAP_ERR_FILE_UNKNOWN_FORMAT) {
        g_free(info);
        complain_of_kind(captures, file, WTAP_ENCAP_UNKNOWN);
    } else if (reader == NULL) {
        complain(captures, file, error, info);
    } else if (wtap_file_encap(reader) > WTAP_ENCAP_UNKNOWN &&
               !wtap_dump_can_write_encap(wtap_pcapng_file_type_subtype(),
                                          wtap_file_encap(reader))) {
        complain_of_kind(captures, file, wtap_file_encap(reader));
        g_clear_pointer(&reader, wtap_close);
    }
    return reader;
}

static bool open_file(const hr_captures *captures, capture_file *file)
{
    GStatBuf status;

    if (g_stat(file->name, &status) == 0 && !S_ISDIR(status.st_mode) &&
        (!S_ISREG(status.st_mode) || status.st_size == 0)) {
        complain_of(captures, file,
                    S_ISREG(status.st_mode)
                        ? "it is empty"
                        : "it is no regular file, and captures are read more than once");
        return false;
    }
    file->reader = open_reader(captures, file);
    if (file->reader == NULL) {
        return false;
    }
    hr_wtap_rec_init(&file->record);
    ws_buffer_init(&file->buffer, 1514);
    wtap_dump_params_init_no_idbs(&file->of, file->reader);
    return true;
}

static void unref_block(gpointer element)
{
    wtap_block_unref(*(wtap_block_t *)element);
}

static GArray *blocks_new(void)
{
    GArray *blocks = g_array_new(FALSE, FALSE, sizeof(wtap_block_t));

    g_array_set_clear_func(blocks, unref_block);
    return blocks;
}

/* The files of a ring have the same secrets each, and every piece gets all of them. */
static void take_secrets(hr_captures *captures, wtap_block_t block)
{
    const wtapng_dsb_mandatory_t *said = wtap_block_get_mandatory_data(block);

    if (g_hash_table_add(captures->known,
                         g_bytes_new_static(said->secrets_data, said->secrets_len))) {
        wtap_block_t taken = wtap_block_ref(block);
        g_array_append_val(captures->secrets, taken);
    }
}

/* Interfaces and secrets that were read since, for the pieces. */
static void take_blocks(hr_captures *captures, capture_file *file)
{
    wtap_block_t block = NULL;

    while ((block = wtap_get_next_interface_description(file->reader)) != NULL) {
        wtap_block_t copy = wtap_block_make_copy(block);
        g_array_append_val(file->interfaces, copy);
    }
    const GArray *secrets = file->of.dsbs_growing;
    for (; secrets != NULL && file->secrets < secrets->len; file->secrets++) {
        take_secrets(captures, g_array_index(secrets, wtap_block_t, file->secrets));
    }
}

static int64_t ns_of(const nstime_t *time)
{
    const int64_t latest_s = INT64_MAX / NS_PER_S - 1; /* what is later is damaged */
    return CLAMP(time->secs, -latest_s, latest_s) * NS_PER_S + time->nsecs;
}

/* Reads the next packet of an open file; false where there is none, and it is closed. */
static bool read_file(hr_captures *captures, capture_file *file)
{
    int error = 0;
    char *info = NULL;
    gint64 offset = 0;

    wtap_rec_reset(&file->record); /* wiretap makes a block of options for each */
    file->has_record =
        hr_wtap_read(file->reader, &file->record, &file->buffer, &error, &info, &offset);
    if (!file->has_record) {
        if (error != 0) {
            complain(captures, file, error, info);
        }
        close_file(file);
        return false;
    }
    take_blocks(captures, file);
    file->packets++;
    file->packet_at = offset;
    const int64_t offset_before = file->offset;
    file->offset = wtap_read_so_far(file->reader);
    captures->offset += file->offset - offset_before;
    if ((file->record.presence_flags & WTAP_HAS_TS) != 0) {
        file->time_ns = ns_of(&file->record.ts);
    }
    return true;
}

/* ---- all of them ---- */

/* Finds the time of the first packet, for which the file is opened and closed again; false where
 * there is none. */
static bool look_at(hr_captures *captures, capture_file *file)
{
    if (!open_file(captures, file)) {
        return false;
    }
    const bool has_packet = read_file(captures, file);
    close_file(file);
    file->packets = 0;
    file->offset = 0;
    file->secrets = 0;
    g_array_set_size(file->interfaces, 0);
    return has_packet;
}

hr_captures *hr_captures_new(char *const *files, hr_capture_complaint complaint)
{
    hr_captures *captures = g_new0(hr_captures, 1);

    captures->complain = complaint;
    captures->files = g_array_new(FALSE, TRUE, sizeof(capture_file));
    captures->order = hr_order_new();
    captures->secrets = blocks_new();
    captures->known =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    for (guint i = 0; files[i] != NULL; i++) {
        capture_file file = {.name = files[i]};
        file.interfaces = blocks_new();
        if (look_at(captures, &file)) {
            hr_order_add(captures->order, i, file.time_ns);
        }
        g_array_append_val(captures->files, file);
    }
    g_hash_table_remove_all(captures->known);
    g_array_set_size(captures->secrets, 0);
    captures->offset = 0;
    return captures;
}

void hr_captures_free(hr_captures *captures)
{
    for (guint i = 0; i < captures->files->len; i++) {
        capture_file *file = &g_array_index(captures->files, capture_file, i);
        close_file(file);
        g_array_free(file->interfaces, TRUE);
    }
    g_array_free(captures->files, TRUE);
    hr_order_free(captures->order);
    g_hash_table_destroy(captures->known);
    g_array_free(captures->secrets, TRUE);
    g_free(captures);
}

static hr_link link_of(int encapsulation)
{
    switch (encapsulation) {
    case WTAP_ENCAP_ETHERNET:
        return HR_LINK_ETHERNET;
    case WTAP_ENCAP_RAW_IP:
    case WTAP_ENCAP_RAW_IP4:
    case WTAP_ENCAP_RAW_IP6:
        return HR_LINK_IP;
    case WTAP_ENCAP_NULL:
    case WTAP_ENCAP_LOOP:
        return HR_LINK_NULL;
    case WTAP_ENCAP_SLL:
        return HR_LINK_COOKED;
    case WTAP_ENCAP_SLL2:
        return HR_LINK_COOKED_V2;
    default:
        return HR_LINK_OTHER;
    }
}

/* The file whose turn it is, with its next packet. */
static capture_file *take_turn(hr_captures *captures)
{
    uint32_t number = 0;

    while (hr_order_first(captures->order, &number)) {
        capture_file *file = &g_array_index(captures->files, capture_file, number);
        /* At its first turn it is opened for good. */
        if (file->has_record || (open_file(captures, file) && read_file(captures, file))) {
            return file;
        }
        hr_order_remove(captures->order);
    }
    return NULL;
}

bool hr_captures_next(hr_captures *captures, hr_captured *packet)
{
    capture_file *file = captures->latest;

    if (file != NULL && read_file(captures, file)) {
        hr_order_move(captures->order, file->time_ns);
    } else if (file != NULL) {
        hr_order_remove(captures->order);
    }
    file = take_turn(captures);
    captures->latest = file;
    if (file == NULL) {
        return false;
    }
    const bool is_packet = file->record.rec_type == REC_TYPE_PACKET;
    *packet = (hr_captured){
        .file = (uint32_t)(file - &g_array_index(captures->files, capture_file, 0)),
        .link =
            is_packet ? link_of(file->record.rec_header.packet_header.pkt_encap) : HR_LINK_OTHER,
        .data = hr_wtap_data(&file->record, &file->buffer),
        .length = is_packet ? file->record.rec_header.packet_header.caplen : 0,
    };
    return true;
}

int64_t hr_captures_offset(const hr_captures *captures)
{
    return captures->offset;
}

/* ---- for those who write it ---- */

const wtap_rec *hr_captures_record(const hr_captures *captures)
{
    return &captures->latest->record;
}

const Buffer *hr_captures_buffer(const hr_captures *captures)
{
    return &captures->latest->buffer;
}

wtap_block_t hr_captures_interface(const hr_captures *captures)
{
    const capture_file *file = captures->latest;
    const wtap_rec *record = &file->record;
    const guint number = (record->presence_flags & WTAP_HAS_INTERFACE_ID) != 0
                             ? record->rec_header.packet_header.interface_id
                             : 0;

    return number < file->interfaces->len ? g_array_index(file->interfaces, wtap_block_t, number)
                                          : NULL;
}

const GArray *hr_captures_secrets(const hr_captures *captures)
{
    return captures->secrets;
}
